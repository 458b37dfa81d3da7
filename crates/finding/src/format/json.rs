//! The documented records in one JSON object, a verdict a line.

use std::io::{self, Write};

use super::value::Json;
use super::{Style, records};
use crate::report::Report;

/// Writes the report.
pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{")?;
    writeln!(out, "  \"version\": \"{}\",", records::VERSION)?;
    writeln!(out, "  \"tool\": {},", records::tool(report).compact())?;
    writeln!(out, "  \"summary\": {},", records::summary(&report.summary).compact())?;
    let verdicts = report.verdicts.iter().filter(|verdict| records::is_told(verdict, style));
    list(out, "verdicts", verdicts.map(|verdict| Json::Object(records::verdict(report, verdict))), ",")?;
    let errors = report.diagnostics.iter();
    list(out, "errors", errors.map(|error| Json::Object(records::error(error))), "")?;
    writeln!(out, "}}")
}

/// A key with a list of records, each on a line of its own.
fn list<'a>(
    out: &mut dyn Write,
    key: &str,
    records: impl Iterator<Item = Json<'a>>,
    end: &str,
) -> io::Result<()> {
    write!(out, "  \"{key}\": [")?;
    let mut is_empty = true;
    for record in records {
        let comma = if is_empty { "" } else { "," };
        write!(out, "{comma}\n    {}", record.compact())?;
        is_empty = false;
    }
    let indent = if is_empty { "" } else { "\n  " };
    writeln!(out, "{indent}]{end}")
}
