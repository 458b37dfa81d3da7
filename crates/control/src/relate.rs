//! Relations between resources, as expressions see them: `related`, `ref`, `estate.all`, `tag`.

use std::sync::Arc;

use estate::catalogue::Catalogue;
use estate::estate::{alternatives_at, at_path};
use estate::resource::{Resource, ResourceId};
use estate::truth::Why;
use estate::value::{Kind, Reason, Unknown, Value};

use crate::compile::{Absent, Field};
use crate::eval::{Scope, select};
use crate::value::{Alternatives, OwnedList, V, entry_or_unread};

/// The resources of a type that refer to the judged one, or that it refers to.
pub(crate) fn related<'a>(scope: &Scope<'a>, type_name: &str, path: Option<&str>) -> V<'a> {
    let estate = scope.estate();
    let this = scope.context.resource;
    let resource = scope.resource();
    let mut list = Related::default();
    let is_path = |at: &str| path.is_none_or(|path| at == path || at.trim_end_matches("[]") == path);
    for edge in estate.references_to(this).iter().chain(estate.references_from(this)) {
        if is_path(&edge.path) && &*estate.get(edge.other).type_name == type_name {
            list.add(scope, edge.other, edge.perhaps.as_ref().map(Why::of));
        }
    }
    // A reference of which it is not known where it leads may lead here. One that surely does stays so.
    for loose in estate.loose_to(&resource.type_name) {
        let from = estate.get(loose.from);
        if is_path(&loose.path) && &*from.type_name == type_name && same_stack(from, resource) {
            list.doubt(loose.from, &loose.why);
        }
    }
    for loose in estate.loose_to(type_name) {
        if loose.from == this && is_path(&loose.path) {
            list.rest.get_or_insert_with(|| Why::of(&loose.why));
        }
    }
    if let Some(path) = path {
        undeclared(scope, type_name, path, &mut list);
    }
    list.finish(scope, type_name)
}

/// Whether two resources come of one root template. An open reference elsewhere in a repository (a policy for a
/// bucket that a parameter names) might lead anywhere; were each to count, one such template would leave every
/// other undecided.
fn same_stack(a: &Resource, b: &Resource) -> bool {
    let root = |resource: &Resource| resource.key.split_once('#').map(|(root, _)| root.to_owned());
    root(a) == root(b)
}

/// Paths that the overlay does not know as references: what stands there is compared here.
fn undeclared(scope: &Scope, type_name: &str, path: &str, list: &mut Related) {
    let estate = scope.estate();
    let resource = scope.resource();
    let declared = |from: &str, to: &str| {
        let info = Catalogue::builtin().get(from);
        info.is_some_and(|info| {
            info.refs
                .iter()
                .any(|(at, target)| at.trim_end_matches("[]") == path.trim_end_matches("[]") && target == to)
        })
    };
    if declared(type_name, &resource.type_name) || declared(&resource.type_name, type_name) {
        return;
    }
    for &other in estate.of_type(type_name) {
        let from = estate.get(other);
        for (node, perhaps) in alternatives_at(&from.properties.entries, path) {
            let resolved = estate.resolve(from, node, &resource.type_name);
            match (resolved.found.contains(&scope.context.resource), resolved.open) {
                (true, None) => list.add(scope, other, perhaps.map(Why::of)),
                (_, Some(why)) if same_stack(from, resource) => list.doubt(other, &why),
                (_, Some(_)) | (false, None) => {}
            }
        }
    }
}

#[derive(Default)]
struct Related {
    /// Resources, each with why it is perhaps not related.
    found: Vec<(ResourceId, Option<Why>)>,
    rest: Option<Why>,
}

impl Related {
    fn add(&mut self, scope: &Scope, id: ResourceId, why: Option<Why>) {
        let why = scope.estate().get(id).presence.as_ref().map(Why::of).or(why);
        match self.found.iter_mut().find(|(known, _)| *known == id) {
            // What is certain by one way is certain.
            Some((_, reason)) if why.is_none() => *reason = None,
            Some(_) => {}
            None => self.found.push((id, why)),
        }
    }

    /// Adds what is perhaps related, if nothing else says that it is.
    fn doubt(&mut self, id: ResourceId, why: &Arc<Unknown>) {
        if !self.found.iter().any(|(known, _)| *known == id) {
            self.found.push((id, Some(Why::of(why))));
        }
    }

    fn finish<'a>(mut self, scope: &Scope<'a>, type_name: &str) -> V<'a> {
        self.found.sort_by_key(|(id, _)| *id);
        let rest = self.rest.or_else(|| gap(scope, type_name));
        let items = self.found.into_iter().map(|(id, why)| (V::Resource(id), why)).collect();
        V::List(Arc::new(OwnedList { items, rest }))
    }
}

