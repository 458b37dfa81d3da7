//! The tests inside a control file.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use document::{Kind as TreeKind, Tree};
use estate::catalogue::Catalogue;
use estate::estate::Estate;
use estate::normalise;
use estate::resource::{Origin, Resource};
use estate::value::{Kind, List, Map, Node, Reason, Span, Unknown, Value};
use finding::report::Outcome;
use jiff::Timestamp;
use template::Loaded;
use template::discover::Input;

use crate::builtin;
use crate::file::{Control, Fault, Reader};
use crate::functions::Policies;
use crate::judge::{Judge, Judgement, Setting};
use crate::value::V;

/// A test of a control.
#[derive(Debug)]
pub struct Case {
    /// Its name.
    pub name: Arc<str>,
    /// Where it stands in the file.
    pub span: Span,
    /// Whether it looks like the fault and is not.
    pub near_miss: bool,
    /// What is judged.
    given: Given,
    /// What is expected.
    pub expect: Expect,
    /// A piece of the expected message.
    message: Option<Arc<str>>,
    parameters: HashMap<Arc<str>, V<'static>>,
    now: Option<Timestamp>,
}

/// What a test expects.
#[derive(Debug)]
pub enum Expect {
    /// The worst verdict.
    Worst(Outcome),
    /// The verdict of each resource by its id.
    Each(BTreeMap<Arc<str>, Outcome>),
}

#[derive(Debug)]
enum Given {
    Resources(Vec<Resource>),
    CloudFormation(Arc<str>),
    Terraform(Arc<str>),
}

/// Reads the text of a file of Terraform code. Given from outside: this crate knows templates only.
pub type Terraform = fn(&str) -> Loaded;

/// What a case finds of each resource, by address.
pub type Found = BTreeMap<Arc<str>, Vec<Judgement>>;

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcomes {
    /// As expected.
    Passed,
    /// Otherwise, and how.
    Failed(String),
}

// A case is judged at this time unless it says another: tests must not change with the calendar.
const NOW: &str = "2026-01-01T00:00:00Z";

/// The cases of a control; faults in them are listed.
pub fn parse(control: &Control) -> Result<Vec<Case>, Vec<Fault>> {
    let mut reader = Reader::new(&control.path);
    let items = control.tests.as_ref().map_or(&[][..], Tree::items);
    let cases: Vec<Case> = items.iter().filter_map(|item| reader.case(item, control)).collect();
    if reader.faults.is_empty() { Ok(cases) } else { Err(reader.faults) }
}

impl Reader {
    fn case(&mut self, tree: &Tree, control: &Control) -> Option<Case> {
        const KEYS: [&str; 12] = [
            "name",
            "resource",
            "type",
            "estate",
            "template",
            "expect",
            "params",
            "now",
            "account",
            "region",
            "message",
            "near_miss",
        ];
        self.keys(tree.entries(), &KEYS);
        let name = self.required(tree, "name").and_then(|tree| self.text(tree))?;
        let given = self.given(tree, control)?;
        let expect = self.required(tree, "expect").and_then(|tree| self.expect(tree))?;
        let mut parameters = HashMap::new();
        for entry in tree.get("params").map_or(&[][..], Tree::entries) {
            match control.parameters.iter().find(|parameter| parameter.name == entry.key) {
                None => self.fault(entry.key_span, format!("no parameter `{}` in this control", entry.key)),
                Some(parameter) => match parameter.value(&entry.value) {
                    Ok(value) => {
                        parameters.insert(entry.key.clone(), value);
                    }
                    Err(message) => self.fault(entry.value.span, message),
                },
            }
        }
        let now = tree.get("now").and_then(|tree| {
            let time = tree.text().and_then(|text| crate::functions::parse_time(text));
            if time.is_none() {
                self.fault(tree.span, "`now` is a timestamp (RFC 3339)");
            }
            time
        });
        Some(Case {
            name: name.text,
            span: name.span,
            near_miss: tree.get("near_miss").and_then(Tree::text).is_some_and(|text| &**text == "true"),
            given,
            expect,
            message: tree.get("message").and_then(Tree::text).cloned(),
            parameters,
            now,
        })
    }

