//! Data sources that need no cloud, and resources whose attributes follow from their arguments.

use std::sync::Arc;

use crate::body;
use crate::eval::{Fault, Result};
use crate::module::{Instance, Module, as_map};
use crate::source::Session;
use crate::value::{
    Kind, List, Map, Node, Part, Partial, Reason, Span, Unknown, Value, from_json, join, parts,
};

/// An attribute that follows from what is written; `None` where it is read or assigned at deployment.
pub(crate) fn attribute(
    session: &Session,
    module: &Arc<Module>,
    instance: &Arc<Instance>,
    name: &str,
    span: Span,
) -> Option<Result<Node>> {
    let at = |value: Value| Some(Ok(Node::new(value, span)));
    let argument = |name: &str| session.argument(module, instance, name);
    match (instance.data, &*instance.type_name, name) {
        (true, "aws_iam_policy_document", "json" | "minified_json") => {
            Some(policy(session, module, instance, span))
        }
        (true, "aws_caller_identity", "account_id" | "id") => {
            let provider = session.provider_of(module, instance);
            at(pseudo(session.account_of(provider.as_deref()), "AWS::AccountId"))
        }
        (true, "aws_region", "name" | "region" | "id") => {
            let written = argument("region").or_else(|| argument("name"));
            if let Some(node) = written {
                return Some(Ok(node));
            }
            let provider = session.provider_of(module, instance);
            at(pseudo(session.region_of(provider.as_deref()), "AWS::Region"))
        }
        (true, "aws_partition", "partition" | "id") => {
            let provider = session.provider_of(module, instance);
            let region = provider.and_then(|provider| provider.region.clone());
            let region = region.or_else(|| session.settings.region.clone());
            at(pseudo(region.map(|region| Arc::from(partition(&region))), "AWS::Partition"))
        }
        (true, "aws_partition", "dns_suffix") => {
            let provider = session.provider_of(module, instance);
            let region = provider.and_then(|provider| provider.region.clone());
            let region = region.or_else(|| session.settings.region.clone());
            let suffix = region.and_then(|region| match partition(&region) {
                "aws" | "aws-us-gov" => Some(Arc::from("amazonaws.com")),
                "aws-cn" => Some(Arc::from("amazonaws.com.cn")),
                _ => None,
            });
            at(pseudo(suffix, "AWS::URLSuffix"))
        }
        (true, "aws_default_tags", "tags") => session.provider_of(module, instance)?.tags.clone().map(Ok),
        (true, "aws_arn", part @ ("partition" | "service" | "region" | "account" | "resource")) => {
            let arn = argument("arn")?;
            let words: Vec<&str> = arn.value.as_text()?.splitn(6, ':').collect();
            let index = ["", "partition", "service", "region", "account", "resource"];
            let at_word = index.iter().position(|known| *known == part)?;
            let word = *words.get(at_word).filter(|_| words.len() == 6)?;
            at(Value::text(word))
        }
        (true, "aws_caller_identity", "arn") => at(caller(session, module, instance, name, None)),
        (true, "aws_iam_session_context", "issuer_arn") => {
            at(caller(session, module, instance, name, Some("iam")))
        }
        (true, "template_file", "rendered") => None,
        (false, "terraform_data", "output") => Some(Ok(argument("input")?)),
        (false, part, "id") if argument_of_id(part).is_some() => {
            // With this argument it is the owner's name and the account's number.
            let is_alone = argument("expected_bucket_owner").is_none();
            is_alone.then(|| argument_of_id(part).and_then(argument)).flatten().map(Ok)
        }
        (false, "random_string" | "random_password" | "random_id" | "random_pet" | "random_uuid", _) => {
            let why = instance.reference(Some(name), Kind::Text);
            argument(name).is_none().then(|| Ok(Node::new(Value::Unknown(why), span)))
        }
        (false, _, "tags_all") => {
            let provider = session.provider_of(module, instance);
            Some(Ok(tags(
                argument("tags"),
                provider.as_ref().and_then(|provider| provider.tags.as_ref()),
                span,
            )))
        }
        _ => None,
    }
}

/// The argument that the `id` of a part of something else is: it names what the part belongs to.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_policy>
fn argument_of_id(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        "aws_s3_bucket_accelerate_configuration"
        | "aws_s3_bucket_cors_configuration"
        | "aws_s3_bucket_lifecycle_configuration"
        | "aws_s3_bucket_logging"
        | "aws_s3_bucket_notification"
        | "aws_s3_bucket_object_lock_configuration"
        | "aws_s3_bucket_ownership_controls"
        | "aws_s3_bucket_policy"
        | "aws_s3_bucket_public_access_block"
        | "aws_s3_bucket_replication_configuration"
        | "aws_s3_bucket_server_side_encryption_configuration"
        | "aws_s3_bucket_versioning"
        | "aws_s3_bucket_website_configuration" => "bucket",
        "aws_sqs_queue_policy" => "queue_url",
        "aws_sns_topic_policy" => "arn",
        "aws_secretsmanager_secret_policy" => "secret_arn",
        "aws_efs_file_system_policy" => "file_system_id",
        "aws_ecr_repository_policy" => "repository",
        _ => return None,
    })
}

