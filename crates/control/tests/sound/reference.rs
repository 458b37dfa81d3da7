//! The language by the book: a slow, obvious interpreter of expressions on values that are wholly known.
//!
//! It is written from docs/control-language.md and from CEL's own definition
//! (<https://github.com/google/cel-spec/blob/master/doc/langdef.md>), not from the evaluator.
//! What cannot be done is a fault. A fault spreads through everything but `&&`, `||`, `exists`, `all`, which
//! decide without it where they can, the branch of `?:` that is not taken, and the default of `.or` that is not
//! needed.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use control::cel::{Comprehension, Expr, ExprKind, Literal, Operator};
use regex::Regex;

use crate::concrete::{Concrete, Entry};
use crate::thing;

/// Something that cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) &'static str);

type Outcome = Result<Concrete, Fault>;

/// What an expression says of a resource with these properties.
pub(crate) fn judge(expr: &Expr, properties: &[Entry]) -> Result<bool, Fault> {
    truth(Reference { properties, variables: Vec::new() }.value(expr))
}

/// A value in boolean context: null is false.
fn truth(outcome: Outcome) -> Result<bool, Fault> {
    match outcome? {
        Concrete::Bool(b) => Ok(b),
        Concrete::Null => Ok(false),
        _ => Err(Fault("a condition is no truth value")),
    }
}

struct Reference<'p> {
    properties: &'p [Entry],
    /// Innermost last.
    variables: Vec<(Arc<str>, Concrete)>,
}

