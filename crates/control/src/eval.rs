//! Runs code on a resource, in three values.
//!
//! The promise: what is decided holds for every way of filling in the unknowns. The rules are those of
//! docs/control-language.md; `tests/sound.rs` tries them on random expressions and values.

mod operate;

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use estate::estate::Estate;
use estate::resource::{Resource, ResourceId};
use estate::truth::{Truth, Why};
use estate::value::{Kind, Map, Node, Reason, Unknown, Value};

use crate::cel::{Comprehension, Operator};
use crate::compile::{Absent, Attribute, Code, Field, Op};
use crate::functions::{Context, Function, Parameter};
use crate::relate;
use crate::value::{
    Alternatives, OwnedList, OwnedMap, Text, V, entry_or_unread, equal, is_error, lift, merge, part,
};

/// What an expression can see.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The estate, the resource, the time.
    pub context: Context<'a>,
    /// Where absence is a fact: off with `--open-world`.
    pub closed_world: bool,
    /// The control's parameters.
    pub parameters: &'a [V<'static>],
    /// The element under judgement and its key.
    pub each: Option<(V<'a>, V<'a>)>,
    /// The control's named sub-expressions and what they gave so far.
    pub lets: &'a [Code],
    /// Their values.
    pub let_values: Vec<OnceCell<V<'a>>>,
    /// Elements looked at so far, against expressions that loop within loops.
    pub steps: Cell<usize>,
}

// Limit: elements that the loops of one control look at for one resource. The largest real lists have a few
// hundred; four loops within each other over ten elements are ten thousand.
const STEPS_MAX: usize = 2_000_000;

// Limit: elements of a list, and bytes of a text, that an expression puts together.
const ITEMS_MAX: usize = 100_000;
const TEXT_BYTES_MAX: usize = 1 << 20;

impl<'a> Scope<'a> {
    /// The estate.
    pub(crate) fn estate(&self) -> &'a Estate {
        self.context.estate
    }

    pub(crate) fn resource(&self) -> &'a Resource {
        self.context.estate.get(self.context.resource)
    }

    /// Forgets what the named sub-expressions gave, before the next element.
    pub fn next_element(&mut self, each: V<'a>, key: V<'a>) {
        self.each = Some((each, key));
        self.let_values = self.lets.iter().map(|_| OnceCell::new()).collect();
    }
}

/// Runs an expression.
pub fn run<'a>(code: &Code, scope: &Scope<'a>) -> V<'a> {
    run_with(code, scope, &mut Vec::new())
}

