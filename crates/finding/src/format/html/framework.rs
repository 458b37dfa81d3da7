//! The frameworks: each requirement, and what the verdicts say of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{Page, State};
use crate::escape::html;
use crate::report::{FrameworkText, Report};

/// What the verdicts say of one requirement.
#[derive(Default)]
struct Tally<'a> {
    fail: usize,
    unknown: usize,
    waived: usize,
    pass: usize,
    /// The controls that fail or are unknown.
    controls: BTreeSet<&'a str>,
}

/// What the verdicts say of the requirements of one framework, by id.
type Tallies<'a> = BTreeMap<&'a str, Tally<'a>>;

/// Writes the frameworks, where there are any.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    if page.report.frameworks.is_empty() {
        return Ok(());
    }
    let tallies = tallies(page.report);
    writeln!(out, "<section id=\"frameworks\">\n<h2>Frameworks</h2>")?;
    for framework in &page.report.frameworks {
        write_framework(page, framework, tallies.get(framework.id.as_str()), out)?;
    }
    writeln!(out, "</section>")
}

/// Counts over every verdict of the report, told or not.
fn tallies(report: &Report) -> BTreeMap<&str, Tallies<'_>> {
    let mut tallies: BTreeMap<&str, Tallies<'_>> = BTreeMap::new();
    for verdict in &report.verdicts {
        let Some(control) = report.controls.get(&verdict.control) else { continue };
        for (framework, requirements) in &control.frameworks {
            let tallies = tallies.entry(framework.as_str()).or_default();
            for requirement in requirements {
                let tally = tallies.entry(requirement.as_str()).or_default();
                match State::of(verdict) {
                    State::Fail => tally.fail += 1,
                    State::Unknown => tally.unknown += 1,
                    State::Waived => tally.waived += 1,
                    State::Pass => tally.pass += 1,
                    State::Skip => {}
                }
                if matches!(State::of(verdict), State::Fail | State::Unknown) {
                    tally.controls.insert(&verdict.control);
                }
            }
        }
    }
    tallies
}

fn write_framework(
    page: &Page<'_>,
    framework: &FrameworkText,
    tallies: Option<&Tallies<'_>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let of = |requirement: &str| tallies.and_then(|tallies| tallies.get(requirement));
    let requirements = &framework.requirements;
    let failing = requirements.iter().filter(|(id, ..)| of(id).is_some_and(|tally| tally.fail > 0)).count();
    let covered = requirements.iter().filter(|(.., reason)| reason.is_none()).count();
    writeln!(out, "<details class=\"group\">")?;
    writeln!(
        out,
        "<summary><h3>{}</h3> <code>{}</code> <span class=\"at\">{failing} failing, {covered} of {} covered</span></summary>",
        html(&framework.title),
        html(&framework.id),
        requirements.len()
    )?;
    writeln!(out, "<div class=\"scroll\" tabindex=\"0\">\n<table>\n<thead><tr>")?;
    // Passes are counted only in a report that tells them: a nought would be read as "none passes".
    let has_passes = tallies.is_some_and(|tallies| tallies.values().any(|tally| tally.pass > 0));
    let columns = ["requirement", "state", "fail", "unknown", "waived", "pass"];
    for column in columns.iter().take(if has_passes { 6 } else { 5 }) {
        write!(out, "<th scope=\"col\">{column}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for (id, title, reason) in requirements {
        write_requirement(page, (id.as_str(), title.as_str(), reason.as_deref()), of(id), has_passes, out)?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>\n</details>")
}

fn write_requirement(
    page: &Page<'_>,
    (id, title, reason): (&str, &str, Option<&str>),
    tally: Option<&Tally<'_>>,
    has_passes: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let none = Tally::default();
    let tally = tally.unwrap_or(&none);
    let (class, state) = match tally {
        Tally { fail: 1.., .. } => ("fail", "fails"),
        Tally { unknown: 1.., .. } => ("unknown", "unknown"),
        Tally { waived: 1.., .. } => ("waived", "waived"),
        Tally { pass: 1.., .. } => ("pass", "passes"),
        _ if reason.is_some() => ("skip", "not covered"),
        _ => ("skip", "no finding"),
    };
    write!(out, "<tr><td><b>{}</b> {}", html(id), html(title))?;
    if let Some(reason) = reason {
        write!(out, "<p class=\"at\">{}</p>", html(reason))?;
    }
    for control in &tally.controls {
        match page.anchors.get(*control) {
            Some(anchor) => write!(out, " <a href=\"#c{anchor}\">{}</a>", html(control))?,
            None => write!(out, " <code>{}</code>", html(control))?,
        }
    }
    write!(out, "</td><td><span class=\"badge {class}\">{state}</span></td>")?;
    write!(out, "<td>{}</td><td>{}</td><td>{}</td>", tally.fail, tally.unknown, tally.waived)?;
    if has_passes {
        write!(out, "<td>{}</td>", tally.pass)?;
    }
    writeln!(out, "</tr>")
}
