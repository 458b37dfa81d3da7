//! Text made safe for the place it goes to.
//!
//! Names, addresses, messages, paths and source lines come out of templates, so an attacker may have
//! written any of them. Each function here is for one target and takes raw text.
//!
//! Invariant: what any of them returns holds no control character (but the line ends that
//! [`block`] and its kin keep), no character that reorders text and none that cannot be seen.

use std::borrow::Cow;
use std::str::Chars;

use unicode_width::UnicodeWidthChar;

/// What a tab in source text is shown as.
pub const TAB: &str = "    ";

/// Limit: combining marks on one character that are shown. Text in use seldom stacks more than four; a
/// longer pile is there to paint over the lines around it.
const MARKS_LIMIT: u8 = 4;

/// One character, as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The character itself.
    Plain(char),
    /// A character that could move, hide or reorder what stands around it, or give an order to a CI
    /// system: it is told by its number.
    Number(char),
}

impl Piece {
    /// Adds the character to a text, a dangerous one as `\u{…}`.
    pub fn push_to(self, out: &mut String) {
        match self {
            Piece::Plain(c) => out.push(c),
            Piece::Number(c) => out.extend(c.escape_unicode()),
        }
    }

    /// Columns that the character takes as it is shown.
    pub fn width(self) -> usize {
        match self {
            Piece::Plain(c) if c.is_ascii() => 1,
            Piece::Plain(c) => c.width().unwrap_or(0),
            Piece::Number(c) => c.escape_unicode().len(),
        }
    }
}

/// The characters of a text, each with whether it may be shown.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    chars: Chars<'a>,
    hashes: u8,
    marks: u8,
}

/// The characters of a text, each with whether it may be shown.
pub fn pieces(text: &str) -> Pieces<'_> {
    Pieces { chars: text.chars(), hashes: 0, marks: 0 }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let c = self.chars.next()?;
        if self.hashes == 0 && (' '..='~').contains(&c) && c != '#' {
            self.marks = 0;
            return Some(Piece::Plain(c));
        }
        // `##[error]`, `##vso[task.setvariable]` and `##teamcity[…]` are orders to a CI system
        // wherever in a line they stand, so the bracket that completes one is never written.
        let is_order = c == '[' && self.hashes == 2;
        self.hashes = match c {
            '#' => (self.hashes + 1).min(2),
            _ if c.is_ascii_alphabetic() && self.hashes == 2 => 2,
            _ => 0,
        };
        self.marks = if c.width() == Some(0) { self.marks.saturating_add(1) } else { 0 };
        let is_plain = !is_order && !is_hidden(c) && self.marks <= MARKS_LIMIT;
        Some(if is_plain { Piece::Plain(c) } else { Piece::Number(c) })
    }
}

/// Whether a character is a control, reorders text, ends a line, or cannot be seen.
///
/// These are the categories Cc, Cf, Zl and Zp of Unicode 16, the characters with the property
/// `Default_Ignorable_Code_Point`, and the noncharacters.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text is printable ASCII in which nothing has to be told by number: most are, and are copied whole.
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| (0x20..0x7f).contains(byte)) && !bytes.windows(2).any(|pair| pair == b"##")
}

/// One line of text for a terminal or a log: tabs and line ends in it are told by number too.
pub fn line(text: &str) -> Cow<'_, str> {
    if is_clean(text) || pieces(text).all(|piece| matches!(piece, Piece::Plain(_))) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for piece in pieces(text) {
        piece.push_to(&mut out);
    }
    Cow::Owned(out)
}

/// Several lines of text, such as code: line ends stay, as `\n`, and a tab is four spaces.
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, row) in text.lines().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for piece in pieces(row) {
            match piece {
                Piece::Number('\t') => out.push_str(TAB),
                _ => piece.push_to(&mut out),
            }
        }
    }
    out
}

/// One line of text inside an HTML element or a quoted attribute.
pub fn html(text: &str) -> String {
    entities(&line(text))
}

/// Several lines of text inside an HTML element, or inside one in Markdown.
///
/// A GitHub runner takes a line that begins with `::`, spaces aside, for a command, so none does.
pub fn html_block(text: &str) -> String {
    let rows: Vec<String> = block(text).split('\n').map(html_row).collect();
    rows.join("\n")
}

fn html_row(row: &str) -> String {
    let start = row.trim_start();
    let indent = &row[..row.len() - start.len()];
    match start.strip_prefix("::") {
        Some(rest) => format!("{indent}&#58;:{}", entities(rest)),
        None => entities(row),
    }
}

