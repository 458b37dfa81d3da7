//! Applies a mapping to the arguments of a resource.

use std::sync::Arc;

use estate::catalogue::{Catalogue, Shape, TypeInfo};
use estate::value as plain;

use super::shape::{below, same, snake, through_lists};
use super::{Fill, Form, Head, Output, Path, Source, Test};
use crate::value::{
    Kind, List, Map, Node, Part, Reason, Span, Unknown, Value, as_string, from_double, join, number, parts,
};

/// What the sources of an output are read from.
#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    /// The arguments of the whole resource.
    pub(crate) whole: &'v Map,
    /// The element or block that paths start at; `None` for the whole resource.
    pub(crate) element: Option<&'v Node>,
    /// The key of the resource that references to itself lead to.
    pub(crate) key: &'v Arc<str>,
    /// Where the resource is written.
    pub(crate) span: Span,
}

impl View<'_> {
    /// The value at a path; `None` where nothing is written there.
    pub(crate) fn find(&self, path: &Path) -> Option<Node> {
        let mut steps = path.steps.iter();
        let start = match self.element.filter(|_| !path.outer) {
            Some(element) => element.clone(),
            None => match steps.next() {
                Some(first) => match (self.whole.get(first), &self.whole.rest) {
                    (Some(node), _) => node.clone(),
                    (None, Some(rest)) => open(rest, self.span),
                    (None, None) => return None,
                },
                None => Node::new(Value::Map(Arc::new(self.whole.clone())), self.span),
            },
        };
        let mut at = start;
        for step in steps {
            at = go(&at, step)?;
        }
        (!at.value.is_null()).then_some(at)
    }
}

fn open(rest: &Arc<Unknown>, span: Span) -> Node {
    Node::new(Value::unknown(rest.reason.of_part(), Kind::Any), span)
}

/// One step into a block or map. Of a block that is written several times, the first that is there counts.
fn go(node: &Node, step: &str) -> Option<Node> {
    match &node.value {
        Value::Map(map) => match (map.get(step), &map.rest) {
            (Some(node), _) => Some(node.clone()),
            (None, Some(rest)) => Some(open(rest, node.span)),
            (None, None) => None,
        },
        Value::List(list) => match (list.leading(), &list.rest) {
            (Some(first), _) => go(&first, step),
            (None, Some(rest)) => Some(open(rest, node.span)),
            (None, None) => None,
        },
        Value::Choice(choice) => {
            let null = Node::new(Value::Null, node.span);
            let options: Vec<Node> = choice
                .options
                .iter()
                .map(|option| go(option, step).unwrap_or_else(|| null.clone()))
                .collect();
            Some(Node::new(Value::choice(options, choice.why.clone()), node.span))
        }
        Value::Json(inner) => go(inner, step),
        Value::Unknown(unknown) => Some(open(unknown, node.span)),
        Value::Instance(instance) => {
            Some(Node::new(Value::Unknown(instance.reference(Some(step), Kind::Any)), node.span))
        }
        _ => None,
    }
}

/// What a condition says.
pub(crate) enum Holds {
    Yes,
    No,
    Perhaps(Arc<Unknown>),
}

pub(crate) fn holds(view: View, when: &[(Path, Test)]) -> Holds {
    let mut perhaps = None;
    for (path, test) in when {
        let node = view.find(path);
        let answer = match (test, &node) {
            (Test::Set | Test::In(_), None) => Some(false),
            (Test::Unset, None) => Some(true),
            (Test::Set | Test::Unset, Some(node)) => match &node.value {
                Value::Choice(choice) if choice.options.iter().any(|o| o.value.is_null()) => None,
                Value::Unknown(unknown) if unknown.kind == Kind::Any => None,
                // A plan has an empty list for a block that is not written.
                Value::List(list) if list.items.is_empty() && list.rest.is_none() => {
                    Some(*test == Test::Unset)
                }
                _ => Some(*test == Test::Set),
            },
            (Test::In(values), Some(node)) => fits(&node.value, values),
        };
        match answer {
            Some(true) => {}
            Some(false) => return Holds::No,
            None => {
                let unknown = node.and_then(|node| node.value.first_unknown());
                perhaps = perhaps.or(unknown);
            }
        }
    }
    perhaps.map_or(Holds::Yes, Holds::Perhaps)
}

