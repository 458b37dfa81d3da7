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
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

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
    let mut draft = Draft::new(files);
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
pub struct Draft<'f> {
    files: &'f dyn Files,
    /// The texts that are changed, by their paths without `./`.
    pub texts: BTreeMap<PathBuf, String>,
}

/// A path without `./`: one reader asks for a file as it was found, another as it is shown.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

impl Files for Draft<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(&plain(path)) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.files.read(path),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.files.list(folder)
    }
}

impl<'f> Draft<'f> {
    /// Files as they are.
    pub fn new(files: &'f dyn Files) -> Draft<'f> {
        Draft { files, texts: BTreeMap::new() }
    }

    /// Makes changes. The bytes of each are counted in the texts as they are before any of them is made.
    pub fn make(&mut self, changes: Vec<Replacement>) {
        let mut by_file: BTreeMap<PathBuf, Vec<Replacement>> = BTreeMap::new();
        for change in changes {
            by_file.entry(plain(&change.file)).or_default().push(change);
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
            if let Some((range, text)) = difference(&before, after) {
                let (start, end) = (range.start, range.end);
                all.push(Replacement { file: file.clone(), start, end, text: text.to_owned() });
            }
        }
        all
    }
}

/// What turns one text into another: the bytes from the first character that differs to the last, and what stands
/// there instead; nothing where the texts are the same.
pub fn difference<'t>(before: &str, after: &'t str) -> Option<(Range<usize>, &'t str)> {
    if before == after {
        return None;
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
    Some((start..before.len() - tail, &after[start..after.len() - tail]))
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

#[cfg(test)]
mod tests {
    use super::*;

    struct One;

    impl Files for One {
        fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
            Ok(b"a: b\n".to_vec())
        }
    }

    #[test]
    fn a_change_is_seen_however_its_path_is_written() {
        let mut draft = Draft::new(&One);
        let change = |file: &str, start, end, text: &str| Replacement {
            file: PathBuf::from(file),
            start,
            end,
            text: text.to_owned(),
        };
        draft.make(vec![change("in/./t.yaml", 3, 4, "cd"), change("./in/t.yaml", 0, 0, "b")]);
        for path in ["in/t.yaml", "./in/t.yaml", "./in/./t.yaml"] {
            assert_eq!(draft.read(Path::new(path)).unwrap(), b"ba: cd\n", "{path}");
        }
        assert_eq!(draft.read(Path::new("t.yaml")).unwrap(), b"a: b\n");
        assert_eq!(draft.replacements(), [change("in/t.yaml", 0, 4, "ba: cd")]);
    }

    #[test]
    fn the_difference_of_two_texts_is_found() {
        assert_eq!(difference("a: false\n", "a: true\n"), Some((3..7, "tru")));
        assert_eq!(difference("ab", "aab"), Some((1..1, "a")));
        assert_eq!(difference("aé", "aè"), Some((1..3, "è")));
        assert_eq!(difference("a", "a"), None);
        assert_eq!(difference("ab", ""), Some((0..2, "")));
    }
}