/// Runs an expression with variables bound.
///
/// Recursion is bounded by the parser's limit on nesting.
pub(crate) fn run_with<'a>(code: &Code, scope: &Scope<'a>, variables: &mut Vec<V<'a>>) -> V<'a> {
    match &code.op {
        Op::Constant(value) => value.clone(),
        Op::Resource => V::Resource(scope.context.resource),
        Op::Each => scope.each.as_ref().map_or(V::Null, |(each, _)| each.clone()),
        Op::Key => scope.each.as_ref().map_or(V::Null, |(_, key)| key.clone()),
        Op::Parameter(at) => scope.parameters.get(*at).cloned().unwrap_or(V::Null),
        Op::Let(at) => {
            let Some(cell) = scope.let_values.get(*at) else { return V::Null };
            // A named expression can use only those before it, so this never meets itself.
            cell.get_or_init(|| run(&scope.lets[*at], scope)).clone()
        }
        Op::Variable(at) => variables.get(*at).cloned().unwrap_or(V::Null),
        Op::Account => match scope.context.account {
            Some(account) => V::Text(Text::Borrowed(account)),
            None => pseudo("AWS::AccountId"),
        },
        Op::Region => attribute(scope, scope.context.resource, Attribute::Region),
        Op::Organization => pseudo("organization"),
        Op::Now => V::Timestamp(scope.context.now),
        Op::Field(operand, field) => {
            let operand = run_with(operand, scope, variables);
            select(scope, &operand, field)
        }
        Op::Has(operand, field) => {
            let operand = run_with(operand, scope, variables);
            let value = select(scope, &operand, field);
            lift(&[value], &mut |arguments| present(&arguments[0]))
        }
        Op::Attribute(operand, which) => {
            let operand = run_with(operand, scope, variables);
            lift(&[operand], &mut |arguments| match &arguments[0] {
                V::Resource(id) => attribute(scope, *id, *which),
                other => navigate(other),
            })
        }
        Op::Index(operand, at) => {
            let arguments = [run_with(operand, scope, variables), run_with(at, scope, variables)];
            lift(&arguments, &mut |arguments| index(scope, &arguments[0], &arguments[1]))
        }
        // Nearly all calls have one or two arguments: those need no vector.
        Op::Call(function, codes) => match codes.as_slice() {
            [one] => call(function, &[run_with(one, scope, variables)], &scope.context),
            [one, two] => {
                let arguments = [run_with(one, scope, variables), run_with(two, scope, variables)];
                call(function, &arguments, &scope.context)
            }
            codes => {
                let arguments: Vec<V<'a>> =
                    codes.iter().map(|code| run_with(code, scope, variables)).collect();
                call(function, &arguments, &scope.context)
            }
        },
        Op::Or(value, default) => {
            let value = run_with(value, scope, variables);
            lift(&[value], &mut |arguments| match &arguments[0] {
                V::Null => run_with(default, scope, variables),
                other => other.clone(),
            })
        }
        Op::Size(value) => {
            let value = run_with(value, scope, variables);
            lift(&[value], &mut |arguments| size(&arguments[0]))
        }
        Op::Tag(key) => {
            let key = run_with(key, scope, variables);
            match key.as_text() {
                Some(key) => relate::tag(scope, key),
                None => navigate(&key),
            }
        }
        Op::Related { type_name, path } => relate::related(scope, type_name, path.as_deref()),
        Op::Reference { from, path, target } => {
            let from = run_with(from, scope, variables);
            lift(&[from], &mut |arguments| match &arguments[0] {
                V::Resource(id) => relate::reference(scope, *id, path, target.as_deref()),
                other => navigate(other),
            })
        }
        Op::All(type_name) => relate::all(scope, type_name),
        Op::List(codes) => {
            let items: Vec<V<'a>> = codes.iter().map(|code| run_with(code, scope, variables)).collect();
            items.iter().find_map(V::error_in).unwrap_or_else(|| V::list(items))
        }
        Op::Map(codes) => map(codes, scope, variables),
        Op::Not(operand) => (!run_with(operand, scope, variables).truth()).into(),
        Op::Negate(operand) => {
            let operand = run_with(operand, scope, variables);
            lift(&[operand], &mut |arguments| negate(&arguments[0]))
        }
        Op::And(a, b) => match run_with(a, scope, variables).truth() {
            Truth::False => V::Bool(false),
            left => left.and(run_with(b, scope, variables).truth()).into(),
        },
        Op::Either(a, b) => match run_with(a, scope, variables).truth() {
            Truth::True => V::Bool(true),
            left => left.or(run_with(b, scope, variables).truth()).into(),
        },
        Op::Binary(operator, a, b) => {
            let (a, b) = (run_with(a, scope, variables), run_with(b, scope, variables));
            binary(*operator, a, b)
        }
        Op::Conditional(condition, yes, no) => match run_with(condition, scope, variables).truth() {
            Truth::True => run_with(yes, scope, variables),
            Truth::False => run_with(no, scope, variables),
            Truth::Unknown(why) if is_error(&why) => V::Unknown(why, Kind::Any),
            Truth::Unknown(why) => {
                let both = vec![run_with(yes, scope, variables), run_with(no, scope, variables)];
                merge(both, &why)
            }
        },
        Op::Comprehension { kind, range, body, filter } => {
            let range = run_with(range, scope, variables);
            lift(&[range], &mut |arguments| {
                comprehension(*kind, &arguments[0], body, filter.as_deref(), scope, variables)
            })
        }
    }
}

fn pseudo<'a>(name: &str) -> V<'a> {
    let unknown = Arc::new(Unknown { reason: Reason::Pseudo(Arc::from(name)), kind: Kind::Text });
    V::Unknown(Why::of(&unknown), Kind::Text)
}

/// What navigating something gives that has no fields: null stays null, unknown stays unknown.
fn navigate<'a>(value: &V<'a>) -> V<'a> {
    match value {
        V::Null => V::Null,
        V::Unknown(why, _) => V::Unknown(part(why), Kind::Any),
        V::Partial(partial) => {
            let mut why = Why::default();
            partial.holes().for_each(|hole| why.add(&Why::of(hole)));
            V::unknown(why)
        }
        other => V::error(format!("a {} has no fields", other.type_name().unwrap_or("value"))),
    }
}

