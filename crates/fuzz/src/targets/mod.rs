//! One file per target.

pub(crate) mod control;
pub(crate) mod estate_file;
pub(crate) mod exception;
pub(crate) mod expression;
pub(crate) mod framework;
pub(crate) mod intrinsics;
pub(crate) mod json;
pub(crate) mod parameters;
pub(crate) mod policy;
pub(crate) mod template;
pub(crate) mod yaml;
