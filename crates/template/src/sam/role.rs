//! The roles that SAM makes, and what it attaches to them.
//!
//! `Policies` holds names and ARNs of managed policies, policy documents, and policy templates:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-policies>

use std::sync::Arc;

use estate::value::{Kind, List, Map, Node, Span, Unknown, Value};

use super::shape::{
    at, carry, carry_rest, doubtful, entries, list_of, map_node, map_of, or_default, put, stated, tags,
    text_of,
};
use super::{Made, Source, Surroundings, policy};

/// The policies of a role that is being made.
pub(super) struct Grants {
    /// What the names of inline policies begin with: the role's logical id.
    role: String,
    managed: List,
    inline: List,
}

impl Grants {
    pub(super) fn new(role: &str) -> Grants {
        Grants { role: role.to_owned(), managed: List::default(), inline: List::default() }
    }

    /// Attaches a managed policy of AWS, perhaps only.
    pub(super) fn attach(&mut self, around: &dyn Surroundings, name: &str, doubt: Option<&Arc<Unknown>>) {
        let node = doubtful(Node::of(policy::managed(around, name)), doubt);
        if !self.managed.items.contains(&node) {
            self.managed.items.push(node);
        }
    }

    /// Adds an inline policy that allows one action, perhaps only.
    pub(super) fn allow(&mut self, name: &str, action: &str, resource: Node, doubt: Option<&Arc<Unknown>>) {
        self.inline(name, allowing(action, resource), doubt);
    }

    /// Adds what the property `Policies` holds.
    pub(super) fn policies(&mut self, around: &dyn Surroundings, properties: &Map) {
        match properties.get("Policies") {
            Some(node) => self.add(around, node, None),
            None => {
                if let Some(why) = &properties.rest {
                    self.open(why);
                }
            }
        }
    }

    /// Recursion is bounded by the depth of the value, which the document's reader bounds.
    fn add(&mut self, around: &dyn Surroundings, node: &Node, doubt: Option<&Arc<Unknown>>) {
        match &node.value {
            Value::Null => {}
            Value::Text(name) => {
                let arn = at(node.span, policy::managed(around, name));
                self.managed.items.push(doubtful(arn, doubt));
            }
            Value::List(list) => {
                for item in &list.items {
                    self.add(around, item, doubt);
                }
                if let Some(why) = &list.rest {
                    self.open(why);
                }
            }
            Value::Map(map) => self.add_map(around, node, map, doubt),
            Value::Choice(choice) => {
                for option in &choice.options {
                    self.add(around, option, Some(doubt.unwrap_or(&choice.why)));
                }
            }
            // A text is a managed policy's ARN, as `Ref` gives it; a map is a document.
            Value::Unknown(unknown) => match unknown.kind {
                Kind::Text => self.managed.items.push(doubtful(node.clone(), doubt)),
                Kind::Map => self.inline_next(node.clone(), doubt),
                _ => self.open(unknown),
            },
            _ => self.managed.items.push(doubtful(node.clone(), doubt)),
        }
    }

    /// A policy document, or a policy template by its name.
    fn add_map(&mut self, around: &dyn Surroundings, node: &Node, map: &Map, doubt: Option<&Arc<Unknown>>) {
        let is_document = ["Statement", "Version", "Id"].iter().any(|key| map.get(key).is_some());
        if is_document {
            return self.inline_next(node.clone(), doubt);
        }
        for (name, parameters) in &map.entries {
            self.inline_next(policy::document(around, name, parameters), doubt);
        }
        if let Some(why) = &map.rest {
            self.open(why);
        }
    }

    /// Any policy may be attached beside those that are known.
    fn open(&mut self, why: &Arc<Unknown>) {
        self.managed.rest.get_or_insert_with(|| why.clone());
        self.inline.rest.get_or_insert_with(|| why.clone());
    }

