//! A resource of CloudFormation as the blocks of Terraform that make it: the mapping files read backwards.
//!
//! This is a test's tool. What it cannot say is not said: a resource whose properties have no argument, or whose
//! arguments clash, gives an error, and the case is told in the one form only.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use estate::catalogue::{Catalogue, TypeInfo};
use estate::resource::Resource;
use estate::value::{Kind, List, Map, Node, Reason, Unknown, Value};
use terraform::mapping::shape::snake;
use terraform::mapping::{self, Fill, Form, Head, Output, Source, Test};

use crate::arguments::{Argument, provider};

/// What an argument is given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    Value(Value),
    /// A value as a JSON text.
    Json(Value),
    Blocks(Vec<Body>),
}

/// The arguments of a block.
pub(crate) type Body = BTreeMap<String, Given>;

/// A block `resource`.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) type_name: &'static str,
    pub(crate) name: String,
    pub(crate) body: Body,
    /// Whether `prevent_destroy` is set.
    pub(crate) is_kept: bool,
}

/// Why a resource cannot be said in Terraform.
pub(crate) type Why = String;

type Result<T> = std::result::Result<T, Why>;

/// How far the other form is the same resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) blocks: Vec<Block>,
    /// Properties that the provider sets although the resource leaves them open, and CloudFormation's default is not
    /// known: the two need not agree.
    pub(crate) assumed: Vec<String>,
}

/// The provider's arguments.
fn types() -> &'static BTreeMap<&'static str, Argument> {
    static TYPES: OnceLock<BTreeMap<&'static str, Argument>> = OnceLock::new();
    TYPES.get_or_init(provider)
}

/// The mapped types with an output for a CloudFormation type, main resources and parts.
fn outputs(target: &str, is_part: bool) -> impl Iterator<Item = (&'static str, &'static Output)> {
    let all = mapping::files().iter().flat_map(|file| file.types);
    // What a resource makes beside itself (a topic its policy) has another name; what it makes instead has not.
    let is_main = |name: &str, output: &Output| {
        let all = &mapping::of(name).expect("it was found").outputs;
        all.first().is_some_and(|first| std::ptr::eq(first, output)) || !all[0].when.is_empty()
    };
    all.flat_map(|name| {
        mapping::of(name).into_iter().flat_map(|mapping| &mapping.outputs).map(move |o| (*name, o))
    })
    .filter(move |(name, o)| {
        o.target == target
            && o.owner.is_some() == is_part
            && o.each.is_none()
            && (is_part || is_main(name, o))
    })
}

/// Whether a type can be said at all.
pub(crate) fn is_mapped(target: &str) -> bool {
    outputs(target, false).next().is_some()
}

/// The ways of writing a resource in Terraform, with its parts inside it and as resources of their own.
pub(crate) fn forms(resource: &Resource) -> Vec<Result<Said>> {
    let mut found = Vec::new();
    for (type_name, output) in outputs(&resource.type_name, false) {
        for parts_first in [false, true] {
            let said = form(resource, type_name, output, parts_first);
            let is_new = |known: &Result<Said>| match (known, &said) {
                (Ok(a), Ok(b)) => {
                    a.blocks.len() != b.blocks.len()
                        || a.blocks
                            .iter()
                            .zip(&b.blocks)
                            .any(|(a, b)| (a.type_name, &a.body) != (b.type_name, &b.body))
                }
                _ => true,
            };
            if found.iter().all(is_new) {
                found.push(said);
            }
        }
    }
    found
}

