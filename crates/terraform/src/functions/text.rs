//! Texts, also those that are known in part.
//!
//! A hole of a text stands for any characters or none. What is made of it is another text than it, so that a result
//! has holes of its own: see [`changed`].

use std::sync::Arc;

use super::{ANY, Context, Function, TEXT_BYTES_MAX, absence, format, pattern};
use crate::eval::Result;
use crate::value::{Kind, Node, Part, Reason, Unknown, Value, as_string, join as joined, parts};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("chomp", (1, 1), Kind::Text, chomp).on_partial(),
    Function::of("endswith", (2, 2), Kind::Bool, ends_with).on_partial(),
    Function::of("format", (1, ANY), Kind::Text, format::format).on_partial().with_nulls(),
    Function::of("formatlist", (1, ANY), Kind::List, format::format_list).on_partial().with_nulls(),
    Function::of("indent", (2, 2), Kind::Text, indent).on_partial(),
    Function::of("join", (2, ANY), Kind::Text, join).on_partial(),
    Function::of("lower", (1, 1), Kind::Text, lower).on_partial(),
    Function::of("regex", (2, 2), Kind::Any, pattern::regex).on_partial(),
    Function::of("regexall", (2, 2), Kind::List, pattern::regex_all),
    Function::of("replace", (3, 3), Kind::Text, replace).on_partial(),
    Function::of("split", (2, 2), Kind::List, split).on_partial(),
    Function::of("startswith", (2, 2), Kind::Bool, starts_with).on_partial(),
    Function::of("strcontains", (2, 2), Kind::Bool, contains).on_partial(),
    Function::of("strrev", (1, 1), Kind::Text, reverse).on_partial(),
    Function::of("substr", (3, 3), Kind::Text, substr).on_partial(),
    Function::of("title", (1, 1), Kind::Text, title),
    Function::of("trim", (2, 2), Kind::Text, trim).on_partial(),
    Function::of("trimprefix", (2, 2), Kind::Text, trim_prefix).on_partial(),
    Function::of("trimspace", (1, 1), Kind::Text, trim_space).on_partial(),
    Function::of("trimsuffix", (2, 2), Kind::Text, trim_suffix).on_partial(),
    Function::of("upper", (1, 1), Kind::Text, upper).on_partial(),
];

/// The parts of a text argument.
pub(super) fn parts_of(context: &Context, node: &Node) -> Result<Vec<Part>> {
    parts(&node.value).ok_or_else(|| context.refuse(node, "a string"))
}

/// The hole that stands for what is made of another.
pub(super) fn changed(hole: &Arc<Unknown>) -> Part {
    Part::Hole(Arc::new(Unknown { reason: hole.reason.of_part(), kind: Kind::Text }))
}

fn known(text: impl Into<Arc<str>>) -> Part {
    Part::Known(text.into())
}

/// The known text at the start of parts, and whether it is all of them.
fn head(parts: &[Part]) -> (&str, bool) {
    match parts {
        [] => ("", true),
        [Part::Known(text)] => (text, true),
        [Part::Known(text), ..] => (text, false),
        [Part::Hole(_), ..] => ("", false),
    }
}

fn tail(parts: &[Part]) -> (&str, bool) {
    match parts {
        [] => ("", true),
        [Part::Known(text)] => (text, true),
        [.., Part::Known(text)] => (text, false),
        [.., Part::Hole(_)] => ("", false),
    }
}

/// A text made letter by letter, or piece by piece.
fn mapped(context: &Context, node: &Node, run: impl Fn(&str) -> String) -> Result<Value> {
    let parts = parts_of(context, node)?;
    Ok(joined(
        parts
            .iter()
            .map(|part| match part {
                Part::Known(text) => known(run(text)),
                Part::Hole(hole) => changed(hole),
            })
            .collect(),
    ))
}

fn lower(context: &Context, arguments: &[Node]) -> Result<Value> {
    // One letter for one, as Go does it.
    mapped(context, &arguments[0], |text| text.chars().map(|c| single(c, c.to_lowercase())).collect())
}

fn upper(context: &Context, arguments: &[Node]) -> Result<Value> {
    mapped(context, &arguments[0], |text| text.chars().map(|c| single(c, c.to_uppercase())).collect())
}

fn single(letter: char, mut cased: impl Iterator<Item = char>) -> char {
    match (cased.next(), cased.next()) {
        (Some(cased), None) => cased,
        _ => letter,
    }
}

