//! From folders of code to resources.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use estate::value::FileId;
use rayon::ThreadPool;
use rayon::prelude::*;
use template::discover::Input;
use template::{Diagnostic, Files, Loaded};

use crate::code::Code;
use crate::eval::Scope;
use crate::mapping::fold::Maker;
use crate::mapping::{self, apply};
use crate::source::{Session, is_code, join};
use crate::value::{Span, Value};
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
    let code = Code::default();
    let work = || {
        let folders: Vec<&PathBuf> = folders.keys().collect();
        let calls: Vec<Vec<PathBuf>> =
            folders.par_iter().map(|folder| calls(reader, &code, settings, folder)).collect();
        let called = called(&folders, &calls);
        let planned: BTreeSet<PathBuf> = plans.iter().map(|(path, _)| folder_of(path)).collect();
        let (within, roots): (Vec<&PathBuf>, Vec<&PathBuf>) = folders
            .into_iter()
            .filter(|folder| !planned.contains(*folder))
            .partition(|folder| called.contains(*folder) || is_fetched(folder));
        let mut read: Vec<One> =
            roots.par_iter().map(|folder| one(reader, &code, settings, folder)).collect();
        read.par_extend(
            plans.par_iter().map(|(path, bytes)| planned_by(reader, &code, settings, path, bytes)),
        );
        (within.into_iter().cloned().collect::<Vec<PathBuf>>(), read)
    };
    let (within, read) = with_room(work);
    // Many small pieces, which nobody waits for.
    rayon::spawn(move || drop(code));
    let mut loaded = Loaded::default();
    let mut unmapped: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for one in read {
        for (name, count) in one.unmapped {
            *unmapped.entry(name).or_default() += count;
        }
        template::merge(&mut loaded, one.loaded);
    }
    for folder in within {
        loaded.skipped.push((template::display(&folder), "judged as a module of other code".to_owned()));
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

/// One text of code as a root module by itself, in a file `main.tf`.
pub fn text(text: &str) -> Loaded {
    let input = Input { path: PathBuf::from(MAIN), named: true, account: None, region: None };
    load(&OneFile(text), &[input], &Settings::default())
}

const MAIN: &str = "main.tf";

struct OneFile<'t>(&'t str);

impl Files for OneFile<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new(MAIN) {
            Ok(self.0.as_bytes().to_vec())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(vec![PathBuf::from(MAIN)])
    }
}

/// Does some work on threads whose stacks hold the deepest evaluation. They stay: a language server reads often.
fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let threads = rayon::current_num_threads();
        rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES).build().ok()
    });
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// The root modules among the folders of the inputs from which calls of modules lead to a folder: the folder itself
/// where none calls it, and nothing where it holds none of the inputs.
pub fn containing(reader: &dyn Files, files: &[Input], settings: &Settings, folder: &Path) -> Vec<PathBuf> {
    let folders = roots(files);
    let start = join(folder, "");
    if !folders.contains_key(&start) || is_fetched(&start) {
        return Vec::new();
    }
    let code = Code::default();
    let calls: Vec<(PathBuf, Vec<PathBuf>)> = with_room(|| {
        let folders: Vec<&PathBuf> = folders.keys().collect();
        folders.par_iter().map(|folder| ((*folder).clone(), calls(reader, &code, settings, folder))).collect()
    });
    let mut callers: BTreeMap<&PathBuf, Vec<&PathBuf>> = BTreeMap::new();
    for (caller, called) in &calls {
        for called in called {
            callers.entry(called).or_default().push(caller);
        }
    }
    let (mut seen, mut next) = (BTreeSet::from([&start]), vec![&start]);
    let mut found = BTreeSet::new();
    while let Some(folder) = next.pop() {
        match callers.get(folder) {
            None => {
                found.insert(folder.clone());
            }
            Some(callers) => next.extend(callers.iter().copied().filter(|caller| seen.insert(caller))),
        }
    }
    // Folders that call each other in a circle have no root above them.
    if found.is_empty() {
        found.insert(start.clone());
    }
    found.into_iter().collect()
}

