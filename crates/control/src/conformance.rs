//! Expressions by themselves, for CEL's own conformance tests and for whoever wants to try one.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use estate::estate::Estate;
use estate::resource::{Resource, ResourceId};
use jiff::Timestamp;

use crate::builtin;
use crate::compile::{Names, compile};
use crate::eval::{Scope, run_with};
use crate::functions::{Context, Policies};
use crate::value::V;

/// Evaluates an expression with variables, without a resource and without null strictness. An error is what CEL
/// calls one: the text does not parse or type-check, or an operation cannot be done.
pub fn evaluate(text: &str, variables: &[(Arc<str>, V<'static>)]) -> Result<V<'static>, String> {
    let names = Names {
        free: variables.iter().map(|(name, _)| name.clone()).collect(),
        lenient: true,
        ..Names::default()
    };
    let (code, _) = compile(text, &names).map_err(|error| error.message)?;
    // The values outlive the estate, which is empty but for a resource that nothing refers to.
    let empty: &'static Estate = empty();
    let scope = Scope {
        context: Context {
            estate: empty,
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
        let_values: Vec::<OnceCell<V<'static>>>::new(),
        steps: Cell::new(0),
    };
    let mut values = variables.iter().map(|(_, value)| value.clone()).collect();
    match run_with(&code, &scope, &mut values) {
        V::Unknown(why, _) => {
            Err(why.0.first().map_or_else(String::new, |unknown| unknown.reason.to_string()))
        }
        value => Ok(value),
    }
}

fn empty() -> &'static Estate {
    static EMPTY: std::sync::OnceLock<Estate> = std::sync::OnceLock::new();
    EMPTY.get_or_init(|| {
        let resource =
            Resource::new(Arc::from("Palisade::Nothing"), Arc::from("nothing"), Arc::from("nothing"));
        Estate::new(Vec::new(), vec![resource], Vec::new())
    })
}
