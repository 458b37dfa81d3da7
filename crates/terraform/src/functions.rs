//! The functions of Terraform and OpenTofu.
//!
//! <https://developer.hashicorp.com/terraform/language/functions>, <https://opentofu.org/docs/language/functions/>
//!
//! A function says what it can of arguments that are known in part: a result that is decided holds for every way of
//! filling in what is not known. Its files are one a subject; here stand the call and what all of them share.

mod collection;
mod convert;
mod encoding;
mod file;
mod format;
mod glob;
mod hash;
mod maps;
mod network;
mod number;
mod pattern;
mod provider;
mod sets;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod yaml;

pub(crate) use convert::unify;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use hcl::syntax::Call;

use crate::eval::{Fault, Result, Scope};
use crate::source::Session;
use crate::value::{
    Choice, Kind, List, Map, Node, Reason, Span, Unknown, Value, absence, as_string, is_settled,
    number as as_number,
};

// Limit: ways of filling in the arguments that are one of a few values. It is the most alternatives a value has.
const COMBINATIONS_MAX: usize = 24;

// Limit: bytes of a text that a function makes; that of a text that is put together from parts.
const TEXT_BYTES_MAX: usize = 2 << 20;

// Limit: elements of a list that a function makes. A plan of that size fits no account.
const ELEMENTS_MAX: usize = 200_000;

/// A call: what a function needs to know beside its arguments.
struct Context<'c> {
    session: &'c Session<'c>,
    scope: &'c Scope<'c>,
    span: Span,
    name: &'static str,
    /// What the function gives.
    gives: Kind,
    /// Whether arguments come from a list (`...`), in which null may stand for one that is perhaps not there.
    spread: bool,
}

type Run = fn(&Context, &[Node]) -> Result<Value>;

/// A function of the language.
struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    gives: Kind,
    /// Whether it can say something of arguments that are not wholly known.
    partial: bool,
    /// Whether null is an argument like others.
    nulls: bool,
    /// Whether it takes an argument that is one of a few values as it is.
    undivided: bool,
    /// Whether an unknown argument at the end may stand for any number of them.
    open: bool,
    run: Run,
}

impl Function {
    const fn of(name: &'static str, counts: (usize, usize), gives: Kind, run: Run) -> Function {
        Function {
            name,
            least: counts.0,
            most: counts.1,
            gives,
            partial: false,
            nulls: false,
            undivided: false,
            open: false,
            run,
        }
    }

    const fn on_partial(mut self) -> Function {
        self.partial = true;
        self
    }

    const fn with_nulls(mut self) -> Function {
        self.nulls = true;
        self
    }

    const fn undivided(mut self) -> Function {
        self.undivided = true;
        self
    }

    const fn open(mut self) -> Function {
        self.open = true;
        self
    }
}

/// As many arguments as one likes.
const ANY: usize = usize::MAX;

static INDEX: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let tables: [&'static [Function]; 12] = [
        collection::FUNCTIONS,
        convert::FUNCTIONS,
        encoding::FUNCTIONS,
        file::FUNCTIONS,
        hash::FUNCTIONS,
        maps::FUNCTIONS,
        network::FUNCTIONS,
        number::FUNCTIONS,
        provider::FUNCTIONS,
        sets::FUNCTIONS,
        text::FUNCTIONS,
        time::FUNCTIONS,
    ];
    tables.into_iter().flatten().map(|function| (function.name, function)).collect()
});

/// The functions whose arguments are not evaluated first.
const LAZY: [&str; 3] = ["try", "can", "convert"];

/// The value of a call.
pub(crate) fn call(session: &Session, scope: &Scope, call: &Call, span: Span) -> Result<Value> {
    let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
    if LAZY.contains(&name) {
        if call.spread {
            return Err(Fault::new(span, format!("`{name}` takes no `...`")));
        }
        return match name {
            "try" => convert::first(session, scope, &call.arguments, span),
            "can" => convert::can(session, scope, &call.arguments, span),
            _ => convert::to_type(session, scope, &call.arguments, span),
        };
    }
    let function = match INDEX.get(name) {
        Some(function) => *function,
        None => match name.strip_prefix("provider::") {
            Some(inner) => match provider::find(inner) {
                Some(function) => function,
                None => return Ok(Value::failed(format!("`{name}` is a function of a provider"))),
            },
            None => return Err(no_function(name, span)),
        },
    };
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        arguments.push(session.expression(scope, argument)?);
    }
    let context =
        Context { session, scope, span, name: function.name, gives: function.gives, spread: call.spread };
    if call.spread { context.spread(function, arguments) } else { context.apply(function, &arguments) }
}

