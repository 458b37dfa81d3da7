//! Reads mapping files, strictly: an unknown key is an error.

use std::collections::BTreeMap;

use document::{Entry, Tree};
use estate::value::{FileId, Node, Span, Value};

use super::{At, Fill, Form, Head, Mapping, Output, Path, Source, Test};

/// What is wrong with a mapping file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
    /// What.
    pub message: String,
}

/// A mapping file.
#[derive(Debug, Default)]
pub struct Mappings {
    /// The mappings by the provider's type.
    pub types: BTreeMap<String, Mapping>,
    /// The tests.
    pub tests: Vec<Case>,
}

/// A test of a mapping file.
#[derive(Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub line: u32,
    /// The code.
    pub terraform: String,
    /// The resources that are expected: address, type, properties.
    pub expect: Vec<(String, String, Tree)>,
}

/// Reads a file.
pub fn file(path: &str, text: &str) -> Result<Mappings, Vec<Fault>> {
    let document = document::read(FileId(0), path, text.as_bytes());
    let mut reader = Reader { path, faults: Vec::new() };
    for problem in &document.problems {
        reader.fault(problem.span, &problem.message);
    }
    let root = &document.root;
    reader.keys(root, &["source", "types", "tests"]);
    let mut found = Mappings::default();
    for entry in root.get("types").map_or(&[][..], Tree::entries) {
        let mapping = reader.mapping(&entry.value, &found.types);
        found.types.insert(entry.key.to_string(), mapping);
    }
    for item in root.get("tests").map_or(&[][..], Tree::items) {
        found.tests.extend(reader.case(item));
    }
    if reader.faults.is_empty() { Ok(found) } else { Err(reader.faults) }
}