/// The ARN of whoever runs Terraform: who it is is not known, the account is that of the provider.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/caller_identity>
fn caller(
    session: &Session,
    module: &Arc<Module>,
    instance: &Arc<Instance>,
    name: &str,
    service: Option<&str>,
) -> Value {
    let provider = session.provider_of(module, instance);
    let region = provider.as_ref().and_then(|provider| provider.region.clone());
    let region = region.or_else(|| session.settings.region.clone());
    let text = |text: &str| vec![Part::Known(Arc::from(text))];
    let of = |known: Option<Arc<str>>, word: &str| parts(&pseudo(known, word)).unwrap_or_default();
    let hole = || {
        let reason = instance.reference(Some(name), Kind::Text).reason.of_part();
        vec![Part::Hole(Arc::new(Unknown { reason, kind: Kind::Text }))]
    };
    let pieces = [
        text("arn:"),
        of(region.map(|region| Arc::from(partition(&region))), "AWS::Partition"),
        text(":"),
        service.map_or_else(hole, text),
        text("::"),
        of(session.account_of(provider.as_deref()), "AWS::AccountId"),
        text(":"),
        hole(),
    ];
    join(pieces.into_iter().flatten().collect())
}

/// The partition of a Region.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
fn partition(region: &str) -> &'static str {
    let partitions = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eusc-", "aws-eusc"),
    ];
    partitions.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, name)| name)
}

/// The region that a resource asks for by itself.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support>
pub(crate) fn region(session: &Session, module: &Arc<Module>, instance: &Arc<Instance>) -> Option<Node> {
    session.argument(module, instance, "region")
}

/// A value that is known from outside, or one that is set at deployment.
fn pseudo(known: Option<Arc<str>>, name: &str) -> Value {
    known.map_or_else(|| Value::unknown(Reason::Pseudo(Arc::from(name)), Kind::Text), Value::Text)
}

/// The tags of a resource with the provider's default ones below them.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#default_tags-configuration-block>
pub(crate) fn tags(own: Option<Node>, default: Option<&Node>, span: Span) -> Node {
    let own = own.filter(|node| !node.value.is_null());
    match (own, default) {
        (Some(own), None) => own,
        (None, Some(default)) => default.clone(),
        (None, None) => Node::new(Value::Null, span),
        (Some(own), Some(default)) => match (&own.value, &default.value) {
            (Value::Map(mine), Value::Map(theirs)) => {
                let mut all = (**theirs).clone();
                for (key, node) in &mine.entries {
                    all.set(key.clone(), node.clone());
                }
                all.rest = all.rest.or_else(|| mine.rest.clone());
                Node::new(Value::Map(Arc::new(all)), own.span)
            }
            (Value::Map(mine), other) => {
                let mut all = (**mine).clone();
                all.rest = other.made_of(Kind::Any);
                Node::new(Value::Map(Arc::new(all)), own.span)
            }
            // What is not known may override any default.
            _ => own,
        },
    }
}

impl Session<'_> {
    /// An argument as it is written; `None` where it is absent or null.
    fn argument(&self, module: &Arc<Module>, instance: &Arc<Instance>, name: &str) -> Option<Node> {
        let (file, attribute) = instance.declared.attribute(name)?;
        let node = self.lenient(&crate::eval::Scope::of(module, instance, file), &attribute.value);
        (!node.value.is_null()).then_some(node)
    }
}

/// The document of `aws_iam_policy_document`, kept as a value so that a finding points at its statement.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>
fn policy(session: &Session, module: &Arc<Module>, instance: &Arc<Instance>, span: Span) -> Result<Node> {
    let argument = |name: &str| session.argument(module, instance, name);
    let mut all = Statements::default();
    for name in ["source_policy_documents", "source_json"] {
        if let Some(node) = argument(name) {
            all.documents(&node, false)?;
        }
    }
    // In JSON syntax blocks are written as arguments.
    let statements = body::nested(session, module, instance, "statement").or_else(|| argument("statement"));
    if let Some(node) = statements.map(listed)
        && let Value::List(list) = &node.value
    {
        for item in &list.items {
            all.put(statement(item)?, true);
        }
        all.rest = all.rest.or_else(|| list.rest.clone());
    }
    for name in ["override_policy_documents", "override_json"] {
        if let Some(node) = argument(name) {
            all.documents(&node, true)?;
        }
    }
    let version = argument("version").unwrap_or_else(|| Node::new(Value::text("2012-10-17"), span));
    let list = List { items: all.list, set: false, rest: all.rest };
    let mut entries = vec![
        (Arc::from("Version"), version),
        (Arc::from("Statement"), Node::new(Value::List(Arc::new(list)), span)),
    ];
    entries.extend(argument("policy_id").map(|id| (Arc::from("Id"), id)));
    let document = Node::new(Value::map(entries), span);
    Ok(Node::new(Value::Json(Arc::new(document)), span))
}

