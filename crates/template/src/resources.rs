//! The resources of a stack.

use std::sync::Arc;

use document::{Entry, Kind as TreeKind, Tree};
use estate::catalogue::Catalogue;
use estate::estate::Gap;
use estate::normalise;
use estate::resource::{Call, Origin, Resource, Suppression};
use estate::truth::Truth;
use estate::value::{Kind, Map, Node, Reason, Unknown, Value};

use crate::eval::{Evaluator, made_of};
use crate::foreach::{self, Loop, Rounds};
use crate::stack::Stack;
use crate::{condition, cycle, include, nested, sam};

/// Evaluates every resource of the stack and of the stacks it nests.
pub(crate) fn collect(stack: &Stack) {
    let Some(section) = stack.section("Resources") else { return };
    let evaluator = Evaluator::new(stack);
    if let Some(why) = &stack.not_included {
        open_world(stack, why.clone());
    }
    cycle::check(stack);
    entries(&evaluator, section.entries(), None);
    for (key, configurations) in stack.notifications.take() {
        let mut resources = stack.session.resources.borrow_mut();
        let is_bucket = |one: &&mut Resource| one.key == key && &*one.type_name == "AWS::S3::Bucket";
        if let Some(bucket) = resources.iter_mut().rev().find(is_bucket) {
            sam::add_notifications(&mut bucket.properties, configurations);
        }
    }
    if matches!(section.kind, TreeKind::Damaged) || !stack.document.complete {
        let reason = Reason::Damaged(Arc::from("the rest of the template"));
        open_world(stack, Stack::unknown(reason, Kind::Any));
    }
    if let Some(own) = &stack.own_macro {
        open_world(stack, own.clone());
    }
}

/// Other resources may exist than those that were read.
fn open_world(stack: &Stack, why: Arc<Unknown>) {
    let root = stack.scope.split_once('#').map_or("", |(root, _)| root);
    let gap = Gap { type_name: None, scope: Arc::from(format!("{root}#")), why };
    let mut gaps = stack.session.gaps.borrow_mut();
    if !gaps.contains(&gap) {
        gaps.push(gap);
    }
}

fn entries(evaluator: &Evaluator, all: &[Entry], presence: Option<&Arc<Unknown>>) {
    let stack = evaluator.stack;
    for entry in all {
        if entry.key.starts_with("Fn::ForEach::") {
            in_loop(evaluator, entry, presence);
        } else if &*entry.key == "Fn::Transform" {
            match include::included(evaluator, &entry.value) {
                Ok((document, path)) => {
                    include::inside(evaluator, &path, |inner| {
                        entries(inner, document.root.entries(), presence);
                        Some(())
                    });
                }
                Err(unknown) => open_world(stack, unknown),
            }
        } else {
            resource(evaluator, entry, presence);
        }
    }
}

/// A loop over resources. Over something unknown it makes one that is possibly there, and stands for many.
fn in_loop(evaluator: &Evaluator, entry: &Entry, presence: Option<&Arc<Unknown>>) {
    let stack = evaluator.stack;
    let Some(this) = Loop::of(entry) else {
        evaluator.wrong(&entry.value, "`Fn::ForEach` takes a name, a collection and a map");
        return;
    };
    match this.rounds(evaluator) {
        Some(Rounds::Known(values)) => {
            for value in values {
                if !stack.session.may_loop(entry.key_span) {
                    return open_world(stack, foreach::too_far());
                }
                entries(&evaluator.bind(this.variable, value), this.body, presence);
            }
        }
        Some(Rounds::Open(unknown)) => {
            let value = Node { value: Value::Unknown(unknown.clone()), span: entry.value.span };
            entries(&evaluator.bind(this.variable, value), this.body, Some(&unknown));
            open_world(stack, unknown);
        }
        None => {
            evaluator.wrong(&entry.value, "the collection of `Fn::ForEach` is not a list");
        }
    }
}

