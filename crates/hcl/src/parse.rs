//! Files, bodies and blocks.

use std::collections::HashSet;
use std::sync::Arc;

use crate::scan::{Result, Scanner, fault};
use crate::syntax::{Attribute, Block, Body, Expression, File, Label, Part, Problem, Range, Template};
use crate::{BYTES_MAX, expression as expressions, template as templates};

/// Reads a file.
pub fn file(text: &str) -> File {
    if text.len() > BYTES_MAX {
        let message = format!("the text is larger than {} MiB and is not read", BYTES_MAX >> 20);
        let problem = Problem { range: Range::default(), message, cuts: true };
        let body = Body { damaged: true, ..Body::default() };
        return File { body, problems: vec![problem], comments: Vec::new() };
    }
    let mut scanner = Scanner::new(text);
    let body = body(&mut scanner, false);
    File { body, problems: scanner.problems, comments: scanner.comments }
}

/// Reads a text that is one expression.
pub fn expression(text: &str) -> std::result::Result<Expression, Problem> {
    let mut scanner = Scanner::new(text);
    let read = (|| {
        scanner.space(true);
        let found = expressions::expression(&mut scanner, true)?;
        scanner.space(true);
        if scanner.peek().is_some() { scanner.expected("the end of the expression") } else { Ok(found) }
    })();
    read.map_err(|problem| *problem)
}

/// Reads a text as a template, as the strings of JSON syntax and the files of `templatefile` are: without quotes,
/// and without escapes but `$${` and `%%{`.
pub fn template(text: &str) -> std::result::Result<Template, Problem> {
    let mut scanner = Scanner::new(text);
    let parts = templates::bare(&mut scanner).map_err(|problem| *problem)?;
    Ok(Template { parts, heredoc: false })
}

/// What stands in a file, or inside the braces of a block.
fn body(scanner: &mut Scanner, in_block: bool) -> Body {
    let mut found = Body { range: Range::new(scanner.at, scanner.at), ..Body::default() };
    let mut names: HashSet<Arc<str>> = HashSet::new();
    loop {
        scanner.space(true);
        found.range.end = scanner.at as u32;
        match scanner.peek() {
            None => return found,
            Some(b'}') if in_block => return found,
            _ => {}
        }
        let start = scanner.at;
        let count = scanner.problems.len();
        let depth = scanner.depth;
        if let Err(problem) = item(scanner, &mut found, &mut names) {
            scanner.problems.push(*problem);
            found.damaged = true;
            scanner.depth = depth;
            scanner.recover();
            // A brace that closes nothing would be met again for ever.
            if scanner.at == start || (!in_block && scanner.peek() == Some(b'}')) {
                scanner.at += 1;
                while !scanner.text.is_char_boundary(scanner.at) {
                    scanner.at += 1;
                }
            }
        }
        // Limit: a text that is no HCL at all gives a fault a line; a hundred say enough.
        if scanner.problems.len() > count && scanner.problems.len() > PROBLEMS_MAX {
            let message = "too many faults: the rest of the text is not read".to_owned();
            let range = Range::new(scanner.at, scanner.at);
            scanner.problems.push(Problem { range, message, cuts: true });
            scanner.at = scanner.end;
            found.damaged = true;
        }
    }
}

const PROBLEMS_MAX: usize = 100;

