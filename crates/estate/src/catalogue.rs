//! The type catalogue: every resource type that AWS publishes, with an overlay of our own.
//!
//! It is built by `cargo xtask schemas` from the CloudFormation resource schemas and `content/catalogue/`, and
//! compiled into the program as one compressed file, of which only the types that are asked for are unpacked.

use std::fmt;
use std::io::Read;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::value::{Node, Value};

/// One type of resource.
#[derive(Debug, Serialize, Deserialize)]
pub struct TypeInfo {
    /// Its name, such as `AWS::S3::Bucket`.
    pub name: String,
    /// The shapes of its properties; the first is the resource itself. They refer to each other by number, so
    /// that a shape may contain itself.
    pub shapes: Vec<Shape>,
    /// The paths that identify a resource of the type.
    pub identifiers: Vec<String>,
    /// The paths that can only be set when the resource is made: changing one replaces it.
    pub create_only: Vec<String>,
    /// The handlers (`create`, `read`, `update`, `delete`, `list`) and the permissions of the calls they make.
    pub handlers: Vec<(String, Vec<String>)>,
    /// The page that documents what the overlay adds.
    pub source: Option<String>,
    /// For a list, the properties of an element that identify it.
    pub keys: Vec<(String, Vec<String>)>,
    /// The paths that hold policy documents.
    pub policies: Vec<String>,
    /// The paths that hold CIDR ranges.
    pub cidrs: Vec<String>,
    /// The paths that hold ARNs.
    pub arns: Vec<String>,
    /// The paths that refer to another resource, and its type.
    pub refs: Vec<(String, String)>,
    /// The property that becomes the physical id where it is given.
    pub name_property: Option<String>,
    /// What `Ref` returns: the physical id, the ARN, or an attribute.
    pub returns: Returns,
    /// The ARN, with `{partition}`, `{region}`, `{account}` and properties in braces.
    pub arn: Option<String>,
}

/// What `Ref` returns for a type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returns {
    /// The physical id.
    #[default]
    Id,
    /// The ARN.
    Arn,
    /// An attribute.
    Attribute(String),
}

/// The number of a shape in its type ([`TypeInfo::shapes`]).
pub type ShapeId = u32;

/// The shape of a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// The JSON types it may have.
    pub kinds: Kinds,
    /// The properties of a map.
    pub properties: Vec<Property>,
    /// The shape of a map's values under other keys, where any are allowed and something is known of them.
    pub others: Option<ShapeId>,
    /// Whether a map may have keys that [`Shape::properties`] does not name.
    pub open: bool,
    /// The shape of a list's elements.
    pub items: Option<ShapeId>,
    /// The values a text may have; empty where any may be.
    pub values: Vec<String>,
}

/// A property of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: ShapeId,
    /// Whether it must be given.
    pub required: bool,
    /// Whether AWS assigns it.
    pub read_only: bool,
    /// The default as JSON text.
    pub default_json: Option<String>,
    /// The default, made from the text when the type is unpacked.
    #[serde(skip)]
    pub default: Option<Box<Node>>,
}

/// A set of JSON types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinds(pub u8);

impl Kinds {
    /// `boolean`.
    pub const BOOL: Kinds = Kinds(1);
    /// `integer`.
    pub const INT: Kinds = Kinds(2);
    /// `number`.
    pub const NUMBER: Kinds = Kinds(4);
    /// `string`.
    pub const TEXT: Kinds = Kinds(8);
    /// `array`.
    pub const LIST: Kinds = Kinds(16);
    /// `object`.
    pub const MAP: Kinds = Kinds(32);

    /// Whether the set holds another.
    pub fn has(self, other: Kinds) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Whether nothing is said of the type: any value may stand here.
    pub fn any(self) -> bool {
        self.0 == 0
    }
}

impl TypeInfo {
    /// A type without properties.
    pub fn new(name: &str) -> TypeInfo {
        TypeInfo {
            name: name.to_owned(),
            shapes: vec![Shape { kinds: Kinds::MAP, ..Shape::default() }],
            identifiers: Vec::new(),
            create_only: Vec::new(),
            handlers: Vec::new(),
            source: None,
            keys: Vec::new(),
            policies: Vec::new(),
            cidrs: Vec::new(),
            arns: Vec::new(),
            refs: Vec::new(),
            name_property: None,
            returns: Returns::Id,
            arn: None,
        }
    }