fn resource(evaluator: &Evaluator, entry: &Entry, presence: Option<&Arc<Unknown>>) {
    let stack = evaluator.stack;
    let logical = foreach::key(evaluator, &entry.key);
    let tree = &entry.value;
    if matches!(tree.kind, TreeKind::Damaged) {
        let reason = Reason::Damaged(Arc::from(format!("`{logical}`")));
        return open_world(stack, Stack::unknown(reason, Kind::Any));
    }
    let Some(type_name) = type_name(evaluator, entry, &logical) else { return };
    let presence = match possible(evaluator, tree, presence) {
        Presence::No => return,
        Presence::Yes => None,
        Presence::Maybe(why) => Some(why),
    };
    let mut properties = match tree.get("Properties").map(|tree| (tree, evaluator.value(tree))) {
        None | Some((_, None)) => Map::default(),
        Some((_, Some(Node { value: Value::Map(map), .. }))) => *map,
        Some((_, Some(Node { value: Value::Null, .. }))) => Map::default(),
        Some((at, Some(node))) => {
            let why = made_of(&node.value, Kind::Any).unwrap_or_else(|| {
                stack.say(true, "properties", at.span, format!("the properties of `{logical}` are no map"));
                Stack::unknown(Reason::Damaged(Arc::from("the properties")), Kind::Any)
            });
            Map { entries: Vec::new(), rest: Some(why) }
        }
    };
    if let Some(Err(unknown)) = tree.get("Fn::Transform").map(|tree| include::included(evaluator, tree)) {
        // A macro over the resource may add what is not written.
        properties.rest = Some(unknown);
    }
    if is_cut_off(stack, entry) {
        let reason = Reason::Damaged(Arc::from(format!("the rest of `{logical}`")));
        properties.rest = Some(Stack::unknown(reason, Kind::Any));
    }
    if properties.rest.is_none() {
        // A macro over the whole template may add what is not written.
        properties.rest.clone_from(&stack.own_macro);
    }
    if &*type_name == "AWS::CloudFormation::Stack" {
        let child = nested::child(stack, &logical, tree, &properties, presence.clone(), entry.key_span);
        if let Some(child) = child {
            collect(&child);
        }
    }
    let shell = Shell { evaluator, entry, logical: &logical, presence };
    if stack.serverless && type_name.starts_with("AWS::Serverless::") {
        return serverless(&shell, &type_name, properties);
    }
    let presence = shell.presence.clone();
    shell.push(&logical, type_name, properties, presence);
}

/// Whether the text breaks off inside a resource: it is the last of the last section, and was still open.
///
/// YAML notices the end of a block only at what follows; a break that stands no deeper than the resource's name
/// comes after it.
fn is_cut_off(stack: &Stack, entry: &Entry) -> bool {
    let document = &stack.document;
    let breaks_off = |problem: &&document::Problem| problem.cuts && problem.code != "second-document";
    let Some(problem) = document.problems.iter().find(breaks_off) else { return false };
    // The root, the section and the resource.
    if document.open < 3 || problem.span.column <= entry.key_span.column {
        return false;
    }
    let section = document.root.entries().last().filter(|section| &*section.key == "Resources");
    section.and_then(|section| section.value.entries().last()).is_some_and(|last| std::ptr::eq(last, entry))
}

/// What is common to a resource and to everything that SAM makes of it.
struct Shell<'e, 's, 'a> {
    evaluator: &'e Evaluator<'s, 'a>,
    entry: &'e Entry,
    logical: &'e Arc<str>,
    presence: Option<Arc<Unknown>>,
}

impl Shell<'_, '_, '_> {
    fn push(&self, logical: &str, type_name: Arc<str>, mut properties: Map, presence: Option<Arc<Unknown>>) {
        let stack = self.evaluator.stack;
        let tree = &self.entry.value;
        if let Some(info) = Catalogue::builtin().get(&type_name) {
            normalise::properties(info, &mut properties);
        }
        let key = stack.key(logical);
        let mut address = String::new();
        for Call { name, .. } in &stack.via {
            address.push_str(name);
            address.push('/');
        }
        address.push_str(logical);
        let mut resource = Resource::new(type_name, key, Arc::from(address));
        resource.properties = properties;
        resource.presence = presence;
        resource.account.clone_from(&stack.account);
        resource.region.clone_from(&stack.region);
        let attribute = |name: &str| tree.get(name).and_then(|tree| self.evaluator.value(tree)).map(Box::new);
        resource.deletion_policy = attribute("DeletionPolicy");
        resource.update_replace_policy = attribute("UpdateReplacePolicy");
        let construct =
            tree.get("Metadata").and_then(|metadata| metadata.get("aws:cdk:path")).and_then(Tree::text);
        resource.origin = Origin {
            name: self.entry.key_span,
            body: tree.span,
            via: stack.via.clone(),
            construct: construct.map(|path| Arc::from(path.trim_end_matches("/Resource"))),
        };
        resource.suppressions = suppressions(stack, self.entry);
        stack.session.resources.borrow_mut().push(resource);
    }
}

