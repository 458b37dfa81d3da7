//! Plans: the JSON that `terraform show -json` gives of one.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>
//!
//! A plan says what will be there, variables and data sources included; what is decided at apply is marked as
//! unknown. Where the code that it was made of lies beside it, values point into that code, and what the plan
//! does not know is taken from what the code says.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use document::{Kind as TreeKind, Tree};
use estate::resource::Call;
use estate::value::FileId;
use hcl::syntax::{Block, Body, Range};
use rayon::prelude::*;

use crate::eval::Scope;
use crate::mapping::fold::Maker;
use crate::module::{Instance, Module};
use crate::source::{Declared, Session, nested_kind};
use crate::value::{Kind, List, Map, Node, Reason, Span, Value};

/// Whether the beginning of a file is that of a plan or state in JSON.
pub(crate) fn is_plan(bytes: &[u8]) -> bool {
    // Terraform writes the version of the format first; a tool that sorts keys puts few before it.
    let head = &bytes[..bytes.len().min(64 << 10)];
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    head.trim_ascii_start().starts_with(b"{")
        && has(b"\"format_version\"")
        && (has(b"\"terraform_version\"") || has(b"\"planned_values\"") || has(b"\"resource_changes\""))
}

/// Reads a plan: adds its resources to the maker. Modules and blocks are found in the code beside it, if any.
pub(crate) fn read(
    session: &Session,
    root: Option<&Arc<Module>>,
    path: &Path,
    bytes: &[u8],
    maker: &mut Maker,
) {
    let text = String::from_utf8_lossy(bytes);
    let file = session.add(path, Arc::from(&*text), Vec::new());
    session.hidden.borrow_mut().push(file);
    let document = document::read(file, &path.to_string_lossy(), bytes);
    for problem in &document.problems {
        session.say(problem.cuts, problem.code, problem.span, problem.message.clone());
    }
    let plan = &document.root;
    let version = plan.get("format_version").and_then(Tree::text).map_or("", |text| text);
    if !(version.starts_with("1.") || version.starts_with("0.")) {
        let span = plan.get("format_version").map_or(plan.span, |tree| tree.span);
        let message = format!("plans of format version `{version}` are not known: it is read as version 1");
        session.say(false, "terraform-plan", span, message);
    }
    if plan.get("errored").and_then(Tree::text).is_some_and(|text| &**text == "true") {
        session.say(true, "terraform-plan", plan.span, "the plan ended in an error: it is incomplete");
    }
    let mut reader =
        Reader { session, root, file, plan, maker, modules: HashMap::new(), known: BTreeMap::new() };
    let resources = reader.resources();
    for one in &resources {
        let key = reader.key(one.address);
        reader.known.insert(Arc::from(one.address), key);
    }
    for one in &resources {
        reader.add(one);
    }
    if !document.complete {
        let reason = Reason::Damaged(Arc::from("the rest of the plan"));
        session.open_world(None, Arc::new(crate::value::Unknown { reason, kind: Kind::Any }));
    }
}

/// A resource of a plan.
struct Planned<'p> {
    address: &'p str,
    module: &'p str,
    type_name: &'p str,
    name: &'p str,
    values: &'p Tree,
    unknown: Option<&'p Tree>,
    sensitive: Option<&'p Tree>,
    tree: &'p Tree,
}

struct Reader<'r, 's, 'a> {
    session: &'s Session<'a>,
    root: Option<&'r Arc<Module>>,
    file: FileId,
    plan: &'r Tree,
    maker: &'r mut Maker,
    /// The modules of the plan by their address.
    modules: HashMap<String, Arc<Module>>,
    /// The keys of the resources by their address.
    known: BTreeMap<Arc<str>, Arc<str>>,
}

fn text<'t>(tree: &'t Tree, key: &str) -> Option<&'t str> {
    tree.get(key).and_then(Tree::text).map(|text| &**text)
}

