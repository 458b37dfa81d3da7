//! Maps and objects.

use std::sync::Arc;

use super::{ANY, Context, Function, is_settled};
use crate::eval::{Result, part};
use crate::value::{Kind, Map, Node, Unknown, Value, as_string, equal};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("keys", (1, 1), Kind::List, keys).on_partial(),
    Function::of("lookup", (2, 3), Kind::Any, lookup).on_partial().with_nulls(),
    // Terraform 0.11 wrote maps with this.
    Function::of("map", (0, ANY), Kind::Map, map).on_partial().with_nulls(),
    Function::of("merge", (0, ANY), Kind::Map, merge).on_partial().with_nulls().open(),
    Function::of("transpose", (1, 1), Kind::Map, transpose),
    Function::of("values", (1, 1), Kind::List, values).on_partial(),
    Function::of("zipmap", (2, 2), Kind::Map, zip_map).on_partial(),
];

fn keys(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::Map(map) = &arguments[0].value else { return context.open_or_refuse(&arguments[0], "a map") };
    let items = map.entries.iter().map(|(key, node)| Node::new(Value::Text(key.clone()), node.span));
    Ok(Value::open_list(items.collect(), false, map.rest.clone()))
}

fn values(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::Map(map) = &arguments[0].value else { return context.open_or_refuse(&arguments[0], "a map") };
    let items = map.entries.iter().map(|(_, node)| node.clone());
    Ok(Value::open_list(items.collect(), false, map.rest.clone()))
}

fn map(context: &Context, arguments: &[Node]) -> Result<Value> {
    if !arguments.len().is_multiple_of(2) {
        return Err(context.fault("`map` takes keys and values in turn"));
    }
    let mut made = Map::default();
    for pair in arguments.chunks(2) {
        match (as_string(&pair[0].value), pair[0].value.first_unknown()) {
            (Some(Value::Text(key)), _) => made.set(key, pair[1].clone()),
            (_, Some(why)) => made.rest = made.rest.or(Some(why)),
            _ => return Err(context.refuse(&pair[0], "texts as keys")),
        }
    }
    Ok(Value::Map(Arc::new(made)))
}

fn lookup(context: &Context, arguments: &[Node]) -> Result<Value> {
    let default = arguments.get(2);
    let key =
        as_string(&arguments[1].value).ok_or_else(|| context.refuse(&arguments[1], "a string as key"))?;
    let map = match (&arguments[0].value, &key) {
        (Value::Map(map), _) => map,
        (Value::Instance(instance), Value::Text(key)) => {
            return Ok(context.session.instance_attribute(instance, key, context.span)?.value);
        }
        _ => return context.open_or_refuse(&arguments[0], "a map"),
    };
    let absent = || context.fault(format!("the map has no key {}", shown(&key)));
    match (&key, &map.rest) {
        (Value::Text(name), rest) => match (map.get(name), rest, default) {
            (Some(node), _, _) => Ok(node.value.clone()),
            (None, Some(rest), _) => Ok(part(rest, context.span).value),
            (None, None, Some(default)) => Ok(default.value.clone()),
            (None, None, None) => Err(absent()),
        },
        (_, Some(rest)) => Ok(part(rest, context.span).value),
        (key, None) => {
            let fits =
                map.entries.iter().filter(|(name, _)| equal(key, &Value::Text(name.clone())) != Some(false));
            let options: Vec<Node> = fits.map(|(_, node)| node.clone()).chain(default.cloned()).collect();
            match key.first_unknown() {
                Some(why) if !options.is_empty() => Ok(Value::choice(options, why)),
                _ => Err(absent()),
            }
        }
    }
}

fn shown(key: &Value) -> String {
    key.as_text().map_or_else(|| "of that name".to_owned(), |key| format!("`{key}`"))
}

fn merge(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut made = Map::default();
    for argument in arguments {
        match &argument.value {
            Value::Null => {}
            Value::Map(map) => {
                if let Some(rest) = &map.rest {
                    may_override(&mut made, rest, Some(map));
                }
                for (key, node) in &map.entries {
                    made.set(key.clone(), node.clone());
                }
            }
            other => match other.made_of(Kind::Any) {
                Some(unknown) => may_override(&mut made, &unknown, None),
                None => return Err(context.refuse(argument, "maps")),
            },
        }
    }
    Ok(Value::Map(Arc::new(made)))
}

/// What is there may be overridden by entries that are not known, save those that `by` sets anyway.
fn may_override(made: &mut Map, why: &Arc<Unknown>, by: Option<&Map>) {
    for (key, node) in &mut made.entries {
        if by.is_some_and(|map| map.get(key).is_some()) {
            continue;
        }
        let is_open = match &node.value {
            Value::Choice(choice) => choice.options.iter().any(|option| is_open(&option.value)),
            other => is_open(other),
        };
        if !is_open {
            let other = part(why, node.span);
            node.value = Value::choice([node.clone(), other], why.clone());
        }
    }
    if made.rest.is_none() {
        made.rest = Some(why.clone());
    }
}

/// Whether the value may be anything already.
fn is_open(value: &Value) -> bool {
    matches!(value, Value::Unknown(unknown) if unknown.kind == Kind::Any && !unknown.reason.is_one_value())
}

fn transpose(context: &Context, arguments: &[Node]) -> Result<Value> {
    let map = context.map(&arguments[0])?;
    let mut turned: std::collections::BTreeMap<Arc<str>, Vec<Node>> = std::collections::BTreeMap::new();
    for (key, node) in &map.entries {
        for item in &context.list(node)?.items {
            let name = context.text(item)?;
            turned.entry(name).or_default().push(Node::new(Value::Text(key.clone()), node.span));
        }
    }
    Ok(Value::map(turned.into_iter().map(|(key, items)| (key, Node::new(Value::list(items), context.span)))))
}

fn zip_map(context: &Context, arguments: &[Node]) -> Result<Value> {
    let keys = match &arguments[0].value {
        Value::List(list) if is_settled(list) => list,
        _ => return context.open_or_refuse(&arguments[0], "a list of keys"),
    };
    let values = match &arguments[1].value {
        Value::List(list) if is_settled(list) => Some(list),
        Value::List(_) | Value::Unknown(_) => None,
        _ => return context.open_or_refuse(&arguments[1], "a list of values"),
    };
    if values.is_some_and(|values| values.items.len() != keys.items.len()) {
        return Err(context.fault("`zipmap` takes as many keys as values"));
    }
    let mut made = Map::default();
    for (at, key) in keys.items.iter().enumerate() {
        let value = match (values.and_then(|values| values.items.get(at)), arguments[1].value.first_unknown())
        {
            (Some(value), _) => value.clone(),
            (None, Some(why)) => part(&why, arguments[1].span),
            (None, None) => return Err(context.fault("`zipmap` takes as many keys as values")),
        };
        match (as_string(&key.value), key.value.first_unknown()) {
            (Some(Value::Text(key)), _) => made.set(key, value),
            // A key that is not known may be one of those before.
            (_, Some(why)) => may_override(&mut made, &why, None),
            _ => return Err(context.refuse(key, "texts as keys")),
        }
    }
    Ok(Value::Map(Arc::new(made)))
}
