//! From a parsed expression to code: names are resolved, types are checked, and null is dealt with strictly.

mod calls;

use std::ops::Range;
use std::sync::Arc;

use estate::catalogue::{TypeInfo, nearest};
use estate::value::Node;

use crate::cel::{self, Comprehension, Expr, ExprKind, Literal, Operator};
use crate::functions::Function;
use crate::types::{Base, Field as RecordField, Ty};
use crate::value::{Text, V};

/// Something wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where: a range of bytes of its text.
    pub span: Range<usize>,
    /// What, in a line.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// An expression ready to run.
#[derive(Debug)]
pub struct Code {
    /// What to do.
    pub(crate) op: Op,
}

/// A field of a map, and what it is when it is absent.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Arc<str>,
    pub(crate) absent: Absent,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Absent {
    /// It is null.
    Null,
    /// It has a default.
    Default(&'static Node),
    /// AWS assigns it: unknown in a template.
    Assigned,
    /// The schema requires it: its absence is a fault of the input, and reads as null.
    Required,
}

/// What is known of a resource beside its properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Type,
    Address,
    Id,
    Arn,
    Account,
    Region,
    DeletionPolicy,
    UpdateReplacePolicy,
}

#[derive(Debug)]
pub(crate) enum Op {
    Constant(V<'static>),
    Resource,
    Each,
    Key,
    Parameter(usize),
    Let(usize),
    /// A variable of a comprehension, counted from the outermost.
    Variable(usize),
    Account,
    Region,
    Organization,
    Now,
    Field(Box<Code>, Field),
    Has(Box<Code>, Field),
    Attribute(Box<Code>, Attribute),
    Index(Box<Code>, Box<Code>),
    Call(&'static Function, Vec<Code>),
    Or(Box<Code>, Box<Code>),
    Size(Box<Code>),
    Tag(Box<Code>),
    Related {
        type_name: Arc<str>,
        path: Option<Arc<str>>,
    },
    Reference {
        from: Box<Code>,
        path: Arc<str>,
        target: Option<Arc<str>>,
    },
    All(Arc<str>),
    List(Vec<Code>),
    Map(Vec<(Code, Code)>),
    Not(Box<Code>),
    Negate(Box<Code>),
    And(Box<Code>, Box<Code>),
    Either(Box<Code>, Box<Code>),
    Binary(Operator, Box<Code>, Box<Code>),
    Conditional(Box<Code>, Box<Code>, Box<Code>),
    Comprehension {
        kind: Comprehension,
        range: Box<Code>,
        body: Box<Code>,
        filter: Option<Box<Code>>,
    },
}

/// The names that an expression may use.
#[derive(Debug, Default)]
pub struct Names {
    /// The judged resource's type; `None` where it has no schema, or outside a control.
    pub resource: Option<&'static TypeInfo>,
    /// The type of `each`, where there is one.
    pub each: Option<Ty>,
    /// The control's parameters.
    pub parameters: Vec<(Arc<str>, Ty)>,
    /// The control's named sub-expressions so far.
    pub lets: Vec<(Arc<str>, Ty)>,
    /// Whether unknown names are variables given from outside: for conformance tests, not for controls.
    pub free: Vec<Arc<str>>,
    /// Whether null is refused where it has no meaning. Only CEL's own conformance tests do without.
    pub lenient: bool,
}

/// Compiles a text and gives its type.
pub fn compile(text: &str, names: &Names) -> Result<(Code, Ty), ExpressionError> {
    let expr = cel::parse(text).map_err(|error| ExpressionError {
        span: error.span,
        message: error.message,
        hint: None,
    })?;
    let mut compiler = Compiler { names, variables: Vec::new() };
    for name in &names.free {
        compiler.variables.push((name.clone(), Ty::of(Base::Any)));
    }
    compiler.expr(&expr)
}

struct Compiler<'n> {
    names: &'n Names,
    variables: Vec<(Arc<str>, Ty)>,
}

type Compiled = Result<(Code, Ty), ExpressionError>;

fn fail<T>(span: &Range<usize>, message: impl Into<String>) -> Result<T, ExpressionError> {
    Err(ExpressionError { span: span.clone(), message: message.into(), hint: None })
}

fn fail_with<T>(span: &Range<usize>, message: impl Into<String>, hint: String) -> Result<T, ExpressionError> {
    Err(ExpressionError { span: span.clone(), message: message.into(), hint: Some(hint) })
}

fn code(op: Op, ty: Ty) -> Compiled {
    Ok((Code { op }, ty))
}

impl Compiler<'_> {
    /// Recursion is bounded by the parser's limit on nesting.
    fn expr(&mut self, expr: &Expr) -> Compiled {
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(constant(literal)),
            ExprKind::Name(name) => self.name(name, &expr.span),
            ExprKind::Select(operand, field) => self.select(operand, field, &expr.span),
            ExprKind::Has(operand, field) => {
                let (operand, ty) = self.expr(operand)?;
                let (field, _) = Self::field(&ty, field, &expr.span)?;
                code(Op::Has(Box::new(operand), field), Ty::of(Base::Bool))
            }
            ExprKind::Index(operand, index) => self.index(operand, index),
            ExprKind::Call { target, function, arguments } => {
                self.call(target.as_deref(), function, arguments, &expr.span)
            }
            ExprKind::List(items) => {
                let mut codes = Vec::new();
                let mut element: Option<Ty> = None;
                for item in items {
                    let (item, ty) = self.expr(item)?;
                    element = Some(element.map_or(ty.clone(), |before| unify(&before, &ty)));
                    codes.push(item);
                }
                let element = element.unwrap_or_else(|| Ty::of(Base::Any));
                code(Op::List(codes), Ty::of(Base::List(Arc::new(element))))
            }
            ExprKind::Map(entries) => {
                let mut codes = Vec::new();
                for (key, value) in entries {
                    codes.push((self.expr(key)?.0, self.expr(value)?.0));
                }
                code(Op::Map(codes), Ty::of(Base::Map(Arc::new(Ty::of(Base::Any)))))
            }
            ExprKind::Message(name) => {
                fail(&expr.span, format!("there are no messages here (`{name}{{…}}`)"))
            }
            ExprKind::Not(operand) => {
                let operand = self.condition(operand)?;
                code(Op::Not(Box::new(operand)), Ty::of(Base::Bool))
            }
            ExprKind::Negate(operand) => {
                let (inner, ty) = self.strict(operand, "`-`")?;
                match ty.base {
                    Base::Int | Base::Double | Base::Number | Base::Duration | Base::Any => {
                        code(Op::Negate(Box::new(inner)), ty)
                    }
                    _ => fail(&operand.span, format!("`-` takes a number, not {ty}")),
                }
            }
            ExprKind::And(a, b) => {
                let (a, b) = (self.condition(a)?, self.condition(b)?);
                code(Op::And(Box::new(a), Box::new(b)), Ty::of(Base::Bool))
            }
            ExprKind::Or(a, b) => {
                let (a, b) = (self.condition(a)?, self.condition(b)?);
                code(Op::Either(Box::new(a), Box::new(b)), Ty::of(Base::Bool))
            }
            ExprKind::Binary(operator, a, b) => self.binary(*operator, a, b, &expr.span),
            ExprKind::Conditional(condition, yes, no) => {
                let condition = self.condition(condition)?;
                let (yes, yes_ty) = self.expr(yes)?;
                let (no, no_ty) = self.expr(no)?;
                let ty = unify(&yes_ty, &no_ty);
                code(Op::Conditional(Box::new(condition), Box::new(yes), Box::new(no)), ty)
            }
            ExprKind::Comprehension { kind, range, variable, body, filter } => {
                self.comprehension(*kind, range, variable, body, filter.as_deref())
            }
        }
    }

    /// A condition: a truth value, or null, which is false.
    fn condition(&mut self, expr: &Expr) -> Result<Code, ExpressionError> {
        let (code, ty) = self.expr(expr)?;
        match ty.base {
            Base::Bool | Base::Any | Base::Null => Ok(code),
            _ => fail(&expr.span, format!("expected a truth value, found {ty}")),
        }
    }

    /// A value that must not be null.
    fn strict(&mut self, expr: &Expr, who: &str) -> Compiled {
        let (code, ty) = self.expr(expr)?;
        self.not_null(&ty, &expr.span, who)?;
        Ok((code, ty))
    }

    fn not_null(&self, ty: &Ty, span: &Range<usize>, who: &str) -> Result<(), ExpressionError> {
        if !ty.nullable || self.names.lenient {
            return Ok(());
        }
        let default = match &ty.base {
            Base::Text => "\"\"",
            Base::Int | Base::Number => "0",
            Base::Double => "0.0",
            Base::Bool => "false",
            Base::List(_) => "[]",
            Base::Map(_) | Base::Object(..) => "{}",
            _ => "default",
        };
        fail_with(
            span,
            format!("this may be null, which {who} does not take"),
            format!("write `.or({default})` behind it"),
        )
    }

    fn name(&mut self, name: &Arc<str>, span: &Range<usize>) -> Compiled {
        if let Some(at) = self.variables.iter().rposition(|(known, _)| known == name) {
            return code(Op::Variable(at), self.variables[at].1.clone());
        }
        if let Some(at) = self.names.lets.iter().position(|(known, _)| known == name) {
            return code(Op::Let(at), self.names.lets[at].1.clone());
        }
        match &**name {
            "resource" => return code(Op::Resource, Ty::of(Base::Resource(self.names.resource))),
            "each" => match &self.names.each {
                Some(ty) => return code(Op::Each, ty.clone()),
                None => return fail(span, "`each` is known only in a control that has `each`"),
            },
            "key" if self.names.each.is_some() => return code(Op::Key, Ty::any()),
            "account" => return code(Op::Account, Ty::of(Base::Text).or_null(true)),
            "region" => return code(Op::Region, Ty::of(Base::Text).or_null(true)),
            "organization" => return code(Op::Organization, Ty::of(Base::Text).or_null(true)),
            "params" => return fail(span, "write `params.name`"),
            "bool" | "int" | "uint" | "double" | "string" | "bytes" | "list" | "map" | "type"
            | "null_type" => {
                return code(Op::Constant(V::Type(type_constant(name))), Ty::of(Base::Type));
            }
            _ => {}
        }
        if let Some(info) = self.names.resource
            && (info.root().property(name).is_some() || info.root().open)
        {
            let resource = Code { op: Op::Resource };
            let (field, ty) = Self::field(&Ty::of(Base::Resource(Some(info))), name, span)?;
            return code(Op::Field(Box::new(resource), field), ty);
        }
        self.no_such_name(name, span)
    }

    fn no_such_name(&self, name: &str, span: &Range<usize>) -> Compiled {
        let fixed = ["resource", "each", "key", "account", "region", "organization", "params"];
        let own = self.variables.iter().chain(&self.names.lets).map(|(name, _)| &**name);
        if let Some(info) = self.names.resource {
            let properties = info.root().properties.iter().map(|property| property.name.as_str());
            let near = nearest(name, properties.chain(own).chain(fixed));
            let is_property = name.starts_with(|c: char| c.is_ascii_uppercase());
            let what = if is_property {
                format!("no property `{name}` on {}", info.name)
            } else {
                format!("no name `{name}` here")
            };
            return match near {
                Some(near) => fail_with(span, what, format!("did you mean `{near}`?")),
                None => fail(span, what),
            };
        }
        match nearest(name, own.chain(fixed)) {
            Some(near) => {
                fail_with(span, format!("no name `{name}` here"), format!("did you mean `{near}`?"))
            }
            None => fail(span, format!("no name `{name}` here")),
        }
    }

    fn select(&mut self, operand: &Expr, field: &Arc<str>, span: &Range<usize>) -> Compiled {
        if let ExprKind::Name(name) = &operand.kind {
            let shadowed = self.variables.iter().chain(&self.names.lets).any(|(known, _)| known == name);
            match &**name {
                "params" if !shadowed => return self.parameter(field, span),
                "time" if !shadowed && &**field == "now" => return code(Op::Now, Ty::of(Base::Timestamp)),
                _ => {}
            }
        }
        if let Some(name) = protobuf_type(operand, field) {
            return code(Op::Constant(V::Type(name)), Ty::of(Base::Type));
        }
        let (code_of, ty) = self.expr(operand)?;
        if let (Base::Resource(_), Some((attribute, ty))) = (&ty.base, attribute(field)) {
            return code(Op::Attribute(Box::new(code_of), attribute), ty);
        }
        let (field, field_ty) = Self::field(&ty, field, span)?;
        let nullable = ty.nullable;
        code(Op::Field(Box::new(code_of), field), field_ty.or_null(nullable))
    }

    fn parameter(&self, name: &Arc<str>, span: &Range<usize>) -> Compiled {
        let parameters = &self.names.parameters;
        if let Some(at) = parameters.iter().position(|(known, _)| known == name) {
            return code(Op::Parameter(at), parameters[at].1.clone());
        }
        let message = format!("no parameter `{name}` in this control");
        match nearest(name, parameters.iter().map(|(name, _)| &**name)) {
            Some(near) => fail_with(span, message, format!("did you mean `{near}`?")),
            None => fail(span, message),
        }
    }

    /// A field of a value of some type, and the field's type.
    fn field(ty: &Ty, name: &Arc<str>, span: &Range<usize>) -> Result<(Field, Ty), ExpressionError> {
        let plain = |ty: Ty| Ok((Field { name: name.clone(), absent: Absent::Null }, ty));
        match &ty.base {
            Base::Any | Base::Null | Base::Resource(None) => plain(Ty::any()),
            Base::Map(value) => plain((**value).clone().or_null(true)),
            Base::Resource(Some(info)) => property(info, 0, name, span),
            Base::Object(info, shape) => property(info, *shape, name, span),
            Base::Record(fields) => {
                if let Some((_, field)) = fields.iter().find(|(known, _)| *known == &**name) {
                    plain(record_field(*field))
                } else {
                    let message = format!("no field `{name}` here");
                    match nearest(name, fields.iter().map(|(name, _)| *name)) {
                        Some(near) => fail_with(span, message, format!("did you mean `{near}`?")),
                        None => fail(span, message),
                    }
                }
            }
            _ => fail(span, format!("{ty} has no field `{name}`")),
        }
    }

    fn index(&mut self, operand: &Expr, index: &Expr) -> Compiled {
        let (operand_code, ty) = self.expr(operand)?;
        let (index_code, index_ty) = self.strict(index, "an index")?;
        let element = match &ty.base {
            Base::List(element) if Base::Int.comparable(&index_ty.base) => (**element).clone(),
            Base::List(_) => {
                return fail(&index.span, format!("the index of a list is a whole number, not {index_ty}"));
            }
            Base::Map(value) => (**value).clone(),
            Base::Any | Base::Null | Base::Object(..) | Base::Resource(_) | Base::Record(_) => Ty::any(),
            _ => return fail(&operand.span, format!("{ty} cannot be indexed")),
        };
        // What is not there is null.
        code(Op::Index(Box::new(operand_code), Box::new(index_code)), element.or_null(true))
    }

    fn binary(&mut self, operator: Operator, a: &Expr, b: &Expr, span: &Range<usize>) -> Compiled {
        let symbol = format!("`{}`", operator.symbol());
        let op = |a: Code, b: Code, ty: Ty| code(Op::Binary(operator, Box::new(a), Box::new(b)), ty);
        match operator {
            Operator::Equal | Operator::NotEqual => {
                let ((x, x_ty), (y, y_ty)) = (self.expr(a)?, self.expr(b)?);
                if !x_ty.base.comparable(&y_ty.base) && !self.names.lenient {
                    return fail(span, format!("{x_ty} is never equal to {y_ty}"));
                }
                self.check_value(&x_ty, a, b)?;
                op(x, y, Ty::of(Base::Bool))
            }
            Operator::In => {
                let ((x, x_ty), (y, y_ty)) = (self.expr(a)?, self.expr(b)?);
                match &y_ty.base {
                    Base::List(element) if !element.base.comparable(&x_ty.base) && !self.names.lenient => {
                        fail(span, format!("a list of this never holds {x_ty}"))
                    }
                    Base::List(_)
                    | Base::Map(_)
                    | Base::Object(..)
                    | Base::Record(_)
                    | Base::Any
                    | Base::Null => op(x, y, Ty::of(Base::Bool)),
                    _ => fail(&b.span, format!("`in` takes a list or map, not {y_ty}")),
                }
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                let ((x, x_ty), (y, y_ty)) = (self.strict(a, &symbol)?, self.strict(b, &symbol)?);
                let ordered =
                    x_ty.base.is_ordered() && y_ty.base.is_ordered() && x_ty.base.comparable(&y_ty.base);
                if !ordered && !self.names.lenient {
                    return fail(span, format!("{x_ty} and {y_ty} have no order"));
                }
                op(x, y, Ty::of(Base::Bool))
            }
            _ => {
                let ((x, x_ty), (y, y_ty)) = (self.strict(a, &symbol)?, self.strict(b, &symbol)?);
                match arithmetic(operator, &x_ty, &y_ty) {
                    Some(ty) => op(x, y, ty),
                    None => fail(span, format!("{symbol} does not take {x_ty} and {y_ty}")),
                }
            }
        }
    }

    /// A text compared with a property that has only certain values must be one of them.
    fn check_value(&self, ty: &Ty, a: &Expr, b: &Expr) -> Result<(), ExpressionError> {
        let (Base::Text, ExprKind::Literal(Literal::Text(text))) = (&ty.base, &b.kind) else { return Ok(()) };
        let Some(values) = self.values_of(a) else { return Ok(()) };
        if values.is_empty() || values.iter().any(|value| **value == **text) {
            return Ok(());
        }
        let message = format!("this property never has the value `{text}`");
        match nearest(text, values.iter().map(String::as_str)) {
            Some(near) => fail_with(&b.span, message, format!("did you mean `{near}`?")),
            None => fail_with(&b.span, message, format!("it may be {}", values.join(", "))),
        }
    }

    /// The values that the schema allows at a property path.
    fn values_of(&self, expr: &Expr) -> Option<&'static [String]> {
        let (info, shape) = self.shape_of(expr)?;
        Some(&info.shape(shape).values)
    }

    fn shape_of(&self, expr: &Expr) -> Option<(&'static TypeInfo, u32)> {
        match &expr.kind {
            ExprKind::Name(name) => {
                if self.variables.iter().chain(&self.names.lets).any(|(known, _)| known == name) {
                    return None;
                }
                let info = self.names.resource?;
                Some((info, info.root().property(name)?.shape))
            }
            ExprKind::Select(operand, field) => {
                if matches!(&operand.kind, ExprKind::Name(name) if &**name == "resource") {
                    let info = self.names.resource?;
                    return Some((info, info.root().property(field)?.shape));
                }
                let (info, shape) = match &operand.kind {
                    ExprKind::Name(name) if &**name == "each" => match self.names.each.as_ref()?.base {
                        Base::Object(info, shape) => (info, shape),
                        _ => return None,
                    },
                    _ => self.shape_of(operand)?,
                };
                Some((info, info.shape(shape).property(field)?.shape))
            }
            _ => None,
        }
    }

    fn comprehension(
        &mut self,
        kind: Comprehension,
        range: &Expr,
        variable: &Arc<str>,
        body: &Expr,
        filter: Option<&Expr>,
    ) -> Compiled {
        let (range_code, range_ty) = self.expr(range)?;
        let element = match &range_ty.base {
            Base::List(element) => (**element).clone(),
            Base::Object(..) | Base::Record(_) => Ty::of(Base::Text),
            // The keys of a literal map may be of any type.
            Base::Map(_) | Base::Any | Base::Null => Ty::of(Base::Any),
            _ => return fail(&range.span, format!("{range_ty} has no elements")),
        };
        self.variables.push((variable.clone(), element.clone()));
        let inner = self.comprehension_body(kind, body, filter);
        self.variables.pop();
        let (body_code, body_ty, filter_code) = inner?;
        let ty = match kind {
            Comprehension::Exists | Comprehension::All | Comprehension::ExistsOne => Ty::of(Base::Bool),
            Comprehension::Filter => Ty::of(Base::List(Arc::new(element))),
            Comprehension::Map => Ty::of(Base::List(Arc::new(body_ty))),
        };
        let op = Op::Comprehension {
            kind,
            range: Box::new(range_code),
            body: Box::new(body_code),
            filter: filter_code.map(Box::new),
        };
        code(op, ty)
    }

    fn comprehension_body(
        &mut self,
        kind: Comprehension,
        body: &Expr,
        filter: Option<&Expr>,
    ) -> Result<(Code, Ty, Option<Code>), ExpressionError> {
        let filter = filter.map(|filter| self.condition(filter)).transpose()?;
        if kind == Comprehension::Map {
            let (code, ty) = self.expr(body)?;
            return Ok((code, ty, filter));
        }
        Ok((self.condition(body)?, Ty::of(Base::Bool), filter))
    }
}

