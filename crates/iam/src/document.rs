//! Policy documents: the model, and how it is read out of the estate's values.
//!
//! The grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.
//! What AWS would refuse is noted as a [`Problem`] and is unknown in the model, so that nothing is decided on it.

mod parse;
#[cfg(test)]
mod tests;
mod texts;

use std::fmt;
use std::sync::Arc;

use estate::truth::{Truth, Why};
use estate::value::{Kind, Node, Reason, Span, Unknown};

use crate::condition::Conditions;
use crate::pattern::Text;

// Limit: the largest policy that AWS takes (a KMS key policy) has 32 KB; a text far beyond is no policy.
/// The longest JSON text that is read as a policy, in bytes.
pub const JSON_BYTES_MAX: usize = 262_144;

// Limit: twice the characters of AWS's largest policy. It bounds the work of comparing each text with each other.
/// The most characters of actions, resources, principals and condition values that are read, one added for each text.
pub const POLICY_CHARS_MAX: usize = 65_536;

// Limit: a statement takes some sixty characters at least, so AWS's largest policy holds fewer.
/// The most statements that are read.
pub const STATEMENTS_MAX: usize = 1_000;

// Limit: more whole alternatives than this come of nesting, not of a person's choice.
/// The most alternative documents that are kept apart.
pub const ALTERNATIVES_MAX: usize = 16;

/// A policy document, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The statements that are there, or possibly there.
    pub statements: Vec<Statement>,
    /// Why there may be more, if there may.
    pub unknown: Option<Why>,
    /// What AWS would refuse, or what could not be read.
    pub problems: Vec<Problem>,
    /// Where the whole document or its list of statements is one of a few: each of them by itself.
    /// `statements` then holds the statements of all, each possibly there.
    pub alternatives: Option<Alternatives>,
}

/// What a policy is one of.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternatives {
    /// The possible policies. Invariant: none has alternatives itself.
    pub policies: Vec<Policy>,
    /// Why it is open.
    pub why: Why,
}

impl Policy {
    /// Reads a policy: a document, a list of statements, one statement, or the JSON text of one of these.
    ///
    /// Nothing, or null, is the empty policy. Never fails: what cannot be read is unknown and noted in `problems`.
    pub fn parse(node: Option<&Node>) -> Policy {
        parse::policy(node)
    }

    /// Whether there may be a statement that is not in the list: false, or unknown.
    pub(crate) fn may_hold_more(&self) -> Truth {
        unknown_or_false(self.unknown.as_ref())
    }
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its id.
    pub sid: Option<Text>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principals: Principals,
    /// `Action` or `NotAction`.
    pub actions: Match,
    /// `Resource` or `NotResource`.
    pub resources: Match,
    /// `Condition`.
    pub conditions: Conditions,
    /// Where it is written.
    pub span: Span,
    /// Why it is perhaps not there at all, if so.
    pub maybe: Option<Why>,
}

impl Statement {
    /// Whether the statement is there and allows.
    pub(crate) fn is_allow(&self) -> Truth {
        let allows = match &self.effect {
            Effect::Allow => Truth::True,
            Effect::Deny => Truth::False,
            Effect::Unknown(why) => Truth::Unknown(why.clone()),
        };
        present(self.maybe.as_ref()).and(allows)
    }

    /// Whether the statement is there and denies.
    pub(crate) fn is_deny(&self) -> Truth {
        let denies = match &self.effect {
            Effect::Allow => Truth::False,
            Effect::Deny => Truth::True,
            Effect::Unknown(why) => Truth::Unknown(why.clone()),
        };
        present(self.maybe.as_ref()).and(denies)
    }
}

/// What a statement does. The value is case sensitive:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html>.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
    /// Not known, or neither of the two.
    Unknown(Why),
}

/// Whom a statement is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Principals {
    /// It does not say: whoever the policy is attached to.
    Absent,
    /// `Principal`: these.
    Only(Several<Principal>),
    /// `NotPrincipal`: everybody but these.
    AllExcept(Several<Principal>),
    /// Not known.
    Unknown(Why),
}

/// One principal of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// The key it stands under.
    pub kind: PrincipalKind,
    /// Its name.
    pub text: Text,
    /// Where it is written.
    pub span: Span,
    /// Why it is perhaps not there, if so.
    pub maybe: Option<Why>,
}

/// The kinds of principals.
#[derive(Clone, Debug, PartialEq)]
pub enum PrincipalKind {
    /// The whole element is `"*"`.
    Everyone,
    /// `AWS`: an account, user, role or session, or `*` for everyone.
    Aws,
    /// `Service`.
    Service,
    /// `Federated`: an identity provider.
    Federated,
    /// `CanonicalUser`: an account by the id that S3 gives it.
    CanonicalUser,
    /// No kind that AWS knows.
    Unknown(Why),
}

/// The actions or resources of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Match {
    /// It does not say. Of resources: the one that the policy is attached to.
    Absent,
    /// `Action`, `Resource`: those that match one of these.
    Only(Several<Element>),
    /// `NotAction`, `NotResource`: those that match none of these.
    AllExcept(Several<Element>),
    /// Not known.
    Unknown(Why),
}

/// One text of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// The text.
    pub text: Text,
    /// Where it is written.
    pub span: Span,
    /// Why it is perhaps not there, if so.
    pub maybe: Option<Why>,
}

