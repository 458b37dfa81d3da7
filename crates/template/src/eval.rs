//! Evaluates trees to values: maps, lists, texts, and the functions among them.

use std::sync::Arc;

use document::{Entry, Kind as TreeKind, Scalar, Tree};
use estate::value::{Kind, List, Map, Node, Part, Partial, Reason, Unknown, Value};

use crate::stack::Stack;
use crate::{foreach, include, intrinsic, substitute};

/// Evaluates the trees of one stack, perhaps inside loops whose variables are bound.
pub(crate) struct Evaluator<'s, 'a> {
    pub(crate) stack: &'s Stack<'a>,
    /// The variables of the loops around, innermost last.
    pub(crate) bindings: Vec<(Arc<str>, Node)>,
}

impl<'s, 'a> Evaluator<'s, 'a> {
    pub(crate) fn new(stack: &'s Stack<'a>) -> Evaluator<'s, 'a> {
        Evaluator { stack, bindings: Vec::new() }
    }

    /// The same with one more loop variable.
    pub(crate) fn bind(&self, name: &Arc<str>, value: Node) -> Evaluator<'s, 'a> {
        let mut bindings = self.bindings.clone();
        bindings.push((name.clone(), value));
        Evaluator { stack: self.stack, bindings }
    }

    pub(crate) fn bound(&self, name: &str) -> Option<&Node> {
        self.bindings.iter().rev().find(|(known, _)| &**known == name).map(|(_, node)| node)
    }

    /// The value of a tree; `None` where it is `AWS::NoValue`.
    ///
    /// Recursion is bounded by [`document::DEPTH_MAX`].
    pub(crate) fn value(&self, tree: &Tree) -> Option<Node> {
        if !self.stack.session.enter(tree.span) {
            return Some(self.unknown(
                tree,
                Reason::Failed(Arc::from("the template nests too deep")),
                Kind::Any,
            ));
        }
        let node = self.value_here(tree);
        self.stack.session.leave();
        node
    }

    fn value_here(&self, tree: &Tree) -> Option<Node> {
        if !self.stack.session.may_produce(tree.span) {
            return Some(self.unknown(
                tree,
                Reason::Failed(Arc::from("the template expands too far")),
                Kind::Any,
            ));
        }
        if let Some(call) = intrinsic::call(tree) {
            return intrinsic::evaluate(self, tree, &call);
        }
        let value = match &tree.kind {
            TreeKind::Scalar(scalar) => self.scalar(scalar),
            TreeKind::List(items) => {
                Value::List(Box::new(items.iter().filter_map(|item| self.value(item)).collect::<List>()))
            }
            TreeKind::Map(entries) => Value::Map(Box::new(self.map(entries))),
            TreeKind::Damaged => Value::unknown(Reason::Damaged(Arc::from("this part of the document"))),
        };
        Some(Node { value, span: tree.span })
    }

    /// The entries of a map, with loops, includes and merge keys expanded.
    pub(crate) fn map(&self, entries: &[Entry]) -> Map {
        let mut map = Map::default();
        for entry in entries {
            if entry.key.starts_with("Fn::ForEach::") {
                foreach::in_map(self, entry, &mut map);
            } else if &*entry.key == "Fn::Transform" {
                include::in_map(self, &entry.value, &mut map);
            } else if let Some(node) = self.value(&entry.value) {
                map.set(self.key(&entry.key), node);
            }
        }
        map
    }

    fn key(&self, key: &Arc<str>) -> Arc<str> {
        if self.bindings.is_empty() { key.clone() } else { Arc::from(substitute::loop_text(self, key)) }
    }

    fn scalar(&self, scalar: &Scalar) -> Value {
        let value = scalar.value();
        match value {
            Value::Text(text) if text.contains("{{resolve:") || !self.bindings.is_empty() => {
                substitute::plain_text(self, &text)
            }
            value => value,
        }
    }

    #[expect(clippy::unused_self, reason = "reads as the evaluator's answer, beside `wrong`")]
    pub(crate) fn unknown(&self, tree: &Tree, reason: Reason, kind: Kind) -> Node {
        Node { value: Value::Unknown(Stack::unknown(reason, kind)), span: tree.span }
    }

    /// Something is wrong with the arguments of a function: says so, and the value is unknown.
    pub(crate) fn wrong(&self, tree: &Tree, message: impl Into<String>) -> Node {
        let message = message.into();
        self.stack.say(true, "intrinsic", tree.span, message.clone());
        self.unknown(tree, Reason::Failed(Arc::from(message)), Kind::Any)
    }
}

/// The value of a tree taken as it stands, functions included.
pub(crate) fn plain(tree: &Tree) -> Value {
    match &tree.kind {
        TreeKind::Scalar(scalar) => scalar.value(),
        TreeKind::List(items) => Value::List(Box::new(
            items.iter().map(|item| Node { value: plain(item), span: item.span }).collect(),
        )),
        TreeKind::Map(entries) => Value::Map(Box::new(
            entries
                .iter()
                .map(|entry| (entry.key.clone(), Node { value: plain(&entry.value), span: entry.value.span }))
                .collect(),
        )),
        TreeKind::Damaged => Value::unknown(Reason::Damaged(Arc::from("this part of the document"))),
    }
}

/// A value as the parts of a text; `None` for a list or map.
pub(crate) fn parts(value: &Value) -> Option<Vec<Part>> {
    let known = |text: String| Some(vec![Part::Known(Arc::from(text))]);
    match value {
        Value::Text(text) => Some(vec![Part::Known(text.clone())]),
        Value::Bool(b) => known(b.to_string()),
        Value::Int(i) => known(i.to_string()),
        Value::Double(d) => known(d.to_string()),
        Value::Null => known(String::new()),
        Value::Partial(partial) => Some(partial.parts.clone()),
        Value::Unknown(unknown) => Some(vec![Part::Hole(unknown.clone())]),
        Value::Choice(choice) => {
            Some(vec![Part::Hole(Stack::unknown(choice.why.reason.clone(), Kind::Text))])
        }
        Value::List(_) | Value::Map(_) => None,
    }
}

/// What stands for something of this kind that is made of a value not wholly known; `None` where it is known.
///
/// It is not the value itself: two things made of one parameter need not be equal.
pub(crate) fn made_of(value: &Value, kind: Kind) -> Option<Arc<Unknown>> {
    let mut first = None;
    value.for_each_unknown(&mut |unknown| {
        first.get_or_insert(unknown);
    });
    first.map(|unknown| Stack::unknown(unknown.reason.of_part(), kind))
}

/// A text joined from parts.
pub(crate) fn join(parts: Vec<Part>) -> Value {
    Partial::join(parts)
}
