//! The Common Expression Language: text to tree.
//!
//! A parser of our own, because every part of a tree must know where it stands in the text, and because the
//! whole pack is parsed at every start (docs/decisions/0001-own-cel-parser.md).
//! The grammar is that of the language definition, <https://github.com/google/cel-spec/blob/master/doc/langdef.md>.

mod lex;
mod parse;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use parse::parse;

/// An expression and where it stands: a range of bytes of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Range<usize>,
}

impl Expr {
    /// Calls `visit` with every expression directly inside this one.
    pub fn children<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Message(_) => {}
            ExprKind::Select(inner, _)
            | ExprKind::Has(inner, _)
            | ExprKind::Not(inner)
            | ExprKind::Negate(inner) => {
                visit(inner);
            }
            ExprKind::Index(a, b) | ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Binary(_, a, b) => {
                visit(a);
                visit(b);
            }
            ExprKind::Conditional(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            ExprKind::Call { target, arguments, .. } => {
                target.iter().for_each(|target| visit(target));
                arguments.iter().for_each(visit);
            }
            ExprKind::List(items) => items.iter().for_each(visit),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                visit(key);
                visit(value);
            }),
            ExprKind::Comprehension { range, body, filter, .. } => {
                visit(range);
                filter.iter().for_each(|filter| visit(filter));
                visit(body);
            }
        }
    }
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A name.
    Name(Arc<str>),
    /// `operand.field`.
    Select(Box<Expr>, Arc<str>),
    /// `has(operand.field)`.
    Has(Box<Expr>, Arc<str>),
    /// `operand[index]`.
    Index(Box<Expr>, Box<Expr>),
    /// `function(arguments)` or `target.function(arguments)`.
    Call {
        /// The value before the dot.
        target: Option<Box<Expr>>,
        /// The function's name.
        function: Arc<str>,
        /// The arguments.
        arguments: Vec<Expr>,
    },
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{k: v}`.
    Map(Vec<(Expr, Expr)>),
    /// A message literal such as `Thing{field: 1}`, which the language has and controls do not.
    Message(Arc<str>),
    /// `!x`.
    Not(Box<Expr>),
    /// `-x`.
    Negate(Box<Expr>),
    /// `a && b`.
    And(Box<Expr>, Box<Expr>),
    /// `a || b`.
    Or(Box<Expr>, Box<Expr>),
    /// Any other operator between two operands.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `c ? a : b`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A macro that binds a variable: `range.exists(variable, body)`.
    Comprehension {
        /// Which.
        kind: Comprehension,
        /// What it runs over.
        range: Box<Expr>,
        /// The variable's name.
        variable: Arc<str>,
        /// The predicate, or what `map` makes.
        body: Box<Expr>,
        /// The predicate of `map` with three arguments.
        filter: Option<Box<Expr>>,
    },
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// `1`.
    Int(i64),
    /// `1u`.
    Uint(u64),
    /// `1.0`.
    Double(f64),
    /// `'text'`.
    Text(Arc<str>),
    /// `b'bytes'`.
    Bytes(Arc<[u8]>),
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Operator {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
        }
    }
}

/// A macro that binds a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comprehension {
    /// Some element satisfies the predicate.
    Exists,
    /// Every element satisfies it.
    All,
    /// Exactly one satisfies it.
    ExistsOne,
    /// The elements that satisfy it.
    Filter,
    /// What the body makes of each element.
    Map,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where: a range of bytes of the text.
    pub span: Range<usize>,
    /// What, in a line.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}", self.message, self.span.start)
    }
}

impl std::error::Error for SyntaxError {}
