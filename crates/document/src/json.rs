//! JSON with positions, read without recursion.
//!
//! No JSON reader on crates.io gives the line and column of both keys and values and goes on after a break
//! with what was read so far, so this is one of our own: RFC 8259, nothing more.

use std::sync::Arc;

use estate::value::{FileId, Span};

use crate::build::Builder;
use crate::tree::{Document, Kind, Problem, Scalar};

pub(crate) fn read(file: FileId, text: &str) -> Document {
    let mut reader = Reader { file, bytes: text.as_bytes(), text, at: 0, line: 1, line_start: 0, wide: 0 };
    let mut builder = Builder::default();
    if let Err(problem) = reader.document(&mut builder) {
        builder.problems.push(problem);
    }
    let at = reader.here();
    let (root, problems, open) = builder.finish(Span::new(file, at, at));
    Document { root, problems, complete: true, open, comments: Vec::new() }
}

struct Reader<'a> {
    file: FileId,
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    line: usize,
    /// The offset of the line's first byte.
    line_start: usize,
    /// Continuation bytes seen on this line, so that columns count characters.
    wide: usize,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Value,
    /// A value or the end of the list.
    FirstItem,
    /// A key or the end of the map.
    FirstKey,
    Key,
    /// A comma or the end.
    More,
}

impl Reader<'_> {
    fn here(&self) -> (usize, usize) {
        (self.line, self.at - self.line_start - self.wide + 1)
    }

    fn fail(&self, message: impl Into<String>) -> Problem {
        let (line, column) = self.here();
        Problem::new("json-syntax", Span::new(self.file, (line, column), (line, column + 1)), message)
            .cutting()
    }

    fn blank(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                    self.wide = 0;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ => return,
            }
        }
    }

    fn document(&mut self, builder: &mut Builder) -> Result<(), Problem> {
        // The kinds of the open containers: true for a map.
        let mut open: Vec<bool> = Vec::new();
        let mut expect = Expect::Value;
        loop {
            self.blank();
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.fail("the text ends too early"));
            };
            match (expect, byte) {
                (Expect::FirstItem, b']') | (Expect::FirstKey, b'}') => {
                    self.close(builder, &mut open, &mut expect);
                }
                (Expect::More, b']') if open.last() == Some(&false) => {
                    self.close(builder, &mut open, &mut expect);
                }
                (Expect::More, b'}') if open.last() == Some(&true) => {
                    self.close(builder, &mut open, &mut expect);
                }
                (Expect::More, b',') => {
                    self.at += 1;
                    expect = if open.last() == Some(&true) { Expect::Key } else { Expect::Value };
                }
                (Expect::More, _) => return Err(self.fail("expected `,` or the end of this map or list")),
                (Expect::Key | Expect::FirstKey, b'"') => {
                    let (text, span) = self.string()?;
                    builder.key(&text, span);
                    self.blank();
                    if self.bytes.get(self.at) != Some(&b':') {
                        return Err(self.fail("expected `:` after the key"));
                    }
                    self.at += 1;
                    expect = Expect::Value;
                }
                (Expect::Key | Expect::FirstKey, _) => {
                    return Err(self.fail("expected a key in double quotes"));
                }
                (Expect::Value | Expect::FirstItem, b'{' | b'[') => {
                    let start = self.here();
                    let span = Span::new(self.file, start, (start.0, start.1 + 1));
                    let map = byte == b'{';
                    builder.open(
                        if map { Kind::Map(Vec::new()) } else { Kind::List(Vec::new()) },
                        span,
                        None,
                        0,
                    );
                    open.push(map);
                    self.at += 1;
                    expect = if map { Expect::FirstKey } else { Expect::FirstItem };
                }
                (Expect::Value | Expect::FirstItem, _) => {
                    self.scalar(builder, byte)?;
                    expect = Expect::More;
                }
            }
            if builder.stopped {
                return Ok(());
            }
            if open.is_empty() && expect == Expect::More {
                self.blank();
                return if self.at < self.bytes.len() {
                    Err(self.fail("more text after the end"))
                } else {
                    Ok(())
                };
            }
        }
    }

    fn close(&mut self, builder: &mut Builder, open: &mut Vec<bool>, expect: &mut Expect) {
        let start = self.here();
        self.at += 1;
        builder.close(Some(Span::new(self.file, start, self.here())));
        open.pop();
        *expect = Expect::More;
    }

    fn scalar(&mut self, builder: &mut Builder, first: u8) -> Result<(), Problem> {
        if first == b'"' {
            let (text, span) = self.string()?;
            let text: Arc<str> = if text.len() <= 40 { builder.intern(&text) } else { Arc::from(text) };
            builder.scalar(Scalar { text, plain: false }, span, None, 0);
            return Ok(());
        }
        let start = self.here();
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || b"+-.".contains(b)))
            .unwrap_or(rest.len());
        let word = &self.text[self.at..self.at + length];
        let valid = matches!(word, "true" | "false" | "null")
            || serde_json::from_str::<serde_json::Number>(word).is_ok();
        if !valid {
            return Err(self.fail("expected a value"));
        }
        self.at += length;
        let span = Span::new(self.file, start, self.here());
        let text = builder.intern(word);
        builder.scalar(Scalar { text, plain: true }, span, None, 0);
        Ok(())
    }

    /// Reads a string; the cursor is on its opening quote.
    fn string(&mut self) -> Result<(String, Span), Problem> {
        let start = self.here();
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let Some(length) = rest.iter().position(|b| matches!(b, b'"' | b'\\') || *b < 0x20) else {
                return Err(self.fail("a string does not end"));
            };
            let piece = &self.text[self.at..self.at + length];
            text.push_str(piece);
            self.wide += piece.len() - piece.chars().count();
            self.at += length;
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok((text, Span::new(self.file, start, self.here())));
                }
                b'\\' => text.push(self.escape()?),
                // RFC 8259 forbids these raw; templates pasted by hand hold tabs and line ends, and AWS takes them.
                b'\n' => {
                    text.push('\n');
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                    self.wide = 0;
                }
                control => {
                    text.push(char::from(control));
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        let character = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fail("an escape that JSON does not know")),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode(&mut self) -> Result<char, Problem> {
        let unit = |at: usize| -> Option<u32> {
            let digits = self.text.get(at..at + 4)?;
            if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                u32::from_str_radix(digits, 16).ok()
            } else {
                None
            }
        };
        let Some(high) = unit(self.at + 2) else {
            return Err(self.fail("`\\u` needs four hexadecimal digits"));
        };
        if (0xd800..0xdc00).contains(&high)
            && self.bytes.get(self.at + 6..self.at + 8) == Some(b"\\u")
            && let Some(low) = unit(self.at + 8).filter(|low| (0xdc00..0xe000).contains(low))
        {
            self.at += 12;
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at += 6;
        // A lone half of a pair stands for nothing; the replacement character keeps the rest readable.
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}
