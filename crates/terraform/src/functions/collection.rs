//! Lists.
//!
//! An element that is a choice with null among its alternatives may not be there at all: an undecided `if` of a
//! `for` makes such elements. What hangs on their number or place is then a choice too, or unknown.

use std::collections::HashSet;
use std::sync::Arc;

use super::{ANY, Context, ELEMENTS_MAX, Function, absence, convert, is_settled, perhaps, text};
use crate::eval::{Result, part};
use crate::operate;
use crate::value::{Kind, List, Node, Partial, Unknown, Value, as_string, equal, from_double, same};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("alltrue", (1, 1), Kind::Bool, all_true).on_partial(),
    Function::of("anytrue", (1, 1), Kind::Bool, any_true).on_partial(),
    Function::of("chunklist", (2, 2), Kind::List, chunk_list).on_partial(),
    Function::of("coalesce", (1, ANY), Kind::Any, coalesce).on_partial().with_nulls(),
    Function::of("coalescelist", (1, ANY), Kind::List, coalesce_list).on_partial().with_nulls(),
    Function::of("compact", (1, 1), Kind::List, compact).on_partial(),
    Function::of("concat", (1, ANY), Kind::List, concat).on_partial().with_nulls().open(),
    Function::of("contains", (2, 2), Kind::Bool, contains).on_partial().with_nulls(),
    Function::of("distinct", (1, 1), Kind::List, distinct).on_partial(),
    Function::of("element", (2, 2), Kind::Any, element).on_partial(),
    Function::of("flatten", (1, 1), Kind::List, flatten).on_partial(),
    Function::of("index", (2, 2), Kind::Number, index).on_partial(),
    Function::of("length", (1, 1), Kind::Number, length).on_partial(),
    // Terraform 0.11 wrote lists with this.
    Function::of("list", (0, ANY), Kind::List, list).on_partial().with_nulls().undivided(),
    Function::of("matchkeys", (3, 3), Kind::List, match_keys).on_partial(),
    Function::of("one", (1, 1), Kind::Any, one).on_partial(),
    Function::of("range", (1, 3), Kind::List, range),
    Function::of("reverse", (1, 1), Kind::List, reverse).on_partial(),
    Function::of("slice", (3, 3), Kind::List, slice).on_partial(),
    Function::of("sort", (1, 1), Kind::List, sort).on_partial(),
    Function::of("sum", (1, 1), Kind::Number, sum),
];

fn all_true(context: &Context, arguments: &[Node]) -> Result<Value> {
    truths(context, &arguments[0], false)
}

fn any_true(context: &Context, arguments: &[Node]) -> Result<Value> {
    truths(context, &arguments[0], true)
}

/// Whether one element is `settles`, which settles the question; null is false for `alltrue` and nothing for
/// `anytrue`.
fn truths(context: &Context, node: &Node, settles: bool) -> Result<Value> {
    let Value::List(list) = &node.value else { return context.open_or_refuse(node, "a list of bools") };
    let mut open = list.rest.is_some();
    for item in &list.items {
        match operate::truth(&item.value) {
            Some(truth) if truth == settles => return Ok(Value::Bool(settles)),
            Some(_) => {}
            None if item.value.is_null() => {
                if !settles {
                    return Ok(Value::Bool(false));
                }
            }
            None if item.value.is_known() => return Err(context.refuse(item, "a list of bools")),
            None => open = true,
        }
    }
    match context.open(std::slice::from_ref(node)) {
        Some(unknown) if open => Ok(unknown),
        _ => Ok(Value::Bool(!settles)),
    }
}

fn chunk_list(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list");
    };
    if !is_settled(list) || !arguments[1].value.is_known() {
        return context.open(arguments).ok_or_else(|| context.fault("`chunklist` takes a whole list"));
    }
    let size = context.int(&arguments[1])?;
    if size < 0 {
        return Err(context.fault("the size of chunks is negative"));
    }
    if list.items.is_empty() {
        return Ok(Value::list(Vec::new()));
    }
    // No size is one chunk of all.
    let size = if size == 0 { list.items.len() } else { usize::try_from(size).unwrap_or(usize::MAX) };
    let chunk = |items: &[Node]| Node::new(Value::list(items.to_vec()), items[0].span);
    Ok(Value::list(list.items.chunks(size).map(chunk).collect()))
}

