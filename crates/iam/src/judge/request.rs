//! Whether a policy lets a request through.
//!
//! "An explicit deny in any policy overrides any allows", and without an allow a request is denied:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Kind, Reason, Unknown};

use super::{in_every, is_everyone};
use crate::condition::Context;
use crate::document::{
    Element, Fault, Match, Policy, Principal, PrincipalKind, Principals, Several, Statement,
};
use crate::pattern::account::is_account;
use crate::pattern::{Piece, Reading, Text, matches};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller<'a> {
    /// Nobody that AWS knows.
    Anonymous,
    /// An account's number, or the ARN of a user, role or session.
    Aws(&'a str),
    Service(&'a str),
    Federated(&'a str),
    Canonical(&'a str),
}

impl<'a> Caller<'a> {
    /// A caller as `policy.statements` writes principals (`AWS:arn…`, `Service:ec2.amazonaws.com`), or a bare name.
    fn parse(text: &'a str) -> Caller<'a> {
        match text.split_once(':') {
            _ if text == "*" => Caller::Anonymous,
            Some(("AWS", "*")) => Caller::Anonymous,
            Some(("AWS", name)) => Caller::Aws(name),
            Some(("Service", name)) => Caller::Service(name),
            Some(("Federated", name)) => Caller::Federated(name),
            Some(("CanonicalUser", name)) => Caller::Canonical(name),
            _ if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") => {
                Caller::Service(text)
            }
            _ => Caller::Aws(text),
        }
    }
}

/// A request.
struct Request<'a> {
    caller: Caller<'a>,
    action: Text,
    resource: Text,
    context: Context<'a>,
}

/// Whether the policy by itself lets a request through.
///
/// The principal is `*` for nobody in particular, an ARN, an account's number, or a name with its kind before it, such
/// as `Service:ec2.amazonaws.com` or `Federated:accounts.google.com`. The context holds the condition keys of the
/// request and their values; it is complete: a key that is not in it is not in the request.
///
/// A statement without a principal is taken to be attached to the caller.
pub fn allows(
    policy: &Policy,
    principal: &str,
    action: &str,
    resource: &str,
    context: &[(String, Vec<String>)],
) -> Truth {
    let request = Request {
        caller: Caller::parse(principal),
        action: Text::literal(action),
        resource: Text::literal(resource),
        context: Context(context),
    };
    in_every(policy, |policy| {
        let more = policy.may_hold_more();
        let denied =
            Truth::any(&policy.statements, |statement| request.meets(statement).and(statement.is_deny()));
        let allowed =
            Truth::any(&policy.statements, |statement| request.meets(statement).and(statement.is_allow()));
        allowed.or(more.clone()).and(!denied.or(more))
    })
}

impl Request<'_> {
    /// Whether a statement is about this request.
    fn meets(&self, statement: &Statement) -> Truth {
        self.by(&statement.principals)
            .and(self.among(&statement.actions, &self.action, Reading::ACTION))
            .and(self.among(&statement.resources, &self.resource, Reading::RESOURCE))
            .and(statement.conditions.hold(self.context))
    }

    fn by(&self, principals: &Principals) -> Truth {
        match principals {
            Principals::Absent => Truth::True,
            Principals::Only(list) => list.any(|principal| is_caller(principal, self.caller)),
            Principals::AllExcept(list) => !list.any(|principal| is_caller(principal, self.caller)),
            Principals::Unknown(why) => Truth::Unknown(why.clone()),
        }
    }

    /// Whether an action or resource is among those of a statement.
    ///
    /// A variable without a value matches nothing. In `NotResource` it may make the statement invalid instead, so
    /// there the answer is unknown.
    fn among(&self, elements: &Match, text: &Text, reading: Reading) -> Truth {
        let listed = |list: &Several<Element>, lenient: bool| {
            list.any(|element| {
                let resolved = element.text.resolve(self.context);
                if resolved.missing && lenient {
                    return Truth::False;
                }
                matches(&resolved.text, text, reading)
            })
        };
        match elements {
            Match::Absent => Truth::True,
            Match::Only(list) => listed(list, true),
            Match::AllExcept(list) => !listed(list, false),
            Match::Unknown(why) => Truth::Unknown(why.clone()),
        }
    }
}

/// Whether a principal of a statement is the caller, or the caller's account.
fn is_caller(principal: &Principal, caller: Caller<'_>) -> Truth {
    let everyone = is_everyone(principal);
    if everyone == Truth::True {
        return everyone;
    }
    let named = match (&principal.kind, caller) {
        (PrincipalKind::Unknown(why), _) => Truth::Unknown(why.clone()),
        (PrincipalKind::Aws, Caller::Aws(name)) => is_named(&principal.text, name),
        (PrincipalKind::Service, Caller::Service(name))
        | (PrincipalKind::Federated, Caller::Federated(name))
        | (PrincipalKind::CanonicalUser, Caller::Canonical(name)) => is_text(&principal.text, name),
        _ => Truth::False,
    };
    everyone.or(named)
}

/// Whether an `AWS` principal names the caller, its role, or its account: "both delegate permissions to the account".
fn is_named(text: &Text, caller: &str) -> Truth {
    let mut fields = caller.splitn(6, ':').skip(1);
    let partition = fields.next().unwrap_or("aws");
    let account = fields.nth(2).unwrap_or(caller);
    let resource = fields.next().unwrap_or_default();
    let mut answer = is_text(text, caller);
    if is_account(account) {
        let root = format!("arn:{partition}:iam::{account}:root");
        answer = answer.or(is_text(text, account)).or(is_text(text, &root));
    }
    // A session's ARN holds the name of its role, without the path.
    if let Some((role, _)) =
        resource.strip_prefix("assumed-role/").and_then(|session| session.split_once('/'))
    {
        let plain = format!("arn:{partition}:iam::{account}:role/{role}");
        let with_path = Text::known(&format!("arn:{partition}:iam::{account}:role/*/{role}"));
        answer = answer.or(is_text(text, &plain)).or(matches(&with_path, text, Reading::RESOURCE));
    }
    answer.or(is_refused_pattern(text, caller))
}

/// Whether a principal's text is this one. Its characters stand for themselves.
fn is_text(text: &Text, name: &str) -> Truth {
    matches(text, &Text::literal(name), Reading::LITERAL)
}

/// Unknown where the text has a wildcard and would match the caller with it: IAM refuses such a principal.
fn is_refused_pattern(text: &Text, caller: &str) -> Truth {
    let has_star =
        text.pieces.iter().any(|piece| matches!(piece, Piece::Known(known) if known.contains('*')));
    if !has_star || matches(text, &Text::literal(caller), Reading::RESOURCE) == Truth::False {
        return Truth::False;
    }
    let fault = Fault::Wildcard(text.as_known().unwrap_or_default());
    Truth::unknown(&Arc::new(Unknown { reason: Reason::Damaged(Arc::from(fault.part())), kind: Kind::Any }))
}