impl<'r> Reader<'r, '_, '_> {
    fn key(&self, address: &str) -> Arc<str> {
        Arc::from(format!("{}{address}", self.session.scope))
    }

    /// What will be there: of the changes, all but those that only take away.
    fn resources(&self) -> Vec<Planned<'r>> {
        let mut found = Vec::new();
        let changes = self.plan.get("resource_changes").map_or(&[][..], Tree::items);
        for tree in changes {
            let Some(change) = tree.get("change") else { continue };
            let actions: Vec<&str> = change
                .get("actions")
                .map_or(&[][..], Tree::items)
                .iter()
                .filter_map(Tree::text)
                .map(|text| &**text)
                .collect();
            if actions == ["delete"] || actions == ["forget"] {
                continue;
            }
            if let Some(after) = change.get("after") {
                found.extend(planned(
                    tree,
                    after,
                    change.get("after_unknown"),
                    change.get("after_sensitive"),
                ));
            }
        }
        if changes.is_empty() {
            // A state, or a plan without changes.
            let values = self.plan.get("planned_values").or_else(|| self.plan.get("values"));
            if let Some(root) = values.and_then(|values| values.get("root_module")) {
                state(root, &mut found);
            }
        }
        found
    }

    fn add(&mut self, one: &Planned<'r>) {
        let module = self.module(one.module);
        let declared = module
            .config
            .resources
            .get(&(Arc::from(one.type_name), Arc::from(one.name)))
            .cloned()
            .unwrap_or_else(|| Arc::new(self.synthetic(one)));
        let instance = Arc::new(Instance {
            key: self.key(one.address),
            address: Arc::from(one.address),
            type_name: Arc::from(one.type_name),
            data: false,
            module: module.id,
            declared,
            each: None,
            count: None,
            presence: None,
            attributes: std::sync::Mutex::default(),
        });
        let mut whole = match Self::value(
            one.values,
            Marks { unknown: one.unknown, sensitive: one.sensitive },
            &instance,
            "",
        )
        .value
        {
            Value::Map(map) => (*map).clone(),
            _ => Map::default(),
        };
        self.refer(one, &mut whole);
        // What the provider will set includes its default tags.
        if let Some(all) = whole.get("tags_all").filter(|node| matches!(node.value, Value::Map(_))).cloned() {
            whole.set(Arc::from("tags"), all);
        }
        place(self.session, &module, &instance, &mut whole);
        self.maker.plain(self.session, &instance, &whole);
    }

    /// A block that stands for a resource whose code is not there: it points into the plan.
    fn synthetic(&self, one: &Planned) -> Declared {
        let range = self.range(one.tree.span);
        let body = Body { range, ..Body::default() };
        let block = Block { kind: Arc::from("resource"), kind_range: range, labels: Vec::new(), body, range };
        Declared { layers: vec![(self.file, Arc::new(block))] }
    }

    /// The bytes of a span. A plan is often one long line: its beginning is enough to point at.
    fn range(&self, span: Span) -> Range {
        let Some(source) = self.session.source(self.file) else { return Range::default() };
        let start = source.lines.start(span.line as usize).unwrap_or(0);
        let at = (start + usize::from(span.column).saturating_sub(1)).min(source.text.len());
        Range::new(at, at + 1)
    }

    /// The module at an address such as `module.a["x"].module.b`: its code where it is at hand.
    fn module(&mut self, address: &str) -> Arc<Module> {
        if let Some(known) = self.modules.get(address) {
            return known.clone();
        }
        let mut config = self.root.map(|root| (root.config.clone(), root.folder.clone()));
        let mut via: Vec<Call> = Vec::new();
        for name in module_names(address) {
            let call = config.as_ref().and_then(|(config, _)| config.modules.get(name.as_str()).cloned());
            let span = call
                .as_ref()
                .map_or(Span::NONE, |declared| self.session.span(declared.file(), declared.block().header()));
            via.push(Call { name: Arc::from(name.as_str()), span });
            config = match (call, config) {
                (Some(declared), Some((_, folder))) => self.session.local_code(&declared, &folder),
                _ => None,
            };
        }
        let (config, folder) = config.unwrap_or_default();
        let module = self.session.planned_module(config, folder, address, via);
        self.modules.insert(address.to_owned(), module.clone());
        module
    }

    /// A value of the plan. What is unknown in it is taken as assigned to the resource, and a sensitive text as not
    /// known: no report may show it.
    ///
    /// Recursion is bounded by [`document::DEPTH_MAX`].
    fn value(tree: &Tree, marks: Marks, instance: &Arc<Instance>, path: &str) -> Node {
        if marks.unknown.is_some_and(is_true) {
            let kind = if path.is_empty() { Kind::Map } else { Kind::Any };
            let reference = instance.reference(Some(path).filter(|path| !path.is_empty()), kind);
            return Node::new(Value::Unknown(reference), tree.span);
        }
        let value = match &tree.kind {
            TreeKind::Scalar(scalar) => match scalar.value() {
                estate::value::Value::Null => Value::Null,
                estate::value::Value::Bool(b) => Value::Bool(b),
                estate::value::Value::Int(n) => Value::Int(n),
                estate::value::Value::Double(n) => Value::Double(n),
                _ if marks.sensitive.is_some_and(is_true) => {
                    Value::unknown(Reason::Stated(Arc::from("the value is sensitive")), Kind::Text)
                }
                _ => Value::Text(scalar.text.clone()),
            },
            TreeKind::List(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| Self::value(item, marks.at(at), instance, &format!("{path}[{at}]")));
                Value::list(items.collect())
            }
            TreeKind::Map(entries) => {
                let mut made: Vec<(Arc<str>, Node)> = entries
                    .iter()
                    .map(|entry| {
                        let inner = join_path(path, &entry.key);
                        let node = Self::value(&entry.value, marks.key(&entry.key), instance, &inner);
                        (entry.key.clone(), node)
                    })
                    .collect();
                // What is unknown as a whole is not among the values at all.
                for mark in marks.unknown.map_or(&[][..], Tree::entries) {
                    if is_true(&mark.value) && tree.get(&mark.key).is_none() {
                        let reference = instance.reference(Some(&join_path(path, &mark.key)), Kind::Any);
                        made.push((mark.key.clone(), Node::new(Value::Unknown(reference), tree.span)));
                    }
                }
                Value::map(made)
            }
            TreeKind::Damaged => Value::failed("this part of the plan could not be read"),
        };
        Node::new(value, tree.span)
    }

    /// What an argument that the plan does not know refers to, by the plan's own copy of the code.
    fn refer(&self, one: &Planned, whole: &mut Map) {
        let Some(expressions) = self.configuration(one.module).and_then(|module| {
            let address = format!("{}.{}", one.type_name, one.name);
            let resources = module.get("resources").map_or(&[][..], Tree::items);
            resources.iter().find(|tree| text(tree, "address") == Some(&*address))?.get("expressions")
        }) else {
            return;
        };
        self.fill_in(one, whole, expressions);
    }

    /// Recursion goes into blocks, and is bounded by the depth of the plan.
    fn fill_in(&self, one: &Planned, whole: &mut Map, expressions: &Tree) {
        // What the code does not write, the provider fills in: nothing was asked for.
        whole
            .entries
            .retain(|(key, node)| !matches!(node.value, Value::Unknown(_)) || expressions.get(key).is_some());
        for (key, node) in &mut whole.entries {
            self.resolve(one, node, expressions.get(key));
        }
    }

    /// What an argument refers to, or that it is not known: it is none of the resource's own attributes.
    fn resolve(&self, one: &Planned, node: &mut Node, expression: Option<&Tree>) {
        let references = expression.map_or_else(Vec::new, whole_references);
        let referred = |first: &str| self.referred(one.module, one.address, first, 0);
        match &mut node.value {
            Value::Unknown(unknown) => {
                let found = if let [only] = &references[..] { referred(only) } else { None };
                let kind = unknown.kind;
                node.value = found.unwrap_or_else(|| open(kind));
            }
            Value::List(list) => {
                let list = Arc::make_mut(list);
                let blocks = expression.map_or(&[][..], Tree::items);
                let is_open = |node: &Node| matches!(node.value, Value::Unknown(_));
                // `[a.id, b.id]` is written in this order.
                let in_order = list.items.iter().all(is_open) && list.items.len() == references.len();
                for (at, item) in list.items.iter_mut().enumerate() {
                    let found = if in_order { referred(references[at]) } else { None };
                    match found {
                        Some(found) => item.value = found,
                        None if blocks.len() == 1 || blocks.get(at).is_some() => {
                            self.resolve(one, item, blocks.get(at).or(blocks.first()));
                        }
                        None => self.resolve(one, item, None),
                    }
                }
            }
            Value::Map(map) => {
                let map = Arc::make_mut(map);
                match expression.filter(|tree| matches!(tree.kind, TreeKind::Map(_)) && !is_expression(tree))
                {
                    Some(inner) => self.fill_in(one, map, inner),
                    None => map.entries.iter_mut().for_each(|(_, node)| self.resolve(one, node, None)),
                }
            }
            _ => {}
        }
    }

    /// The plan's copy of a module's code.
    fn configuration(&self, address: &str) -> Option<&'r Tree> {
        let mut module = self.plan.get("configuration")?.get("root_module")?;
        for name in module_names(address) {
            module = module.get("module_calls")?.get(&name)?.get("module")?;
        }
        Some(module)
    }

    /// The resource attribute that an expression is, where it is only a reference.
    fn referred_by(&self, module: &str, from: &str, expression: &Tree, depth: usize) -> Option<Value> {
        let references = whole_references(expression);
        if let [only] = &references[..] { self.referred(module, from, only, depth) } else { None }
    }

    /// The resource attribute that a reference leads to.
    fn referred(&self, module: &str, from: &str, first: &str, depth: usize) -> Option<Value> {
        // Limit: a reference through modules goes up one level at a time.
        if depth > 32 {
            return None;
        }
        if let Some(name) = first.strip_prefix("var.") {
            let name = name.split(['.', '[']).next()?;
            let (parent, call) = split_module(module)?;
            let expression =
                self.configuration(parent)?.get("module_calls")?.get(call)?.get("expressions")?;
            return self.referred_by(parent, module, expression.get(name)?, depth + 1);
        }
        if let Some(rest) = first.strip_prefix("module.") {
            let mut words = rest.split('.');
            let (call, output) = (words.next()?, words.next()?);
            let name = call.split('[').next()?;
            let inner =
                if module.is_empty() { format!("module.{call}") } else { format!("{module}.module.{call}") };
            let outputs =
                self.configuration(module)?.get("module_calls")?.get(name)?.get("module")?.get("outputs")?;
            return self.referred_by(&inner, &inner, outputs.get(output)?.get("expression")?, depth + 1);
        }
        let mut words = first.splitn(3, '.');
        let (type_name, name, attribute) = (words.next()?, words.next()?, words.next()?);
        let prefix = if module.is_empty() { String::new() } else { format!("{module}.") };
        let plain = format!("{prefix}{type_name}.{}", name.split('[').next()?);
        let written = format!("{prefix}{type_name}.{name}");
        // An instance refers to the instance of the same key, as `[each.key]` and `[count.index]` say.
        let index = from.rfind('[').filter(|_| from.ends_with(']')).map_or("", |at| &from[at..]);
        let candidates = [written, format!("{plain}{index}"), plain];
        let key = candidates.iter().find_map(|address| self.known.get(address.as_str()))?;
        let attribute = (attribute != "id").then(|| Arc::from(attribute));
        Some(Value::unknown(Reason::Reference { target: key.clone(), attribute }, Kind::Text))
    }
}

