//! `Fn::Transform`: `AWS::Include` from a local file; any other macro is unknown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use document::Tree;
use estate::value::{Kind, Map, Node, Reason, Unknown, Value};

use crate::eval::Evaluator;
use crate::stack::Stack;

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
) -> Result<(std::rc::Rc<document::Document>, PathBuf), Arc<Unknown>> {
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
