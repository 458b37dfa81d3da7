//! `format` and `formatlist`.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/format>

use std::sync::Arc;

use super::text::{changed, letters};
use super::{Context, ELEMENTS_MAX, TEXT_BYTES_MAX, absence, is_settled, perhaps};
use crate::eval::Result;
use crate::value::{Kind, Node, Part, Value, as_string, join, json_parts, number, parts};

// Limit: the width or precision that a verb asks for.
const WIDTH_MAX: usize = 100_000;

/// A piece of a specification.
enum Piece<'s> {
    Text(&'s str),
    Verb(Verb<'s>),
}

/// What a `%` begins.
#[derive(Default)]
struct Verb<'s> {
    /// As it is written.
    raw: &'s str,
    letter: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    /// Which argument, counted from 1.
    argument: usize,
}

/// Reads a specification; `Err` says what is wrong with it.
fn pieces(spec: &str) -> std::result::Result<Vec<Piece<'_>>, String> {
    let mut found = Vec::new();
    let mut rest = spec;
    let mut next = 1;
    while let Some(at) = rest.find('%') {
        if at > 0 {
            found.push(Piece::Text(&rest[..at]));
        }
        let (verb, length) = verb(&rest[at..], next)?;
        if verb.letter == '%' {
            found.push(Piece::Text("%"));
        } else {
            next = verb.argument + 1;
            found.push(Piece::Verb(verb));
        }
        rest = &rest[at + length..];
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    Ok(found)
}

/// A verb at the start of a text, and its length.
fn verb(text: &str, next: usize) -> std::result::Result<(Verb<'_>, usize), String> {
    let bytes = text.as_bytes();
    let mut verb = Verb { argument: next, ..Verb::default() };
    let mut at = 1;
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'0' => verb.zero = true,
            b'#' => verb.sharp = true,
            b'+' => verb.plus = true,
            b'-' => verb.minus = true,
            b' ' => verb.space = true,
            _ => break,
        }
        at += 1;
    }
    let number = |at: &mut usize| -> std::result::Result<Option<usize>, String> {
        let start = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        if start == *at {
            return Ok(None);
        }
        match text[start..*at].parse() {
            Ok(number) if number <= WIDTH_MAX => Ok(Some(number)),
            _ => Err(format!("`{}` asks for more than {WIDTH_MAX}", &text[..*at])),
        }
    };
    verb.width = number(&mut at)?;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        verb.precision = number(&mut at)?;
        if verb.precision.is_none() {
            return Err(format!("`{}` has a point without a precision", &text[..at]));
        }
    }
    if bytes.get(at) == Some(&b'[') {
        at += 1;
        match number(&mut at)? {
            Some(argument) if argument > 0 && bytes.get(at) == Some(&b']') => verb.argument = argument,
            _ => return Err("a format's `[` holds the number of an argument".to_owned()),
        }
        at += 1;
    }
    match text[at..].chars().next() {
        Some(letter) => {
            verb.letter = letter;
            at += letter.len_utf8();
            verb.raw = &text[..at];
            Ok((verb, at))
        }
        None => Err("a format ends in the middle of a verb".to_owned()),
    }
}

pub(super) fn format(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[..1]) {
        return Ok(unknown);
    }
    let spec = context.text(&arguments[0])?;
    let pieces = pieces(&spec).map_err(|message| context.fault(message))?;
    Ok(join(formatted(context, &pieces, &arguments[1..])?))
}

fn formatted(context: &Context, pieces: &[Piece], values: &[Node]) -> Result<Vec<Part>> {
    let mut out = Vec::new();
    let mut used = 0;
    let mut bytes = 0usize;
    for piece in pieces {
        let verb = match piece {
            Piece::Text(text) => {
                out.push(Part::Known(Arc::from(*text)));
                continue;
            }
            Piece::Verb(verb) => verb,
        };
        used = used.max(verb.argument);
        let Some(node) = values.get(verb.argument - 1) else {
            let message =
                format!("`{}` needs argument {}, and there are {}", verb.raw, verb.argument, values.len());
            return Err(context.fault(message));
        };
        let made = verb
            .apply(&node.value)
            .map_err(|why| context.fault(format!("`{}` of a format: {why}", verb.raw)))?;
        bytes +=
            made.iter().map(|part| if let Part::Known(text) = part { text.len() } else { 0 }).sum::<usize>();
        if bytes > TEXT_BYTES_MAX {
            return Err(context.too_long());
        }
        out.extend(made);
    }
    if used < values.len() {
        return Err(context.fault(format!("the format uses {used} of {} arguments", values.len())));
    }
    Ok(out)
}

