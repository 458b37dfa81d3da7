//! Edits of CloudFormation templates, in YAML and JSON.

use std::path::Path;

use control::file::Change;
use document::{Entry, Kind, Notation, Tree};
use estate::catalogue::Catalogue;
use estate::resource::Resource;
use estate::value::{FileId, Node, Span, Value};
use template::Files;

use crate::Replacement;
use crate::write;

/// Makes one change of a resource's properties.
pub(crate) fn change(
    files: &dyn Files,
    resource: &Resource,
    path: &Path,
    change: &Change,
) -> Result<Vec<Replacement>, String> {
    let bytes = files.read(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let text = String::from_utf8(bytes).map_err(|_| "the text is not UTF-8".to_owned())?;
    let document = document::read(FileId(0), &path.to_string_lossy(), text.as_bytes());
    let offset = text.len() - text.strip_prefix('\u{feff}').unwrap_or(&text).len();
    let template = Template {
        text: &text,
        offset,
        path,
        json: Notation::of(&text) == Notation::Json,
        root: &document.root,
    };
    match template.resource(resource) {
        Some(entry) => template.change(resource, entry, change),
        None => template.literal(resource, change).ok_or_else(|| NOT_WRITTEN.to_owned()),
    }
}

const NOT_WRITTEN: &str = "the resource is made by a plan, a transform or a loop, not written as it is";

/// The value at a path of a resource.
fn value_at<'r>(resource: &'r Resource, path: &str) -> Option<&'r Node> {
    let mut steps = path.split('.');
    let mut at = resource.properties.get(steps.next()?)?;
    for step in steps {
        at = at.value.as_map()?.get(step)?;
    }
    Some(at)
}

struct Template<'t> {
    text: &'t str,
    /// The bytes of a mark at the beginning of the text, which the document's lines do not count.
    offset: usize,
    path: &'t Path,
    json: bool,
    root: &'t Tree,
}

