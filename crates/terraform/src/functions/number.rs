//! Numbers.

use super::{ANY, Context, Function};
use crate::eval::Result;
use crate::value::{Kind, Node, Value, from_double};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("abs", (1, 1), Kind::Number, abs),
    Function::of("ceil", (1, 1), Kind::Number, ceil),
    Function::of("floor", (1, 1), Kind::Number, floor),
    Function::of("log", (2, 2), Kind::Number, log),
    Function::of("max", (1, ANY), Kind::Number, max),
    Function::of("min", (1, ANY), Kind::Number, min),
    Function::of("parseint", (2, 2), Kind::Number, parse_int),
    Function::of("pow", (2, 2), Kind::Number, pow),
    Function::of("signum", (1, 1), Kind::Number, signum),
];

fn finite(context: &Context, number: f64) -> Result<Value> {
    if number.is_finite() {
        Ok(from_double(number))
    } else {
        Err(context.fault(format!("`{}` gives no finite number here", context.name)))
    }
}

fn abs(context: &Context, arguments: &[Node]) -> Result<Value> {
    match &arguments[0].value {
        Value::Int(int) if *int != i64::MIN => Ok(Value::Int(int.abs())),
        _ => Ok(from_double(context.number(&arguments[0])?.abs())),
    }
}

fn ceil(context: &Context, arguments: &[Node]) -> Result<Value> {
    match &arguments[0].value {
        Value::Int(int) => Ok(Value::Int(*int)),
        _ => Ok(from_double(context.number(&arguments[0])?.ceil())),
    }
}

fn floor(context: &Context, arguments: &[Node]) -> Result<Value> {
    match &arguments[0].value {
        Value::Int(int) => Ok(Value::Int(*int)),
        _ => Ok(from_double(context.number(&arguments[0])?.floor())),
    }
}

/// The quotient of natural logarithms, as Terraform computes it: its errors of rounding are part of the answer.
fn log(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (number, base) = (context.number(&arguments[0])?, context.number(&arguments[1])?);
    finite(context, number.ln() / base.ln())
}

fn max(context: &Context, arguments: &[Node]) -> Result<Value> {
    extreme(context, arguments, |a, b| a > b)
}

fn min(context: &Context, arguments: &[Node]) -> Result<Value> {
    extreme(context, arguments, |a, b| a < b)
}

fn extreme(context: &Context, arguments: &[Node], is_better: impl Fn(f64, f64) -> bool) -> Result<Value> {
    let mut best: Option<(f64, Value)> = None;
    for argument in arguments {
        let number = context.number(argument)?;
        if best.as_ref().is_none_or(|(known, _)| is_better(number, *known)) {
            let value = match &argument.value {
                Value::Int(int) => Value::Int(*int),
                _ => from_double(number),
            };
            best = Some((number, value));
        }
    }
    best.map(|(_, value)| value).ok_or_else(|| context.fault(format!("`{}` takes numbers", context.name)))
}

/// <https://developer.hashicorp.com/terraform/language/functions/parseint>
fn parse_int(context: &Context, arguments: &[Node]) -> Result<Value> {
    let text = context.text(&arguments[0])?;
    let base = context.int(&arguments[1])?;
    if !(2..=62).contains(&base) {
        return Err(context.fault("the base of a number is 2 to 62"));
    }
    let wrong = || context.fault(format!("`{text}` is no number of base {base}"));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    if digits.is_empty() {
        return Err(wrong());
    }
    let mut exact = Some(0i64);
    let mut number = 0.0f64;
    for letter in digits.chars() {
        let digit = match letter {
            '0'..='9' => i64::from(u32::from(letter) - u32::from('0')),
            'a'..='z' => 10 + i64::from(u32::from(letter) - u32::from('a')),
            // Up to base 36 the case of a letter does not matter; beyond, capitals are further digits.
            'A'..='Z' if base <= 36 => 10 + i64::from(u32::from(letter) - u32::from('A')),
            'A'..='Z' => 36 + i64::from(u32::from(letter) - u32::from('A')),
            _ => return Err(wrong()),
        };
        if digit >= base {
            return Err(wrong());
        }
        exact = exact.and_then(|exact| exact.checked_mul(base)).and_then(|exact| exact.checked_add(digit));
        number = number * base as f64 + digit as f64;
    }
    match exact {
        Some(exact) => Ok(Value::Int(if negative { -exact } else { exact })),
        None => finite(context, if negative { -number } else { number }),
    }
}

fn pow(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let (Value::Int(base), Value::Int(exponent)) = (&arguments[0].value, &arguments[1].value)
        && let Ok(exponent) = u32::try_from(*exponent)
        && let Some(exact) = base.checked_pow(exponent)
    {
        return Ok(Value::Int(exact));
    }
    finite(context, context.number(&arguments[0])?.powf(context.number(&arguments[1])?))
}

fn signum(context: &Context, arguments: &[Node]) -> Result<Value> {
    let number = context.number(&arguments[0])?;
    Ok(Value::Int(if number > 0.0 { 1 } else { -i64::from(number < 0.0) }))
}
