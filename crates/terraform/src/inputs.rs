//! The values of a root module's variables: environment, files, flags.
//!
//! <https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use estate::value::FileId;
use hcl::syntax::Range;

use crate::Given;
use crate::code::Parsed;
use crate::eval::Scope;
use crate::module::Module;
use crate::source::{Config, Session};
use crate::types::Type;
use crate::value::{Kind, Node, Reason, Span, Value};

/// The values that are given, weakest first so that later ones win.
pub(crate) fn given(session: &Session, config: &Arc<Config>) -> BTreeMap<Arc<str>, Node> {
    let mut found = BTreeMap::new();
    for (name, text) in &session.settings.environment {
        if config.variables.contains_key(name.as_str()) {
            found.insert(Arc::from(name.as_str()), flag(session, config, name, text));
        }
    }
    for path in automatic(session) {
        file(session, config, &path, &mut found);
    }
    for one in &session.settings.variables {
        match one {
            Given::File(path) => file(session, config, path, &mut found),
            Given::Value(name, text) => {
                if config.variables.contains_key(name.as_str()) {
                    found.insert(Arc::from(name.as_str()), flag(session, config, name, text));
                }
            }
        }
    }
    found
}

/// The files that Terraform reads by itself, in its order.
fn automatic(session: &Session) -> Vec<PathBuf> {
    let folder = if session.root.as_os_str().is_empty() { Path::new(".") } else { &session.root };
    let mut listed = session.reader.list(folder).unwrap_or_default();
    listed.sort();
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut files: Vec<PathBuf> = Vec::new();
    for exact in ["terraform.tfvars", "terraform.tfvars.json"] {
        files.extend(listed.iter().filter(|path| name(path) == exact).cloned());
    }
    let is_auto = |path: &&PathBuf| {
        let name = name(path);
        name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
    };
    files.extend(listed.iter().filter(is_auto).cloned());
    files
}

fn file(session: &Session, config: &Arc<Config>, path: &Path, found: &mut BTreeMap<Arc<str>, Node>) {
    let bytes = match session.reader.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("variables file `{}`: {error}", template::display(path));
            return session.say(true, "unreadable", Span::NONE, message);
        }
    };
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    // A file of variables holds values only: no names mean anything in it.
    let nowhere = Module::empty();
    if is_json {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let file = session.add(path, Arc::from(text.as_str()), Vec::new());
        let document = document::read(file, &template::display(path), text.as_bytes());
        for problem in &document.problems {
            session.say(problem.cuts, problem.code, problem.span, problem.message.clone());
        }
        if !document.complete {
            lost(session, config, file, path, found);
        }
        for entry in document.root.entries() {
            if config.variables.contains_key(&entry.key) {
                found.insert(entry.key.clone(), tree(&entry.value));
            }
        }
        return;
    }
    let (file, body, _) = Parsed::new(path, bytes).open(session);
    if body.damaged {
        lost(session, config, file, path, found);
    }
    let scope = Scope::new(&nowhere, file);
    for attribute in &body.attributes {
        if config.variables.contains_key(&attribute.name) {
            let node = session.lenient(&scope, &attribute.value);
            found.insert(attribute.name.clone(), node);
        }
    }
}

/// A part of a file of values could not be read: it may have held a value of any variable.
fn lost(
    session: &Session,
    config: &Arc<Config>,
    file: FileId,
    path: &Path,
    found: &mut BTreeMap<Arc<str>, Node>,
) {
    let why = Reason::Damaged(Arc::from(format!("a part of `{}`", template::display(path))));
    let at = session.span(file, Range::default());
    for name in config.variables.keys() {
        found.insert(name.clone(), Node::new(Value::unknown(why.clone(), Kind::Any), at));
    }
}

/// The value of a JSON tree, as it stands.
fn tree(tree: &document::Tree) -> Node {
    let value = match &tree.kind {
        document::Kind::Scalar(scalar) => match scalar.value() {
            estate::value::Value::Null => Value::Null,
            estate::value::Value::Bool(b) => Value::Bool(b),
            estate::value::Value::Int(n) => Value::Int(n),
            estate::value::Value::Double(n) => Value::Double(n),
            _ => Value::Text(scalar.text.clone()),
        },
        document::Kind::List(items) => Value::list(items.iter().map(self::tree).collect()),
        document::Kind::Map(entries) => {
            Value::map(entries.iter().map(|entry| (entry.key.clone(), self::tree(&entry.value))))
        }
        document::Kind::Damaged => Value::failed("this part of the file could not be read"),
    };
    Node::new(value, tree.span)
}

/// A value that is given as text: as it is for a string, else as an expression.
///
/// <https://developer.hashicorp.com/terraform/language/values/variables#variables-on-the-command-line>
fn flag(session: &Session, config: &Arc<Config>, name: &str, text: &str) -> Node {
    let of = config.variables.get(name).and_then(|declared| declared.attribute("type"));
    let of = of.map_or(Type::Any, |(_, attribute)| Type::read(&attribute.value));
    let as_text = Node::of(Value::text(text));
    if matches!(of, Type::String | Type::Number | Type::Bool) {
        return as_text;
    }
    let Ok(expression) = hcl::expression(text) else { return as_text };
    if matches!(of, Type::Any)
        && !matches!(expression.kind, hcl::syntax::Kind::Tuple(_) | hcl::syntax::Kind::Object(_))
    {
        return as_text;
    }
    let nowhere = Module::empty();
    let file = session.add(Path::new(&format!("-var {name}")), Arc::from(text), Vec::new());
    session.lenient(&Scope::new(&nowhere, file), &expression)
}

/// Holds the root module's variables to their validation rules, as far as they are known.
///
/// <https://developer.hashicorp.com/terraform/language/block/variable#validation>
pub(crate) fn validate(session: &Session, root: &Arc<Module>) {
    for (name, declared) in &root.config.variables {
        for (file, block) in declared.blocks() {
            if &*block.kind != "validation" {
                continue;
            }
            let scope = Scope::new(root, file);
            let Some(condition) = block.body.attribute("condition") else { continue };
            // A variable without a value satisfies its rules once it has one.
            let Ok(decided) = session.expression(&scope, &condition.value) else { continue };
            if crate::operate::truth(&decided.value) != Some(false) {
                continue;
            }
            let said =
                block.body.attribute("error_message").map(|message| session.lenient(&scope, &message.value));
            let said =
                said.as_ref().and_then(|node| node.value.as_text()).unwrap_or("the value is not allowed");
            let span = session.variable(root, name, session.span(file, block.range));
            let span = span.map_or(Span::NONE, |node| node.span);
            session.say(true, "terraform-variable", span, format!("variable `{name}`: {said}"));
        }
    }
}
