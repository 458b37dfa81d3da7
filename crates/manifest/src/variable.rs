//! Variables, and the expressions in their values that are decided at run time.

use std::ops::Range;
use std::sync::Arc;

use document::{Kind as TreeKind, Tree};
use estate::value::{Kind, Node, Part, Partial, Reason, Span, Unknown, Value};

use crate::body::{Body, Elements, join};
use crate::file::damaged;

/// How a file writes an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// Not at all.
    Plain,
    /// `${{ secrets.KEY }}`
    GitHub,
    /// `<+secrets.getValue("key")>`
    Harness,
    /// `$KEY`, `${KEY}`, `${KEY:-default}`; `$$` is a dollar.
    Shell,
    /// `$(KEY)`; `$$` is a dollar.
    Kubernetes,
}

// Beginnings of values that tools replace by a secret from a store: Bank-Vaults, vals and Helm secrets, 1Password,
// and CloudFormation's dynamic references.
const STORES: [&str; 5] = ["vault:", "ref+", "op://", "secretref+", "{{resolve:"];

// Limit: bytes of one expression in brackets. Without it, a text of nothing but opening brackets would be searched
// from each of them to its end.
const EXPRESSION_BYTES_MAX: usize = 4_096;

/// An expression in a text: where it stands, and its words.
pub(crate) type Expression = (Range<usize>, Arc<str>);

/// The expressions of a text, in order.
pub(crate) fn expressions(text: &str, notation: Notation) -> Vec<Expression> {
    if notation != Notation::Plain && STORES.iter().any(|store| text.starts_with(store)) {
        return vec![(0..text.len(), Arc::from(text))];
    }
    match notation {
        Notation::Plain => Vec::new(),
        Notation::GitHub => github(text),
        Notation::Harness => harness(text),
        Notation::Shell => dollar(text, shell),
        Notation::Kubernetes => dollar(text, |rest| bracketed(rest, b'(', ')')),
    }
}

fn github(text: &str) -> Vec<Expression> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${{").map(|start| at + start) {
        let Some(length) = text[start..].find("}}") else { break };
        let end = start + length + 2;
        found.push((start..end, Arc::from(text[start + 3..end - 2].trim())));
        at = end;
    }
    found
}

/// Harness's expressions may stand within each other.
fn harness(text: &str) -> Vec<Expression> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'<' && bytes.get(at + 1) == Some(&b'+') {
            if depth == 0 {
                start = at;
            }
            depth += 1;
        } else if *byte == b'>' && depth > 0 {
            depth -= 1;
            if depth == 0 {
                found.push((start..at + 1, Arc::from(text[start + 2..at].trim())));
            }
        }
    }
    found
}

/// What begins with a dollar; `length` says how long the expression behind it is, and its words.
fn dollar(text: &str, length: impl Fn(&str) -> Option<(usize, Arc<str>)>) -> Vec<Expression> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('$').map(|start| at + start) {
        let rest = &text[start + 1..];
        if rest.starts_with('$') {
            at = start + 2;
        } else if let Some((length, words)) = length(rest) {
            at = start + 1 + length;
            found.push((start..at, words));
        } else {
            at = start + 1;
        }
    }
    found
}

fn shell(rest: &str) -> Option<(usize, Arc<str>)> {
    if rest.starts_with('{') {
        return bracketed(rest, b'{', '}');
    }
    let is_first = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    rest.as_bytes().first().filter(|byte| is_first(byte))?;
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    Some((length, Arc::from(&rest[..length])))
}

fn bracketed(rest: &str, open: u8, close: char) -> Option<(usize, Arc<str>)> {
    rest.as_bytes().first().filter(|byte| **byte == open)?;
    let end = rest.bytes().take(EXPRESSION_BYTES_MAX).position(|byte| char::from(byte) == close)?;
    let words = &rest[1..end];
    (!words.is_empty()).then(|| (end + 1, Arc::from(words)))
}

/// A value that is decided at run time.
pub(crate) fn at_run_time(words: &str) -> Arc<Unknown> {
    Arc::new(Unknown { reason: Reason::Data(Arc::from(words)), kind: Kind::Text })
}

/// The value of a text: what its expressions give is unknown.
pub(crate) fn value_of(text: &Arc<str>, notation: Notation) -> Value {
    let holes = expressions(text, notation);
    if holes.is_empty() {
        return Value::Text(text.clone());
    }
    let mut parts = Vec::new();
    let mut at = 0;
    for (range, words) in holes {
        if range.start > at {
            parts.push(Part::Known(Arc::from(&text[at..range.start])));
        }
        parts.push(Part::Hole(at_run_time(&words)));
        at = range.end;
    }
    if at < text.len() {
        parts.push(Part::Known(Arc::from(&text[at..])));
    }
    Partial::join(parts)
}

/// The names of the secrets that the expressions of a text read.
pub(crate) fn secrets(text: &str, notation: Notation) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = Vec::new();
    for (_, words) in expressions(text, notation) {
        let mut rest = &*words;
        while let Some(at) = rest.find("secrets") {
            let before = rest[..at].chars().next_back();
            rest = &rest[at + "secrets".len()..];
            let is_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
            let name = if is_word { None } else { secret_name(rest) };
            if let Some(name) = name.filter(|name| !found.iter().any(|known| &**known == *name)) {
                found.push(Arc::from(name));
            }
        }
    }
    found
}

