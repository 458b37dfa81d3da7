//! Values of Terraform's language, with what is not known and where each is written.
//!
//! They are those of [`estate::value`] with what only this language has: sets, texts that encode a value, and
//! resources, whose attributes are evaluated when they are asked for.

use std::sync::Arc;

use estate::value as plain;
pub(crate) use estate::value::{Kind, Part, Partial, Reason, Span, Unknown};

use crate::module::Instance;

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Arc<str>),
    /// A text of which some parts are unknown.
    Partial(Arc<Partial>),
    /// The JSON text of a value: what `jsonencode` gives, kept as the value so that positions survive.
    Json(Arc<Node>),
    List(Arc<List>),
    Map(Arc<Map>),
    /// One of a few values. Invariant: not empty, and none is itself a choice.
    Choice(Arc<Choice>),
    Unknown(Arc<Unknown>),
    /// A resource or data source as a whole.
    Instance(Arc<Instance>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) items: Vec<Node>,
    /// Whether it is a set: sorted and without doubles where its elements are known.
    pub(crate) set: bool,
    /// Why there may be more elements, if there may.
    pub(crate) rest: Option<Arc<Unknown>>,
}

impl List {
    /// The block that counts of those that are written: the first that is there. One that is perhaps not there leaves
    /// those behind it open.
    pub(crate) fn leading(&self) -> Option<Node> {
        let first = self.items.first()?;
        let Some(why) = absence(first) else { return Some(first.clone()) };
        let mut options: Vec<Node> = Vec::new();
        for item in &self.items {
            match &item.value {
                Value::Choice(choice) if absence(item).is_some() => {
                    options.extend(choice.options.iter().filter(|option| !option.value.is_null()).cloned());
                }
                _ => {
                    options.push(item.clone());
                    return Some(Node::new(Value::choice(options, why), first.span));
                }
            }
        }
        options.push(Node::new(Value::Null, first.span));
        Some(Node::new(Value::choice(options, why), first.span))
    }
}

/// A map or object. Invariant: sorted by key, no key twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    pub(crate) entries: Vec<(Arc<str>, Node)>,
    /// Why there may be more keys, if there may.
    pub(crate) rest: Option<Arc<Unknown>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) options: Vec<Node>,
    pub(crate) why: Arc<Unknown>,
}

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let at = self.entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.entries[at].1)
    }

    pub(crate) fn set(&mut self, key: Arc<str>, node: Node) {
        match self.entries.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => self.entries[at].1 = node,
            Err(at) => self.entries.insert(at, (key, node)),
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(self.entries.remove(at).1)
    }
}

impl FromIterator<(Arc<str>, Node)> for Map {
    /// Of several values of one key, the last counts.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Node)>>(entries: I) -> Map {
        let mut entries: Vec<(Arc<str>, Node)> = entries.into_iter().collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut kept: Vec<(Arc<str>, Node)> = Vec::with_capacity(entries.len());
        for entry in entries {
            match kept.last_mut() {
                Some(last) if last.0 == entry.0 => *last = entry,
                _ => kept.push(entry),
            }
        }
        Map { entries: kept, rest: None }
    }
}

// Limit: alternatives of one value; beyond it the value is simply unknown, as in a control's expression.
const OPTIONS_MAX: usize = 24;

impl Value {
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    pub(crate) fn unknown(reason: Reason, kind: Kind) -> Value {
        Value::Unknown(Arc::new(Unknown { reason, kind }))
    }

    pub(crate) fn failed(why: impl Into<Arc<str>>) -> Value {
        Value::unknown(Reason::Failed(why.into()), Kind::Any)
    }

    pub(crate) fn list(items: Vec<Node>) -> Value {
        Value::List(Arc::new(List { items, set: false, rest: None }))
    }

    pub(crate) fn open_list(items: Vec<Node>, set: bool, rest: Option<Arc<Unknown>>) -> Value {
        Value::List(Arc::new(List { items, set, rest }))
    }

    pub(crate) fn map(entries: impl IntoIterator<Item = (Arc<str>, Node)>) -> Value {
        Value::Map(Arc::new(entries.into_iter().collect()))
    }

