//! Parameters: declared types and defaults, values from outside, and the files that carry them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use document::{Kind as TreeKind, Tree};
use estate::value::{Choice, FileId, Kind, List, Node, Reason, Span, Unknown, Value};

use crate::eval::plain;

// Limit: a parameter with more allowed values than this is simply unknown; the evaluator tries each alternative.
const ALTERNATIVES_MAX: usize = 24;

/// Why a parameters file could not be taken.
#[derive(Debug, PartialEq, Eq)]
pub enum ParametersError {
    /// The text does not parse: line and what is wrong.
    Syntax(u32, String),
    /// The text is none of the known forms.
    Form,
}

impl fmt::Display for ParametersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParametersError::Syntax(line, message) => write!(f, "line {line}: {message}"),
            ParametersError::Form => f.write_str(
                "expected a list of {ParameterKey, ParameterValue}, a map `Parameters`, or a map of names to values",
            ),
        }
    }
}

impl std::error::Error for ParametersError {}

/// The values in a parameters file: the AWS command line's list of `ParameterKey` and `ParameterValue`,
/// CodePipeline's map `Parameters`, or a plain map, as JSON or YAML.
pub fn parse_parameters(name: &str, bytes: &[u8]) -> Result<BTreeMap<String, String>, ParametersError> {
    let document = document::read(FileId::NONE, name, bytes);
    if let Some(problem) = document.problems.first() {
        return Err(ParametersError::Syntax(problem.span.line, problem.message.clone()));
    }
    let root = document.root.get("Parameters").unwrap_or(&document.root);
    match &root.kind {
        TreeKind::List(items) => items
            .iter()
            .map(|item| {
                // The command line's `Name=Value` strings are accepted in lists as well.
                if let Some((name, value)) = item.text().and_then(|text| text.split_once('=')) {
                    return Some((name.to_owned(), value.to_owned()));
                }
                let name = item.get("ParameterKey")?.text()?;
                let value = item.get("ParameterValue").map_or(Some(String::new()), value_text)?;
                Some((name.to_string(), value))
            })
            .collect::<Option<_>>()
            .ok_or(ParametersError::Form),
        TreeKind::Map(entries) => entries
            .iter()
            .map(|entry| Some((entry.key.to_string(), value_text(&entry.value)?)))
            .collect::<Option<_>>()
            .ok_or(ParametersError::Form),
        _ => Err(ParametersError::Form),
    }
}

fn value_text(tree: &Tree) -> Option<String> {
    match &tree.kind {
        TreeKind::Scalar(scalar) => Some(scalar.text.to_string()),
        TreeKind::List(items) => {
            items.iter().map(value_text).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        _ => None,
    }
}

/// The value of a declared parameter: the one given from outside, the default, or unknown.
pub(crate) fn value(name: &Arc<str>, declared: &Tree, given: Option<&str>, scope: &Arc<str>) -> Node {
    let type_name = declared.get("Type").and_then(Tree::text).map_or("String", |text| text);
    let span = declared.span;
    let default = declared.get("Default").and_then(value_text);
    let text = given.map(str::to_owned).or(default);
    if let Some(path) = type_name.strip_prefix("AWS::SSM::Parameter::Value<") {
        // The value given is a name in Parameter Store: what stands there is read at deployment.
        let kind = if is_list(path) { Kind::List } else { Kind::Text };
        let stored = text.unwrap_or_else(|| name.to_string());
        let reason = Reason::Dynamic(Arc::from(format!("{{{{resolve:ssm:{stored}}}}}")));
        return Node { value: Value::Unknown(Arc::new(Unknown { reason, kind })), span };
    }
    if let Some(text) = text {
        return Node { value: typed(type_name, &text, span), span };
    }
    let kind = match type_name {
        "Number" => Kind::Present,
        _ if is_list(type_name) => Kind::List,
        _ => Kind::Text,
    };
    let reason = Reason::Parameter { name: name.clone(), scope: scope.clone() };
    let unknown = Arc::new(Unknown { reason, kind });
    let allowed = declared.get("AllowedValues").map_or(&[][..], Tree::items);
    if (1..=ALTERNATIVES_MAX).contains(&allowed.len()) && kind != Kind::List {
        let options = allowed.iter().map(|option| {
            let value =
                value_text(option).map_or_else(|| plain(option), |text| typed(type_name, &text, span));
            Some(Node { value, span })
        });
        if let Some(node) = Choice::among(options, unknown.clone(), span) {
            return node;
        }
    }
    Node { value: Value::Unknown(unknown), span }
}

/// A value that another stack gives, in the type that is declared: a text for a list is cut at its commas.
pub(crate) fn in_type(declared: &Tree, node: Node) -> Node {
    let type_name = declared.get("Type").and_then(Tree::text).map_or("String", |text| text);
    match &node.value {
        Value::Text(text) if is_list(type_name) || type_name == "Number" => {
            Node { value: typed(type_name, text, node.span), span: node.span }
        }
        _ => node,
    }
}

fn is_list(type_name: &str) -> bool {
    type_name == "CommaDelimitedList"
        || type_name.starts_with("List<")
        || type_name.starts_with("CommaDelimitedList")
}

/// A given value in the parameter's type.
fn typed(type_name: &str, text: &str, span: Span) -> Value {
    if is_list(type_name) {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty() || text.contains(','));
        let items = items.map(|item| Node { value: Value::Text(Arc::from(item)), span });
        return Value::List(Box::new(items.collect::<List>()));
    }
    if type_name == "Number"
        && let Ok(int) = text.parse::<i64>()
    {
        return Value::Int(int);
    }
    Value::Text(Arc::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_a_parameters_file_say_the_same() {
        let expected =
            BTreeMap::from([("Env".to_owned(), "prod".to_owned()), ("Size".to_owned(), "3".to_owned())]);
        let list = br#"[{"ParameterKey":"Env","ParameterValue":"prod"},{"ParameterKey":"Size","ParameterValue":"3"}]"#;
        assert_eq!(parse_parameters("p.json", list).as_ref(), Ok(&expected));
        assert_eq!(
            parse_parameters("p.json", br#"{"Parameters":{"Env":"prod","Size":3}}"#).as_ref(),
            Ok(&expected)
        );
        assert_eq!(parse_parameters("p.yaml", b"Env: prod\nSize: 3\n").as_ref(), Ok(&expected));
        assert_eq!(parse_parameters("p.yaml", b"- Env=prod\n- Size=3\n").as_ref(), Ok(&expected));
    }

    #[test]
    fn a_broken_or_foreign_file_is_refused_with_its_line() {
        assert_eq!(parse_parameters("p.yaml", b"just text"), Err(ParametersError::Form));
        assert!(matches!(parse_parameters("p.json", b"{\n\"a\": }"), Err(ParametersError::Syntax(2, _))));
    }
}
