//! Small steps on evaluated values that every expansion takes.

use std::sync::Arc;

use estate::value::{Choice, Kind, List, Map, Node, Part, Partial, Reason, Span, Unknown, Value};

use super::Surroundings;
use crate::eval::{made_of, parts};
use crate::substitute::{Piece, pieces};

/// Whether something holds of a value that may be unknown.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Yes,
    No,
    Perhaps(Arc<Unknown>),
}

impl Answer {
    pub(super) fn is_no(&self) -> bool {
        matches!(self, Answer::No)
    }

    /// Why it is not certain.
    pub(super) fn doubt(&self) -> Option<&Arc<Unknown>> {
        if let Answer::Perhaps(why) = self { Some(why) } else { None }
    }

    /// Whether either holds.
    pub(super) fn or(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
            (Answer::Perhaps(why), _) | (_, Answer::Perhaps(why)) => Answer::Perhaps(why),
            (Answer::No, Answer::No) => Answer::No,
        }
    }
}

/// Whether a property is given at all.
pub(super) fn given(map: &Map, key: &str) -> Answer {
    match map.get(key).map(|node| &node.value) {
        None => map.rest.clone().map_or(Answer::No, Answer::Perhaps),
        Some(Value::Null) => Answer::No,
        Some(Value::Choice(choice)) if choice.or_absent => Answer::Perhaps(choice.why.clone()),
        Some(Value::Unknown(unknown)) if unknown.kind == Kind::Any => Answer::Perhaps(unknown.clone()),
        Some(_) => Answer::Yes,
    }
}

/// Whether a property is given and passes a test.
pub(super) fn ask(map: &Map, key: &str, test: &dyn Fn(&Value) -> bool) -> Answer {
    match map.get(key) {
        None => map.rest.clone().map_or(Answer::No, Answer::Perhaps),
        Some(node) => ask_value(&node.value, test),
    }
}

fn ask_value(value: &Value, test: &dyn Fn(&Value) -> bool) -> Answer {
    match value {
        Value::Unknown(unknown) => Answer::Perhaps(unknown.clone()),
        Value::Partial(_) => made_of(value, Kind::Any).map_or(Answer::No, Answer::Perhaps),
        Value::Choice(choice) => {
            let answers: Vec<Answer> =
                choice.options.iter().map(|option| ask_value(&option.value, test)).collect();
            if answers.iter().all(Answer::is_no) {
                Answer::No
            } else if !choice.or_absent && answers.iter().all(|answer| matches!(answer, Answer::Yes)) {
                Answer::Yes
            } else {
                Answer::Perhaps(choice.why.clone())
            }
        }
        known if test(known) => Answer::Yes,
        _ => Answer::No,
    }
}

/// A test for [`ask`]: CloudFormation takes the text `"true"` for a bool.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        Value::Text(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// A test for [`ask`].
pub(super) fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(b) => !*b,
        Value::Text(text) => text.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

pub(super) fn at(span: Span, value: Value) -> Node {
    Node { value, span }
}

/// A reason in words.
pub(super) fn stated(reason: &str, kind: Kind) -> Arc<Unknown> {
    Arc::new(Unknown { reason: Reason::Stated(Arc::from(reason)), kind })
}

pub(super) fn text_of(text: String) -> Node {
    Node::of(Value::Text(Arc::from(text)))
}

pub(super) fn texts(all: &[&str]) -> Node {
    list_of(all.iter().map(|text| Node::text(text)).collect())
}

pub(super) fn list_of(items: Vec<Node>) -> Node {
    Node::of(Value::List(Box::new(List { items, rest: None })))
}

pub(super) fn entries<const N: usize>(all: [(&str, Node); N]) -> Map {
    let mut map = Map::default();
    for (key, node) in all {
        put(&mut map, key, node);
    }
    map
}

pub(super) fn map_of<const N: usize>(all: [(&str, Node); N]) -> Node {
    map_node(Span::NONE, entries(all))
}

pub(super) fn map_node(span: Span, map: Map) -> Node {
    Node { value: Value::Map(Box::new(map)), span }
}