fn constant(literal: &Literal) -> (Code, Ty) {
    let (value, base) = match literal {
        Literal::Null => (V::Null, Base::Null),
        Literal::Bool(b) => (V::Bool(*b), Base::Bool),
        Literal::Int(i) => (V::Int(*i), Base::Int),
        Literal::Uint(u) => (V::Uint(*u), Base::Uint),
        Literal::Double(d) => (V::Double(*d), Base::Double),
        Literal::Text(text) => (V::Text(Text::Shared(text.clone())), Base::Text),
        Literal::Bytes(bytes) => (V::Bytes(bytes.clone()), Base::Bytes),
    };
    let nullable = matches!(base, Base::Null);
    (Code { op: Op::Constant(value) }, Ty { base, nullable })
}

fn type_constant(name: &str) -> &'static str {
    match name {
        "bool" => "bool",
        "int" => "int",
        "uint" => "uint",
        "double" => "double",
        "string" => "string",
        "bytes" => "bytes",
        "list" => "list",
        "map" => "map",
        "type" => "type",
        _ => "null_type",
    }
}

/// The names that CEL gives to the types of timestamps and durations.
fn protobuf_type(operand: &Expr, field: &str) -> Option<&'static str> {
    let ExprKind::Select(outer, inner) = &operand.kind else { return None };
    let is_google =
        matches!(&outer.kind, ExprKind::Name(name) if &**name == "google") && &**inner == "protobuf";
    match field {
        "Timestamp" if is_google => Some("google.protobuf.Timestamp"),
        "Duration" if is_google => Some("google.protobuf.Duration"),
        _ => None,
    }
}

