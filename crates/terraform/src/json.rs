//! Terraform's JSON syntax as the same tree that its native syntax has.
//!
//! <https://developer.hashicorp.com/terraform/language/syntax/json>

use std::sync::Arc;

use document::{Entry, Kind as TreeKind, Tree};
use estate::value::{FileId, Span};
use hcl::syntax::{Attribute, Block, Body, Expression, Item, Kind, Label, Part, Range, Template};

use crate::source::Session;

/// The body of a file.
pub(crate) fn body(session: &Session, file: FileId, name: &str, text: &str) -> Body {
    let document = document::read(file, name, text.as_bytes());
    for problem in &document.problems {
        session.say(problem.cuts, problem.code, problem.span, problem.message.clone());
    }
    let reader = Reader { session, file };
    let mut made = Body { damaged: !document.complete, ..Body::default() };
    for entry in document.root.entries() {
        let labels = match &*entry.key {
            "resource" | "data" | "ephemeral" => 2,
            "module" | "variable" | "output" | "provider" => 1,
            "locals" | "terraform" => 0,
            // A comment: https://developer.hashicorp.com/terraform/language/syntax/json#comment-properties
            "//" => continue,
            _ => 0,
        };
        reader.blocks(entry, &entry.value, labels, &mut Vec::new(), &mut made.blocks);
    }
    made
}

/// What the texts of an argument are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Texts {
    /// Templates.
    Templates,
    /// Types and names, as the native syntax writes them.
    Native,
    /// Nothing but texts.
    Literal,
}

struct Reader<'s, 'a> {
    session: &'s Session<'a>,
    file: FileId,
}

impl Reader<'_, '_> {
    /// The blocks that an entry stands for: objects by label, or lists of them.
    fn blocks(&self, entry: &Entry, tree: &Tree, left: usize, labels: &mut Vec<Label>, out: &mut Vec<Block>) {
        match &tree.kind {
            TreeKind::List(items) => {
                for item in items {
                    self.blocks(entry, item, left, labels, out);
                }
            }
            TreeKind::Map(entries) if left > 0 => {
                for inner in entries.iter().filter(|inner| &*inner.key != "//") {
                    labels.push(Label { text: inner.key.clone(), range: self.range(inner.key_span) });
                    self.blocks(entry, &inner.value, left - 1, labels, out);
                    labels.pop();
                }
            }
            TreeKind::Map(entries) => out.push(Block {
                kind: entry.key.clone(),
                kind_range: self.range(entry.key_span),
                labels: labels.clone(),
                body: self.inside(entries, tree, &entry.key),
                range: self.range(entry.key_span).to(self.range(tree.span)),
            }),
            TreeKind::Scalar(_) | TreeKind::Damaged => {
                let message = format!("`{}` takes an object", entry.key);
                self.session.say(true, "terraform-syntax", tree.span, message);
            }
        }
    }

    fn inside(&self, entries: &[Entry], tree: &Tree, kind: &str) -> Body {
        let mut made = Body { range: self.range(tree.span), ..Body::default() };
        for entry in entries.iter().filter(|entry| &*entry.key != "//") {
            // Which arguments are blocks is only known where the language says so, or `dynamic` stands in them.
            let is_provided = !matches!(
                kind,
                "module"
                    | "variable"
                    | "output"
                    | "provider"
                    | "locals"
                    | "terraform"
                    | "lifecycle"
                    | "dynamic"
            );
            let nested = matches!(
                (kind, &*entry.key),
                ("resource" | "data", "lifecycle" | "provisioner" | "connection") | ("dynamic", "content")
            ) || matches!(
                (kind, &*entry.key),
                ("variable", "validation") | ("provider", "default_tags" | "assume_role")
            ) || (kind == "terraform"
                && matches!(&*entry.key, "backend" | "cloud" | "required_providers"));
            if nested || is_provided && (&*entry.key == "dynamic" || holds_dynamic(&entry.value)) {
                let labels = usize::from(matches!(&*entry.key, "dynamic" | "backend" | "provisioner"));
                self.blocks(entry, &entry.value, labels, &mut Vec::new(), &mut made.blocks);
                continue;
            }
            let texts = match (kind, &*entry.key) {
                ("variable", "type")
                | ("resource" | "data" | "module" | "output", "depends_on" | "provider" | "providers") => {
                    Texts::Native
                }
                ("variable", "default") => Texts::Literal,
                _ => Texts::Templates,
            };
            let value = self.expression(&entry.value, texts);
            let name_range = self.range(entry.key_span);
            made.attributes.push(Attribute { name: entry.key.clone(), name_range, value });
        }
        made
    }

