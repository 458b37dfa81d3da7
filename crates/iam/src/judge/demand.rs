//! What a policy demands of every request.

use estate::truth::{Truth, Why};

use super::{in_every, is_for_everyone};
use crate::condition::{Condition, SetOperator, Test};
use crate::document::{Match, Policy, Statement, unknown_or_false};
use crate::pattern::{Form, Piece, Reading, Text, matches};

/// Keys that every request has: of `aws:SecureTransport` the page on condition operators says that it "is always
/// present in the request context".
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
const ALWAYS_PRESENT: [&str; 1] = ["aws:SecureTransport"];

/// Whether one statement denies everything to everybody whenever a condition key is not `value`.
///
/// The measure is the policy that AWS gives for the rule `s3-bucket-ssl-requests-only` and for Security Hub S3.5:
/// `"Effect": "Deny"`, `"Principal": "*"`, `"Action": "s3:*"`, the bucket and its objects, and
/// `"Bool": {"aws:SecureTransport": "false"}`
/// (<https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule>).
/// - Everybody is `*` or `{"AWS": "*"}`, or a policy of an identity, which names no principal.
/// - Everything is `*` or all actions of a service (`s3:*`), on `*`; in S3 also on a bucket's objects (`…/*`), with or
///   without the bucket itself; elsewhere on any resource, for the policy is that resource's own.
/// - A condition counts if it holds whenever the key is not the value, a missing key included: the negated operators
///   on just this value; for `true` and `false` also `Bool` or `StringEquals` on the other one, where the key is always
///   present or the operator lets it be missing. All conditions of the statement must count. Without a condition
///   everything is denied, so also what is asked for.
pub fn denies_without(policy: &Policy, key: &str, value: &str) -> Truth {
    in_every(policy, |policy| {
        Truth::any(&policy.statements, |statement| demands(statement, key, value)).or(policy.may_hold_more())
    })
}

fn demands(statement: &Statement, key: &str, value: &str) -> Truth {
    let conditions = &statement.conditions;
    let refuses = Truth::all(&conditions.entries, |condition| {
        (!condition.is_there()).or(holds_without(condition, key, value))
    })
    .and(!unknown_or_false(conditions.rest.as_ref()));
    statement
        .is_deny()
        .and(is_for_everyone(&statement.principals, true))
        .and(refuses)
        .and(is_about_everything(statement))
}

/// The service whose actions are all meant.
enum Service {
    Every,
    Named(String),
    Unknown(Why),
}

/// Whether a statement is about all actions of a service on all that the policy is for.
fn is_about_everything(statement: &Statement) -> Truth {
    match &statement.actions {
        Match::Only(actions) => actions.any(|action| {
            whole_service(&action.text).map_or(Truth::False, |(whole, service)| {
                whole.and(is_everywhere(&statement.resources, &service))
            })
        }),
        Match::Unknown(why) => Truth::Unknown(why.clone()),
        Match::Absent | Match::AllExcept(_) => Truth::False,
    }
}

/// Whether an action is all actions of a service, and of which; nothing where it surely is not.
fn whole_service(action: &Text) -> Option<(Truth, Service)> {
    if action.is_everything(true) == Truth::True {
        return Some((Truth::True, Service::Every));
    }
    let Some(known) = action.as_known() else {
        let ends_open = match action.pieces.last() {
            Some(Piece::Known(end)) => end.ends_with('*'),
            Some(Piece::Hole(_)) => true,
            _ => false,
        };
        let why = action.holes();
        let possible = ends_open && !why.0.is_empty();
        return possible.then(|| (Truth::Unknown(why.clone()), Service::Unknown(why)));
    };
    let (service, name) = known.split_once(':')?;
    let whole = !service.contains(['*', '?']) && !name.is_empty() && name.chars().all(|c| c == '*');
    whole.then(|| (Truth::True, Service::Named(service.to_ascii_lowercase())))
}