fn attribute(name: &str) -> Option<(Attribute, Ty)> {
    let text = Ty::of(Base::Text);
    Some(match name {
        "type" => (Attribute::Type, text),
        "address" => (Attribute::Address, text),
        "id" => (Attribute::Id, text.or_null(true)),
        "arn" => (Attribute::Arn, text.or_null(true)),
        "account" => (Attribute::Account, text.or_null(true)),
        "region" => (Attribute::Region, text.or_null(true)),
        "deletion_policy" => (Attribute::DeletionPolicy, text.or_null(true)),
        "update_replace_policy" => (Attribute::UpdateReplacePolicy, text.or_null(true)),
        _ => return None,
    })
}

fn property(
    info: &'static TypeInfo,
    shape: u32,
    name: &Arc<str>,
    span: &Range<usize>,
) -> Result<(Field, Ty), ExpressionError> {
    let shape = info.shape(shape);
    if let Some(property) = shape.property(name) {
        let absent = match &property.default {
            Some(default) => Absent::Default(default),
            None if property.read_only => Absent::Assigned,
            None if property.required => Absent::Required,
            None => Absent::Null,
        };
        let nullable = matches!(absent, Absent::Null);
        let ty = Ty::of_shape(info, property.shape).or_null(nullable);
        return Ok((Field { name: name.clone(), absent }, ty));
    }
    if shape.open || shape.others.is_some() {
        return Ok((Field { name: name.clone(), absent: Absent::Null }, Ty::any()));
    }
    let message = format!("no property `{name}` on {}", info.name);
    match nearest(name, shape.properties.iter().map(|property| property.name.as_str())) {
        Some(near) => fail_with(span, message, format!("did you mean `{near}`?")),
        None => fail(span, message),
    }
}

