//! YAML and JSON texts as trees in which every key and value has its position.
//!
//! Reading never fails as a whole: a text that is broken half way gives the tree of what stands before the
//! break, and a list of problems. Everything that a hostile text can blow up has a limit.
//! What the tree means is left to others: templates, control files, settings.

mod build;
mod json;
pub mod scalar;
pub mod tree;
mod yaml;

pub use tree::{Comment, Document, Entry, Kind, Problem, Scalar, Tree};

use estate::value::{FileId, Span};

// Limit: a text of more bytes is not read. CloudFormation takes templates of 1 MB; synthesised assemblies and
// generated plans are larger, but not by this much.
/// The most bytes a text may have.
pub const BYTES_MAX: usize = 64 << 20;

// Limit: deeper nesting is cut off. Real documents stay under 40; recursion over a tree relies on this bound, and
// so does the depth of estate files.
/// The deepest nesting of maps and lists.
pub const DEPTH_MAX: usize = 100;

// Limit: nodes of one document, aliases expanded. A tree of this size takes about 300 MB.
/// The most nodes that a document may hold once its aliases are expanded.
pub const NODES_MAX: usize = 2_000_000;

// Limit: documents of one stream. A rendered chart has a few hundred.
/// The most documents that a stream may hold.
pub const DOCUMENTS_MAX: usize = 10_000;

/// Which notation a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Notation {
    /// The notation of a text: JSON where its first character opens a JSON object or list, else YAML.
    ///
    /// YAML's flow notation begins with the same characters: where the text does not read as JSON and the
    /// file's name does not say `.json`, [`read`] takes it for YAML.
    pub fn of(text: &str) -> Notation {
        match text.trim_start_matches('\u{feff}').trim_start().as_bytes().first() {
            Some(b'{' | b'[') => Notation::Json,
            _ => Notation::Yaml,
        }
    }
}

/// Reads a text. `name` is the file's name, which decides between JSON and YAML where the text could be both.
pub fn read(file: FileId, name: &str, bytes: &[u8]) -> Document {
    let (text, utf8_problem) = match decode(file, bytes) {
        Ok(text) => (text, None),
        Err((text, problem)) => (text, Some(problem)),
    };
    let mut document = if text.len() > BYTES_MAX {
        Document::failed(Problem::too_big(file))
    } else if Notation::of(text) == Notation::Json {
        let json = json::read(file, text);
        if json.problems.iter().any(|problem| problem.code == "json-syntax") && !is_json_name(name) {
            let yaml = yaml::read(file, text);
            if yaml.problems.is_empty() { yaml } else { json }
        } else {
            json
        }
    } else {
        yaml::read(file, text)
    };
    document.problems.extend(utf8_problem);
    document.complete = document.problems.iter().all(|problem| !problem.cuts);
    document
}

/// Reads every document of a text, as YAML parts them by `---`; at least one is given.
///
/// A text that breaks off gives the documents up to the break, the last of them as far as it goes.
pub fn read_all(file: FileId, name: &str, bytes: &[u8]) -> Vec<Document> {
    let first = read(file, name, bytes);
    if !first.problems.iter().any(|problem| problem.code == "second-document") {
        return vec![first];
    }
    let (text, utf8_problem) = match decode(file, bytes) {
        Ok(text) => (text, None),
        Err((text, problem)) => (text, Some(problem)),
    };
    let mut documents = yaml::read_all(file, text);
    if let Some(last) = documents.last_mut() {
        last.problems.extend(utf8_problem);
    }
    for document in &mut documents {
        document.complete = document.problems.iter().all(|problem| !problem.cuts);
    }
    documents
}

fn is_json_name(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The text up to the first byte that is not UTF-8, without a byte order mark, and the problem if there is such a byte.
fn decode(file: FileId, bytes: &[u8]) -> Result<&str, (&str, Problem)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().map_or(1, |last| last.chars().count() + 1);
        let at = Span::new(file, (line, column), (line, column + 1));
        (good, Problem::new("not-utf8", at, "the text is not UTF-8 from here on").cutting())
    })
}
