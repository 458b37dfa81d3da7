//! Frameworks: the requirements of a standard, and what covers each.

use std::sync::Arc;

use document::Tree;
use estate::value::FileId;

use crate::file::{Fault, Reader};

/// A standard's requirements.
#[derive(Clone, Debug)]
pub struct Framework {
    /// Its id, such as `cis-aws-5.0`.
    pub id: Arc<str>,
    /// Its full name.
    pub title: Arc<str>,
    /// Who publishes it.
    pub publisher: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// Where it is published.
    pub source: Arc<str>,
    /// Its requirements, in its own order.
    pub requirements: Vec<Requirement>,
}

/// One requirement.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Its id in the standard.
    pub id: Arc<str>,
    /// What it asks, in our words.
    pub title: Arc<str>,
    /// The part of the standard that it stands in.
    pub section: Arc<str>,
    /// The standard's level, where it has levels.
    pub level: Option<u8>,
    /// Whether the standard calls it manual or automated, where it does.
    pub assessment: Option<Arc<str>>,
    /// Why no control maps it: the kind and the reason.
    pub uncovered: Option<(Arc<str>, Arc<str>)>,
}

const COVERAGES: [&str; 4] = ["not-for-templates", "manual", "not-yet", "retired"];

impl Framework {
    /// Reads a framework file.
    pub fn parse(path: &str, text: &str) -> Result<Framework, Vec<Fault>> {
        let document = document::read(FileId(0), path, text.as_bytes());
        let mut reader = Reader::new(path);
        reader.document(&document);
        let root = &document.root;
        reader.keys(root.entries(), &["id", "title", "publisher", "version", "source", "requirements"]);
        let mut text = |key: &str| {
            reader.required(root, key).and_then(Tree::text).cloned().unwrap_or_else(|| Arc::from(""))
        };
        let (id, title, publisher, version, source) =
            (text("id"), text("title"), text("publisher"), text("version"), text("source"));
        let items = root.get("requirements").map_or(&[][..], Tree::items);
        let requirements: Vec<Requirement> =
            items.iter().filter_map(|item| requirement(&mut reader, item)).collect();
        if reader.faults.is_empty() {
            Ok(Framework { id, title, publisher, version, source, requirements })
        } else {
            Err(reader.faults)
        }
    }
}

fn requirement(reader: &mut Reader, tree: &Tree) -> Option<Requirement> {
    reader.keys(tree.entries(), &["id", "title", "section", "level", "assessment", "coverage", "reason"]);
    let text = |key: &str| tree.get(key).and_then(Tree::text).cloned();
    let id = reader.required(tree, "id").and_then(Tree::text).cloned()?;
    let title = reader.required(tree, "title").and_then(Tree::text).cloned()?;
    let section = reader.required(tree, "section").and_then(Tree::text).cloned()?;
    let uncovered = match text("coverage") {
        None => None,
        Some(kind) if COVERAGES.contains(&&*kind) => {
            let reason = reader.required(tree, "reason").and_then(Tree::text).cloned()?;
            Some((kind, reason))
        }
        Some(kind) => {
            reader.fault(tree.span, format!("no coverage `{kind}`: one of {}", COVERAGES.join(", ")));
            None
        }
    };
    let level = text("level").and_then(|text| text.parse().ok());
    Some(Requirement { id, title, section, level, assessment: text("assessment"), uncovered })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::builtin;

    /// Every requirement is mapped by a control or says why not, and no control maps what does not exist.
    #[test]
    fn every_requirement_is_mapped_or_says_why_not() {
        let mut mapped: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
        for entry in builtin::controls() {
            let control = entry.parse().unwrap_or_else(|faults| panic!("{}: {faults:?}", entry.path));
            for (framework, ids) in control.frameworks {
                mapped.entry(framework).or_default().extend(ids);
            }
        }
        let mut wrong = Vec::new();
        for (stem, text) in builtin::frameworks() {
            let framework =
                Framework::parse(stem, text).unwrap_or_else(|faults| panic!("{stem}: {faults:?}"));
            assert_eq!(&*framework.id, *stem);
            let used = mapped.remove(&framework.id).unwrap_or_default();
            let known: BTreeSet<Arc<str>> = framework.requirements.iter().map(|r| r.id.clone()).collect();
            assert_eq!(known.len(), framework.requirements.len(), "{stem} lists a requirement twice");
            wrong.extend(used.difference(&known).map(|id| format!("{stem} has no requirement {id}")));
            for requirement in &framework.requirements {
                if used.contains(&requirement.id) == requirement.uncovered.is_some() {
                    wrong.push(format!(
                        "{stem} {}: mapped by a control, or with a `coverage`, not both",
                        requirement.id
                    ));
                }
            }
        }
        wrong.extend(mapped.keys().map(|id| format!("no framework {id}")));
        assert_eq!(wrong, Vec::<String>::new());
    }
}
