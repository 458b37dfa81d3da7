//! Every case of `tests/cases` against what Terraform's and OpenTofu's documentation says of it.
//!
//! A case is a folder: code, perhaps `settings.txt` with what is known from outside, and `expected.txt`.
//! `PALISADE_BLESS=1 cargo test -p palisade-terraform` rewrites the expected files; read the difference.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use estate::resource::Resource;
use estate::value::{Map, Node, Part, Span, Value};
use template::discover::{Disk, Input, discover};
use template::{Diagnostic, Files, Loaded};
use terraform::{Given, Settings};

/// The files of a case that are no input.
const OURS: [&str; 2] = ["expected.txt", "settings.txt"];

/// The case whose expected text says where every value is written.
const WITH_POSITIONS: &str = "positions";

fn cases() -> Vec<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = fs::read_dir(home).expect("the cases are there");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    cases
}

#[test]
fn every_case_is_read_as_documented() {
    let is_blessed = std::env::var_os("PALISADE_BLESS").is_some();
    let cases = cases();
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for folder in &cases {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(actual) = std::panic::catch_unwind(|| dump(folder)) else {
            wrong.push(format!("--- {name}\n! panicked"));
            continue;
        };
        let path = folder.join("expected.txt");
        if is_blessed {
            fs::write(&path, &actual).expect("the file can be written");
            continue;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected != actual {
            wrong.push(format!("--- {name}\n{}", difference(&expected, &actual)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_case_is_read_the_same_twice() {
    for folder in cases() {
        assert_eq!(dump(&folder), dump(&folder), "{}", folder.display());
    }
}

/// The lines that are missing and those that are too many.
fn difference(expected: &str, actual: &str) -> String {
    let lacks = |text: &str, line: &str| !text.lines().any(|other| other == line);
    let missing = expected.lines().filter(|&line| lacks(actual, line)).map(|line| format!("- {line}"));
    let extra = actual.lines().filter(|&line| lacks(expected, line)).map(|line| format!("+ {line}"));
    let lines: Vec<String> = missing.chain(extra).collect();
    if lines.is_empty() { format!("the same lines in another order:\n{actual}") } else { lines.join("\n") }
}

/// What a case is read with: a line each, `var NAME=VALUE`, `env NAME=VALUE`, `workspace NAME`, `var-file PATH`,
/// `region NAME`, `account ID`.
fn settings(folder: &Path) -> Settings {
    let mut settings = Settings::default();
    for line in fs::read_to_string(folder.join("settings.txt")).unwrap_or_default().lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let pair = || rest.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        match word {
            "var" => {
                let (name, value) = pair().expect("`var NAME=VALUE`");
                settings.variables.push(Given::Value(name, value));
            }
            "env" => {
                let (name, value) = pair().expect("`env NAME=VALUE`");
                settings.environment.insert(name, value);
            }
            "var-file" => settings.variables.push(Given::File(PathBuf::from(rest))),
            "workspace" => settings.workspace = Some(rest.to_owned()),
            "region" => settings.region = Some(Arc::from(rest)),
            "account" => settings.account = Some(Arc::from(rest)),
            _ => panic!("not a setting: `{line}`"),
        }
    }
    settings
}

/// The files of a case, by their paths in its folder.
struct Rooted<'a>(&'a Path);

impl Files for Rooted<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(&self.0.join(path))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let listed = Disk.list(&self.0.join(folder))?;
        let within = |path: PathBuf| path.strip_prefix(self.0).map(Path::to_path_buf).unwrap_or(path);
        Ok(listed.into_iter().map(within).collect())
    }
}

/// All that was read of a case.
fn dump(folder: &Path) -> String {
    let found = discover(&[folder.to_path_buf()]);
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    let mut inputs = Vec::new();
    for input in found.inputs {
        let path = input.path.strip_prefix(folder).expect("it is in the folder").to_path_buf();
        if !OURS.iter().any(|ours| path == Path::new(ours)) {
            inputs.push(Input { path, ..input });
        }
    }
    let loaded = terraform::load(&Rooted(folder), &inputs, &settings(folder));
    let positions = folder.file_name().is_some_and(|name| name == WITH_POSITIONS);
    let mut printer = Printer { loaded: &loaded, positions, out: String::new() };
    // Of what stands for the code itself, such as its variables, another test speaks.
    let provided = loaded.resources.iter().filter(|one| !one.type_name.starts_with("Palisade::Terraform::"));
    provided.for_each(|resource| printer.resource(resource));
    printer.gaps();
    printer.diagnostics();
    printer.out
}

struct Printer<'a> {
    loaded: &'a Loaded,
    positions: bool,
    out: String,
}

impl Printer<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// Where something is written, if that is asked for.
    fn place(&self, span: Span) -> String {
        match (self.positions, span.is_some()) {
            (false, _) => String::new(),
            (true, false) => " @-".to_owned(),
            (true, true) => format!(" @{}:{}", span.line, span.column),
        }
    }

    fn resource(&mut self, resource: &Resource) {
        let perhaps = if resource.presence.is_some() { " perhaps" } else { "" };
        let place = self.place(resource.origin.name);
        self.line(&format!("{} {}{perhaps}{place}", resource.address, resource.type_name));
        for (name, fact) in [("account", &resource.account), ("region", &resource.region)] {
            if let Some(fact) = fact {
                self.line(&format!("  ({name}) {fact}"));
            }
        }
        if let Some(policy) = &resource.deletion_policy {
            self.line(&format!("  (deletion policy) {}", shown(&policy.value)));
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
                    self.line(&format!("  {path}[+] ?({})", rest.reason));
                }
            }
            value => {
                let place = self.place(node.span);
                self.line(&format!("  {path} = {}{place}", shown(value)));
            }
        }
    }

    fn map(&mut self, path: &str, map: &Map) {
        for (key, node) in &map.entries {
            let below = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            self.node(&below, node);
        }
        if let Some(rest) = &map.rest {
            self.line(&format!("  {path}[+] ?({})", rest.reason));
        }
    }

    fn gaps(&mut self) {
        let gaps = self.loaded.gaps.iter();
        let mut gaps: Vec<String> = gaps
            .map(|gap| format!("gap {}: {}", gap.type_name.as_deref().unwrap_or("any"), gap.why.reason))
            .collect();
        gaps.sort();
        gaps.dedup();
        for gap in gaps {
            self.line(&gap);
        }
    }

    fn diagnostics(&mut self) {
        let mut all: Vec<&Diagnostic> = self.loaded.diagnostics.iter().collect();
        all.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        for said in all {
            let place = match &said.file {
                Some(file) => file.clone(),
                None if said.span.is_some() => {
                    format!("{}:{}", self.loaded.files[said.span.file.0 as usize], said.span.line)
                }
                None => "-".to_owned(),
            };
            let incomplete = if said.incomplete { "!" } else { "" };
            self.line(&format!("{} {place}{incomplete} {}", said.code, said.message));
        }
    }
}

