//! Whom a policy lets in.
//!
//! The walk is the same for every zone of trust: some `Allow` names a stranger, no condition keeps strangers out, and
//! some action on some resource that it gives is not taken back by a `Deny` for all strangers.

use estate::truth::Truth;

use super::zone::Zone;
use super::{in_every, is_everyone, is_for_everyone};
use crate::document::{Match, Policy, Principals, Statement, beyond, present};
use crate::pattern::{Reading, Text, covers, overlaps};

// Limit: a policy of AWS's size stays far below; beyond it the comparison would take seconds.
/// The most pairs of an action and a resource, times the statements that deny, that are compared.
pub const COMPARISONS_MAX: usize = 1_000_000;

/// Whether some statement lets anyone in, as S3 defines public.
///
/// An `Allow` is public if its principal is `*`, `{"AWS": "*"}`, a public web identity provider or everybody but some
/// (`NotPrincipal`), and no condition narrows it to fixed values of a key that tells callers apart:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.
/// Services, canonical users, accounts, users and roles are known callers.
///
/// A `Deny` for everyone takes an action on a resource back if it covers both and has no conditions, or only conditions
/// that leave out known callers (`StringNotEquals` on `aws:SourceVpce`). S3's page does not speak of it; it is what
/// the policy means.
pub fn allows_public(policy: &Policy) -> Truth {
    in_every(policy, |policy| lets_strangers_in(policy, Zone::Known))
}

/// Whether some statement lets in a principal of an account that is neither the policy's own nor listed.
///
/// Everyone (`*`) is outside unless conditions narrow it to accounts inside or to an organization.
/// Services and public web identity providers belong to no account and are not outside; a provider with an ARN counts
/// by its account. A unique id, a canonical id, or a network says nothing of its account: unknown, unless it belongs
/// to a resource of the same estate. Without `own_account`, any account that is not listed might be the own: unknown.
pub fn allows_outside(policy: &Policy, own_account: Option<&str>, accounts: &[&str]) -> Truth {
    in_every(policy, |policy| {
        lets_strangers_in(policy, Zone::Accounts { own: own_account, listed: accounts })
    })
}

fn lets_strangers_in(policy: &Policy, zone: Zone<'_>) -> Truth {
    let denials: Vec<(&Statement, Truth)> = policy
        .statements
        .iter()
        .map(|statement| (statement, turns_strangers_away(statement, zone)))
        .filter(|(_, turns_away)| *turns_away != Truth::False)
        .collect();
    let more = policy.may_hold_more();
    Truth::any(&policy.statements, |statement| {
        let admitted = statement.is_allow().and(admits_a_stranger(statement, zone));
        if admitted == Truth::False {
            return admitted;
        }
        admitted.and(gives_something(statement, &denials, &more))
    })
    .or(more.clone())
}

/// Whether a statement, if it allows, allows somebody outside the zone.
fn admits_a_stranger(statement: &Statement, zone: Zone<'_>) -> Truth {
    let conditions = &statement.conditions;
    match &statement.principals {
        // A policy of an identity: nobody comes in by it.
        Principals::Absent => Truth::False,
        Principals::Only(list) => list
            .any(|principal| zone.is_stranger(principal).and(!zone.is_kept_by(conditions, Some(principal)))),
        Principals::AllExcept(list) => (!list.any(is_everyone)).and(!zone.is_kept_by(conditions, None)),
        Principals::Unknown(why) => Truth::Unknown(why.clone()).and(!zone.is_kept_by(conditions, None)),
    }
}

/// Whether a statement denies what it is about to everybody outside the zone.
fn turns_strangers_away(statement: &Statement, zone: Zone<'_>) -> Truth {
    let for_strangers = match &statement.principals {
        Principals::AllExcept(list) => list.all(|principal| !zone.is_stranger(principal)),
        principals => is_for_everyone(principals, false),
    };
    statement.is_deny().and(for_strangers).and(zone.is_left_by(&statement.conditions))
}

/// How many texts a list of actions or resources has.
fn size(list: &Match) -> usize {
    match list {
        Match::Only(several) | Match::AllExcept(several) => several.items.len(),
        Match::Absent | Match::Unknown(_) => 1,
    }
}

/// Whether some action on some resource of a statement is not taken back.
fn gives_something(statement: &Statement, denials: &[(&Statement, Truth)], more: &Truth) -> Truth {
    let (actions, resources) = (given(&statement.actions, true), given(&statement.resources, false));
    let denied: usize =
        denials.iter().map(|(denial, _)| size(&denial.actions) + size(&denial.resources)).sum();
    let pairs = actions.len().saturating_mul(resources.len()).saturating_mul(denials.len());
    let looks = (actions.len() + resources.len()).saturating_mul(denied);
    if pairs.max(looks) > COMPARISONS_MAX {
        return Truth::Unknown(beyond(
            "pairs of an action and a resource to compare with a `Deny`",
            COMPARISONS_MAX,
        ));
    }
    let taken_actions: Vec<Vec<Truth>> = actions
        .iter()
        .map(|(action, _)| {
            let taken = |(denial, away): &(&Statement, Truth)| {
                away.clone().and(takes(&denial.actions, action, Reading::ACTION))
            };
            denials.iter().map(taken).collect()
        })
        .collect();
    let taken_resources: Vec<Vec<Truth>> = resources
        .iter()
        .map(|(resource, _)| {
            denials.iter().map(|(denial, _)| takes(&denial.resources, resource, Reading::RESOURCE)).collect()
        })
        .collect();
    Truth::any(actions.iter().zip(&taken_actions), |((_, there), taken)| {
        let some = Truth::any(resources.iter().zip(&taken_resources), |((_, there), also)| {
            let denied =
                Truth::any(taken.iter().zip(also), |(action, resource)| action.clone().and(resource.clone()));
            there.clone().and(!denied.or(more.clone()))
        });
        there.clone().and(some)
    })
}

/// The patterns of what a statement gives, and whether each is there. What is open is as wide as can be.
fn given(elements: &Match, action: bool) -> Vec<(Text, Truth)> {
    let everything = Text::known("*");
    match elements {
        Match::Absent => vec![(everything, Truth::True)],
        Match::Unknown(why) => vec![(everything, Truth::Unknown(why.clone()))],
        Match::AllExcept(list) => {
            vec![(everything, !list.any(|element| element.text.is_everything(action)))]
        }
        Match::Only(list) => {
            let mut patterns: Vec<(Text, Truth)> = list
                .items
                .iter()
                .map(|element| (element.text.clone(), present(element.maybe.as_ref())))
                .collect();
            if let Some(why) = &list.rest {
                patterns.push((everything, Truth::Unknown(why.clone())));
            }
            patterns
        }
    }
}

/// Whether a denial's actions or resources cover all that a pattern stands for.
fn takes(elements: &Match, pattern: &Text, reading: Reading) -> Truth {
    match elements {
        Match::Absent => Truth::True,
        Match::Only(list) => list.any(|element| covers(&element.text, pattern, reading)),
        Match::AllExcept(list) => list.all(|element| !overlaps(&element.text, pattern, reading)),
        Match::Unknown(why) => Truth::Unknown(why.clone()),
    }
}
