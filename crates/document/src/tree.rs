//! The tree of a document.

use std::sync::Arc;

use estate::value::{FileId, Span};

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its root; [`Kind::Damaged`] where nothing could be read.
    pub root: Tree,
    /// What is wrong with it, in order.
    pub problems: Vec<Problem>,
    /// Whether the whole text is in the tree.
    pub complete: bool,
    /// How many maps and lists were still open where the text breaks off; 0 where it does not.
    pub open: usize,
    /// The comments, in order, for suppressions that are written in them.
    pub comments: Vec<Comment>,
}

impl Document {
    pub(crate) fn failed(problem: Problem) -> Document {
        let root = Tree { kind: Kind::Damaged, span: problem.span, tag: None };
        Document { root, problems: vec![problem], complete: false, open: 0, comments: Vec::new() }
    }
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where its `#` stands.
    pub span: Span,
    /// Whether it has its line to itself.
    pub is_alone: bool,
    /// Its text after the `#`.
    pub text: Box<str>,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, without its tag.
    pub span: Span,
    /// Its YAML tag without the leading `!`, such as `Sub`; core tags such as `!!str` are applied instead.
    pub tag: Option<Box<str>>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    List(Vec<Tree>),
    /// A map in the order written. No key occurs twice: the last value wins, as with AWS, and is reported.
    Map(Vec<Entry>),
    /// Something was here that could not be read, or was cut off by a limit.
    Damaged,
}

/// An entry of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Tree,
}

/// A single value as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Its characters, unescaped.
    pub text: Arc<str>,
    /// Whether it is written without quotes, so that it may be a number, a bool or null.
    pub plain: bool,
}

impl Tree {
    /// The entries, where this is a map.
    pub fn entries(&self) -> &[Entry] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The elements, where this is a list.
    pub fn items(&self) -> &[Tree] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// The entry at a key, where this is a map that holds it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// The value at a key, where this is a map that holds it.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The characters, where this is a single value.
    pub fn text(&self) -> Option<&Arc<str>> {
        if let Kind::Scalar(scalar) = &self.kind { Some(&scalar.text) } else { None }
    }

    /// What it is, in a word.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Scalar(_) => "a single value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Damaged => "something unreadable",
        }
    }
}

/// Something wrong with a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// A stable code.
    pub code: &'static str,
    /// Where.
    pub span: Span,
    /// What, in a line: lower case, no full stop.
    pub message: String,
    /// Whether something is missing from the tree because of it.
    pub cuts: bool,
}

impl Problem {
    pub(crate) fn new(code: &'static str, span: Span, message: impl Into<String>) -> Problem {
        Problem { code, span, message: message.into(), cuts: false }
    }

    pub(crate) fn cutting(mut self) -> Problem {
        self.cuts = true;
        self
    }

    pub(crate) fn too_big(file: FileId) -> Problem {
        let message = format!("the text is larger than {} MiB and is not read", crate::BYTES_MAX >> 20);
        Problem::new("too-big", Span::new(file, (1, 1), (1, 1)), message).cutting()
    }
}
