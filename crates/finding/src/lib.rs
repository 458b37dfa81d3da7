//! What was judged, as it is told: one record a verdict, and a file a format to write them in.
//!
//! The records are those of the documented JSON output; every other format carries the same.
//! Nothing here judges, and nothing here reads a file: source text comes in through
//! [`report::Sources`], and what is written goes to the writer that the caller hands in.

pub mod escape;
pub mod format;
pub mod report;