fn form(
    resource: &Resource,
    type_name: &'static str,
    output: &'static Output,
    parts_first: bool,
) -> Result<Said> {
    let info = Catalogue::builtin().get(&resource.type_name).ok_or("no such type")?;
    if resource.presence.is_some() || !resource.suppressions.is_empty() || resource.properties.rest.is_some()
    {
        return Err("it is perhaps not there, or nothing is known of it".to_owned());
    }
    let is_kept = match resource.deletion_policy.as_ref().map(|node| &node.value) {
        None => false,
        Some(Value::Text(text)) if &**text == "Retain" => true,
        Some(_) => return Err("Terraform knows no such deletion policy".to_owned()),
    };
    let name = name(&resource.address);
    let mut said = Said::default();
    let mut left = resource.properties.clone();
    if parts_first {
        parts(resource, info, type_name, &name, &mut left, &mut said);
    }
    let mut make = Maker::new(resource, info, type_name, false);
    let mut body = Body::new();
    make.when(&output.when, &mut body)?;
    for (property, source) in &output.over {
        if let Some(node) = take(&mut left, property) {
            let many = Node {
                value: Value::List(Box::new(std::iter::once(node.clone()).collect())),
                span: node.span,
            };
            make.source(&many, source, &mut body).or_else(|_| make.source(&node, source, &mut body))?;
        }
    }
    make.fill(&mut left, &output.fill, &mut body)?;
    make.defaults(&resource.properties, &output.fill, &mut body);
    make.finish(&mut body)?;
    said.assumed.append(&mut make.assumed);
    parts(resource, info, type_name, &name, &mut left, &mut said);
    if let Some((property, _)) = left.entries.first() {
        return Err(format!("{type_name} has no argument for `{property}` as it is written"));
    }
    for argument in body.keys() {
        let known =
            matches!(types().get(type_name), Some(Argument::Block(all)) if all.contains_key(argument));
        if !known && argument != "tags" {
            return Err(format!("{type_name} has no argument `{argument}`"));
        }
    }
    said.blocks.insert(0, Block { type_name, name, body, is_kept });
    Ok(said)
}

/// A name that Terraform takes.
pub(crate) fn name(address: &str) -> String {
    let plain: String = address.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("r{plain}") } else { plain }
}

/// Resources of their own for what is left of the properties.
fn parts(
    resource: &Resource,
    info: &'static TypeInfo,
    main: &str,
    name: &str,
    left: &mut Map,
    said: &mut Said,
) {
    for (type_name, output) in outputs(&resource.type_name, true) {
        let is_simple = output.at.is_none() && output.over.is_empty();
        let Some(owner) = output.owner.as_ref().filter(|owner| owner.steps.len() == 1 && is_simple) else {
            continue;
        };
        // A part of another kind of owner (an instance's, a fleet's) would be one of this kind by accident.
        if !type_name.starts_with(main) && said.blocks.iter().any(|block| block.type_name == type_name) {
            continue;
        }
        for number in 0..PARTS_MAX {
            let before = left.clone();
            let Ok(mut made) = part(resource, info, type_name, output, &owner.steps[0], left) else {
                *left = before;
                break;
            };
            if *left == before {
                break;
            }
            said.assumed.append(&mut made.1);
            let name = if number == 0 { name.to_owned() } else { format!("{name}_{number}") };
            said.blocks.push(Block { type_name, name, body: made.0, is_kept: false });
        }
    }
}

/// Parts of one type, one for every element of a list.
const PARTS_MAX: usize = 20;

/// One part that takes what it can of the properties that are left, and what it assumes.
fn part(
    resource: &Resource,
    info: &'static TypeInfo,
    type_name: &'static str,
    output: &Output,
    owner: &str,
    left: &mut Map,
) -> Result<(Body, Vec<String>)> {
    let before = left.clone();
    let mut make = Maker::new(resource, info, type_name, true);
    let mut body = Body::new();
    let attribute = match owner {
        // What tells the owner with other properties is no id.
        _ if !output.also.is_empty() => Some(Arc::from(owner)),
        _ if owner.contains("arn") => Some(Arc::from("Arn")),
        _ => None,
    };
    let reason = Reason::Reference { target: resource.key.clone(), attribute };
    let reference = Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Text }));
    body.insert(owner.to_owned(), Given::Value(reference));
    for (property, source) in &output.also {
        // The owner is told by what it says of itself as well.
        let node = at(&resource.properties, property).ok_or("the owner does not say it")?;
        make.source(node, source, &mut body)?;
    }
    make.when(&output.when, &mut body)?;
    make.fill(left, &output.fill, &mut body)?;
    make.defaults(&before, &output.fill, &mut body);
    make.finish(&mut body)?;
    Ok((body, make.assumed))
}

