//! Values: JSON, plus what is not known.
//!
//! A value is carried as exactly as it is known: wholly, in part (a text with a hole, a list that may hold
//! more), as a choice between a few alternatives, or not at all, and then always with the reason.
//! Nothing here decides a verdict; that is left to the `control` crate.

use std::fmt;
use std::sync::Arc;

/// The number of a source file in its estate ([`crate::estate::Estate::files`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The file of a value that stands in no file: a default, or an answer of an API.
    pub const NONE: FileId = FileId(u32::MAX);
}

/// Where a value is written. Lines and columns count from 1, columns in characters, the end is exclusive.
///
/// Columns beyond 65,535 are clamped: they only ever serve to point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file, or [`FileId::NONE`].
    pub file: FileId,
    /// First line.
    pub line: u32,
    /// How many lines further the value ends.
    pub height: u16,
    /// Column of the first character.
    pub column: u16,
    /// Column after the last character, on the last line.
    pub end_column: u16,
}

impl Span {
    /// The position of a value that is written nowhere.
    pub const NONE: Span = Span { file: FileId::NONE, line: 0, height: 0, column: 0, end_column: 0 };

    /// A span from a start to an exclusive end, each a line and a column counted from 1.
    pub fn new(file: FileId, start: (usize, usize), end: (usize, usize)) -> Span {
        let narrow = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Span {
            file,
            line: u32::try_from(start.0).unwrap_or(u32::MAX),
            height: narrow(end.0.saturating_sub(start.0)),
            column: narrow(start.1),
            end_column: narrow(end.1),
        }
    }

    /// Whether the value is written in a file.
    pub fn is_some(&self) -> bool {
        self.file != FileId::NONE
    }

    /// The last line.
    pub fn end_line(&self) -> u32 {
        self.line.saturating_add(u32::from(self.height))
    }
}

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it is written.
    pub span: Span,
}

impl Node {
    /// A value that is written nowhere.
    pub fn of(value: Value) -> Node {
        Node { value, span: Span::NONE }
    }

    /// A text that is written nowhere.
    pub fn text(text: &str) -> Node {
        Node::of(Value::Text(Arc::from(text)))
    }

    /// The value at a key, where this is a map that holds it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.value.as_map().and_then(|map| map.get(key))
    }
}

/// One value of a resource's properties.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// JSON's null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Double(f64),
    /// A text.
    Text(Arc<str>),
    /// A text of which some parts are unknown.
    Partial(Box<Partial>),
    /// A list, perhaps only partly known.
    List(Box<List>),
    /// A map, perhaps only partly known.
    Map(Box<Map>),
    /// One of a few values: what a condition that cannot be decided leaves open.
    Choice(Box<Choice>),
    /// Not known.
    Unknown(Arc<Unknown>),
}

impl Value {
    /// The map, where this is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Value::Map(map) = self { Some(map) } else { None }
    }

    /// The list, where this is one.
    pub fn as_list(&self) -> Option<&List> {
        if let Value::List(list) = self { Some(list) } else { None }
    }

    /// The text, where it is known whole.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// An unknown value about whose type nothing is known.
    pub fn unknown(reason: Reason) -> Value {
        Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Any }))
    }

    /// Whether no part of the value is unknown.
    pub fn is_known(&self) -> bool {
        match self {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) => true,
            Value::Partial(_) | Value::Choice(_) | Value::Unknown(_) => false,
            Value::List(list) => list.rest.is_none() && list.items.iter().all(|item| item.value.is_known()),
            Value::Map(map) => {
                map.rest.is_none() && map.entries.iter().all(|(_, node)| node.value.is_known())
            }
        }
    }

    /// Calls `visit` for every unknown in the value, at any depth.
    pub fn for_each_unknown<'a>(&'a self, visit: &mut dyn FnMut(&'a Arc<Unknown>)) {
        match self {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) => {}
            Value::Partial(partial) => partial.holes().for_each(visit),
            Value::List(list) => {
                list.items.iter().for_each(|item| item.value.for_each_unknown(visit));
                list.rest.iter().for_each(visit);
            }
            Value::Map(map) => {
                map.entries.iter().for_each(|(_, node)| node.value.for_each_unknown(visit));
                map.rest.iter().for_each(visit);
            }
            Value::Choice(choice) => {
                visit(&choice.why);
                choice.options.iter().for_each(|option| option.value.for_each_unknown(visit));
            }
            Value::Unknown(unknown) => visit(unknown),
        }
    }
}

