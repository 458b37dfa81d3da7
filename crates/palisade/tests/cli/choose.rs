//! What is judged, by which controls, and how much of it is told.

use super::support::{CONTROL, GOOD, PLAIN, Place, databases};

const NONE: [&str; 0] = [];

/// A template with a database alone, which many built-in controls judge.
fn database() -> Place {
    Place::with(&[("Plain", PLAIN)])
}

#[track_caller]
fn controls(place: &Place, arguments: &[&str]) -> Vec<String> {
    let mut whole = vec!["check", "t.yaml", "--format", "json", "--all"];
    whole.extend(arguments);
    place.run(&whole).each("control")
}

#[test]
fn controls_are_chosen_by_id_and_by_pattern() {
    let place = database();
    let one = "rds-instance-storage-unencrypted";
    assert_eq!(controls(&place, &["--control", one]), [one]);
    let several = controls(&place, &["--control", "rds-instance-s*"]);
    assert!(several.len() > 1 && several.contains(&one.to_owned()), "{several:?}");
    assert!(several.iter().all(|id| id.starts_with("rds-instance-s")), "{several:?}");
    let both = controls(&place, &["--control", one, "--control", "rds-instance-single-az"]);
    assert_eq!(both.len(), 2, "{both:?}");
    // A control of another type has nothing to say, which is no mistake.
    assert_eq!(controls(&place, &["--control", "s3-bucket-acl-used"]), NONE);
}

#[test]
fn controls_are_chosen_by_framework() {
    let place = database();
    let mut whole = vec!["check", "t.yaml", "--format", "json", "--all", "--framework", "cis-aws-5.0"];
    let report = place.run(&whole).exits(1).json();
    let verdicts = report["verdicts"].as_array().expect("a list");
    assert!(!verdicts.is_empty());
    for verdict in verdicts {
        assert!(!verdict["frameworks"]["cis-aws-5.0"].is_null(), "{verdict}");
    }
    let cis = controls(&place, &["--framework", "cis-aws-5.0"]);
    let all = controls(&place, &[]);
    whole.extend(["--framework", "fsbp"]);
    let both = place.run(&whole).each("control");
    assert!(cis.len() < both.len() && both.len() <= all.len(), "{} {} {}", cis.len(), both.len(), all.len());
}

#[test]
fn controls_are_chosen_by_severity() {
    let place = database();
    let report = place.run(&["check", "t.yaml", "--format", "json", "--all", "--severity", "high"]).json();
    let verdicts = report["verdicts"].as_array().expect("a list");
    assert!(!verdicts.is_empty());
    for verdict in verdicts {
        assert!(verdict["severity"] == "high" || verdict["severity"] == "critical", "{verdict}");
    }
    assert_eq!(place.judge(&["t.yaml", "--severity", "high"]).exits(0).count("controls"), 0);
    assert_eq!(place.judge(&["t.yaml", "--severity", "medium"]).exits(1).count("controls"), 1);
}

#[test]
fn passes_and_skips_are_told_only_if_asked_for() {
    let place = Place::with(&[("Plain", PLAIN), ("Good", GOOD)]);
    assert_eq!(place.judge(&["t.yaml"]).told(), ["fail Plain t.yaml:2"]);
    let ran = place.judge(&["t.yaml", "--all"]).exits(1);
    assert_eq!(ran.told(), ["fail Plain t.yaml:2", "pass Good t.yaml:5"]);
    let skipping = CONTROL.replace("pass:", "when: Engine == 'mysql'\npass:").replace("own-", "ours-");
    place.write("skipping.yaml", skipping);
    let arguments = [
        "check",
        "t.yaml",
        "--all",
        "--format",
        "json",
        "--controls",
        "skipping.yaml",
        "--control",
        "ours-*",
    ];
    let ran = place.run(&arguments).exits(0);
    assert_eq!(ran.told(), ["skip Plain t.yaml:2", "skip Good t.yaml:5"]);
    assert_eq!((ran.count("skip"), ran.count("pass")), (2, 0));
}

#[test]
fn verbose_says_what_was_left_out() {
    let place = database();
    place.write("notes.md", "Resources\n");
    place.write("workflow.yaml", "on: push\n");
    place.write("vendor/v.yaml", databases(&[("Theirs", PLAIN)]));
    place.write("palisade.yaml", "exclude: ['vendor/*']\n");
    let ran = place.judge(&[".", "--verbose"]).exits(1);
    for file in ["notes.md", "workflow.yaml", "vendor/v.yaml"] {
        assert!(ran.err.lines().any(|line| line.contains(file)), "no {file} in\n{}", ran.err);
    }
    assert!(!ran.err.contains("t.yaml"), "{}", ran.err);
    assert_eq!(ran.told(), ["fail Plain t.yaml:2"], "and the report is as ever");
    let silent = place.judge(&["."]).exits(1);
    assert!(!silent.err.contains("notes.md"), "{}", silent.err);
}

