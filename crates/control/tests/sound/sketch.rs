//! Values of which parts are not known: what the evaluator is given, and what is put in for the unknown parts.

use std::fmt;
use std::sync::Arc;

use estate::value::{Choice, Kind, List, Map, Node, Part, Partial, Reason, Unknown, Value};

use crate::concrete::Concrete;

/// A value, perhaps not wholly known.
#[derive(Clone, Debug)]
pub(crate) enum Sketch {
    /// Known.
    Known(Concrete),
    /// A text with unknown parts.
    Text(Vec<Piece>),
    /// A list: these elements, and with a reason perhaps more behind them.
    List { items: Vec<Sketch>, rest: Option<Reason> },
    /// A map: these entries, and with a reason perhaps more.
    Map { entries: Vec<(String, Sketch)>, rest: Option<Reason> },
    /// One of these, none of which is a choice or a hole; or perhaps none.
    Choice { options: Vec<Sketch>, or_absent: bool },
    /// Not known.
    Hole {
        reason: Reason,
        kind: Kind,
        /// What would be natural here, which the evaluator is not told.
        like: Kind,
    },
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Known(String),
    Hole(Reason),
}

/// The properties of a resource, not all wholly known.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) properties: Vec<(&'static str, Sketch)>,
    /// Why there may be more properties, if so.
    pub(crate) rest: Option<Reason>,
}

/// The reason of unknowns that have nothing to do with each other.
pub(crate) fn stated() -> Reason {
    Reason::Stated(Arc::from("test"))
}

/// A template's parameter.
pub(crate) fn parameter(name: &str) -> Reason {
    Reason::Parameter { name: Arc::from(name), scope: Arc::from("test") }
}

/// What `Ref` to another resource returns.
pub(crate) fn reference(target: &str) -> Reason {
    Reason::Reference { target: Arc::from(target), attribute: None }
}

fn unknown(reason: &Reason, kind: Kind) -> Arc<Unknown> {
    Arc::new(Unknown { reason: reason.clone(), kind })
}

fn rest_of(reason: Option<&Reason>) -> Option<Arc<Unknown>> {
    reason.map(|reason| unknown(reason, Kind::Any))
}

impl World {
    /// A world of these properties, with no others.
    pub(crate) fn of(properties: Vec<(&'static str, Sketch)>) -> World {
        World { properties, rest: None }
    }

    /// As a resource holds it.
    pub(crate) fn map(&self) -> Map {
        let entries =
            self.properties.iter().map(|(name, sketch)| (Arc::from(*name), sketch.node())).collect();
        Map { entries, rest: rest_of(self.rest.as_ref()) }
    }

    /// Only the properties of these names.
    pub(crate) fn only(&self, names: &[&'static str]) -> World {
        let properties = self.properties.iter().filter(|(name, _)| names.contains(name)).cloned().collect();
        World { properties, rest: self.rest.clone() }
    }
}

impl Sketch {
    /// A map with these entries and no others.
    pub(crate) fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Sketch)>) -> Sketch {
        let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Sketch::Map { entries, rest: None }
    }

    /// As a value of a resource.
    pub(crate) fn node(&self) -> Node {
        let value = match self {
            Sketch::Known(value) => return value.node(),
            Sketch::Text(pieces) => Partial::join(pieces.iter().map(Piece::part)),
            Sketch::List { items, rest } => Value::List(Box::new(List {
                items: items.iter().map(Sketch::node).collect(),
                rest: rest_of(rest.as_ref()),
            })),
            Sketch::Map { entries, rest } => Value::Map(Box::new(Map {
                entries: entries.iter().map(|(key, value)| (Arc::from(key.as_str()), value.node())).collect(),
                rest: rest_of(rest.as_ref()),
            })),
            Sketch::Choice { options, or_absent } => Value::Choice(Box::new(Choice {
                options: options.iter().map(Sketch::node).collect(),
                or_absent: *or_absent,
                why: unknown(&Reason::Condition(Arc::from("test")), Kind::Any),
            })),
            Sketch::Hole { reason, kind, .. } => Value::Unknown(unknown(reason, *kind)),
        };
        Node::of(value)
    }
}

impl Piece {
    fn part(&self) -> Part {
        match self {
            Piece::Known(text) => Part::Known(Arc::from(text.as_str())),
            Piece::Hole(reason) => Part::Hole(unknown(reason, Kind::Text)),
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, sketch) in &self.properties {
            writeln!(f, "  {name}: {sketch}")?;
        }
        if self.rest.is_some() {
            writeln!(f, "  and perhaps more")?;
        }
        Ok(())
    }
}

impl fmt::Display for Sketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = |rest: &Option<Reason>| if rest.is_some() { ", …" } else { "" };
        match self {
            Sketch::Known(value) => write!(f, "{value}"),
            Sketch::Text(pieces) => {
                f.write_str("'")?;
                for piece in pieces {
                    match piece {
                        Piece::Known(text) => f.write_str(text)?,
                        Piece::Hole(reason) => write!(f, "${{{}}}", label(reason))?,
                    }
                }
                f.write_str("'")
            }
            Sketch::List { items, rest } => {
                let items: Vec<String> = items.iter().map(Sketch::to_string).collect();
                write!(f, "[{}{}]", items.join(", "), more(rest))
            }
            Sketch::Map { entries, rest } => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("'{key}': {value}")).collect();
                write!(f, "{{{}{}}}", entries.join(", "), more(rest))
            }
            Sketch::Choice { options, or_absent } => {
                let options: Vec<String> = options.iter().map(Sketch::to_string).collect();
                let absent = if *or_absent { " or absent" } else { "" };
                write!(f, "<{}{absent}>", options.join(" or "))
            }
            Sketch::Hole { reason, kind, .. } => write!(f, "<{} of kind {kind:?}>", label(reason)),
        }
    }
}

/// A reason in a word.
fn label(reason: &Reason) -> &str {
    match reason {
        Reason::Parameter { name, .. } | Reason::Pseudo(name) => name,
        Reason::Reference { target, .. } => target,
        _ => "unknown",
    }
}