fn fits(value: &Value, values: &[String]) -> Option<bool> {
    match value {
        Value::Choice(choice) => {
            let mut answers = choice.options.iter().map(|option| fits(&option.value, values));
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        Value::Null => Some(false),
        other => match as_string(other)? {
            Value::Text(text) => Some(values.iter().any(|value| **value == *text)),
            _ => None,
        },
    }
}

/// The properties that a fill gives, added to a map.
pub(crate) fn fill(view: View, fill: &Fill, info: &TypeInfo, shape: &Shape, into: &mut Map) {
    for name in &fill.same {
        let path = Path { outer: false, steps: vec![snake(name)] };
        if let (Some(node), Some(inner)) = (view.find(&path), below(info, shape, name)) {
            let node = same(info, inner, &node);
            put(into, name, node);
        }
    }
    for (path, source) in &fill.set {
        let inner = below(info, shape, path);
        if let Some(node) = value(view, source, info, inner) {
            put(into, path, node);
        }
    }
}

/// Sets a property by path, making the maps on the way; a path that ends in `[]` appends.
pub(crate) fn put(into: &mut Map, path: &str, node: Node) {
    if node.value.is_null() {
        return;
    }
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(rest) = rest else {
        match first.strip_suffix("[]") {
            Some(name) => append(into, name, node),
            None => into.set(Arc::from(first), node),
        }
        return;
    };
    let mut inner = match into.get(first).map(|node| &node.value) {
        Some(Value::Map(map)) => (**map).clone(),
        // What is not known as a whole may hold anything beside what is set here.
        Some(other) => Map { entries: Vec::new(), rest: other.made_of(Kind::Any) },
        None => Map::default(),
    };
    let span = into.get(first).map_or(node.span, |node| node.span);
    put(&mut inner, rest, node);
    into.set(Arc::from(first), Node::new(Value::Map(Arc::new(inner)), span));
}

fn append(into: &mut Map, name: &str, node: Node) {
    let (items, rest) = match node.value {
        Value::List(list) => (list.items.clone(), list.rest.clone()),
        _ => (vec![node.clone()], None),
    };
    let mut list = match into.get(name).map(|node| &node.value) {
        Some(Value::List(list)) => (**list).clone(),
        Some(other) => List { items: Vec::new(), set: false, rest: other.made_of(Kind::Any) },
        None => List::default(),
    };
    list.items.extend(items);
    list.rest = list.rest.or(rest);
    let span = into.get(name).map_or(node.span, |node| node.span);
    into.set(Arc::from(name), Node::new(Value::List(Arc::new(list)), span));
}

/// The value of a source; `None` where there is none.
pub(crate) fn value(view: View, source: &Source, info: &TypeInfo, shape: Option<&Shape>) -> Option<Node> {
    let why = match holds(view, &source.when) {
        Holds::No => return None,
        Holds::Yes => None,
        Holds::Perhaps(why) => Some(why),
    };
    let found = head(view, source, info, shape).filter(|node| !node.value.is_null());
    let found = found.map(|node| translated(&node, source));
    let default = source.default.as_ref().map(|value| constant(value, view.span));
    let node = match (found, default) {
        (None, default) => default?,
        (Some(node), None) => node,
        (Some(node), Some(default)) => or_default(node, &default),
    };
    match why {
        None => Some(node),
        Some(why) => {
            let span = node.span;
            Some(Node::new(Value::choice([node, Node::new(Value::Null, span)], why), span))
        }
    }
}

/// A value that may be absent takes the default where it is.
fn or_default(node: Node, default: &Node) -> Node {
    match &node.value {
        Value::Choice(choice) => {
            let options: Vec<Node> = choice
                .options
                .iter()
                .map(|option| if option.value.is_null() { default.clone() } else { option.clone() })
                .collect();
            Node::new(Value::choice(options, choice.why.clone()), node.span)
        }
        _ => node,
    }
}

fn head(view: View, source: &Source, info: &TypeInfo, shape: Option<&Shape>) -> Option<Node> {
    match &source.head {
        Head::From(path) => view.find(path),
        Head::Const(value) => Some(constant(value, view.span)),
        Head::Itself(attribute) => {
            let reason = Reason::Reference {
                target: view.key.clone(),
                attribute: attribute.as_deref().map(Arc::from),
            };
            Some(Node::new(Value::unknown(reason, Kind::Text), view.span))
        }
        Head::Block(path, inner) => {
            let block = view.find(path)?;
            one(view, &block, inner, &[], info, shape).pop()
        }
        Head::Each(path, inner, over) => {
            let found = view.find(path)?;
            Some(many(&found, |element| one(view, element, inner, over, info, shape)))
        }
        Head::Items(path, item) => {
            let found = view.find(path)?;
            let inner = shape.map(|shape| through_lists(info, shape));
            Some(many(&found, |element| {
                value(View { element: Some(element), ..view }, item, info, inner).into_iter().collect()
            }))
        }
        Head::List(sources) => {
            let inner = shape.map(|shape| through_lists(info, shape));
            let items: Vec<Node> =
                sources.iter().filter_map(|source| value(view, source, info, inner)).collect();
            (!items.is_empty()).then(|| Node::new(Value::list(items), view.span))
        }
        Head::Concat(sources) => {
            let mut all = Map::default();
            for source in sources {
                if let Some(node) = value(view, source, info, shape) {
                    append(&mut all, "", listed(node));
                }
            }
            all.remove("")
        }
        Head::First(sources) => first(view, sources, info, shape),
        Head::Pairs(sources, names) => {
            let items: Vec<Node> = sources
                .iter()
                .filter_map(|(key, source)| {
                    let node = value(view, source, info, None)?;
                    Some(pair(names, key, texted(node)))
                })
                .collect();
            (!items.is_empty()).then(|| Node::new(Value::list(items), view.span))
        }
        Head::Entries(path, key, source) => {
            let found = view.find(path)?;
            let mut map = Map::default();
            let Value::List(list) = &found.value else { return Some(open_map(&found)) };
            map.rest.clone_from(&list.rest);
            for item in &list.items {
                let inner = View { element: Some(item), ..view };
                let key = inner.find(key).and_then(|node| as_string(&node.value));
                match (key, value(inner, source, info, None)) {
                    (Some(Value::Text(key)), Some(node)) => map.set(key, node),
                    _ => map.rest = map.rest.or_else(|| item.value.made_of(Kind::Any)),
                }
            }
            Some(Node::new(Value::Map(Arc::new(map)), found.span))
        }
    }
}

fn open_map(node: &Node) -> Node {
    let value = node.value.made_of(Kind::Map).map_or(Value::Null, Value::Unknown);
    Node::new(value, node.span)
}

/// The first that is there; one that is perhaps there leaves those behind it open.
fn first(view: View, sources: &[Source], info: &TypeInfo, shape: Option<&Shape>) -> Option<Node> {
    let mut options: Vec<Node> = Vec::new();
    let mut why = None;
    for source in sources {
        let Some(node) = value(view, source, info, shape) else { continue };
        let perhaps = match &node.value {
            Value::Choice(choice) if choice.options.iter().any(|o| o.value.is_null()) => {
                Some(choice.why.clone())
            }
            Value::Unknown(unknown) if unknown.kind == Kind::Any => Some(unknown.clone()),
            _ => None,
        };
        match (&node.value, &perhaps) {
            (Value::Choice(choice), Some(_)) => {
                options.extend(choice.options.iter().filter(|o| !o.value.is_null()).cloned());
            }
            _ => options.push(node),
        }
        match perhaps {
            Some(perhaps) => why = why.or(Some(perhaps)),
            None => {
                return match why {
                    None => options.pop(),
                    Some(why) => Some(Node::new(Value::choice(options, why), view.span)),
                };
            }
        }
    }
    let why = why?;
    options.push(Node::new(Value::Null, view.span));
    Some(Node::new(Value::choice(options, why), view.span))
}

/// A list with what is made of every element.
fn many(found: &Node, make: impl Fn(&Node) -> Vec<Node>) -> Node {
    let mut list = List::default();
    let decoded = decoded(found);
    let found = decoded.as_ref().unwrap_or(found);
    match &found.value {
        Value::List(all) => {
            list.rest.clone_from(&all.rest);
            for item in &all.items {
                match &item.value {
                    Value::Choice(choice) => {
                        let null = Node::new(Value::Null, item.span);
                        for option in &choice.options {
                            if option.value.is_null() {
                                continue;
                            }
                            // An element that is one of several is each of them, perhaps.
                            for made in make(option) {
                                let value = Value::choice([made, null.clone()], choice.why.clone());
                                list.items.push(Node::new(value, item.span));
                            }
                        }
                    }
                    _ => list.items.extend(make(item)),
                }
            }
        }
        Value::Map(_) => list.items.extend(make(found)),
        other => match other.made_of(Kind::Any) {
            Some(why) => list.rest = Some(why),
            None => list.items.extend(make(found)),
        },
    }
    Node::new(Value::List(Arc::new(list)), found.span)
}

/// A JSON text as the value that it holds: an argument such as `container_definitions` is one.
fn decoded(node: &Node) -> Option<Node> {
    match &node.value {
        Value::Json(inner) => Some((**inner).clone()),
        Value::Text(_) | Value::Partial(_) => super::shape::read_json(&parts(&node.value)?, node.span),
        _ => None,
    }
}

/// The maps that are made of one element: one, or one for every value of further arguments.
fn one(
    view: View,
    element: &Node,
    inner: &Fill,
    over: &[(String, Source)],
    info: &TypeInfo,
    shape: Option<&Shape>,
) -> Vec<Node> {
    let element = match &element.value {
        // A block is a list of one.
        Value::List(list) => match (list.leading(), &list.rest) {
            (Some(first), _) => first,
            (None, Some(rest)) => return vec![open(rest, element.span)],
            (None, None) => return Vec::new(),
        },
        _ => element.clone(),
    };
    match &element.value {
        Value::Unknown(unknown) => return vec![open(unknown, element.span)],
        Value::Choice(choice) => {
            let options: Vec<Node> = choice
                .options
                .iter()
                .map(|option| {
                    if option.value.is_null() {
                        return option.clone();
                    }
                    let made = one(view, option, inner, &[], info, shape);
                    made.into_iter().next().unwrap_or_else(|| Node::new(Value::Null, option.span))
                })
                .collect();
            return vec![Node::new(Value::choice(options, choice.why.clone()), element.span)];
        }
        _ => {}
    }
    let here = View { element: Some(&element), ..view };
    let empty = Shape::default();
    let shape = shape.map_or(&empty, |shape| through_lists(info, shape));
    let mut base = Map::default();
    if let Value::Map(map) = &element.value {
        base.rest.clone_from(&map.rest);
    }
    fill(here, inner, info, shape, &mut base);
    if over.is_empty() {
        return vec![Node::new(Value::Map(Arc::new(base)), element.span)];
    }
    let (values, rest) = spread(here, over, info);
    let mut made: Vec<Node> = values
        .into_iter()
        .map(|(property, node)| {
            let mut map = base.clone();
            let span = node.span;
            put(&mut map, property, node);
            Node::new(
                Value::Map(Arc::new(map)),
                if is_inside(span, element.span) { span } else { element.span },
            )
        })
        .collect();
    if let Some((property, why)) = rest {
        // One stands for however many there are.
        let mut map = base.clone();
        put(&mut map, property, open(&why, element.span));
        let node = Node::new(Value::Map(Arc::new(map)), element.span);
        let null = Node::new(Value::Null, element.span);
        made.push(Node::new(Value::choice([node, null], why), element.span));
    }
    made
}

/// Whether a place lies within another: a value that comes from elsewhere does not show where it is used.
fn is_inside(inner: Span, outer: Span) -> bool {
    inner.is_some()
        && inner.file == outer.file
        && inner.line >= outer.line
        && inner.end_line() <= outer.end_line()
}

/// Values and the properties they are for, and why there may be more of one.
pub(crate) type Spread<'o> = (Vec<(&'o str, Node)>, Option<(&'o str, Arc<Unknown>)>);

/// The values of several arguments one by one, each with the property it is for; and why there may be more.
pub(crate) fn spread<'o>(view: View, over: &'o [(String, Source)], info: &TypeInfo) -> Spread<'o> {
    let mut values = Vec::new();
    let mut rest = None;
    for (property, source) in over {
        let Some(node) = value(view, source, info, None) else { continue };
        match &node.value {
            Value::List(list) => {
                values.extend(list.items.iter().map(|item| (property.as_str(), item.clone())));
                if let Some(why) = &list.rest {
                    rest = Some((property.as_str(), why.clone()));
                }
            }
            Value::Unknown(unknown) if unknown.kind != Kind::Text => rest = Some((property, unknown.clone())),
            Value::Choice(choice) if choice.options.iter().any(|o| matches!(o.value, Value::List(_))) => {
                rest = Some((property, choice.why.clone()));
            }
            _ => values.push((property.as_str(), node)),
        }
    }
    (values, rest)
}

