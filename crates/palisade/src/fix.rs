//! `palisade check --fix`: makes the edits that controls name, and holds each to what it was made for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use ::fix::{Refusal, Replacement};
use anyhow::{Context, Result};
use finding::escape;
use template::Files;
use template::discover::Disk;

use crate::check::{Failing, Run};
use crate::config::shown;

// Limit: rounds of judging and editing. Edits that touch each other are made in rounds of their own; of one
// resource a handful do.
const ROUNDS_MAX: usize = 12;

/// The disk with texts that are changed and not yet written.
#[derive(Default)]
struct Draft {
    texts: Mutex<BTreeMap<PathBuf, String>>,
}

impl Draft {
    fn texts(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, String>> {
        self.texts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Files for Draft {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts().get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => Disk.read(path),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Disk.list(folder)
    }
}

/// What was changed, and what was not and why.
pub(crate) struct Fixed {
    texts: BTreeMap<PathBuf, String>,
    /// Control and resource of what is mended.
    mended: BTreeSet<(String, String)>,
    /// Edits that were left out for what they cost.
    risky: BTreeMap<(String, String), String>,
    /// Edits that cannot be made.
    refused: BTreeMap<(String, String), String>,
}

type Finding = (String, String);

/// Mends what can be mended.
///
/// Edits are made round by round; after each, everything is judged again, and an edit that did not mend its
/// finding is taken back.
pub(crate) fn run(run: &Run, risky: bool) -> Result<Fixed> {
    let draft = Draft::default();
    let mut fixed = Fixed {
        texts: BTreeMap::new(),
        mended: BTreeSet::new(),
        risky: BTreeMap::new(),
        refused: BTreeMap::new(),
    };
    let mut failing = run.failing(&draft)?;
    for _ in 0..ROUNDS_MAX {
        let before = draft.texts().clone();
        let mut made = round(&draft, &failing, risky, &mut fixed)?;
        if made.is_empty() {
            break;
        }
        let mut after = run.failing(&draft)?;
        let still = names(&after);
        let useless: BTreeSet<Finding> = made.keys().filter(|one| still.contains(*one)).cloned().collect();
        if !useless.is_empty() {
            // Take the round back and make only what helps.
            *draft.texts() = before;
            made.retain(|one, _| !useless.contains(one));
            for one in useless {
                fixed.refused.insert(one, "the edit alone does not mend it".to_owned());
            }
            for changes in made.values() {
                edit(&draft, changes)?;
            }
            after = run.failing(&draft)?;
        }
        fixed.mended.extend(made.into_keys());
        failing = after;
    }
    fixed.texts = draft.texts().clone();
    Ok(fixed)
}

fn names(failing: &Failing) -> BTreeSet<Finding> {
    let name = |(control, id): &(std::sync::Arc<control::file::Control>, estate::resource::ResourceId)| {
        (control.id.to_string(), failing.estate.get(*id).key.to_string())
    };
    failing.fails.iter().map(name).collect()
}

/// Makes the edits that do not touch each other.
fn round(
    draft: &Draft,
    failing: &Failing,
    risky: bool,
    fixed: &mut Fixed,
) -> Result<BTreeMap<Finding, Vec<Replacement>>> {
    let mut made: BTreeMap<Finding, Vec<Replacement>> = BTreeMap::new();
    let taken: RefCell<Vec<Replacement>> = RefCell::default();
    for (control, id) in &failing.fails {
        let resource = failing.estate.get(*id);
        let name = (control.id.to_string(), resource.key.to_string());
        if control.fix.edit.is_empty() || made.contains_key(&name) || fixed.refused.contains_key(&name) {
            continue;
        }
        match ::fix::changes(draft, &failing.estate, resource, &control.fix.edit, risky) {
            Ok(changes) if changes.is_empty() => {
                fixed.refused.insert(name, "it is written that way already".to_owned());
            }
            Ok(changes) => {
                let touches = |a: &Replacement, b: &Replacement| {
                    a.file == b.file && a.start <= b.end && b.start <= a.end
                };
                let mut taken = taken.borrow_mut();
                // The same change for another finding, such as the next instance of a module, is made once.
                let known = changes.iter().all(|change| taken.contains(change));
                if known || !changes.iter().any(|change| taken.iter().any(|other| touches(change, other))) {
                    taken.extend(changes.iter().cloned());
                    made.insert(name, changes);
                }
            }
            Err(Refusal::Risky(why)) => {
                fixed.risky.insert(name, why);
            }
            Err(Refusal::Cannot(why)) => {
                fixed.refused.insert(name, why);
            }
        }
    }
    let all: Vec<Replacement> = made.values().flatten().cloned().collect();
    edit(draft, &all)?;
    Ok(made)
}

fn edit(draft: &Draft, changes: &[Replacement]) -> Result<()> {
    let mut by_file: BTreeMap<PathBuf, Vec<Replacement>> = BTreeMap::new();
    for change in changes {
        by_file.entry(change.file.clone()).or_default().push(change.clone());
    }
    for (path, changes) in by_file {
        let bytes = draft.read(&path).with_context(|| format!("`{}`", shown(&path)))?;
        let text = String::from_utf8(bytes).with_context(|| format!("`{}`", shown(&path)))?;
        let (text, _) = ::fix::apply(&text, changes);
        draft.texts().insert(path, text);
    }
    Ok(())
}

impl Fixed {
    /// Writes the files, each as a whole or not at all.
    pub(crate) fn write(&self) -> Result<()> {
        for (path, text) in &self.texts {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let beside = folder.join(format!(".{name}.palisade"));
            let write = || -> io::Result<()> {
                fs::write(&beside, text)?;
                fs::set_permissions(&beside, fs::metadata(path)?.permissions())?;
                fs::rename(&beside, path)
            };
            write().with_context(|| format!("`{}` cannot be written", shown(path)))?;
        }
        self.tell();
        Ok(())
    }

    /// Shows the changes as a unified diff.
    pub(crate) fn show(&self) -> Result<ExitCode> {
        let mut out = io::stdout().lock();
        for (path, text) in &self.texts {
            let before = fs::read_to_string(path).with_context(|| format!("`{}`", shown(path)))?;
            let name = escape::line(&shown(path)).to_string();
            let diff = similar::TextDiff::from_lines(before.as_str(), text.as_str());
            let unified = diff
                .unified_diff()
                .context_radius(3)
                .header(&format!("a/{name}"), &format!("b/{name}"))
                .to_string();
            for line in unified.split_inclusive('\n') {
                // Lines of a template may hold anything, also what a terminal would obey.
                write!(out, "{}", escape::line(line.trim_end_matches('\n')))?;
                writeln!(out)?;
            }
        }
        out.flush()?;
        self.tell();
        Ok(ExitCode::from(if self.texts.is_empty() { crate::CLEAN } else { crate::FINDINGS }))
    }

    /// Says what was mended and what was not.
    fn tell(&self) {
        let (mended, files) = (self.mended.len(), self.texts.len());
        eprintln!("fixed {mended} findings in {files} files");
        let address =
            |key: &str| escape::line(key.rsplit_once('#').map_or(key, |(_, address)| address)).to_string();
        for ((control, key), why) in &self.refused {
            eprintln!("not fixed: {control} {}: {}", address(key), escape::line(why));
        }
        for ((control, key), why) in &self.risky {
            eprintln!("needs --unsafe-fixes: {control} {}: {}", address(key), escape::line(why));
        }
    }
}
