//! What is read: paths to resources, with the values that are given from outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use template::discover::Input;
use template::{Files, Loaded};
use terraform::Given;

use crate::config::Settings;

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

/// Reads everything that declares resources.
pub(crate) fn load(files: &dyn Files, inputs: &[Input], known: &Known) -> Loaded {
    let others: Vec<Input> =
        inputs.iter().filter(|input| !terraform::is_code(&input.path)).cloned().collect();
    let mut loaded = template::load(files, &others, &known.template);
    let planned = terraform::load(files, inputs, &known.terraform);
    // A plan is JSON that is no template, and is judged all the same.
    loaded.skipped.retain(|(path, _)| !planned.files.iter().any(|file| **file == **path));
    template::merge(&mut loaded, planned);
    loaded
}
