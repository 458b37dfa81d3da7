//! What a document is judged as a part of, and the judgement: the same reading, settings, controls and waivers as
//! those of `check`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Result;
use control::pack::{Choice, Pack};
use finding::report::{ControlText, Report, Verdict};
use jiff::Timestamp;
use lsp_types::Uri;
use template::Files;
use template::discover::{Found, Input};

use super::diagnose::{self, Places, Told};
use super::documents::{Documents, Overlay};
use super::text::Encoding;
use super::uri::{self, normal};
use crate::baseline::Baseline;
use crate::check::{self, Read};
use crate::config::{self, Settings};
use crate::input::{self, Known, Values};
use crate::judging::Judging;
use crate::report;

/// What is judged as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    /// A template with what it nests.
    Template(PathBuf),
    /// A folder of Terraform code with the modules that it calls.
    Module(PathBuf),
}

impl Root {
    /// The file or folder.
    pub(super) fn path(&self) -> &Path {
        match self {
            Root::Template(path) | Root::Module(path) => path,
        }
    }

    /// The name that a control's fix has for its language.
    pub(super) fn language(&self) -> &'static str {
        match self {
            Root::Template(_) => "cloudformation",
            Root::Module(_) => "terraform",
        }
    }
}

/// A resource and the lines that it takes, counted from 0.
#[derive(Debug)]
pub(super) struct Declared {
    /// Its type.
    pub(super) type_name: Arc<str>,
    /// The file.
    pub(super) path: PathBuf,
    /// The first line.
    pub(super) first: u32,
    /// The last line.
    pub(super) last: u32,
}

/// What came of a judgement.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The language of what was judged.
    pub(super) language: &'static str,
    /// The files that were read.
    pub(super) files: BTreeSet<PathBuf>,
    /// What is told, by file.
    pub(super) told: BTreeMap<PathBuf, Vec<Told>>,
    /// The controls that are told of, by id.
    pub(super) controls: BTreeMap<String, ControlText>,
    /// The resources.
    pub(super) declared: Vec<Declared>,
    /// All controls.
    pub(super) pack: Pack,
    /// Those that are off.
    pub(super) disabled: Vec<Arc<str>>,
}

/// What a root is judged by, whatever its files say.
pub(super) struct Terms {
    /// What relative paths begin at.
    pub(super) base: PathBuf,
    /// The controls that there are.
    pub(super) pack: Pack,
    /// What is chosen among them.
    pub(super) choice: Choice,
    settings: Settings,
    known: Known,
    found: Found,
}

impl Terms {
    /// Judges the root as some files say it.
    pub(super) fn judge(&self, files: &dyn Files) -> Result<(Read, Report, Vec<Verdict>)> {
        let read = check::load(files, &self.found, &self.known);
        let judging = Judging {
            pack: &self.pack,
            choice: &self.choice,
            open_world: self.settings.open_world,
            all: false,
            page: false,
        };
        let (mut report, mut verdicts) = judging.judge(&read.loaded_estate, &read.diagnostics)?;
        let exceptions = self.settings.exceptions(None)?;
        report.diagnostics.extend(report::except(&mut verdicts, &exceptions, Timestamp::now()));
        if let Some(file) = self.settings.baseline.as_deref().filter(|file| file.exists()) {
            Baseline::read(file)?.apply(&mut verdicts);
        }
        Ok((read, report, verdicts))
    }
}

// Limit: files at whose top it is told that nothing could be judged.
const FAILED_MAX: usize = 4;

/// The editor's folders and open files.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// The files that are open.
    pub(super) documents: Documents,
    /// The folders that are open.
    pub(super) folders: Vec<PathBuf>,
    /// What columns count.
    pub(super) encoding: Encoding,
    /// Whether the editor takes changes that name the state of the document that they are for.
    pub(super) is_versioned: bool,
    /// The Terraform code below a folder, until something is opened, saved or closed.
    walked: RefCell<BTreeMap<PathBuf, Vec<Input>>>,
}

impl Workspace {
    /// Forgets what files there are.
    pub(super) fn forget(&self) {
        self.walked.borrow_mut().clear();
    }

    /// The address of a file, in the editor's own spelling where it has it open.
    pub(super) fn uri(&self, path: &Path) -> Option<Uri> {
        match self.documents.get(path) {
            Some(document) => Uri::from_str(&document.uri).ok(),
            None => uri::of_path(path),
        }
    }

    /// What a file is judged as a part of; nothing for a file that is no code, or is excluded.
    pub(super) fn roots(&self, path: &Path) -> BTreeSet<Root> {
        // Settings with a fault say nothing of where a file belongs; the judgement will tell of them.
        let settings = Settings::find(folder_of(path), None).unwrap_or_default();
        let named =
            |path: &Path| Input { path: path.to_path_buf(), named: false, account: None, region: None };
        if !terraform::is_code(path) && !is_variables(path) {
            let mut found = Found { inputs: vec![named(path)], ..Found::default() };
            check::exclude(&mut found, &settings);
            let is_wanted = input::is_candidate(path) && !found.inputs.is_empty();
            return is_wanted.then(|| Root::Template(path.to_path_buf())).into_iter().collect();
        }
        let mut inputs = self.code(&self.folder(path));
        // Files that are not saved yet are part of their folders all the same.
        let unsaved = self.documents.keys().filter(|path| terraform::is_code(path) && !path.exists());
        inputs.extend(unsaved.map(|path| named(path)));
        let mut found = Found { inputs, ..Found::default() };
        check::exclude(&mut found, &settings);
        let overlay = Overlay { base: Path::new(""), documents: &self.documents };
        let known = Values::default().known(&settings).unwrap_or_default();
        let roots = input::containing(&overlay, &found.inputs, &known, folder_of(path));
        roots.into_iter().map(Root::Module).collect()
    }

