//! The edits that controls name, as changes for the editor to make.
//!
//! They are made and judged on texts of their own, over what is open and what is on the disk; the editor is given
//! what turns its files into those.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;
use estate::resource::ResourceId;
use finding::report::Outcome;
use lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit,
    WorkspaceEdit,
};
use similar::TextDiff;
use template::Files;

use super::documents::{Edited, Overlay};
use super::judge::{Root, Terms, Workspace};
use super::text::{Encoding, Lines};
use super::uri::normal;
use crate::check::Failing;
use crate::fix;

/// What is to be mended: the control, and the type and the address of the resource.
pub(super) type Finding = (String, String, String);

/// What is to be mended, by what it was found in.
pub(super) type Findings<'s> = BTreeMap<&'s Root, BTreeSet<Finding>>;

/// What comes of mending.
#[derive(Debug, Default)]
pub(super) struct Mended {
    /// The files that change, by their whole paths, with the text that they are to have.
    pub(super) texts: BTreeMap<PathBuf, String>,
    /// Whether something fails still.
    pub(super) is_partial: bool,
    /// What the edits cost that were left out for it.
    pub(super) risks: BTreeSet<String>,
}

impl Workspace {
    /// Makes the edits for some findings, those that cost something only where that is asked for.
    pub(super) fn mend(&self, findings: &Findings<'_>, risky: bool) -> Result<Mended> {
        let mut mended = Mended::default();
        for (root, wanted) in findings {
            let mut terms = self.terms(root)?;
            // No other control has a say in whether these findings are gone.
            terms.choice.controls = wanted.iter().map(|(control, _, _)| control.clone()).collect();
            let overlay = Overlay { base: &terms.base, documents: &self.documents };
            // A module may be a part of several roots: what is mended for one is seen by the next.
            let edited = Edited { overlay, texts: &mended.texts };
            let fixed = fix::mend(
                &edited,
                &|files| failing(&terms, files),
                &|control, resource| {
                    let (type_name, address) = (&resource.type_name, &resource.address);
                    wanted.contains(&(control.id.to_string(), type_name.to_string(), address.to_string()))
                },
                risky,
            )?;
            for (path, text) in fixed.texts {
                mended.texts.insert(normal(&terms.base.join(path)), text);
            }
            mended.is_partial |= fixed.is_partial;
            mended.risks.extend(fixed.risky.into_values());
        }
        Ok(mended)
    }

    /// What turns the files as they are into what they are to be.
    pub(super) fn difference(&self, mended: &Mended) -> Option<WorkspaceEdit> {
        let overlay = Overlay { base: Path::new(""), documents: &self.documents };
        let mut changes = BTreeMap::new();
        for (path, after) in &mended.texts {
            let before = String::from_utf8(overlay.read(path).ok()?).ok()?;
            let (before, after) = if self.documents.contains_key(path) {
                (before.as_str(), after.as_str())
            } else {
                // An editor does not count the byte order mark of a file that it opens.
                (unmarked(&before), unmarked(after))
            };
            changes.insert(path.clone(), text_edits(before, after, self.encoding));
        }
        self.edit(changes)
    }

    /// Changes of files, for the states in which the editor has them.
    pub(super) fn edit(&self, changes: BTreeMap<PathBuf, Vec<TextEdit>>) -> Option<WorkspaceEdit> {
        let mut documents = Vec::new();
        for (path, edits) in changes {
            let version = self.documents.get(&path).map(|document| document.version);
            documents.push((self.uri(&path)?, version, edits));
        }
        if !self.is_versioned {
            return Some(WorkspaceEdit {
                changes: Some(documents.into_iter().map(|(uri, _, edits)| (uri, edits)).collect()),
                ..WorkspaceEdit::default()
            });
        }
        let edits = documents.into_iter().map(|(uri, version, edits)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        });
        Some(WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(edits.collect())),
            ..WorkspaceEdit::default()
        })
    }
}

/// What fails of a root as some files say it.
fn failing(terms: &Terms, files: &dyn Files) -> Result<Failing> {
    let (read, _, verdicts) = terms.judge(files)?;
    let estate = read.loaded_estate;
    let mut ids: HashMap<(&str, &str), Option<ResourceId>> = HashMap::new();
    for (at, resource) in estate.resources.iter().enumerate() {
        let subject = (&*resource.type_name, &*resource.address);
        // Where two have one address, it cannot be said which of them a verdict speaks of.
        ids.entry(subject).and_modify(|known| *known = None).or_insert(Some(ResourceId(at as u32)));
    }
    let mut fails = Vec::new();
    for verdict in verdicts.iter().filter(|one| one.outcome == Outcome::Fail && one.waiver.is_none()) {
        let subject = (verdict.resource.type_name.as_str(), verdict.resource.address.as_str());
        let id = ids.get(&subject).copied().flatten();
        // One with a fault was told of when it was read.
        let control = terms.pack.get(&verdict.control).and_then(|member| member.control().ok());
        if let (Some(control), Some(id)) = (control, id) {
            fails.push((control, id));
        }
    }
    drop(ids);
    Ok(Failing { estate, fails })
}

fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What turns one text into another: a change for each run of lines that differ, and of those only what differs.
fn text_edits(before: &str, after: &str, encoding: Encoding) -> Vec<TextEdit> {
    let lines = Lines::new(before);
    let diff = TextDiff::from_lines(before, after);
    let (old, new) = (starts(diff.old_slices()), starts(diff.new_slices()));
    let mut edits = Vec::new();
    for op in diff.ops() {
        let (was, now) = (op.old_range(), op.new_range());
        // The lines of a text are the whole of it, and the list of their starts ends with the text's own end.
        let (was, now) = (&before[old[was.start]..old[was.end]], &after[new[now.start]..new[now.end]]);
        let Some((range, text)) = ::fix::difference(was, now) else { continue };
        let first = old[op.old_range().start];
        let range = Range {
            start: lines.at(first + range.start, encoding),
            end: lines.at(first + range.end, encoding),
        };
        edits.push(TextEdit { range, new_text: text.to_owned() });
    }
    edits
}

/// Where lines start in the text that they make, and where it ends.
fn starts(lines: &[&str]) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in lines {
        at += line.len();
        starts.push(at);
    }
    starts
}

#[cfg(test)]
mod tests {
    use lsp_types::Position;

    use super::*;

    fn edits(before: &str, after: &str) -> Vec<([u32; 4], String)> {
        let place = |at: Position| [at.line, at.character];
        let edits = text_edits(before, after, Encoding::Utf16).into_iter();
        edits
            .map(|edit| {
                let ([line, start], [end_line, end]) = (place(edit.range.start), place(edit.range.end));
                ([line, start, end_line, end], edit.new_text)
            })
            .collect()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let before = "one\n/* 😀 */ a = false # é\nthree\nlast";
        let after = "one\n/* 😀 */ a = true # é\nthree\nmore\nlast";
        let (line, added) = (([1, 13, 1, 17], "tru".to_owned()), ([3, 0, 3, 0], "more\n".to_owned()));
        assert_eq!(edits(before, after), [line, added]);
        assert_eq!(edits("é {}", "é {\n}"), [([0, 3, 0, 3], "\n".to_owned())]);
        assert_eq!(edits("a\r\nb\r\n", "a\r\n"), [([1, 0, 2, 0], String::new())]);
        assert_eq!(edits("a\r\n", "a\n  b\r\n"), [([0, 1, 0, 1], "\n  b".to_owned())]);
        assert_eq!(edits("", "a\n"), [([0, 0, 0, 0], "a\n".to_owned())]);
        assert!(edits("a", "a").is_empty());
    }
}
