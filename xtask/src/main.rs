//! Palisade's chores: `cargo xtask CHORE`.

mod bench;
mod check;
mod conformance;
mod overlay;
mod provider;
mod schemas;
mod textproto;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Palisade's chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build the type catalogue from AWS's schemas and content/catalogue
    Schemas {
        /// Only check that the tree's file is what this chore writes
        #[arg(long)]
        check: bool,
    },
    /// Note the arguments of Terraform's AWS provider, which mappings are held to
    Provider {
        /// The package `@cdktf/provider-aws`, unpacked or as its .tgz; without, it is downloaded
        package: Option<PathBuf>,
        /// Only check that the tree's file is what this chore writes
        #[arg(long)]
        check: bool,
    },
    /// Measure Palisade, beside a peer on the same machine
    #[command(subcommand)]
    Bench(Bench),
    /// Run every check: format, lints, dependencies, catalogue, tests
    Test,
    /// Run CEL's own conformance tests
    Conformance {
        /// The folder of the tests
        folder: Option<PathBuf>,
        /// Write docs/cel-conformance.md
        #[arg(long)]
        list: bool,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Judging templates and estates
    Check(bench::Options),
}

fn main() -> Result<()> {
    let root = root();
    let cache = cache();
    match Arguments::parse().chore {
        Chore::Schemas { check } => schemas::run(&root, &cache, check),
        Chore::Provider { package, check } => provider::run(&root, &cache, package.as_deref(), check),
        Chore::Bench(Bench::Check(options)) => bench::check(&root, &cache, &options),
        Chore::Test => check::run(&root, &cache),
        Chore::Conformance { folder, list } => conformance::run(&root, folder.as_deref(), list),
    }
}

/// The project's root folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where downloads and tools are kept between runs, outside the checkout.
fn cache() -> PathBuf {
    let base = std::env::var_os("PALISADE_CACHE").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/palisade"));
    base.or(home).unwrap_or_else(|| root().join("target/cache"))
}