impl Reference<'_> {
    fn value(&mut self, expr: &Expr) -> Outcome {
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(literal_value(literal)),
            ExprKind::Name(name) => Ok(self.name(name)),
            ExprKind::Select(operand, field) => self.field(operand, field),
            ExprKind::Has(operand, field) => {
                Ok(Concrete::Bool(self.field(operand, field)? != Concrete::Null))
            }
            ExprKind::Index(operand, at) => self.index(operand, at),
            ExprKind::Call { target, function, arguments } => {
                self.call(target.as_deref(), function, arguments)
            }
            ExprKind::List(items) => Ok(Concrete::List(self.values(items)?)),
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Message(name) => panic!("the reference knows no messages (`{name}`)"),
            ExprKind::Not(operand) => Ok(Concrete::Bool(!truth(self.value(operand))?)),
            ExprKind::Negate(operand) => match self.value(operand)? {
                Concrete::Int(i) => i.checked_neg().map(Concrete::Int).ok_or(Fault("too large")),
                Concrete::Double(d) => Ok(Concrete::Double(-d)),
                _ => Err(Fault("`-` takes a number")),
            },
            ExprKind::And(a, b) => match (truth(self.value(a)), truth(self.value(b))) {
                (Ok(false), _) | (_, Ok(false)) => Ok(Concrete::Bool(false)),
                (Ok(true), Ok(true)) => Ok(Concrete::Bool(true)),
                (Err(fault), _) | (_, Err(fault)) => Err(fault),
            },
            ExprKind::Or(a, b) => match (truth(self.value(a)), truth(self.value(b))) {
                (Ok(true), _) | (_, Ok(true)) => Ok(Concrete::Bool(true)),
                (Ok(false), Ok(false)) => Ok(Concrete::Bool(false)),
                (Err(fault), _) | (_, Err(fault)) => Err(fault),
            },
            ExprKind::Binary(operator, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                binary(*operator, &a, &b)
            }
            ExprKind::Conditional(condition, yes, no) => {
                if truth(self.value(condition))? {
                    self.value(yes)
                } else {
                    self.value(no)
                }
            }
            ExprKind::Comprehension { kind, range, variable, body, filter } => {
                let elements = match self.value(range)? {
                    Concrete::Null => Vec::new(),
                    Concrete::List(items) => items,
                    Concrete::Map(entries) => entries.into_iter().map(|(key, _)| key).collect(),
                    _ => return Err(Fault("only lists and maps have elements")),
                };
                self.comprehension(*kind, elements, variable, body, filter.as_deref())
            }
        }
    }

    fn values(&mut self, exprs: &[Expr]) -> Result<Vec<Concrete>, Fault> {
        exprs.iter().map(|expr| self.value(expr)).collect()
    }

    fn name(&self, name: &str) -> Concrete {
        match self.variables.iter().rev().find(|(known, _)| **known == *name) {
            Some((_, value)) => value.clone(),
            None if name == "resource" => Concrete::map(self.properties.iter().cloned()),
            None => self.property(name),
        }
    }

    /// A property of the resource: what is written, else its default, else null.
    fn property(&self, name: &str) -> Concrete {
        assert!(thing::NAMES.contains(&name), "the reference knows no name `{name}`");
        let written = self.properties.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        match (written, name) {
            (None | Some(Concrete::Null), "Retention") => Concrete::Int(thing::RETENTION),
            (None, _) => Concrete::Null,
            (Some(value), _) => value.clone(),
        }
    }

    /// `operand.field`: navigating null gives null, and so does a key that is not there.
    fn field(&mut self, operand: &Expr, field: &str) -> Outcome {
        if matches!(&operand.kind, ExprKind::Name(name) if &**name == "resource") {
            return Ok(self.property(field));
        }
        match self.value(operand)? {
            Concrete::Null => Ok(Concrete::Null),
            Concrete::Map(entries) => Ok(at_key(&entries, &Concrete::text(field)).unwrap_or(Concrete::Null)),
            _ => Err(Fault("only maps have fields")),
        }
    }

    /// `operand[at]`: indexing null gives null, whatever the index.
    fn index(&mut self, operand: &Expr, at: &Expr) -> Outcome {
        match self.value(operand)? {
            Concrete::Null => Ok(Concrete::Null),
            Concrete::Map(entries) => {
                let at = self.value(at)?;
                Ok(at_key(&entries, &at).unwrap_or(Concrete::Null))
            }
            Concrete::List(items) => {
                let at = self.value(at)?;
                at_position(&items, &at)
            }
            _ => Err(Fault("only lists and maps have an index")),
        }
    }

    fn map(&mut self, exprs: &[(Expr, Expr)]) -> Outcome {
        let mut entries: Vec<(Concrete, Concrete)> = Vec::new();
        for (key, value) in exprs {
            let (key, value) = (self.value(key)?, self.value(value)?);
            if !matches!(key, Concrete::Bool(_) | Concrete::Int(_) | Concrete::Text(_)) {
                return Err(Fault("a key is a text, a whole number or a truth value"));
            }
            if at_key(&entries, &key).is_some() {
                return Err(Fault("a key occurs twice"));
            }
            entries.push((key, value));
        }
        Ok(Concrete::Map(entries))
    }

    fn comprehension(
        &mut self,
        kind: Comprehension,
        elements: Vec<Concrete>,
        variable: &Arc<str>,
        body: &Expr,
        filter: Option<&Expr>,
    ) -> Outcome {
        if kind == Comprehension::Map {
            let mut made = Vec::new();
            for element in elements {
                let wanted = match filter {
                    Some(filter) => truth(self.with(variable, &element, filter))?,
                    None => true,
                };
                if wanted {
                    made.push(self.with(variable, &element, body)?);
                }
            }
            return Ok(Concrete::List(made));
        }
        let answers: Vec<Result<bool, Fault>> =
            elements.iter().map(|element| truth(self.with(variable, element, body))).collect();
        let fault = answers.iter().find_map(|answer| answer.err());
        let count = |wanted: bool| answers.iter().filter(|answer| **answer == Ok(wanted)).count();
        match (kind, fault) {
            (Comprehension::Exists, _) if count(true) > 0 => Ok(Concrete::Bool(true)),
            (Comprehension::All, _) if count(false) > 0 => Ok(Concrete::Bool(false)),
            (_, Some(fault)) => Err(fault),
            (Comprehension::Exists, None) => Ok(Concrete::Bool(false)),
            (Comprehension::All, None) => Ok(Concrete::Bool(true)),
            (Comprehension::ExistsOne, None) => Ok(Concrete::Bool(count(true) == 1)),
            (Comprehension::Filter | Comprehension::Map, None) => {
                let kept = elements.iter().zip(&answers).filter(|(_, answer)| **answer == Ok(true));
                Ok(Concrete::List(kept.map(|(element, _)| element.clone()).collect()))
            }
        }
    }

    /// An expression with a variable bound.
    fn with(&mut self, variable: &Arc<str>, element: &Concrete, expr: &Expr) -> Outcome {
        self.variables.push((variable.clone(), element.clone()));
        let outcome = self.value(expr);
        self.variables.pop();
        outcome
    }

    fn call(&mut self, target: Option<&Expr>, function: &str, arguments: &[Expr]) -> Outcome {
        if let Some(Expr { kind: ExprKind::Name(space), .. }) = target
            && matches!(&**space, "ip" | "port")
        {
            let values = self.values(arguments)?;
            return of_network(space, function, &values);
        }
        if let ("or", Some(value), [default]) = (function, target, arguments) {
            return match self.value(value)? {
                Concrete::Null => self.value(default),
                value => Ok(value),
            };
        }
        let mut values = Vec::new();
        for expr in target.into_iter().chain(arguments) {
            values.push(self.value(expr)?);
        }
        function_of(function, &values)
    }
}

