//! Harness: connectors and pipelines, and what makes a container a delegate.
//!
//! <https://developer.harness.io/docs/platform/connectors/cloud-providers/ref-cloud-providers/aws-connector-settings-reference>

use std::sync::Arc;

use document::{Document, Entry, Kind as TreeKind, Tree};
use estate::value::{Node, Value};

use crate::body::{Body, Elements, plain_text, text, whole};
use crate::file::{File, Place};
use crate::variable::{Notation, of_map, variable};

const NOTATION: Notation = Notation::Harness;

/// The first part of a delegate's address.
pub(crate) const DELEGATE: &str = "delegate";

/// Whether a container with these variables and this image is a delegate.
pub(crate) fn is_delegate(names: &[&str], image: Option<&str>) -> bool {
    let has = |name: &str| names.contains(&name);
    let by_image = image.is_some_and(|image| {
        let name = image.split('@').next().unwrap_or_default();
        let mut parts = name.rsplit('/');
        let last = parts.next().unwrap_or_default().split(':').next().unwrap_or_default();
        parts.next() == Some("harness") && (last == "delegate" || last.starts_with("delegate-"))
    });
    by_image || (has("MANAGER_HOST_AND_PORT") && (has("DELEGATE_NAME") || has("DELEGATE_TYPE")))
}

/// Reads a document, where it is a connector, a pipeline or a template.
pub(crate) fn read(file: &mut File, document: &Document) -> bool {
    let mut found = false;
    for entry in document.root.entries() {
        let tree = &entry.value;
        if plain_text(tree, "identifier").is_none() {
            continue;
        }
        let is_type = tree.get("type").and_then(Tree::text).is_some();
        match &*entry.key {
            "connector" if is_type && tree.get("spec").is_some() => connector(file, entry),
            "pipeline" if tree.get("stages").is_some() || tree.get("template").is_some() => {
                pipeline(file, entry);
            }
            "template" if is_type && tree.get("versionLabel").is_some() => pipeline(file, entry),
            _ => continue,
        }
        found = true;
    }
    found
}

fn place(entry: &Entry) -> Place {
    let name = entry.value.get("identifier").map_or(entry.key_span, |tree| tree.span);
    Place { name, body: whole(entry) }
}

fn address(entry: &Entry) -> String {
    let name = plain_text(&entry.value, "identifier").map_or("unnamed", |name| &**name);
    format!("{}/{name}", entry.key)
}

fn connector(file: &mut File, entry: &Entry) {
    let tree = &entry.value;
    let mut body = Body::default();
    for (key, name) in [
        ("Identifier", "identifier"),
        ("Name", "name"),
        ("OrgIdentifier", "orgIdentifier"),
        ("ProjectIdentifier", "projectIdentifier"),
        ("Type", "type"),
    ] {
        body.text(key, tree.get(name), NOTATION);
    }
    let spec = tree.get("spec");
    let of_spec = |name: &str| spec.and_then(|spec| spec.get(name));
    // Secret managers and clouds have `credential`, CodeCommit `authentication`, others `auth`.
    let credential = of_spec("credential").or_else(|| of_spec("authentication")).or_else(|| of_spec("auth"));
    if let Some(credential) = credential {
        credentials(&mut body, credential);
    }
    let region = of_spec("region").or_else(|| credential.and_then(|credential| credential.get("region")));
    body.text("Region", region, NOTATION);
    body.plain("DelegateSelectors", of_spec("delegateSelectors"));
    body.plain("ExecuteOnDelegate", of_spec("executeOnDelegate"));
    file.push("Palisade::Harness::Connector", &address(entry), place(entry), body.map);
}

fn credentials(body: &mut Body, credential: &Tree) {
    let mut inner = credential.get("spec");
    let mut kind = credential.get("type");
    // CodeCommit: `type: HTTPS`, and inside it `type: AWSCredentials` with the keys.
    if let Some(deeper) = inner.filter(|spec| spec.get("type").is_some() && spec.get("spec").is_some()) {
        kind = deeper.get("type");
        inner = deeper.get("spec");
    }
    body.text("CredentialType", kind, NOTATION);
    let of_inner = |name: &str| inner.and_then(|inner| inner.get(name));
    for (key, name) in [
        ("AccessKey", "accessKey"),
        ("AccessKeyRef", "accessKeyRef"),
        ("SecretKey", "secretKey"),
        ("SecretKeyRef", "secretKeyRef"),
        ("IamRoleArn", "iamRoleArn"),
    ] {
        body.text(key, of_inner(name), NOTATION);
    }
    // Secret managers of the type AssumeSTSRole have the role beside the credentials.
    let cross = credential.get("crossAccountAccess").filter(|cross| !cross.entries().is_empty());
    let sts = inner.filter(|inner| inner.get("roleArn").is_some());
    let both = cross.map(|tree| (tree, "crossAccountRoleArn")).or_else(|| sts.map(|tree| (tree, "roleArn")));
    if let Some((tree, role)) = both {
        let mut access = Body::default();
        access.text("RoleArn", tree.get(role), NOTATION);
        access.text("ExternalId", tree.get("externalId").or_else(|| tree.get("externalName")), NOTATION);
        body.put("CrossAccountAccess", Some(access.node(tree.span)));
    }
}

