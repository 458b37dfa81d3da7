//! Zones of trust: who counts as known, and which condition keys tell.
//!
//! The zone of *known* callers follows S3's meaning of public: a policy is not public where it "grants access only to
//! fixed values (values that don't contain a wildcard or a policy variable)" of certain keys.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
//! EFS says the same and adds a key of its own:
//! <https://docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html>.
//! So do the rules of AWS Config for SNS topics and Lambda functions:
//! <https://docs.aws.amazon.com/config/latest/developerguide/sns-topic-no-public-access.html>.
//!
//! The zone of *accounts* holds the policy's own account and those that are listed.

use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Kind, Reason, Unknown};
use ipnet::IpNet;

use super::is_everyone;
use crate::condition::compare::range;
use crate::condition::{Condition, Conditions, SetOperator, Test};
use crate::document::{Principal, PrincipalKind, unknown_or_false};
use crate::pattern::account::Account;
use crate::pattern::{Form, Piece, Text, stated};

/// Who is trusted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zone<'a> {
    /// Callers that are known one by one, or as what one owner controls.
    Known,
    /// Callers of these accounts.
    Accounts {
        /// The policy's own account, where its number is known.
        own: Option<&'a str>,
        /// Further accounts.
        listed: &'a [&'a str],
    },
}

/// What a condition key says of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// The number of an account.
    Account,
    /// The ARN of a principal or resource, which holds its account.
    Arn,
    /// An organization, or a path in one.
    Organization,
    /// A network: a VPC or an endpoint of one.
    Network,
    /// An address.
    Address,
    /// A principal without its account: a unique id.
    Id,
    /// A service of AWS.
    Service,
    /// Something that S3 counts as narrowing although it names no caller.
    Thing,
    /// Nothing that tells callers apart, such as `aws:SecureTransport` or `aws:Referer`.
    Nothing,
}

/// What each key says. The keys of S3's list, and their kin among the global keys
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
///
/// Left out on purpose, for anyone can meet them: `aws:PrincipalTag/…`, `aws:username` and `aws:VpcSourceIp` (names
/// and private addresses that everyone gives out himself), `aws:PrincipalType`, `aws:PrincipalIsAWSService`,
/// `kms:ViaService`, `sns:Protocol`, `sns:Endpoint`, and `lambda:FunctionUrlAuthType`.
fn says(key: &str) -> Says {
    match key.to_ascii_lowercase().as_str() {
        "aws:principalaccount"
        | "aws:sourceaccount"
        | "aws:sourceowner"
        | "aws:vpceaccount"
        | "kms:calleraccount"
        | "s3:dataaccesspointaccount" => Says::Account,
        "aws:principalarn" | "aws:sourcearn" | "s3:dataaccesspointarn" => Says::Arn,
        "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:vpceorgid"
        | "aws:vpceorgpaths" => Says::Organization,
        "aws:sourcevpc" | "aws:sourcevpce" => Says::Network,
        "aws:sourceip" => Says::Address,
        "aws:userid" => Says::Id,
        "aws:principalservicename" | "aws:principalservicenameslist" => Says::Service,
        "s3:x-amz-server-side-encryption-aws-kms-key-id" => Says::Thing,
        _ => Says::Nothing,
    }
}

/// The keys of an identity provider that name an application, an identity pool or a user. `amr`, say, does not.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>
const PROVIDER_KEYS: [&str; 7] = ["app_id", "aud", "azp", "id", "oaud", "sub", "user_id"];

