//! The reports that every format is tried on.

use std::collections::BTreeMap;

use finding::format::Style;
use finding::report::{
    ControlText, Diagnostic, FrameworkText, Level, Outcome, Position, Reason, Report, Severity, Sources,
    Subject, Summary, Verdict, Waiver,
};

/// Files in memory.
pub(crate) struct Files(BTreeMap<String, Vec<String>>);

impl Files {
    pub(crate) fn new(files: &[(&str, &str)]) -> Files {
        let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<String>>();
        Files(files.iter().map(|(name, text)| ((*name).to_owned(), lines(text))).collect())
    }
}

impl Sources for Files {
    fn line(&self, file: &str, line: u32) -> Option<&str> {
        let index = (line as usize).checked_sub(1)?;
        self.0.get(file)?.get(index).map(String::as_str)
    }
}

/// A report, what it points into, and how it is wanted.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) report: Report,
    pub(crate) files: Files,
    pub(crate) style: Style,
}

impl Case {
    fn new(name: &'static str, verdicts: Vec<Verdict>) -> Case {
        Case {
            name,
            report: report(verdicts),
            files: files(),
            style: Style { width: 80, colour: false, all: false },
        }
    }
}

const DATA: &str = "AWSTemplateFormatVersion: '2010-09-09'
Resources:
  DataBucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: data
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: front door
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref Cidr }";

const WIDE: &str = "Resources:
\t\u{5ee3}\u{6771}: {\t\u{6876}Bucket: x }";

fn files() -> Files {
    let long = format!(
        "Resources: {{ {} Far: {{ Type: AWS::S3::Bucket }}, {} }}",
        "Pad: 1, ".repeat(60),
        "End: 1, ".repeat(60)
    );
    Files::new(&[
        ("templates/data.yaml", DATA),
        ("templates/wide.yaml", WIDE),
        ("templates/long.json", &long),
        ("main.yaml", "Resources: {}"),
    ])
}

/// Every case.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("empty", Vec::new()),
        Case::new("one", vec![bucket()]),
        Case::new("several", vec![bucket(), again(), unknown(), pass(), skip()]),
        Case::new("no-location", vec![Verdict { origin: None, ..bucket() }]),
        Case::new("unknown", vec![unknown()]),
        Case::new("lines", vec![Verdict { origin: at("templates/data.yaml", 3, 3, 6, 23), ..bucket() }]),
        Case::new("wide", vec![wide()]),
        Case::new("long", vec![Verdict { origin: at("templates/long.json", 1, 495, 1, 498), ..bucket() }]),
        Case::new("via", vec![via()]),
        Case::new("waived", waived()),
        Case::new("input", Vec::new()),
        crate::hostile::case(),
    ];
    for case in &mut cases {
        match case.name {
            "several" | "waived" => case.style.all = true,
            "input" => case.report.diagnostics = diagnostics(),
            "long" => case.style.width = 60,
            _ => {}
        }
    }
    cases
}

/// A report of many findings in one file.
pub(crate) fn large(number: usize) -> Case {
    let verdict = |index: usize| {
        let mut verdict = bucket();
        verdict.resource.address = format!("Bucket{index}");
        verdict.control = format!("s3-bucket-rule-{}", index % 50);
        verdict.identity = format!("{index:032x}");
        verdict
    };
    Case::new("large", (0..number).map(verdict).collect())
}

/// A place in a file.
pub(crate) fn at(file: &str, line: u32, column: u32, end_line: u32, end_column: u32) -> Option<Position> {
    Some(Position { file: file.to_owned(), line, column, end_line, end_column })
}

fn subject(type_name: &str, address: &str) -> Subject {
    Subject {
        type_name: type_name.to_owned(),
        id: None,
        address: address.to_owned(),
        account: None,
        region: None,
        construct: None,
    }
}

fn bucket() -> Verdict {
    Verdict {
        control: "s3-bucket-tls-not-required".to_owned(),
        severity: Severity::High,
        outcome: Outcome::Fail,
        resource: subject("AWS::S3::Bucket", "DataBucket"),
        path: None,
        origin: at("templates/data.yaml", 3, 3, 3, 13),
        via: Vec::new(),
        message: "bucket policy does not require TLS".to_owned(),
        reasons: Vec::new(),
        identity: "00112233445566778899aabbccddeeff".to_owned(),
        waiver: None,
    }
}

/// The same control once more, on another element, its severity changed by the user.
fn again() -> Verdict {
    let mut verdict = bucket();
    verdict.severity = Severity::Low;
    verdict.path = Some("Properties.BucketName".to_owned());
    verdict.origin = at("templates/data.yaml", 6, 7, 6, 17);
    verdict.identity = "10112233445566778899aabbccddeeff".to_owned();
    verdict.resource.construct = Some("App/Data/Bucket".to_owned());
    verdict
}

fn unknown() -> Verdict {
    let because = |text: &str, remedy: Option<&str>| Reason {
        text: text.to_owned(),
        remedy: remedy.map(str::to_owned),
    };
    Verdict {
        control: "ec2-security-group-ssh-open".to_owned(),
        severity: Severity::Critical,
        outcome: Outcome::Unknown,
        resource: subject("AWS::EC2::SecurityGroup", "Door"),
        path: Some("Properties.SecurityGroupIngress[0].CidrIp".to_owned()),
        origin: at("templates/data.yaml", 12, 57, 12, 74),
        message: "whether port 22 is open to all hangs on `Cidr`".to_owned(),
        reasons: vec![
            because("the parameter `Cidr` has no default", Some("--parameters Cidr=10.0.0.0/8")),
            because("another stack may add rules", None),
        ],
        identity: "20112233445566778899aabbccddeeff".to_owned(),
        ..bucket()
    }
}

