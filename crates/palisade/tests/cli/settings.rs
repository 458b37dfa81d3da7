//! `palisade.yaml`: where it is found, what it changes, and what is said of its mistakes.

use super::support::{CONTROL, GOOD, PLAIN, Place, databases};

const NONE: [&str; 0] = [];

/// A control with a parameter.
const RETENTION: &str = "\
id: own-retention-short
title: Backups are kept
severity: medium
layer: data
resource: AWS::RDS::DBInstance
pass: BackupRetentionPeriod.or(1) >= params.days
message: '{{ BackupRetentionPeriod }} days, not {{ params.days }}'
why: because
fix: { text: do }
params:
  days: { type: int, default: 7, min: 1, max: 35, description: how long }
";

/// A repository with [`CONTROL`] and [`RETENTION`] as its own, which the settings find by themselves.
fn repository(settings: &str) -> Place {
    let place = Place::new();
    place.write("palisade.yaml", settings);
    place.write("controls/own-database-plain.yaml", CONTROL);
    place.write("controls/own-retention-short.yaml", RETENTION);
    place.write("infra/t.yaml", databases(&[("Plain", PLAIN)]));
    place
}

/// The arguments of a run with the repository's own controls.
const OWN: [&str; 6] = ["check", "infra", "--format", "json", "--control", "own-database-*"];
const DAYS: [&str; 6] = ["check", "infra", "--format", "json", "--control", "own-retention-*"];

#[test]
fn the_nearest_settings_upwards_are_taken() {
    let place = repository("fail-on: high\n");
    let file = place.at("infra/t.yaml");
    place.run(&OWN).exits(0);
    place.run(&["check", &file, "--control", "own-database-*"]).exits(0);
    for path in [".", "t.yaml", "../infra"] {
        let ran = place.run_in("infra", &["check", path, "--format", "json", "--control", "own-database-*"]);
        assert_eq!(ran.exits(0).told().len(), 1);
    }
    // A nearer file takes its place; so does one that is named.
    place.write("infra/palisade.yaml", "controls: ../controls\nfail-on: low\n");
    place.run(&OWN).exits(1);
    let named = ["--config", "palisade.yaml"];
    place.run(&[&OWN[..], &named[..]].concat()).exits(0);
}

#[test]
fn an_argument_wins_over_a_setting() {
    let place = repository("fail-on: high\n");
    place.run(&[&OWN[..], &["--fail-on", "medium"]].concat()).exits(1);
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let place = repository("");
    let cases: [(&str, &[&str]); 11] = [
        (
            "# ours\nfail-onn: high\n",
            &["unknown key `fail-onn`", "palisade.yaml:2:1", "did you mean `fail-on`?"],
        ),
        (
            "severities: { own-database-plain: hihg }\n",
            &["`hihg`", "palisade.yaml:1:", "critical, high, medium"],
        ),
        (
            "severities:\n  own-databse-plain: high\n",
            &["no control `own-databse-plain`", "palisade.yaml:2:3", "did you mean `own-database-plain`?"],
        ),
        ("disable: [own-databse-plain]\n", &["palisade.yaml:1:11", "did you mean `own-database-plain`?"]),
        (
            "params:\n  own-retention-short: { day: 3 }\n",
            &["no parameter `day`", "palisade.yaml:2:26", "did you mean `days`?"],
        ),
        ("params:\n  own-retention-short: { days: 36 }\n", &["36", "35", "palisade.yaml:2:32"]),
        ("params:\n  own-retention-short: { days: long }\n", &["`long` is no int", "palisade.yaml:2:32"]),
        ("open-world: perhaps\n", &["`open-world`", "palisade.yaml:1:13"]),
        ("fail-on: hihg\n", &["`hihg`", "critical, high, medium"]),
        ("frameworks: [cis-aws-5]\n", &["`cis-aws-5`", "cis-aws-5.0"]),
        ("- fail-on\n", &["palisade.yaml:1:1", "a map"]),
    ];
    for (settings, texts) in cases {
        place.write("palisade.yaml", settings);
        place.run(&OWN).refuses(texts);
    }
    place.write("palisade.yaml", "fail-on: high\n  bad: x\n");
    place.run(&OWN).refuses(&["palisade.yaml:2:"]);
    place.write("palisade.yaml", "controls: [nope]\n");
    place.run(&OWN).refuses(&["nope` cannot be read"]);
}

