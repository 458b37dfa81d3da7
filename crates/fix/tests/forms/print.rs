//! Blocks as HCL and as the plan that Terraform would make of them, and resources as a template.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use estate::resource::Resource;
use estate::value::{Kind, Map, Node, Part, Reason, Unknown, Value};
use serde_json::{Value as Json, json};

use crate::arguments::Argument;
use crate::invert::{Block, Body, Given, Why};

type Result<T> = std::result::Result<T, Why>;

/// What refers to what: the Terraform type and name, by the key of the resource.
pub(crate) type Names = BTreeMap<Arc<str>, (&'static str, String)>;

/// Writes code, and remembers the variables that it needs.
pub(crate) struct Hcl<'n> {
    names: &'n Names,
    variables: Vec<(Arc<Unknown>, String)>,
}

/// The code of some blocks.
pub(crate) fn hcl(
    blocks: &[Block],
    names: &Names,
    types: &BTreeMap<&'static str, Argument>,
) -> Result<String> {
    let mut writer = Hcl { names, variables: Vec::new() };
    let mut text = String::new();
    for block in blocks {
        let _ = writeln!(text, "resource \"{}\" \"{}\" {{", block.type_name, block.name);
        writer.body(&mut text, &block.body, types.get(block.type_name), 1)?;
        if block.is_kept {
            text.push_str("  lifecycle {\n    prevent_destroy = true\n  }\n");
        }
        text.push_str("}\n\n");
    }
    for (unknown, name) in &writer.variables {
        let kind = match unknown.kind {
            Kind::Any => "",
            Kind::Present => "  nullable = false\n",
            Kind::Bool => "  type = bool\n  nullable = false\n",
            Kind::Number => "  type = number\n  nullable = false\n",
            Kind::Text => "  type = string\n  nullable = false\n",
            Kind::List => "  type = list(any)\n  nullable = false\n",
            Kind::Map => "  type = map(any)\n  nullable = false\n",
        };
        let _ = writeln!(text, "variable \"{name}\" {{\n{kind}}}\n");
    }
    for data in ["aws_region", "aws_caller_identity", "aws_partition"] {
        if text.contains(&format!("data.{data}.current")) {
            let _ = writeln!(text, "data \"{data}\" \"current\" {{}}\n");
        }
    }
    Ok(text)
}

