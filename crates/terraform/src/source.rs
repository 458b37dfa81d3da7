//! The files of a run and what a folder of them declares.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use estate::estate::Gap;
use estate::value::FileId;
use hcl::syntax::{Attribute, Block, Comment, Range};
use template::{Diagnostic, Files};

use crate::Settings;
use crate::code::{Code, Source};
use crate::module::Module;
use crate::value::{Span, Unknown};

// Limit: values made of one root module and all it calls. Twenty thousand resources make about a million.
const PRODUCED_MAX: usize = 10_000_000;

// Limit: blocks that dynamic ones make of one root module. Twenty thousand groups with ten rules each make fewer;
// dynamic blocks within each other double at every level.
const UNFOLDED_MAX: usize = 250_000;

// Limit: expressions within expressions, through references from local to variable to module. Code that people
// write stays under a hundred; a worker's stack holds this many.
const EVALUATION_DEPTH_MAX: usize = 500;

/// The evaluation of one root module: what was read, what was said.
pub(crate) struct Session<'a> {
    pub(crate) reader: &'a dyn Files,
    pub(crate) code: &'a Code,
    pub(crate) settings: &'a Settings,
    pub(crate) root: PathBuf,
    /// What keys begin with: the root module's folder and `#`.
    pub(crate) scope: Arc<str>,
    pub(crate) sources: RefCell<Vec<Arc<Source>>>,
    pub(crate) configs: RefCell<HashMap<PathBuf, Arc<Config>>>,
    pub(crate) modules: RefCell<Vec<Arc<Module>>>,
    /// Folders of modules that `.terraform/modules/modules.json` names, by key.
    pub(crate) fetched: RefCell<Option<Arc<BTreeMap<String, PathBuf>>>>,
    pub(crate) diagnostics: RefCell<Vec<Diagnostic>>,
    /// Files whose text is not shown: a plan holds values that nobody may see.
    pub(crate) hidden: RefCell<Vec<FileId>>,
    pub(crate) gaps: RefCell<Vec<Gap>>,
    pub(crate) produced: Cell<usize>,
    pub(crate) depth: Cell<usize>,
    pub(crate) instances: Cell<usize>,
    unfolded: Cell<usize>,
    /// The text of data files, by path.
    pub(crate) data_files: RefCell<HashMap<PathBuf, Option<Arc<Vec<u8>>>>>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        reader: &'a dyn Files,
        code: &'a Code,
        settings: &'a Settings,
        root: PathBuf,
    ) -> Session<'a> {
        let scope = Arc::from(format!("{}#", template::display(&root)));
        Session {
            reader,
            code,
            settings,
            root,
            scope,
            sources: RefCell::default(),
            configs: RefCell::default(),
            modules: RefCell::default(),
            fetched: RefCell::default(),
            diagnostics: RefCell::default(),
            hidden: RefCell::default(),
            gaps: RefCell::default(),
            produced: Cell::new(0),
            depth: Cell::new(0),
            instances: Cell::new(0),
            unfolded: Cell::new(0),
            data_files: RefCell::default(),
        }
    }

    pub(crate) fn say(&self, incomplete: bool, code: &'static str, span: Span, message: impl Into<String>) {
        let diagnostic = Diagnostic { incomplete, code, span, file: None, message: message.into() };
        let mut said = self.diagnostics.borrow_mut();
        // Every instance of a module has the same fault at the same place.
        if !said.contains(&diagnostic) {
            said.push(diagnostic);
        }
    }

    /// Other resources may exist than those that were read: of one type, or of any.
    pub(crate) fn open_world(&self, type_name: Option<Arc<str>>, why: Arc<Unknown>) {
        let gap = Gap { type_name, scope: self.scope.clone(), why };
        let mut gaps = self.gaps.borrow_mut();
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }

    pub(crate) fn span(&self, file: FileId, range: Range) -> Span {
        let sources = self.sources.borrow();
        let Some(source) = sources.get(file.0 as usize) else { return Span::NONE };
        let (start, end) = source.lines.span(&source.text, range);
        Span::new(file, start, end)
    }

    /// Counts values made; false once there are too many.
    pub(crate) fn may_produce(&self, span: Span) -> bool {
        let produced = self.produced.get() + 1;
        self.produced.set(produced);
        if produced == PRODUCED_MAX {
            let message = format!("the code expands to more than {PRODUCED_MAX} values: the rest is unknown");
            self.say(true, "too-much", span, message);
        }
        produced < PRODUCED_MAX
    }

    /// Counts blocks made by dynamic ones; false once there are too many.
    pub(crate) fn may_unfold(&self, span: Span) -> bool {
        let unfolded = self.unfolded.get() + 1;
        self.unfolded.set(unfolded);
        if unfolded == UNFOLDED_MAX {
            let message = format!("dynamic blocks make more than {UNFOLDED_MAX} blocks: the rest is unknown");
            self.say(true, "too-much", span, message);
        }
        unfolded < UNFOLDED_MAX
    }

    pub(crate) fn enter(&self) -> bool {
        self.depth.set(self.depth.get() + 1);
        self.depth.get() <= EVALUATION_DEPTH_MAX
    }

    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// Registers a text; gives its number.
    pub(crate) fn add(&self, path: &Path, text: Arc<str>, comments: Vec<Comment>) -> FileId {
        self.register(Arc::new(Source::new(path, text, comments)))
    }

    /// Registers a file; gives its number.
    pub(crate) fn register(&self, source: Arc<Source>) -> FileId {
        let mut sources = self.sources.borrow_mut();
        sources.push(source);
        FileId(sources.len() as u32 - 1)
    }

    pub(crate) fn source(&self, file: FileId) -> Option<Arc<Source>> {
        self.sources.borrow().get(file.0 as usize).cloned()
    }

    /// What a folder declares, read once. `None` where it holds no code.
    pub(crate) fn config(&self, folder: &Path) -> Option<Arc<Config>> {
        if let Some(known) = self.configs.borrow().get(folder) {
            return Some(known.clone());
        }
        let config = Arc::new(Config::read(self, folder)?);
        self.configs.borrow_mut().insert(folder.to_path_buf(), config.clone());
        Some(config)
    }

    /// The bytes of a file that code names, read once.
    pub(crate) fn data_file(&self, path: &Path) -> Option<Arc<Vec<u8>>> {
        if let Some(known) = self.data_files.borrow().get(path) {
            return known.clone();
        }
        let bytes = self.reader.read(path).ok().map(Arc::new);
        self.data_files.borrow_mut().insert(path.to_path_buf(), bytes.clone());
        bytes
    }
}

