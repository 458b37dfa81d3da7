//! Texts in quotes, heredocs, and what they fill in.

use std::sync::Arc;

use crate::expression::expression;
use crate::scan::{Result, Scanner, fault};
use crate::syntax::{If, Part, Range, TemplateFor};

/// A text in quotes.
pub(crate) fn quoted(scanner: &mut Scanner) -> Result<Vec<Part>> {
    let start = scanner.at;
    scanner.at += 1;
    let mut reader = Reader { scanner, flat: Vec::new(), escapes: true, open: start, trim: false };
    reader.run(Some(b'"'))?;
    let flat = reader.flat;
    scanner.at += 1;
    tree(flat)
}

/// A text without quotes, up to its end.
pub(crate) fn bare(scanner: &mut Scanner) -> Result<Vec<Part>> {
    let open = scanner.at;
    let mut reader = Reader { scanner, flat: Vec::new(), escapes: false, open, trim: false };
    reader.run(None)?;
    let flat = reader.flat;
    tree(flat)
}

/// What is known of a heredoc from its first line and its end.
pub(crate) struct Head {
    /// Where its first line begins.
    pub(crate) body: usize,
    /// Where its closing line begins.
    pub(crate) close: usize,
    /// Where it ends: after the closing word. `None` where it is not closed.
    pub(crate) after: Option<usize>,
    /// Whether indentation is taken away.
    pub(crate) flush: bool,
}

/// Reads the beginning of a heredoc and finds its end, without moving.
pub(crate) fn heredoc_head(scanner: &Scanner) -> Option<Head> {
    let rest = scanner.text.get(scanner.at..scanner.end)?.strip_prefix("<<")?;
    let flush = rest.starts_with('-');
    let word_start = scanner.at + 2 + usize::from(flush);
    let line_end = scanner.text[word_start..scanner.end].find('\n').map(|length| word_start + length)?;
    let word = scanner.text[word_start..line_end].trim();
    if word.is_empty() || !word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        return None;
    }
    let body = line_end + 1;
    let mut at = body;
    while at <= scanner.end {
        let length = scanner.text[at..scanner.end].find('\n').unwrap_or(scanner.end - at);
        let line = &scanner.text[at..at + length];
        if line.trim() == word {
            let after = at + (line.len() - line.trim_start().len()) + word.len();
            return Some(Head { body, close: at, after: Some(after), flush });
        }
        at += length + 1;
    }
    Some(Head { body, close: scanner.end, after: None, flush })
}

/// A heredoc.
pub(crate) fn heredoc(scanner: &mut Scanner) -> Result<Vec<Part>> {
    let open = scanner.at;
    let Some(head) = heredoc_head(scanner) else { return scanner.expected("a word after `<<`") };
    let Some(after) = head.after else {
        return Err(fault(Range::new(open, open + 2), "the heredoc is not closed"));
    };
    let end = std::mem::replace(&mut scanner.end, head.close);
    scanner.at = head.body;
    let mut reader = Reader { scanner, flat: Vec::new(), escapes: false, open, trim: false };
    let read = reader.run(None);
    let mut flat = reader.flat;
    scanner.end = end;
    read?;
    scanner.at = after;
    if head.flush {
        unindent(&mut flat);
    }
    tree(flat)
}

/// Takes from every line the space that all begin with; lines of nothing but space do not count. A line that begins
/// with `${…}` or `%{…}`, or whose space `~` has taken away, begins with none.
fn unindent(flat: &mut [Flat]) {
    let mut least = usize::MAX;
    let mut firsts = Vec::new();
    let mut is_first = true;
    for (at, one) in flat.iter().enumerate() {
        let Flat::Text(text, _) = one else {
            if std::mem::take(&mut is_first) {
                least = 0;
            }
            continue;
        };
        if is_first {
            let is_blank = text.ends_with('\n') && text.trim_start().is_empty();
            if !is_blank {
                least = least.min(text.chars().take_while(|letter| letter.is_whitespace()).count());
                firsts.push(at);
            }
        }
        is_first = text.ends_with('\n');
    }
    for at in firsts {
        if let Flat::Text(text, _) = &mut flat[at] {
            let width: usize = text.chars().take(least).map(char::len_utf8).sum();
            text.drain(..width);
        }
    }
}

