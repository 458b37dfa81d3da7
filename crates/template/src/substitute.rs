//! Texts with something to fill in: `Fn::Sub`, loop variables, dynamic references.

use std::sync::Arc;

use estate::value::{Kind, Part, Partial, Reason, Unknown, Value};

use crate::eval::{Evaluator, parts};

// Limit: bytes of a text in a loop. Keys and names are far shorter.
const LOOP_TEXT_BYTES_MAX: usize = 256 << 10;

/// A piece of a `Fn::Sub` text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    Text(&'t str),
    /// `${Name}` or `${Name.Attribute}`.
    Variable(&'t str),
}

/// Splits a `Fn::Sub` text. `${!Literal}` gives `${Literal}`; an unclosed `${` is text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start + 2..].find('}') else { break };
        let name = &rest[start + 2..start + 2 + length];
        pieces.push(Piece::Text(&rest[..start]));
        match name.strip_prefix('!') {
            Some(literal) => {
                pieces.push(Piece::Text("${"));
                pieces.push(Piece::Text(literal));
                pieces.push(Piece::Text("}"));
            }
            None => pieces.push(Piece::Variable(name.trim())),
        }
        rest = &rest[start + 2 + length + 1..];
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// A text outside `Fn::Sub`: loop variables and dynamic references are filled in.
pub(crate) fn plain_text(evaluator: &Evaluator, text: &Arc<str>) -> Value {
    let replaced;
    let text: &str = if evaluator.bindings.is_empty() {
        text
    } else {
        replaced = loop_text(evaluator, text);
        &replaced
    };
    // A loop over something unknown leaves its variable in the text: a hole.
    let open = evaluator.bindings.iter().find_map(|(name, node)| match &node.value {
        Value::Unknown(unknown) => Some((format!("${{{name}}}"), unknown)),
        _ => None,
    });
    match open.filter(|(variable, _)| text.contains(variable.as_str())) {
        None => Partial::join(dynamic(text)),
        Some((variable, unknown)) => {
            let hole = Unknown { reason: unknown.reason.of_part(), kind: Kind::Text };
            let hole = Part::Hole(Arc::new(hole));
            let pieces = text.split(variable.as_str()).map(|piece| Part::Known(Arc::from(piece)));
            let mut parts = Vec::new();
            for piece in pieces {
                if !parts.is_empty() {
                    parts.push(hole.clone());
                }
                parts.push(piece);
            }
            Partial::join(parts)
        }
    }
}

/// Replaces `${Variable}` and `&{Variable}` of the loops around, where the variable's value is a known text.
/// `&{…}` leaves out what is not a letter or digit, as the language extensions do for logical ids.
pub(crate) fn loop_text(evaluator: &Evaluator, text: &str) -> String {
    let mut text = text.to_owned();
    for (name, node) in &evaluator.bindings {
        // A value that holds the variable of the next loop would double the text at every level.
        if text.len() > LOOP_TEXT_BYTES_MAX {
            break;
        }
        let Some(Part::Known(value)) = parts(&node.value).and_then(|mut parts| parts.pop()) else { continue };
        text = text.replace(&format!("${{{name}}}"), &value);
        let bare: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        text = text.replace(&format!("&{{{name}}}"), &bare);
    }
    text
}

/// The parts of a text with dynamic references: `{{resolve:ssm:name}}` is known only at deployment.
pub(crate) fn dynamic(text: &str) -> Vec<Part> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{resolve:") {
        let Some(length) = rest[start..].find("}}") else { break };
        let reference = &rest[start..start + length + 2];
        found.push(Part::Known(Arc::from(&rest[..start])));
        let reason = Reason::Dynamic(Arc::from(reference));
        found.push(Part::Hole(Arc::new(Unknown { reason, kind: Kind::Text })));
        rest = &rest[start + length + 2..];
    }
    found.push(Part::Known(Arc::from(rest)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_texts_fall_into_pieces() {
        let expected = vec![
            Piece::Text("a-"),
            Piece::Variable("B"),
            Piece::Text("-"),
            Piece::Variable("C.Arn"),
            Piece::Text("${"),
            Piece::Text("D"),
            Piece::Text("}"),
        ];
        assert_eq!(pieces("a-${B}-${C.Arn}${!D}"), expected);
        assert_eq!(pieces("cost ${open"), vec![Piece::Text("cost ${open")]);
        assert_eq!(pieces(""), vec![]);
    }
}
