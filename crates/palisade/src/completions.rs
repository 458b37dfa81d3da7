//! `palisade completions` and `palisade man`: what shells and manuals know of the commands.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::config::shown;

/// Prints a shell's completions.
pub(crate) fn completions(shell: Shell, command: &mut Command, output: &mut dyn Write) -> Result<ExitCode> {
    let name = command.get_name().to_owned();
    // Into memory first: the generator panics where its output is closed early, as `head` does.
    let mut script = Vec::new();
    clap_complete::generate(shell, command, name, &mut script);
    output.write_all(&script)?;
    Ok(ExitCode::from(crate::CLEAN))
}

/// Prints the manual's first page, or writes a page a command into a folder.
pub(crate) fn man(dir: Option<&Path>, command: Command, output: &mut dyn Write) -> Result<ExitCode> {
    let Some(dir) = dir else {
        Man::new(command).render(output)?;
        return Ok(ExitCode::from(crate::CLEAN));
    };
    fs::create_dir_all(dir).with_context(|| format!("`{}` cannot be made", shown(dir)))?;
    // The pages link to each other by the names that building gives the commands.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    pages(&command, dir, output)?;
    Ok(ExitCode::from(crate::CLEAN))
}

/// Recursion is bounded by how deep the program's commands nest.
fn pages(command: &Command, dir: &Path, output: &mut dyn Write) -> Result<()> {
    let page = Man::new(command.clone());
    let path = dir.join(page.get_filename());
    page.generate_to(dir).with_context(|| format!("`{}` cannot be written", shown(&path)))?;
    writeln!(output, "{}", finding::escape::line(&shown(&path)))?;
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        pages(command, dir, output)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ValueEnum};

    use super::*;

    fn command() -> Command {
        let check = Command::new("check").about("Judge templates").arg(Arg::new("all").long("all"));
        let config = Command::new("config").subcommand(Command::new("show").about("Print every setting"));
        Command::new("palisade").version("1.2.3").about("A test").subcommand(check).subcommand(config)
    }

    #[test]
    fn every_shell_has_completions() {
        for shell in Shell::value_variants() {
            let mut out = Vec::new();
            completions(*shell, &mut command(), &mut out).unwrap();
            let script = String::from_utf8(out).unwrap();
            assert!(script.contains("palisade") && script.contains("check"), "{shell}: {script}");
        }
    }

    #[test]
    fn the_manual_has_a_page_a_command() {
        let folder = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        man(Some(folder.path()), command(), &mut out).unwrap();
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["palisade-check.1", "palisade-config-show.1", "palisade-config.1", "palisade.1"]);
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), names.len());
        let page = fs::read_to_string(folder.path().join("palisade-check.1")).unwrap();
        assert!(page.contains("Judge templates"), "{page}");
    }

    #[test]
    fn without_a_folder_the_first_page_is_printed() {
        let mut out = Vec::new();
        man(None, command(), &mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("SUBCOMMANDS"));
    }
}