/// An attribute or a block.
fn item(scanner: &mut Scanner, body: &mut Body, names: &mut HashSet<Arc<str>>) -> Result<()> {
    let Some((name, name_range)) = scanner.name() else { return scanner.expected("an attribute or a block") };
    scanner.space(false);
    if scanner.peek() == Some(b'=') && scanner.peek_at(1) != Some(b'=') {
        scanner.at += 1;
        scanner.space(false);
        let start = scanner.at;
        let (value, fault_found) = match expressions::expression(scanner, false).and_then(|value| {
            end_of_item(scanner)?;
            Ok(value)
        }) {
            Ok(value) => (value, None),
            Err(problem) => {
                scanner.at = start.max(scanner.at.min(problem.range.start as usize));
                // What is left of the value is skipped; the attribute stays, and is known to be damaged.
                let damaged = expressions::damaged(Range::new(start, scanner.at));
                (damaged, Some(problem))
            }
        };
        if names.insert(name.clone()) {
            body.attributes.push(Attribute { name, name_range, value });
        } else if fault_found.is_none() {
            let message = format!("`{name}` is written twice");
            scanner.problems.push(Problem { range: name_range, message, cuts: false });
        }
        return fault_found.map_or(Ok(()), Err);
    }
    let mut labels = Vec::new();
    loop {
        match scanner.peek() {
            Some(b'{') => break,
            Some(b'"') => labels.push(label(scanner)?),
            _ => match scanner.name() {
                Some((text, range)) => labels.push(Label { text, range }),
                None if labels.is_empty() => return scanner.expected("`=` or `{`"),
                None => return scanner.expected("`{`"),
            },
        }
        scanner.space(false);
    }
    let (block, behind) = block(scanner, name, name_range, labels)?;
    body.damaged |= behind.is_some();
    body.blocks.push(block);
    body.blocks.extend(behind.into_iter().flatten());
    Ok(())
}

fn label(scanner: &mut Scanner) -> Result<Label> {
    let start = scanner.at;
    let parts = templates::quoted(scanner)?;
    let range = scanner.range_from(start);
    match parts.as_slice() {
        [] => Ok(Label { text: Arc::from(""), range }),
        [Part::Text(text, _)] => Ok(Label { text: text.clone(), range }),
        _ => Err(fault(range, "a block's label is a plain text")),
    }
}

/// A block; where it is not closed, also the blocks that stand behind it rather than in it.
fn block(
    scanner: &mut Scanner,
    kind: Arc<str>,
    kind_range: Range,
    labels: Vec<Label>,
) -> Result<(Block, Option<Vec<Block>>)> {
    let brace = scanner.at;
    scanner.down()?;
    scanner.at += 1;
    let inner = body(scanner, true);
    scanner.up();
    let mut found = Block { kind, kind_range, labels, body: inner, range: kind_range };
    if !scanner.take("}") {
        found.body.damaged = true;
        let message = format!("the block `{}` is not closed", found.kind);
        scanner.problems.push(Problem { range: Range::new(brace, brace + 1), message, cuts: true });
        let behind = behind(scanner, &mut found);
        return Ok((found, Some(behind)));
    }
    found.range.end = scanner.at as u32;
    if let Err(problem) = end_of_item(scanner) {
        scanner.problems.push(*problem);
    }
    Ok((found, None))
}

/// What a block that is not closed has taken in: from the first block on that is not indented.
fn behind(scanner: &Scanner, open: &mut Block) -> Vec<Block> {
    let begins_line = |range: Range| {
        let start = range.start as usize;
        start == 0 || scanner.bytes[start - 1] == b'\n'
    };
    let blocks = &mut open.body.blocks;
    let at = blocks.iter().position(|block| begins_line(block.kind_range)).unwrap_or(blocks.len());
    let behind = blocks.split_off(at);
    let end = behind.first().map_or(scanner.at as u32, |first| first.kind_range.start);
    open.range.end = end;
    open.body.range.end = end;
    // Nor is it said whose an attribute is that stands behind them; the block is known to be damaged.
    open.body.attributes.retain(|attribute| attribute.range().end <= end);
    behind
}

/// An attribute or block ends with its line; one on the line of its block ends with the block.
fn end_of_item(scanner: &mut Scanner) -> Result<()> {
    scanner.space(false);
    match scanner.peek() {
        None | Some(b'\n' | b'}') => Ok(()),
        _ => scanner.expected("the end of the line"),
    }
}
