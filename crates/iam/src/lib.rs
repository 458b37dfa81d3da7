//! IAM policies, parsed into a model and decided on meaning.
//!
//! [`document`] reads a policy document out of the estate's values, [`pattern`] matches wildcards, [`condition`]
//! evaluates condition operators, and [`judge`] answers the questions that controls ask.
//!
//! A policy may be partly unknown: a parameter in an ARN, a statement behind a condition, a list that may hold more.
//! Every question is answered with an [`estate::truth::Truth`].
//!
//! Invariant: an answer that is decided holds for every way of filling in the unknowns that AWS would accept.
//! What is assumed of a filling is said at [`pattern::Form`].
//!
//! This crate reads no file, opens no socket and asks no clock.

pub mod condition;
pub mod document;
pub mod judge;
pub mod pattern;
