//! CloudFormation's functions.
//!
//! What each does is documented in the CloudFormation template reference, "Intrinsic functions"; `ForEach`,
//! `Length`, `ToJsonString` and the default of `FindInMap` under the `AWS::LanguageExtensions` transform.

use std::sync::Arc;

use document::{Entry, Kind as TreeKind, Tree};
use estate::catalogue::{Catalogue, Kinds, Returns, TypeInfo};
use estate::truth::Truth;
use estate::value::{Choice, Kind, List, Node, Part, Partial, Reason, Span, Value};

use crate::eval::{Evaluator, join, made_of, parts};
use crate::stack::Stack;
use crate::substitute::{Piece, pieces};
use crate::{cidr, condition, include, nested};

/// A call of a function: its full name and its argument.
pub(crate) struct Call<'t> {
    pub(crate) name: &'t str,
    pub(crate) argument: &'t Tree,
}

/// Writes every short form (`!Sub x`) in its long form (`Fn::Sub: x`), so that the rest knows only one.
///
/// Recursion is bounded by [`document::DEPTH_MAX`].
pub(crate) fn lengthen(tree: &mut Tree) {
    match &mut tree.kind {
        TreeKind::List(items) => items.iter_mut().for_each(lengthen),
        TreeKind::Map(entries) => entries.iter_mut().for_each(|entry| lengthen(&mut entry.value)),
        TreeKind::Scalar(_) | TreeKind::Damaged => {}
    }
    merge(tree);
    let Some(tag) = tree.tag.take() else { return };
    let key: Arc<str> = match &*tag {
        "Ref" | "Condition" => Arc::from(&*tag),
        // Not CloudFormation's: a tool such as Rain replaces it before deployment.
        foreign if foreign.contains("::") => Arc::from(format!("!{foreign}")),
        name => Arc::from(format!("Fn::{name}")),
    };
    let span = tree.span;
    let kind = std::mem::replace(&mut tree.kind, TreeKind::Damaged);
    let value = Tree { kind, span, tag: None };
    tree.kind = TreeKind::Map(vec![Entry { key, key_span: span, value }]);
}

/// YAML's merge key `<<`: the entries of the maps behind it are added; what is written beside it wins.
fn merge(tree: &mut Tree) {
    let TreeKind::Map(entries) = &mut tree.kind else { return };
    let Some(at) = entries.iter().position(|entry| &*entry.key == "<<") else { return };
    let source = entries.remove(at).value;
    let sources = if source.items().is_empty() { std::slice::from_ref(&source) } else { source.items() };
    for entry in sources.iter().flat_map(document::Tree::entries) {
        if !entries.iter().any(|known| known.key == entry.key) {
            entries.push(entry.clone());
        }
    }
}

/// The call that a tree is.
pub(crate) fn call(tree: &Tree) -> Option<Call<'_>> {
    let [entry] = tree.entries() else { return None };
    let is_call = &*entry.key == "Ref"
        || (&*entry.key == "Condition" && entry.value.text().is_some())
        || (entry.key.starts_with("Fn::") && !entry.key.starts_with("Fn::ForEach::"))
        || entry.key.starts_with('!');
    is_call.then(|| Call { name: &entry.key, argument: &entry.value })
}