pub(super) fn put(map: &mut Map, key: &str, node: Node) {
    map.set(Arc::from(key), node);
}

/// Carries properties over under another name, unchanged.
pub(super) fn carry(from: &Map, to: &mut Map, names: &[(&str, &str)]) {
    for (name, new) in names {
        if let Some(node) = from.get(name) {
            put(to, new, node.clone());
        }
    }
}

/// Carries properties over under the same name, unchanged.
pub(super) fn carry_same(from: &Map, to: &mut Map, names: &[&str]) {
    for name in names {
        carry(from, to, &[(*name, *name)]);
    }
}

/// Carries every property over that is not SAM's own, and that there may be more.
pub(super) fn carry_others(from: &Map, to: &mut Map, own: &[&str]) {
    for (key, node) in &from.entries {
        if !own.contains(&&**key) {
            to.set(key.clone(), node.clone());
        }
    }
    carry_rest(from, to);
}

/// Where there may be more properties, there may be more in what is made of them.
pub(super) fn carry_rest(from: &Map, to: &mut Map) {
    if to.rest.is_none() {
        to.rest.clone_from(&from.rest);
    }
}

/// A property, or what SAM takes where it is not given.
pub(super) fn or_default(map: &Map, key: &str, default: Node) -> Node {
    let Some(node) = map.get(key) else {
        return match &map.rest {
            Some(why) => Node::of(Value::Unknown(why.clone())),
            None => default,
        };
    };
    match &node.value {
        Value::Null => default,
        Value::Choice(choice) if choice.or_absent => {
            let mut all: Vec<Option<Node>> = choice.options.iter().cloned().map(Some).collect();
            all.push(Some(default.clone()));
            Choice::among(all, choice.why.clone(), node.span).unwrap_or(default)
        }
        _ => node.clone(),
    }
}

/// Takes a step on a value, or on each of its alternatives.
pub(super) fn each(node: &Node, step: &dyn Fn(&Node) -> Option<Node>) -> Option<Node> {
    let Value::Choice(choice) = &node.value else { return step(node) };
    let mut all: Vec<Option<Node>> = choice.options.iter().map(step).collect();
    if choice.or_absent {
        all.push(None);
    }
    Choice::among(all, choice.why.clone(), node.span)
}

/// A property that is a map, as far as it is one: what is not known of it is its rest.
pub(super) fn section(map: &Map, key: &str) -> Map {
    match map.get(key) {
        None => Map { entries: Vec::new(), rest: map.rest.clone() },
        Some(node) => section_of(&node.value),
    }
}

fn section_of(value: &Value) -> Map {
    match value {
        Value::Map(map) => (**map).clone(),
        Value::Choice(choice) => match choice.options.as_slice() {
            // That it may be absent is for `given` to say.
            [only] => section_of(&only.value),
            _ => Map { entries: Vec::new(), rest: Some(choice.why.clone()) },
        },
        value => Map { entries: Vec::new(), rest: made_of(value, Kind::Any) },
    }
}

/// An element of a list that is perhaps not there, where there is a reason for doubt.
pub(super) fn doubtful(node: Node, doubt: Option<&Arc<Unknown>>) -> Node {
    let Some(why) = doubt else { return node };
    let Node { value, span } = node;
    let choice = match value {
        Value::Choice(mut inner) => {
            inner.or_absent = true;
            inner
        }
        value => Box::new(Choice { options: vec![Node { value, span }], or_absent: true, why: why.clone() }),
    };
    Node { value: Value::Choice(choice), span }
}

/// A value as a piece of a text.
pub(super) fn pieces_of(value: &Value) -> Vec<Part> {
    parts(value).unwrap_or_else(|| {
        let hole =
            made_of(value, Kind::Text).unwrap_or_else(|| stated("a part of it is no text", Kind::Text));
        vec![Part::Hole(hole)]
    })
}

