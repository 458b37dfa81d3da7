//! Terraform and OpenTofu as an estate: modules are evaluated as far as their text decides, plans are read, and
//! the provider's resource types are mapped to CloudFormation's.
//!
//! What the code leaves open (a variable without a value, an attribute that AWS assigns, a data source) becomes an
//! unknown value with its reason. Nothing is lost over one fault: each gives a diagnostic, and the rest is carried
//! on. This crate reads files through [`template::Files`] only, runs no program and opens no socket.

mod body;
mod code;
mod data;
mod declared;
mod eval;
mod functions;
mod inputs;
mod json;
mod load;
pub mod mapping;
mod module;
mod operate;
mod plan;
mod provider;
#[cfg(test)]
mod soundness;
mod source;
mod suppress;
mod types;
mod value;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub use load::{containing, load, roots, text};
pub use source::is_code;

/// What is known from outside the code.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Values of variables from `TF_VAR_` of the environment, by name.
    pub environment: BTreeMap<String, String>,
    /// Values of variables that are given by hand, later ones over earlier ones.
    pub variables: Vec<Given>,
    /// The workspace.
    pub workspace: Option<String>,
    /// The account that the code is deployed to.
    pub account: Option<Arc<str>>,
    /// The region that the code is deployed to.
    pub region: Option<Arc<str>>,
}

/// Values of variables of root modules.
#[derive(Clone, Debug)]
pub enum Given {
    /// A file of values (`--var-file`).
    File(PathBuf),
    /// One value (`--var`): name and text.
    Value(String, String),
}
