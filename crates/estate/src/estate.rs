//! An estate: resources, the references among them, and indexes over both.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use crate::catalogue::{Catalogue, Returns, TypeInfo};
use crate::resource::{Resource, ResourceId};
use crate::value::{FileId, Kind, Node, Part, Partial, Reason, Unknown, Value};

/// Something that was not read, so that absence is not a fact there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Only resources of this type may be missing; `None` for any type.
    pub type_name: Option<Arc<str>>,
    /// Only resources whose key begins so are affected: the template's path and `#`. Empty for all.
    pub scope: Arc<str>,
    /// Why it was not read.
    pub why: Arc<Unknown>,
}

/// A reference from one resource to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The resource at the other end.
    pub other: ResourceId,
    /// The property that refers, without indexes (`SubnetIds[]`).
    pub path: Arc<str>,
    /// Why it perhaps does not refer there, if so: it is one alternative of several.
    pub perhaps: Option<Arc<Unknown>>,
}

/// A property that refers to some resource of a type, and it is not known to which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loose {
    /// The resource that refers.
    pub from: ResourceId,
    /// The property that refers.
    pub path: Arc<str>,
    /// Why it is not known to which.
    pub why: Arc<Unknown>,
}

/// A set of resources, complete with its indexes.
#[derive(Debug, Default)]
pub struct Estate {
    /// The paths of the files that positions refer to by number.
    pub files: Vec<Arc<str>>,
    /// The resources, in the order they were added.
    pub resources: Vec<Resource>,
    /// What was not read.
    pub gaps: Vec<Gap>,
    by_type: ByType,
    by_key: HashMap<Arc<str>, ResourceId>,
    by_arn: HashMap<Arc<str>, ResourceId>,
    /// By type and then by physical id.
    by_name: ByName,
    from: Vec<Vec<Edge>>,
    to: Vec<Vec<Edge>>,
    loose: HashMap<Arc<str>, Vec<Loose>>,
}

impl Estate {
    /// An estate of these resources: finds the references among them and indexes everything.
    pub fn new(files: Vec<Arc<str>>, resources: Vec<Resource>, gaps: Vec<Gap>) -> Estate {
        let ((by_key, by_arn), (by_type, by_name)) =
            rayon::join(|| by_key_and_arn(&resources), || by_type_and_name(&resources));
        let mut estate =
            Estate { files, resources, gaps, by_type, by_key, by_arn, by_name, ..Estate::default() };
        let found: Vec<Found> =
            (0..estate.resources.len()).into_par_iter().map(|i| estate.find_references(i)).collect();
        estate.from = Vec::with_capacity(found.len());
        estate.to = vec![Vec::new(); found.len()];
        let mut paths: HashMap<String, Arc<str>> = HashMap::new();
        for (i, mut found) in found.into_iter().enumerate() {
            let id = ResourceId(i as u32);
            let mut edges: Vec<Edge> = Vec::new();
            let first = |edge: &(ResourceId, String, Option<Arc<Unknown>>)| edge.2.is_some();
            // What is certain goes first, and stays where the same is said once more.
            found.edges.sort_by_key(first);
            for (other, path, perhaps) in found.edges {
                let path = paths.entry(path).or_insert_with_key(|path| Arc::from(path.as_str())).clone();
                if !edges.iter().any(|edge| edge.other == other && edge.path == path) {
                    let (back, why) = (path.clone(), perhaps.clone());
                    estate.to[other.0 as usize].push(Edge { other: id, path: back, perhaps: why });
                    edges.push(Edge { other, path, perhaps });
                }
            }
            edges.shrink_to_fit();
            estate.from.push(edges);
            for (target_type, path, why) in found.loose {
                let path: Arc<str> = Arc::from(path);
                estate.loose.entry(Arc::from(target_type)).or_default().push(Loose { from: id, path, why });
            }
        }
        estate.to.iter_mut().for_each(Vec::shrink_to_fit);
        estate
    }