/// A path below a folder, `.` and `..` resolved by their words.
pub(crate) fn join(folder: &Path, path: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => match joined.components().next_back() {
                Some(std::path::Component::Normal(_)) => {
                    joined.pop();
                }
                _ => joined.push(".."),
            },
            other => joined.push(other),
        }
    }
    joined
}

/// What a block declares, with what override files say of it, weakest first.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) layers: Vec<(FileId, Arc<Block>)>,
}

impl Declared {
    pub(crate) fn file(&self) -> FileId {
        self.layers[0].0
    }

    pub(crate) fn block(&self) -> &Block {
        &self.layers[0].1
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<(FileId, &Attribute)> {
        self.layers
            .iter()
            .rev()
            .find_map(|(file, block)| block.body.attribute(name).map(|attribute| (*file, attribute)))
    }

    /// All attributes, an overriding one in place of the one it overrides.
    pub(crate) fn attributes(&self) -> Vec<(FileId, &Attribute)> {
        let mut found: Vec<(FileId, &Attribute)> = Vec::new();
        for (file, block) in &self.layers {
            for attribute in &block.body.attributes {
                match found
                    .iter_mut()
                    .find(|(_, known)| self.layers.len() > 1 && known.name == attribute.name)
                {
                    Some(known) => *known = (*file, attribute),
                    None => found.push((*file, attribute)),
                }
            }
        }
        found
    }

    /// The nested blocks: those of a type in an override file stand in place of all before of that type.
    pub(crate) fn blocks(&self) -> Vec<(FileId, &Block)> {
        let mut found: Vec<(FileId, &Block)> = Vec::new();
        for (layer, (file, block)) in self.layers.iter().enumerate() {
            if layer > 0 {
                let kinds: Vec<&str> = block.body.blocks.iter().map(nested_kind).collect();
                found.retain(|(_, known)| !kinds.contains(&nested_kind(known)));
            }
            found.extend(block.body.blocks.iter().map(|block| (*file, block)));
        }
        found
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.layers.iter().any(|(_, block)| block.body.damaged)
    }
}

/// The type of block that a nested block makes: a dynamic one's label.
pub(crate) fn nested_kind(block: &Block) -> &str {
    if &*block.kind == "dynamic" { block.label(0) } else { &block.kind }
}

/// A local value: where it stands, and the block that holds it.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) file: FileId,
    block: Arc<Block>,
    index: usize,
}

