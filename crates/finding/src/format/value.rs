//! JSON that is written: keys stay in the order they are given in, so that no map's order reaches a report.

use std::borrow::Cow;

use crate::escape;

/// A JSON value.
#[derive(Clone, Debug)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(u64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(&'a str, Json<'a>)>),
}

impl Json<'_> {
    /// The value on one line.
    pub(super) fn compact(&self) -> String {
        let mut out = String::new();
        self.push(None, &mut out);
        out
    }

    /// The value over lines, indented by two spaces.
    pub(super) fn pretty(&self) -> String {
        let mut out = String::new();
        self.push(Some(0), &mut out);
        out
    }

    /// Adds the value, over lines where it has a depth. It nests as deep as the formats here do, no deeper.
    fn push(&self, depth: Option<usize>, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Number(number) => out.push_str(&number.to_string()),
            Json::Text(text) => escape::push_json(text, out),
            Json::List(values) if values.is_empty() => out.push_str("[]"),
            Json::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    separate(index, depth, out);
                    value.push(depth.map(|depth| depth + 1), out);
                }
                end_line(depth, out);
                out.push(']');
            }
            Json::Object(fields) if fields.is_empty() => out.push_str("{}"),
            Json::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    separate(index, depth, out);
                    escape::push_json(key, out);
                    out.push(':');
                    if depth.is_some() {
                        out.push(' ');
                    }
                    value.push(depth.map(|depth| depth + 1), out);
                }
                end_line(depth, out);
                out.push('}');
            }
        }
    }
}

/// What stands before an element: a comma but for the first, and the start of its line.
fn separate(index: usize, depth: Option<usize>, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    end_line(depth.map(|depth| depth + 1), out);
}

fn end_line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        for _ in 0..depth {
            out.push_str("  ");
        }
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Json<'a> {
        Json::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Json::Text(Cow::Owned(text))
    }
}

impl<'a> From<Option<&'a str>> for Json<'a> {
    fn from(text: Option<&'a str>) -> Json<'a> {
        text.map_or(Json::Null, Json::from)
    }
}

impl From<u32> for Json<'_> {
    fn from(number: u32) -> Self {
        Json::Number(u64::from(number))
    }
}

impl From<usize> for Json<'_> {
    fn from(number: usize) -> Self {
        Json::Number(number as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Json<'static> {
        Json::Object(vec![
            ("b", Json::from(1_u32)),
            ("a", Json::List(vec![Json::Null, Json::Bool(true), Json::from("x\"y")])),
            ("empty", Json::List(Vec::new())),
            ("none", Json::Object(Vec::new())),
        ])
    }

    #[test]
    fn keys_keep_their_order() {
        assert_eq!(sample().compact(), r#"{"b":1,"a":[null,true,"x\"y"],"empty":[],"none":{}}"#);
    }

    #[test]
    fn both_forms_say_the_same() {
        let compact: serde_json::Value = serde_json::from_str(&sample().compact()).unwrap();
        let pretty: serde_json::Value = serde_json::from_str(&sample().pretty()).unwrap();
        assert_eq!(compact, pretty);
        assert!(sample().pretty().starts_with("{\n  \"b\": 1,\n  \"a\": [\n    null,\n"));
    }
}