/// `operand.field`.
pub(crate) fn select<'a>(scope: &Scope<'a>, operand: &V<'a>, field: &Field) -> V<'a> {
    match operand {
        V::Resource(id) => of_properties(scope, &scope.estate().get(*id).properties, field),
        V::Node(node) => match &node.value {
            Value::Map(map) => of_properties(scope, map, field),
            _ => V::error(format!("a list has no field `{}`", field.name)),
        },
        V::Map(owned) => match owned.entries.iter().find(|(key, _)| key.as_text() == Some(&*field.name)) {
            Some((_, value)) => value.clone(),
            None => owned.rest.as_ref().map_or_else(|| absent(scope, field), |why| V::unknown(why.clone())),
        },
        V::Choice(_) => {
            lift(std::slice::from_ref(operand), &mut |arguments| select(scope, &arguments[0], field))
        }
        other => navigate(other),
    }
}

fn of_properties<'a>(scope: &Scope<'a>, map: &'a Map, field: &Field) -> V<'a> {
    match map.get(&field.name) {
        Some(node) => match &node.value {
            // `null` in a template is as good as absent.
            Value::Null => absent(scope, field),
            Value::Choice(choice) => {
                let option = |option: &'a Node| match &option.value {
                    Value::Null => absent(scope, field),
                    _ => V::of(option),
                };
                let mut options: Vec<V<'a>> = choice.options.iter().map(option).collect();
                if choice.or_absent {
                    options.push(absent(scope, field));
                }
                V::Choice(Arc::new(Alternatives { options, absent: false, why: Why::of(&choice.why) }))
            }
            _ => V::of(node),
        },
        None => map.rest.as_ref().map_or_else(|| absent(scope, field), |why| V::unknown(Why::of(why))),
    }
}

fn absent<'a>(scope: &Scope<'a>, field: &Field) -> V<'a> {
    match field.absent {
        Absent::Default(node) => V::of(node),
        Absent::Assigned if scope.resource().origin.name.is_some() => {
            let reason = Reason::Assigned(field.name.clone());
            V::Unknown(Why::of(&Arc::new(Unknown { reason, kind: Kind::Present })), Kind::Present)
        }
        Absent::Null | Absent::Assigned | Absent::Required => V::Null,
    }
}

/// Whether a value is there, for `has`.
fn present<'a>(value: &V<'a>) -> V<'a> {
    match value {
        V::Null => V::Bool(false),
        V::Unknown(why, Kind::Any) => V::Unknown(why.clone(), Kind::Bool),
        _ => V::Bool(true),
    }
}

fn attribute<'a>(scope: &Scope<'a>, id: ResourceId, which: Attribute) -> V<'a> {
    let resource = scope.estate().get(id);
    let assigned = |name: &str| {
        if resource.origin.name.is_some() {
            let reason = Reason::Reference { target: resource.key.clone(), attribute: Some(Arc::from(name)) };
            V::Unknown(Why::of(&Arc::new(Unknown { reason, kind: Kind::Text })), Kind::Text)
        } else {
            V::Null
        }
    };
    let text = |text: &'a Option<Arc<str>>| text.as_deref().map(|text| V::Text(Text::Borrowed(text)));
    let node = |node: &'a Option<Box<Node>>| node.as_deref().map_or(V::Null, V::of);
    match which {
        Attribute::Type => V::Text(Text::Borrowed(&resource.type_name)),
        Attribute::Address => V::Text(Text::Borrowed(&resource.address)),
        Attribute::Id => text(&resource.id).unwrap_or_else(|| assigned("id")),
        Attribute::Arn => text(&resource.arn).unwrap_or_else(|| assigned("arn")),
        Attribute::Account => text(&resource.account).unwrap_or_else(|| pseudo("AWS::AccountId")),
        Attribute::Region => text(&resource.region).unwrap_or_else(|| pseudo("AWS::Region")),
        Attribute::DeletionPolicy => node(&resource.deletion_policy),
        Attribute::UpdateReplacePolicy => node(&resource.update_replace_policy),
    }
}