impl Local {
    pub(crate) fn attribute(&self) -> &Attribute {
        &self.block.body.attributes[self.index]
    }
}

/// What the files of a folder declare.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) variables: BTreeMap<Arc<str>, Declared>,
    pub(crate) locals: BTreeMap<Arc<str>, Local>,
    pub(crate) outputs: BTreeMap<Arc<str>, Declared>,
    /// Resources by type and name.
    pub(crate) resources: BTreeMap<(Arc<str>, Arc<str>), Arc<Declared>>,
    /// Data sources by type and name.
    pub(crate) data: BTreeMap<(Arc<str>, Arc<str>), Arc<Declared>>,
    pub(crate) modules: BTreeMap<Arc<str>, Arc<Declared>>,
    /// Provider configurations by name, with `.alias`.
    pub(crate) providers: BTreeMap<Arc<str>, Declared>,
    /// `terraform` blocks.
    pub(crate) settings: Vec<Declared>,
    /// Whether a file could not be read in part, so that something may be missing.
    pub(crate) damaged: bool,
}

/// Whether a file's name is one of Terraform's or OpenTofu's code.
pub fn is_code(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let name: &str = &name;
    [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| name.ends_with(end))
        && !name.starts_with('.')
        && !name.ends_with('~')
}

impl Config {
    fn read(session: &Session, folder: &Path) -> Option<Config> {
        let listed = session.code.list(session.reader, folder)?;
        let mut paths: Vec<PathBuf> = listed.into_iter().filter(|path| is_code(path)).collect();
        paths.sort();
        // A `.tofu` file stands in place of the `.tf` file of its name: OpenTofu reads only that.
        let tofu: Vec<PathBuf> = paths
            .iter()
            .filter(|path| path.to_string_lossy().contains(".tofu"))
            .map(|path| PathBuf::from(path.to_string_lossy().replace(".tofu", ".tf")))
            .collect();
        paths.retain(|path| !tofu.contains(path));
        if paths.is_empty() {
            return None;
        }
        // Override files are merged in last, in order.
        paths.sort_by_key(|path| is_override(path));
        let mut config = Config::default();
        for path in &paths {
            let parsed = match session.code.file(session.reader, path) {
                Ok(parsed) => parsed,
                Err(error) => {
                    config.damaged = true;
                    session.diagnostics.borrow_mut().push(Diagnostic {
                        incomplete: true,
                        code: "unreadable",
                        span: Span::NONE,
                        file: Some(template::display(path)),
                        message: format!("cannot be read: {error}"),
                    });
                    continue;
                }
            };
            let (file, body, blocks) = parsed.open(session);
            config.damaged |= body.damaged;
            for attribute in &body.attributes {
                let message = format!("`{}` has no meaning here: a file holds blocks", attribute.name);
                session.say(false, "terraform-syntax", session.span(file, attribute.name_range), message);
            }
            for block in blocks {
                config.block(session, file, block, is_override(path));
            }
        }
        Some(config)
    }