fn literal_value(literal: &Literal) -> Concrete {
    match literal {
        Literal::Null => Concrete::Null,
        Literal::Bool(b) => Concrete::Bool(*b),
        Literal::Int(i) => Concrete::Int(*i),
        Literal::Double(d) => Concrete::Double(*d),
        Literal::Text(text) => Concrete::text(text),
        Literal::Uint(_) | Literal::Bytes(_) => panic!("the reference knows no such literal: {literal:?}"),
    }
}

fn at_key(entries: &[(Concrete, Concrete)], key: &Concrete) -> Option<Concrete> {
    entries.iter().find(|(known, _)| equal(known, key)).map(|(_, value)| value.clone())
}

/// The element at a position, counted from 0; null beyond the end.
fn at_position(items: &[Concrete], at: &Concrete) -> Outcome {
    let whole = match at {
        Concrete::Int(_) => true,
        Concrete::Double(d) => d.fract() == 0.0,
        _ => false,
    };
    if !whole || order(at, &Concrete::Int(0)) == Some(Ordering::Less) {
        return Err(Fault("a position is a whole number from 0"));
    }
    let found = (0_i64..).zip(items).find(|(position, _)| equal(&Concrete::Int(*position), at));
    Ok(found.map_or(Concrete::Null, |(_, item)| item.clone()))
}

/// `a == b`: numbers by their value, lists by their elements, maps without regard to order, and never an error.
pub(crate) fn equal(a: &Concrete, b: &Concrete) -> bool {
    match (a, b) {
        (Concrete::Null, Concrete::Null) => true,
        (Concrete::List(x), Concrete::List(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(x, y))
        }
        (Concrete::Map(x), Concrete::Map(y)) => {
            x.len() == y.len()
                && x.iter().all(|(key, value)| at_key(y, key).is_some_and(|other| equal(value, &other)))
        }
        _ => order(a, b) == Some(Ordering::Equal),
    }
}

/// The order of two values; there is none across types, and none for a double that is no number.
fn order(a: &Concrete, b: &Concrete) -> Option<Ordering> {
    match (a, b) {
        (Concrete::Bool(x), Concrete::Bool(y)) => Some(x.cmp(y)),
        (Concrete::Text(x), Concrete::Text(y)) => Some(x.cmp(y)),
        (Concrete::Int(x), Concrete::Int(y)) => Some(x.cmp(y)),
        (Concrete::Double(x), Concrete::Double(y)) => x.partial_cmp(y),
        (Concrete::Int(x), Concrete::Double(y)) => order_mixed(*x, *y),
        (Concrete::Double(x), Concrete::Int(y)) => order_mixed(*y, *x).map(Ordering::reverse),
        _ => None,
    }
}

/// As doubles: CEL's conformance tests have `9223372036854775807 < 9223372036854775808.0` false
/// (`not_lt_dyn_int_big_lossy_double`), because the whole number, made a double, is the other.
fn order_mixed(whole: i64, double: f64) -> Option<Ordering> {
    (whole as f64).partial_cmp(&double)
}

fn is_number(value: &Concrete) -> bool {
    matches!(value, Concrete::Int(_) | Concrete::Double(_))
}

fn binary(operator: Operator, a: &Concrete, b: &Concrete) -> Outcome {
    let fits: fn(Ordering) -> bool = match operator {
        Operator::Equal => return Ok(Concrete::Bool(equal(a, b))),
        Operator::NotEqual => return Ok(Concrete::Bool(!equal(a, b))),
        Operator::In => {
            return match b {
                Concrete::Null => Ok(Concrete::Bool(false)),
                Concrete::List(items) => Ok(Concrete::Bool(items.iter().any(|item| equal(a, item)))),
                Concrete::Map(entries) => Ok(Concrete::Bool(at_key(entries, a).is_some())),
                _ => Err(Fault("`in` takes a list or a map")),
            };
        }
        Operator::Less => Ordering::is_lt,
        Operator::LessOrEqual => Ordering::is_le,
        Operator::Greater => Ordering::is_gt,
        Operator::GreaterOrEqual => Ordering::is_ge,
        _ => return arithmetic(operator, a, b),
    };
    match order(a, b) {
        Some(order) => Ok(Concrete::Bool(fits(order))),
        // What is no number is neither less nor greater.
        None if is_number(a) && is_number(b) => Ok(Concrete::Bool(false)),
        None => Err(Fault("values of these types have no order")),
    }
}