    fn inline_next(&mut self, document: Node, doubt: Option<&Arc<Unknown>>) {
        let name = format!("{}Policy{}", self.role, self.inline.items.len());
        self.inline(&name, document, doubt);
    }

    fn inline(&mut self, name: &str, document: Node, doubt: Option<&Arc<Unknown>>) {
        let span = document.span;
        let entry = map_node(span, entries([("PolicyName", Node::text(name)), ("PolicyDocument", document)]));
        self.inline.items.push(doubtful(entry, doubt));
    }
}

/// A policy document that allows one action.
fn allowing(action: &str, resource: Node) -> Node {
    let statement =
        map_of([("Effect", Node::text("Allow")), ("Action", Node::text(action)), ("Resource", resource)]);
    map_of([("Version", Node::text("2012-10-17")), ("Statement", list_of(vec![statement]))])
}

/// A policy that lets a service assume the role.
fn trust(service: &str) -> Node {
    let statement = map_of([
        ("Effect", Node::text("Allow")),
        ("Principal", map_of([("Service", list_of(vec![Node::text(service)]))])),
        ("Action", list_of(vec![Node::text("sts:AssumeRole")])),
    ]);
    map_of([("Version", Node::text("2012-10-17")), ("Statement", list_of(vec![statement]))])
}

/// The execution role of a function or state machine.
pub(super) fn execution(
    source: Source<'_>,
    logical: String,
    service: &str,
    created_by: &str,
    grants: Grants,
) -> Made {
    let properties = source.properties;
    let mut role = Map::default();
    put(
        &mut role,
        "AssumeRolePolicyDocument",
        or_default(properties, "AssumeRolePolicyDocument", trust(service)),
    );
    for (key, list) in [("ManagedPolicyArns", grants.managed), ("Policies", grants.inline)] {
        if !list.items.is_empty() || list.rest.is_some() {
            put(&mut role, key, Node::of(Value::List(Box::new(list))));
        }
    }
    carry(properties, &mut role, &[("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")]);
    if let Some(tags) = tags(properties, Some(created_by)) {
        put(&mut role, "Tags", tags);
    }
    carry_rest(properties, &mut role);
    Made::new(logical, "AWS::IAM::Role", role, source.span)
}

/// The role with which a service starts a function or state machine.
pub(super) fn invoker(logical: String, service: &str, action: &str, target: Value, span: Span) -> Made {
    let name = text_of(format!("{logical}Policy"));
    let inline = map_of([("PolicyName", name), ("PolicyDocument", allowing(action, Node::of(target)))]);
    let role = entries([("AssumeRolePolicyDocument", trust(service)), ("Policies", list_of(vec![inline]))]);
    Made::new(logical, "AWS::IAM::Role", role, span)
}

/// A role of a service with one managed policy of AWS.
pub(super) fn of_service(
    around: &dyn Surroundings,
    logical: String,
    service: &str,
    managed: &str,
    span: Span,
) -> Made {
    let arns = list_of(vec![Node::of(policy::managed(around, managed))]);
    let role = entries([("AssumeRolePolicyDocument", trust(service)), ("ManagedPolicyArns", arns)]);
    Made::new(logical, "AWS::IAM::Role", role, span)
}

/// The action that a destination of SAM's type needs, where the type is known.
pub(super) fn destination_action(kind: &str) -> Option<&'static str> {
    match kind {
        "SQS" => Some("sqs:SendMessage"),
        "SNS" => Some("sns:Publish"),
        "Lambda" => Some("lambda:InvokeFunction"),
        "EventBridge" => Some("events:PutEvents"),
        "S3Bucket" => Some("s3:PutObject"),
        _ => None,
    }
}

/// Why an inline policy is not known, where the type of a destination is not.
pub(super) fn open_destination(grants: &mut Grants, what: &str) {
    let why = stated(&format!("the type of {what} is not known"), Kind::Map);
    grants.inline.rest.get_or_insert(why);
}
