//! Expressions.

use std::sync::Arc;

use crate::scan::{Result, Scanner, fault};
use crate::syntax::{Call, Expression, For, Item, Kind, Operator, Part, Range, Step, Template};
use crate::{HEIGHT_MAX, template};

/// A piece that could not be read.
pub(crate) fn damaged(range: Range) -> Expression {
    Expression { kind: Kind::Damaged, range, height: 1 }
}

/// An expression. With `lines`, ends of lines are space: inside brackets.
pub(crate) fn expression(scanner: &mut Scanner, lines: bool) -> Result<Expression> {
    scanner.down()?;
    let found = conditional(scanner, lines);
    scanner.up();
    found
}

fn leaf(kind: Kind, range: Range) -> Expression {
    Expression { kind, range, height: 1 }
}

/// One level above these.
fn above(kind: Kind, range: Range, below: &[u16]) -> Result<Expression> {
    let height = below.iter().copied().max().unwrap_or(0) + 1;
    if height > HEIGHT_MAX {
        return Err(fault(range, format!("an expression of more than {HEIGHT_MAX} levels")));
    }
    Ok(Expression { kind, range, height })
}

fn conditional(scanner: &mut Scanner, lines: bool) -> Result<Expression> {
    let condition = binary(scanner, lines, 0)?;
    scanner.space(lines);
    if !scanner.take("?") {
        return Ok(condition);
    }
    scanner.space(true);
    let then = expression(scanner, lines)?;
    scanner.space(true);
    if !scanner.take(":") {
        return scanner.expected("`:`");
    }
    scanner.space(true);
    let otherwise = expression(scanner, lines)?;
    let range = condition.range.to(otherwise.range);
    let heights = [condition.height, then.height, otherwise.height];
    above(Kind::Conditional(Box::new([condition, then, otherwise])), range, &heights)
}

/// The operators by how strongly they bind, weakest first; of two that begin alike, the longer first.
const OPERATORS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Equal), ("!=", Operator::NotEqual)],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];

fn binary(scanner: &mut Scanner, lines: bool, level: usize) -> Result<Expression> {
    let Some(operators) = OPERATORS.get(level) else { return unary(scanner, lines) };
    let mut left = binary(scanner, lines, level + 1)?;
    loop {
        scanner.space(lines);
        // Most expressions are a term and no more: they are through all levels without a comparison.
        if !scanner.peek().is_some_and(|byte| b"|&=!<>+-*/%".contains(&byte)) {
            return Ok(left);
        }
        // `%{` inside a template is a directive of the text around it, never a remainder.
        let next = operators.iter().find(|(sign, _)| scanner.starts(sign) && !scanner.starts("%{"));
        let Some((sign, operator)) = next else { return Ok(left) };
        scanner.at += sign.len();
        scanner.space(lines);
        let right = binary(scanner, lines, level + 1)?;
        let range = left.range.to(right.range);
        let heights = [left.height, right.height];
        left = above(Kind::Binary(*operator, Box::new([left, right])), range, &heights)?;
    }
}

fn unary(scanner: &mut Scanner, lines: bool) -> Result<Expression> {
    let start = scanner.at;
    let not = match scanner.peek() {
        Some(b'!') if scanner.peek_at(1) != Some(b'=') => true,
        Some(b'-') => false,
        _ => return postfix(scanner, lines),
    };
    scanner.at += 1;
    scanner.space(lines);
    scanner.down()?;
    let inner = unary(scanner, lines)?;
    scanner.up();
    let range = scanner.range_from(start);
    let height = [inner.height];
    let kind = match (not, inner.kind) {
        (true, kind) => Kind::Not(Box::new(Expression { kind, ..inner })),
        (false, Kind::Int(n)) => Kind::Int(-n),
        (false, Kind::Double(n)) => Kind::Double(-n),
        (false, kind) => Kind::Negative(Box::new(Expression { kind, ..inner })),
    };
    above(kind, range, &height)
}

/// A term and the steps behind it.
fn postfix(scanner: &mut Scanner, lines: bool) -> Result<Expression> {
    let start = scanner.at;
    let base = term(scanner)?;
    let mut steps: Vec<Step> = Vec::new();
    let mut height = base.height;
    loop {
        // Inside brackets a reference may go on in the next line.
        let before = scanner.at;
        if lines {
            scanner.space(true);
            if !matches!(scanner.peek(), Some(b'.')) || scanner.starts("...") {
                scanner.at = before;
            }
        }
        let step_start = scanner.at;
        match scanner.peek() {
            Some(b'.') if !scanner.starts("...") => {
                scanner.at += 1;
                scanner.space(lines);
                if scanner.take("*") {
                    steps.push(Step::AttributeSplat(scanner.range_from(step_start)));
                } else if let Some((name, range)) = scanner.name() {
                    steps.push(Step::Attribute(name, range));
                } else {
                    legacy_indexes(scanner, &mut steps)?;
                }
            }
            Some(b'[') => {
                scanner.at += 1;
                scanner.space(true);
                if scanner.starts("*") {
                    scanner.at += 1;
                    scanner.space(true);
                    close(scanner, "]")?;
                    steps.push(Step::FullSplat(scanner.range_from(step_start)));
                } else {
                    let index = expression(scanner, true)?;
                    scanner.space(true);
                    close(scanner, "]")?;
                    height = height.max(index.height);
                    steps.push(Step::Index(Box::new(index)));
                }
            }
            _ => break,
        }
    }
    if steps.is_empty() {
        return Ok(base);
    }
    // Trees are kept to the end of a run: what is not used would be most of them.
    steps.shrink_to_fit();
    let range = scanner.range_from(start);
    above(Kind::Traversal(Box::new(base), steps), range, &[height])
}