    /// The shape of the resource itself.
    pub fn root(&self) -> &Shape {
        &self.shapes[0]
    }

    /// A shape by its number.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id as usize]
    }

    /// The property at a path such as `A.B[].C`.
    pub fn property(&self, path: &str) -> Option<&Property> {
        let mut shape = self.root();
        let mut found = None;
        for name in path.split('.') {
            let property = shape.property(name.trim_end_matches("[]"))?;
            shape = self.shape(property.shape);
            for _ in name.matches("[]") {
                shape = self.shape(shape.items?);
            }
            found = Some(property);
        }
        found
    }

    /// The properties that identify an element of the list at a path.
    pub fn element_key(&self, path: &str) -> Option<&[String]> {
        self.keys.iter().find(|(at, _)| at == path).map(|(_, properties)| properties.as_slice())
    }

    /// Whether a resource of the type can be declared in a template.
    pub fn is_declarable(&self) -> bool {
        !self.name.starts_with("Palisade::")
    }

    fn fill_defaults(&mut self) {
        for property in self.shapes.iter_mut().flat_map(|shape| &mut shape.properties) {
            let json = property.default_json.as_deref().and_then(|text| serde_json::from_str(text).ok());
            property.default = json.map(|json: serde_json::Value| Box::new(Node::of(Value::from(&json))));
        }
    }
}

impl Shape {
    /// A property by its name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        // Sorted by name when the catalogue is built.
        self.properties
            .binary_search_by(|property| property.name.as_str().cmp(name))
            .ok()
            .map(|i| &self.properties[i])
    }

    /// Whether nothing is known of what is inside: a policy document, free JSON.
    pub fn is_free(&self) -> bool {
        self.kinds.any()
            || (self.kinds.has(Kinds::MAP) && self.properties.is_empty() && self.others.is_none())
    }
}

const MAGIC: &[u8; 8] = b"PLSCAT\x00\x01";

#[derive(Serialize, Deserialize)]
struct Index {
    source: String,
    /// Names in order, each with the offset and length of its compressed block.
    types: Vec<(String, u32, u32)>,
}

/// Why a catalogue could not be opened.
#[derive(Debug, PartialEq, Eq)]
pub enum CatalogueError {
    /// The bytes are not a catalogue of this version.
    NotACatalogue,
    /// The bytes are cut or garbled.
    Damaged,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CatalogueError::NotACatalogue => "not a type catalogue of this version",
            CatalogueError::Damaged => "the type catalogue is damaged",
        })
    }
}

impl std::error::Error for CatalogueError {}

/// All types, unpacked when asked for.
pub struct Catalogue {
    index: Index,
    blocks: &'static [u8],
    unpacked: Vec<OnceLock<Option<Box<TypeInfo>>>>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalogue({}, {} types)", self.index.source, self.index.types.len())
    }
}