    /// Recursion is bounded by [`document::DEPTH_MAX`].
    fn expression(&self, tree: &Tree, texts: Texts) -> Expression {
        let range = self.range(tree.span);
        let leaf = |kind| Expression { kind, range, height: 1 };
        match &tree.kind {
            TreeKind::Damaged => leaf(Kind::Damaged),
            TreeKind::Scalar(scalar) => match scalar.value() {
                estate::value::Value::Null => leaf(Kind::Null),
                estate::value::Value::Bool(b) => leaf(Kind::Bool(b)),
                estate::value::Value::Int(n) => leaf(Kind::Int(n)),
                estate::value::Value::Double(n) => leaf(Kind::Double(n)),
                _ => self.text(&scalar.text, range, texts),
            },
            TreeKind::List(items) => {
                leaf(Kind::Tuple(items.iter().map(|item| self.expression(item, texts)).collect()))
            }
            TreeKind::Map(entries) => leaf(Kind::Object(
                entries
                    .iter()
                    .filter(|entry| &*entry.key != "//")
                    .map(|entry| Item {
                        key: self.text(
                            &entry.key,
                            self.range(entry.key_span),
                            if texts == Texts::Literal { texts } else { Texts::Templates },
                        ),
                        value: self.expression(&entry.value, texts),
                    })
                    .collect(),
            )),
        }
    }

    fn text(&self, text: &Arc<str>, range: Range, texts: Texts) -> Expression {
        if texts == Texts::Native
            && let Ok(mut expression) = hcl::expression(text)
        {
            expression.place(range);
            return expression;
        }
        if texts == Texts::Literal || !text.contains(['$', '%']) {
            let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.clone(), range)] };
            return Expression { kind: Kind::Template(Template { parts, heredoc: false }), range, height: 1 };
        }
        match hcl::template(text) {
            Ok(template) => {
                let mut made = Expression { kind: Kind::Template(template), range, height: 1 };
                made.place(range);
                made
            }
            Err(problem) => {
                let span = self.session.span(self.file, range);
                self.session.say(true, "hcl-syntax", span, problem.message);
                damaged(range)
            }
        }
    }

    /// The bytes of a span.
    fn range(&self, span: Span) -> Range {
        let Some(source) = self.session.source(self.file) else { return Range::default() };
        let offset = |line: usize, column: usize| {
            let start = source.lines.start(line).unwrap_or(0);
            let rest = &source.text[start..];
            let count = column.saturating_sub(1);
            // Code that a program wrote is one long line, and each value of it is looked for from the start.
            let width = match rest.as_bytes().get(..count) {
                Some(bytes) if bytes.is_ascii() => count,
                _ => rest.chars().take(count).map(char::len_utf8).sum(),
            };
            start + width
        };
        Range::new(
            offset(span.line as usize, usize::from(span.column)),
            offset(span.end_line() as usize, usize::from(span.end_column)),
        )
    }
}

fn damaged(range: Range) -> Expression {
    Expression { kind: Kind::Damaged, range, height: 1 }
}

/// Whether a value is a block, or several, that `dynamic` stands in.
///
/// Recursion is bounded by [`document::DEPTH_MAX`].
fn holds_dynamic(tree: &Tree) -> bool {
    let is_dynamic = |entry: &Entry| {
        let blocks = entry.value.entries();
        &*entry.key == "dynamic"
            && blocks.first().is_some_and(|block| {
                let mut inner = block.value.entries().iter();
                inner.any(|argument| &*argument.key == "for_each")
            })
    };
    match &tree.kind {
        TreeKind::List(items) => items.iter().any(holds_dynamic),
        TreeKind::Map(entries) => {
            entries.iter().any(|entry| is_dynamic(entry) || holds_dynamic(&entry.value))
        }
        TreeKind::Scalar(_) | TreeKind::Damaged => false,
    }
}
