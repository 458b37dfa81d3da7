//! Protocol buffers' text format, read without a schema.
//!
//! The grammar is that of <https://protobuf.dev/reference/protobuf/textformat-spec/>.
//! Whether a word is a number, a truth value or an enum's name only its reader knows, so words stay as they are
//! written until they are asked for. A list of values is so many fields of one name, as the format has it.

use anyhow::{Result, bail, ensure};

// Limit: messages within messages. CEL's tests go to about 25; each level takes a few stack frames.
const DEPTH_MAX: usize = 100;

/// A message: its fields in order. The name of an extension or of an `Any` is what stands in the brackets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message {
    pub(crate) fields: Vec<(String, Value)>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A text in quotes, adjacent ones joined. It need not be UTF-8.
    Text(Vec<u8>),
    /// A number or a name, with its sign.
    Word(String),
    /// A message.
    Message(Message),
}

/// Reads a file's text.
pub(crate) fn read(text: &str) -> Result<Message> {
    Reader { text, at: 0, depth: 0 }.message(None)
}

impl Message {
    /// The first field of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text of a field.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// Every message of a name.
    pub(crate) fn messages(&self, name: &str) -> impl Iterator<Item = &Message> {
        self.fields.iter().filter(move |(known, _)| known == name).filter_map(|(_, value)| value.message())
    }
}

impl Value {
    /// The message, if it is one.
    pub(crate) fn message(&self) -> Option<&Message> {
        if let Value::Message(message) = self { Some(message) } else { None }
    }

    /// The bytes of a text.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        if let Value::Text(bytes) = self { Some(bytes) } else { None }
    }

    /// The text, if it is one and UTF-8.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// The truth value, if it is one.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self.word()? {
            "true" | "True" | "t" | "1" => Some(true),
            "false" | "False" | "f" | "0" => Some(false),
            _ => None,
        }
    }

    /// The whole number, if it is one within 64 bits.
    pub(crate) fn int(&self) -> Option<i64> {
        i64::try_from(self.whole()?).ok()
    }

    /// The whole number without a sign, if it is one within 64 bits.
    pub(crate) fn uint(&self) -> Option<u64> {
        u64::try_from(self.whole()?).ok()
    }

    /// The floating-point number, if it is one; `inf`, `infinity` and `nan` in any case are.
    pub(crate) fn double(&self) -> Option<f64> {
        let word = self.word()?;
        // A float may carry an `f` at its end, but `inf` is to be tried whole first.
        word.parse().ok().or_else(|| word.strip_suffix(['f', 'F'])?.parse().ok())
    }

    fn word(&self) -> Option<&str> {
        if let Value::Word(word) = self { Some(word) } else { None }
    }

    /// A decimal, hexadecimal (`0x1f`) or octal (`017`) number.
    fn whole(&self) -> Option<i128> {
        let word = self.word()?;
        let (sign, size) = word.strip_prefix('-').map_or((1, word), |size| (-1, size));
        let hexadecimal = size.strip_prefix("0x").or_else(|| size.strip_prefix("0X"));
        let octal = size.strip_prefix('0').filter(|digits| !digits.is_empty());
        let (digits, radix) = match (hexadecimal, octal) {
            (Some(digits), _) => (digits, 16),
            (None, Some(digits)) => (digits, 8),
            (None, None) => (size, 10),
        };
        // The conversion would take a second sign.
        if digits.starts_with(['+', '-']) {
            return None;
        }
        i128::from_str_radix(digits, radix).ok().map(|size| sign * size)
    }
}

