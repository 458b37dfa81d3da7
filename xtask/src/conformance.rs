//! `cargo xtask conformance`: CEL's own conformance tests, run through the control language.
//!
//! The tests are those of <https://github.com/google/cel-spec/tree/master/tests/simple/testdata>; their messages
//! are `SimpleTestFile` of `cel/expr/conformance/test/simple.proto` and `Value` of `cel/expr/value.proto`.
//! Which tests do not apply, and why, is data: conformance/excluded.tsv. Every other test counts.

mod plain;

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use control::conformance::evaluate;
use control::glob;
use control::value::V;

use self::plain::Plain;
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
    for (file, counts) in files(&cases) {
        println!("{file:<16} {counts}");
    }
    let total = Counts::of(&cases);
    println!("total            {total}");
    for case in &cases {
        if let Verdict::Fail { expected, got } = &case.verdict {
            println!("\n{}", case.name);
            println!("  expression  {}", one_line(case.expression()));
            println!("  expected    {}", one_line(expected));
            println!("  got         {}", one_line(got));
        }
    }
    ensure!(
        total.pass == total.apply,
        "{} of {} tests that apply fail",
        total.apply - total.pass,
        total.apply
    );
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
    ensure!(
        !cases.is_empty(),
        "no tests in `{}`\nhint: name the folder of CEL's *.textproto files",
        folder.display()
    );
    Ok(cases)
}

fn read_file(file: &str, text: &str, exclusions: &Exclusions, cases: &mut Vec<Case>) -> Result<()> {
    let root = textproto::read(text)?;
    for section in root.messages("section") {
        let section_name = section.text("name").context("a section has no name")?;
        for test in section.messages("test") {
            let test_name =
                test.text("name").with_context(|| format!("a test of `{section_name}` has no name"))?;
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
            return Verdict::Fail {
                expected: "a test that can be read".to_owned(),
                got: format!("{error:#}"),
            };
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
                bail!(
                    "excluded.tsv: `{pattern}` fits no test\nhint: remove the line, or write the test's new name"
                );
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

/// The names of the files, and their counts.
fn files(cases: &[Case]) -> impl Iterator<Item = (&str, Counts)> {
    let files = cases.chunk_by(|a, b| a.file == b.file);
    files.filter_map(|of_file| Some((of_file.first()?.file.as_str(), Counts::of(of_file))))
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
    for (file, Counts { all, apply, pass }) in files(cases) {
        writeln!(page, "| {file} | {all} | {apply} | {pass} |")?;
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
        read_file("f", "section { name: 's' test { name: 'a' expr: 'true' } }", &exclusions, &mut cases)
            .unwrap();
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
