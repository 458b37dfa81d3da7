//! Functions of providers: those of AWS's and of the built-in one.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/functions/arn_parse>,
//! <https://developer.hashicorp.com/terraform/language/functions/terraform-encode_tfvars>

use std::path::Path;
use std::sync::Arc;

use super::{Context, Function, INDEX, text};
use crate::eval::{Result, Scope, part};
use crate::source::Session;
use crate::value::{Kind, Map, Node, Part, Value, join, json_parts, show_double};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("provider::aws::arn_build", (5, 5), Kind::Text, arn_build).on_partial(),
    Function::of("provider::aws::arn_parse", (1, 1), Kind::Map, arn_parse).on_partial(),
    Function::of("provider::aws::trim_iam_role_path", (1, 1), Kind::Text, trim_iam_role_path),
    Function::of("provider::aws::user_agent", (3, 3), Kind::Text, user_agent).with_nulls(),
    Function::of("provider::terraform::decode_tfvars", (1, 1), Kind::Map, decode_tfvars),
    Function::of("provider::terraform::encode_expr", (1, 1), Kind::Text, encode_expr).with_nulls(),
    Function::of("provider::terraform::encode_tfvars", (1, 1), Kind::Text, encode_tfvars),
];

/// A function by what stands behind `provider::`. OpenTofu writes an alias between the provider and the function.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    let (provider, rest) = name.split_once("::")?;
    let function = rest.rsplit("::").next()?;
    INDEX.get(format!("provider::{provider}::{function}").as_str()).copied()
}

const ARN: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];

fn arn_build(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut out = vec![Part::Known(Arc::from("arn"))];
    for argument in arguments {
        out.push(Part::Known(Arc::from(":")));
        out.extend(text::parts_of(context, argument)?);
    }
    Ok(join(out))
}

fn arn_parse(context: &Context, arguments: &[Node]) -> Result<Value> {
    // Of an ARN that is not known, its fields are.
    if let Some(unknown) = arguments[0].value.first_unknown() {
        let fields = ARN.iter().map(|name| {
            let field = part(&unknown, context.span);
            let field = match field.value {
                Value::Unknown(unknown) => Value::unknown(unknown.reason.clone(), Kind::Text),
                other => other,
            };
            (Arc::from(*name), Node::new(field, context.span))
        });
        return Ok(Value::map(fields.collect::<Vec<_>>()));
    }
    let arn = context.text(&arguments[0])?;
    let fields = split(context, &arn)?;
    let fields = ARN
        .iter()
        .zip(fields)
        .map(|(name, field)| (Arc::from(*name), Node::new(Value::text(field), context.span)));
    Ok(Value::map(fields.collect::<Vec<_>>()))
}

/// The fields behind `arn:`.
fn split<'a>(context: &Context, arn: &'a str) -> Result<Vec<&'a str>> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields.as_slice() {
        ["arn", rest @ ..] if rest.len() == 5 => Ok(rest.to_vec()),
        _ => Err(context.fault(format!("`{arn}` is no ARN"))),
    }
}

fn trim_iam_role_path(context: &Context, arguments: &[Node]) -> Result<Value> {
    let arn = context.text(&arguments[0])?;
    let fields = split(context, &arn)?;
    let [partition, service, region, account, resource] = *fields.as_slice() else {
        return Err(context.fault(format!("`{arn}` is no ARN")));
    };
    if service != "iam" || !region.is_empty() || !resource.starts_with("role/") {
        return Err(context.fault(format!("`{arn}` is no ARN of a role")));
    }
    let name = resource.rsplit('/').next().unwrap_or(resource);
    Ok(Value::text(format!("arn:{partition}:{service}:{region}:{account}:role/{name}")))
}

