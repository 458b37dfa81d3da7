//! From verdicts and what is said of the input to what an editor shows.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use document::Notation;
use estate::estate::Estate;
use finding::escape;
use finding::report::{Level, Outcome, Position, Report, Severity, Verdict};
use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Range, Uri,
};

use super::judge::Workspace;
use super::text::{Encoding, Lines};
use super::uri::normal;
use crate::config;
use crate::output::Faults;
use crate::report;
use crate::sources::Texts;

/// Something that an editor shows.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// What it shows.
    pub(super) diagnostic: Diagnostic,
    /// The control, where it is a verdict.
    pub(super) control: Option<String>,
    /// The type and the address of the resource that fails, where it is a verdict that says so.
    pub(super) subject: Option<(String, String)>,
    /// Where a comment that switches the control off would go.
    pub(super) anchor: Option<Anchor>,
}

/// The line of a resource's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The file.
    pub(super) path: PathBuf,
    /// The line, counted from 0.
    pub(super) line: u32,
    /// The blanks that it begins with.
    pub(super) indent: String,
}

/// Turns positions in what was read into the editor's.
pub(super) struct Places<'p> {
    base: &'p Path,
    texts: &'p Texts,
    workspace: &'p Workspace,
    lines: RefCell<HashMap<String, Option<Rc<Lines<'p>>>>>,
}

impl<'p> Places<'p> {
    /// Positions in texts whose names begin at a folder.
    pub(super) fn new(base: &'p Path, texts: &'p Texts, workspace: &'p Workspace) -> Places<'p> {
        Places { base, texts, workspace, lines: RefCell::default() }
    }

    /// The whole path of a file.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        normal(&self.base.join(name))
    }

    fn lines(&self, name: &str) -> Option<Rc<Lines<'p>>> {
        let mut known = self.lines.borrow_mut();
        if let Some(lines) = known.get(name) {
            return lines.clone();
        }
        let lines = self.texts.text(name).map(|text| Rc::new(Lines::new(text)));
        known.insert(name.to_owned(), lines.clone());
        lines
    }

    fn range(&self, at: &Position) -> Range {
        match self.lines(&at.file) {
            Some(lines) => lines.range(at, self.workspace.encoding),
            None => plain_range(at),
        }
    }

    fn location(&self, at: &Position) -> Option<Location> {
        let uri: Uri = self.workspace.uri(&self.path(&at.file))?;
        Some(Location { uri, range: self.range(at) })
    }
}

/// A range in a file whose text is not at hand: a character is taken for a unit.
fn plain_range(at: &Position) -> Range {
    let end = lsp_types::Position {
        line: at.end_line.saturating_sub(1),
        character: at.end_column.saturating_sub(1),
    };
    let start =
        lsp_types::Position { line: at.line.saturating_sub(1), character: at.column.saturating_sub(1) };
    Range { start, end: end.max(start) }
}

/// Where each resource, by type and address, may be given a comment. JSON has none.
pub(super) fn anchors(estate: &Estate, places: &Places<'_>) -> HashMap<(String, String), Vec<Anchor>> {
    let mut anchors: HashMap<(String, String), Vec<Anchor>> = HashMap::new();
    for resource in &estate.resources {
        let Some(name) = report::position(estate, resource.origin.name) else { continue };
        let Some(text) = places.texts.text(&name.file) else { continue };
        let is_json_name = Path::new(&name.file).extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        if is_json_name || Notation::of(text) == Notation::Json {
            continue;
        }
        let Some(lines) = places.lines(&name.file) else { continue };
        let line = name.line.saturating_sub(1);
        let indent = lines.line(line).chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        let key = (resource.type_name.to_string(), resource.address.to_string());
        anchors.entry(key).or_default().push(Anchor { path: places.path(&name.file), line, indent });
    }
    anchors
}

/// What is told of a verdict, and in which file; nothing where it asks for nothing.
pub(super) fn verdict(
    verdict: &Verdict,
    report: &Report,
    anchors: &HashMap<(String, String), Vec<Anchor>>,
    places: &Places<'_>,
    front: &Path,
) -> Option<(PathBuf, Told)> {
    let severity = match verdict.outcome {
        _ if verdict.waiver.is_some() => return None,
        Outcome::Fail => severity(verdict.severity),
        Outcome::Unknown => DiagnosticSeverity::HINT,
        Outcome::Pass | Outcome::Skip => return None,
    };
    let (path, range) = match &verdict.origin {
        Some(at) => (places.path(&at.file), places.range(at)),
        None => (front.to_path_buf(), Range::default()),
    };
    let related: Vec<DiagnosticRelatedInformation> = verdict
        .via
        .iter()
        .filter_map(|caller| {
            let message = "calls it".to_owned();
            Some(DiagnosticRelatedInformation { location: places.location(caller)?, message })
        })
        .collect();
    let key = (verdict.resource.type_name.clone(), verdict.resource.address.clone());
    let known = anchors.get(&key).map_or(&[][..], Vec::as_slice);
    let beside = known.iter().find(|anchor| anchor.path == path);
    let anchor = beside.or(known.first()).cloned();
    let diagnostic = Diagnostic {
        range,
        severity: Some(severity),
        code: Some(NumberOrString::String(verdict.control.clone())),
        source: Some("palisade".to_owned()),
        message: message(verdict, report),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    };
    let told = Told {
        diagnostic,
        control: Some(verdict.control.clone()),
        subject: (verdict.outcome == Outcome::Fail).then_some(key),
        anchor,
    };
    Some((path, told))
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Critical | Severity::High => DiagnosticSeverity::ERROR,
        Severity::Medium => DiagnosticSeverity::WARNING,
        Severity::Low => DiagnosticSeverity::INFORMATION,
        Severity::Info => DiagnosticSeverity::HINT,
    }
}

