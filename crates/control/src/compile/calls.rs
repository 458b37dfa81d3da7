//! Calls: which function is meant, whether its arguments fit, and what it gives.

use std::ops::Range;
use std::sync::Arc;

use estate::catalogue::{Catalogue, TypeInfo, nearest};

use super::{Code, Compiled, Compiler, ExpressionError, Op, code, fail, fail_with, unify};
use crate::cel::{Comprehension, Expr, ExprKind, Literal};
use crate::functions::{self, Function, Gives, NAMESPACES, Parameter};
use crate::types::{Base, Ty};

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        target: Option<&Expr>,
        function: &Arc<str>,
        arguments: &[Expr],
        span: &Range<usize>,
    ) -> Compiled {
        if let Some(Expr { kind: ExprKind::Name(space), .. }) = target {
            let shadowed = self.variables.iter().chain(&self.names.lets).any(|(known, _)| known == space);
            if NAMESPACES.contains(&&**space) && !shadowed {
                return self.spaced(space, function, arguments, span);
            }
        }
        match (&**function, target, arguments) {
            ("or", Some(value), [default]) => {
                let ((value, value_ty), (default, default_ty)) = (self.expr(value)?, self.expr(default)?);
                let mut ty = unify(&Ty { nullable: false, ..value_ty }, &default_ty);
                ty.nullable = default_ty.nullable;
                code(Op::Or(Box::new(value), Box::new(default)), ty)
            }
            ("size", Some(value), []) | ("size", None, [value]) => {
                let (inner, ty) = self.expr(value)?;
                match ty.base {
                    Base::Text | Base::Bytes => self.not_null(&ty, &value.span, "`size` of a text")?,
                    Base::List(_)
                    | Base::Map(_)
                    | Base::Object(..)
                    | Base::Record(_)
                    | Base::Any
                    | Base::Null => {}
                    _ => return fail(&value.span, format!("{ty} has no size")),
                }
                code(Op::Size(Box::new(inner)), Ty::of(Base::Int))
            }
            ("tag", None, [key]) => {
                let (key, _) = self.strict(key, "`tag`")?;
                code(Op::Tag(Box::new(key)), Ty::of(Base::Text).or_null(true))
            }
            ("related", None, [_] | [_, _]) => self.related(arguments),
            ("ref", Some(value), [_] | [_, _]) => {
                let (from, ty) = self.expr(value)?;
                let Base::Resource(info) = ty.base else {
                    return fail(&value.span, format!("`ref` is called on a resource, not on {ty}"));
                };
                Self::reference(from, info, arguments)
            }
            _ => self.function(target, function, arguments, span),
        }
    }

    /// A function with a namespace before its name.
    fn spaced(&mut self, space: &str, name: &str, arguments: &[Expr], span: &Range<usize>) -> Compiled {
        match (space, name, arguments) {
            ("estate", "all", [type_expr]) => {
                let (type_name, info) = type_argument(type_expr)?;
                let element = Ty::of(Base::Resource(info));
                return code(Op::All(type_name), Ty::of(Base::List(Arc::new(element))));
            }
            ("estate", "any", [type_expr, variable, predicate]) => {
                let (type_name, info) = type_argument(type_expr)?;
                let ExprKind::Name(variable) = &variable.kind else {
                    return fail(&variable.span, "the second argument of `estate.any` is a variable's name");
                };
                self.variables.push((variable.clone(), Ty::of(Base::Resource(info))));
                let body = self.condition(predicate);
                self.variables.pop();
                let range = Code { op: Op::All(type_name) };
                let op = Op::Comprehension {
                    kind: Comprehension::Exists,
                    range: Box::new(range),
                    body: Box::new(body?),
                    filter: None,
                };
                return code(op, Ty::of(Base::Bool));
            }
            _ => {}
        }
        let full = format!("{space}.{name}");
        if let Some(function) = functions::find(&full, false) {
            self.apply(function, &arguments.iter().collect::<Vec<_>>(), span)
        } else {
            let near = nearest(&full, functions::all().filter(|f| !f.method).map(|f| f.name));
            let message = format!("no function `{full}`");
            match near {
                Some(near) => fail_with(span, message, format!("did you mean `{near}`?")),
                None => fail(span, message),
            }
        }
    }

    fn function(
        &mut self,
        target: Option<&Expr>,
        name: &str,
        arguments: &[Expr],
        span: &Range<usize>,
    ) -> Compiled {
        let method = target.is_some();
        let Some(function) = functions::find(name, method) else {
            let near = nearest(name, functions::all().filter(|f| f.method == method).map(|f| f.name));
            let message = format!("no function `{name}`");
            return match near {
                Some(near) => fail_with(span, message, format!("did you mean `{near}`?")),
                None => fail(span, message),
            };
        };
        let all: Vec<&Expr> = target.into_iter().chain(arguments).collect();
        self.apply(function, &all, span)
    }

    fn apply(&mut self, function: &'static Function, arguments: &[&Expr], span: &Range<usize>) -> Compiled {
        let most = function.parameters.len();
        if arguments.len() > most || arguments.len() + function.optional < most {
            let count = most - usize::from(function.method);
            return fail(
                span,
                format!("`{}` takes {count} argument{}", function.name, if count == 1 { "" } else { "s" }),
            );
        }
        let mut codes = Vec::new();
        for (expr, parameter) in arguments.iter().zip(function.parameters) {
            let (code, ty) = self.expr(expr)?;
            self.fits(function, *parameter, &ty, expr)?;
            codes.push(code);
        }
        code(Op::Call(function, codes), gives(function.gives))
    }

    fn fits(
        &self,
        function: &Function,
        parameter: Parameter,
        ty: &Ty,
        expr: &Expr,
    ) -> Result<(), ExpressionError> {
        let who = format!("`{}`", function.name);
        let (fits, wanted) = match parameter {
            Parameter::Any => return Ok(()),
            Parameter::Value => (true, ""),
            Parameter::Text => (matches!(ty.base, Base::Text | Base::Any | Base::Null), "a text"),
            Parameter::Int => {
                (matches!(ty.base, Base::Int | Base::Number | Base::Any | Base::Null), "a whole number")
            }
            Parameter::Texts => {
                (matches!(ty.base, Base::List(_) | Base::Any | Base::Null), "a list of texts")
            }
            Parameter::Document => (
                matches!(
                    ty.base,
                    Base::Any
                        | Base::Null
                        | Base::Text
                        | Base::Map(_)
                        | Base::Object(..)
                        | Base::Policy
                        | Base::Record(_)
                        | Base::List(_)
                ),
                "a document",
            ),
            Parameter::Map => (
                matches!(
                    ty.base,
                    Base::Any | Base::Null | Base::Map(_) | Base::Object(..) | Base::Resource(_)
                ),
                "a map",
            ),
            Parameter::Time => {
                (matches!(ty.base, Base::Timestamp | Base::Text | Base::Any | Base::Null), "a time")
            }
        };
        if !fits && !self.names.lenient {
            return fail(&expr.span, format!("{who} takes {wanted}, not {ty}"));
        }
        if !matches!(parameter, Parameter::Texts | Parameter::Document) {
            self.not_null(ty, &expr.span, &who)?;
        }
        if function.name == "matches" {
            check_pattern(expr)?;
        }
        Ok(())
    }

    fn related(&mut self, arguments: &[Expr]) -> Compiled {
        let (type_name, info) = type_argument(&arguments[0])?;
        let path = arguments.get(1).map(text_literal).transpose()?;
        if let (Some(path), Some(info), Some(expr)) = (&path, info, arguments.get(1)) {
            // The path is on the one side or on the other: a reference may point either way.
            let there = has_path(info, path) || self.names.resource.is_some_and(|own| has_path(own, path));
            if !there {
                let names = info.root().properties.iter().map(|property| property.name.as_str());
                let message = format!("no property `{path}` on {type_name}");
                return match nearest(path, names) {
                    Some(near) => fail_with(&expr.span, message, format!("did you mean `{near}`?")),
                    None => fail(&expr.span, message),
                };
            }
        }
        let element = Ty::of(Base::Resource(info));
        code(Op::Related { type_name, path }, Ty::of(Base::List(Arc::new(element))))
    }

    fn reference(from: Code, info: Option<&'static TypeInfo>, arguments: &[Expr]) -> Compiled {
        let path = text_literal(&arguments[0])?;
        if let Some(info) = info
            && !has_path(info, &path)
        {
            let names = info.root().properties.iter().map(|property| property.name.as_str());
            let message = format!("no property `{path}` on {}", info.name);
            return match nearest(&path, names) {
                Some(near) => fail_with(&arguments[0].span, message, format!("did you mean `{near}`?")),
                None => fail(&arguments[0].span, message),
            };
        }
        // The overlay says what type the property refers to, unless the control does.
        let target = match arguments.get(1) {
            Some(expr) => Some(type_argument(expr)?.0),
            None => info
                .and_then(|info| info.refs.iter().find(|(at, _)| **at == *path))
                .map(|(_, t)| Arc::from(t.as_str())),
        };
        let target_info = target.as_deref().and_then(|name| Catalogue::builtin().get(name));
        let op = Op::Reference { from: Box::new(from), path, target };
        code(op, Ty::of(Base::Resource(target_info)).or_null(true))
    }
}