fn title(context: &Context, arguments: &[Node]) -> Result<Value> {
    let text = context.text(&arguments[0])?;
    let mut before = ' ';
    let titled = text.chars().map(|letter| {
        let begins = if before.is_ascii() {
            !before.is_ascii_alphanumeric() && before != '_'
        } else {
            !before.is_alphanumeric() && before.is_whitespace()
        };
        before = letter;
        if begins { single(letter, letter.to_uppercase()) } else { letter }
    });
    Ok(Value::text(titled.collect::<String>()))
}

fn indent(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[..1]) {
        return Ok(unknown);
    }
    let count = context.int(&arguments[0])?;
    let count = usize::try_from(count).map_err(|_| context.fault("`indent` takes a number of spaces"))?;
    let parts = parts_of(context, &arguments[1])?;
    let lines: usize = parts
        .iter()
        .map(|part| if let Part::Known(text) = part { text.matches('\n').count() } else { 0 })
        .sum();
    if lines.saturating_mul(count) > TEXT_BYTES_MAX {
        return Err(context.too_long());
    }
    let spaced = format!("\n{}", if lines == 0 { String::new() } else { " ".repeat(count) });
    mapped(context, &arguments[1], |text| text.replace('\n', &spaced))
}

/// Cuts something off the end of a text. What is a hole there may end in it too.
fn cut_end(parts: &mut Vec<Part>, cut: impl Fn(&str) -> &str) {
    while let Some(last) = parts.pop() {
        match last {
            Part::Known(text) => {
                let kept = cut(&text);
                if !kept.is_empty() {
                    parts.push(if kept.len() == text.len() { Part::Known(text) } else { known(kept) });
                    return;
                }
            }
            Part::Hole(hole) => {
                parts.push(changed(&hole));
                return;
            }
        }
    }
}

fn cut_start(parts: &mut Vec<Part>, cut: impl Fn(&str) -> &str) {
    while !parts.is_empty() {
        match parts.remove(0) {
            Part::Known(text) => {
                let kept = cut(&text);
                if !kept.is_empty() {
                    parts.insert(0, if kept.len() == text.len() { Part::Known(text) } else { known(kept) });
                    return;
                }
            }
            Part::Hole(hole) => {
                parts.insert(0, changed(&hole));
                return;
            }
        }
    }
}

/// What has no space around it whatever it is: a name or id that AWS assigns, and the JSON text of a value.
fn is_tight(value: &Value) -> bool {
    match value {
        Value::Unknown(unknown) => unknown.kind == Kind::Text && unknown.is_assigned(),
        Value::Json(inner) => matches!(inner.value, Value::List(_) | Value::Map(_) | Value::Text(_)),
        _ => false,
    }
}

fn chomp(context: &Context, arguments: &[Node]) -> Result<Value> {
    if is_tight(&arguments[0].value) {
        return Ok(arguments[0].value.clone());
    }
    let mut parts = parts_of(context, &arguments[0])?;
    cut_end(&mut parts, |text| text.trim_end_matches(['\n', '\r']));
    Ok(joined(parts))
}

fn trim_space(context: &Context, arguments: &[Node]) -> Result<Value> {
    if is_tight(&arguments[0].value) {
        return Ok(arguments[0].value.clone());
    }
    let mut parts = parts_of(context, &arguments[0])?;
    cut_start(&mut parts, str::trim_start);
    cut_end(&mut parts, str::trim_end);
    Ok(joined(parts))
}

fn trim(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[1..]) {
        return Ok(unknown);
    }
    let letters = context.text(&arguments[1])?;
    let mut parts = parts_of(context, &arguments[0])?;
    cut_start(&mut parts, |text| text.trim_start_matches(|letter: char| letters.contains(letter)));
    cut_end(&mut parts, |text| text.trim_end_matches(|letter: char| letters.contains(letter)));
    Ok(joined(parts))
}

fn trim_prefix(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (mut parts, prefix) = (parts_of(context, &arguments[0])?, parts_of(context, &arguments[1])?);
    match starts(&parts, &prefix) {
        Some(false) => Ok(arguments[0].value.clone()),
        Some(true) => match prefix.as_slice() {
            [] => Ok(arguments[0].value.clone()),
            // It begins with the prefix for sure only where both are known that far.
            [Part::Known(prefix)] => {
                if let Some(Part::Known(text)) = parts.first_mut() {
                    *text = Arc::from(&text[prefix.len()..]);
                }
                Ok(joined(parts))
            }
            _ => open(context, arguments),
        },
        None => open(context, arguments),
    }
}