/// A list that may hold more.
#[derive(Clone, Debug, PartialEq)]
pub struct Several<T> {
    /// Those that are there, or possibly there.
    pub items: Vec<T>,
    /// Why there may be more, if there may.
    pub rest: Option<Why>,
}

impl<T> Default for Several<T> {
    fn default() -> Several<T> {
        Several { items: Vec::new(), rest: None }
    }
}

/// Something that is perhaps not there.
pub trait Possible {
    /// Why it is perhaps not there.
    fn maybe(&self) -> Option<&Why>;
}

impl Possible for Element {
    fn maybe(&self) -> Option<&Why> {
        self.maybe.as_ref()
    }
}

impl Possible for Principal {
    fn maybe(&self) -> Option<&Why> {
        self.maybe.as_ref()
    }
}

impl<T: Possible> Several<T> {
    /// Whether one that is there makes `ask` true.
    pub(crate) fn any(&self, mut ask: impl FnMut(&T) -> Truth) -> Truth {
        Truth::any(&self.items, |item| present(item.maybe()).and(ask(item)))
            .or(unknown_or_false(self.rest.as_ref()))
    }

    /// Whether all that are there make `ask` true.
    pub(crate) fn all(&self, mut ask: impl FnMut(&T) -> Truth) -> Truth {
        !self.any(|item| !ask(item))
    }
}

/// Whether something is there.
pub(crate) fn present(maybe: Option<&Why>) -> Truth {
    maybe.map_or(Truth::True, |why| Truth::Unknown(why.clone()))
}

/// Unknown for these reasons, or false without any.
pub(crate) fn unknown_or_false(why: Option<&Why>) -> Truth {
    why.map_or(Truth::False, |why| Truth::Unknown(why.clone()))
}

/// Why what lies beyond a limit is unknown.
pub(crate) fn beyond(what: &'static str, most: usize) -> Why {
    let reason = Reason::Damaged(Arc::from(Fault::Limit(what, most).part()));
    Why(vec![Arc::new(Unknown { reason, kind: Kind::Any })])
}

/// Something in a policy that AWS would refuse, or that could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What.
    pub fault: Fault,
}

/// What is wrong with a part of a policy.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Neither a map, nor a list, nor a JSON text.
    NotAPolicy,
    /// Not JSON; the reader's complaint.
    NotJson(String),
    /// An element that must be there is not.
    Missing(&'static str),
    /// Two elements of which one excludes the other.
    Both(&'static str, &'static str),
    /// An element holds a value of a type that it cannot hold.
    WrongType(&'static str),
    /// An element that the grammar does not know.
    Element(Arc<str>),
    /// An effect other than `Allow` and `Deny`.
    Effect(Arc<str>),
    /// A principal that is a bare text other than `*`.
    Principal(Arc<str>),
    /// A principal of which `*` is only a part.
    Wildcard(String),
    /// A kind of principal that the grammar does not know.
    PrincipalKind(Arc<str>),
    /// A condition operator that does not exist.
    Operator(Arc<str>),
    /// More of something than is read.
    Limit(&'static str, usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotAPolicy => {
                write!(f, "a policy is a map, a list of statements, or the JSON text of one")
            }
            Fault::NotJson(complaint) => write!(f, "the policy's text is not JSON: {complaint}"),
            Fault::Missing(element) => write!(f, "`{element}` is missing"),
            Fault::Both(one, other) => write!(f, "`{one}` and `{other}` exclude each other"),
            Fault::WrongType(element) => write!(f, "`{element}` holds a value of the wrong type"),
            Fault::Element(name) => write!(f, "a policy has no element `{name}`"),
            Fault::Effect(effect) => write!(f, "`Effect` is `{effect}`, neither `Allow` nor `Deny`"),
            Fault::Principal(text) => {
                write!(f, "`Principal` is `{text}`: a text must be `*`, others stand in a map")
            }
            Fault::Wildcard(text) => {
                write!(f, "principal `{text}` has a wildcard in it, which IAM does not match")
            }
            Fault::PrincipalKind(kind) => write!(f, "there is no kind of principal `{kind}`"),
            Fault::Operator(name) => write!(f, "there is no condition operator `{name}`"),
            Fault::Limit(what, most) => {
                write!(f, "the policy has more than {most} {what}; the rest was not read")
            }
        }
    }
}

impl Fault {
    /// The part of the policy that is unknown because of the fault.
    pub(crate) fn part(&self) -> String {
        match self {
            Fault::NotAPolicy | Fault::NotJson(_) => "the policy".to_owned(),
            Fault::Missing(element) | Fault::WrongType(element) => format!("the policy's `{element}`"),
            Fault::Both(one, other) => format!("the policy's `{one}` beside `{other}`"),
            Fault::Element(name) => format!("the policy's `{name}`"),
            Fault::Effect(_) => "the policy's `Effect`".to_owned(),
            Fault::Principal(text) => format!("principal `{text}`"),
            Fault::Wildcard(text) => format!("principal `{text}`"),
            Fault::PrincipalKind(kind) => format!("principal kind `{kind}`"),
            Fault::Operator(name) => format!("condition operator `{name}`"),
            Fault::Limit(what, most) => format!("the policy beyond {most} {what}"),
        }
    }
}
