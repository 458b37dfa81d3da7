//! Every case of `tests/cases` against what the documentation of its format says.
//!
//! A case is a folder `<format>/<case>` with the files as they stand in a repository, and `expected.txt`.
//! `PALISADE_BLESS=1 cargo test -p palisade-manifest` rewrites the expected files; read the difference.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use estate::resource::Resource;
use estate::value::{FileId, Map, Node, Part, Span, Value};
use template::discover::{Disk, Input};
use template::{Files, Loaded};

fn cases() -> Vec<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<PathBuf> = folders(&home).iter().flat_map(|format| folders(format)).collect();
    cases.sort();
    cases
}

fn folders(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home).expect("the cases are there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.is_dir()).collect()
}

#[test]
fn every_case_is_read_as_documented() {
    let is_blessed = std::env::var_os("PALISADE_BLESS").is_some();
    let cases = cases();
    assert!(cases.len() >= 20, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for folder in &cases {
        let actual = dump(folder);
        let path = folder.join("expected.txt");
        if is_blessed {
            fs::write(&path, &actual).expect("the file can be written");
            continue;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected != actual {
            wrong.push(format!("--- {}\n{}", folder.display(), difference(&expected, &actual)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// The lines that are missing and those that are too many.
fn difference(expected: &str, actual: &str) -> String {
    let lacks = |text: &str, line: &str| !text.lines().any(|other| other == line);
    let missing = expected.lines().filter(|&line| lacks(actual, line)).map(|line| format!("- {line}"));
    let extra = actual.lines().filter(|&line| lacks(expected, line)).map(|line| format!("+ {line}"));
    let lines: Vec<String> = missing.chain(extra).collect();
    if lines.is_empty() { format!("the same lines in another order:\n{actual}") } else { lines.join("\n") }
}

/// The files of a case, by their paths in its folder.
struct Rooted<'a>(&'a Path);

impl Files for Rooted<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(&self.0.join(path))
    }
}

/// The files below a folder, in order, as if each had been named.
fn inputs(folder: &Path) -> Vec<Input> {
    let mut open = vec![folder.to_path_buf()];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path != folder.join("expected.txt") {
                let path = path.strip_prefix(folder).expect("it is in the folder").to_path_buf();
                found.push(Input { path, named: true, account: None, region: None });
            }
        }
    }
    found.sort();
    found
}

/// All that was read of a case, in an order that is no accident.
fn dump(folder: &Path) -> String {
    let loaded = manifest::load(&Rooted(folder), &inputs(folder));
    let mut printer = Printer { loaded: &loaded, file: FileId::NONE, out: String::new() };
    let mut resources: Vec<&Resource> = loaded.resources.iter().collect();
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    for resource in resources {
        printer.resource(resource);
        printer.line("");
    }
    for gap in &loaded.gaps {
        printer.line(&format!("gap in {}: {}", gap.scope, gap.why.reason));
    }
    for said in &loaded.diagnostics {
        let kind = if said.incomplete { "incomplete" } else { "note" };
        let place = said.file.as_ref().map_or_else(|| printer.place(said.span), |file| format!("@{file}"));
        printer.line(&format!("{kind} {} {place}: {}", said.code, said.message));
    }
    for (path, why) in &loaded.skipped {
        printer.line(&format!("skipped {path}: {why}"));
    }
    printer.line(&format!("files: {}", loaded.templates));
    printer.out
}

struct Printer<'a> {
    loaded: &'a Loaded,
    /// The file that positions need not name.
    file: FileId,
    out: String,
}

impl Printer<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// A position, with its file.
    fn place(&self, span: Span) -> String {
        if !span.is_some() {
            return "@-".to_owned();
        }
        format!("@{}:{}:{}", self.loaded.files[span.file.0 as usize], span.line, span.column)
    }

    /// A position, with its file where it is not the resource's.
    fn near(&self, span: Span) -> String {
        if span.is_some() && span.file == self.file {
            return format!("@{}:{}", span.line, span.column);
        }
        self.place(span)
    }

    fn resource(&mut self, resource: &Resource) {
        self.file = resource.origin.name.file;
        let place = self.place(resource.origin.name);
        self.line(&format!("{}: {} {place}", resource.address, resource.type_name));
        for suppression in &resource.suppressions {
            let place = self.near(suppression.span);
            self.line(&format!("  ignores {} {place}: {}", suppression.control, suppression.reason));
        }
        self.map("", &resource.properties);
    }

    /// Every leaf below a value, in a line.
    fn node(&mut self, path: &str, node: &Node) {
        match &node.value {
            Value::Map(map) if !map.entries.is_empty() || map.rest.is_some() => self.map(path, map),
            Value::List(list) if !list.items.is_empty() || list.rest.is_some() => {
                for (i, item) in list.items.iter().enumerate() {
                    self.node(&format!("{path}[{i}]"), item);
                }
                if let Some(rest) = &list.rest {
                    self.line(&format!("  {path}[…] = …?{}", rest.reason));
                }
            }
            value => {
                let place = self.near(node.span);
                self.line(&format!("  {path} = {} {place}", shown(value)));
            }
        }
    }

    fn map(&mut self, path: &str, map: &Map) {
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        for (key, node) in &map.entries {
            self.node(&below(key), node);
        }
        if let Some(rest) = &map.rest {
            self.line(&format!("  {} = …?{}", below("…"), rest.reason));
        }
    }
}

