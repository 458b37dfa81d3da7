//! Texts of a policy as far as they are known, and matching with `*` and `?`.
//!
//! Matching takes time in proportion to the product of the two lengths and never backtracks (`align`).
//! Which account an ARN names is read in [`account`].

pub mod account;
mod align;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use estate::truth::{Truth, Why};
use estate::value::{Kind, Part, Partial, Reason, Unknown, Value};

use crate::condition::Context;

/// A text of a policy, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Known characters. `*` and `?` are wildcards where the text's place in the policy has wildcards.
    Known(Arc<str>),
    /// Known characters that are never wildcards: what `${*}`, `${?}` and `${$}` stand for.
    Literal(Arc<str>),
    /// A policy variable, which takes its value from the request.
    Variable(Variable),
    /// Not known; see [`Form`] for what it may stand for.
    Hole(Arc<Unknown>),
}

/// A policy variable such as `${aws:username}` or `${aws:username, 'anonymous'}`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The condition key whose value is taken.
    pub key: Arc<str>,
    /// What is taken where the request has no such key.
    pub default: Option<Arc<str>>,
}

impl Variable {
    /// The value in a request: that of a key with one value, else the default.
    ///
    /// A key with several values cannot be used as a variable:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
    fn value(&self, context: Context<'_>) -> Option<Arc<str>> {
        match context.get(&self.key) {
            Some([value]) => Some(Arc::from(value.as_str())),
            _ => self.default.clone(),
        }
    }
}

/// What an unknown part of a text may stand for.
///
/// An ordinary hole (a parameter, an import) stands for any text, wildcards and whole policy variables included.
/// Four things are taken for granted of every filling, because AWS refuses or never produces the rest:
/// a filling does not hold one half of a `${…}`; what AWS assigns (a name, an id, an ARN) holds no wildcard;
/// a hole within a principal's ARN brings no wildcard, since "you cannot use a wildcard to match part of a principal
/// name or ARN" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>); and
/// a hole right before a final `/*` in an S3 ARN stands for a bucket, whose name holds no slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any text.
    Any,
    /// A text that AWS assigns: not empty, without wildcards and variables.
    Plain,
    /// The number of the policy's own account: twelve digits.
    Account,
    /// A partition: `aws`, `aws-cn`, `aws-us-gov`, ….
    Partition,
    /// A region's name.
    Region,
    /// The ARN of a resource of the same estate, hence in the policy's own account.
    Arn,
}

impl Form {
    /// The form of an unknown, by its reason.
    ///
    /// `Ref` and the attributes that end in `Arn` or `Id` are assigned by AWS. Outputs of nested stacks
    /// (`Outputs.…`) and other attributes, which a custom resource may set to anything, are not.
    pub fn of(unknown: &Unknown) -> Form {
        match &unknown.reason {
            Reason::Pseudo(name) => match &**name {
                "AWS::AccountId" => Form::Account,
                "AWS::Partition" => Form::Partition,
                "AWS::Region" => Form::Region,
                "AWS::URLSuffix" | "AWS::StackName" | "AWS::StackId" => Form::Plain,
                _ => Form::Any,
            },
            Reason::Reference { attribute: None, .. } => Form::Plain,
            Reason::Reference { attribute: Some(name), .. } | Reason::Assigned(name) => {
                Form::of_attribute(name)
            }
            _ => Form::Any,
        }
    }

    fn of_attribute(name: &str) -> Form {
        if name.starts_with("Outputs.") {
            Form::Any
        } else if name.ends_with("Arn") {
            Form::Arn
        } else if name.ends_with("Id") {
            Form::Plain
        } else {
            Form::Any
        }
    }
}

/// How the characters of a text are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// `*` stands for any characters and `?` for one.
    pub wildcards: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
}

impl Reading {
    /// Actions: "the prefix and the action name are case insensitive".
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
    pub const ACTION: Reading = Reading { wildcards: true, ignore_case: true };
    /// Resources: wildcards, and case matters. A `*` at the end of a part of an ARN reaches past the colon.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
    pub const RESOURCE: Reading = Reading { wildcards: true, ignore_case: false };
    /// Every character stands for itself.
    pub const LITERAL: Reading = Reading { wildcards: false, ignore_case: false };
}

/// A text with its variables replaced by the values of a request.
pub(crate) struct Resolved {
    /// The text; a variable without a value has become a hole.
    pub(crate) text: Text,
    /// Whether a variable has no value. Such a text matches nothing, and may make its whole statement invalid.
    pub(crate) missing: bool,
}

impl Text {
    /// A text that is known whole.
    pub fn known(text: &str) -> Text {
        Text { pieces: vec![Piece::Known(Arc::from(text))] }
    }

    /// A text that is known whole and in which nothing is a wildcard.
    pub fn literal(text: &str) -> Text {
        Text { pieces: vec![Piece::Literal(Arc::from(text))] }
    }

    /// A text of which nothing is known.
    pub fn hole(unknown: &Arc<Unknown>) -> Text {
        Text { pieces: vec![Piece::Hole(unknown.clone())] }
    }