impl Hcl<'_> {
    fn body(&mut self, out: &mut String, body: &Body, of: Option<&Argument>, depth: usize) -> Result<()> {
        let pad = "  ".repeat(depth);
        for (name, given) in body {
            let inner = match of {
                Some(Argument::Block(all)) => all.get(name),
                _ => None,
            };
            match given {
                // A JSON text whose parts the mapping reads.
                Given::Blocks(blocks) if matches!(inner, Some(Argument::Text)) => {
                    let _ = write!(out, "{pad}{name} = jsonencode(");
                    self.value(out, &listed(blocks)?)?;
                    out.push_str(")\n");
                }
                // What the provider takes as a map or an object is no block.
                Given::Blocks(blocks) if !matches!(inner, Some(Argument::Block(_))) => {
                    let [block] = &blocks[..] else { return Err(format!("`{name}` is no block")) };
                    let _ = write!(out, "{pad}{name} = ");
                    self.object(out, block)?;
                    out.push('\n');
                }
                Given::Blocks(blocks) => {
                    for block in blocks {
                        let _ = writeln!(out, "{pad}{name} {{");
                        self.body(out, block, inner, depth + 1)?;
                        let _ = writeln!(out, "{pad}}}");
                    }
                }
                Given::Value(value) => {
                    let _ = write!(out, "{pad}{name} = ");
                    self.value(out, value)?;
                    out.push('\n');
                }
                Given::Json(value) => {
                    let _ = write!(out, "{pad}{name} = jsonencode(");
                    self.value(out, value)?;
                    out.push_str(")\n");
                }
            }
        }
        Ok(())
    }

    fn object(&mut self, out: &mut String, body: &Body) -> Result<()> {
        out.push('{');
        for (name, given) in body {
            let Given::Value(value) = given else { return Err(format!("`{name}` is no value")) };
            let _ = write!(out, " {} = ", quoted(name));
            self.value(out, value)?;
            out.push(',');
        }
        out.push_str(" }");
        Ok(())
    }

    fn value(&mut self, out: &mut String, value: &Value) -> Result<()> {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) => {
                let _ = write!(out, "{number}");
            }
            Value::Double(number) => {
                let _ = write!(out, "{number}");
            }
            Value::Text(text) => out.push_str(&quoted(text)),
            Value::Partial(partial) => {
                out.push('"');
                for part in &partial.parts {
                    match part {
                        Part::Known(text) => out.push_str(&escaped(text)),
                        Part::Hole(unknown) => {
                            let _ = write!(out, "${{{}}}", self.reference(unknown)?);
                        }
                    }
                }
                out.push('"');
            }
            Value::List(list) => {
                let is_open = list.rest.is_some();
                out.push_str(if is_open { "concat([" } else { "[" });
                for (at, item) in list.items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.value(out, &item.value)?;
                }
                out.push(']');
                if let Some(rest) = &list.rest {
                    let rest = Arc::new(Unknown { reason: rest.reason.clone(), kind: Kind::List });
                    let _ = write!(out, ", {})", self.reference(&rest)?);
                }
            }
            Value::Map(map) => {
                let is_open = map.rest.is_some();
                out.push_str(if is_open { "merge({" } else { "{" });
                for (at, (key, node)) in map.entries.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { " " });
                    let _ = write!(out, "{} = ", quoted(key));
                    self.value(out, &node.value)?;
                }
                out.push_str(" }");
                if let Some(rest) = &map.rest {
                    let rest = Arc::new(Unknown { reason: rest.reason.clone(), kind: Kind::Map });
                    let _ = write!(out, ", {})", self.reference(&rest)?);
                }
            }
            Value::Choice(choice) => {
                let absent = Node::of(Value::Null);
                let options: Vec<&Node> =
                    choice.options.iter().chain(choice.or_absent.then_some(&absent)).collect();
                for (at, option) in options.iter().enumerate() {
                    if at + 1 < options.len() {
                        let reason = Reason::Stated(Arc::from(format!("{:?}{at}", choice.why.reason)));
                        let why = Arc::new(Unknown { reason, kind: Kind::Bool });
                        let _ = write!(out, "{} ? ", self.reference(&why)?);
                    }
                    out.push('(');
                    self.value(out, &option.value)?;
                    out.push_str(if at + 1 < options.len() { ") : " } else { ")" });
                }
            }
            Value::Unknown(unknown) => out.push_str(&self.reference(unknown)?),
        }
        Ok(())
    }

    fn reference(&mut self, unknown: &Arc<Unknown>) -> Result<String> {
        match &unknown.reason {
            Reason::Reference { target, attribute } => refer(self.names, target, attribute.as_deref()),
            Reason::Pseudo(word) => match &**word {
                "AWS::Region" => Ok("data.aws_region.current.region".to_owned()),
                "AWS::AccountId" => Ok("data.aws_caller_identity.current.account_id".to_owned()),
                "AWS::Partition" => Ok("data.aws_partition.current.partition".to_owned()),
                other => Err(format!("no word for `{other}`")),
            },
            Reason::Assigned(_) | Reason::Part(_) | Reason::Dynamic(_) => {
                Err("what AWS assigns or resolves has no word".to_owned())
            }
            _ => {
                let known = self.variables.iter().find(|(known, _)| known == unknown);
                let name = if let Some((_, name)) = known {
                    name.clone()
                } else {
                    let name = format!("open{}", self.variables.len());
                    self.variables.push((unknown.clone(), name.clone()));
                    name
                };
                Ok(format!("var.{name}"))
            }
        }
    }
}

/// Blocks as a list of maps.
fn listed(blocks: &[Body]) -> Result<Value> {
    let given = |given: &Given| -> Result<Value> {
        match given {
            Given::Value(value) | Given::Json(value) => Ok(value.clone()),
            Given::Blocks(blocks) => match listed(blocks)? {
                Value::List(list) if list.items.len() == 1 => Ok(list.items[0].value.clone()),
                other => Ok(other),
            },
        }
    };
    let map = |body: &Body| {
        let entries = body.iter().map(|(name, one)| Ok((Arc::from(name.as_str()), Node::of(given(one)?))));
        Ok(Node::of(Value::Map(Box::new(Map { entries: entries.collect::<Result<_>>()?, rest: None }))))
    };
    let items = blocks.iter().map(map).collect::<Result<Vec<Node>>>()?;
    Ok(Value::List(Box::new(items.into_iter().collect())))
}

