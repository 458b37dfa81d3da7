//! A mapping read backwards: which argument of a provider's type sets a property.

use estate::value::Value;

use super::shape::snake;
use super::{Fill, Form, Head, Mapping, Output, Source};

/// The argument that sets a property.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The blocks on the way, and the argument's own name last.
    pub path: Vec<String>,
    /// The value in the provider's words; `None` for a property that is taken away.
    pub value: Option<Value>,
}

/// How a property is set by a resource type of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The provider's type.
    pub type_name: &'static str,
    /// The argument that names the owner.
    pub owner: String,
    /// The argument that sets the property.
    pub argument: Argument,
}

/// The argument of a type that sets a property of its first output to a value.
///
/// A list of names and values is written as `Path[NAME]`: one element of it.
pub fn argument(type_name: &str, path: &str, value: Option<&Value>) -> Option<Argument> {
    let mapping: &Mapping = super::of(type_name)?;
    let output = mapping.outputs.iter().find(|output| output.owner.is_none())?;
    in_output(output, path, value)
}

/// The types whose resources set a property of a CloudFormation type, with the argument that does.
pub fn parts(target: &str, path: &str, value: Option<&Value>) -> Vec<Part> {
    let mut found = Vec::new();
    for name in super::files().iter().flat_map(|file| file.types) {
        let Some(mapping) = super::of(name) else { continue };
        for output in &mapping.outputs {
            let Some(owner) = &output.owner else { continue };
            let is_other = output.target != target || output.at.is_some();
            if is_other || owner.outer || !output.when.is_empty() || output.each.is_some() {
                continue;
            }
            if let ([owner], Some(argument)) = (owner.steps.as_slice(), in_output(output, path, value)) {
                found.push(Part { type_name: name, owner: owner.clone(), argument });
            }
        }
    }
    found
}

fn in_output(output: &Output, path: &str, value: Option<&Value>) -> Option<Argument> {
    in_fill(&output.fill, path, value)
}

/// What is left of a path below a property, where it is the property or below it.
fn below<'p>(path: &'p str, property: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(property)?;
    if rest.is_empty() || rest.starts_with('[') { Some(rest) } else { rest.strip_prefix('.') }
}

/// Recursion is bounded by the length of the path.
fn in_fill(fill: &Fill, path: &str, value: Option<&Value>) -> Option<Argument> {
    for (property, source) in &fill.set {
        let property = property.trim_end_matches("[]");
        if let Some(found) = below(path, property).and_then(|rest| in_source(source, rest, value)) {
            return Some(found);
        }
    }
    for property in &fill.same {
        let Some(rest) = below(path, property) else { continue };
        if rest.starts_with('[') {
            continue;
        }
        let mut steps = vec![snake(property)];
        steps.extend(rest.split('.').filter(|step| !step.is_empty()).map(snake));
        return Some(Argument { path: steps, value: value.cloned() });
    }
    None
}

fn in_source(source: &Source, rest: &str, value: Option<&Value>) -> Option<Argument> {
    // What is set only under a condition cannot be set by itself.
    if !source.when.is_empty()
        || source.times.is_some()
        || !source.prefix.is_empty()
        || !source.suffix.is_empty()
    {
        return None;
    }
    match &source.head {
        Head::From(from) if rest.is_empty() && !from.outer && !from.steps.is_empty() => {
            let value = match value {
                None => None,
                Some(value) => Some(back(source, value)?),
            };
            Some(Argument { path: from.steps.clone(), value })
        }
        Head::Block(block, fill) if !rest.is_empty() && !block.outer => {
            let mut found = in_fill(fill, rest, value)?;
            found.path.splice(0..0, block.steps.iter().cloned());
            Some(found)
        }
        // Taking a property away takes its blocks away.
        Head::Each(block, ..) | Head::Block(block, _)
            if rest.is_empty() && value.is_none() && !block.outer && !block.steps.is_empty() =>
        {
            Some(Argument { path: block.steps.clone(), value: None })
        }
        Head::Pairs(pairs, _) => {
            let name = rest.strip_prefix('[')?.strip_suffix(']')?;
            let (_, source) = pairs.iter().find(|(key, _)| key == name)?;
            in_source(source, "", value)
        }
        Head::First(sources) => sources.iter().find_map(|source| in_source(source, rest, value)),
        Head::Concat(sources) if rest.is_empty() => {
            sources.iter().find_map(|source| in_source(source, rest, value))
        }
        _ => None,
    }
}

/// The value as the provider takes it: translated by the table backwards.
fn back(source: &Source, value: &Value) -> Option<Value> {
    if matches!(source.form, Some(Form::Json | Form::Tags)) {
        return None;
    }
    let value = if source.values.is_empty() {
        value.clone()
    } else {
        let known = source.values.iter().find(|(key, known)| key != "*" && known == value);
        if let Some((key, _)) = known {
            Value::Text(key.as_str().into())
        } else {
            // What no row gives stands for itself, unless the table has a row for it that gives something else.
            let text = match value {
                Value::Int(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                other => other.as_text()?.to_owned(),
            };
            if source.values.iter().any(|(key, _)| *key == text || key == "*") {
                return None;
            }
            value.clone()
        }
    };
    // Truth values and numbers are written without quotes.
    Some(match value.as_text() {
        Some("true") => Value::Bool(true),
        Some("false") => Value::Bool(false),
        _ => value,
    })
}
