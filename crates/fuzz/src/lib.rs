//! Fuzzing: everything that reads text from outside, each as a function of bytes.
//!
//! A target panics on a broken promise only. Beyond "it does not panic by itself" a target checks what is cheap to
//! check: positions lie inside the text, reading twice gives the same, a part that was cut off is said to be cut
//! off, what is written can be read back, an answer does not hang on the order of what was asked.
//!
//! `tests/corpus.rs` runs each target on its kept corpus (`fuzz/corpus/`), on the [`hostile`] inputs and, by the
//! [`driver`], on mutations of the corpus. `cargo fuzz` runs the same targets (`fuzz/README.md`).
//!
//! This crate reads no file and opens no socket; the driver reads the clock.

mod check;
pub mod driver;
pub mod hostile;
mod memory;
mod mutate;
mod random;
mod targets;
mod tokens;

/// Something that reads text from outside.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads an input; panics where a promise is broken.
    pub run: fn(&[u8]),
    /// The folder of its kept inputs, from the root of the project.
    pub corpus: &'static str,
    /// Pieces of text that mean something to it.
    pub tokens: &'static [&'static [u8]],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "yaml", run: targets::yaml::run, corpus: "fuzz/corpus/yaml", tokens: tokens::YAML },
    Target { name: "json", run: targets::json::run, corpus: "fuzz/corpus/json", tokens: tokens::JSON },
    Target {
        name: "template",
        run: targets::template::run,
        corpus: "fuzz/corpus/template",
        tokens: tokens::TEMPLATE,
    },
    Target {
        name: "intrinsics",
        run: targets::intrinsics::run,
        corpus: "fuzz/corpus/intrinsics",
        tokens: tokens::INTRINSICS,
    },
    Target {
        name: "parameters",
        run: targets::parameters::run,
        corpus: "fuzz/corpus/parameters",
        tokens: tokens::PARAMETERS,
    },
    Target {
        name: "control",
        run: targets::control::run,
        corpus: "fuzz/corpus/control",
        tokens: tokens::CONTROL,
    },
    Target {
        name: "expression",
        run: targets::expression::run,
        corpus: "fuzz/corpus/expression",
        tokens: tokens::EXPRESSION,
    },
    Target {
        name: "policy",
        run: targets::policy::run,
        corpus: "fuzz/corpus/policy",
        tokens: tokens::POLICY,
    },
    Target {
        name: "estate-file",
        run: targets::estate_file::run,
        corpus: "fuzz/corpus/estate-file",
        tokens: tokens::ESTATE_FILE,
    },
    Target {
        name: "exception",
        run: targets::exception::run,
        corpus: "fuzz/corpus/exception",
        tokens: tokens::EXCEPTION,
    },
    Target {
        name: "framework",
        run: targets::framework::run,
        corpus: "fuzz/corpus/framework",
        tokens: tokens::FRAMEWORK,
    },
    Target { name: "hcl", run: targets::hcl::run, corpus: "fuzz/corpus/hcl", tokens: tokens::HCL },
    Target {
        name: "terraform",
        run: targets::terraform::run,
        corpus: "fuzz/corpus/terraform",
        tokens: tokens::TERRAFORM,
    },
    Target {
        name: "terraform-json",
        run: targets::terraform_json::run,
        corpus: "fuzz/corpus/terraform-json",
        tokens: tokens::TERRAFORM_JSON,
    },
    Target {
        name: "tfvars",
        run: targets::tfvars::run,
        corpus: "fuzz/corpus/tfvars",
        tokens: tokens::TFVARS,
    },
    Target { name: "plan", run: targets::plan::run, corpus: "fuzz/corpus/plan", tokens: tokens::PLAN },
];

/// A target by its name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Runs a target by its name, for `cargo fuzz`. Panics where there is none of that name.
pub fn run(name: &str, input: &[u8]) {
    let target = target(name).unwrap_or_else(|| panic!("no target `{name}`"));
    (target.run)(input);
}
