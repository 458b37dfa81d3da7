//! `cargo xtask bench`: how fast Palisade is, beside a peer on the same machine in the same minutes.
//!
//! Every figure is of whole processes, from start to exit, as a user would wait for them. The figures of
//! docs/performance.md come from here.

mod folder;
mod generate;
mod peer;
mod program;
mod table;
mod terraform;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;

use peer::Checkov;
use program::{Program, race};
use table::{Row, Target, render, thousands};

/// What to measure.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// A folder of templates to judge
    #[arg(long, value_name = "FOLDER")]
    corpus: Option<PathBuf>,
    /// Fewer runs, no estate of a million resources, and no checkov on 20,000 resources of Terraform
    #[arg(long)]
    quick: bool,
    /// Measure Palisade alone
    #[arg(long)]
    no_peer: bool,
    /// Fail where a target is missed
    #[arg(long)]
    strict: bool,
}

/// The corpus beside the project.
const CORPUS: &str = "../shared/corpora/iac";

/// The exit codes with which Palisade has done its work: nothing found, something found, and also where a file
/// of the corpus could not be read.
const DONE: &[i32] = &[0, 1, 3];

/// The template that most people begin with.
const SMALL: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Store:
    Type: AWS::S3::Bucket
";

/// The resources of the generated estates.
const ESTATES: [usize; 4] = [1_000, 10_000, 100_000, MILLION];

const MILLION: usize = 1_000_000;

/// The services of the generated Terraform code, of [`terraform::SERVICE_SIZE`] resources each. The peer takes a
/// quarter of a second for one, so the ratio is measured turn by turn on the tenth.
const SERVICES: [usize; 2] = [50, SERVICES_ALL];

const SERVICES_ALL: usize = 500;

/// The files of small root modules in one run.
const STACK_FILES: usize = 1_000;

/// Measures and prints. A target that is missed is an error only where that is asked for.
pub(crate) fn check(root: &Path, cache: &Path, options: &Options) -> Result<()> {
    let cache = std::path::absolute(cache)?;
    let folder = cache.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let palisade = Program::new(&build(root)?, &folder, DONE);
    let peer = if options.no_peer { None } else { Some(Checkov::install(&cache, &folder)?) };
    let (rounds, rounds_short) = if options.quick { (3, 5) } else { (5, 15) };
    let bench = Bench { palisade, peer, folder, rounds, rounds_short };
    let machine = bench.machine()?;
    let mut report = Report::default();
    bench.start(&mut report)?;
    bench.small(&mut report)?;
    match corpus(root, options)? {
        Some(folder) => bench.corpus(&folder, &mut report)?,
        None => {
            report.notes.push(format!("the corpus is skipped: `{CORPUS}` is not there (or use `--corpus`)"));
        }
    }
    for count in SERVICES {
        bench.services(count, options.quick, &mut report)?;
    }
    bench.network(&root.join(terraform::NETWORK), &mut report)?;
    bench.stacks(&mut report)?;
    for count in ESTATES.into_iter().filter(|count| !options.quick || *count < MILLION) {
        bench.estate(count, &mut report)?;
    }
    println!("{machine}\n");
    print!("{}", render(&report.rows, bench.peer.as_ref().map(|_| "checkov")));
    for note in &report.notes {
        println!("\n{note}");
    }
    let missed: usize = report.rows.iter().map(Row::missed).sum();
    ensure!(missed == 0 || !options.strict, "{missed} targets are missed");
    Ok(())
}

/// The corpus to judge, if there is one. One that was asked for must be there.
fn corpus(root: &Path, options: &Options) -> Result<Option<PathBuf>> {
    let folder = match &options.corpus {
        Some(folder) => folder.clone(),
        None if root.join(CORPUS).is_dir() => root.join(CORPUS),
        None => return Ok(None),
    };
    // Absolute, because the programs run in another folder.
    let absolute =
        fs::canonicalize(&folder).with_context(|| format!("`{}` is not there", folder.display()))?;
    Ok(Some(absolute))
}

/// Builds Palisade as it is shipped; gives the path of the program.
fn build(root: &Path) -> Result<PathBuf> {
    eprintln!("building palisade for release");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--package", "palisade", "--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be run")?;
    ensure!(output.status.success(), "palisade does not build");
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Json>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == "palisade")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo built no program `palisade`")
}

