//! Three-valued truth after Kleene: true, false, or unknown for stated reasons.

use std::sync::Arc;

use crate::value::Unknown;

/// The answer to a question about values that may be unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// True however the unknowns turn out.
    True,
    /// False however the unknowns turn out.
    False,
    /// It depends on these unknowns.
    Unknown(Why),
}

/// The unknowns an answer hangs on, without duplicates, in the order they were met.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why(pub Vec<Arc<Unknown>>);

// Limit: a list of this many reasons tells a reader all that he can use, and bounds the work on large lists.
const REASONS_MAX: usize = 16;

impl Why {
    /// One reason.
    pub fn of(unknown: &Arc<Unknown>) -> Why {
        Why(vec![unknown.clone()])
    }

    /// Adds the reasons of another answer.
    pub fn add(&mut self, other: &Why) {
        for unknown in &other.0 {
            if self.0.len() >= REASONS_MAX {
                return;
            }
            if !self.0.contains(unknown) {
                self.0.push(unknown.clone());
            }
        }
    }

    /// Both lists of reasons.
    #[must_use]
    pub fn and(mut self, other: &Why) -> Why {
        self.add(other);
        self
    }
}

impl From<bool> for Truth {
    fn from(b: bool) -> Truth {
        if b { Truth::True } else { Truth::False }
    }
}

impl Truth {
    /// Unknown for one reason.
    pub fn unknown(unknown: &Arc<Unknown>) -> Truth {
        Truth::Unknown(Why::of(unknown))
    }

    /// `self && other`.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, x) | (x, Truth::True) => x,
            (Truth::Unknown(a), Truth::Unknown(b)) => Truth::Unknown(a.and(&b)),
        }
    }

    /// `self || other`.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, x) | (x, Truth::False) => x,
            (Truth::Unknown(a), Truth::Unknown(b)) => Truth::Unknown(a.and(&b)),
        }
    }

    /// Whether some item makes `ask` true; stops at the first that does.
    pub fn any<T>(items: impl IntoIterator<Item = T>, mut ask: impl FnMut(T) -> Truth) -> Truth {
        let mut answer = Truth::False;
        for item in items {
            answer = answer.or(ask(item));
            if answer == Truth::True {
                break;
            }
        }
        answer
    }

    /// Whether every item makes `ask` true; stops at the first that does not.
    pub fn all<T>(items: impl IntoIterator<Item = T>, mut ask: impl FnMut(T) -> Truth) -> Truth {
        !Truth::any(items, |item| !ask(item))
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }
}
