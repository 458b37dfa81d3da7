//! Evaluates expressions.

use std::sync::Arc;

use estate::value::FileId;
use hcl::syntax::{Expression, For, Item, Kind as Syntax, Part as Piece, Range, Step, Template, TemplateFor};

use crate::functions;
use crate::module::{Expansion, Instance, Module, as_map, once};
use crate::operate;
use crate::source::Session;
use crate::value::{
    Kind, List, Node, Part, Reason, Span, Unknown, Value, absence, as_string, is_settled, join, parts,
};
use crate::{body, data};

// Limit: nodes of one value. Values share their parts, so that a few lines could stand for more than any memory
// holds once they are written out.
const NODES_MAX: usize = 500_000;

/// What is wrong with an expression: Terraform would stop here, and `try` and `can` catch it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) span: Span,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Fault {
        Fault { span, message: message.into() }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// Where an expression stands: what its names mean.
pub(crate) struct Scope<'p> {
    pub(crate) module: Arc<Module>,
    pub(crate) file: FileId,
    pub(crate) each: Option<(Node, Node)>,
    pub(crate) count: Option<Node>,
    pub(crate) this: Option<Arc<Instance>>,
    /// The names of the loops around, innermost first.
    bound: Option<&'p Bound<'p>>,
}

struct Bound<'p> {
    name: Arc<str>,
    node: Node,
    outer: Option<&'p Bound<'p>>,
}

impl Scope<'_> {
    pub(crate) fn new(module: &Arc<Module>, file: FileId) -> Scope<'static> {
        Scope { module: module.clone(), file, each: None, count: None, this: None, bound: None }
    }

    /// The scope of an instance's arguments.
    pub(crate) fn of(module: &Arc<Module>, instance: &Arc<Instance>, file: FileId) -> Scope<'static> {
        Scope {
            module: module.clone(),
            file,
            each: instance.each.clone(),
            count: instance.count.clone(),
            this: Some(instance.clone()),
            bound: None,
        }
    }

    fn find(&self, name: &str) -> Option<&Node> {
        let mut at = self.bound;
        while let Some(bound) = at {
            if &*bound.name == name {
                return Some(&bound.node);
            }
            at = bound.outer;
        }
        None
    }

    /// Whether a name is that of a loop around.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Runs something with one or two more names bound.
    pub(crate) fn with<R>(
        &self,
        first: Option<(&Arc<str>, Node)>,
        second: (&Arc<str>, Node),
        run: impl FnOnce(&Scope) -> R,
    ) -> R {
        let first = first.map(|(name, node)| Bound { name: name.clone(), node, outer: self.bound });
        let outer = first.as_ref().or(self.bound);
        let second = Bound { name: second.0.clone(), node: second.1, outer };
        let inner = Scope {
            module: self.module.clone(),
            file: self.file,
            each: self.each.clone(),
            count: self.count.clone(),
            this: self.this.clone(),
            bound: Some(&second),
        };
        run(&inner)
    }
}

