//! `--since REV`: the state of the same paths in a commit, read through git itself.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use template::Files;
use template::discover::Input;

use crate::config::shown;
use crate::input::is_candidate;

/// The files of a commit.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    /// Its full hash.
    commit: String,
    files: HashMap<PathBuf, Vec<u8>>,
}

impl Files for Commit {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(bytes) = self.files.get(path) {
            return Ok(bytes.clone());
        }
        // A nested stack or an include may lie outside the paths that are checked.
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or(io::ErrorKind::NotFound)?.to_string_lossy();
        git(folder, &["cat-file", "blob", &format!("{}:./{name}", self.commit)]).map_err(io::Error::other)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let here: Vec<PathBuf> = self.files.keys().filter(|path| is_in(path, folder)).cloned().collect();
        if !here.is_empty() {
            return Ok(here);
        }
        // A module may lie outside the paths that are checked.
        let listed =
            git(folder, &["ls-tree", "-z", "--name-only", &self.commit, "./"]).map_err(io::Error::other)?;
        let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| join(folder, &String::from_utf8_lossy(name))).collect())
    }
}

impl Commit {
    /// Reads what a commit holds at some paths. A path that it does not have gives nothing: all of it is new.
    pub(crate) fn read(rev: &str, paths: &[PathBuf]) -> Result<Commit> {
        // A revision that begins with a dash would be an option to git.
        ensure!(!rev.starts_with('-') && !rev.is_empty(), "`{rev}` is no revision");
        let mut commit = Commit::default();
        for path in paths {
            let (folder, only) = if path.is_dir() {
                (path.clone(), None)
            } else {
                let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
                (folder.to_path_buf(), path.file_name().map(PathBuf::from))
            };
            commit.folder(rev, &folder, only.as_deref())?;
        }
        Ok(commit)
    }

    /// The files that may be templates, as inputs.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        let input = |path: &PathBuf| Input { path: path.clone(), named: false, account: None, region: None };
        let mut inputs: Vec<Input> = self.files.keys().map(input).collect();
        inputs.sort();
        inputs
    }

    fn folder(&mut self, rev: &str, folder: &Path, only: Option<&Path>) -> Result<()> {
        let commit = git(
            folder,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")],
        )
        .with_context(|| format!("`{rev}` is no commit of the repository of `{}`", shown(folder)))?;
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        self.commit.clone_from(&commit);
        let listed = git(folder, &["ls-tree", "-r", "-z", "--name-only", &commit])?;
        let names: Vec<String> = listed
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .filter(|name| match only {
                // A file that the user names may have any name.
                Some(only) => Path::new(name) == only,
                None => is_candidate(Path::new(name)),
            })
            .filter(|name| !name.contains('\n'))
            .collect();
        for (name, bytes) in contents(folder, &commit, &names)? {
            // The path as discovery gives it for the working tree.
            self.files.insert(join(folder, &name), bytes);
        }
        Ok(())
    }
}

/// Whether a file stands right below a folder.
fn is_in(path: &Path, folder: &Path) -> bool {
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    path.parent() == Some(folder)
}

fn join(folder: &Path, name: &str) -> PathBuf {
    let path = if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output =
        Command::new("git").arg("-C").arg(folder).args(arguments).output().context("git cannot be run")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {}: {}", arguments.first().unwrap_or(&""), said.trim());
    }
    Ok(output.stdout)
}

/// The contents of files of a commit, by one process for all.
fn contents(folder: &Path, commit: &str, names: &[String]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("git cannot be run")?;
    let mut asks = child.stdin.take().context("git takes input")?;
    let answers = child.stdout.take().context("git gives output")?;
    let lines: Vec<String> = names.iter().map(|name| format!("{commit}:./{name}\n")).collect();
    // Asked from a second thread: git stops reading while nobody takes its answers.
    let asking =
        std::thread::spawn(move || lines.iter().try_for_each(|line| asks.write_all(line.as_bytes())));
    let mut answers = BufReader::new(answers);
    let mut found = Vec::new();
    for name in names {
        let mut head = String::new();
        answers.read_line(&mut head)?;
        let mut words = head.split_whitespace().rev();
        let size: usize = words.next().and_then(|size| size.parse().ok()).context("git gave no size")?;
        let mut bytes = vec![0; size.min(document::BYTES_MAX + 1)];
        answers.read_exact(&mut bytes)?;
        io::copy(&mut answers.by_ref().take((size - bytes.len() + 1) as u64), &mut io::sink())?;
        found.push((name.clone(), bytes));
    }
    asking.join().map_err(|_| anyhow::anyhow!("git was not asked"))??;
    child.wait()?;
    Ok(found)
}