    fn block(&mut self, session: &Session, file: FileId, block: Arc<Block>, overrides: bool) {
        let labels = match &*block.kind {
            "resource" | "data" | "ephemeral" => 2,
            "variable" | "output" | "module" | "provider" => 1,
            "locals" | "terraform" => 0,
            // Nothing that is declared hangs on these: https://developer.hashicorp.com/terraform/language
            "moved" | "removed" | "import" | "check" | "language" | "encryption" | "action" | "list" => {
                return;
            }
            other => {
                let message = format!("no block `{other}` is known here: it is not read");
                return session.say(false, "terraform-syntax", session.span(file, block.kind_range), message);
            }
        };
        if block.labels.len() != labels {
            let message = format!("`{}` takes {labels} labels", block.kind);
            self.damaged = true;
            return session.say(true, "terraform-syntax", session.span(file, block.header()), message);
        }
        let label = |index: usize| -> Arc<str> { Arc::from(block.label(index)) };
        let span = session.span(file, block.header());
        let twice =
            |what: &str| session.say(true, "terraform-syntax", span, format!("{what} is declared twice"));
        match &*block.kind {
            "locals" => {
                for (index, attribute) in block.body.attributes.iter().enumerate() {
                    let local = Local { file, block: block.clone(), index };
                    self.locals.insert(attribute.name.clone(), local);
                }
            }
            "terraform" => self.settings.push(Declared { layers: vec![(file, block)] }),
            "variable" => put(&mut self.variables, label(0), file, block, overrides, twice),
            "output" => put(&mut self.outputs, label(0), file, block, overrides, twice),
            "provider" => {
                let alias = block.body.attribute("alias").and_then(|alias| alias.value.literal());
                let name = match alias {
                    Some(alias) => Arc::from(format!("{}.{alias}", block.label(0))),
                    None => label(0),
                };
                put(&mut self.providers, name, file, block, overrides, twice);
            }
            "module" => put_shared(&mut self.modules, label(0), file, block, overrides, twice),
            "resource" => {
                put_shared(&mut self.resources, (label(0), label(1)), file, block, overrides, twice);
            }
            "data" => put_shared(&mut self.data, (label(0), label(1)), file, block, overrides, twice),
            _ => {}
        }
    }
}

fn put<K: Ord>(
    all: &mut BTreeMap<K, Declared>,
    key: K,
    file: FileId,
    block: Arc<Block>,
    overrides: bool,
    twice: impl Fn(&str),
) {
    let name = block.label(block.labels.len().saturating_sub(1)).to_owned();
    match all.get_mut(&key) {
        Some(known) if overrides => known.layers.push((file, block)),
        Some(_) => twice(&format!("`{name}`")),
        None => {
            all.insert(key, Declared { layers: vec![(file, block)] });
        }
    }
}

fn put_shared<K: Ord>(
    all: &mut BTreeMap<K, Arc<Declared>>,
    key: K,
    file: FileId,
    block: Arc<Block>,
    overrides: bool,
    twice: impl Fn(&str),
) {
    let name = block.label(block.labels.len().saturating_sub(1)).to_owned();
    match all.get_mut(&key) {
        Some(known) if overrides => {
            let mut layers = known.layers.clone();
            layers.push((file, block));
            *known = Arc::new(Declared { layers });
        }
        Some(_) => twice(&format!("`{name}`")),
        None => {
            all.insert(key, Arc::new(Declared { layers: vec![(file, block)] }));
        }
    }
}

/// <https://developer.hashicorp.com/terraform/language/files/override>
fn is_override(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.split_once(".t").map_or(&*name, |(stem, _)| stem);
    stem == "override" || stem.ends_with("_override")
}
