//! The shapes of CloudFormation's types, and values brought to them.

use std::sync::Arc;

use estate::catalogue::{Kinds, Shape, TypeInfo};

use crate::value::{Kind, List, Map, Node, Part, Reason, Span, Unknown, Value, from_json, join};

/// The argument's name of a property: in snake case.
///
/// A boundary stands before a capital that follows a small letter or digit, and before the last of several
/// capitals that a small letter follows: `KMSMasterKeyID` is `kms_master_key_id`.
pub fn snake(name: &str) -> String {
    letters(name).map(char::from).collect()
}

/// Whether a text is the argument's name of a property.
fn is_snake(name: &str, argument: &str) -> bool {
    letters(name).eq(argument.bytes())
}

/// The letters of [`snake`]. Names of properties are ASCII.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    let bytes = name.as_bytes();
    bytes.iter().enumerate().flat_map(move |(at, letter)| {
        let is_start = letter.is_ascii_uppercase()
            && at > 0
            && (!bytes[at - 1].is_ascii_uppercase() || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase));
        is_start.then_some(b'_').into_iter().chain([letter.to_ascii_lowercase()])
    })
}

/// The shape of a property by path, below some shape.
pub(crate) fn below<'i>(info: &'i TypeInfo, from: &'i Shape, path: &str) -> Option<&'i Shape> {
    let mut at = from;
    for step in path.trim_end_matches("[]").split('.') {
        at = through_lists(info, at);
        let id = at.property(step).map(|property| property.shape).or(at.others)?;
        at = info.shape(id);
    }
    Some(at)
}

/// The elements' shape of a list, and any other shape itself.
pub(crate) fn through_lists<'i>(info: &'i TypeInfo, mut shape: &'i Shape) -> &'i Shape {
    // A list of lists ends somewhere; a shape that is its own element does not, and no schema has one.
    for _ in 0..8 {
        match shape.items {
            Some(id) if shape.kinds.has(Kinds::LIST) => shape = info.shape(id),
            _ => break,
        }
    }
    shape
}

/// The value of a property that has the argument's name, with everything below it.
///
/// Recursion is bounded by the depth of the value.
pub(crate) fn same(info: &TypeInfo, shape: &Shape, node: &Node) -> Node {
    let value = match &node.value {
        Value::List(list) if shape.kinds.has(Kinds::LIST) || shape.kinds.any() => {
            let inner = shape.items.map(|id| info.shape(id));
            let items = list.items.iter().map(|item| match inner {
                Some(inner) => same(info, inner, item),
                None => item.clone(),
            });
            Value::open_list(items.collect(), false, list.rest.clone())
        }
        // A block that is written once stands for the map.
        Value::List(list) if shape.kinds.has(Kinds::MAP) => match (list.leading(), &list.rest) {
            (Some(first), _) => return same(info, shape, &first),
            (None, Some(rest)) => Value::Unknown(rest.clone()),
            (None, None) => Value::Null,
        },
        Value::Map(map) if shape.kinds.has(Kinds::MAP) && !shape.properties.is_empty() => {
            let mut made = Map { entries: Vec::new(), rest: map.rest.clone() };
            for property in &shape.properties {
                let found = map.entries.iter().find(|(argument, _)| is_snake(&property.name, argument));
                if let Some((_, node)) = found {
                    let node = same(info, info.shape(property.shape), node);
                    if !node.value.is_null() {
                        made.set(Arc::from(property.name.as_str()), node);
                    }
                }
            }
            Value::Map(Arc::new(made))
        }
        Value::Choice(choice) => {
            let options: Vec<Node> = choice.options.iter().map(|option| same(info, shape, option)).collect();
            Value::choice(options, choice.why.clone())
        }
        other => other.clone(),
    };
    Node::new(value, node.span)
}

/// Brings a value to what a property takes: JSON texts to objects, and objects to JSON texts.
///
/// Recursion is bounded by the depth of the value.
pub(crate) fn fit(info: &TypeInfo, shape: &Shape, node: &mut Node) {
    // What takes a single value of any type beside a map (an environment variable) takes a JSON text as it is.
    let takes_map = shape.kinds.has(Kinds::MAP) && !shape.kinds.has(Kinds::BOOL);
    let span = node.span;
    match &mut node.value {
        Value::Json(inner) if (takes_map || shape.kinds.any()) => {
            *node = (**inner).clone();
        }
        Value::Text(text) if takes_map && text.trim_start().starts_with(['{', '[']) => {
            if let Some(read) = read_json(&[Part::Known(text.clone())], span) {
                node.value = read.value;
            }
        }
        Value::Partial(partial) if takes_map => {
            let fits = partial.prefix().trim_start().starts_with('{');
            if fits && let Some(read) = read_json(&partial.parts, span) {
                node.value = read.value;
            }
        }
        Value::Choice(choice) => {
            let choice = Arc::make_mut(choice);
            choice.options.iter_mut().for_each(|option| fit(info, shape, option));
        }
        Value::Map(map) => {
            let map = Arc::make_mut(map);
            for (key, node) in &mut map.entries {
                let id = shape.property(key).map(|property| property.shape).or(shape.others);
                if let Some(id) = id {
                    fit(info, info.shape(id), node);
                }
            }
        }
        Value::List(list) => {
            if let Some(id) = shape.items {
                let list = Arc::make_mut(list);
                list.items.iter_mut().for_each(|item| fit(info, info.shape(id), item));
            }
        }
        _ => {}
    }
}

