//! From files to resources.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use document::{Kind, Tree};
use estate::value::FileId;
use rayon::prelude::*;

use crate::discover::Input;
use crate::nested::{self, Setting};
use crate::stack::{Session, display};
use crate::{Diagnostic, Files, Loaded, Settings, recognise, resources, rules};

/// Reads every input that is a template.
///
/// A template that another one nests is judged there, with the parameters it is given, and not a second time by
/// itself.
pub fn load(reader: &dyn Files, inputs: &[Input], settings: &Settings) -> Loaded {
    let read: Vec<One> = inputs.par_iter().map(|input| one(reader, input, settings)).collect();
    let nested: BTreeSet<PathBuf> = read.iter().flat_map(|one| one.nested.iter().cloned()).collect();
    let mut loaded = Loaded::default();
    for (input, one) in inputs.iter().zip(read) {
        if nested.contains(&clean(&input.path)) && !one.nested.contains(&clean(&input.path)) {
            loaded.skipped.push((display(&input.path), "judged as a part of another template".to_owned()));
            loaded.templates += 1;
            continue;
        }
        loaded.templates += usize::from(one.is_template);
        if let Some(why) = one.skipped {
            loaded.skipped.push((display(&input.path), why));
        }
        merge(&mut loaded, one.loaded);
    }
    loaded
}

/// The path as [`crate::include::beside`] would write it, for comparison.
fn clean(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

#[derive(Default)]
struct One {
    loaded: Loaded,
    is_template: bool,
    skipped: Option<String>,
    nested: Vec<PathBuf>,
}

fn one(reader: &dyn Files, input: &Input, settings: &Settings) -> One {
    let failed = |code, message: String| One {
        loaded: Loaded {
            diagnostics: vec![Diagnostic {
                incomplete: true,
                code,
                span: estate::value::Span::NONE,
                file: Some(display(&input.path)),
                message,
            }],
            ..Loaded::default()
        },
        ..One::default()
    };
    let bytes = match reader.read(&input.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let code =
                if error.kind() == std::io::ErrorKind::FileTooLarge { "too-big" } else { "unreadable" };
            return failed(code, format!("cannot be read: {error}"));
        }
    };
    if !recognise::may_be_template(&bytes) {
        return match broken(&input.path, &bytes, input.named) {
            Some((code, message)) => failed(code, message),
            None => One { skipped: Some("no template".to_owned()), ..One::default() },
        };
    }
    let path = clean(&input.path);
    let session = Session {
        reader,
        settings,
        files: RefCell::default(),
        texts: RefCell::default(),
        documents: RefCell::new(HashMap::new()),
        diagnostics: RefCell::default(),
        gaps: RefCell::default(),
        resources: RefCell::default(),
        nested: RefCell::default(),
        produced: Cell::new(0),
        rounds: Cell::new(0),
        depth: Cell::new(0),
        instances: Cell::new(0),
    };
    let document = Rc::new(session.parse(&path, &bytes));
    session.documents.borrow_mut().insert(path.clone(), Some(document.clone()));
    let is_template = recognise::is_template(&document.root);
    let mut skipped = None;
    let mut declared = std::collections::BTreeSet::new();
    if is_template {
        session.report(&document);
        let parameters = document.root.get("Parameters").map_or(&[][..], Tree::entries);
        declared.extend(parameters.iter().map(|entry| entry.key.to_string()));
        let setting = Setting {
            scope: Arc::from(format!("{}#", display(&path))),
            via: Vec::new(),
            presence: None,
            account: input.account.clone().or_else(|| settings.account.clone()),
            region: input.region.clone().or_else(|| settings.region.clone()),
        };
        let stack = nested::stack(&session, document, &path, setting, |_| None);
        rules::check(&stack);
        resources::collect(&stack);
    } else if is_broken(&document) && says_template(&bytes) {
        session.report(&document);
    } else {
        skipped = Some("no template".to_owned());
    }
    let loaded = Loaded {
        files: session.files.into_inner(),
        texts: session.texts.into_inner(),
        resources: session.resources.into_inner(),
        gaps: session.gaps.into_inner(),
        diagnostics: session.diagnostics.into_inner(),
        declared,
        ..Loaded::default()
    };
    One { loaded, is_template, skipped, nested: session.nested.into_inner() }
}

