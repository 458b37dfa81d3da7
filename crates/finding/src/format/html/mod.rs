//! One page for a browser, that needs nothing but itself: it makes no request, runs only the script below,
//! and reads as a plain list where scripts are off.
//!
//! Data is written as elements, never into a script or a style. The policy in the page's head allows
//! exactly the style and the script of this folder, by their hashes, so that even a hole in the escaping
//! could not run anything.

mod finding;
mod framework;
mod group;
mod hash;
mod top;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{Style, records};
use crate::escape::{html, with_code};
use crate::report::{Diagnostic, Level, Outcome, Report, Severity, Sources, Verdict};

const CSS: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a page shows of a verdict: its outcome, or that it is waived. The order is that of the groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Fail,
    Unknown,
    Waived,
    Pass,
    Skip,
}

impl State {
    const ALL: [State; 5] = [State::Fail, State::Unknown, State::Waived, State::Pass, State::Skip];

    fn of(verdict: &Verdict) -> State {
        match verdict.outcome {
            _ if verdict.waiver.is_some() => State::Waived,
            Outcome::Fail => State::Fail,
            Outcome::Unknown => State::Unknown,
            Outcome::Pass => State::Pass,
            Outcome::Skip => State::Skip,
        }
    }

    fn word(self) -> &'static str {
        match self {
            State::Fail => "fail",
            State::Unknown => "unknown",
            State::Waived => "waived",
            State::Pass => "pass",
            State::Skip => "skip",
        }
    }
}

/// What one control says.
struct Group<'a> {
    control: &'a str,
    severity: Severity,
    state: State,
    verdicts: Vec<&'a Verdict>,
}

/// What is shown, and how its parts find each other.
struct Page<'a> {
    report: &'a Report,
    sources: &'a dyn Sources,
    /// The controls, gravest first.
    groups: Vec<Group<'a>>,
    /// Each control's place in `groups`, from which its anchor is made.
    anchors: BTreeMap<&'a str, usize>,
    /// Each file's place in the list of files; no file is `""`.
    files: BTreeMap<&'a str, usize>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, sources: &'a dyn Sources, style: &Style) -> Page<'a> {
        let mut by_control: BTreeMap<&str, Vec<&Verdict>> = BTreeMap::new();
        let mut files = BTreeSet::new();
        for verdict in report.verdicts.iter().filter(|verdict| records::is_told(verdict, style)) {
            by_control.entry(&verdict.control).or_default().push(verdict);
            files.insert(file_of(verdict));
        }
        let mut groups: Vec<Group<'_>> = by_control
            .into_iter()
            .map(|(control, verdicts)| Group {
                control,
                severity: verdicts.iter().map(|verdict| verdict.severity).max().unwrap_or(Severity::Info),
                state: verdicts.iter().map(|verdict| State::of(verdict)).min().unwrap_or(State::Skip),
                verdicts,
            })
            .collect();
        groups.sort_by_key(|group| (group.state, Reverse(group.severity), group.control));
        let anchors = groups.iter().enumerate().map(|(index, group)| (group.control, index)).collect();
        let files = files.into_iter().enumerate().map(|(index, file)| (file, index)).collect();
        Page { report, sources, groups, anchors, files }
    }

    fn verdicts(&self) -> impl Iterator<Item = &'a Verdict> {
        self.groups.iter().flat_map(|group| group.verdicts.iter().copied())
    }
}

/// The file a verdict points into, or `""`.
fn file_of(verdict: &Verdict) -> &str {
    verdict.origin.as_ref().map_or("", |position| position.file.as_str())
}

/// Writes the report.
pub(super) fn write(
    report: &Report,
    sources: &dyn Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page::new(report, sources, style);
    write_head(report, out)?;
    top::write(report, out)?;
    writeln!(out, "<main>")?;
    write_filters(&page, out)?;
    group::write(&page, out)?;
    framework::write(&page, out)?;
    write_input(&page, out)?;
    writeln!(out, "</main>")?;
    writeln!(out, "<footer><p>Written by Palisade {}.</p></footer>", html(&report.version))?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn write_head(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (style, script) = (hash::sha256(CSS), hash::sha256(SCRIPT));
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{style}'; \
         script-src '{script}'; base-uri 'none'; form-action 'none'\">"
    )?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">")?;
    writeln!(out, "<title>Palisade: {}</title>", html(&super::tally::found(report)))?;
    writeln!(out, "<style>{CSS}</style>\n</head>\n<body>")?;
    writeln!(out, "<a class=\"jump\" href=\"#findings\">Skip to the findings</a>")
}

/// The filters, hidden until the script that they need is there.
fn write_filters(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<form id=\"filters\" aria-label=\"Filters\" hidden>")?;
    writeln!(out, "<fieldset><legend>Severity</legend>")?;
    for severity in Severity::ALL {
        let number = page.verdicts().filter(|verdict| verdict.severity == severity).count();
        write_choice("severity", severity.word(), number, out)?;
    }
    writeln!(out, "</fieldset>\n<fieldset><legend>Outcome</legend>")?;
    for state in State::ALL {
        let number = page.verdicts().filter(|verdict| State::of(verdict) == state).count();
        write_choice("outcome", state.word(), number, out)?;
    }
    writeln!(out, "</fieldset>")?;
    writeln!(out, "<p class=\"field\"><label for=\"text\">Search</label>")?;
    writeln!(out, "<input id=\"text\" name=\"text\" type=\"search\" autocomplete=\"off\"></p>")?;
    writeln!(out, "<p class=\"field\"><label for=\"file\">File</label>")?;
    writeln!(out, "<select id=\"file\" name=\"file\"><option value=\"\">all files</option>")?;
    for (file, index) in &page.files {
        let name = if file.is_empty() { "(no file)".to_owned() } else { html(file) };
        writeln!(out, "<option value=\"{index}\">{name}</option>")?;
    }
    writeln!(out, "</select></p>")?;
    writeln!(out, "<p class=\"field\"><label for=\"by\">Group by</label>")?;
    writeln!(out, "<select id=\"by\" name=\"by\"><option value=\"control\">control</option>")?;
    writeln!(out, "<option value=\"file\">file</option></select></p>")?;
    writeln!(out, "<p class=\"field\"><button type=\"reset\">Reset</button></p>")?;
    writeln!(out, "</form>\n<p id=\"shown\" role=\"status\"></p>")
}

fn write_choice(name: &str, word: &str, number: usize, out: &mut dyn Write) -> io::Result<()> {
    if number == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<label><input type=\"checkbox\" name=\"{name}\" value=\"{word}\" checked> {word} \
         <span class=\"count\">{number}</span></label>"
    )
}

/// What is said about the input.
fn write_input(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    if page.report.diagnostics.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section id=\"input\">\n<h2>Input</h2>\n<ul class=\"list\">")?;
    for diagnostic in &page.report.diagnostics {
        write_diagnostic(page, diagnostic, out)?;
    }
    writeln!(out, "</ul>\n</section>")
}

fn write_diagnostic(page: &Page<'_>, diagnostic: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let word = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    write!(out, "<li class=\"body\"><span class=\"badge {word}\">{word}</span> ")?;
    write!(out, "<code>{}</code> {}", html(diagnostic.code), with_code(&diagnostic.message, html))?;
    if let Some(position) = &diagnostic.position {
        write!(out, " <span class=\"at\">{}:{}</span>", html(&position.file), position.line)?;
        finding::write_excerpt(page.sources, position, out)?;
    }
    if let Some(hint) = &diagnostic.hint {
        write!(out, "<p>hint: {}</p>", with_code(hint, html))?;
    }
    writeln!(out, "</li>")
}