/// An attribute of another resource, in Terraform's words.
fn refer(names: &Names, target: &str, attribute: Option<&str>) -> Result<String> {
    let (type_name, name) = names.get(target).ok_or("it refers to what is not there")?;
    let word = match attribute {
        None => "id".to_owned(),
        Some("Arn") => "arn".to_owned(),
        Some(other) => {
            let outputs = &terraform::mapping::of(type_name).ok_or("no mapping")?.outputs;
            let known =
                outputs.iter().flat_map(|output| &output.attributes).find(|(_, known)| known == other);
            known.map_or_else(|| terraform::mapping::shape::snake(other), |(word, _)| word.clone())
        }
    };
    Ok(format!("{type_name}.{name}.{word}"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.replace("${", "$${").replace("%{", "%%{")
}

/// What `terraform show -json` would give of a plan that makes some blocks.
///
/// A plan knows the variables, and of a text that is known in part it knows nothing: blocks with such are an error.
pub(crate) fn plan(
    blocks: &[Block],
    names: &Names,
    types: &BTreeMap<&'static str, Argument>,
) -> Result<String> {
    let (mut planned, mut changes, mut configuration) = (Vec::new(), Vec::new(), Vec::new());
    for block in blocks {
        if block.is_kept {
            return Err("a plan does not say what keeps a resource".to_owned());
        }
        let address = format!("{}.{}", block.type_name, block.name);
        let writer = Plan { names };
        let (values, unknown, expressions) = writer.body(&block.body, types.get(block.type_name))?;
        let of = json!({ "address": address, "mode": "managed", "type": block.type_name, "name": block.name,
            "provider_name": "registry.terraform.io/hashicorp/aws" });
        let with = |more: Json| {
            let (mut one, Json::Object(more)) = (of.clone(), more) else { unreachable!("it is an object") };
            one.as_object_mut().expect("it is an object").extend(more);
            one
        };
        planned.push(with(json!({ "schema_version": 0, "values": values, "sensitive_values": {} })));
        changes.push(with(json!({ "change": { "actions": ["create"], "before": null, "after": values,
            "after_unknown": unknown, "before_sensitive": false, "after_sensitive": {} } })));
        configuration.push(with(json!({ "provider_config_key": "aws", "expressions": expressions })));
    }
    let plan = json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": { "root_module": { "resources": planned } },
        "resource_changes": changes,
        "configuration": {
            "provider_config": { "aws": { "name": "aws", "full_name": "registry.terraform.io/hashicorp/aws" } },
            "root_module": { "resources": configuration },
        },
    });
    Ok(plan.to_string())
}

struct Plan<'n> {
    names: &'n Names,
}

/// A value, what of it is not known, and the expressions that give it.
type Planned = (Json, Json, Json);

