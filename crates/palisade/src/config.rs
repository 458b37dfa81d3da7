//! Settings: `palisade.yaml`, found upwards from where the program looks, and what it brings in.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use control::exception::Exception;
use control::file::Fault;
use control::pack::{Choice, Pack};
use document::{Entry, Kind, Tree};
use estate::catalogue::nearest;
use estate::value::{FileId, Value};
use finding::escape;
use finding::report::Severity;

use crate::output::Faults;

/// The file's name.
pub(crate) const NAME: &str = "palisade.yaml";

// Limit: controls and settings of a user's own; a file of more bytes is a mistake.
const BYTES_MAX: u64 = 4 << 20;

#[derive(clap::Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(clap::Subcommand)]
enum ConfigCommand {
    /// Print every setting
    Show {
        /// Also say where each comes from
        #[arg(long)]
        origin: bool,
        /// Look upwards from this folder
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Take this file instead of looking for one
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// The settings of a repository.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The file they are from, where there is one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) controls: Vec<PathBuf>,
    pub(crate) exceptions: Option<PathBuf>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) frameworks: Vec<String>,
    pub(crate) fail_on: Option<String>,
    pub(crate) severities: BTreeMap<String, Severity>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) open_world: bool,
    pub(crate) disable: Vec<String>,
    pub(crate) exclude: Vec<String>,
    /// Parameters of controls, checked against each control when the pack is known.
    params: BTreeMap<String, Tree>,
    /// The line of each key that the file sets.
    lines: BTreeMap<String, u32>,
    text: String,
}

const KEYS: [&str; 13] = [
    "controls",
    "exceptions",
    "baseline",
    "frameworks",
    "fail-on",
    "severities",
    "params",
    "disable",
    "parameters",
    "account",
    "region",
    "open-world",
    "exclude",
];

impl Settings {
    /// The settings of the nearest file at or above a path, or of a given file.
    pub(crate) fn find(from: &Path, given: Option<&Path>) -> Result<Settings> {
        let file = match given {
            Some(file) => Some(file.to_path_buf()),
            None => upwards(from),
        };
        match file {
            Some(file) => Settings::read(&file),
            None => Ok(Settings { controls: Vec::new(), ..Settings::default() }),
        }
    }

    fn read(file: &Path) -> Result<Settings> {
        let text = text_of(file)?;
        let shown = shown(file);
        let mut reader = Reading { path: Arc::from(shown.as_str()), faults: Vec::new() };
        let mut settings = reader.settings(&text, file.parent().unwrap_or(Path::new("")));
        if !reader.faults.is_empty() {
            return Err(Faults { faults: reader.faults, texts: vec![(shown, text)] }.into());
        }
        settings.file = Some(file.to_path_buf());
        settings.text = text;
        Ok(settings)
    }

    /// What the settings choose among the controls.
    pub(crate) fn choice(&self, pack: &Pack) -> Result<Choice> {
        let mut choice = Choice {
            frameworks: self.frameworks.clone(),
            disabled: self.disable.iter().map(|id| Arc::from(id.as_str())).collect(),
            ..Choice::default()
        };
        let mut faults = Vec::new();
        let path: Arc<str> = Arc::from(self.file.as_deref().map(shown).unwrap_or_default());
        for (id, severity) in &self.severities {
            choice.severities.insert(Arc::from(id.as_str()), *severity);
        }
        let ids = self.severities.keys().chain(self.params.keys()).chain(&self.disable);
        for id in ids.filter(|id| pack.get(id).is_none()) {
            let hint = nearest(id, pack.members().map(|(id, _)| &**id))
                .map(|near| format!("did you mean `{near}`?"));
            let span = self.place_of(id);
            faults.push(Fault { path: path.clone(), span, message: format!("no control `{id}`"), hint });
        }
        for (id, tree) in &self.params {
            let Some(member) = pack.get(id) else { continue };
            let control = member.control().map_err(|faults| Faults { faults, texts: Vec::new() })?;
            let mut set = HashMap::new();
            for entry in tree.entries() {
                match control.parameters.iter().find(|parameter| parameter.name == entry.key) {
                    None => {
                        let names = control.parameters.iter().map(|parameter| &*parameter.name);
                        let hint = nearest(&entry.key, names).map(|near| format!("did you mean `{near}`?"));
                        let message = format!("control `{id}` has no parameter `{}`", entry.key);
                        faults.push(Fault { path: path.clone(), span: entry.key_span, message, hint });
                    }
                    Some(parameter) => match parameter.value(&entry.value) {
                        Ok(value) => {
                            set.insert(entry.key.clone(), value);
                        }
                        Err(message) => {
                            faults.push(Fault {
                                path: path.clone(),
                                span: entry.value.span,
                                message,
                                hint: None,
                            });
                        }
                    },
                }
            }
            choice.parameters.insert(Arc::from(id.as_str()), set);
        }
        if faults.is_empty() {
            return Ok(choice);
        }
        Err(Faults { faults, texts: vec![(path.to_string(), self.text.clone())] }.into())
    }

