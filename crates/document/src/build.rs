//! Builds a tree from a stream of events, within the limits.

use std::sync::Arc;

use estate::value::Span;
use foldhash::{HashMap, HashSet};

use crate::tree::{Entry, Kind, Problem, Scalar, Tree};
use crate::{DEPTH_MAX, NODES_MAX};

/// A map or list that is not closed yet.
struct Open {
    tree: Tree,
    /// The key whose value comes next, in a map.
    key: Option<(Arc<str>, Span)>,
    /// The keys so far, kept once the map is too large to scan.
    seen: HashSet<Arc<str>>,
    anchor: usize,
    /// Where the last element or key was met: an alias is met elsewhere than its value is written.
    last: Option<Span>,
}

// Limit: maps up to this size are scanned for a duplicate key, larger ones hashed.
const SCAN_MAX: usize = 16;

// Limit: values from which on aliases are left out, so that they do not use up what the rest of the text may have.
const COPIED_MAX: usize = NODES_MAX / 2;

/// The tree under construction. Invariant: every event is given in document order.
#[derive(Default)]
pub(crate) struct Builder {
    stack: Vec<Open>,
    root: Option<Tree>,
    nodes: usize,
    /// Trees by the number of their anchor, with their sizes; `None` for one that was too large to keep.
    anchors: HashMap<usize, Option<(Tree, usize)>>,
    keys: HashSet<Arc<str>>,
    /// Whether an alias was left out.
    refused: bool,
    pub(crate) problems: Vec<Problem>,
    /// A limit was reached: the rest of the text is not taken.
    pub(crate) stopped: bool,
}

impl Builder {
    /// A builder for the next document of a stream: all of them together may have [`NODES_MAX`] values.
    pub(crate) fn after(last: &Builder) -> Builder {
        Builder { nodes: last.nodes, ..Builder::default() }
    }

    fn stop(&mut self, code: &'static str, span: Span, message: String) {
        self.problems.push(Problem::new(code, span, message).cutting());
        self.stopped = true;
    }

