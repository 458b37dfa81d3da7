//! The head of the page: what it all comes to, in a sentence, a bar and numbers.

use std::io::{self, Write};

use crate::escape::html;
use crate::format::tally;
use crate::report::{Report, Severity, Summary};

/// Units that the bar is wide, whatever it is scaled to.
const BAR_WIDTH: usize = 1000;

/// Writes the head.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<header>\n<p class=\"brand\">Palisade</p>")?;
    writeln!(out, "<h1>{}</h1>\n<p>{}</p>", html(&tally::found(report)), html(&tally::scope(report)))?;
    if let Some(text) = tally::incomplete(report) {
        writeln!(out, "<p class=\"alarm\">{}</p>", html(&text))?;
    }
    let parts = parts(report);
    write_bar(&parts, out)?;
    writeln!(out, "<dl class=\"tiles\">")?;
    for (word, number) in &parts {
        writeln!(out, "<div class=\"tile {word}\"><dt>{word}</dt><dd>{number}</dd></div>")?;
    }
    writeln!(out, "</dl>")?;
    write_links(report, out)?;
    writeln!(out, "</header>")
}

/// What there is some of: failures by severity, and the other outcomes.
fn parts(report: &Report) -> Vec<(&'static str, usize)> {
    let Summary { pass, unknown, waived, .. } = report.summary;
    let failed = Severity::ALL.into_iter().map(|severity| (severity.word(), tally::failed(report, severity)));
    let others = [("unknown", unknown), ("pass", pass), ("waived", waived)];
    failed.chain(others).filter(|(_, number)| *number > 0).collect()
}

fn write_bar(parts: &[(&'static str, usize)], out: &mut dyn Write) -> io::Result<()> {
    let total: usize = parts.iter().map(|(_, number)| number).sum();
    if total == 0 {
        return Ok(());
    }
    // The numbers stand below; the picture adds nothing for those who cannot see it.
    write!(
        out,
        "<svg class=\"bar\" viewBox=\"0 0 {BAR_WIDTH} 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    )?;
    let mut before = 0;
    for (word, number) in parts {
        let start = before * BAR_WIDTH / total;
        before += number;
        let width = before * BAR_WIDTH / total - start;
        write!(out, "<rect class=\"{word}\" x=\"{start}\" y=\"0\" width=\"{width}\" height=\"10\"></rect>")?;
    }
    writeln!(out, "</svg>")
}

fn write_links(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<nav aria-label=\"Parts\"><a href=\"#findings\">Findings</a>")?;
    if !report.frameworks.is_empty() {
        write!(out, " <a href=\"#frameworks\">Frameworks</a>")?;
    }
    if !report.diagnostics.is_empty() {
        write!(out, " <a href=\"#input\">Input</a>")?;
    }
    writeln!(out, "</nav>")
}
