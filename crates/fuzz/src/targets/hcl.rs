//! A text as HCL: as a file, as a template without quotes, and as one expression.

use std::collections::HashSet;

use hcl::syntax::{Body, Expression, File, Kind, Part, Problem, Range, Step};
use hcl::{DEPTH_MAX, HEIGHT_MAX, Lines};

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let file = hcl::file(&text);
    let again = hcl::file(&text);
    assert!(file.body == again.body, "read twice, a file gives two trees");
    assert_eq!(file.problems, again.problems, "read twice, a file gives other problems");
    assert_eq!(file.comments, again.comments, "read twice, a file gives other comments");
    whole(&text, &file);
    let template = hcl::template(&text);
    assert!(template == hcl::template(&text), "read twice, a template gives two trees");
    match &template {
        Ok(template) => parts(&text, &template.parts),
        Err(fault) => problem(&text, fault),
    }
    let expression = hcl::expression(&text);
    assert!(expression == hcl::expression(&text), "read twice, an expression gives two trees");
    match &expression {
        Ok(expression) => tree(&text, expression),
        Err(fault) => problem(&text, fault),
    }
}

/// What stands at a range, which must be one of the text, between characters.
fn at(text: &str, range: Range) -> &str {
    let there = text.get(range.start as usize..range.end as usize);
    there.unwrap_or_else(|| panic!("no range of the text: {range:?}"))
}

fn within(inner: Range, outer: Range) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn problem(text: &str, problem: &Problem) {
    at(text, problem.range);
    assert!(!problem.message.is_empty(), "a problem says nothing: {problem:?}");
}

/// What a file promises, whatever the text.
fn whole(text: &str, file: &File) {
    file.problems.iter().for_each(|one| problem(text, one));
    let lines = Lines::of(text);
    let mut end = 0;
    for comment in &file.comments {
        assert!(end <= comment.range.start, "a comment is there twice, or out of order: {comment:?}");
        end = comment.range.end;
        let written = at(text, comment.range);
        assert!(written.contains(&*comment.text), "`{}` does not stand at its place", comment.text);
        let ((line, column), _) = lines.span(text, comment.range);
        let start = lines.start(line).unwrap_or_else(|| panic!("there is no line {line}"));
        let before = at(text, Range { start: start as u32, end: comment.range.start });
        assert_eq!(before.chars().count() + 1, column, "a comment has another column: {comment:?}");
    }
    let damaged = bodies(text, &file.body);
    let cut = file.problems.iter().any(|problem| problem.cuts);
    assert!(damaged || !cut, "a text is cut off and nothing is damaged: {:?}", file.problems);
    assert!(!damaged || !file.problems.is_empty(), "something is damaged and no problem says so");
}

/// What bodies promise: names stand where they are said to, everything lies inside, limits are kept, no name is there
/// twice. Gives whether something is damaged.
fn bodies(text: &str, root: &Body) -> bool {
    let mut damaged = false;
    let mut open = vec![(root, 0)];
    while let Some((body, depth)) = open.pop() {
        damaged |= body.damaged;
        assert!(depth <= usize::from(DEPTH_MAX), "blocks are nested {depth} levels deep");
        at(text, body.range);
        let mut names = HashSet::new();
        for attribute in &body.attributes {
            let name = &*attribute.name;
            assert!(names.insert(name), "`{name}` is there twice");
            assert_eq!(at(text, attribute.name_range), name, "a name stands elsewhere");
            assert!(within(attribute.range(), body.range), "`{name}` lies outside its block");
            tree(text, &attribute.value);
        }
        for block in &body.blocks {
            assert_eq!(at(text, block.kind_range), &*block.kind, "a type stands elsewhere");
            assert!(within(block.range, body.range), "block `{}` lies outside its block", block.kind);
            assert!(within(block.header(), block.range), "the header of `{}` lies outside it", block.kind);
            assert!(within(block.body.range, block.range), "the inside of `{}` lies outside it", block.kind);
            block.labels.iter().for_each(|label| {
                at(text, label.range);
            });
            open.push((&block.body, depth + 1));
        }
    }
    damaged
}