/// Whether a value is what `coalesce` takes: not null, and no empty text. `None` where that is not known.
fn is_there(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        Value::Text(text) => Some(!text.is_empty()),
        Value::Partial(partial) => is_filled(partial).then_some(true),
        Value::Unknown(unknown) => match unknown.kind {
            Kind::Bool | Kind::Number | Kind::List | Kind::Map => Some(true),
            Kind::Any | Kind::Present | Kind::Text => unknown.is_assigned().then_some(true),
        },
        Value::Choice(choice) => {
            let mut answers = choice.options.iter().map(|option| is_there(&option.value));
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        _ => Some(true),
    }
}

/// Whether a text that is known in part is surely not empty.
fn is_filled(partial: &Partial) -> bool {
    partial.known().any(|text| !text.is_empty()) || partial.holes().any(|hole| hole.is_assigned())
}

/// <https://developer.hashicorp.com/terraform/language/functions/coalesce>
fn coalesce(context: &Context, arguments: &[Node]) -> Result<Value> {
    let arguments = convert::unify(arguments.to_vec());
    let mut options = Vec::new();
    let mut why = None;
    for argument in &arguments {
        match is_there(&argument.value) {
            Some(false) => {}
            Some(true) => {
                options.push(argument.clone());
                break;
            }
            None => {
                why = why.or_else(|| argument.value.first_unknown());
                options.push(argument.clone());
            }
        }
    }
    gathered(context, options, why, "every argument is null or empty")
}

fn coalesce_list(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut options = Vec::new();
    let mut why = None;
    for argument in arguments {
        let unknown = match &argument.value {
            Value::Null => continue,
            Value::List(list) if list.items.iter().any(|item| absence(item).is_none()) => {
                options.push(argument.clone());
                break;
            }
            Value::List(list) if list.items.is_empty() && list.rest.is_none() => continue,
            other => other.first_unknown(),
        };
        let Some(unknown) = unknown else { return Err(context.refuse(argument, "lists")) };
        why = why.or(Some(unknown));
        options.push(argument.clone());
    }
    gathered(context, options, why, "every list is empty")
}

/// One of the options: the first that is there.
fn gathered(
    context: &Context,
    mut options: Vec<Node>,
    why: Option<Arc<Unknown>>,
    otherwise: &str,
) -> Result<Value> {
    match (options.len(), why) {
        (0, _) => Err(context.fault(otherwise)),
        (1, _) | (_, None) => Ok(options.swap_remove(0).value),
        (_, Some(why)) => Ok(Value::choice(options, why)),
    }
}

fn compact(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list of strings");
    };
    let mut kept = Vec::with_capacity(list.items.len());
    for item in &list.items {
        if let Value::Choice(choice) = &item.value {
            let options = choice.options.iter().map(|option| match is_there(&option.value) {
                Some(false) => Node::new(Value::Null, option.span),
                _ => option.clone(),
            });
            let value = Value::choice(options.collect::<Vec<_>>(), choice.why.clone());
            if !value.is_null() {
                kept.push(Node::new(value, item.span));
            }
            continue;
        }
        let text = match &item.value {
            Value::Null => continue,
            other => as_string(other).ok_or_else(|| context.refuse(item, "a list of strings"))?,
        };
        let node = Node::new(text, item.span);
        match (is_there(&node.value), node.value.first_unknown()) {
            (Some(true), _) => kept.push(node),
            (None, Some(why)) => kept.push(perhaps(&node, &why)),
            _ => {}
        }
    }
    Ok(Value::open_list(kept, false, list.rest.clone()))
}

fn concat(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut items = Vec::new();
    let mut rest = None;
    for argument in arguments {
        match &argument.value {
            // An argument that is not there; written out, null is no list.
            Value::Null if context.spread => {}
            Value::List(list) => {
                if list.set && list.items.len() > 1 && !is_settled(list) {
                    // The order of the set is that of values which are not known.
                    rest = rest.or_else(|| argument.value.first_unknown());
                }
                items.extend(list.items.iter().cloned());
                rest = rest.or_else(|| list.rest.clone());
            }
            other => match other.made_of(Kind::Any) {
                Some(unknown) => rest = rest.or(Some(unknown)),
                None => return Err(context.refuse(argument, "lists")),
            },
        }
    }
    Ok(Value::open_list(items, false, rest))
}

fn contains(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list");
    };
    let mut open = list.rest.is_some();
    for item in &list.items {
        match equal(&item.value, &arguments[1].value) {
            Some(true) => return Ok(Value::Bool(true)),
            Some(false) => {}
            None => open = true,
        }
    }
    match context.open(arguments) {
        Some(unknown) if open => Ok(unknown),
        _ => Ok(Value::Bool(false)),
    }
}

