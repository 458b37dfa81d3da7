//! The documented records in one JSON object, a verdict a line.

use std::io::{self, Write};

use rayon::prelude::*;

use super::value::Json;
use super::{Style, records};
use crate::report::{Report, Verdict};

/// Records that are made before they are written.
const BLOCK: usize = 4_000;

/// Writes the report.
pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{")?;
    writeln!(out, "  \"version\": \"{}\",", records::VERSION)?;
    writeln!(out, "  \"tool\": {},", records::tool(report).compact())?;
    writeln!(out, "  \"summary\": {},", records::summary(&report.summary).compact())?;
    let told: Vec<&Verdict> =
        report.verdicts.iter().filter(|verdict| records::is_told(verdict, style)).collect();
    // A large report is most of the time of its run: the records are made side by side, and written in order.
    // A block at a time, so that the text of a million findings is not held whole.
    let blocks = told.chunks(BLOCK).flat_map(|block| {
        let record = |verdict: &&Verdict| Json::Object(records::verdict(report, verdict)).compact();
        block.par_iter().map(record).collect::<Vec<String>>()
    });
    list(out, "verdicts", blocks, ",")?;
    let errors = report.diagnostics.iter();
    let errors: Vec<String> = errors.map(|error| Json::Object(records::error(error)).compact()).collect();
    list(out, "errors", errors.into_iter(), "")?;
    writeln!(out, "}}")
}

/// A key with a list of records, each on a line of its own.
fn list(out: &mut dyn Write, key: &str, records: impl Iterator<Item = String>, end: &str) -> io::Result<()> {
    write!(out, "  \"{key}\": [")?;
    let mut is_empty = true;
    for record in records {
        let comma = if is_empty { "" } else { "," };
        write!(out, "{comma}\n    {record}")?;
        is_empty = false;
    }
    let indent = if is_empty { "" } else { "\n  " };
    writeln!(out, "{indent}]{end}")
}
