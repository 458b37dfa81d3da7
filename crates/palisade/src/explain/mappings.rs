//! The page of a mapping: what a provider's type is in CloudFormation's language.

use anyhow::{Result, bail};
use estate::catalogue::nearest;
use estate::value::Value;
use terraform::mapping::shape::snake;
use terraform::mapping::{self, Fill, Form, Head, Output, Path, Source, Test};

use crate::page::Page;

/// Prints the page of a provider's type.
pub(super) fn print(page: &mut Page<'_>, name: &str) -> Result<()> {
    let Some(found) = mapping::of(name) else {
        let known = mapping::files().iter().flat_map(|file| file.types.iter().copied());
        match nearest(name, known) {
            Some(near) => bail!("`{name}` has no mapping; did you mean `{near}`?"),
            None => bail!("`{name}` has no mapping: resources of the type are not judged"),
        }
    };
    let file = mapping::files().iter().find(|file| file.types.contains(&name)).map_or("", |file| file.path);
    page.title(name, &format!("Mapped by {file}"))?;
    for output in &found.outputs {
        page.heading(&output.target)?;
        page.prose(2, &role(output))?;
        for (path, test) in &output.when {
            page.line(2, &format!("only where {}", condition(path, test)))?;
        }
        for (property, source) in &output.over {
            page.line(2, &format!("one for every value of {} ({property})", show(source)))?;
        }
        lines(page, &output.fill, "")?;
    }
    Ok(())
}

fn role(output: &Output) -> String {
    let times = match &output.each {
        Some(path) => format!("One for every element of `{}`. ", shown(path)),
        None => String::new(),
    };
    match &output.owner {
        Some(owner) => {
            let of = |sources: &[(String, Source)]| {
                let all: Vec<String> = sources
                    .iter()
                    .map(|(property, source)| format!("{property} is {}", show(source)))
                    .collect();
                all.join(" and ")
            };
            let within = match &output.at {
                Some(at) => format!(" in those of its {} of which {}", at.list, of(&at.keys)),
                None => String::new(),
            };
            let also = if output.also.is_empty() {
                String::new()
            } else {
                format!(" and of which {}", of(&output.also))
            };
            format!(
                "{times}It sets these properties of the resource that `{}` names{also}{within}.",
                shown(owner)
            )
        }
        None if output.names.is_empty() => format!("{times}It is a resource of this type."),
        None => format!(
            "{times}It is a resource of this type; other code names it by its id, its ARN or its {}.",
            output.names.join(", ")
        ),
    }
}

/// Recursion is bounded by the depth of a mapping file.
fn lines(page: &mut Page<'_>, fill: &Fill, before: &str) -> Result<()> {
    for name in &fill.same {
        page.line(2, &format!("{before}{name} = {}", snake(name)))?;
    }
    for (property, source) in &fill.set {
        match &source.head {
            Head::Block(path, inner) => {
                page.line(2, &format!("{before}{property}: the block {}", shown(path)))?;
                lines(page, inner, &format!("{before}{property}."))?;
            }
            Head::Each(path, inner, over) => {
                page.line(2, &format!("{before}{property}: one for every {}", shown(path)))?;
                for (extra, source) in over {
                    page.line(2, &format!("{before}{property}[].{extra} = each of {}", show(source)))?;
                }
                lines(page, inner, &format!("{before}{property}[]."))?;
            }
            _ => page.line(2, &format!("{before}{property} = {}", show(source)))?,
        }
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    let steps = if path.steps.is_empty() { "the element itself".to_owned() } else { path.steps.join(".") };
    if path.outer { format!("{steps} of the resource") } else { steps }
}

fn condition(path: &Path, test: &Test) -> String {
    match test {
        Test::Set => format!("{} is written", shown(path)),
        Test::Unset => format!("{} is not written", shown(path)),
        Test::In(values) => format!("{} is {}", shown(path), values.join(" or ")),
    }
}

/// Recursion is bounded by the depth of a mapping file.
fn show(source: &Source) -> String {
    let list = |sources: &[Source], word: &str| sources.iter().map(show).collect::<Vec<_>>().join(word);
    let mut text = match &source.head {
        Head::From(path) => shown(path),
        Head::Const(value) => constant(value),
        Head::Itself(None) => "a reference to itself".to_owned(),
        Head::Itself(Some(attribute)) => format!("its own {attribute}"),
        Head::Block(path, _) => format!("the block {}", shown(path)),
        Head::Each(path, ..) => format!("one for every {}", shown(path)),
        Head::Items(path, item) => format!("{} for every {}", show(item), shown(path)),
        Head::List(sources) => format!("[{}]", list(sources, ", ")),
        Head::Concat(sources) => list(sources, " and "),
        Head::First(sources) => list(sources, ", else "),
        Head::Pairs(pairs, _) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, source)| format!("{key}: {}", show(source))).collect();
            pairs.join(", ")
        }
        Head::Entries(path, key, value) => {
            format!("{} to {} of every {}", shown(key), show(value), shown(path))
        }
    };
    if !source.values.is_empty() {
        let table: Vec<String> =
            source.values.iter().map(|(key, value)| format!("{key} is {}", constant(value))).collect();
        text.push_str(&format!(" ({})", table.join(", ")));
    }
    if let Some(times) = source.times {
        text.push_str(&format!(" times {times}"));
    }
    match source.form {
        Some(Form::Json) => text.push_str(", read as JSON"),
        Some(Form::Tags) => text.push_str(", as tags"),
        _ => {}
    }
    if !source.when.is_empty() {
        let conditions: Vec<String> = source.when.iter().map(|(path, test)| condition(path, test)).collect();
        text.push_str(&format!(", where {}", conditions.join(" and ")));
    }
    if let Some(default) = &source.default {
        text.push_str(&format!("; {} where nothing is written", constant(default)));
    }
    text
}

fn constant(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("`{text}`"),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Double(n) => n.to_string(),
        Value::Null => "not set".to_owned(),
        _ => "a fixed value".to_owned(),
    }
}
