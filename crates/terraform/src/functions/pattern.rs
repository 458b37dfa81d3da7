//! Regular expressions: Go's RE2 syntax, as the regex crate writes it.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/regex>

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use regex::{Captures, Regex, RegexBuilder};

use super::{Context, ELEMENTS_MAX};
use crate::eval::Result;
use crate::value::{Kind, Node, Reason, Value};

// Limit: bytes of a compiled expression. Those that people write take a tenth of it.
const SIZE_MAX: usize = 1 << 20;

// Limit: expressions that a thread keeps compiled.
const KEPT_MAX: usize = 200;

thread_local! {
    static COMPILED: RefCell<HashMap<Box<str>, Rc<Regex>>> = RefCell::default();
}

/// The compiled expression; one that cannot be read here is an unknown value, since Terraform may read it.
fn compiled(context: &Context, pattern: &str) -> Result<std::result::Result<Rc<Regex>, Value>> {
    if let Some(known) = COMPILED.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(Ok(known));
    }
    match RegexBuilder::new(&translated(pattern)).size_limit(SIZE_MAX).dfa_size_limit(SIZE_MAX).build() {
        Ok(regex) => {
            let regex = Rc::new(regex);
            COMPILED.with_borrow_mut(|kept| {
                if kept.len() >= KEPT_MAX {
                    kept.clear();
                }
                kept.insert(Box::from(pattern), regex.clone());
            });
            Ok(Ok(regex))
        }
        Err(regex::Error::CompiledTooBig(_)) => {
            Err(context.fault(format!("the regular expression `{pattern}` is too large")))
        }
        Err(_) => {
            let why = format!("the regular expression `{pattern}` cannot be read");
            Ok(Err(Value::unknown(Reason::Failed(Arc::from(why)), context.gives)))
        }
    }
}

/// Go's syntax in that of the regex crate: classes such as `\d` are of ASCII only, and a bracket in a class, or a
/// brace that repeats nothing, stands for itself.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut letters = pattern.char_indices().peekable();
    let mut in_class = false;
    while let Some((at, letter)) = letters.next() {
        let after = &pattern[at + letter.len_utf8()..];
        match letter {
            '\\' => {
                let Some((at, escaped)) = letters.next() else {
                    out.push('\\');
                    break;
                };
                if escaped == 'Q' && !in_class {
                    let quoted = &pattern[at + 1..];
                    let (quoted, skipped) = match quoted.split_once("\\E") {
                        Some((quoted, _)) => (quoted, quoted.chars().count() + 2),
                        None => (quoted, quoted.chars().count()),
                    };
                    out.push_str(&regex::escape(quoted));
                    for _ in 0..skipped {
                        letters.next();
                    }
                } else {
                    push_escape(&mut out, escaped, in_class);
                }
            }
            '[' if in_class && !after.starts_with(':') => out.push_str("\\["),
            '[' if in_class => {
                // A class of its own name, such as `[:alpha:]`, goes up to its end.
                out.push('[');
                let length = after.find(":]").map_or(0, |end| after[..end + 2].chars().count());
                for _ in 0..length {
                    out.extend(letters.next().map(|(_, letter)| letter));
                }
            }
            '[' => {
                in_class = true;
                out.push('[');
                if letters.next_if(|(_, next)| *next == '^').is_some() {
                    out.push('^');
                }
                // A bracket that comes first closes nothing.
                if letters.next_if(|(_, next)| *next == ']').is_some() {
                    out.push_str("\\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(letter);
            }
            '-' if in_class && after.starts_with('-') => out.push_str("\\-"),
            '{' if !in_class && !is_repetition(after) => out.push_str("\\{"),
            _ => out.push(letter),
        }
    }
    out
}

fn push_escape(out: &mut String, escaped: char, in_class: bool) {
    let inner = match escaped {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\f\\r ",
        'b' | 'B' if !in_class => {
            out.push_str(if escaped == 'b' { "(?-u:\\b)" } else { "(?-u:\\B)" });
            return;
        }
        '<' | '>' => {
            out.push(escaped);
            return;
        }
        _ => {
            out.push('\\');
            out.push(escaped);
            return;
        }
    };
    if escaped.is_ascii_uppercase() {
        out.push_str(&format!("[^{inner}]"));
    } else if in_class {
        out.push_str(inner);
    } else {
        out.push_str(&format!("[{inner}]"));
    }
}

/// Whether what stands behind a brace is a count: `3}`, `3,}` or `3,5}`.
fn is_repetition(after: &str) -> bool {
    let Some((inner, _)) = after.split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

/// What an expression gives: the text, a list of its groups, or a map of its named ones.
fn matched(regex: &Regex, found: &Captures, context: &Context) -> Value {
    let group = |at: usize| {
        let value = found.get(at).map_or(Value::Null, |group| Value::text(group.as_str()));
        Node::new(value, context.span)
    };
    if regex.captures_len() == 1 {
        return group(0).value;
    }
    if regex.capture_names().flatten().next().is_some() {
        let named =
            regex.capture_names().enumerate().filter_map(|(at, name)| Some((Arc::from(name?), group(at))));
        return Value::map(named.collect::<Vec<_>>());
    }
    Value::list((1..regex.captures_len()).map(group).collect())
}

/// What is known of the type of what an expression gives.
fn kind_of(regex: &Regex) -> Kind {
    if regex.captures_len() == 1 {
        Kind::Text
    } else if regex.capture_names().flatten().next().is_some() {
        Kind::Map
    } else {
        Kind::List
    }
}

pub(super) fn regex(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[..1]) {
        return Ok(unknown);
    }
    let pattern = context.text(&arguments[0])?;
    let regex = match compiled(context, &pattern)? {
        Ok(regex) => regex,
        Err(unknown) => return Ok(unknown),
    };
    if let Some(unknown) = arguments[1].value.made_of(kind_of(&regex)) {
        return Ok(Value::Unknown(unknown));
    }
    let text = context.text(&arguments[1])?;
    match regex.captures(&text) {
        Some(found) => Ok(matched(&regex, &found, context)),
        None => Err(context.fault(format!("the regular expression `{pattern}` does not match"))),
    }
}

pub(super) fn regex_all(context: &Context, arguments: &[Node]) -> Result<Value> {
    let pattern = context.text(&arguments[0])?;
    let text = context.text(&arguments[1])?;
    let regex = match compiled(context, &pattern)? {
        Ok(regex) => regex,
        Err(unknown) => return Ok(unknown),
    };
    let mut all = Vec::new();
    for found in regex.captures_iter(&text) {
        if all.len() >= ELEMENTS_MAX {
            return Err(context.too_long());
        }
        all.push(Node::new(matched(&regex, &found, context), context.span));
    }
    Ok(Value::list(all))
}

/// `replace` with an expression: `$1` and `${name}` in what is put in stand for groups.
pub(super) fn replace(context: &Context, text: &str, pattern: &str, by: &str) -> Result<Value> {
    let regex = match compiled(context, pattern)? {
        Ok(regex) => regex,
        Err(unknown) => return Ok(unknown),
    };
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for found in regex.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        found.expand(by, &mut out);
        end = whole.end();
        if out.len() > super::TEXT_BYTES_MAX {
            return Err(context.too_long());
        }
    }
    out.push_str(&text[end..]);
    Ok(Value::text(out))
}
