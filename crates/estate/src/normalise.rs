//! Brings values to the types of their schema, as CloudFormation does when it reads a template.
//!
//! CloudFormation takes `"true"` for a boolean and `"22"` for a number, and a number for a text.
//! What cannot be converted stays as it is: a control then sees a value of another type and says so.

use std::sync::Arc;

use crate::catalogue::{Kinds, Shape, TypeInfo};
use crate::value::{Kind, Map, Node, Unknown, Value};

/// Brings the properties of a resource to the types of its schema.
pub fn properties(info: &TypeInfo, properties: &mut Map) {
    map(info, info.root(), properties);
}

fn map(info: &TypeInfo, shape: &Shape, map: &mut Map) {
    for (key, node) in &mut map.entries {
        let id = shape.property(key).map(|property| property.shape).or(shape.others);
        if let Some(id) = id {
            value(info, info.shape(id), &mut node.value);
        }
    }
}

/// Recursion is bounded by the depth of the value, which its reader bounds.
fn value(info: &TypeInfo, shape: &Shape, this: &mut Value) {
    match this {
        Value::Map(inner) => map(info, shape, inner),
        Value::List(list) => {
            if let Some(id) = shape.items {
                list.items.iter_mut().for_each(|item| value(info, info.shape(id), &mut item.value));
            }
        }
        Value::Choice(choice) => {
            choice.options.iter_mut().for_each(|option| value(info, shape, &mut option.value));
        }
        Value::Text(text) => {
            if let Some(better) = from_text(shape.kinds, text) {
                *this = better;
            } else if shape.kinds == Kinds::LIST {
                // CloudFormation takes a single value for a list of one.
                wrap(info, shape, this);
            }
        }
        Value::Bool(b) if takes_text_only(shape.kinds) => *this = Value::Text(Arc::from(b.to_string())),
        Value::Int(i) if takes_text_only(shape.kinds) => *this = Value::Text(Arc::from(i.to_string())),
        Value::Double(d) if takes_text_only(shape.kinds) => *this = Value::Text(Arc::from(d.to_string())),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Partial(_) => {}
        Value::Unknown(unknown) => {
            if let Some(kind) = converted(shape.kinds, unknown.kind) {
                *unknown = Arc::new(Unknown { reason: unknown.reason.clone(), kind });
            }
        }
    }
}

/// What is known of the type of a value that is not known, once a property has taken it: a text is converted to the
/// truth value or number that the property takes, and the other way round.
fn converted(kinds: Kinds, kind: Kind) -> Option<Kind> {
    if kinds.any() {
        return None;
    }
    let takes_text = kinds.has(Kinds::TEXT);
    let takes_number = kinds.has(Kinds::INT) || kinds.has(Kinds::NUMBER);
    match kind {
        Kind::Text if takes_text => None,
        Kind::Text => match (kinds.has(Kinds::BOOL), takes_number) {
            (true, true) => Some(Kind::Present),
            (true, false) => Some(Kind::Bool),
            (false, true) => Some(Kind::Number),
            (false, false) => None,
        },
        Kind::Bool | Kind::Number if takes_text_only(kinds) => Some(Kind::Text),
        _ => None,
    }
}

fn wrap(info: &TypeInfo, shape: &Shape, this: &mut Value) {
    let mut inner = std::mem::replace(this, Value::Null);
    if let Some(id) = shape.items {
        value(info, info.shape(id), &mut inner);
    }
    *this = Value::List(Box::new(std::iter::once(Node::of(inner)).collect()));
}

fn takes_text_only(kinds: Kinds) -> bool {
    kinds == Kinds::TEXT
}

fn from_text(kinds: Kinds, text: &str) -> Option<Value> {
    if kinds.any() || kinds.has(Kinds::TEXT) {
        return None;
    }
    let bool = || match text {
        // CloudFormation reads YAML 1.1, in which these words are booleans as well.
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Value::Bool(false)),
        _ => None,
    };
    let number = || match text.parse::<i64>() {
        Ok(int) => Some(Value::Int(int)),
        Err(_) => text.parse::<f64>().ok().filter(|d| d.is_finite()).map(Value::Double),
    };
    if kinds.has(Kinds::BOOL)
        && let Some(value) = bool()
    {
        return Some(value);
    }
    if kinds.has(Kinds::INT) || kinds.has(Kinds::NUMBER) { number() } else { None }
}