impl Zone<'_> {
    /// Whether a principal is, or may stand for, somebody outside the zone.
    pub(super) fn is_stranger(&self, principal: &Principal) -> Truth {
        let everyone = is_everyone(principal);
        let other = match (&principal.kind, self) {
            (PrincipalKind::Everyone | PrincipalKind::Service | PrincipalKind::Unknown(_), _) => Truth::False,
            (PrincipalKind::CanonicalUser, Zone::Known) => Truth::False,
            (PrincipalKind::CanonicalUser, Zone::Accounts { .. }) => whose_canonical_id(&principal.text),
            // An account of `*` is refused today; where it is taken, it is no fixed value.
            (PrincipalKind::Aws, Zone::Known) => Truth::from(principal.text.owner().account == Account::Open),
            (PrincipalKind::Aws, Zone::Accounts { .. }) => match principal.text.owner().account {
                // "*" itself, or a part of it.
                Account::None if everyone != Truth::False => Truth::False,
                account => self.is_outside(account, &principal.text),
            },
            (PrincipalKind::Federated, Zone::Known) => is_web_identity(&principal.text),
            (PrincipalKind::Federated, Zone::Accounts { .. }) => match principal.text.owner().account {
                // A web identity provider belongs to no account.
                Account::None => Truth::False,
                account => self.is_outside(account, &principal.text),
            },
        };
        everyone.or(other)
    }

    /// Whether an account is none of the zone's.
    fn is_outside(&self, account: Account, text: &Text) -> Truth {
        let Zone::Accounts { own, listed } = self else {
            return Truth::False;
        };
        match account {
            Account::Own | Account::Named(_) => Truth::False,
            Account::Is(number) if listed.contains(&number.as_str()) => Truth::False,
            Account::Is(number) => match own {
                Some(own) => Truth::from(*own != number),
                None => Truth::unknown(&Arc::new(Unknown {
                    reason: Reason::Pseudo(Arc::from("AWS::AccountId")),
                    kind: Kind::Text,
                })),
            },
            Account::Open => Truth::True,
            Account::Nobody | Account::None => whose(text),
            Account::Unknown(_) if is_assigned(text) => Truth::False,
            Account::Unknown(why) => Truth::Unknown(why),
        }
    }

    /// Whether all callers for whom the condition key has such a value are in the zone.
    ///
    /// `by_parts` says that ARNs are compared part by part.
    fn trusts(&self, key: &str, value: &Text, by_parts: bool) -> Truth {
        match (self, says(key)) {
            (_, Says::Nothing) => Truth::False,
            (_, Says::Organization) => is_one_organization(value),
            (Zone::Known, Says::Arn) => value.is_fixed().or(has_fixed_account(value, by_parts)),
            (Zone::Known, Says::Address) => is_narrow(value),
            (Zone::Known, _) | (Zone::Accounts { .. }, Says::Service) => value.is_fixed(),
            (Zone::Accounts { .. }, Says::Account | Says::Arn) => {
                let one_owner = value.is_fixed().or(has_fixed_account(value, by_parts));
                one_owner.and(!self.is_outside(value.owner().account, value))
            }
            (Zone::Accounts { .. }, Says::Network | Says::Id) if is_assigned(value) => Truth::True,
            (Zone::Accounts { .. }, Says::Network | Says::Id) => value.is_fixed().and(whose(value)),
            (Zone::Accounts { .. }, Says::Address | Says::Thing) => Truth::False,
        }
    }

    /// Whether the conditions of an `Allow` let through nobody from outside the zone.
    pub(super) fn is_kept_by(&self, conditions: &Conditions, principal: Option<&Principal>) -> Truth {
        Truth::any(&conditions.entries, |condition| {
            condition.is_there().and(self.keeps(condition, conditions, principal))
        })
        .or(unknown_or_false(conditions.rest.as_ref()))
    }

    /// Whether one condition lets through nobody from outside the zone: it requires the key to have a value in it.
    fn keeps(&self, condition: &Condition, conditions: &Conditions, principal: Option<&Principal>) -> Truth {
        let Some(operator) = condition.operator else {
            return condition.no_operator();
        };
        if operator.negated {
            return Truth::False;
        }
        // `…IfExists` and `ForAllValues:` let a request without the key pass, unless a `Null` condition asks for it.
        let lets_absent = operator.if_exists || operator.set == Some(SetOperator::ForAllValues);
        let required = if lets_absent { requires(conditions, &condition.key) } else { Truth::True };
        let narrow = match operator.test {
            Test::Text { .. } | Test::Arn | Test::Ip => {
                let provider = principal.is_some_and(|principal| is_key_of(principal, &condition.key));
                condition.values.all(|element| {
                    let fixed = if provider { element.text.is_fixed() } else { Truth::False };
                    fixed.or(self.trusts(&condition.key, &element.text, operator.test == Test::Arn))
                })
            }
            // EFS: a file system's clients reach it through its mount targets, inside a VPC.
            Test::Bool if condition.key.eq_ignore_ascii_case("elasticfilesystem:AccessedViaMountTarget") => {
                match self {
                    Zone::Known => condition.values.all(|element| element.text.equals_ignoring_case("true")),
                    Zone::Accounts { .. } => Truth::False,
                }
            }
            _ => Truth::False,
        };
        required.and(narrow)
    }

    /// Whether the conditions of a `Deny` hold for everybody outside the zone: each denies all but values inside it.
    ///
    /// A negated condition also holds where the key is missing, with or without `IfExists`.
    pub(super) fn is_left_by(&self, conditions: &Conditions) -> Truth {
        Truth::all(&conditions.entries, |condition| (!condition.is_there()).or(self.denies_others(condition)))
            .and(!unknown_or_false(conditions.rest.as_ref()))
    }

    fn denies_others(&self, condition: &Condition) -> Truth {
        let Some(operator) = condition.operator else {
            return condition.no_operator();
        };
        if !operator.negated || operator.set == Some(SetOperator::ForAnyValue) {
            return Truth::False;
        }
        match operator.test {
            Test::Text { .. } | Test::Arn | Test::Ip => condition
                .values
                .all(|element| self.trusts(&condition.key, &element.text, operator.test == Test::Arn)),
            _ => Truth::False,
        }
    }
}

/// Whether the conditions require a key to be there: `"Null": {key: "false"}`.
fn requires(conditions: &Conditions, key: &str) -> Truth {
    Truth::any(&conditions.entries, |condition| {
        let asks = condition.operator.is_some_and(|operator| operator.test == Test::Null)
            && condition.key.eq_ignore_ascii_case(key);
        let wants = condition.values.all(|element| element.text.equals_ignoring_case("false"));
        condition.is_there().and(Truth::from(asks)).and(wants)
    })
}

