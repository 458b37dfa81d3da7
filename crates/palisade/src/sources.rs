//! The texts that findings point into.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use finding::report::Sources;

/// Texts by path, cut into lines when one is asked for.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    text: Arc<str>,
    lines: OnceLock<Vec<Line>>,
}

/// Where a line starts and ends, and what of it may be shown, once it was asked for.
type Line = (usize, usize, OnceLock<Option<String>>);

impl Texts {
    pub(crate) fn new(files: impl IntoIterator<Item = (String, Arc<str>)>) -> Texts {
        let file = |(path, text)| (path, File { text, lines: OnceLock::new() });
        Texts { files: files.into_iter().map(file).collect() }
    }

    /// The files' names, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// A text as it was read, to count in; it must not be shown, since credentials may stand in it.
    pub(crate) fn text(&self, file: &str) -> Option<&str> {
        self.files.get(file).map(|file| &*file.text)
    }
}

impl Sources for Texts {
    fn line(&self, file: &str, line: u32) -> Option<&str> {
        let file = self.files.get(file)?;
        let lines = file.lines.get_or_init(|| {
            let mut at = 0;
            file.text
                .split_inclusive('\n')
                .map(|whole| {
                    let start = at;
                    at += whole.len();
                    (start, start + whole.trim_end_matches(['\n', '\r']).len(), OnceLock::new())
                })
                .collect()
        });
        let (start, end, masked) = lines.get((line as usize).checked_sub(1)?)?;
        let text = file.text.get(*start..*end)?;
        // A byte order mark is no character of the first line.
        let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text };
        // Reports end up in logs and comments: a credential in the template must not.
        let masked = masked.get_or_init(|| match control::functions::mask(text) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(masked) => Some(masked),
        });
        Some(masked.as_deref().unwrap_or(text))
    }
}
