//! 0 clean, 1 findings at or above the threshold, 2 a mistake of the caller's, 3 something could not be read.

use std::process::Stdio;

use super::support::{GOOD, PLAIN, Place, databases};

/// A template that breaks off behind its first resource.
const BROKEN: &str = "\
AWSTemplateFormatVersion: 2010-09-09
Resources:
  First:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: postgres }
   bad: [
";

/// A database whose encryption hangs on a parameter.
const UNDECIDED: &str = "\
Parameters:
  Encrypt: { Type: String }
Resources:
  Maybe:
    Type: AWS::RDS::DBInstance
    Properties: { StorageEncrypted: !Ref Encrypt }
";

#[test]
fn a_clean_template_exits_with_0() {
    let ran = Place::with(&[("Good", GOOD)]).judge(&["t.yaml"]).exits(0);
    assert_eq!(ran.told(), [""; 0]);
    assert_eq!((ran.count("pass"), ran.count("fail"), ran.count("files")), (1, 0, 1));
}

#[test]
fn a_finding_exits_with_1_and_points() {
    let place = Place::with(&[("Plain", PLAIN), ("Off", "StorageEncrypted: false"), ("Good", GOOD)]);
    let ran = place.judge(&["t.yaml"]).exits(1);
    assert_eq!(ran.told(), ["fail Plain t.yaml:2", "fail Off t.yaml:7"]);
    assert_eq!(ran.each("message")[1], "storage of `Off` is not encrypted");
    // What is set wrongly is pointed at itself; what is absent, at the resource's name.
    let columns = |index: usize| {
        let report = ran.json();
        let origin = &report["verdicts"][index]["origin"];
        (origin["column"].as_u64(), origin["end_column"].as_u64())
    };
    assert_eq!((columns(0), columns(1)), ((Some(3), Some(8)), (Some(37), Some(42))));
}

#[test]
fn the_threshold_decides_what_a_finding_does() {
    let place = Place::with(&[("Plain", PLAIN)]);
    for (least, code) in [("critical", 0), ("high", 0), ("medium", 1), ("low", 1), ("info", 1), ("never", 0)]
    {
        let ran = place.judge(&["t.yaml", "--fail-on", least]).exits(code);
        assert_eq!(ran.told(), ["fail Plain t.yaml:2"], "a finding is told whatever it does");
    }
}

#[test]
fn an_unknown_verdict_counts_only_if_it_is_asked_to() {
    let place = Place::new();
    place.write("t.yaml", UNDECIDED);
    let ran = place.judge(&["t.yaml"]).exits(0);
    assert_eq!(ran.told(), ["unknown Maybe t.yaml:6"]);
    place.judge(&["t.yaml", "--fail-on-unknown"]).exits(1);
    place.judge(&["t.yaml", "--fail-on-unknown", "--parameters", "Encrypt=true"]).exits(0);
}

#[test]
fn a_mistake_of_the_callers_exits_with_2_and_says_which() {
    let place = Place::with(&[("Plain", PLAIN)]);
    let severities = "critical, high, medium, low, info";
    let cases: [(&[&str], &[&str]); 20] = [
        (&["chek", "t.yaml"], &["check"]),
        (&["check"], &["PATHS"]),
        (&["check", "t.yaml", "--formt", "json"], &["--format"]),
        (&["check", "t.yaml", "--format", "xml"], &["human, json, jsonl, sarif"]),
        (&["check", "t.yaml", "--severity", "hihg"], &[severities]),
        (&["check", "t.yaml", "--fail-on", "hihg"], &["`hihg`", severities, "never"]),
        (&["check", "t.yaml", "--framework", "cis-aws-5"], &["`cis-aws-5`", "cis-aws-5.0"]),
        (&["check", "t.yaml", "--control", "no-such-thing-*"], &["`no-such-thing-*`"]),
        (
            &["check", "t.yaml", "--control", "rds-instance-storage-unencryptd"],
            &["did you mean `rds-instance-storage-unencrypted`?"],
        ),
        (&["check", "t.yaml", "--threads", "0"], &["--threads"]),
        (&["check", "nope.yaml"], &["`nope.yaml`"]),
        (&["check", "t.yaml", "nope"], &["`nope`"]),
        (&["check", "t.yaml", "--config", "nope.yaml"], &["`nope.yaml`"]),
        (&["check", "t.yaml", "--controls", "nope"], &["`nope`"]),
        (&["check", "t.yaml", "--exceptions", "nope.yaml"], &["`nope.yaml`"]),
        (&["check", "t.yaml", "--baseline", "nope.json"], &["`nope.json`"]),
        (&["check", "t.yaml", "--parameters", "nope.json"], &["`nope.json`"]),
        (&["check", "t.yaml", "--output", "no/such/folder"], &["`no/such/folder`"]),
        (&["check", "--from", "nope"], &["`nope`"]),
        (&["check", "--from", "t.yaml"], &["`t.yaml`"]),
    ];
    for (arguments, texts) in cases {
        place.run(arguments).refuses(texts);
    }
}

#[test]
fn a_broken_file_leaves_the_others_judged_and_exits_with_3() {
    let place = Place::new();
    place.write("good.yaml", databases(&[("Plain", PLAIN), ("Good", GOOD)]));
    place.write("broken.yaml", BROKEN);
    let runs: [&[&str]; 3] = [&["."], &["broken.yaml", "good.yaml"], &[".", "--fail-on", "never"]];
    for arguments in runs {
        let ran = place.judge(arguments).exits(3);
        assert_eq!(ran.told(), ["fail First broken.yaml:3", "fail Plain good.yaml:2"]);
        assert_eq!(ran.said(), ["error yaml-syntax broken.yaml:6:4"]);
        assert_eq!(ran.count("pass"), 1);
    }
    let ran = place.check(&["."]).exits(3);
    assert!(ran.out.ends_with("1 file could not be read whole: the result is incomplete\n"), "{}", ran.out);
}

#[test]
fn broken_json_is_told_with_its_place() {
    let place = Place::new();
    place.write(
        "t.json",
        "{\"Resources\": {\n  \"Plain\": {\"Type\": \"AWS::RDS::DBInstance\"},\n  oops\n}}\n",
    );
    let ran = place.judge(&["t.json"]).exits(3);
    assert_eq!(ran.told(), ["fail Plain t.json:2"]);
    assert_eq!(ran.said(), ["error json-syntax t.json:3:3"]);
}

#[test]
fn a_template_that_breaks_before_its_resources_is_no_clean_file() {
    let place = Place::new();
    place.write("t.yaml", "AWSTemplateFormatVersion: 2010-09-09\nParameters:\n  A: [\nResources:\n  B: {}\n");
    let ran = place.judge(&["."]).exits(3);
    assert_eq!(ran.told(), [""; 0]);
    assert!(ran.said()[0].starts_with("error yaml-syntax t.yaml:"), "{:?}", ran.said());
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_exits_with_3() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let place = Place::with(&[("Plain", PLAIN)]);
    place.write("secret.yaml", databases(&[("Hidden", PLAIN)]));
    let secret = place.at("secret.yaml");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("the mode can be set");
    // The superuser reads it all the same, so that there is nothing to see.
    let code = if fs::read(&secret).is_ok() { 1 } else { 3 };
    let ran = place.judge(&["."]).exits(code);
    assert!(ran.told().contains(&"fail Plain t.yaml:2".to_owned()), "{:?}", ran.told());
    if code == 3 {
        assert_eq!(ran.said(), ["error unreadable secret.yaml:1:1"]);
    }
}

#[test]
fn what_is_no_template_is_no_fault() {
    let place = Place::new();
    place.write("deployment.yaml", "kind: Deployment\nspec: { resources: [] }\n");
    place.write("chart.yaml", "name: {{ .Values.name }}\n  bad: [\n");
    place.write("package.json", "{\"name\": \"x\",}");
    place.write("README.md", "Resources: none\n");
    let ran = place.judge(&["."]).exits(0);
    assert_eq!((ran.said(), ran.count("files")), (Vec::new(), 0));
    let ran = place.check(&["."]).exits(0);
    assert!(ran.out.contains("nothing was judged"), "{}", ran.out);
}

#[test]
fn findings_exit_with_1_even_if_nobody_reads_them() {
    // `palisade check . | grep -q …` under `pipefail` must not turn findings into a clean run.
    let place = Place::with(&[("Plain", PLAIN)]);
    let mut child = place
        .palisade("", &["check", "t.yaml", "--control", "rds-instance-storage-unencrypted"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be run");
    drop(child.stdout.take());
    let status = child.wait().expect("the program ends");
    assert_eq!(status.code(), Some(1));
}
