//! From Terraform's resources to CloudFormation's: what each becomes, and which are parts of others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use estate::catalogue::TypeInfo;
use estate::normalise;
use estate::resource::{Origin, Resource};
use estate::value as plain;
use rayon::prelude::*;
use template::Diagnostic;

use super::apply::{self, Holds, View, holds, put, spread};
use super::place::{Within, agree, fits, place, undecided};
use super::reference::{Target, translate};
use super::shape::{below, fit, without_empty};
use super::{Mapping, Output, Path, Source};
use crate::module::{Expansion, Instance, Module};
use crate::source::Session;
use crate::value::{Kind, Map, Node, Part, Partial, Reason, Span, Unknown, Value, any, equal, to_estate};
use crate::{body, data, declared, suppress};

/// A resource that is made.
struct Made {
    info: &'static TypeInfo,
    /// All of it but its properties.
    frame: Resource,
    properties: Map,
    /// The values by which other code may name it.
    names: Vec<Value>,
}

/// A part that is still to be put into its owner.
struct Piece {
    info: &'static TypeInfo,
    owner: Node,
    /// The resource of which the owner's name is said to be an attribute.
    behind: Option<Arc<str>>,
    /// Further properties of the owner, with the values that they must have.
    also: Vec<(String, Node)>,
    /// The elements of the owner that it fills; none for the owner itself.
    within: Option<Within>,
    values: Vec<(String, Node)>,
    /// The resource that it is written as: its key, its address, and where.
    key: Arc<str>,
    address: Arc<str>,
    header: Span,
}

/// Makes the resources of a root module.
#[derive(Default)]
pub(crate) struct Maker {
    made: Vec<Made>,
    pieces: Vec<Piece>,
    targets: HashMap<Arc<str>, Target>,
    /// What the code says beside its resources, once for every folder of code.
    beside: Vec<(PathBuf, Vec<Resource>)>,
    /// How many resources of each type have no mapping.
    pub(crate) unmapped: BTreeMap<Arc<str>, usize>,
}

/// Providers that make nothing in a cloud.
const LOCAL: [&str; 9] =
    ["null", "random", "time", "tls", "local", "terraform", "archive", "external", "http"];

impl Maker {
    /// Adds every resource of a module and of the modules it calls.
    ///
    /// Recursion is bounded by the nesting of modules.
    pub(crate) fn module(&mut self, session: &Session, module: &Arc<Module>) {
        self.own(session, module);
        for name in module.config.modules.keys() {
            self.called(session, module, name);
        }
    }

    /// Adds the resources of a module itself.
    pub(crate) fn own(&mut self, session: &Session, module: &Arc<Module>) {
        // Every instance of a module has the same code.
        if self.beside.iter().all(|(folder, _)| *folder != module.folder) {
            self.beside.push((module.folder.clone(), declared::of(session, module)));
        }
        // In the order in which they are written.
        let mut all: Vec<_> = module.config.resources.iter().collect();
        all.sort_by_key(|(_, declared)| (declared.file(), declared.block().range));
        for ((type_name, name), declared) in all {
            let span = session.span(declared.file(), declared.block().header());
            match session.instances(module, false, type_name, name, span) {
                Ok(Some(expansion)) => {
                    for instance in expansion.all() {
                        self.instance(session, module, instance);
                    }
                    Self::rest(session, type_name, &expansion);
                }
                Ok(None) => {}
                Err(fault) => {
                    session.say(true, "terraform-expression", fault.span, fault.message.clone());
                    let reason = Reason::Failed(Arc::from(fault.message));
                    session.open_world(None, Arc::new(Unknown { reason, kind: Kind::Any }));
                }
            }
        }
        if module.config.damaged {
            let reason = Reason::Damaged(Arc::from("a part of the code"));
            session.open_world(None, Arc::new(Unknown { reason, kind: Kind::Any }));
        }
    }

