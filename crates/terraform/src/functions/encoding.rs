//! Encodings: base64, JSON, CSV, URLs; YAML stands in a file of its own.

use std::io::Read;
use std::sync::Arc;

use super::{Context, ELEMENTS_MAX, Function, TEXT_BYTES_MAX, yaml};
use crate::eval::Result;
use crate::value::{Kind, List, Map, Node, Reason, Value, from_json};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("base64decode", (1, 1), Kind::Text, base64_decode),
    Function::of("base64encode", (1, 1), Kind::Text, base64_encode),
    Function::of("base64gunzip", (1, 1), Kind::Text, base64_gunzip),
    Function::of("base64gzip", (1, 1), Kind::Text, base64_gzip),
    Function::of("csvdecode", (1, 1), Kind::List, csv_decode),
    Function::of("jsondecode", (1, 1), Kind::Any, json_decode).on_partial(),
    Function::of("jsonencode", (1, 1), Kind::Text, json_encode).on_partial().with_nulls().undivided(),
    Function::of("textdecodebase64", (2, 2), Kind::Text, text_decode),
    Function::of("textencodebase64", (2, 2), Kind::Text, text_encode),
    Function::of("urldecode", (1, 1), Kind::Text, url_decode),
    Function::of("urlencode", (1, 1), Kind::Text, url_encode),
    Function::of("yamldecode", (1, 1), Kind::Any, yaml::decode).on_partial(),
    Function::of("yamlencode", (1, 1), Kind::Text, yaml::encode).on_partial().with_nulls().undivided(),
];

/// RFC 4648, section 4.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as base64 with padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for at in 0..4 {
            if at <= group.len() {
                out.push(char::from(ALPHABET[((bits >> (18 - 6 * at)) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// The bytes of base64 with padding; line breaks in it do not count. `None` where it is none.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let padding = digits.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let digits = &digits[..digits.len() - padding];
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0u32;
        for at in 0..4 {
            let digit = match group.get(at) {
                Some(digit) => ALPHABET.iter().position(|known| known == digit)? as u32,
                None => 0,
            };
            bits = (bits << 6) | digit;
        }
        let bytes = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        // Two digits hold one byte, three hold two.
        out.extend_from_slice(&bytes[..group.len().saturating_sub(1)]);
    }
    Some(out)
}

fn decoded(context: &Context, node: &Node) -> Result<Vec<u8>> {
    let text = context.text(node)?;
    from_base64(&text).ok_or_else(|| context.fault(format!("`{}` takes base64", context.name)))
}

fn utf8(context: &Context, bytes: Vec<u8>) -> Result<Value> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Value::text(text)),
        Err(_) => Err(context.fault(format!("what `{}` gives is not UTF-8", context.name))),
    }
}

fn base64_decode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let bytes = decoded(context, &arguments[0])?;
    utf8(context, bytes)
}

fn base64_encode(context: &Context, arguments: &[Node]) -> Result<Value> {
    Ok(Value::text(to_base64(context.text(&arguments[0])?.as_bytes())))
}

/// Which bytes a compressor makes is its own affair: those of Terraform's are not computed here.
fn base64_gzip(context: &Context, arguments: &[Node]) -> Result<Value> {
    context.text(&arguments[0])?;
    let why = "the bytes that `base64gzip` gives are not known";
    Ok(Value::unknown(Reason::Failed(Arc::from(why)), Kind::Text))
}

fn base64_gunzip(context: &Context, arguments: &[Node]) -> Result<Value> {
    let bytes = decoded(context, &arguments[0])?;
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(TEXT_BYTES_MAX as u64 + 1);
    match reader.read_to_end(&mut out) {
        Ok(length) if length > TEXT_BYTES_MAX => Err(context.too_long()),
        Ok(_) => utf8(context, out),
        Err(_) => Err(context.fault("`base64gunzip` takes what gzip gives")),
    }
}

/// The encodings that are computed here; of others the result is unknown.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16 { big: bool },
    Latin1,
    Ascii,
}

