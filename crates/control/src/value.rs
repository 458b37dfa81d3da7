//! What an expression evaluates to: CEL's values, borrowed from the estate where possible, and what is not known.

use std::cmp::Ordering;
use std::sync::Arc;

use estate::resource::ResourceId;
use estate::truth::{Truth, Why};
use estate::value::{Kind, Node, Part, Partial, Reason, Unknown, Value};
use jiff::{SignedDuration, Timestamp};

// Limit: alternatives that a value may carry. Beyond it the value is simply unknown.
pub(crate) const ALTERNATIVES_MAX: usize = 24;

/// A value of an expression.
#[derive(Clone, Debug)]
pub enum V<'a> {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A signed whole number.
    Int(i64),
    /// An unsigned whole number.
    Uint(u64),
    /// A floating-point number.
    Double(f64),
    /// A text.
    Text(Text<'a>),
    /// A text of which some parts are unknown.
    Partial(Arc<Partial>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A point in time.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(SignedDuration),
    /// The name of a type.
    Type(&'static str),
    /// A list or map of the estate.
    Node(&'a Node),
    /// A list made by an expression.
    List(Arc<OwnedList<'a>>),
    /// A map made by an expression, in order of insertion.
    Map(Arc<OwnedMap<'a>>),
    /// A resource.
    Resource(ResourceId),
    /// A policy document.
    Policy(Arc<iam::document::Policy>),
    /// A whole number between two bounds: the size of something partly known.
    Range {
        /// At least this.
        min: i64,
        /// At most this, where there is a bound.
        max: Option<i64>,
        /// Why it is not exact.
        why: Why,
    },
    /// One of a few values.
    Choice(Arc<Alternatives<'a>>),
    /// Not known.
    Unknown(Why, Kind),
}

/// A text, borrowed or shared.
#[derive(Clone, Debug)]
pub enum Text<'a> {
    /// Of the estate or of the program.
    Borrowed(&'a str),
    /// Made by an expression.
    Shared(Arc<str>),
}

impl Text<'_> {
    /// The characters.
    pub fn as_str(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

/// A list made by an expression.
#[derive(Clone, Debug, Default)]
pub struct OwnedList<'a> {
    /// The elements; one with reasons is only possibly there.
    pub items: Vec<(V<'a>, Option<Why>)>,
    /// Why there may be more.
    pub rest: Option<Why>,
}

/// A map made by an expression.
#[derive(Clone, Debug, Default)]
pub struct OwnedMap<'a> {
    /// The entries.
    pub entries: Vec<(V<'a>, V<'a>)>,
    /// Why there may be more.
    pub rest: Option<Why>,
}

/// The values that are possible.
#[derive(Clone, Debug)]
pub struct Alternatives<'a> {
    /// Each of them.
    pub options: Vec<V<'a>>,
    /// Whether it may also be absent.
    pub absent: bool,
    /// Why it is open.
    pub why: Why,
}

impl<'a> V<'a> {
    /// A text made by an expression.
    pub fn text(text: impl Into<Arc<str>>) -> V<'a> {
        V::Text(Text::Shared(text.into()))
    }

    /// A list of values that are all there.
    pub fn list(items: impl IntoIterator<Item = V<'a>>) -> V<'a> {
        let items = items.into_iter().map(|item| (item, None)).collect();
        V::List(Arc::new(OwnedList { items, rest: None }))
    }

    /// A map with texts for keys.
    pub fn record(entries: impl IntoIterator<Item = (&'static str, V<'a>)>) -> V<'a> {
        let entries = entries.into_iter().map(|(key, value)| (V::Text(Text::Borrowed(key)), value)).collect();
        V::Map(Arc::new(OwnedMap { entries, rest: None }))
    }

    /// Unknown for these reasons.
    pub fn unknown(why: Why) -> V<'a> {
        V::Unknown(why, Kind::Any)
    }

    /// An operation that cannot be done: CEL's error, which here makes the verdict unknown.
    pub fn error(message: impl Into<Arc<str>>) -> V<'a> {
        let reason = Reason::Failed(message.into());
        V::Unknown(Why::of(&Arc::new(Unknown { reason, kind: Kind::Any })), Kind::Any)
    }

    /// A value of the estate.
    pub fn of(node: &'a Node) -> V<'a> {
        match &node.value {
            Value::Null => V::Null,
            Value::Bool(b) => V::Bool(*b),
            Value::Int(i) => V::Int(*i),
            Value::Double(d) => V::Double(*d),
            Value::Text(text) => V::Text(Text::Borrowed(text)),
            Value::Partial(partial) => V::Partial(Arc::new((**partial).clone())),
            Value::List(_) | Value::Map(_) => V::Node(node),
            Value::Choice(choice) => V::Choice(Arc::new(Alternatives {
                options: choice.options.iter().map(V::of).collect(),
                absent: choice.or_absent,
                why: Why::of(&choice.why),
            })),
            Value::Unknown(unknown) => V::Unknown(Why::of(unknown), unknown.kind),
        }
    }

    /// A value that outlives its node.
    ///
    /// Recursion is bounded by the depth of the node, which its reader bounds.
    pub fn owned(node: &Node) -> V<'a> {
        match &node.value {
            Value::Null => V::Null,
            Value::Bool(b) => V::Bool(*b),
            Value::Int(i) => V::Int(*i),
            Value::Double(d) => V::Double(*d),
            Value::Text(text) => V::text(text.clone()),
            Value::Partial(partial) => V::Partial(Arc::new((**partial).clone())),
            Value::List(list) => V::List(Arc::new(OwnedList {
                items: list.items.iter().map(|item| (V::owned(item), None)).collect(),
                rest: list.rest.as_ref().map(Why::of),
            })),
            Value::Map(map) => V::Map(Arc::new(OwnedMap {
                entries: map
                    .entries
                    .iter()
                    .map(|(key, value)| (V::text(key.clone()), V::owned(value)))
                    .collect(),
                rest: map.rest.as_ref().map(Why::of),
            })),
            Value::Choice(choice) => V::Choice(Arc::new(Alternatives {
                options: choice.options.iter().map(V::owned).collect(),
                absent: choice.or_absent,
                why: Why::of(&choice.why),
            })),
            Value::Unknown(unknown) => V::Unknown(Why::of(unknown), unknown.kind),
        }
    }

    /// The text, where it is known whole.
    pub fn as_text(&self) -> Option<&str> {
        if let V::Text(text) = self { Some(text.as_str()) } else { None }
    }

    /// The name of its type, as `type()` gives it.
    pub fn type_name(&self) -> Option<&'static str> {
        Some(match self {
            V::Null => "null_type",
            V::Bool(_) => "bool",
            V::Int(_) | V::Range { .. } => "int",
            V::Uint(_) => "uint",
            V::Double(_) => "double",
            V::Text(_) | V::Partial(_) => "string",
            V::Bytes(_) => "bytes",
            V::Timestamp(_) => "google.protobuf.Timestamp",
            V::Duration(_) => "google.protobuf.Duration",
            V::Type(_) => "type",
            V::Node(node) => {
                if node.value.as_list().is_some() {
                    "list"
                } else {
                    "map"
                }
            }
            V::List(_) => "list",
            V::Map(_) | V::Resource(_) | V::Policy(_) => "map",
            V::Choice(_) | V::Unknown(..) => return None,
        })
    }

    /// As a truth value: null is false.
    pub fn truth(&self) -> Truth {
        match self {
            V::Bool(b) => Truth::from(*b),
            V::Null => Truth::False,
            V::Unknown(why, _) => Truth::Unknown(why.clone()),
            V::Choice(choice) => among(choice.options.iter().map(V::truth), choice.absent, &choice.why),
            _ => V::error("a condition is no truth value").truth(),
        }
    }

    /// The elements of a list, or the keys of a map; null has none. `None` for any other value.
    pub fn elements(&self) -> Option<Elements<'_, 'a>> {
        let elements = match self {
            V::Null => Elements { iter: Iter::Owned([].iter()), rest: None },
            V::Node(node) => match &node.value {
                Value::List(list) => {
                    Elements { iter: Iter::Nodes(list.items.iter()), rest: list.rest.as_ref().map(Why::of) }
                }
                Value::Map(map) => {
                    Elements { iter: Iter::Keys(map.entries.iter()), rest: map.rest.as_ref().map(Why::of) }
                }
                _ => return None,
            },
            V::List(list) => Elements { iter: Iter::Owned(list.items.iter()), rest: list.rest.clone() },
            V::Map(map) => Elements { iter: Iter::OwnedKeys(map.entries.iter()), rest: map.rest.clone() },
            _ => return None,
        };
        Some(elements)
    }
}

/// The reasons of a value that is made of others: it must not pass for one of them.
pub(crate) fn part(why: &Why) -> Why {
    let part =
        |unknown: &Arc<Unknown>| Arc::new(Unknown { reason: unknown.reason.of_part(), kind: Kind::Any });
    Why(why.0.iter().map(part).collect())
}

/// Whether reasons stand for an operation that cannot be done.
pub(crate) fn is_error(why: &Why) -> bool {
    matches!(why.0.first().map(|unknown| &unknown.reason), Some(Reason::Failed(_)))
}

impl<'a> V<'a> {
    /// The value itself, where it is an operation that could not be done.
    pub(crate) fn error_in(&self) -> Option<V<'a>> {
        match self {
            V::Unknown(why, _) if is_error(why) => Some(self.clone()),
            _ => None,
        }
    }
}

