//! Values as JSON: what is known is plain JSON; what is not is an object with the key `?`.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use foldhash::HashSet;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use crate::value::{Choice, FileId, Kind, List, Map, Node, Part, Partial, Reason, Span, Unknown, Value};

// Limit: nesting of the JSON of a line. Readers of templates stop at 100 levels, and a level of a value that is
// partly known takes two of JSON.
const DEPTH_MAX: usize = 256;

/// A line of a block: what is in every resource by name, the properties as text, and the rest.
#[derive(Deserialize)]
pub(super) struct Line<'l> {
    #[serde(rename = "type", borrow)]
    pub(super) type_name: Cow<'l, str>,
    #[serde(borrow)]
    pub(super) key: Cow<'l, str>,
    #[serde(borrow)]
    pub(super) address: Cow<'l, str>,
    #[serde(borrow)]
    pub(super) at: Cow<'l, str>,
    #[serde(borrow)]
    pub(super) id: Option<Cow<'l, str>>,
    #[serde(borrow)]
    pub(super) arn: Option<Cow<'l, str>>,
    #[serde(borrow)]
    pub(super) account: Option<Cow<'l, str>>,
    #[serde(borrow)]
    pub(super) region: Option<Cow<'l, str>>,
    #[serde(borrow)]
    pub(super) construct: Option<Cow<'l, str>>,
    #[serde(borrow)]
    pub(super) properties: &'l RawValue,
    #[serde(flatten)]
    pub(super) rest: std::collections::BTreeMap<String, Json>,
}

/// Reads a line and makes something of it. `None` where it is no such line.
pub(super) fn line<T>(text: &str, make: impl FnOnce(&Line) -> Option<T>) -> Option<T> {
    let line: Line = serde_json::from_str(text).ok()?;
    make(&line)
}