    fn place_of(&self, word: &str) -> estate::value::Span {
        let found =
            self.text.lines().enumerate().find_map(|(i, line)| line.find(word).map(|at| (i + 1, at + 1)));
        let (line, column) = found.unwrap_or((1, 1));
        estate::value::Span::new(FileId(0), (line, column), (line, column + word.len()))
    }

    /// The exceptions in force and lapsed.
    pub(crate) fn exceptions(&self, given: Option<&Path>) -> Result<Vec<Exception>> {
        let Some(file) = given.or(self.exceptions.as_deref()) else { return Ok(Vec::new()) };
        let text = text_of(file)?;
        let shown = shown(file);
        Exception::parse(&shown, &text).map_err(|faults| Faults { faults, texts: vec![(shown, text)] }.into())
    }
}

/// The nearest settings file at or above a path.
fn upwards(from: &Path) -> Option<PathBuf> {
    let start = if from.is_file() { from.parent().unwrap_or(Path::new("")) } else { from };
    let direct = start.join(NAME);
    if direct.is_file() {
        return Some(direct);
    }
    let whole = fs::canonicalize(if start.as_os_str().is_empty() { Path::new(".") } else { start }).ok()?;
    whole.ancestors().skip(1).map(|folder| folder.join(NAME)).find(|file| file.is_file())
}

/// The pack: what is compiled in, and the user's own controls beside it.
pub(crate) fn pack(settings: &Settings) -> Result<Pack> {
    pack_with(settings, &[])
}

/// The pack with more folders or files of controls.
pub(crate) fn pack_with(settings: &Settings, more: &[PathBuf]) -> Result<Pack> {
    let mut pack = Pack::builtin();
    let (mut faults, mut texts) = (Vec::new(), Vec::new());
    for path in settings.controls.iter().chain(more) {
        for file in control_files(path)? {
            let text = text_of(&file)?;
            let shown = shown(&file);
            if let Err(mut found) = pack.add(&shown, &text) {
                faults.append(&mut found);
                texts.push((shown, text));
            }
        }
    }
    // One that does not compile is told even where no template has its type.
    for (_, member) in pack.members() {
        if let Err(mut found) = member.compiles() {
            faults.append(&mut found);
            texts.push((member.path().to_owned(), member.text().to_owned()));
        }
    }
    if faults.is_empty() { Ok(pack) } else { Err(Faults { faults, texts }.into()) }
}

/// The control files at a path, in order: itself, or every YAML file below it.
pub(crate) fn control_files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("`{}` cannot be read", shown(&folder)))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("`{}` cannot be read", shown(&folder)))?;
            let path = entry.path();
            // Links are not followed: one may lead back to where it stands.
            let kind = entry.file_type().with_context(|| format!("`{}` cannot be read", shown(&path)))?;
            if kind.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

pub(crate) fn text_of(file: &Path) -> Result<String> {
    let size = fs::metadata(file).with_context(|| format!("`{}` cannot be read", shown(file)))?.len();
    anyhow::ensure!(size <= BYTES_MAX, "`{}` is larger than {} MiB", shown(file), BYTES_MAX >> 20);
    fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", shown(file)))
}

/// A path for people.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

struct Reading {
    path: Arc<str>,
    faults: Vec<Fault>,
}