/// A serverless resource and what SAM makes of it. Implicit APIs are made by every function that uses them,
/// once.
fn serverless(shell: &Shell, type_name: &Arc<str>, properties: Map) {
    let stack = shell.evaluator.stack;
    let globals =
        stack.section("Globals").map(|tree| shell.evaluator.map(tree.entries())).unwrap_or_default();
    let properties = sam::with_globals(type_name, &globals, properties);
    let before = stack.notifications.borrow().len();
    let made = sam::expand(stack, shell.logical, type_name, &properties, shell.entry.key_span);
    let Some(made) = made else {
        return shell.push(shell.logical, type_name.clone(), properties, shell.presence.clone());
    };
    for (_, configurations) in &mut stack.notifications.borrow_mut()[before..] {
        sam::doubt(configurations, shell.presence.as_ref());
    }
    for one in made {
        let key = stack.key(&one.logical);
        if !stack.session.resources.borrow().iter().rev().any(|known| known.key == key) {
            let presence = shell.presence.clone().or(one.presence);
            shell.push(&one.logical, Arc::from(one.type_name), one.properties, presence);
        }
    }
}

fn type_name(evaluator: &Evaluator, entry: &Entry, logical: &str) -> Option<Arc<str>> {
    let stack = evaluator.stack;
    let Some(tree) = entry.value.get("Type") else {
        if matches!(entry.value.kind, TreeKind::Map(_)) && !stack.document.complete {
            // Cut off before its type was read; the break itself is reported.
            open_world(stack, Stack::unknown(Reason::Damaged(Arc::from(format!("`{logical}`"))), Kind::Any));
        } else {
            let message = format!("resource `{logical}` has no `Type`: it is not judged");
            stack.say(true, "resource-type", entry.key_span, message);
            open_world(stack, Stack::unknown(Reason::Damaged(Arc::from(format!("`{logical}`"))), Kind::Any));
        }
        return None;
    };
    // A tool such as Rain puts a module where the type stands; only a plain text or a macro's language extension
    // can be one.
    let foreign = tree.entries().iter().any(|entry| entry.key.starts_with('!'));
    let value = if foreign { None } else { evaluator.value(tree).map(|node| node.value) };
    if let Some(Value::Text(name)) = value {
        return Some(name);
    }
    let message = format!("the type of `{logical}` is not a text: what it makes is unknown and not judged");
    stack.say(true, "resource-type", tree.span, message);
    open_world(stack, Stack::unknown(Reason::Macro(Arc::from(logical)), Kind::Any));
    None
}

/// Whether a resource is there.
pub(crate) fn presence(evaluator: &Evaluator, tree: &Tree) -> Presence {
    possible(evaluator, tree, None)
}

/// Whether a resource is there.
pub(crate) enum Presence {
    Yes,
    No,
    Maybe(Arc<Unknown>),
}

fn possible(evaluator: &Evaluator, tree: &Tree, around: Option<&Arc<Unknown>>) -> Presence {
    let stack = evaluator.stack;
    let outer = around.or(stack.presence.as_ref());
    let truth = tree.get("Condition").map_or(Truth::True, |tree| condition::referred(evaluator, tree));
    match (truth, outer) {
        (Truth::False, _) => Presence::No,
        (Truth::True, None) => Presence::Yes,
        (Truth::True, Some(why)) => Presence::Maybe(why.clone()),
        (unknown @ Truth::Unknown(_), _) => {
            let name = tree.get("Condition").and_then(Tree::text).map_or("", |text| text);
            Presence::Maybe(condition::undecided(&unknown, name))
        }
    }
}

/// The controls that the template's author has switched off for a resource: in its metadata, as
/// `Palisade: { ignore: [{ control: ID, reason: TEXT }] }`, or in a comment
/// `# palisade:ignore ID TEXT` on a line of the resource or the line above it.
fn suppressions(stack: &Stack, entry: &Entry) -> Vec<Suppression> {
    let mut found = Vec::new();
    let listed = entry.value.get("Metadata").and_then(|m| m.get("Palisade")).and_then(|p| p.get("ignore"));
    for item in listed.map_or(&[][..], Tree::items) {
        let text = |key: &str| item.get(key).and_then(Tree::text).cloned().unwrap_or_else(|| Arc::from(""));
        found.push(Suppression { control: text("control"), reason: text("reason"), span: item.span });
    }
    let first = entry.key_span.line;
    let last = entry.value.span.end_line();
    // A comment alone on the line just above belongs to what follows; one behind a value to that value's resource.
    let Some(document) = stack.session.document_of(entry.key_span.file) else { return found };
    let comments = &document.comments;
    let start = comments.partition_point(|comment| comment.span.line + 1 < first);
    for comment in comments[start..].iter().take_while(|comment| comment.span.line <= last) {
        if comment.span.line < first && !comment.is_alone {
            continue;
        }
        found.extend(Suppression::of_comment(&comment.text, comment.span));
    }
    found
}
