//! Judges an estate: every control on every resource of its types.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use estate::catalogue::{Catalogue, TypeInfo};
use estate::estate::Estate;
use estate::resource::{Resource, ResourceId};
use estate::truth::{Truth, Why};
use estate::value::{Node, Span};
use finding::report::Outcome;
use jiff::Timestamp;
use rayon::prelude::*;

use crate::cel::{self, Expr, ExprKind};
use crate::compile::{Code, ExpressionError, Names, compile};
use crate::each::{self, EachPath, Element};
use crate::eval::{Scope, run};
use crate::file::{Control, Fault, Source, locate};
use crate::functions::{Context, Policies, Tables};
use crate::message::{self, Piece};
use crate::value::V;

/// A control compiled for one type.
#[derive(Debug)]
pub struct Judge {
    /// The control.
    pub control: Arc<Control>,
    info: Option<&'static TypeInfo>,
    parameters: Vec<V<'static>>,
    lets: Vec<Code>,
    when: Option<Code>,
    /// Whether `when` looks at the element rather than at the resource.
    when_each: bool,
    each: Option<EachPath>,
    /// Whether some expression asks for the element's key.
    uses_key: bool,
    /// The parts of `pass` that must all hold, with the properties that each looks at.
    parts: Vec<(Code, Vec<Path>)>,
    message: Vec<Piece>,
}

/// A property that an expression looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Path {
    of_each: bool,
    names: Vec<Arc<str>>,
}

/// What is the same for a whole run.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The time of the judgement.
    pub now: Timestamp,
    /// Whether absence is a fact.
    pub closed_world: bool,
    /// The dated tables.
    pub tables: Arc<Tables>,
}

/// One verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Of which resource.
    pub resource: ResourceId,
    /// What it is.
    pub outcome: Outcome,
    /// The element or property that it points at.
    pub path: Option<String>,
    /// Where that is written; the resource's name where it is written nowhere.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What an unknown verdict hangs on.
    pub why: Why,
    /// What identifies the element, in a control with `each`.
    pub element: Option<String>,
}

/// What a control tells of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// It passes, or the control does not apply.
    Fine(Outcome),
    /// It fails or cannot be decided: one verdict, or one for every such element.
    Findings(Vec<Judgement>),
}

impl Told {
    /// Every verdict, also where all is fine.
    pub fn verdicts(self, estate: &Estate, id: ResourceId) -> Vec<Judgement> {
        match self {
            Told::Fine(outcome) => vec![plain(estate.get(id), id, outcome)],
            Told::Findings(found) => found,
        }
    }
}

impl Judge {
    /// Compiles a control for one of its types. `file` is the text of its file, for positions; `set` are the
    /// user's values of its parameters.
    pub fn compile(
        control: &Arc<Control>,
        type_name: &str,
        file: &str,
        set: &HashMap<Arc<str>, V<'static>>,
    ) -> Result<Judge, Vec<Fault>> {
        let info = Catalogue::builtin().get(type_name);
        let mut compiler = Compiling { control, file, faults: Vec::new() };
        let mut names = Names { resource: info, ..Names::default() };
        names.parameters = control.parameters.iter().map(|p| (p.name.clone(), p.ty())).collect();
        let each = control.each.as_ref().and_then(|source| compiler.each(source, info, &mut names));
        let mut lets = Vec::new();
        for (name, source) in &control.lets {
            if let Some((code, ty)) = compiler.expression(source, &names) {
                names.lets.push((name.clone(), ty));
                lets.push(code);
            }
        }
        let (when, when_each) = compiler.when(control.when.as_ref(), &names);
        let parts = compiler.pass(&control.pass, &names);
        let message = match message::parse(&control.message.text, &names) {
            Ok(pieces) => pieces,
            Err(error) => {
                compiler.fault(&control.message, error);
                Vec::new()
            }
        };
        let value =
            |p: &crate::file::Parameter| set.get(&p.name).cloned().unwrap_or_else(|| p.default.clone());
        let parameters = control.parameters.iter().map(value).collect();
        let sources =
            [Some(&control.pass), control.when.as_ref(), Some(&control.message)].into_iter().flatten();
        let mut sources = sources.chain(control.lets.iter().map(|(_, source)| source));
        let uses_key = sources.any(|source| source.text.contains("key"));
        if compiler.faults.is_empty() {
            Ok(Judge {
                control: control.clone(),
                info,
                parameters,
                lets,
                when,
                when_each,
                each,
                uses_key,
                parts,
                message,
            })
        } else {
            Err(compiler.faults)
        }
    }

