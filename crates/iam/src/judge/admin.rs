//! Whether a policy makes an administrator.

use estate::truth::Truth;

use super::in_every;
use crate::document::{Match, Policy, Statement, unknown_or_false};

/// Whether some statement allows every action on every resource, without a condition.
///
/// "IAM policies that contain a statement with `"Effect": "Allow"` and `"Action": "*"` over `"Resource": "*"`" (CIS
/// AWS Foundations, "Ensure IAM policies that allow full `*:*` administrative privileges are not attached"; Security
/// Hub IAM.1 says the same). So `NotAction` is no administrator here, and a `Deny` beside it changes nothing.
pub fn is_admin(policy: &Policy) -> Truth {
    in_every(policy, |policy| Truth::any(&policy.statements, gives_all).or(policy.may_hold_more()))
}

fn gives_all(statement: &Statement) -> Truth {
    let unconditional = Truth::all(&statement.conditions.entries, |condition| !condition.is_there())
        .and(!unknown_or_false(statement.conditions.rest.as_ref()));
    statement
        .is_allow()
        .and(is_everything(&statement.actions, true))
        .and(is_everything(&statement.resources, false))
        .and(unconditional)
}

fn is_everything(elements: &Match, action: bool) -> Truth {
    match elements {
        Match::Only(list) => list.any(|element| element.text.is_everything(action)),
        Match::Absent | Match::AllExcept(_) => Truth::False,
        Match::Unknown(why) => Truth::Unknown(why.clone()),
    }
}
