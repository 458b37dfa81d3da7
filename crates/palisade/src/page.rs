//! A page of text for a person at a terminal: headings, facts, wrapped prose, code.
//!
//! Every text that is handed in is raw and is made safe here. Colour only decorates.

use std::borrow::Cow;
use std::io::{self, Write};

use finding::escape;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Limit: a narrower terminal than this is written to as if it were this wide.
const WIDTH_MIN: usize = 40;

/// Limit: prose is wrapped at this even where the terminal is wider, as longer lines are hard to read.
const PROSE_WIDTH: usize = 110;

/// Limit: the fewest columns that wrapped text is given, however deep it is indented.
const ROOM_MIN: usize = 20;

/// The column at which the text of a fact begins.
const FACT_COLUMN: usize = 18;

const BOLD: &str = "1";
const HEADING: &str = "1;34";

/// Where the text goes, and how wide it may be.
pub(crate) struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    colour: bool,
}

impl<'a> Page<'a> {
    /// A page that is written to `out`.
    pub(crate) fn new(out: &'a mut dyn Write, width: usize, colour: bool) -> Page<'a> {
        Page { out, width: width.clamp(WIDTH_MIN, PROSE_WIDTH), colour }
    }

    /// What the page is about: its name, and a sentence.
    pub(crate) fn title(&mut self, name: &str, sentence: &str) -> io::Result<()> {
        let name = self.paint(BOLD, &escape::line(name));
        self.row(&name)?;
        self.prose(0, sentence)
    }

    /// An empty line and a heading.
    pub(crate) fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.paint(HEADING, &escape::line(text));
        self.blank()?;
        self.row(&text)
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.row("")
    }

    /// A label and a short text.
    pub(crate) fn fact(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.hanging(2, label, FACT_COLUMN, text)
    }

    /// Paragraphs, wrapped. An empty line parts them; other line ends are spaces.
    pub(crate) fn prose(&mut self, indent: usize, text: &str) -> io::Result<()> {
        let mut is_first = true;
        let mut paragraph = String::new();
        for line in text.lines().chain([""]) {
            if !line.trim().is_empty() {
                paragraph.push_str(line);
                paragraph.push(' ');
                continue;
            }
            if paragraph.is_empty() {
                continue;
            }
            if !is_first {
                self.blank()?;
            }
            is_first = false;
            for row in wrap(&flow(&paragraph), self.room(indent)) {
                self.row(&format!("{:indent$}{row}", ""))?;
            }
            paragraph.clear();
        }
        Ok(())
    }

    /// A word that stands out, and behind it, from a column on, wrapped text.
    pub(crate) fn hanging(&mut self, indent: usize, lead: &str, column: usize, text: &str) -> io::Result<()> {
        let column = column.min(self.width / 2);
        let lead = escape::line(lead);
        let used = indent + lead.width();
        let lead = self.paint(BOLD, &lead);
        let mut rows = wrap(&flow(text), self.room(column)).into_iter();
        if used < column {
            let gap = column - used;
            let first = rows.next().unwrap_or_default();
            self.row(&format!("{:indent$}{lead}{:gap$}{first}", "", ""))?;
        } else {
            self.row(&format!("{:indent$}{lead}", ""))?;
        }
        for row in rows.filter(|row| !row.is_empty()) {
            self.row(&format!("{:column$}{row}", ""))?;
        }
        Ok(())
    }

    /// One line that is never broken, such as a path or an address that is copied.
    pub(crate) fn line(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.row(&format!("{:indent$}{}", "", escape::line(text)))
    }

    /// Code: its lines as they are.
    pub(crate) fn code(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for row in escape::block(text.trim_end()).lines() {
            self.row(&format!("{:indent$}{row}", ""))?;
        }
        Ok(())
    }

    fn room(&self, indent: usize) -> usize {
        self.width.saturating_sub(indent).max(ROOM_MIN)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        paint(self.colour, code, text)
    }

    fn row(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", guarded(text.trim_end()))
    }
}

/// A text in a colour, where there is colour. The text is made safe already.
pub(crate) fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A text as one paragraph, made safe.
fn flow(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape::line(&text).into_owned()
}

/// A GitHub runner takes a line that begins with `::error::` or another name, spaces aside, for a command:
/// the first colon of one is told by its number.
fn guarded(row: &str) -> Cow<'_, str> {
    let start = row.trim_start();
    match start.strip_prefix("::") {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            let indent = row.len() - start.len();
            Cow::Owned(format!("{:indent$}\\u{{3a}}:{rest}", ""))
        }
        _ => Cow::Borrowed(row),
    }
}

/// Breaks a text into lines of at most `room` columns, between words. A word that is longer has a line of its
/// own, unbroken, so that it can be copied. There is always one line.
pub(crate) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    for word in text.split_whitespace() {
        if !row.is_empty() && row.width() + 1 + word.width() > room {
            rows.push(std::mem::take(&mut row));
        }
        if !row.is_empty() {
            row.push(' ');
        }
        row.push_str(word);
    }
    if !row.is_empty() || rows.is_empty() {
        rows.push(row);
    }
    rows
}

/// A number of things, in words.
pub(crate) fn number(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// The columns of the widest of some texts, once they are made safe.
pub(crate) fn widest<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
    texts.map(|text| escape::line(text).width()).max().unwrap_or(0)
}

/// A text of exactly `columns` columns: filled up with spaces, or cut short with `…`.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let gap = columns.saturating_sub(cut.width());
    format!("{cut}{:gap$}", "")
}

/// A text of at most `columns` columns, with `…` where something is left out.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        kept.push(c);
        used += wide;
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: usize, colour: bool, write: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Page::new(&mut out, width, colour)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prose_is_wrapped_and_keeps_its_paragraphs() {
        let text = "One line\nand the next of a paragraph that is long.\n\n\nAnother.";
        let shown = written(40, false, |page| page.prose(2, text));
        assert_eq!(shown, "  One line and the next of a paragraph\n  that is long.\n\n  Another.\n");
        assert_eq!(written(40, false, |page| page.prose(2, "")), "");
    }

    #[test]
    fn text_hangs_behind_its_word() {
        let shown =
            written(40, false, |page| page.hanging(2, "ab", 6, "one two three four five six seven eight"));
        assert_eq!(shown, "  ab  one two three four five six seven\n      eight\n");
        let shown = written(40, false, |page| page.hanging(2, "a-long-word-indeed", 8, "below"));
        assert_eq!(shown, "  a-long-word-indeed\n        below\n");
        assert_eq!(written(40, false, |page| page.hanging(2, "ab", 6, "")), "  ab\n");
    }

    #[test]
    fn hostile_text_is_shown_by_number() {
        let shown = written(40, false, |page| page.line(0, "a\u{1b}[31mb"));
        assert_eq!(shown, "a\\u{1b}[31mb\n");
        let shown = written(40, false, |page| page.code(2, "::error::x\n::/0\n"));
        assert_eq!(shown, "  \\u{3a}:error::x\n  ::/0\n");
    }

    #[test]
    fn colour_only_decorates() {
        let shown = written(40, true, |page| page.title("name", "Sentence"));
        assert_eq!(shown, "\u{1b}[1mname\u{1b}[0m\nSentence\n");
        assert_eq!(
            shown.replace("\u{1b}[1m", "").replace("\u{1b}[0m", ""),
            written(40, false, |page| { page.title("name", "Sentence") })
        );
    }

    #[test]
    fn texts_are_cut_at_the_column() {
        assert_eq!(fit("abc", 5), "abc  ");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