/// A value in a line.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Double(d) => d.to_string(),
        Value::Text(text) => quoted(text),
        Value::Partial(partial) => {
            let mut all = String::from("\"");
            for part in &partial.parts {
                match part {
                    Part::Known(text) => {
                        let text = quoted(text);
                        all.push_str(&text[1..text.len() - 1]);
                    }
                    Part::Hole(unknown) => all.push_str(&format!("?({})", unknown.reason)),
                }
            }
            all.push('"');
            all
        }
        Value::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(|item| shown(&item.value)).collect();
            items.extend(list.rest.iter().map(|rest| format!("+ ?({})", rest.reason)));
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entry = |(key, node): &(Arc<str>, Node)| format!("{key}: {}", shown(&node.value));
            let mut entries: Vec<String> = map.entries.iter().map(entry).collect();
            entries.extend(map.rest.iter().map(|rest| format!("+ ?({})", rest.reason)));
            format!("{{{}}}", entries.join(", "))
        }
        Value::Choice(choice) => {
            let mut options: Vec<String> = choice.options.iter().map(|option| shown(&option.value)).collect();
            options.extend(choice.or_absent.then(|| "absent".to_owned()));
            options.join(" | ")
        }
        Value::Unknown(unknown) => format!("?({})", unknown.reason),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written")
}
