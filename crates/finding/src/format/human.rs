//! Text for a person at a terminal: what is wrong, where, why, and what to do, in the manner of rustc.
//!
//! Colour only decorates. A line keeps to the width; only paths, which are copied, are never broken.

use std::collections::BTreeSet;
use std::io::{self, Write};

use rayon::prelude::*;

use super::{Rank, Style, excerpt, is_open, message, rank, tally, text, title};
use crate::escape;
use crate::report::{ControlText, Diagnostic, Level, Outcome, Position, Report, Sources, Verdict, Waiver};

/// Limit: a narrower terminal than this is written to as if it were this wide, so that source and its
/// marks still have room.
const WIDTH_MIN: usize = 40;

/// Limit: prose is wrapped at this even where the terminal is wider, as longer lines are hard to read.
const PROSE_WIDTH: usize = 110;

/// Limit: lines of a resource that are shown; the rest is a click away in an editor.
const SPAN_LINES: u32 = 3;

/// Limit: verdicts whose text is held at once, a few megabytes of it.
const BATCH: usize = 4096;

/// Verdicts that one thread writes at a time.
const CHUNK: usize = 32;

/// Writes the report.
pub(super) fn write(
    report: &Report,
    sources: &dyn Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut explained = BTreeSet::new();
    let told = report.verdicts.iter().filter_map(|verdict| {
        let open = is_open(verdict);
        // Why and how to mend it are told once a control: repeated, they would bury what differs.
        let is_first = open && verdict.outcome == Outcome::Fail && explained.insert(verdict.control.as_str());
        (open || style.all).then_some((verdict, is_first))
    });
    let told: Vec<_> = told.collect();
    for batch in told.chunks(BATCH) {
        let pieces: Vec<io::Result<Vec<u8>>> = batch
            .par_chunks(CHUNK)
            .map(|verdicts| {
                let mut text = Vec::with_capacity(CHUNK * 1024);
                let mut page = Page::new(&mut text, sources, style);
                for (verdict, is_first) in verdicts {
                    if is_open(verdict) {
                        page.finding(report, verdict, *is_first)?;
                    } else {
                        page.brief(report, verdict)?;
                    }
                }
                Ok(text)
            })
            .collect();
        for piece in pieces {
            out.write_all(&piece?)?;
        }
    }
    let mut page = Page::new(out, sources, style);
    for diagnostic in &report.diagnostics {
        page.diagnostic(diagnostic)?;
    }
    page.summary(report)
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy)]
enum Tone {
    Error,
    Warning,
    Note,
    Unknown,
    Good,
    Frame,
    Strong,
}

impl Tone {
    fn code(self) -> &'static str {
        match self {
            Tone::Error => "1;31",
            Tone::Warning => "1;33",
            Tone::Note => "1;36",
            Tone::Unknown => "1;35",
            Tone::Good => "32",
            Tone::Frame => "1;34",
            Tone::Strong => "1",
        }
    }
}

/// The word before a verdict and its colour.
fn heading(verdict: &Verdict) -> (&'static str, Tone) {
    match verdict.outcome {
        Outcome::Fail => match rank(verdict.severity) {
            Rank::Error => ("error", Tone::Error),
            Rank::Warning => ("warning", Tone::Warning),
            Rank::Note => ("note", Tone::Note),
        },
        Outcome::Unknown => ("unknown", Tone::Unknown),
        Outcome::Pass => ("pass", Tone::Good),
        Outcome::Skip => ("skip", Tone::Frame),
    }
}

/// Why a verdict does not count, for a person.
fn waived(waiver: &Waiver) -> String {
    match waiver {
        Waiver::Baseline => "it was there when the baseline was written".to_owned(),
        Waiver::Exception { reason, owner, expires } => format!("{reason} ({owner}, until {expires})"),
        Waiver::Inline { reason } => format!("{reason} (in the template)"),
    }
}

/// Where the text goes, and how wide it may be.
struct Page<'a> {
    out: &'a mut dyn Write,
    sources: &'a dyn Sources,
    width: usize,
    prose_width: usize,
    colour: bool,
}