/// Takes a property by path out of a map; maps on the way that are empty then go with it.
fn take(from: &mut Map, path: &str) -> Option<Node> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let first = first.trim_end_matches("[]");
    let at = from.entries.iter().position(|(key, _)| &**key == first)?;
    let Some(rest) = rest else { return Some(from.entries.remove(at).1) };
    let Value::Map(inner) = &mut from.entries[at].1.value else { return None };
    let found = take(inner, rest)?;
    if inner.entries.is_empty() && inner.rest.is_none() {
        from.entries.remove(at);
    }
    Some(found)
}

/// Puts a property back at a path of maps.
fn put_back(into: &mut Map, path: &str, node: Node) {
    let path = path.trim_end_matches("[]");
    let Some((first, rest)) = path.split_once('.') else { return into.set(Arc::from(path), node) };
    let mut inner = into.get(first).and_then(|node| node.value.as_map()).cloned().unwrap_or_default();
    put_back(&mut inner, rest, node);
    into.set(Arc::from(first), Node::of(Value::Map(Box::new(inner))));
}

/// The value at a path.
fn at<'m>(map: &'m Map, path: &str) -> Option<&'m Node> {
    let mut steps = path.split('.').map(|step| step.trim_end_matches("[]"));
    let mut node = map.get(steps.next()?)?;
    for step in steps {
        node = node.value.as_map()?.get(step)?;
    }
    Some(node)
}

/// What a body gives an argument; nothing for one that is not written.
fn written<'b>(body: &'b Body, steps: &[String]) -> Option<&'b Given> {
    let (first, rest) = steps.split_first()?;
    let given = body.get(first)?;
    if rest.is_empty() {
        return Some(given);
    }
    match given {
        Given::Blocks(blocks) => written(blocks.first()?, rest),
        _ => None,
    }
}

/// The key under which the element itself is given.
const ITSELF: &str = "";

/// Gives an argument a value.
fn give(body: &mut Body, steps: &[String], given: Given) -> Result<()> {
    match steps {
        [] => give(body, &[ITSELF.to_owned()], given),
        [only] => match (body.get_mut(only), given) {
            (None, given) => {
                body.insert(only.clone(), given);
                Ok(())
            }
            (Some(known), given) if *known == given => Ok(()),
            // Several properties stand in one block.
            (Some(Given::Blocks(known)), Given::Blocks(more)) if known.len() == 1 && more.len() == 1 => {
                for (key, given) in more.into_iter().flatten() {
                    give(&mut known[0], &[key], given)?;
                }
                Ok(())
            }
            (Some(Given::Value(Value::List(known))), Given::Value(Value::List(more))) => {
                known.items.extend(more.items);
                Ok(())
            }
            _ => Err(format!("`{only}` is given two values")),
        },
        [first, rest @ ..] => {
            let slot = body.entry(first.clone()).or_insert_with(|| Given::Blocks(vec![Body::new()]));
            match slot {
                Given::Blocks(blocks) if blocks.len() == 1 => give(&mut blocks[0], rest, given),
                _ => Err(format!("`{first}` is no single block")),
            }
        }
    }
}

/// Whether what has to be written is, and what must not be is not.
fn hold(conditions: Vec<(Vec<String>, bool)>, body: &Body) -> Result<()> {
    match conditions.into_iter().find(|(steps, is_set)| written(body, steps).is_some() != *is_set) {
        Some((steps, _)) => Err(format!("`{}` is written or not", steps.join("."))),
        None => Ok(()),
    }
}