/// What was measured, and what is to be said about it.
#[derive(Default)]
struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Bench {
    palisade: Program,
    peer: Option<Checkov>,
    /// Where generated inputs are kept, and where the programs run.
    folder: PathBuf,
    rounds: usize,
    /// The runs of what takes so little time that chance weighs more.
    rounds_short: usize,
}

impl Bench {
    /// What the figures hang on.
    fn machine(&self) -> Result<String> {
        let version = self.palisade.clone().arg("--version").output()?;
        let version = String::from_utf8_lossy(&version).trim().to_owned();
        let peer = if self.peer.is_some() { format!(", checkov {}", peer::VERSION) } else { String::new() };
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split_whitespace().next().map(|load| format!(", load {load} before the first run"));
        Ok(format!(
            "{version}{peer}; {processors} processors{}; {} runs each, {} of the short ones; targets are held \
             against the median",
            load.unwrap_or_default(),
            self.rounds,
            self.rounds_short
        ))
    }

    /// Starting and doing nothing.
    fn start(&self, report: &mut Report) -> Result<()> {
        let ours = self.palisade.clone().arg("--version");
        let theirs = self.peer.as_ref().map(Checkov::version);
        report.rows.push(compare("start (`--version`)", &ours, theirs.as_ref(), self.rounds_short)?);
        Ok(())
    }

