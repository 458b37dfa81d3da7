//! Modules and the instances of what they declare.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use estate::resource::Call;
use estate::value::FileId;

use crate::eval::{Fault, Result, Scope, maybe_absent};
use crate::source::{Config, Declared, Session, join};
use crate::types::{self, Type};
use crate::value::{Kind, Map, Node, Reason, Span, Unknown, Value, same};

// Limit: instances of one resource or module. AWS's own quotas are lower for nearly everything.
const INSTANCES_MAX: usize = 5_000;

// Limit: instances of all resources and modules of one root module.
const ALL_INSTANCES_MAX: usize = 100_000;

// Limit: modules within modules.
const MODULE_DEPTH_MAX: usize = 30;

/// A value that is evaluated once.
pub(crate) enum Slot<T> {
    /// It is being evaluated: whoever asks now goes round in a circle.
    Busy,
    Done(Result<T>),
}

/// An instance of a module.
pub(crate) struct Module {
    /// Its number in [`Session::modules`].
    pub(crate) id: usize,
    pub(crate) config: Arc<Config>,
    pub(crate) folder: PathBuf,
    /// What addresses of its resources begin with: empty, or `module.vpc["a"].`.
    pub(crate) prefix: String,
    /// The names of the module calls, without instances, as `modules.json` joins them.
    path: Vec<Arc<str>>,
    pub(crate) via: Vec<Call>,
    pub(crate) parent: Option<usize>,
    /// The block that calls it.
    call: Option<Arc<Declared>>,
    pub(crate) each: Option<(Node, Node)>,
    pub(crate) count: Option<Node>,
    pub(crate) presence: Option<Arc<Unknown>>,
    variables: Mutex<HashMap<Arc<str>, Slot<Node>>>,
    locals: Mutex<HashMap<Arc<str>, Slot<Node>>>,
    outputs: Mutex<HashMap<Arc<str>, Slot<Node>>>,
    resources: Mutex<Expansions<Instance>>,
    children: Mutex<Expansions<Module>>,
    /// Values of the root module's variables from files and settings.
    pub(crate) given: BTreeMap<Arc<str>, Node>,
    pub(crate) providers: Mutex<HashMap<Arc<str>, Option<Arc<crate::provider::Provider>>>>,
}

type Expansions<T> = HashMap<Key, Slot<Option<Arc<Expansion<T>>>>>;

/// The instances of something that is declared once.
pub(crate) enum Expansion<T> {
    Single(Arc<T>),
    Count(Vec<Arc<T>>, Option<Arc<Unknown>>),
    Each(Vec<(Arc<str>, Arc<T>)>, Option<Arc<Unknown>>),
}

impl<T> Expansion<T> {
    pub(crate) fn all(&self) -> Vec<&Arc<T>> {
        match self {
            Expansion::Single(one) => vec![one],
            Expansion::Count(all, _) => all.iter().collect(),
            Expansion::Each(all, _) => all.iter().map(|(_, one)| one).collect(),
        }
    }

    pub(crate) fn rest(&self) -> Option<&Arc<Unknown>> {
        match self {
            Expansion::Single(_) => None,
            Expansion::Count(_, rest) | Expansion::Each(_, rest) => rest.as_ref(),
        }
    }
}

/// A resource or data source.
pub(crate) struct Instance {
    /// Its key in the estate.
    pub(crate) key: Arc<str>,
    pub(crate) address: Arc<str>,
    pub(crate) type_name: Arc<str>,
    pub(crate) data: bool,
    pub(crate) module: usize,
    pub(crate) declared: Arc<Declared>,
    pub(crate) each: Option<(Node, Node)>,
    pub(crate) count: Option<Node>,
    /// Why it is perhaps not there, if so.
    pub(crate) presence: Option<Arc<Unknown>>,
    pub(crate) attributes: Mutex<HashMap<Arc<str>, Slot<Node>>>,
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({})", self.address)
    }
}