struct Maker<'r> {
    /// Where the properties stand at this level: empty, or a path with a dot behind it.
    within: String,
    assumed: Vec<String>,
    /// Whether it is a part of another resource.
    is_part: bool,
    /// The provider's arguments at this level.
    of: Option<&'static Argument>,
    key: &'r Arc<str>,
    info: &'static TypeInfo,
    /// Arguments of the whole resource that elements give.
    outer: Vec<(Vec<String>, Given)>,
    /// What has to be written, or not.
    conditions: Vec<(Vec<String>, bool)>,
}

impl<'r> Maker<'r> {
    fn new(resource: &'r Resource, info: &'static TypeInfo, type_name: &str, is_part: bool) -> Maker<'r> {
        Maker {
            within: String::new(),
            assumed: Vec::new(),
            is_part,
            of: types().get(type_name),
            key: &resource.key,
            info,
            outer: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// What the provider takes at a path below this level.
    fn argument(&self, steps: &[String]) -> Option<&'static Argument> {
        steps.iter().try_fold(self.of?, |at, step| match at {
            Argument::Block(all) => all.get(step),
            _ => None,
        })
    }

    /// Does something a level deeper.
    fn deeper<T>(&mut self, steps: &[String], work: impl FnOnce(&mut Self) -> T) -> T {
        let inner = self.argument(steps);
        let outer = std::mem::replace(&mut self.of, inner);
        let made = work(self);
        self.of = outer;
        made
    }

    fn when(&mut self, when: &[(mapping::Path, Test)], body: &mut Body) -> Result<()> {
        for (path, test) in when {
            match test {
                Test::In(values) => {
                    let said = written(body, &path.steps).map(|given| match given {
                        Given::Value(value) => values.iter().any(|one| plain(value).as_deref() == Some(one)),
                        _ => false,
                    });
                    match said {
                        Some(true) => {}
                        Some(false) => return Err(format!("`{}` says otherwise", path.steps.join("."))),
                        None => give(body, &path.steps, Given::Value(typed(&values[0])))?,
                    }
                }
                Test::Set => self.conditions.push((path.steps.clone(), true)),
                Test::Unset => self.conditions.push((path.steps.clone(), false)),
            }
        }
        Ok(())
    }

    fn finish(&mut self, body: &mut Body) -> Result<()> {
        for (steps, given) in std::mem::take(&mut self.outer) {
            give(body, &steps, given)?;
        }
        hold(std::mem::take(&mut self.conditions), body)
    }

    /// Takes what a fill covers out of the properties.
    fn fill(&mut self, left: &mut Map, fill: &Fill, body: &mut Body) -> Result<()> {
        for (path, source) in &fill.set {
            let mut without = left.clone();
            let Some(node) = take(&mut without, path) else { continue };
            let node = match (path.strip_suffix("[]"), items(&node.value)) {
                (None, _) => node,
                // What appends gives one element; others are for parts of their own.
                (Some(_), Ok([first, rest @ ..])) if self.is_part => {
                    if !rest.is_empty() {
                        let rest = Value::List(Box::new(rest.iter().cloned().collect()));
                        put_back(&mut without, path, Node { value: rest, span: node.span });
                    }
                    Node {
                        value: Value::List(Box::new(std::iter::once(first.clone()).collect())),
                        span: node.span,
                    }
                }
                (Some(_), Ok([_, ..])) => node,
                (Some(_), _) => continue,
            };
            let mut with = body.clone();
            let before = (self.outer.clone(), self.conditions.clone());
            let sign = if node.value.as_list().is_some() { "[]" } else { "" };
            let outer = self.within.clone();
            self.within = format!("{outer}{}{sign}.", path.trim_end_matches("[]"));
            let made = self.source(&node, source, &mut with);
            self.within = outer;
            if made.is_ok() {
                *left = without;
                *body = with;
            } else {
                (self.outer, self.conditions) = before;
            }
        }
        for property in &fill.same {
            let mut without = left.clone();
            if let Some(node) = take(&mut without, property) {
                let given = match (self.argument(&[snake(property)]), &node.value) {
                    (Some(Argument::Text), Value::Map(_)) => Given::Json(node.value.clone()),
                    _ => same(&node.value),
                };
                give(body, &[snake(property)], given)?;
                *left = without;
            }
        }
        Ok(())
    }