fn no_function(name: &str, span: Span) -> Fault {
    // The nearest of several that are equally near is the first by name, so that two runs say the same.
    let mut names: Vec<&str> = INDEX.keys().copied().chain(LAZY).collect();
    names.sort_unstable();
    let near = estate::catalogue::nearest(name, names.into_iter());
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Fault::new(span, format!("there is no function `{name}`{hint}"))
}

impl Context<'_> {
    /// A call whose last argument is a list of arguments.
    fn spread(&self, function: &Function, mut arguments: Vec<Node>) -> Result<Value> {
        let Some(last) = arguments.pop() else {
            return Err(self.fault("`...` needs an argument"));
        };
        let more = match &last.value {
            Value::List(list) => {
                arguments.extend(list.items.iter().cloned());
                list.rest.clone()
            }
            Value::Choice(choice) => {
                return self.each_option(choice, |option| {
                    let mut arguments = arguments.clone();
                    arguments.push(option.clone());
                    self.spread(function, arguments)
                });
            }
            Value::Unknown(unknown) => Some(unknown.clone()),
            other => return Err(self.fault(format!("`...` takes a list, not {}", other.noun()))),
        };
        let Some(more) = more else { return self.apply(function, &arguments) };
        if !function.open {
            return Ok(Value::unknown(more.reason.of_part(), self.gives));
        }
        arguments.push(Node::new(Value::unknown(more.reason.of_part(), Kind::Any), self.span));
        self.apply(function, &arguments)
    }

    fn apply(&self, function: &Function, arguments: &[Node]) -> Result<Value> {
        if arguments.len() < function.least || arguments.len() > function.most {
            return Err(self.wrong_count(function, arguments.len()));
        }
        let made = if function.undivided {
            self.run(function, arguments)
        } else {
            self.divide(function, arguments)
        }?;
        let too_much = match &made {
            Value::Text(text) => text.len() > TEXT_BYTES_MAX,
            Value::List(list) => list.items.len() > ELEMENTS_MAX,
            _ => false,
        };
        if too_much { Err(self.too_long()) } else { Ok(made) }
    }

    fn wrong_count(&self, function: &Function, given: usize) -> Fault {
        let wanted = match (function.least, function.most) {
            (least, ANY) => format!("at least {least}"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        let noun = if wanted == "1" || wanted == "at least 1" { "argument" } else { "arguments" };
        self.fault(format!("`{}` takes {wanted} {noun}, not {given}", self.name))
    }

    /// Runs a function once for every way of taking one of an argument's alternatives.
    fn divide(&self, function: &Function, arguments: &[Node]) -> Result<Value> {
        let mut combinations: Vec<Vec<Node>> = vec![Vec::with_capacity(arguments.len())];
        let mut why: Option<&Arc<Unknown>> = None;
        for argument in arguments {
            let Value::Choice(choice) = &argument.value else {
                combinations.iter_mut().for_each(|one| one.push(argument.clone()));
                continue;
            };
            why = why.or(Some(&choice.why));
            if combinations.len() * choice.options.len() > COMBINATIONS_MAX {
                let unknown = arguments.iter().map(without_choice).collect::<Vec<Node>>();
                return self.run(function, &unknown);
            }
            combinations = combinations
                .iter()
                .flat_map(|one| {
                    choice.options.iter().map(move |option| {
                        let mut one = one.clone();
                        one.push(option.clone());
                        one
                    })
                })
                .collect();
        }
        match why {
            None => self.run(function, arguments),
            Some(why) => self.gather(
                why,
                combinations.iter().map(|one| {
                    let has_null = one.iter().any(|node| node.value.is_null());
                    (self.run(function, one), has_null)
                }),
            ),
        }
    }

    fn each_option(&self, choice: &Choice, run: impl Fn(&Node) -> Result<Value>) -> Result<Value> {
        self.gather(&choice.why, choice.options.iter().map(|option| (run(option), option.value.is_null())))
    }

    /// One value of the results of all alternatives, each with whether null was among its arguments.
    fn gather(
        &self,
        why: &Arc<Unknown>,
        results: impl Iterator<Item = (Result<Value>, bool)>,
    ) -> Result<Value> {
        let mut options = Vec::new();
        let mut fault = None;
        let mut any = false;
        for (result, has_null) in results {
            let value = match result {
                Ok(value) => {
                    any = true;
                    value
                }
                Err(wrong) => {
                    // Null stands for something that is perhaps not there: then what is made of it is not there
                    // either. Of other alternatives that fail, nothing is known.
                    let value = if has_null { Value::Null } else { Value::failed(wrong.message.as_str()) };
                    fault = fault.or(Some(wrong));
                    value
                }
            };
            options.push(Node::new(value, self.span));
        }
        match fault {
            Some(fault) if !any => Err(fault),
            _ => Ok(Value::choice(options, why.clone())),
        }
    }

    fn run(&self, function: &Function, arguments: &[Node]) -> Result<Value> {
        if !function.nulls
            && let Some(at) = arguments.iter().position(|argument| argument.value.is_null())
        {
            return Err(self.fault(format!("argument {} of `{}` is null", at + 1, self.name)));
        }
        if !function.partial
            && let Some(unknown) = self.open(arguments)
        {
            return Ok(unknown);
        }
        (function.run)(self, arguments)
    }

    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.span, message)
    }

    fn too_long(&self) -> Fault {
        self.fault(format!("what `{}` gives is too long", self.name))
    }

    fn refuse(&self, node: &Node, wanted: &str) -> Fault {
        self.fault(format!("`{}` takes {wanted}, not {}", self.name, node.value.noun()))
    }

    /// What stands for the result where the arguments are not wholly known.
    fn open(&self, arguments: &[Node]) -> Option<Value> {
        arguments.iter().find_map(|node| node.value.made_of(self.gives)).map(Value::Unknown)
    }

    /// What stands for the result of an argument that is not of the right form: unknown, or a fault.
    fn open_or_refuse(&self, node: &Node, wanted: &str) -> Result<Value> {
        match node.value.made_of(self.gives) {
            Some(unknown) => Ok(Value::Unknown(unknown)),
            None => Err(self.refuse(node, wanted)),
        }
    }

    /// What is only known at deployment.
    fn later(&self) -> Value {
        let why = format!("`{}` is known at deployment", self.name);
        Value::unknown(Reason::Failed(Arc::from(why)), self.gives)
    }

    /// A text that is wholly known; a number or bool is converted.
    fn text(&self, node: &Node) -> Result<Arc<str>> {
        match &node.value {
            Value::Text(text) => Ok(text.clone()),
            other => match as_string(other) {
                Some(Value::Text(text)) => Ok(text),
                _ => Err(self.refuse(node, "a string")),
            },
        }
    }

    fn number(&self, node: &Node) -> Result<f64> {
        let number = match &node.value {
            Value::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            other => as_number(other),
        };
        number.ok_or_else(|| self.refuse(node, "a number"))
    }

    fn int(&self, node: &Node) -> Result<i64> {
        if let Value::Int(int) = node.value {
            return Ok(int);
        }
        let number = self.number(node)?;
        if number.fract() == 0.0 && number.abs() < 9.0e18 {
            Ok(number as i64)
        } else {
            Err(self.fault(format!("`{}` takes a whole number, not {number}", self.name)))
        }
    }

    fn list<'n>(&self, node: &'n Node) -> Result<&'n List> {
        node.value.as_list().ok_or_else(|| self.refuse(node, "a list"))
    }

    fn map<'n>(&self, node: &'n Node) -> Result<&'n Map> {
        node.value.as_map().ok_or_else(|| self.refuse(node, "a map"))
    }
}

fn without_choice(node: &Node) -> Node {
    match &node.value {
        Value::Choice(choice) => Node::new(Value::unknown(choice.why.reason.of_part(), Kind::Any), node.span),
        _ => node.clone(),
    }
}

/// The element as one that may not be there.
fn perhaps(node: &Node, why: &Arc<Unknown>) -> Node {
    let absent = Node::new(Value::Null, node.span);
    Node::new(Value::choice([node.clone(), absent], why.clone()), node.span)
}
