//! `Fn::ForEach` of the language extensions.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use std::sync::Arc;

use document::{Entry, Tree};
use estate::value::{Kind, List, Map, Node, Reason, Unknown, Value};

use crate::eval::{Evaluator, made_of};
use crate::stack::Stack;
use crate::substitute::loop_text;

/// A loop: its variable, what it runs over, and the entries it makes each time.
pub(crate) struct Loop<'t> {
    pub(crate) variable: &'t Arc<str>,
    collection: &'t Tree,
    pub(crate) body: &'t [Entry],
}

/// What a loop runs over.
pub(crate) enum Rounds {
    /// These values.
    Known(Vec<Node>),
    /// It cannot be said.
    Open(Arc<Unknown>),
}

impl Loop<'_> {
    /// The loop that an entry `Fn::ForEach::Name` is.
    pub(crate) fn of(entry: &Entry) -> Option<Loop<'_>> {
        let [variable, collection, body] = entry.value.items() else { return None };
        Some(Loop { variable: variable.text()?, collection, body: body.entries() })
    }

    pub(crate) fn rounds(&self, evaluator: &Evaluator) -> Option<Rounds> {
        let node = evaluator.value(self.collection)?;
        match node.value {
            Value::List(list) => {
                let List { items, rest } = *list;
                match rest {
                    Some(rest) => Some(Rounds::Open(rest)),
                    None => match items.iter().find_map(|item| made_of(&item.value, Kind::Any)) {
                        Some(unknown) => Some(Rounds::Open(unknown)),
                        None => Some(Rounds::Known(items)),
                    },
                }
            }
            value => made_of(&value, Kind::Any).map(Rounds::Open),
        }
    }
}

/// Expands a loop inside a map of properties.
pub(crate) fn in_map(evaluator: &Evaluator, entry: &Entry, map: &mut Map) {
    let Some(this) = Loop::of(entry) else {
        evaluator.wrong(&entry.value, "`Fn::ForEach` takes a name, a collection and a map");
        return;
    };
    match this.rounds(evaluator) {
        Some(Rounds::Known(values)) => {
            for value in values {
                if !evaluator.stack.session.may_loop(entry.key_span) {
                    map.rest = Some(too_far());
                    return;
                }
                let inner = evaluator.bind(this.variable, value);
                for (key, node) in inner.map(this.body).entries {
                    map.set(key, node);
                }
            }
        }
        Some(Rounds::Open(unknown)) => map.rest = Some(unknown),
        None => {
            evaluator.wrong(&entry.value, "the collection of `Fn::ForEach` is not a list");
        }
    }
}

/// Why what a loop would still make is not known.
pub(crate) fn too_far() -> Arc<Unknown> {
    Stack::unknown(Reason::Failed(Arc::from("the loops go too far")), Kind::Any)
}

/// Whether some loop in a section may make an entry of this name.
pub(crate) fn declares(stack: &Stack, section: &str, name: &str) -> bool {
    stack.section(section).is_some_and(|section| in_entries(section.entries(), name))
}

/// Recursion is bounded by the depth of the document.
fn in_entries(entries: &[Entry], name: &str) -> bool {
    entries.iter().filter(|entry| entry.key.starts_with("Fn::ForEach::")).filter_map(Loop::of).any(|this| {
        this.body.iter().any(|entry| {
            // The known text before the first variable must fit; what follows may be anything.
            let known = entry.key.split(['$', '&']).next().unwrap_or_default();
            !entry.key.starts_with("Fn::ForEach::") && name.starts_with(known)
        }) || in_entries(this.body, name)
    })
}

/// The key of a loop's entry with the variables filled in.
pub(crate) fn key(evaluator: &Evaluator, key: &str) -> Arc<str> {
    Arc::from(loop_text(evaluator, key))
}
