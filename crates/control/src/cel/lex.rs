//! Text to tokens.

use std::ops::Range;
use std::sync::Arc;

use super::SyntaxError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(Arc<str>),
    /// A name in backticks, only good as a field.
    Quoted(Arc<str>),
    Int(u64),
    Uint(u64),
    Double(f64),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    Symbol(&'static str),
    End,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
    "[", "]", "{", "}",
];

pub(super) fn lex(text: &str) -> Result<Vec<(Token, Range<usize>)>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let (token, span) = lexer.next()?;
        let end = token == Token::End;
        tokens.push((token, span));
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, start: usize, message: impl Into<String>) -> Result<T, SyntaxError> {
        let end = self.text[start..].char_indices().nth(1).map_or(self.text.len(), |(i, _)| start + i);
        Err(SyntaxError { span: start..end.max(self.at.min(self.text.len())), message: message.into() })
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn next(&mut self) -> Result<(Token, Range<usize>), SyntaxError> {
        self.skip_blank();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok((Token::End, start..start)) };
        let token = if let Some(token) = self.string()? {
            token
        } else if first.is_ascii_digit()
            || (first == '.' && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            self.number()?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = self
                .rest()
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(self.rest().len());
            self.at += length;
            Token::Name(Arc::from(&self.text[start..self.at]))
        } else if first == '`' {
            let Some(length) = self.rest()[1..].find('`') else {
                return self.fail(start, "a quoted name does not end");
            };
            self.at += length + 2;
            Token::Quoted(Arc::from(&self.text[start + 1..self.at - 1]))
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.rest().starts_with(symbol)) {
            self.at += symbol.len();
            Token::Symbol(symbol)
        } else {
            return self.fail(start, format!("`{}` means nothing here", first.escape_default()));
        };
        Ok((token, start..self.at))
    }

    fn number(&mut self) -> Result<Token, SyntaxError> {
        let start = self.at;
        let rest = self.rest();
        if rest.starts_with("0x") || rest.starts_with("0X") {
            let digits = rest[2..].bytes().take_while(u8::is_ascii_hexdigit).count();
            let value = u64::from_str_radix(&rest[2..2 + digits], 16);
            self.at += 2 + digits;
            return self.whole(start, value.ok());
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(rest);
        let mut double = false;
        if rest[length..].starts_with('.') && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit()) {
            double = true;
            length += 1 + digits(&rest[length + 1..]);
        }
        if rest[length..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
            let exponent = digits(&rest[length + 1 + sign..]);
            if exponent > 0 {
                double = true;
                length += 1 + sign + exponent;
            }
        }
        let text = &rest[..length];
        if double {
            let value: Option<f64> = text.parse().ok();
            self.at += length;
            return value.map_or_else(|| self.fail(start, "no number"), |value| Ok(Token::Double(value)));
        }
        let value = text.parse().ok();
        self.at += length;
        self.whole(start, value)
    }

    fn whole(&mut self, start: usize, value: Option<u64>) -> Result<Token, SyntaxError> {
        let Some(value) = value else { return self.fail(start, "the number is too large") };
        if self.rest().starts_with(['u', 'U']) {
            self.at += 1;
            return Ok(Token::Uint(value));
        }
        Ok(Token::Int(value))
    }

    /// A text or bytes literal, if one stands here.
    fn string(&mut self) -> Result<Option<Token>, SyntaxError> {
        let start = self.at;
        let rest = self.rest();
        let prefix: usize = rest.bytes().take_while(|b| b"rRbB".contains(b)).count().min(2);
        let marks = rest[..prefix].to_ascii_lowercase();
        if !rest[prefix..].starts_with(['"', '\'']) || matches!(marks.as_str(), "rr" | "bb") {
            return Ok(None);
        }
        let (raw, bytes) = (marks.contains('r'), marks.contains('b'));
        let quote = &rest[prefix..=prefix];
        let triple = quote.repeat(3);
        let (quote, long) =
            if rest[prefix..].starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
        self.at += prefix + quote.len();
        let quote = quote.to_owned();
        let mut text = Vec::new();
        loop {
            let Some(next) = self.rest().chars().next() else {
                return self.fail(start, "a text does not end");
            };
            if self.rest().starts_with(&quote) {
                self.at += quote.len();
                break;
            }
            match next {
                '\\' if !raw => self.escape(bytes, &mut text)?,
                '\n' | '\r' if !long => return self.fail(start, "a text does not end on its line"),
                _ => {
                    text.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
                    self.at += next.len_utf8();
                }
            }
        }
        if bytes {
            return Ok(Some(Token::Bytes(Arc::from(text))));
        }
        match String::from_utf8(text) {
            Ok(text) => Ok(Some(Token::Text(Arc::from(text)))),
            Err(_) => self.fail(start, "the text is not UTF-8"),
        }
    }

    fn escape(&mut self, bytes: bool, text: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let start = self.at;
        let Some(letter) = self.rest()[1..].chars().next() else {
            return self.fail(start, "a text does not end");
        };
        let simple = match letter {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' | '\'' | '"' | '`' | '?' => letter as u8,
            _ => 0,
        };
        if simple != 0 {
            text.push(simple);
            self.at += 2;
            return Ok(());
        }
        let (skip, count, radix) = match letter {
            'x' | 'X' => (2, 2, 16),
            'u' if !bytes => (2, 4, 16),
            'U' if !bytes => (2, 8, 16),
            '0'..='3' => (1, 3, 8),
            _ => return self.fail(start, "an escape that the language does not know"),
        };
        let code = self
            .rest()
            .get(skip..skip + count)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(code) = code.and_then(|digits| u32::from_str_radix(digits, radix).ok()) else {
            return self.fail(start, "an escape with too few digits");
        };
        self.at += skip + count;
        if bytes {
            text.push(code as u8);
            return Ok(());
        }
        match char::from_u32(code) {
            Some(character) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None => return self.fail(start, "an escape that is no character"),
        }
        Ok(())
    }
}
