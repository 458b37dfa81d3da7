//! The peer that Palisade is measured against: checkov, in a Python environment of its own.
//!
//! It crashes on some templates and then loses the results of all others. For a fair comparison the files it
//! crashes on are found once, by halving, and remembered; then both programs are given the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};

use super::folder;
use super::program::Program;

/// The release of checkov that is measured.
pub(super) const VERSION: &str = "3.3.30";

/// The exit codes with which checkov has done its work: nothing found, something found.
const DONE: &[i32] = &[0, 1];

/// The exit code with which it ends where it crashes.
const CRASHED: &[i32] = &[2];

/// The endings of the files that it takes for CloudFormation.
const ENDINGS: [&str; 4] = ["json", "template", "yaml", "yml"];

// Limit: how long the files it crashes on are looked for. Some 300 templates with a dozen of them take five
// minutes.
const SEARCH_MAX: Duration = Duration::from_mins(10);

/// An installed checkov.
pub(super) struct Checkov {
    program: Program,
    /// The folder that what is found out is kept in.
    folder: PathBuf,
}

impl Checkov {
    /// Installs it into the cache, once. It runs in `folder`.
    pub(super) fn install(cache: &Path, folder: &Path) -> Result<Checkov> {
        let home = cache.join(format!("checkov-{VERSION}"));
        if !home.join("complete").exists() {
            eprintln!("installing checkov {VERSION}: about half a minute, once");
            let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home).status();
            let made =
                made.context("python3 with venv is needed to install checkov\nhint: or use `--no-peer`")?;
            ensure!(made.success(), "python3 could not make an environment in `{}`", home.display());
            let wanted = format!("checkov=={VERSION}");
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &wanted];
            let installed = Command::new(home.join("bin/python")).args(install).status()?;
            ensure!(installed.success(), "pip could not install {wanted}\nhint: or use `--no-peer`");
            fs::write(home.join("complete"), "")?;
        }
        let program = Program::new(&home.join("bin/checkov"), folder, DONE);
        Ok(Checkov { program, folder: folder.to_owned() })
    }

    /// Starting and doing nothing.
    pub(super) fn version(&self) -> Program {
        self.program.clone().arg("--version")
    }

    /// Judging a folder of templates.
    pub(super) fn judging(&self, folder: &Path) -> Program {
        self.plain("cloudformation").arg("--directory").arg(folder)
    }

    /// Judging a folder of Terraform code.
    pub(super) fn judging_code(&self, folder: &Path) -> Program {
        self.plain("terraform").arg("--directory").arg(folder)
    }

    /// Judging a folder on which it is known to crash.
    pub(super) fn crashing(&self, folder: &Path) -> Program {
        self.judging(folder).done_with(CRASHED)
    }

    /// One kind of code only, no downloads, and as little output as it can: what makes it fastest.
    fn plain(&self, framework: &str) -> Program {
        ["--framework", framework, "--skip-download", "--compact", "--quiet", "--output", "json"]
            .into_iter()
            .fold(self.program.clone(), Program::arg)
    }

    /// The files of a folder that it crashes on; `None` where they could not all be found in time.
    pub(super) fn crashes(&self, corpus: &Path) -> Result<Option<BTreeSet<PathBuf>>> {
        let templates = templates(corpus)?;
        ensure!(!templates.is_empty(), "`{}` holds no templates", corpus.display());
        let seen = fingerprint(corpus, &templates)?;
        let memory = self.folder.join(format!("checkov-{VERSION}-crashes.json"));
        if let Some(known) = remembered(&memory, &seen) {
            return Ok(Some(known));
        }
        let minutes = SEARCH_MAX.as_secs() / 60;
        eprintln!("looking for the files that checkov crashes on: up to {minutes} minutes, once");
        let Some(found) = self.search(corpus, &templates)? else { return Ok(None) };
        let names: Vec<_> = found.iter().map(|file| file.to_string_lossy()).collect();
        fs::write(&memory, json!({ "corpus": seen, "crashes": names }).to_string())?;
        Ok(Some(found))
    }

    /// Halves what it crashes on until single files are left.
    fn search(&self, corpus: &Path, templates: &[PathBuf]) -> Result<Option<BTreeSet<PathBuf>>> {
        let start = Instant::now();
        let mut found = BTreeSet::new();
        if self.judging(corpus).succeeds()? {
            return Ok(Some(found));
        }
        // Each part is known to make it crash.
        let mut parts = vec![templates];
        while let Some(part) = parts.pop() {
            if start.elapsed() > SEARCH_MAX {
                return Ok(None);
            }
            if let [file] = part {
                eprintln!("  checkov crashes on {}", file.display());
                found.insert(file.clone());
                continue;
            }
            let (first, second) = part.split_at(part.len() / 2);
            let first_crashes = !self.judging_files(corpus, first).succeeds()?;
            // Where the first half is fine, the second is to blame and need not be tried.
            if !first_crashes || !self.judging_files(corpus, second).succeeds()? {
                parts.push(second);
            }
            if first_crashes {
                parts.push(first);
            }
        }
        Ok(Some(found))
    }

    fn judging_files(&self, corpus: &Path, files: &[PathBuf]) -> Program {
        let program = self.plain("cloudformation").arg("--file");
        files.iter().fold(program, |program, file| program.arg(corpus.join(file)))
    }
}

/// The files of a folder that may be templates.
pub(super) fn templates(corpus: &Path) -> Result<Vec<PathBuf>> {
    let mut files = folder::files(corpus)?;
    files.retain(|file| file.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)));
    Ok(files)
}

/// Names and sizes: where these are the same, so is the corpus.
fn fingerprint(corpus: &Path, templates: &[PathBuf]) -> Result<Json> {
    let mut seen = Vec::new();
    for file in templates {
        let bytes = fs::metadata(corpus.join(file))?.len();
        seen.push(json!([file.to_string_lossy(), bytes]));
    }
    Ok(Json::Array(seen))
}

/// What was found out about this corpus before.
fn remembered(memory: &Path, seen: &Json) -> Option<BTreeSet<PathBuf>> {
    let known: Json = serde_json::from_slice(&fs::read(memory).ok()?).ok()?;
    if known["corpus"] != *seen {
        return None;
    }
    known["crashes"].as_array()?.iter().map(|file| file.as_str().map(PathBuf::from)).collect()
}