impl From<&serde_json::Value> for Value {
    fn from(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(b) => Value::Bool(*b),
            serde_json::Value::Number(n) => match n.as_i64() {
                Some(int) => Value::Int(int),
                None => Value::Double(n.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Value::Text(Arc::from(text.as_str())),
            serde_json::Value::Array(items) => {
                Value::List(Box::new(items.iter().map(|item| Node::of(item.into())).collect()))
            }
            serde_json::Value::Object(entries) => Value::Map(Box::new(
                entries
                    .iter()
                    .map(|(key, value)| (Arc::from(key.as_str()), Node::of(value.into())))
                    .collect(),
            )),
        }
    }
}

/// A list: these elements in this order, and perhaps more.
///
/// An element that may or may not be there is a [`Choice`] with `or_absent`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The elements that are known to be there, or possibly there.
    pub items: Vec<Node>,
    /// Why there may be more, if there may.
    pub rest: Option<Arc<Unknown>>,
}

impl FromIterator<Node> for List {
    fn from_iter<I: IntoIterator<Item = Node>>(items: I) -> List {
        List { items: items.into_iter().collect(), rest: None }
    }
}

/// A map from text to values, in the order written, and perhaps with more keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// The entries. Invariant: no key occurs twice.
    pub entries: Vec<(Arc<str>, Node)>,
    /// Why there may be more keys, if there may.
    pub rest: Option<Arc<Unknown>>,
}

impl Map {
    /// The value at a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        // Maps of real resources are small: a scan beats hashing.
        self.entries.iter().find(|(k, _)| &**k == key).map(|(_, node)| node)
    }

    /// Sets a key, replacing a value that was there.
    pub fn set(&mut self, key: Arc<str>, node: Node) {
        match self.entries.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = node,
            None => self.entries.push((key, node)),
        }
    }
}

impl FromIterator<(Arc<str>, Node)> for Map {
    /// Collects entries; the caller sees to it that no key occurs twice.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Node)>>(entries: I) -> Map {
        Map { entries: entries.into_iter().collect(), rest: None }
    }
}

/// A text of which some parts are unknown, such as `arn:aws:s3:::${Name}/*`.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// The parts in order. Invariant: at least one is a hole, and no two neighbours are known.
    pub parts: Vec<Part>,
}

/// A part of a [`Partial`] text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Known characters.
    Known(Arc<str>),
    /// Any characters, or none.
    Hole(Arc<Unknown>),
}

// Limit: bytes of a text that is put together. A whole template may have a megabyte; loops and substitutions
// within each other would double a text at every level.
const TEXT_BYTES_MAX: usize = 2 << 20;

impl Partial {
    /// The known text before the first hole.
    pub fn prefix(&self) -> &str {
        if let Some(Part::Known(text)) = self.parts.first() { text } else { "" }
    }

    /// The known text after the last hole.
    pub fn suffix(&self) -> &str {
        if let Some(Part::Known(text)) = self.parts.last() { text } else { "" }
    }