/// The value of a call; `None` where it is `AWS::NoValue`.
pub(crate) fn evaluate(evaluator: &Evaluator, tree: &Tree, call: &Call) -> Option<Node> {
    let argument = call.argument;
    let node = match call.name {
        "Ref" => return reference(evaluator, tree, argument),
        "Fn::GetAtt" => get_att(evaluator, tree, argument),
        "Fn::Sub" => sub(evaluator, tree, argument),
        "Fn::Join" => join_list(evaluator, tree, argument),
        "Fn::Select" => select(evaluator, tree, argument),
        "Fn::Split" => split(evaluator, tree, argument),
        "Fn::FindInMap" => return find_in_map(evaluator, tree, argument),
        "Fn::If" => return if_(evaluator, tree, argument),
        "Fn::ImportValue" => import(evaluator, tree, argument),
        "Fn::Base64" => base64(evaluator, tree, argument),
        "Fn::Cidr" => cidr::evaluate(evaluator, tree, argument),
        "Fn::GetAZs" => {
            let reason = Reason::Stated(Arc::from("the availability zones are those of the account"));
            evaluator.unknown(tree, reason, Kind::List)
        }
        "Fn::Length" => length(evaluator, tree, argument),
        "Fn::ToJsonString" => return to_json(evaluator, tree, argument),
        "Fn::Transform" => return include::as_value(evaluator, tree, argument),
        "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" | "Fn::Contains" => {
            match condition::evaluate(evaluator, tree) {
                Truth::True => Node { value: Value::Bool(true), span: tree.span },
                Truth::False => Node { value: Value::Bool(false), span: tree.span },
                unknown @ Truth::Unknown(_) => {
                    Node { value: Value::Unknown(condition::undecided(&unknown, "")), span: tree.span }
                }
            }
        }
        // A map with the one key `Condition` is a policy statement's, or the like.
        "Condition" => {
            let map = evaluator.map(tree.entries());
            Node { value: Value::Map(Box::new(map)), span: tree.span }
        }
        name => {
            let name = name.trim_start_matches('!');
            evaluator.stack.say(
                true,
                "unknown-function",
                tree.span,
                format!("`{name}` is not known: its value is unknown"),
            );
            evaluator.unknown(tree, Reason::Macro(Arc::from(name)), Kind::Any)
        }
    };
    Some(node)
}

fn at(span: Span, value: Value) -> Node {
    Node { value, span }
}

fn reference(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Option<Node> {
    let Some(name) = argument.text() else {
        // The language extensions allow functions inside `Ref`.
        let name = evaluator.value(argument)?;
        return match &name.value {
            Value::Text(name) => named(evaluator, tree.span, name),
            _ => Some(evaluator.wrong(tree, "`Ref` takes a name")),
        };
    };
    named(evaluator, tree.span, name)
}

/// What a name stands for: a loop variable, pseudo parameter, parameter or resource.
pub(crate) fn named(evaluator: &Evaluator, span: Span, name: &str) -> Option<Node> {
    if let Some(node) = evaluator.bound(name) {
        return Some(node.clone());
    }
    let stack = evaluator.stack;
    let text = |text: &str| Some(at(span, Value::Text(Arc::from(text))));
    let pseudo = |kind| Some(at(span, Value::Unknown(Stack::unknown(Reason::Pseudo(Arc::from(name)), kind))));
    match name {
        "AWS::NoValue" => return None,
        "AWS::AccountId" if stack.account.is_some() => return text(stack.account.as_deref()?),
        "AWS::Region" if stack.region.is_some() => return text(stack.region.as_deref()?),
        "AWS::Partition" | "AWS::URLSuffix" if stack.region.is_some() => {
            let region = stack.region.as_deref()?;
            let (partition, suffix) = partition(region);
            return text(if name == "AWS::Partition" { partition } else { suffix });
        }
        "AWS::NotificationARNs" => return pseudo(Kind::List),
        _ if name.starts_with("AWS::") => return pseudo(Kind::Text),
        _ => {}
    }
    if let Some(value) = stack.parameters.get(name) {
        return value.clone().map(|node| Node { value: node.value, span });
    }
    let name = &crate::substitute::loop_text(evaluator, name);
    if !is_declared(evaluator, name) {
        stack.say(
            true,
            "unresolved",
            span,
            format!("`{name}` is neither a parameter nor a resource of this template"),
        );
        return Some(at(
            span,
            Value::unknown(Reason::Failed(Arc::from(format!("`{name}` is not declared")))),
        ));
    }
    let type_name = stack.resource(name).and_then(|tree| tree.get("Type")).and_then(Tree::text);
    let info = type_name.and_then(|name| Catalogue::builtin().get(name));
    if let Some(arn) =
        info.filter(|info| info.returns == Returns::Arn).and_then(|info| arn(stack, info, name))
    {
        return Some(at(span, arn));
    }
    Some(at(span, stack.reference(name, None, Kind::Text)))
}

/// The ARN of a resource of the template as far as its form is documented: the service and the kind of resource
/// are known, the name is not.
fn arn(stack: &Stack, info: &TypeInfo, name: &str) -> Option<Value> {
    let pattern = info.arn.as_deref()?;
    let hole = |reason, kind| Part::Hole(Stack::unknown(reason, kind));
    let pseudo = |name: &str, known: Option<&str>| match known {
        Some(known) => Part::Known(Arc::from(known)),
        None => hole(Reason::Pseudo(Arc::from(name)), Kind::Text),
    };
    let region = stack.region.as_deref();
    let mut parts = Vec::new();
    let mut named = false;
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (property, after) = after.split_once('}')?;
        parts.push(Part::Known(Arc::from(before)));
        parts.push(match property {
            "partition" => pseudo("AWS::Partition", region.map(|region| partition(region).0)),
            "region" => pseudo("AWS::Region", region),
            "account" => pseudo("AWS::AccountId", stack.account.as_deref()),
            _ => {
                named = true;
                hole(Reason::Reference { target: stack.key(name), attribute: None }, Kind::Text)
            }
        });
        rest = after;
    }
    parts.push(Part::Known(Arc::from(rest)));
    // Without a part that stands for the resource, the text would not lead to it.
    named.then(|| join(parts))
}

