//! `cargo xtask conformance`: CEL's own conformance tests, run through the control language.
//!
//! The tests are those of <https://github.com/google/cel-spec/tree/master/tests/simple/testdata>; their messages
//! are `SimpleTestFile` of `cel/expr/conformance/test/simple.proto` and `Value` of `cel/expr/value.proto`.
//! Which tests do not apply, and why, is data: conformance/excluded.tsv. Every other test counts.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use control::conformance::evaluate;
use control::glob;
use control::value::{OwnedMap, V, entry};
use estate::truth::Why;
use jiff::{SignedDuration, Timestamp};

use crate::textproto::{self, Message, Value};

const EXCLUDED: &str = include_str!("conformance/excluded.tsv");

/// The list of excluded tests below the project's root.
const DOCUMENT: &str = "docs/cel-conformance.md";

/// Runs the tests of a folder and prints what came of them; an error if one that applies fails.
///
/// With `list` it also writes the list of those that do not apply.
pub(crate) fn run(root: &Path, folder: Option<&Path>, list: bool) -> Result<()> {
    let folder = folder.map_or_else(|| default_folder(root), Path::to_path_buf);
    let exclusions = Exclusions::read(EXCLUDED)?;
    let cases = read_folder(&folder, &exclusions)?;
    exclusions.check(&cases)?;
    if list {
        let path = root.join(DOCUMENT);
        fs::write(&path, document(&cases, &exclusions)?).with_context(|| format!("write `{DOCUMENT}`"))?;
    }
    for file in cases.chunk_by(|a, b| a.file == b.file) {
        println!("{:<16} {}", file[0].file, Counts::of(file));
    }
    let total = Counts::of(&cases);
    println!("{:<16} {total}", "total");
    for case in &cases {
        if let Verdict::Fail { expected, got } = &case.verdict {
            println!("\n{}", case.name);
            println!("  expression  {}", one_line(case.expression()));
            println!("  expected    {}", one_line(expected));
            println!("  got         {}", one_line(got));
        }
    }
    ensure!(total.pass == total.apply, "{} of {} tests that apply fail", total.apply - total.pass, total.apply);
    Ok(())
}

/// `cel-conformance` in the folder of corpora, which lies beside the project unless the environment says where.
fn default_folder(root: &Path) -> PathBuf {
    let corpora = std::env::var_os("PALISADE_CORPORA").map(PathBuf::from);
    corpora.unwrap_or_else(|| root.join("../shared/corpora")).join("cel-conformance")
}

/// A test and what came of it.
struct Case {
    file: String,
    /// `file/section/name`.
    name: String,
    test: Message,
    verdict: Verdict,
}

enum Verdict {
    /// It does not apply: the reason's place in the list.
    Excluded(usize),
    Pass,
    Fail {
        expected: String,
        got: String,
    },
}

impl Case {
    fn expression(&self) -> &str {
        self.test.text("expr").unwrap_or_default()
    }
}

/// Reads and judges every test of a folder, files in order of their names.
fn read_folder(folder: &Path, exclusions: &Exclusions) -> Result<Vec<Case>> {
    let entries = fs::read_dir(folder).with_context(|| format!("read `{}`", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "textproto"));
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))?;
        let file = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        read_file(&file, &text, exclusions, &mut cases).with_context(|| format!("`{}`", path.display()))?;
    }
    ensure!(!cases.is_empty(), "no tests in `{}`\nhint: name the folder of CEL's *.textproto files", folder.display());
    Ok(cases)
}

fn read_file(file: &str, text: &str, exclusions: &Exclusions, cases: &mut Vec<Case>) -> Result<()> {
    let root = textproto::read(text)?;
    for section in root.messages("section") {
        let section_name = section.text("name").context("a section has no name")?;
        for test in section.messages("test") {
            let test_name = test.text("name").with_context(|| format!("a test of `{section_name}` has no name"))?;
            let name = format!("{file}/{section_name}/{test_name}");
            let verdict = exclusions.reason_of(&name, test).map_or_else(|| judge(test), Verdict::Excluded);
            cases.push(Case { file: file.to_owned(), name, test: test.clone(), verdict });
        }
    }
    Ok(())
}

