//! The formats that a report is written in: one file a format, and the few things that all of them say alike.
//!
//! Invariant: a format writes the same bytes for the same report, sources and style.

pub mod excerpt;
mod github;
mod gitlab;
mod html;
mod human;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod records;
mod sarif;
mod tally;
mod text;
mod value;

use std::io::{self, BufWriter, Write};

use crate::report::{Outcome, Report, Severity, Sources, Verdict};

/// How the reader wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal; only formats that are wrapped look at it.
    pub width: usize,
    /// Whether a terminal may be given colour.
    pub colour: bool,
    /// Whether passes and skips are told too, and waived verdicts where the format has a place for them.
    pub all: bool,
}

/// A format that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Text for a person at a terminal, with the source.
    Human,
    /// The documented records, in one object.
    Json,
    /// The documented records, one a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for test reports.
    Junit,
    /// GitHub workflow commands, for annotations on a change.
    Github,
    /// GitLab Code Quality.
    Gitlab,
    /// Markdown for a comment on a change.
    Markdown,
    /// One page for a browser.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 9] = [
        Format::Human,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Junit,
        Format::Github,
        Format::Gitlab,
        Format::Markdown,
        Format::Html,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Markdown => "markdown",
            Format::Html => "html",
        }
    }

    /// The format of a word.
    pub fn parse(word: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == word)
    }
}

/// Writes a report.
pub fn write(
    format: Format,
    report: &Report,
    sources: &dyn Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => human::write(report, sources, style, &mut out)?,
        Format::Json => json::write(report, style, &mut out)?,
        Format::Jsonl => jsonl::write(report, style, &mut out)?,
        Format::Sarif => sarif::write(report, style, &mut out)?,
        Format::Junit => junit::write(report, style, &mut out)?,
        Format::Github => github::write(report, &mut out)?,
        Format::Gitlab => gitlab::write(report, &mut out)?,
        Format::Markdown => markdown::write(report, &mut out)?,
        Format::Html => html::write(report, sources, style, &mut out)?,
    }
    out.flush()
}

/// Whether a verdict asks for something to be done: it fails or is unknown, and nothing waives it.
fn is_open(verdict: &Verdict) -> bool {
    verdict.waiver.is_none() && is_adverse(verdict)
}

/// Whether a verdict fails or is unknown, waived or not.
fn is_adverse(verdict: &Verdict) -> bool {
    matches!(verdict.outcome, Outcome::Fail | Outcome::Unknown)
}

/// The requirement that a verdict speaks of, or the control's id where the report does not hold it.
fn title<'a>(report: &'a Report, verdict: &'a Verdict) -> &'a str {
    report.controls.get(&verdict.control).map_or(verdict.control.as_str(), |control| control.title.as_str())
}

/// What a verdict says, or the requirement where it says nothing of its own.
fn message<'a>(report: &'a Report, verdict: &'a Verdict) -> &'a str {
    if verdict.message.is_empty() { title(report, verdict) } else { verdict.message.as_str() }
}

/// The three levels that most formats know for what fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Error,
    Warning,
    Note,
}

fn rank(severity: Severity) -> Rank {
    match severity {
        Severity::Critical | Severity::High => Rank::Error,
        Severity::Medium | Severity::Low => Rank::Warning,
        Severity::Info => Rank::Note,
    }
}

/// A number of things, in words.
fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// The name by which highlighters know the language of a fix.
fn highlight(language: &str) -> &'static str {
    match language {
        "cloudformation" => "yaml",
        "terraform" => "hcl",
        "cli" => "sh",
        _ => "text",
    }
}
