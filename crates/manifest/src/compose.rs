//! Compose files: services, their variables, volumes and what they may do on the host.
//!
//! <https://docs.docker.com/reference/compose-file/services/>

use std::sync::Arc;

use document::{Document, Entry, Kind as TreeKind, Tree};
use estate::value::{Node, Value};

use crate::body::{Body, Elements, each, plain_text, text, texts, whole};
use crate::file::{File, Place, missing};
use crate::variable::{Notation, of_map, variable, written};
use crate::{dotenv, harness, image, recognise};

const NOTATION: Notation = Notation::Shell;

/// The keys of a compose file beside those that begin with `x-`.
const KEYS: [&str; 9] =
    ["version", "name", "services", "networks", "volumes", "configs", "secrets", "include", "models"];

/// Reads a document, where it is a compose file: every key is one of Compose's, and a service has an image or is
/// built.
pub(crate) fn read(file: &mut File, document: &Document) -> bool {
    let root = &document.root;
    let Some(services) = root.get("services") else { return false };
    let name = file.input.path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
    let is_named = name.is_some_and(|name| recognise::is_compose(&name));
    let known = |entry: &Entry| KEYS.contains(&&*entry.key) || entry.key.starts_with("x-");
    let runs = |entry: &Entry| entry.value.get("image").is_some() || entry.value.get("build").is_some();
    let entries = services.entries();
    let is_compose = root.entries().iter().all(known) && (is_named || entries.iter().any(runs));
    if !is_compose || entries.iter().any(|entry| !matches!(entry.value.kind, TreeKind::Map(_))) {
        return false;
    }
    for entry in entries {
        service(file, entry);
    }
    true
}

fn service(file: &mut File, entry: &Entry) {
    let tree = &entry.value;
    let mut body = Body::default();
    body.word("Name", &entry.key, entry.key_span);
    image::put(&mut body, tree.get("image"), NOTATION);
    if let Some(build) = tree.get("build") {
        body.flag("Built", true, build.span);
    }
    let environment = environment(tree.get("environment"));
    let files = texts(env_files(tree), NOTATION);
    body.list("EnvironmentFiles", files, tree.span);
    body.plain("Privileged", tree.get("privileged"));
    for (key, name) in [("NetworkMode", "network_mode"), ("Pid", "pid"), ("Ipc", "ipc"), ("User", "user")] {
        body.text(key, tree.get(name), NOTATION);
    }
    body.plain("CapabilitiesAdded", tree.get("cap_add"));
    body.list("Volumes", each(tree.get("volumes"), |_, item| volume(item)), tree.span);
    let place = Place { name: entry.key_span, body: whole(entry) };
    let names: Vec<String> = environment.0.items.iter().filter_map(name_of).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_delegate = harness::is_delegate(&names, plain_text(tree, "image").map(|image| &**image));
    if is_delegate {
        delegate(file, entry, place);
    }
    body.list("Environment", environment, tree.span);
    file.push("Palisade::Docker::ComposeService", &format!("service/{}", entry.key), place, body.map);
}

fn name_of(node: &Node) -> Option<String> {
    node.get("Name")?.value.as_text().map(str::to_owned)
}

fn env_files(tree: &Tree) -> Option<&Tree> {
    tree.get("env_file")
}

/// The variables of a service: a map, or a list of `NAME=value`. One without a value is taken from whoever runs it.
fn environment(tree: Option<&Tree>) -> Elements {
    let mut elements = Elements::default();
    let Some(tree) = tree else { return elements };
    match &tree.kind {
        TreeKind::Map(_) => of_map(tree, NOTATION, |node| elements.push(node)),
        _ => elements = each(Some(tree), |_, item| pair(item)),
    }
    elements
}

fn pair(item: &Tree) -> Option<Node> {
    let text = item.text()?;
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (&**text, None),
    };
    let mut body = variable(&Arc::from(name.trim()), item.span, None, NOTATION);
    if let Some(value) = value {
        written(&mut body, &Arc::from(value), item.span, NOTATION);
    }
    Some(body.node(item.span))
}

/// A volume, in the short form `source:target:mode` or the long one.
fn volume(item: &Tree) -> Option<Node> {
    let mut body = Body::default();
    if matches!(item.kind, TreeKind::Map(_)) {
        body.text("Source", item.get("source").or_else(|| item.get("src")), NOTATION);
        let target = ["target", "dst", "destination"].iter().find_map(|key| item.get(key));
        body.text("Target", target, NOTATION);
        body.plain("ReadOnly", item.get("read_only"));
        return Some(body.node(item.span));
    }
    let written = item.text()?;
    let mut parts = written.split(':');
    // An expression such as `${DATA:-./data}` has a colon of its own: the text is known in part only.
    if written.contains("${") {
        body.put("Source", text(item, NOTATION));
        return Some(body.node(item.span));
    }
    match (parts.next(), parts.next(), parts.next()) {
        (Some(target), None, _) => body.word("Target", target, item.span),
        (Some(source), Some(target), mode) => {
            body.word("Source", source, item.span);
            body.word("Target", target, item.span);
            body.flag("ReadOnly", mode.is_some_and(|mode| mode.split(',').any(|m| m == "ro")), item.span);
        }
        (None, _, _) => {}
    }
    Some(body.node(item.span))
}

/// The delegate that a service is. Its role is that of the host, which no file says.
fn delegate(file: &mut File, entry: &Entry, place: Place) {
    let tree = &entry.value;
    let mut body = Body::default();
    body.word("Source", "compose", entry.key_span);
    body.word("Name", &entry.key, entry.key_span);
    image::put(&mut body, tree.get("image"), NOTATION);
    let mut variables = environment(tree.get("environment"));
    for name in file_names(env_files(tree)) {
        match file.beside(&name) {
            Some(bytes) => {
                for node in dotenv::variables(&String::from_utf8_lossy(&bytes), Some(tree.span)) {
                    variables.push(node);
                }
            }
            None => variables.open(&missing(&format!("`{name}`"))),
        }
    }
    body.list("Environment", variables, tree.span);
    let role = Value::Unknown(missing("the role of the host that runs it"));
    body.put("RoleArn", Some(Node { value: role, span: entry.key_span }));
    let address = format!("{}/{}", harness::DELEGATE, entry.key);
    file.push("Palisade::Harness::Delegate", &address, place, body.map);
}

/// The names of the files of variables: a text, or a list of texts and of maps with a `path`.
fn file_names(tree: Option<&Tree>) -> Vec<String> {
    let Some(tree) = tree else { return Vec::new() };
    let one = |tree: &Tree| tree.text().or_else(|| plain_text(tree, "path")).map(ToString::to_string);
    match &tree.kind {
        TreeKind::List(items) => items.iter().filter_map(one).collect(),
        _ => one(tree).into_iter().collect(),
    }
}
