//! Messages: text with expressions in `{{ }}`, and values as people read them.

use crate::compile::{Code, ExpressionError, Names, compile};
use crate::eval::{Scope, run};
use crate::value::V;

// Limit: characters of a value inside a message.
const SHOWN_MAX: usize = 120;

/// A piece of a message.
#[derive(Debug)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// What an expression gives.
    Code(Code),
}

/// Compiles a message. An error's span is a range of the whole text.
pub fn parse(text: &str, names: &Names) -> Result<Vec<Piece>, ExpressionError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|i| at + i) {
        let Some(end) = text[start..].find("}}").map(|i| start + i) else {
            let message = "an expression in a message ends with `}}`".to_owned();
            return Err(ExpressionError { span: start..start + 2, message, hint: None });
        };
        pieces.push(Piece::Text(text[at..start].to_owned()));
        let (code, _) = compile(&text[start + 2..end], names).map_err(|mut error| {
            error.span = error.span.start + start + 2..error.span.end + start + 2;
            error
        })?;
        pieces.push(Piece::Code(code));
        at = end + 2;
    }
    pieces.push(Piece::Text(text[at..].to_owned()));
    Ok(pieces)
}

/// The message for a resource.
pub fn render(pieces: &[Piece], scope: &Scope) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            // A message ends up in logs: a credential in a value must not.
            Piece::Code(code) => {
                text.push_str(&shorten(crate::functions::mask(&show(&run(code, scope))).into_owned()));
            }
        }
    }
    text
}

fn shorten(text: String) -> String {
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    text.chars().take(SHOWN_MAX - 1).chain(['…']).collect()
}

/// A value as people read it.
///
/// Recursion is bounded by the depth of the value, which its reader bounds.
pub fn show(value: &V) -> String {
    match value {
        V::Null => "not set".to_owned(),
        V::Bool(b) => b.to_string(),
        V::Int(i) => i.to_string(),
        V::Uint(u) => u.to_string(),
        V::Double(d) => d.to_string(),
        V::Text(text) => text.as_str().to_owned(),
        V::Partial(partial) => {
            use estate::value::Part;
            let part = |part: &Part| match part {
                Part::Known(text) => text.to_string(),
                Part::Hole(hole) => name(hole),
            };
            partial.parts.iter().map(part).collect()
        }
        V::Bytes(bytes) => format!("{} bytes", bytes.len()),
        V::Timestamp(t) => t.to_string(),
        V::Duration(d) => {
            let days = d.as_hours() / 24;
            if days >= 2 { format!("{days} days") } else { crate::functions::format_duration(*d) }
        }
        V::Type(name) => (*name).to_owned(),
        V::Resource(_) => "a resource".to_owned(),
        V::Policy(_) => "a policy".to_owned(),
        V::Range { min, .. } => format!("at least {min}"),
        V::Choice(choice) => choice.options.iter().map(show).collect::<Vec<_>>().join(" or "),
        V::Unknown(why, _) => match why.0.as_slice() {
            [unknown] => name(unknown),
            _ => "…".to_owned(),
        },
        V::Node(_) | V::List(_) | V::Map(_) => show_many(value),
    }
}

/// What stands for an unknown value: the name it is known by, where it has one.
fn name(unknown: &estate::value::Unknown) -> String {
    use estate::value::Reason;
    match &unknown.reason {
        Reason::Reference { target, .. } => {
            target.rsplit_once('#').map_or(&**target, |(_, name)| name).to_owned()
        }
        Reason::Parameter { name, .. } | Reason::Pseudo(name) => format!("${{{name}}}"),
        Reason::Variable { name, .. } => format!("${{var.{name}}}"),
        Reason::Data(address) => format!("${{{address}}}"),
        Reason::Import(name) => format!("${{import {name}}}"),
        Reason::Dynamic(text) => text.to_string(),
        _ => "…".to_owned(),
    }
}

fn show_many(value: &V) -> String {
    let Some(elements) = value.elements() else { return "unknown".to_owned() };
    let open = elements.rest.is_some();
    let is_map = value.type_name() == Some("map");
    let mut shown: Vec<String> = elements
        .map(|(element, _)| {
            if is_map {
                let inner =
                    crate::value::entry(value, &element).map_or_else(String::new, |inner| show(&inner));
                format!("{}: {inner}", show(&element))
            } else {
                show(&element)
            }
        })
        .collect();
    if open {
        shown.push("…".to_owned());
    }
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

/// A value as a text that is the same whatever order its keys are written in: for identities.
pub(crate) fn canonical(value: &V) -> String {
    match value {
        V::Node(_) | V::List(_) | V::Map(_) => {
            let is_map = value.type_name() == Some("map");
            let Some(elements) = value.elements() else { return String::new() };
            let mut parts: Vec<String> = elements
                .map(|(element, _)| {
                    if is_map {
                        let inner =
                            crate::value::entry(value, &element).map_or_else(String::new, |v| canonical(&v));
                        format!("{:?}:{inner}", show(&element))
                    } else {
                        canonical(&element)
                    }
                })
                .collect();
            if is_map {
                parts.sort();
                format!("{{{}}}", parts.join(","))
            } else {
                format!("[{}]", parts.join(","))
            }
        }
        V::Unknown(why, _) => why.0.iter().map(|unknown| format!("?{}", unknown.reason)).collect(),
        V::Choice(choice) => choice.options.iter().map(canonical).collect::<Vec<_>>().join("|"),
        other => format!("{:?}", show(other)),
    }
}