/// Whether the resources are all that a policy is for.
fn is_everywhere(resources: &Match, service: &Service) -> Truth {
    match resources {
        Match::Absent => Truth::True,
        Match::Only(list) => list.any(|element| reaches_all(&element.text, service)),
        Match::AllExcept(_) => Truth::False,
        Match::Unknown(why) => Truth::Unknown(why.clone()),
    }
}

/// Whether one resource is all that a policy is for.
fn reaches_all(resource: &Text, service: &Service) -> Truth {
    let of_s3 = match service {
        Service::Named(name) => Truth::from(name == "s3"),
        Service::Unknown(why) => Truth::Unknown(why.clone()),
        // With `*` for an action, the resource tells the service.
        Service::Every => match resource.service() {
            Some(name) => Truth::from(name == "s3"),
            None if resource.holes().0.is_empty() => Truth::True,
            None => Truth::Unknown(resource.holes()),
        },
    };
    resource.is_everything(false).or(has_all_objects(resource)).or(!of_s3)
}

/// Whether a resource is all objects of a bucket or access point: `arn:aws:s3:::bucket/*`.
fn has_all_objects(resource: &Text) -> Truth {
    let Some((last, before)) = resource.pieces.split_last() else {
        return Truth::False;
    };
    let end = match last {
        Piece::Known(end) => end,
        Piece::Hole(unknown) if Form::of(unknown) == Form::Any => return Truth::unknown(unknown),
        Piece::Hole(_) | Piece::Literal(_) | Piece::Variable(_) => return Truth::False,
    };
    let Some(container) = end.strip_suffix("/*") else {
        // The slash may be the end of the hole before.
        let open = &**end == "*" && matches!(before.last(), Some(Piece::Hole(_)));
        return if open { Truth::Unknown(resource.holes()) } else { Truth::False };
    };
    // `bucket/prefix/*` is only a part of the bucket. An access point's ARN has slashes of its own.
    let mut names = String::new();
    for piece in before {
        if let Piece::Known(text) = piece {
            names.push_str(text);
        }
    }
    names.push_str(container);
    Truth::from(!names.contains('/') || (names.contains(":accesspoint/") && names.ends_with("/object")))
}

/// Whether a condition holds whenever the key is not the value.
fn holds_without(condition: &Condition, key: &str, value: &str) -> Truth {
    let Some(operator) = condition.operator else {
        return condition.no_operator();
    };
    if !condition.key.eq_ignore_ascii_case(key) {
        return Truth::False;
    }
    let holds_if_missing = ALWAYS_PRESENT.iter().any(|always| always.eq_ignore_ascii_case(key))
        || operator.if_exists
        || match operator.set {
            Some(SetOperator::ForAllValues) => true,
            Some(SetOperator::ForAnyValue) => false,
            None => operator.negated,
        };
    if !holds_if_missing {
        return Truth::False;
    }
    let opposite = match value.to_ascii_lowercase().as_str() {
        "true" => Some("false"),
        "false" => Some("true"),
        _ => None,
    };
    match (operator.test, operator.negated, opposite) {
        (Test::Bool, false, Some(opposite)) => {
            condition.values.any(|element| element.text.equals_ignoring_case(opposite))
        }
        (Test::Text { like, ignore_case }, false, Some(opposite)) => {
            let reading = Reading { wildcards: like, ignore_case };
            condition.values.any(|element| matches(&element.text, &Text::literal(opposite), reading))
        }
        (Test::Text { ignore_case, .. }, true, _) => condition.values.all(|element| {
            let reading = Reading { wildcards: false, ignore_case };
            matches(&element.text, &Text::literal(value), reading).and(element.text.is_fixed())
        }),
        (Test::Arn, true, _) => condition.values.all(|element| {
            matches(&element.text, &Text::literal(value), Reading::LITERAL).and(element.text.is_fixed())
        }),
        _ => Truth::False,
    }
}
