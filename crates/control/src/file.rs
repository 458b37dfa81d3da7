//! Control files: read strictly, every fault with its position.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use document::{Document, Entry, Kind, Tree};
use estate::catalogue::{Catalogue, nearest};
use estate::value::{FileId, Span, Value};
use finding::report::Severity;

use crate::types::{Base, Ty};
use crate::value::{OwnedList, V};

/// A control as its file says it.
#[derive(Clone, Debug)]
pub struct Control {
    /// Stable and readable.
    pub id: Arc<str>,
    /// The requirement, as a sentence that is true when it passes.
    pub title: Arc<str>,
    /// How bad it is when it fails.
    pub severity: Severity,
    /// The layer it protects.
    pub layer: Arc<str>,
    /// The types it judges.
    pub types: Vec<Arc<str>>,
    /// Where it applies; empty for wherever the type can be.
    pub stages: Vec<Arc<str>>,
    /// The list whose elements it judges.
    pub each: Option<Source>,
    /// Named sub-expressions.
    pub lets: Vec<(Arc<str>, Source)>,
    /// Whether it speaks of a resource at all.
    pub when: Option<Source>,
    /// The judgement.
    pub pass: Source,
    /// What is wrong, with expressions in `{{ }}`.
    pub message: Source,
    /// Why it matters.
    pub why: Arc<str>,
    /// How to mend it.
    pub fix: Fix,
    /// AWS's pages about it.
    pub references: Vec<Arc<str>>,
    /// Framework id to requirement ids.
    pub frameworks: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// Where the frameworks are listed.
    pub frameworks_span: Span,
    /// Values that a user may set.
    pub parameters: Vec<Parameter>,
    /// Its own tests, not yet read.
    pub tests: Option<Tree>,
    /// The file's path.
    pub path: Arc<str>,
}

// Limit: named sub-expressions of a control. Each may use those before it, so a chain of them is as deep as long.
const LETS_MAX: usize = 32;

/// A text of the file and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The text.
    pub text: Arc<str>,
    /// Where.
    pub span: Span,
}

/// How to mend it, by language.
#[derive(Clone, Debug, Default)]
pub struct Fix {
    /// In words.
    pub text: Arc<str>,
    /// In a CloudFormation template.
    pub cloudformation: Option<Arc<str>>,
    /// In Terraform.
    pub terraform: Option<Arc<str>>,
    /// By the AWS command line.
    pub cli: Option<Arc<str>>,
    /// As changes that a program can make.
    pub edit: Vec<Edit>,
}

/// A change to a resource's properties, and what it may cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The change.
    pub change: Change,
    /// Why it is not made without being asked for by name: it interrupts, or breaks whoever relies on what was.
    pub risk: Option<Arc<str>>,
    /// The parameter whose value it sets; the change holds the value of its default.
    pub parameter: Option<Arc<str>>,
}

/// A change to a resource's properties.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Set a path to a value.
    Set(Arc<str>, Value),
    /// Remove a path.
    Remove(Arc<str>),
    /// Append a value to the list at a path.
    Append(Arc<str>, Value),
}

/// A value that a user may set.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: ParameterKind,
    /// Its value where the user sets none.
    pub default: V<'static>,
    /// The least number allowed.
    pub min: Option<f64>,
    /// The greatest number allowed.
    pub max: Option<f64>,
    /// What it is for.
    pub description: Arc<str>,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// `int`
    Int,
    /// `double`
    Double,
    /// `bool`
    Bool,
    /// `string`
    Text,
    /// `list<int>`
    Ints,
    /// `list<string>`
    Texts,
}

/// Something wrong with a file of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The file's path.
    pub path: Arc<str>,
    /// Where.
    pub span: Span,
    /// What, in a line: lower case, no full stop.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

const KEYS: [&str; 17] = [
    "id",
    "title",
    "severity",
    "layer",
    "resource",
    "stages",
    "each",
    "let",
    "when",
    "pass",
    "message",
    "why",
    "fix",
    "references",
    "frameworks",
    "params",
    "tests",
];
const LAYERS: [&str; 10] =
    ["edge", "vpc", "load-balancer", "compute", "os", "application", "code", "identity", "data", "logging"];