impl From<Truth> for V<'_> {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => V::Bool(true),
            Truth::False => V::Bool(false),
            // A truth about an unknown value is another value than the unknown itself.
            Truth::Unknown(why) => V::Unknown(part(&why), Kind::Bool),
        }
    }
}

/// The elements of a list, in order.
#[derive(Debug)]
pub struct Elements<'v, 'a> {
    iter: Iter<'v, 'a>,
    /// Why there may be more.
    pub rest: Option<Why>,
}

#[derive(Debug)]
enum Iter<'v, 'a> {
    Nodes(std::slice::Iter<'a, Node>),
    Keys(std::slice::Iter<'a, (Arc<str>, Node)>),
    Owned(std::slice::Iter<'v, (V<'a>, Option<Why>)>),
    OwnedKeys(std::slice::Iter<'v, (V<'a>, V<'a>)>),
}

impl<'a> Iterator for Elements<'_, 'a> {
    /// An element, and why it is perhaps not there.
    type Item = (V<'a>, Option<Why>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.iter {
            Iter::Nodes(iter) => iter.next().map(|node| settle(V::of(node), None)),
            Iter::Keys(iter) => iter.next().map(|(key, node)| {
                let maybe = match &node.value {
                    Value::Choice(choice) if choice.or_absent => Some(Why::of(&choice.why)),
                    // Of such a value it is not even known that it is there.
                    Value::Unknown(unknown) if unknown.kind == Kind::Any => Some(Why::of(unknown)),
                    _ => None,
                };
                (V::Text(Text::Borrowed(key)), maybe)
            }),
            Iter::Owned(iter) => iter.next().map(|(value, maybe)| settle(value.clone(), maybe.clone())),
            Iter::OwnedKeys(iter) => iter.next().map(|(key, _)| (key.clone(), None)),
        }
    }
}

