//! Dates and times. Nothing here reads a clock.

use std::fmt;

use super::{Context, Function};
use crate::eval::Result;
use crate::value::{Kind, Node, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("formatdate", (2, 2), Kind::Text, format_date),
    Function::of("plantimestamp", (0, 0), Kind::Text, now),
    Function::of("timeadd", (2, 2), Kind::Text, add),
    Function::of("timecmp", (2, 2), Kind::Number, compare),
    Function::of("timestamp", (0, 0), Kind::Text, now),
];

fn now(context: &Context, _: &[Node]) -> Result<Value> {
    Ok(context.later())
}

/// A point in time as RFC 3339 writes it, with its zone.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// Seconds since 1970, of universal time.
    seconds: i64,
    nanoseconds: u32,
    /// Seconds east of Greenwich.
    offset: i64,
}

/// Days since 1970 of a day of the Gregorian calendar, by counting years from March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of the days since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

impl Moment {
    /// Reads `2006-01-02T15:04:05.999Z` or with `+07:00`.
    pub(super) fn parse(text: &str) -> Option<Moment> {
        let bytes = text.as_bytes();
        let number = |start: usize, length: usize| -> Option<i64> {
            let digits = bytes.get(start..start + length)?;
            digits
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(*digit - b'0')))
        };
        let is = |at: usize, sign: u8| bytes.get(at) == Some(&sign);
        let signs = is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':');
        if !signs {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
        let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
        if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 || day < 1 {
            return None;
        }
        let date = days(year, month, day);
        let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
        if date >= next {
            return None;
        }
        let mut at = 19;
        let mut nanoseconds = 0u32;
        if is(at, b'.') {
            let digits = bytes[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            for place in 0..9 {
                let digit = if place < digits { u32::from(bytes[20 + place] - b'0') } else { 0 };
                nanoseconds = nanoseconds * 10 + digit;
            }
            at = 20 + digits;
        }
        let offset = match (*bytes.get(at)?, bytes.len() - at) {
            (b'Z', 1) => 0,
            (sign @ (b'+' | b'-'), 6) if is(at + 3, b':') => {
                let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let offset = hours * 3_600 + minutes * 60;
                if sign == b'-' { -offset } else { offset }
            }
            _ => return None,
        };
        let seconds = date * 86_400 + hour * 3_600 + minute * 60 + second - offset;
        Some(Moment { seconds, nanoseconds, offset })
    }

    /// The zone as `+07:00`, or with another text between hours and minutes.
    fn zone(&self, between: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
    }

    fn fields(&self) -> Fields {
        let local = self.seconds + self.offset;
        let (year, month, day) = date(local.div_euclid(86_400));
        let second = local.rem_euclid(86_400);
        // The first of January 1970 was a Thursday.
        let weekday = (local.div_euclid(86_400) + 4).rem_euclid(7) as usize;
        Fields {
            year,
            month,
            day,
            weekday,
            hour: second / 3_600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }
}

struct Fields {
    year: i64,
    month: i64,
    day: i64,
    /// Counted from Sunday.
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

impl fmt::Display for Moment {
    /// Without fractions of a second, as Terraform writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fields { year, month, day, hour, minute, second, .. } = self.fields();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.offset == 0 { f.write_str("Z") } else { f.write_str(&self.zone(":")) }
    }
}

fn moment(context: &Context, node: &Node) -> Result<Moment> {
    let text = context.text(node)?;
    Moment::parse(&text).ok_or_else(|| context.fault(format!("`{text}` is no timestamp of RFC 3339")))
}

/// <https://developer.hashicorp.com/terraform/language/functions/timecmp>
fn compare(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (a, b) = (moment(context, &arguments[0])?, moment(context, &arguments[1])?);
    let order = (a.seconds, a.nanoseconds).cmp(&(b.seconds, b.nanoseconds));
    Ok(Value::Int(order as i64))
}

/// <https://developer.hashicorp.com/terraform/language/functions/timeadd>
fn add(context: &Context, arguments: &[Node]) -> Result<Value> {
    let moment = moment(context, &arguments[0])?;
    let text = context.text(&arguments[1])?;
    let Some(duration) = duration(&text) else {
        return Err(context.fault(format!("`{text}` is no duration such as `1h30m`")));
    };
    let nanoseconds = i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanoseconds) + duration;
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
    let moved = Moment { seconds, nanoseconds: nanoseconds.rem_euclid(1_000_000_000) as u32, ..moment };
    // Years of more than four digits are no RFC 3339.
    if !(-62_135_596_800..253_402_300_800).contains(&seconds) {
        return Err(context.fault("the time is out of range"));
    }
    Ok(Value::text(moved.to_string()))
}