#[test]
fn a_setting_of_the_wrong_kind_is_a_mistake() {
    // What is not understood must not be passed over: nobody would see that it has no effect.
    let place = repository("");
    for settings in ["params: [own-retention-short]\n", "params: { own-retention-short: [days] }\n"] {
        place.write("palisade.yaml", settings);
        place.run(&DAYS).refuses(&["palisade.yaml:1:"]);
    }
}

#[test]
fn severities_are_raised_and_lowered() {
    for (severity, code) in [("critical", 1), ("high", 1), ("medium", 0), ("info", 0)] {
        let place = repository(&format!("severities: {{ own-database-plain: {severity} }}\n"));
        let ran = place.run(&[&OWN[..], &["--fail-on", "high"]].concat()).exits(code);
        assert_eq!(ran.each("severity"), [severity]);
    }
    // `--severity` looks at the severity in force.
    let place = repository("severities: { own-database-plain: critical }\n");
    assert_eq!(place.run(&[&OWN[..], &["--severity", "critical"]].concat()).told().len(), 1);
}

#[test]
fn parameters_of_controls_are_set() {
    let place = repository("");
    place.write("infra/t.yaml", databases(&[("Base", "BackupRetentionPeriod: 5")]));
    assert_eq!(place.run(&DAYS).exits(1).each("message"), ["5 days, not 7"]);
    place.write("palisade.yaml", "params: { own-retention-short: { days: 5 } }\n");
    place.run(&DAYS).exits(0);
    place.write("palisade.yaml", "params: { own-retention-short: { days: 35 } }\n");
    assert_eq!(place.run(&DAYS).exits(1).each("message"), ["5 days, not 35"]);
}

#[test]
fn a_disabled_control_does_not_judge() {
    let place = repository("disable: [own-database-plain]\n");
    let ran = place.run(&OWN).exits(0);
    assert_eq!((ran.told(), ran.count("controls")), (Vec::new(), 0));
}

#[test]
fn a_control_of_ones_own_takes_the_place_of_a_built_in_one() {
    let place = repository("");
    let built_in = "rds-instance-storage-unencrypted";
    let arguments = ["check", "infra", "--format", "json", "--control", built_in];
    assert_eq!(place.run(&arguments).exits(1).each("severity"), ["high"]);
    place.write("controls/mine.yaml", CONTROL.replace("own-database-plain", built_in));
    let ran = place.run(&arguments).exits(1);
    assert_eq!(ran.each("severity"), ["medium"]);
    assert_eq!(ran.each("message"), ["storage of `Plain` is not encrypted"]);
    assert_eq!(ran.each("title"), ["Databases are encrypted"]);
    // Two of one's own with the same id are a mistake.
    place.write("controls/again.yaml", CONTROL);
    place.run(&OWN).refuses(&["`own-database-plain`", "controls/again.yaml"]);
}

#[test]
fn where_and_how_templates_are_deployed_can_be_set() {
    let settings = "account: '111122223333'\nregion: eu-central-1\nparameters: { Encrypt: 'true' }\n";
    let place = repository(settings);
    let undecided = databases(&[("Base", "StorageEncrypted: !Ref Encrypt")]);
    place.write("infra/t.yaml", format!("{undecided}Parameters:\n  Encrypt: {{ Type: String }}\n"));
    let report = place.run(&[&OWN[..], &["--all"]].concat()).exits(0).json();
    let resource = &report["verdicts"][0]["resource"];
    assert_eq!(resource["account"], "111122223333");
    assert_eq!(resource["region"], "eu-central-1");
    place.run(&[&OWN[..], &["--parameters", "Encrypt=false"]].concat()).exits(1);
    let report = place.run(&[&OWN[..], &["--all", "--account", "444455556666"]].concat()).exits(0).json();
    assert_eq!(report["verdicts"][0]["resource"]["account"], "444455556666");
}