/// Fills in a pattern as `Fn::Sub` does: with the values given, and with pseudo parameters.
pub(super) fn fill(around: &dyn Surroundings, pattern: &str, values: &[(&str, &Value)]) -> Value {
    let mut joined = Vec::new();
    let pattern = pieces(pattern);
    let lone = pattern.len() == 1;
    for piece in pattern {
        match piece {
            Piece::Text(text) => joined.push(Part::Known(Arc::from(text))),
            Piece::Variable(name) => match values.iter().find(|(known, _)| *known == name) {
                // A value by itself stays what it is, a reference above all.
                Some((_, value)) if lone => return (*value).clone(),
                Some((_, value)) => joined.extend(pieces_of(value)),
                None => joined.extend(pieces_of(&around.pseudo(name))),
            },
        }
    }
    Partial::join(joined)
}

/// The letters and digits of a text, as logical ids are made of.
pub(super) fn alphanumeric(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// SAM's `Tags`, a map, as CloudFormation's list; `None` where there is none.
///
/// SAM adds a tag of its own to what it makes of functions and state machines.
pub(super) fn tags(properties: &Map, created_by: Option<&str>) -> Option<Node> {
    let mut list = List::default();
    let mut span = Span::NONE;
    if let Some(key) = created_by {
        list.items.push(tag(key, Node::text("SAM")));
    }
    match properties.get("Tags") {
        Some(node) => {
            span = node.span;
            add_tags(node, None, &mut list);
        }
        None => list.rest.clone_from(&properties.rest),
    }
    if list.items.is_empty() && list.rest.is_none() {
        return None;
    }
    Some(Node { value: Value::List(Box::new(list)), span })
}

fn tag(key: &str, value: Node) -> Node {
    let span = value.span;
    map_node(span, entries([("Key", Node::text(key)), ("Value", value)]))
}

fn add_tags(node: &Node, doubt: Option<&Arc<Unknown>>, list: &mut List) {
    match &node.value {
        Value::Null => {}
        Value::Map(map) => {
            for (key, value) in &map.entries {
                let absent = match &value.value {
                    Value::Choice(choice) if choice.or_absent => Some(&choice.why),
                    _ => None,
                };
                list.items.push(doubtful(tag(key, value.clone()), doubt.or(absent)));
            }
            if list.rest.is_none() {
                list.rest.clone_from(&map.rest);
            }
        }
        Value::List(own) => {
            list.items.extend(own.items.iter().map(|item| doubtful(item.clone(), doubt)));
            if list.rest.is_none() {
                list.rest.clone_from(&own.rest);
            }
        }
        Value::Choice(choice) => {
            for option in &choice.options {
                add_tags(option, Some(doubt.unwrap_or(&choice.why)), list);
            }
        }
        Value::Unknown(unknown) => list.rest = Some(unknown.clone()),
        _ => list.items.push(node.clone()),
    }
}

/// SAM's location of code or of a definition (an S3 URI, a local path, or a map) as CloudFormation's, under the
/// names for its bucket, key and version.
///
/// What stands at a local path is put into a bucket by `sam package`.
pub(super) fn location(node: &Node, names: [&str; 3]) -> Option<Node> {
    each(node, &|node| Some(one_location(node, names)))
}

fn one_location(node: &Node, [bucket, key, version]: [&str; 3]) -> Node {
    let span = node.span;
    match &node.value {
        Value::Text(uri) => {
            let Some((bucket_name, path)) = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/'))
            else {
                return at(span, Value::Unknown(stated("`sam package` puts it into a bucket", Kind::Map)));
            };
            let (path, object_version) = match path.split_once("?versionId=") {
                Some((path, object_version)) => (path, Some(object_version)),
                None => (path, None),
            };
            let text = |text: &str| at(span, Value::Text(Arc::from(text)));
            let mut map = entries([(bucket, text(bucket_name)), (key, text(path))]);
            if let Some(object_version) = object_version {
                put(&mut map, version, text(object_version));
            }
            map_node(span, map)
        }
        Value::Map(from) => {
            let mut map = Map::default();
            carry(from, &mut map, &[("Bucket", bucket), ("Key", key), ("Version", version)]);
            carry_others(from, &mut map, &["Bucket", "Key", "Version"]);
            map_node(span, map)
        }
        value => match made_of(value, Kind::Map) {
            Some(unknown) => at(span, Value::Unknown(unknown)),
            None => node.clone(),
        },
    }
}
