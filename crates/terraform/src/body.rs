//! The arguments of a resource, nested blocks included, as one value.

use std::sync::Arc;

use estate::value::FileId;
use hcl::syntax::Block;

use crate::eval::{Scope, elements};
use crate::module::{Instance, Module};
use crate::source::{Session, nested_kind};
use crate::value::{Kind, List, Map, Node, Reason, Span, Unknown, Value};

/// Arguments that are Terraform's own and no property of the resource.
/// <https://developer.hashicorp.com/terraform/language/meta-arguments>
const META: [&str; 5] = ["count", "for_each", "depends_on", "provider", "providers"];
const META_BLOCKS: [&str; 5] = ["lifecycle", "provisioner", "connection", "timeouts", "action_trigger"];

/// All arguments of a resource. Blocks are lists of maps.
pub(crate) fn whole(session: &Session, module: &Arc<Module>, instance: &Arc<Instance>) -> Map {
    let declared = &instance.declared;
    let mut made = Map::default();
    let mut entries: Vec<(Arc<str>, Node)> = Vec::new();
    for (file, attribute) in declared.attributes() {
        if META.contains(&&*attribute.name) {
            continue;
        }
        let scope = Scope::of(module, instance, file);
        entries.push((attribute.name.clone(), session.lenient(&scope, &attribute.value)));
    }
    let blocks = declared.blocks();
    gather(session, &blocks, &mut entries, |file| Scope::of(module, instance, file));
    if declared.is_damaged() {
        let reason = Reason::Damaged(Arc::from(format!("the rest of `{}`", instance.address)));
        made.rest = Some(Arc::new(Unknown { reason, kind: Kind::Any }));
    }
    let rest = made.rest.take();
    made = entries.into_iter().collect();
    made.rest = rest;
    made
}

/// The blocks of one type of a resource, as a list; `None` where it has none.
pub(crate) fn nested(
    session: &Session,
    module: &Arc<Module>,
    instance: &Arc<Instance>,
    name: &str,
) -> Option<Node> {
    let blocks: Vec<(FileId, &Block)> =
        instance.declared.blocks().into_iter().filter(|(_, block)| nested_kind(block) == name).collect();
    if blocks.is_empty() || META_BLOCKS.contains(&name) {
        return None;
    }
    let mut entries = Vec::new();
    gather(session, &blocks, &mut entries, |file| Scope::of(module, instance, file));
    entries.pop().map(|(_, node)| node)
}

/// Adds blocks to entries, those of one type as one list.
fn gather<'s>(
    session: &Session,
    blocks: &[(FileId, &Block)],
    entries: &mut Vec<(Arc<str>, Node)>,
    scope: impl Fn(FileId) -> Scope<'s>,
) {
    let mut kinds: Vec<&str> = Vec::new();
    for (_, block) in blocks {
        let kind = nested_kind(block);
        if !kinds.contains(&kind) && !META_BLOCKS.contains(&kind) {
            kinds.push(kind);
        }
    }
    for kind in kinds {
        let mut list = List::default();
        let mut span = Span::NONE;
        for (file, block) in blocks.iter().filter(|(_, block)| nested_kind(block) == kind) {
            if !span.is_some() {
                span = session.span(*file, block.range);
            }
            let scope = scope(*file);
            if &*block.kind == "dynamic" {
                dynamic(session, &scope, block, &mut list);
            } else {
                list.items.push(inside(session, &scope, block, &block.body));
            }
        }
        entries.push((Arc::from(kind), Node::new(Value::List(Arc::new(list)), span)));
    }
}

