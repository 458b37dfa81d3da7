//! Conversion of types, and the functions that ask whether an expression can be evaluated.

use std::sync::Arc;

use hcl::syntax::{Expression, Kind as Syntax, Part as Piece, Step};

use super::{Context, Function, is_settled};
use crate::eval::{Fault, Result, Scope};
use crate::operate;
use crate::source::Session;
use crate::types::{self, Type};
use crate::value::{Kind, List, Map, Node, Part, Reason, Span, Unknown, Value, as_string};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("ephemeralasnull", (1, 1), Kind::Any, same).on_partial().with_nulls().undivided(),
    Function::of("issensitive", (1, 1), Kind::Bool, is_sensitive).on_partial().with_nulls().undivided(),
    Function::of("nonsensitive", (1, 1), Kind::Any, same).on_partial().with_nulls().undivided(),
    Function::of("sensitive", (1, 1), Kind::Any, same).on_partial().with_nulls().undivided(),
    Function::of("tobool", (1, 1), Kind::Bool, to_bool).on_partial().with_nulls(),
    Function::of("tolist", (1, 1), Kind::List, to_list).on_partial().with_nulls(),
    Function::of("tomap", (1, 1), Kind::Map, to_map).on_partial().with_nulls(),
    Function::of("tonumber", (1, 1), Kind::Number, to_number).on_partial().with_nulls(),
    Function::of("toset", (1, 1), Kind::List, to_set).on_partial().with_nulls(),
    Function::of("tostring", (1, 1), Kind::Text, to_string).on_partial().with_nulls(),
    Function::of("type", (1, 1), Kind::Text, type_of).on_partial().with_nulls().undivided(),
];

/// Marks change nothing about a value, and an ephemeral value is unknown anyway.
fn same(_: &Context, arguments: &[Node]) -> Result<Value> {
    Ok(arguments[0].value.clone())
}

fn is_sensitive(_: &Context, _: &[Node]) -> Result<Value> {
    let why = "whether a value is marked as sensitive is not known";
    Ok(Value::unknown(Reason::Failed(Arc::from(why)), Kind::Bool))
}

/// `try`: the first expression that can be evaluated.
///
/// <https://developer.hashicorp.com/terraform/language/functions/try>
pub(super) fn first(session: &Session, scope: &Scope, arguments: &[Expression], span: Span) -> Result<Value> {
    let mut options: Vec<Node> = Vec::new();
    let mut why: Option<Arc<Unknown>> = None;
    let mut fault = None;
    for argument in arguments {
        let node = match session.expression(scope, argument) {
            Ok(node) => node,
            Err(wrong) => {
                fault = Some(wrong);
                continue;
            }
        };
        let unknown =
            if is_sure(session, scope, argument, &node.value) { None } else { node.value.first_unknown() };
        // An unknown about whose type nothing is known stands for what would come next as well.
        let covers = matches!(&node.value, Value::Unknown(unknown) if unknown.kind == Kind::Any);
        options.push(present(scope, argument, node));
        match unknown {
            Some(unknown) if !covers => why = why.or(Some(unknown)),
            _ => {
                fault = None;
                break;
            }
        }
    }
    match (options.len(), why) {
        (0, _) => Err(fault.unwrap_or_else(|| Fault::new(span, "`try` takes at least one argument"))),
        (1, None) => Ok(options.swap_remove(0).value),
        (_, Some(why)) => {
            let why = Arc::new(Unknown { reason: why.reason.clone(), kind: Kind::Any });
            Ok(Value::choice(options, why))
        }
        (_, None) => Ok(options.swap_remove(0).value),
    }
}

/// The attribute of a resource without the alternative that the resource is not there: that is a fault.
///
/// Attributes of resources are never null themselves, other values may be.
fn present(scope: &Scope, expression: &Expression, node: Node) -> Node {
    const VALUES: [&str; 8] = ["var", "local", "each", "count", "module", "path", "self", "terraform"];
    let Syntax::Traversal(base, steps) = &expression.kind else { return node };
    let is_resource =
        matches!(&base.kind, Syntax::Name(name) if !VALUES.contains(&&**name) && !scope.binds(name));
    let is_plain = steps.iter().all(|step| matches!(step, Step::Attribute(..) | Step::Index(_)));
    match &node.value {
        Value::Choice(choice) if is_resource && is_plain => {
            let there = choice.options.iter().filter(|option| !option.value.is_null()).cloned();
            let value = Value::choice(there.collect::<Vec<_>>(), choice.why.clone());
            Node::new(value, node.span)
        }
        _ => node,
    }
}