/// What a test wants.
enum Expected {
    Value(Plain),
    /// An error, with the message that CEL's authors had in mind: only the fact counts.
    Error(String),
}

type Variables = Vec<(Arc<str>, V<'static>)>;

fn judge(test: &Message) -> Verdict {
    let (expression, variables, expected) = match read_test(test) {
        Ok(read) => read,
        Err(error) => {
            return Verdict::Fail { expected: "a test that can be read".to_owned(), got: format!("{error:#}") };
        }
    };
    let got = evaluate(expression, &variables).and_then(|value| Plain::of(&value));
    let passes = match (&expected, &got) {
        (Expected::Value(expected), Ok(got)) => expected.same(got),
        (Expected::Error(message), Err(error)) => !is_accident(message, error),
        _ => false,
    };
    if passes {
        return Verdict::Pass;
    }
    let expected = match expected {
        Expected::Value(value) => value.to_string(),
        Expected::Error(message) => format!("an error such as: {message}"),
    };
    let got = got.map_or_else(|error| format!("an error: {error}"), |value| value.to_string());
    Verdict::Fail { expected, got }
}

/// Whether an error is there for another reason than the test's: a function that is missing, or a name, would
/// make every test of an error pass.
fn is_accident(expected: &str, error: &str) -> bool {
    let is_missing = error.starts_with("no function") || error.starts_with("no name");
    is_missing && !["unbound", "undeclared", "unknown variable"].iter().any(|word| expected.contains(word))
}

fn read_test(test: &Message) -> Result<(&str, Variables, Expected)> {
    let expression = test.text("expr").context("the test has no expression")?;
    let mut variables = Variables::new();
    for binding in test.messages("bindings") {
        let name = binding.text("key").context("a binding has no name")?;
        // Around the value stands an `ExprValue`, which could be an error or unknown as well.
        let outer = binding.get("value").and_then(Value::message).context("a binding has no value")?;
        let value = outer.get("value").and_then(Value::message).context("a binding is no plain value")?;
        variables.push((Arc::from(name), Plain::read(value)?.to_value()?));
    }
    Ok((expression, variables, read_expected(test)?))
}

fn read_expected(test: &Message) -> Result<Expected> {
    if let Some(value) = test.get("value") {
        let value = value.message().context("`value` is no message")?;
        return Ok(Expected::Value(Plain::read(value)?));
    }
    if let Some(errors) = test.get("eval_error").and_then(Value::message) {
        let message = errors.messages("errors").next().and_then(|error| error.text("message"));
        return Ok(Expected::Error(message.unwrap_or_default().to_owned()));
    }
    if test.get("any_eval_errors").is_some() {
        return Ok(Expected::Error("any".to_owned()));
    }
    for other in ["typed_result", "unknown", "any_unknowns"] {
        ensure!(test.get(other).is_none(), "results of the kind `{other}` are not read");
    }
    // `simple.proto`: a test without a result wants `true`.
    Ok(Expected::Value(Plain::Bool(true)))
}

/// A value that is wholly known, between the tests' form and the language's.
#[derive(Clone, Debug, PartialEq)]
enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    Type(String),
    List(Vec<Plain>),
    Map(Vec<(Plain, Plain)>),
}

impl Plain {
    /// From a test's `Value`. Recursion is bounded by the depth of the message, which its reader bounds.
    fn read(message: &Message) -> Result<Plain> {
        let [(name, value)] = message.fields.as_slice() else {
            bail!("a value has one field, not {}", message.fields.len());
        };
        let plain = match name.as_str() {
            "null_value" => Some(Plain::Null),
            "bool_value" => value.bool().map(Plain::Bool),
            "int64_value" => value.int().map(Plain::Int),
            "uint64_value" => value.uint().map(Plain::Uint),
            "double_value" => value.double().map(Plain::Double),
            "string_value" => value.text().map(|text| Plain::Text(text.to_owned())),
            "bytes_value" => value.bytes().map(|bytes| Plain::Bytes(bytes.to_vec())),
            "type_value" => value.text().map(|text| Plain::Type(text.to_owned())),
            "list_value" => value.message().map(Plain::read_list).transpose()?,
            "map_value" => value.message().map(Plain::read_map).transpose()?,
            "object_value" => value.message().map(Plain::read_any).transpose()?,
            other => bail!("values of the kind `{other}` are not read"),
        };
        plain.with_context(|| format!("no `{name}`"))
    }

