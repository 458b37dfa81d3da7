//! The functions of the language: a table of what each takes and gives, and a file a subject for what it does.

mod address;
mod arn;
mod convert;
mod dates;
mod policy;
mod secret;
mod text;
mod time;

use estate::estate::Estate;
use estate::resource::ResourceId;
use jiff::Timestamp;

use crate::types::Field;
use crate::value::V;

pub use dates::Tables;
pub use policy::Policies;
pub use secret::mask;
pub(crate) use text::compile as compile_pattern;
pub(crate) use time::{format as format_duration, in_range, is_bounded, parse as parse_time};

/// What a function may look at beside its arguments.
#[derive(Debug)]
pub struct Context<'a> {
    /// The estate under judgement.
    pub estate: &'a Estate,
    /// The resource under judgement.
    pub resource: ResourceId,
    /// The time of the judgement.
    pub now: Timestamp,
    /// The account, where it is known.
    pub account: Option<&'a str>,
    /// The dated tables of content/data.
    pub tables: &'a Tables,
    /// The policies of the resource that were read so far.
    pub policies: Policies<'a>,
}

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Anything, null included.
    Any,
    /// Anything but null.
    Value,
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// A list of texts; null counts as empty.
    Texts,
    /// A map or list, or a text that holds one as JSON; null is allowed.
    Document,
    /// A map; null is not allowed.
    Map,
    /// A timestamp, or a text that holds one.
    Time,
}

/// What a function gives.
#[derive(Clone, Copy, Debug)]
pub enum Gives {
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// An unsigned whole number.
    Uint,
    /// A double.
    Double,
    /// A text.
    Text,
    /// A text or null.
    MaybeText,
    /// Bytes.
    Bytes,
    /// A timestamp.
    Timestamp,
    /// A duration.
    Duration,
    /// A type.
    Type,
    /// Anything, perhaps null.
    Any,
    /// Anything but null.
    Value,
    /// A policy.
    Policy,
    /// A list of texts.
    Texts,
    /// A map with these fields.
    Record(&'static [(&'static str, Field)]),
    /// A list of such maps.
    Records(&'static [(&'static str, Field)]),
}

/// A function of the language.
pub struct Function {
    /// Its name; with a namespace (`ip.is_public`) or, for a method, without.
    pub name: &'static str,
    /// Whether it is called on its first argument.
    pub method: bool,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// How many of the last arguments may be left out.
    pub optional: usize,
    /// What it gives.
    pub gives: Gives,
    /// Whether it decides for itself on texts and documents that are partly known.
    pub partial: bool,
    /// What it does. Unknown arguments and alternatives are dealt with before, unless it takes partly known ones.
    pub run: for<'a> fn(&Context<'a>, &[V<'a>]) -> V<'a>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.name)
    }
}

/// The names before the dot of functions that are no methods.
pub const NAMESPACES: [&str; 9] =
    ["ip", "port", "arn", "policy", "time", "secret", "runtime", "engine", "estate"];

/// All functions.
pub fn all() -> impl Iterator<Item = &'static Function> {
    [
        address::FUNCTIONS,
        arn::FUNCTIONS,
        convert::FUNCTIONS,
        dates::FUNCTIONS,
        policy::FUNCTIONS,
        secret::FUNCTIONS,
        text::FUNCTIONS,
        time::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

/// A function by its name; a method where it is called on a value.
pub fn find(name: &str, method: bool) -> Option<&'static Function> {
    all().find(|function| function.name == name && function.method == method)
}

impl Function {
    /// A function that decides only on arguments that are known.
    const fn plain(
        name: &'static str,
        parameters: &'static [Parameter],
        gives: Gives,
        run: for<'a> fn(&Context<'a>, &[V<'a>]) -> V<'a>,
    ) -> Function {
        Function { name, method: false, parameters, optional: 0, gives, partial: false, run }
    }

    const fn method(mut self) -> Function {
        self.method = true;
        self
    }

    const fn on_partial(mut self) -> Function {
        self.partial = true;
        self
    }

    const fn with_optional(mut self, optional: usize) -> Function {
        self.optional = optional;
        self
    }
}
