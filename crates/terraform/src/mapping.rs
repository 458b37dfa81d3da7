//! What a provider's resources are in CloudFormation's language: mapping files, read and compiled in.
//!
//! The format is described in docs/mappings.md.

pub(crate) mod apply;
pub mod case;
pub(crate) mod fold;
pub mod invert;
pub(crate) mod place;
pub mod read;
pub(crate) mod reference;
pub mod shape;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::value::Part;

/// A mapping file that is compiled in.
#[derive(Debug)]
pub struct File {
    /// Its path in the project.
    pub path: &'static str,
    /// The provider's types that it maps.
    pub types: &'static [&'static str],
    /// How many bytes of the text come before its tests.
    head: usize,
    /// The whole text.
    pub text: &'static str,
}

mod list {
    #![expect(clippy::unreadable_literal, reason = "it is written by the build")]

    use super::File;

    include!(concat!(env!("OUT_DIR"), "/mappings.rs"));
}

/// Every mapping file that is compiled in, in order of the paths.
pub fn files() -> &'static [File] {
    list::FILES
}

/// What one type of a provider becomes.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// What is made of a resource of the type; the first with `to` is what references lead to.
    pub outputs: Vec<Output>,
}

/// One thing that is made of a resource.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The CloudFormation type of the resource that is made, or of the owner that is filled.
    pub target: String,
    /// For a part of another resource, the argument that names its owner.
    pub owner: Option<Path>,
    /// Further properties by which the owner is told, with the arguments that have their values.
    pub also: Vec<(String, Source)>,
    /// The elements of a list of the owner that are filled; none for the owner itself.
    pub at: Option<At>,
    /// The conditions on arguments.
    pub when: Vec<(Path, Test)>,
    /// One output for every element of this argument.
    pub each: Option<Path>,
    /// One output for every value of these arguments, set at the property.
    pub over: Vec<(String, Source)>,
    /// The arguments whose value names the resource.
    pub names: Vec<String>,
    /// Exported attributes and CloudFormation's word for each.
    pub attributes: Vec<(String, String)>,
    /// The properties.
    pub fill: Fill,
}

/// The elements of a list that a part fills.
#[derive(Clone, Debug)]
pub struct At {
    /// The list, a property of the owner.
    pub list: String,
    /// The properties by which the elements are told, with the arguments that have their values.
    pub keys: Vec<(String, Source)>,
}

/// How the properties of a map are filled.
#[derive(Clone, Debug, Default)]
pub struct Fill {
    /// Properties whose argument has the same name.
    pub same: Vec<String>,
    /// Properties by path, with where the value comes from.
    pub set: Vec<(String, Source)>,
}

/// A path to an argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// Whether it starts at the whole resource rather than at the element.
    pub outer: bool,
    /// The names on the way; none for the element itself.
    pub steps: Vec<String>,
}

/// A condition on an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is written.
    Set,
    /// It is not written.
    Unset,
    /// It has one of these values, as text.
    In(Vec<String>),
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The value itself.
    pub head: Head,
    /// What is taken where nothing is written.
    pub default: Option<estate::value::Value>,
    /// The value translated, as text to value; `*` for every other.
    pub values: Vec<(String, estate::value::Value)>,
    /// The conditions on arguments.
    pub when: Vec<(Path, Test)>,
    /// The form of the value.
    pub form: Option<Form>,
    /// A number multiplied.
    pub times: Option<f64>,
    /// Text before it.
    pub prefix: String,
    /// Text behind it.
    pub suffix: String,
}

/// The value of a [`Source`].
#[derive(Clone, Debug)]
pub enum Head {
    /// An argument.
    From(Path),
    /// Always the same.
    Const(estate::value::Value),
    /// A reference to the resource that is made: an attribute, or what `Ref` returns.
    Itself(Option<String>),
    /// A map, where the block is there.
    Block(Path, Fill),
    /// A list with a map for every element, perhaps once for every value of further arguments.
    Each(Path, Fill, Vec<(String, Source)>),
    /// A list with a value for every element.
    Items(Path, Box<Source>),
    /// A list of those that are there.
    List(Vec<Source>),
    /// Several lists one after the other.
    Concat(Vec<Source>),
    /// The first that is there.
    First(Vec<Source>),
    /// A list of names and values.
    Pairs(Vec<(String, Source)>, [String; 2]),
    /// A map made of repeated blocks.
    Entries(Path, Path, Box<Source>),
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Numbers and truth values as text.
    Text,
    /// A JSON text as its value.
    Json,
    /// A map as a list of `Key` and `Value`.
    Tags,
    /// In small letters.
    Lower,
    /// In capital letters.
    Upper,
    /// A single value as a list.
    List,
}

/// The mapping of a provider's type, parsed once.
pub fn of(type_name: &str) -> Option<&'static Mapping> {
    static FOUND: OnceLock<HashMap<&'static str, Slot>> = OnceLock::new();
    let slots = FOUND.get_or_init(|| {
        let slot =
            |file: &'static File| move |name: &&'static str| (*name, Slot { file, read: OnceLock::new() });
        files().iter().flat_map(|file| file.types.iter().map(slot(file))).collect()
    });
    let slot = slots.get(type_name)?;
    if let Some(known) = slot.read.get() {
        return known.as_ref();
    }
    let read = read::file(slot.file.path, &slot.file.text[..slot.file.head]).ok()?;
    for (name, mapping) in read.types {
        if let Some(slot) = slots.get(name.as_str()) {
            // Another thread may have read the same file meanwhile.
            slot.read.get_or_init(|| Some(mapping));
        }
    }
    slot.read.get_or_init(|| None).as_ref()
}

/// The mapping of a type, once its file was read.
#[derive(Debug)]
struct Slot {
    file: &'static File,
    read: OnceLock<Option<Mapping>>,
}

/// Whether a part of a text is known.
pub(crate) fn known(part: &Part) -> Option<&str> {
    if let Part::Known(text) = part { Some(text) } else { None }
}
