//! Values that are wholly known, between the tests' form and the language's.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use control::value::{OwnedMap, V, entry};
use estate::truth::Why;
use jiff::{SignedDuration, Timestamp};

use crate::textproto::{Message, Value};

/// A value that is wholly known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    Type(String),
    List(Vec<Plain>),
    Map(Vec<(Plain, Plain)>),
}

impl Plain {
    /// From a test's `Value`. Recursion is bounded by the depth of the message, which its reader bounds.
    pub(super) fn read(message: &Message) -> Result<Plain> {
        let [(name, value)] = message.fields.as_slice() else {
            bail!("a value has one field, not {}", message.fields.len());
        };
        let plain = match name.as_str() {
            "null_value" => Some(Plain::Null),
            "bool_value" => value.bool().map(Plain::Bool),
            "int64_value" => value.int().map(Plain::Int),
            "uint64_value" => value.uint().map(Plain::Uint),
            "double_value" => value.double().map(Plain::Double),
            "string_value" => value.text().map(|text| Plain::Text(text.to_owned())),
            "bytes_value" => value.bytes().map(|bytes| Plain::Bytes(bytes.to_vec())),
            "type_value" => value.text().map(|text| Plain::Type(text.to_owned())),
            "list_value" => value.message().map(Plain::read_list).transpose()?,
            "map_value" => value.message().map(Plain::read_map).transpose()?,
            "object_value" => value.message().map(Plain::read_any).transpose()?,
            other => bail!("values of the kind `{other}` are not read"),
        };
        plain.with_context(|| format!("`{name}` holds something else"))
    }

    fn read_list(list: &Message) -> Result<Plain> {
        let items: Result<Vec<Plain>> = list.messages("values").map(Plain::read).collect();
        Ok(Plain::List(items?))
    }

    fn read_map(map: &Message) -> Result<Plain> {
        let mut entries = Vec::new();
        for entry in map.messages("entries") {
            let key = entry.get("key").and_then(Value::message).context("an entry has no key")?;
            let value = entry.get("value").and_then(Value::message).context("an entry has no value")?;
            entries.push((Plain::read(key)?, Plain::read(value)?));
        }
        Ok(Plain::Map(entries))
    }

    /// Of the messages only those that the language has as types of its own.
    fn read_any(any: &Message) -> Result<Plain> {
        let [(url, Value::Message(inner))] = any.fields.as_slice() else {
            bail!("an object is one message under the name of its type");
        };
        let part = |name: &str| inner.get(name).and_then(Value::int).unwrap_or(0);
        let (seconds, nanos) = (part("seconds"), i32::try_from(part("nanos"))?);
        match url.rsplit('/').next() {
            Some("google.protobuf.Timestamp") => Ok(Plain::Timestamp(Timestamp::new(seconds, nanos)?)),
            Some("google.protobuf.Duration") => Ok(Plain::Duration(SignedDuration::new(seconds, nanos))),
            _ => bail!("messages of the type `{url}` are not read"),
        }
    }

    /// From what an expression gave; an error unless it is known in every part.
    ///
    /// CEL's errors are unknowns here, and one in a list does not spoil the rest of it. Where CEL wants an error,
    /// a list that cannot be told is one.
    pub(super) fn of(value: &V) -> Result<Plain, String> {
        Ok(match value {
            V::Null => Plain::Null,
            V::Bool(b) => Plain::Bool(*b),
            V::Int(i) => Plain::Int(*i),
            V::Uint(u) => Plain::Uint(*u),
            V::Double(d) => Plain::Double(*d),
            V::Text(text) => Plain::Text(text.as_str().to_owned()),
            V::Bytes(bytes) => Plain::Bytes(bytes.to_vec()),
            V::Timestamp(t) => Plain::Timestamp(*t),
            V::Duration(d) => Plain::Duration(*d),
            V::Type(name) => Plain::Type((*name).to_owned()),
            V::Node(_) | V::List(_) | V::Map(_) => return Plain::of_elements(value),
            V::Range { why, .. } | V::Unknown(why, _) => return Err(undecided(why)),
            V::Choice(choice) => return Err(undecided(&choice.why)),
            V::Partial(_) => return Err("a text that is known in part".to_owned()),
            V::Resource(_) => return Err("a resource".to_owned()),
            V::Policy(_) => return Err("a policy".to_owned()),
        })
    }

    fn of_elements(value: &V) -> Result<Plain, String> {
        let elements = value.elements().ok_or("neither a list nor a map")?;
        if let Some(why) = &elements.rest {
            return Err(undecided(why));
        }
        let is_map = value.type_name() == Some("map");
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for (item, maybe) in elements {
            if let Some(why) = &maybe {
                return Err(undecided(why));
            }
            if is_map {
                let under = entry(value, &item).ok_or("a key without a value")?;
                entries.push((Plain::of(&item)?, Plain::of(&under)?));
            } else {
                items.push(Plain::of(&item)?);
            }
        }
        Ok(if is_map { Plain::Map(entries) } else { Plain::List(items) })
    }

