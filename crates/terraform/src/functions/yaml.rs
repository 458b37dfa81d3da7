//! `yamldecode` and `yamlencode`.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/yamldecode>

use std::sync::Arc;

use document::{Kind as Syntax, Scalar, Tree};
use estate::value::FileId;

use super::Context;
use super::time::Moment;
use crate::eval::Result;
use crate::value::{Kind, Node, Part, Reason, Span, Value, from_double, join, json_parts, show_double};

pub(super) fn decode(context: &Context, arguments: &[Node]) -> Result<Value> {
    // JSON is YAML.
    if let Value::Json(inner) = &arguments[0].value
        && inner.value.is_known()
    {
        let text = context.text(&arguments[0])?;
        return read(context, &text);
    }
    if let Some(unknown) = context.open(arguments) {
        return Ok(unknown);
    }
    let text = context.text(&arguments[0])?;
    read(context, &text)
}

fn read(context: &Context, text: &str) -> Result<Value> {
    let document = document::read(FileId::NONE, "text.yaml", text.as_bytes());
    if let Some(problem) = document.problems.iter().find(|problem| problem.cuts) {
        return Err(context.fault(format!("`yamldecode` takes YAML: {}", problem.message)));
    }
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    Ok(value(&document.root, context.span).value)
}

/// Recursion is bounded by the depth of a document.
fn value(tree: &Tree, span: Span) -> Node {
    let value = match &tree.kind {
        _ if tree.tag.is_some() => {
            Value::unknown(Reason::Failed(Arc::from("a tag of YAML that is not known")), Kind::Any)
        }
        Syntax::Scalar(scalar) => resolved(scalar),
        Syntax::List(items) => Value::list(items.iter().map(|item| value(item, span)).collect()),
        Syntax::Map(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.clone(), value(&entry.value, span)));
            Value::map(entries.collect::<Vec<_>>())
        }
        Syntax::Damaged => Value::unknown(Reason::Damaged(Arc::from("a part of the YAML")), Kind::Any),
    };
    Node::new(value, span)
}

/// What a plain scalar is to Terraform's reader, which goes further than YAML 1.2: `yes` and `on` are bools, dates
/// are texts of RFC 3339, and digits are a number whatever they begin with.
fn resolved(scalar: &Scalar) -> Value {
    let text = &*scalar.text;
    if !scalar.plain {
        return Value::Text(scalar.text.clone());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    let first = text.bytes().next().unwrap_or(0);
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Value::Text(scalar.text.clone());
    }
    if let Some(date) = date(text) {
        return Value::text(date);
    }
    let digits = text.replace('_', "");
    let is_number =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    if !is_number {
        return match digits.strip_prefix("0b").map(|bits| i64::from_str_radix(bits, 2)) {
            Some(Ok(number)) => Value::Int(number),
            _ => Value::Text(scalar.text.clone()),
        };
    }
    match (digits.parse::<i64>(), digits.parse::<f64>()) {
        (Ok(whole), _) => Value::Int(whole),
        (_, Ok(number)) if number.is_finite() => from_double(number),
        _ => Value::Text(scalar.text.clone()),
    }
}

/// `2001-12-14`, `2001-12-14 21:59:43` and RFC 3339, fields perhaps of one digit.
fn date(text: &str) -> Option<String> {
    if text.len() < 8 || !text.as_bytes()[..4].iter().all(u8::is_ascii_digit) || text.as_bytes()[4] != b'-' {
        return None;
    }
    let (day, time) = match text.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let two = |text: &str| format!("{text:0>2}");
    let day = day.split('-').map(two).collect::<Vec<_>>().join("-");
    let time = match time {
        None => "00:00:00Z".to_owned(),
        Some(time) => {
            let at = time.find(['Z', '+', '-']).unwrap_or(time.len());
            let clock = time[..at]
                .split('.')
                .next()
                .unwrap_or_default()
                .split(':')
                .map(two)
                .collect::<Vec<_>>()
                .join(":");
            let zone = if at == time.len() { "Z" } else { &time[at..] };
            // With a space there is no zone, and with a `T` there is one.
            if text.contains(' ') != (at == time.len()) {
                return None;
            }
            format!("{clock}{zone}")
        }
    };
    Some(Moment::parse(&format!("{day}T{time}"))?.to_string())
}