    /// What the provider sets although the resource leaves it open is set to what CloudFormation would take.
    fn defaults(&mut self, properties: &Map, fill: &Fill, body: &mut Body) {
        for (path, source) in &fill.set {
            let sets = source.default.is_some()
                || matches!(&source.head, Head::Const(_) if source.when.is_empty())
                || matches!(&source.head, Head::First(all) if all.iter().any(|one| one.default.is_some()));
            if !sets || at(properties, path).is_some() {
                continue;
            }
            let whole = format!("{}{path}", self.within);
            let own = self.info.property(&whole).and_then(|property| property.default.as_deref());
            if own.is_some_and(|own| Some(&own.value) == source.default.as_ref()) {
                continue;
            }
            let mut with = body.clone();
            match own.map(|own| self.source(own, source, &mut with)) {
                Some(Ok(())) => *body = with,
                _ => self.assumed.push(whole),
            }
        }
    }

    /// Gives the arguments that make a value.
    fn source(&mut self, node: &Node, source: &Source, body: &mut Body) -> Result<()> {
        self.when(&source.when, body)?;
        let value = back(&node.value, source)?;
        match &source.head {
            Head::From(path) => {
                let given = match source.form {
                    Some(Form::Json) if !matches!(value, Value::Text(_) | Value::Unknown(_)) => {
                        Given::Json(value)
                    }
                    _ => leaf(value),
                };
                if path.outer {
                    self.outer.push((path.steps.clone(), given));
                    return Ok(());
                }
                give(body, &path.steps, given)
            }
            Head::Const(known) if *known == value => Ok(()),
            Head::Const(_) => Err("it is a constant".to_owned()),
            Head::Itself(_) => match &value {
                Value::Unknown(unknown) if matches!(&unknown.reason, Reason::Reference { target, .. } if target == self.key) => {
                    Ok(())
                }
                _ => Err("it is a reference to itself".to_owned()),
            },
            Head::Block(path, fill) => {
                let made = self.deeper(&path.steps, |make| make.one(&value, fill))?;
                if path.steps.is_empty() {
                    return made.into_iter().try_for_each(|(key, given)| give(body, &[key], given));
                }
                give(body, &path.steps, Given::Blocks(vec![made]))
            }
            Head::Each(path, fill, over) => {
                let mut blocks = Vec::new();
                for item in items(&value)? {
                    let mut left =
                        item.value.as_map().filter(|map| map.rest.is_none()).ok_or("no map")?.clone();
                    let mut made = Body::new();
                    for (property, source) in over {
                        if let Some(node) = take(&mut left, property) {
                            let list = std::iter::once(node.clone()).collect::<List>();
                            let many = Node { value: Value::List(Box::new(list)), span: node.span };
                            self.source(&many, source, &mut made)
                                .or_else(|_| self.source(&node, source, &mut made))?;
                        }
                    }
                    self.deeper(&path.steps, |make| make.all(left, fill, &mut made))?;
                    blocks.push(made);
                }
                let alone = |made: &Body| match (made.len(), made.get(ITSELF)) {
                    (1, Some(Given::Value(value))) => Some(Node::of(value.clone())),
                    _ => None,
                };
                let values: Option<Vec<Node>> = blocks.iter().map(alone).collect();
                let given = match values {
                    Some(values) if !values.is_empty() => {
                        Given::Value(Value::List(Box::new(values.into_iter().collect())))
                    }
                    _ => Given::Blocks(blocks),
                };
                give(body, &path.steps, given)
            }
            Head::Items(path, inner) => {
                let mut list = List::default();
                for item in items(&value)? {
                    let mut made = Body::new();
                    self.source(item, inner, &mut made)?;
                    match made.remove(ITSELF) {
                        Some(Given::Value(value)) if made.is_empty() => list.items.push(Node::of(value)),
                        _ => return Err("an element is more than a value".to_owned()),
                    }
                }
                give(body, &path.steps, Given::Value(Value::List(Box::new(list))))
            }
            Head::List(sources) => {
                // Each source gives one element.
                let mut left: Vec<&Source> = sources.iter().collect();
                for item in items(&value)? {
                    let found = left
                        .iter()
                        .enumerate()
                        .find_map(|(at, source)| Some((at, self.tried(item, source, body)?)));
                    let (at, made) = found.ok_or("no source takes an element")?;
                    left.remove(at);
                    *body = made;
                }
                Ok(())
            }
            Head::Concat(sources) => {
                let whole = Node { value: value.clone(), span: node.span };
                match sources.iter().find_map(|source| self.tried(&whole, source, body)) {
                    Some(made) => *body = made,
                    None => return self.each_by_one(&value, sources, body),
                }
                Ok(())
            }
            Head::First(sources) => {
                let whole = Node { value: value.clone(), span: node.span };
                *body = sources
                    .iter()
                    .find_map(|source| self.tried(&whole, source, body))
                    .ok_or("none of the sources")?;
                Ok(())
            }
            Head::Pairs(sources, names) => {
                for item in items(&value)? {
                    let map = item.value.as_map().ok_or("no map")?;
                    let key = map.get(&names[0]).and_then(|node| node.value.as_text()).ok_or("no key")?;
                    let (_, source) = sources.iter().find(|(name, _)| name == key).ok_or("no such pair")?;
                    let inner = map.get(&names[1]).ok_or("no value")?;
                    let inner = Node {
                        value: inner.value.as_text().map_or(inner.value.clone(), typed),
                        span: inner.span,
                    };
                    self.source(&inner, source, body)?;
                }
                Ok(())
            }
            Head::Entries(path, key, inner) => {
                let map = value.as_map().filter(|map| map.rest.is_none()).ok_or("no map")?;
                let mut blocks = Vec::new();
                for (name, node) in &map.entries {
                    let mut made = Body::new();
                    give(&mut made, &key.steps, Given::Value(Value::Text(name.clone())))?;
                    self.source(node, inner, &mut made)?;
                    blocks.push(made);
                }
                give(body, &path.steps, Given::Blocks(blocks))
            }
        }
    }