fn translated(node: &Node, source: &Source) -> Node {
    if let Value::Choice(choice) = &node.value {
        let options: Vec<Node> = choice
            .options
            .iter()
            .map(|option| if option.value.is_null() { option.clone() } else { translated(option, source) })
            .collect();
        return Node::new(Value::choice(options, choice.why.clone()), node.span);
    }
    let mut node = node.clone();
    if !source.values.is_empty() {
        node = table(&node, &source.values);
    }
    if let Some(times) = source.times {
        let factor = match &node.value {
            Value::Text(text) => text.parse().ok(),
            other => number(other),
        };
        if let Some(n) = factor {
            node.value = from_double(n * times);
        } else if let Some(unknown) = node.value.made_of(Kind::Number) {
            node.value = Value::Unknown(unknown);
        }
    }
    if !(source.prefix.is_empty() && source.suffix.is_empty())
        && let Some(inner) = parts(&node.value)
    {
        let mut all = vec![Part::Known(Arc::from(source.prefix.as_str()))];
        all.extend(inner);
        all.push(Part::Known(Arc::from(source.suffix.as_str())));
        node.value = join(all);
    }
    match source.form {
        None => node,
        Some(form) => formed(node, form),
    }
}

/// A value translated by a table. What is not known may be any of the table's values.
fn table(node: &Node, values: &[(String, plain::Value)]) -> Node {
    let other = values.iter().find(|(key, _)| key == "*");
    let value = match as_string(&node.value) {
        Some(Value::Text(text)) => match values.iter().find(|(key, _)| **key == *text).or(other) {
            Some((_, value)) => constant(value, node.span).value,
            None => node.value.clone(),
        },
        _ => match node.value.first_unknown() {
            Some(unknown) => {
                let open = Arc::new(Unknown { reason: unknown.reason.clone(), kind: Kind::Any });
                let options = values.iter().map(|(_, value)| constant(value, node.span));
                // A value that means "not set" may be the one.
                let may_be_absent = values.iter().any(|(_, value)| matches!(value, plain::Value::Null));
                let covers = other.is_some() || is_bool_table(values);
                if covers {
                    Value::choice(options.collect::<Vec<_>>(), open)
                } else {
                    let kind = if may_be_absent { Kind::Any } else { Kind::Text };
                    Value::unknown(unknown.reason.of_part(), kind)
                }
            }
            None => node.value.clone(),
        },
    };
    Node::new(value, node.span)
}