impl Reading {
    fn fault(&mut self, span: estate::value::Span, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Fault { path: self.path.clone(), span, message: message.into(), hint });
    }

    fn settings(&mut self, text: &str, home: &Path) -> Settings {
        let document = document::read(FileId(0), &self.path, text.as_bytes());
        for problem in &document.problems {
            self.fault(problem.span, problem.message.clone(), None);
        }
        let mut settings = Settings::default();
        let default = home.join("controls");
        if default.is_dir() {
            settings.controls.push(default);
        }
        let exceptions = home.join("exceptions.yaml");
        if exceptions.is_file() {
            settings.exceptions = Some(exceptions);
        }
        let empty = document.root.text().is_some_and(|text| text.is_empty());
        if !matches!(document.root.kind, Kind::Map(_)) && !empty {
            self.fault(
                document.root.span,
                format!("settings are a map, found {}", document.root.noun()),
                None,
            );
        }
        for entry in document.root.entries() {
            settings.lines.insert(entry.key.to_string(), entry.key_span.line);
            self.setting(entry, home, &mut settings);
        }
        settings
    }

    fn setting(&mut self, entry: &Entry, home: &Path, settings: &mut Settings) {
        let value = &entry.value;
        match &*entry.key {
            "controls" => settings.controls = self.texts(value).iter().map(|path| home.join(path)).collect(),
            "exceptions" => settings.exceptions = self.text(value).map(|path| home.join(path)),
            "baseline" => settings.baseline = self.text(value).map(|path| home.join(path)),
            "frameworks" => settings.frameworks = self.texts(value),
            "fail-on" => settings.fail_on = self.text(value),
            "disable" => settings.disable = self.texts(value),
            "exclude" => settings.exclude = self.texts(value),
            "account" => settings.account = self.text(value),
            "region" => settings.region = self.text(value),
            "severities" => {
                for (id, word) in self.map(value) {
                    if let Some(severity) = Severity::parse(&word) {
                        settings.severities.insert(id, severity);
                    } else {
                        let hint = "one of critical, high, medium, low, info".to_owned();
                        self.fault(value.span, format!("no severity `{word}`"), Some(hint));
                    }
                }
            }
            "parameters" => settings.parameters = self.map(value).into_iter().collect(),
            "params" => {
                let maps = value.entries().iter().all(|entry| matches!(entry.value.kind, Kind::Map(_)));
                if !matches!(value.kind, Kind::Map(_)) || !maps {
                    let message = "`params` is a map of control ids to maps of names to values";
                    self.fault(value.span, message, None);
                }
                let entries = value.entries().iter();
                settings.params = entries.map(|entry| (entry.key.to_string(), entry.value.clone())).collect();
            }
            "open-world" => match Self::value(value) {
                Some(Value::Bool(open)) => settings.open_world = open,
                _ => self.fault(value.span, "`open-world` is true or false", None),
            },
            other => {
                let hint = nearest(other, KEYS.into_iter()).map(|near| format!("did you mean `{near}`?"));
                self.fault(entry.key_span, format!("unknown key `{other}`"), hint);
            }
        }
    }

    fn value(tree: &Tree) -> Option<Value> {
        if let Kind::Scalar(scalar) = &tree.kind { Some(scalar.value()) } else { None }
    }

    fn text(&mut self, tree: &Tree) -> Option<String> {
        let text = tree.text().map(std::string::ToString::to_string);
        if text.is_none() {
            self.fault(tree.span, format!("expected a text, found {}", tree.noun()), None);
        }
        text
    }

    fn texts(&mut self, tree: &Tree) -> Vec<String> {
        match &tree.kind {
            Kind::List(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            _ => self.text(tree).into_iter().collect(),
        }
    }

    fn map(&mut self, tree: &Tree) -> Vec<(String, String)> {
        if !matches!(tree.kind, Kind::Map(_)) {
            self.fault(tree.span, format!("expected a map, found {}", tree.noun()), None);
        }
        let entries = tree.entries().iter();
        entries.filter_map(|entry| Some((entry.key.to_string(), self.text(&entry.value)?))).collect()
    }
}

pub(crate) fn run(config: &Config) -> Result<ExitCode> {
    let ConfigCommand::Show { origin, path, config } = &config.command;
    let settings = Settings::find(path, config.as_deref())?;
    // A setting that names a control which does not exist is told here as well.
    settings.choice(&pack(&settings)?)?;
    let mut out = std::io::stdout().lock();
    for key in KEYS {
        let value = settings.show(key);
        write!(out, "{key}: {}", escape::line(&value))?;
        if *origin {
            let from = match (&settings.file, settings.lines.get(key)) {
                (Some(file), Some(line)) => format!("{}:{line}", shown(file)),
                (Some(file), None) if value != "none" && key != "open-world" => {
                    format!("default beside {}", shown(file))
                }
                _ => "default".to_owned(),
            };
            write!(out, "  # {}", escape::line(&from))?;
        }
        writeln!(out)?;
    }
    Ok(ExitCode::from(crate::CLEAN))
}

impl Settings {
    fn show(&self, key: &str) -> String {
        let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
        let path = |path: &Option<PathBuf>| path.as_deref().map_or_else(|| "none".to_owned(), shown);
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        match key {
            "controls" => list(self.controls.iter().map(|path| shown(path)).collect()),
            "exceptions" => path(&self.exceptions),
            "baseline" => path(&self.baseline),
            "frameworks" => list(self.frameworks.clone()),
            "fail-on" => self.fail_on.clone().unwrap_or_else(|| "info".to_owned()),
            "severities" => list(self.severities.iter().map(|(id, s)| format!("{id}={s}")).collect()),
            "params" => list(self.params.keys().cloned().collect()),
            "disable" => list(self.disable.clone()),
            "parameters" => {
                list(self.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect())
            }
            "account" => text(&self.account),
            "region" => text(&self.region),
            "open-world" => self.open_world.to_string(),
            _ => list(self.exclude.clone()),
        }
    }
}
