//! The edits that controls name: made, and held to what they were made for. `palisade check --fix` writes them, the
//! language server offers them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::fix::{Draft, Refusal, Replacement};
use anyhow::{Context, Result};
use control::file::Control;
use estate::resource::Resource;
use finding::escape;
use template::Files;
use template::discover::Disk;

use crate::check::{Failing, Run};
use crate::config::shown;

// Limit: rounds of judging and editing. Edits that touch each other are made in rounds of their own; of one
// resource a handful do.
const ROUNDS_MAX: usize = 12;

/// The control and the key of the resource.
type Finding = (String, String);

/// What is to be changed, and what is not and why.
#[derive(Default)]
pub(crate) struct Fixed {
    /// The files that change, with the text that they are to have.
    pub(crate) texts: BTreeMap<PathBuf, String>,
    /// What is mended.
    mended: BTreeSet<Finding>,
    /// Edits that were left out for what they cost.
    pub(crate) risky: BTreeMap<Finding, String>,
    /// Edits that cannot be made.
    refused: BTreeMap<Finding, String>,
    /// Whether anything that was asked for fails still.
    pub(crate) is_partial: bool,
}

/// Mends what can be mended of everything that a call of `check` judges.
pub(crate) fn run(run: &Run, risky: bool) -> Result<Fixed> {
    mend(&Disk, &|files| run.failing(files), &|_, _| true, risky)
}

/// Mends what is wanted of everything that fails. Nothing is written.
///
/// Edits are made round by round; after each, everything is judged again, and an edit that did not mend its
/// finding is taken back.
pub(crate) fn mend(
    files: &dyn Files,
    judge: &dyn Fn(&dyn Files) -> Result<Failing>,
    wanted: &dyn Fn(&Control, &Resource) -> bool,
    risky: bool,
) -> Result<Fixed> {
    let mut draft = Draft::new(files);
    let mut fixed = Fixed::default();
    let mut failing = judge(&draft)?;
    for _ in 0..ROUNDS_MAX {
        let before = draft.texts.clone();
        let mut made = round(&mut draft, &failing, wanted, risky, &mut fixed);
        if made.is_empty() {
            break;
        }
        let mut after = judge(&draft)?;
        let still = names(&after);
        let useless: BTreeSet<Finding> = made.keys().filter(|one| still.contains(*one)).cloned().collect();
        if !useless.is_empty() {
            // Take the round back and make only what helps.
            draft.texts = before;
            made.retain(|one, _| !useless.contains(one));
            for one in useless {
                fixed.refused.insert(one, "the edit alone does not mend it".to_owned());
            }
            draft.make(made.values().flatten().cloned().collect());
            after = judge(&draft)?;
        }
        fixed.mended.extend(made.into_keys());
        failing = after;
    }
    fixed.is_partial = failing.fails.iter().any(|(control, id)| wanted(control, failing.estate.get(*id)));
    fixed.texts = draft.texts;
    Ok(fixed)
}

fn names(failing: &Failing) -> BTreeSet<Finding> {
    let fails = failing.fails.iter();
    fails.map(|(control, id)| name(control, failing.estate.get(*id))).collect()
}

fn name(control: &Control, resource: &Resource) -> Finding {
    (control.id.to_string(), resource.key.to_string())
}

/// Makes the edits that do not touch each other.
fn round(
    draft: &mut Draft<'_>,
    failing: &Failing,
    wanted: &dyn Fn(&Control, &Resource) -> bool,
    risky: bool,
    fixed: &mut Fixed,
) -> BTreeMap<Finding, Vec<Replacement>> {
    let mut made: BTreeMap<Finding, Vec<Replacement>> = BTreeMap::new();
    let taken: RefCell<Vec<Replacement>> = RefCell::default();
    for (control, id) in &failing.fails {
        let resource = failing.estate.get(*id);
        if control.fix.edit.is_empty() || !wanted(control, resource) {
            continue;
        }
        let name = name(control, resource);
        if made.contains_key(&name) || fixed.refused.contains_key(&name) {
            continue;
        }
        match ::fix::changes(&*draft, &failing.estate, resource, &control.fix.edit, risky) {
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
    draft.make(made.values().flatten().cloned().collect());
    made
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
