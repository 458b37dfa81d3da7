//! One file under reading, and what was found in it so far.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use document::{Comment, Document};
use estate::catalogue::Catalogue;
use estate::estate::Gap;
use estate::normalise;
use estate::resource::{Origin, Resource, Suppression};
use estate::value::{FileId, Kind, Map, Node, Reason, Span, Unknown, Value};
use template::discover::Input;
use template::{Diagnostic, Files};

use crate::link::Link;

// Limit: resources of one file. A rendered chart has a few hundred, a compose file a few dozen.
pub(crate) const RESOURCES_MAX: usize = 20_000;

// Limit: elements of one list that is put together, such as the variables of a workflow with those of all its steps.
pub(crate) const ELEMENTS_MAX: usize = 20_000;

/// A file under reading. Its number is 0 until all files are put together.
pub(crate) struct File<'a> {
    pub(crate) reader: &'a dyn Files,
    pub(crate) input: &'a Input,
    /// The path as it is shown.
    pub(crate) name: String,
    pub(crate) resources: Vec<Resource>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) gaps: Vec<Gap>,
    /// What a delegate needs of other resources.
    pub(crate) links: Vec<Link>,
    /// The comments, in order, for suppressions.
    pub(crate) comments: Vec<Comment>,
    /// Why what is read now may hold more than was read.
    pub(crate) cut: Option<Arc<Unknown>>,
    /// Whether the file is of a format that is read here.
    pub(crate) is_known: bool,
    /// How often each address was given.
    addresses: HashMap<String, usize>,
}

/// The number of the file that is being read.
pub(crate) const THIS: FileId = FileId(0);

/// Where a resource stands.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) name: Span,
    pub(crate) body: Span,
}

impl<'a> File<'a> {
    pub(crate) fn new(reader: &'a dyn Files, input: &'a Input) -> File<'a> {
        File {
            reader,
            input,
            name: template::display(&input.path),
            resources: Vec::new(),
            diagnostics: Vec::new(),
            gaps: Vec::new(),
            links: Vec::new(),
            comments: Vec::new(),
            cut: None,
            is_known: false,
            addresses: HashMap::new(),
        }
    }

    /// The bytes of a file beside this one.
    pub(crate) fn beside(&self, name: &str) -> Option<Vec<u8>> {
        let home = self.input.path.parent().unwrap_or(Path::new(""));
        self.reader.read(&home.join(name)).ok()
    }

    pub(crate) fn say(&mut self, incomplete: bool, code: &'static str, span: Span, message: String) {
        self.diagnostics.push(Diagnostic { incomplete, code, span, file: None, message });
    }

    /// Reports what is wrong with a document. Where it breaks off, there may be more than was read.
    pub(crate) fn report(&mut self, document: &Document) {
        for problem in &document.problems {
            self.say(problem.cuts, problem.code, problem.span, problem.message.clone());
        }
        if !document.complete {
            let why = damaged("the rest of the file");
            self.gaps.push(Gap {
                type_name: None,
                scope: Arc::from(format!("{}#", self.name)),
                why: why.clone(),
            });
            self.cut = Some(why);
        }
    }

    /// Adds a resource. Of several with one address, all but the first are numbered.
    pub(crate) fn push(
        &mut self,
        type_name: &str,
        address: &str,
        at: Place,
        mut properties: Map,
    ) -> Arc<str> {
        let address = self.unique(address);
        let key: Arc<str> = Arc::from(format!("{}#{address}", self.name));
        if self.resources.len() >= RESOURCES_MAX {
            self.too_many(at.name);
            return key;
        }
        if let Some(why) = &self.cut {
            open(&mut properties, why);
        }
        if let Some(info) = Catalogue::builtin().get(type_name) {
            normalise::properties(info, &mut properties);
        }
        let mut resource = Resource::new(Arc::from(type_name), key.clone(), Arc::from(address));
        resource.properties = properties;
        resource.account.clone_from(&self.input.account);
        resource.region.clone_from(&self.input.region);
        resource.origin = Origin { name: at.name, body: at.body, ..Origin::default() };
        resource.suppressions = self.suppressions(at);
        self.resources.push(resource);
        key
    }

    fn unique(&mut self, address: &str) -> String {
        let mut name = address.to_owned();
        loop {
            let times = self.addresses.entry(name.clone()).or_insert(0);
            *times += 1;
            if *times == 1 {
                return name;
            }
            name = format!("{name}~{times}");
        }
    }

    fn too_many(&mut self, span: Span) {
        if self.diagnostics.last().is_none_or(|said| said.code != "too-many") {
            let message = format!("more than {RESOURCES_MAX} resources: the rest is not read");
            self.say(true, "too-many", span, message);
            let why = damaged("the rest of the file");
            let scope = Arc::from(format!("{}#", self.name));
            self.gaps.push(Gap { type_name: None, scope, why: why.clone() });
            self.cut = Some(why);
        }
    }

    /// The controls that a comment `# palisade:ignore ID TEXT` switches off, on a line of the resource or alone on
    /// the line above it.
    fn suppressions(&self, at: Place) -> Vec<Suppression> {
        let first = at.name.line.min(at.body.line);
        let last = at.body.end_line().max(at.name.line);
        let mut found = Vec::new();
        let start = self.comments.partition_point(|comment| comment.span.line.saturating_add(1) < first);
        for comment in self.comments[start..].iter().take_while(|comment| comment.span.line <= last) {
            if comment.span.line < first && !comment.is_alone {
                continue;
            }
            found.extend(Suppression::of_comment(&comment.text, comment.span));
        }
        found
    }
}

/// Something that could not be read.
pub(crate) fn damaged(what: &str) -> Arc<Unknown> {
    Arc::new(Unknown { reason: Reason::Damaged(Arc::from(what)), kind: Kind::Any })
}

/// Something that is not there to be read.
pub(crate) fn missing(what: &str) -> Arc<Unknown> {
    Arc::new(Unknown { reason: Reason::Missing(Arc::from(what)), kind: Kind::Any })
}

/// Every map and list may hold more than was read.
fn open(map: &mut Map, why: &Arc<Unknown>) {
    map.entries.iter_mut().for_each(|(_, node)| open_node(node, why));
    map.rest.get_or_insert_with(|| why.clone());
}

/// Recursion is bounded by the depth of the value, which the document's reader bounds.
fn open_node(node: &mut Node, why: &Arc<Unknown>) {
    match &mut node.value {
        Value::Map(map) => open(map, why),
        Value::List(list) => {
            list.items.iter_mut().for_each(|item| open_node(item, why));
            list.rest.get_or_insert_with(|| why.clone());
        }
        _ => {}
    }
}