    /// Judges a resource of the type.
    ///
    /// `policies` holds what was read of this resource's policies for other controls.
    pub fn judge<'a>(
        &'a self,
        estate: &'a Estate,
        id: ResourceId,
        setting: &'a Setting,
        policies: &Policies<'a>,
    ) -> Told {
        let resource = estate.get(id);
        let mut scope = Scope {
            context: Context {
                estate,
                resource: id,
                now: setting.now,
                account: resource.account.as_deref(),
                tables: &setting.tables,
                policies: policies.clone(),
            },
            closed_world: setting.closed_world,
            parameters: &self.parameters,
            each: None,
            lets: &self.lets,
            let_values: self.lets.iter().map(|_| OnceCell::new()).collect(),
            steps: Cell::new(0),
        };
        let when = match &self.when {
            Some(code) if !self.when_each => run(code, &scope).truth(),
            _ => Truth::True,
        };
        if when == Truth::False {
            return Told::Fine(Outcome::Skip);
        }
        match &self.each {
            None => self.whole(&scope, resource, id, when),
            Some(path) => self.elements(&mut scope, resource, id, path, &when),
        }
    }

    fn whole(&self, scope: &Scope, resource: &Resource, id: ResourceId, when: Truth) -> Told {
        let (pass, blame) = self.pass(scope);
        let (outcome, why) = match decide(when, pass) {
            Verdict::Decided(outcome @ (Outcome::Pass | Outcome::Skip)) => return Told::Fine(outcome),
            Verdict::Decided(outcome) => (outcome, Why::default()),
            Verdict::Unknown(why) => (Outcome::Unknown, why),
        };
        let (path, span) = place(resource, None, blame);
        let message = match outcome {
            Outcome::Unknown => self.undecided(),
            _ => message::render(&self.message, scope),
        };
        Told::Findings(vec![Judgement { path, span, message, why, ..plain(resource, id, outcome) }])
    }

    fn elements<'a>(
        &self,
        scope: &mut Scope<'a>,
        resource: &'a Resource,
        id: ResourceId,
        path: &EachPath,
        when: &Truth,
    ) -> Told {
        let (elements, rest) = path.elements(&resource.properties);
        let (mut failed, mut unknown) = (Vec::new(), Vec::new());
        let mut judged = elements.is_empty();
        for element in &elements {
            // The identity is worth its price only for what is told, or where the control asks for it.
            let key = if self.uses_key { each::identity(self.info, path, element).0 } else { None };
            scope.next_element(element.value.clone(), key.map_or(V::Null, V::text));
            let when = match &self.when {
                Some(code) if self.when_each => when.clone().and(run(code, scope).truth()),
                _ => when.clone(),
            };
            let (pass, blame) = self.pass(scope);
            let verdict = match (decide(when, pass), &element.maybe) {
                (Verdict::Decided(Outcome::Fail), Some(why)) => Verdict::Unknown(why.clone()),
                (verdict, _) => verdict,
            };
            judged |= !matches!(verdict, Verdict::Decided(Outcome::Skip));
            if matches!(verdict, Verdict::Decided(Outcome::Pass | Outcome::Skip)) {
                continue;
            }
            let identity = each::identity(self.info, path, element).1;
            let (path, span) = place(resource, Some(element), blame);
            let found =
                Judgement { path, span, element: Some(identity), ..plain(resource, id, Outcome::Pass) };
            match verdict {
                Verdict::Decided(Outcome::Fail) => {
                    let message = message::render(&self.message, scope);
                    failed.push(Judgement { outcome: Outcome::Fail, message, ..found });
                }
                Verdict::Unknown(why) => {
                    unknown.push(Judgement {
                        outcome: Outcome::Unknown,
                        message: self.undecided(),
                        why,
                        ..found
                    });
                }
                Verdict::Decided(_) => {}
            }
        }
        if !failed.is_empty() {
            return Told::Findings(failed);
        }
        if let Some(why) = rest.filter(|_| unknown.is_empty()) {
            // More elements may be there than are known; if none could fail, that would not matter, but what
            // an unknown element holds is unknown too.
            let blame = Some(Path {
                of_each: false,
                names: path.text.split('.').map(|p| Arc::from(p.trim_end_matches("[]"))).collect(),
            });
            let (path, span) = place(resource, None, blame);
            let message = self.undecided();
            let found = Judgement { path, span, message, why, ..plain(resource, id, Outcome::Unknown) };
            return Told::Findings(vec![found]);
        }
        if !unknown.is_empty() {
            return Told::Findings(unknown);
        }
        Told::Fine(if judged { Outcome::Pass } else { Outcome::Skip })
    }

    /// Whether every part of `pass` holds, and the property to point at where one does not.
    fn pass(&self, scope: &Scope) -> (Truth, Option<Path>) {
        let mut answer = Truth::True;
        let mut blame = None;
        for (code, paths) in &self.parts {
            let part = run(code, scope).truth();
            if part == Truth::True {
                continue;
            }
            // What fails is worth more than what is undecided.
            if blame.is_none() || part == Truth::False {
                blame = best(scope, paths);
            }
            answer = answer.and(part);
            if answer == Truth::False {
                break;
            }
        }
        (answer, blame)
    }

    fn undecided(&self) -> String {
        format!("cannot be decided: {}", self.control.title)
    }
}