// Limit: elements that are compared all with all.
const COMPARED_MAX: usize = 2_000;

fn distinct(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list");
    };
    let mut kept: Vec<Node> = Vec::with_capacity(list.items.len());
    if list.items.iter().all(|item| matches!(item.value, Value::Text(_))) {
        let mut seen: HashSet<&str> = HashSet::new();
        kept.extend(
            list.items
                .iter()
                .filter(|item| item.value.as_text().is_some_and(|text| seen.insert(text)))
                .cloned(),
        );
        return Ok(Value::open_list(kept, false, list.rest.clone()));
    }
    if list.items.len() > COMPARED_MAX {
        return context.open(arguments).ok_or_else(|| {
            context.fault(format!("`distinct` compares at most {COMPARED_MAX} elements that are no strings"))
        });
    }
    for item in &list.items {
        if kept.iter().any(|known| same(&known.value, &item.value)) {
            continue;
        }
        // One that may equal an earlier one may not be there.
        let unclear = kept.iter().any(|known| equal(&known.value, &item.value) != Some(false));
        let why = item.value.first_unknown();
        let why = why.or_else(|| kept.iter().find_map(|known| known.value.first_unknown()));
        match why {
            Some(why) if unclear => kept.push(perhaps(item, &why)),
            _ => kept.push(item.clone()),
        }
    }
    Ok(Value::open_list(kept, false, list.rest.clone()))
}

fn element(context: &Context, arguments: &[Node]) -> Result<Value> {
    let list = match &arguments[0].value {
        Value::List(list) if list.set => return Err(context.refuse(&arguments[0], "a list")),
        Value::List(list) => list,
        _ => return context.open_or_refuse(&arguments[0], "a list"),
    };
    if let Some(rest) = &list.rest {
        return Ok(part(rest, context.span).value);
    }
    if list.items.is_empty() {
        return Err(context.fault("`element` of an empty list"));
    }
    if let Some(why) = arguments[1].value.first_unknown() {
        return Ok(Value::choice(list.items.iter().cloned(), why));
    }
    let index = context.int(&arguments[1])?;
    // An element that may not be there shifts all others.
    if let Some(why) = list.items.iter().find_map(absence) {
        return Ok(Value::choice(list.items.iter().cloned(), why));
    }
    let at = index.rem_euclid(list.items.len() as i64) as usize;
    Ok(list.items[at].value.clone())
}

fn flatten(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list");
    };
    let mut flat = Flat { items: Vec::new(), rest: None };
    flat.list(list, None);
    if flat.items.len() > ELEMENTS_MAX {
        return Err(context.too_long());
    }
    Ok(Value::open_list(flat.items, false, flat.rest))
}

struct Flat {
    items: Vec<Node>,
    rest: Option<Arc<Unknown>>,
}

impl Flat {
    /// Recursion is bounded by the depth of the value, and the number of elements by the limit on them.
    fn list(&mut self, list: &List, maybe: Option<&Arc<Unknown>>) {
        if self.rest.is_none() {
            self.rest.clone_from(&list.rest);
        }
        for item in &list.items {
            if self.items.len() > ELEMENTS_MAX {
                return;
            }
            self.item(item, maybe);
        }
    }

    fn item(&mut self, item: &Node, maybe: Option<&Arc<Unknown>>) {
        match &item.value {
            Value::List(list) => self.list(list, maybe),
            Value::Choice(choice) if choice.options.iter().any(|option| may_be_list(&option.value)) => {
                // Of several lists, what is in each of them may be there.
                let why = maybe.unwrap_or(&choice.why);
                for option in choice.options.iter().filter(|option| !option.value.is_null()) {
                    self.item(option, Some(why));
                }
            }
            Value::Unknown(unknown) if may_be_list(&item.value) => {
                if self.rest.is_none() {
                    self.rest = Some(Arc::new(Unknown { reason: unknown.reason.of_part(), kind: Kind::Any }));
                }
            }
            _ => match maybe {
                Some(why) => self.items.push(perhaps(item, why)),
                None => self.items.push(item.clone()),
            },
        }
    }
}

fn may_be_list(value: &Value) -> bool {
    match value {
        Value::List(_) => true,
        Value::Unknown(unknown) => matches!(unknown.kind, Kind::Any | Kind::Present | Kind::List),
        _ => false,
    }
}