impl Instance {
    /// What stands for the whole, or for an attribute that AWS assigns.
    pub(crate) fn reference(&self, attribute: Option<&str>, kind: Kind) -> Arc<Unknown> {
        let reason = if self.data {
            let attribute = attribute.map(|name| format!(".{name}")).unwrap_or_default();
            // With its root: two roots that read something by one address need not read the same.
            Reason::Data(Arc::from(format!("{}{attribute}", self.key)))
        } else {
            let attribute = attribute.filter(|name| *name != "id").map(Arc::from);
            Reason::Reference { target: self.key.clone(), attribute }
        };
        Arc::new(Unknown { reason, kind })
    }
}

/// How often something is declared.
enum Repeat {
    Once(Option<Arc<Unknown>>),
    Count(Vec<(i64, Option<Arc<Unknown>>)>),
    /// Nobody knows how often.
    Many(Arc<Unknown>, bool),
    Each(Vec<(Arc<str>, Node, Option<Arc<Unknown>>)>, Option<Arc<Unknown>>),
}

/// The values of one key in several maps, and why it is perhaps in none.
type OfKey = (Vec<Node>, Option<Arc<Unknown>>);

/// One of them.
struct One {
    suffix: String,
    key: Option<Arc<str>>,
    each: Option<(Node, Node)>,
    count: Option<Node>,
    presence: Option<Arc<Unknown>>,
}