/// Whether a key belongs to a federated principal and names who may come: `accounts.google.com:aud`.
fn is_key_of(principal: &Principal, key: &str) -> bool {
    if principal.kind != PrincipalKind::Federated {
        return false;
    }
    let (Some(provider), Some((owner, name))) = (principal.text.as_known(), key.rsplit_once(':')) else {
        return false;
    };
    owner.eq_ignore_ascii_case(&provider) && PROVIDER_KEYS.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a federated principal is a public web identity provider, whose users are anyone.
///
/// S3's first example of a public policy is `{"Federated": "graph.facebook.com"}`. A provider with an ARN is one that
/// somebody has set up in an account.
fn is_web_identity(text: &Text) -> Truth {
    match text.pieces.first() {
        Some(Piece::Known(start)) if start.starts_with("arn:") => Truth::False,
        Some(Piece::Known(start)) if !"arn:".starts_with(&**start) || text.pieces.len() == 1 => Truth::True,
        Some(Piece::Hole(unknown)) if Form::of(unknown) != Form::Any => Truth::False,
        _ => {
            let why = text.holes();
            if why.0.is_empty() { Truth::True } else { Truth::Unknown(why) }
        }
    }
}

/// Whether the account of an ARN is fixed, so that all it matches is controlled by one owner.
///
/// "You could say that you trust every 'Andrew' in account 111122223333"
/// (<https://aws.amazon.com/blogs/storage/understanding-s3-block-public-access/>); for `s3:DataAccessPointArn` S3's
/// page says that a wildcard is harmless "as long as the account id is fixed".
fn has_fixed_account(value: &Text, by_parts: bool) -> Truth {
    let owner = value.owner();
    if owner.loose && !by_parts {
        return Truth::False;
    }
    match owner.account {
        Account::Is(_) | Account::Own => Truth::True,
        Account::Unknown(why) => Truth::Unknown(why),
        Account::Named(_) | Account::Nobody | Account::Open | Account::None => Truth::False,
    }
}

/// Whether all that a value of an organization key matches is one organization: its id is fixed up to the first `/`,
/// as in `o-a1b2c3d4e5/r-ab12/*`.
fn is_one_organization(value: &Text) -> Truth {
    for piece in &value.pieces {
        match piece {
            Piece::Known(text) => {
                let id = text.split_once('/').map_or(&**text, |(id, _)| id);
                if id.contains(['*', '?']) {
                    return Truth::False;
                }
                if id.len() < text.len() {
                    return Truth::True;
                }
            }
            Piece::Literal(_) => {}
            Piece::Variable(_) => return Truth::False,
            Piece::Hole(unknown) if Form::of(unknown) == Form::Any => return Truth::unknown(unknown),
            Piece::Hole(_) => {}
        }
    }
    Truth::True
}

/// Whether a range of addresses is narrow enough to be somebody's.
///
/// "Very broad IP ranges" are public: "values broader than /8 for IPv4 and /32 for IPv6 (excluding RFC1918 private
/// ranges)", none of which is broader.
fn is_narrow(value: &Text) -> Truth {
    if let Some(known) = value.as_known() {
        return match range(&known) {
            Some(net) => Truth::from(is_narrow_prefix(&net)),
            // Not an address: as a text it may still be fixed, though nothing comes from there.
            None => value.is_fixed(),
        };
    }
    if value.is_fixed() == Truth::False {
        return Truth::False;
    }
    // Where the length of the prefix is known, as in `${Office}/32`, it decides without the address.
    let prefix = match value.pieces.last() {
        Some(Piece::Known(end)) => end.rsplit_once('/').and_then(|(_, length)| length.parse::<u8>().ok()),
        _ => None,
    };
    match prefix {
        Some(32..) => Truth::True,
        Some(..8) => Truth::False,
        _ => Truth::Unknown(value.holes()),
    }
}

fn is_narrow_prefix(net: &IpNet) -> bool {
    match net {
        IpNet::V4(net) => net.prefix_len() >= 8,
        IpNet::V6(net) => net.prefix_len() >= 32,
    }
}

/// Whether a text is the id or ARN of something of this estate.
fn is_assigned(text: &Text) -> bool {
    matches!(text.pieces.as_slice(), [Piece::Hole(unknown)] if Form::of(unknown) != Form::Any)
}

/// Unknown, for the text does not say whose it is.
fn whose(text: &Text) -> Truth {
    let why = text.holes();
    if !why.0.is_empty() {
        return Truth::Unknown(why);
    }
    Truth::unknown(&stated(format!("which account `{}` belongs to", text.as_known().unwrap_or_default())))
}

/// Whether a canonical user is outside: not where it is an identity of this estate, else nobody can tell.
fn whose_canonical_id(text: &Text) -> Truth {
    match text.pieces.as_slice() {
        [Piece::Hole(unknown)] if matches!(unknown.reason, Reason::Reference { .. }) => Truth::False,
        _ => whose(text),
    }
}
