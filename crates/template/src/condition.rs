//! Conditions: decided where the values are known, else unknown with the reasons.

use std::sync::Arc;

use document::Tree;
use estate::truth::{Truth, Why};
use estate::value::{Kind, Node, Reason, Span, Unknown, Value};

use crate::eval::{Evaluator, parts};
use crate::intrinsic;
use crate::stack::Stack;

/// A named condition of the stack.
pub(crate) fn named(evaluator: &Evaluator, name: &str, span: Span) -> Truth {
    let stack = evaluator.stack;
    if let Some(known) = stack.conditions.borrow().get(name) {
        return known.clone().unwrap_or_else(|| {
            stack.say(true, "cycle", span, format!("condition `{name}` depends on itself"));
            open(&Reason::Condition(Arc::from(name)))
        });
    }
    let Some(entry) = stack.section("Conditions").and_then(|all| all.entry(name)) else {
        if crate::foreach::declares(stack, "Conditions", name) {
            return open(&Reason::Condition(Arc::from(name)));
        }
        stack.say(true, "no-condition", span, format!("no condition `{name}` is declared"));
        return open(&Reason::Condition(Arc::from(name)));
    };
    stack.conditions.borrow_mut().insert(entry.key.clone(), None);
    let truth = evaluate(&Evaluator::new(stack), &entry.value);
    stack.conditions.borrow_mut().insert(entry.key.clone(), Some(truth.clone()));
    truth
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
    let Some(call) = intrinsic::call(tree) else {
        return evaluator.value(tree).map_or(Truth::False, |node| truth(&node));
    };
    let items = call.argument.items();
    match call.name {
        "Condition" => match call.argument.text() {
            Some(name) => named(evaluator, name, tree.span),
            None => invalid(evaluator, tree, "`Condition` takes a condition's name"),
        },
        "Fn::And" if !items.is_empty() => Truth::all(items, |item| evaluate(evaluator, item)),
        "Fn::Or" if !items.is_empty() => Truth::any(items, |item| evaluate(evaluator, item)),
        "Fn::Not" if items.len() == 1 => !evaluate(evaluator, &items[0]),
        "Fn::Equals" if items.len() == 2 => match (evaluator.value(&items[0]), evaluator.value(&items[1])) {
            (Some(a), Some(b)) => equal(&a.value, &b.value),
            (a, b) => Truth::from(a.is_none() && b.is_none()),
        },
        "Fn::Contains" if items.len() == 2 => contains(evaluator, &items[0], &items[1]),
        "Fn::EachMemberIn" if items.len() == 2 => each_member_in(evaluator, &items[0], &items[1]),
        "Fn::EachMemberEquals" if items.len() == 2 => {
            let wanted = evaluator.value(&items[1]);
            let Some(list) = evaluator.value(&items[0]) else { return Truth::True };
            match (&list.value, wanted) {
                (Value::List(list), Some(wanted)) if list.rest.is_none() => {
                    Truth::all(&list.items, |item| equal(&item.value, &wanted.value))
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
            let known = Truth::any(&list.items, |item| equal(&item.value, &wanted.value));
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
        Value::List(members) if members.rest.is_none() => Truth::all(&members.items, |member| {
            let Some(allowed) = evaluator.value(allowed) else { return Truth::False };
            match &allowed.value {
                Value::List(list) => Truth::any(&list.items, |item| equal(&item.value, &member.value)),
                value => unknown_or(value, Truth::False),
            }
        }),
        value => unknown_or(value, Truth::False),
    }
}

fn unknown_or(value: &Value, otherwise: Truth) -> Truth {
    crate::eval::why(value).map_or(otherwise, |why| Truth::unknown(&why))
}

fn truth(node: &Node) -> Truth {
    match &node.value {
        Value::Bool(b) => Truth::from(*b),
        Value::Text(text) => Truth::from(&**text == "true"),
        value => unknown_or(value, Truth::False),
    }
}

/// Whether two values are equal as CloudFormation compares them: as texts, case-sensitively.
pub(crate) fn equal(a: &Value, b: &Value) -> Truth {
    if let (Value::Choice(choice), other) | (other, Value::Choice(choice)) = (a, b) {
        let answers = choice.options.iter().map(|option| equal(&option.value, other));
        // Where the value may be absent it equals nothing that is there.
        let absent = choice.or_absent.then_some(Truth::False);
        return among(answers.chain(absent), &choice.why);
    }
    if let (Value::List(x), Value::List(y)) = (a, b)
        && x.rest.is_none()
        && y.rest.is_none()
    {
        if x.items.len() != y.items.len() {
            return Truth::False;
        }
        return Truth::all(x.items.iter().zip(&y.items), |(x, y)| equal(&x.value, &y.value));
    }
    match (parts(a), parts(b)) {
        (Some(x), Some(y)) => text_equal(&x, &y),
        // Maps are compared only by templates that mean nothing by it.
        _ => match crate::eval::why(a).or_else(|| crate::eval::why(b)) {
            Some(why) => Truth::unknown(&why),
            None => Truth::from(a == b),
        },
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

/// One reason for an undecided condition: the parameter behind it where there is one.
pub(crate) fn reason(truth: &Truth, name: &str) -> Arc<Unknown> {
    match truth {
        Truth::Unknown(why) if !why.0.is_empty() => why.0[0].clone(),
        _ => Stack::unknown(Reason::Condition(Arc::from(name)), Kind::Bool),
    }
}
