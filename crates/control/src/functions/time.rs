//! Time: `time.…`, and CEL's getters of timestamps and durations.

use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::{Context, Function, Gives, Parameter};
use crate::value::V;

const GETTER: &[Parameter] = &[Parameter::Value, Parameter::Text];

macro_rules! getter {
    ($name:literal, $get:expr) => {
        Function::plain($name, GETTER, Gives::Int, |_, arguments| get($name, arguments, $get))
            .method()
            .with_optional(1)
    };
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::plain("time.age", &[Parameter::Time], Gives::Duration, age),
    getter!("getFullYear", |t| i64::from(t.year())),
    getter!("getMonth", |t| i64::from(t.month()) - 1),
    getter!("getDate", |t| i64::from(t.day())),
    getter!("getDayOfMonth", |t| i64::from(t.day()) - 1),
    getter!("getDayOfWeek", |t| match t.weekday() {
        Weekday::Sunday => 0,
        day => i64::from(day.to_monday_one_offset()),
    }),
    getter!("getDayOfYear", |t| i64::from(t.day_of_year()) - 1),
    getter!("getHours", |t| i64::from(t.hour())),
    getter!("getMinutes", |t| i64::from(t.minute())),
    getter!("getSeconds", |t| i64::from(t.second())),
    getter!("getMilliseconds", |t| i64::from(t.millisecond())),
];

fn age<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let since = match &arguments[0] {
        V::Timestamp(t) => Some(*t),
        V::Text(text) => parse(text.as_str()),
        _ => None,
    };
    since.map_or_else(
        || V::error("`time.age` takes a timestamp"),
        |t| V::Duration(context.now.duration_since(t)),
    )
}

/// CEL's getters: on a timestamp in a time zone (UTC unless said), on a duration its whole length in a unit.
fn get<'a>(name: &str, arguments: &[V<'a>], field: fn(&ZonedDateTime) -> i64) -> V<'a> {
    match (&arguments[0], arguments.get(1)) {
        (V::Timestamp(t), None) => V::Int(field(&t.to_zoned_datetime(TimeZone::UTC))),
        (V::Timestamp(t), Some(zone)) => match zone.as_text().and_then(offset) {
            Some(zone) => V::Int(field(&t.to_zoned_datetime(zone))),
            None => V::error("only fixed offsets such as `+02:00` and `UTC` are known as time zones"),
        },
        (V::Duration(d), None) => match name {
            "getHours" => V::Int(d.as_hours()),
            "getMinutes" => V::Int(d.as_mins()),
            "getSeconds" => V::Int(d.as_secs()),
            "getMilliseconds" => V::Int(i64::from(d.subsec_millis())),
            _ => V::error(format!("a duration has no `{name}`")),
        },
        _ => V::error(format!("`{name}` takes a timestamp")),
    }
}

/// A fixed offset from UTC. Names such as `Europe/Paris` need a table of time zones, which no control needs.
fn offset(text: &str) -> Option<TimeZone> {
    if matches!(text, "UTC" | "Z") {
        return Some(TimeZone::UTC);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let seconds =
        hours.parse::<i32>().ok()?.checked_mul(3600)?.checked_add(minutes.parse::<i32>().ok()? * 60)?;
    Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed)
}

/// A timestamp by RFC 3339; a date alone is its midnight in UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole.parse::<Timestamp>().ok().filter(|t| in_range(*t))
}

/// CEL's range: the years 1 to 9999.
pub(crate) fn in_range(t: Timestamp) -> bool {
    (1..=9999).contains(&t.to_zoned_datetime(TimeZone::UTC).year())
}

/// A duration such as `1h30m`, `-1.5s` or `10ms`; also days, `90d`.
pub(crate) fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut nanos: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, after) = rest.split_at(length);
        if !number.bytes().any(|b| b.is_ascii_digit()) || number.matches('.').count() > 1 {
            return None;
        }
        let (unit, after): (i128, &str) = if let Some(after) = after.strip_prefix("ms") {
            (1_000_000, after)
        } else if let Some(after) = after.strip_prefix("us").or_else(|| after.strip_prefix("µs")) {
            (1_000, after)
        } else if let Some(after) = after.strip_prefix("ns") {
            (1, after)
        } else {
            let unit = match after.as_bytes().first()? {
                b'd' => 86_400,
                b'h' => 3_600,
                b'm' => 60,
                b's' => 1,
                _ => return None,
            };
            (unit * 1_000_000_000, &after[1..])
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        nanos = nanos.checked_add(whole.checked_mul(unit)?)?;
        let mut scale = unit;
        for digit in fraction.bytes() {
            scale /= 10;
            nanos += i128::from(digit - b'0') * scale;
        }
        rest = after;
    }
    let nanos = if negative { -nanos } else { nanos };
    let seconds = i64::try_from(nanos / 1_000_000_000).ok()?;
    Some(SignedDuration::new(seconds, (nanos % 1_000_000_000) as i32))
        .filter(|duration| is_bounded(*duration))
}

/// CEL's range of durations: 315,576,000,000 seconds, about 10,000 years, either way.
pub(crate) fn is_bounded(duration: SignedDuration) -> bool {
    duration.as_secs().unsigned_abs() <= 315_576_000_000
}

/// A duration in seconds, as CEL prints it.
pub(crate) fn format(duration: SignedDuration) -> String {
    let nanos = duration.subsec_nanos().unsigned_abs();
    let sign = if duration.is_negative() { "-" } else { "" };
    let seconds = duration.as_secs().unsigned_abs();
    if nanos == 0 {
        return format!("{sign}{seconds}s");
    }
    let fraction = format!("{nanos:09}");
    format!("{sign}{seconds}.{}s", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_printed() {
        for (text, printed) in [
            ("1h30m", "5400s"),
            ("-1.5s", "-1.5s"),
            ("10ms", "0.01s"),
            ("90d", "7776000s"),
            ("0", "0s"),
            ("1.000000001s", "1.000000001s"),
        ] {
            assert_eq!(parse_duration(text).map(format).as_deref(), Some(printed), "{text}");
        }
        for wrong in ["", "-", "5", "1x", "1h1", "h"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
