//! Where text goes: the terminal's width and colour, and errors for people.

use std::io::{IsTerminal, Write};

use control::file::Fault;
use finding::escape;
use finding::format::excerpt;

/// The terminal, or what stands in for one.
#[derive(Debug)]
pub(crate) struct Terminal {
    /// Columns.
    pub(crate) width: usize,
    /// Whether standard output takes colour.
    pub(crate) colour: bool,
}

// Limit: columns of output that goes to no terminal.
const WIDTH: usize = 100;

/// The columns that a quoted line is given even where there are fewer.
const ROOM_MIN: usize = 20;

impl Terminal {
    pub(crate) fn new() -> Terminal {
        let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
        let seen = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let stdout = std::io::stdout().is_terminal();
        let width = set.or_else(|| if stdout { seen() } else { None }).unwrap_or(WIDTH).max(40);
        // https://no-color.org: any value but the empty one switches colour off.
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Terminal { width, colour: stdout && !plain && !dumb }
    }

    /// Tells of an error that ended the program.
    pub(crate) fn error(error: &anyhow::Error) {
        let mut stderr = std::io::stderr().lock();
        // Nothing is left to be done where even this cannot be written.
        let _ = match error.downcast_ref::<Faults>() {
            Some(faults) => faults.write(&mut stderr, Terminal::new().width),
            None => writeln!(stderr, "error: {}", escape::line(&format!("{error:#}"))),
        };
    }
}

/// Faults in files of the user's own, with their texts to quote from.
#[derive(Debug)]
pub(crate) struct Faults {
    /// The faults.
    pub(crate) faults: Vec<Fault>,
    /// The texts of the files, by path.
    pub(crate) texts: Vec<(String, String)>,
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} faults in files of your own", self.faults.len())
    }
}

impl std::error::Error for Faults {}

impl Faults {
    fn write(&self, out: &mut dyn Write, width: usize) -> std::io::Result<()> {
        for fault in &self.faults {
            let (line, column) = (fault.span.line.max(1), fault.span.column.max(1));
            writeln!(out, "error: {}", escape::line(&fault.message))?;
            writeln!(out, "  --> {}:{line}:{column}", escape::line(&fault.path))?;
            let text =
                self.texts.iter().find(|(path, _)| **path == *fault.path).map(|(_, text)| text.as_str());
            let quoted = text.and_then(|text| text.lines().nth(line as usize - 1));
            if let Some(quoted) = quoted {
                let gutter = line.to_string().len();
                let end_column = (fault.span.height == 0).then_some(u32::from(fault.span.end_column));
                let room = (width - gutter - 3).max(ROOM_MIN);
                let shown = excerpt::show(quoted, u32::from(column), end_column, room);
                writeln!(out, "{:gutter$} |", "")?;
                writeln!(out, "{line} | {}", shown.text)?;
                writeln!(
                    out,
                    "{:gutter$} | {:start$}{}",
                    "",
                    "",
                    "^".repeat(shown.len),
                    start = shown.start
                )?;
            }
            if let Some(hint) = &fault.hint {
                writeln!(out, "  = hint: {}", escape::line(hint))?;
            }
        }
        Ok(())
    }
}
