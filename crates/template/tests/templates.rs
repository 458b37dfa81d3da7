//! Every case of `tests/cases` against what CloudFormation's documentation says of it.
//!
//! A case is a folder: a template, what it nests or includes, perhaps `parameters.yaml` with values from outside,
//! perhaps `settings` (`account` and `region`, and `only` for the properties to be shown), and `expected.txt`.
//! `PALISADE_BLESS=1 cargo test -p palisade-template` rewrites the expected files; read the difference.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use document::DEPTH_MAX;
use estate::resource::Resource;
use estate::value::{FileId, Map, Node, Part, Span, Value};
use template::discover::{Disk, Input, discover};
use template::{Diagnostic, Files, Loaded, Settings, parse_parameters};

/// The files of a case that are no input.
const OURS: [&str; 3] = ["expected.txt", "parameters.yaml", "settings"];

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
    assert!(cases.len() >= 45, "only {} cases", cases.len());
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

/// What a case is read with.
#[derive(Default)]
struct Given {
    settings: Settings,
    /// The properties to be shown; all where there are none.
    only: Vec<String>,
}

fn given(folder: &Path) -> Given {
    let mut given = Given::default();
    for line in fs::read_to_string(folder.join("settings")).unwrap_or_default().lines() {
        match line.split_once(' ') {
            Some(("account", account)) => given.settings.account = Some(Arc::from(account)),
            Some(("region", region)) => given.settings.region = Some(Arc::from(region)),
            Some(("only", names)) => given.only = names.split(' ').map(str::to_owned).collect(),
            _ => panic!("not a setting: `{line}`"),
        }
    }
    if let Ok(bytes) = fs::read(folder.join("parameters.yaml")) {
        given.settings.parameters = parse_parameters("parameters.yaml", &bytes).expect("parameters");
    }
    given
}

/// The files of a case, by their paths in its folder.
struct Rooted<'a>(&'a Path);

impl Files for Rooted<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(&self.0.join(path))
    }
}

/// All that was read of a case, in an order that is no accident.
fn dump(folder: &Path) -> String {
    let given = given(folder);
    let found = discover(&[folder.to_path_buf()]);
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    let is_ours = |path: &Path| OURS.iter().any(|ours| path == Path::new(ours));
    let mut inputs = Vec::new();
    for input in found.inputs {
        let path = input.path.strip_prefix(folder).expect("it is in the folder").to_path_buf();
        if !is_ours(&path) {
            inputs.push(Input { path, ..input });
        }
    }
    let loaded = template::load(&Rooted(folder), &inputs, &given.settings);

    let mut printer = Printer { loaded: &loaded, only: &given.only, file: FileId::NONE, out: String::new() };
    let mut resources: Vec<&Resource> = loaded.resources.iter().collect();
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    for resource in resources {
        printer.resource(resource);
        printer.line("");
    }
    printer.gaps();
    printer.diagnostics();
    let prefix = format!("{}/", folder.display());
    let mut skipped = loaded.skipped.clone();
    for (path, why) in found.skipped {
        let path = path.strip_prefix(&prefix).unwrap_or(&path).to_owned();
        if !is_ours(Path::new(&path)) {
            skipped.push((path, why));
        }
    }
    skipped.sort();
    for (path, why) in skipped {
        printer.line(&format!("skipped {path}: {why}"));
    }
    printer.line(&format!("templates: {}", loaded.templates));
    printer.out
}