fn is_bool_table(values: &[(String, plain::Value)]) -> bool {
    let has = |word: &str| values.iter().any(|(key, _)| key == word);
    has("true") && has("false")
}

fn formed(node: Node, form: Form) -> Node {
    let span = node.span;
    match form {
        Form::Text => texted(node),
        Form::List => listed(node),
        Form::Json => {
            let text = match &node.value {
                Value::Json(inner) => return (**inner).clone(),
                other => parts(other),
            };
            match text.and_then(|parts| super::shape::read_json(&parts, span)) {
                Some(read) => read,
                None => match node.value.made_of(Kind::Any) {
                    Some(unknown) => Node::new(Value::Unknown(unknown), span),
                    None => node,
                },
            }
        }
        Form::Lower | Form::Upper => {
            let change = |text: &str| {
                if form == Form::Lower { text.to_lowercase() } else { text.to_uppercase() }
            };
            let value = match &node.value {
                Value::Text(text) => Value::text(change(text)),
                other => other.made_of(Kind::Text).map_or_else(|| node.value.clone(), Value::Unknown),
            };
            Node::new(value, span)
        }
        Form::Tags => {
            let value = match &node.value {
                Value::Map(map) => {
                    let names = ["Key".to_owned(), "Value".to_owned()];
                    let items = map.entries.iter().filter(|(_, node)| !node.value.is_null());
                    Value::open_list(
                        items.map(|(key, node)| pair(&names, key, texted(node.clone()))).collect(),
                        false,
                        map.rest.clone(),
                    )
                }
                Value::Unknown(unknown) => Value::open_list(Vec::new(), false, Some(unknown.clone())),
                other => other.clone(),
            };
            Node::new(value, span)
        }
    }
}