    /// Adds what is made by one of the modules that a module calls.
    pub(crate) fn called(&mut self, session: &Session, module: &Arc<Module>, name: &Arc<str>) {
        let Some(declared) = module.config.modules.get(name) else { return };
        let span = session.span(declared.file(), declared.block().header());
        match session.children(module, name, span) {
            Ok(Some(expansion)) => {
                for child in expansion.all() {
                    self.module(session, child);
                }
                if let Some(why) = expansion.rest() {
                    session.open_world(None, why.clone());
                }
            }
            Ok(None) => {}
            Err(fault) => session.say(true, "terraform-expression", fault.span, fault.message),
        }
    }

    /// Adds what another maker has of the same root module, behind what is here.
    pub(crate) fn join(&mut self, other: Maker) {
        self.made.extend(other.made);
        self.pieces.extend(other.pieces);
        self.targets.extend(other.targets);
        for (folder, resources) in other.beside {
            if self.beside.iter().all(|(known, _)| *known != folder) {
                self.beside.push((folder, resources));
            }
        }
        for (name, count) in other.unmapped {
            *self.unmapped.entry(name).or_default() += count;
        }
    }

    /// There may be more of a type than one stands for.
    fn rest(session: &Session, type_name: &str, expansion: &Expansion<Instance>) {
        let (Some(why), Some(mapping)) = (expansion.rest(), super::of(type_name)) else { return };
        // More parts make no more owners: the one that stands for many leaves its owner's properties open.
        for output in mapping.outputs.iter().filter(|output| output.owner.is_none()) {
            session.open_world(Some(Arc::from(output.target.as_str())), why.clone());
        }
    }

    fn instance(&mut self, session: &Session, module: &Arc<Module>, instance: &Arc<Instance>) {
        let Some(mapping) = super::of(&instance.type_name) else {
            return self.note(&instance.type_name);
        };
        let mut whole = body::whole(session, module, instance);
        let provider = session.provider_of(module, instance);
        if let Some(tags) = provider.as_ref().and_then(|provider| provider.tags.as_ref()) {
            let own = whole.remove("tags");
            let span = own.as_ref().map_or(Span::NONE, |node| node.span);
            whole.set(Arc::from("tags"), data::tags(own, Some(tags), span));
        }
        self.add(session, mapping, instance, &whole, Some(module));
    }

    /// Adds a resource whose arguments are known from elsewhere: a plan.
    pub(crate) fn plain(&mut self, session: &Session, instance: &Arc<Instance>, whole: &Map) {
        match super::of(&instance.type_name) {
            Some(mapping) => self.add(session, mapping, instance, whole, None),
            None => self.note(&instance.type_name),
        }
    }

    /// Counts a resource of a type without a mapping.
    fn note(&mut self, type_name: &Arc<str>) {
        let provider = type_name.split('_').next().unwrap_or("");
        if !LOCAL.contains(&provider) {
            *self.unmapped.entry(type_name.clone()).or_default() += 1;
        }
    }

    fn add(
        &mut self,
        session: &Session,
        mapping: &'static Mapping,
        instance: &Arc<Instance>,
        whole: &Map,
        module: Option<&Arc<Module>>,
    ) {
        let target = Target { key: instance.key.clone(), type_name: instance.type_name.clone() };
        self.targets.insert(instance.key.clone(), target);
        let span = session.span(instance.declared.file(), instance.declared.block().range);
        let view = View { whole, element: None, key: &instance.key, span };
        let mut first = true;
        for output in &mapping.outputs {
            let Some(info) = apply::info(output) else { continue };
            let presence = match holds(view, &output.when) {
                Holds::No => continue,
                Holds::Yes => instance.presence.clone(),
                Holds::Perhaps(why) => instance.presence.clone().or(Some(why)),
            };
            let shell = Shell { session, output, info, instance, module, presence, first };
            self.output(&shell, view);
            first = false;
        }
    }