struct Printer<'a> {
    loaded: &'a Loaded,
    only: &'a [String],
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
        if let Some(why) = &resource.presence {
            self.line(&format!("  perhaps: {}", why.reason));
        }
        for call in &resource.origin.via {
            let place = self.place(call.span);
            self.line(&format!("  via {} {place}", call.name));
        }
        let facts = [
            ("construct", &resource.origin.construct),
            ("account", &resource.account),
            ("region", &resource.region),
        ];
        for (name, fact) in facts {
            if let Some(fact) = fact {
                self.line(&format!("  {name}: {fact}"));
            }
        }
        let policies = [
            ("deletion policy", &resource.deletion_policy),
            ("update-replace policy", &resource.update_replace_policy),
        ];
        for (name, policy) in policies {
            if let Some(node) = policy {
                self.node(name, node);
            }
        }
        for suppression in &resource.suppressions {
            let place = self.near(suppression.span);
            let reason = &suppression.reason;
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            self.line(&format!("  ignores {} {place}{reason}", suppression.control));
        }
        let mut properties = resource.properties.clone();
        if !self.only.is_empty() {
            properties.entries.retain(|(key, _)| self.only.iter().any(|name| **name == **key));
        }
        self.map("", &properties);
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

    fn gaps(&mut self) {
        let gaps = self.loaded.gaps.iter().map(|gap| {
            let of = gap.type_name.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
            format!("gap{of} in {}: {}", gap.scope, gap.why.reason)
        });
        let mut gaps: Vec<String> = gaps.collect();
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
            let kind = if said.incomplete { "incomplete" } else { "note" };
            let place = match &said.file {
                Some(file) => format!("@{file}"),
                None => self.place(said.span),
            };
            self.line(&format!("{kind} {} {place}: {}", said.code, said.message));
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
                    Part::Hole(unknown) => all.push_str(&format!("${{{}}}", unknown.reason)),
                }
            }
            all.push('"');
            all
        }
        Value::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(|item| shown(&item.value)).collect();
            items.extend(list.rest.iter().map(|rest| format!("…?{}", rest.reason)));
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entry = |(key, node): &(Arc<str>, Node)| format!("{key}: {}", shown(&node.value));
            let mut entries: Vec<String> = map.entries.iter().map(entry).collect();
            entries.extend(map.rest.iter().map(|rest| format!("…?{}", rest.reason)));
            format!("{{{}}}", entries.join(", "))
        }
        Value::Choice(choice) => {
            let mut options: Vec<String> = choice.options.iter().map(|option| shown(&option.value)).collect();
            options.extend(choice.or_absent.then(|| "absent".to_owned()));
            format!("{} ? {}", options.join(" | "), choice.why.reason)
        }
        Value::Unknown(unknown) => format!("?{}", unknown.reason),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written")
}

/// Texts that would take all of the stack or the memory if nothing bounded them.
const HOSTILE: [&str; 8] = [
    "attributes",
    "base64",
    "conditions",
    "deep",
    "include-deep",
    "include-itself",
    "json-strings",
    "outputs",
];

/// The variable that names the one to read, in a process of its own: a stack that overflows ends the process.
const HOSTILE_VARIABLE: &str = "PALISADE_TEST_HOSTILE";

/// No value that a template of a few kilobytes makes is larger than this.
const TEXT_BYTES_MAX: usize = 10 << 20;

#[test]
fn hostile_templates_come_to_an_end() {
    let program = std::env::current_exe().expect("the test is a program");
    let mut broken = Vec::new();
    for name in HOSTILE {
        let mut command = Command::new(&program);
        command.args(["--exact", "a_hostile_template", "--nocapture"]).env(HOSTILE_VARIABLE, name);
        let output = command.output().expect("the program starts");
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            broken.push(format!("{name}: {}\n{}", output.status, said.trim()));
        }
    }
    assert!(broken.is_empty(), "{} of {} fail:\n{}", broken.len(), HOSTILE.len(), broken.join("\n"));
}

/// One of the hostile texts, for the test above. Run by itself it has nothing to do.
#[test]
fn a_hostile_template() {
    let Ok(name) = std::env::var(HOSTILE_VARIABLE) else { return };
    let main = Input { path: PathBuf::from("main.yaml"), named: true, account: None, region: None };
    let loaded = template::load(&Memory(hostile(&name)), &[main], &Settings::default());
    assert_eq!(loaded.templates, 1);
    for (key, node) in loaded.resources.iter().flat_map(|resource| &resource.properties.entries) {
        let length = node.value.as_text().map_or(0, str::len);
        assert!(length <= TEXT_BYTES_MAX, "`{key}` has {length} bytes");
    }
}

struct Memory(BTreeMap<PathBuf, String>);

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.clone().into_bytes())
    }
}

