//! Properties put together from the values of a document.

use std::sync::Arc;

use document::{Entry, Kind as TreeKind, Tree};
use estate::value::{List, Map, Node, Reason, Span, Unknown, Value};

use crate::file::{ELEMENTS_MAX, damaged};
use crate::variable::{Notation, value_of};

/// A map under construction. Every key is put once.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) map: Map,
}

impl Body {
    /// Puts a value; nothing is put where there is none.
    pub(crate) fn put(&mut self, key: &str, node: Option<Node>) {
        if let Some(node) = node {
            self.map.set(Arc::from(key), node);
        }
    }

    /// Puts the value of a tree as it is written.
    pub(crate) fn plain(&mut self, key: &str, tree: Option<&Tree>) {
        self.put(key, tree.map(node));
    }

    /// Puts a text, which may hold expressions.
    pub(crate) fn text(&mut self, key: &str, tree: Option<&Tree>, notation: Notation) {
        self.put(key, tree.and_then(|tree| text(tree, notation)));
    }

    /// Puts a text that stands at a place.
    pub(crate) fn word(&mut self, key: &str, word: &str, span: Span) {
        self.put(key, Some(Node { value: Value::Text(Arc::from(word)), span }));
    }

    /// Puts a truth value.
    pub(crate) fn flag(&mut self, key: &str, flag: bool, span: Span) {
        self.put(key, Some(Node { value: Value::Bool(flag), span }));
    }

    /// Puts a list, where it has elements or may have.
    pub(crate) fn list(&mut self, key: &str, list: Elements, span: Span) {
        if !list.0.items.is_empty() || list.0.rest.is_some() {
            self.put(key, Some(Node { value: Value::List(Box::new(list.0)), span }));
        }
    }

    pub(crate) fn node(self, span: Span) -> Node {
        Node { value: Value::Map(Box::new(self.map)), span }
    }
}

/// A list under construction.
#[derive(Default)]
pub(crate) struct Elements(pub(crate) List);

impl Elements {
    pub(crate) fn push(&mut self, node: Node) {
        if self.0.items.len() < ELEMENTS_MAX {
            self.0.items.push(node);
        } else {
            self.open(&damaged("more elements than are read"));
        }
    }

    /// There may be more.
    pub(crate) fn open(&mut self, why: &Arc<Unknown>) {
        self.0.rest.get_or_insert_with(|| why.clone());
    }
}

/// The value of a tree as it is written, without any meaning of expressions. Recursion is bounded by the depth of
/// the document.
pub(crate) fn node(tree: &Tree) -> Node {
    let value = match &tree.kind {
        TreeKind::Scalar(scalar) => scalar.value(),
        TreeKind::List(items) => Value::List(Box::new(items.iter().map(node).collect())),
        TreeKind::Map(entries) => {
            let entry = |entry: &Entry| (entry.key.clone(), node(&entry.value));
            Value::Map(Box::new(entries.iter().map(entry).collect()))
        }
        TreeKind::Damaged => Value::Unknown(damaged("this part of the file")),
    };
    Node { value, span: tree.span }
}

/// The text of a single value, with its expressions unknown; nothing where it is null.
pub(crate) fn text(tree: &Tree, notation: Notation) -> Option<Node> {
    if let Some(tag) = &tree.tag {
        // `!reference` of GitLab and the like: what stands there is put in by the reader of the pipeline.
        let reason = Reason::Data(Arc::from(format!("!{tag}")));
        return Some(Node { value: Value::unknown(reason), span: tree.span });
    }
    match &tree.kind {
        TreeKind::Scalar(scalar) if scalar.value() == Value::Null => None,
        TreeKind::Scalar(scalar) => Some(Node { value: value_of(&scalar.text, notation), span: tree.span }),
        _ => Some(node(tree)),
    }
}

/// The texts of a list, or of a single value that stands for a list of one.
pub(crate) fn texts(tree: Option<&Tree>, notation: Notation) -> Elements {
    let mut elements = Elements::default();
    let Some(tree) = tree else { return elements };
    match &tree.kind {
        TreeKind::List(items) => {
            items.iter().filter_map(|item| text(item, notation)).for_each(|item| elements.push(item));
        }
        TreeKind::Damaged => elements.open(&damaged("this part of the file")),
        TreeKind::Map(_) => {}
        TreeKind::Scalar(_) => text(tree, notation).into_iter().for_each(|item| elements.push(item)),
    }
    elements
}

/// The elements that some trees give; one that could not be read leaves the list open.
pub(crate) fn each(tree: Option<&Tree>, mut give: impl FnMut(usize, &Tree) -> Option<Node>) -> Elements {
    let mut elements = Elements::default();
    let Some(tree) = tree else { return elements };
    if matches!(tree.kind, TreeKind::Damaged) {
        elements.open(&damaged("this part of the file"));
    }
    for (i, item) in tree.items().iter().enumerate() {
        if matches!(item.kind, TreeKind::Damaged) {
            elements.open(&damaged("this part of the file"));
        } else if let Some(node) = give(i, item) {
            elements.push(node);
        }
    }
    elements
}

/// From the start of one place to the end of another.
pub(crate) fn join(from: Span, to: Span) -> Span {
    if to.line < from.line {
        return from;
    }
    let start = (from.line as usize, usize::from(from.column));
    Span::new(from.file, start, (to.end_line() as usize, usize::from(to.end_column)))
}

/// The place of an entry with its key.
pub(crate) fn whole(entry: &Entry) -> Span {
    join(entry.key_span, entry.value.span)
}

/// The text of a single value.
pub(crate) fn plain_text<'t>(tree: &'t Tree, key: &str) -> Option<&'t Arc<str>> {
    tree.get(key).and_then(Tree::text)
}
