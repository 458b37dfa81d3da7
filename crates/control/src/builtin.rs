//! The content that is compiled in.

use std::sync::{Arc, OnceLock};

use crate::file::{Control, Fault};
use crate::functions::Tables;

/// A control that is compiled in, not yet parsed.
#[derive(Debug)]
pub struct Entry {
    /// Its path in the project.
    pub path: &'static str,
    /// Its id.
    pub id: &'static str,
    /// The types it judges.
    pub types: &'static [&'static str],
    /// How many bytes of the text come before its tests.
    head: usize,
    /// The whole text.
    pub text: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/content.rs"));

/// Every control that is compiled in, in order of the paths.
pub fn controls() -> &'static [Entry] {
    CONTROLS
}

/// Every framework that is compiled in: its id and the text of its file.
pub fn frameworks() -> &'static [(&'static str, &'static str)] {
    FRAMEWORKS
}

impl Entry {
    /// The control without its tests, which judging does not need.
    pub fn parse(&self) -> Result<Control, Vec<Fault>> {
        Control::parse(self.path, &self.text[..self.head])
    }

    /// The control with its tests.
    pub fn parse_whole(&self) -> Result<Control, Vec<Fault>> {
        Control::parse(self.path, self.text)
    }

    /// The text without the tests.
    pub fn head(&self) -> &'static str {
        &self.text[..self.head]
    }
}

/// The dated tables that are compiled in.
pub fn tables() -> &'static Arc<Tables> {
    static PARSED: OnceLock<Arc<Tables>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let text = |name: &str| TABLES.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
        // The tables are part of the program and a test parses them.
        Arc::new(Tables::parse(text("runtimes"), text("engines")).expect("the built-in tables parse"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_index_says_is_what_the_files_say() {
        for entry in controls() {
            let control = entry.parse_whole().unwrap_or_else(|faults| panic!("{}: {faults:?}", entry.path));
            assert_eq!(&*control.id, entry.id, "{}", entry.path);
            let types: Vec<&str> = control.types.iter().map(|t| &**t).collect();
            assert_eq!(types, entry.types, "{}", entry.path);
            assert!(
                entry.path.ends_with(&format!("/{}.yaml", entry.id)),
                "{} is not named by its id",
                entry.path
            );
            let head = entry.parse().unwrap_or_else(|faults| panic!("{}: {faults:?}", entry.path));
            assert_eq!(head.pass, control.pass, "{}: `tests` is not the last key", entry.path);
            assert!(head.tests.is_none() && control.tests.is_some(), "{}", entry.path);
        }
    }

    #[test]
    fn no_id_is_used_twice() {
        let mut ids: Vec<&str> = controls().iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn the_tables_parse() {
        let _ = tables();
    }
}
