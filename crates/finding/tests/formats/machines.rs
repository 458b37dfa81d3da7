//! The formats that programs read, by what their specifications ask for.

use std::collections::BTreeSet;

use finding::format::Format;
use serde_json::Value;

use crate::cases::{Case, cases};
use crate::hostile::{PAYLOADS, every_field};
use crate::render;

const SCHEMA: &str = include_str!("../../../../docs/schemas/report-1.json");

/// Every case, the hostile ones too.
fn every_case() -> Vec<Case> {
    let mut every = cases();
    every.extend(PAYLOADS.iter().map(|payload| every_field(payload)));
    every
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("it is a list")
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = parse(SCHEMA);
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    for case in every_case() {
        let report = parse(&render(Format::Json, &case));
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.name);
    }
}

#[test]
fn the_schema_is_strict() {
    let schema = parse(SCHEMA);
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let case = cases().swap_remove(1);
    let mut report = parse(&render(Format::Json, &case));
    assert!(validator.is_valid(&report));
    report["verdicts"][0]["severity"] = Value::from("dreadful");
    assert!(!validator.is_valid(&report));
}

#[test]
fn json_lines_are_the_records_of_json() {
    for case in every_case() {
        let whole = parse(&render(Format::Json, &case));
        let text = render(Format::Jsonl, &case);
        let mut lines: Vec<Value> = text.lines().map(parse).collect();
        let summary = lines.pop().expect("there is a summary");
        assert_eq!((&summary["kind"], &summary["summary"]), (&Value::from("summary"), &whole["summary"]));
        let mut verdicts = Vec::new();
        let mut errors = Vec::new();
        for mut line in lines {
            let fields = line.as_object_mut().expect("it is an object");
            match fields.remove("kind").as_ref().and_then(Value::as_str) {
                Some("verdict") => verdicts.push(line),
                Some("error") => errors.push(line["error"].take()),
                kind => panic!("a line of kind {kind:?}"),
            }
        }
        assert_eq!(verdicts, list(&whole["verdicts"]), "{}", case.name);
        assert_eq!(errors, list(&whole["errors"]), "{}", case.name);
    }
}

#[test]
fn sarif_is_as_the_specification_asks() {
    for case in every_case() {
        let log = parse(&render(Format::Sarif, &case));
        assert_eq!(log["version"], "2.1.0");
        let runs = list(&log["runs"]);
        assert_eq!(runs.len(), 1);
        let run = &runs[0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let driver = &run["tool"]["driver"];
        assert_eq!(driver["name"], "Palisade");
        let rules: Vec<&str> = list(&driver["rules"]).iter().filter_map(|rule| rule["id"].as_str()).collect();
        assert!(rules.is_sorted(), "{rules:?}");
        let results = list(&run["results"]);
        for result in results {
            check_result(result, &rules);
        }
        let used: BTreeSet<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
        assert_eq!(used.len(), rules.len(), "{}: only rules in use are listed", case.name);
        let is_whole = case.report.diagnostics.iter().all(|d| d.level != finding::report::Level::Error);
        assert_eq!(run["invocations"][0]["executionSuccessful"], is_whole);
    }
}

fn check_result(result: &Value, rules: &[&str]) {
    let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok()).expect("an index");
    assert_eq!(result["ruleId"], rules[index]);
    // 3.27.10: only what fails has a level.
    assert_eq!(result["kind"] == "fail", result["level"] != "none", "{result}");
    let is_kind = ["fail", "open", "pass", "notApplicable"].iter().any(|kind| result["kind"] == *kind);
    assert!(is_kind, "{result}");
    assert!(result["message"]["text"].is_string());
    assert!(result["partialFingerprints"]["palisadeIdentity/v1"].is_string());
    let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
    let ids: BTreeSet<u64> = related.iter().filter_map(|location| location["id"].as_u64()).collect();
    assert_eq!(ids.len(), related.len(), "each has an id of its own");
    for location in list(&result["locations"]).iter().chain(&related) {
        let physical = &location["physicalLocation"];
        if !physical.is_null() {
            check_physical(physical);
        }
    }
}

fn check_physical(physical: &Value) {
    let artifact = &physical["artifactLocation"];
    let uri = artifact["uri"].as_str().expect("an address");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%:".contains(c);
    assert!(uri.chars().all(is_plain), "{uri}");
    let is_absolute = uri.starts_with("file:///");
    assert_eq!(artifact["uriBaseId"] == "%SRCROOT%", !is_absolute, "{artifact}");
    assert!(is_absolute || !uri.contains(':'), "{uri}");
    let region = &physical["region"];
    let number = |key: &str| region[key].as_u64().unwrap_or(u64::MAX);
    assert!(number("startLine") >= 1 && number("startColumn") >= 1, "{region}");
    let (start, end) =
        ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
    assert!(start <= end, "{region}");
}

#[test]
fn sarif_keeps_waived_verdicts_as_suppressed() {
    let case = cases().into_iter().find(|case| case.name == "waived").expect("it is a case");
    let log = parse(&render(Format::Sarif, &case));
    let results = list(&log["runs"][0]["results"]);
    let kinds: Vec<&Value> = results.iter().map(|result| &result["suppressions"][0]["kind"]).collect();
    assert_eq!(kinds, ["external", "external", "inSource"]);
}

#[test]
fn gitlab_issues_are_as_its_reader_asks() {
    for case in every_case() {
        let issues = parse(&render(Format::Gitlab, &case));
        for issue in list(&issues) {
            for key in ["description", "check_name", "fingerprint", "severity"] {
                assert!(issue[key].is_string(), "{issue}");
            }
            assert!(issue["location"]["path"].is_string(), "{issue}");
            assert!(issue["location"]["lines"]["begin"].is_u64(), "{issue}");
        }
    }
}

#[test]
fn junit_counts_what_it_holds() {
    for case in every_case() {
        let text = render(Format::Junit, &case);
        let head = text.lines().nth(1).expect("there is a root");
        let counted = |name: &str| {
            let (_, rest) = head.split_once(&format!(" {name}=\"")).expect("it is counted");
            rest.split_once('"').and_then(|(number, _)| number.parse::<usize>().ok()).expect("a number")
        };
        assert_eq!(text.matches("<testcase ").count(), counted("tests"), "{}", case.name);
        assert_eq!(text.matches("<failure ").count(), counted("failures"), "{}", case.name);
        assert_eq!(text.matches("<error ").count(), counted("errors"), "{}", case.name);
        assert_eq!(text.matches("<skipped ").count(), counted("skipped"), "{}", case.name);
    }
}
