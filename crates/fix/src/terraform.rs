//! Edits of Terraform code: which argument a property is, where it is written, and who gives its value.

use std::path::{Path, PathBuf};

use control::file::Change;
use estate::estate::Estate;
use estate::resource::{Call, Resource};
use estate::value::Value;
use hcl::Lines;
use hcl::syntax::{Block, Expression, File, Kind};
use template::Files;
use terraform::mapping::invert::{self, Argument, Part};

use crate::Replacement;
use crate::{hcl_edit, write};

/// One file of code.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) file: File,
    lines: Lines,
}

impl Source {
    pub(crate) fn replacement(&self, start: usize, end: usize, text: impl Into<String>) -> Replacement {
        Replacement { file: self.path.clone(), start, end, text: text.into() }
    }

    /// The line of a byte, for what is said.
    pub(crate) fn line(&self, at: u32) -> usize {
        self.lines.position(&self.text, at).0
    }
}

/// The code of one folder.
struct Folder {
    sources: Vec<Source>,
}

impl Folder {
    fn read(files: &dyn Files, folder: &Path) -> Folder {
        let listed = files.list(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        let mut paths = listed.unwrap_or_default();
        paths.retain(|path| {
            let name = path.to_string_lossy();
            terraform::is_code(path) && !name.ends_with(".json") || name.ends_with(".tfvars")
        });
        paths.sort();
        let sources = paths
            .into_iter()
            .filter_map(|path| {
                let text = String::from_utf8(files.read(&path).ok()?).ok()?;
                let file = hcl::file(&text);
                let lines = Lines::of(&text);
                Some(Source { path, text, file, lines })
            })
            .collect();
        Folder { sources }
    }

    fn blocks(&self) -> impl Iterator<Item = (&Source, &Block)> {
        self.sources
            .iter()
            .filter(|source| !is_values(&source.path))
            .flat_map(|source| source.file.body.blocks.iter().map(move |block| (source, block)))
    }

    /// The block whose header begins at a place.
    fn at(&self, path: &Path, line: u32, column: u16) -> Option<(&Source, &Block)> {
        self.blocks().find(|(source, block)| {
            source.path == path
                && source.lines.position(&source.text, block.kind_range.start)
                    == (line as usize, usize::from(column))
        })
    }
}

fn is_values(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tfvars")
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_path_buf()
}

/// Makes one change of a resource's properties.
pub(crate) fn change(
    files: &dyn Files,
    estate: &Estate,
    resource: &Resource,
    path: &Path,
    change: &Change,
) -> Result<Vec<Replacement>, String> {
    if path.extension().is_some_and(|extension| extension == "json") {
        return Err("code in JSON syntax is written by a program: change that".to_owned());
    }
    let folder = Folder::read(files, &folder_of(path));
    let name = resource.origin.name;
    let (source, block) =
        folder.at(path, name.line, name.column).ok_or("the block is not found where it was read")?;
    let (property, value) = asked(change);
    let place = Place { files, estate, resource, folder: &folder };
    if property == "DeletionPolicy" {
        // https://developer.hashicorp.com/terraform/language/meta-arguments#prevent_destroy
        let path = vec!["lifecycle".to_owned(), "prevent_destroy".to_owned()];
        return place.edit(source, block, &Argument { path, value: Some(Value::Bool(true)) });
    }
    let type_name = block.label(0);
    let direct = invert::argument(type_name, &property, value.as_ref());
    let parts = invert::parts(&resource.type_name, &property, value.as_ref());
    for part in &parts {
        if let Some((source, found)) = place.part(part, block) {
            return place.edit(source, found, &part.argument);
        }
    }
    let written = direct.as_ref().is_some_and(|argument| hcl_edit::is_written(&block.body, &argument.path));
    // The blocks inside a bucket are of old; resources of their own are how it is written today.
    let prefers_part = parts.iter().any(|part| part.type_name.starts_with(&format!("{type_name}_")));
    match (direct, parts.first()) {
        (Some(argument), _) if written || !prefers_part || value.is_none() => {
            place.edit(source, block, &argument)
        }
        (_, Some(part)) if value.is_some() => {
            let preferred = parts.iter().find(|part| part.type_name.starts_with(type_name)).unwrap_or(part);
            Ok(vec![new_part(source, block, preferred)])
        }
        _ => Err(format!("the provider has no argument for `{property}` that can be set by itself")),
    }
}

/// The property and value that a change asks for. An element with a name becomes that element's value.
fn asked(change: &Change) -> (String, Option<Value>) {
    match change {
        Change::Set(path, value) => (path.to_string(), Some(value.clone())),
        Change::Remove(path) => (path.to_string(), None),
        Change::Append(path, value) => {
            let text = |key: &str| value.as_map().and_then(|map| map.get(key));
            if let (Some(name), Some(inner)) =
                (text("Key").and_then(|node| node.value.as_text()), text("Value"))
            {
                (format!("{path}[{name}]"), Some(typed(&inner.value)))
            } else {
                let list = std::iter::once(estate::value::Node::of(value.clone())).collect();
                (path.to_string(), Some(Value::List(Box::new(list))))
            }
        }
    }
}

/// An attribute's text as the truth value or number that it stands for.
fn typed(value: &Value) -> Value {
    match value.as_text() {
        Some("true") => Value::Bool(true),
        Some("false") => Value::Bool(false),
        Some(text) => text.parse().map_or_else(|_| value.clone(), Value::Int),
        None => value.clone(),
    }
}

struct Place<'p> {
    files: &'p dyn Files,
    estate: &'p Estate,
    resource: &'p Resource,
    folder: &'p Folder,
}