impl Session<'_> {
    /// The root module. `None` where its folder holds no code.
    pub(crate) fn root_module(&self) -> Option<Arc<Module>> {
        let config = self.config(&self.root)?;
        let given = crate::inputs::given(self, &config);
        Some(self.root_with(config, given))
    }

    /// The root module with the values of its variables.
    pub(crate) fn root_with(&self, config: Arc<Config>, given: BTreeMap<Arc<str>, Node>) -> Arc<Module> {
        self.module(Seed {
            config,
            folder: self.root.clone(),
            prefix: String::new(),
            path: Vec::new(),
            via: Vec::new(),
            parent: None,
            call: None,
            one: One { suffix: String::new(), key: None, each: None, count: None, presence: None },
            given,
        })
    }

    /// A module of a plan: its code only says where things are written.
    pub(crate) fn planned_module(
        &self,
        config: Arc<Config>,
        folder: PathBuf,
        address: &str,
        via: Vec<Call>,
    ) -> Arc<Module> {
        self.module(Seed {
            config,
            folder,
            prefix: if address.is_empty() { String::new() } else { format!("{address}.") },
            path: Vec::new(),
            via,
            parent: None,
            call: None,
            one: One { suffix: String::new(), key: None, each: None, count: None, presence: None },
            given: BTreeMap::new(),
        })
    }

    /// The code of a module that a call names by a local path or that was fetched; nothing is said where there is none.
    pub(crate) fn local_code(&self, declared: &Declared, folder: &Path) -> Option<(Arc<Config>, PathBuf)> {
        let source = declared.attribute("source")?.1.value.literal()?;
        if source.starts_with("./") || source.starts_with("../") {
            let folder = join(folder, source);
            return Some((self.config(&folder)?, folder));
        }
        let fetched = self.fetched();
        let folder = fetched.get(declared.block().label(0))?;
        Some((self.config(folder)?, folder.clone()))
    }

    fn module(&self, seed: Seed) -> Arc<Module> {
        let mut modules = self.modules.borrow_mut();
        let module = Arc::new(Module::new(modules.len(), seed));
        modules.push(module.clone());
        module
    }

    pub(crate) fn module_of(&self, id: usize) -> Arc<Module> {
        self.modules.borrow()[id].clone()
    }

    /// The value of a variable.
    pub(crate) fn variable(&self, module: &Arc<Module>, name: &str, span: Span) -> Result<Node> {
        let Some((name, declared)) = module.config.variables.get_key_value(name) else {
            if module.config.damaged {
                return Ok(Node::new(damaged(name), span));
            }
            return Ok(self.undeclared(span, format!("variable `{name}` is not declared")));
        };
        once(&module.variables, name, span, || Ok(self.make_variable(module, name, declared)))
    }

    fn make_variable(&self, module: &Arc<Module>, name: &Arc<str>, declared: &Declared) -> Node {
        let here = Scope::new(module, declared.file());
        let of = declared.attribute("type").map_or(Type::Any, |(_, attribute)| Type::read(&attribute.value));
        let default = declared.attribute("default").map(|(file, attribute)| {
            let scope = Scope::new(module, file);
            self.lenient(&scope, &attribute.value)
        });
        let nullable = declared
            .attribute("nullable")
            .is_none_or(|(_, attribute)| !matches!(attribute.value.kind, hcl::syntax::Kind::Bool(false)));
        let given = match (&module.call, module.parent) {
            (Some(call), Some(parent)) => call.attribute(name).map(|(file, attribute)| {
                let parent = self.module_of(parent);
                let mut scope = Scope::new(&parent, file);
                scope.each.clone_from(&module.each);
                scope.count.clone_from(&module.count);
                self.lenient(&scope, &attribute.value)
            }),
            _ => module.given.get(name).cloned(),
        };
        let given = given.filter(|node| nullable || default.is_none() || !node.value.is_null());
        let given_span = given.as_ref().map(|node| node.span);
        let node = given.or(default).unwrap_or_else(|| {
            let span = self.span(declared.file(), declared.block().header());
            let reason = match &module.call {
                None => Reason::Variable { name: name.clone(), scope: self.scope.clone() },
                Some(_) => Reason::Missing(Arc::from(format!("argument `{name}` of the module"))),
            };
            let kind = match of.kind() {
                Kind::Any if !nullable => Kind::Present,
                kind => kind,
            };
            Node::new(Value::unknown(reason, kind), span)
        });
        let span = node.span;
        let evaluate = |expression: &hcl::syntax::Expression| self.lenient(&here, expression);
        match types::convert(node, &of, &evaluate) {
            Ok(node) => node,
            Err(why) => {
                let at = given_span.filter(Span::is_some).unwrap_or(span);
                self.say(true, "terraform-variable", at, format!("variable `{name}`: {why}"));
                Node::new(Value::failed(format!("variable `{name}` has no fitting value")), span)
            }
        }
    }

    /// The value of a local.
    pub(crate) fn local(&self, module: &Arc<Module>, name: &str, span: Span) -> Result<Node> {
        let Some((name, local)) = module.config.locals.get_key_value(name) else {
            if module.config.damaged {
                return Ok(Node::new(damaged(name), span));
            }
            return Ok(self.undeclared(span, format!("local value `{name}` is not declared")));
        };
        once(&module.locals, name, span, || {
            let scope = Scope::new(module, local.file);
            self.expression(&scope, &local.attribute().value)
        })
    }

    /// The value of an output.
    pub(crate) fn output(&self, module: &Arc<Module>, name: &str, span: Span) -> Result<Node> {
        let Some((name, declared)) = module.config.outputs.get_key_value(name) else {
            if module.config.damaged {
                return Ok(Node::new(damaged(name), span));
            }
            return Err(Fault::new(span, format!("the module has no output `{name}`")));
        };
        once(&module.outputs, name, span, || {
            let Some((file, attribute)) = declared.attribute("value") else {
                return Ok(Node::new(Value::Null, span));
            };
            let scope = Scope::new(module, file);
            self.expression(&scope, &attribute.value)
        })
    }

    /// The instances of a resource or data source; `None` where it is not declared.
    pub(crate) fn instances(
        &self,
        module: &Arc<Module>,
        data: bool,
        type_name: &str,
        name: &str,
        span: Span,
    ) -> Result<Option<Arc<Expansion<Instance>>>> {
        let declared = if data { &module.config.data } else { &module.config.resources };
        let Some(((type_name, name), declared)) =
            declared.get_key_value(&(Arc::from(type_name), Arc::from(name)))
        else {
            return Ok(None);
        };
        let key = (data, type_name.clone(), name.clone());
        let make = || {
            let made = self.expand(module, declared, |one| {
                let kind = if data { "data." } else { "" };
                let address = format!("{}{kind}{type_name}.{name}{}", module.prefix, one.suffix);
                Some(Arc::new(Instance {
                    key: Arc::from(format!("{}{address}", self.scope)),
                    address: Arc::from(address),
                    type_name: type_name.clone(),
                    data,
                    module: module.id,
                    declared: declared.clone(),
                    each: one.each,
                    count: one.count,
                    presence: one.presence.or_else(|| module.presence.clone()),
                    attributes: Mutex::default(),
                }))
            })?;
            Ok(made)
        };
        once_expansion(&module.resources, key, span, make)
    }

    /// The instances of a called module; `None` where it is not declared, or its code is not there.
    pub(crate) fn children(
        &self,
        module: &Arc<Module>,
        name: &str,
        span: Span,
    ) -> Result<Option<Arc<Expansion<Module>>>> {
        let Some((name, declared)) = module.config.modules.get_key_value(name) else {
            return Err(Fault::new(span, format!("module `{name}` is not declared")));
        };
        let key = (false, Arc::from("module"), name.clone());
        once_expansion(&module.children, key, span, || {
            let Some((config, folder)) = self.called(module, name, declared) else { return Ok(None) };
            let mut path = module.path.clone();
            path.push(name.clone());
            let call =
                Call { name: name.clone(), span: self.span(declared.file(), declared.block().header()) };
            let mut via = module.via.clone();
            via.push(call);
            self.expand(module, declared, |mut one| {
                one.presence = one.presence.or_else(|| module.presence.clone());
                Some(self.module(Seed {
                    config: config.clone(),
                    folder: folder.clone(),
                    prefix: format!("{}module.{name}{}.", module.prefix, one.suffix),
                    path: path.clone(),
                    via: via.clone(),
                    parent: Some(module.id),
                    call: Some(declared.clone()),
                    one,
                    given: BTreeMap::new(),
                }))
            })
        })
    }

    /// The code of a called module. What is not there is said, and leaves the world open.
    fn called(
        &self,
        module: &Module,
        name: &Arc<str>,
        declared: &Declared,
    ) -> Option<(Arc<Config>, PathBuf)> {
        let span = self.span(declared.file(), declared.block().header());
        let missing = |message: String| {
            self.say(true, "module-missing", span, message.clone());
            let reason = Reason::Missing(Arc::from(format!("module `{name}`")));
            self.open_world(None, Arc::new(Unknown { reason, kind: Kind::Any }));
            None
        };
        let Some((_, source)) = declared.attribute("source") else {
            return missing(format!("module `{name}` has no `source`"));
        };
        let here = self.module_of(module.id);
        let source = self.lenient(&Scope::new(&here, declared.file()), &source.value);
        let Some(source) = source.value.as_text() else {
            return missing(format!("the source of module `{name}` is not known"));
        };
        let is_local = source.starts_with("./") || source.starts_with("../");
        let folder = if is_local {
            join(&module.folder, source)
        } else {
            let key = module.path.iter().chain([name]).map(|name| &**name).collect::<Vec<_>>().join(".");
            match self.fetched().get(&key) {
                Some(folder) => folder.clone(),
                None => {
                    return missing(format!(
                        "module `{name}` ({source}) is not below `.terraform/modules`: run `terraform init`; what it makes is unknown"
                    ));
                }
            }
        };
        if module.path.len() >= MODULE_DEPTH_MAX || self.is_above(module, &folder) {
            return missing(format!(
                "module `{name}` calls itself, or modules nest too deep: it is not read"
            ));
        }
        match self.config(&folder) {
            Some(config) => Some((config, folder)),
            None => missing(format!("module `{name}`: no code in `{}`", template::display(&folder))),
        }
    }

    /// Whether a folder's code is that of the module or of one that calls it.
    fn is_above(&self, module: &Module, folder: &Path) -> bool {
        let mut at = Some(module.id);
        while let Some(id) = at {
            let above = self.module_of(id);
            if above.folder == folder {
                return true;
            }
            at = above.parent;
        }
        false
    }

    /// The folders of fetched modules by key: `.terraform/modules/modules.json`, as `terraform init` writes it.
    fn fetched(&self) -> Arc<BTreeMap<String, PathBuf>> {
        if let Some(known) = &*self.fetched.borrow() {
            return known.clone();
        }
        let mut found = BTreeMap::new();
        let path = self.root.join(".terraform/modules/modules.json");
        if let Ok(bytes) = self.reader.read(&path)
            && let Ok(json) = serde_json::from_slice::<serde_json::Value>(&bytes)
        {
            for module in json["Modules"].as_array().into_iter().flatten() {
                if let (Some(key), Some(folder)) = (module["Key"].as_str(), module["Dir"].as_str()) {
                    found.insert(key.to_owned(), join(&self.root, folder));
                }
            }
        }
        let found = Arc::new(found);
        *self.fetched.borrow_mut() = Some(found.clone());
        found
    }

    /// Evaluates `count`, `for_each` and OpenTofu's `enabled`, and makes the instances.
    fn expand<T>(
        &self,
        module: &Arc<Module>,
        declared: &Declared,
        make: impl Fn(One) -> Option<Arc<T>>,
    ) -> Result<Option<Arc<Expansion<T>>>> {
        let span = self.span(declared.file(), declared.block().header());
        let one = |suffix: String, presence| One { suffix, key: None, each: None, count: None, presence };
        let may_make = || {
            let made = self.instances.get() + 1;
            self.instances.set(made);
            if made == ALL_INSTANCES_MAX {
                let message =
                    format!("more than {ALL_INSTANCES_MAX} resources and modules: the rest is not read");
                self.say(true, "too-much", span, message);
                let reason = Reason::Failed(Arc::from("there are too many resources"));
                self.open_world(None, Arc::new(Unknown { reason, kind: Kind::Any }));
            }
            made < ALL_INSTANCES_MAX
        };
        let expansion = match self.repeat(module, declared, span)? {
            Repeat::Once(presence) => {
                if !may_make() {
                    return Ok(None);
                }
                match make(one(String::new(), presence)) {
                    Some(made) => Expansion::Single(made),
                    None => return Ok(None),
                }
            }
            Repeat::Count(all) => {
                let mut made = Vec::new();
                for (index, presence) in all {
                    if !may_make() {
                        break;
                    }
                    let count = Some(Node::new(Value::Int(index), span));
                    made.extend(make(One { count, ..one(format!("[{index}]"), presence) }));
                }
                Expansion::Count(made, None)
            }
            Repeat::Many(why, is_count) => {
                // One stands for however many there are.
                let part = Value::unknown(why.reason.of_part(), Kind::Text);
                let node = Node::new(part, span);
                let mut this = one("[*]".to_owned(), Some(why.clone()));
                if is_count {
                    this.count = Some(Node::new(Value::unknown(why.reason.of_part(), Kind::Number), span));
                } else {
                    let value = Value::unknown(why.reason.of_part(), Kind::Any);
                    this.each = Some((node, Node::new(value, span)));
                }
                let made: Vec<Arc<T>> = make(this).into_iter().collect();
                if is_count {
                    Expansion::Count(made, Some(why))
                } else {
                    let key: Arc<str> = Arc::from("*");
                    Expansion::Each(made.into_iter().map(|one| (key.clone(), one)).collect(), Some(why))
                }
            }
            Repeat::Each(all, rest) => {
                let mut made = Vec::new();
                let mut more = rest.clone().map(|why| {
                    let key = Node::new(Value::unknown(why.reason.of_part(), Kind::Text), span);
                    let value = Node::new(Value::unknown(why.reason.of_part(), Kind::Any), span);
                    One { each: Some((key, value)), ..one("[*]".to_owned(), Some(why)) }
                });
                for (key, value, presence) in all {
                    if !may_make() {
                        break;
                    }
                    let quoted = serde_json::Value::from(&*key).to_string();
                    let mut this = one(format!("[{quoted}]"), presence);
                    this.each = Some((Node::new(Value::Text(key.clone()), span), value));
                    this.key = Some(key.clone());
                    made.extend(make(this).map(|one| (key, one)));
                }
                if let Some(one) = more.take() {
                    made.extend(make(one).map(|one| (Arc::from("*"), one)));
                }
                Expansion::Each(made, rest)
            }
        };
        Ok(Some(Arc::new(expansion)))
    }

    fn repeat(&self, module: &Arc<Module>, declared: &Declared, span: Span) -> Result<Repeat> {
        if let Some((file, attribute)) = declared.attribute("count") {
            let node = self.lenient(&Scope::new(module, file), &attribute.value);
            return Ok(self.counted(&node));
        }
        if let Some((file, attribute)) = declared.attribute("for_each") {
            let node = self.lenient(&Scope::new(module, file), &attribute.value);
            return Ok(self.keyed(&node));
        }
        // https://opentofu.org/docs/language/meta-arguments/enabled/
        let lifecycle = declared.blocks().into_iter().find(|(_, block)| &*block.kind == "lifecycle");
        if let Some((file, block)) = lifecycle
            && let Some(attribute) = block.body.attribute("enabled")
        {
            let node = self.lenient(&Scope::new(module, file), &attribute.value);
            return Ok(match node.value {
                Value::Bool(false) => Repeat::Count(Vec::new()),
                ref other => Repeat::Once(other.made_of(Kind::Any)),
            });
        }
        let _ = span;
        Ok(Repeat::Once(None))
    }

    fn counted(&self, node: &Node) -> Repeat {
        let whole = |value: &Value| match value {
            Value::Int(n) => Some(*n),
            Value::Double(n) if n.fract() == 0.0 => Some(*n as i64),
            Value::Text(text) => text.parse().ok(),
            Value::Bool(b) => Some(i64::from(*b)),
            _ => None,
        };
        let (least, most, why) = match &node.value {
            Value::Choice(choice) => {
                let counts: Option<Vec<i64>> =
                    choice.options.iter().map(|option| whole(&option.value)).collect();
                match counts {
                    Some(counts) => {
                        let least = counts.iter().min().copied().unwrap_or(0);
                        (least, counts.iter().max().copied().unwrap_or(0), Some(choice.why.clone()))
                    }
                    None => return Repeat::Many(choice.why.clone(), true),
                }
            }
            other => match (whole(other), other.first_unknown()) {
                (Some(count), _) => (count, count, None),
                (None, Some(why)) => return Repeat::Many(why, true),
                (None, None) => {
                    let message = format!("`count` takes a number, not {}", other.noun());
                    self.say(true, "terraform-expression", node.span, message.clone());
                    return Repeat::Many(failed(message), true);
                }
            },
        };
        if least < 0 {
            let message = format!("`count` is {least}: it cannot be less than 0");
            self.say(true, "terraform-expression", node.span, message);
        }
        let limit = INSTANCES_MAX as i64;
        if most > limit {
            let message = format!("`count` is {most}: only {limit} are judged");
            self.say(true, "too-much", node.span, message);
            self.open_world(None, failed("there are too many instances"));
        }
        let presence = |index: i64| if index < least { None } else { why.clone() };
        Repeat::Count((0..most.clamp(0, limit)).map(|index| (index, presence(index))).collect())
    }

    fn keyed(&self, node: &Node) -> Repeat {
        let wrong = |message: String| {
            self.say(true, "terraform-expression", node.span, message.clone());
            Repeat::Many(failed(message), false)
        };
        let mut all: Vec<(Arc<str>, Node, Option<Arc<Unknown>>)> = Vec::new();
        let mut rest = None;
        match &node.value {
            Value::Map(map) => {
                // One for each of what is perhaps there is perhaps there.
                all.extend(map.entries.iter().map(|(key, value)| match maybe_absent(value) {
                    Some((one, why)) if matches!(one.value, Value::Instance(_)) => {
                        (key.clone(), one, Some(why))
                    }
                    _ => (key.clone(), value.clone(), None),
                }));
                rest.clone_from(&map.rest);
            }
            Value::List(list) => {
                rest.clone_from(&list.rest);
                for item in &list.items {
                    let (item, why) =
                        maybe_absent(item).map_or((item.clone(), None), |(one, why)| (one, Some(why)));
                    match &item.value {
                        Value::Text(key) => all.push((key.clone(), item.clone(), why)),
                        Value::Null => {}
                        other => match other.first_unknown() {
                            Some(why) => rest = Some(why),
                            None => return wrong(format!("`for_each` takes texts, not {}", other.noun())),
                        },
                    }
                }
            }
            Value::Choice(choice) => return self.keyed_choice(choice),
            Value::Null => return wrong("`for_each` is null".to_owned()),
            other => {
                return match other.first_unknown() {
                    Some(why) => Repeat::Many(why, false),
                    None => wrong(format!("`for_each` takes a map or a set of texts, not {}", other.noun())),
                };
            }
        }
        if all.len() > INSTANCES_MAX {
            let message = format!("`for_each` has {} keys: only {INSTANCES_MAX} are judged", all.len());
            self.say(true, "too-much", node.span, message);
            all.truncate(INSTANCES_MAX);
            let why = failed("there are too many instances");
            self.open_world(None, why);
        }
        Repeat::Each(all, rest)
    }

    /// One of several maps: what is in all of them is there, what is in some perhaps.
    fn keyed_choice(&self, choice: &crate::value::Choice) -> Repeat {
        let mut found: BTreeMap<Arc<str>, OfKey> = BTreeMap::new();
        let mut rest = None;
        for option in &choice.options {
            match self.keyed(option) {
                Repeat::Each(all, more) => {
                    rest = rest.or(more);
                    for (key, value, why) in all {
                        let (values, perhaps) = found.entry(key).or_default();
                        values.push(value);
                        *perhaps = perhaps.take().or(why);
                    }
                }
                Repeat::Many(why, _) => return Repeat::Many(why, false),
                Repeat::Once(_) | Repeat::Count(_) => {}
            }
        }
        let all = found
            .into_iter()
            .map(|(key, (values, perhaps))| {
                let presence =
                    if values.len() < choice.options.len() { Some(choice.why.clone()) } else { perhaps };
                let span = values[0].span;
                let first = &values[0].value;
                let value = if values.iter().all(|value| same(&value.value, first)) {
                    values[0].clone()
                } else {
                    Node::new(Value::choice(values, choice.why.clone()), span)
                };
                (key, value, presence)
            })
            .collect();
        Repeat::Each(all, rest)
    }
}

