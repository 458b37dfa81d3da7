//! The files of code of a run, each read and parsed once, whichever modules they are part of.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use hcl::Lines;
use hcl::syntax::{Block, Body, Comment, Problem, Range};
use template::Files;

use crate::json;
use crate::module::lock;
use crate::source::Session;
use estate::value::FileId;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) lines: Lines,
    pub(crate) comments: Vec<Comment>,
}

impl Source {
    pub(crate) fn new(path: &Path, text: Arc<str>, comments: Vec<Comment>) -> Source {
        let lines = Lines::of(&text);
        Source { name: Arc::from(template::display(path)), text, lines, comments }
    }
}

/// A file, parsed.
#[derive(Debug)]
pub(crate) struct Parsed {
    source: Arc<Source>,
    /// What it holds, but for the blocks. `None` in JSON, whose faults are told to one session.
    body: Option<Body>,
    blocks: Vec<Arc<Block>>,
    problems: Vec<Problem>,
    /// Whether it is UTF-8 in part only.
    is_broken: bool,
}

impl Parsed {
    /// Parses a file, in either syntax.
    pub(crate) fn new(path: &Path, bytes: Vec<u8>) -> Parsed {
        let (text, is_broken) = match String::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                bytes.truncate(good);
                (String::from_utf8(bytes).unwrap_or_default(), true)
            }
        };
        let text: Arc<str> = Arc::from(text.strip_prefix('\u{feff}').unwrap_or(&text));
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            let source = Arc::new(Source::new(path, text, Vec::new()));
            return Parsed { source, body: None, blocks: Vec::new(), problems: Vec::new(), is_broken };
        }
        let read = hcl::file(&text);
        let mut body = read.body;
        body.damaged |= is_broken;
        let blocks = std::mem::take(&mut body.blocks).into_iter().map(Arc::new).collect();
        let source = Arc::new(Source::new(path, text, read.comments));
        Parsed { source, body: Some(body), blocks, problems: read.problems, is_broken }
    }

    /// The file in a session, which is told of its faults: its number, what stands in it, and its blocks.
    pub(crate) fn open(&self, session: &Session) -> (FileId, Body, Vec<Arc<Block>>) {
        let file = session.register(self.source.clone());
        for problem in &self.problems {
            session.say(true, "hcl-syntax", session.span(file, problem.range), problem.message.clone());
        }
        let (body, blocks) = if let Some(body) = &self.body {
            (body.clone(), self.blocks.clone())
        } else {
            let mut body = json::body(session, file, &self.source.name, &self.source.text);
            let blocks = std::mem::take(&mut body.blocks).into_iter().map(Arc::new).collect();
            body.damaged |= self.is_broken;
            (body, blocks)
        };
        if self.is_broken {
            let end = body.range.end;
            let span = session.span(file, Range { start: end, end });
            session.say(true, "not-utf8", span, "the text is not UTF-8 from here on");
        }
        (file, body, blocks)
    }
}

type Once<T> = Mutex<HashMap<PathBuf, Arc<OnceLock<T>>>>;

/// What was read of a run's code. Folders that many call are read for one of them.
#[derive(Debug, Default)]
pub(crate) struct Code {
    folders: Once<Option<Vec<PathBuf>>>,
    files: Once<Result<Arc<Parsed>, String>>,
}

impl Code {
    /// The files right below a folder; `None` where it cannot be listed.
    pub(crate) fn list(&self, reader: &dyn Files, folder: &Path) -> Option<Vec<PathBuf>> {
        let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        once(&self.folders, folder, || reader.list(named).ok())
    }

    /// A file, parsed.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    pub(crate) fn file(&self, reader: &dyn Files, path: &Path) -> Result<Arc<Parsed>, String> {
        once(&self.files, path, || match reader.read(path) {
            Ok(bytes) => Ok(Arc::new(Parsed::new(path, bytes))),
            Err(error) => Err(error.to_string()),
        })
    }
}

fn once<T: Clone>(all: &Once<T>, path: &Path, make: impl FnOnce() -> T) -> T {
    let slot = {
        let mut all = lock(all);
        match all.get(path) {
            Some(slot) => slot.clone(),
            None => all.entry(path.to_path_buf()).or_default().clone(),
        }
    };
    slot.get_or_init(make).clone()
}