/// An element that may be absent: the value it has if it is there, and why it may not be.
fn settle(value: V<'_>, maybe: Option<Why>) -> (V<'_>, Option<Why>) {
    match value {
        V::Choice(choice) if choice.absent => {
            let why = choice.why.clone();
            let inner = match choice.options.as_slice() {
                [one] => one.clone(),
                options => V::Choice(Arc::new(Alternatives {
                    options: options.to_vec(),
                    absent: false,
                    why: choice.why.clone(),
                })),
            };
            (inner, Some(why))
        }
        value => (value, maybe),
    }
}

/// The common answer, or unknown. Where the value may be absent, absence counts as false.
fn among(answers: impl Iterator<Item = Truth>, absent: bool, why: &Why) -> Truth {
    let mut all: Option<Truth> = absent.then_some(Truth::False);
    for answer in answers {
        match (&all, answer) {
            (_, Truth::Unknown(reasons)) => return Truth::Unknown(why.clone().and(&reasons)),
            (None, answer) => all = Some(answer),
            (Some(before), answer) if *before != answer => return Truth::Unknown(why.clone()),
            _ => {}
        }
    }
    all.unwrap_or_else(|| Truth::Unknown(why.clone()))
}

/// Applies an operation to every combination of alternatives among its arguments.
///
/// Where all give the same value that is the value; otherwise the results are alternatives in turn.
pub fn lift<'a>(arguments: &[V<'a>], operation: &mut dyn FnMut(&[V<'a>]) -> V<'a>) -> V<'a> {
    let Some(at) = arguments.iter().position(|argument| matches!(argument, V::Choice(_))) else {
        return operation(arguments);
    };
    let V::Choice(choice) = &arguments[at] else { return V::error("not a choice") };
    let mut tried = arguments.to_vec();
    let mut results: Vec<V<'a>> = Vec::new();
    let absent = choice.absent.then_some(&V::Null);
    for option in choice.options.iter().chain(absent) {
        tried[at] = option.clone();
        match lift(&tried, operation) {
            V::Choice(inner) => results.extend(inner.options.iter().cloned()),
            result => results.push(result),
        }
        if results.len() > ALTERNATIVES_MAX {
            return V::Unknown(choice.why.clone(), Kind::Any);
        }
    }
    merge(results, &choice.why)
}

