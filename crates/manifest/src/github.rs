//! Workflows of GitHub Actions.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>

use std::sync::Arc;

use document::{Document, Entry, Kind as TreeKind, Tree};
use estate::value::{Map, Node, Value};

use crate::body::{Body, Elements, each, node, text, whole};
use crate::file::{File, Place};
use crate::variable::{Notation, of_map};
use crate::{image, recognise};

const NOTATION: Notation = Notation::GitHub;

/// Reads a document, where it is a workflow: it stands where GitHub looks for them, or it has events, and jobs that
/// say where they run.
pub(crate) fn read(file: &mut File, document: &Document) -> bool {
    let root = &document.root;
    let Some(jobs) = root.get("jobs") else { return false };
    let runs = |entry: &Entry| entry.value.get("runs-on").is_some() || entry.value.get("uses").is_some();
    let is_workflow = recognise::is_workflow_path(&template::display(&file.input.path))
        || (root.get("on").is_some() && jobs.entries().iter().any(runs));
    if !is_workflow {
        return false;
    }
    workflow(file, root, jobs.entries());
    true
}

/// What is gathered from all jobs.
#[derive(Default)]
struct Found {
    jobs: Elements,
    variables: Elements,
    steps: Elements,
}

fn workflow(file: &mut File, root: &Tree, jobs: &[Entry]) {
    let mut body = Body::default();
    body.text("Name", root.get("name"), NOTATION);
    body.list("Events", events(root.get("on")), root.span);
    permissions(&mut body, root);
    let mut found = Found::default();
    variables(root, "workflow", &mut found);
    for entry in jobs {
        job(entry, &mut found);
    }
    body.list("Environment", found.variables, root.span);
    body.list("Jobs", found.jobs, root.span);
    body.list("Steps", found.steps, root.span);
    let stem = file.input.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let address = format!("workflow/{}", stem.as_deref().unwrap_or("unnamed"));
    let name = root.get("name").map(|name| name.span);
    let first = root.entries().first().map_or(root.span, |entry| entry.key_span);
    let place = Place { name: name.unwrap_or(first), body: root.span };
    file.push("Palisade::GitHub::Workflow", &address, place, body.map);
}

/// The names of the events: a text, a list of texts, or the keys of a map.
fn events(tree: Option<&Tree>) -> Elements {
    let mut elements = Elements::default();
    let Some(tree) = tree else { return elements };
    for entry in tree.entries() {
        elements.push(Node { value: Value::Text(entry.key.clone()), span: entry.key_span });
    }
    if tree.entries().is_empty() {
        elements = crate::body::texts(Some(tree), NOTATION);
    }
    elements
}

/// What the token may do: all, nothing, or what a map says.
fn permissions(body: &mut Body, tree: &Tree) {
    let Some(entry) = tree.entry("permissions") else { return };
    let at = whole(entry);
    body.flag("PermissionsSet", true, at);
    if let Some(all) = entry.value.text() {
        body.flag("WritesAll", &**all == "write-all", at);
        return;
    }
    body.flag("WritesAll", false, at);
    let mut map = Map::default();
    for entry in entry.value.entries() {
        map.set(entry.key.clone(), node(&entry.value));
    }
    body.put("Permissions", Some(Node { value: Value::Map(Box::new(map)), span: at }));
}

fn variables(tree: &Tree, scope: &str, found: &mut Found) {
    let Some(env) = tree.get("env") else { return };
    of_map(env, NOTATION, |mut node| {
        let span = node.span;
        if let Value::Map(map) = &mut node.value {
            map.set(Arc::from("Scope"), Node { value: Value::Text(Arc::from(scope)), span });
        }
        found.variables.push(node);
    });
}

fn job(entry: &Entry, found: &mut Found) {
    let tree = &entry.value;
    let mut body = Body::default();
    body.word("Name", &entry.key, entry.key_span);
    permissions(&mut body, tree);
    body.text("RunsOn", tree.get("runs-on").filter(|tree| tree.text().is_some()), NOTATION);
    // A container is an image, or a map that has one.
    let container = tree.get("container");
    let inner = container.and_then(|container| container.get("image"));
    image::put(&mut body, inner.or_else(|| container.filter(|tree| tree.text().is_some())), NOTATION);
    found.jobs.push(body.node(whole(entry)));
    let scope = format!("job/{}", entry.key);
    variables(tree, &scope, found);
    if let Some(container) = container {
        variables(container, &format!("{scope}/container"), found);
    }
    if tree.get("uses").is_some() {
        found.steps.push(step(&entry.key, None, tree));
    }
    let steps = each(tree.get("steps"), |i, item| {
        variables(item, &format!("{scope}/step/{}", i + 1), found);
        Some(step(&entry.key, Some(i + 1), item))
    });
    steps.0.items.into_iter().for_each(|step| found.steps.push(step));
    steps.0.rest.iter().for_each(|why| found.steps.open(why));
}

/// A step, or a job that is a reusable workflow.
fn step(job: &Arc<str>, index: Option<usize>, tree: &Tree) -> Node {
    let mut body = Body::default();
    body.word("Job", job, tree.span);
    if let Some(index) = index {
        body.put("Index", Some(Node { value: Value::Int(index as i64), span: tree.span }));
    }
    body.text("Name", tree.get("name"), NOTATION);
    if let Some(uses) = tree.get("uses") {
        body.text("Uses", Some(uses), NOTATION);
        if let Some(written) = uses.text() {
            let (action, reference) = match written.split_once('@') {
                Some((action, reference)) => (action, Some(reference)),
                None => (&**written, None),
            };
            body.word("Action", &action.to_lowercase(), uses.span);
            if let Some(reference) = reference {
                body.word("Ref", reference.trim(), uses.span);
            }
        }
    }
    let mut inputs = Elements::default();
    if let Some(with) = tree.get("with").filter(|with| matches!(with.kind, TreeKind::Map(_))) {
        of_map(with, NOTATION, |node| inputs.push(node));
    }
    // What a called workflow is given under `secrets` is given like an input.
    if let Some(secrets) = tree.get("secrets").filter(|_| index.is_none()) {
        of_map(secrets, NOTATION, |node| inputs.push(node));
    }
    body.list("With", inputs, tree.span);
    body.put("Run", tree.get("run").and_then(|run| text(run, Notation::Plain)));
    body.node(tree.span)
}