#[derive(Default)]
struct Statements {
    list: Vec<Node>,
    rest: Option<Arc<Unknown>>,
}

impl Statements {
    /// Adds a statement; one that has the `Sid` of an earlier one takes its place.
    fn put(&mut self, node: Node, replaces: bool) {
        let sid = |node: &Node| {
            node.value
                .as_map()
                .and_then(|map| map.get("Sid"))
                .and_then(|sid| sid.value.as_text().map(str::to_owned))
        };
        let mine = sid(&node).filter(|sid| replaces && !sid.is_empty());
        let known = mine.and_then(|mine| self.list.iter().position(|one| sid(one).as_ref() == Some(&mine)));
        match known {
            Some(at) => self.list[at] = node,
            None => self.list.push(node),
        }
    }

    /// Adds the statements of documents: one JSON text, or a list of them.
    fn documents(&mut self, node: &Node, replaces: bool) -> Result<()> {
        match &node.value {
            Value::List(list) => {
                for item in &list.items {
                    self.documents(item, replaces)?;
                }
                self.rest = self.rest.take().or_else(|| list.rest.clone());
                Ok(())
            }
            Value::Json(inner) => {
                self.document(inner, replaces);
                Ok(())
            }
            Value::Text(text) if text.trim().is_empty() => Ok(()),
            Value::Text(text) => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(json) => {
                    self.document(&from_json(&json, node.span), replaces);
                    Ok(())
                }
                Err(error) => Err(Fault::new(node.span, format!("the policy is no JSON: {error}"))),
            },
            Value::Null => Ok(()),
            other => {
                // An override may replace any statement that has a name.
                let unknown = other.made_of(Kind::Any);
                if replaces && unknown.is_some() {
                    let is_nameless = |map: &Map| map.rest.is_none() && map.get("Sid").is_none();
                    self.list.retain(|node| node.value.as_map().is_some_and(is_nameless));
                }
                self.rest = self.rest.take().or(unknown);
                Ok(())
            }
        }
    }

    fn document(&mut self, node: &Node, replaces: bool) {
        let Some(map) = node.value.as_map() else {
            self.rest = self.rest.take().or_else(|| node.value.made_of(Kind::Any));
            return;
        };
        match map.get("Statement").map(|node| (&node.value, node)) {
            Some((Value::List(list), _)) => {
                list.items.iter().for_each(|item| self.put(item.clone(), replaces));
                self.rest = self.rest.take().or_else(|| list.rest.clone());
            }
            Some((Value::Map(_), one)) => self.put(one.clone(), replaces),
            Some((other, _)) => self.rest = self.rest.take().or_else(|| other.made_of(Kind::Any)),
            None => self.rest = self.rest.take().or_else(|| map.rest.clone()),
        }
    }
}

/// One statement. One that is perhaps not there stays so.
fn statement(node: &Node) -> Result<Node> {
    let map = match &node.value {
        Value::Map(map) => map,
        Value::Choice(choice) => {
            let options: Result<Vec<Node>> = choice
                .options
                .iter()
                .map(|option| if option.value.is_null() { Ok(option.clone()) } else { statement(option) })
                .collect();
            return Ok(Node::new(Value::choice(options?, choice.why.clone()), node.span));
        }
        _ => return Ok(node.clone()),
    };
    let mut entries: Vec<(Arc<str>, Node)> = Vec::new();
    let mut take = |from: &str, to: &str| {
        if let Some(node) = map.get(from).filter(|node| !is_empty(node)) {
            entries.push((Arc::from(to), alone(variables(node))));
        }
    };
    take("sid", "Sid");
    take("actions", "Action");
    take("not_actions", "NotAction");
    take("resources", "Resource");
    take("not_resources", "NotResource");
    let effect = map.get("effect").filter(|node| !node.value.is_null()).cloned();
    entries.push((Arc::from("Effect"), effect.unwrap_or_else(|| Node::new(Value::text("Allow"), node.span))));
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        // A dynamic block that unfolds to nothing leaves an empty list.
        if let Some(node) = map.get(from).filter(|node| !is_empty(node)) {
            entries.extend(principals(node).map(|value| (Arc::from(to), value)));
        }
    }
    if let Some(node) = map.get("condition").filter(|node| !is_empty(node)) {
        entries.push((Arc::from("Condition"), conditions(node)));
    }
    Ok(Node::new(as_map(entries, map.rest.clone()), node.span))
}