impl Catalogue {
    /// The catalogue that is compiled in.
    pub fn builtin() -> &'static Catalogue {
        static BUILTIN: OnceLock<Catalogue> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            // The bytes are part of the program and a test opens them: this cannot fail at run time.
            Catalogue::open(include_bytes!("../catalogue/types.bin")).expect("the built-in catalogue opens")
        })
    }

    /// Opens a catalogue; reads its index only.
    pub fn open(bytes: &'static [u8]) -> Result<Catalogue, CatalogueError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(CatalogueError::NotACatalogue)?;
        let (index, blocks) =
            postcard::take_from_bytes::<Index>(rest).map_err(|_| CatalogueError::Damaged)?;
        let unpacked = index.types.iter().map(|_| OnceLock::new()).collect();
        Ok(Catalogue { index, blocks, unpacked })
    }

    /// Writes a catalogue. The types must be in order of their names.
    pub fn pack(source: &str, types: &[TypeInfo]) -> Vec<u8> {
        let mut blocks = Vec::new();
        let mut index = Index { source: source.to_owned(), types: Vec::new() };
        for info in types {
            let raw = postcard::to_stdvec(info).expect("a type serialises");
            let block = flate2::bufread::DeflateEncoder::new(raw.as_slice(), flate2::Compression::best());
            let start = blocks.len();
            std::io::copy(&mut std::io::BufReader::new(block), &mut blocks).expect("memory takes the bytes");
            index.types.push((info.name.clone(), start as u32, (blocks.len() - start) as u32));
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend(postcard::to_stdvec(&index).expect("an index serialises"));
        bytes.extend(blocks);
        bytes
    }

    /// Which schemas it was built from.
    pub fn source(&self) -> &str {
        &self.index.source
    }

    /// The names of all types, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.index.types.iter().map(|(name, _, _)| name.as_str())
    }

    /// A type by its name.
    pub fn get(&'static self, name: &str) -> Option<&'static TypeInfo> {
        let at = self.index.types.binary_search_by(|(known, _, _)| known.as_str().cmp(name)).ok()?;
        self.unpacked[at].get_or_init(|| self.unpack(at)).as_deref()
    }

    fn unpack(&self, at: usize) -> Option<Box<TypeInfo>> {
        let (_, start, length) = &self.index.types[at];
        let block = self.blocks.get(*start as usize..)?.get(..*length as usize)?;
        let mut raw = Vec::new();
        flate2::read::DeflateDecoder::new(block).read_to_end(&mut raw).ok()?;
        let mut info: TypeInfo = postcard::from_bytes(&raw).ok()?;
        info.fill_defaults();
        Some(Box::new(info))
    }

    /// The type whose name is nearest to a mistyped one.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.names())
    }
}

/// The candidate nearest to a mistyped word, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = |word: &str| word.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<char>>();
    let word = lower(word);
    let limit = (word.len() / 3).clamp(1, 4);
    candidates
        .filter(|candidate| candidate.len() >= word.len().saturating_sub(limit))
        .filter_map(|candidate| Some((distance(&word, &lower(candidate), limit)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Damerau-Levenshtein distance of two words, unless it is above `limit`.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![limit + 1; b.len() + 1];
        row[0] = i;
        // Further from the diagonal than the limit, nothing is within it.
        for j in i.saturating_sub(limit).max(1)..=(i + limit).min(b.len()) {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row[j] = best;
        }
        // A transposition reaches back over one row.
        if row.iter().chain(&last).all(|distance| *distance > limit) {
            return None;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_what_was_meant_and_nothing_far_off() {
        let names = ["StorageEncrypted", "StorageType", "Engine"];
        assert_eq!(nearest("StorageEncryptd", names.into_iter()), Some("StorageEncrypted"));
        assert_eq!(nearest("storageencrypted", names.into_iter()), Some("StorageEncrypted"));
        assert_eq!(nearest("Enigne", names.into_iter()), Some("Engine"));
        assert_eq!(nearest("Banana", names.into_iter()), None);
    }

    #[test]
    fn distances_follow_their_definition() {
        // Three insertions; two changes and an insertion; a transposition each.
        for (a, b, expected) in
            [("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abcd", "acbd", 1)]
        {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            for limit in 0..5 {
                let told = (limit >= expected).then_some(expected);
                assert_eq!(distance(&a, &b, limit), told, "{a:?} {b:?} within {limit}");
                assert_eq!(distance(&b, &a, limit), told, "{b:?} {a:?} within {limit}");
            }
        }
    }

    #[test]
    fn a_damaged_catalogue_is_refused() {
        assert_eq!(Catalogue::open(b"nonsense").unwrap_err(), CatalogueError::NotACatalogue);
        assert_eq!(Catalogue::open(b"PLSCAT\x00\x01\xff\xff").unwrap_err(), CatalogueError::Damaged);
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let mut info = TypeInfo::new("Palisade::Test::Thing");
        info.shapes[0].properties.push(Property {
            name: "On".into(),
            shape: 0,
            required: true,
            read_only: false,
            default_json: Some("true".into()),
            default: None,
        });
        let bytes: &'static [u8] = Catalogue::pack("test", &[info]).leak();
        let catalogue: &'static Catalogue = Box::leak(Box::new(Catalogue::open(bytes).unwrap()));
        let property = catalogue.get("Palisade::Test::Thing").unwrap().property("On").unwrap();
        assert_eq!(property.default, Some(Box::new(Node::of(Value::Bool(true)))));
        assert!(catalogue.get("Palisade::Test::Other").is_none());
    }
}