fn arithmetic(operator: Operator, a: &Concrete, b: &Concrete) -> Outcome {
    match (a, b) {
        (Concrete::Int(x), Concrete::Int(y)) => {
            let result = match operator {
                Operator::Add => x.checked_add(*y),
                Operator::Subtract => x.checked_sub(*y),
                Operator::Multiply => x.checked_mul(*y),
                Operator::Divide => x.checked_div(*y),
                _ => x.checked_rem(*y),
            };
            result.map(Concrete::Int).ok_or(Fault("out of range, or a division by zero"))
        }
        (Concrete::Double(x), Concrete::Double(y)) => double_arithmetic(operator, *x, *y),
        // A schema's `number` is whole or not, so that the two meet.
        (Concrete::Int(x), Concrete::Double(y)) => double_arithmetic(operator, *x as f64, *y),
        (Concrete::Double(x), Concrete::Int(y)) => double_arithmetic(operator, *x, *y as f64),
        (Concrete::Text(x), Concrete::Text(y)) if operator == Operator::Add => {
            Ok(Concrete::Text(format!("{x}{y}")))
        }
        (Concrete::List(x), Concrete::List(y)) if operator == Operator::Add => {
            Ok(Concrete::List(x.iter().chain(y).cloned().collect()))
        }
        _ => Err(Fault("no arithmetic on values of these types")),
    }
}

fn double_arithmetic(operator: Operator, x: f64, y: f64) -> Outcome {
    match operator {
        Operator::Add => Ok(Concrete::Double(x + y)),
        Operator::Subtract => Ok(Concrete::Double(x - y)),
        Operator::Multiply => Ok(Concrete::Double(x * y)),
        Operator::Divide => Ok(Concrete::Double(x / y)),
        _ => Err(Fault("`%` takes whole numbers")),
    }
}

/// A function, or a method with its target first.
fn function_of(function: &str, values: &[Concrete]) -> Outcome {
    use Concrete::{Bool, Int, List, Map, Null, Text};
    match (function, values) {
        ("dyn", [value]) => Ok(value.clone()),
        ("size", [Null]) => Ok(Int(0)),
        ("size", [Text(text)]) => Ok(Int(text.chars().count() as i64)),
        ("size", [List(items)]) => Ok(Int(items.len() as i64)),
        ("size", [Map(entries)]) => Ok(Int(entries.len() as i64)),
        ("size", [_]) => Err(Fault("no size")),
        ("lower", [Text(text)]) => Ok(Text(text.to_lowercase())),
        ("upper", [Text(text)]) => Ok(Text(text.to_uppercase())),
        ("startsWith", [Text(text), Text(start)]) => Ok(Bool(text.starts_with(start.as_str()))),
        ("endsWith", [Text(text), Text(end)]) => Ok(Bool(text.ends_with(end.as_str()))),
        ("contains", [Text(text), Text(inner)]) => Ok(Bool(text.contains(inner.as_str()))),
        ("glob", [Text(text), Text(pattern)]) => {
            let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            Ok(Bool(glob(&pattern, &text)))
        }
        ("matches", [Text(text), Text(pattern)]) => matches_pattern(pattern, text).map(Bool),
        ("lower" | "upper", [_]) | ("startsWith" | "endsWith" | "contains" | "glob" | "matches", [_, _]) => {
            Err(Fault("a function of texts takes texts"))
        }
        _ => panic!("the reference does not know `{function}` with {} values", values.len()),
    }
}

/// `*` stands for any characters, `?` for one.
fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        (['*', rest @ ..], text) => (0..=text.len()).any(|skipped| glob(rest, &text[skipped..])),
        (['?', rest @ ..], [_, after @ ..]) => glob(rest, after),
        ([sign, rest @ ..], [first, after @ ..]) => sign == first && glob(rest, after),
        (_, []) => false,
    }
}

/// The regular expressions that the generator uses.
pub(crate) const PATTERNS: [&str; 5] = ["^a", "b$", "^(a|b)*$", "a.*b", "^$"];

/// What each of them means. Making a failing case smaller leads to others.
fn matches_pattern(pattern: &str, text: &str) -> Result<bool, Fault> {
    Ok(match pattern {
        "^a" => text.starts_with('a'),
        "b$" => text.ends_with('b'),
        "^(a|b)*$" => text.chars().all(|c| c == 'a' || c == 'b'),
        "a.*b" => text.find('a').is_some_and(|at| text[at + 1..].contains('b')),
        "^$" => text.is_empty(),
        other => Regex::new(other).map_err(|_| Fault("no regular expression"))?.is_match(text),
    })
}

