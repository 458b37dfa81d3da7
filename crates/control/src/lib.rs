//! The control language: files, types, evaluation in three values, tests, frameworks, exceptions.
//!
//! A control is a YAML file ([`file`]). Its expressions are CEL ([`cel`]), checked against the schemas of the
//! types they judge ([`compile`]), and run on an estate ([`eval`], [`judge`]).
//! This crate opens no socket, asks no clock and writes no file; the time of a judgement comes in from outside.

pub mod builtin;
pub mod case;
pub mod cel;
pub mod compile;
pub mod conformance;
pub mod each;
pub mod eval;
pub mod exception;
pub mod file;
pub mod framework;
pub mod functions;
pub mod glob;
pub mod judge;
pub mod message;
pub mod pack;
mod relate;
pub mod types;
pub mod value;
