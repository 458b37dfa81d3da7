//! `palisade check`: judges templates.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use control::builtin;
use control::file::Control;
use control::glob;
use control::judge::run_all;
use control::pack::{Choice, Pack};
use estate::estate::Estate;
use estate::resource::ResourceId;
use finding::format::{Format, Style};
use finding::report::{Diagnostic, Level, Outcome, Position, Report, Severity, Summary, Verdict};
use jiff::Timestamp;
use template::discover::{Disk, Found, Input};
use template::{Files, Loaded};

use crate::baseline::Baseline;
use crate::config::{self, Settings, shown};
use crate::estate_file;
use crate::fix;
use crate::input::{self, Known, Values};
use crate::judging::Judging;
use crate::output::Terminal;
use crate::report;
use crate::since::Commit;
use crate::sources::Texts;

#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    /// Templates, Terraform code, plans, manifests, or folders of them; `-` for standard input
    #[arg(required_unless_present = "from")]
    paths: Vec<PathBuf>,
    /// Judge a saved estate instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "since", "parameters", "var", "var_file", "workspace", "account", "region"])]
    from: Option<PathBuf>,
    /// The form of the output
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = parse_format)]
    format: Format,
    /// Write the output into a file instead
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only controls that speak to this framework (may be repeated)
    #[arg(long, value_name = "ID")]
    framework: Vec<String>,
    /// Only this control, or those whose id fits a pattern (may be repeated)
    #[arg(long, value_name = "ID")]
    control: Vec<String>,
    /// Only controls at least this grave
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    severity: Option<Severity>,
    /// Exit with 1 for findings at least this grave, or `never`
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<String>,
    /// Exit with 1 for verdicts that cannot be decided as well
    #[arg(long)]
    fail_on_unknown: bool,
    /// Tell only what is new since a git revision
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Tell only what is not in this baseline
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found now as a baseline
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Exceptions to apply
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
    #[command(flatten)]
    values: Values,
    /// Do not take for absent what the templates do not declare
    #[arg(long)]
    open_world: bool,
    /// More controls: a file or folder (may be repeated)
    #[arg(long, value_name = "PATH")]
    controls: Vec<PathBuf>,
    /// Settings to use instead of the nearest palisade.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Tell passes and skips too
    #[arg(long)]
    all: bool,
    /// With `-`: the name that decides what standard input is, such as `main.tf`; guessed unless given
    #[arg(long, value_name = "NAME")]
    stdin_name: Option<PathBuf>,
    /// Make the edits that controls name, in place; then tell what is left
    #[arg(long, conflicts_with = "from")]
    fix: bool,
    /// With `--fix`: show the changes and write nothing
    #[arg(long, requires = "fix")]
    diff: bool,
    /// With `--fix`: make edits that replace a resource or interrupt its users as well
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,
    /// Say which files were left out and why
    #[arg(long, short)]
    verbose: bool,
    /// How many threads work
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

// Limit: threads; more than there are processors only cost memory.
const THREADS_MAX: usize = 512;

fn parse_format(word: &str) -> Result<Format, String> {
    let names = Format::ALL.map(Format::name).join(", ");
    Format::parse(word).ok_or_else(|| format!("one of {names}"))
}

fn parse_severity(word: &str) -> Result<Severity, String> {
    Severity::parse(word).ok_or_else(|| "one of critical, high, medium, low, info".to_owned())
}