/// `operand[at]`. What is not there is null, as for a field.
fn index<'a>(scope: &Scope<'a>, operand: &V<'a>, at: &V<'a>) -> V<'a> {
    match (operand, at) {
        (V::Null, _) => V::Null,
        (V::Unknown(..) | V::Partial(_), _) => navigate(operand),
        (_, V::Unknown(why, _)) => V::unknown(part(why)),
        (_, V::Range { why, .. }) => V::unknown(part(why)),
        (_, V::Partial(_)) => navigate(at),
        (V::Resource(_), V::Text(name)) => {
            let field = Field { name: Arc::from(name.as_str()), absent: Absent::Null };
            select(scope, operand, &field)
        }
        _ if operand.type_name() == Some("map") => match entry_or_unread(operand, at) {
            Some(V::Choice(choice)) if choice.absent => {
                let mut options = choice.options.clone();
                options.push(V::Null);
                V::Choice(Arc::new(Alternatives { options, absent: false, why: choice.why.clone() }))
            }
            Some(value) => value,
            None => V::Null,
        },
        _ => {
            let Some(mut elements) = operand.elements() else {
                return V::error(format!("a {} cannot be indexed", operand.type_name().unwrap_or("value")));
            };
            let position = match at {
                V::Int(i) => usize::try_from(*i).ok(),
                V::Uint(u) => usize::try_from(*u).ok(),
                V::Double(d) if d.fract() == 0.0 && *d >= 0.0 => Some(*d as usize),
                _ => None,
            };
            let Some(position) = position else {
                return V::error("the index of a list is a whole number from 0");
            };
            let mut open: Option<Why> = None;
            for seen in 0.. {
                match elements.next() {
                    // From the first element on that may be missing, positions are not known.
                    Some((_, Some(why))) => open = open.or(Some(why)),
                    Some((value, None)) if seen == position && open.is_none() => return value,
                    Some(_) => {}
                    None => break,
                }
                if seen == position && open.is_some() {
                    break;
                }
            }
            match open.or(elements.rest) {
                Some(why) => V::unknown(why),
                None => V::Null,
            }
        }
    }
}

fn size<'a>(value: &V<'a>) -> V<'a> {
    match value {
        V::Null => V::Int(0),
        V::Text(text) => V::Int(text.as_str().chars().count() as i64),
        V::Bytes(bytes) => V::Int(bytes.len() as i64),
        V::Partial(partial) => {
            let mut why = Why::default();
            partial.holes().for_each(|hole| why.add(&Why::of(hole)));
            let min = partial.known().map(|piece| piece.chars().count() as i64).sum();
            V::Range { min, max: None, why }
        }
        V::Unknown(why, Kind::List | Kind::Map | Kind::Text) => {
            V::Range { min: 0, max: None, why: why.clone() }
        }
        V::Unknown(why, _) => V::Unknown(why.clone(), Kind::Any),
        V::Resource(_) | V::Policy(_) => V::error("a resource has no size"),
        other => {
            let Some(mut elements) = other.elements() else {
                return V::error(format!("a {} has no size", other.type_name().unwrap_or("value")));
            };
            let (mut min, mut max) = (0, 0);
            let mut open = Why::default();
            for (_, maybe) in elements.by_ref() {
                max += 1;
                match maybe {
                    Some(why) => open.add(&why),
                    None => min += 1,
                }
            }
            match elements.rest {
                Some(why) => V::Range { min, max: None, why: open.and(&why) },
                None if open.0.is_empty() => V::Int(min),
                None => V::Range { min, max: Some(max), why: open },
            }
        }
    }
}

fn negate<'a>(value: &V<'a>) -> V<'a> {
    match value {
        V::Int(i) => i.checked_neg().map_or_else(|| V::error("the number is too large"), V::Int),
        V::Double(d) => V::Double(-d),
        V::Duration(d) => d.checked_neg().map_or_else(|| V::error("the duration is too large"), V::Duration),
        V::Unknown(why, _) => V::unknown(part(why)),
        V::Range { why, .. } => V::unknown(why.clone()),
        other => V::error(format!("`-` does not take a {}", other.type_name().unwrap_or("value"))),
    }
}

fn map<'a>(codes: &[(Code, Code)], scope: &Scope<'a>, variables: &mut Vec<V<'a>>) -> V<'a> {
    let mut entries: Vec<(V<'a>, V<'a>)> = Vec::new();
    for (key, value) in codes {
        let key = run_with(key, scope, variables);
        match &key {
            V::Unknown(..) | V::Partial(_) | V::Choice(_) | V::Range { .. } => return navigate(&key),
            V::Bool(_) | V::Int(_) | V::Uint(_) | V::Text(_) => {}
            _ => return V::error("a map's key is a text, a whole number or a truth value"),
        }
        if entries.iter().any(|(known, _)| equal(known, &key) == Truth::True) {
            return V::error("a map holds a key twice");
        }
        let value = run_with(value, scope, variables);
        if let Some(error) = value.error_in() {
            return error;
        }
        entries.push((key, value));
    }
    V::Map(Arc::new(OwnedMap { entries, rest: None }))
}

