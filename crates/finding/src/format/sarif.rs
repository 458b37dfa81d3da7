//! SARIF 2.1.0, for code scanning services and editors.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html>

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::value::Json;
use super::{Rank, Style, highlight, is_adverse, message, rank};
use crate::escape;
use crate::report::{
    ControlText, Diagnostic, Level, Outcome, Position, Report, Severity, Subject, Verdict, Waiver,
};

/// Where the schema of the format is.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Limit: tags of a rule, as GitHub takes no more.
const TAGS_LIMIT: usize = 20;

/// Fields of an object.
type Fields<'a> = Vec<(&'a str, Json<'a>)>;

/// Writes the report.
pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let told: Vec<&Verdict> = report.verdicts.iter().filter(|v| style.all || is_adverse(v)).collect();
    // The rules in use, by id, with their places in the list.
    let mut rules: BTreeMap<&str, usize> = told.iter().map(|v| (v.control.as_str(), 0)).collect();
    for (index, place) in rules.values_mut().enumerate() {
        *place = index;
    }

    let driver = Json::Object(vec![
        ("name", Json::from("Palisade")),
        ("version", Json::from(report.version.as_str())),
        ("rules", Json::List(rules.keys().map(|id| rule(id, report.controls.get(*id))).collect())),
    ]);
    let results = told.iter().map(|v| result(report, v, rules[v.control.as_str()])).collect();
    let run = Json::Object(vec![
        ("tool", Json::Object(vec![("driver", driver)])),
        ("invocations", Json::List(vec![invocation(report)])),
        ("columnKind", Json::from("unicodeCodePoints")),
        ("results", Json::List(results)),
    ]);
    let log = Json::Object(vec![
        ("$schema", Json::from(SCHEMA)),
        ("version", Json::from("2.1.0")),
        ("runs", Json::List(vec![run])),
    ]);
    writeln!(out, "{}", log.pretty())
}

fn rule<'a>(id: &'a str, control: Option<&'a ControlText>) -> Json<'a> {
    let mut fields = vec![("id", Json::from(id)), ("name", Json::from(pascal(id)))];
    if let Some(control) = control {
        fields.push(("shortDescription", text(&control.title)));
        fields.push(("fullDescription", text(&control.why)));
        let help = vec![
            ("text", Json::from(plain(&format!("{}\n\n{}", control.why, control.fix_text)))),
            ("markdown", Json::from(help(control))),
        ];
        fields.push(("help", Json::Object(help)));
        if let Some(address) = control.references.first().and_then(|text| escape::web_address(text)) {
            fields.push(("helpUri", Json::from(address)));
        }
        let level = vec![("level", Json::from(level(control.severity)))];
        fields.push(("defaultConfiguration", Json::Object(level)));
        fields.push(("properties", Json::Object(properties(control))));
    }
    Json::Object(fields)
}

fn properties(control: &ControlText) -> Fields<'_> {
    let mut tags = vec!["security".to_owned(), escape::line(&control.layer).into_owned()];
    for (framework, requirements) in &control.frameworks {
        tags.extend(requirements.iter().map(|id| escape::line(&format!("{framework}/{id}")).into_owned()));
    }
    tags.truncate(TAGS_LIMIT);
    vec![
        ("security-severity", Json::from(score(control.severity))),
        ("precision", Json::from("high")),
        ("tags", Json::List(tags.into_iter().map(Json::from).collect())),
    ]
}

/// Why and how, in the Markdown that code scanning services show beside a result.
fn help(control: &ControlText) -> String {
    let prose = |text: &str| {
        let lines: Vec<String> = text.lines().map(|row| escape::with_code(row, escape::markdown)).collect();
        lines.join("\n")
    };
    let mut parts = vec![prose(&control.why), format!("**Fix:** {}", prose(&control.fix_text))];
    for (language, code) in &control.fix_code {
        let language = highlight(language);
        parts.push(format!("<pre lang=\"{language}\"><code>{}\n</code></pre>", escape::html_block(code)));
    }
    parts.join("\n\n")
}

fn result<'a>(report: &'a Report, verdict: &'a Verdict, rule_index: usize) -> Json<'a> {
    let subject = &verdict.resource;
    let mut said = format!("{} ({} `{}`)", message(report, verdict), subject.type_name, subject.address);
    for reason in &verdict.reasons {
        said.push_str("; ");
        said.push_str(&reason.text);
        if let Some(remedy) = &reason.remedy {
            said.push_str(", decided by ");
            said.push_str(remedy);
        }
    }
    // The specification (3.27.10) allows a level other than `none` only where the kind is `fail`.
    let (kind, level) = match verdict.outcome {
        Outcome::Fail => ("fail", level(verdict.severity)),
        Outcome::Unknown => ("open", "none"),
        Outcome::Pass => ("pass", "none"),
        Outcome::Skip => ("notApplicable", "none"),
    };
    let mut fields = vec![
        ("ruleId", Json::from(verdict.control.as_str())),
        ("ruleIndex", Json::from(rule_index)),
        ("kind", Json::from(kind)),
        ("level", Json::from(level)),
        ("message", text(&escape::line(&said))),
        ("locations", Json::List(vec![subject_location(subject, verdict.origin.as_ref())])),
    ];
    if !verdict.via.is_empty() {
        let callers = verdict.via.iter().enumerate().map(|(index, position)| caller(index, position));
        fields.push(("relatedLocations", Json::List(callers.collect())));
    }
    let fingerprints = vec![("palisadeIdentity/v1", Json::from(verdict.identity.as_str()))];
    fields.push(("partialFingerprints", Json::Object(fingerprints)));
    if let Some(waiver) = &verdict.waiver {
        fields.push(("suppressions", Json::List(vec![suppression(waiver)])));
    }
    let mut properties = vec![("severity", Json::from(verdict.severity.word()))];
    if let Some(path) = &verdict.path {
        properties.push(("path", Json::from(escape::line(path).into_owned())));
    }
    fields.push(("properties", Json::Object(properties)));
    Json::Object(fields)
}