impl Session<'_> {
    /// The value of an expression; a fault is said, and its value is unknown.
    pub(crate) fn lenient(&self, scope: &Scope, expression: &Expression) -> Node {
        self.expression(scope, expression).unwrap_or_else(|fault| match &expression.kind {
            // A fault costs the element that it stands in, not the whole list or object.
            Syntax::Tuple(items) => {
                let items = items.iter().map(|item| self.lenient(scope, item)).collect();
                Node::new(Value::list(items), self.span(scope.file, expression.range))
            }
            Syntax::Object(items) => self.object_of(scope, expression, items),
            _ => self.forgive(&fault, scope, expression.range),
        })
    }

    /// An object of which something cannot be evaluated.
    fn object_of(&self, scope: &Scope, expression: &Expression, items: &[Item]) -> Node {
        let made = self.object(scope, items, |value| Ok(self.lenient(scope, value)));
        match made {
            Ok(value) => Node::new(value, self.span(scope.file, expression.range)),
            Err(fault) => self.forgive(&fault, scope, expression.range),
        }
    }

    /// Says a fault; gives the unknown value that stands for what it cost.
    pub(crate) fn forgive(&self, fault: &Fault, scope: &Scope, range: Range) -> Node {
        self.say(true, "terraform-expression", fault.span, fault.message.clone());
        Node::new(Value::failed(fault.message.as_str()), self.span(scope.file, range))
    }

    /// What is referred to and declared nowhere: said, and unknown, so that the text or list around it keeps what
    /// else it says. Neither `try` nor `can` catches it.
    /// <https://developer.hashicorp.com/terraform/language/functions/try>
    pub(crate) fn undeclared(&self, span: Span, message: String) -> Node {
        self.say(true, "terraform-expression", span, message.as_str());
        Node::new(Value::failed(message), span)
    }

    /// The value of an expression.
    pub(crate) fn expression(&self, scope: &Scope, expression: &Expression) -> Result<Node> {
        if !self.enter() {
            self.leave();
            let span = self.span(scope.file, expression.range);
            return Err(Fault::new(span, "the code nests too deep: the value is unknown"));
        }
        let node = self.evaluate(scope, expression);
        self.leave();
        node
    }

    fn evaluate(&self, scope: &Scope, expression: &Expression) -> Result<Node> {
        let span = self.span(scope.file, expression.range);
        if !self.may_produce(span) {
            return Ok(Node::new(Value::failed("the code expands too far"), span));
        }
        let value = match &expression.kind {
            Syntax::Null => Value::Null,
            Syntax::Bool(b) => Value::Bool(*b),
            Syntax::Int(n) => Value::Int(*n),
            Syntax::Double(n) => crate::value::from_double(*n),
            Syntax::Template(template) => return self.template(scope, template, span),
            Syntax::Tuple(items) => {
                let items: Result<Vec<Node>> =
                    items.iter().map(|item| self.expression(scope, item)).collect();
                Value::list(items?)
            }
            Syntax::Object(items) => self.object(scope, items, |value| self.expression(scope, value))?,
            Syntax::Name(_) => return self.traversal(scope, expression, &[], span),
            Syntax::Traversal(base, steps) => return self.traversal(scope, base, steps, span),
            Syntax::Call(call) => functions::call(self, scope, call, span)?,
            Syntax::Conditional(three) => return self.conditional(scope, three, span),
            Syntax::Binary(operator, sides) => {
                operate::binary(self, scope, *operator, &sides[0], &sides[1], span)?
            }
            Syntax::Not(inner) => operate::not(&self.expression(scope, inner)?, span)?,
            Syntax::Negative(inner) => operate::negative(&self.expression(scope, inner)?, span)?,
            Syntax::Parentheses(inner) => self.expression(scope, inner)?.value,
            Syntax::For(one) => self.for_expression(scope, one)?,
            Syntax::Damaged => Value::unknown(Reason::Damaged(Arc::from("this part of the code")), Kind::Any),
        };
        let makes = matches!(
            expression.kind,
            Syntax::Tuple(_) | Syntax::Object(_) | Syntax::Call(_) | Syntax::For(_) | Syntax::Binary(..)
        );
        if makes && value.is_larger_than(NODES_MAX) {
            return Err(Fault::new(span, "the value grows too large"));
        }
        Ok(Node::new(value, span))
    }

    fn object(
        &self,
        scope: &Scope,
        items: &[Item],
        of: impl Fn(&Expression) -> Result<Node>,
    ) -> Result<Value> {
        let mut entries: Vec<(Arc<str>, Node)> = Vec::with_capacity(items.len());
        let mut rest = None;
        for item in items {
            // A bare name is the key itself.
            let key = match &item.key.kind {
                Syntax::Name(name) => Node::of(Value::Text(name.clone())),
                Syntax::Null => Node::of(Value::text("null")),
                Syntax::Bool(b) => Node::of(Value::text(b.to_string())),
                _ => self.expression(scope, &item.key)?,
            };
            let value = of(&item.value)?;
            match as_string(&key.value) {
                Some(Value::Text(key)) => entries.push((key, value)),
                _ => {
                    if let Some(why) = key.value.first_unknown() {
                        rest = Some(why);
                    } else {
                        let span = self.span(scope.file, item.key.range);
                        return Err(Fault::new(span, format!("{} is no key", key.value.noun())));
                    }
                }
            }
        }
        Ok(as_map(entries, rest))
    }

    pub(crate) fn template(&self, scope: &Scope, template: &Template, span: Span) -> Result<Node> {
        match template.parts.as_slice() {
            [] => return Ok(Node::new(Value::text(""), span)),
            [Piece::Text(text, _)] => return Ok(Node::new(Value::Text(text.clone()), span)),
            // `"${x}"` alone is `x` itself, of whatever type.
            [Piece::Value(value)] if !template.heredoc => {
                return Ok(self.expression(scope, value)?.at(span));
            }
            _ => {}
        }
        let mut out = Vec::new();
        self.pieces(scope, &template.parts, &mut out)?;
        Ok(Node::new(join(out), span))
    }

    /// Recursion is bounded by the nesting of directives.
    fn pieces(&self, scope: &Scope, pieces: &[Piece], out: &mut Vec<Part>) -> Result<()> {
        for piece in pieces {
            match piece {
                Piece::Text(text, _) => out.push(Part::Known(text.clone())),
                Piece::Value(expression) => {
                    let node = self.expression(scope, expression)?;
                    if let Some(parts) = parts(&node.value) {
                        out.extend(parts);
                    } else {
                        let message = format!("{} cannot stand in a text", node.value.noun());
                        return Err(Fault::new(self.span(scope.file, expression.range), message));
                    }
                }
                Piece::If(one) => {
                    let condition = self.expression(scope, &one.condition)?;
                    match operate::truth(&condition.value) {
                        Some(true) => self.pieces(scope, &one.then, out)?,
                        Some(false) => self.pieces(scope, &one.otherwise, out)?,
                        None => out.push(hole(&condition.value)),
                    }
                }
                Piece::For(one) => self.template_for(scope, one, out)?,
            }
        }
        Ok(())
    }

    fn template_for(&self, scope: &Scope, one: &TemplateFor, out: &mut Vec<Part>) -> Result<()> {
        let collection = self.expression(scope, &one.collection)?;
        let span = self.span(scope.file, one.collection.range);
        let (elements, rest) = elements(&collection, span)?;
        let is_list = matches!(collection.value, Value::List(_));
        // Of a set whose elements are not known, neither their order nor their number is; nor is the order of several
        // where there may be more.
        if let Value::List(list) = &collection.value
            && (list.set || list.rest.is_some())
            && list.items.len() > 1
            && !is_settled(list)
            && let Some(why) = collection.value.first_unknown()
        {
            out.push(hole(&Value::Unknown(why)));
            return Ok(());
        }
        for (key, value) in elements {
            if let Some(rest) = &rest {
                out.push(hole(&Value::Unknown(rest.clone())));
            }
            if let Some(why) = absence(&value).filter(|_| is_list) {
                out.push(hole(&Value::Unknown(why)));
                continue;
            }
            let first = one.key.as_ref().map(|name| (name, key));
            scope.with(first, (&one.value, value), |inner| self.pieces(inner, &one.body, out))?;
        }
        if let Some(rest) = rest {
            out.push(hole(&Value::Unknown(rest)));
        }
        Ok(())
    }

    fn conditional(&self, scope: &Scope, three: &[Expression; 3], span: Span) -> Result<Node> {
        let [condition, then, otherwise] = three;
        let decided = self.expression(scope, condition)?;
        if let Some(yes) = operate::truth(&decided.value) {
            let (taken, other) = if yes { (then, otherwise) } else { (otherwise, then) };
            let taken = self.expression(scope, taken)?.at(span);
            if !is_plain(&taken) {
                return Ok(taken);
            }
            // The side that is not taken matters for the type.
            let other = self.expression(scope, other).unwrap_or_else(|_| Node::of(Value::Null));
            let [taken, _] = alike([taken, other]);
            return Ok(taken);
        }
        let Some(why) = decided.value.first_unknown() else {
            let message = format!("a condition is a bool, not {}", decided.value.noun());
            return Err(Fault::new(self.span(scope.file, condition.range), message));
        };
        // A side that cannot be evaluated is not the one that is taken.
        let sides = [self.expression(scope, then), self.expression(scope, otherwise)];
        let sides =
            sides.map(|side| side.unwrap_or_else(|fault| Node::new(Value::failed(fault.message), span)));
        let why = Arc::new(Unknown { reason: why.reason.clone(), kind: Kind::Any });
        Ok(Node::new(Value::choice(alike(sides), why), span))
    }

    fn for_expression(&self, scope: &Scope, one: &For) -> Result<Value> {
        let collection = self.expression(scope, &one.collection)?;
        let span = self.span(scope.file, one.collection.range);
        if let Value::Choice(choice) = &collection.value {
            let options: Result<Vec<Node>> = choice
                .options
                .iter()
                .map(|option| Ok(Node::new(self.for_over(scope, one, option, span)?, span)))
                .collect();
            return Ok(Value::choice(options?, choice.why.clone()));
        }
        self.for_over(scope, one, &collection, span)
    }

    fn for_over(&self, scope: &Scope, one: &For, collection: &Node, span: Span) -> Result<Value> {
        let (elements, mut rest) = elements(collection, span)?;
        let mut list: Vec<Node> = Vec::new();
        let mut entries: Vec<(Arc<str>, Node)> = Vec::new();
        let mut groups: std::collections::BTreeMap<Arc<str>, Vec<Node>> = std::collections::BTreeMap::new();
        for (key, value) in elements {
            // An element that is perhaps not there makes one that is perhaps not there.
            let maybe = maybe_absent(&value);
            let (value, maybe) = maybe.map_or((value, None), |(value, why)| (value, Some(why)));
            let absent =
                maybe.as_ref().and_then(|why| Some((self.of_null(scope, one, &key, span)?, why.clone())));
            let count = list.len();
            let first = one.key_name.as_ref().map(|name| (name, key));
            let made = scope.with(first, (&one.value_name, value), |inner| -> Result<Option<()>> {
                let mut why = maybe;
                if let Some(condition) = &one.condition {
                    let decided = self.expression(inner, condition)?;
                    match operate::truth(&decided.value) {
                        Some(true) => {}
                        Some(false) => return Ok(None),
                        None => why = why.or_else(|| decided.value.first_unknown()),
                    }
                }
                let key = match &one.key {
                    Some(key) => Some(self.expression(inner, key)?),
                    None => None,
                };
                let mut node = self.expression(inner, &one.value)?;
                if let Some(why) = &why {
                    let span = node.span;
                    node = Node::new(Value::choice([node, Node::new(Value::Null, span)], why.clone()), span);
                }
                match key {
                    None => list.push(node),
                    Some(key) => match as_string(&key.value) {
                        Some(Value::Text(key)) if one.grouped => groups.entry(key).or_default().push(node),
                        Some(Value::Text(key)) if why.is_none() => entries.push((key, node)),
                        _ => {
                            if let Some(why) = why.or_else(|| key.value.first_unknown()) {
                                rest = Some(why);
                            } else {
                                let span = self.span(scope.file, one.value.range);
                                return Err(Fault::new(span, format!("{} is no key", key.value.noun())));
                            }
                        }
                    },
                }
                Ok(Some(()))
            });
            made?;
            match absent {
                None => {}
                Some((node, why)) if one.key.is_none() => {
                    let there = list.drain(count..).next();
                    let there = there.unwrap_or_else(|| Node::new(Value::Null, node.span));
                    let span = there.span;
                    list.push(Node::new(Value::choice([there, node], why), span));
                }
                Some((_, why)) => rest = Some(why),
            }
        }
        if one.key.is_none() {
            return Ok(Value::open_list(list, false, rest));
        }
        entries.extend(groups.into_iter().map(|(key, nodes)| {
            let span = nodes[0].span;
            // What has a key that is not known may belong to any group.
            (key, Node::new(Value::open_list(nodes, false, rest.clone()), span))
        }));
        Ok(as_map(entries, rest))
    }

    /// What a loop makes of an element that is null, which may stand for one that is not there: nothing, where it
    /// passes null over or cannot be evaluated with it.
    fn of_null(&self, scope: &Scope, one: &For, key: &Node, span: Span) -> Option<Node> {
        let first = one.key_name.as_ref().map(|name| (name, key.clone()));
        scope.with(first, (&one.value_name, Node::new(Value::Null, span)), |inner| {
            if let Some(condition) = &one.condition {
                let decided = self.expression(inner, condition).ok()?;
                if operate::truth(&decided.value) == Some(false) {
                    return None;
                }
            }
            self.expression(inner, &one.value).ok()
        })
    }

    /// A reference and the steps behind it.
    fn traversal(&self, scope: &Scope, base: &Expression, steps: &[Step], span: Span) -> Result<Node> {
        let Syntax::Name(name) = &base.kind else {
            let node = self.expression(scope, base)?;
            return Ok(self.steps(scope, node, steps)?.at(span));
        };
        if let Some(node) = scope.find(name) {
            return Ok(self.steps(scope, node.clone(), steps)?.at(span));
        }
        let first = match steps.first() {
            Some(Step::Attribute(first, _)) => Some(first),
            _ => None,
        };
        let (node, used) = match (&**name, first) {
            ("var", Some(first)) => (self.variable(&scope.module, first, span)?, 1),
            ("local", Some(first)) => (self.local(&scope.module, first, span)?, 1),
            ("each", Some(first)) => (Self::each(scope, first, span)?, 1),
            ("count", Some(first)) if &**first == "index" => match &scope.count {
                Some(index) => (index.clone(), 1),
                None => return Err(Fault::new(span, "`count.index` has no meaning here")),
            },
            ("path", Some(first)) => (self.path(scope, first, span)?, 1),
            ("terraform" | "tofu", Some(first)) => {
                let value = match &**first {
                    "workspace" => {
                        if let Some(name) = &self.settings.workspace {
                            Value::text(name.as_str())
                        } else {
                            let reason =
                                Reason::Stated(Arc::from("the workspace is not given (`--workspace`)"));
                            Value::unknown(reason, Kind::Text)
                        }
                    }
                    _ => Value::failed(format!("`terraform.{first}` is not known")),
                };
                (Node::new(value, span), 1)
            }
            ("self", _) => match &scope.this {
                Some(this) => (Node::new(Value::Instance(this.clone()), span), 0),
                None => return Err(Fault::new(span, "`self` has no meaning here")),
            },
            ("module", Some(first)) => return self.module_output(scope, first, &steps[1..], span),
            ("data", Some(type_name)) => match steps.get(1) {
                Some(Step::Attribute(name, _)) => {
                    return self.resource(scope, true, type_name, name, &steps[2..], span);
                }
                _ => return Err(Fault::new(span, "a data source has a type and a name")),
            },
            ("ephemeral", _) => {
                let why = Reason::Data(Arc::from("ephemeral"));
                return Ok(Node::new(Value::unknown(why.of_part(), Kind::Any), span));
            }
            (type_name, Some(name)) => {
                return self.resource(scope, false, type_name, name, &steps[1..], span);
            }
            (name, None) => {
                return Err(Fault::new(span, format!("`{name}` is nothing that can be referred to")));
            }
        };
        Ok(self.steps(scope, node, &steps[used..])?.at(span))
    }

    /// The resource of which an expression is an attribute and nothing else: `aws_s3_bucket.b.bucket`.
    pub(crate) fn behind(&self, scope: &Scope, expression: &Expression) -> Option<Arc<Instance>> {
        let (base, steps) = match &expression.kind {
            Syntax::Traversal(base, steps) => (base, steps),
            Syntax::Parentheses(inner) => return self.behind(scope, inner),
            Syntax::Template(template) => match template.parts.as_slice() {
                [Piece::Value(inner)] if !template.heredoc => return self.behind(scope, inner),
                _ => return None,
            },
            _ => return None,
        };
        let (Step::Attribute(..), before) = steps.split_last()? else { return None };
        // Of a module's output alone it is not said whose attribute it is.
        if matches!(&base.kind, Syntax::Name(name) if &**name == "module") && before.len() < 2 {
            return None;
        }
        let span = self.span(scope.file, expression.range);
        match self.traversal(scope, base, before, span).ok()?.value {
            Value::Instance(instance) => Some(instance),
            _ => None,
        }
    }

    fn each(scope: &Scope, name: &str, span: Span) -> Result<Node> {
        match (&scope.each, name) {
            (Some((key, _)), "key") => Ok(key.clone()),
            (Some((_, value)), "value") => Ok(value.clone()),
            _ => Err(Fault::new(span, format!("`each.{name}` has no meaning here"))),
        }
    }

    fn path(&self, scope: &Scope, name: &str, span: Span) -> Result<Node> {
        let folder = match name {
            "module" => &scope.module.folder,
            "root" => &self.root,
            "cwd" => {
                let reason = Reason::Failed(Arc::from("where Terraform is started is not known"));
                return Ok(Node::new(Value::unknown(reason, Kind::Text), span));
            }
            _ => return Err(Fault::new(span, format!("no `path.{name}`"))),
        };
        let shown = template::display(folder);
        Ok(Node::new(Value::text(if shown.is_empty() { ".".to_owned() } else { shown }), span))
    }

    fn resource(
        &self,
        scope: &Scope,
        is_data: bool,
        type_name: &str,
        name: &str,
        steps: &[Step],
        span: Span,
    ) -> Result<Node> {
        let Some(expansion) = self.instances(&scope.module, is_data, type_name, name, span)? else {
            if scope.module.config.damaged {
                let reason = Reason::Damaged(Arc::from(format!("the code that may declare `{name}`")));
                return Ok(Node::new(Value::unknown(reason, Kind::Any), span));
            }
            let kind = if is_data { "data." } else { "" };
            return Ok(self.undeclared(span, format!("`{kind}{type_name}.{name}` is not declared")));
        };
        let node = Node::new(whole(&expansion), span);
        Ok(self.steps(scope, node, steps)?.at(span))
    }

    fn module_output(&self, scope: &Scope, name: &Arc<str>, steps: &[Step], span: Span) -> Result<Node> {
        let Some(expansion) = self.children(&scope.module, name, span)? else {
            // Not the same value twice: two outputs of a module differ.
            let reason = Reason::Missing(Arc::from(format!("module `{name}`")));
            return Ok(Node::new(Value::unknown(reason, Kind::Any), span));
        };
        // One output of one instance is all that most code asks for: the others need not be evaluated.
        match (&*expansion, steps) {
            (Expansion::Single(module), [Step::Attribute(output, _), rest @ ..]) => {
                let node = self.output(module, output, span)?;
                Ok(self.steps(scope, node, rest)?.at(span))
            }
            (Expansion::Count(all, None), [Step::Index(index), Step::Attribute(output, _), rest @ ..]) => {
                let index = self.expression(scope, index)?;
                let module = match index.value {
                    Value::Int(at) => usize::try_from(at).ok().and_then(|at| all.get(at)),
                    _ => None,
                };
                match module {
                    Some(module) => {
                        let node = self.output(module, output, span)?;
                        let node = perhaps(node, module.presence.as_ref(), &scope.module);
                        Ok(self.steps(scope, node, rest)?.at(span))
                    }
                    None => self.all_outputs(scope, &expansion, steps, span),
                }
            }
            _ => self.all_outputs(scope, &expansion, steps, span),
        }
    }

    fn all_outputs(
        &self,
        scope: &Scope,
        expansion: &Expansion<Module>,
        steps: &[Step],
        span: Span,
    ) -> Result<Node> {
        let one = |module: &Arc<Module>| {
            let outputs = module.config.outputs.keys().map(|name| {
                let node = self
                    .output(module, name, span)
                    .unwrap_or_else(|fault| Node::new(Value::failed(fault.message), span));
                (name.clone(), node)
            });
            let node = Node::new(Value::map(outputs.collect::<Vec<_>>()), span);
            perhaps(node, module.presence.as_ref(), &scope.module)
        };
        let value = match expansion {
            Expansion::Single(module) => one(module).value,
            // One that stands for many is none of the elements.
            Expansion::Count(all, rest) => {
                let items = if rest.is_some() { Vec::new() } else { all.iter().map(one).collect() };
                Value::open_list(items, false, rest.clone())
            }
            Expansion::Each(all, rest) => as_map(
                all.iter()
                    .filter(|(key, _)| rest.is_none() || &**key != "*")
                    .map(|(key, module)| (key.clone(), one(module)))
                    .collect(),
                rest.clone(),
            ),
        };
        Ok(self.steps(scope, Node::new(value, span), steps)?.at(span))
    }

    /// Goes the steps from a value.
    pub(crate) fn steps(&self, scope: &Scope, mut node: Node, steps: &[Step]) -> Result<Node> {
        for (at, step) in steps.iter().enumerate() {
            node = match step {
                Step::Attribute(name, range) => self.attribute(&node, name, self.span(scope.file, *range))?,
                Step::Index(index) => {
                    let span = self.span(scope.file, index.range);
                    let index = self.expression(scope, index)?;
                    self.index(&node, &index, span)?
                }
                Step::FullSplat(range) => {
                    let span = self.span(scope.file, *range);
                    return self.splat(scope, &node, &steps[at + 1..], span);
                }
                Step::AttributeSplat(range) => {
                    let span = self.span(scope.file, *range);
                    let after = &steps[at + 1..];
                    let inner = after
                        .iter()
                        .position(|step| !matches!(step, Step::Attribute(..)))
                        .unwrap_or(after.len());
                    let list = self.splat(scope, &node, &after[..inner], span)?;
                    return self.steps(scope, list, &after[inner..]);
                }
            };
        }
        Ok(node)
    }

    /// `x[*].a`: of a list every element, of null none, of anything else itself.
    fn splat(&self, scope: &Scope, node: &Node, steps: &[Step], span: Span) -> Result<Node> {
        match &node.value {
            Value::Null => Ok(Node::new(Value::list(Vec::new()), span)),
            Value::List(list) => {
                let items: Result<Vec<Node>> =
                    list.items.iter().map(|item| self.steps(scope, item.clone(), steps)).collect();
                Ok(Node::new(Value::open_list(items?, false, list.rest.clone()), span))
            }
            Value::Choice(choice) => {
                let options: Result<Vec<Node>> =
                    choice.options.iter().map(|option| self.splat(scope, option, steps, span)).collect();
                Ok(Node::new(Value::choice(options?, choice.why.clone()), span))
            }
            Value::Unknown(unknown) => {
                // A single value would give a list of one: how many there are is not known.
                let rest = Unknown { reason: unknown.reason.of_part(), kind: Kind::Any };
                Ok(Node::new(Value::open_list(Vec::new(), false, Some(Arc::new(rest))), span))
            }
            _ => {
                let one = self.steps(scope, node.clone(), steps)?;
                Ok(Node::new(Value::list(vec![one]), span))
            }
        }
    }

    /// `x.name`.
    pub(crate) fn attribute(&self, node: &Node, name: &Arc<str>, span: Span) -> Result<Node> {
        match &node.value {
            Value::Map(map) => match (map.get(name), &map.rest) {
                (Some(node), _) => Ok(node.clone()),
                (None, Some(rest)) => Ok(part(rest, span)),
                (None, None) => {
                    let near = estate::catalogue::nearest(name, map.entries.iter().map(|(key, _)| &**key));
                    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    Err(Fault::new(span, format!("the object has no attribute `{name}`{near}")))
                }
            },
            Value::Instance(instance) => self.instance_attribute(instance, name, span),
            Value::Unknown(unknown) => Ok(part(unknown, span)),
            Value::Choice(choice) => {
                Self::each_option(choice, span, |option| self.attribute(option, name, span))
            }
            Value::List(list) => match name.parse::<i64>() {
                Ok(at) => Self::element(list, at, span),
                Err(_) => Err(Fault::new(span, format!("a list has no attribute `{name}`"))),
            },
            Value::Json(_) => Err(Fault::new(span, "a string has no attributes")),
            other => Err(Fault::new(span, format!("{} has no attribute `{name}`", other.noun()))),
        }
    }

    /// `x[i]`.
    pub(crate) fn index(&self, node: &Node, index: &Node, span: Span) -> Result<Node> {
        match (&node.value, &index.value) {
            (Value::Choice(choice), _) => {
                Self::each_option(choice, span, |option| self.index(option, index, span))
            }
            (_, Value::Choice(choice)) => {
                Self::each_option(choice, span, |option| self.index(node, option, span))
            }
            (Value::Unknown(unknown), _) => Ok(part(unknown, span)),
            (Value::List(list), index) => match index {
                Value::Int(at) => Self::element(list, *at, span),
                Value::Text(text) => match text.parse::<i64>() {
                    Ok(at) => Self::element(list, at, span),
                    Err(_) => Err(Fault::new(span, format!("`{text}` is no index of a list"))),
                },
                other => Self::some_element(other, span),
            },
            (Value::Map(_), index) => match as_string(index) {
                Some(Value::Text(key)) => self.attribute(node, &key, span),
                _ => Self::some_element(index, span),
            },
            (Value::Instance(_), Value::Text(key)) => self.attribute(node, key, span),
            (Value::Instance(_), index) => match index.first_unknown() {
                Some(unknown) => Ok(part(&unknown, span)),
                None => Err(Fault::new(span, "a resource without `count` has no elements")),
            },
            (other, _) => Err(Fault::new(span, format!("{} has no elements", other.noun()))),
        }
    }

    fn element(list: &List, at: i64, span: Span) -> Result<Node> {
        let found = usize::try_from(at).ok().and_then(|at| list.items.get(at));
        match (found, &list.rest) {
            // With more elements somewhere, nobody knows which is the first.
            (_, Some(rest)) => Ok(part(rest, span)),
            (Some(_), None) => Ok(Self::moved_up(list, at as usize, span)),
            (None, None) => {
                Err(Fault::new(span, format!("index {at} of a list of {} elements", list.items.len())))
            }
        }
    }

    /// The element at an index: where some before it are perhaps not there, one of those behind them may have it.
    fn moved_up(list: &List, at: usize, span: Span) -> Node {
        let node = &list.items[at];
        // Instances keep their numbers: those that are perhaps not there are the last.
        let why = |item: &Node| {
            let why = absence(item)?;
            let is_instance =
                maybe_absent(item).is_some_and(|(one, _)| matches!(one.value, Value::Instance(_)));
            (!is_instance).then_some(why)
        };
        let Some(first) = list.items[..=at].iter().find_map(why) else { return node.clone() };
        let mut options = vec![node.clone()];
        let mut sure = 0;
        for (number, item) in list.items.iter().enumerate() {
            // So many at least stand before it.
            if sure > at {
                break;
            }
            let why = why(item);
            if number > at {
                options.push(maybe_absent(item).map_or_else(|| item.clone(), |(item, _)| item));
            }
            sure += usize::from(why.is_none());
        }
        Node::new(Value::choice(options, first), span)
    }

    /// The element at an index that is not known.
    fn some_element(index: &Value, span: Span) -> Result<Node> {
        match index.first_unknown() {
            Some(unknown) => Ok(part(&unknown, span)),
            None => Err(Fault::new(span, format!("{} is no index", index.noun()))),
        }
    }

    fn each_option(
        choice: &crate::value::Choice,
        span: Span,
        run: impl Fn(&Node) -> Result<Node>,
    ) -> Result<Node> {
        let options = choice.options.iter().map(|option| {
            // Null stands for something that is perhaps not there: its attributes are not there either.
            if option.value.is_null() {
                return Node::new(Value::Null, span);
            }
            run(option).unwrap_or_else(|fault| Node::new(Value::failed(fault.message), span))
        });
        Ok(Node::new(Value::choice(options.collect::<Vec<_>>(), choice.why.clone()), span))
    }

    /// An attribute of a resource: what is written, or what AWS assigns.
    pub(crate) fn instance_attribute(
        &self,
        instance: &Arc<Instance>,
        name: &Arc<str>,
        span: Span,
    ) -> Result<Node> {
        once(&instance.attributes, name, span, || {
            let module = self.module_of(instance.module);
            if let Some(node) = data::attribute(self, &module, instance, name, span) {
                return node;
            }
            if let Some((file, attribute)) = instance.declared.attribute(name) {
                let scope = Scope::of(&module, instance, file);
                let node = self.expression(&scope, &attribute.value)?;
                if !node.value.is_null() {
                    return Ok(node);
                }
            } else if let Some(blocks) = body::nested(self, &module, instance, name) {
                return Ok(blocks);
            }
            let kind = if is_text(name) { Kind::Text } else { Kind::Any };
            Ok(Node::new(Value::Unknown(instance.reference(Some(name), kind)), span))
        })
    }
}

