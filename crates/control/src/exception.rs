//! Exceptions: what a team has decided to live with, by whom, why, and until when.

use std::sync::Arc;

use document::{Kind, Tree};
use estate::value::{FileId, Span};
use jiff::Timestamp;

use crate::file::{Fault, Reader};
use crate::functions::parse_time;
use crate::glob;

/// One exception.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// The control's id, or a pattern of ids.
    pub control: Arc<str>,
    /// A pattern for the resource's address.
    pub resource: Arc<str>,
    /// A pattern for the file, where it is not for all files.
    pub file: Option<Arc<str>>,
    /// Why.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// The day it ends, as written.
    pub expires: Arc<str>,
    /// The first moment at which it no longer holds: the end of that day in UTC.
    pub ends: Timestamp,
    /// Where it is written.
    pub span: Span,
    /// The file it is written in.
    pub path: Arc<str>,
}

impl Exception {
    /// Reads a file of exceptions: a list. Every key must be known, and each must have a reason, an owner and an
    /// end, so that no misspelt key makes one last for ever.
    pub fn parse(path: &str, text: &str) -> Result<Vec<Exception>, Vec<Fault>> {
        let document = document::read(FileId(0), path, text.as_bytes());
        let mut reader = Reader::new(path);
        reader.document(&document);
        let empty = document.root.text().is_some_and(|text| text.is_empty());
        if !matches!(document.root.kind, Kind::List(_)) && !empty {
            reader
                .fault(document.root.span, format!("exceptions are a list, found {}", document.root.noun()));
        }
        let items = document.root.items();
        let exceptions: Vec<Exception> =
            items.iter().filter_map(|item| exception(&mut reader, item)).collect();
        if reader.faults.is_empty() { Ok(exceptions) } else { Err(reader.faults) }
    }

    /// Whether it speaks of a verdict.
    pub fn covers(&self, control: &str, address: &str, file: Option<&str>) -> bool {
        glob::matches(&self.control, control)
            && glob::matches(&self.resource, address)
            && self.file.as_ref().is_none_or(|pattern| file.is_some_and(|file| glob::matches(pattern, file)))
    }
}

fn exception(reader: &mut Reader, tree: &Tree) -> Option<Exception> {
    reader.keys(tree.entries(), &["control", "resource", "file", "reason", "owner", "expires"]);
    let mut text = |key: &str| {
        let source = reader.required(tree, key).and_then(|tree| reader.text(tree))?;
        if source.text.trim().is_empty() {
            reader.fault(source.span, format!("`{key}` is empty"));
            return None;
        }
        Some(source)
    };
    let (control, resource) = (text("control"), text("resource"));
    let (reason, owner, expires) = (text("reason"), text("owner"), text("expires"));
    let expires = expires?;
    let day = (expires.text.len() == 10).then(|| parse_time(&expires.text)).flatten();
    let Some(ends) = day.and_then(|day| day.checked_add(jiff::SignedDuration::from_hours(24)).ok()) else {
        reader.fault(expires.span, format!("`{}` is no day: write `2027-06-30`", expires.text));
        return None;
    };
    Some(Exception {
        control: control?.text,
        resource: resource?.text,
        file: tree.get("file").and_then(Tree::text).cloned(),
        reason: reason?.text,
        owner: owner?.text,
        expires: expires.text,
        ends,
        span: Span { height: 0, ..tree.span },
        path: reader.path.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "- control: s3-*\n  resource: Legacy*\n  reason: moves in June\n  owner: data team\n  expires: 2026-06-30\n";

    #[test]
    fn an_exception_holds_through_its_last_day() {
        let [exception] = &Exception::parse("e.yaml", GOOD).unwrap()[..] else { panic!("one") };
        assert_eq!(exception.ends.to_string(), "2026-07-01T00:00:00Z");
        assert!(exception.covers("s3-bucket-x", "LegacyLogs", Some("a.yaml")));
        assert!(!exception.covers("kms-x", "LegacyLogs", None) && !exception.covers("s3-x", "Logs", None));
    }

    #[test]
    fn a_misspelt_or_missing_key_is_an_error_with_its_line() {
        let faults = Exception::parse("e.yaml", &GOOD.replace("expires", "expires_at")).unwrap_err();
        let told: Vec<(u32, &str)> =
            faults.iter().map(|fault| (fault.span.line, fault.message.as_str())).collect();
        assert_eq!(told, [(5, "unknown key `expires_at`"), (1, "`expires` is missing")]);
        assert!(Exception::parse("e.yaml", &GOOD.replace("2026-06-30", "June")).is_err());
        assert!(Exception::parse("e.yaml", &GOOD.replace("data team", "''")).is_err());
    }
}
