//! Characters, space, names and comments.

use std::sync::Arc;

use crate::DEPTH_MAX;
use crate::syntax::{Comment, Problem, Range};

/// What could not be read, and where.
pub(crate) type Result<T> = std::result::Result<T, Box<Problem>>;

/// The place in a text.
pub(crate) struct Scanner<'t> {
    pub(crate) text: &'t str,
    pub(crate) bytes: &'t [u8],
    pub(crate) at: usize,
    /// Where the text that is read ends: templates are read within their own bounds.
    pub(crate) end: usize,
    pub(crate) problems: Vec<Problem>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) depth: u16,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Scanner<'t> {
        let (problems, comments) = (Vec::new(), Vec::new());
        Scanner { text, bytes: text.as_bytes(), at: 0, end: text.len(), problems, comments, depth: 0 }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.bytes.get(self.at).copied() } else { None }
    }

    pub(crate) fn peek_at(&self, offset: usize) -> Option<u8> {
        let at = self.at + offset;
        if at < self.end { self.bytes.get(at).copied() } else { None }
    }

    pub(crate) fn starts(&self, word: &str) -> bool {
        self.bytes[self.at.min(self.end)..self.end].starts_with(word.as_bytes())
    }

    /// Takes a sign if it comes next.
    pub(crate) fn take(&mut self, sign: &str) -> bool {
        let is = self.starts(sign);
        if is {
            self.at += sign.len();
        }
        is
    }

    pub(crate) fn range_from(&self, start: usize) -> Range {
        Range::new(start, self.at)
    }

    /// A fault at the next character.
    pub(crate) fn fault<T>(&self, message: impl Into<String>) -> Result<T> {
        let width =
            self.text.get(self.at..self.end).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Err(fault(Range::new(self.at, self.at + width), message))
    }

    /// Says that something else was expected here.
    pub(crate) fn expected<T>(&self, what: &str) -> Result<T> {
        match self.text.get(self.at..self.end).and_then(|rest| rest.chars().next()) {
            None => self.fault(format!("expected {what}, found the end of the text")),
            Some('\n') => self.fault(format!("expected {what}, found the end of the line")),
            Some(other) => self.fault(format!("expected {what}, found `{other}`")),
        }
    }

    /// Goes one level down; the caller comes up again with [`Scanner::up`].
    pub(crate) fn down(&mut self) -> Result<()> {
        if self.depth >= DEPTH_MAX {
            return self.fault(format!("nested deeper than {DEPTH_MAX} levels"));
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn up(&mut self) {
        self.depth -= 1;
    }

    /// Skips spaces and comments, and with `lines` ends of lines.
    pub(crate) fn space(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\r' if self.peek_at(1) == Some(b'\n') || lines => self.at += 1,
                b'\n' if lines => self.at += 1,
                b'#' => self.line_comment(1),
                b'/' if self.peek_at(1) == Some(b'/') => self.line_comment(2),
                b'/' if self.peek_at(1) == Some(b'*') => self.block_comment(),
                _ => return,
            }
        }
    }

    fn line_comment(&mut self, sign: usize) {
        let start = self.at;
        let rest = &self.bytes[start..self.end];
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        self.at = start + length;
        self.comment(start, start + sign, self.at);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let rest = &self.text[start + 2..self.end];
        let (inner, after) = match rest.find("*/") {
            Some(length) => (start + 2 + length, start + length + 4),
            None => (self.end, self.end),
        };
        self.at = after;
        self.comment(start, start + 2, inner);
    }

    fn comment(&mut self, start: usize, inner_start: usize, inner_end: usize) {
        // Reading may go back over space and meet the same comment again.
        if self.comments.last().is_some_and(|last| last.range.start as usize >= start) {
            return;
        }
        let before = self.text[..start].rsplit('\n').next().unwrap_or("");
        self.comments.push(Comment {
            range: self.range_from(start),
            is_alone: before.trim().is_empty(),
            text: self.text[inner_start..inner_end].trim().into(),
        });
    }

    /// A name: letters, digits, `_` and `-`, not beginning with a digit.
    pub(crate) fn name(&mut self) -> Option<(Arc<str>, Range)> {
        let start = self.at;
        // Names are of ASCII nearly always.
        let first = self.peek()?;
        if first.is_ascii() {
            if !(first.is_ascii_alphabetic() || first == b'_') {
                return None;
            }
        } else if !self.text[start..self.end].chars().next().is_some_and(char::is_alphabetic) {
            return None;
        }
        let mut at = start;
        while at < self.end {
            let byte = self.bytes[at];
            if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
                at += 1;
            } else if byte.is_ascii() {
                break;
            } else {
                match self.text[at..self.end].chars().next() {
                    Some(letter) if letter.is_alphanumeric() => at += letter.len_utf8(),
                    _ => break,
                }
            }
        }
        self.at = at;
        Some((Arc::from(&self.text[start..at]), Range::new(start, at)))
    }

    /// Moves behind the rest of what could not be read: to the end of the line, outside of brackets and texts
    /// that open on the way. A closing brace of the body around it ends it as well.
    pub(crate) fn recover(&mut self) {
        let mut open = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' if open == 0 => return,
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' if open > 0 => open -= 1,
                b'}' => return,
                b'"' => {
                    self.skip_quoted();
                    continue;
                }
                b'<' if self.starts("<<") => {
                    if let Some(after) = self.heredoc_end() {
                        self.at = after;
                        continue;
                    }
                }
                b'#' => {
                    self.line_comment(1);
                    continue;
                }
                b'/' if matches!(self.peek_at(1), Some(b'/')) => {
                    self.line_comment(2);
                    continue;
                }
                b'/' if matches!(self.peek_at(1), Some(b'*')) => {
                    self.block_comment();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Moves behind a text in quotes, or to the end of its line where it is not closed.
    fn skip_quoted(&mut self) {
        self.at += 1;
        let mut inside = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => return,
                b'\\' => self.at += 1,
                b'$' | b'%' if self.peek_at(1) == Some(b'{') => {
                    inside += 1;
                    self.at += 1;
                }
                b'}' if inside > 0 => inside -= 1,
                b'"' if inside == 0 => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.end);
    }

    /// Where a heredoc that begins here ends.
    fn heredoc_end(&self) -> Option<usize> {
        let head = crate::template::heredoc_head(self)?;
        head.after
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "every reader returns it as its error, which is small so")]
pub(crate) fn fault(range: Range, message: impl Into<String>) -> Box<Problem> {
    Box::new(Problem { range, message: message.into(), cuts: false })
}