impl Verb<'_> {
    fn apply(&self, value: &Value) -> std::result::Result<Vec<Part>, String> {
        if !"vtbdoxXeEfgGsq".contains(self.letter) {
            return Err("there is no such verb".to_owned());
        }
        if value.is_null() && self.letter != 'v' {
            return Err("the value is null".to_owned());
        }
        if let Some(unknown) = value.first_unknown() {
            // Without a width or the like, a text stands as it is, holes and all.
            let bare = self.width.is_none() && self.precision.is_none();
            let made = match (self.letter, value) {
                ('s', Value::List(_) | Value::Map(_)) => {
                    return Err(format!("{} is no string", value.noun()));
                }
                ('v', Value::List(_) | Value::Map(_)) if bare => {
                    let mut out = Vec::new();
                    json_parts(value, &mut out);
                    Some(out)
                }
                ('s', _) if bare => parts(value),
                ('v', _) if bare && !self.sharp => parts(value),
                _ => None,
            };
            return Ok(made.unwrap_or_else(|| vec![changed(&unknown)]));
        }
        let text = match self.letter {
            'v' => self.pad(&self.as_is(value)?),
            't' => truth(value)?.to_string(),
            's' | 'q' => self.text(value)?,
            _ => self.number(value)?,
        };
        Ok(vec![Part::Known(Arc::from(text))])
    }

    fn as_is(&self, value: &Value) -> std::result::Result<String, String> {
        match value {
            Value::Text(text) if !self.sharp => Ok(text.to_string()),
            Value::Json(_) if !self.sharp => plain(value),
            Value::Int(_) | Value::Double(_) if !self.sharp => {
                Ok(general(number(value).unwrap_or_default(), None))
            }
            other => json(other),
        }
    }

    fn text(&self, value: &Value) -> std::result::Result<String, String> {
        let mut text = plain(value)?;
        if let Some(precision) = self.precision.filter(|precision| *precision > 0) {
            let kept = letters(&text);
            text = kept[..precision.min(kept.len())].concat();
        }
        if self.letter == 'q' {
            text = json(&Value::text(text))?;
        }
        Ok(self.pad(&text))
    }

    /// Fills up to the width, counted in characters.
    fn pad(&self, text: &str) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(letters(text).len());
        let fill = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
    }

    fn number(&self, value: &Value) -> std::result::Result<String, String> {
        let double = match value {
            Value::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            other => number(other),
        };
        let double = double.ok_or_else(|| format!("{} is no number", value.noun()))?;
        let (negative, digits) = match self.letter {
            'b' | 'd' | 'o' | 'x' | 'X' => {
                let whole = whole(value, double).ok_or_else(|| format!("{double} is no whole number"))?;
                (whole < 0, self.digits(whole.unsigned_abs()))
            }
            letter => {
                let size = double.abs();
                let places = self.precision.unwrap_or(6);
                let digits = match letter {
                    'f' => format!("{size:.places$}"),
                    'e' | 'E' => scientific(size, Some(places)),
                    _ => general(size, self.precision),
                };
                (double < 0.0, if letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits })
            }
        };
        let sign = match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        Ok(if self.minus {
            format!("{sign}{digits}{}", " ".repeat(missing))
        } else if self.zero {
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            format!("{}{sign}{digits}", " ".repeat(missing))
        })
    }

    fn digits(&self, whole: u128) -> String {
        let (mut digits, prefix) = match self.letter {
            'b' => (format!("{whole:b}"), "0b"),
            'o' => (format!("{whole:o}"), "0"),
            'x' => (format!("{whole:x}"), "0x"),
            'X' => (format!("{whole:X}"), "0X"),
            _ => (whole.to_string(), ""),
        };
        if let Some(precision) = self.precision {
            digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
        }
        if self.sharp { format!("{prefix}{digits}") } else { digits }
    }
}

fn whole(value: &Value, double: f64) -> Option<i128> {
    match value {
        Value::Int(int) => Some(i128::from(*int)),
        Value::Text(text) if text.parse::<i128>().is_ok() => text.parse().ok(),
        _ => (double.fract() == 0.0 && double.abs() < 1e38).then_some(double as i128),
    }
}

fn plain(value: &Value) -> std::result::Result<String, String> {
    match as_string(value) {
        Some(Value::Text(text)) => Ok(text.to_string()),
        _ => Err(format!("{} is no string", value.noun())),
    }
}