impl<'p> Place<'p> {
    /// The resource that sets a part of another one, where there is one in the folder.
    fn part(&self, part: &Part, owner: &Block) -> Option<(&'p Source, &'p Block)> {
        self.folder.blocks().find(|(_, block)| {
            &*block.kind == "resource"
                && block.label(0) == part.type_name
                && block.body.attribute(&part.owner).is_some_and(|attribute| refers(&attribute.value, owner))
        })
    }

    fn edit(&self, source: &Source, block: &Block, argument: &Argument) -> Result<Vec<Replacement>, String> {
        let Some(value) = &argument.value else {
            return hcl_edit::remove(source, &block.body, &argument.path);
        };
        match hcl_edit::find(&block.body, &argument.path) {
            Ok(Some(expression)) => {
                let via: &[Call] = &self.resource.origin.via;
                self.give(source, self.folder, via, expression, value, 0)
            }
            Ok(None) => hcl_edit::insert(source, block, &argument.path, &write::hcl(value)),
            Err(why) => Err(why),
        }
    }

    /// Puts a value where an expression takes it from.
    ///
    /// Recursion goes up the chain of names and module calls, and has an end.
    fn give(
        &self,
        source: &Source,
        folder: &Folder,
        via: &[Call],
        expression: &Expression,
        value: &Value,
        depth: usize,
    ) -> Result<Vec<Replacement>, String> {
        // Limit: names that stand for names.
        if depth > 20 {
            return Err("the value goes through too many names".to_owned());
        }
        if is_literal(expression) {
            let (start, end) = (expression.range.start as usize, expression.range.end as usize);
            return Ok(vec![source.replacement(start, end, write::hcl(value))]);
        }
        if let (Kind::Tuple(items), Value::List(list)) = (&expression.kind, value) {
            // What an edit appends is added behind what is there.
            let items_text: Vec<String> = list.items.iter().map(|item| write::hcl(&item.value)).collect();
            let at = items.last().map_or(expression.range.start as usize + 1, |last| last.range.end as usize);
            let comma = if items.is_empty() { "" } else { ", " };
            return Ok(vec![source.replacement(at, at, format!("{comma}{}", items_text.join(", ")))]);
        }
        if let Some((from, value)) = through(expression, value) {
            return self.give(source, folder, via, from, &value, depth + 1);
        }
        match expression.path().as_deref() {
            Some(["var", name]) => self.variable(folder, via, name, value, depth),
            Some(["local", name]) => {
                for (source, block) in folder.blocks().filter(|(_, block)| &*block.kind == "locals") {
                    if let Some(attribute) = block.body.attribute(name) {
                        return self.give(source, folder, via, &attribute.value, value, depth + 1);
                    }
                }
                Err(format!("`local.{name}` is not declared"))
            }
            _ => {
                let line = source.line(expression.range.start);
                let file = source.path.display();
                Err(format!(
                    "an expression gives it in line {line} of `{file}`: set it there to {}",
                    write::hcl(value)
                ))
            }
        }
    }

