//! Sets.

use super::{ANY, Context, ELEMENTS_MAX, Function, absence, collection::is_among, convert, perhaps};
use crate::eval::Result;
use crate::types;
use crate::value::{Choice, Kind, List, Node, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("setintersection", (1, ANY), Kind::List, intersection).on_partial(),
    Function::of("setproduct", (1, ANY), Kind::List, product).on_partial(),
    Function::of("setsubtract", (2, 2), Kind::List, subtract).on_partial(),
    Function::of("setunion", (1, ANY), Kind::List, union).on_partial().open(),
];

fn union(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut items = Vec::new();
    let mut rest = None;
    for argument in arguments {
        match &argument.value {
            Value::List(list) => {
                items.extend(list.items.iter().cloned());
                rest = rest.or_else(|| list.rest.clone());
            }
            other => match other.made_of(Kind::Any) {
                Some(unknown) => rest = rest.or(Some(unknown)),
                None => return Err(context.refuse(argument, "sets")),
            },
        }
    }
    Ok(types::set(convert::unify(items), rest))
}

fn intersection(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (first, others) =
        arguments.split_first().ok_or_else(|| context.fault("`setintersection` takes sets"))?;
    let Value::List(list) = &first.value else { return context.open_or_refuse(first, "sets") };
    let kept = filtered(context, list, others, |answers| {
        if answers.contains(&Some(false)) {
            Some(false)
        } else {
            answers.iter().all(|answer| *answer == Some(true)).then_some(true)
        }
    })?;
    Ok(types::set(kept, list.rest.clone()))
}

fn subtract(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else { return context.open_or_refuse(&arguments[0], "sets") };
    let kept =
        filtered(context, list, &arguments[1..], |answers| answers.first().copied().flatten().map(|is| !is))?;
    Ok(types::set(kept, list.rest.clone()))
}

/// The elements that are kept by what is said of them being in each of the other sets.
fn filtered(
    context: &Context,
    list: &List,
    others: &[Node],
    keeps: impl Fn(&[Option<bool>]) -> Option<bool>,
) -> Result<Vec<Node>> {
    let mut kept = Vec::new();
    let mut sets = Vec::with_capacity(others.len());
    for other in others {
        match &other.value {
            Value::List(list) => sets.push(Some(list)),
            _ if other.value.is_known() => return Err(context.refuse(other, "sets")),
            _ => sets.push(None),
        }
    }
    for item in &list.items {
        // One that equals an element which may itself not be there is undecided: `equal` sees to that.
        let answers: Vec<Option<bool>> =
            sets.iter().map(|set| (*set).and_then(|set| is_among(item, set))).collect();
        let why = || {
            let own = item.value.first_unknown();
            own.or_else(|| others.iter().find_map(|other| other.value.first_unknown()))
        };
        match (keeps(&answers), why()) {
            (Some(true), _) => kept.push(item.clone()),
            (None, Some(why)) => kept.push(perhaps(item, &why)),
            _ => {}
        }
    }
    Ok(kept)
}

/// <https://developer.hashicorp.com/terraform/language/functions/setproduct>
fn product(context: &Context, arguments: &[Node]) -> Result<Value> {
    if arguments.len() < 2 {
        return Err(context.fault("`setproduct` takes at least two sets"));
    }
    let mut lists: Vec<List> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match &argument.value {
            // The elements of one argument are of one type.
            Value::List(list) => lists.push(List {
                items: convert::unify(list.items.clone()),
                set: list.set,
                rest: list.rest.clone(),
            }),
            _ => return context.open_or_refuse(argument, "sets or lists"),
        }
    }
    let mut count = 1usize;
    for list in &lists {
        count = count.saturating_mul(list.items.len());
    }
    if count > ELEMENTS_MAX {
        return Err(context.too_long());
    }
    let rest = lists.iter().find_map(|list| list.rest.clone());
    // Lists give a list; with a set among them nobody may rely on an order.
    let is_set = lists.iter().any(|list| list.set);
    if count == 0 {
        return Ok(Value::open_list(Vec::new(), is_set, rest));
    }
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for list in &lists {
        rows = rows
            .iter()
            .flat_map(|row| {
                list.items.iter().map(move |item| {
                    let mut row = row.clone();
                    row.push(item.clone());
                    row
                })
            })
            .collect();
    }
    let items = rows.into_iter().map(|row| combined(context, row)).collect();
    Ok(Value::open_list(items, is_set, rest))
}

/// A combination: with an element that may not be there, it may itself not be there.
fn combined(context: &Context, row: Vec<Node>) -> Node {
    let why = row.iter().find_map(absence);
    let row = row.into_iter().map(|item| match &item.value {
        Value::Choice(choice) => Node::new(there(choice), item.span),
        _ => item,
    });
    let tuple = Node::new(Value::list(row.collect()), context.span);
    match why {
        Some(why) => perhaps(&tuple, &why),
        None => tuple,
    }
}

/// The choice where it is there.
fn there(choice: &Choice) -> Value {
    let options = choice.options.iter().filter(|option| !option.value.is_null()).cloned();
    Value::choice(options.collect::<Vec<_>>(), choice.why.clone())
}
