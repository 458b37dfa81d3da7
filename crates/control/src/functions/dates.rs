//! Dated tables of what is no longer supported: `runtime.…` and `engine.…`.
//!
//! The tables stand in content/data and say for each row where the date is from.

use std::collections::HashMap;

use document::Tree;
use estate::value::FileId;
use jiff::Timestamp;

use super::{Context, Function, Gives, Parameter, time};
use crate::value::V;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::plain("runtime.deprecated", &[Parameter::Text], Gives::Bool, runtime_deprecated),
    Function::plain("engine.deprecated", &[Parameter::Text, Parameter::Text], Gives::Bool, engine_deprecated),
];

/// The dated tables.
#[derive(Debug, Default)]
pub struct Tables {
    /// Lambda runtimes; `None` where no date is set.
    runtimes: HashMap<String, Option<Timestamp>>,
    /// Database engines, each with version prefixes and the end of their standard support.
    engines: HashMap<String, Vec<(String, Option<Timestamp>)>>,
}

impl Tables {
    /// Reads the tables; each text is a YAML list of rows. Gives the first row that is not as it should be.
    pub fn parse(runtimes: &str, engines: &str) -> Result<Tables, String> {
        let mut tables = Tables::default();
        for row in rows(runtimes)? {
            let name = column(&row, "runtime").ok_or("a row without `runtime`")?;
            tables.runtimes.insert(name, date(&row, "deprecated")?);
        }
        for row in rows(engines)? {
            let engine = column(&row, "engine").ok_or("a row without `engine`")?;
            let version = column(&row, "version").ok_or("a row without `version`")?;
            let end = date(&row, "end_of_standard_support")?;
            tables.engines.entry(engine).or_default().push((version, end));
        }
        Ok(tables)
    }
}

fn rows(text: &str) -> Result<Vec<Tree>, String> {
    let document = document::read(FileId::NONE, "table.yaml", text.as_bytes());
    match document.problems.first() {
        Some(problem) => Err(format!("line {}: {}", problem.span.line, problem.message)),
        None => Ok(document.root.items().to_vec()),
    }
}

fn column(row: &Tree, name: &str) -> Option<String> {
    row.get(name)?
        .text()
        .map(std::string::ToString::to_string)
        .filter(|text| !text.is_empty() && text != "null")
}

fn date(row: &Tree, name: &str) -> Result<Option<Timestamp>, String> {
    match column(row, name) {
        None => Ok(None),
        Some(text) => time::parse(&text).map(Some).ok_or_else(|| format!("`{text}` is no date")),
    }
}

/// A runtime that the table does not have is newer than the table, or no managed runtime: unknown, not fine.
fn runtime_deprecated<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let Some(name) = arguments[0].as_text() else { return V::error("a runtime is a text") };
    match context.tables.runtimes.get(name) {
        Some(end) => V::Bool(end.is_some_and(|end| end <= context.now)),
        None => V::error(format!("runtime `{name}` is not in the table of runtimes")),
    }
}

fn engine_deprecated<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let (Some(engine), Some(version)) = (arguments[0].as_text(), arguments[1].as_text()) else {
        return V::error("an engine and its version are texts");
    };
    let versions = context.tables.engines.get(engine);
    // The longest prefix speaks for the version: 5.7 before 5.
    let row = versions.and_then(|rows| {
        rows.iter()
            .filter(|(prefix, _)| is_release_of(version, prefix))
            .max_by_key(|(prefix, _)| prefix.len())
    });
    match row {
        Some((_, end)) => V::Bool(end.is_some_and(|end| end <= context.now)),
        None => V::error(format!("version `{version}` of `{engine}` is not in the table of engines")),
    }
}

/// Whether a version is a release of a series: 11.9 is of 11, 11 is of 11, 110 is not.
fn is_release_of(version: &str, series: &str) -> bool {
    version.strip_prefix(series).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
}