    /// A resource by its number.
    pub fn get(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// The path of a file.
    pub fn file(&self, id: FileId) -> Option<&Arc<str>> {
        self.files.get(id.0 as usize)
    }

    /// The resources of a type.
    pub fn of_type(&self, type_name: &str) -> &[ResourceId] {
        self.by_type.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// The types that occur.
    pub fn types(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_type.keys()
    }

    /// The resource with a key.
    pub fn by_key(&self, key: &str) -> Option<ResourceId> {
        self.by_key.get(key).copied()
    }

    /// The resource with an ARN.
    pub fn by_arn(&self, arn: &str) -> Option<ResourceId> {
        self.by_arn.get(arn).copied()
    }

    /// The resources of a type with a physical id.
    pub fn by_id(&self, type_name: &str, id: &str) -> &[ResourceId] {
        self.by_name.get(type_name).and_then(|names| names.get(id)).map_or(&[], Ids::as_slice)
    }

    /// The references that a resource makes.
    pub fn references_from(&self, id: ResourceId) -> &[Edge] {
        self.from.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The references that others make to a resource.
    pub fn references_to(&self, id: ResourceId) -> &[Edge] {
        self.to.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The references to some resource of a type of which it is not known to which.
    pub fn loose_to(&self, type_name: &str) -> &[Loose] {
        self.loose.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// Why resources of a type may exist beside those that are known, as seen from one of them.
    pub fn gap(&self, seen_from: &Resource, type_name: &str) -> Option<&Arc<Unknown>> {
        self.gaps
            .iter()
            .find(|gap| {
                gap.type_name.as_deref().is_none_or(|t| t == type_name)
                    && seen_from.key.starts_with(&*gap.scope)
            })
            .map(|gap| &gap.why)
    }

    /// What a value refers to among the resources of a type: known resources, or why it cannot be said.
    pub fn resolve(&self, from: &Resource, node: &Node, type_name: &str) -> Resolved {
        let mut found = Vec::new();
        let mut open = None;
        self.resolve_value(from, &node.value, type_name, &mut found, &mut open);
        Resolved { found, open }
    }

    fn resolve_value(
        &self,
        from: &Resource,
        value: &Value,
        type_name: &str,
        found: &mut Vec<ResourceId>,
        open: &mut Option<Arc<Unknown>>,
    ) {
        match value {
            Value::Unknown(unknown) => {
                if let Reason::Reference { target, attribute } = &unknown.reason {
                    // A reference to a resource of the estate is decided, whatever its type.
                    if let Some(id) = self.by_key(target) {
                        found.push(id);
                        if attribute.is_none() {
                            self.resolve_returned(id, found);
                        }
                        return;
                    }
                }
                self.resolve_name(from, value, unknown, type_name, found, open);
            }
            Value::Partial(partial) => {
                let mut targets = whole_names(partial).filter_map(|hole| match &hole.reason {
                    Reason::Reference { target, .. } => self.by_key(target),
                    _ => None,
                });
                if let Some(id) = targets.next() {
                    found.push(id);
                } else if let Some(hole) = partial.holes().next() {
                    self.resolve_name(from, value, hole, type_name, found, open);
                }
            }
            Value::Text(text) => {
                if let Some(id) = self.by_arn(text) {
                    found.push(id);
                } else {
                    self.nearest(from, self.by_id(type_name, text), found, open);
                }
            }
            Value::Choice(choice) => {
                for option in &choice.options {
                    self.resolve_value(from, &option.value, type_name, found, open);
                }
                open.get_or_insert_with(|| choice.why.clone());
            }
            Value::List(list) => {
                for item in &list.items {
                    self.resolve_value(from, &item.value, type_name, found, open);
                }
                if let Some(rest) = &list.rest {
                    open.get_or_insert_with(|| rest.clone());
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Map(_) => {}
        }
    }

    /// Where `Ref` returns what a property of the resource refers to, it refers to that as well: a secret's target
    /// attachment stands for the secret.
    fn resolve_returned(&self, id: ResourceId, found: &mut Vec<ResourceId>) {
        let resource = self.get(id);
        let Some(info) = Catalogue::builtin().get(&resource.type_name) else { return };
        let Returns::Attribute(property) = &info.returns else { return };
        let Some(node) = resource.properties.get(property) else { return };
        if let Value::Unknown(unknown) = &node.value
            && let Reason::Reference { target, .. } = &unknown.reason
        {
            found.extend(self.by_key(target));
        }
    }

    /// Of several resources with one name those that the name means where it is written. A name is free again in
    /// another account or region, so the same root goes first, and in it the same account and region; where several
    /// are left that are all there, it is not known which one is meant.
    fn nearest(
        &self,
        from: &Resource,
        named: &[ResourceId],
        found: &mut Vec<ResourceId>,
        open: &mut Option<Arc<Unknown>>,
    ) {
        if named.len() < 2 {
            found.extend(named);
            return;
        }
        let narrow = |ids: &mut Vec<ResourceId>, is_near: &dyn Fn(&Resource) -> bool| {
            if ids.iter().any(|id| is_near(self.get(*id))) {
                ids.retain(|id| is_near(self.get(*id)));
            }
        };
        let mut ids = named.to_vec();
        narrow(&mut ids, &|other| root(other) == root(from));
        narrow(&mut ids, &|other| (&other.account, &other.region) == (&from.account, &from.region));
        if ids.len() > 1 && ids.iter().all(|id| self.get(*id).presence.is_none()) {
            let reason = Reason::Failed(Arc::from("several resources have this name"));
            open.get_or_insert_with(|| Arc::new(Unknown { reason, kind: Kind::Any }));
        }
        found.extend(ids);
    }

    /// Two properties written as the same parameter name the same thing, although the name is not known.
    fn resolve_name(
        &self,
        from: &Resource,
        value: &Value,
        why: &Arc<Unknown>,
        type_name: &str,
        found: &mut Vec<ResourceId>,
        open: &mut Option<Arc<Unknown>>,
    ) {
        let named = one_name(value).and_then(|name| self.by_name.get(type_name)?.get(name.as_str()));
        match named {
            Some(ids) => self.nearest(from, ids.as_slice(), found, open),
            None => {
                open.get_or_insert_with(|| why.clone());
            }
        }
    }

    fn find_references(&self, i: usize) -> Found {
        let resource = &self.resources[i];
        let mut found = Found::default();
        let mut path = String::new();
        for (key, node) in &resource.properties.entries {
            path.clear();
            path.push_str(key);
            self.walk(&node.value, &mut path, None, &mut found);
        }
        let Some(info) = Catalogue::builtin().get(&resource.type_name) else { return found };
        for (path, target_type) in &info.refs {
            for (node, perhaps) in alternatives_at(&resource.properties.entries, path) {
                let resolved = self.resolve(resource, node, target_type);
                // A list that may hold more holds what it holds.
                let open = resolved.open.as_ref().filter(|_| !matches!(node.value, Value::List(_)));
                let perhaps = perhaps.or(open).cloned();
                found.edges.extend(resolved.found.iter().map(|id| (*id, path.clone(), perhaps.clone())));
                if let Some(why) = resolved.open {
                    found.loose.push((target_type.clone(), path.clone(), why));
                }
            }
        }
        found
    }

    /// Recursion is bounded by the depth of the value, which its reader bounds.
    fn walk(&self, value: &Value, path: &mut String, perhaps: Option<&Arc<Unknown>>, found: &mut Found) {
        let length = path.len();
        match value {
            Value::Map(map) => {
                for (key, node) in &map.entries {
                    path.push('.');
                    path.push_str(key);
                    self.walk(&node.value, path, perhaps, found);
                    path.truncate(length);
                }
            }
            Value::List(list) => {
                path.push_str("[]");
                for node in &list.items {
                    self.walk(&node.value, path, perhaps, found);
                }
                path.truncate(length);
            }
            Value::Choice(choice) => {
                let why = perhaps.or(Some(&choice.why));
                choice.options.iter().for_each(|option| self.walk(&option.value, path, why, found));
            }
            Value::Unknown(unknown) => self.note(unknown, path, perhaps, found),
            Value::Partial(partial) => {
                whole_names(partial).for_each(|hole| self.note(hole, path, perhaps, found));
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) => {}
        }
    }

    fn note(&self, unknown: &Unknown, path: &str, perhaps: Option<&Arc<Unknown>>, found: &mut Found) {
        if let Reason::Reference { target, .. } = &unknown.reason
            && let Some(id) = self.by_key(target)
        {
            found.edges.push((id, path.to_owned(), perhaps.cloned()));
        }
    }
}

/// The holes of a text that are whole names in it. In `${Data}-logs` the name of one resource only begins that of
/// another.
fn whole_names(partial: &Partial) -> impl Iterator<Item = &Arc<Unknown>> {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let parts = &partial.parts;
    parts.iter().enumerate().filter_map(move |(at, part)| {
        let Part::Hole(hole) = part else { return None };
        let before = at.checked_sub(1).and_then(|at| parts.get(at));
        let glued = matches!(before, Some(Part::Known(text)) if text.ends_with(letter))
            || matches!(parts.get(at + 1), Some(Part::Known(text)) if text.starts_with(letter));
        (!glued).then_some(hole)
    })
}

/// The root template or module of a resource.
fn root(resource: &Resource) -> Option<&str> {
    resource.key.split_once('#').map(|(root, _)| root)
}

/// The resources by key and by ARN. Of several with one key, the first counts.
fn by_key_and_arn(resources: &[Resource]) -> (HashMap<Arc<str>, ResourceId>, HashMap<Arc<str>, ResourceId>) {
    let mut by_key = HashMap::with_capacity(resources.len());
    let mut by_arn = HashMap::new();
    for (resource, id) in resources.iter().zip(0..) {
        by_key.entry(resource.key.clone()).or_insert(ResourceId(id));
        if let Some(arn) = &resource.arn {
            by_arn.entry(arn.clone()).or_insert(ResourceId(id));
        }
    }
    (by_key, by_arn)
}

type ByType = HashMap<Arc<str>, Vec<ResourceId>>;
type ByName = HashMap<Arc<str>, HashMap<Arc<str>, Ids>>;

/// The resources by type, and by type and physical id.
fn by_type_and_name(resources: &[Resource]) -> (ByType, ByName) {
    let mut by_type = ByType::new();
    for (resource, id) in resources.iter().zip(0..) {
        match by_type.get_mut(&resource.type_name) {
            Some(ids) => ids.push(ResourceId(id)),
            None => {
                by_type.insert(resource.type_name.clone(), vec![ResourceId(id)]);
            }
        }
    }
    let names = |(type_name, ids): (&Arc<str>, &Vec<ResourceId>)| {
        let info = Catalogue::builtin().get(type_name);
        let mut names: HashMap<Arc<str>, Ids> = HashMap::new();
        for &id in ids {
            if let Some(name) = physical_name(info, &resources[id.0 as usize]) {
                names.entry(name).or_default().push(id);
            }
        }
        (type_name.clone(), names)
    };
    let by_name = by_type.par_iter().map(names).collect::<Vec<_>>().into_iter().collect();
    (by_type, by_name)
}

/// What a value refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The resources it refers to, or may refer to.
    pub found: Vec<ResourceId>,
    /// Why it may refer to others, or not to these, if so.
    pub open: Option<Arc<Unknown>>,
}

/// The resources with a name: nearly always one, which takes no allocation.
#[derive(Debug, Default)]
enum Ids {
    #[default]
    None,
    One([ResourceId; 1]),
    Many(Vec<ResourceId>),
}

impl Ids {
    fn push(&mut self, id: ResourceId) {
        match self {
            Ids::None => *self = Ids::One([id]),
            Ids::One([first]) => *self = Ids::Many(vec![*first, id]),
            Ids::Many(ids) => ids.push(id),
        }
    }

    fn as_slice(&self) -> &[ResourceId] {
        match self {
            Ids::None => &[],
            Ids::One(one) => one,
            Ids::Many(ids) => ids,
        }
    }
}

#[derive(Default)]
struct Found {
    /// The other resource, the path, and why it is perhaps not so.
    edges: Vec<(ResourceId, String, Option<Arc<Unknown>>)>,
    loose: Vec<(String, String, Arc<Unknown>)>,
}

/// The values at a path such as `A.B[].C` below some entries.
pub fn at_path<'a>(entries: &'a [(Arc<str>, Node)], path: &str) -> Vec<&'a Node> {
    alternatives_at(entries, path).into_iter().map(|(node, _)| node).collect()
}

/// A value, and why it is perhaps not there, if it is inside one alternative of several.
pub type Alternative<'a> = (&'a Node, Option<&'a Arc<Unknown>>);

/// The values at a path, each with why it is perhaps not there.
pub fn alternatives_at<'a>(entries: &'a [(Arc<str>, Node)], path: &str) -> Vec<Alternative<'a>> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let name = first.trim_end_matches("[]");
    let Some((_, node)) = entries.iter().find(|(key, _)| &**key == name) else { return Vec::new() };
    let mut nodes: Vec<Alternative> = vec![(node, None)];
    for _ in first.matches("[]") {
        nodes = nodes.into_iter().flat_map(elements).collect();
    }
    let Some(rest) = rest else { return nodes };
    let mut found = Vec::new();
    for (node, outer) in nodes.into_iter().flat_map(options) {
        if let Some(map) = node.value.as_map() {
            let inner = alternatives_at(&map.entries, rest).into_iter();
            found.extend(inner.map(|(node, inner)| (node, outer.or(inner))));
        }
    }
    found
}

fn elements(list: Alternative<'_>) -> Vec<Alternative<'_>> {
    let mut found = Vec::new();
    for (node, perhaps) in options(list) {
        match &node.value {
            Value::List(list) => found.extend(list.items.iter().map(|item| (item, perhaps))),
            _ => found.push((node, perhaps)),
        }
    }
    found
}

fn options((node, perhaps): Alternative<'_>) -> Vec<Alternative<'_>> {
    match &node.value {
        Value::Choice(choice) => {
            choice.options.iter().map(|option| (option, perhaps.or(Some(&choice.why)))).collect()
        }
        _ => vec![(node, perhaps)],
    }
}

/// The text under which a resource is found by its physical id.
fn physical_name(info: Option<&'static TypeInfo>, resource: &Resource) -> Option<Arc<str>> {
    if let Some(id) = &resource.id {
        return Some(id.clone());
    }
    let property = info?.name_property.as_deref()?;
    one_name(&resource.properties.get(property)?.value).map(Arc::from)
}

/// A text that is equal for two values exactly if they are surely the same.
fn one_name(value: &Value) -> Option<String> {
    let mut name = String::new();
    match value {
        Value::Text(text) => name.push_str(text),
        Value::Unknown(unknown) => name.push_str(&name_hole(unknown)?),
        Value::Partial(partial) => {
            for part in &partial.parts {
                match part {
                    Part::Known(text) => name.push_str(text),
                    Part::Hole(unknown) => name.push_str(&name_hole(unknown)?),
                }
            }
        }
        _ => return None,
    }
    Some(name)
}

/// A hole in a name. The control characters keep it apart from anything that a template can write.
fn name_hole(unknown: &Unknown) -> Option<String> {
    unknown.reason.is_one_value().then(|| format!("\u{1}{:?}\u{2}", unknown.reason))
}
