//! Type constraints of variables, and conversion to them.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>

use std::sync::Arc;

use hcl::syntax::{Expression, Kind as Syntax};

use crate::functions;
use crate::value::{Kind, List, Map, Node, Unknown, Value, as_string, from_double, same};

/// A type constraint.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Any,
    String,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(Vec<Member>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: Arc<str>,
    pub(crate) of: Type,
    pub(crate) optional: bool,
    pub(crate) default: Option<Expression>,
}

impl Type {
    /// Reads a constraint; one that is none is `any`.
    pub(crate) fn read(expression: &Expression) -> Type {
        match &expression.kind {
            // `"string"` and `"list"` are how Terraform 0.11 wrote them.
            Syntax::Name(_) | Syntax::Template(_) => match expression.word() {
                Some("string") => Type::String,
                Some("number") => Type::Number,
                Some("bool") => Type::Bool,
                Some("list") => Type::List(Box::new(Type::Any)),
                Some("map") => Type::Map(Box::new(Type::Any)),
                Some("set") => Type::Set(Box::new(Type::Any)),
                _ => Type::Any,
            },
            Syntax::Parentheses(inner) => Type::read(inner),
            Syntax::Call(call) => {
                let Some(first) = call.arguments.first() else { return Type::Any };
                match &*call.name {
                    "list" => Type::List(Box::new(Type::read(first))),
                    "set" => Type::Set(Box::new(Type::read(first))),
                    "map" => Type::Map(Box::new(Type::read(first))),
                    "tuple" => match &first.kind {
                        Syntax::Tuple(items) => Type::Tuple(items.iter().map(Type::read).collect()),
                        _ => Type::Any,
                    },
                    "object" => match &first.kind {
                        Syntax::Object(items) => Type::Object(
                            items.iter().filter_map(|item| member(item.key.word()?, &item.value)).collect(),
                        ),
                        _ => Type::Any,
                    },
                    _ => Type::Any,
                }
            }
            _ => Type::Any,
        }
    }

    /// What is known of a value of the type.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Type::Any => Kind::Any,
            Type::String => Kind::Text,
            Type::Number => Kind::Number,
            Type::Bool => Kind::Bool,
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Kind::List,
            Type::Map(_) | Type::Object(_) => Kind::Map,
        }
    }
}

fn member(name: &str, expression: &Expression) -> Option<Member> {
    let name: Arc<str> = Arc::from(name);
    if let Syntax::Call(call) = &expression.kind
        && &*call.name == "optional"
    {
        let of = Type::read(call.arguments.first()?);
        return Some(Member { name, of, optional: true, default: call.arguments.get(1).cloned() });
    }
    Some(Member { name, of: Type::read(expression), optional: false, default: None })
}

/// Converts a value to a type; `Err` says what does not fit. `evaluate` gives defaults of optional attributes.
///
/// Recursion is bounded by the type's own depth.
pub(crate) fn convert(node: Node, to: &Type, evaluate: &dyn Fn(&Expression) -> Node) -> Result<Node, String> {
    let span = node.span;
    let misfit = |node: &Node, what: &str| Err(format!("{} is no {what}", node.value.noun()));
    let value = match (&node.value, to) {
        (Value::Null, _) | (_, Type::Any) => return Ok(node),
        (Value::Choice(choice), _) => {
            let options: Result<Vec<Node>, String> =
                choice.options.iter().map(|option| convert(option.clone(), to, evaluate)).collect();
            Value::choice(options?, choice.why.clone())
        }
        (Value::Unknown(unknown), _) => Value::Unknown(sharpen(unknown, to.kind())),
        (Value::Bool(_), Type::Bool)
        | (Value::Int(_) | Value::Double(_), Type::Number)
        | (Value::Text(_) | Value::Partial(_) | Value::Json(_), Type::String) => return Ok(node),
        (_, Type::String) => match as_string(&node.value) {
            Some(text) => text,
            None => return misfit(&node, "string"),
        },
        (Value::Text(text), Type::Number) => match text.parse::<i64>() {
            Ok(whole) => Value::Int(whole),
            Err(_) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => from_double(number),
                _ => return Err(format!("`{text}` is no number")),
            },
        },
        (Value::Text(text), Type::Bool) => match &**text {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return Err(format!("`{text}` is no bool")),
        },
        (Value::Partial(partial), Type::Number | Type::Bool) => {
            let reason = partial.holes().next().map(|hole| hole.reason.of_part());
            reason.map_or(Value::Null, |reason| Value::unknown(reason, to.kind()))
        }
        (Value::List(list), Type::List(of)) => {
            let items: Result<Vec<Node>, String> =
                list.items.iter().map(|item| convert(item.clone(), of, evaluate)).collect();
            Value::open_list(unified(items?, of), false, list.rest.clone())
        }
        (Value::List(list), Type::Set(of)) => {
            let items: Result<Vec<Node>, String> =
                list.items.iter().map(|item| convert(item.clone(), of, evaluate)).collect();
            set(unified(items?, of), list.rest.clone())
        }
        (Value::List(list), Type::Tuple(of)) => {
            if list.rest.is_none() && list.items.len() != of.len() {
                return Err(format!("a tuple of {} elements is needed", of.len()));
            }
            let items: Result<Vec<Node>, String> =
                list.items.iter().zip(of).map(|(item, of)| convert(item.clone(), of, evaluate)).collect();
            Value::open_list(items?, false, list.rest.clone())
        }
        (Value::Map(map), Type::Map(of)) => {
            let nodes: Result<Vec<Node>, String> =
                map.entries.iter().map(|(_, value)| convert(value.clone(), of, evaluate)).collect();
            let keys = map.entries.iter().map(|(key, _)| key.clone());
            let entries = keys.zip(unified(nodes?, of)).collect();
            Value::Map(Arc::new(Map { entries, rest: map.rest.clone() }))
        }
        (Value::Map(map), Type::Object(members)) => object(map, members, evaluate)?,
        (Value::Instance(_), Type::Map(_) | Type::Object(_)) => return Ok(node),
        (_, Type::Number) => return misfit(&node, "number"),
        (_, Type::Bool) => return misfit(&node, "bool"),
        (_, Type::List(_)) => return misfit(&node, "list"),
        (_, Type::Set(_)) => return misfit(&node, "set"),
        (_, Type::Tuple(_)) => return misfit(&node, "tuple"),
        (_, Type::Map(_)) => return misfit(&node, "map"),
        (_, Type::Object(_)) => return misfit(&node, "object"),
    };
    Ok(Node { value, span })
}

