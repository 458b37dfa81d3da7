//! The parts of an ARN that tell whose it is, as far as they are known.
//!
//! `arn:partition:service:region:account:resource`:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use estate::truth::Why;

use super::{Form, Piece, Text};

/// Whose a text says it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Account {
    /// The account with this number of twelve digits.
    Is(String),
    /// The policy's own account.
    Own,
    /// An ARN whose account is a word, such as `aws` or `cloudfront`: AWS's own.
    Named(String),
    /// An ARN without an account, such as that of a bucket.
    Nobody,
    /// An ARN whose account has a wildcard or a policy variable.
    Open,
    /// Neither an ARN nor the number of an account.
    None,
    /// It depends on these unknowns.
    Unknown(Why),
}

/// Whose a text is, and whether that can be relied on in a pattern over whole texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// The account.
    pub account: Account,
    /// Whether a wildcard or variable stands before the account. A `*` there may swallow colons where the text is
    /// not matched part by part, so the account may then stand somewhere else.
    pub loose: bool,
}

/// Whether a text is the number of an account.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// One part of an ARN, while it is read.
#[derive(Default)]
struct Field {
    text: String,
    /// The policy's own account stands in it.
    own: bool,
    /// A wildcard or variable stands in it.
    open: bool,
    /// Something of its own form stands in it: a partition or region.
    why: Why,
}

impl Field {
    fn account(self) -> Account {
        if self.open {
            Account::Open
        } else if !self.why.0.is_empty() {
            Account::Unknown(self.why)
        } else if self.own {
            if self.text.is_empty() { Account::Own } else { Account::None }
        } else if self.text.is_empty() {
            Account::Nobody
        } else if is_account(&self.text) {
            Account::Is(self.text)
        } else {
            Account::Named(self.text)
        }
    }
}

impl Text {
    /// Whose the text is: the account of an ARN, or the account that it numbers.
    pub fn owner(&self) -> Owner {
        let mut field = Field::default();
        let mut colons = 0;
        let mut loose = false;
        for piece in &self.pieces {
            let (text, wildcards) = match piece {
                Piece::Known(text) => (text, true),
                Piece::Literal(text) => (text, false),
                Piece::Variable(_) => {
                    field.open = true;
                    continue;
                }
                Piece::Hole(unknown) => {
                    match Form::of(unknown) {
                        Form::Account => field.own = true,
                        Form::Partition | Form::Region => field.why.add(&Why::of(unknown)),
                        Form::Arn if colons == 0 && field.text.is_empty() && !field.open => {
                            return Owner { account: Account::Own, loose: false };
                        }
                        // Whatever follows, the account has a wildcard already.
                        _ if colons == 4 && field.open => return Owner { account: Account::Open, loose },
                        _ => return Owner { account: Account::Unknown(Why::of(unknown)), loose },
                    }
                    continue;
                }
            };
            for c in text.chars() {
                if c != ':' {
                    field.open |= wildcards && matches!(c, '*' | '?');
                    field.text.push(c);
                    continue;
                }
                if colons == 4 {
                    return Owner { account: field.account(), loose };
                }
                if colons == 0 && (field.text != "arn" || field.own || !field.why.0.is_empty()) {
                    return Owner { account: Account::None, loose };
                }
                loose |= field.open;
                colons += 1;
                field = Field::default();
            }
        }
        let account = match field.account() {
            whole @ (Account::Is(_) | Account::Own) if colons == 0 => whole,
            Account::Unknown(why) if colons == 0 => Account::Unknown(why),
            _ => Account::None,
        };
        Owner { account, loose }
    }

    /// The service of an ARN, where it is known.
    pub fn service(&self) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Known(known) | Piece::Literal(known) => text.push_str(known),
                // Not part of the answer, and without a colon.
                Piece::Hole(unknown) if Form::of(unknown) == Form::Partition => text.push_str("aws"),
                Piece::Hole(_) | Piece::Variable(_) => break,
            }
        }
        let mut fields = text.splitn(4, ':');
        let (arn, service) = (fields.next()?, fields.nth(1)?);
        // Only a colon after it shows that the service is whole.
        fields.next()?;
        (arn == "arn" && !service.is_empty() && !service.contains(['*', '?'])).then(|| service.to_owned())
    }
}
