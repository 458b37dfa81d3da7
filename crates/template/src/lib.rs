//! Infrastructure code as an estate: CloudFormation, SAM and CDK assemblies, every value with its position.
//!
//! Templates are evaluated as CloudFormation would, as far as the text decides; what it leaves open (a
//! parameter without a default, an attribute that AWS assigns) becomes an unknown value with its reason.
//! Nothing is lost over one fault: each gives a diagnostic and the rest is carried on.
//! This crate reads files through [`Files`] only, and never opens a socket.

mod cidr;
mod condition;
mod cycle;
pub mod discover;
mod eval;
mod foreach;
mod include;
mod intrinsic;
mod load;
mod nested;
mod parameter;
mod recognise;
mod resources;
mod rules;
mod sam;
mod stack;
mod substitute;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use estate::estate::Gap;
use estate::resource::Resource;
use estate::value::Span;

pub use load::{load, merge, shift_span};
pub use parameter::{ParametersError, parse_parameters};
pub use recognise::is_template;
pub use stack::display;

/// Where files come from: the disk, or a test's memory.
pub trait Files: Sync {
    /// The bytes of a file. A file of more than [`document::BYTES_MAX`] bytes may be refused.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The paths of the files right below a folder, in any order. A source that cannot tell has none.
    fn list(&self, folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
        let _ = folder;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What is known from outside the templates.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Parameter values by name, as texts.
    pub parameters: BTreeMap<String, String>,
    /// The account that the templates are deployed to.
    pub account: Option<Arc<str>>,
    /// The region that the templates are deployed to.
    pub region: Option<Arc<str>>,
}

/// Something said about a template rather than about the cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Whether something could not be read, so that the result is incomplete.
    pub incomplete: bool,
    /// A stable code.
    pub code: &'static str,
    /// Where.
    pub span: Span,
    /// The file, where the diagnostic is about one that could not be read at all.
    pub file: Option<String>,
    /// What, in a line: lower case, no full stop.
    pub message: String,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The files that positions refer to by number.
    pub files: Vec<Arc<str>>,
    /// The text of those files.
    pub texts: Vec<Arc<str>>,
    /// The resources.
    pub resources: Vec<Resource>,
    /// What could not be read, so that absence is not a fact.
    pub gaps: Vec<Gap>,
    /// What is said about the templates.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of the parameters that the root templates declare.
    pub declared: std::collections::BTreeSet<String>,
    /// How many of the inputs are templates.
    pub templates: usize,
    /// The inputs that are no templates, or are judged as part of another, and why.
    pub skipped: Vec<(String, String)>,
}
