//! `palisade explain`: what a control, a framework, a resource type or a diagnostic's code is, offline.

mod controls;
pub(crate) mod frameworks;
mod mappings;
mod types;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Result, bail};
use control::builtin;
use control::pack::Pack;
use estate::catalogue::{Catalogue, nearest};

use crate::codes::{self, CODES, Code};
use crate::page::Page;

/// The arguments of `palisade explain`.
#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// The id of a control or framework, a resource type, or the code of a diagnostic
    #[arg(value_name = "ID", required_unless_present = "mapping")]
    id: Option<String>,
    /// What a type of a Terraform provider is in CloudFormation's language
    #[arg(long, value_name = "TYPE", conflicts_with = "id")]
    mapping: Option<String>,
}

/// Prints the page of whatever has the id.
pub(crate) fn run(
    arguments: &Explain,
    pack: &Pack,
    output: &mut dyn Write,
    width: usize,
    colour: bool,
) -> Result<ExitCode> {
    let mut out = BufWriter::new(output);
    let mut page = Page::new(&mut out, width, colour);
    match (&arguments.mapping, &arguments.id) {
        (Some(name), _) => mappings::print(&mut page, name)?,
        (None, Some(id)) => print(id, pack, &mut page)?,
        (None, None) => bail!("an id or `--mapping TYPE` is needed"),
    }
    out.flush()?;
    Ok(ExitCode::from(crate::CLEAN))
}

fn print(id: &str, pack: &Pack, page: &mut Page<'_>) -> Result<()> {
    if let Some(member) = pack.get(id) {
        return controls::print(page, member);
    }
    if let Some(framework) = frameworks::find(id, pack)? {
        return frameworks::print(page, &framework, pack);
    }
    if let Some(info) = Catalogue::builtin().get(id) {
        return types::print(page, info, pack);
    }
    if let Some(code) = codes::find(id) {
        return print_code(page, code);
    }
    let controls = pack.members().map(|(known, _)| &**known);
    let frameworks = builtin::frameworks().iter().map(|(known, _)| *known);
    let codes = CODES.iter().map(|code| code.code);
    let known = controls.chain(frameworks).chain(codes).chain(Catalogue::builtin().names());
    match nearest(id, known) {
        Some(near) => bail!("`{id}` is no control, framework, resource type or code; did you mean `{near}`?"),
        None => bail!(
            "`{id}` is no control, framework, resource type or code; `palisade controls` lists the controls"
        ),
    }
}

fn print_code(page: &mut Page<'_>, code: &Code) -> Result<()> {
    page.title(code.code, code.title)?;
    page.heading("What it means")?;
    page.prose(2, code.meaning)?;
    page.heading("What to do")?;
    page.prose(2, code.remedy)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(id: &str) -> Result<String> {
        let mut out = Vec::new();
        print(id, &Pack::builtin(), &mut Page::new(&mut out, 100, false))?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn a_code_has_a_page() {
        let page = explained("duplicate-key").unwrap();
        assert!(
            page.starts_with("duplicate-key\nA key is given twice in the same map\n\nWhat it means\n  "),
            "{page}"
        );
        assert!(page.ends_with("What to do\n  Delete one of the two.\n"), "{page}");
    }

    #[test]
    fn an_unknown_id_names_the_nearest() {
        let told = |id: &str| explained(id).unwrap_err().to_string();
        assert!(told("AWS::S3::Bukket").ends_with("; did you mean `AWS::S3::Bucket`?"));
        assert!(told("duplicate-keys").ends_with("; did you mean `duplicate-key`?"));
        assert!(told("cis-aws-5").ends_with("; did you mean `cis-aws-5.0`?"));
        assert!(told("nothing of the kind").ends_with("`palisade controls` lists the controls"));
    }

    #[test]
    fn every_control_and_framework_has_a_page() {
        for entry in builtin::controls() {
            let page = explained(entry.id).unwrap_or_else(|error| panic!("{}: {error}", entry.id));
            for heading in ["\nWhy\n", "\nWhat it checks\n", "\nHow to fix it\n", "\nTests\n"] {
                assert!(page.contains(heading), "{}: no {heading:?}", entry.id);
            }
        }
        for (id, _) in builtin::frameworks() {
            explained(id).unwrap_or_else(|error| panic!("{id}: {error}"));
        }
    }
}