/// One line of text inside an XML 1.0 element or a quoted attribute.
///
/// The characters that XML forbids even as references are among those that [`line`] tells by number.
pub fn xml(text: &str) -> String {
    entities(&line(text))
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            _ => out.push(c),
        }
    }
    out
}

/// One line of text as prose in Markdown, in a table too.
///
/// GitHub and GitLab look for mentions, issue numbers and addresses in the text that Markdown has
/// already been turned into, where a backslash is gone; a zero-width space, written as a reference,
/// keeps them apart.
pub fn markdown(text: &str) -> String {
    let text = line(text);
    let mut out = String::with_capacity(text.len() * 2);
    let mut chars = text.chars().peekable();
    let mut letters_w = 0_u32;
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            '`' => out.push_str("&#96;"),
            '@' => out.push_str("@&#8203;"),
            '#' => out.push_str("\\#&#8203;"),
            ':' if chars.peek() == Some(&'/') => out.push_str("\\:&#8203;"),
            '.' if letters_w >= 3 => out.push_str("\\.&#8203;"),
            ',' | ';' | '\'' | '"' | '%' | '?' | '/' => out.push(c),
            _ if c.is_ascii_punctuation() => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        letters_w = if c.eq_ignore_ascii_case(&'w') { letters_w + 1 } else { 0 };
    }
    out
}

/// One line of text as code in Markdown.
///
/// An element, not backticks: no text can end it, and entities and table cells work inside.
pub fn markdown_code(text: &str) -> String {
    format!("<code>{}</code>", markdown(text))
}

/// Prose in which pairs of backticks mark code, for HTML and for Markdown; each part goes through `escape`.
pub fn with_code(text: &str, escape: fn(&str) -> String) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (index, part) in parts.iter().enumerate() {
        let is_code = index % 2 == 1;
        if is_code && index + 1 < parts.len() {
            out.push_str("<code>");
            out.push_str(&escape(part));
            out.push_str("</code>");
        } else {
            if is_code {
                out.push_str(&escape("`"));
            }
            out.push_str(&escape(part));
        }
    }
    out
}

/// The message of a GitHub workflow command.
///
/// A runner reads a command where a line begins; a message has no line end, so it cannot start one.
pub fn github_message(text: &str) -> String {
    github(&line(text), false)
}

/// A property of a GitHub workflow command.
pub fn github_property(text: &str) -> String {
    github(&line(text), true)
}

fn github(text: &str, is_property: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' if is_property => out.push_str("%3A"),
            ',' if is_property => out.push_str("%2C"),
            _ => out.push(c),
        }
    }
    out
}

/// One cell of a table that a spreadsheet may open: quoted for CSV where it needs to be, and with an
/// apostrophe before a text that a spreadsheet would run as a formula.
///
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let text = line(text);
    let guard = if is_formula { "'" } else { "" };
    if text.contains([',', ';', '"', '\'']) || is_formula {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

/// Adds a JSON string with its quotes. A reader gets the text exactly as it was; dangerous
/// characters are written as escapes, so that the document can be printed.
pub fn push_json(text: &str, out: &mut String) {
    out.push('"');
    if is_clean(text) && !text.bytes().any(|byte| matches!(byte, b'"' | b'\\')) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for piece in pieces(text) {
        match piece {
            Piece::Plain('"') => out.push_str("\\\""),
            Piece::Plain('\\') => out.push_str("\\\\"),
            Piece::Plain(c) => out.push(c),
            Piece::Number('\n') => out.push_str("\\n"),
            Piece::Number('\t') => out.push_str("\\t"),
            Piece::Number('\r') => out.push_str("\\r"),
            Piece::Number(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    push_json_unit(*unit, out);
                }
            }
        }
    }
    out.push('"');
}

fn push_json_unit(unit: u16, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        push_digit(u32::from(unit >> shift), out);
    }
}

/// Adds the last hexadecimal digit of a number.
fn push_digit(number: u32, out: &mut String) {
    out.push(char::from_digit(number & 0xf, 16).unwrap_or('0'));
}

/// A path as a URI reference, with `/` between its parts.
pub fn uri_path(path: &str) -> String {
    encode(path, b"-._~/")
}