/// `can`: whether an expression can be evaluated.
pub(super) fn can(session: &Session, scope: &Scope, arguments: &[Expression], span: Span) -> Result<Value> {
    let [argument] = arguments else {
        return Err(Fault::new(span, format!("`can` takes 1 argument, not {}", arguments.len())));
    };
    match session.expression(scope, argument) {
        Err(_) => Ok(Value::Bool(false)),
        Ok(node) if is_sure(session, scope, argument, &node.value) => Ok(Value::Bool(true)),
        Ok(node) => match node.value.made_of(Kind::Bool) {
            Some(unknown) => Ok(Value::Unknown(unknown)),
            None => Ok(Value::Bool(true)),
        },
    }
}

/// Whether an expression that gives this value is sure to be without a fault whatever fills in the unknown.
///
/// Recursion is bounded by the height of the expression.
fn is_sure(session: &Session, scope: &Scope, expression: &Expression, value: &Value) -> bool {
    if value.is_known() {
        return true;
    }
    let inside = |inner: &Expression| {
        is_harmless(inner)
            || session.expression(scope, inner).is_ok_and(|node| is_sure(session, scope, inner, &node.value))
    };
    match &expression.kind {
        Syntax::Parentheses(inner) => is_sure(session, scope, inner, value),
        // The side that is taken.
        Syntax::Conditional(three) => {
            let [condition, then, otherwise] = &**three;
            let taken =
                session.expression(scope, condition).ok().and_then(|node| operate::truth(&node.value));
            taken.is_some_and(|yes| is_sure(session, scope, if yes { then } else { otherwise }, value))
        }
        Syntax::Template(template) => {
            is_texts(value)
                && template.parts.iter().all(|piece| match piece {
                    Piece::Text(..) => true,
                    Piece::Value(inner) => inside(inner),
                    Piece::If(_) | Piece::For(_) => false,
                })
        }
        // Of lists and maps these functions make a list or map whatever stands in them.
        Syntax::Call(call) if TOTAL.contains(&&*call.name) && !call.spread => {
            let is_collection = |value: &Value| matches!(value, Value::List(_) | Value::Map(_));
            is_collection(value)
                && call.arguments.iter().all(|argument| {
                    session.expression(scope, argument).is_ok_and(|node| {
                        is_collection(&node.value) && is_sure(session, scope, argument, &node.value)
                    })
                })
        }
        // An id that AWS assigns is neither null nor empty.
        Syntax::Call(call) if &*call.name == "coalesce" && !call.spread => {
            is_assigned(value) && call.arguments.iter().all(inside)
        }
        // Steps through what is known end in something known, or in a thing that is itself unknown; a step into
        // something unknown gives a part of it.
        Syntax::Name(_) => is_reached(value),
        Syntax::Traversal(base, steps) => {
            let plain =
                steps.iter().all(|step| !matches!(step, Step::FullSplat(_) | Step::AttributeSplat(_)));
            matches!(base.kind, Syntax::Name(_)) && plain && is_reached(value)
        }
        Syntax::Tuple(items) => items.iter().all(inside),
        Syntax::Object(items) => items.iter().all(|item| is_key(&item.key) && inside(&item.value)),
        _ => false,
    }
}

/// Functions that fail of no list or map, whatever its elements are.
const TOTAL: [&str; 6] = ["concat", "flatten", "keys", "merge", "reverse", "values"];

/// Whether a value is an id or ARN that AWS assigns.
fn is_assigned(value: &Value) -> bool {
    let Value::Unknown(unknown) = value else { return false };
    match &unknown.reason {
        Reason::Reference { attribute, .. } => {
            attribute.as_deref().is_none_or(|name| matches!(name, "arn" | "key_id"))
        }
        _ => false,
    }
}