/// A text of the same form of which nothing can be read.
fn veiled(text: &str) -> Arc<str> {
    let veil = |letter: char| if letter.is_whitespace() || "{}[],:".contains(letter) { letter } else { '*' };
    text.chars().map(veil).collect::<String>().into()
}

/// The folders that are judged as modules of others.
///
/// Of folders that call each other in a circle, the first is judged by itself: none may be left out.
fn called(folders: &[&PathBuf], calls: &[Vec<PathBuf>]) -> BTreeSet<PathBuf> {
    let by_folder: BTreeMap<&PathBuf, &Vec<PathBuf>> = folders.iter().copied().zip(calls).collect();
    let others =
        |folder: &PathBuf| by_folder.iter().any(|(other, calls)| *other != folder && calls.contains(folder));
    let mut roots: Vec<&PathBuf> = folders.iter().copied().filter(|folder| !others(folder)).collect();
    let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
    let mut at = 0;
    loop {
        while let Some(root) = roots.get(at).copied() {
            at += 1;
            let mut open = vec![root.clone()];
            while let Some(folder) = open.pop() {
                for next in by_folder.get(&folder).into_iter().copied().flatten() {
                    if next != root && reached.insert(next.clone()) {
                        open.push(next.clone());
                    }
                }
            }
        }
        let left =
            folders.iter().copied().find(|folder| !reached.contains(*folder) && !roots.contains(folder));
        match left {
            Some(folder) => roots.push(folder),
            None => break,
        }
    }
    reached.retain(|folder| !roots.contains(&folder));
    reached
}

/// Whether a folder is one that `terraform init` fetched.
fn is_fetched(folder: &Path) -> bool {
    folder.components().any(|part| part.as_os_str() == ".terraform")
}

/// The local folders that the modules of a folder name as their source.
fn calls(reader: &dyn Files, code: &Code, settings: &Settings, folder: &Path) -> Vec<PathBuf> {
    let session = Session::new(reader, code, settings, folder.to_path_buf());
    let Some(config) = session.config(folder) else { return Vec::new() };
    // What evaluation will need: a large root module is evaluated by one thread, so others read mappings before.
    for (type_name, _) in config.resources.keys() {
        for output in mapping::of(type_name).map_or(&[][..], |mapping| &mapping.outputs) {
            apply::info(output);
        }
    }
    let sources = config.modules.values().filter_map(|declared| declared.attribute("source"));
    let texts = sources.filter_map(|(file, attribute)| match attribute.value.literal() {
        Some(text) => Some(Arc::from(text)),
        // OpenTofu computes a source from variables and locals.
        None => match session.lenient(&Scope::new(&session.root_module()?, file), &attribute.value).value {
            Value::Text(text) => Some(text),
            _ => None,
        },
    });
    texts
        .filter(|source| source.starts_with("./") || source.starts_with("../"))
        .map(|source| join(folder, &source))
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
fn planned_by(reader: &dyn Files, code: &Code, settings: &Settings, path: &Path, bytes: &[u8]) -> One {
    let session = Session::new(reader, code, settings, folder_of(path));
    let root = session.root_module();
    // What the code by itself leaves open, the plan has decided: nothing is said of it.
    session.diagnostics.take();
    session.gaps.take();
    let mut maker = Maker::default();
    plan::read(&session, root.as_ref(), path, bytes, &mut maker);
    finished(&session, maker, BTreeSet::new())
}

fn one(reader: &dyn Files, code: &Code, settings: &Settings, folder: &Path) -> One {
    let session = Session::new(reader, code, settings, folder.to_path_buf());
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
    let hidden = session.hidden.take();
    let loaded = Loaded {
        files: sources.iter().map(|source| source.name.clone()).collect(),
        texts: sources
            .iter()
            .zip(0..)
            .map(
                |(source, id)| {
                    if hidden.contains(&FileId(id)) { veiled(&source.text) } else { source.text.clone() }
                },
            )
            .collect(),
        resources,
        gaps: session.gaps.take(),
        diagnostics: session.diagnostics.take(),
        declared,
        ..Loaded::default()
    };
    One { loaded, unmapped }
}