/// The address of a web page, where it is one that may be linked: `https`, and nothing that could
/// leave the attribute or the parentheses it is put in.
pub fn web_address(text: &str) -> Option<String> {
    text.starts_with("https://").then(|| encode(text, b"-._~:/?#@!$&*+,;=%"))
}

fn encode(text: &str, plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            push_upper_hex(byte, &mut out);
        }
    }
    out
}

fn push_upper_hex(byte: u8, out: &mut String) {
    for number in [byte >> 4, byte] {
        let digit = char::from_digit(u32::from(number & 0xf), 16).unwrap_or('0');
        out.push(digit.to_ascii_uppercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_safe() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let shown = line(&text);
            assert!(!shown.chars().any(is_hidden), "{shown}");
            let is_xml = matches!(c, ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            assert!(is_xml || shown != text, "XML forbids {shown}");
        }
    }

    #[test]
    fn controls_and_bidi_are_told_by_number() {
        let text = "a\u{1b}[31mb\u{202e}c\u{200b}\td\n";
        assert_eq!(line(text), "a\\u{1b}[31mb\\u{202e}c\\u{200b}\\u{9}d\\u{a}");
        assert_eq!(line("plain ünïcödé 漢字"), "plain ünïcödé 漢字");
        assert_eq!(block("a\tb\r\nc\rd"), "a    b\nc\\u{d}d");
    }

    #[test]
    fn a_pile_of_marks_is_cut_short() {
        assert_eq!(line("e\u{301}"), "e\u{301}");
        let pile = "\u{301}".repeat(4);
        assert_eq!(line(&format!("e{pile}\u{301}x")), format!("e{pile}\\u{{301}}x"));
    }

    #[test]
    fn ci_orders_inside_a_line_are_broken() {
        assert_eq!(line("x ##[error]y"), "x ##\\u{5b}error]y");
        assert_eq!(line("##vso[task.complete]"), "##vso\\u{5b}task.complete]");
        assert_eq!(line("# [a] #[b] a[0]"), "# [a] #[b] a[0]");
    }

    #[test]
    fn html_and_xml_lose_their_markup() {
        assert_eq!(html("<a b='c' d=\"e\">&`"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;&#96;");
        assert_eq!(xml("]]>\0"), "]]&gt;\\u{0}");
        assert_eq!(html_block("<a>\n\tb"), "&lt;a&gt;\n    b");
        assert_eq!(html_block("a\n ::error::b"), "a\n &#58;:error::b");
    }

    #[test]
    fn markdown_is_only_text() {
        assert_eq!(markdown("*a* [b](c) | `d`"), "\\*a\\* \\[b\\]\\(c\\) &#124; &#96;d&#96;");
        assert_eq!(markdown("https://a.b"), "https\\:&#8203;//a\\.b");
        assert_eq!(markdown("www.a.b"), "www\\.&#8203;a\\.b");
        assert_eq!(markdown("@all #1"), "@&#8203;all \\#&#8203;1");
        assert_eq!(markdown("\\|"), "\\\\&#124;");
        assert_eq!(markdown_code("a_b"), "<code>a\\_b</code>");
    }

    #[test]
    fn backticks_in_pairs_are_code() {
        assert_eq!(with_code("a `<b>` c", html), "a <code>&lt;b&gt;</code> c");
        assert_eq!(with_code("a `b", html), "a &#96;b");
        assert_eq!(with_code("`a``b`", html), "<code>a</code><code>b</code>");
    }

    #[test]
    fn workflow_commands_cannot_be_left() {
        assert_eq!(github_message("a%0A\n::error::b"), "a%250A\\u{a}::error::b");
        assert_eq!(github_property("a,b:c%"), "a%2Cb%3Ac%25");
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("\tx"), "\"'\\u{9}x\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
        assert_eq!(cell("plain"), "plain");
    }

    #[test]
    fn json_keeps_the_text() {
        let text = "a\"b\\c\n\u{1b}\u{202e}\u{e0041}##[x]";
        let mut out = String::new();
        push_json(text, &mut out);
        assert_eq!(out, "\"a\\\"b\\\\c\\n\\u001b\\u202e\\udb40\\udc41##\\u005bx]\"");
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(uri_path("a b/c:d/ü.yaml"), "a%20b/c%3Ad/%C3%BC.yaml");
        assert_eq!(web_address("https://x/a(b)\"c"), Some("https://x/a%28b%29%22c".to_owned()));
        assert_eq!(web_address("javascript:alert(1)"), None);
    }
}