/// The partition of a region and its domain.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
fn partition(region: &str) -> (&'static str, &'static str) {
    match region.split('-').next() {
        Some("cn") => ("aws-cn", "amazonaws.com.cn"),
        Some("us") if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
        Some("us") if region.starts_with("us-iso-") => ("aws-iso", "c2s.ic.gov"),
        Some("us") if region.starts_with("us-isob-") => ("aws-iso-b", "sc2s.sgov.gov"),
        Some("us") if region.starts_with("us-isof-") => ("aws-iso-f", "csp.hci.ic.gov"),
        Some("eu") if region.starts_with("eu-isoe-") => ("aws-iso-e", "cloud.adc-e.uk"),
        Some("eusc") => ("aws-eusc", "amazonaws.eu"),
        _ => ("aws", "amazonaws.com"),
    }
}

/// Whether the template has, or may make, a resource of this name.
fn is_declared(evaluator: &Evaluator, name: &str) -> bool {
    let stack = evaluator.stack;
    stack.resource(name).is_some()
        || stack.serverless
        || stack.own_macro.is_some()
        || !stack.document.complete
        || stack.has_modules()
        || crate::foreach::declares(stack, "Resources", name)
}

fn get_att(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let text = |tree: &Tree| match evaluator.value(tree).map(|node| node.value) {
        Some(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    };
    let pair = match argument.items() {
        [] => text(argument).and_then(|whole| {
            whole.split_once('.').map(|(name, attribute)| (name.to_owned(), attribute.to_owned()))
        }),
        [name, attribute] => text(name).zip(text(attribute)),
        // `[Nested, Outputs, Name]` is not documented, but written.
        [name, rest @ ..] => {
            text(name).zip(rest.iter().map(text).collect::<Option<Vec<_>>>().map(|parts| parts.join(".")))
        }
    };
    match pair {
        Some((name, attribute)) => attribute_of(evaluator, tree.span, &name, &attribute),
        None if evaluator.bindings.is_empty() => {
            evaluator.wrong(tree, "`Fn::GetAtt` takes a resource's name and an attribute")
        }
        None => {
            evaluator.unknown(tree, Reason::Stated(Arc::from("the loop's names are not known")), Kind::Any)
        }
    }
}

fn attribute_of(evaluator: &Evaluator, span: Span, name: &str, attribute: &str) -> Node {
    let stack = evaluator.stack;
    if !is_declared(evaluator, name) {
        stack.say(true, "unresolved", span, format!("`{name}` is not a resource of this template"));
        return at(span, Value::unknown(Reason::Failed(Arc::from(format!("`{name}` is not declared")))));
    }
    let resource = stack.resource(name);
    let type_name = resource.and_then(|tree| tree.get("Type")).and_then(Tree::text).map_or("", |text| text);
    if let (Some(output), "AWS::CloudFormation::Stack") = (attribute.strip_prefix("Outputs."), type_name)
        && let Some(node) = nested::output(stack, name, output)
    {
        return Node { value: node.value, span };
    }
    let info = Catalogue::builtin().get(type_name);
    let property = info.and_then(|info| info.property(attribute));
    let kind = match (info, property) {
        (Some(info), Some(property)) => kind_of(info.shape(property.shape).kinds),
        // A custom resource returns what its author likes, a nested stack that is not at hand as well.
        _ if !type_name.is_empty()
            && (!type_name.starts_with("AWS::") || type_name.ends_with("::CustomResource")) =>
        {
            Kind::Any
        }
        _ if attribute.starts_with("Outputs.") => Kind::Any,
        _ if attribute.ends_with("Arn") => Kind::Text,
        _ => Kind::Present,
    };
    // An attribute that is an ordinary property has the value written there (a VPC's `CidrBlock`).
    if property.is_some_and(|property| !property.read_only) {
        let place: (Arc<str>, Arc<str>) = (Arc::from(name), Arc::from(attribute));
        let written = attribute
            .split('.')
            .try_fold(resource.and_then(|tree| tree.get("Properties")), |tree, part| {
                tree?.get(part).map(Some)
            })
            .flatten();
        if let Some(tree) = written {
            if stack.visiting.borrow().contains(&place) {
                stack.say(true, "cycle", span, format!("`{name}.{attribute}` depends on itself"));
            } else {
                stack.visiting.borrow_mut().push(place);
                let value = evaluator.value(tree);
                stack.visiting.borrow_mut().pop();
                if let Some(node) = value.filter(|node| node.value.is_known()) {
                    return Node { value: node.value, span };
                }
            }
        }
    }
    if attribute == "Arn"
        && let Some(arn) = info.and_then(|info| arn(stack, info, name))
    {
        return at(span, arn);
    }
    at(span, stack.reference(name, Some(attribute), kind))
}

fn kind_of(kinds: Kinds) -> Kind {
    match kinds {
        Kinds::TEXT => Kind::Text,
        Kinds::BOOL => Kind::Bool,
        Kinds::INT | Kinds::NUMBER => Kind::Number,
        Kinds::LIST => Kind::List,
        Kinds::MAP => Kind::Map,
        _ => Kind::Present,
    }
}

fn sub(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let (template, variables) = match argument.items() {
        [] => (argument, None),
        [template, variables] => (template, Some(variables)),
        [template] => (template, None),
        _ => return evaluator.wrong(tree, "`Fn::Sub` takes a text, or a text and a map"),
    };
    let Some(text) = template.text() else {
        // A macro or another tool may put the text there.
        return match evaluator.value(template).and_then(|node| made_of(&node.value, Kind::Text)) {
            Some(unknown) => at(tree.span, Value::Unknown(unknown)),
            None => evaluator.wrong(tree, "`Fn::Sub` takes a text"),
        };
    };
    let mut joined = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => joined.extend(crate::substitute::dynamic(text)),
            Piece::Variable(name) => {
                let node = variable(evaluator, tree.span, name, variables);
                match node.as_ref().map_or(Some(Vec::new()), |node| parts(&node.value)) {
                    Some(parts) => joined.extend(parts),
                    None => match node.and_then(|node| made_of(&node.value, Kind::Text)) {
                        Some(unknown) => joined.push(Part::Hole(unknown)),
                        None => return evaluator.wrong(tree, format!("`{name}` in `Fn::Sub` is not a text")),
                    },
                }
            }
        }
    }
    at(tree.span, resolve_again(join(joined)))
}