    fn read_list(list: &Message) -> Result<Plain> {
        let items: Result<Vec<Plain>> = list.messages("values").map(Plain::read).collect();
        Ok(Plain::List(items?))
    }

    fn read_map(map: &Message) -> Result<Plain> {
        let mut entries = Vec::new();
        for entry in map.messages("entries") {
            let key = entry.get("key").and_then(Value::message).context("an entry has no key")?;
            let value = entry.get("value").and_then(Value::message).context("an entry has no value")?;
            entries.push((Plain::read(key)?, Plain::read(value)?));
        }
        Ok(Plain::Map(entries))
    }

    /// Of the messages only those that the language has as types of its own.
    fn read_any(any: &Message) -> Result<Plain> {
        let [(url, Value::Message(inner))] = any.fields.as_slice() else {
            bail!("an object is one message under the name of its type");
        };
        let part = |name: &str| inner.get(name).and_then(Value::int).unwrap_or(0);
        let (seconds, nanos) = (part("seconds"), i32::try_from(part("nanos"))?);
        match url.rsplit('/').next() {
            Some("google.protobuf.Timestamp") => Ok(Plain::Timestamp(Timestamp::new(seconds, nanos)?)),
            Some("google.protobuf.Duration") => Ok(Plain::Duration(SignedDuration::new(seconds, nanos))),
            _ => bail!("messages of the type `{url}` are not read"),
        }
    }

    /// From what an expression gave; an error unless it is known in every part.
    ///
    /// CEL's errors are unknowns here, and one in a list does not spoil the rest of it. Where CEL wants an error,
    /// a list that cannot be told is one.
    fn of(value: &V) -> Result<Plain, String> {
        Ok(match value {
            V::Null => Plain::Null,
            V::Bool(b) => Plain::Bool(*b),
            V::Int(i) => Plain::Int(*i),
            V::Uint(u) => Plain::Uint(*u),
            V::Double(d) => Plain::Double(*d),
            V::Text(text) => Plain::Text(text.as_str().to_owned()),
            V::Bytes(bytes) => Plain::Bytes(bytes.to_vec()),
            V::Timestamp(t) => Plain::Timestamp(*t),
            V::Duration(d) => Plain::Duration(*d),
            V::Type(name) => Plain::Type((*name).to_owned()),
            V::Node(_) | V::List(_) | V::Map(_) => return Plain::of_elements(value),
            V::Range { why, .. } | V::Unknown(why, _) => return Err(undecided(why)),
            V::Choice(choice) => return Err(undecided(&choice.why)),
            V::Partial(_) => return Err("a text that is known in part".to_owned()),
            V::Resource(_) => return Err("a resource".to_owned()),
            V::Policy(_) => return Err("a policy".to_owned()),
        })
    }

    fn of_elements(value: &V) -> Result<Plain, String> {
        let elements = value.elements().ok_or("neither a list nor a map")?;
        if let Some(why) = &elements.rest {
            return Err(undecided(why));
        }
        let is_map = value.type_name() == Some("map");
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for (item, maybe) in elements {
            if let Some(why) = &maybe {
                return Err(undecided(why));
            }
            if is_map {
                let under = entry(value, &item).ok_or("a key without a value")?;
                entries.push((Plain::of(&item)?, Plain::of(&under)?));
            } else {
                items.push(Plain::of(&item)?);
            }
        }
        Ok(if is_map { Plain::Map(entries) } else { Plain::List(items) })
    }

