//! Kubernetes manifests: what runs pods, service accounts, Secrets and ConfigMaps.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/>

use std::sync::Arc;

use document::{Document, Tree};
use estate::value::{Map, Node, Value};

use crate::body::{Body, Elements, each, node, plain_text, text, whole};
use crate::file::{File, Place};
use crate::harness;
use crate::image;
use crate::link::{Link, Source};
use crate::variable::{Notation, variable};

const NOTATION: Notation = Notation::Kubernetes;

/// The annotation that names the role of a service account.
/// <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>
pub(crate) const ROLE: &str = "eks.amazonaws.com/role-arn";

/// Reads a document, where it is a manifest or a list of them.
pub(crate) fn read(file: &mut File, document: &Document) -> bool {
    let root = &document.root;
    if !is_manifest(root) {
        return false;
    }
    if plain_text(root, "kind").is_some_and(|kind| kind.ends_with("List")) {
        root.get("items").map_or(&[][..], Tree::items).iter().for_each(|item| manifest(file, item));
    } else {
        manifest(file, root);
    }
    true
}

/// Whether a document is an object of Kubernetes' API.
fn is_manifest(root: &Tree) -> bool {
    let says = |key: &str| plain_text(root, key).is_some_and(|text| !text.is_empty());
    says("apiVersion") && says("kind") && (root.get("metadata").is_some() || root.get("items").is_some())
}

fn manifest(file: &mut File, tree: &Tree) {
    let Some(kind) = plain_text(tree, "kind").cloned() else { return };
    let api = plain_text(tree, "apiVersion").map_or("", |api| &**api);
    match (&*kind, api) {
        ("ServiceAccount", "v1") => service_account(file, tree),
        ("Secret", "v1") => secret(file, tree),
        ("ConfigMap", "v1") => config_map(file, tree),
        _ => workload(file, tree, &kind),
    }
}

/// The place of a manifest: its name, else where it begins.
fn place(tree: &Tree) -> Place {
    let name = tree.get("metadata").and_then(|metadata| metadata.get("name"));
    Place { name: name.map_or(tree.span, |name| name.span), body: tree.span }
}

fn address(tree: &Tree, kind: &str) -> String {
    let name = tree.get("metadata").and_then(|metadata| plain_text(metadata, "name"));
    format!("{kind}/{}", name.map_or("unnamed", |name| &**name))
}

/// Name and namespace.
fn head(tree: &Tree) -> Body {
    let mut body = Body::default();
    let metadata = tree.get("metadata");
    body.text("Name", metadata.and_then(|metadata| metadata.get("name")), NOTATION);
    body.text("Namespace", metadata.and_then(|metadata| metadata.get("namespace")), NOTATION);
    body
}

fn service_account(file: &mut File, tree: &Tree) {
    let mut body = head(tree);
    let annotations = tree.get("metadata").and_then(|metadata| metadata.get("annotations"));
    body.plain("Annotations", annotations.filter(|annotations| !annotations.entries().is_empty()));
    body.text("RoleArn", annotations.and_then(|annotations| annotations.get(ROLE)), NOTATION);
    body.plain("AutomountServiceAccountToken", tree.get("automountServiceAccountToken"));
    let address = address(tree, "ServiceAccount");
    file.push("Palisade::Kubernetes::ServiceAccount", &address, place(tree), body.map);
}

fn secret(file: &mut File, tree: &Tree) {
    let mut body = head(tree);
    body.plain("Type", tree.get("type"));
    let mut entries = Elements::default();
    for (section, encoded) in [("data", true), ("stringData", false)] {
        for entry in tree.get(section).map_or(&[][..], Tree::entries) {
            let mut one = Body::default();
            one.word("Name", &entry.key, entry.key_span);
            // What stands in a Secret or ConfigMap is not expanded.
            let value = text(&entry.value, Notation::Plain);
            let value = value.map(|node| if encoded { decoded(node) } else { node });
            one.put("Value", value);
            one.flag("Encoded", encoded, entry.value.span);
            entries.push(one.node(whole(entry)));
        }
    }
    body.list("Entries", entries, tree.span);
    file.push("Palisade::Kubernetes::Secret", &address(tree, "Secret"), place(tree), body.map);
}

/// What stands in base64; a text that is none stays as it is written.
fn decoded(node: Node) -> Node {
    let Value::Text(text) = &node.value else { return node };
    let Some(bytes) = base64(text) else { return node };
    let value = match String::from_utf8(bytes) {
        Ok(text) => Value::Text(Arc::from(text)),
        // Bytes that are no text, such as a key store: nothing is known but that they are there.
        Err(_) => Value::Text(Arc::from("(bytes)")),
    };
    Node { value, span: node.span }
}

/// The bytes of a text in base64, with or without padding; line breaks and spaces do not count.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut gathered, mut bits) = (0u32, 0u32);
    let mut padding = 0;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        gathered = (gathered << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((gathered >> bits) as u8);
            gathered &= (1 << bits) - 1;
        }
    }
    // Bits that are left over are zeros, and fewer than a digit has.
    (padding <= 2 && bits < 6 && gathered == 0).then_some(bytes)
}