/// A dynamic reference may be put together by `Fn::Sub` or `Fn::Join`.
fn resolve_again(value: Value) -> Value {
    match &value {
        Value::Text(text) if text.contains("{{resolve:") => Partial::join(crate::substitute::dynamic(text)),
        Value::Partial(partial) if partial.prefix().starts_with("{{resolve:") => {
            let reason = Reason::Dynamic(Arc::from(shown(partial)));
            Value::Unknown(Stack::unknown(reason, Kind::Text))
        }
        _ => value,
    }
}

fn variable(evaluator: &Evaluator, span: Span, name: &str, variables: Option<&Tree>) -> Option<Node> {
    if let Some(tree) = variables.and_then(|map| map.get(name)) {
        return evaluator.value(tree);
    }
    match name.split_once('.') {
        Some((resource, attribute)) if evaluator.bound(name).is_none() => {
            let resource = crate::substitute::loop_text(evaluator, resource);
            Some(attribute_of(evaluator, span, &resource, attribute))
        }
        _ => named(evaluator, span, name),
    }
}

fn join_list(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let [delimiter, list] = argument.items() else {
        return evaluator.wrong(tree, "`Fn::Join` takes a delimiter and a list");
    };
    let delimiter = match evaluator.value(delimiter).map(|node| node.value) {
        Some(Value::Text(text)) => text,
        None | Some(Value::Null) => Arc::from(""),
        Some(Value::Int(i)) => Arc::from(i.to_string()),
        _ => return evaluator.wrong(tree, "the delimiter of `Fn::Join` is a text"),
    };
    let Some(node) = evaluator.value(list) else { return at(tree.span, Value::Text(Arc::from(""))) };
    let Value::List(list) = &node.value else {
        return match made_of(&node.value, Kind::Text) {
            Some(unknown) => at(tree.span, join(vec![Part::Hole(unknown)])),
            None => match parts(&node.value) {
                Some(parts) => at(tree.span, join(parts)),
                None => evaluator.wrong(tree, "`Fn::Join` takes a list"),
            },
        };
    };
    let mut joined = Vec::new();
    // Whether an element before is certain, so that a delimiter stands before the next.
    let mut follows = false;
    for item in &list.items {
        if let Value::Choice(choice) = &item.value
            && choice.or_absent
        {
            // With the element its delimiter may be missing: both are in the hole.
            joined.push(Part::Hole(Stack::unknown(choice.why.reason.of_part(), Kind::Any)));
            continue;
        }
        if follows {
            joined.push(Part::Known(delimiter.clone()));
        }
        follows = true;
        match parts(&item.value) {
            Some(parts) => joined.extend(parts),
            None => match made_of(&item.value, Kind::Text) {
                Some(unknown) => joined.push(Part::Hole(unknown)),
                None => return evaluator.wrong(tree, "`Fn::Join` takes a list of texts"),
            },
        }
    }
    joined.extend(list.rest.iter().map(|rest| Part::Hole(rest.clone())));
    at(tree.span, resolve_again(join(joined)))
}

