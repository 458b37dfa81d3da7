//! `cargo xtask provider`: notes which arguments the resource types of Terraform's AWS provider take.
//!
//! The provider's schema comes out of a pinned release of `@cdktf/provider-aws`, whose code was made from it.
//! Only facts are taken over: the names of types and arguments, and what kind of value each takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The release of `@cdktf/provider-aws` that is read: the last one, for version 6.25.0 of the provider.
const PACKAGE: &str = "21.22.1";

/// The list below the project's root.
const FILE: &str = "crates/terraform/tests/provider.txt";

/// Writes the list, or with `check` compares it with the tree's. Where no package is given, it is downloaded.
pub(crate) fn run(root: &Path, cache: &Path, given: Option<&Path>, check: bool) -> Result<()> {
    let package = fetch(cache, given)?;
    let text = list(&package)?;
    let path = root.join(FILE);
    if check {
        let there = fs::read_to_string(&path).unwrap_or_default();
        ensure!(
            there == text,
            "`{FILE}` is not what `cargo xtask provider` writes: run it and commit the result"
        );
        println!("{FILE} is up to date ({} bytes)", text.len());
    } else {
        fs::write(&path, &text)?;
        println!("{FILE}: {} bytes", text.len());
    }
    Ok(())
}

/// The folder of the unpacked package; what is downloaded or unpacked is kept.
fn fetch(cache: &Path, given: Option<&Path>) -> Result<PathBuf> {
    if let Some(folder) = given.filter(|path| path.is_dir()) {
        return Ok(folder.to_path_buf());
    }
    let home = cache.join(format!("cdktf-provider-aws-{PACKAGE}"));
    let package = home.join("package");
    if given.is_none() && home.join("complete").exists() {
        return Ok(package);
    }
    fs::create_dir_all(&home)?;
    let archive = if let Some(archive) = given {
        archive.to_path_buf()
    } else {
        let wanted = format!("@cdktf/provider-aws@{PACKAGE}");
        let ok = Command::new("npm")
            .args(["pack", "--silent", &wanted])
            .current_dir(&home)
            .status()
            .context("npm is needed to download the package, or give its .tgz or folder")?;
        ensure!(ok.success(), "npm could not download {wanted}");
        home.join(format!("cdktf-provider-aws-{PACKAGE}.tgz"))
    };
    let ok = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&home).status()?;
    ensure!(ok.success(), "`{}` could not be unpacked", archive.display());
    if given.is_none() {
        fs::write(home.join("complete"), "")?;
    }
    Ok(package)
}

/// The whole list: what it is, then a line for every type in order.
fn list(package: &Path) -> Result<String> {
    let about = fs::read(package.join("package.json")).context("the folder holds no package")?;
    let about: Value = serde_json::from_slice(&about)?;
    let version = about["version"].as_str().context("the package has no version")?;
    ensure!(version == PACKAGE, "the package is version {version}, not {PACKAGE}");
    let provider = about["cdktf"]["provider"]["version"]
        .as_str()
        .context("the package does not say for which version of the provider it is")?;
    let mut lines = BTreeMap::new();
    for entry in fs::read_dir(package.join("lib"))? {
        let entry = entry?;
        let path = entry.path().join("index.js");
        if entry.file_name().to_string_lossy().starts_with("data-aws") || !path.is_file() {
            continue;
        }
        let code = Code::read(&fs::read_to_string(&path)?);
        if code.type_name.starts_with("aws_") {
            let arguments = code.arguments("", &[]).with_context(|| code.type_name.clone())?;
            lines.insert(code.type_name, arguments);
        }
    }
    ensure!(!lines.is_empty(), "the package holds no resource types");
    let mut text = format!(
        "# hashicorp/aws {provider}: its resource types and their arguments.\n\
         # Written by `cargo xtask provider`. A name alone takes a text, `=` is before any other kind,\n\
         # braces are around the arguments of a block, and `=exported` marks what is told, never written.\n"
    );
    for (name, arguments) in lines {
        text.push_str(&format!("{name}: {arguments}\n"));
    }
    Ok(text)
}

/// What the code of a resource type says.
#[derive(Default)]
struct Code {
    type_name: String,
    /// The arguments by the structure that holds them; those of the resource itself under no name.
    structures: BTreeMap<String, Vec<Argument>>,
    /// What is only exported, by the class that tells it; for the resource itself under no name.
    exported: BTreeMap<String, Vec<String>>,
}

/// An argument as the code writes it.
#[derive(Default)]
struct Argument {
    name: String,
    /// The expression that makes its value.
    value: String,
    is_block: bool,
    /// `simple`, `list`, `set`, `map`, `struct` or `any`.
    kind: String,
    /// `string`, `stringList`, the name of a class.
    class: String,
}

/// What the name of every function that writes a structure ends in.
const WRITER: &str = "ToHclTerraform";

