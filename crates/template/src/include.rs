//! `Fn::Transform`: `AWS::Include` from a local file; any other macro is unknown.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use document::{Document, Entry, Kind as TreeKind, Tree};
use estate::value::{Kind, Map, Node, Reason, Unknown, Value};

use crate::eval::Evaluator;
use crate::stack::{Session, Stack};

/// A macro as the value of a property.
pub(crate) fn as_value(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Option<Node> {
    if argument.items().len() > 1 {
        let mut map = Map::default();
        in_map(evaluator, argument, &mut map);
        return Some(Node { value: Value::Map(Box::new(map)), span: tree.span });
    }
    match included(evaluator, argument) {
        Ok((document, path)) => inside(evaluator, &path, |inner| inner.value(&document.root)),
        Err(unknown) => Some(Node { value: Value::Unknown(unknown), span: tree.span }),
    }
}

/// A macro beside other keys of a map: its result is merged in.
pub(crate) fn in_map(evaluator: &Evaluator, argument: &Tree, map: &mut Map) {
    if argument.items().len() > 1 {
        argument.items().iter().for_each(|one| in_map(evaluator, one, map));
        return;
    }
    match included(evaluator, argument) {
        Ok((document, path)) => {
            let made = inside(evaluator, &path, |inner| Some(inner.map(document.root.entries())));
            for (key, node) in made.unwrap_or_default().entries {
                map.set(key, node);
            }
        }
        Err(unknown) => map.rest = Some(unknown),
    }
}

/// The document that an `AWS::Include` brings in, or why it is unknown.
pub(crate) fn included(
    evaluator: &Evaluator,
    argument: &Tree,
) -> Result<(Rc<Document>, PathBuf), Arc<Unknown>> {
    let stack = evaluator.stack;
    // One macro may stand in a list of one.
    let argument = if let [one] = argument.items() { one } else { argument };
    let name = argument.get("Name").and_then(Tree::text).map_or("", |text| text);
    if name != "AWS::Include" {
        stack.say(
            true,
            "macro",
            argument.span,
            format!("macro `{name}` runs inside AWS: what it makes is unknown"),
        );
        return Err(Stack::unknown(Reason::Macro(Arc::from(name)), Kind::Any));
    }
    let location = argument.get("Parameters").and_then(|parameters| parameters.get("Location"));
    let location = location.and_then(|tree| evaluator.value(tree)).map(|node| node.value);
    let Some(Value::Text(location)) = location else {
        return Err(Stack::unknown(Reason::Missing(Arc::from("the included file")), Kind::Any));
    };
    let missing = || Stack::unknown(Reason::Missing(Arc::from(format!("`{location}`"))), Kind::Any);
    if location.contains("://") {
        stack.say(
            true,
            "include",
            argument.span,
            format!("`{location}` is not local: what it includes is unknown"),
        );
        return Err(missing());
    }
    let path = beside(&stack.path, &location);
    if stack.visiting.borrow().iter().any(|(at, _)| Path::new(&**at) == path) {
        stack.say(true, "cycle", argument.span, format!("`{location}` includes itself"));
        return Err(missing());
    }
    if let Some(document) = stack.session.document(&path) {
        stack.session.report(&document);
        Ok((document, path))
    } else {
        stack.say(
            true,
            "include",
            argument.span,
            format!("`{location}` cannot be read: what it includes is unknown"),
        );
        Err(missing())
    }
}

// Limit: includes at the top level of a template. Real ones have one or two; the rest counts as not read.
const INCLUDES_MAX: usize = 20;

/// A template with what its top level includes, and why some of that was not read, if so.
///
/// AWS inserts the file where the transform stands, beside the sections; entries of a section that both have are
/// put together.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html>
pub(crate) fn whole(
    session: &Session,
    document: Rc<Document>,
    path: &Path,
) -> (Rc<Document>, Option<Arc<Unknown>>) {
    let Some(transform) = document.root.get("Transform") else { return (document, None) };
    let named =
        |tree: &&Tree| tree.get("Name").and_then(Tree::text).is_some_and(|name| &**name == "AWS::Include");
    let all = std::iter::once(transform).chain(transform.items());
    let mut merged = None;
    let mut not_included = None;
    for (number, tree) in all.filter(named).enumerate() {
        let location = tree.get("Parameters").and_then(|parameters| parameters.get("Location"));
        let location = location.and_then(Tree::text).map_or("", |text| text);
        let is_local = !location.is_empty() && !location.contains("://") && number < INCLUDES_MAX;
        let local = is_local.then_some(location);
        let Some(included) = local.and_then(|location| session.document(&beside(path, location))) else {
            let message =
                format!("`{location}` cannot be read here: what it adds to the template is unknown");
            session.say(true, "include", tree.span, message);
            not_included =
                Some(Stack::unknown(Reason::Missing(Arc::from("the included template")), Kind::Any));
            continue;
        };
        session.report(&included);
        if crate::recognise::is_template(&included.root) {
            // Judged as a part of this one, not again by itself.
            session.nested.borrow_mut().push(beside(path, location));
        }
        let whole = merged.get_or_insert_with(|| Document::clone(&document));
        whole.complete &= included.complete;
        if !add(&mut whole.root, &included.root) {
            let message =
                format!("`{location}` has what the template has too: which of them counts is unknown");
            session.say(true, "include", tree.span, message);
            not_included =
                Some(Stack::unknown(Reason::Failed(Arc::from("a name is given twice")), Kind::Any));
        }
    }
    (merged.map_or(document, Rc::new), not_included)
}

/// Adds sections to a template, and entries to the sections it has. False where one is there already.
fn add(root: &mut Tree, included: &Tree) -> bool {
    let TreeKind::Map(sections) = &mut root.kind else { return false };
    let mut apart = true;
    for section in included.entries() {
        let Some(own) = sections.iter_mut().find(|own| own.key == section.key) else {
            sections.push(section.clone());
            continue;
        };
        match &mut own.value.kind {
            TreeKind::Map(entries) if !section.value.entries().is_empty() => {
                let known: HashSet<Arc<str>> = entries.iter().map(|own| own.key.clone()).collect();
                let new = |entry: &&Entry| !known.contains(&entry.key);
                entries.extend(section.value.entries().iter().filter(new).cloned());
                apart &= !section.value.entries().iter().any(|entry| known.contains(&entry.key));
            }
            // A file may repeat the version or a description.
            _ => apart &= matches!(&*section.key, "AWSTemplateFormatVersion" | "Description"),
        }
    }
    apart
}

/// Evaluates what stands in an included file, which must not include itself.
pub(crate) fn inside<T>(
    evaluator: &Evaluator,
    path: &Path,
    evaluate: impl FnOnce(&Evaluator) -> Option<T>,
) -> Option<T> {
    let place: (Arc<str>, Arc<str>) = (Arc::from(path.to_string_lossy()), Arc::from("include"));
    evaluator.stack.visiting.borrow_mut().push(place);
    let made = evaluate(evaluator);
    evaluator.stack.visiting.borrow_mut().pop();
    made
}

/// A path beside a template, without `.` and resolved `..` where that is possible.
pub(crate) fn beside(template: &Path, location: &str) -> PathBuf {
    let mut path = template.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(location).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path
}
