//! One file per target.

pub(crate) mod control;
pub(crate) mod estate_file;
pub(crate) mod exception;
pub(crate) mod expression;
pub(crate) mod framework;
pub(crate) mod hcl;
pub(crate) mod intrinsics;
pub(crate) mod json;
pub(crate) mod parameters;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod template;
pub(crate) mod terraform;
pub(crate) mod terraform_json;
pub(crate) mod tfvars;
pub(crate) mod yaml;
