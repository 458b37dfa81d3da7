//! Finds what may be a template below the paths that a user gives, as git would walk them.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use crate::Files;

// Limit: folders within folders. A tree deeper than this is a loop made by hand.
const DEPTH_MAX: usize = 100;

/// A file to be read, and what is known of where it is deployed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// Its path.
    pub path: PathBuf,
    /// Whether the user named the file itself rather than a folder above it.
    pub named: bool,
    /// The account, where a CDK manifest says it.
    pub account: Option<Arc<str>>,
    /// The region, where a CDK manifest says it.
    pub region: Option<Arc<str>>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, in order of their paths.
    pub inputs: Vec<Input>,
    /// What could not be read: path and why.
    pub errors: Vec<(String, String)>,
    /// What was left out: path and why.
    pub skipped: Vec<(String, String)>,
}

/// The files of the disk.
#[derive(Debug)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::other("is a folder"));
        }
        let limit = document::BYTES_MAX as u64;
        if metadata.len() > limit {
            return Err(too_large());
        }
        // A pipe or device has no length: never take more than the limit.
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        Ok(bytes)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                found.push(path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path));
            }
        }
        Ok(found)
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} MiB", document::BYTES_MAX >> 20))
}

/// Finds the files below some paths. Each file is found once, however many paths lead to it.
pub fn discover(paths: &[PathBuf]) -> Found {
    discover_with(paths, &is_candidate)
}

/// Finds the files below some paths whose names are taken. A file that the user names is taken whatever its name.
pub fn discover_with(paths: &[PathBuf], takes: &dyn Fn(&Path) -> bool) -> Found {
    let mut found = Found::default();
    for path in paths {
        match fs::metadata(path) {
            Err(error) => found.errors.push((crate::stack::display(path), error.to_string())),
            Ok(metadata) if metadata.is_dir() => folder(path, takes, &mut found),
            Ok(_) => {
                found.inputs.push(Input { path: path.clone(), named: true, account: None, region: None });
            }
        }
    }
    assemblies(&mut found);
    found.inputs.sort_by(|a, b| a.path.cmp(&b.path).then(b.named.cmp(&a.named)));
    if paths.len() > 1 {
        // `.`, `./a.yaml` and the absolute path all lead to one file: the first spelling in order stays.
        let mut seen = std::collections::HashSet::new();
        found.inputs.retain(|input| {
            seen.insert(fs::canonicalize(&input.path).unwrap_or_else(|_| input.path.clone()))
        });
    }
    found.skipped.sort();
    found.errors.sort();
    found
}

fn folder(path: &Path, takes: &dyn Fn(&Path) -> bool, found: &mut Found) {
    // As git: `.gitignore` here and in the folders above, `.git/info/exclude`, the user's own; also without a
    // repository. Hidden files are looked at, since `.github` and the like hold code; `.git` is not.
    let walk = WalkBuilder::new(path)
        .hidden(false)
        .require_git(false)
        .max_depth(Some(DEPTH_MAX))
        .filter_entry(|entry| {
            ![".git", ".terraform", "node_modules"].iter().any(|name| entry.file_name() == *name)
        })
        .build();
    for entry in walk {
        match entry {
            Err(error) => found.errors.push((crate::stack::display(path), error.to_string())),
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                if entry.path_is_symlink() {
                    found
                        .skipped
                        .push((crate::stack::display(entry.path()), "a link, not followed".to_owned()));
                }
                if !is_file {
                    continue;
                }
                if takes(entry.path()) {
                    let input = Input { path: entry.into_path(), named: false, account: None, region: None };
                    found.inputs.push(input);
                } else {
                    found
                        .skipped
                        .push((crate::stack::display(entry.path()), "no template by its name".to_owned()));
                }
            }
        }
    }
}

/// Whether a file's name is one that templates have.
pub fn is_candidate(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    matches!(
        extension.as_deref(),
        Some("yaml" | "yml" | "json" | "template" | "cfn" | "cform" | "txt" | "tf" | "tofu" | "tfvars")
    )
}

/// CDK cloud assemblies: `manifest.json` says which templates are stacks, and where they are deployed.
fn assemblies(found: &mut Found) {
    let manifests: Vec<PathBuf> = found
        .inputs
        .iter()
        .filter(|input| input.path.file_name().is_some_and(|name| name == "manifest.json"))
        .map(|input| input.path.clone())
        .collect();
    for manifest in manifests {
        let Ok(bytes) = Disk.read(&manifest) else { continue };
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&bytes) else { continue };
        let Some(artifacts) = json["artifacts"].as_object() else { continue };
        let home = manifest.parent().unwrap_or(Path::new(""));
        // Bundled code lies beside the templates and may hold YAML of its own.
        let (inputs, assets) =
            std::mem::take(&mut found.inputs).into_iter().partition(|input| !is_asset(home, &input.path));
        found.inputs = inputs;
        let assets: Vec<Input> = assets;
        found.skipped.extend(
            assets.iter().map(|asset| (crate::stack::display(&asset.path), "a bundled CDK asset".to_owned())),
        );
        for artifact in artifacts.values().filter(|artifact| artifact["type"] == "aws:cloudformation:stack") {
            let Some(file) = artifact["properties"]["templateFile"].as_str() else { continue };
            let path = home.join(file);
            let environment = artifact["environment"].as_str().and_then(|e| e.strip_prefix("aws://"));
            let (account, region) = environment.and_then(|e| e.split_once('/')).unwrap_or_default();
            let known =
                |text: &str, unknown: &str| (!text.is_empty() && text != unknown).then(|| Arc::from(text));
            for input in found.inputs.iter_mut().filter(|input| input.path == path) {
                input.account = known(account, "unknown-account");
                input.region = known(region, "unknown-region");
            }
        }
    }
}

fn is_asset(home: &Path, path: &Path) -> bool {
    path.strip_prefix(home).ok().and_then(|rest| rest.components().next()).is_some_and(|first| {
        let first = first.as_os_str().to_string_lossy();
        first.starts_with("asset.") && path.strip_prefix(home).is_ok_and(|rest| rest.components().count() > 1)
    })
}
