//! Lists the content that is compiled in: controls, frameworks, tables. Adding a file under content/ is enough.
//!
//! Only as much of a control as must be known before it is parsed is read here: its id and its types, which
//! stand on lines of their own (a test of the crate holds every file to that).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../content");
    let root = root.canonicalize().expect("the content folder stands beside the crates");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut code = String::new();
    code.push_str("/// Every control that is compiled in, in order of the paths.\npub(crate) static CONTROLS: &[Entry] = &[\n");
    for path in files(&root.join("controls")) {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a control is a text");
        let head = text.find("\ntests:").map_or(text.len(), |at| at + 1);
        let shown = path.strip_prefix(root.parent().expect("content has a parent")).expect("below content");
        let types = types(&text);
        writeln!(
            code,
            "    Entry {{ path: {:?}, id: {:?}, types: &{types:?}, head: {head}, text: include_str!({:?}) }},",
            shown.display().to_string(),
            field(&text, "id"),
            path.display().to_string(),
        )
        .expect("a string takes text");
    }
    code.push_str("];\n\n");
    for (name, folder) in [("FRAMEWORKS", "frameworks"), ("TABLES", "data")] {
        writeln!(code, "pub(crate) static {name}: &[(&str, &str)] = &[").expect("a string takes text");
        for path in files(&root.join(folder)) {
            println!("cargo::rerun-if-changed={}", path.display());
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            writeln!(code, "    ({stem:?}, include_str!({:?})),", path.display().to_string())
                .expect("a string takes text");
        }
        code.push_str("];\n\n");
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("content.rs");
    fs::write(out, code).expect("the output folder can be written");
}

/// The YAML files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text behind `key: ` on a line of its own.
fn field(text: &str, key: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.unwrap_or_default().trim().to_owned()
}

/// The types of a control: one, or a list in brackets.
fn types(text: &str) -> Vec<String> {
    let field = field(text, "resource");
    field
        .trim_matches(['[', ']'])
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