/// What an expression promises: each one stands inside the one around it, which is higher.
fn tree(text: &str, root: &Expression) {
    let mut open = vec![root];
    while let Some(one) = open.pop() {
        at(text, one.range);
        assert!((1..=HEIGHT_MAX).contains(&one.height), "an expression is {} levels high", one.height);
        match &one.kind {
            Kind::Name(name) => assert_eq!(at(text, one.range), &**name, "a name stands elsewhere"),
            Kind::Call(call) => {
                assert_eq!(at(text, call.name_range), &*call.name, "a function's name stands elsewhere");
            }
            Kind::Traversal(_, steps) => {
                for step in steps {
                    if let Step::Attribute(name, range) = step {
                        assert_eq!(at(text, *range), &**name, "a step stands elsewhere");
                        assert!(within(*range, one.range), "a step lies outside: {range:?}");
                    }
                }
            }
            Kind::Double(number) => assert!(number.is_finite(), "a number is none"),
            Kind::Template(template) => texts(text, &template.parts, one.range),
            _ => {}
        }
        for child in children(one) {
            assert!(within(child.range, one.range), "{:?} holds {:?}", one.range, child.range);
            assert!(child.height < one.height, "{} levels hold {}", one.height, child.height);
            open.push(child);
        }
    }
}

/// What the parts of a template promise.
fn parts(text: &str, parts: &[Part]) {
    texts(text, parts, Range::new(0, text.len()));
    let mut inside = Vec::new();
    values(parts, &mut inside);
    inside.into_iter().for_each(|one| tree(text, one));
}

/// The plain texts among the parts of a template: none is empty, and each lies inside.
fn texts(text: &str, parts: &[Part], outer: Range) {
    let mut open: Vec<&Part> = parts.iter().collect();
    while let Some(part) = open.pop() {
        match part {
            Part::Text(plain, range) => {
                assert!(!plain.is_empty(), "a part is empty");
                at(text, *range);
                assert!(within(*range, outer), "a part lies outside its text: {range:?}");
            }
            Part::Value(_) => {}
            Part::If(one) => open.extend(one.then.iter().chain(&one.otherwise)),
            Part::For(one) => open.extend(&one.body),
        }
    }
}

/// The expressions in a template. Its recursion is bounded: directives are nested no deeper than [`DEPTH_MAX`].
fn values<'p>(parts: &'p [Part], out: &mut Vec<&'p Expression>) {
    for part in parts {
        match part {
            Part::Text(..) => {}
            Part::Value(value) => out.push(value),
            Part::If(one) => {
                out.push(&one.condition);
                values(&one.then, out);
                values(&one.otherwise, out);
            }
            Part::For(one) => {
                out.push(&one.collection);
                values(&one.body, out);
            }
        }
    }
}

fn children(one: &Expression) -> Vec<&Expression> {
    let mut found = Vec::new();
    match &one.kind {
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Double(_) | Kind::Name(_) | Kind::Damaged => {}
        Kind::Template(template) => values(&template.parts, &mut found),
        Kind::Tuple(items) => found.extend(items),
        Kind::Object(items) => found.extend(items.iter().flat_map(|item| [&item.key, &item.value])),
        Kind::Traversal(base, steps) => {
            found.push(&**base);
            found.extend(steps.iter().filter_map(|step| match step {
                Step::Index(index) => Some(&**index),
                _ => None,
            }));
        }
        Kind::Call(call) => found.extend(&call.arguments),
        Kind::Conditional(three) => found.extend(three.iter()),
        Kind::Binary(_, two) => found.extend(two.iter()),
        Kind::Not(inner) | Kind::Negative(inner) | Kind::Parentheses(inner) => found.push(&**inner),
        Kind::For(one) => {
            found.extend([&one.collection, &one.value]);
            found.extend(&one.key);
            found.extend(&one.condition);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_expression_is_looked_into() {
        let text =
            r#"[for x in f(a.b[0], "${c}%{ if d }${e}%{ endif }") : x ? -y : !z if (p + q) == { r = s }]"#;
        let root = hcl::expression(text).unwrap();
        tree(text, &root);
        let mut names = Vec::new();
        let mut open = vec![&root];
        while let Some(one) = open.pop() {
            if let Kind::Name(name) = &one.kind {
                names.push(&**name);
            }
            open.extend(children(one));
        }
        names.sort_unstable();
        assert_eq!(names, ["a", "c", "d", "e", "p", "q", "r", "s", "x", "y", "z"]);
    }
}
