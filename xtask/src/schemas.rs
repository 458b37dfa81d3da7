//! `cargo xtask schemas`: builds the type catalogue from AWS's resource schemas and our overlay.
//!
//! The schemas come out of a pinned `cfn-lint` wheel, which carries them as data (MIT-0, AWS).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use estate::catalogue::{Catalogue, Kinds, Property, Shape, ShapeId, TypeInfo};
use serde_json::{Map, Value};

use crate::overlay;

/// The release of `cfn-lint` whose schemas the catalogue is built from.
pub(crate) const CFN_LINT: &str = "1.58.0";

/// The catalogue's file below the project's root.
const FILE: &str = "crates/estate/catalogue/types.bin";

/// Builds the catalogue and writes it, or with `check` compares it with the tree's.
pub(crate) fn run(root: &Path, cache: &Path, check: bool) -> Result<()> {
    let folder = fetch(cache)?;
    let bytes = build(&folder, &root.join("content/catalogue"))?;
    let path = root.join(FILE);
    if check {
        let there = fs::read(&path).unwrap_or_default();
        ensure!(
            there == bytes,
            "`{FILE}` is not what `cargo xtask schemas` writes: run it and commit the result"
        );
        println!("{FILE} is up to date ({} bytes)", bytes.len());
    } else {
        fs::create_dir_all(path.parent().context("the file has a folder")?)?;
        fs::write(&path, &bytes)?;
        println!("{FILE}: {} bytes", bytes.len());
    }
    Ok(())
}

/// Downloads and unpacks the wheel once; gives the folder of its schemas.
fn fetch(cache: &Path) -> Result<PathBuf> {
    let home = cache.join(format!("cfn-lint-{CFN_LINT}"));
    let resources = home.join("cfnlint/data/schemas/resources");
    if !home.join("complete").exists() {
        fs::create_dir_all(&home)?;
        let wanted = format!("cfn-lint=={CFN_LINT}");
        let ok = Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", &wanted, "--dest"])
            .arg(&home)
            .status()
            .context("python3 with pip is needed to download the schemas")?;
        ensure!(ok.success(), "pip could not download {wanted}");
        let wheel = fs::read_dir(&home)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|e| e == "whl"))
            .context("pip left no wheel")?;
        let ok = Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&home).status()?;
        ensure!(ok.success(), "the wheel could not be unpacked");
        fs::write(home.join("complete"), "")?;
    }
    ensure!(resources.is_dir(), "the wheel holds no schemas");
    Ok(resources)
}

fn build(schemas: &Path, overlays: &Path) -> Result<Vec<u8>> {
    let mut types: BTreeMap<String, TypeInfo> = BTreeMap::new();
    for entry in fs::read_dir(schemas)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "json") {
            let schema: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let info = convert(&schema).with_context(|| format!("{}", path.display()))?;
            types.insert(info.name.clone(), info);
        }
    }
    overlay::apply_folder(overlays, &mut types)?;
    let source = format!("cfn-lint {CFN_LINT}");
    let types: Vec<TypeInfo> = types.into_values().collect();
    Ok(Catalogue::pack(&source, &types))
}

/// One type from its CloudFormation resource schema.
pub(crate) fn convert(schema: &Value) -> Result<TypeInfo> {
    let name = schema["typeName"].as_str().context("a schema without `typeName`")?;
    let mut info = TypeInfo::new(name);
    info.shapes.clear();
    let mut shapes = Shapes { schema, known: BTreeMap::new(), shapes: Vec::new() };
    shapes.shape(schema, None)?;
    info.shapes = shapes.shapes;
    info.identifiers = paths(&schema["primaryIdentifier"]);
    info.create_only = paths(&schema["createOnlyProperties"]);
    info.create_only.extend(paths(&schema["conditionalCreateOnlyProperties"]));
    for path in paths(&schema["readOnlyProperties"]) {
        mark_read_only(&mut info, &path);
    }
    if let Some(handlers) = schema["handlers"].as_object() {
        for (handler, body) in handlers {
            let mut calls: Vec<String> = body["permissions"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            calls.sort();
            calls.dedup();
            info.handlers.push((handler.clone(), calls));
        }
    }
    Ok(info)
}

/// `/properties/A/*/B` as `A[].B`.
fn paths(list: &Value) -> Vec<String> {
    let path = |pointer: &str| {
        let mut path = String::new();
        for part in pointer.trim_start_matches("/properties/").split('/') {
            match part {
                "*" | "items" => path.push_str("[]"),
                "properties" => {}
                _ => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(part);
                }
            }
        }
        path
    };
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(path).collect()
}

