//! The tree.

use std::sync::Arc;

/// A piece of a text: bytes from `start` up to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Range {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Range {
    /// From a first byte to the one after the last.
    pub fn new(start: usize, end: usize) -> Range {
        Range { start: start as u32, end: end as u32 }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Range) -> Range {
        Range { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text that was read.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What it holds.
    pub body: Body,
    /// What is wrong with it, in order.
    pub problems: Vec<Problem>,
    /// Its comments, in order.
    pub comments: Vec<Comment>,
}

/// Something wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub range: Range,
    /// What, in a line: lower case, no full stop.
    pub message: String,
    /// Whether the rest of the text was not read because of it.
    pub cuts: bool,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// All of it, with its sign.
    pub range: Range,
    /// Whether it has its line to itself.
    pub is_alone: bool,
    /// Its text without the sign, trimmed.
    pub text: Box<str>,
}

/// The inside of a file or block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The attributes, in order. A name that is written twice is a problem, and the first stays.
    pub attributes: Vec<Attribute>,
    /// The blocks, in order.
    pub blocks: Vec<Block>,
    /// Where it stands, without its braces.
    pub range: Range,
    /// Whether something inside could not be read and is missing.
    pub damaged: bool,
}

impl Body {
    /// The attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    /// The blocks of a type.
    pub fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_range: Range,
    /// Its value.
    pub value: Expression,
}

impl Attribute {
    /// Where it stands, name and value.
    pub fn range(&self) -> Range {
        self.name_range.to(self.value.range)
    }
}

/// `type "label" { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Its type, such as `resource`.
    pub kind: Arc<str>,
    /// Where the type stands.
    pub kind_range: Range,
    /// Its labels.
    pub labels: Vec<Label>,
    /// What it holds.
    pub body: Body,
    /// Where it stands, from its type to its closing brace.
    pub range: Range,
}

impl Block {
    /// A label's text, or an empty one.
    pub fn label(&self, index: usize) -> &str {
        self.labels.get(index).map_or("", |label| &label.text)
    }

    /// Where the type and the labels stand.
    pub fn header(&self) -> Range {
        self.labels.last().map_or(self.kind_range, |last| self.kind_range.to(last.range))
    }
}

/// A label of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its characters, unescaped.
    pub text: Arc<str>,
    /// Where it stands, with its quotes.
    pub range: Range,
}

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub range: Range,
    /// How many levels its tree has. Invariant: at most [`crate::HEIGHT_MAX`].
    pub height: u16,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Double(f64),
    /// A text in quotes or a heredoc.
    Template(Template),
    /// `[a, b]`.
    Tuple(Vec<Expression>),
    /// `{ a = b }`.
    Object(Vec<Item>),
    /// A name: the beginning of a reference, or a word.
    Name(Arc<str>),
    /// What is reached from a value by steps.
    Traversal(Box<Expression>, Vec<Step>),
    /// `f(a, b...)`.
    Call(Box<Call>),
    /// `c ? a : b`.
    Conditional(Box<[Expression; 3]>),
    /// `a + b`.
    Binary(Operator, Box<[Expression; 2]>),
    /// `!a`.
    Not(Box<Expression>),
    /// `-a`.
    Negative(Box<Expression>),
    /// `(a)`.
    Parentheses(Box<Expression>),
    /// `[for x in xs : y]` or `{for x in xs : k => v}`.
    For(Box<For>),
    /// Something was here that could not be read.
    Damaged,
}

/// A text with perhaps something to fill in.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its parts in order.
    pub parts: Vec<Part>,
    /// Whether it is a heredoc.
    pub heredoc: bool,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Characters, unescaped, and where they stand.
    Text(Arc<str>, Range),
    /// `${…}`.
    Value(Expression),
    /// `%{if c}…%{else}…%{endif}`.
    If(Box<If>),
    /// `%{for x in xs}…%{endfor}`.
    For(Box<TemplateFor>),
}

/// `%{if c}…%{else}…%{endif}`.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// The condition.
    pub condition: Expression,
    /// What is written where it is true.
    pub then: Vec<Part>,
    /// What is written where it is false.
    pub otherwise: Vec<Part>,
}

/// `%{for k, v in xs}…%{endfor}`.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateFor {
    /// The name of the key, where there are two names.
    pub key: Option<Arc<str>>,
    /// The name of the value.
    pub value: Arc<str>,
    /// What is gone through.
    pub collection: Expression,
    /// What is written for every element.
    pub body: Vec<Part>,
}