    /// One output: once, or for every element or value.
    fn output(&mut self, shell: &Shell, view: View) {
        let base = shell.instance.address.clone();
        let Some(path) = &shell.output.each else {
            let suffix = if shell.first || shell.output.owner.is_some() {
                String::new()
            } else {
                format!("/{}", shell.info.name.rsplit("::").next().unwrap_or(""))
            };
            return self.over(shell, view, &format!("{base}{suffix}"), shell.presence.clone());
        };
        let Some(found) = view.find(path) else { return };
        let word = path.steps.last().map_or("", String::as_str);
        let (items, rest) = match &found.value {
            Value::List(list) => (list.items.clone(), list.rest.clone()),
            other => match other.made_of(Kind::Any) {
                Some(why) => (Vec::new(), Some(why)),
                None => (vec![found.clone()], None),
            },
        };
        for (index, item) in items.iter().enumerate() {
            let address = format!("{base}/{word}[{index}]");
            match &item.value {
                Value::Null => {}
                Value::Choice(choice) => {
                    for option in choice.options.iter().filter(|option| !option.value.is_null()) {
                        let presence = shell.presence.clone().or_else(|| Some(choice.why.clone()));
                        self.over(shell, View { element: Some(option), ..view }, &address, presence);
                    }
                }
                _ => self.over(shell, View { element: Some(item), ..view }, &address, shell.presence.clone()),
            }
        }
        let Some(why) = rest else { return };
        if shell.output.owner.is_none() {
            return shell.session.open_world(Some(Arc::from(shell.info.name.as_str())), why);
        }
        // More parts make no more owners: one stands for however many there are.
        let element = Node::new(Value::unknown(why.reason.of_part(), Kind::Any), found.span);
        let presence = shell.presence.clone().or(Some(why));
        self.over(shell, View { element: Some(&element), ..view }, &format!("{base}/{word}[*]"), presence);
    }

    fn over(&mut self, shell: &Shell, view: View, address: &str, presence: Option<Arc<Unknown>>) {
        if shell.output.over.is_empty() {
            return self.push(shell, view, address, presence, None);
        }
        let (values, rest) = spread(view, &shell.output.over, shell.info);
        let alone = values.len() == 1 && rest.is_none();
        for (index, (property, node)) in values.into_iter().enumerate() {
            let (node, presence) = match &node.value {
                Value::Choice(choice) if choice.options.iter().any(|o| o.value.is_null()) => {
                    let there = choice.options.iter().filter(|o| !o.value.is_null()).cloned();
                    let value = Value::choice(there.collect::<Vec<_>>(), choice.why.clone());
                    (Node::new(value, node.span), presence.clone().or_else(|| Some(choice.why.clone())))
                }
                _ => (node, presence.clone()),
            };
            let name = match &node.value {
                _ if alone => address.to_owned(),
                Value::Text(text) => format!("{address}/{text}"),
                _ => format!("{address}/{property}[{index}]"),
            };
            self.push(shell, view, &name, presence, Some((property, node)));
        }
        if let Some((property, why)) = rest {
            let node = Node::new(Value::unknown(why.reason.of_part(), Kind::Text), view.span);
            let presence = presence.or_else(|| Some(why.clone()));
            self.push(shell, view, &format!("{address}/*"), presence, Some((property, node)));
            if shell.output.owner.is_none() {
                shell.session.open_world(Some(Arc::from(shell.info.name.as_str())), why);
            }
        }
    }

