//! The page of a resource type: what the catalogue knows of it, and the controls that judge it.

use std::collections::BTreeMap;
use std::io;

use anyhow::Result;
use control::pack::Pack;
use estate::catalogue::{Kinds, Property, Returns, ShapeId, TypeInfo};

use crate::controls::faulty;
use crate::page::{Page, widest};

/// Limit: lists within lists, and maps within maps, that are looked through for the properties inside.
const LEVELS_MAX: usize = 8;

/// Limit: values of a property that are listed; a few types have a list of hundreds.
const VALUES_MAX: usize = 24;

/// The handlers in the order that people think of them.
const HANDLERS: [&str; 5] = ["create", "read", "update", "delete", "list"];

/// Prints the page.
pub(super) fn print(page: &mut Page<'_>, info: &TypeInfo, pack: &Pack) -> Result<()> {
    head(page, info)?;
    page.heading("Properties")?;
    let seen = BTreeMap::from([(0, "the resource".to_owned())]);
    Walk { page: &mut *page, info, seen }.properties(0, "", 2)?;
    paths(page, info)?;
    handlers(page, info)?;
    controls(page, info, pack)
}

fn head(page: &mut Page<'_>, info: &TypeInfo) -> io::Result<()> {
    page.title(&info.name, sentence(info))?;
    page.blank()?;
    if !info.identifiers.is_empty() {
        page.fact("identified by", &info.identifiers.join(", "))?;
    }
    if info.is_declarable() {
        let name = info.name_property.as_ref().map(|name| format!(" ({name}, where it is given)"));
        let returned = match &info.returns {
            Returns::Id => format!("the physical id{}", name.unwrap_or_default()),
            Returns::Arn => "the ARN".to_owned(),
            Returns::Attribute(attribute) => format!("the attribute {attribute}"),
        };
        page.fact("Ref returns", &returned)?;
    }
    if let Some(arn) = &info.arn {
        page.fact("ARN", arn)?;
    }
    if let Some(source) = &info.source {
        page.fact("documented at", source)?;
    }
    Ok(())
}

/// What kind of type it is. Of the types of our own, those with calls of an API are settings of an account; the others
/// are read from files.
fn sentence(info: &TypeInfo) -> &'static str {
    if info.is_declarable() {
        "A resource type of CloudFormation"
    } else if !info.handlers.is_empty() {
        "A setting that AWS keeps without a CloudFormation type: it is read live, no template declares it"
    } else if info.name.starts_with("Palisade::Terraform::") {
        "Something that Terraform code says beside its resources: it is read from the code"
    } else {
        "Something that files around the templates declare, such as manifests, charts, pipelines and images: it is read \
         from them, and some of it from Terraform code"
    }
}

/// A way through the properties. Each shape is shown once: types refer to the same shapes again and again,
/// and some contain themselves.
struct Walk<'p, 'o> {
    page: &'p mut Page<'o>,
    info: &'p TypeInfo,
    /// The shapes that are shown, and the path at which.
    seen: BTreeMap<ShapeId, String>,
}

impl Walk<'_, '_> {
    /// Recursion is bounded by the number of the type's shapes, as none is entered twice.
    fn properties(&mut self, id: ShapeId, prefix: &str, indent: usize) -> io::Result<()> {
        let info = self.info;
        let shape = info.shape(id);
        let column = indent + 2 + widest(shape.properties.iter().map(|property| property.name.as_str()));
        for property in &shape.properties {
            let path = format!("{prefix}{}", property.name);
            let mut text = details(info, property);
            let inside = inside(info, property.shape, path);
            let mut enter = None;
            if let Some((inner, path)) = inside {
                match self.seen.get(&inner) {
                    Some(known) => text = format!("{text}; with the properties of {known}"),
                    None => enter = Some((inner, path)),
                }
            }
            self.page.hanging(indent, &property.name, column, &text)?;
            if let Some((inner, path)) = enter {
                let prefix = format!("{path}.");
                self.seen.insert(inner, path);
                self.properties(inner, &prefix, indent + 2)?;
            }
        }
        if shape.properties.is_empty() { self.page.prose(indent, "none that is known") } else { Ok(()) }
    }
}

