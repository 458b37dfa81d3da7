//! What the program says of itself and of what it knows, offline.

use super::support::{Place, list};

#[track_caller]
fn explained(id: &str) -> String {
    let ran = Place::new().run(&["explain", id]).exits(0);
    assert!(!ran.out.contains('\u{1b}'), "no colour without a terminal");
    ran.out
}

#[track_caller]
fn holds(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "no {text:?} in\n{page}");
    }
}

#[test]
fn a_control_is_explained() {
    let page = explained("rds-instance-storage-unencrypted");
    assert!(page.starts_with("rds-instance-storage-unencrypted\n"), "{page}");
    let texts = [
        "AWS::RDS::DBInstance",
        "StorageEncrypted",
        "high",
        "\nWhy\n",
        "\nHow to fix it\n",
        "cis-aws-5.0",
        "2.2.1",
    ];
    holds(&page, &texts);
}

#[test]
fn a_framework_is_explained_with_its_controls() {
    let page = explained("cis-aws-5.0");
    assert!(page.starts_with("cis-aws-5.0\n"), "{page}");
    holds(&page, &["Center for Internet Security", "2.2.1", "rds-instance-storage-unencrypted"]);
}

#[test]
fn a_type_is_explained_with_its_properties_and_controls() {
    let page = explained("AWS::S3::Bucket");
    holds(
        &page,
        &["BucketName", "VersioningConfiguration", "s3-bucket-versioning-disabled", "s3:CreateBucket"],
    );
}

#[test]
fn a_diagnostic_is_explained() {
    for code in
        ["json-syntax", "yaml-syntax", "too-deep", "too-big", "alias-bomb", "exception-lapsed", "config"]
    {
        let page = explained(code);
        assert!(page.starts_with(&format!("{code}\n")), "{page}");
        holds(&page, &["What it means", "What to do"]);
    }
}

#[test]
fn a_wide_terminal_does_not_make_long_lines_and_a_narrow_one_makes_short_ones() {
    let place = Place::new();
    for (columns, width) in [("60", 60), ("200", 110)] {
        let mut command = place.palisade("", &["explain", "exception-lapsed"]);
        let ran = super::support::Ran::of(command.env("COLUMNS", columns)).exits(0);
        assert!(ran.out.lines().all(|line| line.chars().count() <= width), "{}", ran.out);
    }
}

#[test]
fn an_unknown_id_names_the_nearest() {
    let place = Place::new();
    let cases = [
        ("rds-instance-storage-unencryptd", "`rds-instance-storage-unencrypted`"),
        ("cis-aws-5", "`cis-aws-5.0`"),
        ("AWS::S3::Bukket", "`AWS::S3::Bucket`"),
        ("json-sintax", "`json-syntax`"),
    ];
    for (id, near) in cases {
        place.run(&["explain", id]).refuses(&[&format!("`{id}`"), &format!("did you mean {near}?")]);
    }
    place.run(&["explain", "nothing of the kind"]).refuses(&["`nothing of the kind`"]);
}

#[test]
fn the_controls_are_listed() {
    let place = Place::new();
    let ran = place.run(&["controls", "--format", "json"]).exits(0);
    let json = ran.json();
    let controls = list(&json["controls"]);
    assert!(controls.len() > 200, "{}", controls.len());
    let ids: Vec<&str> = controls.iter().filter_map(|control| control["id"].as_str()).collect();
    assert!(ids.is_sorted() && ids.len() == controls.len());
    for control in controls {
        for key in ["title", "severity", "layer", "path"] {
            assert!(control[key].as_str().is_some_and(|text| !text.is_empty()), "{control}");
        }
        assert!(!list(&control["types"]).is_empty(), "{control}");
    }
    let table = place.run(&["controls"]).exits(0).out;
    for id in ids {
        assert!(table.lines().any(|line| line.starts_with(id)), "{id} is not in the table");
    }
}

#[test]
fn lists_of_controls_are_narrowed() {
    let place = Place::new();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let ran = place.run(&[&["controls", "--format", "json"][..], arguments].concat()).exits(0);
        let json = ran.json();
        list(&json["controls"])
            .iter()
            .filter_map(|control| control["id"].as_str().map(str::to_owned))
            .collect()
    };
    let all = ids(&[]).len();
    let one = "rds-instance-storage-unencrypted".to_owned();
    let narrowed: [&[&str]; 6] = [
        &["--service", "rds"],
        &["--framework", "cis-aws-5.0"],
        &["--severity", "high"],
        &["--layer", "data"],
        &["--type", "AWS::RDS::DBInstance"],
        &["storage encrypt"],
    ];
    for arguments in narrowed {
        let some = ids(arguments);
        assert!(some.contains(&one) && some.len() < all, "{arguments:?}: {some:?}");
    }
    assert!(!ids(&["--severity", "critical"]).contains(&one));
    place.run(&["controls", "--framework", "cis-aws-5"]).refuses(&["did you mean `cis-aws-5.0`?"]);
    place.run(&["controls", "--type", "AWS::S3::Bukket"]).refuses(&["did you mean `AWS::S3::Bucket`?"]);
    place.run(&["controls", "--severity", "hihg"]).refuses(&["high"]);
}

#[test]
fn every_shell_has_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.run(&["completions", shell]).exits(0).out;
        holds(&script, &["palisade", "check", "explain", "write-baseline"]);
    }
    place.run(&["completions", "tcsh"]).refuses(&["bash"]);
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let place = Place::new();
    let page = place.run(&["man"]).exits(0).out;
    holds(&page, &[".TH palisade 1", "check", "explain"]);
    place.run(&["man", "--dir", "man/pages"]).exits(0);
    for name in ["palisade", "palisade-check", "palisade-test", "palisade-explain", "palisade-estate-save"] {
        let page = place.read(&format!("man/pages/{name}.1"));
        assert!(page.contains(".TH "), "{name}");
    }
    holds(&place.read("man/pages/palisade-check.1"), &["baseline", "exceptions", "threads"]);
}

#[test]
fn help_and_version_are_data() {
    let place = Place::new();
    let version = place.run(&["--version"]).exits(0);
    assert_eq!(version.out, format!("palisade {}\n", env!("CARGO_PKG_VERSION")));
    let help = place.run(&["--help"]).exits(0);
    holds(&help.out, &["check", "test", "explain", "Exit codes: 0 clean, 1 findings"]);
    for command in ["check", "test", "explain", "controls", "new", "init", "config", "estate", "man"] {
        let help = place.run(&[command, "--help"]).exits(0);
        assert!(help.out.contains("Usage: palisade") && help.err.is_empty(), "{}", help.err);
    }
}
