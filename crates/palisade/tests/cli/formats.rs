//! Every format from the program itself: it is written, it is what its reader takes, and it is the same twice.

use std::collections::BTreeSet;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::support::{GOOD, PLAIN, Place, Ran, databases, list};

/// Every format that `check` writes.
pub(super) const FORMATS: [&str; 9] =
    ["human", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html"];

const SCHEMA: &str = include_str!("../../../../docs/schemas/report-1.json");

/// Two groups, one behind a condition, with ports that are open, perhaps open, and open twice.
const NETWORK: &str = "\
Parameters:
  Cidr: { Type: String }
Conditions:
  Open: !Equals [!Ref Cidr, 0.0.0.0/0]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: open
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 }
        - { IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 }
        - { IpProtocol: tcp, FromPort: 3389, ToPort: 3389, CidrIp: !Ref Cidr }
        - { IpProtocol: '-1', CidrIpv6: '::/0' }
  Maybe:
    Type: AWS::EC2::SecurityGroup
    Condition: Open
    Properties: { GroupDescription: maybe }
";

/// A few types that many controls judge.
const DATA: &str = "\
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: { AccessControl: PublicRead }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Statement: [{ Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub '${Bucket.Arn}/*' }]
  Database:
    Type: AWS::RDS::DBInstance # palisade:ignore rds-instance-storage-unencrypted a copy that holds nothing
    Properties: { Engine: postgres, PubliclyAccessible: true }
  Key:
    Type: AWS::KMS::Key
    Properties: { KeyPolicy: { Statement: [{ Effect: Allow, Principal: '*', Action: 'kms:*', Resource: '*' }] } }
  Queue:
    Type: AWS::SQS::Queue
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: '*', Action: 'sts:AssumeRole' }] }
      Policies: [{ PolicyName: all, PolicyDocument: { Statement: [{ Effect: Allow, Action: '*', Resource: '*' }] } }]
";

/// A stack within a stack, and a file that breaks off.
const PARENT: &str = "\
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: ./parts/child.yaml }
";
const BROKEN: &str = "\
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Table:
    Type: AWS::DynamoDB::Table
   bad: [
";

/// A repository with something for every part of a report.
fn repository() -> Place {
    let place = Place::new();
    place.write("network.yaml", NETWORK);
    place.write("data.yaml", DATA);
    place.write("parent.yaml", PARENT);
    place.write("parts/child.yaml", databases(&[("Nested", PLAIN)]));
    place.write("broken.yaml", BROKEN);
    place
}

/// A database that fails, one that cannot be decided, one that passes.
fn three() -> Place {
    let place = Place::new();
    let databases =
        databases(&[("Plain", PLAIN), ("Maybe", "StorageEncrypted: !Ref Encrypt"), ("Good", GOOD)]);
    place.write("t.yaml", format!("{databases}Parameters:\n  Encrypt: {{ Type: String }}\n"));
    place
}

#[track_caller]
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn every_format_tells_of_a_failure_and_of_a_doubt() {
    let place = three();
    for format in FORMATS {
        let ran = place.check(&["t.yaml", "--format", format]).exits(1);
        for text in ["own-database-plain", "Plain", "Maybe", "t.yaml", "parameter"] {
            let is_there = ran.out.contains(text) || ran.out.contains(&text.replace('.', "\\."));
            // GitLab has no place for what a doubt hangs on.
            assert!(
                is_there || (format, text) == ("gitlab", "parameter"),
                "{format}: no {text:?} in\n{}",
                ran.out
            );
        }
        assert!(ran.out.ends_with('\n'), "{format} ends with a line");
    }
}

#[test]
fn every_format_is_written_where_there_is_nothing_to_tell() {
    let place = Place::new();
    for format in FORMATS {
        let ran = place.check(&[".", "--format", format]).exits(0);
        assert!(ran.out.ends_with('\n'), "{format}: {:?}", ran.out);
    }
}

#[test]
fn a_file_takes_what_would_have_been_printed() {
    let place = three();
    for format in FORMATS {
        let printed = place.check(&["t.yaml", "--format", format]).exits(1);
        let kept = place.check(&["t.yaml", "--format", format, "--output", "report"]).exits(1);
        assert_eq!(kept.out, "", "{format}");
        assert_eq!(place.read("report"), printed.out, "{format}");
    }
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = parse(SCHEMA);
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let place = repository();
    place.write(
        "exceptions.yaml",
        "- { control: s3-*, resource: Bucket, reason: r, owner: o, expires: 9999-12-01 }\n",
    );
    place.commit();
    let runs: [&[&str]; 6] = [
        &["."],
        &[".", "--all"],
        &[
            ".",
            "--all",
            "--exceptions",
            "exceptions.yaml",
            "--account",
            "111122223333",
            "--region",
            "eu-west-1",
        ],
        &[".", "--all", "--since", "HEAD"],
        &["parts", "--control", "rds-*"],
        &["exceptions.yaml"],
    ];
    let mut waivers = BTreeSet::new();
    for arguments in runs {
        let mut whole = vec!["check", "--format", "json"];
        whole.extend(arguments);
        let report = place.run(&whole).json();
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{arguments:?}");
        let kinds = list(&report["verdicts"]).iter().filter_map(|verdict| verdict["waiver"]["kind"].as_str());
        waivers.extend(kinds.map(str::to_owned));
    }
    assert_eq!(waivers.into_iter().collect::<Vec<_>>(), ["baseline", "exception", "inline"]);
}

#[test]
fn json_lines_hold_the_records_of_json() {
    let place = repository();
    let report = place.run(&["check", ".", "--all", "--format", "json"]).exits(3).json();
    let lines = place.run(&["check", ".", "--all", "--format", "jsonl"]).exits(3).out;
    let records: Vec<Value> = lines.lines().map(parse).collect();
    let of_kind = |kind: &str| records.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!(of_kind("verdict"), list(&report["verdicts"]).len());
    assert_eq!(of_kind("error"), list(&report["errors"]).len());
    assert_eq!(records.last().map(|record| &record["summary"]), Some(&report["summary"]));
}

#[test]
fn sarif_says_where_what_and_whether_the_run_was_whole() {
    let place = repository();
    let log = parse(&place.run(&["check", ".", "--format", "sarif"]).exits(3).out);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
    let results = list(&log["runs"][0]["results"]);
    assert!(!results.is_empty());
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert!(
            place["artifactLocation"]["uri"].as_str().is_some_and(|uri| uri.contains(".yaml")),
            "{result}"
        );
        assert!(place["region"]["startLine"].as_u64() > Some(0), "{result}");
        let fingerprint = result["partialFingerprints"]["palisadeIdentity/v1"].as_str();
        assert!(fingerprint.is_some_and(|text| text.len() == 32), "{result}");
    }
}

