//! One stack under evaluation: a template with the values of its parameters.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use document::{Document, Tree};
use estate::resource::Call;
use estate::truth::Truth;
use estate::value::{FileId, Kind, List, Node, Reason, Span, Unknown, Value};

use crate::{Diagnostic, Files, Settings};

// Limit: values made by evaluating one template and all it nests. Loops over loops and lists of lists multiply;
// this many fill about 300 MB.
pub(crate) const PRODUCED_MAX: usize = 2_000_000;

// Limit: levels of evaluation, through trees and through the names of conditions, attributes and outputs. Real
// templates stay under 30; each level takes a few hundred bytes to a kilobyte of the stack.
pub(crate) const EVALUATION_DEPTH_MAX: usize = 250;

// Limit: rounds of loops. CloudFormation takes 500 resources in a template.
pub(crate) const ROUNDS_MAX: usize = 10_000;

/// What one run of the loader shares: files, texts, diagnostics.
pub(crate) struct Session<'a> {
    pub(crate) reader: &'a dyn Files,
    pub(crate) settings: &'a Settings,
    pub(crate) files: RefCell<Vec<Arc<str>>>,
    pub(crate) texts: RefCell<Vec<Arc<str>>>,
    /// Documents by path, so that a template nested ten times is parsed once.
    pub(crate) documents: RefCell<HashMap<PathBuf, Option<Rc<Document>>>>,
    pub(crate) diagnostics: RefCell<Vec<Diagnostic>>,
    pub(crate) gaps: RefCell<Vec<estate::estate::Gap>>,
    pub(crate) resources: RefCell<Vec<estate::resource::Resource>>,
    pub(crate) nested: RefCell<Vec<PathBuf>>,
    pub(crate) produced: Cell<usize>,
    pub(crate) rounds: Cell<usize>,
    /// How deep the evaluation is: trees within trees, and names that lead to others.
    pub(crate) depth: Cell<usize>,
    pub(crate) instances: Cell<usize>,
}

impl Session<'_> {
    pub(crate) fn say(&self, incomplete: bool, code: &'static str, span: Span, message: impl Into<String>) {
        let said = Diagnostic { incomplete, code, span, file: None, message: message.into() };
        let mut diagnostics = self.diagnostics.borrow_mut();
        if !diagnostics.contains(&said) {
            diagnostics.push(said);
        }
    }

    /// Reads and parses a file once. `None` if it cannot be read.
    pub(crate) fn document(&self, path: &std::path::Path) -> Option<Rc<Document>> {
        if let Some(known) = self.documents.borrow().get(path) {
            return known.clone();
        }
        let document = self.reader.read(path).ok().map(|bytes| Rc::new(self.parse(path, &bytes)));
        self.documents.borrow_mut().insert(path.to_path_buf(), document.clone());
        document
    }

    /// The document that a file's number stands for.
    pub(crate) fn document_of(&self, file: FileId) -> Option<Rc<Document>> {
        let documents = self.documents.borrow();
        documents.values().flatten().find(|document| document.root.span.file == file).cloned()
    }

    /// Registers a file and parses it; its problems become diagnostics.
    pub(crate) fn parse(&self, path: &std::path::Path, bytes: &[u8]) -> Document {
        let name = display(path);
        let id = FileId(self.files.borrow().len() as u32);
        self.files.borrow_mut().push(Arc::from(name.as_str()));
        self.texts.borrow_mut().push(Arc::from(String::from_utf8_lossy(bytes)));
        let mut document = document::read(id, &name, bytes);
        crate::intrinsic::lengthen(&mut document.root);
        document
    }

    /// The problems of a document become diagnostics, once it is known to be a template.
    pub(crate) fn report(&self, document: &Document) {
        for problem in &document.problems {
            self.say(problem.cuts, problem.code, problem.span, problem.message.clone());
        }
    }

    /// Goes one level deeper; false where that is too deep, with a diagnostic. [`Session::leave`] undoes it.
    pub(crate) fn enter(&self, span: Span) -> bool {
        let depth = self.depth.get() + 1;
        if depth > EVALUATION_DEPTH_MAX {
            let message =
                format!("evaluation nests deeper than {EVALUATION_DEPTH_MAX} levels: the value is unknown");
            self.say(true, "too-deep", span, message);
            return false;
        }
        self.depth.set(depth);
        true
    }

    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Counts rounds of loops; false once there are too many.
    pub(crate) fn may_loop(&self, span: Span) -> bool {
        let rounds = self.rounds.get() + 1;
        self.rounds.set(rounds);
        if rounds == ROUNDS_MAX {
            let message = format!("loops go more than {ROUNDS_MAX} rounds: the rest is not judged");
            self.say(true, "too-much", span, message);
        }
        rounds < ROUNDS_MAX
    }

    /// Counts values made; false once there are too many.
    pub(crate) fn may_produce(&self, span: Span) -> bool {
        let produced = self.produced.get() + 1;
        self.produced.set(produced);
        if produced == PRODUCED_MAX {
            self.say(
                true,
                "too-much",
                span,
                format!("the template expands to more than {PRODUCED_MAX} values: the rest is unknown"),
            );
        }
        produced < PRODUCED_MAX
    }
}