    /// Puts a value where a variable takes it from: the call of the module, a file of values, or its default.
    fn variable(
        &self,
        folder: &Folder,
        via: &[Call],
        name: &str,
        value: &Value,
        depth: usize,
    ) -> Result<Vec<Replacement>, String> {
        if let Some((call, above)) = via.split_last() {
            let file = self.estate.file(call.span.file).ok_or("the module's call is not found")?;
            let path = Path::new(&**file);
            let outer = Folder::read(self.files, &folder_of(path));
            let found = outer.at(path, call.span.line, call.span.column);
            if let Some((source, block)) = found
                && let Some(attribute) = block.body.attribute(name)
            {
                return self.give(source, &outer, above, &attribute.value, value, depth + 1);
            }
        } else {
            let automatic = |path: &Path| {
                let name =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
            };
            let given = folder.sources.iter().filter(|source| automatic(&source.path)).rev();
            for source in given {
                if let Some(attribute) = source.file.body.attribute(name) {
                    return self.give(source, folder, via, &attribute.value, value, depth + 1);
                }
            }
        }
        let declared =
            folder.blocks().find(|(_, block)| &*block.kind == "variable" && block.label(0) == name);
        if let Some((source, block)) = declared
            && let Some(attribute) = block.body.attribute("default")
        {
            return self.give(source, folder, via, &attribute.value, value, depth + 1);
        }
        Err(format!("variable `{name}` gives it: pass {}", write::hcl(value)))
    }
}

/// Whether an expression is a reference to a resource.
fn refers(expression: &Expression, owner: &Block) -> bool {
    let Kind::Traversal(base, steps) = &expression.kind else { return false };
    let Kind::Name(first) = &base.kind else { return false };
    let second = steps.first().and_then(|step| match step {
        hcl::syntax::Step::Attribute(name, _) => Some(&**name),
        _ => None,
    });
    **first == *owner.label(0) && second == Some(owner.label(1))
}

/// The expression inside another, and the value that it has to have for the other to have the one that is wanted.
fn through<'e>(expression: &'e Expression, value: &Value) -> Option<(&'e Expression, Value)> {
    match &expression.kind {
        Kind::Parentheses(inner) => Some((inner, value.clone())),
        Kind::Not(inner) => match value {
            Value::Bool(truth) => Some((inner, Value::Bool(!truth))),
            _ => None,
        },
        Kind::Conditional(three) => {
            let [condition, then, otherwise] = &**three;
            let says = |branch: &Expression| match (&branch.kind, value) {
                (Kind::Bool(a), Value::Bool(b)) => a == b,
                (Kind::Int(a), Value::Int(b)) => a == b,
                (Kind::Template(_), Value::Text(text)) => branch.literal() == Some(&**text),
                _ => false,
            };
            match (says(then), says(otherwise)) {
                (true, false) => Some((condition, Value::Bool(true))),
                (false, true) => Some((condition, Value::Bool(false))),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether an expression says its value by itself.
///
/// Recursion is bounded by the height of the expression.
fn is_literal(expression: &Expression) -> bool {
    match &expression.kind {
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Double(_) => true,
        Kind::Template(_) => expression.literal().is_some(),
        Kind::Object(items) => items.iter().all(|item| is_literal(&item.value)),
        Kind::Parentheses(inner) => is_literal(inner),
        _ => false,
    }
}

/// A resource of its own for a part, behind the block of its owner.
fn new_part(source: &Source, owner: &Block, part: &Part) -> Replacement {
    let (type_name, name) = (owner.label(0), owner.label(1));
    let (repeat, index) = if owner.body.attribute("for_each").is_some() {
        (format!("  for_each = {type_name}.{name}\n"), "[each.key]")
    } else if owner.body.attribute("count").is_some() {
        (format!("  count = length({type_name}.{name})\n"), "[count.index]")
    } else {
        (String::new(), "")
    };
    let value = part.argument.value.as_ref().map(write::hcl).unwrap_or_default();
    let inner = hcl_edit::nested(&part.argument.path, &value, 2);
    let text = format!(
        "\n\nresource \"{}\" \"{name}\" {{\n{repeat}  {} = {type_name}.{name}{index}.id\n{inner}\n}}",
        part.type_name, part.owner
    );
    let at = owner.range.end as usize;
    source.replacement(at, at, text)
}