fn subject_location<'a>(subject: &'a Subject, origin: Option<&'a Position>) -> Json<'a> {
    let logical = Json::Object(vec![
        ("fullyQualifiedName", Json::from(escape::line(&subject.address).into_owned())),
        ("kind", Json::from("resource")),
    ]);
    let mut fields = Vec::new();
    if let Some(position) = origin {
        fields.push(("physicalLocation", physical(position)));
    }
    fields.push(("logicalLocations", Json::List(vec![logical])));
    Json::Object(fields)
}

fn caller(index: usize, position: &Position) -> Json<'_> {
    Json::Object(vec![
        ("id", Json::from(index)),
        ("physicalLocation", physical(position)),
        ("message", text("calls the stack or module")),
    ])
}

fn physical(position: &Position) -> Json<'_> {
    Json::Object(vec![("artifactLocation", artifact(&position.file)), ("region", region(position))])
}

/// A relative path is below the root of the source; an absolute one is a file of this machine.
fn artifact(path: &str) -> Json<'_> {
    let is_drive =
        path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.starts_with('/') || is_drive {
        let slash = if is_drive { "/" } else { "" };
        return Json::Object(vec![("uri", Json::from(format!("file://{slash}{}", escape::uri_path(path))))]);
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    Json::Object(vec![("uri", Json::from(escape::uri_path(path))), ("uriBaseId", Json::from("%SRCROOT%"))])
}

fn region(position: &Position) -> Json<'_> {
    let start = (position.line.max(1), position.column.max(1));
    let end = (position.end_line, position.end_column);
    let mut fields = vec![("startLine", Json::from(start.0)), ("startColumn", Json::from(start.1))];
    // A region that ends before it starts is not one.
    if end >= start && end.1 > 0 {
        fields.push(("endLine", Json::from(end.0)));
        fields.push(("endColumn", Json::from(end.1)));
    }
    Json::Object(fields)
}

fn suppression(waiver: &Waiver) -> Json<'_> {
    let (kind, justification) = match waiver {
        Waiver::Baseline => ("external", "it was there when the baseline was written".to_owned()),
        Waiver::Exception { reason, owner, expires } => {
            ("external", format!("{reason} (owner {owner}, until {expires})"))
        }
        Waiver::Inline { reason } => ("inSource", reason.clone()),
    };
    Json::Object(vec![("kind", Json::from(kind)), ("justification", Json::from(plain(&justification)))])
}

fn invocation(report: &Report) -> Json<'_> {
    let is_whole = report.diagnostics.iter().all(|diagnostic| diagnostic.level != Level::Error);
    Json::Object(vec![
        ("executionSuccessful", Json::Bool(is_whole)),
        ("toolExecutionNotifications", Json::List(report.diagnostics.iter().map(notification).collect())),
    ])
}

fn notification(diagnostic: &Diagnostic) -> Json<'_> {
    let level = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let said = match &diagnostic.hint {
        Some(hint) => format!("{}; hint: {hint}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut fields = vec![
        ("level", Json::from(level)),
        ("message", text(&escape::line(&said))),
        ("descriptor", Json::Object(vec![("id", Json::from(diagnostic.code))])),
    ];
    if let Some(position) = &diagnostic.position {
        let location = Json::Object(vec![("physicalLocation", physical(position))]);
        fields.push(("locations", Json::List(vec![location])));
    }
    Json::Object(fields)
}

/// A message object.
fn text(raw: &str) -> Json<'static> {
    Json::Object(vec![("text", Json::from(plain(raw)))])
}

/// Text for a message. `[words](address)` is a link even in plain text (3.11.6), so the two are parted.
fn plain(raw: &str) -> String {
    escape::block(raw).replace("](", "] (")
}

fn level(severity: Severity) -> &'static str {
    match rank(severity) {
        Rank::Error => "error",
        Rank::Warning => "warning",
        Rank::Note => "note",
    }
}

/// The score by which GitHub names a severity: over 9 critical, over 7 high, over 4 medium, else low.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

/// `s3-bucket-public-read` as `S3BucketPublicRead`.
fn pascal(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for part in id.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = part.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}