pub(crate) fn run(check: &Check, terminal: &Terminal) -> Result<ExitCode> {
    if let Some(threads) = check.threads {
        ensure!((1..=THREADS_MAX).contains(&threads), "`--threads` is from 1 to {THREADS_MAX}");
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("threads")?;
    }
    let start = check.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let settings = Settings::find(start, check.config.as_deref())?;
    let pack = config::pack_with(&settings, &check.controls)?;
    let choice = choose(check, &settings, &pack)?;
    let fail_on = fail_on(check, &settings)?;
    if is_standard(&check.paths) {
        ensure!(!check.fix && check.since.is_none(), "`--fix` and `--since` need files, not standard input");
    }
    let run = Run { check, settings: &settings, pack: &pack, choice: &choice };
    if check.fix {
        let fixed = fix::run(&run, check.unsafe_fixes)?;
        if check.diff {
            return fixed.show();
        }
        fixed.write()?;
    }
    let input = match &check.from {
        Some(file) => saved(file)?,
        None => read(check, &settings)?,
    };
    let (mut report, mut verdicts) = run.judge(input.loaded_estate, &input.diagnostics)?;
    report.diagnostics.extend(run.waive(&mut verdicts)?);
    if let Some(file) = &check.write_baseline {
        let count = Baseline::write(file, &verdicts)?;
        eprintln!("{count} findings written to `{}`", shown(file));
        Baseline::of(&verdicts).apply(&mut verdicts);
    }
    count(&mut report.summary, &verdicts);
    report.summary.files = input.templates;
    report.verdicts = verdicts;
    if check.verbose {
        for (path, why) in &input.skipped {
            eprintln!("skipped {}: {}", finding::escape::line(path), finding::escape::line(why));
        }
    }
    match write(check, &report, &input.texts, terminal) {
        // Whoever read the output has seen enough; what was found counts all the same.
        Err(error) if crate::is_closed_pipe(&error) => {}
        written => written?,
    }
    let code = exit_code(&report, fail_on, check.fail_on_unknown);
    // As with the estate: the process ends here.
    std::mem::forget(report);
    Ok(ExitCode::from(code))
}

/// What is judged, and what is said about it.
pub(crate) struct Read {
    pub(crate) loaded_estate: Estate,
    pub(crate) texts: Texts,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The parameters that the templates declare.
    declared: BTreeSet<String>,
    templates: usize,
    skipped: Vec<(String, String)>,
}

fn saved(file: &Path) -> Result<Read> {
    let estate = estate_file::read(file)?;
    // The templates may have changed since: what they say now is no evidence for what was judged.
    let diagnostics = estate
        .gaps
        .iter()
        .map(|gap| Diagnostic {
            level: Level::Error,
            code: "estate-gap",
            message: format!("something was not read when the estate was saved: {}", gap.why.reason),
            hint: None,
            position: None,
        })
        .collect();
    let files: BTreeSet<_> = estate.resources.iter().map(|resource| resource.origin.name.file).collect();
    let templates = files.len();
    Ok(Read {
        loaded_estate: estate,
        texts: Texts::default(),
        diagnostics,
        declared: BTreeSet::new(),
        templates,
        skipped: Vec::new(),
    })
}

fn read(check: &Check, settings: &Settings) -> Result<Read> {
    let known = check.values.known(settings)?;
    let mut read = if is_standard(&check.paths) {
        let standard = input::Standard::read(check.stdin_name.as_deref())?;
        let found = Found { inputs: vec![standard.input()], ..Found::default() };
        load(&standard, &found, &known)
    } else {
        must_exist(&check.paths)?;
        let mut found = input::discover(&check.paths);
        exclude(&mut found, settings);
        load(&Disk, &found, &known)
    };
    // Those of the settings are for all templates of the repository; one that is given here is meant for these.
    let given = known.template.parameters.keys().filter(|name| !settings.parameters.contains_key(*name));
    for name in given.filter(|name| read.templates > 0 && !read.declared.contains(*name)) {
        let near = estate::catalogue::nearest(name, read.declared.iter().map(String::as_str));
        read.diagnostics.push(Diagnostic {
            level: Level::Warning,
            code: "parameter-unused",
            message: format!("no template has a parameter `{name}`"),
            hint: near.map(|near| format!("did you mean `{near}`?")),
            position: None,
        });
    }
    Ok(read)
}

/// Whether standard input is to be read: the one path is `-`.
fn is_standard(paths: &[PathBuf]) -> bool {
    matches!(paths, [only] if only == Path::new("-"))
}

/// A path that does not exist is a mistake of the caller's, not a file that could not be read.
pub(crate) fn must_exist(paths: &[PathBuf]) -> Result<()> {
    for path in paths {
        if let Err(error) = fs::metadata(path) {
            bail!("`{}`: {error}", shown(path));
        }
    }
    Ok(())
}