enum Verdict {
    Decided(Outcome),
    Unknown(Why),
}

/// Brings together whether a control speaks of a resource and what it says.
fn decide(when: Truth, pass: Truth) -> Verdict {
    match (when, pass) {
        (Truth::False, _) => Verdict::Decided(Outcome::Skip),
        (Truth::True, Truth::True) => Verdict::Decided(Outcome::Pass),
        (Truth::True, Truth::False) => Verdict::Decided(Outcome::Fail),
        // Whether it applies or not, nothing is wrong.
        (Truth::Unknown(_), Truth::True) => Verdict::Decided(Outcome::Pass),
        (Truth::Unknown(why), Truth::Unknown(other)) => Verdict::Unknown(why.and(&other)),
        (Truth::Unknown(why), Truth::False) | (Truth::True, Truth::Unknown(why)) => Verdict::Unknown(why),
    }
}

fn plain(resource: &Resource, id: ResourceId, outcome: Outcome) -> Judgement {
    Judgement {
        resource: id,
        outcome,
        path: None,
        span: resource.origin.name,
        message: String::new(),
        why: Why::default(),
        element: None,
    }
}

/// The first of some properties that is written in the resource, else the first.
fn best(scope: &Scope, paths: &[Path]) -> Option<Path> {
    let written = paths.iter().find(|path| {
        !path.of_each
            && path.names.first().is_some_and(|name| scope.resource().properties.get(name).is_some())
    });
    written.or(paths.first()).cloned()
}