fn record_field(field: RecordField) -> Ty {
    match field {
        RecordField::Text => Ty::of(Base::Text),
        RecordField::MaybeText => Ty::of(Base::Text).or_null(true),
        RecordField::Int => Ty::of(Base::Int),
        RecordField::Texts => Ty::of(Base::List(Arc::new(Ty::of(Base::Text)))),
        RecordField::Any => Ty::any(),
    }
}

/// The type of a value that is of one type or of another.
fn unify(a: &Ty, b: &Ty) -> Ty {
    let nullable = a.nullable || b.nullable;
    let base = match (&a.base, &b.base) {
        (Base::Null, other) | (other, Base::Null) => other.clone(),
        (Base::List(x), Base::List(y)) => Base::List(Arc::new(unify(x, y))),
        // An empty literal fits any map.
        (Base::Object(..), Base::Map(_)) => a.base.clone(),
        (Base::Map(_), Base::Object(..)) => b.base.clone(),
        (Base::Int, Base::Int) => Base::Int,
        (Base::Int | Base::Double | Base::Number, Base::Int | Base::Double | Base::Number) => {
            if matches!((&a.base, &b.base), (Base::Double, Base::Double)) {
                Base::Double
            } else {
                Base::Number
            }
        }
        (Base::Object(x, i), Base::Object(y, j)) if std::ptr::eq(*x, *y) && i == j => a.base.clone(),
        (Base::Resource(_), Base::Resource(_)) => a.base.clone(),
        (x, y)
            if std::mem::discriminant(x) == std::mem::discriminant(y)
                && !matches!(x, Base::Object(..) | Base::Record(_)) =>
        {
            a.base.clone()
        }
        (Base::Record(x), Base::Record(y)) if std::ptr::eq(*x, *y) => a.base.clone(),
        _ => Base::Any,
    };
    Ty { base, nullable }
}