    /// As a variable's value.
    pub(super) fn to_value(&self) -> Result<V<'static>> {
        Ok(match self {
            Plain::Null => V::Null,
            Plain::Bool(b) => V::Bool(*b),
            Plain::Int(i) => V::Int(*i),
            Plain::Uint(u) => V::Uint(*u),
            Plain::Double(d) => V::Double(*d),
            Plain::Text(text) => V::text(text.as_str()),
            Plain::Bytes(bytes) => V::Bytes(Arc::from(bytes.as_slice())),
            Plain::Timestamp(t) => V::Timestamp(*t),
            Plain::Duration(d) => V::Duration(*d),
            Plain::Type(_) => bail!("a variable cannot hold a type"),
            Plain::List(items) => {
                let items: Result<Vec<V<'static>>> = items.iter().map(Plain::to_value).collect();
                V::list(items?)
            }
            Plain::Map(entries) => {
                let mut values = Vec::new();
                for (key, value) in entries {
                    values.push((key.to_value()?, value.to_value()?));
                }
                V::Map(Arc::new(OwnedMap { entries: values, rest: None }))
            }
        })
    }

    /// Whether type and value are the same: NaN is NaN, the sign of zero counts, the order of keys does not.
    pub(super) fn same(&self, other: &Plain) -> bool {
        match (self, other) {
            (Plain::Double(x), Plain::Double(y)) => x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()),
            (Plain::List(x), Plain::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.same(y)),
            (Plain::Map(x), Plain::Map(y)) => {
                let holds =
                    |(key, value): &(Plain, Plain)| y.iter().any(|(k, v)| k.same(key) && v.same(value));
                x.len() == y.len() && x.iter().all(holds)
            }
            _ => self == other,
        }
    }
}

fn undecided(why: &Why) -> String {
    why.0.first().map_or_else(|| "unknown".to_owned(), |unknown| unknown.reason.to_string())
}

/// As CEL writes it, so that the types can be told apart.
impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Plain::Null => f.write_str("null"),
            Plain::Bool(b) => write!(f, "{b}"),
            Plain::Int(i) => write!(f, "{i}"),
            Plain::Uint(u) => write!(f, "{u}u"),
            Plain::Double(d) => write!(f, "{d:?}"),
            Plain::Text(text) => write!(f, "{text:?}"),
            Plain::Bytes(bytes) => write!(f, "b\"{}\"", bytes.escape_ascii()),
            Plain::Timestamp(t) => write!(f, "timestamp({t})"),
            Plain::Duration(d) => write!(f, "duration({d})"),
            Plain::Type(name) => write!(f, "type({name})"),
            Plain::List(items) => {
                let items: Vec<String> = items.iter().map(Plain::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Plain::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::textproto;

    fn plain(text: &str) -> Plain {
        Plain::read(&textproto::read(text).unwrap()).unwrap()
    }

    #[test]
    fn values_are_the_same_by_type_and_value() {
        let all = [
            "null_value: NULL_VALUE",
            "bool_value: true",
            "int64_value: 1",
            "uint64_value: 1",
            "double_value: 1",
            "double_value: 0.0",
            "double_value: -0.0",
            "double_value: nan",
            "string_value: 'a'",
            "bytes_value: 'a'",
            "type_value: 'int'",
            "object_value { [type.googleapis.com/google.protobuf.Duration] { seconds: 1 nanos: 5 } }",
            "object_value { [type.googleapis.com/google.protobuf.Timestamp] { seconds: 1 } }",
            "list_value {}",
            "map_value {}",
            "list_value { values { int64_value: 1 } values { double_value: nan } }",
            "list_value { values { double_value: nan } values { int64_value: 1 } }",
        ];
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                assert_eq!(plain(a).same(&plain(b)), i == j, "{a} / {b}");
            }
        }
    }

    #[test]
    fn keys_may_stand_in_any_order() {
        let entry = |key: &str, value: i64| {
            format!("entries {{ key {{ string_value: '{key}' }} value {{ int64_value: {value} }} }}")
        };
        let map = |entries: [String; 2]| plain(&format!("map_value {{ {} }}", entries.join(" ")));
        let a = map([entry("x", 1), entry("y", 2)]);
        assert!(a.same(&map([entry("y", 2), entry("x", 1)])));
        assert!(!a.same(&map([entry("y", 1), entry("x", 2)])));
    }

    #[test]
    fn a_value_comes_back_from_the_language() {
        let value = plain(
            "map_value { entries { key { bool_value: true } value { list_value { values { uint64_value: 7 } values \
             { bytes_value: '\\377' } } } } }",
        );
        let back = Plain::of(&value.to_value().unwrap()).unwrap();
        assert!(back.same(&value));
        assert_eq!(back.to_string(), r#"{true: [7u, b"\xff"]}"#);
    }
}
