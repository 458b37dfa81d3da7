//! The type that the expressions judge, and values for its properties.
//!
//! A type of our own rather than one of AWS's: it has every kind of property side by side, and no new release of
//! the schemas changes what a seed stands for.

use std::sync::{Arc, OnceLock};

use estate::catalogue::{Kinds, Property, Shape, ShapeId, TypeInfo};
use estate::value::{Map, Node, Value};

use crate::concrete::{Concrete, Entry};
use crate::random::Random;

/// The type's name.
pub(crate) const TYPE: &str = "Test::Sound::Thing";

/// The properties' names.
pub(crate) const NAMES: [&str; 12] = [
    "Count",
    "Enabled",
    "Engine",
    "Free",
    "Labels",
    "Name",
    "Names",
    "Numbers",
    "Ratio",
    "Retention",
    "Rules",
    "Settings",
];

/// The default of `Retention`.
pub(crate) const RETENTION: i64 = 7;

// Few values, so that they meet: an equality that never holds tests little.

/// Texts; one has a character of two bytes, one a wildcard.
pub(crate) const TEXTS: [&str; 11] = ["", "a", "b", "ab", "ba", "aab", "A", "Ab", "é", "a*", "tcp"];

/// Ranges of addresses, an address, and what is neither.
pub(crate) const RANGES: [&str; 11] = [
    "0.0.0.0/0",
    "128.0.0.0/1",
    "10.0.0.0/7",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.3",
    "10.0.0.0/33",
    "::/0",
    "2000::/15",
    "2001:db8::/32",
    "",
];

/// Protocols as rules have them.
pub(crate) const PROTOCOLS: [&str; 7] = ["tcp", "udp", "icmp", "-1", "all", "6", "TCP"];

/// Whole numbers.
pub(crate) const INTS: [i64; 8] = [-1, 0, 1, 2, 3, 7, 22, 443];

/// Ports; -1 means all.
pub(crate) const PORTS: [i64; 6] = [-1, 0, 22, 80, 443, 65_535];

/// Other numbers, some of them whole.
pub(crate) const DOUBLES: [f64; 5] = [0.0, 0.5, 1.0, 1.5, 7.0];

/// Keys of maps.
pub(crate) const KEYS: [&str; 3] = ["a", "b", "c"];

const TEXT: ShapeId = 1;
const INT: ShapeId = 2;
const BOOL: ShapeId = 3;
const NUMBER: ShapeId = 4;
const FREE: ShapeId = 5;
const LABELS: ShapeId = 6;
const LIST_OF_TEXTS: ShapeId = 7;
const LIST_OF_NUMBERS: ShapeId = 8;
const RULE: ShapeId = 9;
const LIST_OF_RULES: ShapeId = 10;
const SETTINGS: ShapeId = 11;

/// The type.
pub(crate) fn info() -> &'static TypeInfo {
    static INFO: OnceLock<TypeInfo> = OnceLock::new();
    INFO.get_or_init(|| {
        let mut info = TypeInfo::new(TYPE);
        // In the order of the constants above.
        info.shapes = vec![
            root(),
            plain(Kinds::TEXT),
            plain(Kinds::INT),
            plain(Kinds::BOOL),
            plain(Kinds::NUMBER),
            Shape::default(),
            Shape { others: Some(TEXT), ..plain(Kinds::MAP) },
            list(TEXT),
            list(NUMBER),
            object(vec![
                property("CidrIp", TEXT),
                property("FromPort", INT),
                property("IpProtocol", TEXT),
                property("ToPort", INT),
            ]),
            list(RULE),
            object(vec![property("Level", INT), property("Mode", TEXT), property("On", BOOL)]),
        ];
        info
    })
}

fn root() -> Shape {
    object(vec![
        property("Count", INT),
        property("Enabled", BOOL),
        // Required, so that its absence reaches functions that the checker keeps null from.
        Property { required: true, ..property("Engine", TEXT) },
        property("Free", FREE),
        property("Labels", LABELS),
        property("Name", TEXT),
        property("Names", LIST_OF_TEXTS),
        property("Numbers", LIST_OF_NUMBERS),
        property("Ratio", NUMBER),
        Property {
            default_json: Some(RETENTION.to_string()),
            default: Some(Box::new(Node::of(Value::Int(RETENTION)))),
            ..property("Retention", INT)
        },
        property("Rules", LIST_OF_RULES),
        property("Settings", SETTINGS),
    ])
}

fn plain(kinds: Kinds) -> Shape {
    Shape { kinds, ..Shape::default() }
}

fn list(items: ShapeId) -> Shape {
    Shape { items: Some(items), ..plain(Kinds::LIST) }
}

/// A map with these properties. They must be in order of their names.
fn object(properties: Vec<Property>) -> Shape {
    Shape { properties, ..plain(Kinds::MAP) }
}

fn property(name: &str, shape: ShapeId) -> Property {
    Property {
        name: name.to_owned(),
        shape,
        required: false,
        read_only: false,
        default_json: None,
        default: None,
    }
}

