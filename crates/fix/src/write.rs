//! Values as text: in YAML, JSON and HCL.

use estate::value::Value;

/// A value in one line, as JSON; it is YAML's flow notation as well.
///
/// Recursion is bounded by the depth of a control file.
pub(crate) fn json(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Double(n) => n.to_string(),
        Value::Text(text) => quoted(text),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().map(|item| json(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<String> = map
                .entries
                .iter()
                .map(|(key, node)| format!("{}: {}", quoted(key), json(&node.value)))
                .collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        Value::Null | Value::Partial(_) | Value::Choice(_) | Value::Unknown(_) => "null".to_owned(),
    }
}

/// A text in double quotes, as JSON and YAML read it.
fn quoted(text: &str) -> String {
    let mut made = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\t' => made.push_str("\\t"),
            letter if letter.is_control() => made.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => made.push(letter),
        }
    }
    made.push('"');
    made
}

/// A text as YAML: plain where it reads back as that text.
pub(crate) fn yaml_scalar(text: &str) -> String {
    let plain = !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':'))
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(':')
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word));
    if plain { text.to_owned() } else { quoted(text) }
}

/// A value in one line, as YAML's flow notation.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::Text(text) => yaml_scalar(text),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().map(|item| flow(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<String> =
                map.entries.iter().map(|(key, node)| format!("{key}: {}", flow(&node.value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => json(other),
    }
}

/// A value behind `key:` in YAML's block notation: on the same line, or in lines below at an indentation.
pub(crate) fn block(value: &Value, indent: usize, step: usize) -> String {
    let space = " ".repeat(indent);
    match value {
        Value::Map(map) if !map.entries.is_empty() => {
            let lines = map
                .entries
                .iter()
                .map(|(key, node)| format!("\n{space}{key}:{}", block(&node.value, indent + step, step)));
            lines.collect()
        }
        Value::List(list) if !list.items.is_empty() => list
            .items
            .iter()
            .map(|item| format!("\n{space}- {}", item_lines(&item.value, indent + 2, step)))
            .collect(),
        other => format!(" {}", flow(other)),
    }
}

/// An element of a list behind its dash.
pub(crate) fn item_lines(value: &Value, indent: usize, step: usize) -> String {
    match value {
        Value::Map(map) if !map.entries.is_empty() => {
            let space = " ".repeat(indent);
            let lines: Vec<String> = map
                .entries
                .iter()
                .map(|(key, node)| format!("{key}:{}", block(&node.value, indent + step, step)))
                .collect();
            lines.join(&format!("\n{space}"))
        }
        other => flow(other),
    }
}

/// A value as HCL, in one line.
pub(crate) fn hcl(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text).replace("${", "$${").replace("%{", "%%{"),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().map(|item| hcl(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<String> = map
                .entries
                .iter()
                .map(|(key, node)| format!("{} = {}", quoted(key), hcl(&node.value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => json(other),
    }
}