    fn tried(&mut self, node: &Node, source: &Source, body: &Body) -> Option<Body> {
        let before = (self.outer.clone(), self.conditions.clone());
        let mut with = body.clone();
        if self.source(node, source, &mut with).is_ok() {
            return Some(with);
        }
        (self.outer, self.conditions) = before;
        None
    }

    /// Each element of a list by the first source that takes it.
    fn each_by_one(&mut self, value: &Value, sources: &[Source], body: &mut Body) -> Result<()> {
        for item in items(value)? {
            let list = Node::of(Value::List(Box::new(std::iter::once(item.clone()).collect())));
            let made = sources.iter().find_map(|source| self.tried(&list, source, body));
            *body = made.ok_or("no source takes an element")?;
        }
        Ok(())
    }

    fn one(&mut self, value: &Value, fill: &Fill) -> Result<Body> {
        let map = value.as_map().filter(|map| map.rest.is_none()).ok_or("no map")?;
        let mut made = Body::new();
        self.all(map.clone(), fill, &mut made)?;
        Ok(made)
    }

    /// All of a map by a fill.
    fn all(&mut self, mut left: Map, fill: &Fill, body: &mut Body) -> Result<()> {
        let properties = left.clone();
        let outer = std::mem::take(&mut self.conditions);
        let made = self.fill(&mut left, fill, body);
        self.defaults(&properties, fill, body);
        let own = std::mem::replace(&mut self.conditions, outer);
        made.and_then(|()| hold(own, body))?;
        match left.entries.first() {
            None => Ok(()),
            Some((property, _)) => Err(format!("no argument for `{property}`")),
        }
    }
}