/// A single value in a line.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Double(d) => d.to_string(),
        Value::Text(text) => quoted(text),
        Value::Partial(partial) => {
            let part = |part: &Part| match part {
                Part::Known(text) => quoted(text).trim_matches('"').to_owned(),
                Part::Hole(unknown) => format!("${{{}}}", unknown.reason),
            };
            format!("\"{}\"", partial.parts.iter().map(part).collect::<String>())
        }
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
        Value::Choice(choice) => format!("? {}", choice.why.reason),
        Value::Unknown(unknown) => format!("?{}", unknown.reason),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written")
}

struct Memory(Arc<[u8]>);

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path.ends_with("Chart.yaml") {
            return Ok(b"name: chart".to_vec());
        }
        Ok(self.0.to_vec())
    }
}

/// The names under which every text is read, so that each reader meets what was written for the others.
const NAMES: [&str; 8] = [
    "a.yaml",
    "values.yaml",
    "compose.yaml",
    ".gitlab-ci.yml",
    ".github/workflows/a.yml",
    "Dockerfile",
    ".env",
    "a.json",
];

fn read_under_every_name(bytes: &[u8]) {
    let bytes: Arc<[u8]> = Arc::from(bytes);
    for name in NAMES {
        let input = Input { path: PathBuf::from(name), named: true, account: None, region: None };
        let loaded = manifest::load(&Memory(bytes.clone()), &[input]);
        assert!(loaded.files.len() <= 1);
    }
}

#[test]
fn no_reader_panics_on_what_is_cut_off_or_meant_for_another() {
    for folder in cases() {
        for input in inputs(&folder) {
            let bytes = fs::read(folder.join(&input.path)).expect("it can be read");
            read_under_every_name(&bytes);
            let step = (bytes.len() / 40).max(1);
            for end in (0..bytes.len()).step_by(step) {
                read_under_every_name(&bytes[..end]);
            }
        }
    }
}

#[test]
fn hostile_texts_come_to_an_end() {
    let deep = format!("apiVersion: v1\nkind: Pod\nmetadata: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let same = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n---\n".repeat(12_000);
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n{}",
        "- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n".repeat(25_000)
    );
    let run = format!("FROM a\nRUN {}", "\\\n".repeat(50_000));
    let open = format!("A=\"{}", "x\n".repeat(50_000));
    let signs = format!("image: b\nservices:\n  a:\n    image: {}", "${".repeat(100_000));
    let heredoc = format!("FROM a\nRUN {}\n", "<<A ".repeat(20_000));
    for text in [deep, same, list, run, open, signs, heredoc] {
        read_under_every_name(text.as_bytes());
    }
}
