//! CloudFormation's functions, one inside the other: bytes become a tree of calls in a fixed template.
//!
//! Each byte is a letter of [`Decoder::tree`]; what a letter needs follows it, and a text that ends too early goes on
//! with plain texts. So every input is a template that reads, and accidents change what it means.
//!
//! The template has a parameter without a value. What is known without it must be the same whatever it is given.

use serde_json::{Map, Value as Json, json};
use template::{Loaded, Settings};

use estate::value::{FileId, Value};

use crate::{check, memory};

const NAME: &str = "template.json";

/// What the open parameter is given.
const FILLINGS: [&str; 4] = ["prod", "dev", "a,b", ""];

// Limit: levels of maps and lists that the tree may add to those of the template. The reader stops at 100.
const LEVELS_MAX: usize = 84;

/// The levels that one call takes at most: `{f: [x, {k: …}]}`.
const CALL_LEVELS: usize = 3;

// Limit: calls and values in a tree. One that is evaluated twice at each level doubles with each.
const NODES_MAX: usize = 2_000;

const NAMES: [&str; 10] = [
    "Open",
    "Env",
    "List",
    "Other",
    "Subject",
    "AWS::Region",
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::Partition",
    "Nothing",
];
const ATTRIBUTES: [&str; 5] = ["CidrBlock", "VpcId", "Arn", "Tags", "Nothing.Deep"];
const CONDITIONS: [&str; 6] = ["Undecided", "Decided", "Never", "Both", "Itself", "Nothing"];
const TEXTS: [&str; 12] = [
    "",
    "prod",
    "a,b,c",
    "10.0.0.0/16",
    "${Open}",
    "a-${Env}-${Other.CidrBlock}",
    "${a}${a}",
    "${!Literal} ${",
    "${AWS::Region}",
    "{{resolve:ssm:/a}}",
    "${Nothing.Deep}",
    "${Open}{{resolve:",
];

pub(crate) fn run(input: &[u8]) {
    let template = template(Decoder { bytes: input, at: 0, nodes: 0 }.tree(LEVELS_MAX));
    let bytes = template.to_string().into_bytes();
    let document = document::read(FileId(0), NAME, &bytes);
    assert!(document.complete, "the tree does not read: {:?}", check::first_cut(&document));
    let open = load(&bytes, &Settings::default());
    if memory::is_too_much(&open) {
        return;
    }
    check::same_loaded(&open, &load(&bytes, &Settings::default()));
    let without = told(&open);
    for filling in FILLINGS {
        let settings = Settings {
            parameters: [("Open".to_owned(), filling.to_owned())].into(),
            account: Some("111122223333".into()),
            region: Some("eu-west-1".into()),
        };
        let with = told(&load(&bytes, &settings));
        if let (Some(without), Some(with)) = (&without, &with) {
            assert_eq!(without, with, "decided without `Open`, and otherwise with `{filling}`");
        }
    }
}

fn load(bytes: &[u8], settings: &Settings) -> Loaded {
    let loaded = memory::load(NAME, bytes, settings);
    check::loaded(&loaded);
    assert_eq!(loaded.templates, 1, "the template is not taken for one");
    loaded
}

fn template(tree: Json) -> Json {
    let mut template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {
            "Open": { "Type": "String" },
            "Env": { "Type": "String", "Default": "prod" },
            "List": { "Type": "CommaDelimitedList", "Default": "a,b,c" },
        },
        "Mappings": { "Sizes": { "prod": { "A": "3", "B": ["a", "b"] }, "dev": { "A": "1", "B": [] } } },
        "Conditions": {
            "Undecided": { "Fn::Equals": [{ "Ref": "Open" }, "prod"] },
            "Decided": { "Fn::Equals": [{ "Ref": "Env" }, "prod"] },
            "Never": { "Fn::Not": [{ "Condition": "Decided" }] },
            "Both": { "Fn::And": [{ "Condition": "Undecided" }, { "Condition": "Decided" }] },
            "Itself": { "Fn::Or": [{ "Condition": "Itself" }, { "Condition": "Never" }] },
        },
        "Resources": {
            "Other": { "Type": "AWS::EC2::VPC", "Properties": { "CidrBlock": "10.0.0.0/16" } },
            "Subject": { "Type": "Custom::Thing", "Properties": {} },
        },
    });
    // Put in last, by moving it: `json!` would copy the tree.
    template["Resources"]["Subject"]["Properties"]["Value"] = tree;
    template
}

