//! What is read: paths to resources, with the values that are given from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use template::discover::{Found, Input, discover_with};
use template::{Files, Loaded};
use terraform::Given;

use crate::config::{Settings, shown};

/// Values for what the code leaves open.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Values {
    /// Template parameters: a file, or NAME=VALUE (may be repeated)
    #[arg(long, value_name = "FILE|NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// A variable of Terraform's root modules (may be repeated)
    #[arg(long, value_name = "NAME=VALUE")]
    var: Vec<String>,
    /// A file of Terraform variables (may be repeated)
    #[arg(long, value_name = "FILE")]
    var_file: Vec<PathBuf>,
    /// Terraform's workspace
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    /// The account that the code is deployed to
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// The region that the code is deployed to
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
}

/// What is known from outside the code.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) template: template::Settings,
    terraform: terraform::Settings,
}

impl Values {
    /// What the flags, the settings and the environment say; flags win, later ones over earlier ones.
    pub(crate) fn known(&self, settings: &Settings) -> Result<Known> {
        let pick = |flag: Option<&String>, set: &Option<String>| {
            flag.or(set.as_ref()).map(|text| Arc::from(text.as_str()))
        };
        let account: Option<Arc<str>> = pick(self.account.as_ref(), &settings.account);
        let region: Option<Arc<str>> = pick(self.region.as_ref(), &settings.region);
        let template = template::Settings {
            parameters: self.parameters(settings)?,
            account: account.clone(),
            region: region.clone(),
        };
        let mut variables = Vec::new();
        for file in &self.var_file {
            fs::metadata(file).with_context(|| format!("`{}`", crate::config::shown(file)))?;
            variables.push(Given::File(file.clone()));
        }
        for text in &self.var {
            let Some((name, value)) = text.split_once('=') else { bail!("`--var` takes NAME=VALUE") };
            variables.push(Given::Value(name.to_owned(), value.to_owned()));
        }
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| {
                let name = name.to_str()?.strip_prefix("TF_VAR_")?.to_owned();
                Some((name, value.to_str()?.to_owned()))
            })
            .collect();
        let workspace = self.workspace.clone().or_else(|| std::env::var("TF_WORKSPACE").ok());
        let terraform = terraform::Settings { environment, variables, workspace, account, region };
        Ok(Known { template, terraform })
    }

    fn parameters(&self, settings: &Settings) -> Result<BTreeMap<String, String>> {
        let mut known = settings.parameters.clone();
        for given in &self.parameters {
            match given.split_once('=') {
                Some((name, value)) if !Path::new(given).is_file() => {
                    known.insert(name.to_owned(), value.to_owned());
                }
                _ => {
                    let bytes = fs::read(given)
                        .with_context(|| format!("parameters file `{given}` cannot be read"))?;
                    let parsed = template::parse_parameters(given, &bytes)
                        .map_err(|error| anyhow::anyhow!("parameters file `{given}`: {error}"))?;
                    known.extend(parsed);
                }
            }
        }
        Ok(known)
    }
}

/// What the reader of manifests says of a named file that is none.
const NO_MANIFEST: &str = "no manifest";

/// Finds everything that may declare resources below some paths.
pub(crate) fn discover(paths: &[PathBuf]) -> Found {
    discover_with(paths, &is_candidate)
}

/// Whether a file's name is one that is read.
pub(crate) fn is_candidate(path: &Path) -> bool {
    template::discover::is_candidate(path) || manifest::is_candidate(path)
}

/// The root modules among some code that contain a folder of it.
pub(crate) fn containing(files: &dyn Files, inputs: &[Input], known: &Known, folder: &Path) -> Vec<PathBuf> {
    terraform::containing(files, inputs, &known.terraform, folder)
}

/// Reads everything that declares resources.
pub(crate) fn load(files: &dyn Files, inputs: &[Input], known: &Known) -> Loaded {
    let terraform = || terraform::load(files, inputs, &known.terraform);
    let (mut loaded, planned) = rayon::join(|| declarations(files, inputs, known), terraform);
    // A plan is JSON that is no template, and is judged all the same.
    loaded.skipped.retain(|(path, _)| !planned.files.iter().any(|file| **file == **path));
    template::merge(&mut loaded, planned);
    loaded
}

/// Reads the manifests among the inputs and the templates.
fn declarations(files: &dyn Files, inputs: &[Input], known: &Known) -> Loaded {
    let manifests = manifest::load(files, inputs);
    let taken: BTreeSet<&str> = manifests
        .files
        .iter()
        .map(|file| &**file)
        .chain(manifests.skipped.iter().filter(|(_, why)| why != NO_MANIFEST).map(|(path, _)| path.as_str()))
        .collect();
    let is_other = |input: &&Input| {
        let path = &input.path;
        let is_manifest = manifest::is_candidate(path) || taken.contains(shown(path).as_str());
        !terraform::is_code(path) && !is_manifest
    };
    let others: Vec<Input> = inputs.iter().filter(is_other).cloned().collect();
    let mut loaded = template::load(files, &others, &known.template);
    template::merge(&mut loaded, manifests);
    // What one reader passes over, another may have taken.
    loaded.skipped.retain(|(_, why)| why != NO_MANIFEST);
    loaded
}

/// A text from standard input, beside the files of the disk.
pub(crate) struct Standard {
    name: PathBuf,
    bytes: Vec<u8>,
}

impl Standard {
    /// Reads standard input. Without a name, what it holds decides what it is.
    pub(crate) fn read(name: Option<&Path>) -> Result<Standard> {
        let mut bytes = Vec::new();
        let limit = document::BYTES_MAX as u64 + 1;
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).context("standard input")?;
        let name = name.map_or_else(|| PathBuf::from(guess(&bytes)), Path::to_path_buf);
        Ok(Standard { name, bytes })
    }

    /// The file that it stands for.
    pub(crate) fn input(&self) -> Input {
        Input { path: self.name.clone(), named: true, account: None, region: None }
    }
}

/// A name for a text whose kind nobody says: by how it begins.
fn guess(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]);
    let lines =
        || text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if text.trim_start().starts_with('{') {
        return "stdin.json";
    }
    let words = [
        "resource \"",
        "module \"",
        "variable \"",
        "provider \"",
        "data \"",
        "locals {",
        "terraform {",
        "output \"",
    ];
    if lines().any(|line| words.iter().any(|word| line.starts_with(word))) {
        return "stdin.tf";
    }
    if lines().next().is_some_and(|line| line.to_ascii_uppercase().starts_with("FROM ")) {
        return "Dockerfile";
    }
    "stdin.yaml"
}

impl Files for Standard {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.name { Ok(self.bytes.clone()) } else { template::discover::Disk.read(path) }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        // What comes in is judged by itself, or in the place of the file of its name.
        let mut found = template::discover::Disk.list(folder).unwrap_or_default();
        let here = self.name.parent().unwrap_or(Path::new(""));
        let is_here = folder.strip_prefix(".").unwrap_or(folder) == here;
        if !self.name.exists() && is_here {
            return Ok(vec![self.name.clone()]);
        }
        if is_here && !found.contains(&self.name) {
            found.push(self.name.clone());
        }
        Ok(found)
    }
}
