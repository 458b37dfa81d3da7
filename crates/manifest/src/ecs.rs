//! ECS task definitions as the command line takes them, in the shape of `AWS::ECS::TaskDefinition`.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>

use std::sync::Arc;

use document::{Document, Kind as TreeKind, Tree};
use estate::catalogue::{Catalogue, Shape, TypeInfo};
use estate::value::{Map, Node, Value};

use crate::body::{node, plain_text};
use crate::file::{File, Place};

const TYPE: &str = "AWS::ECS::TaskDefinition";

/// Reads a document, where it is a task definition: alone, or as `describe-task-definition` gives it.
pub(crate) fn read(file: &mut File, document: &Document) -> bool {
    let root = document.root.get("taskDefinition").unwrap_or(&document.root);
    let containers =
        root.get("containerDefinitions").is_some_and(|tree| matches!(tree.kind, TreeKind::List(_)));
    let Some(family) = plain_text(root, "family").filter(|_| containers) else { return false };
    let Some(info) = Catalogue::builtin().get(TYPE) else { return false };
    let properties = map(info, info.root(), root);
    let name = root.get("family").map_or(root.span, |tree| tree.span);
    let place = Place { name, body: root.span };
    file.push(TYPE, &format!("task-definition/{family}"), place, properties);
    true
}

/// A map in the words of the schema: the same names with a capital letter, and whatever the schema does not know
/// left out. Recursion is bounded by the depth of the document.
fn map(info: &TypeInfo, shape: &Shape, tree: &Tree) -> Map {
    let mut map = Map::default();
    for entry in tree.entries() {
        let name = capital(&entry.key);
        if let Some(property) = shape.property(&name) {
            map.set(Arc::from(name), value(info, info.shape(property.shape), &entry.value));
        } else if shape.others.is_some() || shape.open {
            map.set(entry.key.clone(), node(&entry.value));
        }
    }
    map
}

fn value(info: &TypeInfo, shape: &Shape, tree: &Tree) -> Node {
    let value = match &tree.kind {
        TreeKind::Map(_) if shape.is_free() || shape.properties.is_empty() => return node(tree),
        TreeKind::Map(_) => Value::Map(Box::new(map(info, shape, tree))),
        TreeKind::List(items) => {
            let Some(id) = shape.items else { return node(tree) };
            Value::List(Box::new(items.iter().map(|item| value(info, info.shape(id), item)).collect()))
        }
        TreeKind::Scalar(_) | TreeKind::Damaged => return node(tree),
    };
    Node { value, span: tree.span }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
