//! Reading a policy out of the estate's values.
//!
//! The values nest no deeper than the grammar, so neither do the calls: a list within a list, or a choice within a
//! choice, is refused. JSON text is read by `serde_json`, which stops at a depth of 128.

use std::sync::Arc;

use estate::truth::Why;
use estate::value::{Kind, Map, Node, Reason, Span, Unknown, Value};

use super::texts::{Place, Variables};
use super::{
    ALTERNATIVES_MAX, Alternatives, Effect, Element, Fault, JSON_BYTES_MAX, Match, Policy, Principal,
    PrincipalKind, Principals, Problem, STATEMENTS_MAX, Several, Statement, beyond,
};
use crate::condition::{Condition, Conditions, Operator};
use crate::pattern::{Form, Text};

const DOCUMENT_ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The version from which policy variables are read; before, they are plain text.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
const VERSION_WITH_VARIABLES: &str = "2012-10-17";

/// Reads a policy.
pub(super) fn policy(node: Option<&Node>) -> Policy {
    let Some(node) = node else {
        return Policy::default();
    };
    let Value::Choice(choice) = &node.value else {
        return Parser::default().policy(node);
    };
    let mut why = Why::of(&choice.why);
    let mut problems = Vec::new();
    let mut policies = Vec::new();
    for option in &choice.options {
        let mut one = Parser::default().policy(option);
        problems.append(&mut one.problems);
        match one.alternatives.take() {
            Some(inner) => {
                policies.extend(inner.policies);
                why.add(&inner.why);
            }
            None => policies.push(one),
        }
    }
    if choice.or_absent {
        policies.push(Policy::default());
    }
    one_of(problems, policies, why)
}

/// A policy that is one of several.
fn one_of(problems: Vec<Problem>, policies: Vec<Policy>, why: Why) -> Policy {
    let mut whole = Policy { problems, ..Policy::default() };
    for one in &policies {
        for statement in &one.statements {
            let mut statement = statement.clone();
            more(&mut statement.maybe, &why);
            whole.statements.push(statement);
        }
        if let Some(reasons) = &one.unknown {
            more(&mut whole.unknown, reasons);
        }
    }
    if policies.len() > ALTERNATIVES_MAX {
        more(&mut whole.unknown, &why);
    } else {
        whole.alternatives = Some(Alternatives { policies, why });
    }
    whole
}

/// Adds reasons.
pub(super) fn more(rest: &mut Option<Why>, why: &Why) {
    rest.get_or_insert_with(Why::default).add(why);
}

/// The reasons of both, for something that is perhaps not there.
pub(super) fn joined(maybe: Option<&Why>, why: &Why) -> Why {
    maybe.cloned().unwrap_or_default().and(why)
}

/// Why a value, or a part of it, is unknown.
pub(super) fn reasons(value: &Value) -> Why {
    let mut why = Why::default();
    value.for_each_unknown(&mut |unknown| why.add(&Why::of(unknown)));
    why
}

/// A key of a map.
enum Field<'a> {
    Absent,
    There(&'a Node),
    Perhaps(Why),
}

fn field<'a>(map: &'a Map, key: &str) -> Field<'a> {
    let Some(node) = map.get(key) else {
        return map.rest.as_ref().map_or(Field::Absent, |rest| Field::Perhaps(Why::of(rest)));
    };
    match &node.value {
        Value::Null => Field::Absent,
        Value::Unknown(unknown) if may_be_absent(unknown) => Field::Perhaps(Why::of(unknown)),
        Value::Choice(choice) if choice.or_absent => Field::Perhaps(reasons(&node.value)),
        _ => Field::There(node),
    }
}

fn may_be_absent(unknown: &Unknown) -> bool {
    unknown.kind == Kind::Any && Form::of(unknown) == Form::Any
}

