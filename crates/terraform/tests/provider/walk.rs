//! The way through the mapping of a type, from argument to property.

use std::collections::BTreeSet;

use estate::catalogue::{Catalogue, Kinds, Shape, ShapeId, TypeInfo};
use estate::value::Value;
use terraform::mapping::shape::snake;
use terraform::mapping::{Fill, Form, Head, Output, Path, Source, Test};

use crate::arguments::Argument;

/// Arguments that hold a JSON text whose parts mappings read.
const JSON: [&str; 1] = ["container_definitions"];

static ANY: Argument = Argument::Any;
static TEXT: Argument = Argument::Text;

/// A shape that takes everything.
static FREE: Shape = Shape {
    kinds: Kinds(0),
    properties: Vec::new(),
    others: None,
    open: true,
    items: None,
    values: Vec::new(),
};

/// Where a value goes.
#[derive(Clone, Copy)]
struct Target {
    info: &'static TypeInfo,
    shape: &'static Shape,
}

impl Target {
    fn free(self) -> Target {
        Target { shape: &FREE, ..self }
    }

    fn with(self, shape: ShapeId) -> Target {
        Target { shape: self.info.shape(shape), ..self }
    }

    /// The elements of a list.
    fn items(self) -> Target {
        self.shape.items.map_or(self.free(), |id| self.with(id))
    }

    /// Whether values of all these kinds can go here. CloudFormation reads truth values and numbers out of
    /// texts and the other way round, and JSON out of a text.
    fn takes(self, made: Kinds) -> bool {
        let kinds = self.shape.kinds;
        let numbers = Kinds::INT.with(Kinds::NUMBER);
        let singles = [Kinds::BOOL, Kinds::INT, Kinds::NUMBER, Kinds::TEXT, Kinds::LIST, Kinds::MAP];
        kinds.any()
            || singles.into_iter().filter(|single| made.has(*single)).all(|single| {
                let fits = match single {
                    Kinds::BOOL => Kinds::BOOL.with(Kinds::TEXT),
                    Kinds::INT | Kinds::NUMBER => numbers.with(Kinds::TEXT),
                    Kinds::TEXT => numbers.with(Kinds::BOOL).with(Kinds::TEXT).with(Kinds::MAP),
                    other => other,
                };
                fits.0 & kinds.0 != 0
            })
    }
}

/// What a source gives, as far as it is known.
#[derive(Clone, Copy)]
struct Made {
    kinds: Kinds,
    /// For a list, its elements.
    items: Kinds,
}

impl Made {
    const ANYTHING: Made = Made::one(Kinds(0));

    const fn one(kinds: Kinds) -> Made {
        Made { kinds, items: Kinds(0) }
    }

    fn of(argument: &Argument) -> Made {
        match argument {
            Argument::Text => Made::one(Kinds::TEXT),
            Argument::Number => Made::one(Kinds::NUMBER),
            Argument::Bool => Made::one(Kinds::BOOL),
            Argument::Map(_) => Made::one(Kinds::MAP),
            Argument::List(inner) => Made { kinds: Kinds::LIST, items: Made::of(inner).kinds },
            Argument::Any | Argument::Exported | Argument::Block(_) => Made::ANYTHING,
        }
    }

    fn is_list(self) -> bool {
        self.kinds.has(Kinds::LIST)
    }

    fn has_one_of(self, kinds: &[Kinds]) -> bool {
        kinds.iter().any(|one| self.kinds.has(*one))
    }
}

fn kinds_of(value: &Value) -> Kinds {
    match value {
        Value::Bool(_) => Kinds::BOOL,
        Value::Int(_) => Kinds::INT,
        Value::Double(_) => Kinds::NUMBER,
        Value::Text(_) => Kinds::TEXT,
        Value::List(_) => Kinds::LIST,
        Value::Map(_) => Kinds::MAP,
        _ => Kinds(0),
    }
}

