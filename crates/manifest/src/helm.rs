//! Values of Helm charts, as a list of their single values, and the delegate that the values of its chart declare.
//!
//! <https://github.com/harness/delegate-helm-chart/blob/main/harness-delegate-ng/values.yaml>

use std::sync::Arc;

use document::{Document, Kind as TreeKind, Tree};
use estate::value::{Node, Value};

use crate::body::{Body, Elements, each, plain_text, text};
use crate::file::{File, Place, THIS, missing};
use crate::kubernetes::role_of;
use crate::variable::{Notation, variable};
use crate::{harness, image};

const NOTATION: Notation = Notation::Plain;

/// Reads a document, where it holds values: a chart stands beside it, or it has the keys of the delegate's chart.
pub(crate) fn read(file: &mut File, document: &Document) -> bool {
    let root = &document.root;
    if !matches!(root.kind, TreeKind::Map(_)) || root.get("apiVersion").is_some() {
        return false;
    }
    let is_delegate = is_delegate_values(root);
    let chart = chart_beside(file).or_else(|| is_delegate.then(|| Arc::from("harness-delegate-ng")));
    let Some(chart) = chart else { return false };
    let mut body = Body::default();
    body.word("Chart", &chart, root.span);
    let mut entries = Elements::default();
    walk(root, &mut String::new(), &Arc::from(""), &mut entries);
    body.list("Entries", entries, root.span);
    let first = root.entries().first().map_or(root.span, |entry| entry.key_span);
    file.push("Palisade::Helm::Values", "values", Place { name: first, body: root.span }, body.map);
    if is_delegate {
        delegate(file, root);
    }
    true
}

/// The name of the chart beside the file.
fn chart_beside(file: &File) -> Option<Arc<str>> {
    let bytes = file.beside("Chart.yaml")?;
    let chart = document::read(THIS, "Chart.yaml", &bytes);
    plain_text(&chart.root, "name").cloned()
}

/// Whether the values are those of the delegate's chart: its required ones, or its image and its endpoint.
fn is_delegate_values(root: &Tree) -> bool {
    let has = |key: &str| root.get(key).is_some();
    (has("delegateName") || has("delegateDockerImage"))
        && (has("delegateToken")
            || has("existingDelegateToken")
            || has("accountId")
            || has("managerEndpoint"))
}

/// Every single value below a tree. Recursion is bounded by the depth of the document.
fn walk(tree: &Tree, path: &mut String, name: &Arc<str>, entries: &mut Elements) {
    let length = path.len();
    match &tree.kind {
        TreeKind::Map(map) => {
            for entry in map {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&entry.key);
                // Of a variable `{ name: A, value: b }` the value goes by the variable's name.
                let named = (&*entry.key == "value").then(|| plain_text(tree, "name")).flatten();
                walk(&entry.value, path, named.unwrap_or(&entry.key), entries);
                path.truncate(length);
            }
        }
        TreeKind::List(items) => {
            for (i, item) in items.iter().enumerate() {
                path.push_str(&format!("[{i}]"));
                walk(item, path, name, entries);
                path.truncate(length);
            }
        }
        TreeKind::Scalar(_) | TreeKind::Damaged => {
            let Some(value) = text(tree, NOTATION) else { return };
            let mut body = Body::default();
            body.word("Path", path, tree.span);
            body.word("Name", name, tree.span);
            body.put("Value", Some(value));
            entries.push(body.node(tree.span));
        }
    }
}

fn delegate(file: &mut File, root: &Tree) {
    let mut body = Body::default();
    body.word("Source", "helm", root.span);
    body.text("Name", root.get("delegateName"), NOTATION);
    image::put(&mut body, root.get("delegateDockerImage"), NOTATION);
    let account = root.get("serviceAccount");
    let name = account.and_then(|account| account.get("name"));
    let name = name.filter(|name| name.text().is_some_and(|text| !text.is_empty()));
    body.text("ServiceAccountName", name, NOTATION);
    body.put("RoleArn", role(account));
    let variables = each(root.get("custom_envs"), |_, item| {
        let name = item.get("name")?;
        let mut body = variable(name.text()?, name.span, item.get("value"), Notation::Kubernetes);
        if let Some(secret) = item.get("valueFrom").and_then(|from| from.get("secretKeyRef")) {
            body.text("SecretName", secret.get("name"), NOTATION);
            body.text("SecretKey", secret.get("key"), NOTATION);
        }
        Some(body.node(item.span))
    });
    body.list("Environment", variables, root.span);
    let named = root.get("delegateName").unwrap_or(root);
    let name = plain_text(root, "delegateName").map_or("unnamed", |name| &**name);
    let address = format!("{}/{name}", harness::DELEGATE);
    let place = Place { name: named.span, body: root.span };
    file.push("Palisade::Harness::Delegate", &address, place, body.map);
}

/// The role of the service account that the chart makes; of one that is there already nothing is known here.
fn role(account: Option<&Tree>) -> Option<Node> {
    let account = account?;
    if let Some(role) = role_of(account.get("annotations")) {
        return Some(role);
    }
    let made_elsewhere = plain_text(account, "create").is_some_and(|create| &**create == "false");
    made_elsewhere.then(|| {
        let name = plain_text(account, "name").map_or("default", |name| &**name);
        Node { value: Value::Unknown(missing(&format!("service account `{name}`"))), span: account.span }
    })
}