    /// As a variable's value.
    fn to_value(&self) -> Result<V<'static>> {
        Ok(match self {
            Plain::Null => V::Null,
            Plain::Bool(b) => V::Bool(*b),
            Plain::Int(i) => V::Int(*i),
            Plain::Uint(u) => V::Uint(*u),
            Plain::Double(d) => V::Double(*d),
            Plain::Text(text) => V::text(text.as_str()),
            Plain::Bytes(bytes) => V::Bytes(Arc::from(bytes.as_slice())),
            Plain::Timestamp(t) => V::Timestamp(*t),
            Plain::Duration(d) => V::Duration(*d),
            Plain::Type(_) => bail!("a variable cannot hold a type"),
            Plain::List(items) => {
                let items: Result<Vec<V<'static>>> = items.iter().map(Plain::to_value).collect();
                V::list(items?)
            }
            Plain::Map(entries) => {
                let mut values = Vec::new();
                for (key, value) in entries {
                    values.push((key.to_value()?, value.to_value()?));
                }
                V::Map(Arc::new(OwnedMap { entries: values, rest: None }))
            }
        })
    }

    /// Whether type and value are the same: NaN is NaN, the sign of zero counts, the order of keys does not.
    fn same(&self, other: &Plain) -> bool {
        match (self, other) {
            (Plain::Double(x), Plain::Double(y)) => x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()),
            (Plain::List(x), Plain::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.same(y)),
            (Plain::Map(x), Plain::Map(y)) => {
                let holds = |(key, value): &(Plain, Plain)| y.iter().any(|(k, v)| k.same(key) && v.same(value));
                x.len() == y.len() && x.iter().all(holds)
            }
            _ => self == other,
        }
    }
}

fn undecided(why: &Why) -> String {
    why.0.first().map_or_else(|| "unknown".to_owned(), |unknown| unknown.reason.to_string())
}

/// As CEL writes it, so that the types can be told apart.
impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Plain::Null => f.write_str("null"),
            Plain::Bool(b) => write!(f, "{b}"),
            Plain::Int(i) => write!(f, "{i}"),
            Plain::Uint(u) => write!(f, "{u}u"),
            Plain::Double(d) => write!(f, "{d:?}"),
            Plain::Text(text) => write!(f, "{text:?}"),
            Plain::Bytes(bytes) => write!(f, "b\"{}\"", bytes.escape_ascii()),
            Plain::Timestamp(t) => write!(f, "timestamp({t})"),
            Plain::Duration(d) => write!(f, "duration({d})"),
            Plain::Type(name) => write!(f, "type({name})"),
            Plain::List(items) => {
                let items: Vec<String> = items.iter().map(Plain::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Plain::Map(entries) => {
                let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
        }
    }
}

/// Why some tests do not apply, and which.
struct Exclusions {
    reasons: Vec<Reason>,
    /// A reason's place in the list, and what fits the names of its tests.
    patterns: Vec<(usize, String)>,
}

struct Reason {
    key: String,
    heading: String,
    why: String,
}

/// The reason of tests about types alone, which are told by a field and not by their names.
const TYPES: &str = "types";

impl Exclusions {
    /// Reads the file's text; its form is told at its head.
    fn read(text: &str) -> Result<Exclusions> {
        let mut exclusions = Exclusions { reasons: Vec::new(), patterns: Vec::new() };
        for (number, line) in (1..).zip(text.lines()) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                ["reason", key, heading, why] => exclusions.reasons.push(Reason {
                    key: (*key).to_owned(),
                    heading: (*heading).to_owned(),
                    why: (*why).to_owned(),
                }),
                [key, pattern] => {
                    let at = exclusions.place_of(key);
                    let at = at.with_context(|| format!("excluded.tsv:{number}: no reason `{key}`"))?;
                    exclusions.patterns.push((at, (*pattern).to_owned()));
                }
                _ => bail!("excluded.tsv:{number}: neither a reason nor a pattern"),
            }
        }
        Ok(exclusions)
    }

    fn place_of(&self, key: &str) -> Option<usize> {
        self.reasons.iter().position(|reason| reason.key == key)
    }

    /// Why a test does not apply.
    fn reason_of(&self, name: &str, test: &Message) -> Option<usize> {
        let found = self.patterns.iter().find(|(_, pattern)| glob::matches(pattern, name)).map(|(at, _)| *at);
        let checks_only = test.get("check_only").and_then(Value::bool) == Some(true);
        let is_about_types = checks_only || test.get("typed_result").is_some();
        found.or_else(|| is_about_types.then(|| self.place_of(TYPES)).flatten())
    }

    /// Refuses a pattern that fits nothing: its tests were renamed, and count as applying.
    fn check(&self, cases: &[Case]) -> Result<()> {
        for (_, pattern) in &self.patterns {
            let file = pattern.split('/').next().unwrap_or_default();
            let mut of_file = cases.iter().filter(|case| case.file == file).peekable();
            let is_read = of_file.peek().is_some();
            if is_read && !of_file.any(|case| glob::matches(pattern, &case.name)) {
                bail!("excluded.tsv: `{pattern}` fits no test\nhint: remove the line, or write the test's new name");
            }
        }
        Ok(())
    }
}