impl Code {
    /// Reads the code, which is made by a program and therefore always laid out the same way.
    fn read(text: &str) -> Code {
        let mut code = Code::default();
        let mut structure: Option<String> = None;
        let mut class = String::new();
        for line in text.lines().map(str::trim) {
            if let Some((name, _)) = line.strip_prefix("function ").and_then(|rest| rest.split_once(WRITER)) {
                code.structures.entry(name.to_owned()).or_default();
                structure = Some(name.to_owned());
            } else if line == "synthesizeHclAttributes() {" {
                code.structures.entry(String::new()).or_default();
                structure = Some(String::new());
            } else if line.starts_with("// remove undefined attributes") {
                structure = None;
            } else if let Some(rest) = line.strip_prefix("class ") {
                let mut words = rest.split_whitespace();
                let name = words.next().unwrap_or_default();
                let is_resource = words.any(|word| word == "cdktf.TerraformResource");
                class = if is_resource { String::new() } else { name.to_owned() };
            } else if let Some((_, name)) = line.split_once(".tfResourceType = \"") {
                code.type_name = name.trim_end_matches("\";").to_owned();
            } else if let Some((name, flags)) =
                line.strip_prefix("// ").and_then(|rest| rest.split_once(" - computed: "))
            {
                if flags.starts_with("true, optional: false") {
                    code.exported.entry(class.clone()).or_default().push(name.to_owned());
                }
            } else if let Some(name) = &structure
                && let Some(list) = code.structures.get_mut(name)
            {
                read_argument(line, list);
            }
        }
        code
    }

    /// The arguments of a structure in order of their names. A structure within itself ends the way down.
    fn arguments(&self, structure: &str, above: &[&str]) -> Result<String> {
        let mut found: BTreeMap<&str, String> = BTreeMap::new();
        for argument in self.structures.get(structure).into_iter().flatten() {
            let kind = match self.inner(argument).filter(|inner| !above.contains(inner)) {
                Some(inner) => format!("{{{}}}", self.arguments(inner, &[above, &[inner][..]].concat())?),
                None => argument.kind().with_context(|| argument.name.clone())?,
            };
            found.insert(&argument.name, kind);
        }
        // A structure is told by the class of the same name.
        let mut class = String::new();
        if let Some(first) = structure.get(..1) {
            class = format!("{}{}OutputReference", first.to_uppercase(), &structure[1..]);
        }
        for name in self.exported.get(&class).into_iter().flatten() {
            found.entry(name).or_insert_with(|| "=exported".to_owned());
        }
        let written: Vec<String> = found.iter().map(|(name, kind)| format!("{name}{kind}")).collect();
        Ok(written.join(" "))
    }

    /// The structure that an argument holds, where it is a block. One that the package keeps in a file of its
    /// own is not found.
    fn inner<'c>(&'c self, argument: &Argument) -> Option<&'c str> {
        let (calls, _) = argument.value.rsplit_once(WRITER)?;
        calls
            .split(WRITER)
            .filter_map(|before| before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next())
            .find_map(|name| self.structures.get_key_value(name))
            .map(|(name, _)| name.as_str())
            .filter(|name| !name.is_empty())
    }
}

/// Reads a line about an argument: its name, or something about the one that was named last.
fn read_argument(line: &str, list: &mut Vec<Argument>) {
    if let Some(name) = line.strip_suffix(": {") {
        list.push(Argument { name: name.to_owned(), ..Argument::default() });
        return;
    }
    let (Some(argument), Some((key, value))) = (list.last_mut(), line.split_once(": ")) else { return };
    let value = value.trim_end_matches(',');
    match key {
        "value" => argument.value = value.to_owned(),
        "isBlock" => argument.is_block = value == "true",
        "type" => argument.kind = value.trim_matches('"').to_owned(),
        "storageClassType" => argument.class = value.trim_matches('"').to_owned(),
        _ => {}
    }
}

impl Argument {
    /// The kind as the list writes it, behind the name.
    fn kind(&self) -> Result<String> {
        if self.is_block {
            return Ok("=any".to_owned());
        }
        let kind = self.kind.as_str();
        Ok(match (kind, self.class.as_str()) {
            ("simple", "string") => String::new(),
            ("simple", "number") => "=number".to_owned(),
            ("simple", "boolean") => "=bool".to_owned(),
            ("any", _) | ("simple", "any") => "=any".to_owned(),
            ("list" | "set", "stringList") | ("map", "stringMap") => format!("={kind}"),
            ("list" | "set", "numberList") | ("map", "numberMap") => format!("={kind}(number)"),
            ("list" | "set", "booleanList") | ("map", "booleanMap") => format!("={kind}(bool)"),
            ("list" | "set" | "map", _) => format!("={kind}(any)"),
            (kind, class) => bail!("a kind that is not known: {kind} of {class}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_read_into_a_line() {
        let code = Code::read(
            r#"
function thingRuleToHclTerraform(struct) {
    const attrs = {
        ports: {
            value: cdktf.listMapperHcl(cdktf.numberToHclTerraform, false)(struct.ports),
            isBlock: false,
            type: "set",
            storageClassType: "numberList",
        },
    };
    // remove undefined attributes
}
class ThingRuleOutputReference extends cdktf.ComplexObject {
    // state - computed: true, optional: false, required: false
}
class Thing extends cdktf.TerraformResource {
    // arn - computed: true, optional: false, required: false
    // name - computed: true, optional: true, required: false
    synthesizeHclAttributes() {
        const attrs = {
            name: {
                value: cdktf.stringToHclTerraform(this._name),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            rule: {
                value: cdktf.listMapperHcl(thingRuleToHclTerraform, true)(this._rule.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "ThingRuleList",
            },
        };
        // remove undefined attributes
    }
}
Thing.tfResourceType = "aws_thing";
"#,
        );
        assert_eq!(code.type_name, "aws_thing");
        let line = code.arguments("", &[]).unwrap();
        assert_eq!(line, "arn=exported name rule{ports=set(number) state=exported}");
    }
}
