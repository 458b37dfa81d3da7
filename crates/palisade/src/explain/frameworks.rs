//! The page of a framework: every requirement with the controls that map it, or why none does.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use anyhow::Result;
use control::builtin;
use control::framework::{Framework, Requirement};
use control::pack::Pack;

use crate::controls::faulty;
use crate::output::Faults;
use crate::page::{Page, number, widest};

/// The kinds of reasons why no control maps a requirement, as files name them and as they are told.
const UNCOVERED: [(&str, &str); 4] = [
    ("not-for-templates", "not for templates"),
    ("manual", "for a person to judge"),
    ("not-yet", "not yet"),
    ("retired", "retired"),
];

/// The built-in framework with an id.
pub(super) fn builtin(id: &str) -> Result<Option<Framework>> {
    let Some((path, text)) = builtin::frameworks().iter().find(|(known, _)| *known == id) else {
        return Ok(None);
    };
    let framework = Framework::parse(path, text).map_err(|faults| {
        let texts = vec![((*path).to_owned(), (*text).to_owned())];
        Faults { faults, texts }
    })?;
    Ok(Some(framework))
}

/// The framework with an id: a built-in one, or one that is known only because controls name it.
pub(super) fn find(id: &str, pack: &Pack) -> Result<Option<Framework>> {
    if let Some(framework) = builtin(id)? {
        return Ok(Some(framework));
    }
    let mapped = mapped(id, pack)?;
    if mapped.is_empty() {
        return Ok(None);
    }
    let none = || Arc::<str>::from("");
    let requirement = |id: &Arc<str>| Requirement {
        id: id.clone(),
        title: none(),
        section: none(),
        level: None,
        assessment: None,
        uncovered: None,
    };
    Ok(Some(Framework {
        id: Arc::from(id),
        title: none(),
        publisher: none(),
        version: none(),
        source: none(),
        requirements: mapped.keys().map(requirement).collect(),
    }))
}

/// Requirement ids to the ids of the controls that map them.
type Mapped = BTreeMap<Arc<str>, Vec<Arc<str>>>;

fn mapped(framework: &str, pack: &Pack) -> Result<Mapped> {
    let mut mapped = Mapped::new();
    for (id, member) in pack.members() {
        let control = member.control().map_err(|faults| faulty(faults, member))?;
        for requirement in control.frameworks.get(framework).into_iter().flatten() {
            mapped.entry(requirement.clone()).or_default().push(id.clone());
        }
    }
    Ok(mapped)
}

/// How far the controls cover a framework: counts of its requirements.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// The framework's id.
    pub(crate) id: String,
    /// How many requirements it has.
    pub(crate) requirements: usize,
    /// How many a control maps.
    pub(crate) covered: usize,
    /// How many need a person's judgement.
    pub(crate) manual: usize,
    /// How many only a running account can show.
    pub(crate) live: usize,
    /// How many a control could map and none does.
    pub(crate) missing: usize,
    /// How many their publisher took back.
    pub(crate) retired: usize,
}

/// How far the controls cover every built-in framework.
pub(crate) fn coverage(pack: &Pack) -> Result<Vec<Coverage>> {
    let mut all = Vec::new();
    for (id, _) in builtin::frameworks() {
        let Some(framework) = builtin(id)? else { continue };
        let mapped = mapped(id, pack)?;
        let mut row = Coverage { id: (*id).to_owned(), ..Coverage::default() };
        for requirement in &framework.requirements {
            row.requirements += 1;
            let count = match requirement.uncovered.as_ref().map(|(kind, _)| &**kind) {
                _ if mapped.contains_key(&requirement.id) => &mut row.covered,
                Some("manual") => &mut row.manual,
                Some("not-for-templates") => &mut row.live,
                Some("retired") => &mut row.retired,
                _ => &mut row.missing,
            };
            *count += 1;
        }
        all.push(row);
    }
    Ok(all)
}

/// Prints the page.
pub(super) fn print(page: &mut Page<'_>, framework: &Framework, pack: &Pack) -> Result<()> {
    let mapped = mapped(&framework.id, pack)?;
    page.title(&framework.id, &framework.title)?;
    let facts =
        [("publisher", &framework.publisher), ("version", &framework.version), ("source", &framework.source)];
    if facts.iter().any(|(_, text)| !text.is_empty()) {
        page.blank()?;
    }
    for (label, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
        page.fact(label, text)?;
    }
    let column = 4 + widest(framework.requirements.iter().map(|requirement| &*requirement.id));
    let mut section: Option<&str> = None;
    for requirement in &framework.requirements {
        if section != Some(&*requirement.section) {
            section = Some(&*requirement.section);
            page.heading(if requirement.section.is_empty() { "Requirements" } else { &requirement.section })?;
        }
        let controls = mapped.get(&requirement.id).map_or(&[][..], Vec::as_slice);
        print_requirement(page, requirement, controls, column)?;
    }
    page.blank()?;
    page.prose(0, &counts(framework, &mapped))?;
    Ok(())
}