fn comprehension<'a>(
    kind: Comprehension,
    range: &V<'a>,
    body: &Code,
    filter: Option<&Code>,
    scope: &Scope<'a>,
    variables: &mut Vec<V<'a>>,
) -> V<'a> {
    if let V::Unknown(why, _) = range {
        return match kind {
            _ if is_error(why) => V::Unknown(why.clone(), Kind::Any),
            Comprehension::Filter | Comprehension::Map => {
                V::List(Arc::new(OwnedList { items: Vec::new(), rest: Some(why.clone()) }))
            }
            _ => Truth::Unknown(why.clone()).into(),
        };
    }
    let Some(mut elements) = range.elements() else {
        return V::error(format!("a {} has no elements", range.type_name().unwrap_or("value")));
    };
    let mut each = |code: &Code, value: V<'a>| {
        scope.steps.set(scope.steps.get() + 1);
        if scope.steps.get() > STEPS_MAX {
            return V::error("the expression takes too many steps");
        }
        variables.push(value);
        let result = run_with(code, scope, variables);
        variables.pop();
        result
    };
    match kind {
        Comprehension::Exists | Comprehension::All => {
            // `all` is dual: no element fails the predicate.
            let wanted = kind == Comprehension::Exists;
            let mut answer = Truth::False;
            for (value, maybe) in elements.by_ref() {
                let holds = each(body, value).truth();
                let holds = if wanted { holds } else { !holds };
                let certain = match (holds, maybe) {
                    (Truth::True, Some(why)) => Truth::Unknown(why),
                    (holds, _) => holds,
                };
                answer = answer.or(certain);
                if answer == Truth::True {
                    break;
                }
            }
            if let Some(why) = elements.rest {
                answer = answer.or(Truth::Unknown(why));
            }
            if wanted { answer } else { !answer }.into()
        }
        Comprehension::ExistsOne => {
            let (mut sure, mut open) = (0, Why::default());
            for (value, maybe) in elements.by_ref() {
                match (each(body, value).truth(), maybe) {
                    // Unlike `exists`, this one looks at every element: an error is not passed over.
                    (Truth::Unknown(why), _) if is_error(&why) => return V::Unknown(why, Kind::Bool),
                    (Truth::True, None) => sure += 1,
                    (Truth::True, Some(why)) | (Truth::Unknown(why), _) => open.add(&why),
                    (Truth::False, _) => {}
                }
            }
            elements.rest.iter().for_each(|why| open.add(why));
            if sure > 1 || open.0.is_empty() { V::Bool(sure == 1) } else { Truth::Unknown(open).into() }
        }
        Comprehension::Filter => {
            let mut items = Vec::new();
            for (value, maybe) in elements.by_ref() {
                match each(body, value.clone()).truth() {
                    Truth::True => items.push((value, maybe)),
                    Truth::False => {}
                    Truth::Unknown(why) if is_error(&why) => return V::Unknown(why, Kind::Any),
                    Truth::Unknown(why) => items.push((value, Some(why))),
                }
            }
            V::List(Arc::new(OwnedList { items, rest: elements.rest }))
        }
        Comprehension::Map => {
            let mut items = Vec::new();
            for (value, mut maybe) in elements.by_ref() {
                match filter.map(|filter| each(filter, value.clone()).truth()) {
                    Some(Truth::False) => continue,
                    Some(Truth::Unknown(why)) if is_error(&why) => return V::Unknown(why, Kind::Any),
                    Some(Truth::Unknown(why)) => maybe = Some(why),
                    Some(Truth::True) | None => {}
                }
                let made = each(body, value);
                if let V::Unknown(why, _) = &made
                    && is_error(why)
                {
                    return made;
                }
                items.push((made, maybe));
            }
            V::List(Arc::new(OwnedList { items, rest: elements.rest }))
        }
    }
}

