//! Pipelines of GitLab CI/CD.
//!
//! <https://docs.gitlab.com/ci/yaml/>

use std::sync::Arc;

use document::{Document, Entry, Kind as TreeKind, Tree};
use estate::value::{Node, Value};

use crate::body::{Body, Elements, whole};
use crate::file::{File, Place};
use crate::image;
use crate::variable::{Notation, variable};

const NOTATION: Notation = Notation::Shell;

/// The keys of a pipeline that are no jobs.
const KEYWORDS: [&str; 12] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "pages",
    "services",
    "spec",
    "stages",
    "variables",
    "workflow",
];

/// What a job has at least one of.
const JOB: [&str; 7] = ["script", "trigger", "extends", "image", "variables", "stage", "run"];

/// Reads a document of a file whose path says that it is a pipeline.
pub(crate) fn read(file: &mut File, document: &Document) -> bool {
    let root = &document.root;
    let jobs: Vec<&Entry> = root.entries().iter().filter(|entry| is_job(entry)).collect();
    let says = |key: &str| root.get(key).is_some() && key != "spec";
    if jobs.is_empty() && !KEYWORDS.iter().any(|key| says(key)) {
        return false;
    }
    let mut found = Found::default();
    part("pipeline", root, &mut found);
    if let Some(default) = root.get("default") {
        part("default", default, &mut found);
    }
    for entry in jobs {
        job(entry, &mut found);
    }
    let mut body = Body::default();
    body.list("Environment", found.variables, root.span);
    body.list("Images", found.images, root.span);
    body.list("Jobs", found.jobs, root.span);
    let first = root.entries().first().map_or(root.span, |entry| entry.key_span);
    file.push("Palisade::GitLab::Pipeline", "pipeline", Place { name: first, body: root.span }, body.map);
    true
}

fn is_job(entry: &Entry) -> bool {
    let keyword = KEYWORDS.contains(&&*entry.key) && &*entry.key != "pages";
    !keyword && JOB.iter().any(|key| entry.value.get(key).is_some())
}

#[derive(Default)]
struct Found {
    variables: Elements,
    images: Elements,
    jobs: Elements,
}

/// The variables and images of the pipeline, its defaults or a job.
fn part(scope: &str, tree: &Tree, found: &mut Found) {
    let job = scope.strip_prefix("job/").unwrap_or(scope);
    for entry in tree.get("variables").map_or(&[][..], Tree::entries) {
        // The long form: `{ value: a, description: … }`.
        let long = matches!(entry.value.kind, TreeKind::Map(_));
        let value = if long { entry.value.get("value") } else { Some(&entry.value) };
        let mut body = variable(&entry.key, entry.key_span, value, NOTATION);
        body.word("Scope", scope, entry.key_span);
        found.variables.push(body.node(whole(entry)));
    }
    found.images.push_all(tree.get("image").map(|tree| picture(job, tree, false)));
    let services = tree.get("services").map_or(&[][..], Tree::items);
    found.images.push_all(services.iter().map(|tree| picture(job, tree, true)));
}

impl Elements {
    fn push_all(&mut self, nodes: impl IntoIterator<Item = Node>) {
        nodes.into_iter().for_each(|node| self.push(node));
    }
}

/// An image: a text, or a map that names one.
fn picture(job: &str, tree: &Tree, service: bool) -> Node {
    let mut body = Body::default();
    body.word("Job", job, tree.span);
    body.flag("Service", service, tree.span);
    image::put(&mut body, tree.get("name").or(Some(tree)), NOTATION);
    body.node(tree.span)
}

fn job(entry: &Entry, found: &mut Found) {
    let tree = &entry.value;
    part(&format!("job/{}", entry.key), tree, found);
    let mut body = Body::default();
    body.word("Name", &entry.key, entry.key_span);
    let mut lines = Vec::new();
    for key in ["before_script", "script", "after_script", "run"] {
        tree.get(key).into_iter().for_each(|tree| script(tree, &mut lines));
    }
    if !lines.is_empty() {
        let at = tree.get("script").map_or(tree.span, |script| script.span);
        body.word("Script", &lines.join("\n"), at);
    }
    let mut tokens = Elements::default();
    for entry in tree.get("id_tokens").map_or(&[][..], Tree::entries) {
        tokens.push(Node { value: Value::Text(entry.key.clone()), span: entry.key_span });
    }
    body.list("IdTokens", tokens, tree.span);
    found.jobs.push(body.node(whole(entry)));
}

/// The lines of a script: a text, or lists of them within each other. Recursion is bounded by the depth of the
/// document.
fn script(tree: &Tree, lines: &mut Vec<Arc<str>>) {
    // `!reference [job, script]` names lines that stand elsewhere.
    if tree.tag.is_some() {
        return;
    }
    match &tree.kind {
        TreeKind::Scalar(scalar) => lines.push(scalar.text.clone()),
        TreeKind::List(items) => items.iter().for_each(|item| script(item, lines)),
        TreeKind::Map(_) | TreeKind::Damaged => {}
    }
}