impl Module {
    /// A module without names: for files that hold values only.
    pub(crate) fn empty() -> Arc<Module> {
        let one = One { suffix: String::new(), key: None, each: None, count: None, presence: None };
        Arc::new(Module::new(
            0,
            Seed {
                config: Arc::new(Config::default()),
                folder: PathBuf::new(),
                prefix: String::new(),
                path: Vec::new(),
                via: Vec::new(),
                parent: None,
                call: None,
                one,
                given: BTreeMap::new(),
            },
        ))
    }

    fn new(id: usize, seed: Seed) -> Module {
        Module {
            id,
            config: seed.config,
            folder: seed.folder,
            prefix: seed.prefix,
            path: seed.path,
            via: seed.via,
            parent: seed.parent,
            call: seed.call,
            each: seed.one.each,
            count: seed.one.count,
            presence: seed.one.presence,
            variables: Mutex::default(),
            locals: Mutex::default(),
            outputs: Mutex::default(),
            resources: Mutex::default(),
            children: Mutex::default(),
            given: seed.given,
            providers: Mutex::default(),
        }
    }

    /// The caller's words for a provider configuration that the call hands down under a name.
    pub(crate) fn handed(&self, name: &str) -> Option<(FileId, &hcl::syntax::Expression)> {
        let (file, attribute) = self.call.as_ref()?.attribute("providers")?;
        let hcl::syntax::Kind::Object(items) = &attribute.value.kind else { return None };
        let item = items.iter().find(|item| {
            let key = item.key.path().map(|path| path.join("."));
            key.or_else(|| item.key.literal().map(str::to_owned)).as_deref() == Some(name)
        })?;
        Some((file, &item.value))
    }
}