/// Leaves out empty texts of properties that need not be given: the provider cannot tell them from what is not written.
///
/// Recursion is bounded by the depth of the value.
pub(crate) fn without_empty(info: &TypeInfo, shape: &Shape, node: &mut Node) {
    match &mut node.value {
        Value::Map(map) if !shape.properties.is_empty() => {
            let map = Arc::make_mut(map);
            for (key, node) in &mut map.entries {
                let Some(property) = shape.property(key) else { continue };
                if !property.required {
                    unsaid(node);
                }
                without_empty(info, info.shape(property.shape), node);
            }
            map.entries.retain(|(_, node)| !node.value.is_null());
        }
        Value::List(list) => {
            if let Some(id) = shape.items {
                let list = Arc::make_mut(list);
                list.items.iter_mut().for_each(|item| without_empty(info, info.shape(id), item));
            }
        }
        Value::Choice(choice) => {
            let choice = Arc::make_mut(choice);
            choice.options.iter_mut().for_each(|option| without_empty(info, shape, option));
        }
        _ => {}
    }
}

fn unsaid(node: &mut Node) {
    match &mut node.value {
        Value::Text(text) if text.is_empty() => node.value = Value::Null,
        Value::Choice(choice) => Arc::make_mut(choice).options.iter_mut().for_each(unsaid),
        _ => {}
    }
}

// Limit: a policy or definition of more bytes is refused by every service that takes one.
const JSON_BYTES_MAX: usize = 2 << 20;

/// A JSON text with holes as a value: what fills a hole inside a string is a part of that string.
pub(crate) fn read_json(parts: &[Part], span: Span) -> Option<Node> {
    let mut text = String::new();
    let mut holes: Vec<Arc<Unknown>> = Vec::new();
    for part in parts {
        match part {
            Part::Known(known) => text.push_str(known),
            Part::Hole(hole) => {
                // Characters for private use: a text that has them itself is not taken apart.
                text.push_str(&format!("{OPEN}{}{CLOSE}", holes.len()));
                holes.push(hole.clone());
            }
        }
    }
    let own = parts.iter().filter_map(super::known).any(|known| known.contains([OPEN, CLOSE]));
    if own || text.len() > JSON_BYTES_MAX {
        return None;
    }
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    if depth(&json) > document::DEPTH_MAX {
        return None;
    }
    let mut node = from_json(&json, span);
    if !holes.is_empty() {
        fill(&mut node, &holes);
    }
    Some(node)
}

const OPEN: char = '\u{E0F0}';
const CLOSE: char = '\u{E0F1}';

fn depth(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Puts the holes back into the strings.
fn fill(node: &mut Node, holes: &[Arc<Unknown>]) {
    match &mut node.value {
        Value::Text(text) if text.contains(OPEN) => {
            let mut parts = Vec::new();
            let mut rest: &str = text;
            while let Some((before, after)) = rest.split_once(OPEN) {
                parts.push(Part::Known(Arc::from(before)));
                let Some((number, behind)) = after.split_once(CLOSE) else { break };
                if let Some(hole) = number.parse::<usize>().ok().and_then(|at| holes.get(at)) {
                    parts.push(Part::Hole(hole.clone()));
                }
                rest = behind;
            }
            parts.push(Part::Known(Arc::from(rest)));
            node.value = join(parts);
        }
        Value::List(list) => {
            let list: &mut List = Arc::make_mut(list);
            list.items.iter_mut().for_each(|item| fill(item, holes));
        }
        Value::Map(map) => {
            let map = Arc::make_mut(map);
            map.entries.iter_mut().for_each(|(_, node)| fill(node, holes));
            // A key that is not known may be any.
            if map.entries.iter().any(|(key, _)| key.contains(OPEN)) {
                map.entries.retain(|(key, _)| !key.contains(OPEN));
                let reason = Reason::Failed(Arc::from("a key of the object is not known"));
                map.rest = Some(Arc::new(Unknown { reason, kind: Kind::Any }));
            }
        }
        _ => {}
    }
}
