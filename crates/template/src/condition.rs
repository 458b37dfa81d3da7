//! Conditions: decided where the values are known, else unknown with the reasons.

use std::sync::Arc;

use document::{Entry, Tree};
use estate::truth::{Truth, Why};
use estate::value::{Kind, List, Node, Reason, Span, Unknown, Value};

use crate::eval::{Evaluator, made_of, parts};
use crate::foreach::{self, Loop, Rounds};
use crate::intrinsic;
use crate::stack::Stack;

/// The condition whose name stands somewhere. The language extensions allow functions there, for loops.
pub(crate) fn referred(evaluator: &Evaluator, tree: &Tree) -> Truth {
    if let Some(name) = tree.text() {
        return named(evaluator, &foreach::key(evaluator, name), tree.span);
    }
    match evaluator.value(tree).map(|node| node.value) {
        Some(Value::Text(name)) => named(evaluator, &name, tree.span),
        Some(Value::Bool(b)) => Truth::from(b),
        Some(value) if !value.is_known() => unknown_or(&value, Truth::False),
        _ => invalid(evaluator, tree, "a condition is named here"),
    }
}

/// A named condition of the stack.
fn named(evaluator: &Evaluator, name: &str, span: Span) -> Truth {
    let stack = evaluator.stack;
    if let Some(known) = stack.conditions.borrow().get(name) {
        return known.clone().unwrap_or_else(|| {
            stack.say(true, "cycle", span, format!("condition `{name}` depends on itself"));
            open(&Reason::Condition(Arc::from(name)))
        });
    }
    let key: Arc<str> = Arc::from(name);
    stack.conditions.borrow_mut().insert(key.clone(), None);
    let section = stack.section("Conditions").map_or(&[][..], Tree::entries);
    let truth = declared(&Evaluator::new(stack), section, name).unwrap_or_else(|| {
        // A loop over what is not known may make it.
        if !foreach::declares(stack, "Conditions", name) {
            stack.say(true, "no-condition", span, format!("no condition `{name}` is declared"));
        }
        open(&Reason::Condition(key.clone()))
    });
    stack.conditions.borrow_mut().insert(key, Some(truth.clone()));
    truth
}

/// A condition among entries and what loops among them make; `None` where it is not known to be there.
///
/// Recursion is bounded by the depth of the document.
fn declared(evaluator: &Evaluator, entries: &[Entry], name: &str) -> Option<Truth> {
    if let Some(entry) = entries.iter().find(|entry| &*foreach::key(evaluator, &entry.key) == name) {
        return Some(evaluate(evaluator, &entry.value));
    }
    entries.iter().filter(|entry| entry.key.starts_with("Fn::ForEach::")).find_map(|entry| {
        let this = Loop::of(entry)?;
        let Rounds::Known(values) = this.rounds(evaluator)? else { return None };
        values
            .into_iter()
            .take_while(|_| evaluator.stack.session.may_loop(entry.key_span))
            .find_map(|value| declared(&evaluator.bind(this.variable, value), this.body, name))
    })
}

fn open(reason: &Reason) -> Truth {
    Truth::unknown(&Stack::unknown(reason.clone(), Kind::Bool))
}

/// A condition's expression.
///
/// Recursion is bounded by [`document::DEPTH_MAX`] and, through names, by the cycle check.
pub(crate) fn evaluate(evaluator: &Evaluator, tree: &Tree) -> Truth {
    if !evaluator.stack.session.enter(tree.span) {
        return open(&Reason::Failed(Arc::from("the condition nests too deep")));
    }
    let truth = evaluate_here(evaluator, tree);
    evaluator.stack.session.leave();
    truth
}

