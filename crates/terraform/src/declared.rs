//! What code says beside its resources, as resources of our own types: variables, outputs, providers, backends.

use std::sync::Arc;

use estate::catalogue::Catalogue;
use estate::normalise;
use estate::resource::{Origin, Resource};
use estate::value::{self as plain, FileId};
use hcl::syntax::Block;

use crate::eval::Scope;
use crate::module::Module;
use crate::source::{Declared, Session};
use crate::suppress;
use crate::value::{Node, Span, Value, to_estate};

/// The arguments of a provider or backend and the property that each is.
const SIGN_IN: [(&str, &str); 12] = [
    ("access_key", "AccessKey"),
    ("secret_key", "SecretKey"),
    ("token", "Token"),
    ("profile", "Profile"),
    ("region", "Region"),
    ("bucket", "Bucket"),
    ("key", "Key"),
    ("encrypt", "Encrypt"),
    ("kms_key_id", "KmsKeyId"),
    ("dynamodb_table", "DynamoDbTable"),
    ("use_lockfile", "UseLockfile"),
    ("role_arn", "RoleArn"),
];

/// The resources of one module's code.
pub(crate) fn of(session: &Session, module: &Arc<Module>) -> Vec<Resource> {
    let config = module.config.clone();
    let mut found = Vec::new();
    for (name, declared) in &config.variables {
        found.extend(variable(session, module, name, declared));
    }
    for (name, declared) in &config.outputs {
        found.extend(output(session, module, name, declared));
    }
    for (name, declared) in &config.providers {
        found.extend(provider(session, module, name, declared));
    }
    for declared in &config.settings {
        for (file, block) in declared.blocks() {
            if &*block.kind == "backend" {
                found.extend(backend(session, module, file, block));
            }
        }
    }
    found
}

type Properties = Vec<(&'static str, Node)>;

fn text(text: &str, span: Span) -> Node {
    Node::new(Value::text(text), span)
}

fn argument(session: &Session, module: &Arc<Module>, declared: &Declared, name: &str) -> Option<Node> {
    let (file, attribute) = declared.attribute(name)?;
    let node = session.lenient(&Scope::new(module, file), &attribute.value);
    (!node.value.is_null()).then_some(node)
}

fn variable(session: &Session, module: &Arc<Module>, name: &str, declared: &Declared) -> Option<Resource> {
    let mut properties: Properties = vec![("Name", text(name, Span::NONE))];
    for (argument_name, property) in
        [("default", "Default"), ("sensitive", "Sensitive"), ("ephemeral", "Ephemeral")]
    {
        properties.extend(argument(session, module, declared, argument_name).map(|node| (property, node)));
    }
    let of = declared.attribute("type").and_then(|(_, attribute)| attribute.value.word().map(str::to_owned));
    properties.extend(of.map(|of| ("Type", text(&of, Span::NONE))));
    resource(
        session,
        module,
        "Variable",
        &format!("var.{name}"),
        declared.file(),
        declared.block(),
        &properties,
    )
}

fn output(session: &Session, module: &Arc<Module>, name: &str, declared: &Declared) -> Option<Resource> {
    let mut properties: Properties = vec![("Name", text(name, Span::NONE))];
    properties.extend(argument(session, module, declared, "sensitive").map(|node| ("Sensitive", node)));
    if let Some((file, attribute)) = declared.attribute("value") {
        let range = attribute.value.range;
        let span = session.span(file, range);
        let source = session.source(file)?;
        let written = source.text.get(range.start as usize..range.end as usize).unwrap_or("");
        properties.push(("Written", text(written, span)));
        if let Ok(node) = session.output(module, name, span)
            && !matches!(node.value, Value::List(_) | Value::Map(_) | Value::Instance(_) | Value::Null)
        {
            properties.push(("Value", node));
        }
    }
    resource(
        session,
        module,
        "Output",
        &format!("output.{name}"),
        declared.file(),
        declared.block(),
        &properties,
    )
}

fn provider(session: &Session, module: &Arc<Module>, name: &str, declared: &Declared) -> Option<Resource> {
    let (own, alias) = name.split_once('.').map_or((name, None), |(own, alias)| (own, Some(alias)));
    let mut properties: Properties = vec![("Name", text(own, Span::NONE))];
    properties.extend(alias.map(|alias| ("Alias", text(alias, Span::NONE))));
    let scope = |file| session.provider_scope(module, declared, None, file);
    for (argument_name, property) in &SIGN_IN[..5] {
        let written = declared.attribute(argument_name);
        let node = written.map(|(file, attribute)| session.lenient(&scope(file), &attribute.value));
        properties.extend(node.filter(|node| !node.value.is_null()).map(|node| (*property, node)));
    }
    let inside = |kind: &[&str], name: &str| {
        let (file, block) = declared.blocks().into_iter().find(|(_, block)| kind.contains(&&*block.kind))?;
        let attribute = block.body.attribute(name)?;
        Some(session.lenient(&scope(file), &attribute.value))
    };
    let roles = ["assume_role", "assume_role_with_web_identity"];
    properties.extend(inside(&roles, "role_arn").map(|node| ("RoleArn", node)));
    properties.extend(inside(&["default_tags"], "tags").map(|node| ("DefaultTags", node)));
    resource(
        session,
        module,
        "Provider",
        &format!("provider.{name}"),
        declared.file(),
        declared.block(),
        &properties,
    )
}

fn backend(session: &Session, module: &Arc<Module>, file: FileId, block: &Block) -> Option<Resource> {
    let kind = block.label(0);
    let scope = Scope::new(module, file);
    let mut properties: Properties = vec![("Type", text(kind, Span::NONE))];
    for (name, property) in SIGN_IN {
        if let Some(attribute) = block.body.attribute(name).filter(|_| property != "Profile") {
            properties.push((property, session.lenient(&scope, &attribute.value)));
        }
    }
    resource(session, module, "Backend", &format!("backend.{kind}"), file, block, &properties)
}

fn resource(
    session: &Session,
    module: &Arc<Module>,
    kind: &str,
    name: &str,
    file: FileId,
    block: &Block,
    properties: &[(&'static str, Node)],
) -> Option<Resource> {
    let type_name = format!("Palisade::Terraform::{kind}");
    let info = Catalogue::builtin().get(&type_name)?;
    let address = format!("{}{name}", module.prefix);
    let key = format!("{}{address}", session.scope);
    let mut made = Resource::new(Arc::from(type_name), Arc::from(key), Arc::from(address));
    made.properties = properties
        .iter()
        .filter_map(|(name, node)| Some((Arc::from(*name), to_estate(node)?)))
        .collect::<plain::Map>();
    normalise::properties(info, &mut made.properties);
    made.origin = Origin {
        name: session.span(file, block.header()),
        body: session.span(file, block.range),
        via: module.via.clone(),
        construct: None,
    };
    made.suppressions = suppress::of(session, file, block);
    Some(made)
}