fn of_network(space: &str, function: &str, values: &[Concrete]) -> Outcome {
    match (space, function, values) {
        ("ip", "is_public", [Concrete::Text(text)]) if text.is_empty() => Ok(Concrete::Bool(false)),
        ("ip", "is_public", [value]) => {
            let range = Range::of(value)?;
            Ok(Concrete::Bool(range.prefix < if range.width == 32 { 8 } else { 16 }))
        }
        ("ip", "covers", [outer, inner]) => {
            let (outer, inner) = (Range::of(outer)?, Range::of(inner)?);
            Ok(Concrete::Bool(outer.covers(&inner)))
        }
        ("port", "covers", [rule, port]) => port_covers(rule, port, &Concrete::text("tcp")),
        ("port", "covers", [rule, port, protocol]) => port_covers(rule, port, protocol),
        _ => panic!("the reference does not know `{space}.{function}` with {} values", values.len()),
    }
}

/// A range of addresses; one address is the range of only itself.
struct Range {
    /// The address in the lowest bits.
    bits: u128,
    /// How many of the first bits are fixed.
    prefix: u32,
    /// How many bits there are: 32 or 128.
    width: u32,
}

impl Range {
    fn of(value: &Concrete) -> Result<Range, Fault> {
        let Concrete::Text(text) = value else { return Err(Fault("an address is a text")) };
        Range::parse(text).ok_or(Fault("no address or range"))
    }

    fn parse(text: &str) -> Option<Range> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let (bits, width): (u128, u32) = match address.parse::<IpAddr>().ok()? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let prefix = match prefix {
            Some(prefix) => prefix.parse::<u32>().ok()?,
            None => width,
        };
        (prefix <= width).then_some(Range { bits, prefix, width })
    }

    /// The bits that are fixed when only so many are.
    fn fixed(&self, prefix: u32) -> u128 {
        self.bits.checked_shr(self.width - prefix).unwrap_or(0)
    }

    fn covers(&self, inner: &Range) -> bool {
        self.width == inner.width
            && self.prefix <= inner.prefix
            && self.fixed(self.prefix) == inner.fixed(self.prefix)
    }
}

/// Whether a rule lets a port through. The protocol comes first: another protocol's ports do not matter, and -1 is
/// every protocol with every port. A bound that is absent or -1 is none.
fn port_covers(rule: &Concrete, port: &Concrete, protocol: &Concrete) -> Outcome {
    let (Concrete::Map(rule), Concrete::Int(port), Concrete::Text(wanted)) = (rule, port, protocol) else {
        return Err(Fault("`port.covers` takes a rule, a port and a protocol"));
    };
    let get = |key: &str| at_key(rule, &Concrete::text(key));
    let protocol = match get("IpProtocol").or_else(|| get("Protocol")) {
        Some(Concrete::Int(number)) => number.to_string(),
        Some(Concrete::Text(name)) => name.to_ascii_lowercase(),
        _ => return Err(Fault("a protocol is a number or a name")),
    };
    if protocol == "-1" || protocol == "all" {
        return Ok(Concrete::Bool(true));
    }
    if number_of(&protocol) != number_of(&wanted.to_ascii_lowercase()) {
        return Ok(Concrete::Bool(false));
    }
    let (low, high) = match get("PortRange") {
        Some(Concrete::Map(range)) => {
            (at_key(&range, &Concrete::text("From")), at_key(&range, &Concrete::text("To")))
        }
        None | Some(Concrete::Null) => (get("FromPort"), get("ToPort")),
        Some(_) => return Err(Fault("a range of ports is a map")),
    };
    let bound = |value: Option<Concrete>| match value {
        None | Some(Concrete::Null | Concrete::Int(-1)) => Ok(None),
        Some(Concrete::Int(port)) => Ok(Some(port)),
        Some(_) => Err(Fault("a port is a whole number")),
    };
    let (low, high) = (bound(low)?, bound(high)?);
    // Without bounds the ports are those that there are.
    let (low, high) = (low.unwrap_or(0), high.unwrap_or(65_535));
    Ok(Concrete::Bool(low <= *port && *port <= high))
}

/// <https://www.iana.org/assignments/protocol-numbers>
fn number_of(protocol: &str) -> &str {
    match protocol {
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "icmpv6" => "58",
        other => other,
    }
}