struct Reader<'p> {
    path: &'p str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, span: Span, message: &str) {
        self.faults.push(Fault { path: self.path.to_owned(), line: span.line, message: message.to_owned() });
    }

    fn keys(&mut self, tree: &Tree, known: &[&str]) {
        for entry in tree.entries() {
            if !known.contains(&&*entry.key) {
                let near = estate::catalogue::nearest(&entry.key, known.iter().copied());
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                self.fault(entry.key_span, &format!("no key `{}` here{near}", entry.key));
            }
        }
    }

    fn text(&mut self, tree: &Tree) -> String {
        if let Some(text) = tree.text() {
            text.to_string()
        } else {
            self.fault(tree.span, "a text is expected");
            String::new()
        }
    }

    fn mapping(&mut self, tree: &Tree, known: &BTreeMap<String, Mapping>) -> Mapping {
        if let Some(other) = tree.get("like") {
            self.keys(tree, &["like"]);
            let name = self.text(other);
            return if let Some(mapping) = known.get(&name) {
                mapping.clone()
            } else {
                self.fault(other.span, &format!("no type `{name}` before this one"));
                Mapping::default()
            };
        }
        let outputs = match &tree.kind {
            document::Kind::List(items) => items.iter().map(|item| self.output(item)).collect(),
            _ => vec![self.output(tree)],
        };
        Mapping { outputs }
    }

    fn output(&mut self, tree: &Tree) -> Output {
        const KEYS: [&str; 12] = [
            "to",
            "into",
            "owner",
            "also",
            "at",
            "when",
            "each",
            "over",
            "names",
            "attributes",
            "same",
            "set",
        ];
        self.keys(tree, &KEYS);
        let target = match (tree.get("to"), tree.get("into")) {
            (Some(to), None) => self.text(to),
            (None, Some(into)) => self.text(into),
            _ => {
                self.fault(tree.span, "one of `to` and `into` is needed");
                String::new()
            }
        };
        let owner = tree.get("owner").map(|tree| self.path(tree));
        if owner.is_some() != tree.get("into").is_some() {
            self.fault(tree.span, "`owner` and `into` go together");
        }
        for key in ["also", "at"] {
            if let Some(found) = tree.get(key).filter(|_| tree.get("into").is_none()) {
                self.fault(found.span, &format!("`{key}` needs `into`"));
            }
        }
        let texts = |this: &mut Self, key: &str| -> Vec<String> {
            tree.get(key).map_or(&[][..], Tree::items).iter().map(|item| this.text(item)).collect()
        };
        Output {
            target,
            owner,
            also: self.sources(tree.get("also")),
            at: tree.get("at").and_then(|tree| self.at(tree)),
            when: self.when(tree),
            each: tree.get("each").map(|tree| self.path(tree)),
            over: self.sources(tree.get("over")),
            names: texts(self, "names"),
            attributes: tree
                .get("attributes")
                .map_or(&[][..], Tree::entries)
                .iter()
                .map(|entry| (entry.key.to_string(), self.text(&entry.value)))
                .collect(),
            fill: self.fill(tree),
        }
    }

    fn at(&mut self, tree: &Tree) -> Option<At> {
        let [entry] = tree.entries() else {
            self.fault(tree.span, "one list is expected, with the properties that tell its elements");
            return None;
        };
        Some(At { list: entry.key.to_string(), keys: self.sources(Some(&entry.value)) })
    }

    fn fill(&mut self, tree: &Tree) -> Fill {
        let same = tree.get("same").map_or(&[][..], Tree::items);
        Fill { same: same.iter().map(|item| self.text(item)).collect(), set: self.sources(tree.get("set")) }
    }

    fn sources(&mut self, tree: Option<&Tree>) -> Vec<(String, Source)> {
        let entries = tree.map_or(&[][..], Tree::entries);
        entries.iter().map(|entry| (entry.key.to_string(), self.source(&entry.value))).collect()
    }

    fn path(&mut self, tree: &Tree) -> Path {
        let text = self.text(tree);
        let (outer, rest) = text.strip_prefix('^').map_or((false, &*text), |rest| (true, rest));
        let steps = if rest == "." { Vec::new() } else { rest.split('.').map(str::to_owned).collect() };
        if steps.iter().any(String::is_empty) {
            self.fault(tree.span, "no path");
        }
        Path { outer, steps }
    }

    fn when(&mut self, tree: &Tree) -> Vec<(Path, Test)> {
        let entries: &[Entry] = tree.get("when").map_or(&[][..], Tree::entries);
        entries
            .iter()
            .map(|entry| {
                let (outer, rest) =
                    entry.key.strip_prefix('^').map_or((false, &*entry.key), |rest| (true, rest));
                let steps =
                    if rest == "." { Vec::new() } else { rest.split('.').map(str::to_owned).collect() };
                let test = match &entry.value.kind {
                    document::Kind::List(items) => {
                        Test::In(items.iter().map(|item| self.text(item)).collect())
                    }
                    _ => match &*self.text(&entry.value) {
                        "set" => Test::Set,
                        "unset" => Test::Unset,
                        text => Test::In(vec![text.to_owned()]),
                    },
                };
                (Path { outer, steps }, test)
            })
            .collect()
    }

    fn source(&mut self, tree: &Tree) -> Source {
        let plain = |head| Source {
            head,
            default: None,
            values: Vec::new(),
            when: Vec::new(),
            form: None,
            times: None,
            prefix: String::new(),
            suffix: String::new(),
        };
        if tree.text().is_some() {
            return plain(Head::From(self.path(tree)));
        }
        self.keys(tree, &[&HEADS[..], &REST[..]].concat());
        let heads: Vec<&str> = HEADS.into_iter().filter(|head| tree.get(head).is_some()).collect();
        let [head] = heads.as_slice() else {
            self.fault(
                tree.span,
                "one of from, const, self, block, each, list, concat, first, pairs, entries",
            );
            return plain(Head::Const(Value::Null));
        };
        let at = tree.get(head).unwrap_or(tree);
        let many = |this: &mut Self| at.items().iter().map(|item| this.source(item)).collect::<Vec<_>>();
        let mut made = plain(match *head {
            "from" => Head::From(self.path(at)),
            "const" => Head::Const(value(at)),
            "self" => {
                let name = self.text(at);
                Head::Itself((name != "Ref").then_some(name))
            }
            "block" => Head::Block(self.path(at), self.fill(tree)),
            "each" => match tree.get("item") {
                Some(item) => Head::Items(self.path(at), Box::new(self.source(item))),
                None => Head::Each(self.path(at), self.fill(tree), self.sources(tree.get("over"))),
            },
            "list" => Head::List(many(self)),
            "concat" => Head::Concat(many(self)),
            "first" => Head::First(many(self)),
            "pairs" => {
                let names: Vec<String> =
                    tree.get("names").map_or(&[][..], Tree::items).iter().map(|t| self.text(t)).collect();
                let names = match names.as_slice() {
                    [key, value] => [key.clone(), value.clone()],
                    _ => ["Key".to_owned(), "Value".to_owned()],
                };
                Head::Pairs(self.sources(Some(at)), names)
            }
            _ => {
                let key = tree.get("key").map(|key| self.path(key)).unwrap_or_default();
                let value = match tree.get("value") {
                    Some(value) => self.source(value),
                    None => plain(Head::From(Path::default())),
                };
                Head::Entries(self.path(at), key, Box::new(value))
            }
        });
        made.default = tree.get("default").map(value);
        made.values = tree
            .get("values")
            .map_or(&[][..], Tree::entries)
            .iter()
            .map(|entry| (entry.key.to_string(), value(&entry.value)))
            .collect();
        made.when = self.when(tree);
        made.form = tree.get("as").and_then(|tree| {
            let form = match &*self.text(tree) {
                "text" => Form::Text,
                "json" => Form::Json,
                "tags" => Form::Tags,
                "lower" => Form::Lower,
                "upper" => Form::Upper,
                "list" => Form::List,
                _ => {
                    self.fault(tree.span, "one of text, json, tags, lower, upper, list");
                    return None;
                }
            };
            Some(form)
        });
        if let Some(tree) = tree.get("times") {
            made.times = self.text(tree).parse().ok();
            if made.times.is_none() {
                self.fault(tree.span, "a number is expected");
            }
        }
        made.prefix = tree.get("prefix").map(|tree| self.text(tree)).unwrap_or_default();
        made.suffix = tree.get("suffix").map(|tree| self.text(tree)).unwrap_or_default();
        made
    }

    fn case(&mut self, tree: &Tree) -> Option<Case> {
        self.keys(tree, &["name", "terraform", "expect"]);
        let name = tree.get("name").map(|tree| self.text(tree)).unwrap_or_default();
        let Some(terraform) = tree.get("terraform").map(|tree| self.text(tree)) else {
            self.fault(tree.span, "a test needs `terraform`");
            return None;
        };
        let mut expect = Vec::new();
        for entry in tree.get("expect").map_or(&[][..], Tree::entries) {
            self.keys(&entry.value, &["type", "properties"]);
            let type_name = entry.value.get("type").map(|tree| self.text(tree)).unwrap_or_default();
            let empty = Tree { kind: document::Kind::Map(Vec::new()), span: entry.value.span, tag: None };
            let properties = entry.value.get("properties").cloned().unwrap_or(empty);
            expect.push((entry.key.to_string(), type_name, properties));
        }
        Some(Case { name, line: tree.span.line, terraform, expect })
    }
}

/// The keys of which a source has exactly one.
const HEADS: [&str; 10] =
    ["from", "const", "self", "block", "each", "list", "concat", "first", "pairs", "entries"];
/// The keys that may stand beside it.
const REST: [&str; 14] = [
    "default", "values", "when", "as", "times", "prefix", "suffix", "same", "set", "over", "item", "names",
    "key", "value",
];

/// A value as it is written.
fn value(tree: &Tree) -> Value {
    match &tree.kind {
        document::Kind::Scalar(scalar) => scalar.value(),
        document::Kind::List(items) => {
            Value::List(Box::new(items.iter().map(|item| Node::of(value(item))).collect()))
        }
        document::Kind::Map(entries) => Value::Map(Box::new(
            entries.iter().map(|entry| (entry.key.clone(), Node::of(value(&entry.value)))).collect(),
        )),
        document::Kind::Damaged => Value::Null,
    }
}
