//! The records that every format writes.

use std::collections::BTreeMap;
use std::fmt;

/// How bad it is when a control fails. The order is by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A weakness that needs others to matter.
    Low,
    /// A real weakness.
    Medium,
    /// A weakness that is attacked.
    High,
    /// Open to anyone now.
    Critical,
}

impl Severity {
    /// Every severity, gravest first.
    pub const ALL: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// The severity of a word.
    pub fn parse(word: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a control says of a resource. The order is by how much it matters, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It breaks the control.
    Fail,
    /// It hangs on something that is not known.
    Unknown,
    /// It meets the control.
    Pass,
    /// The control does not speak of it.
    Skip,
}

impl Outcome {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Fail => "fail",
            Outcome::Unknown => "unknown",
            Outcome::Pass => "pass",
            Outcome::Skip => "skip",
        }
    }

    /// The outcome of a word.
    pub fn parse(word: &str) -> Option<Outcome> {
        [Outcome::Fail, Outcome::Unknown, Outcome::Pass, Outcome::Skip].into_iter().find(|o| o.word() == word)
    }
}

/// A place in a file. Lines and columns count from 1, columns in characters, the end is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file's path as the user gave it or below what he gave, with `/`.
    pub file: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// The resource a verdict speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its CloudFormation type.
    pub type_name: String,
    /// Its physical id, where known.
    pub id: Option<String>,
    /// Its logical address, nested stacks included.
    pub address: String,
    /// Its account, where known.
    pub account: Option<String>,
    /// Its region, where known.
    pub region: Option<String>,
    /// Its CDK construct path, where the template carries one.
    pub construct: Option<String>,
}

/// One thing an unknown verdict hangs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Why it is not known.
    pub text: String,
    /// What would decide it, such as `--parameters Cidr=…`.
    pub remedy: Option<String>,
}

/// Why a failing verdict does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiver {
    /// It was there when the baseline was written.
    Baseline,
    /// An exception in the policy repository covers it.
    Exception {
        /// Why.
        reason: String,
        /// Who answers for it.
        owner: String,
        /// The day it ends, `YYYY-MM-DD`.
        expires: String,
    },
    /// The template's author has switched the control off in place.
    Inline {
        /// Why.
        reason: String,
    },
}

/// One verdict: a control on a resource, or on one element of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The control's id; [`Report::controls`] holds the rest of it.
    pub control: String,
    /// The severity in force, which a user's settings may have changed.
    pub severity: Severity,
    /// What the control says.
    pub outcome: Outcome,
    /// Of which resource.
    pub resource: Subject,
    /// The path of the element or property that it points at.
    pub path: Option<String>,
    /// Where that is written.
    pub origin: Option<Position>,
    /// The nested stacks or modules that lead there, outermost first.
    pub via: Vec<Position>,
    /// What is wrong here, in a line.
    pub message: String,
    /// What an unknown verdict hangs on.
    pub reasons: Vec<Reason>,
    /// Stable over time: control, address and element, never a line or an index. 32 hexadecimal digits.
    pub identity: String,
    /// Why it does not count, if so. Such a verdict is told only where a format has a place for it.
    pub waiver: Option<Waiver>,
}

/// What the formats tell of a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlText {
    /// Its id.
    pub id: String,
    /// The requirement, as a sentence that is true when it passes.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// The layer it protects.
    pub layer: String,
    /// Why it matters.
    pub why: String,
    /// How to mend it, in words.
    pub fix_text: String,
    /// How to mend it in each language: its name (`cloudformation`, `terraform`, `cli`) and the code.
    pub fix_code: Vec<(String, String)>,
    /// AWS's pages about it.
    pub references: Vec<String>,
    /// Framework id to the requirements it speaks to.
    pub frameworks: BTreeMap<String, Vec<String>>,
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something could not be read: the run is incomplete.
    Error,
    /// Worth telling; the run is complete.
    Warning,
}

/// Something said about the input rather than about the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave.
    pub level: Level,
    /// A code that `palisade explain` knows.
    pub code: &'static str,
    /// What failed, on what: lower case, no full stop, one line.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where.
    pub position: Option<Position>,
}

/// How many verdicts of each kind there are, waived ones left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Verdicts that pass.
    pub pass: usize,
    /// Verdicts that fail.
    pub fail: usize,
    /// Verdicts that hang on something unknown.
    pub unknown: usize,
    /// Controls that do not speak of the resource.
    pub skip: usize,
    /// Failing or unknown verdicts that a baseline, an exception or a suppression covers.
    pub waived: usize,
    /// Resources judged.
    pub resources: usize,
    /// Files read.
    pub files: usize,
    /// Controls that were applied.
    pub controls: usize,
}

/// A framework's requirements, for the formats that show one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameworkText {
    /// Its id, such as `cis-aws-5.0`.
    pub id: String,
    /// Its full name.
    pub title: String,
    /// Requirement ids, titles and the reason why no control maps them (`None` where one does), in order.
    pub requirements: Vec<(String, String, Option<String>)>,
}

/// The result of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The program's version.
    pub version: String,
    /// The verdicts to tell, in stable order: by file, line, column, address, control, identity.
    pub verdicts: Vec<Verdict>,
    /// The controls that [`Report::verdicts`] name, by id.
    pub controls: BTreeMap<String, ControlText>,
    /// The frameworks to show, in order.
    pub frameworks: Vec<FrameworkText>,
    /// What is said about the input.
    pub diagnostics: Vec<Diagnostic>,
    /// Counts over all verdicts, also those that are not told.
    pub summary: Summary,
}

/// The text of the files that verdicts point into.
pub trait Sources: Sync {
    /// The line's text without its end, counted from 1; `None` where the file is not at hand.
    fn line(&self, file: &str, line: u32) -> Option<&str>;
}