/// The name behind `secrets`: `.NAME`, `['NAME']` or `.getValue("name")`.
fn secret_name(rest: &str) -> Option<&str> {
    let quoted = |text: &'static str, rest: &'_ str| -> Option<usize> {
        rest.strip_prefix(text).filter(|rest| rest.starts_with(['"', '\''])).map(|_| text.len() + 1)
    };
    if let Some(start) = quoted("[", rest).or_else(|| quoted(".getValue(", rest)) {
        let name = &rest[start..];
        return name.find(['"', '\'']).map(|end| &name[..end]);
    }
    let name = rest.strip_prefix('.')?;
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

/// A variable: its name, and the value that is written for it, if one is.
pub(crate) fn variable(name: &Arc<str>, at: Span, value: Option<&Tree>, notation: Notation) -> Body {
    let mut body = Body::default();
    body.put("Name", Some(Node { value: Value::Text(name.clone()), span: at }));
    match value.map(|tree| (tree, &tree.kind, tree.tag.as_deref())) {
        Some((tree, TreeKind::Scalar(_), Some(tag))) => {
            let value = Value::Unknown(at_run_time(&format!("!{tag}")));
            body.put("Value", Some(Node { value, span: tree.span }));
            body.flag("Literal", false, tree.span);
        }
        Some((tree, TreeKind::Scalar(scalar), None)) if scalar.value() != Value::Null => {
            written(&mut body, &scalar.text, tree.span, notation);
        }
        Some((tree, TreeKind::Damaged, _)) => {
            let unknown = Node { value: Value::Unknown(damaged("this part of the file")), span: tree.span };
            for key in ["Value", "Written", "Literal"] {
                body.put(key, Some(unknown.clone()));
            }
        }
        _ => body.flag("Literal", false, at),
    }
    body
}

/// What is written for a variable.
pub(crate) fn written(body: &mut Body, text: &Arc<str>, span: Span, notation: Notation) {
    let value = value_of(text, notation);
    body.flag("Literal", matches!(value, Value::Text(_)), span);
    body.put("Value", Some(Node { value, span }));
    body.put("Written", Some(Node { value: Value::Text(text.clone()), span }));
    let mut names = Elements::default();
    for name in secrets(text, notation) {
        names.push(Node { value: Value::Text(name), span });
    }
    if matches!(notation, Notation::GitHub | Notation::Harness) {
        body.list("Secrets", names, span);
    }
}

/// The variables of a map from names to values.
pub(crate) fn of_map(tree: &Tree, notation: Notation, mut give: impl FnMut(Node)) {
    for entry in tree.entries() {
        let body = variable(&entry.key, entry.key_span, Some(&entry.value), notation);
        give(body.node(join(entry.key_span, entry.value.span)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, notation: Notation) -> Vec<String> {
        expressions(text, notation).iter().map(|(range, words)| format!("{}={words}", range.start)).collect()
    }

    #[test]
    fn each_notation_has_its_own_expressions() {
        assert_eq!(words("a ${{ secrets.A }} ${{b}}", Notation::GitHub), ["2=secrets.A", "19=b"]);
        assert_eq!(words("${A} $(B)", Notation::GitHub), Vec::<String>::new());
        assert_eq!(words("<+a.<+b>.c> < +d>", Notation::Harness), ["0=a.<+b>.c"]);
        assert_eq!(words("$A/${B:-c}/$$D/$", Notation::Shell), ["0=A", "3=B:-c"]);
        assert_eq!(words("$(A) ${B} $$(C)", Notation::Kubernetes), ["0=A"]);
        assert_eq!(words("vault:secret/data/a#B", Notation::Kubernetes), ["0=vault:secret/data/a#B"]);
        for cut in ["${{ a", "<+a", "${", "$(", "$"] {
            for notation in [Notation::GitHub, Notation::Harness, Notation::Shell, Notation::Kubernetes] {
                assert_eq!(words(cut, notation), Vec::<String>::new(), "{cut}");
            }
        }
    }

    #[test]
    fn the_secrets_that_expressions_read_are_named() {
        let names = |text: &str, notation| -> Vec<String> {
            secrets(text, notation).iter().map(ToString::to_string).collect()
        };
        assert_eq!(names("${{ secrets.A || secrets['B'] }}", Notation::GitHub), ["A", "B"]);
        assert_eq!(names("secrets.A ${{ inputs.my_secrets.b }}", Notation::GitHub), Vec::<String>::new());
        assert_eq!(names(r#"<+secrets.getValue("account.key")>"#, Notation::Harness), ["account.key"]);
    }

    #[test]
    fn a_text_with_expressions_keeps_what_is_known() {
        let value = value_of(&Arc::from("a-${{ x }}"), Notation::GitHub);
        let Value::Partial(partial) = value else { panic!("it has a hole") };
        assert_eq!(partial.prefix(), "a-");
        assert!(matches!(value_of(&Arc::from("${{ x }}"), Notation::GitHub), Value::Unknown(_)));
    }
}