    /// The known parts in order.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| if let Part::Known(text) = part { Some(&**text) } else { None })
    }

    /// Why the unknown parts are unknown.
    pub fn holes(&self) -> impl Iterator<Item = &Arc<Unknown>> {
        self.parts.iter().filter_map(|part| if let Part::Hole(unknown) = part { Some(unknown) } else { None })
    }

    /// A text joined from parts: known neighbours are merged, and without a hole the text is whole.
    pub fn join(parts: impl IntoIterator<Item = Part>) -> Value {
        let mut merged: Vec<Part> = Vec::new();
        // Known neighbours are gathered first and made one text at the next hole: in time that is linear.
        let mut known = String::new();
        let mut bytes = 0usize;
        for part in parts {
            match part {
                Part::Known(text) => {
                    bytes += text.len();
                    if bytes > TEXT_BYTES_MAX {
                        let reason = Reason::Failed(Arc::from("the text grows too long"));
                        return Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Text }));
                    }
                    known.push_str(&text);
                }
                hole @ Part::Hole(_) => {
                    if !known.is_empty() {
                        merged.push(Part::Known(Arc::from(std::mem::take(&mut known))));
                    }
                    merged.push(hole);
                }
            }
        }
        if !known.is_empty() {
            merged.push(Part::Known(Arc::from(known)));
        }
        match merged.as_slice() {
            [] => Value::Text(Arc::from("")),
            [Part::Known(text)] => Value::Text(text.clone()),
            // One hole and nothing else is the value itself.
            [Part::Hole(unknown)] if unknown.kind == Kind::Text => Value::Unknown(unknown.clone()),
            _ => Value::Partial(Box::new(Partial { parts: merged })),
        }
    }
}

/// One of a few values, or perhaps none: what an undecided condition leaves open.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The alternatives. Invariant: not empty, and none is itself a choice.
    pub options: Vec<Node>,
    /// Whether the value may be absent altogether.
    pub or_absent: bool,
    /// Why it is open.
    pub why: Arc<Unknown>,
}

impl Choice {
    /// A choice among alternatives, where `None` is absence; nested choices are flattened and a sole
    /// alternative is no choice.
    ///
    /// Returns `None` where absence is the only alternative.
    pub fn among(
        options: impl IntoIterator<Item = Option<Node>>,
        why: Arc<Unknown>,
        span: Span,
    ) -> Option<Node> {
        let mut flat: Vec<Node> = Vec::new();
        let mut or_absent = false;
        for option in options {
            match option {
                None => or_absent = true,
                Some(Node { value: Value::Choice(inner), .. }) => {
                    or_absent |= inner.or_absent;
                    flat.extend(inner.options);
                }
                Some(node) => flat.push(node),
            }
        }
        flat.dedup_by(|a, b| a.value == b.value);
        if flat.len() == 1 && !or_absent {
            return flat.pop();
        }
        if flat.is_empty() {
            return None;
        }
        Some(Node { value: Value::Choice(Box::new(Choice { options: flat, or_absent, why })), span })
    }
}

/// Something that is not known, and what is known about it nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unknown {
    /// Why it is not known.
    pub reason: Reason,
    /// What is known of its type.
    pub kind: Kind,
}

impl Unknown {
    /// Whether AWS assigns the value, so that it is never empty and holds no wildcard: a name, an id, an ARN, an
    /// endpoint, a pseudo parameter. What a custom resource or a nested stack returns may be anything, and so
    /// nothing is known of its type.
    pub fn is_assigned(&self) -> bool {
        let assigned =
            matches!(self.reason, Reason::Reference { .. } | Reason::Assigned(_) | Reason::Pseudo(_));
        assigned && self.kind != Kind::Any
    }
}

/// What is known about the type of an unknown value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing: it may even be absent.
    Any,
    /// It is there, of whatever type.
    Present,
    /// A bool.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// A map.
    Map,
}

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// A template's parameter without a default. The scope is the file and the chain of stacks that declare it.
    Parameter {
        /// The parameter's name.
        name: Arc<str>,
        /// The stack that declares it.
        scope: Arc<str>,
    },
    /// A Terraform variable without a value. The scope is the root module that declares it.
    Variable {
        /// The variable's name.
        name: Arc<str>,
        /// The root module that declares it.
        scope: Arc<str>,
    },
    /// What a data source reads at deployment, by its key and attribute (`live/dev#data.aws_vpc.main.id`).
    Data(Arc<str>),
    /// A pseudo parameter such as `AWS::AccountId`.
    Pseudo(Arc<str>),
    /// An attribute of another resource of the estate, which AWS assigns at deployment.
    Reference {
        /// The other resource's key ([`crate::resource::Resource::key`]).
        target: Arc<str>,
        /// The attribute; `None` for what `Ref` returns.
        attribute: Option<Arc<str>>,
    },
    /// An attribute of this resource that AWS assigns.
    Assigned(Arc<str>),
    /// A value exported by another stack.
    Import(Arc<str>),
    /// A dynamic reference such as `{{resolve:secretsmanager:…}}`.
    Dynamic(Arc<str>),
    /// A condition that cannot be decided.
    Condition(Arc<str>),
    /// The result of a macro that runs inside AWS.
    Macro(Arc<str>),
    /// An outside file, module or stack that is not there to be read.
    Missing(Arc<str>),
    /// A part of a document that could not be read.
    Damaged(Arc<str>),
    /// A read that was denied; the permission that is missing.
    Denied(Arc<str>),
    /// A read that was throttled to the end; the call.
    Throttled(Arc<str>),
    /// A read that the service or region does not support; the call.
    Unsupported(Arc<str>),
    /// A read or computation that failed.
    Failed(Arc<str>),
    /// A part of something that is not known, or what was made of it: not the same value as the whole.
    Part(Arc<Reason>),
    /// A reason in words, as tests give it.
    Stated(Arc<str>),
}

