//! Reading the texts of a policy: lists of them, and policy variables in them.

use std::sync::Arc;

use estate::truth::Why;
use estate::value::{Kind, Node, Part, Span, Unknown, Value};

use super::parse::{Parser, joined, more, reasons};
use super::{Element, Fault, POLICY_CHARS_MAX, Several, beyond};
use crate::pattern::{Form, Piece, Text, Variable, stated};

/// How `${…}` is read.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Variables {
    /// As a policy variable.
    Read,
    /// As plain text.
    Literal,
    /// As either, for the document's version is not known.
    #[default]
    Undecided,
}

/// Whether an unknown is one text; else it may be a list.
fn is_text(unknown: &Unknown) -> bool {
    matches!(unknown.kind, Kind::Bool | Kind::Number | Kind::Text) || Form::of(unknown) != Form::Any
}

/// How the texts of an element are read.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The element, for messages.
    name: &'static str,
    /// "You can use policy variables in the `Resource` element and in string comparisons in the `Condition` element."
    variables: bool,
    /// Within a list, where no further list may stand.
    in_list: bool,
    /// Within a choice, where no further choice may stand.
    in_choice: bool,
}

impl Place {
    pub(super) fn new(name: &'static str, variables: bool) -> Place {
        Place { name, variables, in_list: false, in_choice: false }
    }
}

impl Parser {
    /// One text or a list of texts.
    pub(super) fn elements(&mut self, node: &Node, place: Place) -> Several<Element> {
        let mut out = Several::default();
        self.collect(node, place, None, &mut out);
        out
    }

    fn collect(&mut self, node: &Node, place: Place, maybe: Option<&Why>, out: &mut Several<Element>) {
        let text = match &node.value {
            Value::Null if !place.in_list => return,
            Value::Text(text) => self.text(&[Part::Known(text.clone())], place.variables),
            Value::Partial(partial) => self.text(&partial.parts, place.variables),
            Value::Bool(b) => self.text(&[Part::Known(Arc::from(b.to_string()))], false),
            Value::Int(n) => self.text(&[Part::Known(Arc::from(n.to_string()))], false),
            Value::Double(n) => self.text(&[Part::Known(Arc::from(n.to_string()))], false),
            Value::Unknown(unknown) if is_text(unknown) => self.text(&[Part::Hole(unknown.clone())], false),
            Value::Unknown(unknown) => return more(&mut out.rest, &Why::of(unknown)),
            Value::List(list) if !place.in_list => {
                for item in &list.items {
                    self.collect(item, Place { in_list: true, in_choice: false, ..place }, maybe, out);
                }
                if let Some(rest) = &list.rest {
                    more(&mut out.rest, &Why::of(rest));
                }
                return;
            }
            Value::Choice(choice) if !place.in_choice => {
                let maybe = joined(maybe, &Why::of(&choice.why));
                for option in &choice.options {
                    self.collect(option, Place { in_choice: true, ..place }, Some(&maybe), out);
                }
                return;
            }
            Value::Choice(_) => return more(&mut out.rest, &reasons(&node.value)),
            Value::Null | Value::List(_) | Value::Map(_) => {
                let why = self.report(Fault::WrongType(place.name), node.span);
                return more(&mut out.rest, &why);
            }
        };
        out.items.push(Element { text, span: node.span, maybe: maybe.cloned() });
    }

    /// A text; with `variables`, `${…}` may be a policy variable.
    pub(super) fn text(&mut self, parts: &[Part], variables: bool) -> Text {
        let length: usize =
            parts.iter().map(|part| if let Part::Known(text) = part { text.len() } else { 1 }).sum();
        let before = self.chars;
        self.chars = self.chars.saturating_add(length + 1);
        if self.chars > POLICY_CHARS_MAX {
            if before <= POLICY_CHARS_MAX {
                self.report(Fault::Limit("characters", POLICY_CHARS_MAX), Span::NONE);
            }
            let Why(unknowns) = beyond("characters", POLICY_CHARS_MAX);
            return Text { pieces: unknowns.into_iter().map(Piece::Hole).collect() };
        }
        let mut pieces = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            match part {
                Part::Hole(unknown) => pieces.push(Piece::Hole(unknown.clone())),
                Part::Known(text) if !variables || self.variables == Variables::Literal => {
                    pieces.push(Piece::Known(text.clone()));
                }
                Part::Known(text) => {
                    let ends = i + 1 == parts.len();
                    if !self.split_variables(text, ends, &mut pieces) {
                        break;
                    }
                }
            }
        }
        Text { pieces }
    }

    /// Splits a known text at its variables. False where one is left open, to be closed by an unknown part.
    fn split_variables(&self, text: &str, ends: bool, pieces: &mut Vec<Piece>) -> bool {
        let mut left = text;
        while let Some(start) = left.find("${") {
            let (before, opened) = (&left[..start], &left[start + 2..]);
            let Some(end) = opened.find('}') else {
                if ends {
                    break;
                }
                push_known(before, pieces);
                pieces.push(Piece::Hole(stated("a policy variable is known only in part".to_owned())));
                return false;
            };
            push_known(before, pieces);
            let name = &opened[..end];
            pieces.push(match self.variables {
                Variables::Read => variable(name),
                Variables::Literal | Variables::Undecided => Piece::Hole(stated(format!(
                    "whether `${{{name}}}` is a policy variable depends on the policy's `Version`, which is not known"
                ))),
            });
            left = &opened[end + 1..];
        }
        push_known(left, pieces);
        true
    }
}

fn push_known(text: &str, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::Known(Arc::from(text)));
    }
}

/// What stands between `${` and `}`.
fn variable(name: &str) -> Piece {
    if matches!(name, "*" | "?" | "$") {
        return Piece::Literal(Arc::from(name));
    }
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key, Some(Arc::from(default.trim().trim_matches('\'')))),
        None => (name, None),
    };
    Piece::Variable(Variable { key: Arc::from(key.trim()), default })
}
