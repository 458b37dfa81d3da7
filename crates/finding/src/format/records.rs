//! The documented records, which the formats for machines share: `docs/schemas/report-1.json` describes them.

use super::value::Json;
use super::{Style, is_open, message, title};
use crate::report::{Diagnostic, Level, Position, Reason, Report, Subject, Summary, Verdict, Waiver};

/// The version of the records. A consumer may rely on what the schema of its major version says.
pub(super) const VERSION: &str = "1.0";

/// Whether a verdict is told: what is open always, the rest where all is asked for.
pub(super) fn is_told(verdict: &Verdict, style: &Style) -> bool {
    style.all || is_open(verdict)
}

/// The program that wrote the report.
pub(super) fn tool(report: &Report) -> Json<'_> {
    Json::Object(vec![("name", Json::from("palisade")), ("version", Json::from(report.version.as_str()))])
}

/// The counts.
pub(super) fn summary(summary: &Summary) -> Json<'static> {
    let Summary { pass, fail, unknown, skip, waived, resources, files, controls } = *summary;
    Json::Object(vec![
        ("pass", Json::from(pass)),
        ("fail", Json::from(fail)),
        ("unknown", Json::from(unknown)),
        ("skip", Json::from(skip)),
        ("waived", Json::from(waived)),
        ("resources", Json::from(resources)),
        ("files", Json::from(files)),
        ("controls", Json::from(controls)),
    ])
}

/// The fields of one verdict.
pub(super) fn verdict<'a>(report: &'a Report, verdict: &'a Verdict) -> Vec<(&'a str, Json<'a>)> {
    let mut fields = vec![
        ("control", Json::from(verdict.control.as_str())),
        ("title", Json::from(title(report, verdict))),
        ("severity", Json::from(verdict.severity.word())),
        ("verdict", Json::from(verdict.outcome.word())),
        ("resource", resource(&verdict.resource)),
        ("path", Json::from(verdict.path.as_deref())),
        ("origin", verdict.origin.as_ref().map_or(Json::Null, origin)),
        ("via", Json::List(verdict.via.iter().map(caller).collect())),
        ("message", Json::from(message(report, verdict))),
        ("reasons", Json::List(verdict.reasons.iter().map(reason).collect())),
        ("frameworks", frameworks(report, verdict)),
        ("identity", Json::from(verdict.identity.as_str())),
    ];
    if let Some(why) = &verdict.waiver {
        fields.push(("waiver", waiver(why)));
    }
    fields
}

/// The fields of one thing said about the input.
pub(super) fn error(diagnostic: &Diagnostic) -> Vec<(&str, Json<'_>)> {
    let position = diagnostic.position.as_ref();
    let level = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    vec![
        ("file", Json::from(position.map(|position| position.file.as_str()))),
        ("line", position.map_or(Json::Null, |position| Json::from(position.line))),
        ("column", position.map_or(Json::Null, |position| Json::from(position.column))),
        ("code", Json::from(diagnostic.code)),
        ("message", Json::from(diagnostic.message.as_str())),
        ("level", Json::from(level)),
        ("hint", Json::from(diagnostic.hint.as_deref())),
    ]
}

fn resource(subject: &Subject) -> Json<'_> {
    let mut fields = vec![
        ("type", Json::from(subject.type_name.as_str())),
        ("id", Json::from(subject.id.as_deref())),
        ("address", Json::from(subject.address.as_str())),
        ("account", Json::from(subject.account.as_deref())),
        ("region", Json::from(subject.region.as_deref())),
    ];
    if let Some(construct) = &subject.construct {
        fields.push(("construct", Json::from(construct.as_str())));
    }
    Json::Object(fields)
}

fn origin(position: &Position) -> Json<'_> {
    Json::Object(vec![
        ("file", Json::from(position.file.as_str())),
        ("line", Json::from(position.line)),
        ("column", Json::from(position.column)),
        ("end_line", Json::from(position.end_line)),
        ("end_column", Json::from(position.end_column)),
    ])
}

fn caller(position: &Position) -> Json<'_> {
    Json::Object(vec![("file", Json::from(position.file.as_str())), ("line", Json::from(position.line))])
}

fn reason(reason: &Reason) -> Json<'_> {
    Json::Object(vec![
        ("text", Json::from(reason.text.as_str())),
        ("remedy", Json::from(reason.remedy.as_deref())),
    ])
}

fn frameworks<'a>(report: &'a Report, verdict: &Verdict) -> Json<'a> {
    let Some(control) = report.controls.get(&verdict.control) else {
        return Json::Object(Vec::new());
    };
    let field = |(framework, requirements): (&'a String, &'a Vec<String>)| {
        let requirements = requirements.iter().map(|id| Json::from(id.as_str())).collect();
        (framework.as_str(), Json::List(requirements))
    };
    Json::Object(control.frameworks.iter().map(field).collect())
}

fn waiver(waiver: &Waiver) -> Json<'_> {
    Json::Object(match waiver {
        Waiver::Baseline => vec![("kind", Json::from("baseline"))],
        Waiver::Exception { reason, owner, expires } => vec![
            ("kind", Json::from("exception")),
            ("reason", Json::from(reason.as_str())),
            ("owner", Json::from(owner.as_str())),
            ("expires", Json::from(expires.as_str())),
        ],
        Waiver::Inline { reason } => {
            vec![("kind", Json::from("inline")), ("reason", Json::from(reason.as_str()))]
        }
    })
}
