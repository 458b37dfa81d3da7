//! A policy repository from nothing: drafts, their tests, and what is said of a control with a fault.

use super::formats::elements;
use super::support::{CONTROL, PLAIN, Place, databases};

/// A folder with [`CONTROL`] in a file of its own.
fn with_control(text: &str) -> Place {
    let place = Place::new();
    place.write("own-database-plain.yaml", text);
    place
}

const FILE: &str = "own-database-plain.yaml";

#[test]
fn tests_that_pass_exit_with_0() {
    let place = with_control(CONTROL);
    let ran = place.run(&["test", FILE]).exits(0);
    assert!(ran.out.contains("4 passed; 0 failed; 0 filtered out"), "{}", ran.out);
    let ran = place.run(&["test", ".", "--verbose"]).exits(0);
    for name in ["encrypted passes", "nothing said fails", "an undecided parameter is unknown"] {
        assert!(ran.out.lines().any(|line| line.contains(name) && line.ends_with("ok")), "{}", ran.out);
    }
}

#[test]
fn a_test_that_fails_exits_with_1_and_is_pointed_at() {
    let place = with_control(&CONTROL.replace("expect: fail", "expect: pass"));
    let ran = place.run(&["test", FILE]).exits(1);
    let rows: Vec<&str> = ran.out.lines().collect();
    let at = rows.iter().position(|row| row.contains("nothing said fails")).expect("it is named");
    assert!(rows[at].contains("own-database-plain") && rows[at].contains("FAILED"), "{}", ran.out);
    // The case begins on line 15.
    assert!(rows[at + 1].contains("own-database-plain.yaml:15"), "{}", ran.out);
    assert!(rows[at + 2].contains("expected pass, got fail"), "{}", ran.out);
    assert!(ran.out.contains("3 passed; 1 failed"), "{}", ran.out);
}

#[test]
fn a_filter_leaves_the_tests_whose_name_holds_it() {
    let place = with_control(&CONTROL.replace("expect: fail", "expect: pass"));
    let ran = place.run(&["test", FILE, "--filter", "undecided"]).exits(0);
    assert!(ran.out.contains("1 passed; 0 failed; 3 filtered out"), "{}", ran.out);
    let ran = place.run(&["test", FILE, "--filter", "own-database"]).exits(1);
    assert!(ran.out.contains("3 passed; 1 failed; 0 filtered out"), "{}", ran.out);
}

#[test]
fn coverage_names_what_a_control_does_not_prove() {
    let place = with_control(CONTROL);
    assert!(place.run(&["test", FILE, "--coverage"]).exits(0).out.contains("1 of 1"));
    place.write(FILE, CONTROL.replace("    near_miss: true\n", ""));
    let ran = place.run(&["test", FILE, "--coverage"]).exits(1);
    assert!(ran.out.contains("own-database-plain lacks: near miss"), "{}", ran.out);
    // Without being asked for, it fails no run.
    place.run(&["test", FILE]).exits(0);
}

