//! Terraform code in memory: a root module, what it calls, its values and the files it reads.
//!
//! The input is `main.tf`, up to a line `=== NAME`, from which on it is the file of that name, and so on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use estate::estate::Estate;
use template::Loaded;

use super::template as templates;
use crate::{check, memory};

pub(crate) fn run(input: &[u8]) {
    let files = memory::split(input, "main.tf");
    let loaded = twice(&files, &terraform::Settings::default());
    says_what_is_missing(&files, &loaded);
    let estate = Estate::new(loaded.files, loaded.resources, loaded.gaps);
    templates::answers(&estate);
    templates::is_kept_by_a_file(&estate);
}

/// Reads code twice and holds what comes of it to its promises.
pub(super) fn twice(files: &BTreeMap<PathBuf, Vec<u8>>, settings: &terraform::Settings) -> Loaded {
    let loaded = memory::load_code(files, settings);
    check::loaded(&loaded);
    if !memory::is_too_much(&loaded) {
        check::same_loaded(&loaded, &memory::load_code(files, settings));
    }
    loaded
}

/// Code that is read in part only is never taken for a whole, and code is never passed over without a word.
fn says_what_is_missing(files: &BTreeMap<PathBuf, Vec<u8>>, loaded: &Loaded) {
    if may_hold_a_plan(files) {
        return;
    }
    let said = loaded.diagnostics.iter().any(|diagnostic| diagnostic.incomplete);
    for (name, text) in loaded.files.iter().zip(&loaded.texts) {
        let is_native = [".tf", ".tofu", ".tfvars"].iter().any(|end| name.ends_with(end));
        if is_native && let Some(problem) = hcl::file(text).problems.first() {
            assert!(said, "`{name}` is read in part and nothing says so: {problem:?}");
        }
    }
    // OpenTofu reads `main.tofu` in its place.
    let is_read = loaded.files.iter().any(|name| &**name == "main.tf");
    let is_replaced = files.contains_key(Path::new("main.tofu"));
    let is_told = !loaded.diagnostics.is_empty();
    assert!(is_read || is_replaced || is_told, "`main.tf` is not read, and nothing says so");
}

/// Whether there may be a plan. It has the last word: what is wrong with the code beside it does not matter.
pub(super) fn may_hold_a_plan(files: &BTreeMap<PathBuf, Vec<u8>>) -> bool {
    let is_json = |path: &Path| path.extension().is_some_and(|end| end == "json");
    files.keys().any(|path| is_json(path) && !terraform::is_code(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;

    /// Code as in `run`, and the codes of what is said about it.
    fn codes(input: &[u8]) -> Vec<&'static str> {
        let files = memory::split(input, "main.tf");
        let loaded = memory::load_code(&files, &terraform::Settings::default());
        loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn files_are_told_apart_by_their_lines() {
        let files = memory::split(b"a = 1\n=== b/c.tf\nb = 2\n=== d.tfvars\n", "main.tf");
        let text = |name: &str| files.get(Path::new(name)).map(Vec::as_slice);
        assert_eq!(text("main.tf"), Some(&b"a = 1\n"[..]));
        assert_eq!(text("b/c.tf"), Some(&b"b = 2\n"[..]));
        assert_eq!(text("d.tfvars"), Some(&b""[..]));
    }

    #[test]
    fn a_root_calls_a_module_with_a_value_from_a_file() {
        let text = "variable \"name\" {}\nmodule \"child\" {\n  source = \"./child\"\n  name = var.name\n}\n\
                    === terraform.tfvars\nname = \"given\"\n";
        let files = memory::split(text.as_bytes(), "main.tf");
        let loaded = memory::load_code(&files, &terraform::Settings::default());
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        let topic =
            loaded.resources.iter().find(|resource| &*resource.type_name == "AWS::SNS::Topic").unwrap();
        let name = topic.properties.get("TopicName").map(|node| &node.value);
        assert_eq!(name, Some(&estate::value::Value::Text("given".into())));
    }

    #[test]
    fn what_runs_into_a_limit_is_told() {
        for input in hostile::inputs("terraform").iter().filter(|input| input.what.ends_with(" (told)")) {
            assert!(!codes(&input.bytes).is_empty(), "nothing is said about {}", input.what);
        }
    }
}