impl Control {
    /// Reads a control file. Every fault is listed; the control is given only where there is none.
    pub fn parse(path: &str, text: &str) -> Result<Control, Vec<Fault>> {
        let document = document::read(FileId(0), path, text.as_bytes());
        let mut reader = Reader { path: Arc::from(path), faults: Vec::new() };
        let control = reader.control(&document);
        match control {
            Some(control) if reader.faults.is_empty() => Ok(control),
            _ => Err(reader.faults),
        }
    }
}

/// Reads trees of our own files and collects what is wrong with them.
pub(crate) struct Reader {
    pub(crate) path: Arc<str>,
    pub(crate) faults: Vec<Fault>,
}

impl Reader {
    pub(crate) fn new(path: &str) -> Reader {
        Reader { path: Arc::from(path), faults: Vec::new() }
    }

    pub(crate) fn fault(&mut self, span: Span, message: impl Into<String>) {
        self.faults.push(Fault { path: self.path.clone(), span, message: message.into(), hint: None });
    }

    pub(crate) fn hinted(&mut self, span: Span, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Fault { path: self.path.clone(), span, message: message.into(), hint });
    }

    /// The problems of a document of ours are all faults; so are tags, which our files do not have.
    pub(crate) fn document(&mut self, document: &Document) {
        for problem in &document.problems {
            self.fault(problem.span, problem.message.clone());
        }
    }

    /// Checks that a map has only known keys.
    pub(crate) fn keys(&mut self, entries: &[Entry], known: &[&str]) {
        for entry in entries {
            if !known.contains(&&*entry.key) {
                let hint =
                    nearest(&entry.key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                self.hinted(entry.key_span, format!("unknown key `{}`", entry.key), hint);
            }
        }
    }

    pub(crate) fn text(&mut self, tree: &Tree) -> Option<Source> {
        if let Some(text) = tree.text() {
            Some(Source { text: text.clone(), span: tree.span })
        } else {
            self.fault(tree.span, format!("expected a text, found {}", tree.noun()));
            None
        }
    }

    pub(crate) fn texts(&mut self, tree: &Tree) -> Vec<Source> {
        match &tree.kind {
            Kind::List(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            _ => self.text(tree).into_iter().collect(),
        }
    }

    /// A key that must be there, in a map that starts at a span.
    pub(crate) fn required<'t>(&mut self, root: &'t Tree, key: &str) -> Option<&'t Tree> {
        let found = root.get(key);
        if found.is_none() {
            let start = Span { height: 0, ..root.span };
            self.fault(start, format!("`{key}` is missing"));
        }
        found
    }

    fn word(&mut self, tree: &Tree, words: &[&str], what: &str) -> Option<Arc<str>> {
        let source = self.text(tree)?;
        if words.contains(&&*source.text) {
            return Some(source.text);
        }
        let hint = nearest(&source.text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let hint = hint.or_else(|| Some(format!("one of {}", words.join(", "))));
        self.hinted(source.span, format!("no {what} `{}`", source.text), hint);
        None
    }

    fn control(&mut self, document: &Document) -> Option<Control> {
        self.document(document);
        let root = &document.root;
        if !matches!(root.kind, Kind::Map(_)) {
            self.fault(root.span, format!("a control is a map, found {}", root.noun()));
            return None;
        }
        self.keys(root.entries(), &KEYS);
        let id = self.required(root, "id").and_then(|tree| self.id(tree));
        let title = self.required(root, "title").and_then(|tree| self.text(tree));
        let words = Severity::ALL.map(Severity::word);
        let severity = self.required(root, "severity").and_then(|tree| self.word(tree, &words, "severity"));
        let layer = self.required(root, "layer").and_then(|tree| self.word(tree, &LAYERS, "layer"));
        let types = self.required(root, "resource").map(|tree| self.types(tree)).unwrap_or_default();
        let stages = root.get("stages").map(|tree| self.stages(tree)).unwrap_or_default();
        let each = root.get("each").and_then(|tree| self.text(tree));
        let when = root.get("when").and_then(|tree| self.text(tree));
        let pass = self.required(root, "pass").and_then(|tree| self.text(tree));
        let message = self.required(root, "message").and_then(|tree| self.text(tree));
        let lets = root.get("let").map(|tree| self.lets(tree)).unwrap_or_default();
        let why = self.required(root, "why").and_then(|tree| self.text(tree));
        let fix = self.required(root, "fix").map(|tree| self.fix(tree)).unwrap_or_default();
        let references = root.get("references").map(|tree| self.texts(tree)).unwrap_or_default();
        let frameworks = root.get("frameworks").map(|tree| self.frameworks(tree)).unwrap_or_default();
        let parameters = root.get("params").map(|tree| self.parameters(tree)).unwrap_or_default();
        let mut control = Control {
            id: id?,
            title: title?.text,
            severity: Severity::parse(&severity?)?,
            layer: layer?,
            types,
            stages,
            each,
            lets,
            when,
            pass: pass?,
            message: message?,
            why: why?.text,
            fix,
            references: references.into_iter().map(|source| source.text).collect(),
            frameworks,
            frameworks_span: root.get("frameworks").map_or(root.span, |tree| Span { height: 0, ..tree.span }),
            parameters,
            tests: root.get("tests").cloned(),
            path: self.path.clone(),
        };
        if control.fix.edit.iter().any(|edit| edit.parameter.is_some()) {
            control.settle(&HashMap::new());
            let unset = |edit: &&Edit| matches!(edit.change, Change::Set(_, Value::Null));
            if let Some(edit) = control.fix.edit.iter().filter(|edit| edit.parameter.is_some()).find(unset) {
                let name = edit.parameter.as_deref().unwrap_or_default();
                let span = root.get("fix").map_or(root.span, |tree| Span { height: 0, ..tree.span });
                self.fault(span, format!("an edit sets `{name}`, which is no parameter with a single value"));
            }
        }
        Some(control)
    }

    fn id(&mut self, tree: &Tree) -> Option<Arc<str>> {
        let source = self.text(tree)?;
        let fits = source.text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !fits || source.text.is_empty() {
            self.fault(source.span, "an id is made of lower-case letters, digits and dashes");
            return None;
        }
        Some(source.text)
    }

    fn types(&mut self, tree: &Tree) -> Vec<Arc<str>> {
        let sources = self.texts(tree);
        if sources.is_empty() {
            self.fault(tree.span, "`resource` names at least one type");
        }
        for source in &sources {
            let ours = source.text.starts_with("AWS::") || source.text.starts_with("Palisade::");
            if ours && Catalogue::builtin().get(&source.text).is_none() {
                let hint =
                    Catalogue::builtin().nearest(&source.text).map(|near| format!("did you mean `{near}`?"));
                self.hinted(source.span, format!("no type `{}`", source.text), hint);
            }
        }
        sources.into_iter().map(|source| source.text).collect()
    }

    fn stages(&mut self, tree: &Tree) -> Vec<Arc<str>> {
        let items = if tree.items().is_empty() { std::slice::from_ref(tree) } else { tree.items() };
        items.iter().filter_map(|item| self.word(item, &["template", "live", "event"], "stage")).collect()
    }

    fn lets(&mut self, tree: &Tree) -> Vec<(Arc<str>, Source)> {
        if !matches!(tree.kind, Kind::Map(_)) {
            self.fault(tree.span, format!("`let` is a map of names to expressions, found {}", tree.noun()));
        }
        if tree.entries().len() > LETS_MAX {
            self.fault(tree.span, format!("more than {LETS_MAX} named sub-expressions"));
            return Vec::new();
        }
        let mut lets = Vec::new();
        for entry in tree.entries() {
            if let Some(source) = self.text(&entry.value) {
                lets.push((entry.key.clone(), source));
            }
        }
        lets
    }

    fn fix(&mut self, tree: &Tree) -> Fix {
        self.keys(tree.entries(), &["text", "cloudformation", "terraform", "cli", "edit"]);
        let text = self.required(tree, "text").and_then(|tree| self.text(tree)).map(|source| source.text);
        let mut form = |key: &str| tree.get(key).and_then(|tree| self.text(tree)).map(|source| source.text);
        let (cloudformation, terraform, cli) = (form("cloudformation"), form("terraform"), form("cli"));
        let edit = tree.get("edit").map(|tree| self.edits(tree)).unwrap_or_default();
        Fix { text: text.unwrap_or_else(|| Arc::from("")), cloudformation, terraform, cli, edit }
    }

    fn edits(&mut self, tree: &Tree) -> Vec<Edit> {
        let mut edits = Vec::new();
        for item in tree.items() {
            self.keys(item.entries(), &["set", "to", "remove", "append", "value", "risk"]);
            let path = |key: &str| item.get(key).and_then(Tree::text).cloned();
            let change = match (path("set"), path("remove"), path("append")) {
                (Some(path), None, None) => item.get("to").map(|to| match to.get("param") {
                    Some(_) => Change::Set(path, Value::Null),
                    None => Change::Set(path, crate::case::plain(to)),
                }),
                (None, Some(path), None) => Some(Change::Remove(path)),
                (None, None, Some(path)) => {
                    item.get("value").map(|value| Change::Append(path, crate::case::plain(value)))
                }
                _ => None,
            };
            match change {
                Some(change) => {
                    let parameter = item.get("to").and_then(|to| to.get("param")).and_then(Tree::text);
                    edits.push(Edit { change, risk: path("risk"), parameter: parameter.cloned() });
                }
                None => {
                    self.fault(item.span, "an edit is `set` with `to`, `remove`, or `append` with `value`");
                }
            }
        }
        edits
    }

    fn frameworks(&mut self, tree: &Tree) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
        let mut frameworks = BTreeMap::new();
        for entry in tree.entries() {
            let ids = self.texts(&entry.value).into_iter().map(|source| source.text).collect();
            frameworks.insert(entry.key.clone(), ids);
        }
        frameworks
    }

    fn parameters(&mut self, tree: &Tree) -> Vec<Parameter> {
        tree.entries().iter().filter_map(|entry| self.parameter(entry)).collect()
    }

    fn parameter(&mut self, entry: &Entry) -> Option<Parameter> {
        let tree = &entry.value;
        self.keys(tree.entries(), &["type", "default", "min", "max", "description"]);
        let words = ["int", "double", "bool", "string", "list<int>", "list<string>"];
        let kind = self.required(tree, "type").and_then(|tree| self.word(tree, &words, "parameter type"))?;
        let kind = match &*kind {
            "int" => ParameterKind::Int,
            "double" => ParameterKind::Double,
            "bool" => ParameterKind::Bool,
            "string" => ParameterKind::Text,
            "list<int>" => ParameterKind::Ints,
            _ => ParameterKind::Texts,
        };
        let number = |key: &str| tree.get(key).and_then(Tree::text).and_then(|text| text.parse::<f64>().ok());
        let default = self.required(tree, "default")?;
        let mut parameter = Parameter {
            name: entry.key.clone(),
            kind,
            default: V::Null,
            min: number("min"),
            max: number("max"),
            description: tree
                .get("description")
                .and_then(Tree::text)
                .cloned()
                .unwrap_or_else(|| Arc::from("")),
        };
        match parameter.value(default) {
            Ok(value) => parameter.default = value,
            Err(message) => self.fault(default.span, message),
        }
        Some(parameter)
    }
}