impl<'a> Page<'a> {
    fn new(out: &'a mut dyn Write, sources: &'a dyn Sources, style: &Style) -> Page<'a> {
        let width = style.width.max(WIDTH_MIN);
        Page { out, sources, width, prose_width: width.min(PROSE_WIDTH), colour: style.colour }
    }

    /// A failing or unknown verdict.
    fn finding(&mut self, report: &Report, verdict: &Verdict, is_first: bool) -> io::Result<()> {
        let control = report.controls.get(&verdict.control);
        let (word, tone) = heading(verdict);
        self.head(word, tone, &verdict.control, message(report, verdict))?;

        let subject = &verdict.resource;
        let label = format!("{} `{}`", subject.type_name, subject.address);
        let Place { gutter, is_labelled } = match &verdict.origin {
            Some(position) => self.place(position, tone, &label)?,
            None => Place { gutter: GUTTER_MIN, is_labelled: false },
        };
        if !is_labelled {
            self.note(gutter, "resource", &label)?;
        }
        self.facts(gutter, verdict)?;
        self.note(gutter, "severity", &severity(verdict, control))?;
        for caller in &verdict.via {
            self.path_note(gutter, "via", caller, " (calls it)")?;
        }
        for reason in &verdict.reasons {
            self.note(gutter, "because", &reason.text)?;
            if let Some(remedy) = &reason.remedy {
                self.note(gutter, "decide it with", remedy)?;
            }
        }
        if is_first && let Some(control) = control {
            self.note(gutter, "why", &text::first_sentence(&control.why))?;
            self.note(gutter, "fix", &text::flow(&control.fix_text))?;
        }
        if is_first || verdict.outcome == Outcome::Unknown {
            self.note(gutter, "help", &format!("palisade explain {}", verdict.control))?;
        }
        self.row("")
    }

    /// The parts of a verdict that only some have.
    fn facts(&mut self, gutter: usize, verdict: &Verdict) -> io::Result<()> {
        let subject = &verdict.resource;
        let facts = [
            ("path", &verdict.path),
            ("construct", &subject.construct),
            ("id", &subject.id),
            ("account", &subject.account),
            ("region", &subject.region),
        ];
        for (label, fact) in facts {
            if let Some(fact) = fact {
                self.note(gutter, label, fact)?;
            }
        }
        Ok(())
    }

    /// A verdict that asks for nothing.
    fn brief(&mut self, report: &Report, verdict: &Verdict) -> io::Result<()> {
        let (word, tone) = heading(verdict);
        let subject = &verdict.resource;
        let text = format!("{} `{}`: {}", subject.type_name, subject.address, title(report, verdict));
        self.head(word, tone, &verdict.control, &text)?;
        if let Some(position) = &verdict.origin {
            self.arrow(GUTTER_MIN, position)?;
        }
        if let Some(waiver) = &verdict.waiver {
            self.note(GUTTER_MIN, "waived", &waived(waiver))?;
        }
        self.row("")
    }

    /// Something said about the input.
    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        let (word, tone) = match diagnostic.level {
            Level::Error => ("error", Tone::Error),
            Level::Warning => ("warning", Tone::Warning),
        };
        self.head(word, tone, diagnostic.code, &diagnostic.message)?;
        let gutter = match &diagnostic.position {
            Some(position) => self.place(position, tone, "")?.gutter,
            None => GUTTER_MIN,
        };
        if let Some(hint) = &diagnostic.hint {
            self.note(gutter, "hint", hint)?;
        }
        self.note(gutter, "help", &format!("palisade explain {}", diagnostic.code))?;
        self.row("")
    }

    /// What it all comes to.
    fn summary(&mut self, report: &Report) -> io::Result<()> {
        let tone = if report.summary.fail > 0 { Tone::Error } else { Tone::Strong };
        self.prose(&tally::headline(report), tone)?;
        match tally::incomplete(report) {
            Some(text) => self.prose(&text, Tone::Error),
            None => Ok(()),
        }
    }

    fn prose(&mut self, text: &str, tone: Tone) -> io::Result<()> {
        for row in text::wrap(text, self.prose_width, self.prose_width) {
            let row = self.paint(tone, &row);
            self.row(&row)?;
        }
        Ok(())
    }

    /// `error[code]: message`.
    fn head(&mut self, word: &str, tone: Tone, code: &str, message: &str) -> io::Result<()> {
        let label = format!("{word}[{}]", escape::line(code));
        let whole = format!("{label}: {}", escape::line(message));
        for (index, row) in text::wrap(&whole, self.prose_width, self.prose_width - 4).iter().enumerate() {
            let row = match row.strip_prefix(label.as_str()) {
                Some(rest) if index == 0 => {
                    format!("{}{}", self.paint(tone, &label), self.paint(Tone::Strong, rest))
                }
                _ if index == 0 => self.paint(Tone::Strong, row),
                _ => format!("    {}", self.paint(Tone::Strong, row)),
            };
            self.row(&row)?;
        }
        Ok(())
    }

    /// `  --> file:line:column`.
    fn arrow(&mut self, gutter: usize, position: &Position) -> io::Result<()> {
        let Position { file, line, column, .. } = position;
        let row = format!(
            "{:gutter$}{} {}:{line}:{column}",
            "",
            self.paint(Tone::Frame, "-->"),
            escape::line(file)
        );
        self.row(&row)
    }

    /// Where it is, and the source there with its mark and a label.
    fn place(&mut self, position: &Position, tone: Tone, label: &str) -> io::Result<Place> {
        let sources = self.sources;
        let last = position.end_line.min(position.line.saturating_add(SPAN_LINES - 1)).max(position.line);
        let rows: Vec<(u32, &str)> = (position.line..=last)
            .map_while(|line| sources.line(&position.file, line).map(|text| (line, text)))
            .collect();
        let number_last = rows.last().map_or(position.line, |(line, _)| *line);
        let gutter = number_last.to_string().len().max(GUTTER_MIN);
        self.arrow(gutter, position)?;
        let Some(((number, source), more)) = rows.split_first() else {
            return Ok(Place { gutter, is_labelled: label.is_empty() });
        };

        // A span of many lines has a bar at its left; the first line makes way for it.
        let is_tall = position.end_line > position.line;
        let indent = if is_tall { 2 } else { 0 };
        let room = self.width - gutter - 3;
        let end_column = (!is_tall).then_some(position.end_column);
        let shown = excerpt::show(source, position.column, end_column, room - indent);
        self.framed(gutter, "", "")?;
        self.framed(gutter, &number.to_string(), &format!("{:indent$}{}", "", shown.text))?;
        self.mark(gutter, tone, indent + shown.start, shown.len, label)?;
        for (number, source) in more {
            let shown = excerpt::show(source, 1, None, room - indent);
            let bar = self.paint(tone, "|");
            self.framed(gutter, &number.to_string(), &format!("{bar} {}", shown.text))?;
        }
        if position.end_line > last {
            let bar = self.paint(tone, "…");
            self.framed(gutter, "", &bar)?;
        }
        self.framed(gutter, "", "")?;
        Ok(Place { gutter, is_labelled: true })
    }

    /// The carets under a line and what they point at: beside them, or below where that is too long.
    fn mark(&mut self, gutter: usize, tone: Tone, start: usize, len: usize, label: &str) -> io::Result<()> {
        let room = self.width - gutter - 3;
        let label = escape::line(label);
        let wide = text::width(&label);
        let carets = "^".repeat(len);
        if wide == 0 || start + len + 1 + wide <= room {
            let row = self.paint(tone, format!("{carets} {label}").trim_end());
            return self.framed(gutter, "", &format!("{:start$}{row}", ""));
        }
        let row = self.paint(tone, &carets);
        self.framed(gutter, "", &format!("{:start$}{row}", ""))?;
        let indent = if start + wide <= room { start } else { 0 };
        for row in text::wrap(&label, room - indent, room - indent) {
            let row = self.paint(tone, &row);
            self.framed(gutter, "", &format!("{:indent$}{row}", ""))?;
        }
        Ok(())
    }

    /// A line with its number, or none, and a bar.
    fn framed(&mut self, gutter: usize, number: &str, text: &str) -> io::Result<()> {
        let frame = self.paint(Tone::Frame, &format!("{number:>gutter$} |"));
        self.row(&format!("{frame} {text}"))
    }

    /// `   = label: text`, wrapped.
    fn note(&mut self, gutter: usize, label: &str, text: &str) -> io::Result<()> {
        let indent = gutter + 3 + label.len() + 2;
        let room = self.prose_width.saturating_sub(indent).max(10);
        for (index, row) in text::wrap(&escape::line(text), room, room).iter().enumerate() {
            let row = if index == 0 {
                let mark = self.paint(Tone::Frame, "=");
                format!("{:gutter$} {mark} {}: {row}", "", self.paint(Tone::Strong, label))
            } else {
                format!("{:indent$}{row}", "")
            };
            self.row(&row)?;
        }
        Ok(())
    }

    /// `   = label: file:line`, never broken.
    fn path_note(&mut self, gutter: usize, label: &str, place: &Position, suffix: &str) -> io::Result<()> {
        let mark = self.paint(Tone::Frame, "=");
        let label = self.paint(Tone::Strong, label);
        let file = escape::line(&place.file);
        self.row(&format!("{:gutter$} {mark} {label}: {file}:{}{suffix}", "", place.line))
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code())
        } else {
            text.to_owned()
        }
    }

    fn row(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }
}