/// A JSON text within others: `open`, `levels` times, and `close` as often.
fn within(open: &str, levels: usize, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

/// A template with one resource that has one property.
fn with_property(json: &str) -> String {
    format!(r#"{{"Resources": {{"Thing": {{"Type": "Custom::Thing", "Properties": {{"A": {json}}}}}}}}}"#)
}

fn hostile(name: &str) -> BTreeMap<PathBuf, String> {
    let include = |file: &str| {
        format!(r#"{{"Fn::Transform": {{"Name": "AWS::Include", "Parameters": {{"Location": "{file}"}}}}}}"#)
    };
    let files: Vec<(String, String)> = match name {
        // Each block is that of the next network.
        "attributes" => {
            let vpc = |i: usize| {
                let next = i + 1;
                let block =
                    if i == 600 { "10.0.0.0/16".to_owned() } else { format!("!GetAtt V{next}.CidrBlock") };
                format!("  V{i}:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlock: {block}\n")
            };
            let all: String = (0..=600).map(vpc).collect();
            vec![("main.yaml".to_owned(), format!("Resources:\n{all}"))]
        }
        // A text grows by a third with each level: this one to 20 MB.
        "base64" => {
            let nested = within(r#"{"Fn::Base64": "#, 52, r#""x""#, "}");
            vec![("main.yaml".to_owned(), with_property(&nested))]
        }
        // Each condition is the next one.
        "conditions" => {
            let condition = |i: usize| format!("  C{i}: !Not [!Condition C{}]\n", i + 1);
            let all: String = (0..4_000).map(condition).collect();
            let thing = "  Thing:\n    Type: Custom::Thing\n    Condition: C0\n";
            let text = format!("Conditions:\n{all}  C4000: !Equals [a, a]\nResources:\n{thing}");
            vec![("main.yaml".to_owned(), text)]
        }
        // As deep as a document may be.
        "deep" => {
            let call = within(r#"{"Fn::If": ["Open", "a", "#, (DEPTH_MAX - 6) / 2, r#""b""#, "]}");
            let text = with_property(&call).replacen(
                '{',
                r#"{"Parameters": {"P": {"Type": "String"}}, "Conditions": {"Open": {"Fn::Equals": [{"Ref": "P"}, "a"]}}, "#,
                1,
            );
            vec![("main.yaml".to_owned(), text)]
        }
        // Every file is as deep as a document may be, and includes the next at its bottom.
        "include-deep" => {
            let file = |i: usize| {
                let inner = if i == 20 { "1".to_owned() } else { include(&format!("s{}.json", i + 1)) };
                (format!("s{i}.json"), within("[", DEPTH_MAX - 10, &inner, "]"))
            };
            let mut files: Vec<(String, String)> = (0..=20).map(file).collect();
            files.push(("main.yaml".to_owned(), with_property(&include("s0.json"))));
            files
        }
        // Resources that are included together with what includes them.
        "include-itself" => {
            let main = format!(
                r#"{{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}}"#,
                include("snippet.json")
            );
            vec![("main.yaml".to_owned(), main), ("snippet.json".to_owned(), include("snippet.json"))]
        }
        // Every level doubles what escapes the quotes within: this one to 17 MB.
        "json-strings" => {
            let nested = within(r#"{"Fn::ToJsonString": {"a": "#, 22, r#""x""#, "}}");
            vec![("main.yaml".to_owned(), with_property(&nested))]
        }
        // What each nested stack is given is an output of the next.
        "outputs" => {
            let stack = |i: usize| {
                let given = if i == 300 { "x".to_owned() } else { format!("!GetAtt N{}.Outputs.Out", i + 1) };
                let properties = format!("TemplateURL: child.yaml\n      Parameters:\n        In: {given}\n");
                format!("  N{i}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      {properties}")
            };
            let all: String = (0..=300).map(stack).collect();
            let child = "Parameters:\n  In:\n    Type: String\nResources:\n  Thing:\n    Type: Custom::Thing\n\
                         Outputs:\n  Out:\n    Value: !Ref In\n";
            let main = format!("Resources:\n{all}");
            vec![("main.yaml".to_owned(), main), ("child.yaml".to_owned(), child.to_owned())]
        }
        _ => panic!("no hostile text is named `{name}`"),
    };
    files.into_iter().map(|(path, text)| (PathBuf::from(path), text)).collect()
}