    fn given(&mut self, tree: &Tree, control: &Control) -> Option<Given> {
        let first = control.types.first()?;
        let type_name = tree.get("type").and_then(Tree::text).unwrap_or(first);
        let place = |key: &str| tree.get(key).and_then(Tree::text).cloned();
        let mut resources = Vec::new();
        match (tree.get("resource"), tree.get("estate"), tree.get("template")) {
            (Some(properties), None, None) => {
                resources.push(self.resource(type_name, "Subject", properties, tree.span));
            }
            (None, Some(list), None) => {
                for item in list.items() {
                    self.keys(
                        item.entries(),
                        &[
                            "type",
                            "id",
                            "properties",
                            "deletion_policy",
                            "update_replace_policy",
                            "account",
                            "region",
                        ],
                    );
                    let type_name = item.get("type").and_then(Tree::text).unwrap_or(first).clone();
                    let id =
                        item.get("id").and_then(Tree::text).cloned().unwrap_or_else(|| Arc::from("Subject"));
                    let empty = Tree { kind: TreeKind::Map(Vec::new()), span: item.span, tag: None };
                    let properties = item.get("properties").unwrap_or(&empty);
                    let mut resource = self.resource(&type_name, &id, properties, item.span);
                    let node = |key: &str| item.get(key).map(|tree| Box::new(node(tree)));
                    resource.deletion_policy = node("deletion_policy");
                    resource.update_replace_policy = node("update_replace_policy");
                    resource.account = item.get("account").and_then(Tree::text).cloned();
                    resource.region = item.get("region").and_then(Tree::text).cloned();
                    resources.push(resource);
                }
            }
            (None, None, Some(template)) => {
                self.keys(template.entries(), &["cloudformation", "terraform"]);
                if let Some(text) = template.get("terraform") {
                    return self.text(text).map(|text| Given::Terraform(text.text));
                }
                let text = self.required(template, "cloudformation").and_then(|tree| self.text(tree))?;
                return Some(Given::CloudFormation(text.text));
            }
            _ => {
                self.fault(
                    Span { height: 0, ..tree.span },
                    "a test has one of `resource`, `estate` or `template`",
                );
                return None;
            }
        }
        for resource in &mut resources {
            resource.account = resource.account.take().or_else(|| place("account"));
            resource.region = resource.region.take().or_else(|| place("region"));
        }
        Some(Given::Resources(resources))
    }

    fn resource(&mut self, type_name: &Arc<str>, id: &str, properties: &Tree, span: Span) -> Resource {
        let key = Arc::from(format!("test#{id}"));
        let mut resource = Resource::new(type_name.clone(), key, Arc::from(id));
        resource.origin = Origin { name: span, body: span, ..Origin::default() };
        let info = Catalogue::builtin().get(type_name);
        if info.is_none() && (type_name.starts_with("AWS::") || type_name.starts_with("Palisade::")) {
            self.fault(span, format!("no type `{type_name}`"));
        }
        match node(properties).value {
            Value::Map(map) => resource.properties = *map,
            Value::Null => {}
            Value::Unknown(unknown) => resource.properties.rest = Some(unknown),
            _ => self.fault(properties.span, format!("properties are a map, found {}", properties.noun())),
        }
        if let Some(info) = info {
            self.known_properties(info, properties);
            normalise::properties(info, &mut resource.properties);
        }
        resource
    }

    /// A mistyped property in a test would make it prove nothing.
    fn known_properties(&mut self, info: &'static estate::catalogue::TypeInfo, properties: &Tree) {
        for entry in properties.entries() {
            let special = matches!(&*entry.key, "unknown" | "ref" | "partly" | "attribute");
            if !special && info.root().property(&entry.key).is_none() && !info.root().open {
                let names = info.root().properties.iter().map(|property| property.name.as_str());
                let near = estate::catalogue::nearest(&entry.key, names);
                let hint = near.map(|near| format!("did you mean `{near}`?"));
                self.hinted(entry.key_span, format!("no property `{}` on {}", entry.key, info.name), hint);
            }
        }
    }