fn json(value: &Value) -> std::result::Result<String, String> {
    let mut out = Vec::new();
    json_parts(value, &mut out);
    plain(&join(out))
}

fn truth(value: &Value) -> std::result::Result<bool, String> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::Text(text) if matches!(&**text, "true" | "1") => Ok(true),
        Value::Text(text) if matches!(&**text, "false" | "0") => Ok(false),
        other => Err(format!("{} is no bool", other.noun())),
    }
}

/// `1.5e+06`: at least two digits of exponent.
fn scientific(size: f64, precision: Option<usize>) -> String {
    let written = match precision {
        Some(precision) => format!("{size:.precision$e}"),
        None => format!("{size:e}"),
    };
    match written.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => written,
    }
}

/// `%g`: scientific for large and small exponents. The precision counts all digits that matter.
fn general(number: f64, precision: Option<usize>) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let (sign, size) = if number < 0.0 { ("-", -number) } else { ("", number) };
    let digits = precision.map(|precision| precision.max(1) - 1);
    let written = scientific(size, digits);
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let without_zeros = |text: &str| {
        let cut = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
        cut.to_owned()
    };
    let limit = precision.map_or(6, |precision| precision.max(1) as i64);
    let body = if exponent < -4 || exponent >= limit {
        let mantissa = without_zeros(mantissa);
        let (mark, digits) = if exponent < 0 { ('-', -exponent) } else { ('+', exponent) };
        format!("{mantissa}e{mark}{digits:02}")
    } else {
        match precision {
            Some(precision) => {
                let places = usize::try_from(precision.max(1) as i64 - 1 - exponent).unwrap_or(0);
                without_zeros(&format!("{size:.places$}"))
            }
            None => format!("{size}"),
        }
    };
    format!("{sign}{body}")
}

/// <https://developer.hashicorp.com/terraform/language/functions/formatlist>
pub(super) fn format_list(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[..1]) {
        return Ok(unknown);
    }
    let spec = context.text(&arguments[0])?;
    let pieces = pieces(&spec).map_err(|message| context.fault(message))?;
    let values = &arguments[1..];
    let lists: Vec<_> = values.iter().filter_map(|node| node.value.as_list()).collect();
    let may_be_list = values.iter().any(|node| match &node.value {
        Value::Unknown(unknown) => matches!(unknown.kind, Kind::Any | Kind::Present | Kind::List),
        _ => false,
    });
    // One list alone may be open: what is made of each of its elements is as sure as that.
    let alone = lists.len() == 1 && !may_be_list;
    if may_be_list || (!alone && !lists.iter().all(|list| is_settled(list))) {
        return context.open(arguments).ok_or_else(|| context.fault("`formatlist` takes whole lists"));
    }
    let count = lists.first().map_or(1, |list| list.items.len());
    if lists.iter().any(|list| list.items.len() != count) {
        return Err(context.fault("`formatlist` takes lists of one length"));
    }
    if count > ELEMENTS_MAX {
        return Err(context.too_long());
    }
    let mut items = Vec::with_capacity(count);
    let mut bytes = 0usize;
    for at in 0..count {
        let mut why = None;
        let row: Vec<Node> = values
            .iter()
            .map(|node| match node.value.as_list() {
                Some(list) => {
                    let item = &list.items[at];
                    why = why.take().or_else(|| absence(item));
                    present(item)
                }
                None => node.clone(),
            })
            .collect();
        let text = join(formatted(context, &pieces, &row)?);
        bytes += text.as_text().map_or(0, str::len);
        if bytes > TEXT_BYTES_MAX {
            return Err(context.too_long());
        }
        let node = Node::new(text, context.span);
        items.push(match why {
            Some(why) => perhaps(&node, &why),
            None => node,
        });
    }
    let rest = match lists.as_slice() {
        [list] if list.rest.is_some() => list.rest.clone(),
        // The order of a set is that of values which are not known.
        [list] if list.set && !is_settled(list) => values.iter().find_map(|node| node.value.first_unknown()),
        _ => None,
    };
    Ok(Value::open_list(items, false, rest))
}

/// An element as it is where it is there.
fn present(node: &Node) -> Node {
    match &node.value {
        Value::Choice(choice) => {
            let there = choice.options.iter().filter(|option| !option.value.is_null()).cloned();
            Node::new(Value::choice(there.collect::<Vec<_>>(), choice.why.clone()), node.span)
        }
        _ => node.clone(),
    }
}