#[test]
fn junit_holds_every_test() {
    let text = CONTROL.replace("expect: fail", "expect: pass");
    let place = with_control(&text.replace("encrypted passes", r#""<b> & 'c' \e[31m \"d\"""#));
    place.run(&["test", FILE, "--junit", "tests.xml"]).exits(1);
    let xml = place.read("tests.xml");
    assert_eq!((elements(&xml, "testcase"), elements(&xml, "failure")), (4, 1), "{xml}");
    assert!(xml.contains("&lt;b&gt;"), "{xml}");
}

#[test]
fn a_report_that_cannot_be_written_is_named() {
    let place = with_control(CONTROL);
    place.run(&["test", FILE, "--junit", "no/such/tests.xml"]).refuses(&["`no/such/tests.xml`"]);
}

#[test]
fn the_built_in_controls_prove_themselves() {
    let ran = Place::new().run(&["test", "--builtin", "--coverage"]).exits(0);
    assert!(ran.out.contains(" 0 failed; 0 filtered out"), "{}", ran.out);
}

#[test]
fn there_must_be_something_to_test() {
    let place = Place::new();
    place.write("empty/notes.md", "");
    place.run(&["test", "nope"]).refuses(&["`nope`"]);
    place.run(&["test", "empty"]).refuses(&["no control files"]);
}

#[test]
fn a_fault_on_a_long_line_is_shown_with_what_is_around_it() {
    let types: Vec<String> = (0..400).map(|i| format!("AWS::RDS::DBInstanze{i}x")).collect();
    let list = format!("resource: [{}]", types.join(", "));
    let place = with_control(&CONTROL.replace("resource: AWS::RDS::DBInstance", &list));
    let ran = place.run(&["test", FILE]).refuses(&["no type `AWS::RDS::DBInstanze399x`"]);
    let longest = ran.err.lines().map(|row| row.chars().count()).max();
    assert!(longest <= Some(100), "a row has {longest:?} columns");
    // Each row of carets stands under the type that its error names.
    let rows: Vec<&str> = ran.err.lines().collect();
    let marked: Vec<String> = rows
        .windows(2)
        .filter(|pair| pair[1].contains('^'))
        .filter_map(|pair| {
            let start = pair[1].find('^')?;
            Some(pair[0].chars().skip(start).take(pair[1].matches('^').count()).collect())
        })
        .collect();
    assert_eq!(marked, types);
}

#[test]
fn a_mistyped_property_is_told_with_its_place_and_its_neighbour() {
    let place = with_control(&CONTROL.replace("pass: StorageEncrypted", "pass: StorageEncryptd"));
    place.write("t.yaml", databases(&[("Plain", PLAIN)]));
    let texts = ["`StorageEncryptd`", "own-database-plain.yaml:6:7", "did you mean `StorageEncrypted`?"];
    place.run(&["test", FILE]).refuses(&texts);
    let ran = place.run(&["check", "t.yaml", "--controls", FILE]).refuses(&texts);
    // The line is shown with the word marked.
    let rows: Vec<&str> = ran.err.lines().collect();
    let at = rows.iter().position(|row| row.contains("| pass: StorageEncryptd")).expect("the line is shown");
    assert_eq!(rows[at + 1].trim_start_matches([' ', '|']), "^".repeat("StorageEncryptd".len()));
}

#[test]
fn a_mistyped_property_in_a_test_is_told_the_same() {
    let place = with_control(&CONTROL.replace("{ StorageEncrypted: true }", "{ StorageEncryptd: true }"));
    let texts = ["`StorageEncryptd`", "own-database-plain.yaml:13:17", "did you mean `StorageEncrypted`?"];
    place.run(&["test", FILE]).refuses(&texts);
}

#[test]
fn a_fault_in_a_control_is_told_even_if_nothing_is_there_to_judge() {
    // A control that is left out in silence would look like one that passes.
    let place = with_control(&CONTROL.replace("pass: StorageEncrypted", "pass: StorageEncryptd"));
    place.write("t.yaml", "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n");
    place.run(&["check", "t.yaml", "--controls", FILE]).refuses(&["own-database-plain.yaml:6:7"]);
}

#[test]
fn every_fault_of_a_control_is_told() {
    let faulty = CONTROL.replace("severity: medium", "severity: medum").replace("layer:", "layr:");
    let place = with_control(&faulty);
    let texts =
        ["own-database-plain.yaml:3:11", "`medum`", "own-database-plain.yaml:4:1", "did you mean `layer`?"];
    place.run(&["test", FILE]).refuses(&texts);
    place.write(FILE, CONTROL.replace("AWS::RDS::DBInstance", "AWS::RDS::DBInstanc"));
    place
        .run(&["test", FILE])
        .refuses(&["own-database-plain.yaml:5:11", "did you mean `AWS::RDS::DBInstance`?"]);
    place.write(FILE, CONTROL.replace("pass: StorageEncrypted", "pass: AllocatedStorage > '1' &&"));
    place.run(&["test", FILE]).refuses(&["own-database-plain.yaml:6:"]);
    place.write(FILE, CONTROL.replace("pass: StorageEncrypted", "pass: Engine.startsWith('a')"));
    place.run(&["test", FILE]).refuses(&["own-database-plain.yaml:6:7", ".or("]);
}

#[test]
fn a_draft_passes_its_own_tests() {
    let place = Place::new();
    let ran = place.run(&["new", "control", "AWS::RDS::DBInstance"]).exits(0);
    let file = "controls/rds-db-instance-storage-unencrypted.yaml";
    assert!(ran.out.contains(file), "{}", ran.out);
    let ran = place.run(&["test", "controls", "--coverage"]).exits(0);
    assert!(ran.out.contains("4 passed; 0 failed") && ran.out.contains("1 of 1"), "{}", ran.out);
    // It judges at once, and once only is it written.
    place.write("t.yaml", databases(&[("Plain", PLAIN)]));
    let id = "rds-db-instance-storage-unencrypted";
    let judged = ["check", "t.yaml", "--format", "json", "--controls", "controls", "--control", id];
    assert_eq!(place.run(&judged).exits(1).told(), ["fail Plain t.yaml:2"]);
    let before = place.read(file);
    place.run(&["new", "control", "AWS::RDS::DBInstance"]).refuses(&[file, "--id"]);
    assert_eq!(place.read(file), before);
    // Another id and folder.
    place.run(&["new", "control", "AWS::S3::Bucket", "--id", "own-bucket", "--dir", "policy/data"]).exits(0);
    place.run(&["test", "policy"]).exits(0);
    assert!(place.has("policy/data/own-bucket.yaml"));
}

#[test]
fn a_draft_is_what_test_runs_without_arguments() {
    // `new control` writes into `controls`; `test` must not prove something else and say `ok`.
    let place = Place::new();
    place.run(&["new", "control", "AWS::RDS::DBInstance"]).exits(0);
    let ran = place.run(&["test"]).exits(0);
    assert!(ran.out.contains("4 passed; 0 failed"), "{}", ran.out);
}

#[test]
fn a_draft_of_what_does_not_exist_is_refused() {
    let place = Place::new();
    place.run(&["new", "control", "AWS::RDS::DBInstanc"]).refuses(&["did you mean `AWS::RDS::DBInstance`?"]);
    place.run(&["new", "control", "AWS::S3::Bucket", "--id", "../own"]).refuses(&["`../own`"]);
    place.run(&["new", "control", "AWS::S3::Bucket", "--id", "Own Bucket"]).refuses(&["`Own Bucket`"]);
    assert!(!place.has("controls"));
}

#[test]
fn a_new_repository_is_clean_and_proves_its_example() {
    let place = Place::new();
    let ran = place.run(&["init"]).exits(0);
    assert!(ran.out.contains("palisade.yaml"), "{}", ran.out);
    let ran = place.run(&["test", "--coverage"]).exits(0);
    assert!(ran.out.contains(" 0 failed") && ran.out.contains("1 of 1 controls"), "{}", ran.out);
    place.run(&["check", "."]).exits(0);
    place.run(&["config", "show"]).exits(0);
    // The example judges.
    place.write("t.yaml", "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n");
    let ran = place.run(&["check", ".", "--format", "json", "--control", "example-*"]).exits(1);
    assert_eq!(ran.told(), ["fail Bucket t.yaml:2"]);
    // A second time, and into another folder.
    let before = place.read("palisade.yaml");
    place.run(&["init"]).refuses(&["`palisade.yaml`"]);
    assert_eq!(place.read("palisade.yaml"), before);
    place.run(&["init", "deep/policy"]).exits(0);
    place.run_in("deep/policy", &["test"]).exits(0);
}

#[test]
fn init_leaves_alone_what_is_there() {
    let place = Place::new();
    place.write("exceptions.yaml", "[]\n");
    place.run(&["init"]).refuses(&["`exceptions.yaml`"]);
    assert_eq!(place.read("exceptions.yaml"), "[]\n");
    assert!(!place.has("palisade.yaml"));
}