fn trim_suffix(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (mut parts, suffix) = (parts_of(context, &arguments[0])?, parts_of(context, &arguments[1])?);
    match ends(&parts, &suffix) {
        Some(false) => Ok(arguments[0].value.clone()),
        Some(true) => match suffix.as_slice() {
            [] => Ok(arguments[0].value.clone()),
            [Part::Known(suffix)] => {
                if let Some(Part::Known(text)) = parts.last_mut() {
                    *text = Arc::from(&text[..text.len() - suffix.len()]);
                }
                Ok(joined(parts))
            }
            _ => open(context, arguments),
        },
        None => open(context, arguments),
    }
}

fn open(context: &Context, arguments: &[Node]) -> Result<Value> {
    context.open(arguments).ok_or_else(|| context.fault(format!("`{}` takes strings", context.name)))
}

/// Whether a text begins with another; `None` where that hangs on what is not known.
fn starts(text: &[Part], prefix: &[Part]) -> Option<bool> {
    let ((text, text_whole), (prefix, prefix_whole)) = (head(text), head(prefix));
    if text.starts_with(prefix) {
        // The rest of the prefix, if there is one, is not known.
        return prefix_whole.then_some(true);
    }
    // As far as both are known, they agree.
    if !text_whole && prefix.starts_with(text) { None } else { Some(false) }
}

fn ends(text: &[Part], suffix: &[Part]) -> Option<bool> {
    let ((text, text_whole), (suffix, suffix_whole)) = (tail(text), tail(suffix));
    if text.ends_with(suffix) {
        return suffix_whole.then_some(true);
    }
    if !text_whole && suffix.ends_with(text) { None } else { Some(false) }
}

fn decided(context: &Context, arguments: &[Node], answer: Option<bool>) -> Result<Value> {
    match answer {
        Some(answer) => Ok(Value::Bool(answer)),
        None => open(context, arguments),
    }
}

fn starts_with(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (text, prefix) = (parts_of(context, &arguments[0])?, parts_of(context, &arguments[1])?);
    decided(context, arguments, starts(&text, &prefix))
}

fn ends_with(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (text, suffix) = (parts_of(context, &arguments[0])?, parts_of(context, &arguments[1])?);
    decided(context, arguments, ends(&text, &suffix))
}

fn contains(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (text, wanted) = (parts_of(context, &arguments[0])?, parts_of(context, &arguments[1])?);
    let (wanted, true) = head(&wanted) else { return open(context, arguments) };
    let found = text.iter().any(|part| matches!(part, Part::Known(text) if text.contains(wanted)));
    let is_whole = head(&text).1;
    decided(
        context,
        arguments,
        if found || wanted.is_empty() { Some(true) } else { is_whole.then_some(false) },
    )
}

/// Whether what stands for the hole is of letters, digits and hyphens only: an account, a region, a partition.
fn is_plain(hole: &Unknown) -> bool {
    hole.kind == Kind::Text
        && matches!(&hole.reason, Reason::Pseudo(name) if matches!(&**name, "AWS::AccountId" | "AWS::Region" | "AWS::Partition"))
}

