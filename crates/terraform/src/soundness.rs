//! What is decided of an expression whose variables have no values holds for every value that they can have.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use proptest::prelude::*;
use template::Files;

use crate::code::Code;
use crate::eval::{Fault, Scope};
use crate::source::Session;
use crate::value::{Kind, Node, Part, Value, as_string};
use crate::{Given, Settings};

/// The variables that expressions are made of: name, type, and the values that they are given.
const VARIABLES: [(&str, &str, &[&str]); 8] = [
    ("s1", "string", &["", "a", "arn:aws:s3:::x", "b,c"]),
    ("s2", "string", &["a", "Zz", "10", "${\"x\"}"]),
    ("n1", "number", &["0", "1", "2", "-3"]),
    ("b1", "bool", &["true", "false"]),
    ("b2", "bool", &["true", "false"]),
    ("l1", "list(string)", &["[]", "[\"a\"]", "[\"a\", \"b\", \"a\"]", "[\"\", \"c\"]"]),
    ("m1", "map(string)", &["{}", "{ a = \"1\" }", "{ a = \"x\", b = \"\" }"]),
    ("o1", "object({ a = string, b = optional(bool, true) })", &["{ a = \"q\" }", "{ a = \"\", b = false }"]),
];

struct Text(String);

impl Files for Text {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("main.tf") {
            Ok(self.0.clone().into_bytes())
        } else {
            fs::read(path.join("none"))
        }
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(vec![PathBuf::from("main.tf")])
    }
}