/// Reads templates into an estate, with everything that is to be said about them.
pub(crate) fn load(files: &dyn Files, found: &Found, known: &Known) -> Read {
    let Loaded { files: names, texts, resources, gaps, diagnostics, declared, templates, skipped } =
        input::load(files, &found.inputs, known);
    let estate = Estate::new(names.clone(), resources, gaps);
    let mut said: Vec<Diagnostic> = found
        .errors
        .iter()
        .map(|(path, message)| Diagnostic {
            level: Level::Error,
            code: "unreadable",
            message: format!("`{path}`: {message}"),
            hint: None,
            position: None,
        })
        .collect();
    for diagnostic in diagnostics {
        let whole =
            diagnostic.file.map(|file| Position { file, line: 1, column: 1, end_line: 1, end_column: 1 });
        said.push(Diagnostic {
            level: if diagnostic.incomplete { Level::Error } else { Level::Warning },
            code: diagnostic.code,
            message: diagnostic.message,
            hint: None,
            position: report::position(&estate, diagnostic.span).or(whole),
        });
    }
    let skipped = found.skipped.iter().cloned().chain(skipped).collect();
    let texts = Texts::new(names.iter().map(std::string::ToString::to_string).zip(texts));
    Read { loaded_estate: estate, texts, diagnostics: said, declared, templates, skipped }
}

/// Leaves out what the settings exclude.
pub(crate) fn exclude(found: &mut Found, settings: &Settings) {
    if settings.exclude.is_empty() {
        return;
    }
    // The patterns are seen from the settings file, wherever the program is called and however a path is given.
    let home = settings.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let home = fs::canonicalize(if home.as_os_str().is_empty() { Path::new(".") } else { home });
    let seen = |path: &Path| {
        let whole = fs::canonicalize(path).ok()?;
        Some(shown(whole.strip_prefix(home.as_ref().ok()?).ok()?))
    };
    let (kept, out): (Vec<Input>, Vec<Input>) =
        std::mem::take(&mut found.inputs).into_iter().partition(|input| {
            let path = seen(&input.path).unwrap_or_else(|| shown(&input.path));
            input.named || !settings.exclude.iter().any(|pattern| glob::matches(pattern, &path))
        });
    found.inputs = kept;
    found.skipped.extend(out.iter().map(|input| (shown(&input.path), "excluded by the settings".to_owned())));
}