/// A part before directives are matched with their ends.
enum Flat {
    /// Outside of quotes, each line is a text of its own: `~` takes away space of one line only.
    Text(String, Range),
    Value(crate::syntax::Expression),
    If(crate::syntax::Expression, Range),
    Else(Range),
    EndIf(Range),
    For(Option<Arc<str>>, Arc<str>, crate::syntax::Expression, Range),
    EndFor(Range),
}

struct Reader<'s, 't> {
    scanner: &'s mut Scanner<'t>,
    flat: Vec<Flat>,
    escapes: bool,
    /// Where the text opens, for what is said of one that is not closed.
    open: usize,
    /// Whether the space at the beginning of what follows is dropped (`~}`).
    trim: bool,
}

impl Reader<'_, '_> {
    /// Reads up to a closing sign, or to the end of the text.
    fn run(&mut self, close: Option<u8>) -> Result<()> {
        let mut text = String::new();
        let mut start = self.scanner.at;
        loop {
            // What needs no care is taken at once.
            let rest = &self.scanner.bytes[self.scanner.at..self.scanner.end];
            let plain = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n'))
                .unwrap_or(rest.len());
            text.push_str(&self.scanner.text[self.scanner.at..self.scanner.at + plain]);
            self.scanner.at += plain;
            let Some(byte) = self.scanner.peek() else {
                if close.is_some() {
                    let range = Range::new(self.open, self.open + 1);
                    return Err(fault(range, "the text is not closed"));
                }
                self.push(text, start);
                return Ok(());
            };
            if close == Some(byte) {
                self.push(text, start);
                return Ok(());
            }
            match byte {
                b'\n' if close.is_some() => {
                    let range = Range::new(self.open, self.open + 1);
                    return Err(fault(range, "the text is not closed on its line"));
                }
                b'\n' => {
                    text.push('\n');
                    self.scanner.at += 1;
                    self.push(std::mem::take(&mut text), start);
                    start = self.scanner.at;
                }
                b'\\' if self.escapes => self.escape(&mut text)?,
                sign @ (b'$' | b'%') if self.scanner.peek_at(1) == Some(b'{') => {
                    self.push(std::mem::take(&mut text), start);
                    self.inside(sign)?;
                    start = self.scanner.at;
                }
                // `$${` and `%%{` stand for `${` and `%{`.
                sign @ (b'$' | b'%')
                    if self.scanner.peek_at(1) == Some(sign) && self.scanner.peek_at(2) == Some(b'{') =>
                {
                    text.push(sign as char);
                    text.push('{');
                    self.scanner.at += 3;
                }
                other => {
                    text.push(other as char);
                    self.scanner.at += 1;
                }
            }
        }
    }

    fn push(&mut self, mut text: String, start: usize) {
        let trim = std::mem::take(&mut self.trim);
        if text.is_empty() {
            return;
        }
        if trim {
            text.drain(..text.len() - text.trim_start().len());
        }
        self.flat.push(Flat::Text(text, Range::new(start, self.scanner.at)));
    }

    fn escape(&mut self, text: &mut String) -> Result<()> {
        let start = self.scanner.at;
        let letter = self.scanner.peek_at(1);
        self.scanner.at += 2;
        let digits = match letter {
            Some(b'n') => return one(text, '\n'),
            Some(b'r') => return one(text, '\r'),
            Some(b't') => return one(text, '\t'),
            Some(b'"') => return one(text, '"'),
            Some(b'\\') => return one(text, '\\'),
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => {
                self.scanner.at = start;
                return Err(fault(
                    Range::new(start, start + 1),
                    "no escape: `\\n`, `\\t`, `\\\"`, `\\\\`, `\\uNNNN`",
                ));
            }
        };
        let code = self.scanner.text.get(self.scanner.at..(self.scanner.at + digits).min(self.scanner.end));
        let letter = code
            .filter(|code| code.len() == digits)
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        let Some(letter) = letter else {
            self.scanner.at = start;
            return Err(fault(
                Range::new(start, start + 2),
                format!("{digits} hexadecimal digits must follow"),
            ));
        };
        self.scanner.at += digits;
        text.push(letter);
        Ok(())
    }

    /// `${…}` or `%{…}`.
    fn inside(&mut self, sign: u8) -> Result<()> {
        let start = self.scanner.at;
        self.scanner.at += 2;
        if self.scanner.take("~")
            && let Some(Flat::Text(text, _)) = self.flat.last_mut()
        {
            text.truncate(text.trim_end().len());
        }
        self.scanner.down()?;
        self.scanner.space(true);
        if sign == b'$' {
            let value = expression(self.scanner, true)?;
            self.flat.push(Flat::Value(value));
        } else {
            self.directive(start)?;
        }
        self.scanner.space(true);
        self.scanner.up();
        self.trim = self.scanner.take("~");
        if self.scanner.take("}") { Ok(()) } else { self.scanner.expected("`}`") }
    }

