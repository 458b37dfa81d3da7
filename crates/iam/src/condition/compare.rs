//! Comparing one value of a policy with one value of a request.
//!
//! The answer is whether they match before a negation: `StringNotEquals` asks whether they are equal.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Kind, Reason, Unknown};
use ipnet::IpNet;

use super::{Context, Operator, Order, Test};
use crate::pattern::{Form, Piece, Reading, Text, matches, stated};

/// Whether a value of a policy and one of a request match.
pub(super) fn compare(operator: Operator, text: &Text, value: &str, context: Context<'_>) -> Truth {
    match operator.test {
        Test::Text { like, ignore_case } => {
            let reading = Reading { wildcards: like, ignore_case };
            with_variables(operator, text, context, |text| matches(text, &Text::literal(value), reading))
        }
        Test::Arn => with_variables(operator, text, context, |text| arn(text, value)),
        Test::Bool => with_variables(operator, text, context, |text| boolean(text, value)),
        Test::Number(order) => known(text, "number", number).and_then(number(value), value, |a, b| {
            b.partial_cmp(&a).is_some_and(|ordering| order.admits(ordering))
        }),
        Test::Date(order) => {
            known(text, "date", date).and_then(date(value), value, |a, b| order.admits(b.cmp(&a)))
        }
        Test::Binary => known(text, "base64 text", |text| Some(unpadded(text).to_owned())).and_then(
            Some(unpadded(value).to_owned()),
            value,
            |a, b| a == b,
        ),
        Test::Ip => known(text, "range of addresses", range).and_then(
            value.parse::<IpAddr>().ok(),
            value,
            |range, address| range.contains(&address),
        ),
        // Asked of the key, not of a value.
        Test::Null => Truth::False,
    }
}

impl Order {
    /// Whether the request's value may stand so to the policy's.
    fn admits(self, ordering: Ordering) -> bool {
        match self {
            Order::Equal => ordering == Ordering::Equal,
            Order::Less => ordering == Ordering::Less,
            Order::LessOrEqual => ordering != Ordering::Greater,
            Order::Greater => ordering == Ordering::Greater,
            Order::GreaterOrEqual => ordering != Ordering::Less,
        }
    }
}

/// Asks of a text after its variables have been replaced.
///
/// A variable without a value matches nothing. Whether that makes a negated condition true or the statement
/// invalid, AWS leaves open: "this might cause the entire statement to be invalid"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
fn with_variables(
    operator: Operator,
    text: &Text,
    context: Context<'_>,
    ask: impl Fn(&Text) -> Truth,
) -> Truth {
    let resolved = text.resolve(context);
    if resolved.missing && !operator.negated { Truth::False } else { ask(&resolved.text) }
}

/// Whether a text is a bool's name, case aside.
pub(super) fn boolean(text: &Text, value: &str) -> Truth {
    if text.as_known().is_some_and(|known| !is_bool(&known)) {
        return damaged("bool", text);
    }
    matches(text, &Text::literal(value), Reading { wildcards: false, ignore_case: true })
}

fn is_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// A value of a policy, read as what its operator compares; or what is to be said without one.
enum Operand<T> {
    Is(T),
    Not(Truth),
}

impl<T> Operand<T> {
    /// Compares with the value of the request, where that is of the type too.
    fn and_then<U>(self, value: Option<U>, written: &str, compare: impl FnOnce(T, U) -> bool) -> Truth {
        match (self, value) {
            (Operand::Not(truth), _) => truth,
            (Operand::Is(_), None) => Truth::unknown(&stated(format!(
                "the request's `{written}` is not of the type that the policy compares"
            ))),
            (Operand::Is(operand), Some(value)) => Truth::from(compare(operand, value)),
        }
    }
}

fn known<T>(text: &Text, what: &str, read: impl Fn(&str) -> Option<T>) -> Operand<T> {
    match text.as_known() {
        Some(known) => read(&known).map_or_else(|| Operand::Not(damaged(what, text)), Operand::Is),
        // "You can not use a policy variable with the `Numeric` condition operator", nor with the other such.
        None if text.holes().0.is_empty() => Operand::Not(damaged(what, text)),
        None => Operand::Not(Truth::Unknown(text.holes())),
    }
}