/// Where a verdict points: the element, or the property as far as it is written, or the resource's name.
fn place(resource: &Resource, element: Option<&Element>, blame: Option<Path>) -> (Option<String>, Span) {
    if let Some(element) = element {
        let span = if element.span.is_some() { element.span } else { resource.origin.name };
        return (Some(element.path.clone()), span);
    }
    let Some(path) = blame.filter(|path| !path.of_each) else { return (None, resource.origin.name) };
    let mut span = resource.origin.name;
    let mut node: Option<&Node> = None;
    for (i, name) in path.names.iter().enumerate() {
        let next = if i == 0 { resource.properties.get(name) } else { node.and_then(|node| node.get(name)) };
        let Some(next) = next else { break };
        if next.span.is_some() {
            span = next.span;
        }
        node = Some(next);
    }
    (Some(path.names.join(".")), span)
}

struct Compiling<'c> {
    control: &'c Control,
    file: &'c str,
    faults: Vec<Fault>,
}

impl Compiling<'_> {
    fn fault(&mut self, source: &Source, error: ExpressionError) {
        let span = locate(source, self.file, &error.span);
        let path = self.control.path.clone();
        self.faults.push(Fault { path, span, message: error.message, hint: error.hint });
    }

    fn expression(&mut self, source: &Source, names: &Names) -> Option<(Code, crate::types::Ty)> {
        match compile(&source.text, names) {
            Ok(compiled) => Some(compiled),
            Err(error) => {
                self.fault(source, error);
                None
            }
        }
    }

    fn each(
        &mut self,
        source: &Source,
        info: Option<&'static TypeInfo>,
        names: &mut Names,
    ) -> Option<EachPath> {
        let Some(path) = EachPath::parse(&source.text) else {
            let message = "`each` is a path such as `A.B`".to_owned();
            self.fault(source, ExpressionError { span: 0..source.text.len(), message, hint: None });
            return None;
        };
        match path.element_type(info) {
            Ok(ty) => names.each = Some(ty),
            Err((span, message, hint)) => self.fault(source, ExpressionError { span, message, hint }),
        }
        Some(path)
    }

    /// `when`, and whether it looks at the element.
    fn when(&mut self, source: Option<&Source>, names: &Names) -> (Option<Code>, bool) {
        let Some(source) = source else { return (None, false) };
        let Some((code, ty)) = self.expression(source, names) else { return (None, false) };
        self.is_condition(source, &ty);
        let uses_each = names.each.is_some()
            && cel::parse(&source.text).is_ok_and(|expr| {
                mentions(&expr, &["each", "key"])
                    || names.lets.iter().any(|(name, _)| mentions(&expr, &[name]))
            });
        (Some(code), uses_each)
    }

    fn is_condition(&mut self, source: &Source, ty: &crate::types::Ty) {
        use crate::types::Base;
        if !matches!(ty.base, Base::Bool | Base::Any | Base::Null) {
            let message = format!("expected a truth value, found {ty}");
            self.fault(source, ExpressionError { span: 0..source.text.len(), message, hint: None });
        }
    }

    /// `pass`, taken apart at its outermost `&&`, so that a finding points at the part that failed.
    fn pass(&mut self, source: &Source, names: &Names) -> Vec<(Code, Vec<Path>)> {
        let Some((_, ty)) = self.expression(source, names) else { return Vec::new() };
        self.is_condition(source, &ty);
        let Ok(expr) = cel::parse(&source.text) else { return Vec::new() };
        let mut spans = Vec::new();
        conjuncts(&expr, &mut spans);
        let mut parts = Vec::new();
        for (part, span) in spans {
            let mut paths = Vec::new();
            self.paths(part, &mut paths, 0);
            match compile(&source.text[span], names) {
                Ok((code, _)) => parts.push((code, paths)),
                Err(error) => self.fault(source, error),
            }
        }
        parts
    }

    /// The properties an expression looks at, in order. Named sub-expressions are looked into.
    ///
    /// Recursion is bounded by the parser's limit, and by `level` through named sub-expressions.
    fn paths(&self, expr: &Expr, found: &mut Vec<Path>, level: usize) {
        if let Some(path) = property_path(expr) {
            if let ([name], false) = (path.names.as_slice(), path.of_each) {
                let named = self.control.lets.iter().find(|(known, _)| known == name);
                if let Some((_, source)) = named.filter(|_| level < 8) {
                    if let Ok(inner) = cel::parse(&source.text) {
                        self.paths(&inner, found, level + 1);
                    }
                    return;
                }
            }
            if (path.of_each || path.names.first().is_some_and(|name| name.starts_with(char::is_uppercase)))
                && !found.contains(&path)
            {
                found.push(path);
            }
            return;
        }
        expr.children(&mut |child| self.paths(child, found, level));
    }
}

