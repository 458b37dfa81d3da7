//! Operators.

use hcl::syntax::{Expression, Operator};

use crate::eval::{Fault, Result, Scope};
use crate::source::Session;
use crate::value::{Kind, Node, Span, Value, equal, from_double, number};

/// The truth of a value; `None` where it is unknown or no truth value.
pub(crate) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::Text(text) => match &**text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        Value::Choice(choice) => {
            let mut answers = choice.options.iter().map(|option| truth(&option.value));
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        _ => None,
    }
}

/// What stands for a result of this kind that hangs on something unknown.
fn open(values: &[&Node], kind: Kind, span: Span, what: &str) -> Result<Value> {
    if let Some(unknown) = values.iter().find_map(|node| node.value.made_of(kind)) {
        Ok(Value::Unknown(unknown))
    } else {
        let nouns: Vec<&str> = values.iter().map(|node| node.value.noun()).collect();
        Err(Fault::new(span, format!("{what} {}", nouns.join(" and "))))
    }
}

pub(crate) fn not(node: &Node, span: Span) -> Result<Value> {
    match truth(&node.value) {
        Some(b) => Ok(Value::Bool(!b)),
        None => open(&[node], Kind::Bool, span, "`!` takes a bool, not"),
    }
}

pub(crate) fn negative(node: &Node, span: Span) -> Result<Value> {
    match as_number(&node.value) {
        Some(n) => Ok(from_double(-n)),
        None => open(&[node], Kind::Number, span, "`-` takes a number, not"),
    }
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Text(text) => text.parse().ok(),
        other => number(other),
    }
}

pub(crate) fn binary(
    session: &Session,
    scope: &Scope,
    operator: Operator,
    left: &Expression,
    right: &Expression,
    span: Span,
) -> Result<Value> {
    let a = session.expression(scope, left)?;
    if matches!(operator, Operator::And | Operator::Or) {
        // Terraform evaluates both sides; an undecided one does not matter where the other settles it, and a
        // fault on a side that does not matter is no answer either way.
        let settles = matches!(operator, Operator::Or);
        if truth(&a.value) == Some(settles) {
            return Ok(Value::Bool(settles));
        }
        let b = session.expression(scope, right)?;
        return match (truth(&a.value), truth(&b.value)) {
            (_, Some(b)) if b == settles => Ok(Value::Bool(settles)),
            (Some(_), Some(_)) => Ok(Value::Bool(!settles)),
            _ => open(&[&a, &b], Kind::Bool, span, "`&&` and `||` take bools, not"),
        };
    }
    let b = session.expression(scope, right)?;
    match operator {
        Operator::Equal | Operator::NotEqual => match equal(&a.value, &b.value) {
            Some(answer) => Ok(Value::Bool(answer == (operator == Operator::Equal))),
            None => open(&[&a, &b], Kind::Bool, span, "cannot compare"),
        },
        _ => arithmetic(operator, &a, &b, span),
    }
}

fn arithmetic(operator: Operator, a: &Node, b: &Node, span: Span) -> Result<Value> {
    let compares = matches!(
        operator,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
    );
    if let (Value::Int(a), Value::Int(b)) = (&a.value, &b.value) {
        let exact = match operator {
            Operator::Add => a.checked_add(*b),
            Operator::Subtract => a.checked_sub(*b),
            Operator::Multiply => a.checked_mul(*b),
            Operator::Remainder => a.checked_rem(*b),
            _ => None,
        };
        if let Some(exact) = exact {
            return Ok(Value::Int(exact));
        }
    }
    let (Some(x), Some(y)) = (as_number(&a.value), as_number(&b.value)) else {
        let kind = if compares { Kind::Bool } else { Kind::Number };
        return open(&[a, b], kind, span, "arithmetic takes numbers, not");
    };
    let number = match operator {
        Operator::Less => return Ok(Value::Bool(x < y)),
        Operator::LessOrEqual => return Ok(Value::Bool(x <= y)),
        Operator::Greater => return Ok(Value::Bool(x > y)),
        Operator::GreaterOrEqual => return Ok(Value::Bool(x >= y)),
        Operator::Add => x + y,
        Operator::Subtract => x - y,
        Operator::Multiply => x * y,
        Operator::Divide if y == 0.0 => return Err(Fault::new(span, "division by zero")),
        Operator::Divide => x / y,
        Operator::Remainder if y == 0.0 => return Err(Fault::new(span, "division by zero")),
        Operator::Remainder => x % y,
        Operator::And | Operator::Or | Operator::Equal | Operator::NotEqual => {
            return Err(Fault::new(span, "no arithmetic"));
        }
    };
    if number.is_finite() {
        Ok(from_double(number))
    } else {
        Err(Fault::new(span, "the number is too large"))
    }
}
