//! Order and arithmetic between two values.

use std::sync::Arc;

use estate::truth::{Truth, Why};
use estate::value::Node;

use super::{ITEMS_MAX, TEXT_BYTES_MAX, navigate};
use crate::cel::Operator;
use crate::value::{OwnedList, V, compare, part};

pub(super) fn ordered<'a>(operator: Operator, a: &V<'a>, b: &V<'a>) -> V<'a> {
    use std::cmp::Ordering::{Greater, Less};
    let fits = |order: std::cmp::Ordering| match operator {
        Operator::Less => order == Less,
        Operator::LessOrEqual => order != Greater,
        Operator::Greater => order == Greater,
        _ => order != Less,
    };
    match (a, b) {
        (V::Unknown(why, _), V::Unknown(other, _)) => Truth::Unknown(why.clone().and(other)).into(),
        (V::Unknown(why, _), _) | (_, V::Unknown(why, _)) => Truth::Unknown(why.clone()).into(),
        (V::Partial(_), _) => navigate(a),
        (_, V::Partial(_)) => navigate(b),
        (V::Range { min, max, why }, other) => range_ordered(*min, *max, why, other, &|order| fits(order)),
        (other, V::Range { min, max, why }) => {
            range_ordered(*min, *max, why, other, &|order: std::cmp::Ordering| fits(order.reverse()))
        }
        _ => match compare(a, b) {
            Some(order) => V::Bool(fits(order)),
            None if is_number(a) && is_number(b) => V::Bool(false),
            None => V::error("values of these types have no order"),
        },
    }
}

fn is_number(value: &V) -> bool {
    matches!(value, V::Int(_) | V::Uint(_) | V::Double(_))
}

/// Whether every number of a range stands so to another value, or none.
fn range_ordered<'a>(
    min: i64,
    max: Option<i64>,
    why: &Why,
    other: &V<'a>,
    fits: &dyn Fn(std::cmp::Ordering) -> bool,
) -> V<'a> {
    if matches!(other, V::Range { .. }) {
        return Truth::Unknown(why.clone()).into();
    }
    let low = compare(&V::Int(min), other);
    // Without an upper bound the range goes beyond any number.
    let high = max.map_or(Some(std::cmp::Ordering::Greater), |max| compare(&V::Int(max), other));
    match (low, high) {
        (Some(low), Some(high)) if low == high && low != std::cmp::Ordering::Equal => V::Bool(fits(low)),
        (Some(low), Some(high)) => {
            // Between the ends every order from the lowest to the highest occurs.
            let all = [std::cmp::Ordering::Less, std::cmp::Ordering::Equal, std::cmp::Ordering::Greater];
            let mut answers = all.into_iter().filter(|order| *order >= low && *order <= high).map(fits);
            let first = answers.next().unwrap_or(false);
            if answers.all(|answer| answer == first) {
                V::Bool(first)
            } else {
                Truth::Unknown(why.clone()).into()
            }
        }
        _ => V::error("values of these types have no order"),
    }
}

/// Arithmetic on whole numbers of one type, signed or not: what does not fit is an error.
macro_rules! whole {
    ($operator:expr, $x:expr, $y:expr, $value:expr) => {{
        let result = match $operator {
            Operator::Add => $x.checked_add($y),
            Operator::Subtract => $x.checked_sub($y),
            Operator::Multiply => $x.checked_mul($y),
            Operator::Divide => $x.checked_div($y),
            _ => $x.checked_rem($y),
        };
        result.map_or_else(|| V::error("the result is out of range"), $value)
    }};
}

