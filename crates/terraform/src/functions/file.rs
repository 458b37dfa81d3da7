//! Files and their names.
//!
//! Code names files from the folder that Terraform runs in, which is the root module's. `path.module` gives folders
//! as the program sees them, so that a path which begins with such a folder is used as it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Context, Function, encoding, glob, template, text};
use crate::eval::Result;
use crate::source::join;
use crate::value::{Kind, Node, Part, Reason, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of("abspath", (1, 1), Kind::Text, absolute),
    Function::of("basename", (1, 1), Kind::Text, base_name).on_partial(),
    Function::of("dirname", (1, 1), Kind::Text, folder_name),
    Function::of("file", (1, 1), Kind::Text, file),
    Function::of("filebase64", (1, 1), Kind::Text, file_base64),
    Function::of("fileexists", (1, 1), Kind::Bool, exists),
    Function::of("fileset", (2, 2), Kind::List, set),
    Function::of("pathexpand", (1, 1), Kind::Text, expand),
    Function::of("templatefile", (2, 2), Kind::Text, template::file).on_partial(),
    Function::of("templatestring", (2, 2), Kind::Text, template::string).on_partial(),
];

/// Where a path that code writes may lead to, best first. A path out of the machine's root or somebody's home is
/// none of the code's files.
pub(super) fn places(context: &Context, path: &str) -> Vec<PathBuf> {
    let cleaned = join(Path::new(""), path);
    let root = join(Path::new(""), &::template::display(&context.session.root));
    let module = join(Path::new(""), &::template::display(&context.scope.module.folder));
    let mut found = Vec::new();
    if is_below(&cleaned, &root) || is_below(&cleaned, &module) {
        found.push(cleaned.clone());
    }
    if !Path::new(path).has_root() && !path.starts_with('~') {
        let below = join(&context.session.root, path);
        if !found.contains(&below) {
            found.push(below);
        }
    }
    found
}

fn is_below(path: &Path, folder: &Path) -> bool {
    !folder.as_os_str().is_empty() && path.starts_with(folder)
}

/// The bytes of a file and where it is; one that is not there may be made before the deployment, and is unknown.
pub(super) fn found(context: &Context, path: &str) -> std::result::Result<(PathBuf, Arc<Vec<u8>>), Value> {
    for place in places(context, path) {
        if let Some(bytes) = context.session.data_file(&place) {
            return Ok((place, bytes));
        }
    }
    let reason = Reason::Missing(Arc::from(format!("file `{path}`")));
    Err(Value::unknown(reason, context.gives))
}

pub(super) fn bytes(context: &Context, path: &str) -> std::result::Result<Arc<Vec<u8>>, Value> {
    found(context, path).map(|(_, bytes)| bytes)
}

fn file(context: &Context, arguments: &[Node]) -> Result<Value> {
    let path = context.text(&arguments[0])?;
    match bytes(context, &path) {
        Ok(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Value::text(text)),
            Err(_) => Err(context.fault(format!("`{path}` is not UTF-8: `filebase64` reads such files"))),
        },
        Err(unknown) => Ok(unknown),
    }
}

fn file_base64(context: &Context, arguments: &[Node]) -> Result<Value> {
    let path = context.text(&arguments[0])?;
    match bytes(context, &path) {
        Ok(bytes) => Ok(Value::text(encoding::to_base64(&bytes))),
        Err(unknown) => Ok(unknown),
    }
}

fn exists(context: &Context, arguments: &[Node]) -> Result<Value> {
    let path = context.text(&arguments[0])?;
    match bytes(context, &path) {
        Ok(_) => Ok(Value::Bool(true)),
        Err(unknown) => Ok(unknown),
    }
}

/// Where the program runs is not where Terraform will run.
fn absolute(context: &Context, arguments: &[Node]) -> Result<Value> {
    let path = context.text(&arguments[0])?;
    if path.starts_with('/') {
        return Ok(Value::text(clean(&path)));
    }
    let why = "where Terraform is started is not known";
    Ok(Value::unknown(Reason::Failed(Arc::from(why)), Kind::Text))
}

fn expand(context: &Context, arguments: &[Node]) -> Result<Value> {
    let path = context.text(&arguments[0])?;
    if path.starts_with('~') {
        let why = "the home folder of who deploys is not known";
        return Ok(Value::unknown(Reason::Failed(Arc::from(why)), Kind::Text));
    }
    Ok(Value::Text(path))
}

/// The shortest path that means the same, as Go's `filepath.Clean` gives it.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match kept.last() {
                Some(last) if *last != ".." => {
                    kept.pop();
                }
                _ if rooted => {}
                _ => kept.push(".."),
            },
            name => kept.push(name),
        }
    }
    match (rooted, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}