/// An element and its negation, such as `Action` and `NotAction`.
enum Either<'a> {
    Absent,
    Only(&'a Node),
    Except(&'a Node),
    Unknown(Why),
}

/// The statements of a document.
#[derive(Default)]
struct Body {
    statements: Vec<Statement>,
    unknown: Option<Why>,
}

#[derive(Default)]
pub(super) struct Parser {
    problems: Vec<Problem>,
    pub(super) variables: Variables,
    /// How many characters of texts have been read.
    pub(super) chars: usize,
    /// How many statements have been read.
    statements: usize,
}

impl Parser {
    /// Notes a fault, and gives it as the reason why a part of the policy is unknown.
    pub(super) fn report(&mut self, fault: Fault, span: Span) -> Why {
        let unknown = Unknown { reason: Reason::Damaged(Arc::from(fault.part())), kind: Kind::Any };
        self.problems.push(Problem { span, fault });
        Why(vec![Arc::new(unknown)])
    }

    fn finish(self, statements: Vec<Statement>, unknown: Option<Why>) -> Policy {
        Policy { statements, unknown, problems: self.problems, alternatives: None }
    }

    fn policy(mut self, node: &Node) -> Policy {
        match &node.value {
            Value::Null => Policy::default(),
            Value::Map(_) | Value::List(_) => self.document(node),
            Value::Text(text) => self.json(text, node.span),
            Value::Partial(_) | Value::Unknown(_) | Value::Choice(_) => {
                self.finish(Vec::new(), Some(reasons(&node.value)))
            }
            Value::Bool(_) | Value::Int(_) | Value::Double(_) => {
                let why = self.report(Fault::NotAPolicy, node.span);
                self.finish(Vec::new(), Some(why))
            }
        }
    }

    fn json(mut self, text: &str, span: Span) -> Policy {
        let fault = if text.len() > JSON_BYTES_MAX {
            Fault::Limit("bytes", JSON_BYTES_MAX)
        } else {
            match serde_json::from_str::<serde_json::Value>(text) {
                Ok(json @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) => {
                    return self.document(&Node { value: Value::from(&json), span });
                }
                Ok(_) => Fault::NotAPolicy,
                Err(error) => Fault::NotJson(error.to_string()),
            }
        };
        let why = self.report(fault, span);
        self.finish(Vec::new(), Some(why))
    }

    /// A document, a list of statements, or one statement.
    fn document(mut self, node: &Node) -> Policy {
        let Value::Map(map) = &node.value else {
            return self.bodies(node);
        };
        if map.get("Statement").is_none() && STATEMENT_ELEMENTS.iter().any(|key| map.get(key).is_some()) {
            return self.bodies(node);
        }
        for (key, value) in &map.entries {
            if !DOCUMENT_ELEMENTS.contains(&&**key) {
                self.report(Fault::Element(key.clone()), value.span);
            }
        }
        self.variables = match field(map, "Version") {
            Field::Absent => Variables::Literal,
            Field::There(Node { value: Value::Text(version), .. })
                if &**version == VERSION_WITH_VARIABLES =>
            {
                Variables::Read
            }
            Field::There(Node { value: Value::Text(_), .. }) => Variables::Literal,
            Field::There(_) | Field::Perhaps(_) => Variables::Undecided,
        };
        match (map.get("Statement"), &map.rest) {
            (Some(Node { value: Value::Null, .. }) | None, None) => {
                let why = self.report(Fault::Missing("Statement"), node.span);
                self.finish(Vec::new(), Some(why))
            }
            (None, Some(rest)) => self.finish(Vec::new(), Some(Why::of(rest))),
            (Some(statements), _) => self.bodies(statements),
        }
    }

    /// The value of `Statement`: a list, one statement, or a choice of these.
    fn bodies(mut self, node: &Node) -> Policy {
        let Value::Choice(choice) = &node.value else {
            let body = self.body(node);
            return self.finish(body.statements, body.unknown);
        };
        let mut policies = Vec::new();
        for option in &choice.options {
            let Body { statements, unknown } = self.body(option);
            policies.push(Policy { statements, unknown, ..Policy::default() });
        }
        if choice.or_absent {
            policies.push(Policy::default());
        }
        one_of(self.problems, policies, Why::of(&choice.why))
    }

    fn body(&mut self, node: &Node) -> Body {
        let mut body = Body::default();
        match &node.value {
            Value::List(list) => {
                for item in &list.items {
                    self.item(item, None, &mut body);
                }
                if let Some(rest) = &list.rest {
                    more(&mut body.unknown, &Why::of(rest));
                }
            }
            Value::Choice(_) => more(&mut body.unknown, &reasons(&node.value)),
            _ => self.item(node, None, &mut body),
        }
        body
    }

    /// One element of the list of statements.
    fn item(&mut self, node: &Node, maybe: Option<Why>, body: &mut Body) {
        match &node.value {
            Value::Map(map) => {
                self.statements += 1;
                if self.statements > STATEMENTS_MAX {
                    if self.statements == STATEMENTS_MAX + 1 {
                        let why = self.report(Fault::Limit("statements", STATEMENTS_MAX), node.span);
                        more(&mut body.unknown, &why);
                    } else {
                        more(&mut body.unknown, &beyond("statements", STATEMENTS_MAX));
                    }
                    return;
                }
                let statement = self.statement(map, node.span, maybe);
                body.statements.push(statement);
            }
            Value::Choice(choice) if maybe.is_none() => {
                for option in &choice.options {
                    self.item(option, Some(Why::of(&choice.why)), body);
                }
            }
            Value::Unknown(_) | Value::Choice(_) => more(&mut body.unknown, &reasons(&node.value)),
            _ => {
                let why = self.report(Fault::WrongType("Statement"), node.span);
                more(&mut body.unknown, &why);
            }
        }
    }

    fn statement(&mut self, map: &Map, span: Span, maybe: Option<Why>) -> Statement {
        for (key, node) in &map.entries {
            if !STATEMENT_ELEMENTS.contains(&&**key) {
                self.report(Fault::Element(key.clone()), node.span);
            }
        }
        Statement {
            sid: self.sid(map),
            effect: self.effect(map, span),
            principals: self.principals(map, span),
            actions: self.actions(map, span),
            resources: self.matching(map, span, "Resource", "NotResource", true),
            conditions: self.conditions(map),
            span,
            maybe,
        }
    }

    fn sid(&mut self, map: &Map) -> Option<Text> {
        match &map.get("Sid")?.value {
            Value::Text(text) => Some(Text::known(text)),
            Value::Partial(partial) => Some(self.text(&partial.parts, false)),
            _ => None,
        }
    }

    fn effect(&mut self, map: &Map, span: Span) -> Effect {
        let node = match field(map, "Effect") {
            Field::Absent => return Effect::Unknown(self.report(Fault::Missing("Effect"), span)),
            Field::Perhaps(why) => return Effect::Unknown(why),
            Field::There(node) => node,
        };
        match &node.value {
            Value::Text(text) if &**text == "Allow" => Effect::Allow,
            Value::Text(text) if &**text == "Deny" => Effect::Deny,
            Value::Text(text) => Effect::Unknown(self.report(Fault::Effect(text.clone()), node.span)),
            Value::Partial(_) | Value::Choice(_) | Value::Unknown(_) => Effect::Unknown(reasons(&node.value)),
            _ => Effect::Unknown(self.report(Fault::WrongType("Effect"), node.span)),
        }
    }

    fn either<'m>(
        &mut self,
        map: &'m Map,
        span: Span,
        only: &'static str,
        except: &'static str,
    ) -> Either<'m> {
        match (field(map, only), field(map, except)) {
            (Field::Absent, Field::Absent) => Either::Absent,
            (Field::There(node), Field::Absent) => Either::Only(node),
            (Field::Absent, Field::There(node)) => Either::Except(node),
            (Field::There(_), Field::There(_)) => {
                Either::Unknown(self.report(Fault::Both(only, except), span))
            }
            (Field::Perhaps(why), Field::Perhaps(other)) => Either::Unknown(why.and(&other)),
            (Field::Perhaps(why), _) | (_, Field::Perhaps(why)) => Either::Unknown(why),
        }
    }

    fn actions(&mut self, map: &Map, span: Span) -> Match {
        match self.matching(map, span, "Action", "NotAction", false) {
            Match::Absent => Match::Unknown(self.report(Fault::Missing("Action"), span)),
            actions => actions,
        }
    }

    fn matching(
        &mut self,
        map: &Map,
        span: Span,
        only: &'static str,
        except: &'static str,
        variables: bool,
    ) -> Match {
        match self.either(map, span, only, except) {
            Either::Absent => Match::Absent,
            Either::Only(node) => Match::Only(self.elements(node, Place::new(only, variables))),
            Either::Except(node) => Match::AllExcept(self.elements(node, Place::new(except, variables))),
            Either::Unknown(why) => Match::Unknown(why),
        }
    }

    fn principals(&mut self, map: &Map, span: Span) -> Principals {
        match self.either(map, span, "Principal", "NotPrincipal") {
            Either::Absent => Principals::Absent,
            Either::Only(node) => self.principal(node).map_or_else(Principals::Unknown, Principals::Only),
            Either::Except(node) => {
                self.principal(node).map_or_else(Principals::Unknown, Principals::AllExcept)
            }
            Either::Unknown(why) => Principals::Unknown(why),
        }
    }

    /// The value of `Principal` or `NotPrincipal`, or why nothing is known of it.
    fn principal(&mut self, node: &Node) -> Result<Several<Principal>, Why> {
        let mut list = Several::default();
        match &node.value {
            Value::Choice(choice) => {
                for option in &choice.options {
                    if let Value::Choice(_) = option.value {
                        return Err(reasons(&node.value));
                    }
                    let inner = self.principal(option)?;
                    for mut principal in inner.items {
                        more(&mut principal.maybe, &Why::of(&choice.why));
                        list.items.push(principal);
                    }
                    if let Some(rest) = &inner.rest {
                        more(&mut list.rest, rest);
                    }
                }
            }
            Value::Text(text) if &**text == "*" => list.items.push(Principal {
                kind: PrincipalKind::Everyone,
                text: Text::known("*"),
                span: node.span,
                maybe: None,
            }),
            Value::Text(text) => return Err(self.report(Fault::Principal(text.clone()), node.span)),
            Value::Map(map) => {
                for (key, value) in &map.entries {
                    self.principals_of_kind(key, value, &mut list);
                }
                if let Some(rest) = &map.rest {
                    more(&mut list.rest, &Why::of(rest));
                }
            }
            Value::Partial(_) | Value::Unknown(_) => return Err(reasons(&node.value)),
            _ => return Err(self.report(Fault::WrongType("Principal"), node.span)),
        }
        Ok(list)
    }

    fn principals_of_kind(&mut self, key: &Arc<str>, node: &Node, list: &mut Several<Principal>) {
        let kind = match &**key {
            "AWS" => PrincipalKind::Aws,
            "Service" => PrincipalKind::Service,
            "Federated" => PrincipalKind::Federated,
            "CanonicalUser" => PrincipalKind::CanonicalUser,
            _ => PrincipalKind::Unknown(self.report(Fault::PrincipalKind(key.clone()), node.span)),
        };
        let elements = self.elements(node, Place::new("Principal", false));
        for Element { text, span, maybe } in elements.items {
            if let Some(known) = text.as_known()
                && known.len() > 1
                && known.contains('*')
            {
                self.report(Fault::Wildcard(known), span);
            }
            list.items.push(Principal { kind: kind.clone(), text, span, maybe });
        }
        if let Some(rest) = &elements.rest {
            more(&mut list.rest, rest);
        }
    }

    fn conditions(&mut self, map: &Map) -> Conditions {
        let mut conditions = Conditions::default();
        match (map.get("Condition"), &map.rest) {
            (Some(node), _) => self.operators(node, None, &mut conditions),
            (None, Some(rest)) => more(&mut conditions.rest, &Why::of(rest)),
            (None, None) => {}
        }
        conditions
    }

    /// The value of `Condition`: a map from operators.
    fn operators(&mut self, node: &Node, maybe: Option<&Why>, out: &mut Conditions) {
        match &node.value {
            Value::Null => {}
            Value::Map(map) => {
                for (name, keys) in &map.entries {
                    self.keys(name, keys, maybe, out);
                }
                if let Some(rest) = &map.rest {
                    more(&mut out.rest, &Why::of(rest));
                }
            }
            Value::Choice(choice) if maybe.is_none() => {
                for option in &choice.options {
                    self.operators(option, Some(&Why::of(&choice.why)), out);
                }
            }
            Value::Choice(_) | Value::Unknown(_) => more(&mut out.rest, &reasons(&node.value)),
            _ => {
                let why = self.report(Fault::WrongType("Condition"), node.span);
                more(&mut out.rest, &why);
            }
        }
    }

    /// The value of an operator: a map from condition keys.
    fn keys(&mut self, name: &Arc<str>, node: &Node, maybe: Option<&Why>, out: &mut Conditions) {
        match &node.value {
            Value::Null => {}
            Value::Map(map) => {
                let operator = Operator::parse(name);
                if operator.is_none() {
                    self.report(Fault::Operator(name.clone()), node.span);
                }
                for (key, values) in &map.entries {
                    let maybe = match field(map, key) {
                        Field::Absent => continue,
                        Field::There(_) => maybe.cloned(),
                        Field::Perhaps(why) => Some(joined(maybe, &why)),
                    };
                    out.entries.push(Condition {
                        name: name.clone(),
                        operator,
                        key: key.clone(),
                        values: self.elements(values, Place::new("Condition", true)),
                        span: values.span,
                        maybe,
                    });
                }
                if let Some(rest) = &map.rest {
                    more(&mut out.rest, &Why::of(rest));
                }
            }
            Value::Choice(choice) => {
                for option in &choice.options {
                    if let Value::Choice(_) = option.value {
                        more(&mut out.rest, &reasons(&node.value));
                        return;
                    }
                    self.keys(name, option, Some(&joined(maybe, &Why::of(&choice.why))), out);
                }
            }
            Value::Unknown(_) => more(&mut out.rest, &reasons(&node.value)),
            _ => {
                let why = self.report(Fault::WrongType("Condition"), node.span);
                more(&mut out.rest, &why);
            }
        }
    }
}
