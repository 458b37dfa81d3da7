//! Where in its owner a part belongs: in the owner itself, or in some elements of one of its lists.

use std::sync::Arc;

use super::apply::put;
use crate::value::{Kind, Map, Node, Reason, Unknown, Value, as_string, equal};

/// The list of an owner whose elements a part fills, with the values by which they are told.
pub(crate) struct Within {
    pub(crate) list: &'static str,
    pub(crate) keys: Vec<(String, Node)>,
}

/// Puts a value of a part into its owner: into its properties, or into those elements of a list that it is for.
pub(crate) fn place(into: &mut Map, at: Option<&Within>, path: &str, node: &Node) {
    let Some(Within { list, keys }) = at else {
        let node = or_standing(into, path, node);
        return put(into, path, node);
    };
    let Some(found) = into.get(list).cloned() else { return };
    let Value::List(all) = &found.value else { return };
    let mut all = (**all).clone();
    for item in &mut all.items {
        *item = filled(item, keys, path, node);
    }
    into.set(Arc::from(*list), Node::new(Value::List(Arc::new(all)), found.span));
}

/// An element of a list, with a value put into it where it is one that the keys tell.
///
/// Recursion ends after one step: the options of a choice are no choices.
fn filled(item: &Node, keys: &[(String, Node)], path: &str, node: &Node) -> Node {
    let value = match &item.value {
        Value::Map(map) => {
            let mut with = (**map).clone();
            let node = or_standing(&with, path, node);
            put(&mut with, path, node);
            let with = Value::Map(Arc::new(with));
            match fits(map, keys) {
                Ok(true) => with,
                Ok(false) => return item.clone(),
                Err(why) => Value::choice([item.clone(), Node::new(with, item.span)], why),
            }
        }
        Value::Choice(choice) => {
            let options = choice.options.iter().map(|option| filled(option, keys, path, node));
            Value::choice(options.collect::<Vec<_>>(), choice.why.clone())
        }
        _ => return item.clone(),
    };
    Node::new(value, item.span)
}

/// What a part sets: where it is perhaps not there, what another part has set stands in its place.
fn or_standing(properties: &Map, path: &str, node: &Node) -> Node {
    let (Value::Choice(choice), Some(standing)) = (&node.value, standing(properties, path)) else {
        return node.clone();
    };
    let options = choice.options.iter().map(|option| {
        let kept = if option.value.is_null() { standing } else { option };
        kept.clone()
    });
    Node::new(Value::choice(options.collect::<Vec<_>>(), choice.why.clone()), node.span)
}

/// The property at a path, where it is set. Recursion is bounded by the steps of the path.
fn standing<'m>(properties: &'m Map, path: &str) -> Option<&'m Node> {
    let Some((first, rest)) = path.split_once('.') else { return properties.get(path) };
    match &properties.get(first)?.value {
        Value::Map(inner) => standing(inner, rest),
        _ => None,
    }
}

/// Whether properties have all of some values; an error where that hangs on what is unknown.
pub(crate) fn fits(properties: &Map, wanted: &[(String, Node)]) -> Result<bool, Arc<Unknown>> {
    let mut open = None;
    for (property, node) in wanted {
        let why = match (properties.get(property), &properties.rest) {
            (Some(found), _) => match agree(&found.value, &node.value) {
                Some(true) => continue,
                Some(false) => return Ok(false),
                None => found.value.first_unknown().or_else(|| node.value.first_unknown()),
            },
            (None, Some(rest)) => Some(rest.clone()),
            (None, None) => return Ok(false),
        };
        open = open.or_else(|| Some(why.unwrap_or_else(undecided)));
    }
    open.map_or(Ok(true), Err)
}

/// Why it is not known whose a part is.
pub(crate) fn undecided() -> Arc<Unknown> {
    let reason = Reason::Failed(Arc::from("which of several it belongs to is not known"));
    Arc::new(Unknown { reason, kind: Kind::Any })
}

/// Whether two values say the same: a number is its text, and the ids of two resources of the code differ.
///
/// Recursion ends after two steps: the options of a choice are no choices.
pub(crate) fn agree(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Choice(choice), other) | (other, Value::Choice(choice)) => {
            let mut answers = choice.options.iter().map(|option| agree(&option.value, other));
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        (Value::Unknown(a), Value::Unknown(b)) if is_id(a) && is_id(b) => Some(a.reason == b.reason),
        _ => {
            let text = |value: &Value| as_string(value).unwrap_or_else(|| value.clone());
            equal(&text(a), &text(b))
        }
    }
}

/// Whether it is the id of a resource of the code.
fn is_id(unknown: &Unknown) -> bool {
    matches!(&unknown.reason, Reason::Reference { attribute: None, .. })
}
