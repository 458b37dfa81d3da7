//! GitLab Code Quality, which a merge request shows beside its changes.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::value::Json;
use super::{is_open, message};
use crate::escape;
use crate::report::{Outcome, Report, Severity, Verdict};

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let issues = report.verdicts.iter().filter(|v| is_open(v)).map(|v| issue(report, v)).collect();
    writeln!(out, "{}", Json::List(issues).pretty())
}

/// GitLab drops an issue whose fingerprint it has seen, and the same name in two files is two issues.
fn fingerprint(identity: &str, file: &str) -> String {
    let hash = Sha256::digest(format!("{identity}\0{file}"));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn issue<'a>(report: &'a Report, verdict: &'a Verdict) -> Json<'a> {
    let subject = &verdict.resource;
    let said = format!("{}: {} `{}`", message(report, verdict), subject.type_name, subject.address);
    let (said, severity) = match verdict.outcome {
        Outcome::Unknown => (format!("unknown: {said}"), "info"),
        _ => (said, severity(verdict.severity)),
    };
    // The format knows no issue without a file; `.` is the project.
    let (file, line) = verdict.origin.as_ref().map_or((".", 1), |at| (at.file.as_str(), at.line));
    let file = file.strip_prefix("./").unwrap_or(file);
    Json::Object(vec![
        ("description", Json::from(escape::line(&said).into_owned())),
        ("check_name", Json::from(verdict.control.as_str())),
        ("fingerprint", Json::from(fingerprint(&verdict.identity, file))),
        ("severity", Json::from(severity)),
        (
            "location",
            Json::Object(vec![
                ("path", Json::from(file)),
                ("lines", Json::Object(vec![("begin", Json::from(line))])),
            ]),
        ),
    ])
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}
