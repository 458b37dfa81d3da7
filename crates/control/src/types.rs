//! The types that the checker knows, and the names it gives them in messages.

use std::fmt;
use std::sync::Arc;

use estate::catalogue::{Kinds, ShapeId, TypeInfo};

/// A type, and whether a value of it may be null.
#[derive(Clone, Debug)]
pub struct Ty {
    /// What it is apart from null.
    pub base: Base,
    /// Whether it may be null.
    pub nullable: bool,
}

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Base {
    /// Anything: free JSON, where only running tells.
    Any,
    /// Only null.
    Null,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `uint`.
    Uint,
    /// `double`.
    Double,
    /// `int` or `double`: a schema's `number`.
    Number,
    /// `string`.
    Text,
    /// `bytes`.
    Bytes,
    /// `timestamp`.
    Timestamp,
    /// `duration`.
    Duration,
    /// `type`.
    Type,
    /// A policy.
    Policy,
    /// A resource, of a known type or of any.
    Resource(Option<&'static TypeInfo>),
    /// A map whose keys a schema names.
    Object(&'static TypeInfo, ShapeId),
    /// A list.
    List(Arc<Ty>),
    /// A map with any keys.
    Map(Arc<Ty>),
    /// A map that a function makes, with these fields.
    Record(&'static [(&'static str, Field)]),
}

/// The type of a record's field.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    /// A text.
    Text,
    /// A text or null.
    MaybeText,
    /// A whole number.
    Int,
    /// A list of texts.
    Texts,
    /// Anything or null.
    Any,
}

impl Ty {
    /// A type that is never null.
    pub fn of(base: Base) -> Ty {
        Ty { base, nullable: false }
    }

    /// The same type, perhaps null.
    #[must_use]
    pub fn or_null(mut self, nullable: bool) -> Ty {
        self.nullable |= nullable;
        self
    }

    /// Anything, perhaps null.
    pub fn any() -> Ty {
        Ty { base: Base::Any, nullable: true }
    }

    /// The type of a schema's shape.
    pub fn of_shape(info: &'static TypeInfo, id: ShapeId) -> Ty {
        let shape = info.shape(id);
        Ty::of(match shape.kinds {
            Kinds::BOOL => Base::Bool,
            Kinds::INT => Base::Int,
            Kinds::NUMBER => Base::Number,
            Kinds::TEXT => Base::Text,
            Kinds::LIST => match shape.items {
                // An element is converted when it is used: shapes may contain themselves.
                Some(items) if !matches!(info.shape(items).kinds, Kinds::LIST) => {
                    Base::List(Arc::new(Ty::of_shape(info, items)))
                }
                _ => Base::List(Arc::new(Ty::of(Base::Any))),
            },
            Kinds::MAP if !shape.properties.is_empty() => Base::Object(info, id),
            Kinds::MAP => match shape.others {
                Some(others) if info.shape(others).kinds != Kinds::MAP => {
                    Base::Map(Arc::new(Ty::of_shape(info, others)))
                }
                _ => Base::Any,
            },
            _ => Base::Any,
        })
    }
}

impl Base {
    /// Whether values of both types can be equal.
    pub fn comparable(&self, other: &Base) -> bool {
        let number = |base: &Base| matches!(base, Base::Int | Base::Uint | Base::Double | Base::Number);
        match (self, other) {
            (Base::Any | Base::Null, _) | (_, Base::Any | Base::Null) => true,
            (a, b) if number(a) && number(b) => true,
            (a, b) => a.family() == b.family(),
        }
    }

    /// Whether values of the type have an order.
    pub fn is_ordered(&self) -> bool {
        !matches!(
            self,
            Base::Null
                | Base::Type
                | Base::Policy
                | Base::Resource(_)
                | Base::Object(..)
                | Base::List(_)
                | Base::Map(_)
                | Base::Record(_)
        )
    }

    fn family(&self) -> &'static str {
        match self {
            Base::Any => "anything",
            Base::Null => "null",
            Base::Bool => "a truth value",
            Base::Int | Base::Uint => "a whole number",
            Base::Double | Base::Number => "a number",
            Base::Text => "a text",
            Base::Bytes => "bytes",
            Base::Timestamp => "a timestamp",
            Base::Duration => "a duration",
            Base::Type => "a type",
            Base::Policy => "a policy",
            Base::Resource(_) => "a resource",
            Base::List(_) => "a list",
            Base::Object(..) | Base::Map(_) | Base::Record(_) => "a map",
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.family())?;
        if self.nullable && !matches!(self.base, Base::Null) {
            f.write_str(" or null")?;
        }
        Ok(())
    }
}
