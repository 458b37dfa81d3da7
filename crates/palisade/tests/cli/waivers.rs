//! What a team lives with: exceptions in a file, and suppressions in the templates.

use serde_json::json;

use super::support::{PLAIN, Place, databases};

const NONE: [&str; 0] = [];

/// A day that no clock reaches, as `2000-01-01` is safely over.
const FAR: &str = "9999-12-01";

fn exception(control: &str, resource: &str, expires: &str) -> String {
    format!(
        "- control: {control}\n  resource: {resource}\n  reason: moves in June\n  owner: data team\n  \
         expires: {expires}\n"
    )
}

fn two() -> Place {
    Place::with(&[("Plain", PLAIN), ("Other", PLAIN)])
}

#[test]
fn an_exception_in_force_waives_what_it_names() {
    let place = two();
    place.write("e.yaml", exception("own-database-plain", "Plain", FAR));
    let ran = place.judge(&["t.yaml", "--exceptions", "e.yaml"]).exits(1);
    assert_eq!(ran.told(), ["fail Other t.yaml:5"]);
    assert_eq!((ran.count("fail"), ran.count("waived")), (1, 1));
    assert_eq!(ran.said(), NONE);

    let report = place.judge(&["t.yaml", "--exceptions", "e.yaml", "--all"]).exits(1).json();
    let waiver =
        json!({ "kind": "exception", "reason": "moves in June", "owner": "data team", "expires": FAR });
    assert_eq!(report["verdicts"][0]["waiver"], waiver);
}

#[test]
fn an_exception_may_name_patterns_and_a_file() {
    let place = two();
    place.write("infra/t.yaml", databases(&[("Plain", PLAIN)]));
    let told = |text: String| {
        place.write("e.yaml", text);
        place.judge(&[".", "--exceptions", "e.yaml"]).told()
    };
    assert_eq!(told(exception("own-*", "'*'", FAR)), NONE);
    assert_eq!(told(exception("own-*", "Pl*", FAR)), ["fail Other t.yaml:5"]);
    assert_eq!(told(exception("rds-*", "'*'", FAR)).len(), 3);
    let in_infra = exception("own-*", "'*'", FAR).replace("  reason:", "  file: infra/*\n  reason:");
    assert_eq!(told(in_infra), ["fail Plain t.yaml:2", "fail Other t.yaml:5"]);
}

#[test]
fn a_lapsed_exception_is_told_and_the_findings_count_again() {
    let place = two();
    place.write("e.yaml", format!("# ours\n{}", exception("own-database-plain", "Plain", "2000-01-01")));
    let ran = place.judge(&["t.yaml", "--exceptions", "e.yaml"]).exits(1);
    assert_eq!(ran.told(), ["fail Plain t.yaml:2", "fail Other t.yaml:5"]);
    assert_eq!(ran.said(), ["warning exception-lapsed e.yaml:2:3"]);
    let said = &ran.json()["errors"][0];
    assert!(said["message"].as_str().is_some_and(|text| text.contains("2000-01-01")), "{said}");
    assert!(said["hint"].as_str().is_some_and(|text| text.contains("data team")), "{said}");

    // One that covers nothing any more has done its work.
    place.write("e.yaml", exception("own-database-plain", "Gone", "2000-01-01"));
    assert_eq!(place.judge(&["t.yaml", "--exceptions", "e.yaml"]).exits(1).said(), NONE);
}

#[test]
fn a_mistake_in_the_exceptions_is_told_with_its_line() {
    let place = two();
    let good = exception("own-database-plain", "Plain", FAR);
    let cases: [(String, &[&str]); 6] = [
        (
            good.replace("expires:", "expires_at:"),
            &["unknown key `expires_at`", "e.yaml:5:3", "did you mean `expires`?", "`expires` is missing"],
        ),
        (good.replace("  owner: data team\n", ""), &["`owner` is missing", "e.yaml:1:"]),
        (good.replace("data team", "''"), &["`owner` is empty", "e.yaml:4:10"]),
        (good.replace("moves in June", "' '"), &["`reason` is empty", "e.yaml:3:11"]),
        (good.replace(FAR, "next June"), &["`next June`", "e.yaml:5:12"]),
        ("control: x\n".to_owned(), &["a list", "e.yaml:1:1"]),
    ];
    for (text, texts) in cases {
        place.write("e.yaml", text);
        place.check(&["t.yaml", "--exceptions", "e.yaml"]).refuses(texts);
    }
}