fn encoding(name: &str) -> Option<Encoding> {
    match name.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" => Some(Encoding::Utf8),
        "UTF-16LE" => Some(Encoding::Utf16 { big: false }),
        "UTF-16BE" => Some(Encoding::Utf16 { big: true }),
        "ISO-8859-1" | "ISO_8859-1" | "LATIN1" | "L1" => Some(Encoding::Latin1),
        "US-ASCII" | "ASCII" => Some(Encoding::Ascii),
        _ => None,
    }
}

fn other_encoding(context: &Context, name: &str) -> Value {
    let why = format!("the encoding `{name}` is not computed");
    Value::unknown(Reason::Failed(Arc::from(why)), context.gives)
}

fn text_encode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (text, name) = (context.text(&arguments[0])?, context.text(&arguments[1])?);
    let Some(encoding) = encoding(&name) else { return Ok(other_encoding(context, &name)) };
    let narrow = |limit: u32| -> Option<Vec<u8>> {
        text.chars().map(|letter| u8::try_from(letter).ok().filter(|byte| u32::from(*byte) < limit)).collect()
    };
    let bytes = match encoding {
        Encoding::Utf8 => Some(text.as_bytes().to_vec()),
        Encoding::Utf16 { big } => {
            let units = text.encode_utf16();
            Some(units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect())
        }
        Encoding::Latin1 => narrow(256),
        Encoding::Ascii => narrow(128),
    };
    match bytes {
        Some(bytes) => Ok(Value::text(to_base64(&bytes))),
        None => Err(context.fault(format!("the text has characters that {name} has not"))),
    }
}

fn text_decode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (bytes, name) = (decoded(context, &arguments[0])?, context.text(&arguments[1])?);
    let Some(encoding) = encoding(&name) else { return Ok(other_encoding(context, &name)) };
    let text = match encoding {
        Encoding::Utf8 => return utf8(context, bytes),
        Encoding::Ascii if !bytes.is_ascii() => None,
        Encoding::Ascii | Encoding::Latin1 => {
            Some(bytes.iter().map(|byte| char::from(*byte)).collect::<String>())
        }
        Encoding::Utf16 { .. } if bytes.len() % 2 != 0 => None,
        Encoding::Utf16 { big } => {
            let unit = |pair: &[u8]| {
                let pair = [pair[0], pair[1]];
                if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
            };
            String::from_utf16(&bytes.chunks_exact(2).map(unit).collect::<Vec<u16>>()).ok()
        }
    };
    match text {
        Some(text) => Ok(Value::text(text)),
        None => Err(context.fault(format!("the bytes are not {name}"))),
    }
}

fn url_encode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let text = context.text(&arguments[0])?;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(Value::text(out))
}

fn url_decode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let text = context.text(&arguments[0])?;
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
                match (digit(at), digit(at + 1)) {
                    (Some(high), Some(low)) => out.push((high * 16 + low) as u8),
                    _ => return Err(context.fault("`%` is followed by two hexadecimal digits")),
                }
                at += 2;
            }
            other => out.push(*other),
        }
    }
    utf8(context, out)
}

/// The value is kept, so that positions in it survive; a scalar is the text that it is.
fn json_encode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let node = &arguments[0];
    match &node.value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) => {
            let mut out = Vec::new();
            crate::value::json_parts(&node.value, &mut out);
            Ok(crate::value::join(out))
        }
        Value::Unknown(_) | Value::Instance(_) => context.open_or_refuse(node, "a value"),
        _ => Ok(Value::Json(Arc::new(node.clone()))),
    }
}

fn json_decode(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Value::Json(inner) = &arguments[0].value {
        return Ok(as_json(inner).value);
    }
    // No list or object is a text, whatever its parts are.
    if matches!(arguments[0].value, Value::List(_) | Value::Map(_) | Value::Instance(_)) {
        return Err(context.refuse(&arguments[0], "a string"));
    }
    if let Some(unknown) = context.open(arguments) {
        return Ok(unknown);
    }
    let text = context.text(&arguments[0])?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(json) => Ok(from_json(&json, arguments[0].span).value),
        Err(error) => Err(context.fault(format!("`jsondecode` takes JSON: {error}"))),
    }
}