/// `.0` and `.0.1`, the indexes of old.
fn legacy_indexes(scanner: &mut Scanner, steps: &mut Vec<Step>) -> Result<()> {
    let start = scanner.at;
    while scanner.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        scanner.at += 1;
    }
    match scanner.text[start..scanner.at].parse::<i64>() {
        Ok(index) => {
            steps.push(Step::Index(Box::new(leaf(Kind::Int(index), scanner.range_from(start)))));
            Ok(())
        }
        Err(_) => scanner.expected("a name after `.`"),
    }
}

fn close(scanner: &mut Scanner, sign: &str) -> Result<()> {
    if scanner.take(sign) { Ok(()) } else { scanner.expected(&format!("`{sign}`")) }
}

fn term(scanner: &mut Scanner) -> Result<Expression> {
    let start = scanner.at;
    match scanner.peek() {
        Some(b'"') => {
            let parts = template::quoted(scanner)?;
            text(parts, false, scanner.range_from(start))
        }
        Some(b'<') if scanner.starts("<<") => {
            let parts = template::heredoc(scanner)?;
            text(parts, true, scanner.range_from(start))
        }
        Some(b'(') => {
            scanner.at += 1;
            scanner.space(true);
            let inner = expression(scanner, true)?;
            scanner.space(true);
            close(scanner, ")")?;
            let height = [inner.height];
            above(Kind::Parentheses(Box::new(inner)), scanner.range_from(start), &height)
        }
        Some(b'[') => tuple(scanner),
        Some(b'{') => object(scanner),
        Some(b'0'..=b'9') => number(scanner),
        _ => match scanner.name() {
            Some((name, range)) => word(scanner, name, range),
            None => scanner.expected("a value"),
        },
    }
}

fn text(parts: Vec<Part>, heredoc: bool, range: Range) -> Result<Expression> {
    let height = height_of(&parts);
    above(Kind::Template(Template { parts, heredoc }), range, &[height])
}

/// The height of the highest expression in a template. Its recursion is bounded by that of directives.
fn height_of(parts: &[Part]) -> u16 {
    let height = |part: &Part| match part {
        Part::Text(..) => 0,
        Part::Value(value) => value.height,
        Part::If(one) => one.condition.height.max(height_of(&one.then)).max(height_of(&one.otherwise)) + 1,
        Part::For(one) => one.collection.height.max(height_of(&one.body)) + 1,
    };
    parts.iter().map(height).max().unwrap_or(0)
}

fn number(scanner: &mut Scanner) -> Result<Expression> {
    let start = scanner.at;
    let digits = |scanner: &mut Scanner| {
        while scanner.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            scanner.at += 1;
        }
    };
    digits(scanner);
    if scanner.peek() == Some(b'.') && scanner.peek_at(1).is_some_and(|byte| byte.is_ascii_digit()) {
        scanner.at += 1;
        digits(scanner);
    }
    if matches!(scanner.peek(), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(scanner.peek_at(1), Some(b'+' | b'-')));
        if scanner.peek_at(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
            scanner.at += 1 + sign;
            digits(scanner);
        }
    }
    let range = scanner.range_from(start);
    let text = &scanner.text[start..scanner.at];
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(leaf(Kind::Int(whole), range));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(leaf(Kind::Double(number), range)),
        _ => Err(fault(range, "no number")),
    }
}

fn word(scanner: &mut Scanner, name: Arc<str>, range: Range) -> Result<Expression> {
    match &*name {
        "null" => return Ok(leaf(Kind::Null, range)),
        "true" => return Ok(leaf(Kind::Bool(true), range)),
        "false" => return Ok(leaf(Kind::Bool(false), range)),
        _ => {}
    }
    // Functions of providers: `provider::aws::arn_parse(…)`.
    let mut full = name.to_string();
    let mut full_range = range;
    while scanner.starts("::") {
        scanner.at += 2;
        let Some((part, part_range)) = scanner.name() else { return scanner.expected("a name after `::`") };
        full.push_str("::");
        full.push_str(&part);
        full_range = full_range.to(part_range);
    }
    let before = scanner.at;
    scanner.space(false);
    if scanner.peek() == Some(b'(') {
        return call(scanner, Arc::from(full), full_range);
    }
    scanner.at = before;
    if full_range != range {
        return scanner.expected("`(`");
    }
    Ok(leaf(Kind::Name(name), range))
}

