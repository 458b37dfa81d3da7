//! Functions on texts.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use estate::truth::{Truth, Why};
use estate::value::{Kind, Part, Partial};
use regex::Regex;

use super::{Context, Function, Gives, Parameter};
use crate::glob;
use crate::value::V;

const TEXT: &[Parameter] = &[Parameter::Text];
const TEXT_TEXT: &[Parameter] = &[Parameter::Text, Parameter::Text];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::plain("startsWith", TEXT_TEXT, Gives::Bool, starts_with).method().on_partial(),
    Function::plain("endsWith", TEXT_TEXT, Gives::Bool, ends_with).method().on_partial(),
    Function::plain("contains", TEXT_TEXT, Gives::Bool, contains).method().on_partial(),
    Function::plain("glob", TEXT_TEXT, Gives::Bool, glob_match).method().on_partial(),
    Function::plain("matches", TEXT_TEXT, Gives::Bool, matches).method(),
    Function::plain("matches", TEXT_TEXT, Gives::Bool, matches),
    Function::plain("lower", TEXT, Gives::Text, lower).method().on_partial(),
    Function::plain("upper", TEXT, Gives::Text, upper).method().on_partial(),
    Function::plain("lowerAscii", TEXT, Gives::Text, lower_ascii).method(),
    Function::plain("upperAscii", TEXT, Gives::Text, upper_ascii).method(),
    Function::plain("trim", TEXT, Gives::Text, trim).method(),
    Function::plain("split", &[Parameter::Text, Parameter::Text, Parameter::Int], Gives::Texts, split)
        .method()
        .with_optional(1),
    Function::plain(
        "replace",
        &[Parameter::Text, Parameter::Text, Parameter::Text, Parameter::Int],
        Gives::Text,
        replace,
    )
    .method()
    .with_optional(1),
    Function::plain("join", &[Parameter::Texts, Parameter::Text], Gives::Text, join)
        .method()
        .with_optional(1),
    Function::plain("indexOf", &[Parameter::Text, Parameter::Text, Parameter::Int], Gives::Int, index_of)
        .method()
        .with_optional(1),
    Function::plain(
        "lastIndexOf",
        &[Parameter::Text, Parameter::Text, Parameter::Int],
        Gives::Int,
        last_index_of,
    )
    .method()
    .with_optional(1),
    Function::plain("substring", &[Parameter::Text, Parameter::Int, Parameter::Int], Gives::Text, substring)
        .method()
        .with_optional(1),
    Function::plain("charAt", &[Parameter::Text, Parameter::Int], Gives::Text, char_at).method(),
];

/// The reasons why a partly known text is not whole.
fn why(partial: &Partial) -> Why {
    let mut why = Why::default();
    partial.holes().for_each(|hole| why.add(&Why::of(hole)));
    why
}

fn starts_with<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match (&arguments[0], &arguments[1]) {
        (V::Text(text), V::Text(start)) => V::Bool(text.as_str().starts_with(start.as_str())),
        (V::Partial(partial), V::Text(start)) => {
            let (prefix, start) = (partial.prefix(), start.as_str());
            let truth = if prefix.starts_with(start) {
                Truth::True
            } else if start.starts_with(prefix) {
                Truth::Unknown(why(partial))
            } else {
                Truth::False
            };
            truth.into()
        }
        (V::Text(text), V::Partial(start)) => {
            let possible = text.as_str().starts_with(start.prefix());
            if possible { Truth::Unknown(why(start)).into() } else { V::Bool(false) }
        }
        (V::Partial(a), V::Partial(b)) => V::Unknown(why(a).and(&why(b)), Kind::Bool),
        _ => V::error("`startsWith` takes texts"),
    }
}

fn ends_with<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match (&arguments[0], &arguments[1]) {
        (V::Text(text), V::Text(end)) => V::Bool(text.as_str().ends_with(end.as_str())),
        (V::Partial(partial), V::Text(end)) => {
            let (suffix, end) = (partial.suffix(), end.as_str());
            let truth = if suffix.ends_with(end) {
                Truth::True
            } else if end.ends_with(suffix) {
                Truth::Unknown(why(partial))
            } else {
                Truth::False
            };
            truth.into()
        }
        (V::Text(text), V::Partial(end)) => {
            let possible = text.as_str().ends_with(end.suffix());
            if possible { Truth::Unknown(why(end)).into() } else { V::Bool(false) }
        }
        (V::Partial(a), V::Partial(b)) => V::Unknown(why(a).and(&why(b)), Kind::Bool),
        _ => V::error("`endsWith` takes texts"),
    }
}