/// The property path that an expression is, if it is one.
fn property_path(expr: &Expr) -> Option<Path> {
    match &expr.kind {
        ExprKind::Name(name) if &**name == "each" => Some(Path { of_each: true, names: Vec::new() }),
        ExprKind::Name(name) if &**name == "resource" => Some(Path { of_each: false, names: Vec::new() }),
        ExprKind::Name(name) => Some(Path { of_each: false, names: vec![name.clone()] }),
        ExprKind::Select(operand, field) | ExprKind::Has(operand, field) => {
            let mut path = property_path(operand)?;
            path.names.push(field.clone());
            Some(path)
        }
        _ => None,
    }
}

fn mentions(expr: &Expr, names: &[&str]) -> bool {
    if matches!(&expr.kind, ExprKind::Name(name) if names.contains(&&**name)) {
        return true;
    }
    let mut found = false;
    expr.children(&mut |child| found |= mentions(child, names));
    found
}

/// The parts of an expression that are joined by `&&`, each with its range in the text.
fn conjuncts<'e>(expr: &'e Expr, found: &mut Vec<(&'e Expr, Range<usize>)>) {
    match &expr.kind {
        ExprKind::And(a, b) => {
            conjuncts(a, found);
            conjuncts(b, found);
        }
        _ => found.push((expr, expr.span.clone())),
    }
}

/// The judges for the types that occur, by type.
pub type Judges = HashMap<Arc<str>, Vec<Judge>>;

/// The verdicts of a run, by control and then by resource.
#[derive(Debug, Default)]
pub struct Run {
    /// The failing and undecided verdicts, and with `all` the others: the judge's control and the verdict.
    pub judgements: Vec<(Arc<Control>, Judgement)>,
    /// How many passed.
    pub pass: usize,
    /// How many do not apply.
    pub skip: usize,
}

/// Judges every resource. Verdicts that pass or do not apply are only counted, unless `all`.
///
/// The order is that of the resources and, within one, of the controls' ids: threads do not show in it.
pub fn run_all(estate: &Estate, judges: &Judges, setting: &Setting, all: bool) -> Run {
    let parts: Vec<Run> = (0..estate.resources.len())
        .into_par_iter()
        .fold(Run::default, |mut run, i| {
            let id = ResourceId(i as u32);
            let policies = Policies::default();
            for judge in judges.get(&estate.get(id).type_name).map_or(&[][..], Vec::as_slice) {
                let told = judge.judge(estate, id, setting, &policies);
                match told {
                    Told::Fine(Outcome::Skip) => run.skip += 1,
                    Told::Fine(_) => run.pass += 1,
                    Told::Findings(_) => {}
                }
                if all || matches!(told, Told::Findings(_)) {
                    let verdicts = told.verdicts(estate, id).into_iter();
                    run.judgements.extend(verdicts.map(|verdict| (judge.control.clone(), verdict)));
                }
            }
            run
        })
        .collect();
    let mut whole = Run::default();
    whole.judgements.reserve_exact(parts.iter().map(|part| part.judgements.len()).sum());
    for mut part in parts {
        whole.judgements.append(&mut part.judgements);
        whole.pass += part.pass;
        whole.skip += part.skip;
    }
    whole.judgements.par_sort_by(|(a, x), (b, y)| x.resource.cmp(&y.resource).then_with(|| a.id.cmp(&b.id)));
    whole
}