fn config_map(file: &mut File, tree: &Tree) {
    let mut body = head(tree);
    let mut entries = Elements::default();
    for entry in tree.get("data").map_or(&[][..], Tree::entries) {
        let mut one = Body::default();
        one.word("Name", &entry.key, entry.key_span);
        one.text("Value", Some(&entry.value), Notation::Plain);
        entries.push(one.node(whole(entry)));
    }
    body.list("Entries", entries, tree.span);
    file.push("Palisade::Kubernetes::ConfigMap", &address(tree, "ConfigMap"), place(tree), body.map);
}

/// Where a kind keeps the specification of its pods.
fn pod_of<'t>(tree: &'t Tree, kind: &str) -> Option<&'t Tree> {
    let spec = tree.get("spec")?;
    let template = |spec: &'t Tree| spec.get("template")?.get("spec");
    match kind {
        "Pod" => Some(spec),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            template(spec)
        }
        "CronJob" => template(spec.get("jobTemplate")?.get("spec")?),
        _ => None,
    }
}

fn workload(file: &mut File, tree: &Tree, kind: &str) {
    let Some(pod) = pod_of(tree, kind) else { return };
    let mut body = head(tree);
    body.word("Kind", kind, tree.get("kind").map_or(tree.span, |tree| tree.span));
    let account = pod.get("serviceAccountName").or_else(|| pod.get("serviceAccount"));
    body.text("ServiceAccountName", account, NOTATION);
    body.plain("AutomountServiceAccountToken", pod.get("automountServiceAccountToken"));
    body.plain("HostNetwork", pod.get("hostNetwork"));
    body.plain("HostPID", pod.get("hostPID"));
    body.plain("HostIPC", pod.get("hostIPC"));
    let mut containers = Elements::default();
    for (section, init) in [("initContainers", true), ("containers", false)] {
        let some = each(pod.get(section), |_, tree| Some(container(tree, pod, init)));
        some.0.items.into_iter().for_each(|one| containers.push(one));
        some.0.rest.iter().for_each(|why| containers.open(why));
    }
    body.list("Containers", containers, pod.span);
    body.list("Volumes", each(pod.get("volumes"), |_, tree| Some(volume(tree))), pod.span);
    let address = address(tree, kind);
    file.push("Palisade::Kubernetes::Workload", &address, place(tree), body.map);
    for container in pod.get("containers").map_or(&[][..], Tree::items) {
        if harness::is_delegate(&names(container), plain_text(container, "image").map(|text| &**text)) {
            delegate(file, tree, pod, container);
        }
    }
}

/// The names of a container's variables.
fn names(container: &Tree) -> Vec<&str> {
    let items = container.get("env").map_or(&[][..], Tree::items);
    items.iter().filter_map(|item| plain_text(item, "name")).map(|name| &**name).collect()
}

fn container(tree: &Tree, pod: &Tree, init: bool) -> Node {
    let mut body = Body::default();
    match tree.get("name") {
        Some(name) => body.text("Name", Some(name), NOTATION),
        None => body.word("Name", "unnamed", tree.span),
    }
    body.flag("Init", init, tree.span);
    image::put(&mut body, tree.get("image"), Notation::Plain);
    let own = tree.get("securityContext");
    let both = [own, pod.get("securityContext")];
    for (key, name) in [
        ("Privileged", "privileged"),
        ("AllowPrivilegeEscalation", "allowPrivilegeEscalation"),
        ("ReadOnlyRootFilesystem", "readOnlyRootFilesystem"),
    ] {
        body.plain(key, own.and_then(|context| context.get(name)));
    }
    for (key, name) in [("RunAsNonRoot", "runAsNonRoot"), ("RunAsUser", "runAsUser")] {
        body.plain(key, both.iter().flatten().find_map(|context| context.get(name)));
    }
    let capabilities = own.and_then(|context| context.get("capabilities"));
    for (key, name) in [("CapabilitiesAdded", "add"), ("CapabilitiesDropped", "drop")] {
        body.plain(key, capabilities.and_then(|capabilities| capabilities.get(name)));
    }
    body.list("Environment", each(tree.get("env"), |_, item| environment(item)), tree.span);
    body.list("EnvironmentFrom", each(tree.get("envFrom"), |_, item| source(item)), tree.span);
    body.list("Mounts", each(tree.get("volumeMounts"), |_, item| Some(mount(item))), tree.span);
    command(&mut body, tree);
    body.node(tree.span)
}

fn command(body: &mut Body, tree: &Tree) {
    let parts = [tree.get("command"), tree.get("args")];
    let words: Vec<&str> = parts
        .iter()
        .flatten()
        .flat_map(|part| part.items())
        .filter_map(Tree::text)
        .map(|text| &**text)
        .collect();
    if let (false, Some(first)) = (words.is_empty(), parts.iter().flatten().next()) {
        body.word("Command", &words.join(" "), first.span);
    }
}