/// Invariant: outside a text `at` is at a character's boundary, because only whole characters are stepped over.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn fail<T>(&self, what: &str) -> Result<T> {
        let line = self.text.bytes().take(self.at).filter(|byte| *byte == b'\n').count() + 1;
        bail!("line {line}: {what}")
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Skips white space and comments.
    fn blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                _ => return,
            }
        }
    }

    /// The fields up to the sign that ends the message, or to the end of the file.
    fn message(&mut self, end: Option<u8>) -> Result<Message> {
        ensure!(self.depth < DEPTH_MAX, "messages are nested deeper than {DEPTH_MAX} levels");
        self.depth += 1;
        let mut message = Message::default();
        loop {
            self.blank();
            match (self.peek(), end) {
                (None, None) => break,
                (None, Some(_)) => return self.fail("a message does not end"),
                (Some(byte), Some(end)) if byte == end => {
                    self.at += 1;
                    break;
                }
                _ => {}
            }
            let name = self.name()?;
            self.blank();
            let colon = self.take(b':');
            self.blank();
            if self.take(b'[') {
                self.list(&name, &mut message.fields)?;
            } else {
                let value = self.value(colon)?;
                message.fields.push((name, value));
            }
            self.blank();
            if !self.take(b',') {
                self.take(b';');
            }
        }
        self.depth -= 1;
        Ok(message)
    }

    fn name(&mut self) -> Result<String> {
        if self.take(b'[') {
            let text: &'t str = self.text;
            let Some(length) = text[self.at..].find(']') else {
                return self.fail("a name in brackets does not end");
            };
            let name = text[self.at..self.at + length].trim();
            self.at += length + 1;
            return Ok(name.to_owned());
        }
        let name = self.word();
        if name.is_empty() {
            return self.fail("expected a field's name");
        }
        Ok(name.to_owned())
    }

    /// The characters of a name or number, perhaps none.
    fn word(&mut self) -> &'t str {
        let text: &'t str = self.text;
        let rest = &text[self.at..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// The values of a list after its bracket, each a field of its own.
    fn list(&mut self, name: &str, fields: &mut Vec<(String, Value)>) -> Result<()> {
        loop {
            self.blank();
            if self.take(b']') {
                return Ok(());
            }
            let value = self.value(true)?;
            fields.push((name.to_owned(), value));
            self.blank();
            if !self.take(b',') && self.peek() != Some(b']') {
                return self.fail("expected `,` or `]`");
            }
        }
    }

    /// A value; only a message can do without the colon.
    fn value(&mut self, colon: bool) -> Result<Value> {
        if self.take(b'{') {
            return self.message(Some(b'}')).map(Value::Message);
        }
        if self.take(b'<') {
            return self.message(Some(b'>')).map(Value::Message);
        }
        if !colon {
            return self.fail("expected `:` or a message");
        }
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            let mut bytes = Vec::new();
            while let Some(quote @ (b'"' | b'\'')) = self.peek() {
                self.at += 1;
                self.string(quote, &mut bytes)?;
                self.blank();
            }
            return Ok(Value::Text(bytes));
        }
        let minus = self.take(b'-');
        if minus {
            self.blank();
        }
        let word = self.word();
        if word.is_empty() {
            return self.fail("expected a value");
        }
        Ok(Value::Word(format!("{}{word}", if minus { "-" } else { "" })))
    }

    /// The bytes of a text up to its quote.
    fn string(&mut self, quote: u8, bytes: &mut Vec<u8>) -> Result<()> {
        loop {
            match self.peek() {
                None => return self.fail("a text does not end"),
                Some(b'\n') => return self.fail("a text does not end on its line"),
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(bytes)?;
                }
                Some(byte) => {
                    self.at += 1;
                    if byte == quote {
                        return Ok(());
                    }
                    bytes.push(byte);
                }
            }
        }
    }

    /// What stands after a backslash.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        if let Some(code) = self.digits(8, 1, 3) {
            let Ok(byte) = u8::try_from(code) else { return self.fail("an octal escape beyond `\\377`") };
            bytes.push(byte);
            return Ok(());
        }
        let Some(letter) = self.peek() else { return self.fail("a text does not end") };
        self.at += 1;
        let byte = match letter {
            b'a' => 0x07,
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'r' => b'\r',
            b'?' | b'\\' | b'\'' | b'"' => letter,
            b'x' | b'X' => match self.digits(16, 1, 2) {
                // Two digits fit a byte.
                Some(code) => code as u8,
                None => return self.fail("an escape with too few digits"),
            },
            b'u' | b'U' => {
                let character = self.character(if letter == b'u' { 4 } else { 8 })?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return self.fail("an escape that the format does not know"),
        };
        bytes.push(byte);
        Ok(())
    }

    /// A character by its number; in four digits it may be a pair of UTF-16.
    fn character(&mut self, count: usize) -> Result<char> {
        let Some(mut code) = self.digits(16, count, count) else {
            return self.fail("an escape with too few digits");
        };
        if (0xd800..0xdc00).contains(&code) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            match self.digits(16, 4, 4) {
                Some(low) if (0xdc00..0xe000).contains(&low) => {
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                _ => return self.fail("half a character"),
            }
        }
        match char::from_u32(code) {
            Some(character) => Ok(character),
            None => self.fail("an escape that is no character"),
        }
    }

    /// A number of so many digits, if it stands here.
    fn digits(&mut self, radix: u32, least: usize, most: usize) -> Option<u32> {
        let text: &'t str = self.text;
        let rest = text.as_bytes().get(self.at..)?;
        let count = rest.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count();
        if count < least {
            return None;
        }
        let code = u32::from_str_radix(text.get(self.at..self.at + count)?, radix).ok()?;
        self.at += count;
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Value {
        let message = read(text).unwrap();
        assert_eq!(message.fields.len(), 1, "{text}");
        message.fields[0].1.clone()
    }

    fn word(text: &str) -> Value {
        Value::Word(text.to_owned())
    }

    #[test]
    fn messages_nest_with_either_bracket_and_with_or_without_a_colon() {
        let message = read("a { b: < c: 1 > d <> } a: { e: X; f: Y, } # the end").unwrap();
        let first = message.get("a").and_then(Value::message).unwrap();
        let inner = first.get("b").and_then(Value::message).unwrap();
        assert_eq!(inner.get("c"), Some(&word("1")));
        assert_eq!(first.get("d"), Some(&Value::Message(Message::default())));
        let second = message.messages("a").nth(1).unwrap();
        assert_eq!((second.get("e"), second.get("f")), (Some(&word("X")), Some(&word("Y"))));
        assert_eq!(message.get("c"), None);
    }

    #[test]
    fn a_list_is_a_field_repeated() {
        let long = read("a: 1 a: 2 a: -3").unwrap();
        assert_eq!(read("a: [1, 2, # two\n - 3]").unwrap(), long);
        assert_eq!(read("m { x: 1 } m { x: 2 }").unwrap(), read("m [{ x: 1 }, < x: 2 >]").unwrap());
        assert_eq!(read("a: []").unwrap(), Message::default());
    }

    #[test]
    fn the_name_of_an_any_is_its_type() {
        let message = read("v { [type.googleapis.com/google.protobuf.Duration] { seconds: 123 } }").unwrap();
        let any = message.messages("v").next().unwrap();
        let (name, value) = &any.fields[0];
        assert_eq!(name, "type.googleapis.com/google.protobuf.Duration");
        assert_eq!(value.message().and_then(|inner| inner.get("seconds")).and_then(Value::int), Some(123));
    }

    #[test]
    fn texts_with_escapes() {
        let cases: [(&str, &[u8]); 9] = [
            (r#"s: "it's""#, b"it's"),
            (r#"s: '"' "#, b"\""),
            (r#"s: "\a\b\f\n\r\t\v\?\\\'\"""#, b"\x07\x08\x0c\n\r\t\x0b?\\'\""),
            (r#"s: "\0\12\3778""#, b"\0\n\xff8"),
            (r#"s: "\x4\X4aF""#, b"\x04JF"),
            (r#"s: "\u00ff\U0001f431""#, "\u{ff}\u{1f431}".as_bytes()),
            (r#"s: "\ud83d\udc31""#, "\u{1f431}".as_bytes()),
            ("s: \"é\" # one\n 'b'\"\"\n  'c'", "ébc".as_bytes()),
            ("s: ''", b""),
        ];
        for (text, bytes) in cases {
            assert_eq!(one(text).bytes(), Some(bytes), "{text}");
        }
        assert_eq!(one(r#"s: "\xff""#).text(), None);
        assert_eq!(one("s: 'a'").text(), Some("a"));
    }

    #[test]
    fn words_are_what_they_are_asked_for() {
        assert_eq!(one("n: -9223372036854775808").int(), Some(i64::MIN));
        assert_eq!(one("n: - 5").int(), Some(-5));
        assert_eq!(one("n: 0x1F").int(), Some(31));
        assert_eq!(one("n: 017").int(), Some(15));
        assert_eq!(one("n: 0").uint(), Some(0));
        assert_eq!(one("n: 18446744073709551615").uint(), Some(u64::MAX));
        assert_eq!(one("n: 18446744073709551615").int(), None);
        assert_eq!(one("n: -1").uint(), None);
        assert_eq!(one("n: 1.5").int(), None);
        for (text, number) in [("1", 1.0), ("-1.5e3", -1500.0), ("2.5f", 2.5), ("-inf", f64::NEG_INFINITY)] {
            assert_eq!(one(&format!("n: {text}")).double(), Some(number), "{text}");
        }
        assert_eq!(one("n: Infinity").double(), Some(f64::INFINITY));
        assert!(one("n: nan").double().unwrap().is_nan());
        assert!(one("n: -0.0").double().unwrap().is_sign_negative());
        assert_eq!(one("b: true").bool(), Some(true));
        assert_eq!(one("b: f").bool(), Some(false));
        assert_eq!(one("b: 2").bool(), None);
        assert_eq!(one("e: NULL_VALUE"), word("NULL_VALUE"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let deep = "a {".repeat(DEPTH_MAX + 1);
        for (text, message) in [
            ("a {\n b: 1\n", "line 3: a message does not end"),
            ("a: {\n>", "line 2: expected a field's name"),
            ("a\n1", "line 2: expected `:` or a message"),
            ("a:\n\n}", "line 3: expected a value"),
            ("a: [1 2]", "line 1: expected `,` or `]`"),
            ("a: 'b", "line 1: a text does not end"),
            ("a: 'b\n'", "line 1: a text does not end on its line"),
            (r"a: '\q'", "line 1: an escape that the format does not know"),
            (r"a: '\400'", r"line 1: an octal escape beyond `\377`"),
            (r"a: '\u12'", "line 1: an escape with too few digits"),
            (r"a: '\ud800'", "line 1: an escape that is no character"),
            ("[a.b: 1", "line 1: a name in brackets does not end"),
            (deep.as_str(), "messages are nested deeper than 100 levels"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
