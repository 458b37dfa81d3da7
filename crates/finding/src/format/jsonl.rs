//! The documented records, one a line: verdicts, then what is said about the input, then the counts.

use std::io::{self, Write};

use super::value::Json;
use super::{Style, records};
use crate::report::Report;

/// Writes the report.
pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for verdict in report.verdicts.iter().filter(|verdict| records::is_told(verdict, style)) {
        let mut fields = vec![("kind", Json::from("verdict"))];
        fields.extend(records::verdict(report, verdict));
        writeln!(out, "{}", Json::Object(fields).compact())?;
    }
    for error in &report.diagnostics {
        let fields = vec![("kind", Json::from("error")), ("error", Json::Object(records::error(error)))];
        writeln!(out, "{}", Json::Object(fields).compact())?;
    }
    let fields = vec![
        ("kind", Json::from("summary")),
        ("version", Json::from(records::VERSION)),
        ("tool", records::tool(report)),
        ("summary", records::summary(&report.summary)),
    ];
    writeln!(out, "{}", Json::Object(fields).compact())
}