fn select(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let [index, list] = argument.items() else {
        return evaluator.wrong(tree, "`Fn::Select` takes an index and a list");
    };
    let index = evaluator.value(index).map(|node| node.value);
    let position = match &index {
        Some(Value::Int(i)) => usize::try_from(*i).ok(),
        Some(Value::Text(text)) => text.parse().ok(),
        Some(value) => match made_of(value, Kind::Any) {
            Some(unknown) => return at(tree.span, Value::Unknown(unknown)),
            None => None,
        },
        None => None,
    };
    let Some(position) = position else {
        return evaluator.wrong(tree, "the index of `Fn::Select` is a whole number from 0");
    };
    let Some(Node { value, .. }) = evaluator.value(list) else {
        return evaluator.wrong(tree, "`Fn::Select` takes a list");
    };
    // What is selected from a value that is no list yet is one element; nothing is known of its type.
    let mut kind = Kind::Present;
    if let Value::List(list) = &value {
        let certain = !list.items.iter().take(position + 1).any(condition::may_be_absent);
        match list.items.get(position) {
            Some(item) if certain => return at(tree.span, item.value.clone()),
            None if list.rest.is_none() => {
                let message =
                    format!("`Fn::Select` asks for element {position} of a list of {}", list.items.len());
                return evaluator.wrong(tree, message);
            }
            // An element before may be missing, and then another one stands here; or it is one of the rest.
            _ => kind = Kind::Any,
        }
    }
    match made_of(&value, kind) {
        Some(unknown) => at(tree.span, Value::Unknown(unknown)),
        None => evaluator.wrong(tree, "`Fn::Select` takes a list"),
    }
}

