//! The edits that controls name, made where the resource is written: in CloudFormation's YAML or JSON, or in HCL.
//!
//! An edit changes as few characters as it can; comments, order and formatting around it stay.
//! Nothing is written here: texts come in, and changes to them go out.

mod cloudformation;
mod hcl_edit;
mod terraform;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use control::file::{Change, Edit};
use estate::estate::Estate;
use estate::resource::Resource;
use template::Files;

/// A change of one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// The file.
    pub file: PathBuf,
    /// The first byte that is replaced.
    pub start: usize,
    /// The byte after the last that is replaced.
    pub end: usize,
    /// What stands there instead.
    pub text: String,
}

/// Why an edit is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be made, for this reason.
    Cannot(String),
    /// It could be made, and is only where the user asks for edits that cost something.
    Risky(String),
}

/// The changes that mend a resource as a control says.
///
/// # Errors
///
/// Gives why, where an edit cannot be made here or costs more than was asked for.
pub fn changes(
    files: &dyn Files,
    estate: &Estate,
    resource: &Resource,
    edits: &[Edit],
    risky: bool,
) -> Result<Vec<Replacement>, Refusal> {
    if !risky && let Some(why) = edits.iter().find_map(|edit| risk(resource, edit)) {
        return Err(Refusal::Risky(why));
    }
    let Some(name) = estate.file(resource.origin.name.file) else {
        return Err(Refusal::Cannot("the resource is written in no file".to_owned()));
    };
    let path = Path::new(&**name);
    // Each edit sees what those before it have made: four settings of one block make one block.
    let mut draft = Draft { files, texts: BTreeMap::new() };
    for edit in edits {
        let made = if ::terraform::is_code(path) {
            terraform::change(&draft, estate, resource, path, &edit.change)
        } else {
            cloudformation::change(&draft, resource, path, &edit.change)
        };
        draft.make(made.map_err(Refusal::Cannot)?);
    }
    Ok(draft.replacements())
}

/// Files with changes that are not written.
struct Draft<'f> {
    files: &'f dyn Files,
    texts: BTreeMap<PathBuf, String>,
}

impl Files for Draft<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.files.read(path),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.files.list(folder)
    }
}

impl Draft<'_> {
    fn make(&mut self, changes: Vec<Replacement>) {
        let mut by_file: BTreeMap<PathBuf, Vec<Replacement>> = BTreeMap::new();
        for change in changes {
            by_file.entry(change.file.clone()).or_default().push(change);
        }
        for (path, changes) in by_file {
            let Ok(text) = self.read(&path) else { continue };
            let text = String::from_utf8_lossy(&text).into_owned();
            self.texts.insert(path, apply(&text, changes).0);
        }
    }

    /// One replacement a file: from the first character that differs to the last.
    fn replacements(self) -> Vec<Replacement> {
        let mut all = Vec::new();
        for (file, after) in &self.texts {
            let Ok(before) = self.files.read(file) else { continue };
            let before = String::from_utf8_lossy(&before).into_owned();
            if before == *after {
                continue;
            }
            let same = before.char_indices().zip(after.chars()).find(|((_, a), b)| a != b);
            let start = same.map_or(before.len().min(after.len()), |((at, _), _)| at);
            let tail: usize = before[start..]
                .chars()
                .rev()
                .zip(after[start..].chars().rev())
                .take_while(|(a, b)| a == b)
                .map(|(a, _)| a.len_utf8())
                .sum();
            all.push(Replacement {
                file: file.clone(),
                start,
                end: before.len() - tail,
                text: after[start..after.len() - tail].to_owned(),
            });
        }
        all
    }
}

/// What an edit costs, if it costs something.
fn risk(resource: &Resource, edit: &Edit) -> Option<String> {
    if let Some(risk) = &edit.risk {
        return Some(risk.to_string());
    }
    let (Change::Set(path, _) | Change::Remove(path) | Change::Append(path, _)) = &edit.change;
    let info = estate::catalogue::Catalogue::builtin().get(&resource.type_name)?;
    let replaces = info.create_only.iter().any(|only| {
        **only == **path || path.starts_with(&format!("{only}.")) || only.starts_with(&format!("{path}."))
    });
    replaces.then(|| format!("changing `{path}` replaces the resource, or may"))
}

/// Makes changes in a text. Of changes that overlap, the first in order is made; gives how many were made.
pub fn apply(text: &str, mut changes: Vec<Replacement>) -> (String, usize) {
    changes.sort();
    changes.dedup();
    let mut made = String::with_capacity(text.len() + 64);
    let (mut at, mut count) = (0, 0);
    for change in changes {
        let fits = change.start >= at && change.start <= change.end;
        let (Some(before), true) = (text.get(at..change.start), fits) else { continue };
        if text.get(change.start..change.end).is_none() {
            continue;
        }
        made.push_str(before);
        made.push_str(&change.text);
        at = change.end;
        count += 1;
    }
    made.push_str(text.get(at..).unwrap_or(""));
    (made, count)
}
