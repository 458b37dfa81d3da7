//! From folders of code to resources.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use estate::estate::Gap;
use estate::value::FileId;
use rayon::ThreadPool;
use rayon::prelude::*;
use template::discover::Input;
use template::{Diagnostic, Files, Loaded};

use crate::code::{Code, Source};
use crate::eval::Scope;
use crate::mapping::fold::Maker;
use crate::mapping::{self, apply};
use crate::module::Module;
use crate::source::{Config, Session, is_code, join};
use crate::value::{Node, Span, Value};
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
    let by_others: HashSet<&PathBuf> = by_folder
        .iter()
        .flat_map(|(folder, calls)| calls.iter().filter(move |called| *called != *folder))
        .collect();
    let mut roots: Vec<&PathBuf> =
        folders.iter().copied().filter(|folder| !by_others.contains(folder)).collect();
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
    finished(Part::of(&session, maker), BTreeSet::new())
}

// A root module that calls fewer modules is evaluated as a whole.
const CALLS_SPLIT: usize = 8;

/// How many parts the calls of a large root module are evaluated in. Not the number of threads: what is said, and in
/// which order, must not hang on that.
const PARTS: usize = 4;

fn one(reader: &dyn Files, code: &Code, settings: &Settings, folder: &Path) -> One {
    let session = Session::new(reader, code, settings, folder.to_path_buf());
    let Some(root) = session.root_module() else {
        return finished(Part::of(&session, Maker::default()), BTreeSet::new());
    };
    let declared: BTreeSet<String> = root.config.variables.keys().map(ToString::to_string).collect();
    inputs::validate(&session, &root);
    let is_large = root.config.modules.len() >= CALLS_SPLIT;
    if is_large && let Some(mut whole) = split(reader, code, &session, &root) {
        // What is wrong with the code as it is written was said when it was read.
        let mut said = session.diagnostics.take();
        said.append(&mut whole.diagnostics);
        whole.diagnostics = said;
        return finished(whole, declared);
    }
    let mut maker = Maker::default();
    maker.module(&session, &root);
    finished(Part::of(&session, maker), declared)
}

/// A root module, evaluated in parts side by side. `None` where that cannot be.
fn split(reader: &dyn Files, code: &Code, session: &Session, root: &Module) -> Option<Part> {
    if !read_all(session) {
        return None;
    }
    let read = Read {
        sources: session.sources.borrow().clone(),
        configs: session.configs.borrow().clone(),
        config: root.config.clone(),
        given: root.given.clone(),
    };
    let (settings, folder) = (session.settings, session.root.as_path());
    let parts: Vec<Option<Part>> = (0..PARTS)
        .into_par_iter()
        .map(|at| part(&Session::new(reader, code, settings, folder.to_path_buf()), &read, at))
        .collect();
    joined(parts)
}

/// What was read of a root module and those that it leads to: every part has the same files under the same numbers.
struct Read {
    sources: Vec<Arc<Source>>,
    configs: HashMap<PathBuf, Arc<Config>>,
    config: Arc<Config>,
    given: BTreeMap<Arc<str>, Node>,
}

/// Reads the code of every module that a root module leads to. False where a module lies elsewhere than in a folder that
/// its call names.
fn read_all(session: &Session) -> bool {
    let mut folders = vec![session.root.clone()];
    let mut seen = HashSet::from([session.root.clone()]);
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        let Some(config) = session.config(&folder) else { continue };
        for declared in config.modules.values() {
            let source = declared.attribute("source").and_then(|(_, source)| source.value.literal());
            match source {
                Some(source) if source.starts_with("./") || source.starts_with("../") => {
                    let next = join(&folder, source);
                    if seen.insert(next.clone()) {
                        folders.push(next);
                    }
                }
                _ => return false,
            }
        }
    }
    true
}

/// What a session came to, or a part of one.
struct Part {
    maker: Maker,
    sources: Vec<Arc<Source>>,
    hidden: Vec<FileId>,
    gaps: Vec<Gap>,
    diagnostics: Vec<Diagnostic>,
}

impl Part {
    fn of(session: &Session, maker: Maker) -> Part {
        Part {
            maker,
            sources: session.sources.take(),
            hidden: session.hidden.take(),
            gaps: session.gaps.take(),
            diagnostics: session.diagnostics.take(),
        }
    }
}

/// Evaluates a part of the calls of a root module, and the first part what the root module declares itself.
///
/// Evaluation is lazy, so what several parts need (a local value of the root, an output of another module) is
/// evaluated by each of them. `None` where a file was read that others may number otherwise.
fn part(session: &Session, read: &Read, at: usize) -> Option<Part> {
    session.sources.replace(read.sources.clone());
    session.configs.replace(read.configs.clone());
    let root = session.root_with(read.config.clone(), read.given.clone());
    let files = read.sources.len();
    let mut maker = Maker::default();
    if at == 0 {
        maker.own(session, &root);
    }
    let names: Vec<&Arc<str>> = root.config.modules.keys().collect();
    let (start, end) = (at * names.len() / PARTS, (at + 1) * names.len() / PARTS);
    for name in &names[start..end] {
        maker.called(session, &root, name);
    }
    let is_same = session.sources.borrow().len() == files;
    is_same.then(|| Part::of(session, maker))
}