fn contains<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match (&arguments[0], &arguments[1]) {
        (V::Text(text), V::Text(inner)) => V::Bool(text.as_str().contains(inner.as_str())),
        (V::Partial(partial), V::Text(inner)) => {
            let certain = partial.known().any(|piece| piece.contains(inner.as_str()));
            // What AWS assigns holds no wildcard.
            let is_wildcard = matches!(inner.as_str(), "*" | "?");
            if !certain && is_wildcard && partial.holes().all(|hole| hole.is_assigned()) {
                return V::Bool(false);
            }
            if certain { V::Bool(true) } else { Truth::Unknown(why(partial)).into() }
        }
        (V::Text(text), V::Partial(inner)) => {
            let possible = inner.known().all(|piece| text.as_str().contains(piece));
            if possible { Truth::Unknown(why(inner)).into() } else { V::Bool(false) }
        }
        (V::Partial(a), V::Partial(b)) => V::Unknown(why(a).and(&why(b)), Kind::Bool),
        _ => V::error("`contains` takes texts"),
    }
}

fn glob_match<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let V::Text(pattern) = &arguments[1] else { return V::error("the pattern of `glob` must be known") };
    match &arguments[0] {
        V::Text(text) => V::Bool(glob::matches(pattern.as_str(), text.as_str())),
        V::Partial(partial) => match glob::matches_partial(pattern.as_str(), partial) {
            Some(decided) => V::Bool(decided),
            None => Truth::Unknown(why(partial)).into(),
        },
        _ => V::error("`glob` takes a text"),
    }
}

/// RE2's syntax, as CEL asks for: the `regex` crate has the same, without backtracking.
fn matches<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let (Some(text), Some(pattern)) = (arguments[0].as_text(), arguments[1].as_text()) else {
        return V::error("`matches` takes texts");
    };
    match fits(pattern, text) {
        Some(answer) => V::Bool(answer),
        None => V::error(format!("`{pattern}` is no regular expression")),
    }
}

// Limit: bytes of a compiled regular expression; it stops a pattern such as `(a{1000}){1000}`.
const REGEX_BYTES_MAX: usize = 1 << 20;

// Limit: compiled patterns that are kept. Those made from values could be many.
const PATTERNS_MAX: usize = 1_000;

/// Whether a text fits a regular expression; `None` where that is none.
fn fits(pattern: &str, text: &str) -> Option<bool> {
    // A clone shares the program but not what a search works in, so each thread keeps one of its own for good.
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(regex) = known.get(pattern) {
            return regex.as_ref().map(|regex| regex.is_match(text));
        }
        let regex = compiled(pattern);
        let answer = regex.as_ref().map(|regex| regex.is_match(text));
        if known.len() < PATTERNS_MAX {
            known.insert(pattern.to_owned(), regex);
        }
        answer
    })
}

/// A compiled pattern. Compiling takes longer than most searches: it is done once for all threads.
fn compiled(pattern: &str) -> Option<Regex> {
    static KNOWN: Mutex<BTreeMap<String, Option<Regex>>> = Mutex::new(BTreeMap::new());
    // A panic elsewhere leaves whole entries behind.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known.get(pattern) {
        return regex.clone();
    }
    let regex = compile(pattern).ok();
    if known.len() < PATTERNS_MAX {
        known.insert(pattern.to_owned(), regex.clone());
    }
    regex
}

/// Compiles a pattern, so that a control with a wrong one is refused when it loads.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build()
}

fn map_parts<'a>(value: &V<'a>, change: fn(&str) -> String) -> V<'a> {
    match value {
        V::Text(text) => V::text(change(text.as_str())),
        V::Partial(partial) => V::Partial(Arc::new(Partial {
            parts: partial
                .parts
                .iter()
                .map(|part| match part {
                    Part::Known(text) => Part::Known(Arc::from(change(text))),
                    // Another value than before: it must not pass for the same.
                    Part::Hole(hole) => Part::Hole(changed(hole)),
                })
                .collect(),
        })),
        _ => V::error("expected a text"),
    }
}

fn changed(hole: &Arc<estate::value::Unknown>) -> Arc<estate::value::Unknown> {
    Arc::new(estate::value::Unknown { reason: hole.reason.of_part(), kind: hole.kind })
}

fn lower<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    map_parts(&arguments[0], str::to_lowercase)
}

fn upper<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    map_parts(&arguments[0], str::to_uppercase)
}

fn lower_ascii<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    map_parts(&arguments[0], str::to_ascii_lowercase)
}

fn upper_ascii<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    map_parts(&arguments[0], str::to_ascii_uppercase)
}