fn words(kinds: Kinds) -> String {
    let names = [
        (Kinds::BOOL, "a truth value"),
        (Kinds::INT, "a whole number"),
        (Kinds::NUMBER, "a number"),
        (Kinds::TEXT, "a text"),
        (Kinds::LIST, "a list"),
        (Kinds::MAP, "a map"),
    ];
    let words: Vec<&str> = names.iter().filter(|(kind, _)| kinds.has(*kind)).map(|(_, word)| *word).collect();
    words.join(" or ")
}

fn shown(path: &Path) -> String {
    let steps = if path.steps.is_empty() { ".".to_owned() } else { path.steps.join(".") };
    if path.outer { format!("^{steps}") } else { steps }
}

fn to(name: &str) -> Path {
    Path { outer: false, steps: name.split('.').map(str::to_owned).collect() }
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// The way through the mapping of one type.
///
/// In what follows `at` is the property that is being filled, and `element` what paths start at.
pub(crate) struct Walk<'w> {
    /// Where the mapping stands.
    pub(crate) place: String,
    /// The type as the provider has it.
    pub(crate) whole: &'w Argument,
    /// The type that references to the resource lead to.
    pub(crate) itself: &'static TypeInfo,
    /// What is wrong.
    pub(crate) faults: Vec<String>,
    /// The type's own arguments that are read.
    pub(crate) used: BTreeSet<String>,
}

impl<'w> Walk<'w> {
    fn fault(&mut self, at: &str, message: &str) {
        let at = if at.is_empty() { String::new() } else { format!(" {at}:") };
        self.faults.push(format!("{}:{at} {message}", self.place));
    }

    /// Goes through one output.
    pub(crate) fn output(&mut self, output: &Output) {
        let Some(info) = Catalogue::builtin().get(&output.target) else {
            return self.fault("", &format!("no type `{}` in the catalogue", output.target));
        };
        let whole = self.whole;
        let mut element = whole;
        if let Some(path) = &output.each {
            let Some(inner) = self.elements("", element, path) else { return };
            element = inner;
        }
        self.when("", element, &output.when);
        if let Some(owner) = &output.owner {
            self.written("", element, owner);
        }
        for name in &output.names {
            self.find("", whole, &to(name));
        }
        for (name, attribute) in &output.attributes {
            self.find("", whole, &to(name));
            if attribute != "Ref" && info.property(attribute).is_none() {
                self.fault("", &format!("no attribute `{attribute}` on {}", info.name));
            }
        }
        let mut target = Target { info, shape: info.root() };
        for (property, source) in &output.also {
            let to = self.property("also", target, property).unwrap_or(target.free());
            self.value("also", element, source, to);
        }
        if let Some(at) = &output.at {
            target = self.property("at", target, &at.list).map_or(target.free(), Target::items);
            for (property, source) in &at.keys {
                let to = self.property("at", target, property).unwrap_or(target.free());
                self.value("at", element, source, to);
            }
        }
        self.fill("", element, &output.fill, target);
        self.over("", element, &output.over, target);
    }