fn split(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let [delimiter, text] = argument.items() else {
        return evaluator.wrong(tree, "`Fn::Split` takes a delimiter and a text");
    };
    let Some(delimiter) = delimiter.text().filter(|text| !text.is_empty()) else {
        return evaluator.wrong(tree, "the delimiter of `Fn::Split` is a text");
    };
    let Some(node) = evaluator.value(text) else { return at(tree.span, Value::List(Box::default())) };
    let item = |text: &str| at(tree.span, Value::Text(Arc::from(text)));
    match &node.value {
        Value::Text(text) => {
            at(tree.span, Value::List(Box::new(text.split(&**delimiter).map(item).collect())))
        }
        Value::Partial(partial) => {
            // Whole elements before the first hole are certain; the hole may hold the delimiter.
            let mut items: Vec<Node> = partial.prefix().split(&**delimiter).map(item).collect();
            items.pop();
            let rest = made_of(&node.value, Kind::Text);
            at(tree.span, Value::List(Box::new(List { items, rest })))
        }
        value => match made_of(value, Kind::List) {
            Some(unknown) => at(tree.span, Value::Unknown(unknown)),
            None => evaluator.wrong(tree, "`Fn::Split` takes a text"),
        },
    }
}

fn find_in_map(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Option<Node> {
    let items = argument.items();
    if !(3..=4).contains(&items.len()) {
        return Some(evaluator.wrong(tree, "`Fn::FindInMap` takes a map's name and two keys"));
    }
    let default = items.get(3).and_then(|tree| tree.get("DefaultValue"));
    let Some(keys) = items[..3].iter().map(|item| evaluator.value(item)).collect::<Option<Vec<_>>>() else {
        return Some(evaluator.wrong(tree, "`Fn::FindInMap` does not take `AWS::NoValue`"));
    };
    let fail = |what: String| match default {
        Some(default) => evaluator.value(default),
        None => Some(evaluator.wrong(tree, what)),
    };
    let Some(Value::Text(name)) = keys.first().map(|node| &node.value) else {
        return Some(match made_of(&keys[0].value, Kind::Any) {
            Some(unknown) => at(tree.span, Value::Unknown(unknown)),
            None => evaluator.wrong(tree, "the name of a map is a text"),
        });
    };
    let Some(map) = evaluator.stack.section("Mappings").and_then(|maps| maps.get(name)) else {
        return fail(format!("no mapping `{name}` is declared"));
    };
    // With an unknown key any of the map's values is possible.
    let mut open = None;
    let mut level = vec![map];
    for node in &keys[1..] {
        if let Some(keys) = known_keys(&node.value) {
            open = open.or_else(|| made_of(&node.value, Kind::Any));
            level = level.iter().flat_map(|map| keys.iter().filter_map(|key| map.get(key))).collect();
            continue;
        }
        let key = parts(&node.value).filter(|parts| parts.iter().all(|part| matches!(part, Part::Known(_))));
        if let Some(Value::Text(key)) = key.map(join) {
            level = level.into_iter().filter_map(|map| map.get(&key)).collect();
        } else {
            open = open.or_else(|| made_of(&node.value, Kind::Any));
            level =
                level.into_iter().flat_map(|map| map.entries().iter().map(|entry| &entry.value)).collect();
        }
    }
    match open {
        None => match level.first() {
            Some(found) => Some(at(tree.span, mapped(found))),
            None => fail(format!("mapping `{name}` has no such keys")),
        },
        Some(why) => {
            let mapped = level.into_iter().map(|tree| Some(at(tree.span, mapped(tree))));
            let options = mapped.chain(default.map(|tree| evaluator.value(tree)));
            Choice::among(options, why.clone(), tree.span)
                .or_else(|| Some(at(tree.span, Value::Unknown(why))))
        }
    }
}

/// The keys that are possible, where a few are: a parameter with allowed values.
fn known_keys(value: &Value) -> Option<Vec<Arc<str>>> {
    let Value::Choice(choice) = value else { return None };
    let key = |option: &Node| option.value.as_text().map(Arc::from);
    if choice.or_absent { None } else { choice.options.iter().map(key).collect() }
}

/// What stands in a mapping: values only, no functions.
fn mapped(tree: &Tree) -> Value {
    crate::eval::plain(tree)
}

fn if_(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Option<Node> {
    let [name, yes, no] = argument.items() else {
        return Some(evaluator.wrong(tree, "`Fn::If` takes a condition and two values"));
    };
    let truth = condition::referred(evaluator, name);
    let label = name.text().map_or("", |text| text);
    match truth {
        Truth::True => evaluator.value(yes),
        Truth::False => evaluator.value(no),
        unknown @ Truth::Unknown(_) => {
            let why = condition::undecided(&unknown, label);
            Choice::among([evaluator.value(yes), evaluator.value(no)], why, tree.span)
        }
    }
}

fn import(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let name = match evaluator.value(argument).map(|node| node.value) {
        Some(Value::Text(name)) => name,
        // What fills the hole is part of which export it is, so two of them are not one value.
        Some(Value::Partial(partial)) => {
            let reason = Reason::Import(Arc::from(shown(&partial))).of_part();
            return evaluator.unknown(tree, reason, Kind::Text);
        }
        _ => return evaluator.unknown(tree, Reason::Import(Arc::from("…")).of_part(), Kind::Text),
    };
    evaluator.unknown(tree, Reason::Import(name), Kind::Text)
}

/// A partly known text for people.
fn shown(partial: &Partial) -> String {
    let part = |part: &Part| match part {
        Part::Known(text) => text.to_string(),
        Part::Hole(_) => "…".to_owned(),
    };
    partial.parts.iter().map(part).collect()
}

fn base64(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let Some(node) = evaluator.value(argument) else { return at(tree.span, Value::Text(Arc::from(""))) };
    match &node.value {
        Value::Text(text) => at(tree.span, join(vec![Part::Known(Arc::from(encode(text.as_bytes())))])),
        value => match made_of(value, Kind::Text) {
            Some(unknown) => at(tree.span, Value::Unknown(unknown)),
            None => evaluator.wrong(tree, "`Fn::Base64` takes a text"),
        },
    }
}

/// Base64 with padding (RFC 4648).
fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let block =
            chunk.iter().fold(0u32, |block, byte| block << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(block >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

fn length(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let Some(node) = evaluator.value(argument) else { return at(tree.span, Value::Int(0)) };
    match &node.value {
        Value::List(list) if condition::is_certain(list) => {
            at(tree.span, Value::Int(list.items.len() as i64))
        }
        value => match made_of(value, Kind::Number) {
            Some(unknown) => at(tree.span, Value::Unknown(unknown)),
            None => evaluator.wrong(tree, "`Fn::Length` takes a list"),
        },
    }
}

/// `Fn::ToJsonString`. A map or list that is only partly known stays what it is, so that what is known of it is
/// not lost in a text; whoever reads JSON (a policy, `json()`) takes either.
fn to_json(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Option<Node> {
    let json_of = |node: Option<Node>| {
        let json = match &node {
            Some(node) => json(&node.value),
            None => Some(serde_json::Value::Null),
        };
        match (json, node) {
            // Through the joiner, which bounds a text: JSON within JSON doubles its quotes at every level.
            (Some(json), _) => Some(at(tree.span, join(vec![Part::Known(Arc::from(json.to_string()))]))),
            (None, Some(Node { value: value @ (Value::List(_) | Value::Map(_)), .. })) => {
                Some(at(tree.span, value))
            }
            (None, node) => {
                let unknown = node.and_then(|node| made_of(&node.value, Kind::Text));
                unknown.map(|unknown| at(tree.span, Value::Unknown(unknown)))
            }
        }
    };
    match evaluator.value(argument) {
        Some(Node { value: Value::Choice(choice), .. }) => {
            let options = choice.options.into_iter().map(Some).chain(choice.or_absent.then_some(None));
            let why = Stack::unknown(choice.why.reason.of_part(), Kind::Any);
            Choice::among(options.map(json_of), why, tree.span)
        }
        node => json_of(node),
    }
}

fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        Value::Double(d) => (*d).into(),
        Value::Text(text) => (&**text).into(),
        Value::List(list) if list.rest.is_none() => {
            serde_json::Value::Array(list.items.iter().map(|item| json(&item.value)).collect::<Option<_>>()?)
        }
        Value::Map(map) if map.rest.is_none() => serde_json::Value::Object(
            map.entries
                .iter()
                .map(|(key, node)| Some((key.to_string(), json(&node.value)?)))
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_test_vectors_of_rfc_4648() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in vectors {
            assert_eq!(encode(plain.as_bytes()), coded);
        }
    }
}
