//! Conditions: operators, and whether a request meets them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

pub(crate) mod compare;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use estate::truth::{Truth, Why};
use estate::value::{Kind, Reason, Span, Unknown};

use crate::document::{Element, Fault, Several, present, unknown_or_false};

/// The conditions of a statement, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Those that are there, or possibly there.
    pub entries: Vec<Condition>,
    /// Why there may be more, if there may.
    pub rest: Option<Why>,
}

/// One condition: a key, and the values it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator's name as written.
    pub name: Arc<str>,
    /// The operator, where there is one of that name.
    pub operator: Option<Operator>,
    /// The condition key. Keys are case insensitive.
    pub key: Arc<str>,
    /// The values.
    pub values: Several<Element>,
    /// Where the values are written.
    pub span: Span,
    /// Why it is perhaps not there, if so.
    pub maybe: Option<Why>,
}

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// How several values in the request are taken together.
    pub set: Option<SetOperator>,
    /// What is compared.
    pub test: Test,
    /// `…Not…`: the key must match none of the values.
    pub negated: bool,
    /// `…IfExists`: a request without the key meets the condition.
    pub if_exists: bool,
}

/// A prefix of an operator for keys with several values.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// `ForAllValues:`; also met by a request without the key.
    ForAllValues,
    /// `ForAnyValue:`; never met by a request without the key.
    ForAnyValue,
}

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `String…`.
    Text {
        /// `…Like`: with wildcards.
        like: bool,
        /// `…IgnoreCase`.
        ignore_case: bool,
    },
    /// `Numeric…`.
    Number(Order),
    /// `Date…`.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    Binary,
    /// `IpAddress`.
    Ip,
    /// `ArnEquals` and `ArnLike`, which "behave identically".
    Arn,
    /// `Null`: whether the key is absent.
    Null,
}

/// How a number or date of a request stands to the one in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `…Equals`.
    Equal,
    /// `…LessThan`.
    Less,
    /// `…LessThanEquals`.
    LessOrEqual,
    /// `…GreaterThan`.
    Greater,
    /// `…GreaterThanEquals`.
    GreaterOrEqual,
}

impl Operator {
    /// The operator of a name such as `ForAnyValue:StringLikeIfExists`; case does not matter.
    pub fn parse(name: &str) -> Option<Operator> {
        let lower = name.to_ascii_lowercase();
        let (set, lower) = if let Some(rest) = lower.strip_prefix("forallvalues:") {
            (Some(SetOperator::ForAllValues), rest)
        } else if let Some(rest) = lower.strip_prefix("foranyvalue:") {
            (Some(SetOperator::ForAnyValue), rest)
        } else {
            (None, &*lower)
        };
        let (plain, if_exists) = lower.strip_suffix("ifexists").map_or((lower, false), |plain| (plain, true));
        let (test, negated) = test(plain)?;
        // "You can add `IfExists` to the end of any condition operator name except the `Null` condition."
        if if_exists && test == Test::Null {
            return None;
        }
        Some(Operator { set, test, negated, if_exists })
    }
}

/// The test of an operator in small letters, and whether it is negated.
fn test(name: &str) -> Option<(Test, bool)> {
    let text = |like, ignore_case| Test::Text { like, ignore_case };
    Some(match name {
        "stringequals" => (text(false, false), false),
        "stringnotequals" => (text(false, false), true),
        "stringequalsignorecase" => (text(false, true), false),
        "stringnotequalsignorecase" => (text(false, true), true),
        "stringlike" => (text(true, false), false),
        "stringnotlike" => (text(true, false), true),
        "bool" => (Test::Bool, false),
        "binaryequals" => (Test::Binary, false),
        "ipaddress" => (Test::Ip, false),
        "notipaddress" => (Test::Ip, true),
        "arnequals" | "arnlike" => (Test::Arn, false),
        "arnnotequals" | "arnnotlike" => (Test::Arn, true),
        "null" => (Test::Null, false),
        _ => {
            if let Some(order) = name.strip_prefix("numeric") {
                let (order, negated) = self::order(order)?;
                (Test::Number(order), negated)
            } else {
                let (order, negated) = self::order(name.strip_prefix("date")?)?;
                (Test::Date(order), negated)
            }
        }
    })
}

fn order(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "equals" => (Order::Equal, false),
        "notequals" => (Order::Equal, true),
        "lessthan" => (Order::Less, false),
        "lessthanequals" => (Order::LessOrEqual, false),
        "greaterthan" => (Order::Greater, false),
        "greaterthanequals" => (Order::GreaterOrEqual, false),
        _ => return None,
    })
}

/// The condition keys of a request and their values.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a>(pub &'a [(String, Vec<String>)]);

impl<'a> Context<'a> {
    /// The values of a key. "Key names are case-insensitive."
    pub fn get(&self, key: &str) -> Option<&'a [String]> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, values)| values.as_slice())
    }
}

impl Conditions {
    /// Whether a request meets all conditions.
    pub(crate) fn hold(&self, context: Context<'_>) -> Truth {
        Truth::all(&self.entries, |condition| (!condition.is_there()).or(condition.holds(context)))
            .and(!unknown_or_false(self.rest.as_ref()))
    }
}

impl Condition {
    /// Whether the condition is there at all.
    pub(crate) fn is_there(&self) -> Truth {
        present(self.maybe.as_ref())
    }

    /// Unknown, for AWS knows no such operator.
    pub(crate) fn no_operator(&self) -> Truth {
        let reason = Reason::Damaged(Arc::from(Fault::Operator(self.name.clone()).part()));
        Truth::unknown(&Arc::new(Unknown { reason, kind: Kind::Any }))
    }

    /// Whether a request meets the condition.
    ///
    /// A key that is missing "does not match": the condition is false, or true where the operator is negated.
    fn holds(&self, context: Context<'_>) -> Truth {
        let Some(operator) = self.operator else {
            return self.no_operator();
        };
        let values = context.get(&self.key).filter(|values| !is_empty_set(operator, values));
        if operator.test == Test::Null {
            let wanted = if values.is_none() { "true" } else { "false" };
            return self.values.any(|element| compare::boolean(&element.text, wanted));
        }
        let Some(values) = values else {
            let met = operator.if_exists
                || match operator.set {
                    Some(SetOperator::ForAllValues) => true,
                    Some(SetOperator::ForAnyValue) => false,
                    None => operator.negated,
                };
            return Truth::from(met);
        };
        let hit = |value: &String| {
            self.values.any(|element| compare::compare(operator, &element.text, value, context))
        };
        match (operator.set, operator.negated) {
            (Some(SetOperator::ForAllValues), false) => Truth::all(values, hit),
            (Some(SetOperator::ForAllValues), true) => Truth::all(values, |value| !hit(value)),
            (Some(SetOperator::ForAnyValue), true) => Truth::any(values, |value| !hit(value)),
            (None, true) => !Truth::any(values, hit),
            (_, false) => Truth::any(values, hit),
        }
    }
}

/// Whether the values of a key are none; to a set operator also "an empty data set (for example, an empty string)".
fn is_empty_set(operator: Operator, values: &[String]) -> bool {
    if operator.set.is_some() { values.iter().all(String::is_empty) } else { values.is_empty() }
}