/// <https://developer.hashicorp.com/terraform/language/functions/split>
fn split(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (separator, text) = (parts_of(context, &arguments[0])?, parts_of(context, &arguments[1])?);
    let (separator, true) = head(&separator) else { return open(context, arguments) };
    if separator.is_empty() {
        let (text, true) = head(&text) else { return open(context, arguments) };
        let letters =
            text.chars().map(|letter| Node::new(Value::text(letter.to_string()), arguments[1].span));
        return Ok(Value::list(letters.collect()));
    }
    let holds = |hole: &Unknown| {
        !is_plain(hole) || separator.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let mut pieces: Vec<Piece> = vec![Piece::default()];
    for part in &text {
        match part {
            Part::Known(text) => {
                for (at, piece) in text.split(separator).enumerate() {
                    if at > 0 {
                        pieces.push(Piece::default());
                    }
                    if let Some(last) = pieces.last_mut() {
                        last.parts.push(known(piece));
                    }
                }
            }
            Part::Hole(hole) => {
                if let Some(last) = pieces.last_mut() {
                    last.parts.push(Part::Hole(hole.clone()));
                    last.open = last.open.take().or_else(|| holds(hole).then(|| hole.clone()));
                }
            }
        }
    }
    // A separator may also lie across the edge of a hole; then the piece beside it is not one.
    let rest = pieces.iter().find_map(|piece| piece.open.clone());
    let straddles = rest.is_some() && separator.len() > 1;
    if straddles {
        return open(context, arguments);
    }
    let sure = pieces.into_iter().filter(|piece| piece.open.is_none());
    let items = sure.map(|piece| Node::new(joined(piece.parts), arguments[1].span)).collect();
    let rest = rest.map(|hole| Arc::new(Unknown { reason: hole.reason.of_part(), kind: Kind::Any }));
    Ok(Value::open_list(items, false, rest))
}

/// A piece between two separators, and the hole in it that may hold further ones.
#[derive(Default)]
struct Piece {
    parts: Vec<Part>,
    open: Option<Arc<Unknown>>,
}

/// <https://developer.hashicorp.com/terraform/language/functions/join>
fn join(context: &Context, arguments: &[Node]) -> Result<Value> {
    let separator = parts_of(context, &arguments[0])?;
    let mut made = Joined { separator, parts: Vec::new(), last: Last::Start, bytes: 0 };
    for argument in &arguments[1..] {
        let list = match &argument.value {
            Value::List(list) => list,
            Value::Unknown(unknown) => {
                made.perhaps(unknown);
                continue;
            }
            _ => return Err(context.refuse(argument, "lists")),
        };
        let order = (list.set && list.items.len() > 1).then(|| argument.value.first_unknown()).flatten();
        if let Some(rest) = list.rest.clone().or(order) {
            // Nobody knows between which elements there are more.
            made.perhaps(&rest);
            continue;
        }
        for item in &list.items {
            match absence(item) {
                Some(why) => made.perhaps(&why),
                None => {
                    made.item(parts(&item.value).ok_or_else(|| context.refuse(item, "lists of strings"))?);
                }
            }
            if made.bytes > TEXT_BYTES_MAX {
                return Err(context.too_long());
            }
        }
    }
    Ok(joined(made.parts))
}

enum Last {
    Start,
    Sure,
    /// A hole that stands for elements which may be there, with the separators around them.
    Perhaps,
}

struct Joined {
    separator: Vec<Part>,
    parts: Vec<Part>,
    last: Last,
    bytes: usize,
}

impl Joined {
    fn item(&mut self, item: Vec<Part>) {
        if matches!(self.last, Last::Sure) {
            self.bytes += bytes(&self.separator);
            self.parts.extend(self.separator.iter().cloned());
        }
        self.bytes += bytes(&item);
        self.parts.extend(item);
        self.last = Last::Sure;
    }

    fn perhaps(&mut self, why: &Arc<Unknown>) {
        if !matches!(self.last, Last::Perhaps) {
            self.parts.push(changed(why));
        }
        self.last = Last::Perhaps;
    }
}

fn bytes(parts: &[Part]) -> usize {
    parts.iter().map(|part| if let Part::Known(text) = part { text.len() } else { 0 }).sum()
}

/// <https://developer.hashicorp.com/terraform/language/functions/replace>
fn replace(context: &Context, arguments: &[Node]) -> Result<Value> {
    let Some(Value::Text(wanted)) = as_string(&arguments[1].value) else {
        return context.open_or_refuse(&arguments[1], "a string");
    };
    let text = parts_of(context, &arguments[0])?;
    let by = parts_of(context, &arguments[2])?;
    // Between slashes stands a regular expression.
    let expression = wanted.strip_prefix('/').and_then(|inner| inner.strip_suffix('/'));
    if expression.is_some() || wanted.is_empty() {
        let ((text, true), (by, true)) = (head(&text), head(&by)) else { return open(context, arguments) };
        return match expression {
            Some(expression) => pattern::replace(context, text, expression, by),
            None if text.len().saturating_add(1).saturating_mul(by.len() + 4) > TEXT_BYTES_MAX => {
                Err(context.too_long())
            }
            None => Ok(Value::text(text.replace(&*wanted, by))),
        };
    }
    if straddles(&text, &wanted) {
        return open(context, arguments);
    }
    let mut out = Vec::new();
    let mut length = 0usize;
    for part in &text {
        match part {
            Part::Hole(hole) => out.push(changed(hole)),
            Part::Known(text) => {
                for (at, piece) in text.split(&*wanted).enumerate() {
                    if at > 0 {
                        length += bytes(&by);
                        out.extend(by.iter().cloned());
                    }
                    length += piece.len();
                    out.push(known(piece));
                    if length > TEXT_BYTES_MAX {
                        return Err(context.too_long());
                    }
                }
            }
        }
    }
    Ok(joined(out))
}

/// Whether the wanted text may lie across the edge of a hole.
fn straddles(text: &[Part], wanted: &str) -> bool {
    if head(text).1 || wanted.chars().count() < 2 {
        return false;
    }
    let cuts: Vec<usize> = wanted.char_indices().map(|(at, _)| at).skip(1).collect();
    text.iter().any(|part| {
        let Part::Known(text) = part else { return false };
        (text.len() < wanted.len() && wanted.contains(&**text))
            || cuts.iter().any(|at| text.ends_with(&wanted[..*at]) || text.starts_with(&wanted[*at..]))
    })
}

fn reverse(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut parts = parts_of(context, &arguments[0])?;
    parts.reverse();
    let parts = parts.iter().map(|part| match part {
        Part::Known(text) => known(letters(text).into_iter().rev().collect::<String>()),
        Part::Hole(hole) => changed(hole),
    });
    Ok(joined(parts.collect()))
}

/// <https://developer.hashicorp.com/terraform/language/functions/substr>
fn substr(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[1..]) {
        return Ok(unknown);
    }
    let parts = parts_of(context, &arguments[0])?;
    let (offset, length) = (context.int(&arguments[1])?, context.int(&arguments[2])?);
    let length = usize::try_from(length).ok();
    let (text, is_whole) = head(&parts);
    let known_letters = letters(text);
    if is_whole {
        let count = known_letters.len();
        let start = match usize::try_from(offset) {
            Ok(offset) => offset.min(count),
            // From the end.
            Err(_) => count.saturating_sub(usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX)),
        };
        let end = length.map_or(count, |length| start.saturating_add(length).min(count));
        return Ok(Value::text(known_letters[start..end].concat()));
    }
    let start = match usize::try_from(offset) {
        Ok(start) if start <= known_letters.len() => start,
        _ => return open(context, arguments),
    };
    match length {
        None => {
            let mut out = vec![known(known_letters[start..].concat())];
            out.extend(parts.iter().skip(usize::from(!text.is_empty())).cloned());
            Ok(joined(out))
        }
        // The last known letter may be joined by a mark in the hole.
        Some(length) if start.saturating_add(length) < known_letters.len() => {
            Ok(Value::text(known_letters[start..start + length].concat()))
        }
        Some(_) => {
            let hole = parts
                .iter()
                .find_map(|part| if let Part::Hole(hole) = part { Some(changed(hole)) } else { None });
            let kept = known_letters[start..].split_last().map_or(String::new(), |(_, kept)| kept.concat());
            Ok(joined([known(kept)].into_iter().chain(hole).collect()))
        }
    }
}