fn arithmetic(operator: Operator, a: &Ty, b: &Ty) -> Option<Ty> {
    use Base::{Any, Bytes, Double, Duration, Int, List, Number, Text, Timestamp, Uint};
    let ty = match (operator, &a.base, &b.base) {
        (_, Any, _) | (_, _, Any) => Any,
        (Operator::Remainder, Int, Int) => Int,
        (Operator::Remainder, Uint, Uint) => Uint,
        (Operator::Remainder, ..) => return None,
        (_, Int, Int) => Int,
        (_, Uint, Uint) => Uint,
        (_, Double, Double) => Double,
        (_, Number | Int | Double, Number | Int | Double)
            if !matches!((&a.base, &b.base), (Int, Double) | (Double, Int)) =>
        {
            Number
        }
        (Operator::Add, Text, Text) => Text,
        (Operator::Add, Bytes, Bytes) => Bytes,
        (Operator::Add, List(_), List(_)) => return Some(unify(a, b)),
        (Operator::Add, Timestamp, Duration) | (Operator::Add, Duration, Timestamp) => Timestamp,
        (Operator::Subtract, Timestamp, Duration) => Timestamp,
        (Operator::Subtract, Timestamp, Timestamp)
        | (Operator::Add | Operator::Subtract, Duration, Duration) => Duration,
        _ => return None,
    };
    Some(Ty::of(ty))
}
