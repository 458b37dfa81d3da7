//! The arguments of the provider's types, read from the list that `cargo xtask provider` writes.

use std::collections::BTreeMap;

/// What an argument of the provider takes.
#[derive(Debug, PartialEq)]
pub(crate) enum Argument {
    Text,
    Number,
    Bool,
    /// What it takes is not said.
    Any,
    /// It is told, and cannot be written.
    Exported,
    List(Box<Argument>),
    Map(Box<Argument>),
    Block(Arguments),
}

/// The arguments of a block by their names.
pub(crate) type Arguments = BTreeMap<String, Argument>;

/// The provider's types, each as a block.
pub(crate) fn provider() -> BTreeMap<&'static str, Argument> {
    let files = [include_str!("../provider.txt"), include_str!("../provider-other.txt")];
    let lines = files.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (type_name, rest) = line.split_once(": ").expect("a line is a type and its arguments");
            let (arguments, rest) = arguments(rest);
            assert!(rest.is_empty(), "{type_name}: a brace too many before `{rest}`");
            (type_name, Argument::Block(arguments))
        })
        .collect()
}

/// Reads arguments up to the brace that ends their block, or the end; gives what is behind it.
pub(crate) fn arguments(mut text: &str) -> (Arguments, &str) {
    let mut found = Arguments::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return (found, text);
        }
        if let Some(rest) = text.strip_prefix('}') {
            return (found, rest);
        }
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        assert!(!name.is_empty(), "a name is expected at `{text}`");
        let (argument, rest) = if let Some(rest) = rest.strip_prefix('{') {
            let (inner, rest) = arguments(rest);
            (Argument::Block(inner), rest)
        } else if let Some(rest) = rest.strip_prefix('=') {
            let end = rest.find([' ', '}']).unwrap_or(rest.len());
            let (word, rest) = rest.split_at(end);
            (kind(word), rest)
        } else {
            (Argument::Text, rest)
        };
        found.insert(name.to_owned(), argument);
        text = rest;
    }
}

fn kind(word: &str) -> Argument {
    let (outer, inner) = word.split_once('(').unwrap_or((word, "text"));
    match outer {
        "text" => Argument::Text,
        "number" => Argument::Number,
        "bool" => Argument::Bool,
        "any" => Argument::Any,
        "exported" => Argument::Exported,
        "list" | "set" => Argument::List(Box::new(kind(inner.trim_end_matches(')')))),
        "map" => Argument::Map(Box::new(kind(inner.trim_end_matches(')')))),
        _ => panic!("no kind `{word}` is known"),
    }
}