    /// A choice among alternatives; one that is alone is no choice, and too many are unknown.
    pub(crate) fn choice(options: impl IntoIterator<Item = Node>, why: Arc<Unknown>) -> Value {
        let mut flat: Vec<Node> = Vec::new();
        for option in options {
            match option.value {
                Value::Choice(inner) => flat.extend(inner.options.iter().cloned()),
                _ => flat.push(option),
            }
        }
        let mut kept: Vec<Node> = Vec::new();
        for node in flat {
            if !kept.iter().any(|known| same(&known.value, &node.value)) {
                kept.push(node);
            }
        }
        if kept.len() == 1 {
            return kept.swap_remove(0).value;
        }
        if kept.is_empty() || kept.len() > OPTIONS_MAX {
            return Value::Unknown(Arc::new(Unknown { reason: why.reason.of_part(), kind: Kind::Any }));
        }
        Value::Choice(Arc::new(Choice { options: kept, why }))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_map(&self) -> Option<&Map> {
        if let Value::Map(map) = self { Some(map) } else { None }
    }

    pub(crate) fn as_list(&self) -> Option<&List> {
        if let Value::List(list) = self { Some(list) } else { None }
    }

    /// The first unknown in the value, at any depth.
    pub(crate) fn first_unknown(&self) -> Option<Arc<Unknown>> {
        match self {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) => None,
            Value::Partial(partial) => partial.holes().next().cloned(),
            Value::Json(inner) => inner.value.first_unknown(),
            Value::List(list) => {
                let inside = list.items.iter().find_map(|item| item.value.first_unknown());
                inside.or_else(|| list.rest.clone())
            }
            Value::Map(map) => {
                let inside = map.entries.iter().find_map(|(_, node)| node.value.first_unknown());
                inside.or_else(|| map.rest.clone())
            }
            Value::Choice(choice) => Some(choice.why.clone()),
            Value::Unknown(unknown) => Some(unknown.clone()),
            // As a whole it has attributes that are assigned at deployment.
            Value::Instance(instance) => Some(instance.reference(None, Kind::Map)),
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.first_unknown().is_none()
    }

    /// Whether the value has more nodes than a limit, each counted as often as it is reached.
    pub(crate) fn is_larger_than(&self, limit: usize) -> bool {
        fn weigh(value: &Value, left: &mut usize) -> bool {
            if *left == 0 {
                return true;
            }
            *left -= 1;
            match value {
                Value::List(list) => list.items.iter().any(|item| weigh(&item.value, left)),
                Value::Map(map) => map.entries.iter().any(|(_, node)| weigh(&node.value, left)),
                Value::Choice(choice) => choice.options.iter().any(|option| weigh(&option.value, left)),
                Value::Json(inner) => weigh(&inner.value, left),
                _ => false,
            }
        }
        let mut left = limit;
        weigh(self, &mut left)
    }

    /// What stands for something of this kind that is made of this value, where it is not wholly known.
    /// It is not the value itself: two things made of one variable need not be equal.
    pub(crate) fn made_of(&self, kind: Kind) -> Option<Arc<Unknown>> {
        self.first_unknown().map(|unknown| Arc::new(Unknown { reason: unknown.reason.of_part(), kind }))
    }

    /// What it is, in a word of the language.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a bool",
            Value::Int(_) | Value::Double(_) => "a number",
            Value::Text(_) | Value::Partial(_) | Value::Json(_) => "a string",
            Value::List(list) if list.set => "a set",
            Value::List(_) => "a list",
            Value::Map(_) | Value::Instance(_) => "an object",
            Value::Choice(_) | Value::Unknown(_) => "an unknown value",
        }
    }
}

impl Node {
    pub(crate) fn new(value: Value, span: Span) -> Node {
        Node { value, span }
    }

    pub(crate) fn of(value: Value) -> Node {
        Node { value, span: Span::NONE }
    }

    /// The same value at another place: where it is used.
    pub(crate) fn at(mut self, span: Span) -> Node {
        self.span = span;
        self
    }
}