fn evaluate_here(evaluator: &Evaluator, tree: &Tree) -> Truth {
    if let [Entry { key, value, .. }] = tree.entries()
        && &**key == "Condition"
    {
        return referred(evaluator, value);
    }
    let Some(call) = intrinsic::call(tree) else {
        return evaluator.value(tree).map_or(Truth::False, |node| truth(&node));
    };
    let items = call.argument.items();
    match call.name {
        "Fn::And" if !items.is_empty() => Truth::all(items, |item| evaluate(evaluator, item)),
        "Fn::Or" if !items.is_empty() => Truth::any(items, |item| evaluate(evaluator, item)),
        "Fn::Not" if items.len() == 1 => !evaluate(evaluator, &items[0]),
        "Fn::Equals" if items.len() == 2 => {
            let (a, b) = (evaluator.value(&items[0]), evaluator.value(&items[1]));
            equal(a.as_ref().map(|node| &node.value), b.as_ref().map(|node| &node.value))
        }
        "Fn::Contains" if items.len() == 2 => contains(evaluator, &items[0], &items[1]),
        "Fn::EachMemberIn" if items.len() == 2 => each_member_in(evaluator, &items[0], &items[1]),
        "Fn::EachMemberEquals" if items.len() == 2 => {
            let wanted = evaluator.value(&items[1]);
            let Some(list) = evaluator.value(&items[0]) else { return Truth::True };
            match (&list.value, wanted) {
                (Value::List(list), Some(wanted)) if is_certain(list) => {
                    Truth::all(&list.items, |item| equal(Some(&item.value), Some(&wanted.value)))
                }
                _ => open(&Reason::Stated(Arc::from("the members are not known"))),
            }
        }
        "Fn::If" | "Ref" | "Fn::FindInMap" | "Fn::Select" => {
            evaluator.value(tree).map_or(Truth::False, |node| truth(&node))
        }
        name => invalid(
            evaluator,
            tree,
            &format!("`{name}` is no condition, or has the wrong number of arguments"),
        ),
    }
}

fn invalid(evaluator: &Evaluator, tree: &Tree, message: &str) -> Truth {
    evaluator.stack.say(true, "condition", tree.span, message.to_owned());
    open(&Reason::Failed(Arc::from(message)))
}

fn contains(evaluator: &Evaluator, list: &Tree, wanted: &Tree) -> Truth {
    let (Some(list), Some(wanted)) = (evaluator.value(list), evaluator.value(wanted)) else {
        return Truth::False;
    };
    match &list.value {
        Value::List(list) => {
            let known = Truth::any(&list.items, |item| equal(Some(&item.value), Some(&wanted.value)));
            match &list.rest {
                Some(rest) => known.or(Truth::unknown(rest)),
                None => known,
            }
        }
        value => unknown_or(value, Truth::False),
    }
}

fn each_member_in(evaluator: &Evaluator, list: &Tree, allowed: &Tree) -> Truth {
    let Some(members) = evaluator.value(list) else { return Truth::True };
    match &members.value {
        Value::List(members) if is_certain(members) => Truth::all(&members.items, |member| {
            let Some(allowed) = evaluator.value(allowed) else { return Truth::False };
            match &allowed.value {
                Value::List(list) => {
                    let known = Truth::any(&list.items, |item| equal(Some(&item.value), Some(&member.value)));
                    list.rest.iter().fold(known, |known, rest| known.or(Truth::unknown(rest)))
                }
                value => unknown_or(value, Truth::False),
            }
        }),
        value => unknown_or(value, Truth::False),
    }
}

fn unknown_or(value: &Value, otherwise: Truth) -> Truth {
    made_of(value, Kind::Bool).map_or(otherwise, |why| Truth::unknown(&why))
}

fn truth(node: &Node) -> Truth {
    match &node.value {
        Value::Bool(b) => Truth::from(*b),
        Value::Text(text) => Truth::from(&**text == "true"),
        value => unknown_or(value, Truth::False),
    }
}

/// Whether two values are equal as CloudFormation compares them: as texts, case-sensitively. `None` is an absent
/// value, which equals nothing but another.
fn equal(a: Option<&Value>, b: Option<&Value>) -> Truth {
    if let (Some(Value::Choice(choice)), other) | (other, Some(Value::Choice(choice))) = (a, b) {
        let options = choice.options.iter().map(|option| Some(&option.value));
        let options = options.chain(choice.or_absent.then_some(None));
        return among(options.map(|option| equal(option, other)), &choice.why);
    }
    match (a, b) {
        (None, None) => Truth::True,
        (Some(Value::Unknown(unknown)), None) | (None, Some(Value::Unknown(unknown)))
            if unknown.kind == Kind::Any =>
        {
            Truth::unknown(unknown)
        }
        (Some(_), None) | (None, Some(_)) => Truth::False,
        (Some(a), Some(b)) => equal_values(a, b),
    }
}