/// What is told of the tree: its value or its absence, or nothing where any part of it is unknown.
fn told(loaded: &Loaded) -> Option<Json> {
    let subject = loaded.resources.iter().find(|resource| &*resource.address == "Subject")?;
    if subject.properties.rest.is_some() {
        return None;
    }
    match subject.properties.get("Value") {
        None => Some(json!("absent")),
        Some(node) => plain(&node.value).map(|value| json!({ "value": value })),
    }
}

/// A value without its positions; `None` where any part of it is unknown.
fn plain(value: &Value) -> Option<Json> {
    match value {
        Value::Null => Some(Json::Null),
        Value::Bool(b) => Some(Json::from(*b)),
        Value::Int(i) => Some(Json::from(*i)),
        Value::Double(d) => Some(Json::from(*d)),
        Value::Text(text) => Some(Json::from(&**text)),
        Value::List(list) if list.rest.is_none() => {
            list.items.iter().map(|item| plain(&item.value)).collect::<Option<Vec<_>>>().map(Json::Array)
        }
        Value::Map(map) if map.rest.is_none() => {
            let entry = |(key, node): &(std::sync::Arc<str>, estate::value::Node)| {
                plain(&node.value).map(|value| (key.to_string(), value))
            };
            map.entries.iter().map(entry).collect::<Option<Map<_, _>>>().map(Json::Object)
        }
        Value::List(_) | Value::Map(_) | Value::Partial(_) | Value::Choice(_) | Value::Unknown(_) => None,
    }
}

/// Reads letters.
struct Decoder<'b> {
    bytes: &'b [u8],
    at: usize,
    nodes: usize,
}

impl Decoder<'_> {
    fn next(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(b'0');
        self.at += 1;
        byte
    }

    /// One of several texts: a digit is its number, so that the corpus can be read.
    fn pick(&mut self, texts: &[&str]) -> Json {
        let byte = self.next();
        let at = if byte.is_ascii_digit() { byte - b'0' } else { byte };
        Json::from(texts[usize::from(at) % texts.len()])
    }

    /// As many trees as the next byte says.
    fn list(&mut self, room: usize) -> Json {
        let count = self.next() % 8;
        Json::Array((0..count).map(|_| self.tree(room)).collect())
    }

    fn two(&mut self, room: usize) -> Json {
        Json::Array(vec![self.tree(room), self.tree(room)])
    }

    /// The tree that the next letters spell, with room for so many levels.
    fn tree(&mut self, room: usize) -> Json {
        self.nodes += 1;
        if self.nodes > NODES_MAX || room < CALL_LEVELS || self.at >= self.bytes.len() {
            return Json::from("end");
        }
        let room = room - CALL_LEVELS;
        match self.next() {
            b'r' => call("Ref", self.pick(&NAMES)),
            b'R' => call("Ref", self.tree(room)),
            b'g' => call("Fn::GetAtt", Json::Array(vec![self.pick(&NAMES), self.pick(&ATTRIBUTES)])),
            b'G' => call("Fn::GetAtt", self.two(room)),
            b's' => call("Fn::Sub", self.pick(&TEXTS)),
            b'S' => call("Fn::Sub", Json::Array(vec![self.pick(&TEXTS), call("a", self.tree(room))])),
            b'j' => call("Fn::Join", Json::Array(vec![self.pick(&["-", "", ","]), self.list(room)])),
            b'J' => call("Fn::Join", self.two(room)),
            b'e' => call("Fn::Select", Json::Array(vec![self.pick(&["0", "1", "2", "x"]), self.tree(room)])),
            b'E' => call("Fn::Select", self.two(room)),
            b'p' => call("Fn::Split", Json::Array(vec![self.pick(&[",", "-", ""]), self.tree(room)])),
            b'f' => {
                let condition = self.pick(&CONDITIONS);
                call("Fn::If", Json::Array(vec![condition, self.tree(room), self.tree(room)]))
            }
            b'F' => call("Fn::If", Json::Array(vec![self.tree(room), self.tree(room), self.tree(room)])),
            b'm' => call(
                "Fn::FindInMap",
                Json::Array(vec![Json::from("Sizes"), self.tree(room), self.tree(room)]),
            ),
            b'M' => {
                let (name, first, second) = (self.tree(room), self.tree(room), self.tree(room));
                let default = call("DefaultValue", self.tree(room));
                call("Fn::FindInMap", Json::Array(vec![name, first, second, default]))
            }
            b'c' => call("Fn::Cidr", Json::Array(vec![self.tree(room), self.tree(room), self.tree(room)])),
            b'b' => call("Fn::Base64", self.tree(room)),
            b'z' => call("Fn::GetAZs", self.tree(room)),
            b'i' => call("Fn::ImportValue", self.tree(room)),
            b'l' => call("Fn::Length", self.tree(room)),
            b'o' => call("Fn::ToJsonString", self.tree(room)),
            b't' => {
                json!({ "Fn::Transform": { "Name": "AWS::Include", "Parameters": { "Location": "snippet.yaml" } } })
            }
            b'q' => call("Fn::Equals", self.two(room)),
            b'n' => call("Fn::Not", Json::Array(vec![self.tree(room)])),
            b'a' => call("Fn::And", self.list(room)),
            b'x' => call("Fn::Or", self.list(room)),
            b'C' => call("Condition", self.pick(&CONDITIONS)),
            b'[' => self.list(room),
            b'{' => {
                let count = self.next() % 6;
                let entries = (0..count).map(|i| (format!("k{i}"), self.tree(room)));
                Json::Object(entries.collect())
            }
            b'L' => self.in_loop(room),
            b'#' => Json::from(i64::from(self.next()) - i64::from(b'0')),
            b'N' => Json::Null,
            b'T' => Json::Bool(true),
            b'"' => self.pick(&TEXTS),
            byte => Json::from(char::from(byte).to_string()),
        }
    }

    /// A loop in a map: a variable, what it runs over, and one entry.
    fn in_loop(&mut self, room: usize) -> Json {
        let collection = self.tree(room);
        let body = call("Key${Item}", self.tree(room));
        call("Fn::ForEach::Each", Json::Array(vec![Json::from("Item"), collection, body]))
    }
}