/// Whether two values are surely the same, unknowns included.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => number(a) == number(b),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Partial(a), Value::Partial(b)) => a == b && a.holes().all(|hole| hole.reason.is_one_value()),
        (Value::Json(a), Value::Json(b)) => same(&a.value, &b.value),
        (Value::Unknown(a), Value::Unknown(b)) => a.reason == b.reason && a.reason.is_one_value(),
        (Value::List(a), Value::List(b)) => {
            a.rest.is_none()
                && b.rest.is_none()
                && a.items.len() == b.items.len()
                && a.items.iter().zip(&b.items).all(|(a, b)| same(&a.value, &b.value))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.rest.is_none()
                && b.rest.is_none()
                && a.entries.len() == b.entries.len()
                && a.entries.iter().zip(&b.entries).all(|(a, b)| a.0 == b.0 && same(&a.1.value, &b.1.value))
        }
        (Value::Instance(a), Value::Instance(b)) => a.key == b.key,
        _ => false,
    }
}

/// Whether two values are equal; `None` where that hangs on what is unknown.
pub(crate) fn equal(a: &Value, b: &Value) -> Option<bool> {
    if same(a, b) {
        return Some(true);
    }
    match (a, b) {
        (Value::Choice(choice), other) | (other, Value::Choice(choice)) => {
            let mut answers = choice.options.iter().map(|option| equal(&option.value, other));
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        (Value::Unknown(unknown), other) | (other, Value::Unknown(unknown)) => {
            let kind = match other {
                Value::Null => {
                    // What AWS or a caller gives is there; of the rest nothing is known.
                    return (unknown.kind != Kind::Any).then_some(false);
                }
                Value::Bool(_) => Kind::Bool,
                Value::Int(_) | Value::Double(_) => Kind::Number,
                Value::Text(_) | Value::Partial(_) | Value::Json(_) => Kind::Text,
                Value::List(_) => Kind::List,
                Value::Map(_) => Kind::Map,
                _ => return None,
            };
            if matches!(unknown.kind, Kind::Any | Kind::Present) || unknown.kind == kind {
                // An id that is assigned is never empty.
                if other.as_text() == Some("") && unknown.is_assigned() {
                    return Some(false);
                }
                return None;
            }
            // A number or bool may be written as text, and equality converts nothing; but a kind is only what a
            // type says, and `any` may be converted later.
            None
        }
        (Value::Partial(partial), Value::Text(text)) | (Value::Text(text), Value::Partial(partial)) => {
            let fits = text.starts_with(partial.prefix())
                && text.ends_with(partial.suffix())
                && text.len() >= partial.known().map(str::len).sum::<usize>();
            if fits { None } else { Some(false) }
        }
        (Value::Null, _) | (_, Value::Null) => Some(false),
        (Value::List(a), Value::List(b)) => {
            // Where elements may be missing or more may come, nobody knows which stand at the same place; a list
            // that has one is not an empty one all the same.
            if !(is_settled(a) && is_settled(b)) {
                let is_empty = |list: &List| list.rest.is_none() && list.items.is_empty();
                let has_one = |list: &List| list.items.iter().any(|item| absence(item).is_none());
                let differ = is_empty(a) && has_one(b) || is_empty(b) && has_one(a);
                return differ.then_some(false);
            }
            if a.items.len() != b.items.len() {
                return Some(false);
            }
            fold(false, a.items.iter().zip(&b.items).map(|(a, b)| equal(&a.value, &b.value)))
        }
        (Value::Map(a), Value::Map(b)) => {
            let optional = |map: &Map| map.entries.iter().any(|(_, node)| absence(node).is_some());
            let open = a.rest.is_some() || b.rest.is_some() || optional(a) || optional(b);
            let differs = a.entries.len() != b.entries.len()
                || a.entries.iter().zip(&b.entries).any(|((a, _), (b, _))| a != b);
            if differs {
                return if open { None } else { Some(false) };
            }
            fold(open, a.entries.iter().zip(&b.entries).map(|((_, a), (_, b))| equal(&a.value, &b.value)))
        }
        (json @ Value::Json(_), other) | (other, json @ Value::Json(_)) => {
            equal(&as_string(json)?, &as_string(other)?)
        }
        (Value::Instance(_) | Value::Partial(_), _) | (_, Value::Instance(_) | Value::Partial(_)) => None,
        _ => Some(false),
    }
}

/// Why an element of a list may not be there, if it may not: one alternative is null.
pub(crate) fn absence(node: &Node) -> Option<Arc<Unknown>> {
    match &node.value {
        Value::Choice(choice) if choice.options.iter().any(|option| option.value.is_null()) => {
            Some(choice.why.clone())
        }
        _ => None,
    }
}

/// Whether the elements and their number are certain, though perhaps not their values.
pub(crate) fn is_settled(list: &List) -> bool {
    list.rest.is_none()
        && list.items.iter().all(|item| absence(item).is_none())
        // Two unknown elements of a set may be one.
        && (!list.set || list.items.len() < 2 || list.items.iter().all(|item| item.value.is_known()))
}

/// Whether any of several answers is yes.
pub(crate) fn any(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut open = false;
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => open = true,
        }
    }
    (!open).then_some(false)
}

