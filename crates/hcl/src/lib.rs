//! HCL, the syntax of Terraform and OpenTofu, as a tree with positions.
//!
//! Written to the specification of HCL's native syntax
//! (<https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>).
//! Reading never fails as a whole: a fault costs the attribute or block that it stands in, is listed, and reading
//! goes on behind it. What the tree means is left to others: nothing is evaluated here.
//! This crate reads no file.

mod expression;
mod lines;
mod parse;
mod scan;
pub mod syntax;
mod template;

pub use lines::Lines;
pub use parse::{expression, file, template};

// Limit: brackets, blocks and templates within each other. Real code stays under 20; recursion over a tree relies
// on this bound.
/// The deepest nesting of blocks and expressions.
pub const DEPTH_MAX: u16 = 100;

// Limit: levels of an expression's tree; a chain of operators adds one with each. Evaluation recurses over them.
/// The highest tree of an expression.
pub const HEIGHT_MAX: u16 = 250;

// Limit: bytes of one file; Terraform files are written by hand, generated ones reach a few megabytes.
/// The most bytes that are read of a file.
pub const BYTES_MAX: usize = 16 << 20;