/// The inside of a nested block as a map.
///
/// Recursion is bounded by the nesting of blocks.
fn inside(session: &Session, scope: &Scope, block: &Block, body: &hcl::syntax::Body) -> Node {
    let mut entries: Vec<(Arc<str>, Node)> = body
        .attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), session.lenient(scope, &attribute.value)))
        .collect();
    // Blocks with labels inside a resource are of no provider that is mapped.
    let mut kinds: Vec<&str> = Vec::new();
    for inner in &body.blocks {
        if !kinds.contains(&nested_kind(inner)) {
            kinds.push(nested_kind(inner));
        }
    }
    for kind in kinds {
        let mut list = List::default();
        let mut span = Span::NONE;
        for inner in body.blocks.iter().filter(|inner| nested_kind(inner) == kind) {
            if !span.is_some() {
                span = session.span(scope.file, inner.range);
            }
            if &*inner.kind == "dynamic" {
                dynamic(session, scope, inner, &mut list);
            } else {
                list.items.push(inside(session, scope, inner, &inner.body));
            }
        }
        entries.push((Arc::from(kind), Node::new(Value::List(Arc::new(list)), span)));
    }
    let mut map: Map = entries.into_iter().collect();
    if body.damaged {
        let reason = Reason::Damaged(Arc::from(format!("the rest of `{}`", block.kind)));
        map.rest = Some(Arc::new(Unknown { reason, kind: Kind::Any }));
    }
    Node::new(Value::Map(Arc::new(map)), session.span(scope.file, block.range))
}

/// A dynamic block: one block for every element.
/// <https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks>
fn dynamic(session: &Session, scope: &Scope, block: &Block, list: &mut List) {
    let span = session.span(scope.file, block.header());
    let content = block.body.blocks("content").next();
    let over = block.body.attribute("for_each");
    let (Some(content), Some(over)) = (content, over) else {
        session.say(true, "terraform-syntax", span, "a dynamic block has `for_each` and `content`");
        let reason = Reason::Damaged(Arc::from("a dynamic block"));
        list.rest = Some(Arc::new(Unknown { reason, kind: Kind::Any }));
        return;
    };
    let iterator: Arc<str> = block
        .body
        .attribute("iterator")
        .and_then(|attribute| attribute.value.word())
        .map_or_else(|| Arc::from(block.label(0)), Arc::from);
    let collection = session.lenient(scope, &over.value);
    let one = |key: Node, value: Node, why: Option<Arc<Unknown>>| {
        let at = value.span;
        if !session.may_unfold(span) {
            return Node::new(Value::failed("dynamic blocks unfold too far"), span);
        }
        let this = Value::map([(Arc::from("key"), key), (Arc::from("value"), value)]);
        let node = scope.with(None, (&iterator, Node::new(this, at)), |inner| {
            inside(session, inner, block, &content.body)
        });
        match why {
            None => node,
            Some(why) => {
                let span = node.span;
                Node::new(Value::choice([node, Node::new(Value::Null, span)], why), span)
            }
        }
    };
    match &collection.value {
        Value::Choice(choice) => {
            // What any of the alternatives has is perhaps there.
            let mut sides: Vec<Vec<Node>> = Vec::new();
            for option in &choice.options {
                match elements(option, span) {
                    Ok((elements, rest)) => {
                        if rest.is_some() {
                            list.rest = rest;
                        }
                        sides.push(elements.into_iter().map(|(key, value)| one(key, value, None)).collect());
                    }
                    Err(_) if option.value.is_null() => sides.push(Vec::new()),
                    Err(fault) => session.say(true, "terraform-expression", fault.span, fault.message),
                }
            }
            for node in sides.into_iter().flatten() {
                let span = node.span;
                let absent = Node::new(Value::Null, span);
                list.items.push(Node::new(Value::choice([node, absent], choice.why.clone()), span));
            }
        }
        _ => match elements(&collection, span) {
            Ok((elements, rest)) => {
                for (key, value) in elements {
                    let perhaps = match &value.value {
                        Value::Choice(choice) if choice.options.iter().any(|o| o.value.is_null()) => {
                            Some(choice.why.clone())
                        }
                        _ => None,
                    };
                    list.items.push(one(key, value, perhaps));
                }
                if let Some(why) = rest {
                    // One block stands for however many there are.
                    let part = |kind| Node::new(Value::unknown(why.reason.of_part(), kind), span);
                    list.items.push(one(part(Kind::Any), part(Kind::Any), Some(why.clone())));
                    list.rest = Some(why);
                }
            }
            Err(fault) => {
                session.say(true, "terraform-expression", fault.span, fault.message.clone());
                list.rest = Some(Arc::new(Unknown {
                    reason: Reason::Failed(Arc::from(fault.message)),
                    kind: Kind::Any,
                }));
            }
        },
    }
}