impl Reason {
    /// What the user could do to decide it, where something can be done.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Reason::Parameter { name, .. } => Some(format!("--parameters {name}=…")),
            Reason::Variable { name, .. } => Some(format!("--var {name}=…")),
            Reason::Pseudo(name) => match &**name {
                "AWS::AccountId" => Some("--account ID".to_owned()),
                "AWS::Region" => Some("--region NAME".to_owned()),
                _ => None,
            },
            Reason::Denied(permission) => Some(format!("permission {permission}")),
            Reason::Part(whole) => whole.remedy(),
            _ => None,
        }
    }

    /// The reason of a part of this value: two parts of one parameter are not one value.
    #[must_use]
    pub fn of_part(&self) -> Reason {
        if self.is_one_value() { Reason::Part(Arc::new(self.clone())) } else { self.clone() }
    }

    /// Whether two unknowns with this same reason are the same value.
    pub fn is_one_value(&self) -> bool {
        matches!(
            self,
            Reason::Parameter { .. }
                | Reason::Variable { .. }
                | Reason::Data(_)
                | Reason::Reference { .. }
                | Reason::Pseudo(_)
                | Reason::Import(_)
                | Reason::Dynamic(_)
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Parameter { name, .. } => write!(f, "parameter `{name}` has no value"),
            Reason::Variable { name, .. } => write!(f, "variable `{name}` has no value"),
            Reason::Data(address) => {
                // The root before the address of a Terraform data source is not shown.
                let shown = address.split_once('#').filter(|(_, rest)| rest.contains("data."));
                write!(f, "`{}` is read at deployment", shown.map_or(&**address, |(_, rest)| rest))
            }
            Reason::Pseudo(name) => write!(f, "`{name}` is set at deployment"),
            Reason::Reference { target, attribute } => {
                let name = target.rsplit_once('#').map_or(&**target, |(_, address)| address);
                match attribute {
                    Some(attribute) => write!(f, "`{name}.{attribute}` is assigned at deployment"),
                    None => write!(f, "`{name}` gets its name at deployment"),
                }
            }
            Reason::Assigned(attribute) => write!(f, "`{attribute}` is assigned by AWS"),
            Reason::Import(name) => write!(f, "import `{name}` comes from another stack"),
            Reason::Dynamic(text) => write!(f, "`{text}` is resolved at deployment"),
            Reason::Condition(name) => write!(f, "condition `{name}` cannot be decided"),
            Reason::Macro(name) => write!(f, "macro `{name}` runs inside AWS"),
            Reason::Missing(what) => write!(f, "{what} is not there to be read"),
            Reason::Damaged(what) => write!(f, "{what} could not be read"),
            Reason::Denied(permission) => write!(f, "denied: needs `{permission}`"),
            Reason::Throttled(call) => write!(f, "throttled: `{call}`"),
            Reason::Unsupported(call) => write!(f, "not supported here: `{call}`"),
            Reason::Failed(what) => write!(f, "{what}"),
            Reason::Part(whole) => whole.fmt(f),
            Reason::Stated(text) => write!(f, "{text}"),
        }
    }
}
