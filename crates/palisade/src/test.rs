//! `palisade test`: runs the tests inside control files.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use control::case::{self, Outcomes};
use control::file::{Control, Fault};
use control::pack::Member;
use finding::escape;
use rayon::prelude::*;

use crate::config::{self, Settings};
use crate::output::{Faults, Terminal};

#[derive(clap::Args, Debug)]
pub(crate) struct Test {
    /// Control files, or folders of them; without any, the controls of the repository, or else the built-in ones
    paths: Vec<PathBuf>,
    /// Only tests whose control or name holds this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// The built-in controls
    #[arg(long, conflicts_with = "paths")]
    builtin: bool,
    /// List the controls that lack a pass, a fail, an unknown or a near miss
    #[arg(long)]
    coverage: bool,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Name every test, not only those that fail
    #[arg(long, short)]
    verbose: bool,
}

/// A control with the text of its file.
type Subject = (Arc<Control>, Arc<str>);

/// What came of one test.
struct Tested {
    control: Arc<Control>,
    name: Arc<str>,
    line: u32,
    outcome: Outcomes,
}

pub(crate) fn run(test: &Test, terminal: &Terminal) -> Result<ExitCode> {
    let subjects = subjects(test)?;
    let ran: Vec<std::result::Result<Ran, Vec<Fault>>> =
        subjects.par_iter().map(|subject| run_control(subject, test.filter.as_deref())).collect();
    let (mut results, mut faults, mut gaps, mut filtered) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for one in ran {
        match one {
            Ok(ran) => {
                results.extend(ran.results);
                filtered += ran.filtered;
                if let Some(gap) = ran.gap {
                    gaps.push(gap);
                }
            }
            Err(mut found) => faults.append(&mut found),
        }
    }
    if !faults.is_empty() {
        let texts =
            subjects.iter().map(|(control, text)| (control.path.to_string(), text.to_string())).collect();
        return Err(Faults { faults, texts }.into());
    }
    if let Some(file) = &test.junit {
        std::fs::write(file, junit(&results))
            .with_context(|| format!("`{}` cannot be written", config::shown(file)))?;
    }
    let failed = tell(test, &results, filtered, subjects.len(), terminal)?;
    let gaps_told = test.coverage && !gaps.is_empty();
    if test.coverage {
        coverage(&gaps, subjects.len())?;
    }
    Ok(ExitCode::from(if failed > 0 || gaps_told { crate::FINDINGS } else { crate::CLEAN }))
}

fn subjects(test: &Test) -> Result<Vec<Subject>> {
    let mut subjects: Vec<Subject> = Vec::new();
    let (mut faults, mut texts) = (Vec::new(), Vec::new());
    let mut add = |path: &str, text: &str| match Control::parse(path, text) {
        Ok(control) => subjects.push((Arc::new(control), Arc::from(text))),
        Err(mut found) => {
            faults.append(&mut found);
            texts.push((path.to_owned(), text.to_owned()));
        }
    };
    let own = if test.paths.is_empty() && !test.builtin {
        let settings = Settings::find(std::path::Path::new("."), None)?;
        let drafts = PathBuf::from("controls");
        // Without settings, what `palisade new` has put here is what is meant.
        if settings.file.is_none() && drafts.is_dir() { vec![drafts] } else { settings.controls }
    } else {
        test.paths.clone()
    };
    for path in &own {
        for file in config::control_files(path)? {
            add(&config::shown(&file), &config::text_of(&file)?);
        }
    }
    if own.is_empty() {
        for entry in control::builtin::controls() {
            add(entry.path, Member::Builtin(entry).text());
        }
    }
    if !faults.is_empty() {
        return Err(Faults { faults, texts }.into());
    }
    if subjects.is_empty() {
        bail!("no control files there");
    }
    Ok(subjects)
}

struct Ran {
    results: Vec<Tested>,
    filtered: usize,
    /// The control's id and what its tests leave out.
    gap: Option<(Arc<str>, Vec<&'static str>)>,
}

fn run_control((control, text): &Subject, filter: Option<&str>) -> std::result::Result<Ran, Vec<Fault>> {
    // Compiled even where a filter leaves no test: a control that does not compile must not go unnoticed.
    for type_name in &control.types {
        control::judge::Judge::compile(control, type_name, text, &std::collections::HashMap::new())?;
    }
    let cases = case::parse(control)?;
    let missing = case::missing(&cases);
    let gap = (!missing.is_empty()).then(|| (control.id.clone(), missing));
    let mut ran = Ran { results: Vec::new(), filtered: 0, gap };
    for case in &cases {
        if filter.is_some_and(|filter| !control.id.contains(filter) && !case.name.contains(filter)) {
            ran.filtered += 1;
            continue;
        }
        let outcome = case.run(control, text, terraform::text)?;
        ran.results.push(Tested {
            control: control.clone(),
            name: case.name.clone(),
            line: case.span.line,
            outcome,
        });
    }
    Ok(ran)
}

fn tell(
    test: &Test,
    results: &[Tested],
    filtered: usize,
    controls: usize,
    terminal: &Terminal,
) -> Result<usize> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let paint = |code: &str, text: &str| {
        if terminal.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    let mut failed = 0;
    for result in results {
        let name = escape::line(&result.name);
        match &result.outcome {
            Outcomes::Passed if test.verbose => {
                writeln!(out, "test {} :: {name} ... {}", result.control.id, paint("32", "ok"))?;
            }
            Outcomes::Passed => {}
            Outcomes::Failed(why) => {
                failed += 1;
                writeln!(out, "test {} :: {name} ... {}", result.control.id, paint("31", "FAILED"))?;
                writeln!(out, "  --> {}:{}", escape::line(&result.control.path), result.line)?;
                writeln!(out, "  {}", escape::line(why))?;
            }
        }
    }
    let verdict = if failed == 0 { paint("32", "ok") } else { paint("31", "FAILED") };
    let noun = if controls == 1 { "control" } else { "controls" };
    writeln!(
        out,
        "test result: {verdict}. {} passed; {failed} failed; {filtered} filtered out; {controls} {noun}",
        results.len() - failed
    )?;
    out.flush()?;
    Ok(failed)
}

fn coverage(gaps: &[(Arc<str>, Vec<&'static str>)], controls: usize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for (id, missing) in gaps {
        writeln!(out, "{id} lacks: {}", missing.join(", "))?;
    }
    writeln!(
        out,
        "coverage: {} of {controls} controls have a pass, a fail, an unknown and a near miss",
        controls - gaps.len()
    )?;
    Ok(())
}

fn junit(results: &[Tested]) -> String {
    let failed = results.iter().filter(|result| result.outcome != Outcomes::Passed).count();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{failed}\">\n",
        results.len()
    );
    for group in results.chunk_by(|a, b| a.control.id == b.control.id) {
        let failures = group.iter().filter(|result| result.outcome != Outcomes::Passed).count();
        let id = escape::xml(&group[0].control.id);
        xml.push_str(&format!(
            "  <testsuite name=\"{id}\" tests=\"{}\" failures=\"{failures}\">\n",
            group.len()
        ));
        for result in group {
            let name = escape::xml(&result.name);
            let file = escape::xml(&result.control.path);
            let line = result.line;
            xml.push_str(&format!(
                "    <testcase classname=\"{id}\" name=\"{name}\" file=\"{file}\" line=\"{line}\""
            ));
            match &result.outcome {
                Outcomes::Passed => xml.push_str("/>\n"),
                Outcomes::Failed(why) => {
                    xml.push_str(&format!("><failure message=\"{}\"/></testcase>\n", escape::xml(why)));
                }
            }
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}