/// The characters as a reader counts them: a letter with the marks on it is one.
///
/// These are the common cases of <https://unicode.org/reports/tr29/>, not all of them.
pub(super) fn letters(text: &str) -> Vec<&str> {
    let mut found = Vec::with_capacity(text.len());
    let mut start = 0;
    let mut before: Option<char> = None;
    let mut flags = 0usize;
    for (at, letter) in text.char_indices() {
        let is_flag = ('\u{1F1E6}'..='\u{1F1FF}').contains(&letter);
        let continues = match before {
            None => true,
            Some('\r') => letter == '\n',
            Some('\u{200D}') => !letter.is_ascii(),
            Some(before) => (is_mark(letter) && !before.is_control()) || (is_flag && flags % 2 == 1),
        };
        if !continues {
            found.push(&text[start..at]);
            start = at;
        }
        flags = if is_flag { flags + 1 } else { 0 };
        before = Some(letter);
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}

/// Whether a character belongs to the one before it.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36F}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5BD}'
            | '\u{610}'..='\u{61A}'
            | '\u{64B}'..='\u{65F}'
            | '\u{93A}'..='\u{93C}'
            | '\u{93E}'..='\u{94F}'
            | '\u{E31}'
            | '\u{E34}'..='\u{E3A}'
            | '\u{E47}'..='\u{E4E}'
            | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}'
            | '\u{200C}'..='\u{200D}'
            | '\u{20D0}'..='\u{20FF}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FE20}'..='\u{FE2F}'
            | '\u{1F3FB}'..='\u{1F3FF}'
            | '\u{E0020}'..='\u{E007F}'
            | '\u{E0100}'..='\u{E01EF}'
    )
}