/// The elements of a list that is known; a single value counts as a list of one.
fn items(value: &Value) -> Result<&[Node]> {
    match value {
        Value::List(list) if list.rest.is_none() => Ok(&list.items),
        _ => Err("it is no list that is known".to_owned()),
    }
}

/// The value of a property as it is given to the argument of the same name.
fn same(value: &Value) -> Given {
    match value {
        Value::Map(map) if map.rest.is_none() => Given::Blocks(vec![
            map.entries.iter().map(|(key, node)| (snake(key), same(&node.value))).collect(),
        ]),
        Value::List(list) if list.rest.is_none() && !list.items.is_empty() => {
            let maps: Option<Vec<Body>> = list
                .items
                .iter()
                .map(|item| match same(&item.value) {
                    Given::Blocks(mut one) if item.value.as_map().is_some() => one.pop(),
                    _ => None,
                })
                .collect();
            maps.map_or_else(|| leaf(value.clone()), Given::Blocks)
        }
        other => leaf(other.clone()),
    }
}

fn leaf(value: Value) -> Given {
    Given::Value(value)
}

/// A known single value as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text as the truth value or number that it stands for.
fn typed(text: impl AsRef<str>) -> Value {
    match text.as_ref() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        other => other.parse().map_or_else(|_| Value::Text(Arc::from(other)), Value::Int),
    }
}

/// A value as it is before the mapping translates it.
fn back(value: &Value, source: &Source) -> Result<Value> {
    let mut value = value.clone();
    if let Value::Choice(choice) = &value {
        let mut choice = choice.clone();
        for option in &mut choice.options {
            option.value = back(&option.value, source)?;
        }
        return Ok(Value::Choice(choice));
    }
    match source.form {
        Some(Form::Tags) => value = tags(&value)?,
        Some(Form::List) => {
            if let [only] = items(&value)? {
                value = only.value.clone();
            }
        }
        _ => {}
    }
    if !source.prefix.is_empty() || !source.suffix.is_empty() {
        let text = value.as_text().ok_or("it is not known")?;
        let inner = text
            .strip_prefix(source.prefix.as_str())
            .and_then(|text| text.strip_suffix(source.suffix.as_str()));
        value = Value::Text(Arc::from(inner.ok_or("it has another form")?));
    }
    if let Some(times) = source.times {
        let number = match value {
            Value::Int(number) => number as f64 / times,
            Value::Double(number) => number / times,
            _ => return Err("it is no number".to_owned()),
        };
        if number.fract() != 0.0 {
            return Err("it is no whole number".to_owned());
        }
        value = Value::Int(number as i64);
    }
    if !source.values.is_empty() && !matches!(value, Value::Unknown(_)) {
        let known = source.values.iter().find(|(key, known)| key != "*" && *known == value);
        value = match known {
            Some((key, _)) => typed(key),
            None if source.values.iter().any(|(key, _)| key == "*") => {
                return Err("no word for it".to_owned());
            }
            None => {
                let text = plain(&value).unwrap_or_default();
                if source.values.iter().any(|(key, _)| *key == text) {
                    return Err("no word for it".to_owned());
                }
                value
            }
        };
    } else if !source.values.is_empty() {
        return Err("it is not known, and translated".to_owned());
    }
    Ok(value)
}

/// A list of `Key` and `Value` as a map.
fn tags(value: &Value) -> Result<Value> {
    let mut map = Map::default();
    let list = match value {
        Value::List(list) => list,
        Value::Unknown(_) => return Ok(value.clone()),
        _ => return Err("no list of tags".to_owned()),
    };
    for item in &list.items {
        let pair = item.value.as_map().ok_or("no tag")?;
        let (Some(key), Some(value)) =
            (pair.get("Key").and_then(|node| node.value.as_text()), pair.get("Value"))
        else {
            return Err("no tag".to_owned());
        };
        map.entries.push((Arc::from(key), value.clone()));
    }
    map.rest.clone_from(&list.rest);
    Ok(Value::Map(Box::new(map)))
}