fn pair(names: &[String; 2], key: &str, node: Node) -> Node {
    let span = node.span;
    Node::new(
        Value::map([
            (Arc::from(names[0].as_str()), Node::new(Value::text(key), span)),
            (Arc::from(names[1].as_str()), node),
        ]),
        span,
    )
}

fn texted(node: Node) -> Node {
    match &node.value {
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => {
            let value = as_string(&node.value).unwrap_or(Value::Null);
            Node::new(value, node.span)
        }
        Value::Choice(choice) => {
            let options: Vec<Node> = choice.options.iter().map(|option| texted(option.clone())).collect();
            Node::new(Value::choice(options, choice.why.clone()), node.span)
        }
        _ => node,
    }
}

fn listed(node: Node) -> Node {
    match &node.value {
        Value::List(_) => node,
        Value::Unknown(unknown) if unknown.kind != Kind::Text => {
            let span = node.span;
            Node::new(Value::open_list(Vec::new(), false, Some(unknown.clone())), span)
        }
        _ => {
            let span = node.span;
            Node::new(Value::list(vec![node]), span)
        }
    }
}

/// A constant of a mapping file.
pub(crate) fn constant(value: &plain::Value, span: Span) -> Node {
    let value = match value {
        plain::Value::Bool(b) => Value::Bool(*b),
        plain::Value::Int(n) => Value::Int(*n),
        plain::Value::Double(n) => Value::Double(*n),
        plain::Value::Text(text) => Value::Text(text.clone()),
        plain::Value::List(list) => {
            Value::list(list.items.iter().map(|item| constant(&item.value, span)).collect())
        }
        plain::Value::Map(map) => {
            Value::map(map.entries.iter().map(|(key, node)| (key.clone(), constant(&node.value, span))))
        }
        _ => Value::Null,
    };
    Node::new(value, span)
}

/// The type that an output makes.
pub(crate) fn info(output: &Output) -> Option<&'static TypeInfo> {
    Catalogue::builtin().get(&output.target)
}