/// The references of an expression. Terraform lists `aws_x.y.arn` and then `aws_x.y`: only the first of them is meant.
fn whole_references(expression: &Tree) -> Vec<&str> {
    let all = expression.get("references").map_or(&[][..], Tree::items).iter().filter_map(Tree::text);
    let mut whole: Vec<&str> = Vec::new();
    for reference in all {
        let is_shorter = |known: &&str| {
            known
                .strip_prefix(&**reference)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if !whole.iter().any(is_shorter) {
            whole.push(reference);
        }
    }
    whole
}

/// Whether a tree of the configuration is an expression, rather than the arguments of a block.
fn is_expression(tree: &Tree) -> bool {
    tree.get("references").is_some() || tree.get("constant_value").is_some()
}

/// A value that will be known when the plan is applied.
fn open(kind: Kind) -> Value {
    Value::unknown(Reason::Stated(Arc::from("it is known after the plan is applied")), kind)
}

/// What a plan says of values beside them, in trees of the same form.
#[derive(Clone, Copy)]
struct Marks<'p> {
    unknown: Option<&'p Tree>,
    sensitive: Option<&'p Tree>,
}

impl<'p> Marks<'p> {
    fn at(self, index: usize) -> Marks<'p> {
        let inner = |tree: Option<&'p Tree>| tree.and_then(|tree| tree.items().get(index));
        // A mark on the whole is one on every part.
        let sensitive = self.sensitive.filter(|tree| is_true(tree)).or_else(|| inner(self.sensitive));
        Marks { unknown: inner(self.unknown), sensitive }
    }

    fn key(self, key: &str) -> Marks<'p> {
        let inner = |tree: Option<&'p Tree>| tree.and_then(|tree| tree.get(key));
        let sensitive = self.sensitive.filter(|tree| is_true(tree)).or_else(|| inner(self.sensitive));
        Marks { unknown: inner(self.unknown), sensitive }
    }
}

