//! The tests inside mapping files.

use document::{Kind as TreeKind, Tree};
use estate::value::{Node, Reason, Value};

use super::read::{self, Case};

/// What came of a test.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The test's name.
    pub name: String,
    /// Where it stands in the file.
    pub line: u32,
    /// What is not as expected; empty where all is.
    pub faults: Vec<String>,
}

/// Runs the tests of a mapping file, with the mappings that are compiled in.
///
/// Gives the faults of the file where it cannot be read.
pub fn run(path: &str, text: &str) -> Result<Vec<Outcome>, Vec<read::Fault>> {
    let mappings = read::file(path, text)?;
    Ok(mappings.tests.iter().map(one).collect())
}

fn one(case: &Case) -> Outcome {
    let loaded = crate::text(&case.terraform);
    let mut faults: Vec<String> = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.incomplete)
        .map(|diagnostic| format!("line {}: {}", diagnostic.span.line, diagnostic.message))
        .collect();
    for (address, type_name, properties) in &case.expect {
        let Some(made) = loaded.resources.iter().find(|resource| *resource.address == **address) else {
            let made: Vec<&str> = loaded.resources.iter().map(|resource| &*resource.address).collect();
            faults.push(format!("no `{address}` was made, but {}", made.join(", ")));
            continue;
        };
        if *made.type_name != **type_name {
            faults.push(format!("`{address}` is a {}, not a {type_name}", made.type_name));
        }
        let whole = Node::of(Value::Map(Box::new(made.properties.clone())));
        differ(&whole, properties, address, &mut faults);
    }
    let provided = loaded.resources.iter().filter(|one| !one.type_name.starts_with("Palisade::Terraform::"));
    for resource in provided {
        if !case.expect.iter().any(|(address, _, _)| **address == *resource.address) {
            faults.push(format!("`{}` was made as well", resource.address));
        }
    }
    Outcome { name: case.name.clone(), line: case.line, faults }
}

/// How a value differs from what is expected.
///
/// Recursion is bounded by [`document::DEPTH_MAX`].
fn differ(node: &Node, expected: &Tree, at: &str, faults: &mut Vec<String>) {
    let special = |key: &str| expected.get(key).filter(|_| matches!(expected.entries().len(), 1 | 2));
    if let Some(partly) = special("partly") {
        let open = match &node.value {
            Value::List(list) => list.rest.is_some(),
            Value::Map(map) => map.rest.is_some(),
            _ => false,
        };
        if !open {
            faults.push(format!("`{at}`: expected something that may hold more, got {}", show(node)));
        }
        return inside(node, partly, at, faults);
    }
    if special("unknown").is_some() {
        if node.value.is_known() {
            faults.push(format!("`{at}`: expected unknown, got {}", show(node)));
        }
        return;
    }
    if let Some(target) = special("ref").and_then(Tree::text) {
        let wanted = expected.get("attribute").and_then(Tree::text);
        let fits = match &node.value {
            Value::Unknown(unknown) => match &unknown.reason {
                Reason::Reference { target: found, attribute } => {
                    found.rsplit_once('#').map(|(_, address)| address) == Some(target)
                        && attribute.as_deref() == wanted.map(|text| &**text)
                }
                _ => false,
            },
            _ => false,
        };
        if !fits {
            let wanted = wanted.map(|text| format!(".{text}")).unwrap_or_default();
            faults.push(format!("`{at}`: expected {target}{wanted}, got {}", show(node)));
        }
        return;
    }
    inside(node, expected, at, faults);
}

fn inside(node: &Node, expected: &Tree, at: &str, faults: &mut Vec<String>) {
    match (&node.value, &expected.kind) {
        (Value::Map(map), TreeKind::Map(entries)) => {
            for entry in entries {
                match map.get(&entry.key) {
                    Some(node) => differ(node, &entry.value, &format!("{at}.{}", entry.key), faults),
                    None => faults.push(format!("`{at}.{}` is absent", entry.key)),
                }
            }
            for (key, node) in &map.entries {
                if expected.get(key).is_none() {
                    faults.push(format!("`{at}.{key}` is there as well: {}", show(node)));
                }
            }
        }
        (Value::List(list), TreeKind::List(items)) => {
            if list.items.len() != items.len() {
                let message = format!("`{at}`: expected {} elements, got {}", items.len(), show(node));
                return faults.push(message);
            }
            for (index, (node, tree)) in list.items.iter().zip(items).enumerate() {
                differ(node, tree, &format!("{at}[{index}]"), faults);
            }
        }
        (value, TreeKind::Scalar(scalar)) => {
            let same = match (value, scalar.value()) {
                (Value::Text(text), _) => *text == scalar.text,
                (Value::Int(n), Value::Double(d)) => (*n as f64 - d).abs() < f64::EPSILON,
                (value, wanted) => *value == wanted,
            };
            if !same {
                faults.push(format!("`{at}`: expected {}, got {}", scalar.text, show(node)));
            }
        }
        _ => faults.push(format!("`{at}`: expected {}, got {}", expected.noun(), show(node))),
    }
}

fn show(node: &Node) -> String {
    let shown = match &node.value {
        Value::Text(text) => format!("`{text}`"),
        Value::Int(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Unknown(unknown) => format!("unknown ({})", unknown.reason),
        other => format!("{other:?}"),
    };
    shown.chars().take(300).collect()
}
