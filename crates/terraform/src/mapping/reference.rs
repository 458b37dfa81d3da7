//! References between resources, in CloudFormation's words.

use std::collections::HashMap;
use std::sync::Arc;

use estate::catalogue::Catalogue;
use estate::value::{Node, Part, Partial, Reason, Unknown, Value};

use super::shape::snake;

/// Where references to a Terraform resource lead.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The key of the estate's resource: its own, or that of its owner.
    pub(crate) key: Arc<str>,
    /// The provider's type.
    pub(crate) type_name: Arc<str>,
}

/// Puts every reference in a value into CloudFormation's words.
///
/// Recursion is bounded by the depth of the value.
pub(crate) fn translate(node: &mut Node, targets: &HashMap<Arc<str>, Target>) {
    match &mut node.value {
        Value::Unknown(unknown) => {
            if let Some(better) = translated(unknown, targets) {
                *unknown = better;
            }
        }
        Value::Partial(partial) => {
            let part = |part: &Part| match part {
                Part::Hole(hole) => Part::Hole(translated(hole, targets).unwrap_or_else(|| hole.clone())),
                known @ Part::Known(_) => known.clone(),
            };
            let parts: Vec<Part> = partial.parts.iter().map(part).collect();
            **partial = Partial { parts };
        }
        Value::List(list) => {
            list.items.iter_mut().for_each(|item| translate(item, targets));
            if let Some(better) = list.rest.as_ref().and_then(|rest| translated(rest, targets)) {
                list.rest = Some(better);
            }
        }
        Value::Map(map) => map.entries.iter_mut().for_each(|(_, node)| translate(node, targets)),
        Value::Choice(choice) => choice.options.iter_mut().for_each(|option| translate(option, targets)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) => {}
    }
}

fn translated(unknown: &Arc<Unknown>, targets: &HashMap<Arc<str>, Target>) -> Option<Arc<Unknown>> {
    let Reason::Reference { target, attribute } = &unknown.reason else { return None };
    let known = targets.get(target)?;
    let attribute = match attribute.as_deref() {
        Some(name) => word(&known.type_name, name),
        None => identity(&known.type_name),
    };
    let reason = Reason::Reference { target: known.key.clone(), attribute };
    (reason != unknown.reason).then(|| Arc::new(Unknown { reason, kind: unknown.kind }))
}

/// The attribute that Terraform's `id` is, where it is not what `Ref` returns.
fn identity(type_name: &str) -> Option<Arc<str>> {
    let output = super::of(type_name)?.outputs.first()?;
    let (_, word) = output.attributes.iter().find(|(name, _)| name == "id")?;
    (word != "Ref").then(|| Arc::from(word.as_str()))
}

/// CloudFormation's word for an exported attribute; `None` for what `Ref` returns.
fn word(type_name: &str, attribute: &str) -> Option<Arc<str>> {
    let same = || Some(Arc::from(attribute));
    let Some(mapping) = super::of(type_name) else { return same() };
    let Some(output) = mapping.outputs.first() else { return same() };
    if let Some((_, word)) = output.attributes.iter().find(|(name, _)| name == attribute) {
        return (word != "Ref").then(|| Arc::from(word.as_str()));
    }
    let Some(info) = Catalogue::builtin().get(&output.target) else { return same() };
    let property = info.root().properties.iter().find(|property| snake(&property.name) == attribute);
    match property {
        Some(property) => Some(Arc::from(property.name.as_str())),
        // Nearly every type has an ARN, and few schemas call it otherwise.
        None if attribute == "arn" => Some(Arc::from("Arn")),
        None => same(),
    }
}