fn is_true(tree: &Tree) -> bool {
    matches!(&tree.kind, TreeKind::Scalar(scalar) if scalar.plain && &*scalar.text == "true")
}

fn join_path(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn planned<'p>(
    tree: &'p Tree,
    values: &'p Tree,
    unknown: Option<&'p Tree>,
    sensitive: Option<&'p Tree>,
) -> Option<Planned<'p>> {
    if text(tree, "mode") != Some("managed") || !matches!(values.kind, TreeKind::Map(_)) {
        return None;
    }
    let address = text(tree, "address")?;
    let type_name = text(tree, "type")?;
    let name = text(tree, "name")?;
    let own = format!("{type_name}.{name}");
    let module = text(tree, "module_address")
        .unwrap_or_else(|| address.rfind(&own).map_or("", |at| address[..at].trim_end_matches('.')));
    Some(Planned { address, module, type_name, name, values, unknown, sensitive, tree })
}

/// The resources of a state, module by module.
fn state<'p>(module: &'p Tree, found: &mut Vec<Planned<'p>>) {
    for tree in module.get("resources").map_or(&[][..], Tree::items) {
        if let Some(values) = tree.get("values") {
            found.extend(planned(tree, values, None, tree.get("sensitive_values")));
        }
    }
    for child in module.get("child_modules").map_or(&[][..], Tree::items) {
        state(child, found);
    }
}

