//! Judging an estate: what every command that does so has in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use control::builtin;
use control::judge::{Judges, Setting, run_all};
use control::pack::{Choice, Pack};
use estate::estate::Estate;
use finding::report::{Diagnostic, Report, Summary, Verdict};
use jiff::Timestamp;

use crate::output::Faults;
use crate::report;

/// How an estate is judged.
pub(crate) struct Judging<'r> {
    /// The controls that there are.
    pub(crate) pack: &'r Pack,
    /// What is chosen among them.
    pub(crate) choice: &'r Choice,
    /// Whether absence is no fact.
    pub(crate) open_world: bool,
    /// Whether every verdict is given, and not only those that fail or are unknown.
    pub(crate) all: bool,
    /// Whether frameworks are told of that nobody chose.
    pub(crate) page: bool,
}

impl Judging<'_> {
    /// The controls for what an estate holds, and what is the same for all of them.
    pub(crate) fn judges(&self, estate: &Estate) -> Result<(Judges, Setting)> {
        let mut types: Vec<Arc<str>> = estate.types().cloned().collect();
        types.sort();
        let judges = self.pack.judges(&types, self.choice).map_err(|faults| {
            let texts = faults.iter().filter_map(|fault| {
                let member = self.pack.members().find(|(_, member)| *member.path() == *fault.path)?;
                Some((fault.path.to_string(), member.1.text().to_owned()))
            });
            let texts = texts.collect();
            Faults { faults, texts }
        })?;
        let setting = Setting {
            now: Timestamp::now(),
            closed_world: !self.open_world,
            tables: builtin::tables().clone(),
        };
        Ok((judges, setting))
    }

    /// Judges an estate: the report without its verdicts, and the verdicts.
    pub(crate) fn judge(&self, estate: &Estate, said: &[Diagnostic]) -> Result<(Report, Vec<Verdict>)> {
        let (judges, setting) = self.judges(estate)?;
        let run = run_all(estate, &judges, &setting, self.all);
        let controls = report::controls(&run.judgements, self.choice);
        let verdicts = report::verdicts(estate, run.judgements, self.choice);
        let mut report = Report {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            controls,
            diagnostics: said.to_vec(),
            ..Report::default()
        };
        report.diagnostics.extend(report::suppression_faults(estate, &|id| self.pack.get(id).is_some()));
        if self.page || !self.choice.frameworks.is_empty() {
            report.frameworks = report::frameworks(&self.choice.frameworks);
        }
        let ids: BTreeSet<&Arc<str>> = judges.values().flatten().map(|judge| &judge.control.id).collect();
        report.summary = Summary {
            pass: run.pass,
            skip: run.skip,
            resources: estate.resources.len(),
            controls: ids.len(),
            ..Summary::default()
        };
        Ok((report, verdicts))
    }
}