    fn directive(&mut self, start: usize) -> Result<()> {
        let Some((word, range)) = self.scanner.name() else {
            return self.scanner.expected("`if`, `else`, `endif`, `for` or `endfor`");
        };
        let range = Range::new(start, range.end as usize);
        self.scanner.space(true);
        let flat = match &*word {
            "if" => Flat::If(expression(self.scanner, true)?, range),
            "else" => Flat::Else(range),
            "endif" => Flat::EndIf(range),
            "endfor" => Flat::EndFor(range),
            "for" => {
                let (key, value) = crate::expression::for_names(self.scanner)?;
                Flat::For(key, value, expression(self.scanner, true)?, range)
            }
            _ => return Err(fault(range, format!("no directive `{word}`"))),
        };
        self.flat.push(flat);
        Ok(())
    }
}

fn one(text: &mut String, letter: char) -> Result<()> {
    text.push(letter);
    Ok(())
}

/// Texts that follow each other as one.
fn joined(flat: Vec<Flat>) -> Vec<Flat> {
    let mut all: Vec<Flat> = Vec::with_capacity(flat.len());
    for one in flat {
        match (all.last_mut(), one) {
            (Some(Flat::Text(text, range)), Flat::Text(more, to)) => {
                text.push_str(&more);
                *range = range.to(to);
            }
            (_, one) => all.push(one),
        }
    }
    all
}

/// Matches directives with their ends.
fn tree(flat: Vec<Flat>) -> Result<Vec<Part>> {
    /// A directive that is open: what stands before it, and what it says.
    enum Open {
        If(crate::syntax::Expression, Option<Vec<Part>>, Range),
        For(Option<Arc<str>>, Arc<str>, crate::syntax::Expression, Range),
    }
    let mut stack: Vec<(Vec<Part>, Open)> = Vec::new();
    let joined = joined(flat);
    let mut parts: Vec<Part> = Vec::with_capacity(joined.len());
    for one in joined {
        match one {
            Flat::Text(text, range) => {
                if !text.is_empty() {
                    parts.push(Part::Text(Arc::from(text), range));
                }
            }
            Flat::Value(value) => parts.push(Part::Value(value)),
            Flat::If(condition, range) => {
                stack.push((std::mem::take(&mut parts), Open::If(condition, None, range)));
            }
            Flat::For(key, value, collection, range) => {
                stack.push((std::mem::take(&mut parts), Open::For(key, value, collection, range)));
            }
            Flat::Else(range) => match stack.last_mut() {
                Some((_, Open::If(_, then @ None, _))) => *then = Some(std::mem::take(&mut parts)),
                _ => return Err(fault(range, "`else` without `if`")),
            },
            Flat::EndIf(range) => match stack.pop() {
                Some((before, Open::If(condition, then, _))) => {
                    let last = std::mem::replace(&mut parts, before);
                    let (then, otherwise) = match then {
                        Some(then) => (then, last),
                        None => (last, Vec::new()),
                    };
                    parts.push(Part::If(Box::new(If { condition, then, otherwise })));
                }
                _ => return Err(fault(range, "`endif` without `if`")),
            },
            Flat::EndFor(range) => match stack.pop() {
                Some((before, Open::For(key, value, collection, _))) => {
                    let body = std::mem::replace(&mut parts, before);
                    parts.push(Part::For(Box::new(TemplateFor { key, value, collection, body })));
                }
                _ => return Err(fault(range, "`endfor` without `for`")),
            },
        }
        // Limit: directives within each other are a tree that evaluation goes down.
        if stack.len() > usize::from(crate::DEPTH_MAX) {
            let (_, Open::If(_, _, range) | Open::For(_, _, _, range)) = &stack[stack.len() - 1];
            return Err(fault(*range, "nested too deep"));
        }
    }
    match stack.pop() {
        None => Ok(parts),
        Some((_, Open::If(_, _, range))) => Err(fault(range, "`if` without `endif`")),
        Some((_, Open::For(_, _, _, range))) => Err(fault(range, "`for` without `endfor`")),
    }
}