/// An expression that gives a text, of some depth.
fn string(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("var.s1".to_owned()),
        Just("var.s2".to_owned()),
        Just("var.o1.a".to_owned()),
        Just("\"a\"".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"p-${var.s1}\"".to_owned()),
        Just("\"${var.s1}/${var.s2}\"".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let (s, n, b, l, m) =
        (string(depth - 1), number(depth - 1), boolean(depth - 1), list(depth - 1), map(depth - 1));
    prop_oneof![
        2 => leaf,
        1 => (b, s.clone(), s.clone()).prop_map(|(c, x, y)| format!("({c} ? {x} : {y})")),
        1 => s.clone().prop_map(|x| format!("upper({x})")),
        1 => s.clone().prop_map(|x| format!("trimspace(lower({x}))")),
        1 => s.clone().prop_map(|x| format!("\"<%{{ if {x} == \"a\" }}y%{{ else }}n%{{ endif }}>\"")),
        1 => l.clone().prop_map(|x| format!("\"%{{ for i in {x} }}[${{i}}]%{{ endfor }}\"")),
        1 => l.clone().prop_map(|x| format!("join(\"-\", {x})")),
        1 => (m, s.clone()).prop_map(|(x, y)| format!("lookup({x}, {y}, \"none\")")),
        1 => (s.clone(), s.clone()).prop_map(|(x, y)| format!("coalesce({x}, {y}, \"z\")")),
        1 => (s.clone(), s.clone()).prop_map(|(x, y)| format!("try({x}, {y})")),
        1 => (s.clone(), n.clone()).prop_map(|(x, y)| format!("format(\"%s=%d\", {x}, {y})")),
        1 => (s.clone(), s.clone()).prop_map(|(x, y)| format!("replace({x}, \"a\", {y})")),
        1 => (s.clone(), n.clone()).prop_map(|(x, y)| format!("substr({x}, 0, max({y}, 0))")),
        1 => s.clone().prop_map(|x| format!("trimprefix({x}, \"p-\")")),
        1 => (l, n).prop_map(|(x, y)| format!("try(element({x}, {y}), \"e\")")),
        1 => s.clone().prop_map(|x| format!("jsonencode({{ k = {x} }})")),
        1 => s.prop_map(|x| format!("try(regex(\"[a-z]+\", {x}), \"r\")")),
    ]
    .boxed()
}

fn number(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![Just("var.n1".to_owned()), Just("2".to_owned()), Just("0".to_owned())];
    if depth == 0 {
        return leaf.boxed();
    }
    let (s, n, b, l) = (string(depth - 1), number(depth - 1), boolean(depth - 1), list(depth - 1));
    prop_oneof![
        leaf,
        (n.clone(), n.clone()).prop_map(|(x, y)| format!("({x} + {y})")),
        (n.clone(), n.clone()).prop_map(|(x, y)| format!("({x} * {y} - 1)")),
        l.prop_map(|x| format!("length({x})")),
        s.prop_map(|x| format!("length({x})")),
        (n.clone(), n.clone()).prop_map(|(x, y)| format!("min({x}, {y}, 1)")),
        (b, n.clone(), n).prop_map(|(c, x, y)| format!("({c} ? {x} : {y})")),
    ]
    .boxed()
}

fn boolean(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("var.b1".to_owned()),
        Just("var.b2".to_owned()),
        Just("var.o1.b".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let (s, n, b, l) = (string(depth - 1), number(depth - 1), boolean(depth - 1), list(depth - 1));
    prop_oneof![
        leaf,
        (b.clone(), b.clone()).prop_map(|(x, y)| format!("({x} && {y})")),
        (b.clone(), b.clone()).prop_map(|(x, y)| format!("({x} || {y})")),
        b.prop_map(|x| format!("!{x}")),
        (s.clone(), s.clone()).prop_map(|(x, y)| format!("({x} == {y})")),
        (s.clone(), s.clone()).prop_map(|(x, y)| format!("({x} != {y})")),
        (n.clone(), n).prop_map(|(x, y)| format!("({x} < {y})")),
        (l.clone(), s.clone()).prop_map(|(x, y)| format!("contains({x}, {y})")),
        s.clone().prop_map(|x| format!("startswith({x}, \"arn:\")")),
        s.clone().prop_map(|x| format!("strcontains({x}, \"-\")")),
        s.prop_map(|x| format!("can(tonumber({x}))")),
        l.prop_map(|x| format!("({x} == [])")),
    ]
    .boxed()
}

fn list(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("var.l1".to_owned()),
        Just("[]".to_owned()),
        Just("[\"a\"]".to_owned()),
        Just("[var.s1, \"b\"]".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let (s, b, l, m) = (string(depth - 1), boolean(depth - 1), list(depth - 1), map(depth - 1));
    prop_oneof![
        2 => leaf,
        1 => (l.clone(), l.clone()).prop_map(|(x, y)| format!("concat({x}, {y})")),
        1 => l.clone().prop_map(|x| format!("distinct({x})")),
        1 => l.clone().prop_map(|x| format!("compact({x})")),
        1 => l.clone().prop_map(|x| format!("sort({x})")),
        1 => l.clone().prop_map(|x| format!("reverse({x})")),
        1 => l.clone().prop_map(|x| format!("tolist(toset({x}))")),
        1 => (l.clone(), l.clone()).prop_map(|(x, y)| format!("tolist(setunion({x}, {y}))")),
        1 => (l.clone(), l.clone()).prop_map(|(x, y)| format!("tolist(setintersection({x}, {y}))")),
        1 => l.clone().prop_map(|x| format!("try(slice({x}, 0, 1), [\"s\"])")),
        1 => l.clone().prop_map(|x| format!("[for i in {x} : upper(i) if i != \"a\"]")),
        1 => l.clone().prop_map(|x| format!("flatten([{x}, [[\"f\"]]])")),
        1 => l.clone().prop_map(|x| format!("coalescelist({x}, [\"d\"])")),
        1 => s.prop_map(|x| format!("split(\",\", {x})")),
        1 => m.clone().prop_map(|x| format!("keys({x})")),
        1 => m.prop_map(|x| format!("values({x})")),
        1 => (b, l.clone(), l).prop_map(|(c, x, y)| format!("({c} ? tolist({x}) : tolist({y}))")),
    ]
    .boxed()
}

fn map(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("var.m1".to_owned()),
        Just("{ a = var.s1 }".to_owned()),
        Just("{ (var.s2) = \"k\" }".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let (s, l, m) = (string(depth - 1), list(depth - 1), map(depth - 1));
    prop_oneof![
        leaf,
        (m.clone(), m.clone()).prop_map(|(x, y)| format!("merge({x}, {y})")),
        (m, s).prop_map(|(x, y)| format!("{{ for k, v in {x} : \"${{k}}!\" => v if v != {y} }}")),
        l.prop_map(|x| format!("{{ for i in toset({x}) : \"k${{i}}\" => i }}")),
    ]
    .boxed()
}

fn expression(depth: u32) -> impl Strategy<Value = String> {
    prop_oneof![string(depth), number(depth), boolean(depth), list(depth), map(depth)]
}

/// The value of an expression with some values of the variables.
fn value(expression: &str, given: &[Option<&str>]) -> Result<Value, Fault> {
    let mut text = String::new();
    let mut settings = Settings::default();
    for ((name, of, _), given) in VARIABLES.iter().zip(given) {
        let _ = writeln!(text, "variable \"{name}\" {{\n  type = {of}\n}}");
        settings.variables.extend(given.map(|given| Given::Value((*name).to_owned(), given.to_owned())));
    }
    let (files, code) = (Text(text), Code::default());
    let session = Session::new(&files, &code, &settings, PathBuf::new());
    let root = session.root_module().expect("there is code");
    let parsed = hcl::expression(expression).expect("the generator writes expressions");
    let file = session.add(Path::new("line"), expression.into(), Vec::new());
    session.expression(&Scope::new(&root, file), &parsed).map(|node| node.value)
}

/// Whether a value is one of those that another one leaves open.
///
/// Recursion is bounded by the depth of the value.
fn allows(open: &Value, one: &Value) -> bool {
    match (open, one) {
        (Value::Json(_), _) => as_string(open).is_none_or(|text| allows(&text, one)),
        (_, Value::Json(_)) => as_string(one).is_some_and(|text| allows(open, &text)),
        (Value::Unknown(unknown), one) => match (unknown.kind, one) {
            (Kind::Any, _) => true,
            (_, Value::Null) => false,
            (Kind::Present, _)
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Number, Value::Int(_) | Value::Double(_))
            | (Kind::Text, Value::Text(_))
            | (Kind::List, Value::List(_))
            | (Kind::Map, Value::Map(_)) => true,
            _ => false,
        },
        (Value::Choice(choice), one) => choice.options.iter().any(|option| allows(&option.value, one)),
        (Value::Partial(partial), Value::Text(text)) => fits(&partial.parts, text),
        (Value::List(open), Value::List(one)) => {
            let is_optional = |item: &Node| match &item.value {
                Value::Choice(choice) => choice.options.iter().any(|option| option.value.is_null()),
                _ => false,
            };
            if open.rest.is_none() && !open.items.iter().any(is_optional) && !open.set {
                return open.items.len() == one.items.len()
                    && open.items.iter().zip(&one.items).all(|(open, one)| allows(&open.value, &one.value));
            }
            let there = |item: &Node| one.items.iter().any(|one| allows(&item.value, &one.value));
            let is_open = open.rest.is_some();
            open.items.iter().all(|item| is_optional(item) || there(item))
                && one
                    .items
                    .iter()
                    .all(|one| is_open || open.items.iter().any(|open| allows(&open.value, &one.value)))
        }
        (Value::Map(open), Value::Map(one)) => {
            let inside = |(key, node): &(std::sync::Arc<str>, Node)| match one.get(key) {
                Some(found) => allows(&node.value, &found.value),
                None => allows(&node.value, &Value::Null),
            };
            open.entries.iter().all(inside)
                && (open.rest.is_some() || one.entries.iter().all(|(key, _)| open.get(key).is_some()))
        }
        (open, one) => crate::value::same(open, one),
    }
}

/// Whether a text can be split into the parts: the known ones in order, anything in the holes.
fn fits(parts: &[Part], text: &str) -> bool {
    match parts.split_first() {
        None => text.is_empty(),
        Some((Part::Known(known), rest)) => text.strip_prefix(&**known).is_some_and(|text| fits(rest, text)),
        Some((Part::Hole(_), rest)) => {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| fits(rest, &text[at..]))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(3000), ..ProptestConfig::default() })]

    #[test]
    fn what_is_decided_holds_for_every_value(
        expression in expression(3),
        given in proptest::array::uniform8(0_usize..4),
        kept in proptest::array::uniform8(any::<bool>()),
    ) {
        let all: Vec<Option<&str>> =
            VARIABLES.iter().zip(given).map(|((_, _, values), at)| Some(values[at % values.len()])).collect();
        let some: Vec<Option<&str>> = all.iter().zip(kept).map(|(given, kept)| given.filter(|_| kept)).collect();
        // What Terraform refuses is no value.
        if let Ok(one) = value(&expression, &all) {
            match value(&expression, &some) {
                Ok(open) => prop_assert!(
                    allows(&open, &one),
                    "{expression}\nwith {all:?} is {one:?}\nand with {some:?} {open:?}"
                ),
                Err(fault) => prop_assert!(
                    false,
                    "{expression}\nwith {all:?} is {one:?}\nand with {some:?} an error: {}", fault.message
                ),
            }
        }
    }
}
