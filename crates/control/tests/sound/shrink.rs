//! Makes a failing case smaller while it still fails.

use control::cel::{self, Expr};

/// The smallest expression found that still fails: parts are left out and put in place of the whole.
pub(crate) fn text(text: &str, fails: &mut dyn FnMut(&str) -> bool) -> String {
    let mut best = text.to_owned();
    while let Some(smaller) = candidates(&best).into_iter().find(|candidate| fails(candidate)) {
        best = smaller;
    }
    best
}

/// The shortest list found that still fails, by leaving out one thing at a time.
pub(crate) fn list<T: Clone>(things: &[T], fails: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut best = things.to_vec();
    let mut at = 0;
    while at < best.len() {
        let mut fewer = best.clone();
        fewer.remove(at);
        if fails(&fewer) {
            best = fewer;
        } else {
            at += 1;
        }
    }
    best
}

/// Shorter texts, the shortest first: with an expression in it replaced by one of its parts or by a literal.
fn candidates(text: &str) -> Vec<String> {
    let Ok(expr) = cel::parse(text) else { return Vec::new() };
    let mut found = Vec::new();
    collect(&expr, text, &mut found);
    found.retain(|candidate| candidate.len() < text.len());
    found.sort_by_key(String::len);
    found.dedup();
    found
}

fn collect(expr: &Expr, text: &str, found: &mut Vec<String>) {
    let mut replace = |by: &str| {
        let (before, after) = (&text[..expr.span.start], &text[expr.span.end..]);
        found.push(format!("{before}{by}{after}"));
    };
    for literal in ["true", "false", "null", "0", "1", "''", "'a'", "[]", "{}", "Name", "Free"] {
        replace(literal);
    }
    for child in children(expr) {
        let part = &text[child.span.clone()];
        let is_plain = part.starts_with('(') || part.chars().all(char::is_alphanumeric);
        if is_plain {
            replace(part);
        } else {
            replace(&format!("({part})"));
        }
    }
    for child in children(expr) {
        collect(child, text, found);
    }
}

fn children(expr: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    expr.children(&mut |child| found.push(child));
    found
}
