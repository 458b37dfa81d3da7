//! `cargo xtask test`: everything that must hold before a change lands, the fast checks first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::schemas;

/// The release of `cargo-deny` that checks the dependencies.
const CARGO_DENY: &str = "0.20.2";

/// Runs every check; stops at the first that fails.
pub(crate) fn run(root: &Path, cache: &Path) -> Result<()> {
    step("format", cargo(root).args(["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
    step("lints", cargo(root).args(clippy))?;
    let deny = cargo_deny(root, cache)?;
    let checks = ["--log-level", "error", "check", "bans", "licenses", "sources"];
    step("dependencies", Command::new(deny).current_dir(root).args(checks))?;
    println!("== type catalogue");
    schemas::run(root, cache, true)?;
    tests(root)?;
    editor(root, cache)
}

/// Unit, data, property, fuzz and end-to-end tests. `cargo nextest` runs them where it is installed.
fn tests(root: &Path) -> Result<()> {
    let has_nextest = cargo(root)
        .args(["nextest", "--version"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut command = cargo(root);
    // The property tests are the same in every run; another seed is tried by setting this.
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        command.env("PROPTEST_RNG_SEED", "20261124");
    }
    if has_nextest {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "fail"]);
    } else {
        command.args(["test", "--workspace", "--quiet"]);
    }
    step("tests", &mut command)
}

/// The language server, spoken to by a client that others wrote: `pygls`, pinned, in an environment of its own.
fn editor(root: &Path, cache: &Path) -> Result<()> {
    let folder = root.join("crates/palisade/tests/lsp_client");
    let requirements = fs::read_to_string(folder.join("requirements.txt"))?;
    let home = cache.join("lsp-client");
    let python = home.join("bin/python");
    // What was installed is noted last, so that a broken installation is made again.
    let note = home.join("installed.txt");
    if fs::read_to_string(&note).unwrap_or_default() != requirements {
        step("python environment, once", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        step("language client, once", install.arg(folder.join("requirements.txt")))?;
        fs::write(&note, &requirements)?;
    }
    step("program", cargo(root).args(["build", "--quiet", "-p", "palisade"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let program = target.join("debug/palisade");
    step("language server", Command::new(&python).arg(folder.join("client.py")).arg(program))
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

fn step(name: &str, command: &mut Command) -> Result<()> {
    println!("== {name}");
    let status = command.status().with_context(|| format!("{name}: the command cannot be run"))?;
    ensure!(status.success(), "{name}: failed");
    Ok(())
}

/// The dependency checker, built once into the cache.
fn cargo_deny(root: &Path, cache: &Path) -> Result<PathBuf> {
    let tools = cache.join("tools");
    let program = tools.join("bin/cargo-deny");
    let is_right = |program: &Path| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(CARGO_DENY))
    };
    if !is_right(&program) {
        let mut install = cargo(root);
        install.args([
            "install",
            "cargo-deny",
            "--version",
            CARGO_DENY,
            "--locked",
            "--no-default-features",
            "--quiet",
        ]);
        install.arg("--root").arg(&tools);
        step("cargo-deny, once", &mut install)?;
    }
    Ok(program)
}
