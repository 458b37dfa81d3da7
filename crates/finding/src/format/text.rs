//! Prose for a terminal: measuring, wrapping and shortening it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    if is_printable_ascii(text) { text.len() } else { text.width() }
}

/// Whether every byte of a text is a character of one column.
fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Columns that a character takes.
pub(super) fn width_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Breaks a text into lines of at most `first` columns and then `rest`, between words where it can.
///
/// A word that is longer than a line is broken between characters. There is always one line.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut rows =
        Rows { done: Vec::new(), row: String::new(), used: 0, room: first.max(2), rest: rest.max(2) };
    for word in text.split_whitespace() {
        rows.word(word);
    }
    if !rows.row.is_empty() || rows.done.is_empty() {
        rows.done.push(rows.row);
    }
    rows.done
}

/// Lines in the making.
struct Rows {
    done: Vec<String>,
    row: String,
    used: usize,
    room: usize,
    rest: usize,
}

impl Rows {
    fn word(&mut self, word: &str) {
        let mut left = word;
        let wide = width(word);
        if self.used > 0 && self.used + 1 + wide > self.room {
            left = self.next_row(left);
        }
        if self.used > 0 && left.len() == word.len() {
            self.push(' ');
        }
        if left.len() == word.len() && wide == word.len() && self.used + wide <= self.room {
            self.row.push_str(left);
            self.used += wide;
            return;
        }
        while let Some(c) = left.chars().next() {
            if self.used > 0 && self.used + width_of(c) > self.room {
                left = self.next_row(left);
                continue;
            }
            self.push(c);
            left = &left[c.len_utf8()..];
        }
    }

    fn push(&mut self, c: char) {
        self.row.push(c);
        self.used += width_of(c);
    }

    /// Starts the next line, and says what is left to put on it.
    ///
    /// A GitHub runner takes a line that begins with `::error::` or another name, spaces aside, for a
    /// command, so the first colon of one is told by number.
    fn next_row<'a>(&mut self, left: &'a str) -> &'a str {
        self.done.push(std::mem::take(&mut self.row));
        self.used = 0;
        self.room = self.rest;
        match left.strip_prefix("::") {
            Some(name) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                for c in "\\u{3a}".chars() {
                    self.push(c);
                }
                &left[1..]
            }
            _ => left,
        }
    }
}

/// A text as one paragraph: every run of spaces and line ends is one space.
pub(super) fn flow(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first sentence of a text, with `…` where there are more.
pub(super) fn first_sentence(text: &str) -> String {
    let text = flow(text);
    for (index, _) in text.match_indices(['.', '!', '?']) {
        let end = index + 1;
        let Some(next) = text[end..].strip_prefix(' ') else { continue };
        // `e.g. the` goes on, `it is. The` does not.
        if next.starts_with(|c: char| !c.is_lowercase()) {
            return format!("{} …", &text[..end]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words() {
        assert_eq!(wrap("one two three", 7, 5), ["one two", "three"]);
        assert_eq!(wrap("", 7, 5), [""]);
        assert_eq!(wrap("  a \n b  ", 7, 5), ["a b"]);
    }

    #[test]
    fn breaks_a_long_word_between_characters() {
        assert_eq!(wrap("a abcdefgh i", 4, 3), ["a", "abc", "def", "gh", "i"]);
        assert_eq!(wrap("漢字漢字", 5, 3), ["漢字", "漢", "字"]);
    }

    #[test]
    fn no_line_begins_with_a_command() {
        assert_eq!(wrap("see ::error::x", 6, 20), ["see", "\\u{3a}:error::x"]);
        assert_eq!(wrap("abcdef::error::x", 6, 20), ["abcdef", "\\u{3a}:error::x"]);
        assert_eq!(wrap("open to ::/0", 8, 20), ["open to", "::/0"]);
    }

    #[test]
    fn finds_the_first_sentence() {
        assert_eq!(first_sentence("One, e.g. this. Two."), "One, e.g. this. …");
        assert_eq!(first_sentence("Version 1.2 only."), "Version 1.2 only.");
        assert_eq!(first_sentence("No\n end"), "No end");
    }
}