/// Unknown, for AWS would refuse the value.
fn damaged(what: &str, text: &Text) -> Truth {
    let written = text.as_known().unwrap_or_default();
    let reason = Reason::Damaged(Arc::from(format!("the policy's {what} `{written}`")));
    Truth::unknown(&Arc::new(Unknown { reason, kind: Kind::Any }))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn unpadded(text: &str) -> &str {
    text.trim_end_matches('=')
}

/// A range of addresses; an address by itself is a range of one.
pub(crate) fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A moment in milliseconds since 1970: a number of seconds, or a date as the W3C profiles ISO 8601.
///
/// <https://www.w3.org/TR/NOTE-datetime>
fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(seconds) = number(text)
        && text.len() > 4
    {
        return seconds_to_millis(seconds);
    }
    let (day, time) = text.split_once(['T', 't']).map_or((text, None), |(day, time)| (day, Some(time)));
    let mut fields = day.split('-');
    let year: i64 = digits(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |field| digits(field, 2))?;
    let day = fields.next().map_or(Some(1), |field| digits(field, 2))?;
    if fields.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let millis = time.map_or(Some(0), time_of_day)?;
    Some(days_since_1970(year, month, day) * 86_400_000 + millis)
}

fn seconds_to_millis(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1000.0).round();
    // Within this range the cast is exact.
    (millis.abs() < 9e15).then_some(millis as i64)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Milliseconds of `hh:mm[:ss[.s]](Z|+hh:mm|-hh:mm)`.
fn time_of_day(text: &str) -> Option<i64> {
    let start = text.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = text.split_at(start);
    let offset = if zone.eq_ignore_ascii_case("z") {
        0
    } else {
        let (hours, minutes) = zone[1..].split_once(':')?;
        let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
        if zone.starts_with('-') { -minutes } else { minutes }
    };
    let mut fields = clock.split(':');
    let (hours, minutes) = (digits(fields.next()?, 2)?, digits(fields.next()?, 2)?);
    let seconds = fields.next().map_or(Some(0), seconds)?;
    if fields.next().is_some() || hours > 24 || minutes > 59 {
        return None;
    }
    Some((hours * 60 + minutes - offset) * 60_000 + seconds)
}

/// Milliseconds of `ss[.s]`.
fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    Some(digits(whole, 2)? * 1000 + millis)
}

/// Days from 1970-01-01 in the Gregorian calendar, after Howard Hinnant's `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Whether an ARN matches: "each of the six colon-delimited components of the ARN is checked separately".
fn arn(pattern: &Text, value: &str) -> Truth {
    let whole = matches(pattern, &Text::literal(value), Reading::RESOURCE);
    if whole == Truth::False {
        return Truth::False;
    }
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    match components(pattern) {
        Some(components) if components.len() == 6 && parts.len() == 6 => {
            Truth::all(components.iter().zip(parts), |(component, part)| {
                matches(component, &Text::literal(part), Reading::RESOURCE)
            })
        }
        Some(_) => Truth::unknown(&stated(format!("whether `{value}` is matched as an ARN"))),
        None => Truth::Unknown(pattern.holes()),
    }
}

/// The six parts of an ARN, fewer where it is none. Nothing where an unknown part may hold a colon before the last.
fn components(text: &Text) -> Option<Vec<Text>> {
    let mut parts = vec![Text::default()];
    for piece in &text.pieces {
        let last = parts.len() == 6;
        match piece {
            Piece::Hole(unknown) => {
                if !last && !matches!(Form::of(unknown), Form::Account | Form::Partition | Form::Region) {
                    return None;
                }
                push(&mut parts, piece.clone());
            }
            Piece::Variable(_) => push(&mut parts, piece.clone()),
            Piece::Known(text) => split(text, &mut parts, Piece::Known),
            Piece::Literal(text) => split(text, &mut parts, Piece::Literal),
        }
    }
    Some(parts)
}

fn split(text: &str, parts: &mut Vec<Text>, piece: fn(Arc<str>) -> Piece) {
    for (i, field) in text.splitn(7 - parts.len(), ':').enumerate() {
        if i > 0 {
            parts.push(Text::default());
        }
        push(parts, piece(Arc::from(field)));
    }
}

fn push(parts: &mut [Text], piece: Piece) {
    if let Some(last) = parts.last_mut() {
        last.pieces.push(piece);
    }
}