    pub(crate) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.keys.get(text) {
            return known.clone();
        }
        let new: Arc<str> = Arc::from(text);
        self.keys.insert(new.clone());
        new
    }

    /// Whether the next scalar is a map's key.
    pub(crate) fn wants_key(&self) -> bool {
        self.stack.last().is_some_and(|open| matches!(open.tree.kind, Kind::Map(_)) && open.key.is_none())
    }

    pub(crate) fn key(&mut self, text: &str, span: Span) {
        let key = self.intern(text);
        if let Some(open) = self.stack.last_mut() {
            open.key = Some((key, span));
        }
    }

    pub(crate) fn open(&mut self, kind: Kind, span: Span, tag: Option<Box<str>>, anchor: usize) {
        if self.stack.len() >= DEPTH_MAX {
            self.stop(
                "too-deep",
                span,
                format!("nested deeper than {DEPTH_MAX} levels: the rest is not read"),
            );
            return;
        }
        if self.wants_key() {
            self.problems.push(Problem::new("key-not-text", span, "a key must be a text").cutting());
            self.key("", span);
        }
        if self.may_add(span) {
            self.stack.push(Open {
                tree: Tree { kind, span, tag },
                key: None,
                seen: HashSet::default(),
                anchor,
                last: None,
            });
        }
    }

    /// Closes the innermost map or list. `end` is where its closing bracket ends, if it has one.
    pub(crate) fn close(&mut self, end: Option<Span>) {
        let Some(mut open) = self.stack.pop() else { return };
        if let Some(end) = end.or(open.last) {
            let start = open.tree.span;
            let first = (start.line as usize, usize::from(start.column));
            open.tree.span =
                Span::new(start.file, first, (end.end_line() as usize, usize::from(end.end_column)));
        }
        if open.anchor > 0 {
            let size = count(&open.tree);
            // The copy kept for the aliases counts as well: anchors within anchors are kept many times.
            let nodes = self.nodes.saturating_add(size);
            let copy = (nodes <= COPIED_MAX).then(|| (open.tree.clone(), size));
            if copy.is_some() {
                self.nodes = nodes;
            }
            self.anchors.insert(open.anchor, copy);
        }
        self.add(open.tree);
    }

    pub(crate) fn scalar(&mut self, scalar: Scalar, span: Span, tag: Option<Box<str>>, anchor: usize) {
        if !self.may_add(span) {
            return;
        }
        let tree = Tree { kind: Kind::Scalar(scalar), span, tag };
        if anchor > 0 {
            self.anchors.insert(anchor, Some((tree.clone(), 1)));
        }
        self.add(tree);
    }

    pub(crate) fn damaged(&mut self, span: Span) {
        self.add(Tree { kind: Kind::Damaged, span, tag: None });
    }

    /// Copies the tree of an anchor to here. The copy keeps the positions of the original: that is where a
    /// value is written.
    pub(crate) fn alias(&mut self, anchor: usize, span: Span) {
        let Some(known) = self.anchors.get(&anchor) else {
            // An anchor inside itself.
            return self.refuse("alias", span, "an alias to a value that is not complete".to_owned());
        };
        // The depth of the copy is bounded by that of the original, but both add up.
        let fits = |(tree, size): &&(Tree, usize)| {
            self.nodes.saturating_add(*size) <= COPIED_MAX && self.stack.len() + depth(tree) <= DEPTH_MAX
        };
        let Some((tree, size)) = known.as_ref().filter(fits) else {
            let message = format!("aliases expand to more than {COPIED_MAX} values or {DEPTH_MAX} levels");
            return self.refuse("alias-bomb", span, message);
        };
        let size = *size;
        let tree = tree.clone();
        if self.wants_key() {
            match tree.text() {
                Some(text) => self.key(&text.clone(), span),
                None => self.key("", span),
            }
            return;
        }
        self.nodes += size;
        self.add(tree);
        if let Some(open) = self.stack.last_mut() {
            open.last = Some(span);
        }
    }

    /// Leaves an alias out and goes on behind it. Only the first is told of: a bomb has thousands.
    fn refuse(&mut self, code: &'static str, span: Span, message: String) {
        if !self.may_add(span) {
            return;
        }
        if !self.refused {
            self.problems.push(Problem::new(code, span, message).cutting());
            self.refused = true;
        }
        self.damaged(span);
    }

    /// Counts one more value; false, with a problem, once there are too many.
    fn may_add(&mut self, span: Span) -> bool {
        self.nodes += 1;
        if self.nodes > NODES_MAX && !self.stopped {
            self.stop("too-many", span, format!("more than {NODES_MAX} values: the rest is not read"));
        }
        self.nodes <= NODES_MAX
    }

    fn add(&mut self, tree: Tree) {
        let Some(open) = self.stack.last_mut() else {
            self.root.get_or_insert(tree);
            return;
        };
        open.last = Some(tree.span);
        match &mut open.tree.kind {
            Kind::List(items) => items.push(tree),
            Kind::Map(entries) => {
                let Some((key, key_span)) = open.key.take() else { return };
                let before = if entries.len() < SCAN_MAX {
                    entries.iter().position(|entry| entry.key == key)
                } else {
                    if open.seen.is_empty() {
                        open.seen.extend(entries.iter().map(|entry| entry.key.clone()));
                    }
                    if open.seen.contains(&key) { entries.iter().position(|e| e.key == key) } else { None }
                };
                if let Some(before) = before {
                    let first = entries.remove(before);
                    self.problems.push(Problem::new(
                        "duplicate-key",
                        key_span,
                        format!("`{key}` is given twice; the first is on line {}", first.key_span.line),
                    ));
                }
                if !open.seen.is_empty() {
                    open.seen.insert(key.clone());
                }
                entries.push(Entry { key, key_span, value: tree });
            }
            Kind::Scalar(_) | Kind::Damaged => {}
        }
    }

    /// Closes what is still open and gives the root. What was open when the text broke off is kept as far as
    /// it was read, and ends in a damaged value.
    pub(crate) fn finish(mut self, at: Span) -> (Tree, Vec<Problem>, usize) {
        let open = self.stack.len();
        if !self.stack.is_empty() {
            if self
                .stack
                .last()
                .is_some_and(|open| open.key.is_some() || matches!(open.tree.kind, Kind::List(_)))
            {
                self.damaged(at);
            }
            while !self.stack.is_empty() {
                self.close(None);
                // Every container on the way up is incomplete as well: later keys may be missing.
                if let Some(open) = self.stack.last_mut() {
                    open.key = None;
                }
            }
        }
        let root = self.root.unwrap_or(Tree { kind: Kind::Damaged, span: at, tag: None });
        (root, self.problems, open)
    }
}

/// How many nodes a tree has. Recursion is bounded by [`DEPTH_MAX`].
fn count(tree: &Tree) -> usize {
    1 + match &tree.kind {
        Kind::List(items) => items.iter().map(count).sum(),
        Kind::Map(entries) => entries.iter().map(|entry| count(&entry.value)).sum(),
        Kind::Scalar(_) | Kind::Damaged => 0,
    }
}

/// How deep a tree is. Recursion is bounded by [`DEPTH_MAX`].
fn depth(tree: &Tree) -> usize {
    1 + match &tree.kind {
        Kind::List(items) => items.iter().map(depth).max().unwrap_or(0),
        Kind::Map(entries) => entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
        Kind::Scalar(_) | Kind::Damaged => 0,
    }
}
