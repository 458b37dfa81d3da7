//! Markdown for a comment on a change: the counts at a glance, and each control to unfold.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{count, highlight, is_open, message, tally, text, title};
use crate::escape::{self, html, html_block, markdown, markdown_code, with_code};
use crate::report::{ControlText, Diagnostic, Level, Outcome, Position, Report, Severity, Verdict};

/// Limit: GitHub takes 65,536 characters in a comment and refuses a longer one whole.
const COMMENT_BYTES_LIMIT: usize = 60_000;

/// Limit: findings of one control that are listed, so that one control cannot crowd out the others.
const FINDINGS_LIMIT: usize = 20;

/// What one control says.
struct Group<'a> {
    control: &'a str,
    severity: Severity,
    verdicts: Vec<&'a Verdict>,
}

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### Palisade: {}\n", tally::found(report))?;
    writeln!(out, "{}", tally::scope(report))?;
    if let Some(text) = tally::incomplete(report) {
        writeln!(out, "\n**{text}**")?;
    }
    let groups = groups(report);
    if !groups.is_empty() {
        write_table(report, out)?;
    }
    let mut sections: Vec<String> = groups.iter().map(|group| section(report, group)).collect();
    sections.extend(report.diagnostics.iter().map(diagnostic));
    let mut used = 0;
    for (index, section) in sections.iter().enumerate() {
        used += section.len();
        if used > COMMENT_BYTES_LIMIT {
            let left = count(sections.len() - index, "more section");
            return writeln!(out, "\n{left} would not fit in a comment: run `palisade` to see the rest");
        }
        write!(out, "\n{section}")?;
    }
    Ok(())
}

/// The controls with something to do, gravest first.
fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut by_control: BTreeMap<&str, Vec<&Verdict>> = BTreeMap::new();
    for verdict in report.verdicts.iter().filter(|verdict| is_open(verdict)) {
        by_control.entry(&verdict.control).or_default().push(verdict);
    }
    let mut groups: Vec<Group<'_>> = by_control
        .into_iter()
        .map(|(control, verdicts)| Group {
            control,
            severity: verdicts.iter().map(|verdict| verdict.severity).max().unwrap_or(Severity::Info),
            verdicts,
        })
        .collect();
    groups.sort_by_key(|group| (Reverse(group.severity), group.control));
    groups
}

fn write_table(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n| severity | failed | unknown |\n| --- | ---: | ---: |")?;
    for severity in Severity::ALL {
        let failed = tally::open(report, Outcome::Fail, severity);
        let unknown = tally::open(report, Outcome::Unknown, severity);
        if failed + unknown > 0 {
            writeln!(out, "| {severity} | {failed} | {unknown} |")?;
        }
    }
    Ok(())
}

fn section(report: &Report, group: &Group<'_>) -> String {
    let failed = group.verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Fail).count();
    let unknown = group.verdicts.len() - failed;
    let mut counts = Vec::new();
    if failed > 0 {
        counts.push(format!("{failed} failed"));
    }
    if unknown > 0 {
        counts.push(format!("{unknown} unknown"));
    }
    // A group is not made without a verdict.
    let title = group.verdicts.first().map_or(group.control, |verdict| title(report, verdict));
    let mut rows = vec![
        "<details>".to_owned(),
        // This line is HTML, not Markdown: nothing in it is Markdown until the blank line.
        format!(
            "<summary><strong>{}</strong> · {} · <code>{}</code> · {}</summary>",
            group.severity,
            with_code(title, html),
            html(group.control),
            counts.join(", ")
        ),
        String::new(),
    ];
    for verdict in group.verdicts.iter().take(FINDINGS_LIMIT) {
        rows.extend(finding(report, verdict));
    }
    if group.verdicts.len() > FINDINGS_LIMIT {
        rows.push(format!("- and {} more", group.verdicts.len() - FINDINGS_LIMIT));
    }
    if let Some(control) = report.controls.get(group.control) {
        rows.extend(advice(control, group.verdicts.first().is_some_and(|verdict| is_terraform(verdict))));
    }
    rows.push(String::new());
    rows.push("</details>".to_owned());
    rows.push(String::new());
    rows.join("\n")
}

/// The rows of one verdict.
fn finding(report: &Report, verdict: &Verdict) -> Vec<String> {
    let word = if verdict.outcome == Outcome::Fail { "failed" } else { "unknown" };
    let subject = markdown_code(&format!("{} {}", verdict.resource.type_name, verdict.resource.address));
    let said = prose(message(report, verdict));
    let mut rows = vec![format!("- **{word}** {subject}{}: {said}", at(verdict.origin.as_ref()))];
    for caller in &verdict.via {
        rows.push(format!("  - via {}", place(caller)));
    }
    for reason in &verdict.reasons {
        let remedy = reason.remedy.as_deref();
        let remedy =
            remedy.map_or(String::new(), |remedy| format!("; decide it with {}", markdown_code(remedy)));
        rows.push(format!("  - because {}{remedy}", prose(&reason.text)));
    }
    rows
}

/// Whether a resource of AWS is declared in Terraform: a logical id of CloudFormation has no dot.
fn is_terraform(verdict: &Verdict) -> bool {
    verdict.resource.type_name.starts_with("AWS::") && verdict.resource.address.contains('.')
}

/// Why and how, with the code that suits what the first finding is written in.
fn advice(control: &ControlText, is_terraform: bool) -> Vec<String> {
    let mut rows = vec![String::new(), format!("**Why:** {}", prose(&control.why))];
    rows.extend([String::new(), format!("**Fix:** {}", prose(&control.fix_text))]);
    let wanted = if is_terraform { "terraform" } else { "cloudformation" };
    let best = control.fix_code.iter().find(|(language, _)| language == wanted);
    if let Some((language, code)) = best.or(control.fix_code.first()) {
        let code = html_block(code);
        rows.extend([
            String::new(),
            format!("<pre lang=\"{}\"><code>{code}\n</code></pre>", highlight(language)),
        ]);
    }
    if let Some(address) = control.references.first().and_then(|text| escape::web_address(text)) {
        rows.extend([String::new(), format!("[Documentation]({})", html(&address))]);
    }
    rows
}

fn diagnostic(diagnostic: &Diagnostic) -> String {
    let word = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let code = markdown_code(diagnostic.code);
    let said = prose(&diagnostic.message);
    let hint = diagnostic.hint.as_deref().map_or(String::new(), |hint| format!(" ({})", prose(hint)));
    format!("- **{word}** {code}{}: {said}{hint}\n", at(diagnostic.position.as_ref()))
}

fn at(position: Option<&Position>) -> String {
    position.map_or(String::new(), |position| format!(" at {}", place(position)))
}

fn place(position: &Position) -> String {
    markdown_code(&format!("{}:{}", position.file, position.line))
}

fn prose(raw: &str) -> String {
    with_code(&text::flow(raw), markdown)
}
