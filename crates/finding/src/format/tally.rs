//! The sentences that sum a report up, the same in every format that people read.

use std::collections::BTreeSet;

use super::count;
use crate::report::{Level, Outcome, Report, Severity, Summary};

/// The whole in one line: what was found, and in how much.
pub(super) fn headline(report: &Report) -> String {
    format!("{} · {}", found(report), scope(report))
}

/// What was found: `3 failed (1 high, 2 medium), 2 unknown, 41 passed, 5 waived`.
pub(super) fn found(report: &Report) -> String {
    let Summary { pass, fail, unknown, skip, waived, .. } = report.summary;
    if pass == 0 && fail == 0 && unknown == 0 && skip == 0 && waived == 0 {
        return "nothing was judged".to_owned();
    }
    let mut parts = vec![format!("{fail} failed{}", by_severity(report))];
    if unknown > 0 {
        parts.push(format!("{unknown} unknown"));
    }
    parts.push(format!("{pass} passed"));
    if waived > 0 {
        parts.push(format!("{waived} waived"));
    }
    parts.join(", ")
}

/// In how much: `12 resources in 4 files, 98 controls`.
pub(super) fn scope(report: &Report) -> String {
    let Summary { resources, files, controls, .. } = report.summary;
    format!("{} in {}, {}", count(resources, "resource"), count(files, "file"), count(controls, "control"))
}

/// How many verdicts of a severity fail and are not waived.
pub(super) fn failed(report: &Report, severity: Severity) -> usize {
    open(report, Outcome::Fail, severity)
}

/// How many verdicts of a severity have an outcome and are not waived.
pub(super) fn open(report: &Report, outcome: Outcome, severity: Severity) -> usize {
    report
        .verdicts
        .iter()
        .filter(|v| v.waiver.is_none() && v.outcome == outcome && v.severity == severity)
        .count()
}

fn by_severity(report: &Report) -> String {
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, failed(report, severity)))
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {severity}"))
        .collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// What to say where something could not be read, so that nobody takes the result for the whole.
pub(super) fn incomplete(report: &Report) -> Option<String> {
    let errors = || report.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
    let files: BTreeSet<&str> =
        errors().filter_map(|error| error.position.as_ref()).map(|position| position.file.as_str()).collect();
    if !files.is_empty() {
        return Some(format!(
            "{} could not be read whole: the result is incomplete",
            count(files.len(), "file")
        ));
    }
    let loose = errors().count();
    (loose > 0).then(|| format!("{}: the result is incomplete", count(loose, "error")))
}