impl Control {
    /// Has the edits that set a parameter's value set the one that the user gave, or the default.
    pub fn settle(&mut self, set: &HashMap<Arc<str>, V<'static>>) {
        for edit in &mut self.fix.edit {
            let Some(name) = &edit.parameter else { continue };
            let default = self.parameters.iter().find(|parameter| parameter.name == *name);
            let value = match set.get(name).or(default.map(|parameter| &parameter.default)) {
                Some(V::Int(number)) => Value::Int(*number),
                Some(V::Double(number)) => Value::Double(*number),
                Some(V::Bool(truth)) => Value::Bool(*truth),
                Some(V::Text(text)) => Value::Text(Arc::from(text.as_str())),
                _ => Value::Null,
            };
            if let Change::Set(_, to) = &mut edit.change {
                *to = value;
            }
        }
    }
}

impl Parameter {
    /// A value for it, checked against its type and range.
    pub fn value(&self, tree: &Tree) -> Result<V<'static>, String> {
        let one = |tree: &Tree| -> Result<V<'static>, String> {
            let Kind::Scalar(scalar) = &tree.kind else {
                return Err(format!("expected a value, found {}", tree.noun()));
            };
            match (self.kind, scalar.value()) {
                (ParameterKind::Int | ParameterKind::Ints, Value::Int(i)) => {
                    self.in_range(i as f64).map(|()| V::Int(i))
                }
                (ParameterKind::Double, Value::Double(d)) => self.in_range(d).map(|()| V::Double(d)),
                (ParameterKind::Double, Value::Int(i)) => {
                    self.in_range(i as f64).map(|()| V::Double(i as f64))
                }
                (ParameterKind::Bool, Value::Bool(b)) => Ok(V::Bool(b)),
                (ParameterKind::Text | ParameterKind::Texts, _) => Ok(V::text(scalar.text.clone())),
                _ => Err(format!("`{}` is no {}", scalar.text, self.kind.word())),
            }
        };
        if matches!(self.kind, ParameterKind::Ints | ParameterKind::Texts) {
            let Kind::List(items) = &tree.kind else {
                return Err(format!("expected a list, found {}", tree.noun()));
            };
            let items =
                items.iter().map(|item| one(item).map(|value| (value, None))).collect::<Result<_, _>>()?;
            return Ok(V::List(Arc::new(OwnedList { items, rest: None })));
        }
        one(tree)
    }

    fn in_range(&self, number: f64) -> Result<(), String> {
        match (self.min, self.max) {
            (Some(min), _) if number < min => {
                Err(format!("{number} is below the least value allowed, {min}"))
            }
            (_, Some(max)) if number > max => {
                Err(format!("{number} is above the greatest value allowed, {max}"))
            }
            _ => Ok(()),
        }
    }

    /// Its type for the checker.
    pub fn ty(&self) -> Ty {
        let list = |base| Ty::of(Base::List(Arc::new(Ty::of(base))));
        match self.kind {
            ParameterKind::Int => Ty::of(Base::Int),
            ParameterKind::Double => Ty::of(Base::Double),
            ParameterKind::Bool => Ty::of(Base::Bool),
            ParameterKind::Text => Ty::of(Base::Text),
            ParameterKind::Ints => list(Base::Int),
            ParameterKind::Texts => list(Base::Text),
        }
    }
}