    fn expect(&mut self, tree: &Tree) -> Option<Expect> {
        let outcome = |tree: &Tree| tree.text().and_then(|text| Outcome::parse(text));
        let expect = match &tree.kind {
            TreeKind::Map(entries) => entries
                .iter()
                .map(|entry| Some((entry.key.clone(), outcome(&entry.value)?)))
                .collect::<Option<_>>()
                .map(Expect::Each),
            _ => outcome(tree).map(Expect::Worst),
        };
        if expect.is_none() {
            self.fault(tree.span, "`expect` is pass, fail, unknown or skip, or a map of ids to them");
        }
        expect
    }
}

/// A value as a test writes it, without its special forms.
pub(crate) fn plain(tree: &Tree) -> Value {
    node(tree).value
}

/// A value as a test writes it: `{ unknown: … }`, `{ ref: Id }` and `{ partly: […] }` stand for what they say.
fn node(tree: &Tree) -> Node {
    let value = match &tree.kind {
        TreeKind::Scalar(scalar) => scalar.value(),
        TreeKind::List(items) => Value::List(Box::new(items.iter().map(node).collect())),
        TreeKind::Map(entries) => special(tree).unwrap_or_else(|| {
            Value::Map(Box::new(
                entries.iter().map(|entry| (entry.key.clone(), node(&entry.value))).collect::<Map>(),
            ))
        }),
        TreeKind::Damaged => Value::Null,
    };
    Node { value, span: tree.span }
}

fn special(tree: &Tree) -> Option<Value> {
    let text = |key: &str| tree.get(key).and_then(Tree::text);
    match tree.entries().len() {
        1 if tree.get("unknown").is_some() => Some(Value::Unknown(unknown(text("unknown")?))),
        1 | 2
            if tree.get("ref").is_some()
                && (tree.entries().len() == 1 || tree.get("attribute").is_some()) =>
        {
            let target = Arc::from(format!("test#{}", text("ref")?));
            let reason = Reason::Reference { target, attribute: text("attribute").cloned() };
            Some(Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Text })))
        }
        1 | 2 if tree.get("partly").is_some() => {
            let rest = text("unknown").map_or_else(|| unknown(&Arc::from("there may be more")), unknown);
            match &tree.get("partly")?.kind {
                TreeKind::List(items) => Some(Value::List(Box::new(List {
                    items: items.iter().map(node).collect(),
                    rest: Some(rest),
                }))),
                TreeKind::Map(entries) => Some(Value::Map(Box::new(Map {
                    entries: entries.iter().map(|entry| (entry.key.clone(), node(&entry.value))).collect(),
                    rest: Some(rest),
                }))),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A parameter is there whatever its value; nothing is known of anything else.
fn unknown(reason: &Arc<str>) -> Arc<Unknown> {
    let (reason, kind) = match reason.strip_prefix("parameter ") {
        Some(name) => (Reason::Parameter { name: Arc::from(name), scope: Arc::from("test") }, Kind::Present),
        None => (Reason::Stated(reason.clone()), Kind::Any),
    };
    Arc::new(Unknown { reason, kind })
}

struct NoFiles;

impl template::Files for NoFiles {
    fn read(&self, _: &Path) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

struct OneFile<'t>(&'t str);

impl template::Files for OneFile<'_> {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        if path == Path::new("test.yaml") { Ok(self.0.as_bytes().to_vec()) } else { NoFiles.read(path) }
    }
}

impl Case {
    /// Runs the case. `file` is the text of the control's file.
    ///
    /// # Errors
    ///
    /// The faults of the control where it cannot be compiled.
    pub fn run(
        &self,
        control: &Arc<Control>,
        file: &str,
        terraform: Terraform,
    ) -> Result<Outcomes, Vec<Fault>> {
        match self.estate(control, terraform) {
            Ok(estate) => Ok(self.compare(&self.judge(control, file, &estate)?)),
            Err(message) => Ok(Outcomes::Failed(message)),
        }
    }

    /// What the case is about.
    ///
    /// # Errors
    ///
    /// What is wrong with its template.
    pub fn estate(&self, control: &Control, terraform: Terraform) -> Result<Estate, String> {
        let (loaded, of) = match &self.given {
            Given::Resources(resources) => {
                return Ok(Estate::new(vec![control.path.clone()], resources.clone(), Vec::new()));
            }
            Given::CloudFormation(text) => {
                let input =
                    Input { path: PathBuf::from("test.yaml"), named: true, account: None, region: None };
                (template::load(&OneFile(text), &[input], &template::Settings::default()), "template")
            }
            Given::Terraform(text) => (terraform(text), "code"),
        };
        match loaded.diagnostics.first() {
            Some(problem) => Err(format!("the {of}: line {}: {}", problem.span.line, problem.message)),
            None => Ok(Estate::new(loaded.files, loaded.resources, loaded.gaps)),
        }
    }