    /// The editor's folder that holds a path, or the path's own.
    fn folder(&self, path: &Path) -> PathBuf {
        let holding = self.folders.iter().filter(|folder| path.starts_with(folder));
        let nearest = holding.max_by_key(|folder| folder.components().count());
        nearest.map_or_else(|| folder_of(path).to_path_buf(), Clone::clone)
    }

    /// The Terraform code below a folder.
    fn code(&self, folder: &Path) -> Vec<Input> {
        let mut walked = self.walked.borrow_mut();
        let inputs = walked.entry(folder.to_path_buf()).or_insert_with(|| {
            let found = input::discover(&[folder.to_path_buf()]).inputs;
            found.into_iter().filter(|input| terraform::is_code(&input.path)).collect()
        });
        inputs.clone()
    }

    /// Judges a root.
    pub(super) fn judge(&self, root: &Root) -> Judged {
        let mut judged = match self.judge_or_fail(root) {
            Ok(judged) => judged,
            // A fault in the settings or in a control of the user's own: it is told where it is.
            Err(error) => {
                let mut front = self.front(root);
                if front.iter().any(|path| self.documents.contains_key(path)) {
                    front.retain(|path| self.documents.contains_key(path));
                }
                front.truncate(FAILED_MAX);
                Judged { told: diagnose::failure(&error, &front), ..Judged::default() }
            }
        };
        judged.language = root.language();
        // Also where nothing could be read: whoever changes a file of the root has it judged again.
        judged.files.extend(self.front(root));
        judged
    }

    /// The files of a root that are its own: the template, or the code in its folder.
    fn front(&self, root: &Root) -> Vec<PathBuf> {
        match root {
            Root::Template(path) => vec![path.clone()],
            Root::Module(folder) => {
                let overlay = Overlay { base: Path::new(""), documents: &self.documents };
                let listed = overlay.list(folder).unwrap_or_default();
                listed.into_iter().filter(|path| terraform::is_code(path)).collect()
            }
        }
    }

    fn judge_or_fail(&self, root: &Root) -> Result<Judged> {
        let terms = self.terms(root)?;
        let overlay = Overlay { base: &terms.base, documents: &self.documents };
        let (read, report, verdicts) = terms.judge(&overlay)?;
        let mut judged = self.told(root, &terms.base, &read, &report, &verdicts);
        judged.controls = report.controls;
        judged.disabled = terms.choice.disabled;
        judged.pack = terms.pack;
        Ok(judged)
    }

    /// What a root is judged by now.
    pub(super) fn terms(&self, root: &Root) -> Result<Terms> {
        let home = match root {
            Root::Template(path) => folder_of(path),
            Root::Module(folder) => folder,
        };
        let settings = Settings::find(home, None)?;
        let pack = config::pack(&settings)?;
        let choice = settings.choice(&pack)?;
        let known = Values::default().known(&settings)?;
        let base = self.base(home, &settings);
        let (account, region) = deployed(root);
        let inputs = self.front(root).into_iter().map(|path| Input {
            path: path.strip_prefix(&base).unwrap_or(&path).to_path_buf(),
            named: false,
            account: account.clone(),
            region: region.clone(),
        });
        let found = Found { inputs: inputs.collect(), ..Found::default() };
        Ok(Terms { base, pack, choice, settings, known, found })
    }

    /// What paths in the report begin at: where `check` is called as a rule, so that exceptions and baselines, which
    /// name files from there, fit.
    fn base(&self, home: &Path, settings: &Settings) -> PathBuf {
        let beside = settings.file.as_deref().and_then(Path::parent).map(normal);
        beside.filter(|base| home.starts_with(base)).unwrap_or_else(|| self.folder(home))
    }

    fn told(&self, root: &Root, base: &Path, read: &Read, report: &Report, verdicts: &[Verdict]) -> Judged {
        let estate = &read.loaded_estate;
        let places = Places::new(base, &read.texts, self);
        let front = self.front(root).into_iter().next().unwrap_or_else(|| root.path().to_path_buf());
        let mut judged = Judged::default();
        judged.files.extend(read.texts.names().map(|name| places.path(name)));
        let anchors = diagnose::anchors(estate, &places);
        for verdict in verdicts {
            if let Some((path, told)) = diagnose::verdict(verdict, report, &anchors, &places, &front) {
                judged.told.entry(path).or_default().push(told);
            }
        }
        for diagnostic in &report.diagnostics {
            let (path, told) = diagnose::said(diagnostic, &places, &front);
            judged.told.entry(path).or_default().push(told);
        }
        for resource in &estate.resources {
            let body = report::position(estate, resource.origin.body);
            let name = report::position(estate, resource.origin.name);
            let Some(name) = name else { continue };
            let last = body.filter(|body| body.file == name.file).map_or(name.end_line, |body| body.end_line);
            judged.declared.push(Declared {
                type_name: resource.type_name.clone(),
                path: places.path(&name.file),
                first: name.line.saturating_sub(1),
                last: last.max(name.line).saturating_sub(1),
            });
        }
        judged
    }
}

/// The folder that a file lies in.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Whether a file holds values of Terraform variables.
fn is_variables(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
}

/// The account and the region of a template in a CDK assembly, whose manifest says where it goes.
fn deployed(root: &Root) -> (Option<Arc<str>>, Option<Arc<str>>) {
    let Root::Template(path) = root else { return (None, None) };
    let folder = folder_of(path);
    if !folder.join("manifest.json").is_file() {
        return (None, None);
    }
    let found = input::discover(&[folder.to_path_buf()]).inputs.into_iter().find(|input| input.path == *path);
    found.map(|input| (input.account, input.region)).unwrap_or_default()
}
