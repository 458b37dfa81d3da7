//! The findings of a control under its head, with why it matters and how to mend it.

use std::io::{self, Write};

use super::{Group, Page, State, finding};
use crate::escape::{html, html_block, web_address, with_code};
use crate::format::{highlight, text, title};
use crate::report::ControlText;

/// Writes the groups.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"findings\">\n<h2>Findings</h2>")?;
    if page.groups.is_empty() {
        writeln!(out, "<p>There is nothing to show.</p>")?;
    }
    writeln!(out, "<div id=\"groups\">")?;
    for (index, group) in page.groups.iter().enumerate() {
        write_group(page, index, group, out)?;
    }
    writeln!(out, "</div>\n</section>")
}

fn write_group(page: &Page<'_>, index: usize, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
    let badge = if group.state == State::Fail { group.severity.word() } else { group.state.word() };
    let title = group.verdicts.first().map_or(group.control, |verdict| title(page.report, verdict));
    writeln!(out, "<details class=\"group\" id=\"c{index}\" open>")?;
    write!(out, "<summary><span class=\"badge {badge}\">{badge}</span> ")?;
    write!(out, "<h3>{}</h3> <code>{}</code> ", with_code(title, html), html(group.control))?;
    writeln!(out, "<span class=\"count\">{}</span></summary>", group.verdicts.len())?;
    if let Some(control) = page.report.controls.get(group.control) {
        write_advice(control, out)?;
    }
    writeln!(out, "<div class=\"list\">")?;
    for verdict in &group.verdicts {
        finding::write(page, verdict, index, out)?;
    }
    writeln!(out, "</div>\n</details>")
}

fn write_advice(control: &ControlText, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<details class=\"advice\">\n<summary>Why, and how to fix it</summary>\n<div class=\"body\">"
    )?;
    writeln!(out, "<p>{}</p>", with_code(&text::flow(&control.why), html))?;
    writeln!(out, "<div class=\"tabs\">")?;
    let words = with_code(&text::flow(&control.fix_text), html);
    writeln!(out, "<section><h4>Fix in words</h4>\n<p>{words}</p></section>")?;
    for (language, code) in &control.fix_code {
        writeln!(out, "<section><h4>{}</h4>", html(language_title(language)))?;
        write!(out, "<pre class=\"source\" tabindex=\"0\"><code class=\"{}\">", highlight(language))?;
        writeln!(out, "{}</code></pre></section>", html_block(code))?;
    }
    writeln!(out, "</div>")?;
    write_frameworks(control, out)?;
    for reference in &control.references {
        match web_address(reference) {
            Some(address) => writeln!(
                out,
                "<p><a href=\"{}\" rel=\"noopener noreferrer\">{}</a></p>",
                html(&address),
                html(reference)
            )?,
            None => writeln!(out, "<p>{}</p>", html(reference))?,
        }
    }
    writeln!(out, "</div>\n</details>")
}

fn write_frameworks(control: &ControlText, out: &mut dyn Write) -> io::Result<()> {
    if control.frameworks.is_empty() {
        return Ok(());
    }
    write!(out, "<p class=\"tags\">")?;
    for (framework, requirements) in &control.frameworks {
        write!(out, "<span class=\"tag\">{} {}</span> ", html(framework), html(&requirements.join(", ")))?;
    }
    writeln!(out, "</p>")
}

fn language_title(language: &str) -> &str {
    match language {
        "cloudformation" => "CloudFormation",
        "terraform" => "Terraform",
        "cli" => "AWS CLI",
        _ => language,
    }
}
