//! Changes of HCL's bodies: an argument set, added or taken away.

use hcl::syntax::{Attribute, Block, Body, Expression};

use crate::Replacement;
use crate::terraform::Source;

/// Whether the first step of a path is written in a body.
pub(crate) fn is_written(body: &Body, path: &[String]) -> bool {
    path.first().is_some_and(|first| {
        body.attribute(first).is_some() || body.blocks.iter().any(|block| kind(block) == first)
    })
}

fn kind(block: &Block) -> &str {
    if &*block.kind == "dynamic" { block.label(0) } else { &block.kind }
}

/// The expression of an argument; `None` where it is not written.
pub(crate) fn find<'b>(body: &'b Body, path: &[String]) -> Result<Option<&'b Expression>, String> {
    match path {
        [] => Ok(None),
        [name] => {
            if body.blocks.iter().any(|block| kind(block) == name) {
                return Err(format!("`{name}` is written as a block"));
            }
            Ok(body.attribute(name).map(|attribute| &attribute.value))
        }
        [first, rest @ ..] => match inner(body, first)? {
            Some(block) => find(&block.body, rest),
            None => Ok(None),
        },
    }
}

/// The one block of a type.
fn inner<'b>(body: &'b Body, name: &str) -> Result<Option<&'b Block>, String> {
    if body.attribute(name).is_some() {
        return Err(format!("`{name}` is written as an object"));
    }
    let blocks: Vec<&Block> = body.blocks.iter().filter(|block| kind(block) == name).collect();
    match blocks.as_slice() {
        [] => Ok(None),
        [only] if &*only.kind != "dynamic" => Ok(Some(only)),
        [_] => Err(format!("`{name}` is a dynamic block: change what it is made of")),
        _ => Err(format!("there are several blocks `{name}`: decide for each")),
    }
}

/// Adds an argument that is not written, with the blocks on the way.
pub(crate) fn insert(
    source: &Source,
    block: &Block,
    path: &[String],
    value: &str,
) -> Result<Vec<Replacement>, String> {
    let mut at = block;
    let mut rest = path;
    while let [first, deeper @ ..] = rest
        && !deeper.is_empty()
    {
        match inner(&at.body, first)? {
            Some(block) => {
                at = block;
                rest = deeper;
            }
            None => break,
        }
    }
    let indent = indentation(source, at) + 2;
    let lines = nested(rest, value, indent);
    Ok(vec![behind(source, at, &lines, indent)])
}

/// An argument with the blocks around it, as lines at an indentation.
pub(crate) fn nested(path: &[String], value: &str, indent: usize) -> String {
    let space = " ".repeat(indent);
    match path {
        [] => String::new(),
        [name] => format!("{space}{name} = {value}"),
        [first, rest @ ..] => {
            format!("{space}{first} {{\n{}\n{space}}}", nested(rest, value, indent + 2))
        }
    }
}

/// The spaces before a block on its line.
fn indentation(source: &Source, block: &Block) -> usize {
    let start = block.kind_range.start as usize;
    let line = source.text[..start].rfind('\n').map_or(0, |at| at + 1);
    source.text[line..start].chars().take_while(|c| *c == ' ').count()
}

/// The end of the last thing in a body, and the beginning of the first.
fn extent(body: &Body) -> Option<(usize, usize)> {
    let ranges =
        body.attributes.iter().map(Attribute::range).chain(body.blocks.iter().map(|block| block.range));
    ranges.map(|range| (range.start as usize, range.end as usize)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Lines put behind the last of a block's body.
fn behind(source: &Source, block: &Block, lines: &str, indent: usize) -> Replacement {
    let outer = " ".repeat(indent - 2);
    let (open, close) = (block.body.range.start as usize, block.range.end as usize - 1);
    let one_line = !source.text[open..close].contains('\n');
    match extent(&block.body) {
        None if one_line => source.replacement(open, close, format!("\n{lines}\n{outer}")),
        None => source.replacement(open, open, format!("\n{lines}")),
        Some((start, end)) if one_line => {
            let inside = &source.text[start..end];
            let space = " ".repeat(indent);
            source.replacement(open, close, format!("\n{space}{inside}\n{lines}\n{outer}"))
        }
        Some((_, end)) => {
            // A comment behind the last value stays on its line.
            let line = end + source.text[end..close].find('\n').unwrap_or(0);
            let line = if source.text[..line].ends_with('\r') { line - 1 } else { line };
            source.replacement(line, line, format!("\n{lines}"))
        }
    }
}

/// Takes an argument or all blocks of a type away, with their lines.
pub(crate) fn remove(source: &Source, body: &Body, path: &[String]) -> Result<Vec<Replacement>, String> {
    match path {
        [] => Ok(Vec::new()),
        [name] => {
            if body.blocks.iter().any(|block| kind(block) == name && &*block.kind == "dynamic") {
                return Err(format!("`{name}` is a dynamic block: change what it is made of"));
            }
            let attribute = body.attribute(name).map(Attribute::range);
            let blocks = body.blocks.iter().filter(|block| kind(block) == name).map(|block| block.range);
            Ok(attribute.into_iter().chain(blocks).map(|range| whole_lines(source, range)).collect())
        }
        [first, rest @ ..] => match inner(body, first)? {
            Some(block) => remove(source, &block.body, rest),
            None => Ok(Vec::new()),
        },
    }
}

/// A range with the line it stands on, where it has the line to itself.
fn whole_lines(source: &Source, range: hcl::syntax::Range) -> Replacement {
    let (start, end) = (range.start as usize, range.end as usize);
    let line = source.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let after = end + source.text[end..].find('\n').map_or(source.text.len() - end, |at| at + 1);
    let alone = source.text[line..start].trim().is_empty() && {
        let rest = source.text[end..after].trim();
        rest.is_empty() || rest.starts_with('#') || rest.starts_with("//")
    };
    if alone { source.replacement(line, after, "") } else { source.replacement(start, end, "") }
}
