//! What is open in the editor, and the disk with that over it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use lsp_types::TextDocumentContentChangeEvent;
use template::Files;
use template::discover::Disk;

use super::judge::Root;
use super::text::{Encoding, Lines};
use super::uri::normal;

/// A file that is open.
#[derive(Debug)]
pub(super) struct Document {
    /// Its address as the editor spells it.
    pub(super) uri: String,
    /// The editor's number for its state.
    pub(super) version: i32,
    /// Its text.
    pub(super) text: String,
    /// What it is judged as a part of.
    pub(super) roots: BTreeSet<Root>,
}

impl Document {
    /// Makes a change: of a range, or of the whole text.
    pub(super) fn apply(&mut self, change: TextDocumentContentChangeEvent, encoding: Encoding) {
        let Some(range) = change.range else {
            self.text = change.text;
            return;
        };
        let lines = Lines::new(&self.text);
        let start = lines.offset(range.start, encoding);
        let end = lines.offset(range.end, encoding).max(start);
        self.text.replace_range(start..end, &change.text);
    }
}

/// The files that are open, by their paths.
pub(super) type Documents = BTreeMap<PathBuf, Document>;

/// The disk seen from a folder, with the open files over it: they are read as the editor has them.
#[derive(Debug)]
pub(super) struct Overlay<'d> {
    /// What relative paths begin at.
    pub(super) base: &'d Path,
    /// The files that are open.
    pub(super) documents: &'d Documents,
}

impl Overlay<'_> {
    fn whole(&self, path: &Path) -> PathBuf {
        normal(&self.base.join(path))
    }
}

impl Files for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let whole = self.whole(path);
        let Some(document) = self.documents.get(&whole) else { return Disk.read(&whole) };
        if document.text.len() > document::BYTES_MAX {
            let limit = document::BYTES_MAX >> 20;
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} MiB")));
        }
        Ok(document.text.clone().into_bytes())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let whole = self.whole(folder);
        let open = self.documents.keys().filter(|path| path.parent() == Some(&*whole));
        let mut names: BTreeSet<_> =
            open.filter_map(|path| path.file_name().map(ToOwned::to_owned)).collect();
        match Disk.list(&whole) {
            Ok(listed) => {
                names.extend(listed.iter().filter_map(|path| path.file_name().map(ToOwned::to_owned)));
            }
            // A folder whose files are not saved yet.
            Err(_) if !names.is_empty() => {}
            Err(error) => return Err(error),
        }
        // As the disk's own: below the folder as it was asked for, and without a leading `./`.
        let folder = folder.strip_prefix(".").unwrap_or(folder);
        Ok(names.into_iter().map(|name| folder.join(name)).collect())
    }
}

/// The same, with changes over it that the editor has not made yet.
pub(super) struct Edited<'d> {
    /// The files as they are.
    pub(super) overlay: Overlay<'d>,
    /// The files that change, by their whole paths, with the text that they are to have.
    pub(super) texts: &'d BTreeMap<PathBuf, String>,
}

impl Files for Edited<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(&self.overlay.whole(path)) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.overlay.read(path),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.overlay.list(folder)
    }
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, Range};

    use super::*;

    fn document(text: &str) -> Document {
        Document { uri: String::new(), version: 1, text: text.to_owned(), roots: BTreeSet::new() }
    }

    #[test]
    fn changes_are_made_in_their_order() {
        let mut document = document("a😀b\ncd\n");
        let mut change = |range: Option<[u32; 4]>, text: &str| {
            let range = range.map(|[line, character, end_line, end]| Range {
                start: Position { line, character },
                end: Position { line: end_line, character: end },
            });
            let change = TextDocumentContentChangeEvent { range, range_length: None, text: text.to_owned() };
            document.apply(change, Encoding::Utf16);
            document.text.clone()
        };
        assert_eq!(change(Some([0, 3, 0, 4]), "x"), "a😀x\ncd\n");
        assert_eq!(change(Some([0, 1, 1, 1]), ""), "ad\n");
        assert_eq!(change(Some([9, 0, 9, 9]), "end"), "ad\nend");
        // A range that is turned round takes nothing away.
        assert_eq!(change(Some([1, 2, 0, 0]), "!"), "ad\nen!d");
        assert_eq!(change(None, "new"), "new");
    }

    #[test]
    fn open_files_stand_over_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("m")).unwrap();
        std::fs::write(folder.path().join("m/on.tf"), "disk").unwrap();
        std::fs::write(folder.path().join("m/both.tf"), "disk").unwrap();
        let open = ["m/both.tf", "m/new.tf", "n/new.tf"];
        let documents: Documents =
            open.iter().map(|path| (folder.path().join(path), document("open"))).collect();
        let overlay = Overlay { base: folder.path(), documents: &documents };
        let paths = ["m/both.tf", "m/new.tf", "m/on.tf"].map(PathBuf::from);
        assert_eq!(overlay.list(Path::new("m")).unwrap(), paths);
        assert_eq!(overlay.list(Path::new("n/../n")).unwrap(), [PathBuf::from("n/../n/new.tf")]);
        assert!(overlay.list(Path::new("gone")).is_err());
        let read = |path: &str| String::from_utf8(overlay.read(Path::new(path)).unwrap()).unwrap();
        assert_eq!(
            (read("m/both.tf"), read("m/on.tf"), read("n/../m/new.tf")),
            ("open".into(), "disk".into(), "open".into())
        );
        let texts = BTreeMap::from([(folder.path().join("m/on.tf"), "edited".to_owned())]);
        let edited =
            Edited { overlay: Overlay { base: folder.path(), documents: &documents }, texts: &texts };
        let read = |path: &str| String::from_utf8(edited.read(Path::new(path)).unwrap()).unwrap();
        assert_eq!((read("./m/on.tf"), read("m/both.tf")), ("edited".into(), "open".into()));
        assert_eq!(edited.list(Path::new("m")).unwrap(), paths);
        let inner = Overlay { base: &folder.path().join("m"), documents: &documents };
        assert_eq!(inner.list(Path::new(".")).unwrap(), ["both.tf", "new.tf", "on.tf"].map(PathBuf::from));
    }
}