/// Whether a value is a text of which only texts are not known.
fn is_texts(value: &Value) -> bool {
    match value {
        Value::Unknown(unknown) => unknown.kind == Kind::Text && unknown.reason.is_one_value(),
        Value::Partial(partial) => partial.parts.iter().all(|part| match part {
            Part::Known(_) => true,
            Part::Hole(hole) => hole.kind == Kind::Text,
        }),
        _ => false,
    }
}

/// Whether steps led to the value without a doubt.
fn is_reached(value: &Value) -> bool {
    match value {
        Value::Unknown(unknown) => unknown.reason.is_one_value(),
        Value::Choice(choice) => {
            choice.options.iter().all(|option| !option.value.is_null() && is_reached(&option.value))
        }
        _ => true,
    }
}

/// `var.x` and `local.x`: they can always be evaluated.
fn is_variable(expression: &Expression) -> bool {
    matches!(expression.path().as_deref(), Some(["var" | "local", _]))
}

/// Recursion is bounded by the height of the expression.
fn is_harmless(expression: &Expression) -> bool {
    match &expression.kind {
        Syntax::Null | Syntax::Bool(_) | Syntax::Int(_) | Syntax::Double(_) => true,
        Syntax::Template(_) => expression.literal().is_some(),
        Syntax::Traversal(..) => is_variable(expression),
        Syntax::Parentheses(inner) => is_harmless(inner),
        Syntax::Tuple(items) => items.iter().all(is_harmless),
        Syntax::Object(items) => items.iter().all(|item| is_key(&item.key) && is_harmless(&item.value)),
        _ => false,
    }
}

fn is_key(expression: &Expression) -> bool {
    matches!(expression.kind, Syntax::Name(_)) || expression.literal().is_some()
}

/// `convert(value, type)`.
pub(super) fn to_type(
    session: &Session,
    scope: &Scope,
    arguments: &[Expression],
    span: Span,
) -> Result<Value> {
    let [value, of] = arguments else {
        return Err(Fault::new(span, format!("`convert` takes 2 arguments, not {}", arguments.len())));
    };
    let node = session.expression(scope, value)?;
    let evaluate = |expression: &Expression| session.lenient(scope, expression);
    match types::convert(node, &Type::read(of), &evaluate) {
        Ok(node) => Ok(node.value),
        Err(why) => Err(Fault::new(span, why)),
    }
}

/// Elements of one collection in one type: beside a text, numbers and bools are texts.
pub(crate) fn unify(items: Vec<Node>) -> Vec<Node> {
    let is_text = |node: &Node| match &node.value {
        Value::Text(_) | Value::Partial(_) | Value::Json(_) => true,
        Value::Unknown(unknown) => unknown.kind == Kind::Text,
        _ => false,
    };
    let is_number = |node: &Node| matches!(node.value, Value::Int(_) | Value::Double(_));
    let is_bool = |node: &Node| matches!(node.value, Value::Bool(_));
    let kinds = [items.iter().any(is_text), items.iter().any(is_number), items.iter().any(is_bool)];
    if kinds.iter().filter(|is| **is).count() < 2 {
        return items;
    }
    items
        .into_iter()
        .map(|node| match as_string(&node.value) {
            Some(text) if is_number(&node) || is_bool(&node) => Node::new(text, node.span),
            _ => node,
        })
        .collect()
}

/// What a conversion gives of something unknown: null stays null.
fn unknown_as(value: &Value, kind: Kind) -> Option<Value> {
    let Value::Unknown(unknown) = value else { return None };
    let may_be_null = unknown.kind == Kind::Any;
    let reason = unknown.reason.of_part();
    Some(Value::unknown(reason, if may_be_null { Kind::Any } else { kind }))
}

fn to_string(context: &Context, arguments: &[Node]) -> Result<Value> {
    let value = &arguments[0].value;
    match value {
        Value::Null | Value::Text(_) | Value::Partial(_) | Value::Json(_) => Ok(value.clone()),
        Value::Unknown(unknown) if unknown.kind == Kind::Text => Ok(value.clone()),
        Value::Unknown(_) => {
            unknown_as(value, Kind::Text).ok_or_else(|| context.refuse(&arguments[0], "a string"))
        }
        other => {
            as_string(other).ok_or_else(|| context.refuse(&arguments[0], "something that a string can hold"))
        }
    }
}