    fn push(
        &mut self,
        shell: &Shell,
        view: View,
        address: &str,
        presence: Option<Arc<Unknown>>,
        extra: Option<(&str, Node)>,
    ) {
        let shape = shell.info.root();
        if let Some(path) = &shell.output.owner {
            let Some(owner) = view.find(path) else { return };
            let mut values = pieces(view, shell.output, shell.info);
            values.extend(extra.map(|(property, node)| (property.to_owned(), node)));
            if let Some(why) = presence {
                for (_, node) in &mut values {
                    let null = Node::new(Value::Null, node.span);
                    node.value = Value::choice([node.clone(), null], why.clone());
                }
            }
            let wanted = |sources: &[(String, Source)]| -> Vec<(String, Node)> {
                let found = sources.iter().filter_map(|(property, source)| {
                    Some((property.clone(), apply::value(view, source, shell.info, None)?))
                });
                found.collect()
            };
            let at = shell.output.at.as_ref();
            self.pieces.push(Piece {
                info: shell.info,
                owner,
                behind: shell.behind(path),
                also: wanted(&shell.output.also),
                within: at.map(|at| Within { list: &at.list, keys: wanted(&at.keys) }),
                values,
                key: shell.instance.key.clone(),
                address: shell.instance.address.clone(),
                header: shell
                    .session
                    .span(shell.instance.declared.file(), shell.instance.declared.block().header()),
            });
            return;
        }
        let mut properties = Map::default();
        properties.rest.clone_from(&view.whole.rest);
        apply::fill(view, &shell.output.fill, shell.info, shape, &mut properties);
        if let Some((property, node)) = extra {
            put(&mut properties, property, node);
        }
        let names = shell.output.names.iter();
        let names = names.filter_map(|name| {
            let path = Path { outer: true, steps: name.split('.').map(str::to_owned).collect() };
            view.find(&path).map(|node| node.value)
        });
        let mut frame =
            frame(shell, Arc::from(format!("{}{address}", shell.session.scope)), Arc::from(address));
        frame.presence = presence;
        self.made.push(Made { info: shell.info, frame, properties, names: names.collect() });
    }