impl<'t> Template<'t> {
    /// The entry of a resource, where it is written as it is.
    fn resource(&self, resource: &Resource) -> Option<&'t Entry> {
        let at = |span: Span| (span.line, span.column);
        let wanted = at(resource.origin.name);
        let entries = self.root.get("Resources")?.entries();
        let entry = entries.iter().find(|entry| at(entry.key_span) == wanted)?;
        let is_type =
            entry.value.get("Type").and_then(Tree::text).is_some_and(|text| *text == resource.type_name);
        is_type.then_some(entry)
    }

    fn change(
        &self,
        resource: &Resource,
        entry: &'t Entry,
        change: &Change,
    ) -> Result<Vec<Replacement>, String> {
        let (Change::Set(path, _) | Change::Remove(path) | Change::Append(path, _)) = change;
        // What keeps a resource when its stack goes stands beside its properties.
        let is_beside = ["DeletionPolicy", "UpdateReplacePolicy"].contains(&&**path);
        let within = (!is_beside).then_some("Properties");
        let steps: Vec<&str> = within.into_iter().chain(path.split('.')).collect();
        let mut at = &entry.value;
        for (depth, step) in steps.iter().enumerate() {
            if !matches!(at.kind, Kind::Map(_)) || at.tag.is_some() || is_call(at) {
                return Err(self.elsewhere(at, &steps[usize::from(!is_beside)..depth].join(".")));
            }
            let Some(next) = at.entry(step) else {
                return match change {
                    Change::Remove(_) => Ok(Vec::new()),
                    Change::Set(_, value) => self.insert(at, &steps[depth..], value.clone()),
                    Change::Append(_, value) => {
                        let list = std::iter::once(estate::value::Node::of(value.clone())).collect();
                        self.insert(at, &steps[depth..], Value::List(Box::new(list)))
                    }
                };
            };
            if depth + 1 == steps.len() {
                return match change {
                    Change::Remove(_) => Ok(vec![self.remove(at, next)]),
                    Change::Set(_, value) => self.replace(next, value),
                    Change::Append(_, value) => self.append(resource, path, next, value),
                };
            }
            at = &next.value;
        }
        Ok(Vec::new())
    }

    /// A single value of a resource that is not written as it is: where the value itself is written, it is replaced.
    fn literal(&self, resource: &Resource, change: &Change) -> Option<Vec<Replacement>> {
        let Change::Set(path, value) = change else { return None };
        // A plan says what was decided elsewhere: only a template is edited.
        self.root.get("Resources")?;
        let node = value_at(resource, path)?;
        let span = node.span;
        if !span.is_some() || span.file != resource.origin.name.file {
            return None;
        }
        let (start, end) = (self.start(span), self.end(span));
        let written = self.text.get(start..end)?.trim().trim_matches(['"', '\'']);
        let is_it = match &node.value {
            Value::Text(text) => written == &**text,
            Value::Bool(truth) => written == if *truth { "true" } else { "false" },
            Value::Int(number) => written == number.to_string(),
            _ => false,
        };
        let is_scalar = matches!(value, Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_));
        let text = if self.json { write::json(value) } else { write::flow(value) };
        (is_it && is_scalar).then(|| vec![self.replacement(start, end, text)])
    }

    /// Why a value that is not written as it is cannot be changed here.
    fn elsewhere(&self, tree: &Tree, path: &str) -> String {
        let _ = self;
        let what = tree.tag.as_deref().map_or("an intrinsic function", |tag| match tag {
            "Ref" => "a parameter or another resource",
            "If" => "a condition",
            _ => "an intrinsic function",
        });
        format!("`{path}` is given by {what} in line {}: change it there", tree.span.line)
    }

    /// The byte at a line and column.
    fn byte(&self, line: usize, column: usize) -> usize {
        let rest = &self.text[self.offset..];
        let mut at = self.offset;
        for _ in 1..line {
            at += rest[at - self.offset..].find('\n').map_or(0, |length| length + 1);
        }
        at + self.text[at..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
    }

    fn start(&self, span: Span) -> usize {
        self.byte(span.line as usize, usize::from(span.column))
    }

    fn end(&self, span: Span) -> usize {
        self.byte(span.end_line() as usize, usize::from(span.end_column))
    }

    fn replacement(&self, start: usize, end: usize, text: String) -> Replacement {
        Replacement { file: self.path.to_path_buf(), start, end, text }
    }

    fn replace(&self, entry: &Entry, value: &Value) -> Result<Vec<Replacement>, String> {
        let tree = &entry.value;
        if tree.tag.as_deref() == Some("Ref") || (tree.entries().len() == 1 && tree.get("Ref").is_some()) {
            return self.parameter(tree, value);
        }
        if tree.tag.is_some() || is_call(tree) {
            return Err(self.elsewhere(tree, &entry.key));
        }
        let (start, end) = (self.start(tree.span), self.end(tree.span));
        let written = self.text.get(start..end).unwrap_or("");
        // A block of lines ends where the next begins; what is put in its place stands on one line.
        let trailing = written.len() - written.trim_end().len();
        let text = if self.json { write::json(value) } else { write::flow(value) };
        if start == end {
            // `Key:` without a value.
            let colon = self.text[self.end(entry.key_span)..].find(':').unwrap_or(0);
            let at = self.end(entry.key_span) + colon + 1;
            return Ok(vec![self.replacement(at, at, format!(" {text}"))]);
        }
        Ok(vec![self.replacement(start, end - trailing, text)])
    }

    /// A value that a parameter gives: its default is changed, where nothing else takes it.
    fn parameter(&self, tree: &Tree, value: &Value) -> Result<Vec<Replacement>, String> {
        let name = tree.text().or_else(|| tree.get("Ref").and_then(Tree::text)).cloned().unwrap_or_default();
        let parameter = self.root.get("Parameters").and_then(|parameters| parameters.get(&name));
        let Some(parameter) = parameter else {
            return Err(format!("it is given by `{name}`, which is another resource"));
        };
        let uses = uses(self.root, &name);
        let Some(default) = parameter.entry("Default") else {
            return Err(format!("parameter `{name}` gives it: pass `{}`", write::flow(value)));
        };
        if uses > 1 {
            return Err(format!("parameter `{name}` gives it, and is used {uses} times: decide for each"));
        }
        let is_scalar = matches!(value, Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_));
        if !is_scalar {
            return Err(format!("parameter `{name}` gives it"));
        }
        let allowed = parameter.get("AllowedValues").map_or(&[][..], Tree::items);
        let text = write::flow(value);
        let bare = text.trim_matches('"').to_owned();
        if !allowed.is_empty() && !allowed.iter().filter_map(Tree::text).any(|one| **one == bare) {
            return Err(format!("parameter `{name}` gives it and does not allow `{bare}`"));
        }
        let quoted =
            self.text.get(self.start(default.value.span)..).is_some_and(|rest| rest.starts_with(['"', '\'']));
        let text = if quoted || self.json { format!("\"{bare}\"") } else { text };
        let (start, end) = (self.start(default.value.span), self.end(default.value.span));
        Ok(vec![self.replacement(start, end, text)])
    }

    /// Adds a key that is not there, with all keys below it.
    fn insert(&self, map: &Tree, steps: &[&str], value: Value) -> Result<Vec<Replacement>, String> {
        let nested = steps[1..].iter().rev().fold(value, |inner, step| {
            let node = estate::value::Node::of(inner);
            Value::Map(Box::new(std::iter::once((std::sync::Arc::from(*step), node)).collect()))
        });
        let entries = map.entries();
        let start = self.start(map.span);
        let is_flow = self.json || self.text[start..].starts_with('{');
        if is_flow {
            return self.insert_flow(map, steps[0], &nested);
        }
        let Some(last) = entries.last() else { return Err("there is nothing to add it to".to_owned()) };
        let indent = usize::from(entries[0].key_span.column).saturating_sub(1);
        let step = Self::step(map, indent);
        let text = format!("{}:{}", steps[0], write::block(&nested, indent + step, step));
        // Behind `Type`, the first that most templates write; else behind the last key.
        let after =
            entries.iter().find(|entry| &*entry.key == "Type" && steps[0] == "Properties").unwrap_or(last);
        let at = self.line_end(after);
        Ok(vec![self.replacement(at, at, format!("\n{}{text}", " ".repeat(indent)))])
    }

    /// How far the next level of YAML is indented here.
    fn step(map: &Tree, indent: usize) -> usize {
        let deeper = map.entries().iter().find_map(|entry| {
            let column = usize::from(entry.value.entries().first()?.key_span.column).saturating_sub(1);
            let is_block = entry.value.span.line > entry.key_span.line;
            (is_block && column > indent).then(|| column - indent)
        });
        deeper.unwrap_or(2)
    }

    /// Where the last line of an entry ends, without the empty lines and comments behind it.
    fn line_end(&self, entry: &Entry) -> usize {
        let start = self.start(entry.key_span);
        let end = self.end(entry.value.span).max(self.end(entry.key_span));
        let written = self.text.get(start..end).unwrap_or("").trim_end();
        let last = start + written.len();
        let rest = &self.text[last..];
        let line = last + rest.find('\n').unwrap_or(rest.len());
        if self.text[..line].ends_with('\r') { line - 1 } else { line }
    }

    fn insert_flow(&self, map: &Tree, key: &str, value: &Value) -> Result<Vec<Replacement>, String> {
        let (start, end) = (self.start(map.span), self.end(map.span));
        let inner = self.text.get(start..end).filter(|text| text.ends_with('}'));
        if inner.is_none() {
            return Err("the object is not closed".to_owned());
        }
        let (key, value) = if self.json {
            (format!("\"{key}\""), write::json(value))
        } else {
            (key.to_owned(), write::flow(value))
        };
        let Some(last) = map.entries().last() else {
            return Ok(vec![self.replacement(start, end, format!("{{ {key}: {value} }}"))]);
        };
        let at = self.end(last.value.span);
        let many_lines = last.key_span.line > map.span.line;
        let text = if many_lines {
            let line = self.byte(last.key_span.line as usize, 1);
            let indent: String = self.text[line..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
            format!(",\n{indent}{key}: {value}")
        } else {
            format!(", {key}: {value}")
        };
        Ok(vec![self.replacement(at, at, text)])
    }

    /// Takes an entry out, with its line where it has one to itself.
    fn remove(&self, map: &Tree, entry: &Entry) -> Replacement {
        let entries = map.entries();
        let is_flow = self.json || self.text[self.start(map.span)..].starts_with('{');
        let at = entries.iter().position(|one| std::ptr::eq(one, entry)).unwrap_or(0);
        if !is_flow {
            let start = self.byte(entry.key_span.line as usize, 1);
            let end = self.line_end(entry);
            if entries.len() == 1 {
                // A map that is left without keys is written as one.
                let key = self.start(entry.key_span);
                return self.replacement(key, end, "{}".to_owned());
            }
            let end =
                if self.text[end..].starts_with("\r\n") { end + 2 } else { (end + 1).min(self.text.len()) };
            return self.replacement(start, end, String::new());
        }
        let (start, end) = match (at.checked_sub(1).map(|at| &entries[at]), entries.get(at + 1)) {
            (Some(before), _) => (self.end(before.value.span), self.end(entry.value.span)),
            (None, Some(after)) => (self.start(entry.key_span), self.start(after.key_span)),
            (None, None) => (self.start(entry.key_span), self.end(entry.value.span)),
        };
        self.replacement(start, end, String::new())
    }

    /// Adds an element to a list; one that has the same key takes the place of the one that is there.
    fn append(
        &self,
        resource: &Resource,
        path: &str,
        entry: &Entry,
        value: &Value,
    ) -> Result<Vec<Replacement>, String> {
        let tree = &entry.value;
        if tree.tag.is_some() || is_call(tree) {
            return Err(self.elsewhere(tree, &entry.key));
        }
        let Kind::List(items) = &tree.kind else { return Err(format!("`{}` is no list", entry.key)) };
        let info = Catalogue::builtin().get(&resource.type_name);
        let keys = info.and_then(|info| info.element_key(path)).unwrap_or_default();
        let same = |item: &&Tree| {
            !keys.is_empty()
                && keys.iter().all(|key| {
                    let wanted =
                        value.as_map().and_then(|map| map.get(key)).and_then(|node| node.value.as_text());
                    item.get(key).and_then(Tree::text).map(|text| &**text) == wanted && wanted.is_some()
                })
        };
        if let Some(item) = items.iter().find(same) {
            let (start, end) = (self.start(item.span), self.end(item.span));
            let written = self.text.get(start..end).unwrap_or("").trim_end();
            let text = if self.json { write::json(value) } else { write::flow(value) };
            return Ok(vec![self.replacement(start, start + written.len(), text)]);
        }
        let (start, end) = (self.start(tree.span), self.end(tree.span));
        let Some(last) = items.last() else {
            let text = if self.json { write::json(value) } else { write::flow(value) };
            return Ok(vec![self.replacement(start, end, format!("[{text}]"))]);
        };
        if self.json || self.text[start..].starts_with('[') {
            let text = if self.json { write::json(value) } else { write::flow(value) };
            let at = self.end(last.span);
            let many_lines = last.span.line > tree.span.line;
            let indent = " ".repeat(usize::from(last.span.column).saturating_sub(1));
            let text = if many_lines { format!(",\n{indent}{text}") } else { format!(", {text}") };
            return Ok(vec![self.replacement(at, at, text)]);
        }
        // The dash stands before the element.
        let line = self.byte(last.span.line as usize, 1);
        let before = &self.text[line..self.start(last.span)];
        let dash = before.rfind('-').ok_or("the list is not written with dashes")?;
        let written = self.text.get(self.start(last.span)..self.end(last.span)).unwrap_or("").trim_end();
        let last_byte = self.start(last.span) + written.len();
        let rest = &self.text[last_byte..];
        let at = last_byte + rest.find('\n').unwrap_or(rest.len());
        let indent = before[..dash].chars().count();
        let text = write::item_lines(value, indent + 2, 2);
        Ok(vec![self.replacement(at, at, format!("\n{}- {text}", " ".repeat(indent)))])
    }
}

/// Whether a map is a call of an intrinsic function.
fn is_call(tree: &Tree) -> bool {
    matches!(tree.entries(), [only] if only.key.starts_with("Fn::") || &*only.key == "Ref")
}

/// How often a parameter is used.
///
/// Recursion is bounded by the depth of the document.
fn uses(tree: &Tree, name: &str) -> usize {
    let is_ref = |text: &str| text == name;
    let own = match (&tree.kind, tree.tag.as_deref()) {
        (Kind::Scalar(scalar), Some("Ref")) => usize::from(is_ref(&scalar.text)),
        (Kind::Scalar(scalar), _) => usize::from(scalar.text.contains(&format!("${{{name}}}"))),
        _ => 0,
    };
    let inside: usize = match &tree.kind {
        Kind::Map(entries) => entries
            .iter()
            .map(|entry| {
                let called = &*entry.key == "Ref" && entry.value.text().is_some_and(|text| is_ref(text));
                usize::from(called) + uses(&entry.value, name)
            })
            .sum(),
        Kind::List(items) => items.iter().map(|item| uses(item, name)).sum(),
        Kind::Scalar(_) | Kind::Damaged => 0,
    };
    own + inside
}