    /// One template with one bucket.
    fn small(&self, report: &mut Report) -> Result<()> {
        let folder = self.folder.join("small");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("bucket.yaml"), SMALL)?;
        let theirs = self.peer.as_ref().map(|peer| peer.judging(&folder));
        let row = compare("one bucket", &self.judging(&folder), theirs.as_ref(), self.rounds_short)?;
        report.rows.push(Row { targets: vec![Target::SecondsBelow(0.03)], ..row });
        Ok(())
    }

    /// Templates that others wrote.
    fn corpus(&self, corpus: &Path, report: &mut Report) -> Result<()> {
        let count = thousands(peer::templates(corpus)?.len() as u64);
        let what = format!("corpus, {count} files");
        let ours = self.judging(corpus);
        let (resources, verdicts) = our_count(&ours)?;
        report.notes.push(format!(
            "palisade gives {} verdicts on {} resources of the corpus",
            thousands(verdicts),
            thousands(resources)
        ));
        let whole = |row: Row, targets: Vec<Target>| Row { resources: Some(resources), targets, ..row };
        let in_time = Target::SecondsBelow(0.5);
        let crashes = match &self.peer {
            Some(peer) => Some((peer, peer.crashes(corpus)?)),
            None => None,
        };
        match crashes {
            None => {
                let row = compare(&what, &ours, None, self.rounds)?;
                report.rows.push(whole(row, vec![in_time, Target::TimesFaster(200.0)]));
            }
            Some((peer, Some(files))) if files.is_empty() => {
                let theirs = peer.judging(corpus);
                let row = compare(&what, &ours, Some(&theirs), self.rounds)?;
                report.rows.push(whole(row, vec![in_time, Target::TimesFaster(200.0)]));
                report.notes.push(their_note(&theirs, "of the corpus")?);
            }
            Some((peer, files)) => {
                let theirs = peer.crashing(corpus);
                let what = format!("{what}; checkov until it crashes");
                report.rows.push(whole(compare(&what, &ours, Some(&theirs), self.rounds)?, vec![in_time]));
                match files {
                    Some(files) => self.rest(peer, corpus, &files, report)?,
                    None => report.notes.push(
                        "checkov crashes on the corpus and loses all results; the files it crashes on were not \
                         all found in time, so there is no comparison of whole runs"
                            .to_owned(),
                    ),
                }
            }
        }
        self.reading(corpus, report)
    }

    /// The corpus without the files that the peer crashes on: what both programs can finish.
    fn rest(
        &self,
        peer: &Checkov,
        corpus: &Path,
        crashes: &BTreeSet<PathBuf>,
        report: &mut Report,
    ) -> Result<()> {
        let folder = self.folder.join("corpus");
        folder::copy_without(corpus, &folder, crashes)?;
        let (ours, theirs) = (self.judging(&folder), peer.judging(&folder));
        let count = crashes.len();
        if !theirs.succeeds()? {
            report
                .notes
                .push(format!("checkov crashes on the corpus even without {count} files it crashes on"));
            return Ok(());
        }
        let what = format!("corpus without the {count} files that crash checkov");
        let row = compare(&what, &ours, Some(&theirs), self.rounds)?;
        let (resources, verdicts) = our_count(&ours)?;
        report.rows.push(Row {
            resources: Some(resources),
            targets: vec![Target::TimesFaster(200.0)],
            ..row
        });
        report.notes.push(format!(
            "checkov crashes on {count} files of the corpus and then loses all results, so both are also given \
             the rest; there palisade gives {} verdicts on {} resources",
            thousands(verdicts),
            thousands(resources)
        ));
        report.notes.push(their_note(&theirs, "of that rest")?);
        Ok(())
    }

    /// Reading the corpus and saving what it declares, without judging: how much of the time reading takes.
    fn reading(&self, corpus: &Path, report: &mut Report) -> Result<()> {
        let saved = self.folder.join("corpus.json.gz");
        let save = self.palisade.clone().arg("estate").arg("save").arg(corpus).arg("--output").arg(&saved);
        report.rows.push(compare("corpus, read and saved only", &save, None, self.rounds)?);
        Ok(())
    }

    /// Generated Terraform code: one root module that calls others.
    ///
    /// The peer takes minutes for the largest: it is given one turn there, or none where it should be quick.
    fn services(&self, count: usize, quick: bool, report: &mut Report) -> Result<()> {
        let resources = count * terraform::SERVICE_SIZE;
        let folder = self.code(&format!("services-{count}"), || terraform::services(count))?;
        let what = format!("Terraform, {count} modules, {} resources", thousands(resources as u64));
        let ours = self.judging(&folder);
        let theirs = self.peer.as_ref().map(|peer| peer.judging_code(&folder));
        let row = if count < SERVICES_ALL {
            compare(&what, &ours, theirs.as_ref(), self.rounds)?
        } else {
            let row = compare(&what, &ours, None, self.rounds)?;
            match theirs.as_ref().filter(|_| !quick) {
                Some(theirs) => Row { theirs: race(&[theirs], 1)?.pop(), ..row },
                None => row,
            }
        };
        if count == SERVICES_ALL && self.peer.is_some() {
            report.notes.push(if quick {
                format!(
                    "checkov takes minutes for {count} modules of Terraform and is left out; the ratio is that of \
                     a tenth"
                )
            } else {
                format!("checkov takes minutes for {count} modules of Terraform and is timed once")
            });
        }
        report.rows.push(Row {
            resources: Some(resources as u64),
            targets: vec![Target::TimesFaster(200.0)],
            ..row
        });
        if count < SERVICES_ALL {
            told(&ours, theirs.as_ref(), &format!("of {count} modules of Terraform"), report)?;
        }
        Ok(())
    }

    /// A large Terraform module, and roots that call it in different ways.
    fn network(&self, from: &Path, report: &mut Report) -> Result<()> {
        // A copy, so that nothing of the project around it is found.
        let folder = self.folder.join("terraform-network");
        folder::copy_without(from, &folder, &BTreeSet::new())?;
        let ours = self.judging(&folder);
        let theirs = self.peer.as_ref().map(|peer| peer.judging_code(&folder));
        let row = compare("Terraform, a network and 12 examples", &ours, theirs.as_ref(), self.rounds)?;
        let (resources, _) = our_count(&ours)?;
        report.rows.push(Row {
            resources: Some(resources),
            targets: vec![Target::TimesFaster(200.0)],
            ..row
        });
        told(&ours, theirs.as_ref(), "of the network", report)
    }

    /// Many small root modules of Terraform in one run.
    fn stacks(&self, report: &mut Report) -> Result<()> {
        let folder = self.code(&format!("stacks-{STACK_FILES}"), || terraform::stacks(STACK_FILES))?;
        let what = format!("Terraform, {} files", thousands(STACK_FILES as u64));
        let ours = self.judging(&folder);
        let theirs = self.peer.as_ref().map(|peer| peer.judging_code(&folder));
        let row = compare(&what, &ours, theirs.as_ref(), self.rounds)?;
        let (resources, _) = our_count(&ours)?;
        report.rows.push(Row { resources: Some(resources), targets: vec![Target::SecondsBelow(0.5)], ..row });
        told(&ours, theirs.as_ref(), &format!("of {} files", thousands(STACK_FILES as u64)), report)
    }

    /// The folder of generated code, made once.
    fn code(&self, name: &str, make: impl FnOnce() -> Vec<(String, String)>) -> Result<PathBuf> {
        let folder = self.folder.join(format!("terraform-{name}-{}", terraform::VERSION));
        if !folder.exists() {
            // Renamed when it is whole, so that an interrupted run leaves no half of it behind.
            let part = folder.with_extension("part");
            if part.exists() {
                fs::remove_dir_all(&part)?;
            }
            terraform::write(&part, &make())?;
            fs::rename(&part, &folder)?;
        }
        Ok(folder)
    }

    /// A generated estate.
    fn estate(&self, count: usize, report: &mut Report) -> Result<()> {
        let file = self.generated(count)?;
        let resources = count as u64;
        let what = format!("estate of {} resources", thousands(resources));
        let judge = self.palisade.clone().arg("check").arg("--from").arg(&file).arg("--format").arg("json");
        let row = compare(&what, &judge, None, self.rounds)?;
        let targets = match count {
            100_000 => vec![Target::SecondsBelow(1.0), Target::BytesBelow(1_000_000_000)],
            MILLION => vec![Target::BytesBelow(4_000_000_000)],
            _ => Vec::new(),
        };
        report.rows.push(Row { resources: Some(resources), targets, ..row });
        if count == 100_000 {
            let show = self.palisade.clone().arg("estate").arg("show").arg(&file);
            let row = compare(&format!("{what}, read and listed only"), &show, None, self.rounds)?;
            report.rows.push(Row { resources: Some(resources), ..row });
        }
        Ok(())
    }

    /// The file of a generated estate, made once.
    fn generated(&self, count: usize) -> Result<PathBuf> {
        let name = format!("estate-{count}-{}-{}.json.gz", generate::VERSION, estate::file::VERSION);
        let file = self.folder.join(name);
        if !file.exists() {
            eprintln!("generating an estate of {} resources, once", thousands(count as u64));
            // Renamed when it is whole, so that an interrupted run leaves no half estate behind.
            let part = file.with_extension("part");
            fs::write(&part, estate::file::write(&generate::estate(count)))?;
            fs::rename(&part, &file)?;
        }
        Ok(file)
    }

    fn judging(&self, path: &Path) -> Program {
        self.palisade.clone().arg("check").arg(path).arg("--format").arg("json")
    }
}