/// The names in a module's address, without its keys.
fn module_names(address: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        names.push(after[..end].to_owned());
        rest = &after[end..];
        if rest.starts_with('[') {
            // A key may hold any character; it ends at the bracket that `.module.` or nothing follows.
            let end = rest.find("].module.").map_or(rest.len(), |at| at + 1);
            rest = &rest[end..];
        }
        rest = rest.trim_start_matches('.');
    }
    names
}

/// The address of the module around one, and the name of its call.
fn split_module(address: &str) -> Option<(&str, &str)> {
    let at = address.rfind("module.").filter(|at| *at == 0 || address[..*at].ends_with('.'))?;
    let name = &address[at + "module.".len()..];
    Some((address[..at].trim_end_matches('.'), name.split('[').next()?))
}

/// Lets values point at where the code sets them, and takes what the plan does not know from there.
fn place(session: &Session, module: &Arc<Module>, instance: &Arc<Instance>, whole: &mut Map) {
    let declared = &instance.declared;
    if declared.block().labels.is_empty() {
        return;
    }
    for (key, node) in &mut whole.entries {
        if let Some((file, attribute)) = declared.attribute(key) {
            let span = session.span(file, attribute.value.range);
            let in_unknown = !crate::value::Value::is_known(&node.value);
            if in_unknown && let Some(better) = pure(session, module, file, &attribute.value) {
                *node = better;
            } else {
                put(node, span);
            }
            continue;
        }
        let blocks: Vec<(FileId, &Block)> =
            declared.blocks().into_iter().filter(|(_, block)| nested_kind(block) == &**key).collect();
        match &mut node.value {
            Value::List(list) => blocks_at(session, &blocks, Arc::make_mut(list)),
            _ => put(node, session.span(declared.file(), declared.block().header())),
        }
    }
}