fn to_number(context: &Context, arguments: &[Node]) -> Result<Value> {
    scalar(context, &arguments[0], &Type::Number)
}

fn to_bool(context: &Context, arguments: &[Node]) -> Result<Value> {
    scalar(context, &arguments[0], &Type::Bool)
}

fn scalar(context: &Context, node: &Node, to: &Type) -> Result<Value> {
    match &node.value {
        Value::Unknown(unknown) if unknown.kind == to.kind() => return Ok(node.value.clone()),
        Value::Unknown(_) => {
            return unknown_as(&node.value, to.kind()).ok_or_else(|| context.refuse(node, "a scalar"));
        }
        Value::Json(_) | Value::Instance(_) if !node.value.is_known() => {
            return context.open_or_refuse(node, "a scalar");
        }
        _ => {}
    }
    let text = match &node.value {
        Value::Json(_) => Node::new(Value::Text(context.text(node)?), node.span),
        _ => node.clone(),
    };
    let none = |expression: &Expression| context.session.lenient(context.scope, expression);
    match types::convert(text, to, &none) {
        Ok(node) => Ok(node.value),
        Err(why) => Err(context.fault(why)),
    }
}

fn to_list(context: &Context, arguments: &[Node]) -> Result<Value> {
    match &arguments[0].value {
        Value::Null => Ok(Value::Null),
        Value::List(list) => {
            let mut rest = list.rest.clone();
            if list.set && list.items.len() > 1 && !is_settled(list) {
                // The order is that of values which are not known.
                rest = rest.or_else(|| arguments[0].value.first_unknown());
            }
            Ok(Value::open_list(unify(list.items.clone()), false, rest))
        }
        Value::Unknown(_) => collection_of(context, &arguments[0]),
        _ => context.open_or_refuse(&arguments[0], "a list"),
    }
}

fn collection_of(context: &Context, node: &Node) -> Result<Value> {
    unknown_as(&node.value, context.gives).ok_or_else(|| context.refuse(node, "a collection"))
}

fn to_set(context: &Context, arguments: &[Node]) -> Result<Value> {
    match &arguments[0].value {
        Value::Null => Ok(Value::Null),
        Value::List(list) => Ok(types::set(unify(list.items.clone()), list.rest.clone())),
        Value::Unknown(_) => collection_of(context, &arguments[0]),
        _ => context.open_or_refuse(&arguments[0], "a list"),
    }
}

fn to_map(context: &Context, arguments: &[Node]) -> Result<Value> {
    match &arguments[0].value {
        Value::Null => Ok(Value::Null),
        Value::Map(map) => {
            let nodes = unify(map.entries.iter().map(|(_, node)| node.clone()).collect());
            let entries = map.entries.iter().map(|(key, _)| key.clone()).zip(nodes).collect();
            Ok(Value::Map(Arc::new(Map { entries, rest: map.rest.clone() })))
        }
        Value::Instance(_) => Ok(arguments[0].value.clone()),
        Value::Unknown(_) => collection_of(context, &arguments[0]),
        _ => context.open_or_refuse(&arguments[0], "a map"),
    }
}

/// The type in words. Terraform has this function only in its console.
fn type_of(context: &Context, arguments: &[Node]) -> Result<Value> {
    let word = match &arguments[0].value {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Double(_) => "number",
        Value::Text(_) | Value::Partial(_) | Value::Json(_) => "string",
        other => return Ok(described(context, other)),
    };
    Ok(Value::text(word))
}

fn described(context: &Context, value: &Value) -> Value {
    let why = match value {
        Value::List(list) => described_list(list),
        other => format!("the type of {} is not known", other.noun()),
    };
    Value::unknown(Reason::Failed(Arc::from(why)), context.gives)
}

fn described_list(list: &List) -> String {
    let noun = if list.set { "a set" } else { "a list or tuple" };
    format!("the type of {noun} is not known")
}