/// A list of one as its element, as the provider writes it.
fn alone(node: Node) -> Node {
    match &node.value {
        Value::List(list) if list.rest.is_none() => match list.items.as_slice() {
            [only] if !matches!(only.value, Value::Choice(_)) => only.clone(),
            _ => node,
        },
        _ => node,
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::List(list) => list.items.is_empty() && list.rest.is_none(),
        Value::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// `&{…}` stands for a policy variable, since `${…}` is Terraform's own.
fn variables(node: &Node) -> Node {
    let value = match &node.value {
        Value::Text(text) if text.contains("&{") => Value::text(text.replace("&{", "${")),
        Value::Partial(partial) => {
            let part = |part: &Part| match part {
                Part::Known(text) => Part::Known(Arc::from(text.replace("&{", "${"))),
                hole @ Part::Hole(_) => hole.clone(),
            };
            let parts: &Partial = partial;
            join(parts.parts.iter().map(part).collect())
        }
        Value::List(list) => {
            Value::open_list(list.items.iter().map(variables).collect(), false, list.rest.clone())
        }
        other => other.clone(),
    };
    Node::new(value, node.span)
}

/// Blocks as a list: in JSON syntax one that is alone may be written as an object.
fn listed(node: Node) -> Node {
    match &node.value {
        Value::Map(_) => Node { span: node.span, value: Value::list(vec![node]) },
        _ => node,
    }
}

/// Blocks of principals as a policy writes them; `type = "*"` is everybody.
fn principals(node: &Node) -> Option<Node> {
    let node = listed(node.clone());
    let list = node.value.as_list()?;
    let mut found = Map::default();
    found.rest.clone_from(&list.rest);
    for item in &list.items {
        let Some(map) = item.value.as_map() else {
            found.rest = found.rest.or_else(|| item.value.made_of(Kind::Any));
            continue;
        };
        let Some(identifiers) = map.get("identifiers") else { continue };
        match map.get("type").map(|node| &node.value) {
            Some(Value::Text(kind)) if &**kind == "*" => return Some(Node::new(Value::text("*"), item.span)),
            Some(Value::Text(kind)) => {
                let joined = match found.get(kind) {
                    Some(known) => both(known, identifiers),
                    None => variables(identifiers),
                };
                found.set(kind.clone(), joined);
            }
            Some(other) => found.rest = found.rest.or_else(|| other.made_of(Kind::Any)),
            None => {}
        }
    }
    found.entries.iter_mut().for_each(|(_, node)| *node = alone(node.clone()));
    Some(Node::new(Value::Map(Arc::new(found)), node.span))
}

/// The elements of two lists as one.
fn both(a: &Node, b: &Node) -> Node {
    let elements = |node: &Node| match &node.value {
        Value::List(list) => (list.items.clone(), list.rest.clone()),
        other => match other.made_of(Kind::Any) {
            Some(why) => (Vec::new(), Some(why)),
            None => (vec![node.clone()], None),
        },
    };
    let ((mut items, rest), (more, other)) = (elements(a), elements(b));
    items.extend(more.iter().map(variables));
    Node::new(Value::open_list(items, false, rest.or(other)), a.span)
}

/// Condition blocks as a policy writes them: operator, key, values.
fn conditions(node: &Node) -> Node {
    let node = listed(node.clone());
    let Some(list) = node.value.as_list() else { return node };
    let mut found = Map::default();
    found.rest.clone_from(&list.rest);
    for item in &list.items {
        let Some(map) = item.value.as_map() else {
            found.rest = found.rest.or_else(|| item.value.made_of(Kind::Any));
            continue;
        };
        let text = |name: &str| map.get(name).and_then(|node| node.value.as_text().map(Arc::<str>::from));
        let (Some(test), Some(variable), Some(values)) = (text("test"), text("variable"), map.get("values"))
        else {
            let unknown = item.value.made_of(Kind::Any);
            found.rest = found.rest.or(unknown);
            continue;
        };
        let mut keys = found.get(&test).and_then(|node| node.value.as_map()).cloned().unwrap_or_default();
        let joined = match keys.get(&variable) {
            Some(known) => both(known, values),
            None => variables(values),
        };
        keys.set(variable, alone(joined));
        found.set(test, Node::new(Value::Map(Arc::new(keys)), item.span));
    }
    Node::new(Value::Map(Arc::new(found)), node.span)
}