impl ParameterKind {
    /// The word for it in a control file.
    pub fn word(self) -> &'static str {
        match self {
            ParameterKind::Int => "int",
            ParameterKind::Double => "double",
            ParameterKind::Bool => "bool",
            ParameterKind::Text => "string",
            ParameterKind::Ints => "list<int>",
            ParameterKind::Texts => "list<string>",
        }
    }
}

/// Where a range of an expression's bytes stands in its file.
///
/// A text on one line is found exactly; in a block each line is found by its own words; in a folded text the
/// whole is pointed at.
pub fn locate(source: &Source, file: &str, range: &std::ops::Range<usize>) -> Span {
    let start = range.start.min(source.text.len());
    let before = source.text.get(..start).unwrap_or_default();
    let (line_in_text, column) =
        (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or_default());
    let text_line = source.text.lines().nth(line_in_text).unwrap_or_default();
    let length = source
        .text
        .get(range.clone())
        .map_or(1, |piece| piece.lines().next().unwrap_or_default().chars().count());
    // A block's text begins on the line after its `|`.
    for offset in [0, 1] {
        let number = source.span.line as usize + line_in_text + offset;
        let Some(line) = number.checked_sub(1).and_then(|at| file.lines().nth(at)) else { continue };
        let from = if offset == 0 && line_in_text == 0 {
            usize::from(source.span.column).saturating_sub(1)
        } else {
            0
        };
        let skipped: usize = line.chars().take(from).map(char::len_utf8).sum();
        if text_line.trim().is_empty() {
            continue;
        }
        if let Some(at) = line.get(skipped..).and_then(|rest| rest.find(text_line.trim_end())) {
            let first = line[..skipped + at].chars().count() + column.chars().count() + 1;
            return Span::new(source.span.file, (number, first), (number, first + length.max(1)));
        }
    }
    source.span
}