/// Why more resources of a type may exist than are known.
fn gap(scope: &Scope, type_name: &str) -> Option<Why> {
    if !scope.closed_world {
        let reason = Reason::Stated(Arc::from(format!("other {type_name} may exist outside (--open-world)")));
        return Some(Why::of(&Arc::new(Unknown { reason, kind: Kind::Any })));
    }
    scope.estate().gap(scope.resource(), type_name).map(Why::of)
}

/// Every resource of a type.
pub(crate) fn all<'a>(scope: &Scope<'a>, type_name: &str) -> V<'a> {
    let estate = scope.estate();
    let items = estate
        .of_type(type_name)
        .iter()
        .map(|id| (V::Resource(*id), estate.get(*id).presence.as_ref().map(Why::of)))
        .collect();
    V::List(Arc::new(OwnedList { items, rest: gap(scope, type_name) }))
}

/// The resource that a property refers to: null where the property is absent, unknown where the reference
/// leaves the estate.
pub(crate) fn reference<'a>(scope: &Scope<'a>, from: ResourceId, path: &str, target: Option<&str>) -> V<'a> {
    let estate = scope.estate();
    let resource = estate.get(from);
    let nodes = at_path(&resource.properties.entries, path);
    let Some(node) = nodes.first() else {
        return match &resource.properties.rest {
            Some(why) => V::unknown(Why::of(why)),
            None => V::Null,
        };
    };
    if matches!(node.value, Value::Null) {
        return V::Null;
    }
    let resolved = estate.resolve(resource, node, target.unwrap_or_default());
    let outside = || {
        let text = node.value.as_text().map_or_else(|| format!("`{path}`"), |text| format!("`{text}`"));
        let reason = Reason::Stated(Arc::from(format!("{text} is not part of what was read")));
        V::Unknown(Why::of(&Arc::new(Unknown { reason, kind: Kind::Present })), Kind::Present)
    };
    match (resolved.found.as_slice(), resolved.open) {
        ([one], None) => V::Resource(*one),
        ([], None) => outside(),
        ([], Some(why)) => V::Unknown(Why::of(&why), Kind::Any),
        (several, open) => {
            let why = open.map_or_else(
                || {
                    let reason = Reason::Stated(Arc::from(format!("`{path}` refers to several resources")));
                    Why::of(&Arc::new(Unknown { reason, kind: Kind::Present }))
                },
                |why| Why::of(&why),
            );
            // With an open end the value may be absent or lead elsewhere: only unknown covers that.
            if matches!(&node.value, Value::Choice(choice) if choice.or_absent || choice.options.len() != several.len())
            {
                return V::unknown(why);
            }
            let options = several.iter().map(|id| V::Resource(*id)).collect();
            V::Choice(Arc::new(Alternatives { options, absent: false, why }))
        }
    }
}

/// The value of a tag: `Tags` is a list of `Key` and `Value`, or a map.
pub(crate) fn tag<'a>(scope: &Scope<'a>, key: &str) -> V<'a> {
    let field = Field { name: Arc::from("Tags"), absent: Absent::Null };
    let tags = select(scope, &V::Resource(scope.context.resource), &field);
    crate::value::lift(&[tags], &mut |arguments| tag_of(&arguments[0], key))
}

fn tag_of<'a>(tags: &V<'a>, key: &str) -> V<'a> {
    match tags {
        V::Null => V::Null,
        V::Unknown(why, _) => V::unknown(why.clone()),
        map if map.type_name() == Some("map") => entry_or_unread(map, &V::text(key)).unwrap_or(V::Null),
        _ => {
            let Some(mut elements) = tags.elements() else {
                return V::error("`Tags` is neither a list nor a map");
            };
            let mut open = None;
            for (item, maybe) in elements.by_ref() {
                let name = entry_or_unread(&item, &V::text("Key")).unwrap_or(V::Null);
                match (crate::value::equal(&name, &V::text(key)), maybe) {
                    (estate::truth::Truth::True, None) => {
                        return entry_or_unread(&item, &V::text("Value")).unwrap_or(V::Null);
                    }
                    (estate::truth::Truth::True, Some(why)) | (estate::truth::Truth::Unknown(why), _) => {
                        open = open.or(Some(why));
                    }
                    (estate::truth::Truth::False, _) => {}
                }
            }
            match open.or(elements.rest) {
                Some(why) => V::unknown(why),
                None => V::Null,
            }
        }
    }
}
