//! CEL's conversions, JSON and base64.

use std::sync::Arc;

use estate::value::{Node, Value};
use jiff::{SignedDuration, Timestamp};

use super::{Context, Function, Gives, Parameter, time};
use crate::value::{Text, V};

const VALUE: &[Parameter] = &[Parameter::Value];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::plain("int", VALUE, Gives::Int, int),
    Function::plain("uint", VALUE, Gives::Uint, uint),
    Function::plain("double", VALUE, Gives::Double, double),
    Function::plain("string", VALUE, Gives::Text, string).on_partial(),
    Function::plain("bool", VALUE, Gives::Bool, bool),
    Function::plain("bytes", VALUE, Gives::Bytes, bytes),
    Function::plain("timestamp", VALUE, Gives::Timestamp, timestamp),
    Function::plain("duration", VALUE, Gives::Duration, duration),
    Function::plain("dyn", &[Parameter::Any], Gives::Any, |_, arguments| arguments[0].clone()).on_partial(),
    Function::plain("type", &[Parameter::Any], Gives::Type, type_of),
    Function::plain("json", &[Parameter::Any], Gives::Any, json).on_partial(),
    Function::plain("base64", &[Parameter::Text], Gives::Text, base64),
];

fn refuse<'a>(value: &V<'a>, wanted: &str) -> V<'a> {
    match value.type_name() {
        Some(name) => V::error(format!("this {name} is no {wanted}")),
        None => V::error(format!("no {wanted}")),
    }
}

fn int<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let number = match &arguments[0] {
        V::Int(i) => Some(*i),
        V::Uint(u) => i64::try_from(*u).ok(),
        // Doubles are cut towards zero; the bounds themselves are out of range, as the specification's tests say.
        V::Double(d) if *d > -9.223_372_036_854_776e18 && *d < 9.223_372_036_854_776e18 => Some(*d as i64),
        V::Text(text) => text.as_str().parse().ok(),
        V::Timestamp(t) => Some(t.as_second()),
        _ => None,
    };
    number.map_or_else(|| refuse(&arguments[0], "int"), V::Int)
}

fn uint<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let number = match &arguments[0] {
        V::Int(i) => u64::try_from(*i).ok(),
        V::Uint(u) => Some(*u),
        V::Double(d) if *d > -1.0 && *d < 1.844_674_407_370_955_2e19 => Some(*d as u64),
        V::Text(text) => text.as_str().parse().ok(),
        _ => None,
    };
    number.map_or_else(|| refuse(&arguments[0], "uint"), V::Uint)
}

fn double<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let number = match &arguments[0] {
        V::Int(i) => Some(*i as f64),
        V::Uint(u) => Some(*u as f64),
        V::Double(d) => Some(*d),
        V::Text(text) => text.as_str().parse().ok(),
        _ => None,
    };
    number.map_or_else(|| refuse(&arguments[0], "double"), V::Double)
}

fn string<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Text(text) => V::Text(text.clone()),
        V::Partial(partial) => V::Partial(partial.clone()),
        V::Int(i) => V::text(i.to_string()),
        V::Uint(u) => V::text(u.to_string()),
        V::Double(d) => V::text(format_double(*d)),
        V::Bool(b) => V::Text(Text::Borrowed(if *b { "true" } else { "false" })),
        V::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => V::text(text),
            Err(_) => V::error("the bytes are not UTF-8"),
        },
        V::Timestamp(t) => V::text(t.to_string()),
        V::Duration(d) => V::text(time::format(*d)),
        other => refuse(other, "string"),
    }
}

/// A double as CEL prints it: without a fraction where it has none, with an exponent where it is very large.
fn format_double(d: f64) -> String {
    if d.is_nan() {
        return "NaN".to_owned();
    }
    if d.is_infinite() {
        return if d > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if d != 0.0 && !(1e-5..1e21).contains(&d.abs()) { format!("{d:e}") } else { d.to_string() }
}

fn bool<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Bool(b) => V::Bool(*b),
        V::Text(text) => match text.as_str() {
            "1" | "t" | "true" | "TRUE" | "True" => V::Bool(true),
            "0" | "f" | "false" | "FALSE" | "False" => V::Bool(false),
            text => V::error(format!("`{text}` is no truth value")),
        },
        other => refuse(other, "bool"),
    }
}

fn bytes<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Bytes(bytes) => V::Bytes(bytes.clone()),
        V::Text(text) => V::Bytes(Arc::from(text.as_str().as_bytes())),
        other => refuse(other, "bytes"),
    }
}

fn timestamp<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Timestamp(t) => V::Timestamp(*t),
        V::Int(seconds) => match Timestamp::from_second(*seconds) {
            Ok(t) if time::in_range(t) => V::Timestamp(t),
            _ => V::error("the timestamp is out of range"),
        },
        V::Text(text) => match time::parse(text.as_str()) {
            Some(t) => V::Timestamp(t),
            None => V::error(format!("`{}` is no timestamp", text.as_str())),
        },
        other => refuse(other, "timestamp"),
    }
}

fn duration<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Duration(d) => V::Duration(*d),
        V::Int(seconds) => V::Duration(SignedDuration::from_secs(*seconds)),
        V::Text(text) => match time::parse_duration(text.as_str()) {
            Some(d) => V::Duration(d),
            None => V::error(format!("`{}` is no duration", text.as_str())),
        },
        other => refuse(other, "duration"),
    }
}

fn type_of<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    arguments[0].type_name().map_or_else(|| V::error("no type"), V::Type)
}

fn json<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Text(text) => match serde_json::from_str::<serde_json::Value>(text.as_str()) {
            Ok(json) => V::owned(&Node::of(Value::from(&json))),
            Err(error) => V::error(format!("no JSON: {error}")),
        },
        V::Partial(partial) => {
            let mut why = estate::truth::Why::default();
            partial.holes().for_each(|hole| why.add(&estate::truth::Why::of(hole)));
            V::unknown(why)
        }
        other => other.clone(),
    }
}

fn base64<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let Some(text) = arguments[0].as_text() else { return V::error("`base64` takes a text") };
    match decode(text).and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => V::text(text),
        None => V::error("no base64 of a text"),
    }
}

/// Base64 (RFC 4648), blanks and missing padding forgiven.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut block, mut bits) = (0u32, 0);
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => continue,
            _ => return None,
        };
        block = block << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((block >> bits) as u8);
            block &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}