#[test]
fn junit_has_a_case_for_each_verdict() {
    let ran = three().check(&["t.yaml", "--format", "junit", "--all"]).exits(1);
    assert_eq!(elements(&ran.out, "testcase"), 3);
    assert_eq!((elements(&ran.out, "failure"), elements(&ran.out, "skipped")), (1, 1));
}

#[test]
fn github_annotates_the_lines() {
    let ran = three().check(&["t.yaml", "--format", "github"]).exits(1);
    let commands: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 2, "{}", ran.out);
    for (command, line) in commands.iter().zip(["line=2,", "line=7,"]) {
        assert!(command.starts_with("::warning file=t.yaml,") && command.contains(line), "{command}");
    }
}

#[test]
fn gitlab_tells_two_findings_apart() {
    // GitLab takes two issues with one fingerprint for one issue, and forgets the second.
    let place = Place::with(&[("Plain", PLAIN)]);
    place.write("copy.yaml", databases(&[("Plain", PLAIN)]));
    let issues = parse(&place.check(&[".", "--format", "gitlab"]).exits(1).out);
    let paths: Vec<&str> =
        list(&issues).iter().filter_map(|issue| issue["location"]["path"].as_str()).collect();
    assert_eq!(paths, ["copy.yaml", "t.yaml"]);
    let fingerprints: BTreeSet<&str> =
        list(&issues).iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.len(), 2, "{issues}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let place = repository();
    for format in FORMATS {
        let run = |threads: &str| {
            let ran = place.run(&["check", ".", "--all", "--format", format, "--threads", threads]);
            ran.exits(3).out
        };
        let first = run("1");
        for threads in ["2", "3", "8", "1", "2", "3", "8", "1", "8"] {
            assert!(run(threads) == first, "{format} differs with {threads} threads");
        }
    }
}

#[test]
fn human_output_keeps_to_the_width_and_to_plain_text() {
    let place = repository();
    for (columns, width) in [("60", 60), ("200", 200)] {
        for variables in [vec![("COLUMNS", columns)], vec![("COLUMNS", columns), ("NO_COLOR", "1")]] {
            let mut command = place.palisade("", &["check", ".", "--all"]);
            let ran = Ran::of(command.envs(variables)).exits(3);
            assert!(
                !ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'),
                "no escapes without a terminal"
            );
            assert!(ran.out.contains("-->"), "{}", ran.out);
            // A path is copied, so it is never broken.
            for line in ran.out.lines().filter(|line| !line.trim_start().starts_with("--> ")) {
                assert!(line.width() <= width, "{} columns of {width}: {line}", line.width());
            }
        }
    }
}

/// How often a well-formed XML text has an element.
pub(super) fn elements(xml: &str, name: &str) -> usize {
    let mut open = Vec::new();
    let mut count = 0;
    let body =
        xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("it says that it is XML");
    let mut rest = body.trim();
    while let Some((text, behind)) = rest.split_once('<') {
        references(text);
        let (tag, behind) = behind.split_once('>').expect("a tag ends");
        rest = behind;
        if let Some(end) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(end), "ends meet their starts");
            continue;
        }
        let (start, is_empty) = tag.strip_suffix('/').map_or((tag, false), |start| (start, true));
        let (start_name, attributes) = start.split_once(' ').unwrap_or((start, ""));
        assert!(start_name.chars().all(|c| c.is_ascii_alphabetic() || c == '-'), "an element {start_name:?}");
        // Between quotes are the values, each behind its name.
        let parts: Vec<&str> = attributes.split('"').collect();
        assert!(parts.len() % 2 == 1 && parts.last() == Some(&""), "attributes {attributes:?}");
        for part in parts {
            references(part);
        }
        count += usize::from(start_name == name);
        if !is_empty {
            open.push(start_name);
        }
    }
    assert!(rest.is_empty() && open.is_empty(), "everything ends: {open:?}, {rest:?}");
    count
}

/// Asserts that a text of XML holds no character that XML has not, and that each `&` begins a reference.
fn references(text: &str) {
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    for behind in text.split('&').skip(1) {
        let name = behind.split_once(';').map(|(name, _)| name);
        let is_known =
            |name: &str| ["amp", "lt", "gt", "quot", "apos"].contains(&name) || name.starts_with('#');
        assert!(name.is_some_and(is_known), "&{behind}");
    }
}