#[cfg(unix)]
#[test]
fn verbose_tells_of_links_that_are_not_followed() {
    let place = database();
    std::os::unix::fs::symlink("t.yaml", place.at("link.yaml")).expect("a link can be made");
    let ran = place.judge(&[".", "--verbose"]).exits(1);
    assert_eq!(ran.told(), ["fail Plain t.yaml:2"]);
    assert!(ran.err.contains("link.yaml"), "{}", ran.err);
    // Who names it means it.
    assert_eq!(place.judge(&["link.yaml"]).exits(1).told(), ["fail Plain link.yaml:2"]);
}

#[test]
fn what_git_ignores_is_left_out() {
    let place = database();
    let template = databases(&[("Made", PLAIN)]);
    for path in
        ["build/made.yaml", "deep/x.tmp.yaml", "deep/kept.yaml", "node_modules/m.yaml", ".config/c.yaml"]
    {
        place.write(path, &template);
    }
    place.write(".gitignore", "build/\n");
    place.write("deep/.gitignore", "*.tmp.yaml\n");
    let ran = place.judge(&["."]).exits(1);
    assert_eq!(
        ran.told(),
        ["fail Made .config/c.yaml:2", "fail Made deep/kept.yaml:2", "fail Plain t.yaml:2"]
    );
    // What is named is meant.
    assert_eq!(place.judge(&["build/made.yaml"]).exits(1).told(), ["fail Made build/made.yaml:2"]);
}

#[test]
fn a_file_is_judged_once_however_many_paths_lead_to_it() {
    let place = database();
    let whole = place.at("t.yaml");
    for paths in
        [["t.yaml", "t.yaml"], [".", "t.yaml"], ["./t.yaml", "t.yaml"], [".", "./"], ["t.yaml", &whole]]
    {
        let ran = place.judge(&paths).exits(1);
        assert_eq!((ran.told().len(), ran.count("files")), (1, 1), "{paths:?}: {:?}", ran.told());
    }
}

#[test]
fn parameters_decide_what_is_unknown() {
    let place = Place::new();
    let undecided = databases(&[("Base", "StorageEncrypted: !Ref Encrypt")]);
    place.write("t.yaml", format!("{undecided}Parameters:\n  Encrypt: {{ Type: String }}\n"));
    let ran = place.judge(&["t.yaml"]).exits(0);
    assert_eq!(ran.told(), ["unknown Base t.yaml:4"]);
    let reason = &ran.json()["verdicts"][0]["reasons"][0];
    assert_eq!(reason["remedy"], "--parameters Encrypt=…");
    assert!(reason["text"].as_str().is_some_and(|text| text.contains("`Encrypt`")), "{reason}");

    place.write("list.json", r#"[{ "ParameterKey": "Encrypt", "ParameterValue": "true" }]"#);
    place.write("pipeline.json", r#"{ "Parameters": { "Encrypt": "true" } }"#);
    place.write("map.yaml", "Encrypt: true\n");
    for given in ["Encrypt=true", "list.json", "pipeline.json", "map.yaml"] {
        assert_eq!(place.judge(&["t.yaml", "--parameters", given]).exits(0).told(), NONE, "{given}");
    }
    assert_eq!(
        place.judge(&["t.yaml", "--parameters", "Encrypt=false"]).exits(1).told(),
        ["fail Base t.yaml:4"]
    );
    // The later one counts.
    place.judge(&["t.yaml", "--parameters", "map.yaml", "--parameters", "Encrypt=false"]).exits(1);
    place.judge(&["t.yaml", "--parameters", "Encrypt=false", "--parameters", "map.yaml"]).exits(0);
    place.write("broken.json", "{\n\"Encrypt\": }");
    place.check(&["t.yaml", "--parameters", "broken.json"]).refuses(&["`broken.json`", "line 2"]);
}

#[test]
fn an_open_world_makes_absence_unknown() {
    let place = Place::new();
    place.write("t.yaml", "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n");
    let control = "s3-bucket-tls-not-required";
    let arguments = ["check", "t.yaml", "--format", "json", "--control", control];
    assert_eq!(place.run(&arguments).exits(1).told(), ["fail Bucket t.yaml:2"]);
    let open = [&arguments[..], &["--open-world"]].concat();
    assert_eq!(place.run(&open).exits(0).told(), ["unknown Bucket t.yaml:2"]);
    place.write("palisade.yaml", "open-world: true\n");
    assert_eq!(place.run(&arguments).exits(0).told(), ["unknown Bucket t.yaml:2"]);
}

#[test]
fn templates_are_known_by_what_they_say() {
    let place = Place::new();
    let json = r#"{"Resources": {"Base": {"Type": "AWS::RDS::DBInstance"}}}"#;
    place.write("plain.json", json);
    place.write("stack.template", json);
    place.write("windows.yaml", "\u{feff}Resources:\r\n  Base:\r\n    Type: AWS::RDS::DBInstance\r\n");
    place.write("UPPER.YML", databases(&[("Base", PLAIN)]));
    place.write("openapi.yaml", "openapi: 3.0.0\ncomponents: { Resources: { Type: x } }\n");
    let ran = place.judge(&["."]).exits(1);
    let told = [
        "fail Base UPPER.YML:2",
        "fail Base plain.json:1",
        "fail Base stack.template:1",
        "fail Base windows.yaml:2",
    ];
    assert_eq!(ran.told(), told);
}