/// Elements of one collection; of any type, they have one all the same.
fn unified(nodes: Vec<Node>, of: &Type) -> Vec<Node> {
    if matches!(of, Type::Any) { functions::unify(nodes) } else { nodes }
}

fn object(map: &Map, members: &[Member], evaluate: &dyn Fn(&Expression) -> Node) -> Result<Value, String> {
    let mut made = Map { entries: Vec::new(), rest: None };
    for member in members {
        let given = map.get(&member.name).cloned();
        let is_null = given.as_ref().is_none_or(|node| node.value.is_null());
        let node = match (given, &map.rest, &member.default) {
            (Some(node), _, None) => node,
            (Some(node), _, Some(_)) if !is_null => node,
            (None, Some(rest), _) => {
                let unknown = Unknown { reason: rest.reason.of_part(), kind: Kind::Any };
                Node::of(Value::Unknown(Arc::new(unknown)))
            }
            (_, _, Some(default)) => evaluate(default),
            (None, None, None) if member.optional => Node::of(Value::Null),
            (None, None, None) => return Err(format!("attribute `{}` is missing", member.name)),
        };
        made.set(member.name.clone(), convert(node, &member.of, evaluate)?);
    }
    Ok(Value::Map(Arc::new(made)))
}

/// The unknown with what a conversion adds to what is known of it.
pub(crate) fn sharpen(unknown: &Arc<Unknown>, kind: Kind) -> Arc<Unknown> {
    if matches!(kind, Kind::Any | Kind::Present) || unknown.kind == kind {
        return unknown.clone();
    }
    match unknown.kind {
        // It may be null, which no conversion changes.
        Kind::Any => unknown.clone(),
        Kind::Present => Arc::new(Unknown { reason: unknown.reason.clone(), kind }),
        _ => Arc::new(Unknown { reason: unknown.reason.of_part(), kind }),
    }
}

/// A set: known elements sorted and without doubles.
pub(crate) fn set(items: Vec<Node>, rest: Option<Arc<Unknown>>) -> Value {
    let mut kept: Vec<Node> = Vec::with_capacity(items.len());
    let all_text = items.iter().all(|item| matches!(item.value, Value::Text(_)));
    if all_text {
        kept = items;
        kept.sort_by(|a, b| a.value.as_text().cmp(&b.value.as_text()));
        kept.dedup_by(|a, b| a.value.as_text() == b.value.as_text());
    } else {
        for item in items {
            // Limit: doubles among elements that are no texts are found by comparing all with all.
            if kept.len() > 1_000 || !kept.iter().any(|known| same(&known.value, &item.value)) {
                kept.push(item);
            }
        }
        kept.sort_by(|a, b| {
            let key = |node: &Node| match &node.value {
                Value::Bool(b) => (0, f64::from(u8::from(*b)), Arc::from("")),
                Value::Int(n) => (1, *n as f64, Arc::from("")),
                Value::Double(n) => (1, *n, Arc::from("")),
                Value::Text(text) => (2, 0.0, text.clone()),
                _ => (3, 0.0, Arc::from("")),
            };
            let (a, b) = (key(a), key(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        });
    }
    Value::List(Arc::new(List { items: kept, set: true, rest }))
}