    /// What is at a path.
    fn find(&mut self, at: &str, element: &'w Argument, path: &Path) -> Option<&'w Argument> {
        let mut here = if path.outer { self.whole } else { element };
        let mut last = "";
        for step in &path.steps {
            let is_own = std::ptr::eq(here, self.whole);
            if is_own {
                self.used.insert(step.clone());
            }
            let next = match here {
                // Every resource has one.
                Argument::Block(_) if is_own && step == "id" => Some(&TEXT),
                Argument::Block(arguments) => arguments.get(step),
                Argument::Map(inner) => Some(&**inner),
                Argument::List(inner) if **inner == Argument::Any => Some(&ANY),
                Argument::Text if JSON.contains(&last) => Some(&ANY),
                Argument::Any => Some(&ANY),
                _ => None,
            };
            let Some(next) = next else {
                self.fault(at, &format!("the provider has no argument `{step}` (`{}`)", shown(path)));
                return None;
            };
            here = next;
            last = step;
        }
        Some(here)
    }

    /// What is at a path of something that can be written.
    fn written(&mut self, at: &str, element: &'w Argument, path: &Path) -> Option<&'w Argument> {
        let found = self.find(at, element, path)?;
        if *found == Argument::Exported {
            self.fault(at, &format!("`{}` is exported and cannot be written", shown(path)));
        }
        Some(found)
    }

    /// What the elements at a path are.
    fn elements(&mut self, at: &str, element: &'w Argument, path: &Path) -> Option<&'w Argument> {
        let found = self.written(at, element, path)?;
        match found {
            Argument::Block(_) | Argument::Any => Some(found),
            Argument::List(inner) | Argument::Map(inner) => Some(&**inner),
            Argument::Text if path.steps.last().is_some_and(|step| JSON.contains(&step.as_str())) => {
                Some(&ANY)
            }
            _ => {
                self.fault(at, &format!("`{}` has no elements", shown(path)));
                None
            }
        }
    }

    fn when(&mut self, at: &str, element: &'w Argument, when: &[(Path, Test)]) {
        for (path, test) in when {
            let found = self.written(at, element, path);
            let is_many = matches!(found, Some(Argument::List(_) | Argument::Map(_) | Argument::Block(_)));
            if is_many && matches!(test, Test::In(_)) {
                self.fault(at, &format!("`{}` is no single value to compare", shown(path)));
            }
        }
    }

    /// The property at a path.
    fn property(&mut self, at: &str, target: Target, path: &str) -> Option<Target> {
        let mut here = target;
        for step in path.split('.') {
            let shape = here.shape;
            if shape.is_free() {
                return Some(here.free());
            }
            if shape.kinds.has(Kinds::LIST) && !shape.kinds.has(Kinds::MAP) {
                self.fault(at, &format!("`{path}` goes through a list"));
                return None;
            }
            let name = step.trim_end_matches("[]");
            let next = shape.property(name).map(|property| property.shape).or(shape.others);
            here = match next {
                Some(id) => here.with(id),
                None if shape.open => return Some(here.free()),
                None => {
                    self.fault(at, &format!("{} has no property `{name}` there", target.info.name));
                    return None;
                }
            };
            if step != name && !here.takes(Kinds::LIST) {
                self.fault(at, &format!("`{name}` is no list to append to"));
            }
        }
        Some(here)
    }

    fn fill(&mut self, at: &str, element: &'w Argument, fill: &Fill, target: Target) {
        for name in &fill.same {
            let at = below(at, name);
            let path = Path { outer: false, steps: vec![snake(name)] };
            let argument = self.written(&at, element, &path);
            if let (Some(argument), Some(target)) = (argument, self.property(&at, target, name)) {
                self.same(&at, argument, target);
            }
        }
        for (path, source) in &fill.set {
            let at = below(at, path);
            // What has no property has a fault, and is looked at none the less.
            let property = self.property(&at, target, path).unwrap_or(target.free());
            if path.ends_with("[]") {
                self.appended(&at, element, source, property);
            } else {
                self.value(&at, element, source, property);
            }
        }
    }

    /// A property and everything below it out of the argument of the same name.
    ///
    /// Recursion is bounded by the depth of the argument.
    fn same(&mut self, at: &str, argument: &Argument, target: Target) {
        let Argument::Block(arguments) = argument else {
            let made = Made::of(argument);
            let shape = target.shape;
            let has_properties = !shape.properties.is_empty() && !shape.open && shape.others.is_none();
            if has_properties && matches!(argument, Argument::Map(_)) {
                self.fault(at, "a map of any keys is no map with these properties");
            }
            return self.fits(at, target, made);
        };
        let mut target = target;
        // A list of lists ends somewhere.
        for _ in 0..8 {
            if target.shape.kinds.has(Kinds::LIST) && target.shape.items.is_some() {
                target = target.items();
            }
        }
        if target.shape.is_free() {
            return;
        }
        if !target.shape.kinds.has(Kinds::MAP) {
            return self.fault(at, &format!("a block for {}", words(target.shape.kinds)));
        }
        let mut is_any_the_same = arguments.is_empty();
        for property in &target.shape.properties {
            if let Some(inner) = arguments.get(&snake(&property.name)) {
                is_any_the_same = true;
                self.same(&below(at, &property.name), inner, target.with(property.shape));
            }
        }
        if !is_any_the_same {
            self.fault(at, "no argument of the block has the name of a property");
        }
    }

    fn fits(&mut self, at: &str, target: Target, made: Made) {
        let shape = target.shape;
        if !target.takes(made.kinds) {
            let message = format!("{} for what takes {}", words(made.kinds), words(shape.kinds));
            return self.fault(at, &message);
        }
        if made.is_list() && !target.items().takes(made.items) {
            let message =
                format!("a list of {} for one of {}", words(made.items), words(target.items().shape.kinds));
            self.fault(at, &message);
        }
        // A property that takes certain words takes no truth value or number, unless they are words of it.
        let is_word = match made.kinds {
            Kinds::BOOL => shape.values.iter().any(|word| word == "true"),
            Kinds::INT | Kinds::NUMBER => {
                shape.values.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            }
            _ => true,
        };
        if shape.kinds == Kinds::TEXT && !shape.values.is_empty() && !is_word {
            let message = format!("{} for one of {}", words(made.kinds), shape.values.join(", "));
            self.fault(at, &message);
        }
    }

    /// A value that fills a property.
    fn value(&mut self, at: &str, element: &'w Argument, source: &Source, target: Target) {
        let made = self.made(at, element, source, target);
        self.fits(at, target, made);
    }

    /// A value, or the elements of a list, behind what a list holds already.
    fn appended(&mut self, at: &str, element: &'w Argument, source: &Source, target: Target) {
        let makes_a_list = matches!(
            source.head,
            Head::Each(..) | Head::Items(..) | Head::List(_) | Head::Concat(_) | Head::Pairs(..)
        );
        let items = target.items();
        let made = self.made(at, element, source, if makes_a_list { target } else { items });
        self.fits(at, items, if made.is_list() { Made::one(made.items) } else { made });
    }

    fn over(&mut self, at: &str, element: &'w Argument, over: &[(String, Source)], target: Target) {
        for (path, source) in over {
            let at = below(at, path);
            let made = self.made(&at, element, source, target.free());
            if let Some(property) = self.property(&at, target, path) {
                self.fits(&at, property, if made.is_list() { Made::one(made.items) } else { made });
            }
        }
    }

    /// What a source gives: its head, and what is done to it afterwards.
    fn made(&mut self, at: &str, element: &'w Argument, source: &Source, target: Target) -> Made {
        self.when(at, element, &source.when);
        let mut made = self.head(at, element, source, target);
        if !source.values.is_empty() {
            if made.is_list() {
                self.fault(at, "a list is not translated by `values`");
            }
            let kinds = source.values.iter().fold(Kinds(0), |all, (_, value)| all.with(kinds_of(value)));
            made = Made::one(kinds);
        }
        if source.times.is_some() {
            if made.has_one_of(&[Kinds::BOOL, Kinds::LIST, Kinds::MAP]) {
                self.fault(at, &format!("{} cannot be multiplied", words(made.kinds)));
            }
            made = Made::one(Kinds::NUMBER);
        }
        let has_text_around = !source.prefix.is_empty() || !source.suffix.is_empty();
        if has_text_around {
            if made.has_one_of(&[Kinds::BOOL, Kinds::LIST, Kinds::MAP]) {
                self.fault(at, &format!("{} cannot have a text around it", words(made.kinds)));
            }
            made = Made::one(Kinds::TEXT);
        }
        if let Some(form) = source.form {
            made = self.formed(at, made, form);
        }
        let mut constants: Vec<&Value> = source.default.iter().collect();
        if !has_text_around && source.form.is_none() {
            constants.extend(source.values.iter().map(|(_, value)| value));
            if let (Head::Const(value), []) = (&source.head, source.values.as_slice()) {
                constants.push(value);
            }
        }
        let known = &target.shape.values;
        for word in constants.into_iter().filter_map(Value::as_text) {
            if !known.is_empty() && !known.iter().any(|known| known == word) {
                self.fault(at, &format!("`{word}` is none of {}", known.join(", ")));
            }
        }
        if let Some(default) = &source.default
            && !made.kinds.any()
        {
            made.kinds = made.kinds.with(kinds_of(default));
        }
        made
    }

    fn formed(&mut self, at: &str, made: Made, form: Form) -> Made {
        let (wanted, given) = match form {
            Form::Text if made.has_one_of(&[Kinds::LIST, Kinds::MAP]) => (Kinds::TEXT, made),
            Form::Text => (Kinds(0), Made::one(Kinds::TEXT)),
            Form::Json => (Kinds::TEXT, Made::ANYTHING),
            Form::Tags => (Kinds::MAP, Made { kinds: Kinds::LIST, items: Kinds::MAP }),
            Form::Lower | Form::Upper => (Kinds::TEXT, Made::one(Kinds::TEXT)),
            Form::List if made.is_list() => (Kinds(0), made),
            Form::List => (Kinds(0), Made { kinds: Kinds::LIST, items: made.kinds }),
        };
        if !made.kinds.any() && !made.kinds.has(wanted) {
            self.fault(at, &format!("{} cannot be brought to that form", words(made.kinds)));
        }
        given
    }

    fn head(&mut self, at: &str, element: &'w Argument, source: &Source, target: Target) -> Made {
        match &source.head {
            Head::From(path) => {
                let Some(found) = self.written(at, element, path) else { return Made::ANYTHING };
                let is_block = matches!(found, Argument::Block(_));
                if is_block && !path.steps.is_empty() && !target.shape.is_free() {
                    self.fault(at, &format!("the block `{}` is no plain value", shown(path)));
                }
                Made::of(found)
            }
            Head::Const(value) => Made::one(kinds_of(value)),
            Head::Itself(attribute) => {
                if let Some(name) = attribute
                    && self.itself.property(name).is_none()
                {
                    self.fault(at, &format!("{} has no attribute `{name}`", self.itself.name));
                }
                Made::one(Kinds::TEXT)
            }
            Head::Block(path, fill) => {
                let Some(found) = self.written(at, element, path) else { return Made::ANYTHING };
                if !path.steps.is_empty() && !matches!(found, Argument::Block(_) | Argument::Any) {
                    self.fault(at, &format!("`{}` is no block", shown(path)));
                } else if target.takes(Kinds::MAP) {
                    self.fill(at, found, fill, target);
                }
                Made::one(Kinds::MAP)
            }
            Head::Each(path, fill, over) => {
                if let Some(inner) = self.elements(at, element, path) {
                    let at = format!("{at}[]");
                    self.fill(&at, inner, fill, target.items());
                    self.over(&at, inner, over, target.items());
                }
                Made::one(Kinds::LIST)
            }
            Head::Items(path, item) => {
                if let Some(inner) = self.elements(at, element, path) {
                    self.value(&format!("{at}[]"), inner, item, target.items());
                }
                Made::one(Kinds::LIST)
            }
            Head::List(sources) => {
                for source in sources {
                    self.value(&format!("{at}[]"), element, source, target.items());
                }
                Made::one(Kinds::LIST)
            }
            Head::Concat(sources) => {
                for source in sources {
                    let made = self.made(at, element, source, target);
                    let made = if made.is_list() { Made::one(made.items) } else { made };
                    self.fits(&format!("{at}[]"), target.items(), made);
                }
                Made::one(Kinds::LIST)
            }
            Head::First(sources) => {
                let mut all = Made::ANYTHING;
                for source in sources {
                    let made = self.made(at, element, source, target);
                    all.kinds = all.kinds.with(made.kinds);
                    all.items = all.items.with(made.items);
                }
                all
            }
            Head::Pairs(pairs, names) => {
                for (_, source) in pairs {
                    self.made(at, element, source, target.free());
                }
                for name in names {
                    self.property(&format!("{at}[]"), target.items(), name);
                }
                Made::one(Kinds::LIST)
            }
            Head::Entries(path, key, source) => {
                if let Some(inner) = self.elements(at, element, path) {
                    self.find(at, inner, key);
                    self.made(at, inner, source, target.free());
                }
                Made::one(Kinds::MAP)
            }
        }
    }
}