fn mark_read_only(info: &mut TypeInfo, path: &str) {
    if let Some(property) = overlay::property_mut(info, path) {
        property.read_only = true;
    }
}

struct Shapes<'a> {
    schema: &'a Value,
    /// Shapes by the pointer they are referred to with.
    known: BTreeMap<String, ShapeId>,
    shapes: Vec<Shape>,
}

impl<'a> Shapes<'a> {
    fn shape(&mut self, schema: &'a Value, pointer: Option<&str>) -> Result<ShapeId> {
        if let Some(reference) = schema["$ref"].as_str() {
            if let Some(&id) = self.known.get(reference) {
                return Ok(id);
            }
            let target = self
                .schema
                .pointer(reference.trim_start_matches('#'))
                .with_context(|| format!("`{reference}` leads nowhere"))?;
            return self.shape(target, Some(reference));
        }
        let id = self.shapes.len() as ShapeId;
        if let Some(pointer) = pointer {
            self.known.insert(pointer.to_owned(), id);
        }
        self.shapes.push(Shape::default());
        let mut parts = vec![schema];
        for word in ["allOf", "anyOf", "oneOf"] {
            parts.extend(schema[word].as_array().into_iter().flatten());
        }
        let mut shape = Shape::default();
        for (i, part) in parts.iter().enumerate() {
            let part = self.target(part)?;
            self.merge(&mut shape, part, i == 0)?;
        }
        shape.properties.sort_by(|a, b| a.name.cmp(&b.name));
        self.shapes[id as usize] = shape;
        Ok(id)
    }

    fn target(&self, schema: &'a Value) -> Result<&'a Value> {
        match schema["$ref"].as_str() {
            Some(reference) => {
                self.schema.pointer(reference.trim_start_matches('#')).context("a `$ref` leads nowhere")
            }
            None => Ok(schema),
        }
    }

    /// Adds one part of a schema. Only the first part, the schema itself, makes properties required: an
    /// alternative may not apply.
    fn merge(&mut self, shape: &mut Shape, part: &'a Value, itself: bool) -> Result<()> {
        match &part["type"] {
            Value::String(kind) => shape.kinds = shape.kinds.with(kind_of(kind)?),
            Value::Array(kinds) => {
                for kind in kinds.iter().filter_map(Value::as_str) {
                    shape.kinds = shape.kinds.with(kind_of(kind)?);
                }
            }
            _ => {}
        }
        if let Some(values) = part["enum"].as_array() {
            let values = values.iter().filter_map(Value::as_str).map(str::to_owned);
            let new: Vec<String> = values.filter(|value| !shape.values.contains(value)).collect();
            shape.values.extend(new);
        }
        if let Some(properties) = part["properties"].as_object() {
            shape.kinds = shape.kinds.with(Kinds::MAP);
            self.properties(shape, properties, if itself { &part["required"] } else { &Value::Null })?;
        }
        if let Some(patterns) = part["patternProperties"].as_object()
            && let Some(first) = patterns.values().next()
        {
            shape.others = Some(self.shape(first, None)?);
        }
        match &part["additionalProperties"] {
            Value::Bool(open) => shape.open |= open,
            Value::Object(_) => shape.others = Some(self.shape(&part["additionalProperties"], None)?),
            _ => {}
        }
        if part["items"].is_object() && shape.items.is_none() {
            shape.items = Some(self.shape(&part["items"], None)?);
        }
        Ok(())
    }

    fn properties(
        &mut self,
        shape: &mut Shape,
        properties: &'a Map<String, Value>,
        required: &Value,
    ) -> Result<()> {
        for (name, schema) in properties {
            if shape.properties.iter().any(|property| property.name == *name) {
                continue;
            }
            let id = self.shape(schema, None)?;
            let required = required.as_array().is_some_and(|list| list.iter().any(|r| r == name));
            let default = &self.target(schema)?["default"];
            shape.properties.push(Property {
                name: name.clone(),
                shape: id,
                required,
                read_only: false,
                default_json: if default.is_null() { None } else { Some(default.to_string()) },
                default: None,
            });
        }
        Ok(())
    }
}

fn kind_of(kind: &str) -> Result<Kinds> {
    Ok(match kind {
        "boolean" => Kinds::BOOL,
        "integer" => Kinds::INT,
        "number" => Kinds::NUMBER,
        "string" => Kinds::TEXT,
        "array" => Kinds::LIST,
        "object" => Kinds::MAP,
        "null" => Kinds::default(),
        other => bail!("unknown type `{other}` in a schema"),
    })
}