fn fold(open: bool, answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = !open;
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => whole = false,
        }
    }
    whole.then_some(true)
}

/// The number, where the value is one.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Double(n) => Some(*n),
        _ => None,
    }
}

/// A number as Terraform writes it.
pub(crate) fn show_double(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e18 { format!("{number:.0}") } else { format!("{number}") }
}

/// A number as the value that holds it exactly where one does.
pub(crate) fn from_double(number: f64) -> Value {
    // Beyond 2^53 a double no longer tells whole numbers apart.
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        Value::Int(number as i64)
    } else {
        Value::Double(number)
    }
}

/// A value as the parts of a text; `None` for what no text can be made of.
pub(crate) fn parts(value: &Value) -> Option<Vec<Part>> {
    let known = |text: String| Some(vec![Part::Known(Arc::from(text))]);
    match value {
        Value::Text(text) => Some(vec![Part::Known(text.clone())]),
        Value::Bool(b) => known(b.to_string()),
        Value::Int(n) => known(n.to_string()),
        Value::Double(n) => known(show_double(*n)),
        Value::Partial(partial) => Some(partial.parts.clone()),
        Value::Unknown(unknown) => Some(vec![Part::Hole(unknown.clone())]),
        Value::Json(inner) => {
            let mut pieces = Vec::new();
            json_parts(&inner.value, &mut pieces);
            // Known neighbours become one, as in any text.
            parts(&join(pieces))
        }
        Value::Choice(choice) => {
            let reason = choice.why.reason.of_part();
            Some(vec![Part::Hole(Arc::new(Unknown { reason, kind: Kind::Text }))])
        }
        Value::Null | Value::List(_) | Value::Map(_) | Value::Instance(_) => None,
    }
}

/// A text joined from parts.
pub(crate) fn join(parts: Vec<Part>) -> Value {
    match Partial::join(parts) {
        plain::Value::Text(text) => Value::Text(text),
        plain::Value::Partial(partial) => Value::Partial(Arc::new(*partial)),
        plain::Value::Unknown(unknown) => Value::Unknown(unknown),
        _ => Value::failed("no text"),
    }
}

/// The text of a value, with holes where something is unknown.
pub(crate) fn as_string(value: &Value) -> Option<Value> {
    match value {
        Value::Text(_) | Value::Partial(_) | Value::Unknown(_) => Some(value.clone()),
        other => parts(other).map(join),
    }
}

/// The JSON text of a value in the form of `jsonencode`: no space, keys sorted, `<`, `>` and `&` escaped.
pub(crate) fn json_parts(value: &Value, out: &mut Vec<Part>) {
    let mut left = JSON_BYTES_MAX;
    write_json(value, out, &mut left);
}

// Limit: bytes of the JSON text of one value, as of any text that is put together; behind it nothing is known.
const JSON_BYTES_MAX: usize = 2 << 20;