/// One value of several that are possible.
pub fn merge<'a>(mut results: Vec<V<'a>>, why: &Why) -> V<'a> {
    let mut distinct: Vec<V<'a>> = Vec::new();
    for result in results.drain(..) {
        if let V::Unknown(reasons, _) = &result {
            if is_error(reasons) {
                return result;
            }
            return V::Unknown(part(&why.clone().and(reasons)), Kind::Any);
        }
        if !distinct.iter().any(|known| same(known, &result)) {
            distinct.push(result);
        }
    }
    if distinct.len() == 1
        && let Some(only) = distinct.pop()
    {
        return only;
    }
    if distinct.is_empty() || distinct.len() > ALTERNATIVES_MAX {
        return V::unknown(why.clone());
    }
    V::Choice(Arc::new(Alternatives { options: distinct, absent: false, why: why.clone() }))
}

/// Whether two values are surely the same, type included.
fn same(a: &V, b: &V) -> bool {
    match (a.type_name(), b.type_name()) {
        // `[1]` equals `[1.0]`, but what is done with the elements may differ.
        (Some("list" | "map"), Some("list" | "map")) => format!("{a:?}") == format!("{b:?}"),
        (x, y) => x == y && equal(a, b) == Truth::True,
    }
}

fn kinds_differ(kind: Kind, other: &V) -> bool {
    match (kind, other) {
        (Kind::Any, _) | (_, V::Unknown(..) | V::Choice(_)) => false,
        (_, V::Null) => true,
        (Kind::Present, _) => false,
        (Kind::Bool, other) => !matches!(other, V::Bool(_)),
        (Kind::Number, other) => !matches!(other, V::Int(_) | V::Uint(_) | V::Double(_) | V::Range { .. }),
        (Kind::Text, other) => !matches!(other, V::Text(_) | V::Partial(_)),
        (Kind::List | Kind::Map, other) => {
            other.type_name() != Some(if kind == Kind::List { "list" } else { "map" })
        }
    }
}

/// `a == b`.
///
/// Recursion is bounded by the depth of the values, which their readers and the language bound.
pub fn equal(a: &V, b: &V) -> Truth {
    match (a, b) {
        (V::Choice(choice), other) | (other, V::Choice(choice)) => {
            let answers = choice.options.iter().map(|option| equal(option, other));
            let absent = choice.absent.then(|| equal(&V::Null, other));
            among(answers.chain(absent), false, &choice.why)
        }
        (V::Unknown(x, kind), V::Unknown(y, other)) => {
            let same_value = x.0.len() == 1
                && x == y
                && kind == other
                && x.0[0].reason.is_one_value()
                && *kind != Kind::Any;
            if same_value {
                Truth::True
            } else if names_differ(x, y) {
                Truth::False
            } else {
                Truth::Unknown(x.clone().and(y))
            }
        }
        (V::Unknown(why, kind), other) | (other, V::Unknown(why, kind)) => {
            if kinds_differ(*kind, other) && !is_error(why) {
                Truth::False
            } else {
                Truth::Unknown(why.clone())
            }
        }
        (V::Partial(partial), other) | (other, V::Partial(partial)) => partial_equal(partial, other),
        (V::Range { min, max, why }, V::Range { min: low, max: high, why: also }) => {
            let apart = max.is_some_and(|max| max < *low) || high.is_some_and(|high| high < *min);
            if apart { Truth::False } else { Truth::Unknown(why.clone().and(also)) }
        }
        (V::Range { min, max, why }, other) | (other, V::Range { min, max, why }) => {
            match compare(&V::Int(*min), other) {
                Some(Ordering::Greater) => Truth::False,
                _ if max.is_some_and(|max| compare(&V::Int(max), other) == Some(Ordering::Less)) => {
                    Truth::False
                }
                None => Truth::False,
                _ => Truth::Unknown(why.clone()),
            }
        }
        (V::Null, V::Null) => Truth::True,
        (V::Bool(x), V::Bool(y)) => Truth::from(x == y),
        (V::Text(x), V::Text(y)) => Truth::from(x.as_str() == y.as_str()),
        (V::Bytes(x), V::Bytes(y)) => Truth::from(x == y),
        (V::Timestamp(x), V::Timestamp(y)) => Truth::from(x == y),
        (V::Duration(x), V::Duration(y)) => Truth::from(x == y),
        (V::Type(x), V::Type(y)) => Truth::from(x == y),
        (V::Resource(x), V::Resource(y)) => Truth::from(x == y),
        (V::Int(_) | V::Uint(_) | V::Double(_), V::Int(_) | V::Uint(_) | V::Double(_)) => {
            Truth::from(compare(a, b) == Some(Ordering::Equal))
        }
        _ => match (a.type_name(), b.type_name()) {
            (Some("list"), Some("list")) => lists_equal(a, b),
            (Some("map"), Some("map")) => maps_equal(a, b),
            _ => Truth::False,
        },
    }
}

