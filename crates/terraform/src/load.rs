//! From folders of code to resources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use template::discover::Input;
use template::{Diagnostic, Files, Loaded};

use crate::mapping::fold::Maker;
use crate::source::{Session, display, is_code, join};
use crate::value::Span;
use crate::{Settings, inputs, plan};

// Evaluation recurses through references from file to file; its depth is limited to what this holds.
const STACK_BYTES: usize = 64 << 20;

/// The folders among the inputs that hold code, and whether the user named each (or a file of it) alone.
pub fn roots(files: &[Input]) -> BTreeMap<PathBuf, bool> {
    let mut found = BTreeMap::new();
    for input in files.iter().filter(|input| is_code(&input.path)) {
        let folder = join(input.path.parent().unwrap_or(Path::new("")), "");
        *found.entry(folder).or_insert(false) |= input.named;
    }
    found
}

/// Evaluates every root module among the folders of the inputs.
///
/// A folder that another one calls as a module is judged there, with the values it is given, and not a second time
/// by itself.
pub fn load(reader: &dyn Files, files: &[Input], settings: &Settings) -> Loaded {
    let folders = roots(files);
    let plans = plan::find(reader, files);
    if folders.is_empty() && plans.is_empty() {
        return Loaded::default();
    }
    let work = || {
        let folders: Vec<&PathBuf> = folders.keys().collect();
        let called: BTreeSet<PathBuf> =
            folders.par_iter().flat_map_iter(|folder| calls(reader, settings, folder)).collect();
        let planned: BTreeSet<PathBuf> = plans.iter().map(|(path, _)| folder_of(path)).collect();
        let (within, roots): (Vec<&PathBuf>, Vec<&PathBuf>) = folders
            .into_iter()
            .filter(|folder| !planned.contains(*folder))
            .partition(|folder| called.contains(*folder) || is_fetched(folder));
        let mut read: Vec<One> = roots.par_iter().map(|folder| one(reader, settings, folder)).collect();
        read.par_extend(plans.par_iter().map(|(path, bytes)| planned_by(reader, settings, path, bytes)));
        (within.into_iter().cloned().collect::<Vec<PathBuf>>(), read)
    };
    let threads = rayon::current_num_threads();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES).build();
    let (within, read) = match pool {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    };
    let mut loaded = Loaded::default();
    let mut unmapped: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for one in read {
        for (name, count) in one.unmapped {
            *unmapped.entry(name).or_default() += count;
        }
        template::merge(&mut loaded, one.loaded);
    }
    for folder in within {
        loaded.skipped.push((display(&folder), "judged as a module of other code".to_owned()));
    }
    loaded.templates += plans.len();
    loaded.templates += files.iter().filter(|input| is_code(&input.path)).count();
    if !unmapped.is_empty() {
        let list: Vec<String> = unmapped.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        loaded.diagnostics.push(Diagnostic {
            incomplete: false,
            code: "terraform-unmapped",
            span: Span::NONE,
            file: None,
            message: format!("types without a mapping, whose resources are not judged: {}", list.join(", ")),
        });
    }
    loaded
}

/// Whether a folder is one that `terraform init` fetched.
fn is_fetched(folder: &Path) -> bool {
    folder.components().any(|part| part.as_os_str() == ".terraform")
}

/// The local folders that the modules of a folder name as their source.
fn calls(reader: &dyn Files, settings: &Settings, folder: &Path) -> Vec<PathBuf> {
    let session = Session::new(reader, settings, folder.to_path_buf());
    let Some(config) = session.config(folder) else { return Vec::new() };
    let sources = config.modules.values().filter_map(|declared| declared.attribute("source"));
    let local = sources.filter_map(|(_, attribute)| attribute.value.literal());
    local
        .filter(|source| source.starts_with("./") || source.starts_with("../"))
        .map(|source| join(folder, source))
        .collect()
}

struct One {
    loaded: Loaded,
    unmapped: BTreeMap<Arc<str>, usize>,
}

fn folder_of(path: &Path) -> PathBuf {
    join(path.parent().unwrap_or(Path::new("")), "")
}

/// A plan, with the code beside it where there is some.
fn planned_by(reader: &dyn Files, settings: &Settings, path: &Path, bytes: &[u8]) -> One {
    let session = Session::new(reader, settings, folder_of(path));
    let root = session.root_module();
    // What the code by itself leaves open, the plan has decided: nothing is said of it.
    session.diagnostics.take();
    session.gaps.take();
    let mut maker = Maker::default();
    plan::read(&session, root.as_ref(), path, bytes, &mut maker);
    finished(&session, maker, BTreeSet::new())
}

fn one(reader: &dyn Files, settings: &Settings, folder: &Path) -> One {
    let session = Session::new(reader, settings, folder.to_path_buf());
    let mut maker = Maker::default();
    let mut declared = BTreeSet::new();
    if let Some(root) = session.root_module() {
        declared.extend(root.config.variables.keys().map(ToString::to_string));
        inputs::validate(&session, &root);
        maker.module(&session, &root);
    }
    finished(&session, maker, declared)
}

fn finished(session: &Session, mut maker: Maker, declared: BTreeSet<String>) -> One {
    let unmapped = std::mem::take(&mut maker.unmapped);
    let resources = maker.finish(session);
    let sources = session.sources.take();
    let loaded = Loaded {
        files: sources.iter().map(|source| source.name.clone()).collect(),
        texts: sources.iter().map(|source| source.text.clone()).collect(),
        resources,
        gaps: session.gaps.take(),
        diagnostics: session.diagnostics.take(),
        declared,
        ..Loaded::default()
    };
    One { loaded, unmapped }
}
