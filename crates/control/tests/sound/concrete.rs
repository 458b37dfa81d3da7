//! Values that are wholly known: what the reference computes with.

use std::fmt;
use std::sync::Arc;

use estate::value::{Kind, Node, Value};

/// A property's name and its value.
pub(crate) type Entry = (&'static str, Concrete);

/// A value, wholly known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Concrete {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    List(Vec<Concrete>),
    /// The keys are texts in a resource; a literal may have others.
    Map(Vec<(Concrete, Concrete)>),
}

impl Concrete {
    pub(crate) fn text(text: &str) -> Concrete {
        Concrete::Text(text.to_owned())
    }

    /// A map with texts for keys.
    pub(crate) fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Concrete)>) -> Concrete {
        Concrete::Map(entries.into_iter().map(|(key, value)| (Concrete::text(key), value)).collect())
    }

    /// What is known of an unknown that could be this value.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Concrete::Null => Kind::Any,
            Concrete::Bool(_) => Kind::Bool,
            Concrete::Int(_) | Concrete::Double(_) => Kind::Number,
            Concrete::Text(_) => Kind::Text,
            Concrete::List(_) => Kind::List,
            Concrete::Map(_) => Kind::Map,
        }
    }

    /// As a value of a resource.
    pub(crate) fn node(&self) -> Node {
        Node::of(match self {
            Concrete::Null => Value::Null,
            Concrete::Bool(b) => Value::Bool(*b),
            Concrete::Int(i) => Value::Int(*i),
            Concrete::Double(d) => Value::Double(*d),
            Concrete::Text(text) => Value::Text(Arc::from(text.as_str())),
            Concrete::List(items) => Value::List(Box::new(items.iter().map(Concrete::node).collect())),
            Concrete::Map(entries) => Value::Map(Box::new(
                entries.iter().map(|(key, value)| (Arc::from(key.key()), value.node())).collect(),
            )),
        })
    }

    /// The text of a key of a resource's map.
    pub(crate) fn key(&self) -> &str {
        match self {
            Concrete::Text(text) => text,
            other => panic!("the keys of a resource are texts, not {other}"),
        }
    }
}

impl fmt::Display for Concrete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Concrete::Null => f.write_str("null"),
            Concrete::Bool(b) => write!(f, "{b}"),
            Concrete::Int(i) => write!(f, "{i}"),
            Concrete::Double(d) => write!(f, "{d:?}"),
            Concrete::Text(text) => write!(f, "'{text}'"),
            Concrete::List(items) => {
                let items: Vec<String> = items.iter().map(Concrete::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Concrete::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
        }
    }
}

/// The properties, one a line.
pub(crate) fn tell(properties: &[Entry]) -> String {
    properties.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect()
}
