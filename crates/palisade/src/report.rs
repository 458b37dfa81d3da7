//! From judgements to the records that every format tells.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use control::builtin;
use control::exception::Exception;
use control::file::Control;
use control::framework::Framework;
use control::judge::Judgement;
use control::pack::Choice;
use estate::estate::Estate;
use estate::resource::Resource;
use estate::value::Span;
use finding::report::{
    ControlText, Diagnostic, FrameworkText, Level, Outcome, Position, Reason, Subject, Verdict, Waiver,
};
use jiff::Timestamp;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// The verdicts of a run, in stable order, and what is said about suppressions.
pub(crate) fn verdicts(
    estate: &Estate,
    judgements: Vec<(Arc<Control>, Judgement)>,
    choice: &Choice,
) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = judgements
        .into_par_iter()
        .map(|(control, judgement)| verdict(estate, &control, judgement, choice))
        .collect();
    // Two elements alike are two findings; the second is told apart by its count.
    for (at, count) in repeated(&verdicts) {
        verdicts[at].identity = identity(&[&verdicts[at].identity, &count.to_string()]);
    }
    // Verdicts are large: what is sorted is where they stand, and each is moved once.
    let mut places: Vec<usize> = (0..verdicts.len()).collect();
    places.par_sort_by(|a, b| order(&verdicts[*a]).cmp(&order(&verdicts[*b])));
    // In circles of places, so that no second list of them all is held.
    for start in 0..places.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut places[at], at);
            if from == start || from == at {
                break;
            }
            verdicts.swap(at, from);
            at = from;
        }
    }
    verdicts
}

/// The verdicts whose identity another verdict of the file has before them, with how many of it there are by then.
fn repeated(verdicts: &[Verdict]) -> Vec<(usize, usize)> {
    let mut seen: HashMap<(&str, &str), usize> = HashMap::with_capacity(verdicts.len());
    let mut repeated = Vec::new();
    for (at, verdict) in verdicts.iter().enumerate() {
        let file = verdict.origin.as_ref().map_or("", |origin| &origin.file);
        let count = seen.entry((&verdict.identity, file)).or_default();
        *count += 1;
        if *count > 1 {
            repeated.push((at, *count));
        }
    }
    repeated
}

type Order<'v> = (&'v str, u32, u32, &'v str, &'v str, &'v str);

fn order(verdict: &Verdict) -> Order<'_> {
    let (file, line, column) = verdict
        .origin
        .as_ref()
        .map_or(("", 0, 0), |origin| (origin.file.as_str(), origin.line, origin.column));
    (file, line, column, &verdict.resource.address, &verdict.control, &verdict.identity)
}

fn verdict(estate: &Estate, control: &Control, judgement: Judgement, choice: &Choice) -> Verdict {
    let resource = estate.get(judgement.resource);
    let reasons = judgement
        .why
        .0
        .iter()
        .map(|unknown| Reason { text: unknown.reason.to_string(), remedy: unknown.reason.remedy() })
        .collect();
    let identity = identity_of(estate, control, &judgement);
    Verdict {
        control: control.id.to_string(),
        severity: choice.severity_of(control),
        outcome: judgement.outcome,
        resource: subject(resource),
        path: judgement.path,
        origin: position(estate, judgement.span),
        via: resource.origin.via.iter().filter_map(|call| position(estate, call.span)).collect(),
        message: judgement.message,
        reasons,
        identity,
        waiver: suppression(resource, &control.id),
    }
}

/// The identity of what a judgement finds, before those that are alike are told apart.
pub(crate) fn identity_of(estate: &Estate, control: &Control, judgement: &Judgement) -> String {
    let element = judgement.element.as_deref().unwrap_or_default();
    identity(&[&control.id, &estate.get(judgement.resource).address, element])
}

fn subject(resource: &Resource) -> Subject {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    Subject {
        type_name: resource.type_name.to_string(),
        id: text(&resource.id),
        address: resource.address.to_string(),
        account: text(&resource.account),
        region: text(&resource.region),
        construct: text(&resource.origin.construct),
    }
}

/// A position in a file of the estate; nothing for what is written nowhere.
pub(crate) fn position(estate: &Estate, span: Span) -> Option<Position> {
    let file = estate.file(span.file)?.to_string();
    Some(Position {
        file,
        line: span.line,
        column: u32::from(span.column.max(1)),
        end_line: span.end_line(),
        end_column: u32::from(span.end_column.max(1)),
    })
}

