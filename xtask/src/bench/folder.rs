//! What lies in a folder, and copies of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Limit: files below a folder. A corpus has hundreds; more is the wrong folder.
const FILES_MAX: usize = 100_000;

/// The files below a folder, relative to it, in order. Links are not followed, so that there is an end.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut todo = vec![PathBuf::new()];
    while let Some(below) = todo.pop() {
        let path = folder.join(&below);
        let entries = fs::read_dir(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = below.join(entry.file_name());
            if kind.is_dir() {
                todo.push(name);
            } else if kind.is_file() {
                found.push(name);
            }
        }
        ensure!(found.len() <= FILES_MAX, "`{}` holds more than {FILES_MAX} files", folder.display());
    }
    found.sort();
    Ok(found)
}

/// Copies a folder without some of its files. What was at the target before is gone.
pub(super) fn copy_without(from: &Path, to: &Path, left_out: &BTreeSet<PathBuf>) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("`{}` cannot be removed", to.display()))?;
    }
    fs::create_dir_all(to)?;
    for file in files(from)?.into_iter().filter(|file| !left_out.contains(file)) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(from.join(&file), &target)
            .with_context(|| format!("`{}` cannot be copied", file.display()))?;
    }
    Ok(())
}
