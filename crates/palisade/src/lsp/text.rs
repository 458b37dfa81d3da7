//! Places in a text as the protocol counts them: lines from 0, and columns in the units of an encoding.

use lsp_types::{Position, Range};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16, which every editor knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// The protocol's name for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
        }
    }

    /// How many units a text takes.
    pub(super) fn units(self, text: &str) -> u32 {
        text.chars().map(|c| self.of(c)).sum()
    }

    fn of(self, c: char) -> u32 {
        match self {
            Encoding::Utf8 => c.len_utf8() as u32,
            Encoding::Utf16 => c.len_utf16() as u32,
        }
    }
}

/// A text and where its lines begin.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Cuts a text at its line ends: `\n`, `\r\n`, or `\r` alone.
    pub(super) fn new(text: &'t str) -> Lines<'t> {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    /// A line, counted from 0, without its end; empty behind the last one.
    pub(super) fn line(&self, line: u32) -> &'t str {
        let Some(&start) = self.starts.get(line as usize) else { return "" };
        let end = self.starts.get(line as usize + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// The byte at a position. One behind the end of its line is at that end, and one within a character at its start.
    pub(super) fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let Some(&start) = self.starts.get(position.line as usize) else { return self.text.len() };
        let line = self.line(position.line);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            units += encoding.of(c);
            if units > position.character {
                return start + at;
            }
        }
        start + line.len()
    }

    /// A position of the program's, whose lines and characters count from 1, as one of the protocol's.
    pub(super) fn position(&self, line: u32, column: u32, encoding: Encoding) -> Position {
        let line = line.saturating_sub(1);
        let before = self.line(line).chars().take(column.saturating_sub(1) as usize);
        Position { line, character: before.map(|c| encoding.of(c)).sum() }
    }

    /// The position of a byte that begins a character.
    pub(super) fn at(&self, byte: usize, encoding: Encoding) -> Position {
        let line = self.starts.partition_point(|start| *start <= byte).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let before = self.text.get(start..byte).unwrap_or_default();
        Position { line: line as u32, character: encoding.units(before) }
    }

    /// Where something stands.
    pub(super) fn range(&self, at: &finding::report::Position, encoding: Encoding) -> Range {
        let start = self.position(at.line, at.column, encoding);
        let end = self.position(at.end_line, at.end_column, encoding);
        Range { start, end: end.max(start) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_counted_in_units() {
        let lines = Lines::new("a😀é: b\nsecond");
        // Characters count from 1: the `b` is the sixth.
        assert_eq!(lines.position(1, 6, Encoding::Utf16), at(0, 6));
        assert_eq!(lines.position(1, 6, Encoding::Utf8), at(0, 9));
        assert_eq!(lines.position(2, 99, Encoding::Utf16), at(1, 6));
        assert_eq!(lines.position(9, 3, Encoding::Utf16), at(8, 0));
    }

    #[test]
    fn offsets_are_found_again() {
        let text = "a😀é: b\r\nsecond\rthird\n";
        let lines = Lines::new(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            for (line, start) in [(0, 0), (1, 12), (2, 19)] {
                for (byte, _) in lines.line(line).char_indices() {
                    let character = encoding.units(&lines.line(line)[..byte]);
                    assert_eq!(lines.offset(at(line, character), encoding), start + byte);
                    assert_eq!(lines.at(start + byte, encoding), at(line, character));
                }
            }
        }
        // Within a character, behind a line, behind the text.
        assert_eq!(lines.offset(at(0, 2), Encoding::Utf16), 1);
        assert_eq!(lines.offset(at(1, 99), Encoding::Utf16), 18);
        assert_eq!(lines.offset(at(9, 0), Encoding::Utf16), text.len());
        assert_eq!(lines.at(text.len(), Encoding::Utf16), at(3, 0));
        assert_eq!((lines.line(1), lines.line(3), lines.line(9)), ("second", "", ""));
    }
}