/// The words of the human format: what is wrong, and for what cannot be decided why not and what would.
fn message(verdict: &Verdict, report: &Report) -> String {
    let title = report.controls.get(&verdict.control).map_or(&verdict.control, |control| &control.title);
    let text = if verdict.message.is_empty() { title } else { &verdict.message };
    let mut message = escape::line(text).into_owned();
    for reason in &verdict.reasons {
        message.push_str("\nbecause: ");
        message.push_str(&escape::line(&reason.text));
        if let Some(remedy) = &reason.remedy {
            message.push_str("\ndecide it with: ");
            message.push_str(&escape::line(remedy));
        }
    }
    message
}

/// What is told of something that is said about the input, and in which file: where that has no place, at the top.
pub(super) fn said(said: &finding::report::Diagnostic, places: &Places<'_>, front: &Path) -> (PathBuf, Told) {
    let (path, range) = match &said.position {
        Some(at) => (places.path(&at.file), places.range(at)),
        None => (front.to_path_buf(), Range::default()),
    };
    let severity = match (said.level, &said.position) {
        (Level::Error, _) => DiagnosticSeverity::ERROR,
        (Level::Warning, Some(_)) => DiagnosticSeverity::WARNING,
        (Level::Warning, None) => DiagnosticSeverity::INFORMATION,
    };
    (path, plain(range, severity, said.code, &said.message, said.hint.as_deref()))
}

fn plain(range: Range, severity: DiagnosticSeverity, code: &str, message: &str, hint: Option<&str>) -> Told {
    let mut text = escape::line(message).into_owned();
    if let Some(hint) = hint {
        text.push_str("\nhint: ");
        text.push_str(&escape::line(hint));
    }
    let diagnostic = Diagnostic {
        range,
        severity: Some(severity),
        code: Some(NumberOrString::String(code.to_owned())),
        source: Some("palisade".to_owned()),
        message: text,
        ..Diagnostic::default()
    };
    Told { diagnostic, control: None, subject: None, anchor: None }
}

/// What is told where nothing could be judged: the faults in files of the user's own, or the error at the top of
/// what was to be judged.
pub(super) fn failure(error: &anyhow::Error, front: &[PathBuf]) -> BTreeMap<PathBuf, Vec<Told>> {
    let mut told: BTreeMap<PathBuf, Vec<Told>> = BTreeMap::new();
    let error_at_top =
        |code: &str, message: &str| plain(Range::default(), DiagnosticSeverity::ERROR, code, message, None);
    let Some(found) = error.downcast_ref::<Faults>() else {
        let message = format!("nothing is judged: {error:#}");
        for path in front {
            told.entry(path.clone()).or_default().push(error_at_top("config", &message));
        }
        return told;
    };
    for fault in &found.faults {
        let path = normal(Path::new(&*fault.path));
        let code =
            if path.file_name().is_some_and(|name| name == config::NAME) { "config" } else { "control-file" };
        let at = Position {
            file: fault.path.to_string(),
            line: fault.span.line.max(1),
            column: u32::from(fault.span.column.max(1)),
            end_line: fault.span.end_line().max(1),
            end_column: u32::from(fault.span.end_column.max(1)),
        };
        let text = found.texts.iter().find(|(path, _)| **path == *fault.path).map(|(_, text)| text);
        // The file need not be open: its columns are told in the units that every editor knows.
        let range =
            text.map_or_else(|| plain_range(&at), |text| Lines::new(text).range(&at, Encoding::Utf16));
        let one = plain(range, DiagnosticSeverity::ERROR, code, &fault.message, fault.hint.as_deref());
        told.entry(path).or_default().push(one);
    }
    for path in front {
        let message = format!("nothing is judged: {error}");
        told.entry(path.clone()).or_default().push(error_at_top("config", &message));
    }
    told
}

/// Adds what is told to a list. Two instances of a module have the same fault at the same place: it is told once,
/// with every caller.
pub(super) fn add(list: &mut Vec<Diagnostic>, one: &Diagnostic) {
    let same = list.iter_mut().find(|known| {
        known.range == one.range
            && known.code == one.code
            && known.severity == one.severity
            && known.message == one.message
    });
    let Some(known) = same else { return list.push(one.clone()) };
    for related in one.related_information.iter().flatten() {
        let callers = known.related_information.get_or_insert_default();
        if !callers.contains(related) {
            callers.push(related.clone());
        }
    }
}