/// Recursion is bounded by the depth of the value.
fn write_json(value: &Value, out: &mut Vec<Part>, left: &mut usize) {
    if *left == 0 {
        return;
    }
    let known = |text: &str, out: &mut Vec<Part>, left: &mut usize| {
        if text.len() > *left {
            *left = 0;
            let reason = Reason::Failed(Arc::from("the text grows too long"));
            out.push(Part::Hole(Arc::new(Unknown { reason, kind: Kind::Text })));
        } else {
            *left -= text.len();
            out.push(Part::Known(Arc::from(text)));
        }
    };
    match value {
        Value::Null => known("null", out, left),
        Value::Bool(b) => known(&b.to_string(), out, left),
        Value::Int(n) => known(&n.to_string(), out, left),
        Value::Double(n) => known(&show_double(*n), out, left),
        Value::Text(text) => known(&quote(text), out, left),
        Value::Partial(partial) => {
            known("\"", out, left);
            for part in &partial.parts {
                match part {
                    Part::Known(text) => {
                        let quoted = quote(text);
                        known(&quoted[1..quoted.len() - 1], out, left);
                    }
                    hole @ Part::Hole(_) => out.push(hole.clone()),
                }
            }
            known("\"", out, left);
        }
        Value::Json(inner) => {
            let mut parts = Vec::new();
            write_json(&inner.value, &mut parts, left);
            write_json(&join(parts), out, left);
        }
        Value::List(list) => {
            known("[", out, left);
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    known(",", out, left);
                }
                write_json(&item.value, out, left);
            }
            if let Some(rest) = &list.rest {
                out.push(hole(rest));
            }
            known("]", out, left);
        }
        Value::Map(map) => {
            known("{", out, left);
            for (at, (key, node)) in map.entries.iter().enumerate() {
                if at > 0 {
                    known(",", out, left);
                }
                known(&quote(key), out, left);
                known(":", out, left);
                write_json(&node.value, out, left);
            }
            if let Some(rest) = &map.rest {
                out.push(hole(rest));
            }
            known("}", out, left);
        }
        Value::Unknown(unknown) if unknown.kind == Kind::Text => {
            known("\"", out, left);
            out.push(hole(unknown));
            known("\"", out, left);
        }
        other => {
            if let Some(unknown) = other.first_unknown() {
                out.push(hole(&unknown));
            }
        }
    }
}

fn hole(unknown: &Arc<Unknown>) -> Part {
    Part::Hole(Arc::new(Unknown { reason: unknown.reason.of_part(), kind: Kind::Text }))
}

fn quote(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    if !quoted.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return quoted;
    }
    let mut out = String::with_capacity(quoted.len() + 16);
    for letter in quoted.chars() {
        match letter {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}

/// A value read from JSON, every part at one position.
pub(crate) fn from_json(json: &serde_json::Value, span: Span) -> Node {
    let value = match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Double(n.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(items) => {
            Value::list(items.iter().map(|item| from_json(item, span)).collect())
        }
        serde_json::Value::Object(entries) => {
            Value::map(entries.iter().map(|(key, value)| (Arc::from(key.as_str()), from_json(value, span))))
        }
    };
    Node::new(value, span)
}

/// The value as an estate carries it; `None` where it is null, which in an argument means "not written".
pub(crate) fn to_estate(node: &Node) -> Option<plain::Node> {
    carried(node, LEVELS_MAX)
}

// Limit: lists, maps and choices within each other. Templates stop at 100 levels of text; a level that is not known
// whole takes up to three in an estate file, which has room for 256.
const LEVELS_MAX: usize = 80;

/// Recursion is bounded by the levels that are left.
fn carried(node: &Node, levels: usize) -> Option<plain::Node> {
    if levels == 0 && matches!(node.value, Value::List(_) | Value::Map(_) | Value::Choice(_)) {
        let value = plain::Value::unknown(Reason::Failed(Arc::from("the value nests too deep")));
        return Some(plain::Node { value, span: node.span });
    }
    let inner = |node: &Node| carried(node, levels - 1);
    let value = match &node.value {
        Value::Null => return None,
        Value::Bool(b) => plain::Value::Bool(*b),
        Value::Int(n) => plain::Value::Int(*n),
        Value::Double(n) => plain::Value::Double(*n),
        Value::Text(text) => plain::Value::Text(text.clone()),
        Value::Partial(partial) => plain::Value::Partial(Box::new((**partial).clone())),
        Value::Json(inner) => {
            let mut parts = Vec::new();
            json_parts(&inner.value, &mut parts);
            Partial::join(parts)
        }
        Value::List(list) => plain::Value::List(Box::new(plain::List {
            items: list.items.iter().filter_map(inner).collect(),
            rest: list.rest.clone(),
        })),
        Value::Map(map) => plain::Value::Map(Box::new(plain::Map {
            entries: map.entries.iter().filter_map(|(key, node)| Some((key.clone(), inner(node)?))).collect(),
            rest: map.rest.clone(),
        })),
        Value::Choice(choice) => {
            return plain::Choice::among(choice.options.iter().map(inner), choice.why.clone(), node.span);
        }
        Value::Unknown(unknown) => plain::Value::Unknown(unknown.clone()),
        Value::Instance(instance) => plain::Value::Unknown(instance.reference(None, Kind::Map)),
    };
    Some(plain::Node { value, span: node.span })
}
