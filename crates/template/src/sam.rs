//! The SAM transform, `AWS::Serverless-2016-10-31`, on evaluated properties.
//!
//! What SAM makes of its resources, and how it names it, is documented in the SAM developer guide:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>.
//! Each module cites the pages it follows.
//!
//! Where the names SAM gives end in a hash of the template's text (a function's version, a deployment), the
//! hash is left out here.
//! Into resources that the template declares it writes the notifications of buckets (`S3` events).

mod api;
mod deployment;
mod domain;
mod event;
mod function;
mod machine;
mod policy;
mod role;
mod rule;
mod shape;
mod simple;
#[cfg(test)]
mod tests;
mod usage;

use std::sync::Arc;

use estate::estate::Gap;
use estate::value::{Choice, Kind, List, Map, Node, Span, Unknown, Value};

use crate::eval::{Evaluator, made_of};
use crate::intrinsic;
use crate::stack::Stack;

/// A resource that the transform makes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Made {
    pub(crate) logical: String,
    pub(crate) type_name: String,
    pub(crate) properties: Map,
    /// What it is made of: the serverless resource, or one of its events.
    pub(crate) span: Span,
    /// Why it is perhaps not made at all, if so, beside what is known of the serverless resource itself.
    pub(crate) presence: Option<Arc<Unknown>>,
}

impl Made {
    fn new(logical: String, type_name: &str, properties: Map, span: Span) -> Made {
        Made { logical, type_name: type_name.to_owned(), properties, span, presence: None }
    }

    /// The same, perhaps only made, where there is a reason for doubt.
    fn doubted(mut self, doubt: Option<&Arc<Unknown>>) -> Made {
        if self.presence.is_none() {
            self.presence = doubt.cloned();
        }
        self
    }
}

/// What an expansion asks of the stack around it.
trait Surroundings {
    /// What `Ref` gives of a resource of the stack, or `Fn::GetAtt` where there is an attribute.
    fn refer(&self, logical: &str, attribute: Option<&str>) -> Value;
    /// What `Ref` gives of a pseudo parameter.
    fn pseudo(&self, name: &str) -> Value;
    /// The template's `Globals`, for the APIs that no resource declares.
    fn globals(&self) -> Map;
    /// Says something about the template.
    fn note(&self, incomplete: bool, span: Span, message: String);
    /// Other resources may exist than those that are made.
    fn open(&self, why: &Arc<Unknown>);
    /// A bucket of the template notifies functions of what happens in it.
    fn notify(&self, bucket: &Arc<str>, configurations: List);
}

impl Surroundings for Stack<'_> {
    fn refer(&self, logical: &str, attribute: Option<&str>) -> Value {
        self.reference(logical, attribute, Kind::Text)
    }

    fn pseudo(&self, name: &str) -> Value {
        intrinsic::named(&Evaluator::new(self), Span::NONE, name).map_or(Value::Null, |node| node.value)
    }

    fn globals(&self) -> Map {
        self.section("Globals").map(|tree| Evaluator::new(self).map(tree.entries())).unwrap_or_default()
    }

    fn note(&self, incomplete: bool, span: Span, message: String) {
        self.say(incomplete, "sam", span, message);
    }

    fn open(&self, why: &Arc<Unknown>) {
        let root = self.scope.split_once('#').map_or("", |(root, _)| root);
        let gap = Gap { type_name: None, scope: Arc::from(format!("{root}#")), why: why.clone() };
        let mut gaps = self.session.gaps.borrow_mut();
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }

    fn notify(&self, bucket: &Arc<str>, configurations: List) {
        self.notifications.borrow_mut().push((bucket.clone(), configurations));
    }
}

/// The same elements, perhaps missing, where there is a reason for doubt.
pub(crate) fn doubt(list: &mut List, why: Option<&Arc<Unknown>>) {
    let items = std::mem::take(&mut list.items);
    list.items = items.into_iter().map(|item| shape::doubtful(item, why)).collect();
}

/// Adds the configurations that SAM writes into a bucket to those it has.
pub(crate) fn add_notifications(bucket: &mut Map, configurations: List) {
    const KEY: &str = "NotificationConfiguration";
    const FUNCTIONS: &str = "LambdaConfigurations";
    if bucket.get(KEY).is_none() && bucket.rest.is_none() {
        shape::put(bucket, KEY, shape::map_node(Span::NONE, Map::default()));
    }
    let Some((_, node)) = bucket.entries.iter_mut().find(|(key, _)| &**key == KEY) else { return };
    // What is not known to be a map may hold them already.
    let Value::Map(map) = &mut node.value else { return };
    match map.entries.iter_mut().find(|(key, _)| &**key == FUNCTIONS).map(|(_, node)| &mut node.value) {
        Some(Value::List(list)) => {
            list.items.extend(configurations.items);
            list.rest = list.rest.take().or(configurations.rest);
        }
        None if map.rest.is_none() => {
            shape::put(map, FUNCTIONS, shape::at(Span::NONE, Value::List(Box::new(configurations))));
        }
        _ => {}
    }
}

/// A serverless resource: its logical id, its properties with the globals, and where it is written.
#[derive(Clone, Copy)]
struct Source<'a> {
    logical: &'a str,
    properties: &'a Map,
    span: Span,
}

