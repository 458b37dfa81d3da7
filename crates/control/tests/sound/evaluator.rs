//! The evaluator under test, on a resource that is the only one of its estate.

use std::cell::Cell;
use std::sync::Arc;

use control::builtin;
use control::cel::{self, Expr};
use control::compile::{Code, Names, compile};
use control::eval::{self, Scope};
use control::functions::{Context, Policies};
use estate::estate::Estate;
use estate::resource::{Resource, ResourceId};
use estate::truth::Truth;
use estate::value::Map;
use jiff::Timestamp;

use crate::thing;

/// An expression, compiled and parsed.
pub(crate) struct Subject {
    pub(crate) text: String,
    /// For the reference.
    pub(crate) expr: Expr,
    code: Code,
}

impl Subject {
    /// Compiles an expression; an error says why it is refused.
    pub(crate) fn new(text: &str) -> Result<Subject, String> {
        let names = Names { resource: Some(thing::info()), ..Names::default() };
        let (code, _) = compile(text, &names).map_err(|error| error.message)?;
        let expr = cel::parse(text).map_err(|error| error.to_string())?;
        Ok(Subject { text: text.to_owned(), expr, code })
    }

    /// What the evaluator says of a resource with these properties.
    pub(crate) fn verdict(&self, properties: Map) -> Truth {
        let mut resource =
            Resource::new(Arc::from(thing::TYPE), Arc::from("test#Subject"), Arc::from("Subject"));
        resource.properties = properties;
        let estate = Estate::new(Vec::new(), vec![resource], Vec::new());
        let scope = Scope {
            context: Context {
                estate: &estate,
                resource: ResourceId(0),
                now: Timestamp::UNIX_EPOCH,
                account: None,
                tables: builtin::tables(),
                policies: Policies::default(),
            },
            closed_world: true,
            parameters: &[],
            each: None,
            lets: &[],
            let_values: Vec::new(),
            steps: Cell::new(0),
        };
        eval::run(&self.code, &scope).truth()
    }
}