/// The map inside a property, behind lists and maps with any keys, and its path.
fn inside(info: &TypeInfo, id: ShapeId, path: String) -> Option<(ShapeId, String)> {
    let (mut id, mut path) = (id, path);
    for _ in 0..LEVELS_MAX {
        let shape = info.shape(id);
        if !shape.properties.is_empty() {
            return Some((id, path));
        }
        if let Some(items) = shape.items {
            id = items;
            path.push_str("[]");
        } else {
            id = shape.others?;
            path.push_str(".*");
        }
    }
    None
}

/// What there is to say of a property.
fn details(info: &TypeInfo, property: &Property) -> String {
    let mut text = kind(info, property.shape, 0);
    if property.required {
        text.push_str(", required");
    }
    if property.read_only {
        text.push_str(", read-only");
    }
    if let Some(default) = &property.default_json {
        text.push_str(", default ");
        text.push_str(default);
    }
    let shape = info.shape(property.shape);
    let values = match shape.items {
        Some(items) if shape.values.is_empty() => &info.shape(items).values,
        _ => &shape.values,
    };
    if !values.is_empty() {
        text.push_str("; one of ");
        text.push_str(&values[..values.len().min(VALUES_MAX)].join(", "));
    }
    if values.len() > VALUES_MAX {
        text = format!("{text} and {} more", values.len() - VALUES_MAX);
    }
    text
}

/// The words for what a value may be: those of the control language.
fn kind(info: &TypeInfo, id: ShapeId, level: usize) -> String {
    let shape = info.shape(id);
    if shape.kinds.any() {
        return "json".to_owned();
    }
    let deeper = |id: Option<ShapeId>| match id {
        Some(id) if level < LEVELS_MAX => kind(info, id, level + 1),
        _ => "json".to_owned(),
    };
    let mut words = Vec::new();
    let plain =
        [(Kinds::BOOL, "bool"), (Kinds::INT, "int"), (Kinds::NUMBER, "double"), (Kinds::TEXT, "string")];
    for (kind, word) in plain {
        if shape.kinds.has(kind) {
            words.push(word.to_owned());
        }
    }
    if shape.kinds.has(Kinds::LIST) {
        words.push(format!("list<{}>", deeper(shape.items)));
    }
    if shape.kinds.has(Kinds::MAP) {
        words.push(match shape.others {
            _ if !shape.properties.is_empty() => "map".to_owned(),
            Some(others) => format!("map<{}>", deeper(Some(others))),
            None => "json".to_owned(),
        });
    }
    words.join(" or ")
}

/// The paths of which the catalogue knows more than the type.
fn paths(page: &mut Page<'_>, info: &TypeInfo) -> io::Result<()> {
    if !info.keys.is_empty() {
        page.heading("What identifies the elements of a list")?;
        let column = 4 + widest(info.keys.iter().map(|(path, _)| path.as_str()));
        for (path, keys) in &info.keys {
            page.hanging(2, path, column, &keys.join(" and "))?;
        }
    }
    if !info.refs.is_empty() {
        page.heading("What refers to other resources")?;
        let column = 4 + widest(info.refs.iter().map(|(path, _)| path.as_str()));
        for (path, target) in &info.refs {
            page.hanging(2, path, column, target)?;
        }
    }
    let lists = [
        ("What holds a policy document", &info.policies),
        ("What holds an address range", &info.cidrs),
        ("What holds an ARN", &info.arns),
    ];
    for (heading, list) in lists {
        if !list.is_empty() {
            page.heading(heading)?;
            list.iter().try_for_each(|path| page.line(2, path))?;
        }
    }
    Ok(())
}

fn handlers(page: &mut Page<'_>, info: &TypeInfo) -> io::Result<()> {
    if info.handlers.is_empty() {
        return Ok(());
    }
    page.heading("API calls")?;
    let place = |name: &str| HANDLERS.iter().position(|known| *known == name).unwrap_or(HANDLERS.len());
    let mut handlers: Vec<&(String, Vec<String>)> = info.handlers.iter().collect();
    handlers.sort_by_key(|(name, _)| place(name));
    for (name, calls) in handlers {
        page.hanging(2, name, 10, &calls.join(", "))?;
    }
    Ok(())
}