/// `name/version (comment)`; what is empty is left out.
fn user_agent(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut fields = Vec::with_capacity(3);
    for argument in arguments {
        fields.push(if argument.value.is_null() { Arc::from("") } else { context.text(argument)? });
    }
    let [name, version, comment] = fields.as_slice() else {
        return Err(context.fault("`user_agent` takes a name, a version and a comment"));
    };
    if name.is_empty() {
        return Err(context.fault("the name of a product is not empty"));
    }
    let version = if version.is_empty() { String::new() } else { format!("/{version}") };
    let comment = if comment.is_empty() { String::new() } else { format!(" ({comment})") };
    Ok(Value::text(format!("{name}{version}{comment}")))
}

fn decode_tfvars(context: &Context, arguments: &[Node]) -> Result<Value> {
    let text = context.text(&arguments[0])?;
    let read = hcl::file(&text);
    if let Some(problem) = read.problems.first() {
        return Err(context.fault(format!("`decode_tfvars`: {}", problem.message)));
    }
    if !read.body.blocks.is_empty() {
        return Err(context.fault("a file of variables holds no blocks"));
    }
    let session: &Session = context.session;
    let file = session.add(Path::new("(tfvars)"), text, read.comments);
    let scope = Scope::new(&context.scope.module, file);
    let mut made = Map::default();
    for attribute in &read.body.attributes {
        made.set(attribute.name.clone(), session.expression(&scope, &attribute.value)?);
    }
    Ok(Value::Map(std::sync::Arc::new(made)))
}

fn encode_tfvars(context: &Context, arguments: &[Node]) -> Result<Value> {
    let map = context.map(&arguments[0])?;
    let mut out = String::new();
    for (key, _) in &map.entries {
        if !is_name(key) {
            return Err(context.fault(format!("`{key}` is no name of a variable")));
        }
    }
    write_entries(&map.entries, 0, &mut out);
    if out.len() > super::TEXT_BYTES_MAX { Err(context.too_long()) } else { Ok(Value::text(out)) }
}

fn encode_expr(context: &Context, arguments: &[Node]) -> Result<Value> {
    let mut out = String::new();
    write(&arguments[0].value, 0, &mut out);
    if out.len() > super::TEXT_BYTES_MAX { Err(context.too_long()) } else { Ok(Value::text(out)) }
}

fn is_name(key: &str) -> bool {
    key.chars().next().is_some_and(char::is_alphabetic)
        && key.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
}

/// A value as an expression. Recursion is bounded by its depth.
fn write(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Bool(truth) => out.push_str(&truth.to_string()),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Double(number) => out.push_str(&show_double(*number)),
        Value::Text(text) => write_text(text, out),
        Value::Json(inner) => {
            let mut parts = Vec::new();
            json_parts(&inner.value, &mut parts);
            if let Value::Text(text) = join(parts) {
                write_text(&text, out);
            }
        }
        Value::List(list) => {
            out.push('[');
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write(&item.value, indent, out);
            }
            out.push(']');
        }
        Value::Map(map) if map.entries.is_empty() => out.push_str("{}"),
        Value::Map(map) => {
            out.push_str("{\n");
            write_entries(&map.entries, indent + 2, out);
            out.push_str(&" ".repeat(indent));
            out.push('}');
        }
        _ => out.push_str("null"),
    }
}

/// Entries a line each. The signs of neighbours that take one line stand below each other.
fn write_entries(entries: &[(Arc<str>, Node)], indent: usize, out: &mut String) {
    let written: Vec<(String, String)> = entries
        .iter()
        .map(|(key, node)| {
            let mut name = String::new();
            if is_name(key) {
                name.push_str(key);
            } else {
                write_text(key, &mut name);
            }
            let mut value = String::new();
            write(&node.value, indent, &mut value);
            (name, value)
        })
        .collect();
    let mut start = 0;
    while start < written.len() {
        // A value of several lines ends a group of neighbours.
        let length = written[start..].iter().take_while(|(_, value)| !value.contains('\n')).count();
        let end = (start + length + 1).min(written.len());
        let group = &written[start..end];
        let width = group.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in group {
            let gap = " ".repeat(width - name.chars().count());
            out.push_str(&format!("{}{name}{gap} = {value}\n", " ".repeat(indent)));
        }
        start = end;
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => {
                out.push(letter);
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}
