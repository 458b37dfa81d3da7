//! Baselines: the findings that were there when the file was written, so that only new ones fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use finding::report::{Outcome, Verdict, Waiver};
use serde_json::{Value as Json, json};

use crate::config::shown;

const FORMAT: &str = "palisade-baseline";
const VERSION: u64 = 1;

/// What identifies a finding over time: its identity, its file, and the names of the stacks that lead to it.
/// Lines do not count, so that moving a resource within its file changes nothing.
type Key = (String, String);

/// Findings that were there before.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    /// Each with whether it failed; what was only a doubt and now fails is new.
    known: BTreeMap<Key, bool>,
}

fn key(verdict: &Verdict) -> Key {
    let file = verdict.origin.as_ref().map(|origin| origin.file.clone()).unwrap_or_default();
    let chain: String = verdict.via.iter().map(|call| format!("{}>", call.file)).collect();
    (verdict.identity.clone(), format!("{chain}{file}"))
}

impl Baseline {
    /// The failing and undecided verdicts of a run.
    pub(crate) fn of(verdicts: &[Verdict]) -> Baseline {
        let told = verdicts.iter().filter(|v| matches!(v.outcome, Outcome::Fail | Outcome::Unknown));
        let known = told.filter(|v| v.waiver.is_none()).map(|v| (key(v), v.outcome == Outcome::Fail));
        Baseline { known: known.collect() }
    }

    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Baseline> {
        let text = fs::read(path).with_context(|| format!("baseline `{}` cannot be read", shown(path)))?;
        let json: Json = serde_json::from_slice(&text)
            .with_context(|| format!("baseline `{}` is no JSON", shown(path)))?;
        ensure!(json["format"] == FORMAT, "`{}` is no baseline", shown(path));
        let version = json["version"].as_u64().unwrap_or_default();
        ensure!(version == VERSION, "baseline `{}` is of version {version}, not {VERSION}", shown(path));
        let mut known = BTreeMap::new();
        for finding in json["findings"].as_array().into_iter().flatten() {
            let text = |key: &str| finding[key].as_str().map(str::to_owned);
            let key = text("identity").zip(text("place"));
            let key = key.with_context(|| format!("baseline `{}` has a damaged entry", shown(path)))?;
            known.insert(key, finding["verdict"] != Outcome::Unknown.word());
        }
        Ok(Baseline { known })
    }

    /// Writes a file. What each finding is stands beside its identity, for whoever reads a diff of it.
    pub(crate) fn write(path: &Path, verdicts: &[Verdict]) -> Result<usize> {
        let told = verdicts.iter().filter(|v| matches!(v.outcome, Outcome::Fail | Outcome::Unknown));
        let told = told.filter(|v| v.waiver.is_none() || v.waiver == Some(Waiver::Baseline));
        let mut findings: Vec<Json> = told
            .map(|verdict| {
                let (identity, place) = key(verdict);
                json!({
                    "identity": identity,
                    "place": place,
                    "control": verdict.control,
                    "resource": verdict.resource.address,
                    "verdict": verdict.outcome.word(),
                })
            })
            .collect();
        findings.sort_by_key(|finding| (finding["place"].to_string(), finding["identity"].to_string()));
        findings.dedup();
        let count = findings.len();
        let json = json!({ "format": FORMAT, "version": VERSION, "findings": findings });
        let text = serde_json::to_string_pretty(&json)? + "\n";
        fs::write(path, text).with_context(|| format!("baseline `{}` cannot be written", shown(path)))?;
        Ok(count)
    }

    /// Marks the verdicts that were there before.
    pub(crate) fn apply(&self, verdicts: &mut [Verdict]) {
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.waiver.is_none()) {
            let known = match verdict.outcome {
                Outcome::Fail => self.known.get(&key(verdict)) == Some(&true),
                Outcome::Unknown => self.known.contains_key(&key(verdict)),
                Outcome::Pass | Outcome::Skip => false,
            };
            if known {
                verdict.waiver = Some(Waiver::Baseline);
            }
        }
    }
}
