//! The overlay of the type catalogue: what AWS's schemas do not say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use document::{Entry, Kind, Tree};
use estate::catalogue::{Property, Returns, TypeInfo, nearest};
use estate::value::{FileId, Value};
use serde_json::Value as Json;

/// Applies every file of a folder, in order of their names.
pub(crate) fn apply_folder(folder: &Path, types: &mut BTreeMap<String, TypeInfo>) -> Result<()> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    paths.sort();
    for path in paths {
        let name = path.display().to_string();
        let read = document::read(FileId(0), &name, &fs::read(&path)?);
        if let Some(problem) = read.problems.first() {
            bail!("{name}:{}: {}", problem.span.line, problem.message);
        }
        for entry in read.root.entries() {
            apply(entry, types).with_context(|| format!("{name}:{}: {}", entry.key_span.line, entry.key))?;
        }
    }
    Ok(())
}

fn apply(entry: &Entry, types: &mut BTreeMap<String, TypeInfo>) -> Result<()> {
    let name = entry.key.to_string();
    if let Some(schema) = entry.value.get("schema") {
        ensure!(name.starts_with("Palisade::"), "only our own types carry a schema");
        let mut schema = json(schema);
        schema["typeName"] = Json::String(name.clone());
        types.insert(name.clone(), crate::schemas::convert(&schema)?);
    }
    let Some(info) = types.get_mut(&name) else {
        let hint = nearest(&name, types.keys().map(String::as_str)).map(|n| format!("; did you mean `{n}`?"));
        bail!("no such type{}", hint.unwrap_or_default());
    };
    for part in entry.value.entries() {
        let value = &part.value;
        match &*part.key {
            "schema" => {}
            "source" => info.source = Some(text(value)?),
            "defaults" => {
                for default in value.entries() {
                    let property = property_mut(info, &default.key)
                        .with_context(|| format!("no property `{}`", default.key))?;
                    property.default_json = Some(json(&default.value).to_string());
                }
            }
            "keys" => {
                for key in value.entries() {
                    check_path(info, &key.key)?;
                    info.keys.push((key.key.to_string(), texts(&key.value)?));
                }
            }
            "policies" => info.policies = checked(info, value)?,
            "cidrs" => info.cidrs = checked(info, value)?,
            "arns" => info.arns = checked(info, value)?,
            "refs" => {
                for reference in value.entries() {
                    check_path(info, &reference.key)?;
                    for target in texts(&reference.value)? {
                        info.refs.push((reference.key.to_string(), target));
                    }
                }
            }
            "name" => {
                let name = text(value)?;
                check_path(info, &name)?;
                info.name_property = Some(name);
            }
            "ref" => {
                info.returns = match text(value)?.as_str() {
                    "id" => Returns::Id,
                    "arn" => Returns::Arn,
                    attribute => Returns::Attribute(attribute.to_owned()),
                }
            }
            "arn" => info.arn = Some(text(value)?),
            other => bail!("unknown key `{other}`"),
        }
    }
    Ok(())
}

fn checked(info: &TypeInfo, tree: &Tree) -> Result<Vec<String>> {
    let paths = texts(tree)?;
    paths.iter().try_for_each(|path| check_path(info, path))?;
    Ok(paths)
}

/// A path must exist, except below free JSON.
fn check_path(info: &TypeInfo, path: &str) -> Result<()> {
    let mut known = path;
    loop {
        if let Some(property) = info.property(known) {
            let shape = info.shape(property.shape);
            ensure!(known == path || shape.is_free(), "no property `{path}`");
            return Ok(());
        }
        known = known
            .rsplit_once('.')
            .map(|(before, _)| before)
            .with_context(|| format!("no property `{path}`"))?;
    }
}

/// The property at a path, to be changed.
pub(crate) fn property_mut<'a>(info: &'a mut TypeInfo, path: &str) -> Option<&'a mut Property> {
    let mut shape = 0;
    let mut names = path.split('.').peekable();
    while let Some(part) = names.next() {
        let name = part.trim_end_matches("[]");
        let at = info.shapes[shape].properties.binary_search_by(|p| p.name.as_str().cmp(name)).ok()?;
        if names.peek().is_none() {
            return info.shapes[shape].properties.get_mut(at);
        }
        shape = info.shapes[shape].properties[at].shape as usize;
        for _ in part.matches("[]") {
            shape = info.shapes[shape].items? as usize;
        }
    }
    None
}

fn text(tree: &Tree) -> Result<String> {
    tree.text()
        .map(std::string::ToString::to_string)
        .with_context(|| format!("expected a text, found {}", tree.noun()))
}

fn texts(tree: &Tree) -> Result<Vec<String>> {
    match &tree.kind {
        Kind::List(items) => items.iter().map(text).collect(),
        _ => Ok(vec![text(tree)?]),
    }
}

fn json(tree: &Tree) -> Json {
    match &tree.kind {
        Kind::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.to_string(), json(&entry.value))).collect())
        }
        Kind::List(items) => Json::Array(items.iter().map(json).collect()),
        Kind::Scalar(scalar) => match scalar.value() {
            Value::Bool(b) => Json::Bool(b),
            Value::Int(i) => Json::from(i),
            Value::Double(d) => Json::from(d),
            Value::Null => Json::Null,
            _ => Json::String(scalar.text.to_string()),
        },
        Kind::Damaged => Json::Null,
    }
}