/// Recursion is bounded by the depth of the values, which the document's reader bounds.
fn equal_values(a: &Value, b: &Value) -> Truth {
    if let (Some(x), Some(y)) = (parts(a), parts(b)) {
        return text_equal(&x, &y);
    }
    let equal = match (a, b) {
        (Value::List(x), Value::List(y)) if is_certain(x) && is_certain(y) => {
            let pairs = x.items.iter().zip(&y.items);
            let all = Truth::all(pairs, |(x, y)| equal(Some(&x.value), Some(&y.value)));
            if x.items.len() == y.items.len() { all } else { Truth::False }
        }
        // Maps are compared only by templates that mean nothing by it.
        _ if a.is_known() && b.is_known() => return Truth::from(a == b),
        _ => Truth::True,
    };
    if equal == Truth::False {
        return equal;
    }
    // A list or map that is not wholly known may yet become the text of its JSON (`Fn::ToJsonString`).
    match made_of(a, Kind::Bool).or_else(|| made_of(b, Kind::Bool)) {
        Some(why) => Truth::unknown(&why),
        None => equal,
    }
}

/// Whether a list has as many elements as it shows.
pub(crate) fn is_certain(list: &List) -> bool {
    list.rest.is_none() && !list.items.iter().any(may_be_absent)
}

/// Whether an element of a list may be missing.
pub(crate) fn may_be_absent(item: &Node) -> bool {
    match &item.value {
        Value::Choice(choice) => choice.or_absent,
        Value::Unknown(unknown) => unknown.kind == Kind::Any,
        _ => false,
    }
}

/// All the same, or open.
fn among(mut answers: impl Iterator<Item = Truth>, why: &Arc<Unknown>) -> Truth {
    let Some(first) = answers.next() else { return Truth::unknown(why) };
    if answers.all(|answer| answer == first) { first } else { Truth::unknown(why) }
}

fn text_equal(a: &[estate::value::Part], b: &[estate::value::Part]) -> Truth {
    use estate::value::Part::{Hole, Known};
    let known = |parts: &[estate::value::Part]| parts.iter().all(|part| matches!(part, Known(_)));
    if known(a) && known(b) {
        let text = |parts: &[estate::value::Part]| -> String {
            parts.iter().map(|part| if let Known(text) = part { &**text } else { "" }).collect()
        };
        return Truth::from(text(a) == text(b));
    }
    // The same parameter twice is the same value.
    if a == b
        && a.iter().all(|part| matches!(part, Hole(u) if u.reason.is_one_value()) || matches!(part, Known(_)))
    {
        return Truth::True;
    }
    let edge =
        |parts: &[estate::value::Part], last: bool| match if last { parts.last() } else { parts.first() } {
            Some(Known(text)) => text.to_string(),
            _ => String::new(),
        };
    let (p, q) = (edge(a, false), edge(b, false));
    let (s, t) = (edge(a, true), edge(b, true));
    if !(p.starts_with(&*q) || q.starts_with(&*p)) || !(s.ends_with(&*t) || t.ends_with(&*s)) {
        return Truth::False;
    }
    let mut why = Why::default();
    for part in a.iter().chain(b) {
        if let Hole(unknown) = part {
            why.add(&Why::of(unknown));
        }
    }
    Truth::Unknown(why)
}

/// What stands for the value of an undecided condition, for one reason: the parameter behind it where there is one.
pub(crate) fn undecided(truth: &Truth, name: &str) -> Arc<Unknown> {
    let reason = match truth {
        Truth::Unknown(why) if !why.0.is_empty() => why.0[0].reason.of_part(),
        _ => Reason::Condition(Arc::from(name)),
    };
    Stack::unknown(reason, Kind::Bool)
}