/// Two resources never share what identifies them: their names, ARNs and ids differ.
fn names_differ(x: &Why, y: &Why) -> bool {
    let ([x], [y]) = (x.0.as_slice(), y.0.as_slice()) else { return false };
    match (&x.reason, &y.reason) {
        (
            Reason::Reference { target, attribute },
            Reason::Reference { target: other, attribute: other_attribute },
        ) => {
            let identifies = attribute.as_deref().is_none_or(|name| matches!(name, "Arn" | "GroupId" | "Id"));
            target != other && attribute == other_attribute && identifies
        }
        _ => false,
    }
}

fn partial_equal(partial: &Partial, other: &V) -> Truth {
    let mut why = Why::default();
    partial.holes().for_each(|hole| why.add(&Why::of(hole)));
    match other {
        V::Text(text) => {
            let text = text.as_str();
            let known: usize = partial.known().map(str::len).sum();
            let mut rest = text;
            let fits = text.starts_with(partial.prefix())
                && text.ends_with(partial.suffix())
                && known <= text.len()
                && partial.known().all(|piece| match rest.find(piece) {
                    Some(at) => {
                        rest = &rest[at + piece.len()..];
                        true
                    }
                    None => false,
                });
            if fits { Truth::Unknown(why) } else { Truth::False }
        }
        V::Partial(other) => {
            let certain = partial == &**other
                && partial.parts.iter().all(|part| match part {
                    Part::Known(_) => true,
                    Part::Hole(hole) => hole.reason.is_one_value(),
                });
            if certain {
                return Truth::True;
            }
            if only_names_differ(partial, other) {
                return Truth::False;
            }
            let (p, q) = (partial.prefix(), other.prefix());
            let (s, t) = (partial.suffix(), other.suffix());
            if !(p.starts_with(q) || q.starts_with(p)) || !(s.ends_with(t) || t.ends_with(s)) {
                return Truth::False;
            }
            Truth::Unknown(why)
        }
        _ => Truth::False,
    }
}

/// Whether two texts, such as ARNs, are put together alike and differ in the names of two resources.
fn only_names_differ(a: &Partial, b: &Partial) -> bool {
    let mut differ = 0;
    a.parts.len() == b.parts.len()
        && a.parts.iter().zip(&b.parts).all(|(x, y)| match (x, y) {
            (Part::Known(x), Part::Known(y)) => x == y,
            (Part::Hole(x), Part::Hole(y)) if x == y => x.reason.is_one_value(),
            (Part::Hole(x), Part::Hole(y)) => {
                differ += 1;
                names_differ(&Why::of(x), &Why::of(y))
            }
            _ => false,
        })
        // With two holes that differ, one name may end where the other begins.
        && differ == 1
}

