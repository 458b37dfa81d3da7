//! Policies: `policy.…`. The meaning is the IAM model's; here values go in and come out.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use estate::truth::Why;
use estate::value::{Choice, List, Map, Node, Part, Partial, Value};
use iam::document::Policy;
use iam::judge::{admin, demand, reach, request};

use super::{Context, Function, Gives, Parameter};
use crate::types::Field;
use crate::value::{OwnedList, Text, V, entry, entry_or_unread};

const DOCUMENT: &[Parameter] = &[Parameter::Document];
const STATEMENT: &[(&str, Field)] = &[
    ("Sid", Field::MaybeText),
    ("Effect", Field::Any),
    ("Principal", Field::Texts),
    ("NotPrincipal", Field::Texts),
    ("Action", Field::Texts),
    ("NotAction", Field::Texts),
    ("Resource", Field::Texts),
    ("NotResource", Field::Texts),
    ("Condition", Field::Any),
];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::plain("policy.parse", DOCUMENT, Gives::Policy, parse).on_partial(),
    Function::plain("policy.statements", DOCUMENT, Gives::Records(STATEMENT), statements).on_partial(),
    Function::plain(
        "policy.allows",
        &[Parameter::Document, Parameter::Text, Parameter::Text, Parameter::Text, Parameter::Any],
        Gives::Bool,
        allows,
    )
    .with_optional(1)
    .on_partial(),
    Function::plain("policy.allows_public", DOCUMENT, Gives::Bool, allows_public).on_partial(),
    Function::plain(
        "policy.allows_outside",
        &[Parameter::Document, Parameter::Texts],
        Gives::Bool,
        allows_outside,
    )
    .on_partial(),
    Function::plain(
        "policy.denies_without",
        &[Parameter::Document, Parameter::Text, Parameter::Text],
        Gives::Bool,
        denies_without,
    )
    .on_partial(),
    Function::plain("policy.is_admin", DOCUMENT, Gives::Bool, is_admin).on_partial(),
];

/// A value as a node, for the IAM model to read.
///
/// Recursion is bounded by the depth of the value, which its reader bounds.
fn node(value: &V) -> Node {
    Node::of(match value {
        V::Null => Value::Null,
        V::Bool(b) => Value::Bool(*b),
        V::Int(i) => Value::Int(*i),
        V::Double(d) => Value::Double(*d),
        V::Text(text) => Value::Text(Arc::from(text.as_str())),
        V::Partial(partial) => Value::Partial(Box::new((**partial).clone())),
        V::Node(node) => return (*node).clone(),
        V::List(list) => Value::List(Box::new(List {
            items: list.items.iter().map(|(item, maybe)| possible(node(item), maybe.as_ref())).collect(),
            rest: list.rest.as_ref().and_then(first),
        })),
        V::Map(map) => Value::Map(Box::new(Map {
            entries: map
                .entries
                .iter()
                .filter_map(|(key, value)| Some((Arc::from(key.as_text()?), node(value))))
                .collect(),
            rest: map.rest.as_ref().and_then(first),
        })),
        V::Unknown(why, _) => match why.0.first() {
            Some(unknown) => Value::Unknown(unknown.clone()),
            None => Value::Null,
        },
        V::Choice(choice) => {
            let options = choice.options.iter().map(|option| Some(node(option)));
            let absent = choice.absent.then_some(None);
            let why = first(&choice.why);
            return why
                .and_then(|why| Choice::among(options.chain(absent), why, estate::value::Span::NONE))
                .unwrap_or_else(|| Node::of(Value::Null));
        }
        _ => Value::Null,
    })
}

fn possible(node: Node, maybe: Option<&Why>) -> Node {
    match maybe.and_then(first) {
        None => node,
        Some(why) => Choice::among([Some(node), None], why, estate::value::Span::NONE)
            .unwrap_or_else(|| Node::of(Value::Null)),
    }
}

fn first(why: &Why) -> Option<Arc<estate::value::Unknown>> {
    why.0.first().cloned()
}

/// Policies that were read, by the place they stand at: several controls ask of the same one.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a>(Rc<RefCell<Known<'a>>>);

#[derive(Debug, Default)]
struct Known<'a> {
    policies: Vec<(&'a Node, Arc<Policy>)>,
    /// What `policy.statements` gave.
    statements: Vec<(&'a Node, V<'a>)>,
}