#[test]
fn excluded_files_are_left_out() {
    let place = repository("exclude: ['infra/vendor/*']\n");
    place.write("infra/vendor/deep/v.yaml", databases(&[("Theirs", PLAIN)]));
    let ran = place.run(&[&OWN[..], &["--verbose"]].concat()).exits(1);
    assert_eq!(ran.told(), ["fail Plain infra/t.yaml:2"]);
    assert!(ran.err.contains("infra/vendor/deep/v.yaml"), "{}", ran.err);
    // A file that is named is meant.
    let named = ["check", "infra/vendor/deep/v.yaml", "--format", "json", "--control", "own-database-*"];
    assert_eq!(place.run(&named).exits(1).told().len(), 1);
}

#[test]
fn excluded_files_are_left_out_wherever_the_program_is_called() {
    // Paths in the settings are seen from their file, as the file that `palisade init` writes says.
    let place = repository("exclude: ['infra/vendor/*']\n");
    place.write("infra/vendor/v.yaml", databases(&[("Theirs", PLAIN)]));
    let root = place.at("");
    for (folder, path) in [("", root.as_str()), ("", "./infra"), ("infra", "."), ("infra", "..")] {
        let ran = place.run_in(folder, &["check", path, "--format", "json", "--control", "own-database-*"]);
        let told = ran.exits(1).told();
        assert!(told.len() == 1 && told[0].starts_with("fail Plain "), "{path} from {folder:?}: {told:?}");
    }
}

#[test]
fn config_show_says_what_is_in_force_and_from_where() {
    let place = repository("# ours\nfail-on: high\ndisable:\n  - own-retention-short\n");
    let ran = place.run(&["config", "show", "--origin"]).exits(0);
    for row in [
        "fail-on: high  # palisade.yaml:2",
        "disable: own-retention-short  # palisade.yaml:3",
        "frameworks: none  # default",
        "open-world: false  # default",
    ] {
        assert!(ran.out.lines().any(|line| line == row), "no {row:?} in\n{}", ran.out);
    }
    // The controls beside the file are found without being named.
    let controls = ran.out.lines().find(|line| line.starts_with("controls: ")).unwrap_or_default();
    assert!(controls.contains("controls") && controls.contains("palisade.yaml"), "{controls}");
    // Looked for upwards, and without a file all is as it is by default.
    let ran = place.run(&["config", "show", "--origin", "infra"]).exits(0);
    assert!(ran.out.contains("fail-on: high"), "{}", ran.out);
    let ran = Place::new().run(&["config", "show"]).exits(0);
    assert!(ran.out.contains("fail-on: info\n") && ran.out.contains("controls: none\n"), "{}", ran.out);
    place.write("palisade.yaml", "fail-onn: high\n");
    place.run(&["config", "show"]).refuses(&["palisade.yaml:1:1", "did you mean `fail-on`?"]);
}

#[test]
fn every_command_reads_the_settings() {
    let place = repository("disable: [own-retention-short]\n");
    assert!(place.run(&["controls", "own"]).exits(0).out.contains("own-database-plain"));
    assert!(place.run(&["explain", "own-database-plain"]).exits(0).out.contains("Databases are encrypted"));
    let ran = place.run_in("infra", &["test"]).exits(0);
    assert!(ran.out.contains("4 passed; 0 failed"), "{}", ran.out);
}

#[test]
fn empty_settings_change_nothing() {
    let place = repository("");
    assert_eq!(place.run(&OWN).exits(1).told(), ["fail Plain infra/t.yaml:2"]);
    place.write("infra/t.yaml", databases(&[("Good", GOOD)]));
    assert_eq!(place.run(&OWN).exits(0).told(), NONE);
}