fn lists_equal(a: &V, b: &V) -> Truth {
    let (Some(x), Some(y)) = (a.elements(), b.elements()) else { return Truth::False };
    let (x_rest, y_rest) = (x.rest.clone(), y.rest.clone());
    let (x, y): (Vec<_>, Vec<_>) = (x.collect(), y.collect());
    let mut open = Why::default();
    x_rest.iter().chain(&y_rest).for_each(|why| open.add(why));
    x.iter().chain(&y).filter_map(|(_, maybe)| maybe.as_ref()).for_each(|why| open.add(why));
    if open.0.is_empty() {
        if x.len() != y.len() {
            return Truth::False;
        }
        return Truth::all(x.iter().zip(&y), |((x, _), (y, _))| equal(x, y));
    }
    let certain = |items: &[(V, Option<Why>)]| items.iter().filter(|(_, maybe)| maybe.is_none()).count();
    let too_many = (y_rest.is_none() && certain(&x) > y.len()) || (x_rest.is_none() && certain(&y) > x.len());
    if too_many { Truth::False } else { Truth::Unknown(open) }
}

fn maps_equal(a: &V, b: &V) -> Truth {
    let (Some(x), Some(y)) = (a.elements(), b.elements()) else { return Truth::from(std::ptr::eq(a, b)) };
    let mut open = Why::default();
    x.rest.iter().chain(&y.rest).for_each(|why| open.add(why));
    let (x, y): (Vec<_>, Vec<_>) = (x.collect(), y.collect());
    x.iter().chain(&y).filter_map(|(_, maybe)| maybe.as_ref()).for_each(|why| open.add(why));
    if !open.0.is_empty() {
        return Truth::Unknown(open);
    }
    if x.len() != y.len() {
        return Truth::False;
    }
    Truth::all(&x, |(key, _)| match (entry(a, key), entry(b, key)) {
        (Some(x), Some(y)) => equal(&x, &y),
        _ => Truth::False,
    })
}

/// The value under a key of a map.
pub fn entry<'a>(map: &V<'a>, key: &V) -> Option<V<'a>> {
    match map {
        V::Node(node) => node.get(key.as_text()?).map(V::of),
        V::Map(owned) => owned
            .entries
            .iter()
            .find(|(known, _)| equal(known, key) == Truth::True)
            .map(|(_, value)| value.clone()),
        _ => None,
    }
}

/// The value under a key of a map. A key that is missing where there may be more entries is unknown, not absent.
pub(crate) fn entry_or_unread<'a>(map: &V<'a>, key: &V) -> Option<V<'a>> {
    entry(map, key).or_else(|| map.elements().and_then(|elements| elements.rest).map(V::unknown))
}

/// The order of two values of one type, numbers across types; `None` where there is none.
///
/// A whole number beside a double is rounded to one, as CEL's conformance tests ask.
pub fn compare(a: &V, b: &V) -> Option<Ordering> {
    match (a, b) {
        (V::Int(x), V::Int(y)) => Some(x.cmp(y)),
        (V::Uint(x), V::Uint(y)) => Some(x.cmp(y)),
        (V::Double(x), V::Double(y)) => x.partial_cmp(y),
        (V::Int(x), V::Uint(y)) => Some(i128::from(*x).cmp(&i128::from(*y))),
        (V::Uint(x), V::Int(y)) => Some(i128::from(*x).cmp(&i128::from(*y))),
        (V::Int(x), V::Double(y)) => (*x as f64).partial_cmp(y),
        (V::Uint(x), V::Double(y)) => (*x as f64).partial_cmp(y),
        (V::Double(x), V::Int(y)) => x.partial_cmp(&(*y as f64)),
        (V::Double(x), V::Uint(y)) => x.partial_cmp(&(*y as f64)),
        (V::Text(x), V::Text(y)) => Some(x.as_str().cmp(y.as_str())),
        (V::Bytes(x), V::Bytes(y)) => Some(x.cmp(y)),
        (V::Bool(x), V::Bool(y)) => Some(x.cmp(y)),
        (V::Timestamp(x), V::Timestamp(y)) => Some(x.cmp(y)),
        (V::Duration(x), V::Duration(y)) => Some(x.cmp(y)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_missing_from_a_map_that_may_hold_more_is_unknown() {
        let entries = vec![(V::text("To"), V::Int(443))];
        let open = V::Map(Arc::new(OwnedMap { entries: entries.clone(), rest: Some(Why::default()) }));
        let whole = V::Map(Arc::new(OwnedMap { entries, rest: None }));
        assert!(matches!(entry_or_unread(&open, &V::text("From")), Some(V::Unknown(..))));
        assert!(matches!(entry_or_unread(&open, &V::text("To")), Some(V::Int(443))));
        assert!(entry_or_unread(&whole, &V::text("From")).is_none());
    }
}