#[test]
fn the_exceptions_beside_the_settings_are_taken() {
    let place = two();
    place.write("palisade.yaml", "");
    place.write("exceptions.yaml", exception("own-*", "'*'", FAR));
    place.judge(&["t.yaml"]).exits(0);
    // Others take their place, where the settings or an argument name them.
    place.write("none.yaml", "[]\n");
    place.judge(&["t.yaml", "--exceptions", "none.yaml"]).exits(1);
    place.write("palisade.yaml", "exceptions: none.yaml\n");
    place.judge(&["t.yaml"]).exits(1);
}

#[test]
fn a_suppression_with_a_reason_waives_its_resource() {
    let place = Place::new();
    let template = "\
Resources:
  # palisade:ignore own-database-plain a copy is kept elsewhere
  Above:
    Type: AWS::RDS::DBInstance
  Behind:
    Type: AWS::RDS::DBInstance # palisade:ignore own-database-plain thrown away each night
    Properties: { Engine: postgres }
  Within:
    Type: AWS::RDS::DBInstance
    Metadata: { Palisade: { ignore: [{ control: own-database-plain, reason: holds nothing }] } }
  Another:
    Type: AWS::RDS::DBInstance # palisade:ignore rds-instance-storage-unencrypted that one only
";
    place.write("t.yaml", template);
    let ran = place.judge(&["t.yaml"]).exits(1);
    assert_eq!(ran.told(), ["fail Another t.yaml:11"]);
    assert_eq!((ran.count("waived"), ran.said().len()), (3, 0));
    let report = place.judge(&["t.yaml", "--all"]).json();
    let waivers: Vec<&serde_json::Value> =
        (0..4_usize).map(|index| &report["verdicts"][index]["waiver"]).collect();
    assert_eq!(*waivers[0], json!({ "kind": "inline", "reason": "a copy is kept elsewhere" }));
    assert_eq!(*waivers[1], json!({ "kind": "inline", "reason": "thrown away each night" }));
    assert_eq!(*waivers[2], json!({ "kind": "inline", "reason": "holds nothing" }));
    assert!(waivers[3].is_null());
}

#[test]
fn a_suppression_without_a_reason_or_control_does_not_count() {
    let place = Place::new();
    let template = "\
Resources:
  Bare:
    Type: AWS::RDS::DBInstance # palisade:ignore own-database-plain
    Properties: { Engine: postgres }
  Mistyped:
    Type: AWS::RDS::DBInstance # palisade:ignore own-databse-plain because
    Properties: { Engine: postgres }
  Silent:
    Type: AWS::RDS::DBInstance
    Metadata: { Palisade: { ignore: [{ control: own-database-plain }] } }
";
    place.write("t.yaml", template);
    let ran = place.judge(&["t.yaml"]).exits(1);
    assert_eq!(ran.told(), ["fail Bare t.yaml:2", "fail Mistyped t.yaml:5", "fail Silent t.yaml:8"]);
    let said = ran.said();
    assert_eq!(said.len(), 3, "{said:?}");
    for (said, line) in said.iter().zip([3, 6, 10]) {
        assert!(said.starts_with(&format!("warning suppression-void t.yaml:{line}:")), "{said}");
    }
}

#[test]
fn a_suppression_waives_no_neighbour() {
    let place = Place::new();
    let cases = [
        // Behind the last line of a resource it stands on the line above the next one.
        (
            "  A:\n    Type: AWS::RDS::DBInstance # palisade:ignore own-database-plain for A\n  B:\n    \
             Type: AWS::RDS::DBInstance\n",
            "fail B t.yaml:4",
        ),
        (
            "  A: { Type: AWS::RDS::DBInstance } # palisade:ignore own-database-plain for A\n  \
             B: { Type: AWS::RDS::DBInstance }\n",
            "fail B t.yaml:3",
        ),
        // On a line of its own it belongs to what follows.
        (
            "  A:\n    Type: AWS::RDS::DBInstance\n  # palisade:ignore own-database-plain for B\n  B:\n    \
             Type: AWS::RDS::DBInstance\n",
            "fail A t.yaml:2",
        ),
        // In a text it is no comment.
        (
            "  A:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      \
             DBName: 'x # palisade:ignore own-database-plain of a text'\n",
            "fail A t.yaml:2",
        ),
    ];
    for (resources, told) in cases {
        place.write("t.yaml", format!("Resources:\n{resources}"));
        assert_eq!(place.judge(&["t.yaml"]).told(), [told], "{resources}");
    }
}