/// Limit: columns kept for line numbers, so that short files and long ones line up.
const GUTTER_MIN: usize = 2;

/// How a place was shown.
struct Place {
    /// Columns of its line numbers.
    gutter: usize,
    /// Whether the label stands there already.
    is_labelled: bool,
}

/// How many requirements of one framework a finding names.
const REQUIREMENTS_MAX: usize = 4;

/// `high · cis-aws-5.0 2.1.1 · fsbp S3.5`.
fn severity(verdict: &Verdict, control: Option<&ControlText>) -> String {
    let mut parts = vec![verdict.severity.to_string()];
    if let Some(control) = control {
        if control.severity != verdict.severity {
            parts = vec![format!("{} ({} unless set)", verdict.severity, control.severity)];
        }
        for (framework, requirements) in &control.frameworks {
            // Some standards ask for one thing in a dozen places; `palisade explain` lists them all.
            let shown: Vec<&str> = requirements.iter().take(REQUIREMENTS_MAX).map(|id| &**id).collect();
            let more = requirements.len().saturating_sub(REQUIREMENTS_MAX);
            let more = if more > 0 { format!(" +{more}") } else { String::new() };
            parts.push(format!("{framework} {}{more}", shown.join(", ")));
        }
    }
    parts.join(" · ")
}