/// What is known of a place.
fn at<T: Clone>(known: &[(&Node, T)], node: &Node) -> Option<T> {
    known.iter().find(|(place, _)| std::ptr::eq(*place, node)).map(|(_, what)| what.clone())
}

impl<'a> Policies<'a> {
    fn read(&self, node: &'a Node) -> Arc<Policy> {
        let mut known = self.0.borrow_mut();
        if let Some(policy) = at(&known.policies, node) {
            return policy;
        }
        let policy = Arc::new(Policy::parse(Some(node)));
        known.policies.push((node, policy.clone()));
        policy
    }

    fn statements(&self, node: &'a Node) -> V<'a> {
        let mut known = self.0.borrow_mut();
        if let Some(statements) = at(&known.statements, node) {
            return statements;
        }
        let statements = collected(&V::Node(node));
        known.statements.push((node, statements.clone()));
        statements
    }
}

fn read<'a>(context: &Context<'a>, value: &V<'a>) -> Arc<Policy> {
    match value {
        V::Policy(policy) => policy.clone(),
        V::Node(node) => context.policies.read(node),
        V::Null => Arc::new(Policy::parse(None)),
        other => Arc::new(Policy::parse(Some(&node(other)))),
    }
}

fn parse<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    V::Policy(read(context, &arguments[0]))
}

fn allows_public<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    reach::allows_public(&read(context, &arguments[0])).into()
}

fn is_admin<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    admin::is_admin(&read(context, &arguments[0])).into()
}

fn denies_without<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match (arguments[1].as_text(), arguments[2].as_text()) {
        (Some(key), Some(value)) => demand::denies_without(&read(context, &arguments[0]), key, value).into(),
        _ => V::error("`policy.denies_without` takes a condition key and a value"),
    }
}

fn allows_outside<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let Some(elements) = arguments[1].elements() else { return V::error("accounts are a list") };
    let accounts: Vec<V<'a>> = elements.map(|(account, _)| account).collect();
    let accounts: Vec<&str> = accounts.iter().filter_map(V::as_text).collect();
    reach::allows_outside(&read(context, &arguments[0]), context.account, &accounts).into()
}

fn allows<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let texts: Vec<&str> = arguments[1..4].iter().filter_map(V::as_text).collect();
    let [principal, action, resource] = texts[..] else {
        return V::error("`policy.allows` takes a principal, an action and a resource");
    };
    let mut keys: Vec<(String, Vec<String>)> = Vec::new();
    let given = arguments.get(4).unwrap_or(&V::Null);
    let Some(elements) = given.elements() else { return V::error("the context is a map") };
    for (key, _) in elements {
        let Some(name) = key.as_text() else { continue };
        let values = match entry(given, &key) {
            Some(value) if value.type_name() == Some("list") => {
                value.elements().into_iter().flatten().map(|(item, _)| crate::message::show(&item)).collect()
            }
            Some(value) => vec![crate::message::show(&value)],
            None => Vec::new(),
        };
        keys.push((name.to_owned(), values));
    }
    request::allows(&read(context, &arguments[0]), principal, action, resource, &keys).into()
}

/// The statements in one form: every list a list, principals with their kind before them.
fn statements<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Node(node) => context.policies.statements(node),
        document => collected(document),
    }
}

fn collected<'a>(document: &V<'a>) -> V<'a> {
    let mut found = OwnedList::default();
    collect(document, None, &mut found);
    V::List(Arc::new(found))
}

fn collect<'a>(document: &V<'a>, maybe: Option<&Why>, found: &mut OwnedList<'a>) {
    match document {
        V::Null => {}
        V::Unknown(why, _) => found.rest = Some(found.rest.take().unwrap_or_default().and(why)),
        V::Partial(partial) => {
            let why = holes(partial);
            found.rest = Some(found.rest.take().unwrap_or_default().and(&why));
        }
        V::Choice(choice) => {
            for option in &choice.options {
                collect(option, Some(&choice.why), found);
            }
        }
        V::Text(text) => match serde_json::from_str::<serde_json::Value>(text.as_str()) {
            Ok(json) => collect(&V::owned(&Node::of(Value::from(&json))), maybe, found),
            Err(_) => {
                if let V::Unknown(why, _) = V::error("the policy is no JSON") {
                    found.rest = Some(why);
                }
            }
        },
        _ if document.type_name() == Some("list") => {
            let Some(mut elements) = document.elements() else { return };
            for (item, own) in elements.by_ref() {
                collect(&item, own.as_ref().or(maybe), found);
            }
            if let Some(why) = elements.rest {
                found.rest = Some(found.rest.take().unwrap_or_default().and(&why));
            }
        }
        _ => {
            let is_statement = entry(document, &V::Text(Text::Borrowed("Effect"))).is_some();
            match entry(document, &V::Text(Text::Borrowed("Statement"))) {
                Some(inner) if !is_statement => collect(&inner, maybe, found),
                _ if is_statement => found.items.push((statement(document), maybe.cloned())),
                _ => {
                    if let Some(why) = document.elements().and_then(|elements| elements.rest) {
                        found.rest = Some(why);
                    }
                }
            }
        }
    }
}