/// Measures Palisade, and the peer beside it.
fn compare(what: &str, ours: &Program, theirs: Option<&Program>, rounds: usize) -> Result<Row> {
    eprintln!("measuring: {what}");
    let mut programs = vec![ours];
    programs.extend(theirs);
    let mut measured = race(&programs, rounds)?.into_iter();
    let ours = measured.next().context("a race measures every program")?;
    Ok(Row { what: what.to_owned(), ours, theirs: measured.next(), resources: None, targets: Vec::new() })
}

/// How many resources Palisade judges, and how many verdicts it gives on them.
fn our_count(program: &Program) -> Result<(u64, u64)> {
    judged(program, "resources", &["pass", "fail", "unknown"])
}

/// What the peer judges, in words.
fn their_note(program: &Program, of: &str) -> Result<String> {
    let (resources, verdicts) = judged(program, "resource_count", &["passed", "failed"])?;
    Ok(format!("checkov gives {} verdicts on {} resources {of}", thousands(verdicts), thousands(resources)))
}

/// Says what both programs judge. Palisade folds the parts of a resource into it, the peer counts them.
fn told(ours: &Program, theirs: Option<&Program>, of: &str, report: &mut Report) -> Result<()> {
    let (resources, verdicts) = our_count(ours)?;
    report.notes.push(format!(
        "palisade gives {} verdicts on {} resources {of}",
        thousands(verdicts),
        thousands(resources)
    ));
    if let Some(theirs) = theirs {
        report.notes.push(their_note(theirs, of)?);
    }
    Ok(())
}

/// Reads the summary of a report in JSON.
fn judged(program: &Program, resources: &str, verdicts: &[&str]) -> Result<(u64, u64)> {
    let told: Json = serde_json::from_slice(&program.output()?).context("the report is no JSON")?;
    let number = |key: &str| told["summary"][key].as_u64().unwrap_or_default();
    Ok((number(resources), verdicts.iter().map(|key| number(key)).sum()))
}