/// An item of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The key. A bare name stands for itself.
    pub key: Expression,
    /// The value.
    pub value: Expression,
}

/// A step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.name`.
    Attribute(Arc<str>, Range),
    /// `[i]`, or `.0`.
    Index(Box<Expression>),
    /// `.*`: what follows goes for every element, up to the next index.
    AttributeSplat(Range),
    /// `[*]`: all that follows goes for every element.
    FullSplat(Range),
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's name, with `::` where it has parts.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_range: Range,
    /// The arguments.
    pub arguments: Vec<Expression>,
    /// Whether the last argument is a list of arguments (`...`).
    pub spread: bool,
}

/// A `for` expression.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The name of the key, where there are two names.
    pub key_name: Option<Arc<str>>,
    /// The name of the value.
    pub value_name: Arc<str>,
    /// What is gone through.
    pub collection: Expression,
    /// The key, where an object is made.
    pub key: Option<Expression>,
    /// The element or value.
    pub value: Expression,
    /// Whether values of one key are gathered in a list (`...`).
    pub grouped: bool,
    /// Which elements are taken.
    pub condition: Option<Expression>,
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `||`
    Or,
    /// `&&`
    And,
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

impl Expression {
    /// The text, where this is one with nothing to fill in.
    pub fn literal(&self) -> Option<&str> {
        match &self.kind {
            Kind::Template(template) => match template.parts.as_slice() {
                [] => Some(""),
                [Part::Text(text, _)] => Some(text),
                _ => None,
            },
            Kind::Parentheses(inner) => inner.literal(),
            _ => None,
        }
    }

    /// The word, where this is a bare name or a text with nothing to fill in.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(name) => Some(name),
            _ => self.literal(),
        }
    }

    /// The path of a reference such as `aws_s3_bucket.logs.id`, where it is made of names only.
    pub fn path(&self) -> Option<Vec<&str>> {
        match &self.kind {
            Kind::Name(name) => Some(vec![name]),
            Kind::Traversal(base, steps) => {
                let mut path = base.path()?;
                for step in steps {
                    let Step::Attribute(name, _) = step else { return None };
                    path.push(name);
                }
                Some(path)
            }
            _ => None,
        }
    }
}

impl Expression {
    /// Puts the whole expression at one place: for code that stands inside another syntax's text.
    ///
    /// Recursion is bounded by the height of the expression.
    pub fn place(&mut self, range: Range) {
        self.range = range;
        match &mut self.kind {
            Kind::Template(template) => place_parts(&mut template.parts, range),
            Kind::Tuple(items) => items.iter_mut().for_each(|item| item.place(range)),
            Kind::Object(items) => {
                for item in items {
                    item.key.place(range);
                    item.value.place(range);
                }
            }
            Kind::Traversal(base, steps) => {
                base.place(range);
                for step in steps {
                    match step {
                        Step::Index(index) => index.place(range),
                        Step::Attribute(_, at) | Step::AttributeSplat(at) | Step::FullSplat(at) => {
                            *at = range;
                        }
                    }
                }
            }
            Kind::Call(call) => {
                call.name_range = range;
                call.arguments.iter_mut().for_each(|argument| argument.place(range));
            }
            Kind::Conditional(parts) => parts.iter_mut().for_each(|part| part.place(range)),
            Kind::Binary(_, sides) => sides.iter_mut().for_each(|side| side.place(range)),
            Kind::Not(inner) | Kind::Negative(inner) | Kind::Parentheses(inner) => inner.place(range),
            Kind::For(one) => {
                one.collection.place(range);
                one.value.place(range);
                one.key.iter_mut().for_each(|key| key.place(range));
                one.condition.iter_mut().for_each(|condition| condition.place(range));
            }
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Double(_) | Kind::Name(_) | Kind::Damaged => {}
        }
    }
}

fn place_parts(parts: &mut [Part], range: Range) {
    for part in parts {
        match part {
            Part::Text(_, at) => *at = range,
            Part::Value(value) => value.place(range),
            Part::If(one) => {
                one.condition.place(range);
                place_parts(&mut one.then, range);
                place_parts(&mut one.otherwise, range);
            }
            Part::For(one) => {
                one.collection.place(range);
                place_parts(&mut one.body, range);
            }
        }
    }
}
