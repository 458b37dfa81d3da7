//! One finding: a line to scan, and its source and circumstances to unfold.

use std::io::{self, Write};

use super::{Page, State, file_of};
use crate::escape::{html, html_block, with_code};
use crate::format::{excerpt, message};
use crate::report::{Position, Sources, Verdict, Waiver};

/// Lines shown before and after those that are marked.
const CONTEXT_LINES: u32 = 1;

/// Limit: marked lines that are shown. Ten thousand findings must still make a page that opens.
const SPAN_LINES: u32 = 4;

/// Limit: characters of a line that are shown, as a template may be one line.
const LINE_CHARS: usize = 200;

/// Characters kept before the mark in a longer line.
const LEAD_CHARS: usize = 60;

/// Writes a finding of the control at `group`.
pub(super) fn write(page: &Page<'_>, verdict: &Verdict, group: usize, out: &mut dyn Write) -> io::Result<()> {
    let state = State::of(verdict);
    let badge = if state == State::Fail { verdict.severity.word() } else { state.word() };
    // Every verdict that is told has its file in the list.
    let file = page.files.get(file_of(verdict)).copied().unwrap_or(0);
    writeln!(
        out,
        "<details class=\"finding\" data-s=\"{}\" data-o=\"{}\" data-f=\"{file}\">",
        verdict.severity,
        state.word()
    )?;
    let said = with_code(message(page.report, verdict), html);
    write!(out, "<summary><span class=\"badge {badge}\">{badge}</span> <span>{said}</span> ")?;
    write!(out, "<code>{}</code>", html(&verdict.resource.address))?;
    if let Some(position) = &verdict.origin {
        write!(out, " <span class=\"at\">{}:{}</span>", html(&position.file), position.line)?;
    }
    writeln!(out, "</summary>\n<div class=\"body\">")?;
    if let Some(position) = &verdict.origin {
        write_excerpt(page.sources, position, out)?;
    }
    writeln!(out, "<dl class=\"facts\">")?;
    for (label, fact) in facts(verdict) {
        writeln!(out, "<div><dt>{label}</dt><dd>{fact}</dd></div>")?;
    }
    write!(out, "<div><dt>control</dt><dd><a href=\"#c{group}\">{}</a></dd></div>", html(&verdict.control))?;
    writeln!(out, "</dl>\n</div>\n</details>")
}

/// What there is to say of a verdict: a label, and HTML.
fn facts(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let subject = &verdict.resource;
    let mut facts = vec![("resource", code(&format!("{} {}", subject.type_name, subject.address)))];
    let optional = [
        ("path", &verdict.path),
        ("construct", &subject.construct),
        ("id", &subject.id),
        ("account", &subject.account),
        ("region", &subject.region),
    ];
    for (label, fact) in optional {
        facts.extend(fact.as_deref().map(|fact| (label, code(fact))));
    }
    facts.push(("severity", verdict.severity.to_string()));
    for caller in &verdict.via {
        facts.push(("via", code(&format!("{}:{}", caller.file, caller.line))));
    }
    for reason in &verdict.reasons {
        facts.push(("because", with_code(&reason.text, html)));
        facts.extend(reason.remedy.as_deref().map(|remedy| ("decide it with", code(remedy))));
    }
    match &verdict.waiver {
        None => {}
        Some(Waiver::Baseline) => facts.push(("waived by", "the baseline".to_owned())),
        Some(Waiver::Exception { reason, owner, expires }) => {
            facts.push(("waived by", format!("{} until {}: {}", html(owner), html(expires), html(reason))));
        }
        Some(Waiver::Inline { reason }) => facts.push(("waived in place", html(reason))),
    }
    facts
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", html(text))
}

/// Writes the source at a place with the span marked, or nothing where it is not at hand.
pub(super) fn write_excerpt(
    sources: &dyn Sources,
    position: &Position,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Position { file, line, end_line, .. } = position;
    let first = line.saturating_sub(CONTEXT_LINES).max(1);
    let last = (*end_line).min(line.saturating_add(SPAN_LINES - 1)).max(*line);
    let rows: Vec<(u32, &str)> = (first..=last.saturating_add(CONTEXT_LINES))
        .filter_map(|number| sources.line(file, number).map(|text| (number, text)))
        .collect();
    let Some((number_last, _)) = rows.last() else {
        return Ok(());
    };
    let gutter = number_last.to_string().len();
    write!(out, "<pre class=\"source\" tabindex=\"0\"><code>")?;
    for (number, text) in rows {
        let is_marked = (*line..=last).contains(&number);
        write!(out, "<span class=\"n\">{number:>gutter$}</span> ")?;
        write_row(position, number, is_marked, text, out)?;
        writeln!(out)?;
    }
    writeln!(out, "</code></pre>")
}

fn write_row(
    position: &Position,
    number: u32,
    is_marked: bool,
    text: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let column = if number == position.line { position.column } else { indent(text) };
    let end_column = (number == position.end_line).then_some(position.end_column);
    let window = excerpt::window(text, column, end_column, LEAD_CHARS, LINE_CHARS);
    if window.is_cut_before {
        write!(out, "…")?;
    }
    if is_marked && window.start < window.end {
        let rest = excerpt::after(window.text, window.start);
        let tail = excerpt::after(rest, window.end - window.start);
        // Each is the end of the one before.
        let before = &window.text[..window.text.len() - rest.len()];
        let marked = &rest[..rest.len() - tail.len()];
        write!(out, "{}<mark>{}</mark>{}", html_block(before), html_block(marked), html_block(tail))?;
    } else {
        write!(out, "{}", html_block(window.text))?;
    }
    if window.is_cut_after {
        write!(out, "…")?;
    }
    Ok(())
}

/// The column of the first character of a line that is no space.
fn indent(text: &str) -> u32 {
    let spaces = text.chars().take(LEAD_CHARS).take_while(|c| c.is_whitespace()).count();
    u32::try_from(spaces + 1).unwrap_or(1)
}