/// Writes a value as YAML: all texts in quotes, or as blocks where they have several lines.
pub(super) fn encode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let node = &arguments[0];
    let mut out = Vec::new();
    if write(&node.value, 0, Place::Top, &mut out).is_none() {
        return context.open_or_refuse(node, "a value that YAML can hold");
    }
    let length: usize =
        out.iter().map(|part| if let Part::Known(text) = part { text.len() } else { 0 }).sum();
    if length > super::TEXT_BYTES_MAX {
        return Err(context.too_long());
    }
    Ok(join(out))
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    /// Behind `- `.
    Item,
    /// Behind `key:`.
    Entry,
}

fn push(out: &mut Vec<Part>, text: impl Into<Arc<str>>) {
    out.push(Part::Known(text.into()));
}

/// `None` where the lines would hang on what is not known. Recursion is bounded by the depth of the value.
fn write(value: &Value, indent: usize, place: Place, out: &mut Vec<Part>) -> Option<()> {
    match value {
        Value::List(list) if !list.items.is_empty() || list.rest.is_some() => {
            if list.rest.is_some() || (list.set && !value.is_known()) {
                return None;
            }
            for (at, item) in list.items.iter().enumerate() {
                lead(at, indent, place, out);
                push(out, "-");
                write(&item.value, indent + 2, Place::Item, out)?;
            }
            Some(())
        }
        Value::Map(map) if !map.entries.is_empty() || map.rest.is_some() => {
            if map.rest.is_some() {
                return None;
            }
            for (at, (key, node)) in map.entries.iter().enumerate() {
                lead(at, indent, place, out);
                json_parts(&Value::Text(key.clone()), out);
                push(out, ":");
                // A list in a map stands no further right than its key.
                let deeper = if matches!(node.value, Value::List(_)) { indent } else { indent + 2 };
                write(&node.value, deeper, Place::Entry, out)?;
            }
            Some(())
        }
        other => {
            if place != Place::Top {
                push(out, " ");
            }
            scalar(other, indent, place, out)
        }
    }
}

/// What stands before an entry or item: a line's beginning, or the sign that it stands behind.
fn lead(at: usize, indent: usize, place: Place, out: &mut Vec<Part>) {
    match (at, place) {
        (0, Place::Top) => {}
        (0, Place::Item) => push(out, " "),
        (0, Place::Entry) => push(out, format!("\n{}", " ".repeat(indent))),
        _ => push(out, " ".repeat(indent)),
    }
}

fn scalar(value: &Value, indent: usize, place: Place, out: &mut Vec<Part>) -> Option<()> {
    match value {
        Value::Null => push(out, "null"),
        Value::Bool(truth) => push(out, truth.to_string()),
        Value::Int(number) => push(out, number.to_string()),
        Value::Double(number) => push(out, show_double(*number)),
        Value::List(_) => push(out, "[]"),
        Value::Map(_) => push(out, "{}"),
        Value::Text(text) if text.contains('\n') => {
            let indent = if place == Place::Top { 2 } else { indent.max(2) };
            block(text, indent, out);
            return Some(());
        }
        Value::Text(text) => quoted(text, out),
        Value::Json(inner) if inner.value.is_known() => {
            let mut text = Vec::new();
            json_parts(&inner.value, &mut text);
            match join(text) {
                Value::Text(text) => quoted(&text, out),
                _ => return None,
            }
        }
        // A text that is known in part may have several lines, and then it would be a block.
        _ => return None,
    }
    push(out, "\n");
    Some(())
}

fn quoted(text: &str, out: &mut Vec<Part>) {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            '\0' => written.push_str("\\0"),
            '\u{8}' => written.push_str("\\b"),
            '\u{1B}' => written.push_str("\\e"),
            '\u{85}' => written.push_str("\\N"),
            '\u{A0}' => written.push_str("\\_"),
            '\u{2028}' => written.push_str("\\L"),
            '\u{2029}' => written.push_str("\\P"),
            letter if letter.is_control() => written.push_str(&format!("\\x{:02X}", u32::from(letter))),
            letter => written.push(letter),
        }
    }
    written.push('"');
    push(out, written);
}

/// A block of lines, with the sign that says what becomes of the line's ends behind it.
fn block(text: &str, indent: usize, out: &mut Vec<Part>) {
    let sign = match (text.ends_with('\n'), text.ends_with("\n\n") || text == "\n") {
        (false, _) => "|-",
        (true, false) => "|",
        (true, true) => "|+",
    };
    let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
    push(out, format!("|{hint}{}\n", &sign[1..]));
    let body = text.strip_suffix('\n').unwrap_or(text);
    for line in body.split('\n') {
        let spaces = if line.is_empty() { 0 } else { indent };
        push(out, format!("{}{line}\n", " ".repeat(spaces)));
    }
}