fn controls(page: &mut Page<'_>, info: &TypeInfo, pack: &Pack) -> Result<()> {
    page.heading("Controls")?;
    let mut found = Vec::new();
    for (_, member) in pack.members() {
        if member.types().iter().any(|name| **name == *info.name) {
            found.push(member.control().map_err(|faults| faulty(faults, member))?);
        }
    }
    if found.is_empty() {
        page.prose(2, "none judges it")?;
    }
    let column = 4 + widest(found.iter().map(|control| &*control.id));
    for control in &found {
        page.hanging(2, &control.id, column, &format!("{}: {}", control.severity, control.title))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use estate::catalogue::{Catalogue, Shape};

    use super::*;

    fn page(info: &TypeInfo, pack: &Pack) -> String {
        let mut out = Vec::new();
        print(&mut Page::new(&mut out, 80, false), info, pack).unwrap();
        String::from_utf8(out).unwrap()
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

    /// A type with a shape that contains itself.
    fn thing() -> TypeInfo {
        let mut info = TypeInfo::new("AWS::Own::Thing");
        info.shapes.push(Shape { kinds: Kinds::LIST, items: Some(2), ..Shape::default() });
        info.shapes.push(Shape {
            kinds: Kinds::MAP,
            properties: vec![property("Mode", 3), property("Rules", 1)],
            ..Shape::default()
        });
        let values = vec!["On".to_owned(), "Off".to_owned()];
        info.shapes.push(Shape { kinds: Kinds::TEXT, values, ..Shape::default() });
        info.shapes.push(Shape { kinds: Kinds::MAP.with(Kinds::TEXT), ..Shape::default() });
        info.shapes[0].properties = vec![
            Property { read_only: true, ..property("Arn", 3) },
            property("Policy", 4),
            Property { required: true, ..property("Rules", 1) },
            Property { default_json: Some("\"On\"".to_owned()), ..property("State", 3) },
        ];
        info.identifiers = vec!["Arn".to_owned()];
        info.keys = vec![("Rules".to_owned(), vec!["Mode".to_owned()])];
        info.refs = vec![("Rules[].Mode".to_owned(), "AWS::S3::Bucket".to_owned())];
        info.policies = vec!["Policy".to_owned()];
        info.handlers = vec![
            ("delete".to_owned(), vec!["own:Delete".to_owned()]),
            ("create".to_owned(), vec!["own:Create".to_owned(), "own:Tag".to_owned()]),
        ];
        info
    }

    #[test]
    fn the_page_shows_each_shape_once() {
        let expected = "\
AWS::Own::Thing
A resource type of CloudFormation

  identified by   Arn
  Ref returns     the physical id

Properties
  Arn     string, read-only; one of On, Off
  Policy  string or json
  Rules   list<map>, required
    Mode   string; one of On, Off
    Rules  list<map>; with the properties of Rules[]
  State   string, default \"On\"; one of On, Off

What identifies the elements of a list
  Rules  Mode

What refers to other resources
  Rules[].Mode  AWS::S3::Bucket

What holds a policy document
  Policy

API calls
  create  own:Create, own:Tag
  delete  own:Delete

Controls
  none judges it
";
        assert_eq!(page(&thing(), &Pack::default()), expected);
    }

    #[test]
    fn a_type_that_is_read_from_files_is_no_setting_of_aws() {
        let second = |name: &str| {
            let page = page(Catalogue::builtin().get(name).unwrap(), &Pack::default());
            page.lines().nth(1).unwrap_or_default().to_owned()
        };
        assert!(second("Palisade::IAM::PasswordPolicy").starts_with("A setting that AWS keeps"));
        assert!(second("Palisade::Harness::Connector").starts_with("Something that files around"));
        assert!(second("Palisade::Terraform::Backend").starts_with("Something that Terraform code says"));
    }

    #[test]
    fn types_of_the_catalogue_have_pages() {
        for name in ["AWS::S3::Bucket", "AWS::WAFv2::WebACL", "Palisade::IAM::PasswordPolicy"] {
            let page = page(Catalogue::builtin().get(name).unwrap(), &Pack::builtin());
            assert!(page.starts_with(name) && page.contains("\nProperties\n"), "{page}");
        }
    }
}