/// How many tests there are, how many of them apply, and how many of those pass.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    all: usize,
    apply: usize,
    pass: usize,
}

impl Counts {
    fn of(cases: &[Case]) -> Counts {
        let mut counts = Counts::default();
        for case in cases {
            counts.all += 1;
            counts.apply += usize::from(!matches!(case.verdict, Verdict::Excluded(_)));
            counts.pass += usize::from(matches!(case.verdict, Verdict::Pass));
        }
        counts
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { all, apply, pass } = self;
        write!(f, "{all:>5} tests  {apply:>5} apply  {pass:>5} pass")
    }
}

/// The page that lists the tests that do not apply.
fn document(cases: &[Case], exclusions: &Exclusions) -> Result<String> {
    let mut page = String::from(
        "<!-- Written by `cargo xtask conformance --list`. -->\n\n\
         # CEL's conformance tests\n\n\
         The language of controls is CEL, and CEL has conformance tests of its own: \
         <https://github.com/google/cel-spec/tree/master/tests/simple/testdata>.\n\
         `cargo xtask conformance` runs them all and fails if one that applies does not pass.\n\
         This page counts them and names each test that does not apply, by the reason.\n\n\
         | file | tests | apply | pass |\n|---|---:|---:|---:|\n",
    );
    for file in cases.chunk_by(|a, b| a.file == b.file) {
        let Counts { all, apply, pass } = Counts::of(file);
        writeln!(page, "| {} | {all} | {apply} | {pass} |", file[0].file)?;
    }
    let Counts { all, apply, pass } = Counts::of(cases);
    writeln!(page, "| total | {all} | {apply} | {pass} |")?;
    for (at, reason) in exclusions.reasons.iter().enumerate() {
        let of_reason = |case: &&Case| matches!(case.verdict, Verdict::Excluded(found) if found == at);
        let excluded: Vec<&Case> = cases.iter().filter(of_reason).collect();
        if excluded.is_empty() {
            continue;
        }
        let sentences = reason.why.replace(". ", ".\n");
        writeln!(page, "\n## {} ({})\n\n{sentences}\n", reason.heading, excluded.len())?;
        page.push_str("| test | expression |\n|---|---|\n");
        for case in excluded {
            writeln!(page, "| `{}` | {} |", case.name, cell(case.expression()))?;
        }
    }
    Ok(page)
}

// Limit: characters of an expression in the list; the tests themselves have the rest.
const CELL_MAX: usize = 80;