fn pipeline(file: &mut File, entry: &Entry) {
    let tree = &entry.value;
    let mut found = Found::default();
    walk(tree, &mut String::from(&*entry.key), &mut found);
    let mut body = Body::default();
    body.word("Kind", &entry.key, entry.key_span);
    body.text("Identifier", tree.get("identifier"), NOTATION);
    body.text("Name", tree.get("name"), NOTATION);
    body.list("Environment", found.variables, tree.span);
    body.list("Scripts", found.scripts, tree.span);
    file.push("Palisade::Harness::Pipeline", &address(entry), place(entry), body.map);
}

#[derive(Default)]
struct Found {
    variables: Elements,
    scripts: Elements,
}

/// Looks for variables and scripts below a tree, wherever a stage or step may have them. Recursion is bounded by
/// the depth of the document.
fn walk(tree: &Tree, scope: &mut String, found: &mut Found) {
    let length = scope.len();
    match &tree.kind {
        TreeKind::Map(entries) => {
            for entry in entries {
                part(tree, entry, scope, found);
                // A stage or step is wrapped in its kind: `stage: { identifier: build, … }`.
                let name =
                    plain_text(&entry.value, "identifier").or_else(|| plain_text(&entry.value, "name"));
                if let (true, Some(name)) = (matches!(&*entry.key, "stage" | "step" | "stepGroup"), name) {
                    scope.push_str(&format!("/{}/{name}", entry.key));
                }
                walk(&entry.value, scope, found);
                scope.truncate(length);
            }
        }
        TreeKind::List(items) => items.iter().for_each(|item| walk(item, scope, found)),
        TreeKind::Scalar(_) | TreeKind::Damaged => {}
    }
}

/// What an entry says of variables or scripts.
fn part(around: &Tree, entry: &Entry, scope: &str, found: &mut Found) {
    match &*entry.key {
        "envVariables" => of_map(&entry.value, NOTATION, |node| found.variables.push(scoped(node, scope))),
        "environmentVariables" | "variables" if matches!(entry.value.kind, TreeKind::List(_)) => {
            for item in entry.value.items() {
                found.variables.push(listed(item, scope));
            }
        }
        "command" | "script" if entry.value.text().is_some() => {
            let mut body = Body::default();
            body.word("Step", scope, entry.value.span);
            body.plain("Type", around.get("shell"));
            body.put("Text", text(&entry.value, Notation::Plain));
            found.scripts.push(body.node(whole(entry)));
        }
        _ => {}
    }
}

fn scoped(mut node: Node, scope: &str) -> Node {
    let span = node.span;
    if let Value::Map(map) = &mut node.value {
        map.set(Arc::from("Scope"), Node { value: Value::Text(Arc::from(scope)), span });
    }
    node
}

/// A variable of a list: `{ name: A, type: String, value: a }`. The value of one of type Secret is a secret's name.
fn listed(item: &Tree, scope: &str) -> Node {
    let name = item.get("name");
    let unnamed = Arc::from("unnamed");
    let text = name.and_then(Tree::text).unwrap_or(&unnamed);
    let is_secret = plain_text(item, "type").is_some_and(|kind| &**kind == "Secret");
    let value =
        item.get("value").filter(|_| !is_secret).or_else(|| item.get("default").filter(|_| !is_secret));
    let mut body = variable(text, name.map_or(item.span, |name| name.span), value, NOTATION);
    body.plain("Type", item.get("type"));
    if let (true, Some(secret)) = (is_secret, item.get("value").and_then(Tree::text)) {
        let mut names = Elements::default();
        names.push(Node { value: Value::Text(secret.clone()), span: item.span });
        body.list("Secrets", names, item.span);
    }
    scoped(body.node(item.span), scope)
}