/// Whether an attribute of this name that AWS assigns is a text.
fn is_text(name: &str) -> bool {
    const WORDS: [&str; 8] = ["id", "arn", "name", "endpoint", "dns_name", "domain_name", "url", "json"];
    WORDS.iter().any(|word| name == *word || name.strip_suffix(word).is_some_and(|rest| rest.ends_with('_')))
}

/// All instances as one value.
fn whole(expansion: &Expansion<Instance>) -> Value {
    let one = |instance: &Arc<Instance>, own: bool| {
        let node = Node::of(Value::Instance(instance.clone()));
        match &instance.presence {
            Some(why) if own => Node::of(Value::choice([node, Node::of(Value::Null)], why.clone())),
            _ => node,
        }
    };
    match expansion {
        Expansion::Single(instance) => Value::Instance(instance.clone()),
        Expansion::Count(all, rest) => {
            // One that stands for many is none of the elements.
            let items = if rest.is_some() { Vec::new() } else { all.iter().map(|i| one(i, true)).collect() };
            Value::open_list(items, false, rest.clone())
        }
        Expansion::Each(all, rest) => as_map(
            all.iter()
                .filter(|(key, _)| rest.is_none() || &**key != "*")
                .map(|(key, instance)| (key.clone(), one(instance, true)))
                .collect(),
            rest.clone(),
        ),
    }
}