fn print_requirement(
    page: &mut Page<'_>,
    requirement: &Requirement,
    controls: &[Arc<str>],
    column: usize,
) -> io::Result<()> {
    let level = requirement.level.map(|level| format!("level {level}"));
    let assessment = requirement.assessment.as_deref().map(str::to_owned);
    let marks: Vec<String> = level.into_iter().chain(assessment).collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    page.hanging(2, &requirement.id, column, &format!("{}{marks}", requirement.title))?;
    match &requirement.uncovered {
        _ if !controls.is_empty() => controls.iter().try_for_each(|id| page.line(column, id)),
        Some((kind, reason)) => page.prose(column, &format!("{}: {reason}", told(kind))),
        None => page.prose(column, "no control maps it"),
    }
}

fn told(kind: &str) -> &str {
    UNCOVERED.iter().find(|(known, _)| *known == kind).map_or(kind, |(_, told)| told)
}

/// How many requirements are mapped, and how many are not for each kind of reason.
fn counts(framework: &Framework, mapped: &Mapped) -> String {
    let all = &framework.requirements;
    let is_mapped = |requirement: &Requirement| mapped.contains_key(&requirement.id);
    let controls: BTreeSet<&Arc<str>> = mapped.values().flatten().collect();
    let count = all.iter().filter(|requirement| is_mapped(requirement)).count();
    let (requirements, controls) = (number(all.len(), "requirement"), number(controls.len(), "control"));
    let mut text = format!("{requirements}: {count} mapped by {controls}");
    let open: Vec<&Requirement> = all.iter().filter(|requirement| !is_mapped(requirement)).collect();
    for (kind, told) in UNCOVERED {
        let of_kind = |requirement: &&&Requirement| {
            requirement.uncovered.as_ref().is_some_and(|(known, _)| &**known == kind)
        };
        let count = open.iter().filter(of_kind).count();
        if count > 0 {
            text = format!("{text}, {count} {told}");
        }
    }
    let bare = open.iter().filter(|requirement| requirement.uncovered.is_none()).count();
    if bare > 0 { format!("{text}, {bare} without a control") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: &str = "\
id: own-bucket
title: Buckets are ours
severity: low
layer: data
resource: AWS::S3::Bucket
pass: BucketName != null
message: not ours
why: because
fix: { text: do }
frameworks: { house-rules: [H.2, H.1], own: ['1'] }
";

    fn page(framework: &Framework, pack: &Pack) -> String {
        let mut out = Vec::new();
        print(&mut Page::new(&mut out, 80, false), framework, pack).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn requirements_name_their_controls_or_say_why_not() {
        let mut pack = Pack::default();
        pack.add("own.yaml", CONTROL).unwrap_or_else(|faults| panic!("{faults:?}"));
        let text = "\
id: own
title: Our standard
publisher: Us
version: '1'
source: https://example.com
requirements:
  - { id: '1', title: Buckets are ours, section: A, level: 2, assessment: automated }
  - { id: '2', title: People know, section: A, coverage: manual, reason: Ask them. }
  - { id: '3', title: Nobody looks, section: B }
";
        let framework = Framework::parse("own", text).unwrap_or_else(|faults| panic!("{faults:?}"));
        let expected = "\
own
Our standard

  publisher       Us
  version         1
  source          https://example.com

A
  1  Buckets are ours (level 2, automated)
     own-bucket
  2  People know
     for a person to judge: Ask them.

B
  3  Nobody looks
     no control maps it

3 requirements: 1 mapped by 1 control, 1 for a person to judge, 1 without a
control
";
        assert_eq!(page(&framework, &pack), expected);
    }

    #[test]
    fn a_framework_of_ones_own_is_known_by_its_controls() {
        let mut pack = Pack::default();
        pack.add("own.yaml", CONTROL).unwrap_or_else(|faults| panic!("{faults:?}"));
        let framework = find("house-rules", &pack).unwrap().unwrap();
        let expected = "\
house-rules

Requirements
  H.1
       own-bucket
  H.2
       own-bucket

2 requirements: 2 mapped by 1 control
";
        assert_eq!(page(&framework, &pack), expected);
        assert!(find("no-such", &pack).unwrap().is_none());
    }
}
