//! Bytes to lines and columns.

use crate::syntax::Range;

/// Where the lines of a text begin.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<u32>,
    /// How many characters begin before every [`MARK`]th byte; empty where every byte is a character.
    marks: Vec<u32>,
}

/// Bytes between two marks: what is counted for one position.
const MARK: usize = 256;

impl Lines {
    /// The lines of a text.
    pub fn of(text: &str) -> Lines {
        let mut starts = vec![0];
        starts
            .extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        let mut marks = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for chunk in text.as_bytes().chunks(MARK) {
                marks.push(count);
                count += characters(chunk) as u32;
            }
            marks.push(count);
        }
        Lines { starts, marks }
    }

    /// Line and column of a byte, both counted from 1, columns in characters.
    pub fn position(&self, text: &str, at: u32) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts[line - 1] as usize;
        let at = (at as usize).min(text.len());
        (line, self.before(text, at).saturating_sub(self.before(text, start)) + 1)
    }

    /// How many characters begin before a byte.
    fn before(&self, text: &str, at: usize) -> usize {
        match self.marks.get(at / MARK) {
            None => at,
            Some(count) => *count as usize + characters(&text.as_bytes()[at - at % MARK..at]),
        }
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

/// How many characters begin in some bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}
