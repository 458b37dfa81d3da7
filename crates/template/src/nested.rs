//! Nested stacks by local path: evaluated with the parameters they are given.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use document::{Document, Tree};
use estate::estate::Gap;
use estate::resource::Call;
use estate::value::{Kind, Map, Node, Reason, Span, Unknown, Value};

use crate::eval::Evaluator;
use crate::include::{self, beside};
use crate::resources::Presence;
use crate::stack::{Session, Stack};
use crate::{parameter, recognise};

// Limit: stacks within stacks. CloudFormation has no such number; its consoles show no more than a few.
const NESTING_MAX: usize = 12;

// Limit: instances of nested stacks in one run: ten levels that each nest the next ten times would never end.
const INSTANCES_MAX: usize = 2_000;

/// What makes a stack of a document, beside the document.
pub(crate) struct Setting {
    pub(crate) scope: Arc<str>,
    pub(crate) via: Vec<Call>,
    pub(crate) presence: Option<Arc<Unknown>>,
    pub(crate) account: Option<Arc<str>>,
    pub(crate) region: Option<Arc<str>>,
}

/// A stack of a document with the parameters given.
pub(crate) fn stack<'a>(
    session: &'a Session<'a>,
    document: Rc<Document>,
    path: &Path,
    setting: Setting,
    given: impl Fn(&str) -> Option<Node>,
) -> Stack<'a> {
    let (document, not_included) = include::whole(session, document, path);
    let mut parameters = HashMap::new();
    let declared = document.root.get("Parameters").map_or(&[][..], Tree::entries);
    for entry in declared {
        let outside = session.settings.parameters.get(&*entry.key).filter(|_| setting.via.is_empty());
        let given = given(&entry.key).map(|node| parameter::in_type(&entry.value, node));
        let node = given.unwrap_or_else(|| {
            parameter::value(&entry.key, &entry.value, outside.map(String::as_str), &setting.scope)
        });
        parameters.insert(entry.key.clone(), Some(node));
    }
    let transforms = crate::load::transforms(&document.root);
    let serverless = transforms.iter().any(|name| &**name == "AWS::Serverless-2016-10-31");
    let own = transforms.iter().find(|name| !name.starts_with("AWS::"));
    let own_macro = own.map(|name| Stack::unknown(Reason::Macro((*name).clone()), Kind::Any));
    Stack {
        session,
        path: path.to_path_buf(),
        scope: setting.scope,
        via: setting.via,
        presence: setting.presence,
        parameters,
        conditions: RefCell::default(),
        visiting: RefCell::default(),
        children: RefCell::default(),
        notifications: RefCell::default(),
        account: setting.account,
        region: setting.region,
        serverless,
        not_included,
        own_macro,
        document,
    }
}

/// The nested stack of a resource, made once. `None` where its template is not at hand.
pub(crate) fn child<'a>(
    parent: &Stack<'a>,
    logical: &Arc<str>,
    tree: &Tree,
    properties: &Map,
    presence: Option<Arc<Unknown>>,
    name_span: Span,
) -> Option<Rc<Stack<'a>>> {
    if let Some(known) = parent.children.borrow().get(logical) {
        return known.clone();
    }
    // Marked first, so that a stack whose parameters use its own outputs does not go round for ever.
    parent.children.borrow_mut().insert(logical.clone(), None);
    let made = make(parent, logical, tree, properties, presence, name_span).map(Rc::new);
    parent.children.borrow_mut().insert(logical.clone(), made.clone());
    made
}

fn make<'a>(
    parent: &Stack<'a>,
    logical: &Arc<str>,
    tree: &Tree,
    properties: &Map,
    presence: Option<Arc<Unknown>>,
    name_span: Span,
) -> Option<Stack<'a>> {
    let session = parent.session;
    // The CDK leaves the local name of a nested template in the metadata.
    let asset = tree.get("Metadata").and_then(|metadata| metadata.get("aws:asset:path")).and_then(Tree::text);
    let location: Arc<str> = match (asset, properties.get("TemplateURL").map(|node| &node.value)) {
        (Some(asset), _) => asset.clone(),
        (None, Some(Value::Text(url))) => url.clone(),
        _ => return missing(parent, name_span, "the nested stack's template is not known"),
    };
    if location.contains("://") {
        return missing(parent, name_span, &format!("nested stack `{location}` is not local"));
    }
    let instances = session.instances.get() + 1;
    session.instances.set(instances);
    if parent.via.len() >= NESTING_MAX || instances > INSTANCES_MAX {
        let limit =
            format!("more than {NESTING_MAX} levels or {INSTANCES_MAX} nested stacks: the rest is not read");
        return missing(parent, name_span, &limit);
    }
    let path = beside(&parent.path, &location);
    let Some(document) = session.document(&path) else {
        return missing(parent, name_span, &format!("nested stack `{location}` cannot be read"));
    };
    if !recognise::is_template(&document.root) {
        return missing(parent, name_span, &format!("`{location}` is no template"));
    }
    session.nested.borrow_mut().push(path.clone());
    session.report(&document);
    let mut via = parent.via.clone();
    via.push(Call { name: logical.clone(), span: name_span });
    let given = properties.get("Parameters").map(|node| &node.value);
    let setting = Setting {
        scope: Arc::from(format!("{}{logical}/", parent.scope)),
        via,
        presence: presence.or_else(|| parent.presence.clone()),
        account: parent.account.clone(),
        region: parent.region.clone(),
    };
    Some(stack(session, document, &path, setting, |name| match given {
        Some(Value::Map(map)) => map.get(name).cloned(),
        Some(Value::Unknown(unknown)) => Some(Node::of(Value::Unknown(unknown.clone()))),
        _ => None,
    }))
}

/// The template cannot be read: what it would make is not known, so absence is no fact around it.
fn missing<T>(parent: &Stack, span: Span, message: &str) -> Option<T> {
    parent.say(true, "nested-stack", span, format!("{message}: its resources are not judged"));
    let root = parent.scope.split_once('#').map_or("", |(root, _)| root);
    parent.session.gaps.borrow_mut().push(Gap {
        type_name: None,
        scope: Arc::from(format!("{root}#")),
        why: Stack::unknown(Reason::Missing(Arc::from("a nested stack")), Kind::Any),
    });
    None
}

/// An output of a nested stack; `None` where the stack is not at hand or has no such output.
pub(crate) fn output(parent: &Stack, logical: &str, output: &str) -> Option<Node> {
    let entry = parent.section("Resources")?.entry(logical)?;
    let evaluator = Evaluator::new(parent);
    let place: (Arc<str>, Arc<str>) = (entry.key.clone(), Arc::from("Outputs"));
    if parent.visiting.borrow().contains(&place) {
        return None;
    }
    parent.visiting.borrow_mut().push(place);
    let properties =
        entry.value.get("Properties").map(|tree| evaluator.map(tree.entries())).unwrap_or_default();
    let child = match crate::resources::presence(&evaluator, &entry.value) {
        Presence::No => None,
        Presence::Yes => child(parent, &entry.key, &entry.value, &properties, None, entry.key_span),
        Presence::Maybe(why) => {
            child(parent, &entry.key, &entry.value, &properties, Some(why), entry.key_span)
        }
    };
    parent.visiting.borrow_mut().pop();
    let child = child?;
    let value = child.section("Outputs")?.get(output)?.get("Value")?;
    Evaluator::new(&child).value(value)
}