/// The controls of the run. An id that fits nothing is a mistake, not an empty run.
fn choose(check: &Check, settings: &Settings, pack: &Pack) -> Result<Choice> {
    let mut choice = settings.choice(pack)?;
    choice.controls.clone_from(&check.control);
    choice.severity = check.severity;
    if !check.framework.is_empty() {
        choice.frameworks.clone_from(&check.framework);
    }
    for pattern in &check.control {
        if !pack.members().any(|(id, _)| glob::matches(pattern, id)) {
            let near = estate::catalogue::nearest(pattern, pack.members().map(|(id, _)| &**id));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            bail!("no control `{pattern}`{hint}");
        }
    }
    for id in &choice.frameworks {
        let known: BTreeSet<&str> = builtin::frameworks().iter().map(|(id, _)| *id).collect();
        if !known.contains(id.as_str()) {
            bail!("no framework `{id}`: one of {}", known.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
    Ok(choice)
}

/// The severity from which on findings count; `None` for never.
fn fail_on(check: &Check, settings: &Settings) -> Result<Option<Severity>> {
    let word = check.fail_on.as_ref().or(settings.fail_on.as_ref()).map_or("info", String::as_str);
    if word == "never" {
        return Ok(None);
    }
    match Severity::parse(word) {
        Some(severity) => Ok(Some(severity)),
        None => bail!("no severity `{word}`: one of critical, high, medium, low, info, never"),
    }
}

/// What fails.
pub(crate) struct Failing {
    pub(crate) estate: Estate,
    pub(crate) fails: Vec<(Arc<Control>, ResourceId)>,
}

/// What one call of the program judges with.
pub(crate) struct Run<'r> {
    check: &'r Check,
    settings: &'r Settings,
    pack: &'r Pack,
    choice: &'r Choice,
}

impl Run<'_> {
    /// How this call judges.
    fn judging(&self) -> Judging<'_> {
        let page = self.check.format == Format::Html;
        Judging {
            pack: self.pack,
            choice: self.choice,
            open_world: self.check.open_world || self.settings.open_world,
            // The page shows what passes beside each requirement, so it is given every verdict.
            all: self.check.all || page,
            page,
        }
    }

    /// What fails and is not waived, of everything that some files hold.
    pub(crate) fn failing(&self, files: &dyn Files) -> Result<Failing> {
        let mut found = input::discover(&self.check.paths);
        exclude(&mut found, self.settings);
        let read = load(files, &found, &self.check.values.known(self.settings)?);
        let estate = read.loaded_estate;
        let (judges, setting) = self.judging().judges(&estate)?;
        let run = run_all(&estate, &judges, &setting, false);
        let mut verdicts = report::verdicts(&estate, run.judgements.clone(), self.choice);
        self.waive(&mut verdicts)?;
        let waived: BTreeSet<String> = verdicts
            .into_iter()
            .filter(|verdict| verdict.waiver.is_some())
            .map(|verdict| verdict.identity)
            .collect();
        let fails = run.judgements.into_iter().filter(|(_, judgement)| judgement.outcome == Outcome::Fail);
        let fails = fails.filter_map(|(control, judgement)| {
            let identity = report::identity_of(&estate, &control, &judgement);
            (!waived.contains(&identity)).then_some((control, judgement.resource))
        });
        let fails = fails.collect();
        Ok(Failing { estate, fails })
    }

    /// Judges an estate: the report without its verdicts, and the verdicts.
    fn judge(&self, estate: Estate, said: &[Diagnostic]) -> Result<(Report, Vec<Verdict>)> {
        let judged = self.judging().judge(&estate, said)?;
        // Millions of values would be freed one by one just before the process ends.
        std::mem::forget(estate);
        Ok(judged)
    }

    /// Marks what does not count: exceptions, what was there at `--since`, the baseline.
    fn waive(&self, verdicts: &mut [Verdict]) -> Result<Vec<Diagnostic>> {
        let exceptions = self.settings.exceptions(self.check.exceptions.as_deref())?;
        let said = report::except(verdicts, &exceptions, Timestamp::now());
        if let Some(rev) = &self.check.since {
            let commit = Commit::read(rev, &self.check.paths)?;
            let mut found = Found { inputs: commit.inputs(), ..Found::default() };
            exclude(&mut found, self.settings);
            let before = load(&commit, &found, &self.check.values.known(self.settings)?);
            let (_, before) = self.judge(before.loaded_estate, &[])?;
            Baseline::of(&before).apply(verdicts);
        }
        if let Some(file) = self.check.baseline.as_deref().or(self.settings.baseline.as_deref()) {
            // A baseline that is being written for the first time need not exist.
            if file.exists() || self.check.write_baseline.is_none() {
                Baseline::read(file)?.apply(verdicts);
            }
        }
        Ok(said)
    }
}

fn count(summary: &mut Summary, verdicts: &[Verdict]) {
    for verdict in verdicts.iter().filter(|v| matches!(v.outcome, Outcome::Fail | Outcome::Unknown)) {
        match (verdict.waiver.is_some(), verdict.outcome) {
            (true, _) => summary.waived += 1,
            (false, Outcome::Fail) => summary.fail += 1,
            (false, _) => summary.unknown += 1,
        }
    }
}

fn exit_code(report: &Report, fail_on: Option<Severity>, fail_on_unknown: bool) -> u8 {
    // What could not be read weighs more than what was found: nobody knows what is missing.
    if report.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
        return crate::INCOMPLETE;
    }
    let counts = |verdict: &Verdict| match verdict.outcome {
        Outcome::Fail => fail_on.is_some_and(|least| verdict.severity >= least),
        Outcome::Unknown => fail_on_unknown,
        Outcome::Pass | Outcome::Skip => false,
    };
    if report.verdicts.iter().any(|verdict| verdict.waiver.is_none() && counts(verdict)) {
        return crate::FINDINGS;
    }
    crate::CLEAN
}

fn write(check: &Check, report: &Report, texts: &Texts, terminal: &Terminal) -> Result<()> {
    let style =
        Style { width: terminal.width, colour: terminal.colour && check.output.is_none(), all: check.all };
    if let Some(file) = &check.output {
        let made = fs::File::create(file).with_context(|| format!("`{}` cannot be written", shown(file)))?;
        let mut out = BufWriter::new(made);
        finding::format::write(check.format, report, texts, &style, &mut out)?;
        out.flush().with_context(|| format!("`{}` cannot be written", shown(file)))?;
    } else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        finding::format::write(check.format, report, texts, &style, &mut out)?;
        out.flush()?;
    }
    Ok(())
}