pub(super) fn calculate<'a>(operator: Operator, a: &V<'a>, b: &V<'a>) -> V<'a> {
    for value in [a, b] {
        match value {
            V::Unknown(why, _) => return V::unknown(part(why)),
            V::Range { why, .. } => return V::unknown(why.clone()),
            _ => {}
        }
    }
    match (a, b) {
        (V::Int(x), V::Int(y)) => whole!(operator, x, *y, V::Int),
        (V::Uint(x), V::Uint(y)) => whole!(operator, x, *y, V::Uint),
        (V::Double(x), V::Double(y)) => double(operator, *x, *y),
        // A schema's `number` is whole or not; beside a double it is one.
        (V::Int(x), V::Double(y)) => double(operator, *x as f64, *y),
        (V::Double(x), V::Int(y)) => double(operator, *x, *y as f64),
        (V::Text(x), V::Text(y))
            if operator == Operator::Add && x.as_str().len() + y.as_str().len() > TEXT_BYTES_MAX =>
        {
            V::error("the text grows too long")
        }
        (V::Text(x), V::Text(y)) if operator == Operator::Add => {
            V::text(format!("{}{}", x.as_str(), y.as_str()))
        }
        (V::Text(_) | V::Partial(_), V::Text(_) | V::Partial(_)) if operator == Operator::Add => joined(a, b),
        (V::Bytes(x), V::Bytes(y)) if operator == Operator::Add => V::Bytes([&x[..], &y[..]].concat().into()),
        (V::Timestamp(t), V::Duration(d)) | (V::Duration(d), V::Timestamp(t))
            if operator == Operator::Add =>
        {
            moved(t.checked_add(*d).ok())
        }
        (V::Timestamp(t), V::Duration(d)) if operator == Operator::Subtract => moved(t.checked_sub(*d).ok()),
        (V::Timestamp(x), V::Timestamp(y)) if operator == Operator::Subtract => {
            bounded(Some(x.duration_since(*y)))
        }
        (V::Duration(x), V::Duration(y)) => {
            let result = match operator {
                Operator::Add => x.checked_add(*y),
                Operator::Subtract => x.checked_sub(*y),
                _ => None,
            };
            bounded(result)
        }
        _ if operator == Operator::Add && a.type_name() == Some("list") && b.type_name() == Some("list") => {
            concat(a, b)
        }
        _ => V::error(format!("`{}` does not take values of these types", operator.symbol())),
    }
}

/// A duration within CEL's range: about 10,000 years either way.
fn bounded<'a>(duration: Option<jiff::SignedDuration>) -> V<'a> {
    match duration {
        Some(duration) if crate::functions::is_bounded(duration) => V::Duration(duration),
        _ => V::error("the duration is out of range"),
    }
}

fn moved<'a>(time: Option<jiff::Timestamp>) -> V<'a> {
    match time {
        Some(time) if crate::functions::in_range(time) => V::Timestamp(time),
        _ => V::error("the timestamp is out of range"),
    }
}

fn double<'a>(operator: Operator, x: f64, y: f64) -> V<'a> {
    V::Double(match operator {
        Operator::Add => x + y,
        Operator::Subtract => x - y,
        Operator::Multiply => x * y,
        Operator::Divide => x / y,
        _ => return V::error("`%` takes whole numbers"),
    })
}

fn joined<'a>(a: &V<'a>, b: &V<'a>) -> V<'a> {
    use estate::value::{Part, Partial};
    let parts = |value: &V<'a>| match value {
        V::Partial(partial) => partial.parts.clone(),
        other => vec![Part::Known(Arc::from(other.as_text().unwrap_or_default()))],
    };
    let node = Node::of(Partial::join(parts(a).into_iter().chain(parts(b))));
    V::owned(&node)
}

fn concat<'a>(a: &V<'a>, b: &V<'a>) -> V<'a> {
    let (Some(mut x), Some(mut y)) = (a.elements(), b.elements()) else { return V::error("no lists") };
    let mut items: Vec<_> = x.by_ref().collect();
    match &x.rest {
        // Behind an unknown number of elements the position of the others is not known.
        Some(why) => {
            items.extend(y.by_ref().map(|(item, maybe)| (item, maybe.or_else(|| Some(why.clone())))));
        }
        None => items.extend(y.by_ref()),
    }
    if items.len() > ITEMS_MAX {
        return V::error("the list grows too long");
    }
    let rest = match (x.rest, y.rest) {
        (Some(x), Some(y)) => Some(x.and(&y)),
        (x, y) => x.or(y),
    };
    V::List(Arc::new(OwnedList { items, rest }))
}