fn index(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list");
    };
    if list.rest.is_none() {
        for (at, item) in list.items.iter().enumerate() {
            match equal(&item.value, &arguments[1].value) {
                Some(true) => return Ok(Value::Int(at as i64)),
                Some(false) if absence(item).is_none() => {}
                _ => {
                    return context
                        .open(arguments)
                        .ok_or_else(|| context.fault("the values cannot be compared"));
                }
            }
        }
        return Err(context.fault("the value is not in the list"));
    }
    context.open(arguments).ok_or_else(|| context.fault("the value is not in the list"))
}

fn length(context: &Context, arguments: &[Node]) -> Result<Value> {
    let node = &arguments[0];
    match &node.value {
        Value::List(list) if list.rest.is_none() => {
            let unclear = |item: &&Node| absence(item).is_some() || (list.set && !item.value.is_known());
            let all = list.items.len();
            let mut least = all - list.items.iter().filter(unclear).count();
            if least == 0 && list.items.iter().any(|item| absence(item).is_none()) {
                least = 1;
            }
            match list.items.iter().find_map(|item| item.value.first_unknown()) {
                Some(why) if least < all => {
                    if all - least >= super::COMBINATIONS_MAX {
                        return Ok(Value::unknown(why.reason.of_part(), Kind::Number));
                    }
                    let counts = (least..=all).map(|count| Node::new(Value::Int(count as i64), context.span));
                    Ok(Value::choice(counts, why))
                }
                _ => Ok(Value::Int(all as i64)),
            }
        }
        Value::Map(map) if map.rest.is_none() => Ok(Value::Int(map.entries.len() as i64)),
        Value::Text(_) | Value::Json(_) => match as_string(&node.value) {
            Some(Value::Text(text)) => Ok(Value::Int(text::letters(&text).len() as i64)),
            _ => context.open_or_refuse(node, "a list, map or string"),
        },
        _ => context.open_or_refuse(node, "a list, map or string"),
    }
}

fn list(_: &Context, arguments: &[Node]) -> Result<Value> {
    Ok(Value::list(arguments.to_vec()))
}

fn match_keys(context: &Context, arguments: &[Node]) -> Result<Value> {
    let [Value::List(values), Value::List(keys), Value::List(wanted)] =
        [&arguments[0].value, &arguments[1].value, &arguments[2].value]
    else {
        return context.open(arguments).ok_or_else(|| context.fault("`matchkeys` takes three lists"));
    };
    if !is_settled(values) || !is_settled(keys) {
        return context.open(arguments).ok_or_else(|| context.fault("`matchkeys` takes whole lists"));
    }
    if values.items.len() != keys.items.len() {
        return Err(context.fault("`matchkeys` takes as many keys as values"));
    }
    let mut kept = Vec::new();
    for (value, key) in values.items.iter().zip(&keys.items) {
        match (is_among(key, wanted), context.open(&arguments[1..])) {
            (Some(true), _) => kept.push(value.clone()),
            (None, Some(Value::Unknown(why))) => kept.push(perhaps(value, &why)),
            _ => {}
        }
    }
    Ok(Value::list(kept))
}

/// Whether a value is among the elements.
pub(super) fn is_among(node: &Node, list: &List) -> Option<bool> {
    let mut open = list.rest.is_some();
    for item in &list.items {
        match equal(&node.value, &item.value) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(false) }
}

fn one(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list");
    };
    let sure: Vec<&Node> = list.items.iter().filter(|item| absence(item).is_none()).collect();
    // Where an element is surely there, it is the only one: more would be a fault.
    match (sure.as_slice(), &list.rest, list.items.as_slice()) {
        ([only], _, _) => Ok(only.value.clone()),
        ([first, ..], _, _) if list.set && !is_settled(list) => {
            let why =
                context.open(arguments).ok_or_else(|| context.fault("`one` takes a list of one element"))?;
            let Value::Unknown(why) = why else { return Ok(first.value.clone()) };
            Ok(Value::choice(sure.into_iter().cloned(), why))
        }
        ([_, _, ..], _, _) => {
            Err(context.fault(format!("`one` takes a list of at most one element, not {}", list.items.len())))
        }
        ([], Some(rest), _) => Ok(part(rest, context.span).value),
        ([], None, []) => Ok(Value::Null),
        ([], None, [only]) => Ok(only.value.clone()),
        ([], None, [first, ..]) => match absence(first) {
            Some(why) => Ok(Value::choice(list.items.iter().cloned(), why)),
            None => Ok(first.value.clone()),
        },
    }
}