/// The parts as one, in their order.
fn joined(parts: Vec<Option<Part>>) -> Option<Part> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next()??;
    for part in parts {
        let part = part?;
        whole.maker.join(part.maker);
        // Several parts may have evaluated the same, and say the same of it.
        whole.gaps.extend(part.gaps.into_iter().filter(|gap| !whole.gaps.contains(gap)).collect::<Vec<_>>());
        let new = part.diagnostics.into_iter().filter(|said| !whole.diagnostics.contains(said));
        whole.diagnostics.extend(new.collect::<Vec<_>>());
    }
    Some(whole)
}

fn finished(part: Part, declared: BTreeSet<String>) -> One {
    let Part { mut maker, sources, hidden, gaps, mut diagnostics } = part;
    let unmapped = std::mem::take(&mut maker.unmapped);
    let (resources, outside) = maker.finish();
    diagnostics.extend(outside);
    let text = |(source, id): (&Arc<Source>, u32)| {
        if hidden.contains(&FileId(id)) { veiled(&source.text) } else { source.text.clone() }
    };
    let loaded = Loaded {
        files: sources.iter().map(|source| source.name.clone()).collect(),
        texts: sources.iter().zip(0..).map(text).collect(),
        resources,
        gaps,
        diagnostics,
        declared,
        ..Loaded::default()
    };
    One { loaded, unmapped }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root module that calls ten modules, some of which hang on others, and the module.
    struct Ten;

    const MODULE: &str = r#"
variable "name" { type = string }
variable "key" { default = null }
variable "open" {}
resource "aws_s3_bucket" "b" { bucket = "${var.name}-data" }
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_kms_key" "k" { count = var.key == null ? 1 : 0 }
resource "aws_s3_bucket_logging" "b" {
  bucket        = aws_s3_bucket.b.id
  target_bucket = var.open
  target_prefix = upper(1, 2)
}
resource "aws_nothing" "n" {}
output "bucket" { value = aws_s3_bucket.b.id }
output "key" { value = one(aws_kms_key.k[*].arn) }
"#;

    impl Files for Ten {
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            if path == Path::new("modules/one/main.tf") {
                return Ok(MODULE.into());
            }
            if path != Path::new("main.tf") {
                return Err(io::ErrorKind::NotFound.into());
            }
            let mut text = "variable \"open\" {}\nlocals { prefix = \"x-${var.open}\" }\n".to_owned();
            for at in 0..10 {
                let (key, name) = match at {
                    0 => ("null".to_owned(), "first".to_owned()),
                    _ => (format!("module.m{}.key", at - 1), format!("${{local.prefix}}-{at}")),
                };
                text += &format!(
                    "module \"m{at}\" {{\n  source = \"./modules/one\"\n  name = \"{name}\"\n  key = {key}\n  open = var.open\n}}\n"
                );
                text += &format!(
                    "resource \"aws_s3_bucket_policy\" \"p{at}\" {{\n  bucket = module.m{at}.bucket\n  policy = \"{{}}\"\n}}\n"
                );
            }
            Ok(text.into_bytes())
        }

        fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
            Ok(vec![join(folder, "main.tf")])
        }
    }

    #[test]
    fn a_root_module_in_parts_is_the_whole() {
        let (code, settings) = (Code::default(), Settings::default());
        let session = Session::new(&Ten, &code, &settings, PathBuf::new());
        let root = session.root_module().expect("there is code");
        let parts = finished(split(&Ten, &code, &session, &root).expect("it can be split"), BTreeSet::new());
        let session = Session::new(&Ten, &code, &settings, PathBuf::new());
        assert!(root.config.modules.len() >= CALLS_SPLIT && read_all(&session));
        let root = session.root_module().expect("there is code");
        let mut maker = Maker::default();
        maker.module(&session, &root);
        let whole = finished(Part::of(&session, maker), BTreeSet::new());
        assert_eq!(whole.unmapped, parts.unmapped);
        let (whole, parts) = (whole.loaded, parts.loaded);
        assert_eq!(whole.resources.len(), parts.resources.len());
        for (whole, parts) in whole.resources.iter().zip(&parts.resources) {
            assert_eq!(format!("{whole:?}"), format!("{parts:?}"));
        }
        assert!(whole.resources.iter().filter(|one| &*one.type_name == "AWS::S3::Bucket").count() == 10);
        assert_eq!((whole.files, whole.texts), (parts.files, parts.texts));
        assert_eq!(whole.diagnostics, parts.diagnostics);
        assert!(!whole.diagnostics.is_empty(), "a call with too many arguments is said");
        assert_eq!(format!("{:?}", whole.gaps), format!("{:?}", parts.gaps));
    }
}
