//! JUnit XML, for whatever shows test reports: a suite a file, a case a verdict.
//!
//! A failing verdict is a failure, an unknown one is skipped with its reasons, as no reader takes a skipped
//! test for one that passed, and what could not be read is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{Style, message, records};
use crate::escape::xml;
use crate::report::{Diagnostic, Level, Outcome, Position, Report, Verdict, Waiver};

/// The suite of what stands in no file.
const NO_FILE: &str = "(no file)";

/// What is told of one file.
#[derive(Default)]
struct Suite<'a> {
    verdicts: Vec<&'a Verdict>,
    errors: Vec<&'a Diagnostic>,
    warnings: Vec<&'a Diagnostic>,
}

/// How many cases of each kind there are.
#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Suite<'_> {
    fn counts(&self) -> Counts {
        let failures = self.verdicts.iter().filter(|verdict| is_failure(verdict)).count();
        let passes = self.verdicts.iter().filter(|verdict| is_pass(verdict)).count();
        Counts {
            tests: self.verdicts.len() + self.errors.len(),
            failures,
            errors: self.errors.len(),
            skipped: self.verdicts.len() - failures - passes,
        }
    }
}

fn is_failure(verdict: &Verdict) -> bool {
    verdict.waiver.is_none() && verdict.outcome == Outcome::Fail
}

fn is_pass(verdict: &Verdict) -> bool {
    verdict.waiver.is_none() && verdict.outcome == Outcome::Pass
}

/// Writes the report.
pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report, style);
    let mut whole = Counts::default();
    for suite in suites.values() {
        let counts = suite.counts();
        whole.tests += counts.tests;
        whole.failures += counts.failures;
        whole.errors += counts.errors;
        whole.skipped += counts.skipped;
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"palisade\" {}>", attributes(whole))?;
    for (file, suite) in &suites {
        write_suite(report, file, suite, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn suites<'a>(report: &'a Report, style: &Style) -> BTreeMap<&'a str, Suite<'a>> {
    let mut suites: BTreeMap<&str, Suite<'_>> = BTreeMap::new();
    for verdict in report.verdicts.iter().filter(|verdict| records::is_told(verdict, style)) {
        suites.entry(file(verdict.origin.as_ref())).or_default().verdicts.push(verdict);
    }
    for diagnostic in &report.diagnostics {
        let suite = suites.entry(file(diagnostic.position.as_ref())).or_default();
        match diagnostic.level {
            Level::Error => suite.errors.push(diagnostic),
            Level::Warning => suite.warnings.push(diagnostic),
        }
    }
    suites
}

fn file(position: Option<&Position>) -> &str {
    position.map_or(NO_FILE, |position| position.file.as_str())
}

fn attributes(counts: Counts) -> String {
    let Counts { tests, failures, errors, skipped } = counts;
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\"")
}

fn write_suite(report: &Report, file: &str, suite: &Suite<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  <testsuite name=\"{}\" {}>", xml(file), attributes(suite.counts()))?;
    let mut names = BTreeSet::new();
    for verdict in &suite.verdicts {
        write_verdict(report, verdict, &mut names, out)?;
    }
    for error in &suite.errors {
        write_case("input", error.code, error.position.as_ref(), out)?;
        writeln!(out, ">")?;
        let said = xml(&error.message);
        let hint = error.hint.as_deref().map_or(String::new(), |hint| format!("hint: {}", xml(hint)));
        writeln!(out, "      <error message=\"{said}\" type=\"error\">{hint}</error>")?;
        writeln!(out, "    </testcase>")?;
    }
    if !suite.warnings.is_empty() {
        writeln!(out, "    <system-err>")?;
        for warning in &suite.warnings {
            let line = warning.position.as_ref().map_or(0, |position| position.line);
            writeln!(out, "line {line}: {}: {}", warning.code, xml(&warning.message))?;
        }
        writeln!(out, "    </system-err>")?;
    }
    writeln!(out, "  </testsuite>")
}

fn write_verdict<'a>(
    report: &Report,
    verdict: &'a Verdict,
    names: &mut BTreeSet<(&'a str, &'a str)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let address = verdict.resource.address.as_str();
    // Readers merge cases of one name, so a second element of a resource is named by what it is.
    let name = if names.insert((address, verdict.control.as_str())) {
        verdict.control.clone()
    } else {
        format!("{} ({})", verdict.control, verdict.path.as_deref().unwrap_or(&verdict.identity))
    };
    write_case(address, &name, verdict.origin.as_ref(), out)?;
    if is_pass(verdict) {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    let said = xml(message(report, verdict));
    if is_failure(verdict) {
        writeln!(
            out,
            "      <failure message=\"{said}\" type=\"{}\">{}",
            verdict.severity,
            xml(&verdict.resource.type_name)
        )?;
        for caller in &verdict.via {
            writeln!(out, "via {}:{}", xml(&caller.file), caller.line)?;
        }
        if let Some(control) = report.controls.get(&verdict.control) {
            writeln!(out, "why: {}", escape_rows(&control.why))?;
            writeln!(out, "fix: {}", escape_rows(&control.fix_text))?;
        }
        writeln!(out, "palisade explain {}</failure>", xml(&verdict.control))?;
    } else {
        writeln!(out, "      <skipped message=\"{}\"/>", xml(&why_skipped(report, verdict)))?;
    }
    writeln!(out, "    </testcase>")
}

fn why_skipped(report: &Report, verdict: &Verdict) -> String {
    let said = message(report, verdict);
    match (&verdict.waiver, verdict.outcome) {
        (Some(Waiver::Baseline), _) => format!("waived by the baseline: {said}"),
        (Some(Waiver::Exception { reason, owner, expires }), _) => {
            format!("waived until {expires} by {owner}: {reason}: {said}")
        }
        (Some(Waiver::Inline { reason }), _) => format!("waived in place: {reason}: {said}"),
        (None, Outcome::Unknown) => {
            let mut parts = vec![format!("unknown: {said}")];
            for reason in &verdict.reasons {
                parts.push(reason.text.clone());
                parts.extend(reason.remedy.as_ref().map(|remedy| format!("decide it with {remedy}")));
            }
            parts.join("; ")
        }
        (None, _) => format!("does not apply: {said}"),
    }
}

/// The start tag of a case, but for its end.
fn write_case(class: &str, name: &str, position: Option<&Position>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"", xml(class), xml(name))?;
    if let Some(Position { file, line, .. }) = position {
        write!(out, " file=\"{}\" line=\"{line}\"", xml(file))?;
    }
    Ok(())
}

/// A text of several lines as one.
fn escape_rows(text: &str) -> String {
    xml(&super::text::flow(text))
}