/// The properties as a resource holds them.
pub(crate) fn map(properties: &[Entry]) -> Map {
    properties.iter().map(|(name, value)| (Arc::from(*name), value.node())).collect()
}

/// Values for the properties: mostly of their types, sometimes absent, null, or of another type, because that is
/// what templates hold.
pub(crate) fn properties(random: &mut Random) -> Vec<Entry> {
    let mut properties = Vec::new();
    for name in NAMES {
        match random.below(30) {
            0..=5 => {}
            6 | 7 => properties.push((name, Concrete::Null)),
            8 => properties.push((name, json(random, 1))),
            _ => properties.push((name, natural(random, name))),
        }
    }
    properties
}

/// A value of a property's type.
pub(crate) fn natural(random: &mut Random, name: &str) -> Concrete {
    match name {
        "Count" | "Retention" => Concrete::Int(random.pick(&INTS)),
        "Enabled" => Concrete::Bool(random.flip()),
        "Free" => json(random, 2),
        "Labels" => labels(random),
        "Names" => listed(random, |random| Concrete::Text(text(random))),
        "Numbers" => listed(random, number),
        "Ratio" => number(random),
        "Rules" => listed(random, rule),
        "Settings" => settings(random),
        _ => Concrete::Text(text(random)),
    }
}

/// A text.
pub(crate) fn text(random: &mut Random) -> String {
    match random.below(10) {
        0 => random.pick(&RANGES).to_owned(),
        1 => (0..random.below(4)).map(|_| random.pick(&['a', 'b', 'A', 'é', '*'])).collect(),
        _ => random.pick(&TEXTS).to_owned(),
    }
}

/// A number, whole or not.
pub(crate) fn number(random: &mut Random) -> Concrete {
    if random.one_in(3) { Concrete::Double(random.pick(&DOUBLES)) } else { Concrete::Int(random.pick(&INTS)) }
}

/// A rule of a security group.
pub(crate) fn rule(random: &mut Random) -> Concrete {
    let mut entries = Vec::new();
    for key in ["IpProtocol", "FromPort", "ToPort", "CidrIp"] {
        if !random.one_in(5) {
            entries.push((key, of_rule(random, key)));
        }
    }
    Concrete::map(entries)
}

/// A value of a rule's property; json for a name that is none.
pub(crate) fn of_rule(random: &mut Random, key: &str) -> Concrete {
    match key {
        "IpProtocol" if random.one_in(8) => Concrete::Int(random.pick(&[-1, 1, 6, 17])),
        "IpProtocol" => Concrete::text(random.pick(&PROTOCOLS)),
        "FromPort" | "ToPort" if random.one_in(20) => Concrete::text("ab"),
        "FromPort" | "ToPort" => Concrete::Int(random.pick(&PORTS)),
        "CidrIp" => Concrete::text(random.pick(&RANGES)),
        _ => json(random, 1),
    }
}

/// An entry of a network ACL.
fn acl_entry(random: &mut Random) -> Concrete {
    let range = [("From", random.pick(&PORTS)), ("To", random.pick(&PORTS))];
    let range = Concrete::map(range.map(|(key, port)| (key, Concrete::Int(port))));
    let protocol = Concrete::Int(random.pick(&[-1, 6, 17]));
    Concrete::map([("Protocol", protocol), ("PortRange", range)])
}

/// A map of texts.
pub(crate) fn labels(random: &mut Random) -> Concrete {
    let mut entries = Vec::new();
    for key in KEYS {
        if random.flip() {
            entries.push((key, Concrete::Text(text(random))));
        }
    }
    Concrete::map(entries)
}

/// A map with named properties.
pub(crate) fn settings(random: &mut Random) -> Concrete {
    let mut entries = Vec::new();
    if random.flip() {
        entries.push(("Level", Concrete::Int(random.pick(&INTS))));
    }
    if random.flip() {
        entries.push(("Mode", Concrete::Text(text(random))));
    }
    if random.flip() {
        entries.push(("On", Concrete::Bool(random.flip())));
    }
    Concrete::map(entries)
}

/// A short list, in which an element is sometimes null.
pub(crate) fn listed(random: &mut Random, item: impl Fn(&mut Random) -> Concrete) -> Concrete {
    let mut items = Vec::new();
    for _ in 0..random.below(4) {
        items.push(if random.one_in(16) { Concrete::Null } else { item(random) });
    }
    Concrete::List(items)
}

/// Anything, down to a depth.
pub(crate) fn json(random: &mut Random, depth: usize) -> Concrete {
    match random.below(if depth == 0 { 6 } else { 11 }) {
        0 => Concrete::Null,
        1 => Concrete::Bool(random.flip()),
        2 | 3 => number(random),
        4 | 5 => Concrete::Text(text(random)),
        6 | 7 => listed(random, |random| json(random, depth - 1)),
        8 => rule(random),
        9 if random.one_in(3) => acl_entry(random),
        _ => {
            let mut entries = Vec::new();
            for key in KEYS {
                if random.flip() {
                    entries.push((key, json(random, depth - 1)));
                }
            }
            Concrete::map(entries)
        }
    }
}