/// Calls a function: null is refused, alternatives are tried one by one, unknown arguments give unknown.
pub(crate) fn call<'a>(function: &'static Function, arguments: &[V<'a>], context: &Context<'a>) -> V<'a> {
    lift(arguments, &mut |arguments| {
        if let Some(answer) = no_wildcard(function, arguments) {
            return answer;
        }
        for (argument, parameter) in arguments.iter().zip(function.parameters) {
            match argument {
                V::Null if !matches!(parameter, Parameter::Any | Parameter::Texts | Parameter::Document) => {
                    return V::error(format!("`{}` does not take null", function.name));
                }
                V::Unknown(why, _) if !matches!(parameter, Parameter::Document) => {
                    return V::unknown(part(why));
                }
                V::Range { why, .. } => return V::unknown(why.clone()),
                V::Partial(_) if !function.partial => return navigate(argument),
                V::Node(_) | V::List(_) if *parameter == Parameter::Texts => {
                    if let Some(why) = open_list(argument) {
                        return V::unknown(why);
                    }
                }
                _ => {}
            }
        }
        (function.run)(context, arguments)
    })
}

/// Why a list of texts is not wholly known.
fn open_list(list: &V) -> Option<Why> {
    let mut elements = list.elements()?;
    let open = elements.by_ref().find_map(|(value, maybe)| match (value, maybe) {
        (V::Unknown(why, _), _) | (_, Some(why)) => Some(why),
        (value @ (V::Partial(_) | V::Choice(_)), _) => match navigate(&value) {
            V::Unknown(why, _) => Some(why),
            _ => None,
        },
        _ => None,
    });
    open.or(elements.rest)
}

/// What AWS assigns (an ARN, a name, an account id) is never empty and holds no wildcard; and a dynamic
/// reference can be told by its own text, although what it resolves to is not known.
fn no_wildcard<'a>(function: &Function, arguments: &[V<'a>]) -> Option<V<'a>> {
    if !function.method || !matches!(function.name, "contains" | "startsWith" | "endsWith") {
        return None;
    }
    let [V::Unknown(why, _), V::Text(text)] = arguments else { return None };
    if let ([unknown], "startsWith") = (why.0.as_slice(), function.name)
        && let (Reason::Dynamic(reference), true) = (&unknown.reason, text.as_str().starts_with("{{resolve:"))
    {
        return Some(V::Bool(reference.starts_with(text.as_str())));
    }
    (is_assigned(why) && text.as_str().contains(['*', '?'])).then_some(V::Bool(false))
}

fn is_assigned(why: &Why) -> bool {
    matches!(
        why.0.as_slice(),
        [unknown] if unknown.is_assigned() && matches!(unknown.kind, Kind::Text | Kind::Present)
    )
}

/// An operator between two values.
fn binary<'a>(operator: Operator, a: V<'a>, b: V<'a>) -> V<'a> {
    match operator {
        Operator::Equal => equal_assigned(&a, &b).into(),
        Operator::NotEqual => (!equal_assigned(&a, &b)).into(),
        Operator::In => lift(&[a, b], &mut |arguments| contained(&arguments[0], &arguments[1])),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            lift(&[a, b], &mut |arguments| operate::ordered(operator, &arguments[0], &arguments[1]))
        }
        _ => lift(&[a, b], &mut |arguments| operate::calculate(operator, &arguments[0], &arguments[1])),
    }
}

/// Equality, where what AWS assigns is known to be no wildcard and not empty.
fn equal_assigned(a: &V, b: &V) -> Truth {
    if let (V::Unknown(why, _), V::Text(text)) | (V::Text(text), V::Unknown(why, _)) = (a, b)
        && is_assigned(why)
        && (text.as_str().is_empty() || text.as_str().contains(['*', '?']))
    {
        return Truth::False;
    }
    equal(a, b)
}

/// `a in b`: an element of a list, a key of a map. Null holds nothing.
fn contained<'a>(a: &V<'a>, b: &V<'a>) -> V<'a> {
    if let Some(error) = a.error_in() {
        return error;
    }
    if let V::Unknown(why, _) = b {
        return Truth::Unknown(why.clone()).into();
    }
    let Some(mut elements) = b.elements() else {
        return V::error(format!("`in` does not take a {}", b.type_name().unwrap_or("value")));
    };
    let mut answer = Truth::False;
    for (value, maybe) in elements.by_ref() {
        let same = match (equal_assigned(a, &value), maybe) {
            (Truth::True, Some(why)) => Truth::Unknown(why),
            (same, _) => same,
        };
        answer = answer.or(same);
        if answer == Truth::True {
            return V::Bool(true);
        }
    }
    if let Some(why) = elements.rest {
        answer = answer.or(Truth::Unknown(why));
    }
    answer.into()
}
