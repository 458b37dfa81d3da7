//! What a delegate needs of other resources: the role of its service account, and the variables that it takes from
//! Secrets and ConfigMaps. These may stand in other files, so that they are looked up once all are read.

use std::collections::HashMap;
use std::sync::Arc;

use estate::resource::Resource;
use estate::value::{List, Map, Node, Span, Value};

use crate::file::missing;

/// What the delegate with a key refers to.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) resource: Arc<str>,
    pub(crate) namespace: Option<Arc<str>>,
    /// The service account.
    pub(crate) account: Arc<str>,
    pub(crate) account_span: Span,
    /// What becomes variables as a whole.
    pub(crate) sources: Vec<Source>,
}

/// A Secret or ConfigMap of which every key becomes a variable.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) is_secret: bool,
    pub(crate) name: Arc<str>,
    pub(crate) prefix: Arc<str>,
    pub(crate) span: Span,
}

const SECRET: &str = "Palisade::Kubernetes::Secret";
const CONFIG_MAP: &str = "Palisade::Kubernetes::ConfigMap";
const SERVICE_ACCOUNT: &str = "Palisade::Kubernetes::ServiceAccount";

/// Fills in what delegates take from others.
pub(crate) fn resolve(resources: &mut [Resource], links: &[Link]) {
    if links.is_empty() {
        return;
    }
    let by_key: HashMap<Arc<str>, usize> =
        resources.iter().enumerate().map(|(i, resource)| (resource.key.clone(), i)).collect();
    for link in links {
        let Some(&at) = by_key.get(&link.resource) else { continue };
        let role = role(resources, link);
        let variables: Vec<Result<Vec<Node>, Arc<str>>> =
            link.sources.iter().map(|source| variables(resources, link, source)).collect();
        let properties = &mut resources[at].properties;
        if let Some(role) = role {
            properties.set(Arc::from("RoleArn"), role);
        }
        add(properties, variables, link.account_span);
    }
}

/// The object of a type by its name, in the same namespace; one that names none may be in any.
fn object<'r>(
    resources: &'r [Resource],
    type_name: &str,
    name: &str,
    namespace: Option<&str>,
) -> Option<&'r Resource> {
    let text = |resource: &'r Resource, key: &str| {
        resource.properties.get(key).and_then(|node| node.value.as_text())
    };
    resources.iter().filter(|resource| &*resource.type_name == type_name).find(|resource| {
        let other = text(resource, "Namespace");
        text(resource, "Name") == Some(name) && (other.is_none() || namespace.is_none() || other == namespace)
    })
}

fn qualified(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

/// The role of the service account: nothing where the account was read and names none.
fn role(resources: &[Resource], link: &Link) -> Option<Node> {
    let namespace = link.namespace.as_deref();
    let Some(account) = object(resources, SERVICE_ACCOUNT, &link.account, namespace) else {
        let what = format!("service account `{}`", qualified(namespace, &link.account));
        return Some(Node { value: Value::Unknown(missing(&what)), span: link.account_span });
    };
    if let Some(role) = account.properties.get("RoleArn") {
        return Some(role.clone());
    }
    let rest = account.properties.rest.clone()?;
    Some(Node { value: Value::Unknown(rest), span: account.origin.name })
}

/// The variables that a source gives, or what was not read.
fn variables(resources: &[Resource], link: &Link, source: &Source) -> Result<Vec<Node>, Arc<str>> {
    let type_name = if source.is_secret { SECRET } else { CONFIG_MAP };
    let namespace = link.namespace.as_deref();
    let Some(found) = object(resources, type_name, &source.name, namespace) else {
        let kind = if source.is_secret { "secret" } else { "config map" };
        return Err(Arc::from(format!("{kind} `{}`", qualified(namespace, &source.name))));
    };
    let entries = found.properties.get("Entries").and_then(|node| node.value.as_list());
    let items = entries.map_or(&[][..], |list| &list.items);
    Ok(items.iter().filter_map(|entry| taken(entry, source)).collect())
}

/// The variable that an entry becomes.
fn taken(entry: &Node, source: &Source) -> Option<Node> {
    let key = entry.get("Name")?.value.as_text()?;
    let at = |value: Value| Node { value, span: source.span };
    let text = |text: &str| at(Value::Text(Arc::from(text)));
    let mut map = Map::default();
    map.set(Arc::from("Name"), text(&format!("{}{key}", source.prefix)));
    if source.is_secret {
        map.set(Arc::from("Literal"), at(Value::Bool(false)));
        map.set(Arc::from("SecretName"), text(&source.name));
        map.set(Arc::from("SecretKey"), text(key));
    } else {
        map.set(Arc::from("Literal"), at(Value::Bool(true)));
        if let Some(value) = entry.get("Value") {
            map.set(Arc::from("Value"), value.clone());
            map.set(Arc::from("Written"), value.clone());
        }
    }
    Some(at(Value::Map(Box::new(map))))
}

/// Adds variables to those of a delegate; what is set by name is not replaced.
fn add(properties: &mut Map, variables: Vec<Result<Vec<Node>, Arc<str>>>, span: Span) {
    let known = properties.get("Environment").and_then(|node| node.value.as_list());
    let (mut list, span) = match known {
        Some(list) => (list.clone(), properties.get("Environment").map_or(span, |node| node.span)),
        None => (List::default(), span),
    };
    let has = |list: &List, node: &Node| {
        list.items.iter().any(|item| item.get("Name").map(|n| &n.value) == node.get("Name").map(|n| &n.value))
    };
    for given in variables {
        match given {
            Ok(nodes) => {
                for node in nodes {
                    if !has(&list, &node) {
                        list.items.push(node);
                    }
                }
            }
            Err(what) => {
                list.rest.get_or_insert_with(|| missing(&what));
            }
        }
    }
    if !list.items.is_empty() || list.rest.is_some() {
        properties.set(Arc::from("Environment"), Node { value: Value::List(Box::new(list)), span });
    }
}