    /// Whether it is told in Terraform's words.
    pub fn is_terraform(&self) -> bool {
        matches!(self.given, Given::Terraform(_))
    }

    /// What the control finds in an estate, with the parameters and at the time of the case.
    ///
    /// # Errors
    ///
    /// The faults of the control where it cannot be compiled.
    pub fn judge(&self, control: &Arc<Control>, file: &str, estate: &Estate) -> Result<Found, Vec<Fault>> {
        let now = self.now.or_else(|| crate::functions::parse_time(NOW)).unwrap_or(Timestamp::UNIX_EPOCH);
        let setting = Setting { now, closed_world: true, tables: builtin::tables().clone() };
        let mut found = Found::new();
        for type_name in &control.types {
            let judge = Judge::compile(control, type_name, file, &self.parameters)?;
            for &id in estate.of_type(type_name) {
                let verdicts = judge.judge(estate, id, &setting, &Policies::default()).verdicts(estate, id);
                found.insert(estate.get(id).address.clone(), verdicts);
            }
        }
        Ok(found)
    }

    fn compare(&self, by_resource: &Found) -> Outcomes {
        let worst = |judgements: &[Judgement]| judgements.iter().map(|judgement| judgement.outcome).min();
        let all: Vec<Judgement> = by_resource.values().flatten().cloned().collect();
        match &self.expect {
            Expect::Worst(expected) => match worst(&all) {
                None => {
                    return Outcomes::Failed(
                        "nothing was judged: no resource of the control's type".to_owned(),
                    );
                }
                Some(got) if got != *expected => return Outcomes::Failed(differs(*expected, got, &all)),
                Some(_) => {}
            },
            Expect::Each(expected) => {
                for (id, expected) in expected {
                    let judgements = by_resource.get(id).map_or(&[][..], Vec::as_slice);
                    match worst(judgements) {
                        None => return Outcomes::Failed(format!("`{id}` was not judged")),
                        Some(got) if got != *expected => {
                            return Outcomes::Failed(format!(
                                "`{id}`: {}",
                                differs(*expected, got, judgements)
                            ));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        let Some(wanted) = &self.message else { return Outcomes::Passed };
        if all.iter().any(|judgement| judgement.message.contains(&**wanted)) {
            return Outcomes::Passed;
        }
        let messages: Vec<&str> = all.iter().map(|judgement| judgement.message.as_str()).collect();
        Outcomes::Failed(format!("no message holds `{wanted}`: {}", messages.join(" / ")))
    }
}

fn differs(expected: Outcome, got: Outcome, judgements: &[Judgement]) -> String {
    let mut text = format!("expected {}, got {}", expected.word(), got.word());
    if let Some(judgement) = judgements.iter().find(|judgement| judgement.outcome == got) {
        if !judgement.message.is_empty() {
            text = format!("{text}: {}", judgement.message);
        }
        let reasons: Vec<String> = judgement.why.0.iter().map(|unknown| unknown.reason.to_string()).collect();
        if !reasons.is_empty() {
            text = format!("{text} ({})", reasons.join("; "));
        }
    }
    text
}

/// What a control's cases leave out: the words of those that are missing.
pub fn missing(cases: &[Case]) -> Vec<&'static str> {
    let has = |outcome: Outcome| {
        cases.iter().any(|case| match &case.expect {
            Expect::Worst(expected) => *expected == outcome,
            Expect::Each(expected) => expected.values().any(|expected| *expected == outcome),
        })
    };
    let mut missing = Vec::new();
    for (outcome, word) in [(Outcome::Pass, "pass"), (Outcome::Fail, "fail"), (Outcome::Unknown, "unknown")] {
        if !has(outcome) {
            missing.push(word);
        }
    }
    if !cases.iter().any(|case| case.near_miss) {
        missing.push("near miss");
    }
    missing
}
