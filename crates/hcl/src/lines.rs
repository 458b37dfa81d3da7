//! Bytes to lines and columns.

use crate::syntax::Range;

/// Where the lines of a text begin.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<u32>,
    /// Whether every byte is a character.
    ascii: bool,
}

impl Lines {
    /// The lines of a text.
    pub fn of(text: &str) -> Lines {
        let mut starts = vec![0];
        starts
            .extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        Lines { starts, ascii: text.is_ascii() }
    }

    /// Line and column of a byte, both counted from 1, columns in characters.
    pub fn position(&self, text: &str, at: u32) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts[line - 1] as usize;
        let at = (at as usize).min(text.len());
        let column = if self.ascii {
            at - start
        } else {
            // A byte inside a character counts for that character.
            text.as_bytes()[start.min(at)..at].iter().filter(|byte| **byte & 0xC0 != 0x80).count()
        };
        (line, column + 1)
    }

    /// Start and exclusive end of a range, each as line and column.
    pub fn span(&self, text: &str, range: Range) -> ((usize, usize), (usize, usize)) {
        (self.position(text, range.start), self.position(text, range.end))
    }

    /// The byte at which a line begins, counted from 1.
    pub fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line.checked_sub(1)?).map(|start| *start as usize)
    }
}
