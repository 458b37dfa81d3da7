//! `templatefile` and `templatestring`.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/templatefile>

use std::path::Path;
use std::sync::Arc;

use hcl::syntax::Template;

use super::{Context, file};
use crate::eval::{Fault, Result, Scope};
use crate::value::{Map, Node, Value};

// Limit: variables of a template. Each is bound in a frame of its own.
const VARIABLES_MAX: usize = 500;

pub(super) fn file(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[..1]) {
        return Ok(unknown);
    }
    let path = context.text(&arguments[0])?;
    let Some(variables) = variables(context, &arguments[1])? else {
        return context.open_or_refuse(&arguments[1], "a map of variables");
    };
    let (place, bytes) = match file::found(context, &path) {
        Ok(found) => found,
        Err(unknown) => return Ok(unknown),
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(context.fault(format!("`{path}` is not UTF-8")));
    };
    render(context, &place, text, variables)
}

pub(super) fn string(context: &Context, arguments: &[Node]) -> Result<Value> {
    if let Some(unknown) = context.open(&arguments[..1]) {
        return Ok(unknown);
    }
    let text = context.text(&arguments[0])?;
    let Some(variables) = variables(context, &arguments[1])? else {
        return context.open_or_refuse(&arguments[1], "a map of variables");
    };
    render(context, Path::new("(template)"), &text, variables)
}

/// The variables as a map; `None` where it is not known.
fn variables<'n>(context: &Context, node: &'n Node) -> Result<Option<&'n Map>> {
    match &node.value {
        Value::Map(map) if map.entries.len() > VARIABLES_MAX => {
            Err(context.fault(format!("a template has at most {VARIABLES_MAX} variables")))
        }
        // Which variables a map of unknown keys holds does not matter to a template that names none of them.
        Value::Map(map) if map.rest.is_none() => Ok(Some(map.as_ref())),
        _ => Ok(None),
    }
}

fn render(context: &Context, place: &Path, text: &str, variables: &Map) -> Result<Value> {
    let text: Arc<str> = Arc::from(text);
    let template = match hcl::template(&text) {
        Ok(template) => template,
        Err(problem) => {
            let name = template::display(place);
            return Err(context.fault(format!("the template `{name}`: {}", problem.message)));
        }
    };
    let session = context.session;
    let known = {
        let sources = session.sources.borrow();
        let name = template::display(place);
        sources.iter().position(|source| *source.name == *name && source.text == text)
    };
    // One file is registered once, however often it is rendered.
    let file = match known {
        Some(at) => estate::value::FileId(at as u32),
        None => session.add(place, text, Vec::new()),
    };
    if !session.enter() {
        session.leave();
        return Err(context.fault("templates nest too deep"));
    }
    let scope = Scope::new(&context.scope.module, file);
    let made = bound(context, &scope, &variables.entries, &template);
    session.leave();
    // A template that is one `${…}` gives what stands in it, of whatever type.
    Ok(made?.value)
}

/// Binds the variables one by one, two at a time, and evaluates the template within. Recursion is bounded by their
/// number.
fn bound(
    context: &Context,
    scope: &Scope,
    variables: &[(Arc<str>, Node)],
    template: &Template,
) -> std::result::Result<Node, Fault> {
    match variables {
        [] => context.session.template(scope, template, context.span),
        [(name, node)] => {
            scope.with(None, (name, node.clone()), |inner| bound(context, inner, &[], template))
        }
        [(name, node), (other, more), rest @ ..] => {
            scope.with(Some((name, node.clone())), (other, more.clone()), |inner| {
                bound(context, inner, rest, template)
            })
        }
    }
}
