//! The elements of a control's `each`: every value in a list of the resource, with its place and its identity.

use std::sync::Arc;

use estate::catalogue::TypeInfo;
use estate::truth::Why;
use estate::value::{Map, Node, Span, Value};

use crate::types::{Base, Ty};
use crate::value::{Elements, V, entry};

/// A path to a list: names, each perhaps leading through the elements of another list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EachPath {
    /// The path as it is written.
    pub text: Arc<str>,
    /// The names, and whether the value under each is a list to go through.
    parts: Vec<(Arc<str>, bool)>,
}

/// An element under judgement.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    /// Its value.
    pub value: V<'a>,
    /// Its place for people, with indexes.
    pub path: String,
    /// Where it is written.
    pub span: Span,
    /// Why it is perhaps not there.
    pub maybe: Option<Why>,
}

impl EachPath {
    /// A path such as `SecurityGroupIngress` or `A[].B`; every list on the way is gone through.
    pub fn parse(text: &str) -> Option<EachPath> {
        let parts: Vec<(Arc<str>, bool)> = text
            .split('.')
            .map(|part| (Arc::from(part.trim_end_matches("[]")), part.ends_with("[]")))
            .collect();
        parts.iter().all(|(name, _)| !name.is_empty()).then(|| EachPath { text: Arc::from(text), parts })
    }

    /// The type of its elements; an error says which name is wrong, as a range of the path's text.
    pub fn element_type(
        &self,
        info: Option<&'static TypeInfo>,
    ) -> Result<Ty, (std::ops::Range<usize>, String, Option<String>)> {
        let Some(info) = info else { return Ok(Ty::of(Base::Any)) };
        let mut ty = Ty::of(Base::Object(info, 0));
        let mut at = 0;
        for (name, through) in &self.parts {
            let span = at..at + name.len();
            at += name.len() + usize::from(*through) * 2 + 1;
            ty = match &ty.base {
                Base::Object(info, shape) => {
                    let shape = info.shape(*shape);
                    match shape.property(name) {
                        Some(property) => Ty::of_shape(info, property.shape),
                        None if shape.open => Ty::of(Base::Any),
                        None => {
                            let names = shape.properties.iter().map(|property| property.name.as_str());
                            let hint = estate::catalogue::nearest(name, names)
                                .map(|near| format!("did you mean `{near}`?"));
                            return Err((span, format!("no property `{name}` on {}", info.name), hint));
                        }
                    }
                }
                Base::Any | Base::Map(_) => Ty::of(Base::Any),
                _ => return Err((span, format!("{ty} has no property `{name}`"), None)),
            };
            if *through {
                ty = element(&ty);
            }
        }
        Ok(element(&ty))
    }

    /// The elements of a resource, and why there may be more.
    pub fn elements<'a>(&self, properties: &'a Map) -> (Vec<Element<'a>>, Option<Why>) {
        let mut walk = Walk { found: Vec::new(), rest: None };
        let Some(((name, _), parts)) = self.parts.split_first() else { return (walk.found, None) };
        match properties.get(name) {
            Some(node) => walk.node(node, parts, name.to_string(), None),
            None => walk.rest = properties.rest.as_ref().map(Why::of),
        }
        (walk.found, walk.rest)
    }
}

fn element(ty: &Ty) -> Ty {
    match &ty.base {
        Base::List(element) => Ty { nullable: false, ..(**element).clone() },
        // A policy's `Statement` may be one map instead of a list.
        Base::Any | Base::Object(..) => Ty { nullable: false, ..ty.clone() },
        _ => Ty::of(Base::Any),
    }
}

struct Walk<'a> {
    found: Vec<Element<'a>>,
    rest: Option<Why>,
}

impl<'a> Walk<'a> {
    fn open(&mut self, why: &Why) {
        self.rest = Some(self.rest.take().unwrap_or_default().and(why));
    }

    /// Goes on from a node of the estate. Recursion is bounded by the path's length and choices, which do not nest.
    fn node(&mut self, node: &'a Node, parts: &[(Arc<str>, bool)], path: String, maybe: Option<Why>) {
        match &node.value {
            Value::Null => {}
            Value::Unknown(unknown) => self.open(&Why::of(unknown)),
            Value::Choice(choice) => {
                for option in &choice.options {
                    self.node(option, parts, path.clone(), Some(Why::of(&choice.why)));
                }
            }
            // Also a list on the way that the path does not mark.
            Value::List(list) => {
                for (i, item) in list.items.iter().enumerate() {
                    let path = format!("{path}[{i}]");
                    match &item.value {
                        Value::Choice(choice) => {
                            for option in &choice.options {
                                self.inside(option, parts, path.clone(), Some(Why::of(&choice.why)));
                            }
                        }
                        Value::Unknown(unknown) if !parts.is_empty() => self.open(&Why::of(unknown)),
                        _ => self.inside(item, parts, path, maybe.clone()),
                    }
                }
                if let Some(rest) = &list.rest {
                    self.open(&Why::of(rest));
                }
            }
            _ => self.inside(node, parts, path, maybe),
        }
    }

