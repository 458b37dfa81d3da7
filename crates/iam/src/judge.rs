//! The questions that controls ask of a policy.
//!
//! - [`request::allows`]: whether the policy by itself lets a request through;
//! - [`reach::allows_public`] and [`reach::allows_outside`]: whom it lets in;
//! - [`demand::denies_without`]: whether it turns away every request that lacks something;
//! - [`admin::is_admin`]: whether it gives everything.

pub mod admin;
pub mod demand;
pub mod reach;
pub mod request;
mod zone;

#[cfg(test)]
mod soundness;
#[cfg(test)]
mod tests;

use estate::truth::Truth;

use crate::document::{Policy, Principal, PrincipalKind, Principals};

/// Asks of a policy, or of each that it may be: what all answer alike is the answer.
fn in_every(policy: &Policy, ask: impl Fn(&Policy) -> Truth) -> Truth {
    let alternatives = match &policy.alternatives {
        Some(alternatives) if !alternatives.policies.is_empty() => alternatives,
        _ => return ask(policy),
    };
    let mut why = alternatives.why.clone();
    let (mut all_true, mut all_false) = (true, true);
    for one in &alternatives.policies {
        match ask(one) {
            Truth::True => all_false = false,
            Truth::False => all_true = false,
            Truth::Unknown(reasons) => {
                (all_true, all_false) = (false, false);
                why.add(&reasons);
            }
        }
    }
    if all_true {
        Truth::True
    } else if all_false {
        Truth::False
    } else {
        Truth::Unknown(why)
    }
}

/// Whether a principal is everyone: `"*"`, or `{"AWS": "*"}`, which is its equal.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous>
fn is_everyone(principal: &Principal) -> Truth {
    match &principal.kind {
        PrincipalKind::Everyone => Truth::True,
        PrincipalKind::Aws => principal.text.is_star(),
        PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::CanonicalUser => Truth::False,
        PrincipalKind::Unknown(why) => Truth::Unknown(why.clone()),
    }
}

/// Whether a statement is about everyone without exception; with `attached`, also one that names no principal and
/// so is about everyone that it is attached to.
fn is_for_everyone(principals: &Principals, attached: bool) -> Truth {
    match principals {
        Principals::Absent => Truth::from(attached),
        Principals::Only(list) => list.any(is_everyone),
        Principals::AllExcept(_) => Truth::False,
        Principals::Unknown(why) => Truth::Unknown(why.clone()),
    }
}