/// A tree of JSON, however deep up to the limit.
fn tree(text: &RawValue) -> Option<Json> {
    // The depth is looked at first, so that the recursion that follows has a bound.
    if depth(text.get().as_bytes()) > DEPTH_MAX {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(text.get());
    deserializer.disable_recursion_limit();
    Json::deserialize(&mut deserializer).ok()
}

/// How deep a JSON text is nested; brackets inside texts do not count.
fn depth(text: &[u8]) -> usize {
    let (mut now, mut most, mut quoted, mut escaped) = (0usize, 0, false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' if !quoted => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Texts that recur are kept once.
#[derive(Default)]
pub(super) struct Interner(HashSet<Arc<str>>);

impl Interner {
    pub(super) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(new.clone());
        new
    }

    /// A value's text: only short ones recur.
    fn value(&mut self, text: &str) -> Arc<str> {
        if text.len() <= 24 { self.intern(text) } else { Arc::from(text) }
    }
}

/// The positions of a resource's values, in the order in which the values are written: five numbers each, the
/// first two as differences from the position before.
#[derive(Default)]
pub(super) struct Spans {
    text: String,
    numbers: Vec<i64>,
    at: usize,
    file: i64,
    line: i64,
}

impl Spans {
    pub(super) fn put(&mut self, span: Span) {
        if !span.is_some() {
            self.text.push_str("- ");
            return;
        }
        let (file, line) = (i64::from(span.file.0), i64::from(span.line));
        // Writing to a string cannot fail.
        let _ = write!(
            self.text,
            "{} {} {} {} {} ",
            file - self.file,
            line - self.line,
            span.height,
            span.column,
            span.end_column
        );
        (self.file, self.line) = (file, line);
    }

    pub(super) fn text(mut self) -> String {
        self.text.pop();
        self.text
    }

    pub(super) fn parse(text: &str) -> Option<Spans> {
        let mut numbers = Vec::with_capacity(text.len() / 2);
        for word in text.split_ascii_whitespace() {
            numbers.push(if word == "-" { i64::MAX } else { word.parse().ok()? });
        }
        Some(Spans { numbers, ..Spans::default() })
    }

    pub(super) fn take(&mut self) -> Option<Span> {
        if *self.numbers.get(self.at)? == i64::MAX {
            self.at += 1;
            return Some(Span::NONE);
        }
        let [file, line, height, column, end_column] = *self.numbers.get(self.at..self.at + 5)? else {
            return None;
        };
        self.at += 5;
        self.file = self.file.checked_add(file)?;
        self.line = self.line.checked_add(line)?;
        let file = FileId(u32::try_from(self.file).ok()?);
        if file == FileId::NONE {
            return None;
        }
        Some(Span {
            file,
            line: u32::try_from(self.line).ok()?,
            height: u16::try_from(height).ok()?,
            column: u16::try_from(column).ok()?,
            end_column: u16::try_from(end_column).ok()?,
        })
    }
}

const KINDS: [(Kind, &str); 7] = [
    (Kind::Any, "any"),
    (Kind::Present, "present"),
    (Kind::Bool, "bool"),
    (Kind::Number, "number"),
    (Kind::Text, "text"),
    (Kind::List, "list"),
    (Kind::Map, "map"),
];

pub(super) fn unknown(unknown: &Unknown) -> Json {
    let kind = KINDS.iter().find(|(kind, _)| *kind == unknown.kind).map_or("any", |(_, word)| word);
    json!({ "is": kind, "why": reason(&unknown.reason) })
}

fn reason(reason: &Reason) -> Json {
    match reason {
        // A part of a part is a part: the nesting is one deep.
        Reason::Part(whole) => json!(["part", self::reason(whole)]),
        Reason::Parameter { name, scope } => json!(["parameter", &**name, &**scope]),
        Reason::Variable { name, scope } => json!(["variable", &**name, &**scope]),
        Reason::Data(text) => json!(["data", &**text]),
        Reason::Reference { target, attribute } => json!(["reference", &**target, attribute.as_deref()]),
        Reason::Pseudo(text) => json!(["pseudo", &**text]),
        Reason::Assigned(text) => json!(["assigned", &**text]),
        Reason::Import(text) => json!(["import", &**text]),
        Reason::Dynamic(text) => json!(["dynamic", &**text]),
        Reason::Condition(text) => json!(["condition", &**text]),
        Reason::Macro(text) => json!(["macro", &**text]),
        Reason::Missing(text) => json!(["missing", &**text]),
        Reason::Damaged(text) => json!(["damaged", &**text]),
        Reason::Denied(text) => json!(["denied", &**text]),
        Reason::Throttled(text) => json!(["throttled", &**text]),
        Reason::Unsupported(text) => json!(["unsupported", &**text]),
        Reason::Failed(text) => json!(["failed", &**text]),
        Reason::Stated(text) => json!(["stated", &**text]),
    }
}

pub(super) fn read_unknown(json: &Json) -> Option<Arc<Unknown>> {
    let word = json["is"].as_str()?;
    let kind = KINDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)?;
    Some(Arc::new(Unknown { reason: read_reason(&json["why"], 0)?, kind }))
}

fn read_reason(why: &Json, depth: usize) -> Option<Reason> {
    if why[0] == "part" && depth == 0 {
        return Some(Reason::Part(Arc::new(read_reason(&why[1], 1)?)));
    }
    let text: Arc<str> = Arc::from(why[1].as_str()?);
    Some(match why[0].as_str()? {
        "parameter" => Reason::Parameter { name: text, scope: Arc::from(why[2].as_str()?) },
        "reference" => Reason::Reference { target: text, attribute: why[2].as_str().map(Arc::from) },
        "variable" => Reason::Variable { name: text, scope: Arc::from(why[2].as_str()?) },
        "data" => Reason::Data(text),
        "pseudo" => Reason::Pseudo(text),
        "assigned" => Reason::Assigned(text),
        "import" => Reason::Import(text),
        "dynamic" => Reason::Dynamic(text),
        "condition" => Reason::Condition(text),
        "macro" => Reason::Macro(text),
        "missing" => Reason::Missing(text),
        "damaged" => Reason::Damaged(text),
        "denied" => Reason::Denied(text),
        "throttled" => Reason::Throttled(text),
        "unsupported" => Reason::Unsupported(text),
        "failed" => Reason::Failed(text),
        "stated" => Reason::Stated(text),
        _ => return None,
    })
}

pub(super) fn node(node: &Node, spans: &mut Spans) -> Json {
    spans.put(node.span);
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(b) => json!(b),
        Value::Int(i) => json!(i),
        Value::Double(d) => json!(d),
        Value::Text(text) => json!(&**text),
        Value::Partial(partial) => {
            let part = |part: &Part| match part {
                Part::Known(text) => json!(&**text),
                Part::Hole(hole) => unknown(hole),
            };
            json!({ "?": "partial", "parts": partial.parts.iter().map(part).collect::<Vec<_>>() })
        }
        Value::List(list) => {
            let items: Vec<Json> = list.items.iter().map(|item| self::node(item, spans)).collect();
            match &list.rest {
                None => Json::Array(items),
                Some(why) => json!({ "?": "list", "items": items, "rest": unknown(why) }),
            }
        }
        Value::Map(inner) => map(inner, spans),
        Value::Choice(choice) => {
            let options: Vec<Json> = choice.options.iter().map(|option| self::node(option, spans)).collect();
            json!({ "?": "choice", "options": options, "or_absent": choice.or_absent, "because": unknown(&choice.why) })
        }
        Value::Unknown(this) => json!({ "?": "unknown", "because": unknown(this) }),
    }
}