/// A map with one key: how JSON writes a call.
fn call(name: &str, argument: Json) -> Json {
    let mut map = Map::new();
    map.insert(name.to_owned(), argument);
    Json::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(letters: &str) -> Json {
        Decoder { bytes: letters.as_bytes(), at: 0, nodes: 0 }.tree(LEVELS_MAX)
    }

    #[test]
    fn letters_spell_calls() {
        assert_eq!(tree("f0r0[2Ay"), json!({ "Fn::If": ["Undecided", { "Ref": "Open" }, ["A", "y"]] }));
        assert_eq!(tree(""), json!("end"));
        assert_eq!(tree("j02AB"), json!({ "Fn::Join": ["-", ["A", "B"]] }));
        assert_eq!(tree("j0"), json!({ "Fn::Join": ["-", []] }));
    }

    #[test]
    fn what_is_known_is_told_and_what_is_not_is_not() {
        let told_of = |letters: &str| {
            let bytes = template(tree(letters)).to_string().into_bytes();
            told(&load(&bytes, &Settings::default()))
        };
        assert_eq!(told_of("r1"), Some(json!({ "value": "prod" })));
        assert_eq!(told_of("r7"), Some(json!("absent")));
        assert_eq!(told_of("r0"), None);
    }

    /// Every call of one small argument, alone and compared with every argument: what mutations find by luck only.
    #[test]
    fn what_is_decided_about_small_trees_holds_for_every_filling() {
        let arguments =
            ["A", "r0", "r7", "f0AB", "f0r7A", "j12Ar0", "[2f0r7AB", "[1f0AB", "{1r0", "p0r0", "N"];
        let calls =
            ["", "R", "S4", "b", "i", "l", "o", "n", "j01", "a1", "x1", "p0", "e0", "e1", "m\"1", "mA", "F"];
        for call in calls {
            for argument in arguments {
                run(format!("{call}{argument}").as_bytes());
                for other in arguments {
                    run(format!("q{call}{argument}{other}").as_bytes());
                    run(format!("q{call}{argument}{call}{other}").as_bytes());
                }
            }
        }
    }
}
