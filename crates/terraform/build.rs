//! Lists the mappings that are compiled in. Adding a file under content/mappings is enough.
//!
//! Of a mapping only the names of its types are read here: they stand two spaces deep below `types:` (a test of
//! the crate holds every file to that).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../content");
    let root = root.canonicalize().expect("the content folder stands beside the crates");
    let folder = root.join("mappings/terraform");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    let mut code = String::from(
        "/// Every mapping file that is compiled in, in order of the paths.\npub(crate) static FILES: &[File] = &[\n",
    );
    for path in paths {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a mapping is a text");
        let head = text.find("\ntests:").map_or(text.len(), |at| at + 1);
        let shown = path.strip_prefix(root.parent().expect("content has a parent")).expect("below content");
        let types: Vec<&str> = text[..head]
            .lines()
            .skip_while(|line| *line != "types:")
            .filter_map(|line| line.strip_prefix("  "))
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(':').map(|(name, _)| name))
            .collect();
        writeln!(
            code,
            "    File {{ path: {:?}, types: &{types:?}, head: {head}, text: include_str!({:?}) }},",
            shown.display().to_string(),
            path.display().to_string(),
        )
        .expect("a string takes text");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("mappings.rs");
    fs::write(out, code).expect("the output folder can be written");
}