/// An expression as code in a Markdown table.
fn cell(expression: &str) -> String {
    let line = one_line(expression);
    let mut text: String = line.chars().take(CELL_MAX).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A text on one line, control characters escaped.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for character in text.chars() {
        if character.is_control() { line.extend(character.escape_default()) } else { line.push(character) }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Plain {
        Plain::read(&textproto::read(text).unwrap()).unwrap()
    }

    #[test]
    fn values_are_the_same_by_type_and_value() {
        let all = [
            "null_value: NULL_VALUE",
            "bool_value: true",
            "int64_value: 1",
            "uint64_value: 1",
            "double_value: 1",
            "double_value: 0.0",
            "double_value: -0.0",
            "double_value: nan",
            "string_value: 'a'",
            "bytes_value: 'a'",
            "type_value: 'int'",
            "object_value { [type.googleapis.com/google.protobuf.Duration] { seconds: 1 nanos: 5 } }",
            "object_value { [type.googleapis.com/google.protobuf.Timestamp] { seconds: 1 } }",
            "list_value {}",
            "map_value {}",
            "list_value { values { int64_value: 1 } values { double_value: nan } }",
            "list_value { values { double_value: nan } values { int64_value: 1 } }",
        ];
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                assert_eq!(plain(a).same(&plain(b)), i == j, "{a} / {b}");
            }
        }
    }

    #[test]
    fn keys_may_stand_in_any_order() {
        let entry = |key: &str, value: i64| {
            format!("entries {{ key {{ string_value: '{key}' }} value {{ int64_value: {value} }} }}")
        };
        let map = |entries: [String; 2]| plain(&format!("map_value {{ {} }}", entries.join(" ")));
        let a = map([entry("x", 1), entry("y", 2)]);
        assert!(a.same(&map([entry("y", 2), entry("x", 1)])));
        assert!(!a.same(&map([entry("y", 1), entry("x", 2)])));
    }

    #[test]
    fn a_value_comes_back_from_the_language() {
        let value = plain(
            "map_value { entries { key { bool_value: true } value { list_value { values { uint64_value: 7 } values \
             { bytes_value: '\\377' } } } } }",
        );
        let back = Plain::of(&value.to_value().unwrap()).unwrap();
        assert!(back.same(&value));
        assert_eq!(back.to_string(), r#"{true: [7u, b"\xff"]}"#);
    }

    #[test]
    fn a_test_passes_fails_or_does_not_apply() {
        let exclusions = Exclusions::read("# head\n\nreason\tnull\tNull\tWhy\nnull\tf/s/c*\n").unwrap();
        let text = "section { name: 's' \
            test { name: 'a' expr: 'x + 1' bindings { key: 'x' value { value { int64_value: 1 } } } \
                   value { int64_value: 2 } } \
            test { name: 'b' expr: '1 / 0' value { int64_value: 2 } } \
            test { name: 'c1' expr: '{}.a' eval_error { errors { message: 'no such key' } } } \
            test { name: 'd' expr: '1 == 1' } \
            test { name: 'e' expr: '1 / 0' eval_error { errors { message: 'division' } } } \
            test { name: 'f' expr: 'nothing(1)' eval_error { errors { message: 'division' } } } }";
        let mut cases = Vec::new();
        read_file("f", text, &exclusions, &mut cases).unwrap();
        assert_eq!(Counts::of(&cases), Counts { all: 6, apply: 5, pass: 3 });
        let failed = |case: &&Case| matches!(case.verdict, Verdict::Fail { .. });
        let failed: Vec<&str> = cases.iter().filter(failed).map(|case| case.name.as_str()).collect();
        assert_eq!(failed, ["f/s/b", "f/s/f"]);
        assert!(exclusions.check(&cases).is_ok());
        assert!(document(&cases, &exclusions).unwrap().contains("\n| `f/s/c1` | `{}.a` |\n"));
    }

    #[test]
    fn a_pattern_that_fits_nothing_is_refused() {
        let exclusions = Exclusions::read("reason\tr\tR\tWhy\nr\tf/old/*\nr\telsewhere/*\n").unwrap();
        let mut cases = Vec::new();
        read_file("f", "section { name: 's' test { name: 'a' expr: 'true' } }", &exclusions, &mut cases).unwrap();
        let error = exclusions.check(&cases).unwrap_err().to_string();
        assert!(error.starts_with("excluded.tsv: `f/old/*` fits no test"), "{error}");
        assert!(Exclusions::read("other\tf/*\n").is_err());
    }

    #[test]
    fn the_file_of_exclusions_can_be_read() {
        let exclusions = Exclusions::read(EXCLUDED).unwrap();
        assert!(exclusions.place_of(TYPES).is_some());
    }

    #[test]
    fn an_expression_fits_a_cell() {
        assert_eq!(cell("a || b\n"), r"`a \|\| b\n`");
        assert_eq!(cell("x.`y`"), "`` x.`y` ``");
        assert_eq!(cell(&"é".repeat(100)), format!("`{}…`", "é".repeat(80)));
    }
}