impl Plan<'_> {
    fn body(&self, body: &Body, of: Option<&Argument>) -> Result<Planned> {
        let (mut values, mut unknown, mut expressions) =
            (serde_json::Map::new(), serde_json::Map::new(), serde_json::Map::new());
        for (name, given) in body {
            let inner = match of {
                Some(Argument::Block(all)) => all.get(name),
                _ => None,
            };
            match given {
                Given::Blocks(blocks) if matches!(inner, Some(Argument::Text)) => {
                    let json = Given::Json(listed(blocks)?);
                    let one = Body::from([(name.clone(), json)]);
                    let (Json::Object(one), _, Json::Object(said)) = self.body(&one, of)? else {
                        unreachable!("a body is an object")
                    };
                    values.extend(one);
                    expressions.extend(said);
                }
                Given::Blocks(blocks) => {
                    let made: Vec<Planned> =
                        blocks.iter().map(|block| self.body(block, inner)).collect::<Result<_>>()?;
                    let is_block = matches!(inner, Some(Argument::Block(_)));
                    let pick = |which: fn(&Planned) -> Json| {
                        let all: Vec<Json> = made.iter().map(which).collect();
                        if is_block { Json::Array(all) } else { all.into_iter().next().unwrap_or(Json::Null) }
                    };
                    values.insert(name.clone(), pick(|one| one.0.clone()));
                    unknown.insert(name.clone(), pick(|one| one.1.clone()));
                    expressions.insert(name.clone(), pick(|one| one.2.clone()));
                }
                Given::Value(value) => {
                    let mut references = Vec::new();
                    let (value, open) = self.value(value, &mut references)?;
                    if open != json!(true) {
                        values.insert(name.clone(), value.clone());
                    }
                    if open != json!(false) {
                        unknown.insert(name.clone(), open);
                    }
                    let said = if references.is_empty() {
                        json!({ "constant_value": value })
                    } else {
                        json!({ "references": references })
                    };
                    expressions.insert(name.clone(), said);
                }
                Given::Json(value) => {
                    let mut references = Vec::new();
                    let (value, _) = self.value(value, &mut references)?;
                    if !references.is_empty() {
                        return Err("a JSON text with references is not known in a plan".to_owned());
                    }
                    values.insert(name.clone(), Json::String(value.to_string()));
                    expressions.insert(name.clone(), json!({ "constant_value": value.to_string() }));
                }
            }
        }
        Ok((Json::Object(values), Json::Object(unknown), Json::Object(expressions)))
    }

    fn value(&self, value: &Value, references: &mut Vec<String>) -> Result<(Json, Json)> {
        Ok(match value {
            Value::Null => (Json::Null, json!(false)),
            Value::Bool(truth) => (json!(truth), json!(false)),
            Value::Int(number) => (json!(number), json!(false)),
            Value::Double(number) => (json!(number), json!(false)),
            Value::Text(text) => (json!(&**text), json!(false)),
            Value::List(list) if list.rest.is_none() => {
                let (mut values, mut open) = (Vec::new(), Vec::new());
                for item in &list.items {
                    let (value, is_open) = self.value(&item.value, references)?;
                    values.push(if is_open == json!(true) { Json::Null } else { value });
                    open.push(is_open);
                }
                let all_known = open.iter().all(|open| *open == json!(false));
                (Json::Array(values), if all_known { json!(false) } else { Json::Array(open) })
            }
            Value::Map(map) if map.rest.is_none() => {
                let (mut values, mut open) = (serde_json::Map::new(), serde_json::Map::new());
                for (key, node) in &map.entries {
                    let (value, is_open) = self.value(&node.value, references)?;
                    if is_open != json!(true) {
                        values.insert(key.to_string(), value);
                    }
                    if is_open != json!(false) {
                        open.insert(key.to_string(), is_open);
                    }
                }
                let open = if open.is_empty() { json!(false) } else { Json::Object(open) };
                (Json::Object(values), open)
            }
            Value::Unknown(unknown) => match &unknown.reason {
                Reason::Reference { target, attribute } => {
                    let whole = refer(self.names, target, attribute.as_deref())?;
                    let of = whole.rsplit_once('.').map_or("", |(of, _)| of).to_owned();
                    references.extend([whole, of]);
                    (Json::Null, json!(true))
                }
                _ => return Err("a plan knows the variables".to_owned()),
            },
            _ => return Err("a plan knows nothing of what is known in part".to_owned()),
        })
    }
}

/// Resources as a template in JSON.
pub(crate) fn template(resources: &[Resource], names: &BTreeMap<Arc<str>, String>) -> Result<Json> {
    let mut all = serde_json::Map::new();
    for resource in resources {
        let properties = cloudformation(&Value::Map(Box::new(resource.properties.clone())), names)?;
        let mut one = json!({ "Type": &*resource.type_name, "Properties": properties });
        if let Some(Value::Text(policy)) = resource.deletion_policy.as_ref().map(|node| &node.value) {
            one["DeletionPolicy"] = json!(&**policy);
        }
        all.insert(names.get(&resource.key).cloned().ok_or("it has no name")?, one);
    }
    Ok(json!({ "Resources": all }))
}

fn cloudformation(value: &Value, names: &BTreeMap<Arc<str>, String>) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Double(number) => json!(number),
        Value::Text(text) => json!(&**text),
        Value::List(list) if list.rest.is_none() => {
            let items = list.items.iter().map(|item| cloudformation(&item.value, names));
            Json::Array(items.collect::<Result<_>>()?)
        }
        Value::Map(map) if map.rest.is_none() => {
            let entries = map
                .entries
                .iter()
                .map(|(key, node)| Ok((key.to_string(), cloudformation(&node.value, names)?)));
            Json::Object(entries.collect::<Result<_>>()?)
        }
        Value::Unknown(unknown) => match &unknown.reason {
            Reason::Reference { target, attribute } => {
                let name = names.get(target).ok_or("it refers to what is not there")?;
                match attribute {
                    None => json!({ "Ref": name }),
                    Some(attribute) => json!({ "Fn::GetAtt": [name, &**attribute] }),
                }
            }
            _ => return Err("it is not known".to_owned()),
        },
        _ => return Err("it is known in part".to_owned()),
    })
}

/// A JSON value as block YAML.
pub(crate) fn yaml(json: &Json, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    match json {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let _ = write!(out, "\n{pad}{}:", Json::from(key.as_str()));
                yaml(value, depth + 1, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(out, "\n{pad}-");
                yaml(item, depth + 1, out);
            }
        }
        other => {
            let _ = write!(out, " {other}");
        }
    }
}