fn pass() -> Verdict {
    Verdict {
        control: "s3-bucket-public-read".to_owned(),
        severity: Severity::Critical,
        outcome: Outcome::Pass,
        message: String::new(),
        identity: "30112233445566778899aabbccddeeff".to_owned(),
        ..bucket()
    }
}

fn skip() -> Verdict {
    Verdict { outcome: Outcome::Skip, identity: "40112233445566778899aabbccddeeff".to_owned(), ..pass() }
}

fn wide() -> Verdict {
    Verdict {
        resource: subject("AWS::S3::Bucket", "\u{6876}Bucket"),
        origin: at("templates/wide.yaml", 2, 8, 2, 15),
        message: "\u{6876}\u{7684}\u{7b56}\u{7565} does not require TLS".to_owned(),
        ..bucket()
    }
}

fn via() -> Verdict {
    let callers = [at("main.yaml", 40, 3, 44, 20), at("nested/stack.yaml", 7, 3, 9, 1)];
    Verdict {
        resource: Subject {
            id: Some("data-1x2y3z".to_owned()),
            account: Some("123456789012".to_owned()),
            region: Some("eu-west-1".to_owned()),
            ..subject("AWS::S3::Bucket", "Data/Inner/DataBucket")
        },
        via: callers.into_iter().flatten().collect(),
        ..bucket()
    }
}

fn waived() -> Vec<Verdict> {
    let exception = Waiver::Exception {
        reason: "public site, see RISK-7".to_owned(),
        owner: "web@example.com".to_owned(),
        expires: "2027-01-31".to_owned(),
    };
    let inline = Waiver::Inline { reason: "a test bucket".to_owned() };
    vec![
        Verdict { waiver: Some(Waiver::Baseline), ..bucket() },
        Verdict { waiver: Some(exception), ..again() },
        Verdict { waiver: Some(inline), ..unknown() },
    ]
}

fn diagnostics() -> Vec<Diagnostic> {
    vec![
        Diagnostic {
            level: Level::Error,
            code: "yaml-syntax",
            message: "cannot read `templates/data.yaml`: a mapping is not closed".to_owned(),
            hint: Some("close it with `}`".to_owned()),
            position: at("templates/data.yaml", 12, 11, 12, 12),
        },
        Diagnostic {
            level: Level::Warning,
            code: "no-template",
            message: "nothing below `docs` is a template".to_owned(),
            hint: None,
            position: None,
        },
    ]
}

/// The text of a control.
pub(crate) fn control(id: &str) -> ControlText {
    let severity =
        if id.contains("ssh") || id.contains("public") { Severity::Critical } else { Severity::High };
    let frameworks = [("cis-aws-5.0", vec!["2.1.1"]), ("fsbp", vec!["S3.5", "S3.6"])];
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<String>>();
    ControlText {
        id: id.to_owned(),
        title: "S3 buckets require TLS".to_owned(),
        severity,
        layer: "data".to_owned(),
        why: "Without TLS, data can be read on its way, e.g. by a proxy. A policy that denies \
              `aws:SecureTransport` = false closes this."
            .to_owned(),
        fix_text: "Add a bucket policy that denies every request with `aws:SecureTransport` false."
            .to_owned(),
        fix_code: vec![
            ("cloudformation".to_owned(), "BucketPolicy:\n  Type: AWS::S3::BucketPolicy\n".to_owned()),
            (
                "cli".to_owned(),
                "aws s3api put-bucket-policy --bucket NAME --policy file://policy.json".to_owned(),
            ),
        ],
        references: vec![
            "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5".to_owned(),
        ],
        frameworks: frameworks.iter().map(|(id, ids)| ((*id).to_owned(), owned(ids))).collect(),
    }
}

fn framework() -> FrameworkText {
    let requirement = |id: &str, title: &str, reason: Option<&str>| {
        (id.to_owned(), title.to_owned(), reason.map(str::to_owned))
    };
    FrameworkText {
        id: "cis-aws-5.0".to_owned(),
        title: "CIS AWS Foundations Benchmark 5.0".to_owned(),
        requirements: vec![
            requirement("2.1.1", "Ensure S3 bucket policy denies HTTP requests", None),
            requirement("1.1", "Maintain current contact details", Some("a template holds no contacts")),
            requirement("2.1.2", "Ensure MFA Delete is enabled", None),
        ],
    }
}

/// A report of these verdicts.
pub(crate) fn report(verdicts: Vec<Verdict>) -> Report {
    let count = |outcome: Outcome| {
        verdicts.iter().filter(|verdict| verdict.waiver.is_none() && verdict.outcome == outcome).count()
    };
    let summary = Summary {
        pass: count(Outcome::Pass),
        fail: count(Outcome::Fail),
        unknown: count(Outcome::Unknown),
        skip: count(Outcome::Skip),
        waived: verdicts.iter().filter(|verdict| verdict.waiver.is_some()).count(),
        resources: usize::from(!verdicts.is_empty()),
        files: usize::from(!verdicts.is_empty()),
        controls: 98,
    };
    Report {
        version: "0.1.0".to_owned(),
        controls: verdicts
            .iter()
            .map(|verdict| (verdict.control.clone(), control(&verdict.control)))
            .collect(),
        frameworks: if verdicts.is_empty() { Vec::new() } else { vec![framework()] },
        diagnostics: Vec::new(),
        summary,
        verdicts,
    }
}