fn call(scanner: &mut Scanner, name: Arc<str>, name_range: Range) -> Result<Expression> {
    scanner.at += 1;
    let mut arguments = Vec::new();
    let mut spread = false;
    loop {
        scanner.space(true);
        if scanner.take(")") {
            break;
        }
        arguments.push(expression(scanner, true)?);
        scanner.space(true);
        if scanner.take("...") {
            spread = true;
            scanner.space(true);
            scanner.take(",");
            scanner.space(true);
            close(scanner, ")")?;
            break;
        }
        if scanner.take(",") {
            continue;
        }
        close(scanner, ")")?;
        break;
    }
    let heights: Vec<u16> = arguments.iter().map(|argument| argument.height).collect();
    let range = scanner.range_from(name_range.start as usize);
    above(Kind::Call(Box::new(Call { name, name_range, arguments, spread })), range, &heights)
}

fn tuple(scanner: &mut Scanner) -> Result<Expression> {
    let start = scanner.at;
    scanner.at += 1;
    scanner.space(true);
    if is_for(scanner) {
        return for_expression(scanner, start, "]");
    }
    let mut items = Vec::new();
    loop {
        scanner.space(true);
        if scanner.take("]") {
            break;
        }
        items.push(expression(scanner, true)?);
        scanner.space(true);
        if scanner.take(",") {
            continue;
        }
        if scanner.take("]") {
            break;
        }
        return scanner.expected("`,` or `]`");
    }
    let heights: Vec<u16> = items.iter().map(|item| item.height).collect();
    above(Kind::Tuple(items), scanner.range_from(start), &heights)
}

fn object(scanner: &mut Scanner) -> Result<Expression> {
    let start = scanner.at;
    scanner.at += 1;
    scanner.space(true);
    if is_for(scanner) {
        return for_expression(scanner, start, "}");
    }
    let mut items = Vec::new();
    let mut height = 0;
    loop {
        scanner.space(true);
        if scanner.take("}") {
            break;
        }
        let key = expression(scanner, false)?;
        scanner.space(true);
        // `==` would have been taken as an operator.
        if !scanner.take("=") && !scanner.take(":") {
            return scanner.expected("`=` or `:`");
        }
        scanner.space(true);
        let value = expression(scanner, false)?;
        height = height.max(key.height).max(value.height);
        items.push(Item { key, value });
        scanner.space(false);
        match scanner.peek() {
            Some(b',') => scanner.at += 1,
            Some(b'\n' | b'}') => {}
            _ => return scanner.expected("`,`, `}` or the end of the line"),
        }
    }
    above(Kind::Object(items), scanner.range_from(start), &[height])
}

/// Whether the word `for` comes next, as a word of its own.
fn is_for(scanner: &Scanner) -> bool {
    let follows = |byte: Option<u8>| byte.is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    if !scanner.starts("for") || !follows(scanner.peek_at(3)) {
        return false;
    }
    // `{ for = 1 }` is an object with a key of that name.
    let rest = scanner.text.get(scanner.at + 3..scanner.end).unwrap_or("");
    !rest.trim_start().starts_with(['=', ':', ','])
}

/// `v in` or `k, v in`.
pub(crate) fn for_names(scanner: &mut Scanner) -> Result<(Option<Arc<str>>, Arc<str>)> {
    let Some((first, _)) = scanner.name() else { return scanner.expected("a name") };
    scanner.space(true);
    let names = if scanner.take(",") {
        scanner.space(true);
        let Some((second, _)) = scanner.name() else { return scanner.expected("a name") };
        scanner.space(true);
        (Some(first), second)
    } else {
        (None, first)
    };
    match scanner.name() {
        Some((word, _)) if &*word == "in" => {}
        _ => return scanner.expected("`in`"),
    }
    scanner.space(true);
    Ok(names)
}

fn for_expression(scanner: &mut Scanner, start: usize, end: &str) -> Result<Expression> {
    scanner.at += 3;
    scanner.space(true);
    let (key_name, value_name) = for_names(scanner)?;
    let collection = expression(scanner, true)?;
    scanner.space(true);
    close(scanner, ":")?;
    scanner.space(true);
    let first = expression(scanner, true)?;
    scanner.space(true);
    let (key, value) = if end == "}" {
        close(scanner, "=>")?;
        scanner.space(true);
        (Some(first), expression(scanner, true)?)
    } else {
        (None, first)
    };
    scanner.space(true);
    let grouped = scanner.take("...");
    scanner.space(true);
    let condition = if scanner.starts("if") {
        scanner.at += 2;
        scanner.space(true);
        Some(expression(scanner, true)?)
    } else {
        None
    };
    scanner.space(true);
    close(scanner, end)?;
    let heights = [
        collection.height,
        key.as_ref().map_or(0, |key| key.height),
        value.height,
        condition.as_ref().map_or(0, |condition| condition.height),
    ];
    let made = For { key_name, value_name, collection, key, value, grouped, condition };
    above(Kind::For(Box::new(made)), scanner.range_from(start), &heights)
}