/// A map. Its keys stand in the order written; one that has the key `?` itself, or is only partly known, is
/// spelled out.
pub(super) fn map(this: &Map, spans: &mut Spans) -> Json {
    // serde_json's maps are sorted, ours are in the order written: the order is told where it differs.
    let sorted = this.entries.is_sorted_by(|(a, _), (b, _)| a < b);
    if this.rest.is_none() && sorted && this.get("?").is_none() {
        return Json::Object(
            this.entries.iter().map(|(key, value)| (key.to_string(), node(value, spans))).collect(),
        );
    }
    let keys: Vec<&str> = this.entries.iter().map(|(key, _)| &**key).collect();
    let values: Vec<Json> = this.entries.iter().map(|(_, value)| node(value, spans)).collect();
    json!({ "?": "map", "keys": keys, "values": values, "rest": this.rest.as_deref().map(unknown) })
}

/// The value that a text holds. `None` where it is none, or nested too deep.
pub(super) fn read_map(text: &RawValue, spans: &mut Spans, interner: &mut Interner) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text.get());
    // The seeds count the levels themselves.
    deserializer.disable_recursion_limit();
    ValueSeed { spans, interner, depth: 0 }.deserialize(&mut deserializer).ok()
}

/// Reads a value straight from the text: making a tree of JSON first would take twice the time.
struct ValueSeed<'s> {
    spans: &'s mut Spans,
    interner: &'s mut Interner,
    /// Lists and maps around it.
    depth: usize,
}

impl ValueSeed<'_> {
    /// What stands in it.
    fn inner(&mut self) -> NodeSeed<'_> {
        NodeSeed(ValueSeed { spans: self.spans, interner: self.interner, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > DEPTH_MAX {
            return Err(D::Error::custom("nested too deep"));
        }
        deserializer.deserialize_any(self)
    }
}

/// A value with its position before it.
struct NodeSeed<'s>(ValueSeed<'s>);

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let span = self.0.spans.take().ok_or_else(|| D::Error::custom("a position is missing"))?;
        let value = self.0.deserialize(deserializer)?;
        Ok(Node { value, span })
    }
}

