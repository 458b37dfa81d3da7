//! A saved estate gives the verdicts that the templates gave.

use serde_json::Value;

use super::support::{GOOD, PLAIN, Place, Ran, databases};

const PARENT: &str = "\
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: ./parts/child.yaml }
";

fn repository() -> Place {
    let place = Place::with(&[("Plain", PLAIN), ("Good", GOOD), ("Maybe", "StorageEncrypted: !Ref Encrypt")]);
    let template = place.read("t.yaml");
    place.write("t.yaml", format!("{template}Parameters:\n  Encrypt: {{ Type: String }}\n"));
    place.write("parent.yaml", PARENT);
    place.write("parts/child.yaml", databases(&[("Nested", PLAIN)]));
    let waived = databases(&[("Waived", PLAIN)])
        .replace("Instance\n", "Instance # palisade:ignore own-database-plain why\n");
    place.write("waived.yaml", waived);
    place
}

#[track_caller]
fn verdicts(ran: &Ran) -> Value {
    ran.json()["verdicts"].take()
}

#[test]
fn what_is_saved_is_judged_the_same() {
    let place = repository();
    let ran = place.run(&["estate", "save", ".", "--output", "estate.pal"]).exits(0);
    assert!(ran.out.contains("6 resources of 4 templates"), "{}", ran.out);
    let direct = place.judge(&[".", "--all"]).exits(1);
    let saved = place.judge(&["--from", "estate.pal", "--all"]).exits(1);
    assert_eq!(verdicts(&direct), verdicts(&saved));
    assert_eq!(direct.each("identity"), saved.each("identity"));
    assert_eq!(direct.count("waived"), 1);
    assert_eq!(direct.json()["summary"], saved.json()["summary"]);

    // With every control that is built in.
    let direct = place.run(&["check", ".", "--all", "--format", "json"]).exits(1);
    let saved = place.run(&["check", "--from", "estate.pal", "--all", "--format", "json"]).exits(1);
    assert_eq!(verdicts(&direct), verdicts(&saved));
}

#[test]
fn what_is_saved_twice_is_the_same() {
    let place = repository();
    for file in ["one.pal", "two.pal"] {
        place.run(&["estate", "save", ".", "-o", file]).exits(0);
    }
    let bytes = |file: &str| std::fs::read(place.at(file)).expect("it was written");
    assert!(bytes("one.pal") == bytes("two.pal"));
}

#[test]
fn the_settings_count_when_it_is_saved() {
    let place = repository();
    place.write("palisade.yaml", "exclude: ['parts/*', 'parent.yaml']\nparameters: { Encrypt: 'true' }\n");
    place.run(&["estate", "save", ".", "-o", "estate.pal"]).exits(0);
    let direct = place.judge(&["."]).exits(1);
    assert_eq!(direct.told(), ["fail Plain t.yaml:2"]);
    assert_eq!(place.judge(&["--from", "estate.pal"]).exits(1).told(), direct.told());
}

#[test]
fn parameters_are_given_when_it_is_saved() {
    let place = repository();
    let save = ["estate", "save", "t.yaml", "-o", "estate.pal", "--parameters", "Encrypt=false"];
    place.run(&[&save[..], &["--account", "111122223333", "--region", "eu-west-1"]].concat()).exits(0);
    let ran = place.judge(&["--from", "estate.pal"]).exits(1);
    assert_eq!(ran.told(), ["fail Plain t.yaml:2", "fail Maybe t.yaml:10"]);
    let resource = &ran.json()["verdicts"][0]["resource"];
    assert_eq!(
        (resource["account"].as_str(), resource["region"].as_str()),
        (Some("111122223333"), Some("eu-west-1"))
    );
}

#[test]
fn arguments_that_can_no_longer_count_are_refused() {
    // A parameter that is given but changes nothing would leave a verdict unknown for no visible reason.
    let place = repository();
    place.run(&["estate", "save", "t.yaml", "-o", "estate.pal"]).exits(0);
    let late: [&[&str]; 5] = [
        &["--since", "HEAD"],
        &["t.yaml"],
        &["--parameters", "Encrypt=true"],
        &["--account", "111122223333"],
        &["--region", "eu-west-1"],
    ];
    for arguments in late {
        place.run(&[&["check", "--from", "estate.pal"][..], arguments].concat()).refuses(&["--from"]);
    }
}

#[test]
fn what_was_not_read_stays_unread() {
    let place = Place::with(&[("Plain", PLAIN)]);
    place.write("broken.yaml", "Resources:\n  First:\n    Type: AWS::RDS::DBInstance\n   bad: [\n");
    place.run(&["estate", "save", ".", "-o", "estate.pal"]).exits(3);
    let ran = place.judge(&["--from", "estate.pal"]).exits(3);
    assert_eq!(ran.told(), ["fail First broken.yaml:2", "fail Plain t.yaml:2"]);
    assert!(ran.said()[0].starts_with("error estate-gap "), "{:?}", ran.said());
}

#[test]
fn a_path_that_is_not_there_is_a_mistake() {
    let place = Place::new();
    place.run(&["estate", "save", "nope", "-o", "estate.pal"]).refuses(&["`nope`"]);
    assert!(!place.has("estate.pal"));
}

#[test]
fn a_damaged_file_is_refused() {
    let place = repository();
    place.run(&["estate", "save", ".", "-o", "estate.pal"]).exits(0);
    let bytes = std::fs::read(place.at("estate.pal")).expect("it was written");
    place.write("half.pal", &bytes[..bytes.len() / 2]);
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 0xff;
    place.write("flipped.pal", flipped);
    place.write("empty.pal", "");
    for file in ["half.pal", "flipped.pal", "empty.pal"] {
        place.run(&["check", "--from", file]).refuses(&[file]);
        place.run(&["estate", "show", file]).refuses(&[file]);
    }
}

#[test]
fn show_lists_the_resources() {
    let place = repository();
    place.run(&["estate", "save", ".", "-o", "estate.pal"]).exits(0);
    let ran = place.run(&["estate", "show", "estate.pal"]).exits(0);
    for row in ["AWS::RDS::DBInstance Plain t.yaml:2", "AWS::RDS::DBInstance Child/Nested parts/child.yaml:2"]
    {
        assert!(ran.out.lines().any(|line| line == row), "no {row:?} in\n{}", ran.out);
    }
    assert!(ran.out.ends_with("6 resources, 0 gaps\n"), "{}", ran.out);
}