struct Seed {
    config: Arc<Config>,
    folder: PathBuf,
    prefix: String,
    path: Vec<Arc<str>>,
    via: Vec<Call>,
    parent: Option<usize>,
    call: Option<Arc<Declared>>,
    one: One,
    given: BTreeMap<Arc<str>, Node>,
}

fn failed(why: impl Into<Arc<str>>) -> Arc<Unknown> {
    Arc::new(Unknown { reason: Reason::Failed(why.into()), kind: Kind::Any })
}

fn damaged(name: &str) -> Value {
    let reason = Reason::Damaged(Arc::from(format!("the code that may declare `{name}`")));
    Value::unknown(reason, Kind::Any)
}

/// What is behind a lock. No thread panics while it holds one, and each step leaves the values whole.
pub(crate) fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Evaluates a value once. One that is asked for while it is evaluated depends on itself.
pub(crate) fn once(
    slots: &Mutex<HashMap<Arc<str>, Slot<Node>>>,
    name: &Arc<str>,
    span: Span,
    make: impl FnOnce() -> Result<Node>,
) -> Result<Node> {
    match lock(slots).get(name) {
        Some(Slot::Done(known)) => return known.clone(),
        Some(Slot::Busy) => return Err(Fault::new(span, format!("`{name}` refers to itself"))),
        None => {}
    }
    lock(slots).insert(name.clone(), Slot::Busy);
    let made = make();
    lock(slots).insert(name.clone(), Slot::Done(made.clone()));
    made
}

type Key = (bool, Arc<str>, Arc<str>);

fn once_expansion<T>(
    slots: &Mutex<Expansions<T>>,
    key: Key,
    span: Span,
    make: impl FnOnce() -> Result<Option<Arc<Expansion<T>>>>,
) -> Result<Option<Arc<Expansion<T>>>> {
    match lock(slots).get(&key) {
        Some(Slot::Done(known)) => return known.clone(),
        Some(Slot::Busy) => {
            return Err(Fault::new(span, format!("`{}.{}` refers to itself", key.1, key.2)));
        }
        None => {}
    }
    lock(slots).insert(key.clone(), Slot::Busy);
    let made = make();
    lock(slots).insert(key, Slot::Done(made.clone()));
    made
}

/// The value of a key that some map holds, for entries that a `FileId` names.
pub(crate) fn as_map(entries: Vec<(Arc<str>, Node)>, rest: Option<Arc<Unknown>>) -> Value {
    let mut map: Map = entries.into_iter().collect();
    map.rest = rest;
    Value::Map(Arc::new(map))
}