/// <https://developer.hashicorp.com/terraform/language/functions/basename>
fn base_name(context: &Context, arguments: &[Node]) -> Result<Value> {
    let parts = text::parts_of(context, &arguments[0])?;
    match parts.as_slice() {
        [] => Ok(Value::text(".")),
        [Part::Known(path)] => Ok(Value::text(last_name(path))),
        // What stands behind the last slash is known where no hole comes after it.
        [.., Part::Known(tail)] if tail.trim_end_matches('/').contains('/') => {
            Ok(Value::text(last_name(tail)))
        }
        _ => context.open_or_refuse(&arguments[0], "a string"),
    }
}

fn last_name(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

fn folder_name(context: &Context, arguments: &[Node]) -> Result<Value> {
    let path = context.text(&arguments[0])?;
    let folder = path.rfind('/').map_or("", |at| &path[..=at]);
    Ok(Value::text(clean(folder)))
}

// Limit: files that a set of them is taken from, and folders within each other.
const FILES_MAX: usize = 20_000;
const FOLDERS_DEPTH_MAX: usize = 20;

/// The files that patterns select.
struct Search<'c> {
    context: &'c Context<'c>,
    found: BTreeSet<String>,
    seen: usize,
    /// Why there may be further files.
    rest: Option<Arc<Unknown>>,
}

/// <https://developer.hashicorp.com/terraform/language/functions/fileset>
fn set(context: &Context, arguments: &[Node]) -> Result<Value> {
    let (path, pattern) = (context.text(&arguments[0])?, context.text(&arguments[1])?);
    let Some(patterns) = glob::alternatives(&pattern) else {
        return Err(context.fault(format!("the pattern `{pattern}` stands for too many")));
    };
    let mut search = Search { context, found: BTreeSet::new(), seen: 0, rest: None };
    let start = places(context, &path).into_iter().find(|place| search.list(place).is_some());
    let Some(start) = start else {
        let reason = Reason::Missing(Arc::from(format!("folder `{path}`")));
        return Ok(Value::unknown(reason, Kind::List));
    };
    for pattern in &patterns {
        let segments: Vec<&str> =
            pattern.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect();
        search.folder(&start, "", &segments, 0)?;
    }
    let items = search.found.into_iter().map(|name| Node::new(Value::text(name), context.span));
    Ok(Value::open_list(items.collect(), true, search.rest))
}

impl Search<'_> {
    /// What is right below a folder; `None` where it is no folder.
    fn list(&self, folder: &Path) -> Option<Vec<PathBuf>> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let mut listed = self.context.session.reader.list(folder).ok()?;
        listed.sort();
        Some(listed)
    }

    fn folder(&mut self, folder: &Path, prefix: &str, segments: &[&str], depth: usize) -> Result<()> {
        let Some((segment, more)) = segments.split_first() else { return Ok(()) };
        if depth > FOLDERS_DEPTH_MAX {
            return Err(self.context.fault("`fileset` looks through too many folders within each other"));
        }
        if *segment == "**" {
            // No folder at all is one of the ways.
            self.folder(folder, prefix, more, depth + 1)?;
            return self.below(folder, prefix, depth, |_| true, segments);
        }
        if more.is_empty() {
            return self.files(folder, prefix, segment);
        }
        if glob::is_name(segment) {
            return self.folder(&folder.join(segment), &format!("{prefix}{segment}/"), more, depth + 1);
        }
        self.below(folder, prefix, depth, |name| glob::matches(segment, name), more)
    }

    /// The files of one folder whose names match.
    fn files(&mut self, folder: &Path, prefix: &str, segment: &str) -> Result<()> {
        for path in self.list(folder).unwrap_or_default() {
            self.count()?;
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if glob::matches(segment, name) && self.list(&path).is_none() {
                self.found.insert(format!("{prefix}{name}"));
            }
        }
        Ok(())
    }

    /// Goes on in the folders whose names match.
    fn below(
        &mut self,
        folder: &Path,
        prefix: &str,
        depth: usize,
        matches: impl Fn(&str) -> bool,
        segments: &[&str],
    ) -> Result<()> {
        let mut folders = 0;
        for path in self.list(folder).unwrap_or_default() {
            self.count()?;
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if self.list(&path).is_some() {
                folders += 1;
                if matches(name) {
                    let prefix = format!("{prefix}{name}/");
                    self.folder(&path, &prefix, segments, depth + 1)?;
                }
            }
        }
        // A reader may list files only: then what folders there are is not known.
        if folders == 0 && self.rest.is_none() {
            let reason = Reason::Missing(Arc::from(format!(
                "what stands in folders below `{}`",
                ::template::display(folder)
            )));
            self.rest = Some(Arc::new(Unknown { reason, kind: Kind::Any }));
        }
        Ok(())
    }

    fn count(&mut self) -> Result<()> {
        self.seen += 1;
        if self.seen > FILES_MAX {
            return Err(self.context.fault(format!("`fileset` looks through more than {FILES_MAX} files")));
        }
        Ok(())
    }
}