fn trim<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    arguments[0].as_text().map_or_else(|| V::error("`trim` takes a text"), |text| V::text(text.trim()))
}

fn split<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let (Some(text), Some(separator)) = (arguments[0].as_text(), arguments[1].as_text()) else {
        return V::error("`split` takes texts");
    };
    let limit = match arguments.get(2) {
        Some(V::Int(limit)) => *limit,
        Some(_) => return V::error("the limit of `split` is a whole number"),
        None => -1,
    };
    let pieces: Vec<String> = if limit == 0 {
        Vec::new()
    } else if separator.is_empty() {
        let mut pieces: Vec<String> = text.chars().map(String::from).collect();
        if limit > 0 && pieces.len() > limit as usize {
            let tail = pieces.split_off(limit as usize - 1).concat();
            pieces.push(tail);
        }
        pieces
    } else if limit > 0 {
        text.splitn(limit as usize, separator).map(str::to_owned).collect()
    } else {
        text.split(separator).map(str::to_owned).collect()
    };
    V::list(pieces.into_iter().map(V::text))
}

fn replace<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let (Some(text), Some(old), Some(new)) =
        (arguments[0].as_text(), arguments[1].as_text(), arguments[2].as_text())
    else {
        return V::error("`replace` takes texts");
    };
    match arguments.get(3) {
        Some(V::Int(count)) if *count >= 0 => V::text(text.replacen(old, new, *count as usize)),
        Some(value) if !matches!(value, V::Int(_)) => V::error("the limit of `replace` is a whole number"),
        _ => V::text(text.replace(old, new)),
    }
}

fn join<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let separator = arguments.get(1).and_then(V::as_text).unwrap_or_default();
    let Some(elements) = arguments[0].elements() else { return V::error("`join` takes a list") };
    let texts: Option<Vec<String>> = elements.map(|(item, _)| item.as_text().map(str::to_owned)).collect();
    texts.map_or_else(|| V::error("`join` takes a list of texts"), |texts| V::text(texts.join(separator)))
}

/// The characters of a text, for functions that count in characters.
fn characters(value: &V<'_>) -> Option<Vec<char>> {
    value.as_text().map(|text| text.chars().collect())
}

fn find(text: &[char], inner: &[char], from: usize, last: bool) -> i64 {
    let end = text.len().saturating_sub(inner.len());
    if inner.len() > text.len() {
        return -1;
    }
    let fits = |at: &usize| text[*at..].starts_with(inner);
    let found = if last { (0..=from.min(end)).rev().find(fits) } else { (from..=end).find(fits) };
    found.map_or(-1, |at| at as i64)
}

fn index_of<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let (Some(text), Some(inner)) = (characters(&arguments[0]), characters(&arguments[1])) else {
        return V::error("`indexOf` takes texts");
    };
    match arguments.get(2) {
        None => V::Int(find(&text, &inner, 0, false)),
        Some(V::Int(from)) if usize::try_from(*from).is_ok_and(|from| from <= text.len()) => {
            V::Int(find(&text, &inner, *from as usize, false))
        }
        Some(_) => V::error("an index outside the text"),
    }
}

fn last_index_of<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let (Some(text), Some(inner)) = (characters(&arguments[0]), characters(&arguments[1])) else {
        return V::error("`lastIndexOf` takes texts");
    };
    match arguments.get(2) {
        None => V::Int(find(&text, &inner, text.len(), true)),
        Some(V::Int(from)) if usize::try_from(*from).is_ok_and(|from| from <= text.len()) => {
            V::Int(find(&text, &inner, *from as usize, true))
        }
        Some(_) => V::error("an index outside the text"),
    }
}

fn substring<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let Some(text) = characters(&arguments[0]) else { return V::error("`substring` takes a text") };
    let bound = |value: Option<&V>, otherwise: usize| match value {
        None => Some(otherwise),
        Some(V::Int(i)) => usize::try_from(*i).ok().filter(|i| *i <= text.len()),
        Some(_) => None,
    };
    match (bound(arguments.get(1), 0), bound(arguments.get(2), text.len())) {
        (Some(start), Some(end)) if start <= end => V::text(text[start..end].iter().collect::<String>()),
        _ => V::error("an index outside the text"),
    }
}

fn char_at<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match (characters(&arguments[0]), &arguments[1]) {
        (Some(text), V::Int(at)) => match usize::try_from(*at) {
            Ok(at) if at < text.len() => V::text(text[at].to_string()),
            Ok(at) if at == text.len() => V::text(""),
            _ => V::error("an index outside the text"),
        },
        _ => V::error("`charAt` takes a text and an index"),
    }
}
