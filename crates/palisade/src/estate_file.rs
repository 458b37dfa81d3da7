//! `palisade estate`: saves what templates declare, and shows what was saved.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use estate::estate::Estate as Model;
use finding::escape;
use template::discover::Disk;

use crate::check::{exclude, must_exist};
use crate::config::{Settings, shown};
use crate::input::{self, Values};
use crate::pages;

#[derive(clap::Args)]
pub(crate) struct Estate {
    #[command(subcommand)]
    command: EstateCommand,
}

#[derive(clap::Subcommand)]
enum EstateCommand {
    /// Read templates and save what they declare
    Save {
        /// Templates, Terraform code, CDK assemblies, or folders of them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// The file to write
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        values: Values,
    },
    /// List the resources of a saved estate
    Show {
        /// The file
        file: PathBuf,
    },
}

pub(crate) fn run(estate: &Estate) -> Result<ExitCode> {
    match &estate.command {
        EstateCommand::Save { paths, output, values } => {
            let settings = Settings::find(&paths[0], None)?;
            let known = values.known(&settings)?;
            must_exist(paths)?;
            let mut found = input::discover(paths);
            exclude(&mut found, &settings);
            let loaded = input::load(&Disk, &found.inputs, &known);
            let mut incomplete = false;
            for (path, message) in &found.errors {
                incomplete = true;
                eprintln!("error: `{}`: {}", escape::line(path), escape::line(message));
            }
            for diagnostic in &loaded.diagnostics {
                incomplete |= diagnostic.incomplete;
                let file = loaded.files.get(diagnostic.span.file.0 as usize).map(|file| &**file);
                let place = file.or(diagnostic.file.as_deref()).unwrap_or_default();
                let (line, message) = (diagnostic.span.line, escape::line(&diagnostic.message));
                eprintln!("warning: {}:{line}: {message}", escape::line(place));
            }
            let model = Model::new(loaded.files, loaded.resources, loaded.gaps);
            fs::write(output, estate::file::write(&model))
                .with_context(|| format!("`{}` cannot be written", shown(output)))?;
            println!("{} resources of {} templates saved", model.resources.len(), loaded.templates);
            Ok(ExitCode::from(if incomplete { crate::INCOMPLETE } else { crate::CLEAN }))
        }
        EstateCommand::Show { file } => {
            let model = read(file)?;
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            for resource in &model.resources {
                let file = model.file(resource.origin.name.file).map_or("-", |file| file);
                let line = resource.origin.name.line;
                let address = escape::line(&resource.address);
                let type_name = escape::line(&resource.type_name);
                writeln!(out, "{type_name} {address} {}:{line}", escape::line(file))?;
            }
            writeln!(out, "{} resources, {} gaps", model.resources.len(), model.gaps.len())?;
            out.flush()?;
            Ok(ExitCode::from(crate::CLEAN))
        }
    }
}

/// The estate that a file holds.
pub(crate) fn read(file: &Path) -> Result<Model> {
    let unreadable = || format!("`{}` cannot be read", shown(file));
    let bytes = fs::read(file).with_context(unreadable)?;
    pages::for_estate(&bytes);
    estate::file::read(&bytes).with_context(unreadable)
}