/// A duration of Go in nanoseconds: `-1.5h`, `1h30m`, `300ms`.
fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut sum = 0i128;
    while !rest.is_empty() {
        let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, behind) = rest.split_at(length);
        let units = [
            ("ns", 1i128),
            ("us", 1_000),
            ("µs", 1_000),
            ("μs", 1_000),
            ("ms", 1_000_000),
            ("s", 1_000_000_000),
            ("m", 60_000_000_000),
            ("h", 3_600_000_000_000),
        ];
        let unit = units.iter().find_map(|(name, size)| Some((behind.strip_prefix(name)?, *size)));
        let (behind, size) = unit?;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && part.is_empty()) || whole.len() > 18 || part.contains('.') {
            return None;
        }
        sum += if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? * size };
        let mut place = size;
        for digit in part.bytes() {
            place /= 10;
            sum += i128::from(digit - b'0') * place;
        }
        rest = behind;
    }
    // Go's durations are of 64 bits.
    (sum <= i128::from(i64::MAX)).then_some(if negative { -sum } else { sum })
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// <https://developer.hashicorp.com/terraform/language/functions/formatdate>
fn format_date(context: &Context, arguments: &[Node]) -> Result<Value> {
    let spec = context.text(&arguments[0])?;
    let moment = moment(context, &arguments[1])?;
    let fields = moment.fields();
    let mut out = String::new();
    let mut rest: &str = &spec;
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let Some(behind) = literal(&rest[1..], &mut out) else {
                return Err(context.fault("a quote in the format is not closed"));
            };
            rest = behind;
            continue;
        }
        let length = rest.chars().take_while(|next| *next == letter).count();
        if !letter.is_ascii_alphabetic() {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        }
        let (code, behind) = rest.split_at(length);
        match written(code, &moment, &fields) {
            Some(text) => out.push_str(&text),
            None => return Err(context.fault(format!("the format has no code `{code}`"))),
        }
        rest = behind;
    }
    Ok(Value::text(out))
}

/// A text in quotes, in which two quotes are one; gives what stands behind it.
fn literal<'s>(mut rest: &'s str, out: &mut String) -> Option<&'s str> {
    loop {
        let (inside, behind) = rest.split_once('\'')?;
        out.push_str(inside);
        match behind.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Some(behind),
        }
    }
}

fn written(code: &str, moment: &Moment, fields: &Fields) -> Option<String> {
    let month = MONTHS[(fields.month - 1) as usize % 12];
    let day = DAYS[fields.weekday];
    let twelve = (fields.hour + 11) % 12 + 1;
    let half = if fields.hour < 12 { "AM" } else { "PM" };
    Some(match code {
        "YYYY" => format!("{:04}", fields.year),
        "YY" => format!("{:02}", fields.year.rem_euclid(100)),
        "MMMM" => month.to_owned(),
        "MMM" => month[..3].to_owned(),
        "MM" => format!("{:02}", fields.month),
        "M" => fields.month.to_string(),
        "DD" => format!("{:02}", fields.day),
        "D" => fields.day.to_string(),
        "EEEE" => day.to_owned(),
        "EEE" => day[..3].to_owned(),
        "hh" => format!("{:02}", fields.hour),
        "h" => fields.hour.to_string(),
        "HH" => format!("{twelve:02}"),
        "H" => twelve.to_string(),
        "AA" => half.to_owned(),
        "aa" => half.to_ascii_lowercase(),
        "mm" => format!("{:02}", fields.minute),
        "m" => fields.minute.to_string(),
        "ss" => format!("{:02}", fields.second),
        "s" => fields.second.to_string(),
        "Z" if moment.offset == 0 => "Z".to_owned(),
        "ZZZ" if moment.offset == 0 => "UTC".to_owned(),
        "Z" | "ZZZZZ" => moment.zone(":"),
        "ZZZ" | "ZZZZ" => moment.zone(""),
        _ => return None,
    })
}
