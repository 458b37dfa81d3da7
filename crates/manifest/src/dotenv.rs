//! Files of variables, one a line, as Docker, Compose and many libraries read them.
//!
//! <https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax>

use std::sync::Arc;

use document::Comment;
use estate::value::{Node, Span};

use crate::body::{Body, Elements};
use crate::file::{ELEMENTS_MAX, File, Place, THIS};
use crate::variable::{Notation, variable, written};

/// Reads the file.
pub(crate) fn read(file: &mut File, text: &str) {
    file.is_known = true;
    file.comments = comments(text);
    let path = file.input.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = path.unwrap_or_default();
    let lines = text.lines().count().max(1);
    let top = Span::new(THIS, (1, 1), (1, 1));
    let mut body = Body::default();
    body.word("Name", &name, top);
    body.flag("Example", is_example(&name), top);
    let mut elements = Elements::default();
    for node in variables(text, None) {
        elements.push(node);
    }
    let whole = Span::new(THIS, (1, 1), (lines, 1));
    body.list("Variables", elements, whole);
    file.push("Palisade::Code::EnvironmentFile", &name, Place { name: top, body: whole }, body.map);
}

/// Whether the name says that the values are made up.
fn is_example(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["example", "sample", "template", "dist"]
        .iter()
        .any(|word| name.split(['.', '-', '_']).any(|part| part == *word))
}

fn comments(text: &str) -> Vec<Comment> {
    let comment = |(i, line): (usize, &str)| {
        let rest = line.trim_start().strip_prefix('#')?;
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let span = Span::new(THIS, (i + 1, column), (i + 1, line.chars().count() + 1));
        Some(Comment { span, is_alone: true, text: rest.trim().into() })
    };
    text.lines().enumerate().filter_map(comment).collect()
}

/// The variables of a text. Where they are used from another file, they stand where that file names this one.
pub(crate) fn variables(text: &str, used_at: Option<Span>) -> Vec<Node> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((i, line)) = lines.next() {
        if found.len() > ELEMENTS_MAX {
            break;
        }
        let rest = line.trim_start();
        let rest = rest.strip_prefix("export ").unwrap_or(rest).trim_start();
        let Some((name, value)) = rest.split_once('=').filter(|_| !rest.starts_with('#')) else { continue };
        let name = name.trim();
        if !is_name(name) {
            continue;
        }
        let (value, notation) = match unquoted(value, &mut lines) {
            Quoted::Single(text) => (text, Notation::Plain),
            Quoted::Double(text) | Quoted::Bare(text) => (text, Notation::Shell),
        };
        let column = line.chars().count() - rest.chars().count() + 1;
        let span = Span::new(THIS, (i + 1, column), (i + 1, line.chars().count() + 1));
        let span = used_at.unwrap_or(span);
        let mut body = variable(&Arc::from(name), span, None, notation);
        written(&mut body, &Arc::from(value), span, notation);
        found.push(body.node(span));
    }
    found
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

enum Quoted {
    Single(String),
    Double(String),
    Bare(String),
}

/// The value behind the `=`. One in quotes may go on over lines, one without ends at a comment.
fn unquoted<'t>(value: &'t str, lines: &mut impl Iterator<Item = (usize, &'t str)>) -> Quoted {
    let value = value.trim_start();
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let end = value.find(" #").unwrap_or(value.len());
        return Quoted::Bare(value[..end].trim_end().to_owned());
    };
    let mut text = String::new();
    let mut rest = &value[1..];
    loop {
        let closed = closing(rest, quote);
        text.push_str(&rest[..closed.unwrap_or(rest.len())]);
        // What is not closed until the end of the file ends there.
        let Some((_, next)) = closed.is_none().then(|| lines.next()).flatten() else { break };
        text.push('\n');
        rest = next;
    }
    if quote == '\'' { Quoted::Single(text) } else { Quoted::Double(text) }
}

/// Where a quote closes that is not escaped.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return Some(at);
        }
        escaped = c == '\\' && !escaped && quote == '"';
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let part = |node: &Node, key: &str| {
            node.get(key).and_then(|node| node.value.as_text()).unwrap_or("?").to_owned()
        };
        variables(text, None)
            .iter()
            .map(|node| format!("{}={}", part(node, "Name"), part(node, "Value")))
            .collect()
    }

    #[test]
    fn values_are_read_with_quotes_comments_and_lines() {
        assert_eq!(shown("A=1\nexport B = two # c\n# C=3\nD\n"), ["A=1", "B=two"]);
        assert_eq!(shown("A='a # b'\nB=\"x\ny\"\nC=\"q\\\"r\"\n"), ["A=a # b", "B=x\ny", "C=q\\\"r"]);
        assert_eq!(shown("A=${B}\nC='${B}'\nE=\"open\nF=1"), ["A=?", "C=${B}", "E=open\nF=1"]);
        assert_eq!(shown("not a name=1\n=1\n"), Vec::<String>::new());
    }

    #[test]
    fn example_files_are_told_from_others() {
        assert!(is_example(".env.example") && is_example("sample.env") && is_example(".env.dist"));
        assert!(!is_example(".env") && !is_example(".env.production") && !is_example("examples.env"));
    }
}