/// A path as it is shown: with `/`, and without a leading `./`.
pub fn display(path: &std::path::Path) -> String {
    let shown = path.to_string_lossy().replace('\\', "/");
    shown.strip_prefix("./").map_or(shown.clone(), str::to_owned)
}

/// A stack under evaluation.
pub(crate) struct Stack<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) document: Rc<Document>,
    /// The template's own path, against which it names others.
    pub(crate) path: PathBuf,
    /// What keys of its resources begin with: the root template's path, `#`, and the nested stacks' names.
    pub(crate) scope: Arc<str>,
    /// The nested stacks that lead here.
    pub(crate) via: Vec<Call>,
    /// Why the stack as a whole is perhaps not there.
    pub(crate) presence: Option<Arc<Unknown>>,
    pub(crate) parameters: HashMap<Arc<str>, Option<Node>>,
    pub(crate) conditions: RefCell<HashMap<Arc<str>, Option<Truth>>>,
    /// The properties being evaluated, against cycles of `GetAtt`.
    pub(crate) visiting: RefCell<Vec<(Arc<str>, Arc<str>)>>,
    pub(crate) children: RefCell<HashMap<Arc<str>, Option<Rc<Stack<'a>>>>>,
    /// What SAM writes into buckets of the stack, by their keys.
    pub(crate) notifications: RefCell<Vec<(Arc<str>, List)>>,
    /// Account and region, where the settings or a CDK manifest say them.
    pub(crate) account: Option<Arc<str>>,
    pub(crate) region: Option<Arc<str>>,
    /// Whether `AWS::Serverless` types are expanded: others than the declared resources exist.
    pub(crate) serverless: bool,
    /// Why what the template includes at its top level was not read, if so.
    pub(crate) not_included: Option<Arc<Unknown>>,
    /// A macro of the account's own runs over the whole template.
    pub(crate) own_macro: Option<Arc<Unknown>>,
}

impl Stack<'_> {
    pub(crate) fn section(&self, name: &str) -> Option<&Tree> {
        self.document.root.get(name)
    }

    pub(crate) fn resource(&self, logical: &str) -> Option<&Tree> {
        self.section("Resources")?.get(logical)
    }

    /// Whether some resource is a module of another tool, which may make resources of any name.
    pub(crate) fn has_modules(&self) -> bool {
        self.section("Resources").is_some_and(|section| {
            section
                .entries()
                .iter()
                .any(|entry| entry.value.get("Type").is_some_and(|tree| tree.text().is_none()))
        })
    }

    pub(crate) fn unknown(reason: Reason, kind: Kind) -> Arc<Unknown> {
        Arc::new(Unknown { reason, kind })
    }

    /// The key of a resource of this stack.
    pub(crate) fn key(&self, logical: &str) -> Arc<str> {
        Arc::from(format!("{}{logical}", self.scope))
    }

    /// A reference to a resource of this stack.
    pub(crate) fn reference(&self, logical: &str, attribute: Option<&str>, kind: Kind) -> Value {
        let reason = Reason::Reference { target: self.key(logical), attribute: attribute.map(Arc::from) };
        Value::Unknown(Self::unknown(reason, kind))
    }

    pub(crate) fn say(&self, incomplete: bool, code: &'static str, span: Span, message: impl Into<String>) {
        self.session.say(incomplete, code, span, message);
    }
}
