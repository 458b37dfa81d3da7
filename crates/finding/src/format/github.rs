//! GitHub workflow commands, which a runner turns into annotations on the lines of a change.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::cmp::Reverse;
use std::io::{self, Write};

use super::{Rank, is_open, message, rank, tally};
use crate::escape::{github_message, github_property};
use crate::report::{Diagnostic, Level, Outcome, Position, Report, Verdict};

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in &report.diagnostics {
        write_diagnostic(diagnostic, out)?;
    }
    let mut told: Vec<&Verdict> = report.verdicts.iter().filter(|verdict| is_open(verdict)).collect();
    // GitHub shows the first ten of each kind only, so the gravest go first. The sort is stable.
    told.sort_by_key(|verdict| (verdict.outcome, Reverse(verdict.severity)));
    for verdict in told {
        write_verdict(report, verdict, out)?;
    }
    writeln!(out, "Palisade: {}", tally::headline(report))?;
    match tally::incomplete(report) {
        Some(text) => writeln!(out, "Palisade: {text}"),
        None => Ok(()),
    }
}

fn write_verdict(report: &Report, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let command = match (verdict.outcome, rank(verdict.severity)) {
        (Outcome::Fail, Rank::Error) => "error",
        (Outcome::Fail, Rank::Note) => "notice",
        _ => "warning",
    };
    let title = match verdict.outcome {
        Outcome::Unknown => format!("{} (unknown)", verdict.control),
        _ => format!("{} ({})", verdict.control, verdict.severity),
    };
    let subject = &verdict.resource;
    let said = format!("{}: {} `{}`", message(report, verdict), subject.type_name, subject.address);
    let mut lines = vec![github_message(&said)];
    for caller in &verdict.via {
        lines.push(github_message(&format!("via {}:{}", caller.file, caller.line)));
    }
    for reason in &verdict.reasons {
        lines.push(github_message(&format!("because {}", reason.text)));
        let remedy = reason.remedy.as_ref().map(|remedy| github_message(&format!("decide it with {remedy}")));
        lines.extend(remedy);
    }
    lines.push(github_message(&format!("palisade explain {}", verdict.control)));
    write_command(command, verdict.origin.as_ref(), &title, &lines, out)
}

fn write_diagnostic(diagnostic: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let command = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let mut lines = vec![github_message(&diagnostic.message)];
    lines.extend(diagnostic.hint.as_ref().map(|hint| github_message(&format!("hint: {hint}"))));
    write_command(command, diagnostic.position.as_ref(), diagnostic.code, &lines, out)
}

/// One command on one line. The lines of its message are escaped already.
fn write_command(
    command: &str,
    position: Option<&Position>,
    title: &str,
    lines: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "::{command} ")?;
    if let Some(Position { file, line, column, end_line, .. }) = position {
        let file = file.strip_prefix("./").unwrap_or(file);
        let end_line = (*end_line).max(*line);
        write!(out, "file={},line={line},endLine={end_line},col={column},", github_property(file))?;
    }
    writeln!(out, "title={}::{}", github_property(title), lines.join("%0A"))
}