/// What a serverless resource expands to, or `None` where the type is not of SAM's.
///
/// The first has the resource's own logical id. A function (or state machine) whose events name no API also
/// gives the implicit one, `ServerlessRestApi` or `ServerlessHttpApi` with its stage and deployment, and one
/// with `DeploymentPreference` the stack's CodeDeploy application and role: every such function gives them
/// again, and the caller drops duplicates by logical id.
pub(crate) fn expand(
    stack: &Stack<'_>,
    logical: &str,
    type_name: &str,
    properties: &Map,
    span: Span,
) -> Option<Vec<Made>> {
    transform(stack, Source { logical, properties, span }, type_name)
}

fn transform(around: &dyn Surroundings, source: Source<'_>, type_name: &str) -> Option<Vec<Made>> {
    let kind = type_name.strip_prefix("AWS::Serverless::")?;
    Some(match kind {
        "Function" => function::expand(around, source),
        "Api" => api::rest(around, source),
        "HttpApi" => api::http(around, source),
        "SimpleTable" => simple::table(source),
        "LayerVersion" => simple::layer(source),
        "Application" => simple::application(source),
        "StateMachine" => machine::expand(around, source),
        "Connector" => {
            let message = format!(
                "connector `{}` is not followed: the permissions that it grants are not judged",
                source.logical
            );
            around.note(false, source.span, message);
            Vec::new()
        }
        _ => {
            let message =
                format!("`{type_name}` is not known: what SAM makes of `{}` is not judged", source.logical);
            around.note(true, source.span, message);
            around.open(&shape::stated(&format!("`{type_name}` is not known"), Kind::Any));
            Vec::new()
        }
    })
}

/// Merges the template's `Globals` section for the type into the properties: single values are replaced, maps
/// merged, lists appended to the global ones.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
pub(crate) fn with_globals(type_name: &str, globals: &Map, properties: Map) -> Map {
    let Some(section) = type_name.strip_prefix("AWS::Serverless::") else { return properties };
    match globals.get(section).map(|node| &node.value) {
        Some(Value::Map(section)) => merge(section, properties),
        Some(value) => open_ended(properties, made_of(value, Kind::Any).as_ref()),
        None => open_ended(properties, globals.rest.as_ref()),
    }
}

fn open_ended(mut map: Map, why: Option<&Arc<Unknown>>) -> Map {
    if map.rest.is_none() {
        map.rest = why.cloned();
    }
    map
}

/// Recursion is bounded by the depth of the values, which the document's reader bounds.
fn merge(global: &Map, own: Map) -> Map {
    let Map { entries, rest } = own;
    let mut merged = Map { entries: Vec::new(), rest: rest.clone().or_else(|| global.rest.clone()) };
    for (key, node) in entries {
        let node = match global.get(&key) {
            Some(inherited) => combine(inherited, node),
            None => node,
        };
        merged.entries.push((key, node));
    }
    for (key, inherited) in &global.entries {
        if merged.get(key).is_some() {
            continue;
        }
        // Where the resource may set the key out of sight, its value is not known, but that it is set is.
        let node = match &rest {
            None => inherited.clone(),
            Some(why) => {
                let unknown = Unknown { reason: why.reason.clone(), kind: Kind::Present };
                Node { value: Value::Unknown(Arc::new(unknown)), span: inherited.span }
            }
        };
        merged.entries.push((key.clone(), node));
    }
    merged
}

fn combine(inherited: &Node, own: Node) -> Node {
    let span = own.span;
    let value = match (&inherited.value, own.value) {
        (Value::Map(global), Value::Map(map)) => Value::Map(Box::new(merge(global, *map))),
        (Value::List(global), Value::List(list)) => {
            let List { items: own, rest } = *list;
            let mut items = global.items.clone();
            items.extend(own);
            Value::List(Box::new(List { items, rest: rest.or_else(|| global.rest.clone()) }))
        }
        (Value::List(global), Value::Unknown(unknown)) if may_be(unknown.kind, Kind::List) => {
            Value::List(Box::new(List { items: global.items.clone(), rest: Some(unknown) }))
        }
        (Value::Unknown(global), Value::List(mut list)) if may_be(global.kind, Kind::List) => {
            list.rest.get_or_insert_with(|| global.clone());
            Value::List(list)
        }
        (Value::Unknown(global), Value::Map(mut map)) if may_be(global.kind, Kind::Map) => {
            map.rest.get_or_insert_with(|| global.clone());
            Value::Map(map)
        }
        (_, Value::Choice(choice)) => {
            let Choice { options, or_absent, why } = *choice;
            let mut all: Vec<Option<Node>> =
                options.into_iter().map(|option| Some(combine(inherited, option))).collect();
            if or_absent {
                all.push(Some(inherited.clone()));
            }
            return Choice::among(all, why, span).unwrap_or_else(|| inherited.clone());
        }
        (Value::Choice(choice), value @ (Value::Map(_) | Value::List(_))) => {
            let own = Node { value, span };
            let mut all: Vec<Option<Node>> =
                choice.options.iter().map(|option| Some(combine(option, own.clone()))).collect();
            if choice.or_absent {
                all.push(Some(own.clone()));
            }
            return Choice::among(all, choice.why.clone(), span).unwrap_or(own);
        }
        (_, value) => value,
    };
    Node { value, span }
}

fn may_be(known: Kind, asked: Kind) -> bool {
    known == asked || matches!(known, Kind::Any | Kind::Present)
}