/// A value of a module that is perhaps not there, as seen from the module that calls it.
fn perhaps(node: Node, presence: Option<&Arc<Unknown>>, from: &Module) -> Node {
    match presence {
        // What is perhaps not there together with who asks is there for who asks.
        Some(why) if from.presence.as_ref() != Some(why) => {
            let span = node.span;
            Node::new(Value::choice([node, Node::new(Value::Null, span)], why.clone()), span)
        }
        _ => node,
    }
}

/// The value and why it may be absent, where it is a choice between one value and absence.
pub(crate) fn maybe_absent(node: &Node) -> Option<(Node, Arc<Unknown>)> {
    let Value::Choice(choice) = &node.value else { return None };
    let there: Vec<&Node> = choice.options.iter().filter(|option| !option.value.is_null()).collect();
    match there.as_slice() {
        [one] if choice.options.len() == 2 => Some(((*one).clone(), choice.why.clone())),
        _ => None,
    }
}

/// Brings the two sides of a condition to one type, as Terraform does: a number beside a text is a text.
fn alike(sides: [Node; 2]) -> [Node; 2] {
    let is_text = |node: &Node| matches!(node.value, Value::Text(_) | Value::Partial(_) | Value::Json(_));
    let mixed = sides.iter().any(is_text) && sides.iter().any(is_plain);
    if !mixed {
        return sides;
    }
    sides.map(|side| match as_string(&side.value) {
        Some(value) => Node::new(value, side.span),
        None => side,
    })
}