// Limit: numbers of a range, as Terraform has it.
const RANGE_MAX: usize = 1_024;

fn range(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut numbers = Vec::with_capacity(3);
    for argument in arguments {
        numbers.push(context.number(argument)?);
    }
    let (start, end, step) = match *numbers.as_slice() {
        [end] => (0.0, end, if end < 0.0 { -1.0 } else { 1.0 }),
        [start, end] => (start, end, if end < start { -1.0 } else { 1.0 }),
        [start, end, step] => (start, end, step),
        _ => return Err(context.fault("`range` takes one to three numbers")),
    };
    if step == 0.0 {
        return Err(context.fault("the step of a range is not 0"));
    }
    if (step < 0.0 && end > start) || (step > 0.0 && end < start) {
        return Err(context.fault("the step of a range leads away from its end"));
    }
    let mut made = Vec::new();
    loop {
        // Counted, not added up, so that errors of rounding stay small.
        let number = start + step * made.len() as f64;
        if (step > 0.0 && number >= end) || (step < 0.0 && number <= end) {
            return Ok(Value::list(made));
        }
        if made.len() >= RANGE_MAX {
            return Err(context.fault(format!("a range has at most {RANGE_MAX} numbers")));
        }
        made.push(Node::new(from_double(number), context.span));
    }
}

fn reverse(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list");
    };
    let items = list.items.iter().rev().cloned().collect();
    Ok(Value::open_list(items, false, list.rest.clone()))
}

fn slice(context: &Context, arguments: &[Node]) -> Result<Value> {
    // Between two known bounds there are so many elements, or it fails.
    let of_unknown = |why: &Arc<Unknown>| {
        let (Ok(start), Ok(end)) = (context.int(&arguments[1]), context.int(&arguments[2])) else {
            return None;
        };
        let count = usize::try_from(end.checked_sub(start)?).ok().filter(|count| *count <= ELEMENTS_MAX)?;
        (start >= 0).then(|| Value::list(vec![part(why, arguments[0].span); count]))
    };
    let list = match &arguments[0].value {
        Value::List(list) => list,
        Value::Unknown(why) => {
            return match of_unknown(why) {
                Some(value) => Ok(value),
                None => context.open_or_refuse(&arguments[0], "a list"),
            };
        }
        _ => return context.open_or_refuse(&arguments[0], "a list"),
    };
    if list.set {
        return Err(context.refuse(&arguments[0], "a list"));
    }
    if let Some(value) = list.rest.as_ref().and_then(of_unknown) {
        return Ok(value);
    }
    if !is_settled(list) || !arguments[1].value.is_known() || !arguments[2].value.is_known() {
        return context.open(arguments).ok_or_else(|| context.fault("`slice` takes a whole list"));
    }
    let (start, end) = (context.int(&arguments[1])?, context.int(&arguments[2])?);
    let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match bounds.and_then(|(start, end)| list.items.get(start..end)) {
        Some(items) => Ok(Value::list(items.to_vec())),
        None => {
            Err(context
                .fault(format!("no slice {start} to {end} of a list of {} elements", list.items.len())))
        }
    }
}

fn sort(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Value::List(list) = &arguments[0].value else {
        return context.open_or_refuse(&arguments[0], "a list of strings");
    };
    let mut items = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let text = match &item.value {
            Value::Choice(_) => Some(item.value.clone()),
            other => as_string(other),
        };
        let text = text.ok_or_else(|| context.refuse(item, "a list of strings"))?;
        items.push(Node::new(text, item.span));
    }
    if items.len() > 1
        && let Some(why) = arguments[0].value.made_of(Kind::Any)
    {
        // The elements are known, though not their order: as in a list of which more is not known.
        return Ok(Value::open_list(items, false, Some(why)));
    }
    items.sort_by(|a, b| a.value.as_text().cmp(&b.value.as_text()));
    Ok(Value::open_list(items, false, list.rest.clone()))
}

fn sum(context: &Context, arguments: &[Node]) -> Result<Value> {
    let list = context.list(&arguments[0])?;
    if list.items.is_empty() {
        return Err(context.fault("`sum` of an empty list"));
    }
    let mut exact = Some(0i64);
    let mut total = 0.0;
    for item in &list.items {
        let number = context.number(item)?;
        total += number;
        exact = match (exact, &item.value) {
            (Some(exact), Value::Int(int)) => exact.checked_add(*int),
            _ => None,
        };
    }
    Ok(exact.map_or_else(|| from_double(total), Value::Int))
}