fn has_path(info: &TypeInfo, path: &str) -> bool {
    let mut known = path;
    loop {
        if let Some(property) = info.property(known) {
            return known == path || info.shape(property.shape).is_free();
        }
        match known.rsplit_once('.') {
            Some((before, _)) => known = before,
            None => return false,
        }
    }
}

fn text_literal(expr: &Expr) -> Result<Arc<str>, ExpressionError> {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Ok(text.clone()),
        _ => fail(&expr.span, "this must be a text in quotes"),
    }
}

/// A type's name in quotes. Custom and registry types are taken as they are; a mistyped one of AWS's is not.
fn type_argument(expr: &Expr) -> Result<(Arc<str>, Option<&'static TypeInfo>), ExpressionError> {
    let name = text_literal(expr)?;
    let info = Catalogue::builtin().get(&name);
    if info.is_none() && (name.starts_with("AWS::") || name.starts_with("Palisade::")) {
        let message = format!("no type `{name}`");
        return match Catalogue::builtin().nearest(&name) {
            Some(near) => fail_with(&expr.span, message, format!("did you mean `{near}`?")),
            None => fail(&expr.span, message),
        };
    }
    Ok((name, info))
}

fn check_pattern(expr: &Expr) -> Result<(), ExpressionError> {
    if let ExprKind::Literal(Literal::Text(pattern)) = &expr.kind
        && functions::compile_pattern(pattern).is_err()
    {
        return fail(&expr.span, "this is no regular expression (RE2 syntax)");
    }
    Ok(())
}

fn gives(gives: Gives) -> Ty {
    let text = || Ty::of(Base::Text);
    match gives {
        Gives::Bool => Ty::of(Base::Bool),
        Gives::Int => Ty::of(Base::Int),
        Gives::Uint => Ty::of(Base::Uint),
        Gives::Double => Ty::of(Base::Double),
        Gives::Text => text(),
        Gives::MaybeText => text().or_null(true),
        Gives::Bytes => Ty::of(Base::Bytes),
        Gives::Timestamp => Ty::of(Base::Timestamp),
        Gives::Duration => Ty::of(Base::Duration),
        Gives::Type => Ty::of(Base::Type),
        Gives::Any => Ty::any(),
        Gives::Value => Ty::of(Base::Any),
        Gives::Policy => Ty::of(Base::Policy),
        Gives::Texts => Ty::of(Base::List(Arc::new(text()))),
        Gives::Record(fields) => Ty::of(Base::Record(fields)),
        Gives::Records(fields) => Ty::of(Base::List(Arc::new(Ty::of(Base::Record(fields))))),
    }
}