/// Whether a value is a number or bool, which a text may hold.
fn is_plain(node: &Node) -> bool {
    matches!(node.value, Value::Int(_) | Value::Double(_) | Value::Bool(_))
}

/// A part of something unknown.
pub(crate) fn part(unknown: &Arc<Unknown>, span: Span) -> Node {
    Node::new(Value::unknown(unknown.reason.of_part(), Kind::Any), span)
}

fn hole(value: &Value) -> Part {
    let reason = value
        .first_unknown()
        .map_or_else(|| Reason::Failed(Arc::from("a part of the text")), |unknown| unknown.reason.of_part());
    Part::Hole(Arc::new(Unknown { reason, kind: Kind::Text }))
}

/// Keys and values of a collection, and why there may be more.
pub(crate) type Elements = (Vec<(Node, Node)>, Option<Arc<Unknown>>);

/// The elements of a collection as keys and values, and why there may be more.
pub(crate) fn elements(node: &Node, span: Span) -> Result<Elements> {
    match &node.value {
        Value::List(list) => {
            let keyed = list.items.iter().enumerate().map(|(at, item)| {
                let key = if list.set { item.clone() } else { Node::new(Value::Int(at as i64), item.span) };
                (key, item.clone())
            });
            Ok((keyed.collect(), list.rest.clone()))
        }
        Value::Map(map) => {
            let keyed = map
                .entries
                .iter()
                .map(|(key, node)| (Node::new(Value::Text(key.clone()), node.span), node.clone()));
            Ok((keyed.collect(), map.rest.clone()))
        }
        Value::Choice(_) | Value::Unknown(_) | Value::Instance(_) => {
            let unknown = node.value.first_unknown();
            Ok((
                Vec::new(),
                unknown
                    .map(|unknown| Arc::new(Unknown { reason: unknown.reason.of_part(), kind: Kind::Any })),
            ))
        }
        other => Err(Fault::new(span, format!("{} has no elements to go through", other.noun()))),
    }
}