    /// Puts the parts into their owners; gives the resources, and what is to be said of parts without an owner.
    pub(crate) fn finish(mut self) -> (Vec<Resource>, Vec<Diagnostic>) {
        let by_key: HashMap<Arc<str>, usize> =
            self.made.iter().enumerate().map(|(at, made)| (made.frame.key.clone(), at)).collect();
        let mut by_type: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for (at, made) in self.made.iter().enumerate() {
            by_type.entry(made.info.name.as_str()).or_default().push(at);
        }
        let mut names: HashMap<(&'static str, Arc<str>), Vec<usize>> = HashMap::new();
        for (at, made) in self.made.iter().enumerate() {
            for name in &made.names {
                if let Value::Text(text) = name {
                    names.entry((made.info.name.as_str(), text.clone())).or_default().push(at);
                }
            }
        }
        // A resource that serves owners of several types is outside only if it is for all of them.
        let mut without: Vec<Piece> = Vec::new();
        let mut placed: HashSet<Arc<str>> = HashSet::new();
        // Elements that parts add to a list are there before other parts fill them.
        let (late, early): (Vec<Piece>, Vec<Piece>) =
            std::mem::take(&mut self.pieces).into_iter().partition(|piece| piece.within.is_some());
        for piece in early.into_iter().chain(late) {
            let all = by_type.get(piece.info.name.as_str()).map_or(&[][..], Vec::as_slice);
            let owner = self.owner(&piece, &by_key, &names, all);
            if !matches!(owner, Owner::Outside) {
                placed.insert(piece.key.clone());
            }
            match owner {
                Owner::Known(at) => {
                    let key = self.made[at].frame.key.clone();
                    if let Some(target) = self.targets.get_mut(&piece.key) {
                        target.key = key;
                    }
                    for (path, node) in &piece.values {
                        place(&mut self.made[at].properties, piece.within.as_ref(), path, node);
                    }
                }
                Owner::Perhaps(these, why) => self.doubt(&piece, &these, &why),
                Owner::Other => {}
                Owner::Outside => without.push(piece),
            }
        }
        let outside = without.iter().filter(|piece| placed.insert(piece.key.clone())).map(outside).collect();
        let targets = &self.targets;
        let mut all: Vec<Resource> = self.made.into_par_iter().map(|made| resource(made, targets)).collect();
        for mut one in self.beside.into_iter().flat_map(|(_, resources)| resources) {
            one.properties.entries.iter_mut().for_each(|(_, node)| translate(node, targets));
            all.push(one);
        }
        (all, outside)
    }

    /// Which resource a part belongs to.
    fn owner(
        &self,
        piece: &Piece,
        by_key: &HashMap<Arc<str>, usize>,
        names: &HashMap<(&'static str, Arc<str>), Vec<usize>>,
        all: &[usize],
    ) -> Owner {
        // Of several with the name, the one that the code speaks of.
        let named = piece.behind.as_ref().and_then(|key| by_key.get(key)).copied().filter(|at| {
            let made = &self.made[*at];
            made.info.name == piece.info.name
                && made.names.iter().any(|name| equal(name, &piece.owner.value) == Some(true))
        });
        if !piece.also.is_empty() {
            return self.told(piece, named, all);
        }
        if let Some(at) = named {
            return Owner::Known(at);
        }
        let at_target = |target: &Arc<str>| {
            by_key.get(target).copied().filter(|at| self.made[*at].info.name == piece.info.name)
        };
        let at_key = |unknown: &Arc<Unknown>| match &unknown.reason {
            Reason::Reference { target, .. } => at_target(target),
            // The only part of an ARN that names a resource is its name: `split("/", aws_iam_role.r.arn)[1]`.
            Reason::Part(whole) => match &**whole {
                Reason::Reference { target, attribute } if attribute.as_deref() == Some("arn") => {
                    at_target(target)
                }
                _ => None,
            },
            _ => None,
        };
        let is_other = |unknown: &Arc<Unknown>| match &unknown.reason {
            Reason::Reference { target, .. } => by_key.contains_key(target) && at_key(unknown).is_none(),
            _ => false,
        };
        match &piece.owner.value {
            Value::Unknown(unknown) if is_other(unknown) => return Owner::Other,
            Value::Unknown(unknown) => {
                if let Some(at) = at_key(unknown) {
                    return Owner::Known(at);
                }
            }
            Value::Partial(partial) => {
                // `"${aws_s3_bucket.data.id}-logs"` is the name of another bucket than `data`.
                let named = all.iter().copied().find(|at| {
                    let mut names = self.made[*at].names.iter();
                    names.any(|name| equal(name, &piece.owner.value) == Some(true))
                });
                if let Some(at) = named {
                    return Owner::Known(at);
                }
                if let Some(at) = whole_names(partial).find_map(at_key) {
                    return Owner::Known(at);
                }
                if whole_names(partial).any(is_other) {
                    return Owner::Other;
                }
            }
            Value::Instance(instance) => {
                return match by_key.get(&instance.key) {
                    Some(at) if self.made[*at].info.name == piece.info.name => Owner::Known(*at),
                    _ => Owner::Other,
                };
            }
            Value::Text(text) => {
                // An ARN ends in the name: `arn:aws:iam::123456789012:policy/name`.
                let last = text.rsplit(['/', ':']).next().unwrap_or(text);
                for name in [&**text, last] {
                    let key = (piece.info.name.as_str(), Arc::from(name));
                    match names.get(&key).map(Vec::as_slice) {
                        Some([only]) => return Owner::Known(*only),
                        Some(several) => {
                            let why =
                                Reason::Failed(Arc::from(format!("several resources are named `{name}`")));
                            let why = Arc::new(Unknown { reason: why, kind: Kind::Any });
                            return Owner::Perhaps(several.to_vec(), why);
                        }
                        None => {}
                    }
                }
            }
            _ => {}
        }
        let mut perhaps = Vec::new();
        for &at in all {
            let made = &self.made[at];
            let answer = any(made.names.iter().map(|name| equal(name, &piece.owner.value)));
            match answer {
                Some(true) => return Owner::Known(at),
                // A name that AWS or the provider makes is not one that is written elsewhere.
                Some(false) if made.names.is_empty() && piece.owner.value.as_text().is_some() => {}
                Some(false) if !made.names.is_empty() => {}
                _ => perhaps.push(at),
            }
        }
        match piece.owner.value.first_unknown() {
            _ if perhaps.is_empty() => Owner::Outside,
            Some(why) => Owner::Perhaps(perhaps, why),
            None => {
                let reason = Reason::Failed(Arc::from("the names of the possible owners are not known"));
                Owner::Perhaps(perhaps, Arc::new(Unknown { reason, kind: Kind::Any }))
            }
        }
    }

    /// Which resource a part belongs to that names its owner by several properties.
    fn told(&self, piece: &Piece, named: Option<usize>, all: &[usize]) -> Owner {
        let (mut sure, mut perhaps, mut why) = (Vec::new(), Vec::new(), None);
        for &at in all {
            let made = &self.made[at];
            let name = any(made.names.iter().map(|name| agree(name, &piece.owner.value)));
            match (name, fits(&made.properties, &piece.also)) {
                (Some(false), _) | (_, Ok(false)) => {}
                (Some(true), Ok(true)) => sure.push(at),
                (_, other) => {
                    why = why.or(other.err());
                    perhaps.push(at);
                }
            }
        }
        let named = named.filter(|at| if sure.is_empty() { perhaps.contains(at) } else { sure.contains(at) });
        match (named, sure.as_slice()) {
            (Some(at), _) => return Owner::Known(at),
            (None, [only]) => return Owner::Known(*only),
            (None, []) => {}
            (None, several) => perhaps = several.to_vec(),
        }
        if perhaps.is_empty() {
            return Owner::Outside;
        }
        let why = why.or_else(|| piece.owner.value.first_unknown()).unwrap_or_else(undecided);
        Owner::Perhaps(perhaps, why)
    }

    /// Whose a part is cannot be said: what it sets is undecided for all that may own it.
    fn doubt(&mut self, piece: &Piece, these: &[usize], why: &Arc<Unknown>) {
        for &at in these {
            let properties = &mut self.made[at].properties;
            for (path, node) in &piece.values {
                let first = match &piece.within {
                    Some(within) => within.list,
                    None => path.split('.').next().unwrap_or(path).trim_end_matches("[]"),
                };
                let mut with = properties.clone();
                place(&mut with, piece.within.as_ref(), path, node);
                let span = node.span;
                let absent = Node::new(Value::Null, span);
                let before = properties.get(first).cloned().unwrap_or_else(|| absent.clone());
                let after = with.get(first).cloned().unwrap_or(absent);
                // A list that is not there has no element that could be filled.
                if before.value.is_null() && after.value.is_null() {
                    continue;
                }
                let value = Value::choice([before, after], why.clone());
                properties.set(Arc::from(first), Node::new(value, span));
            }
        }
    }
}

/// Where a part belongs.
enum Owner {
    Known(usize),
    Perhaps(Vec<usize>, Arc<Unknown>),
    /// To a resource of another type, whose own output takes it.
    Other,
    Outside,
}

/// The holes of a text that are whole names in it, such as in an ARN.
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

fn outside(piece: &Piece) -> Diagnostic {
    let message = format!(
        "`{}` belongs to a resource of type `{}` that is not in the code: it is not judged",
        piece.address, piece.info.name
    );
    Diagnostic { incomplete: false, code: "terraform-owner", span: piece.header, file: None, message }
}

/// Whether Terraform refuses to destroy it, which is what a policy of CloudFormation's asks for a stack.
///
/// <https://developer.hashicorp.com/terraform/language/meta-arguments#prevent_destroy>
fn is_kept(session: &Session, module: &Arc<Module>, instance: &Arc<Instance>) -> bool {
    let lifecycle = instance.declared.blocks().into_iter().find(|(_, block)| &*block.kind == "lifecycle");
    lifecycle.is_some_and(|(file, block)| {
        block.body.attribute("prevent_destroy").is_some_and(|attribute| {
            let scope = crate::eval::Scope::of(module, instance, file);
            crate::operate::truth(&session.lenient(&scope, &attribute.value).value) == Some(true)
        })
    })
}

/// What is common to all that an output makes.
struct Shell<'s, 'a> {
    session: &'s Session<'a>,
    output: &'static Output,
    info: &'static TypeInfo,
    instance: &'s Arc<Instance>,
    /// The module whose code it is; none where it comes of a plan.
    module: Option<&'s Arc<Module>>,
    presence: Option<Arc<Unknown>>,
    /// Whether it is the first that is made of the resource.
    first: bool,
}

impl Shell<'_, '_> {
    /// The key of the resource of which an argument is an attribute.
    fn behind(&self, path: &Path) -> Option<Arc<str>> {
        let [name] = path.steps.as_slice() else { return None };
        if self.output.each.is_some() && !path.outer {
            return None;
        }
        let (file, attribute) = self.instance.declared.attribute(name)?;
        let scope = crate::eval::Scope::of(self.module?, self.instance, file);
        self.session.behind(&scope, &attribute.value).map(|instance| instance.key.clone())
    }
}

/// The properties that a part sets, by path.
fn pieces(view: View, output: &Output, info: &TypeInfo) -> Vec<(String, Node)> {
    let mut found = Vec::new();
    let list = output.at.as_ref().and_then(|at| below(info, info.root(), &at.list));
    let root = list.unwrap_or(info.root());
    for name in &output.fill.same {
        let path = Path { outer: false, steps: vec![super::shape::snake(name)] };
        if let (Some(node), Some(shape)) = (view.find(&path), below(info, root, name)) {
            found.push((name.clone(), super::shape::same(info, shape, &node)));
        }
    }
    for (path, source) in &output.fill.set {
        let shape = below(info, root, path);
        found.extend(apply::value(view, source, info, shape).map(|node| (path.clone(), node)));
    }
    found
}

/// The estate's resource without its properties.
fn frame(shell: &Shell, key: Arc<str>, address: Arc<str>) -> Resource {
    let (session, instance) = (shell.session, shell.instance);
    let module = session.module_of(instance.module);
    let mut resource = Resource::new(Arc::from(shell.info.name.as_str()), key, address);
    let provider = session.provider_of(&module, instance);
    let provider = provider.as_deref();
    resource.account = session.account_of(provider);
    resource.region = match data::region(session, &module, instance) {
        Some(own) => own.value.as_text().map(Arc::from),
        None => session.region_of(provider),
    };
    let (file, block) = (instance.declared.file(), instance.declared.block());
    resource.origin = Origin {
        name: session.span(file, block.header()),
        body: session.span(file, block.range),
        via: module.via.clone(),
        construct: None,
    };
    resource.suppressions = suppress::of(session, file, block);
    if block.labels.is_empty() {
        // A plan does not say what keeps a resource.
        let reason = Reason::Missing(Arc::from("the code of the resource"));
        let unknown = plain::Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Any }));
        resource.deletion_policy = Some(Box::new(plain::Node::of(unknown)));
    } else if is_kept(session, &module, instance) {
        resource.deletion_policy = Some(Box::new(plain::Node::text("Retain")));
    }
    resource
}

/// The estate's resource.
fn resource(made: Made, targets: &HashMap<Arc<str>, Target>) -> Resource {
    let mut whole = Node::new(Value::Map(Arc::new(made.properties)), Span::NONE);
    without_empty(made.info, made.info.root(), &mut whole);
    fit(made.info, made.info.root(), &mut whole);
    let mut whole = to_estate(&whole).unwrap_or_else(|| plain::Node::of(plain::Value::Null));
    translate(&mut whole, targets);
    let mut resource = made.frame;
    if let plain::Value::Map(map) = whole.value {
        resource.properties = *map;
    }
    normalise::properties(made.info, &mut resource.properties);
    resource
}