/// A variable of a container, with where it is taken from.
fn environment(tree: &Tree) -> Option<Node> {
    let name = tree.get("name")?;
    let mut body = variable(name.text()?, name.span, tree.get("value"), NOTATION);
    if let Some(from) = tree.get("valueFrom") {
        for (key, kind, part) in [
            ("SecretName", "secretKeyRef", "name"),
            ("SecretKey", "secretKeyRef", "key"),
            ("ConfigMapName", "configMapKeyRef", "name"),
            ("ConfigMapKey", "configMapKeyRef", "key"),
            ("FieldPath", "fieldRef", "fieldPath"),
        ] {
            body.text(key, from.get(kind).and_then(|reference| reference.get(part)), NOTATION);
        }
    }
    Some(body.node(tree.span))
}

fn source(tree: &Tree) -> Option<Node> {
    let (kind, reference) = [("Secret", "secretRef"), ("ConfigMap", "configMapRef")]
        .into_iter()
        .find_map(|(kind, key)| Some((kind, tree.get(key)?)))?;
    let mut body = Body::default();
    body.word("Kind", kind, reference.span);
    body.text("Name", reference.get("name"), NOTATION);
    body.text("Prefix", tree.get("prefix"), NOTATION);
    Some(body.node(tree.span))
}

fn mount(tree: &Tree) -> Node {
    let mut body = Body::default();
    body.text("Name", tree.get("name"), NOTATION);
    body.text("Path", tree.get("mountPath"), NOTATION);
    body.plain("ReadOnly", tree.get("readOnly"));
    body.node(tree.span)
}

fn volume(tree: &Tree) -> Node {
    let mut body = Body::default();
    body.text("Name", tree.get("name"), NOTATION);
    let inside = |key: &str, name: &str| tree.get(key).and_then(|volume| volume.get(name));
    body.text("HostPath", inside("hostPath", "path"), NOTATION);
    body.text("SecretName", inside("secret", "secretName"), NOTATION);
    body.text("ConfigMapName", inside("configMap", "name"), NOTATION);
    body.node(tree.span)
}

/// The delegate that a container runs. What it takes from Secrets and its role are found once all files are read.
fn delegate(file: &mut File, tree: &Tree, pod: &Tree, container: &Tree) {
    let mut body = head(tree);
    body.word("Source", "kubernetes", container.span);
    image::put(&mut body, container.get("image"), Notation::Plain);
    let account = pod.get("serviceAccountName").or_else(|| pod.get("serviceAccount"));
    body.text("ServiceAccountName", account, NOTATION);
    let variables = each(container.get("env"), |_, item| environment(item).map(only_secret));
    body.list("Environment", variables, container.span);
    let address = address(tree, "delegate");
    let resource = file.push("Palisade::Harness::Delegate", &address, place(tree), body.map);
    let mut sources = Vec::new();
    for item in container.get("envFrom").map_or(&[][..], Tree::items) {
        for (key, is_secret) in [("secretRef", true), ("configMapRef", false)] {
            let Some(reference) = item.get(key) else { continue };
            let prefix = plain_text(item, "prefix").cloned().unwrap_or_else(|| Arc::from(""));
            let name = plain_text(reference, "name").cloned().unwrap_or_else(|| Arc::from(""));
            sources.push(Source { is_secret, name, prefix, span: item.span });
        }
    }
    let namespace = tree.get("metadata").and_then(|metadata| plain_text(metadata, "namespace")).cloned();
    let account = account.and_then(Tree::text).cloned().unwrap_or_else(|| Arc::from("default"));
    file.links.push(Link { resource, namespace, account, account_span: pod.span, sources });
}

/// Of where a variable is taken from, a delegate keeps the Secret only.
fn only_secret(mut node: Node) -> Node {
    if let Value::Map(map) = &mut node.value {
        let kept = ["Name", "Value", "Written", "Literal", "SecretName", "SecretKey"];
        let map: &mut Map = map;
        map.entries.retain(|(key, _)| kept.contains(&&**key));
    }
    node
}

/// The role that an annotation names, for the values of a chart.
pub(crate) fn role_of(annotations: Option<&Tree>) -> Option<Node> {
    annotations.and_then(|annotations| annotations.get(ROLE)).map(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_kubernetes_reads_it() {
        let shown = |text: &str| base64(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(shown("QUtJQUlPU0ZPRE5ON0VYQU1QTEU="), Some("AKIAIOSFODNN7EXAMPLE".to_owned()));
        assert_eq!(shown("YQ=="), Some("a".to_owned()));
        assert_eq!(shown("YW\nI="), Some("ab".to_owned()));
        assert_eq!(shown(""), Some(String::new()));
        for wrong in ["PUT YOUR TOKEN!", "a", "YQ=a", "====", "YR=="] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }
}