/// Whether a document is cut off; that another follows it in the same file is no break.
fn is_broken(document: &document::Document) -> bool {
    document.problems.iter().any(|problem| problem.cuts && problem.code != "second-document")
}

/// A file that does not parse and says that it is a template must not pass for "no template".
fn says_template(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    has(b"AWSTemplateFormatVersion") || has(b"\"AWS::") || has(b": AWS::")
}

/// Why a file that the user named cannot even be told to be a template or not.
fn broken(path: &Path, bytes: &[u8], named: bool) -> Option<(&'static str, String)> {
    if bytes.len() > document::BYTES_MAX {
        let limit = document::BYTES_MAX >> 20;
        return Some(("too-big", format!("larger than {limit} MiB: not read")));
    }
    if !named && !says_template(bytes) {
        return None;
    }
    let document = document::read(FileId::NONE, &display(path), bytes);
    let problem = document.problems.iter().find(|problem| problem.cuts)?;
    Some((problem.code, format!("line {}: {}", problem.span.line, problem.message)))
}

/// Adds what one input gave; file numbers are shifted to follow those already there.
pub fn merge(all: &mut Loaded, mut one: Loaded) {
    let shift = all.files.len() as u32;
    if shift > 0 {
        for resource in &mut one.resources {
            shift::resource(resource, shift);
        }
        for diagnostic in &mut one.diagnostics {
            shift::span(&mut diagnostic.span, shift);
        }
    }
    all.templates += one.templates;
    all.skipped.append(&mut one.skipped);
    all.declared.append(&mut one.declared);
    all.files.append(&mut one.files);
    all.texts.append(&mut one.texts);
    all.resources.append(&mut one.resources);
    all.gaps.append(&mut one.gaps);
    all.diagnostics.append(&mut one.diagnostics);
}

/// Renumbers the file of a position, as [`merge`] does for what it adds after `by` files.
pub fn shift_span(span: &mut estate::value::Span, by: u32) {
    shift::span(span, by);
}

mod shift {
    //! Renumbers the files of positions.

    use estate::resource::Resource;
    use estate::value::{FileId, Node, Span, Value};

    pub(super) fn span(span: &mut Span, by: u32) {
        if span.is_some() {
            span.file = FileId(span.file.0 + by);
        }
    }

    pub(super) fn resource(resource: &mut Resource, by: u32) {
        span(&mut resource.origin.name, by);
        span(&mut resource.origin.body, by);
        resource.origin.via.iter_mut().for_each(|call| span(&mut call.span, by));
        resource.suppressions.iter_mut().for_each(|suppression| span(&mut suppression.span, by));
        resource.properties.entries.iter_mut().for_each(|(_, value)| node(value, by));
        resource.deletion_policy.iter_mut().for_each(|value| node(value, by));
        resource.update_replace_policy.iter_mut().for_each(|value| node(value, by));
    }

    /// Recursion is bounded by the depth of the value.
    fn node(this: &mut Node, by: u32) {
        span(&mut this.span, by);
        match &mut this.value {
            Value::List(list) => list.items.iter_mut().for_each(|item| node(item, by)),
            Value::Map(map) => map.entries.iter_mut().for_each(|(_, value)| node(value, by)),
            Value::Choice(choice) => choice.options.iter_mut().for_each(|option| node(option, by)),
            _ => {}
        }
    }
}

/// The names of the transforms that a template declares.
pub(crate) fn transforms(root: &Tree) -> Vec<Arc<str>> {
    fn names(tree: &Tree, found: &mut Vec<Arc<str>>) {
        match &tree.kind {
            Kind::Scalar(scalar) => found.push(scalar.text.clone()),
            Kind::List(items) => items.iter().for_each(|item| names(item, found)),
            Kind::Map(_) => found.extend(tree.get("Name").and_then(Tree::text).cloned()),
            Kind::Damaged => {}
        }
    }
    let mut found = Vec::new();
    if let Some(tree) = root.get("Transform") {
        names(tree, &mut found);
    }
    found
}
