//! The texts that findings point into.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use finding::report::Sources;

/// Texts by path, cut into lines when one is asked for.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    text: Arc<str>,
    lines: OnceCell<Vec<(usize, usize)>>,
}

impl Texts {
    pub(crate) fn new(files: impl IntoIterator<Item = (String, Arc<str>)>) -> Texts {
        let file = |(path, text)| (path, File { text, lines: OnceCell::new() });
        Texts { files: files.into_iter().map(file).collect() }
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
                    (start, start + whole.trim_end_matches(['\n', '\r']).len())
                })
                .collect()
        });
        let (start, end) = *lines.get((line as usize).checked_sub(1)?)?;
        let text = file.text.get(start..end)?;
        // A byte order mark is no character of the first line.
        Some(if line == 1 { text.trim_start_matches('\u{feff}') } else { text })
    }
}