fn holes(partial: &Partial) -> Why {
    let mut why = Why::default();
    partial.holes().for_each(|hole| why.add(&Why::of(hole)));
    why
}

fn statement<'a>(raw: &V<'a>) -> V<'a> {
    let plain = |name: &'static str| entry_or_unread(raw, &V::Text(Text::Borrowed(name))).unwrap_or(V::Null);
    let listed = |name: &'static str| texts(&plain(name), "");
    V::record([
        ("Sid", plain("Sid")),
        ("Effect", plain("Effect")),
        ("Principal", principals(&plain("Principal"))),
        ("NotPrincipal", principals(&plain("NotPrincipal"))),
        ("Action", listed("Action")),
        ("NotAction", listed("NotAction")),
        ("Resource", listed("Resource")),
        ("NotResource", listed("NotResource")),
        ("Condition", plain("Condition")),
    ])
}

/// A text or a list of texts as a list, each with something before it.
fn texts<'a>(value: &V<'a>, before: &str) -> V<'a> {
    let mut list = OwnedList::default();
    add(value, before, None, &mut list);
    V::List(Arc::new(list))
}

fn add<'a>(value: &V<'a>, before: &str, maybe: Option<&Why>, list: &mut OwnedList<'a>) {
    match value {
        V::Null => {}
        V::Text(text) if before.is_empty() => list.items.push((V::Text(text.clone()), maybe.cloned())),
        V::Text(text) => list.items.push((V::text(format!("{before}{}", text.as_str())), maybe.cloned())),
        V::Int(number) => list.items.push((V::text(format!("{before}{number}")), maybe.cloned())),
        V::Partial(partial) => {
            let parts = std::iter::once(Part::Known(Arc::from(before))).chain(partial.parts.iter().cloned());
            list.items.push((V::owned(&Node::of(Partial::join(parts))), maybe.cloned()));
        }
        V::Unknown(why, _) => match why.0.as_slice() {
            // One text of which only the kind is known, or a whole list.
            [unknown] if unknown.kind == estate::value::Kind::Text => {
                let value = if before.is_empty() {
                    value.clone()
                } else {
                    let parts = [Part::Known(Arc::from(before)), Part::Hole(unknown.clone())];
                    V::owned(&Node::of(Partial::join(parts)))
                };
                list.items.push((value, maybe.cloned()));
            }
            _ => list.rest = Some(list.rest.take().unwrap_or_default().and(why)),
        },
        V::Choice(choice) => {
            for option in &choice.options {
                add(option, before, Some(&choice.why), list);
            }
        }
        _ => {
            let Some(mut elements) = value.elements() else { return };
            for (item, own) in elements.by_ref() {
                add(&item, before, own.as_ref().or(maybe), list);
            }
            if let Some(why) = elements.rest {
                list.rest = Some(list.rest.take().unwrap_or_default().and(&why));
            }
        }
    }
}

/// `"*"`, or a map of kinds to names, as a list of `Kind:name`.
fn principals<'a>(value: &V<'a>) -> V<'a> {
    if value.type_name() != Some("map") {
        return texts(value, "");
    }
    let mut list = OwnedList::default();
    let Some(mut elements) = value.elements() else { return V::List(Arc::new(list)) };
    for (kind, maybe) in elements.by_ref() {
        let Some(name) = kind.as_text() else { continue };
        if let Some(inner) = entry(value, &kind) {
            add(&inner, &format!("{name}:"), maybe.as_ref(), &mut list);
        }
    }
    if let Some(why) = elements.rest {
        list.rest = Some(why);
    }
    V::List(Arc::new(list))
}