/// 32 hexadecimal digits that are the same whenever the parts are.
fn identity(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps `a` + `bc` apart from `ab` + `c`.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let digits = digest.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

fn suppression(resource: &Resource, control: &str) -> Option<Waiver> {
    let found = resource.suppressions.iter().find(|s| *s.control == *control && !s.reason.is_empty())?;
    Some(Waiver::Inline { reason: found.reason.to_string() })
}

/// What is wrong with the suppressions in the templates: no reason, or no such control.
pub(crate) fn suppression_faults(estate: &Estate, known: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for resource in &estate.resources {
        for suppression in &resource.suppressions {
            let message = if suppression.control.is_empty() || !known(&suppression.control) {
                format!("the suppression names no control: `{}`", suppression.control)
            } else if suppression.reason.is_empty() {
                format!("the suppression of `{}` gives no reason and does not count", suppression.control)
            } else {
                continue;
            };
            faults.push(Diagnostic {
                level: Level::Warning,
                code: "suppression-void",
                message,
                hint: Some("write `palisade:ignore CONTROL REASON`".to_owned()),
                position: position(estate, suppression.span),
            });
        }
    }
    faults
}

/// Applies exceptions that hold and tells of those that have lapsed while they still cover something.
pub(crate) fn except(verdicts: &mut [Verdict], exceptions: &[Exception], now: Timestamp) -> Vec<Diagnostic> {
    let mut said = Vec::new();
    for exception in exceptions {
        let lapsed = exception.ends <= now;
        let mut covered = 0;
        for verdict in verdicts.iter_mut() {
            let file = verdict.origin.as_ref().map(|origin| origin.file.as_str());
            let told =
                matches!(verdict.outcome, Outcome::Fail | Outcome::Unknown) && verdict.waiver.is_none();
            if !told || !exception.covers(&verdict.control, &verdict.resource.address, file) {
                continue;
            }
            covered += 1;
            if !lapsed {
                verdict.waiver = Some(Waiver::Exception {
                    reason: exception.reason.to_string(),
                    owner: exception.owner.to_string(),
                    expires: exception.expires.to_string(),
                });
            }
        }
        if lapsed && covered > 0 {
            let noun = if covered == 1 { "finding counts" } else { "findings count" };
            let (control, resource, day) = (&exception.control, &exception.resource, &exception.expires);
            said.push(Diagnostic {
                level: Level::Warning,
                code: "exception-lapsed",
                message: format!(
                    "the exception of `{control}` for `{resource}` ended on {day}: {covered} {noun} again"
                ),
                hint: Some(format!("mend them, or ask `{}` to renew it", exception.owner)),
                position: Some(Position {
                    file: exception.path.to_string(),
                    line: exception.span.line,
                    column: u32::from(exception.span.column.max(1)),
                    end_line: exception.span.line,
                    end_column: u32::from(exception.span.column.max(1)) + 1,
                }),
            });
        }
    }
    said
}

/// What the formats tell of the controls that some verdicts name.
pub(crate) fn controls(
    judgements: &[(Arc<Control>, Judgement)],
    choice: &Choice,
) -> BTreeMap<String, ControlText> {
    let mut texts = BTreeMap::new();
    for (control, _) in judgements {
        if !texts.contains_key(&*control.id) {
            texts.insert(control.id.to_string(), text(control, choice));
        }
    }
    texts
}

fn text(control: &Control, choice: &Choice) -> ControlText {
    let forms = [
        ("cloudformation", &control.fix.cloudformation),
        ("terraform", &control.fix.terraform),
        ("cli", &control.fix.cli),
    ];
    let code = |(name, code): (&str, &Option<Arc<str>>)| {
        code.as_ref().map(|code| (name.to_owned(), code.to_string()))
    };
    let ids = |ids: &Vec<Arc<str>>| ids.iter().map(std::string::ToString::to_string).collect();
    ControlText {
        id: control.id.to_string(),
        title: control.title.to_string(),
        severity: choice.severity_of(control),
        layer: control.layer.to_string(),
        why: control.why.trim().to_owned(),
        fix_text: control.fix.text.trim().to_owned(),
        fix_code: forms.into_iter().filter_map(code).collect(),
        references: control.references.iter().map(std::string::ToString::to_string).collect(),
        frameworks: control.frameworks.iter().map(|(id, list)| (id.to_string(), ids(list))).collect(),
    }
}

/// The frameworks with the given ids, or all.
pub(crate) fn frameworks(ids: &[String]) -> Vec<FrameworkText> {
    builtin::frameworks()
        .iter()
        .filter(|(id, _)| ids.is_empty() || ids.iter().any(|wanted| wanted == id))
        // A test of the control crate parses every one of them.
        .filter_map(|(id, text)| Framework::parse(id, text).ok())
        .map(|framework| FrameworkText {
            id: framework.id.to_string(),
            title: framework.title.to_string(),
            requirements: framework
                .requirements
                .into_iter()
                .map(|r| {
                    (
                        r.id.to_string(),
                        r.title.to_string(),
                        r.uncovered.map(|(kind, why)| format!("{kind}: {why}")),
                    )
                })
                .collect(),
        })
        .collect()
}