    /// The characters, where the text is known whole and holds no variable.
    pub fn as_known(&self) -> Option<String> {
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Known(text) | Piece::Literal(text) => whole.push_str(text),
                Piece::Variable(_) | Piece::Hole(_) => return None,
            }
        }
        Some(whole)
    }

    /// Why parts of the text are unknown; empty where none is.
    pub fn holes(&self) -> Why {
        let mut why = Why::default();
        for piece in &self.pieces {
            if let Piece::Hole(unknown) = piece {
                why.add(&Why::of(unknown));
            }
        }
        why
    }

    /// Whether the text is a fixed value: one "that doesn't contain a wildcard or a policy variable".
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
    pub fn is_fixed(&self) -> Truth {
        Truth::all(&self.pieces, |piece| match piece {
            Piece::Known(text) => Truth::from(!text.contains(['*', '?'])),
            Piece::Literal(_) => Truth::True,
            Piece::Variable(_) => Truth::False,
            Piece::Hole(unknown) if Form::of(unknown) == Form::Any => Truth::unknown(unknown),
            Piece::Hole(_) => Truth::True,
        })
    }

    /// Whether the text is exactly `*`.
    pub fn is_star(&self) -> Truth {
        let mut stars = 0;
        let mut why = Why::default();
        for piece in &self.pieces {
            match piece {
                Piece::Known(text) if text.chars().all(|c| c == '*') => stars += text.len(),
                Piece::Hole(unknown) if Form::of(unknown) == Form::Any => why.add(&Why::of(unknown)),
                _ => return Truth::False,
            }
        }
        if stars > 1 {
            Truth::False
        } else if why.0.is_empty() {
            Truth::from(stars == 1)
        } else {
            Truth::Unknown(why)
        }
    }

    /// Whether the text, read as a pattern, is one of those that stand for everything: `*`, and for actions `*:*`.
    pub fn is_everything(&self, action: bool) -> Truth {
        let mut known = String::new();
        let mut why = Why::default();
        for piece in &self.pieces {
            match piece {
                Piece::Known(text) if text.chars().all(|c| c == '*' || (action && c == ':')) => {
                    known.push_str(text);
                }
                Piece::Hole(unknown) if Form::of(unknown) == Form::Any => why.add(&Why::of(unknown)),
                _ => return Truth::False,
            }
        }
        let colons = known.matches(':').count();
        if colons > 1 {
            Truth::False
        } else if why.0.is_empty() {
            Truth::from(known.split(':').all(|half| !half.is_empty()))
        } else {
            Truth::Unknown(why)
        }
    }

    /// The text as a value of the estate, variables written out.
    pub fn to_value(&self) -> Value {
        Partial::join(self.pieces.iter().map(|piece| match piece {
            Piece::Known(text) => Part::Known(text.clone()),
            Piece::Literal(text) => Part::Known(Arc::from(format!("${{{text}}}"))),
            Piece::Variable(Variable { key, default: None }) => Part::Known(Arc::from(format!("${{{key}}}"))),
            Piece::Variable(Variable { key, default: Some(default) }) => {
                Part::Known(Arc::from(format!("${{{key}, '{default}'}}")))
            }
            Piece::Hole(unknown) => Part::Hole(unknown.clone()),
        }))
    }

    /// Whether the text is this one, case aside, with every character standing for itself.
    pub(crate) fn equals_ignoring_case(&self, text: &str) -> Truth {
        matches(self, &Text::literal(text), Reading { wildcards: false, ignore_case: true })
    }

    /// The text with its variables replaced.
    pub(crate) fn resolve(&self, context: Context<'_>) -> Resolved {
        let mut missing = false;
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            pieces.push(match piece {
                Piece::Variable(variable) => {
                    if let Some(value) = variable.value(context) {
                        Piece::Literal(value)
                    } else {
                        missing = true;
                        Piece::Hole(stated(format!(
                            "the request has no `{}` for a policy variable",
                            variable.key
                        )))
                    }
                }
                other => other.clone(),
            });
        }
        Resolved { text: Text { pieces }, missing }
    }
}

/// An unknown for a reason in words.
pub(crate) fn stated(reason: String) -> Arc<Unknown> {
    Arc::new(Unknown { reason: Reason::Stated(Arc::from(reason)), kind: Kind::Any })
}

/// Whether `pattern` matches `text`, in which nothing is a wildcard.
///
/// True only if every filling matches, false only if none does.
pub fn matches(pattern: &Text, text: &Text, reading: Reading) -> Truth {
    align::decide(pattern, reading, text, Reading { wildcards: false, ..reading })
}

/// Whether `pattern` matches all that the pattern `other` matches.
///
/// A policy variable covers only itself, for it has one value in a request.
pub fn covers(pattern: &Text, other: &Text, reading: Reading) -> Truth {
    align::decide(pattern, reading, other, reading)
}

/// Whether some text matches both patterns. A policy variable is taken to be able to stand for any text.
pub fn overlaps(one: &Text, other: &Text, reading: Reading) -> Truth {
    align::overlap(one, other, reading)
}

/// Whether the pattern of a resource matches a text: `*` any characters, `?` one, case matters.
pub fn match_glob(pattern: &Text, text: &Text) -> Truth {
    matches(pattern, text, Reading::RESOURCE)
}