/// The value of an argument that is a document with a few unknown words in it: the plan knows none of it.
fn pure(
    session: &Session,
    module: &Arc<Module>,
    file: FileId,
    value: &hcl::syntax::Expression,
) -> Option<Node> {
    // Only in the root module do names mean the same without the arguments of a call.
    if module.parent.is_some() || !module.via.is_empty() {
        return None;
    }
    let root = session.root_module()?;
    let node = session.expression(&Scope::new(&root, file), value).ok()?;
    matches!(node.value, Value::Json(_) | Value::Partial(_)).then_some(node)
}

/// Lets the elements of a list of blocks point at their blocks.
fn blocks_at(session: &Session, blocks: &[(FileId, &Block)], list: &mut List) {
    let dynamic = blocks.iter().any(|(_, block)| &*block.kind == "dynamic");
    let exact = !dynamic && blocks.len() == list.items.len();
    for (at, item) in list.items.iter_mut().enumerate() {
        let block = if exact { blocks.get(at) } else { blocks.first() };
        let Some((file, block)) = block else { continue };
        let Value::Map(map) = &mut item.value else {
            put(item, session.span(*file, block.range));
            continue;
        };
        item.span = session.span(*file, block.range);
        let content = if &*block.kind == "dynamic" {
            block.body.blocks("content").next().map_or(&block.body, |content| &content.body)
        } else {
            &block.body
        };
        for (key, node) in &mut Arc::make_mut(map).entries {
            if let Some(attribute) = content.attribute(key) {
                put(node, session.span(*file, attribute.value.range));
                continue;
            }
            let inner: Vec<(FileId, &Block)> = content
                .blocks
                .iter()
                .filter(|block| nested_kind(block) == &**key)
                .map(|block| (*file, block))
                .collect();
            match &mut node.value {
                Value::List(list) if !inner.is_empty() => {
                    node.span = session.span(*file, inner[0].1.range);
                    blocks_at(session, &inner, Arc::make_mut(list));
                }
                _ => put(node, session.span(*file, block.header())),
            }
        }
    }
}

/// Puts a value and all in it at one place.
fn put(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::List(list) => Arc::make_mut(list).items.iter_mut().for_each(|item| put(item, span)),
        Value::Map(map) => Arc::make_mut(map).entries.iter_mut().for_each(|(_, node)| put(node, span)),
        _ => {}
    }
}

/// The plans among some files, with their bytes.
pub(crate) fn find(
    reader: &dyn template::Files,
    files: &[template::discover::Input],
) -> Vec<(PathBuf, Vec<u8>)> {
    let is_json =
        |path: &Path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    files
        .par_iter()
        .filter(|input| is_json(&input.path) && !crate::source::is_code(&input.path))
        .filter_map(|input| {
            let bytes = reader.read(&input.path).ok()?;
            is_plan(&bytes).then(|| (input.path.clone(), bytes))
        })
        .collect()
}