/// A key, kept once and never copied before.
struct KeySeed<'s>(&'s mut Interner);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Arc<str>, E> {
        Ok(self.0.intern(key))
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, i: i64) -> Result<Value, E> {
        Ok(Value::Int(i))
    }

    fn visit_u64<E>(self, u: u64) -> Result<Value, E> {
        Ok(i64::try_from(u).map_or(Value::Double(u as f64), Value::Int))
    }

    fn visit_f64<E>(self, d: f64) -> Result<Value, E> {
        Ok(Value::Double(d))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(self.interner.value(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(node) = seq.next_element_seed(self.inner())? {
            items.push(node);
        }
        items.shrink_to_fit();
        Ok(Value::List(Box::new(List { items, rest: None })))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::default();
        while let Some(key) = entries.next_key_seed(KeySeed(self.interner))? {
            if &*key == "?" {
                // What is not plainly known is rare: it goes the long way.
                let deep = || A::Error::custom("nested too deep");
                let mut all = serde_json::Map::new();
                all.insert("?".to_owned(), tree(entries.next_value()?).ok_or_else(deep)?);
                while let Some((key, value)) = entries.next_entry::<String, &RawValue>()? {
                    all.insert(key, tree(value).ok_or_else(deep)?);
                }
                return read_special(&Json::Object(all), self.spans, self.interner, self.depth)
                    .filter(|_| map.entries.is_empty())
                    .ok_or_else(|| A::Error::custom("a value that is not as it should be"));
            }
            if map.get(&key).is_some() {
                return Err(A::Error::custom("a key is given twice"));
            }
            let node = entries.next_value_seed(self.inner())?;
            map.entries.push((key, node));
        }
        // Estates are large: what a vector holds ready would be a third of their memory.
        map.entries.shrink_to_fit();
        Ok(Value::Map(Box::new(map)))
    }
}

pub(super) fn read_node(
    json: &Json,
    spans: &mut Spans,
    interner: &mut Interner,
    depth: usize,
) -> Option<Node> {
    let span = spans.take()?;
    Some(Node { value: read_value(json, spans, interner, depth + 1)?, span })
}

fn read_value(json: &Json, spans: &mut Spans, interner: &mut Interner, depth: usize) -> Option<Value> {
    if depth > DEPTH_MAX {
        return None;
    }
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Double(number.as_f64()?),
        },
        Json::String(text) => Value::Text(interner.value(text)),
        Json::Array(items) => Value::List(Box::new(List {
            items: items.iter().map(|item| read_node(item, spans, interner, depth)).collect::<Option<_>>()?,
            rest: None,
        })),
        Json::Object(entries) if entries.contains_key("?") => {
            return read_special(json, spans, interner, depth);
        }
        Json::Object(entries) => {
            let mut map = Map::default();
            map.entries.reserve_exact(entries.len());
            for (key, value) in entries {
                let key = interner.intern(key);
                map.entries.push((key, read_node(value, spans, interner, depth)?));
            }
            Value::Map(Box::new(map))
        }
    })
}

fn read_special(json: &Json, spans: &mut Spans, interner: &mut Interner, depth: usize) -> Option<Value> {
    let rest = |key: &str| match &json[key] {
        Json::Null => Some(None),
        why => read_unknown(why).map(Some),
    };
    Some(match json["?"].as_str()? {
        "unknown" => Value::Unknown(read_unknown(&json["because"])?),
        "partial" => {
            let mut parts = Vec::new();
            for part in json["parts"].as_array()? {
                parts.push(match part {
                    Json::String(text) => Part::Known(interner.value(text)),
                    hole => Part::Hole(read_unknown(hole)?),
                });
            }
            // The invariant of partly known texts is restored whatever the file says.
            Partial::join(parts)
        }
        "list" => {
            let items = json["items"].as_array()?;
            let items =
                items.iter().map(|item| read_node(item, spans, interner, depth)).collect::<Option<_>>()?;
            Value::List(Box::new(List { items, rest: rest("rest")? }))
        }
        "map" => {
            let (keys, values) = (json["keys"].as_array()?, json["values"].as_array()?);
            let mut map = Map { entries: Vec::new(), rest: rest("rest")? };
            if keys.len() != values.len() {
                return None;
            }
            for (key, value) in keys.iter().zip(values) {
                let key = interner.intern(key.as_str()?);
                if map.get(&key).is_some() {
                    return None;
                }
                map.entries.push((key, read_node(value, spans, interner, depth)?));
            }
            Value::Map(Box::new(map))
        }
        "choice" => {
            let options = json["options"].as_array()?;
            let options: Vec<Node> = options
                .iter()
                .map(|option| read_node(option, spans, interner, depth))
                .collect::<Option<_>>()?;
            if options.is_empty() || options.iter().any(|option| matches!(option.value, Value::Choice(_))) {
                return None;
            }
            let or_absent = json["or_absent"].as_bool()?;
            Value::Choice(Box::new(Choice { options, or_absent, why: read_unknown(&json["because"])? }))
        }
        _ => return None,
    })
}