    /// A value that is an element, or a map to go on into.
    fn inside(&mut self, node: &'a Node, parts: &[(Arc<str>, bool)], path: String, maybe: Option<Why>) {
        let Some(((name, _), rest)) = parts.split_first() else {
            self.found.push(Element { value: V::of(node), path, span: node.span, maybe });
            return;
        };
        match &node.value {
            Value::Map(map) => match map.get(name) {
                Some(inner) => self.node(inner, rest, format!("{path}.{name}"), maybe),
                None => {
                    if let Some(why) = &map.rest {
                        self.open(&Why::of(why));
                    }
                }
            },
            // A document given as JSON text.
            Value::Text(text) => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(json) => {
                    let value = V::owned(&Node::of(Value::from(&json)));
                    self.owned(&value, parts, path, node.span, maybe);
                }
                Err(_) => {
                    if let V::Unknown(why, _) = V::error(format!("`{path}` is no JSON")) {
                        self.open(&why);
                    }
                }
            },
            Value::Partial(partial) => partial.holes().for_each(|hole| self.open(&Why::of(hole))),
            Value::Unknown(unknown) => self.open(&Why::of(unknown)),
            Value::Choice(choice) => {
                for option in &choice.options {
                    self.inside(option, parts, path.clone(), Some(Why::of(&choice.why)));
                }
            }
            _ => {}
        }
    }

    /// Goes on in a document that was read from a text: all of it is known.
    fn owned(
        &mut self,
        value: &V<'a>,
        parts: &[(Arc<str>, bool)],
        path: String,
        span: Span,
        maybe: Option<Why>,
    ) {
        let Some(((name, _), rest)) = parts.split_first() else {
            self.found.push(Element { value: value.clone(), path, span, maybe });
            return;
        };
        let Some(inner) = entry(value, &V::text(name.clone())) else { return };
        let path = format!("{path}.{name}");
        if inner.type_name() == Some("list") {
            let items: Vec<V<'a>> = inner.elements().into_iter().flat_map(Elements::into_values).collect();
            for (i, item) in items.iter().enumerate() {
                self.owned(item, rest, format!("{path}[{i}]"), span, maybe.clone());
            }
        } else {
            self.owned(&inner, rest, path, span, maybe);
        }
    }
}

impl<'a> Elements<'_, 'a> {
    fn into_values(self) -> Vec<V<'a>> {
        self.map(|(value, _)| value).collect()
    }
}

/// What identifies an element: the key that the catalogue names, else its content. Never its index.
pub fn identity(info: Option<&TypeInfo>, path: &EachPath, element: &Element) -> (Option<String>, String) {
    let properties = info.and_then(|info| info.element_key(&path.text));
    if let Some(properties) = properties {
        let parts: Option<Vec<String>> = properties
            .iter()
            .map(|name| {
                entry(&element.value, &V::text(name.clone())).map(|value| crate::message::show(&value))
            })
            .collect();
        if let Some(parts) = parts {
            let key = parts.join("/");
            return (Some(key.clone()), key);
        }
    }
    (None, crate::message::canonical(&element.value))
}

#[cfg(test)]
mod tests {
    use std::iter;

    use estate::value::{Kind, List, Reason, Unknown};

    use super::*;

    #[test]
    fn a_list_that_may_hold_more_opens_the_elements_wherever_it_stands() {
        let why = || Arc::new(Unknown { reason: Reason::Stated(Arc::from("a test")), kind: Kind::Any });
        let node = Node::of;
        let map =
            |key: &str, value| Value::Map(Box::new(iter::once((Arc::from(key), node(value))).collect()));
        let list = |item, rest| Value::List(Box::new(List { items: vec![node(item)], rest }));
        let rules = |outer, inner| map("Sets", list(map("Rules", list(Value::Int(1), inner)), outer));
        for path in ["Sets.Rules", "Sets[].Rules"] {
            let path = EachPath::parse(path).unwrap();
            for (outer, inner) in [(None, None), (Some(why()), None), (None, Some(why()))] {
                let is_open = outer.is_some() || inner.is_some();
                let Value::Map(properties) = rules(outer, inner) else { unreachable!() };
                let (found, rest) = path.elements(&properties);
                assert_eq!(
                    found.iter().map(|element| &*element.path).collect::<Vec<_>>(),
                    ["Sets[0].Rules[0]"]
                );
                assert_eq!(rest.is_some(), is_open, "{path:?}");
            }
        }
    }
}