/// The value as it comes back from its JSON text: a set is a list there. Recursion is bounded by its depth.
fn as_json(node: &Node) -> Node {
    let value = match &node.value {
        Value::List(list) => {
            let items = list.items.iter().map(as_json).collect();
            // The order of a set is that of values which may not be known.
            let order = (list.set && list.items.len() > 1).then(|| node.value.first_unknown()).flatten();
            Value::List(Arc::new(List { items, set: false, rest: list.rest.clone().or(order) }))
        }
        Value::Map(map) => {
            let entries = map.entries.iter().map(|(key, node)| (key.clone(), as_json(node))).collect();
            Value::Map(Arc::new(Map { entries, rest: map.rest.clone() }))
        }
        Value::Choice(choice) => Value::choice(choice.options.iter().map(as_json), choice.why.clone()),
        other => other.clone(),
    };
    Node::new(value, node.span)
}

/// RFC 4180: the first line names the columns.
///
/// <https://developer.hashicorp.com/terraform/language/functions/csvdecode>
fn csv_decode(context: &Context, arguments: &[Node]) -> Result<Value> {
    let text = context.text(&arguments[0])?;
    let records = records(&text).map_err(|why| context.fault(format!("`csvdecode`: {why}")))?;
    let Some((header, rows)) = records.split_first() else {
        return Err(context.fault("`csvdecode` takes a text with a line of names"));
    };
    for (at, name) in header.iter().enumerate() {
        if header[..at].contains(name) {
            return Err(context.fault(format!("the column `{name}` is there twice")));
        }
    }
    if rows.len() > ELEMENTS_MAX || rows.len().saturating_mul(header.len()) > ELEMENTS_MAX * 10 {
        return Err(context.too_long());
    }
    let names: Vec<Arc<str>> = header.iter().map(|name| Arc::from(name.as_str())).collect();
    let mut items = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        if row.len() != names.len() {
            return Err(context.fault(format!(
                "record {} has {} fields, not {}",
                at + 2,
                row.len(),
                names.len()
            )));
        }
        let fields = names
            .iter()
            .zip(row)
            .map(|(name, field)| (name.clone(), Node::new(Value::text(field.as_str()), context.span)));
        items.push(Node::new(Value::map(fields.collect::<Vec<_>>()), context.span));
    }
    Ok(Value::list(items))
}

fn records(text: &str) -> std::result::Result<Vec<Vec<String>>, &'static str> {
    let mut all = Vec::new();
    let mut letters = text.chars().peekable();
    while letters.peek().is_some() {
        let mut record = Vec::new();
        loop {
            let (field, quoted) = field(&mut letters)?;
            let ends = match letters.next() {
                Some(',') => false,
                Some('\r') => {
                    letters.next_if_eq(&'\n');
                    true
                }
                _ => true,
            };
            // An empty line is no record.
            if ends && record.is_empty() && field.is_empty() && !quoted {
                break;
            }
            record.push(field);
            if ends {
                all.push(record);
                break;
            }
        }
    }
    Ok(all)
}

/// A field up to its comma or line's end, and whether it is in quotes.
fn field(
    letters: &mut std::iter::Peekable<std::str::Chars>,
) -> std::result::Result<(String, bool), &'static str> {
    let mut out = String::new();
    if letters.next_if_eq(&'"').is_none() {
        while let Some(letter) = letters.next_if(|letter| !matches!(letter, ',' | '\n' | '\r')) {
            if letter == '"' {
                return Err("a quote stands in a field without quotes");
            }
            out.push(letter);
        }
        return Ok((out, false));
    }
    loop {
        match letters.next() {
            // Two quotes are one.
            Some('"') if letters.next_if_eq(&'"').is_some() => out.push('"'),
            Some('"') => break,
            Some(letter) => out.push(letter),
            None => return Err("a quote is not closed"),
        }
    }
    match letters.peek() {
        None | Some(',' | '\n' | '\r') => Ok((out, true)),
        Some(_) => Err("something stands behind a closing quote"),
    }
}
