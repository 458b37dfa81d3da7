//! The page of a control.

use std::io;

use anyhow::Result;
use control::case::{self, Case, Expect};
use control::file::{Change, Control, Edit, Fix, Parameter};
use control::message;
use control::pack::Member;
use estate::value::Value;
use finding::escape;

use super::frameworks;
use crate::controls::faulty;
use crate::page::{Page, widest};

/// The column of a framework's requirement before its title, at the least.
const REQUIREMENT_COLUMN: usize = 12;

/// Prints the page.
pub(super) fn print(page: &mut Page<'_>, member: &Member) -> Result<()> {
    let control = member.whole().map_err(|faults| faulty(faults, member))?;
    let cases = case::parse(&control).map_err(|faults| faulty(faults, member))?;
    head(page, &control)?;
    page.heading("Why")?;
    page.prose(2, &control.why)?;
    checks(page, &control)?;
    fix(page, &control.fix)?;
    parameters(page, &control)?;
    speaks_to(page, &control)?;
    references(page, &control)?;
    proofs(page, &cases)?;
    Ok(())
}

fn head(page: &mut Page<'_>, control: &Control) -> io::Result<()> {
    page.title(&control.id, &control.title)?;
    page.blank()?;
    page.fact("severity", control.severity.word())?;
    page.fact("layer", &control.layer)?;
    page.fact("judges", &control.types.join(", "))?;
    if !control.stages.is_empty() {
        page.fact("stages", &control.stages.join(", "))?;
    }
    page.fact("file", &control.path)
}

/// The expressions, each behind a few words on what it is for.
fn checks(page: &mut Page<'_>, control: &Control) -> io::Result<()> {
    page.heading("What it checks")?;
    if let Some(each) = &control.each {
        page.prose(2, "every element of")?;
        page.code(6, &each.text)?;
    }
    for (name, source) in &control.lets {
        page.prose(2, &format!("where {name} is"))?;
        page.code(6, &source.text)?;
    }
    if let Some(when) = &control.when {
        page.prose(2, "only where")?;
        page.code(6, &when.text)?;
    }
    page.prose(2, "it passes where")?;
    page.code(6, &control.pass.text)?;
    page.prose(2, "and says otherwise")?;
    page.code(6, &control.message.text)
}

fn fix(page: &mut Page<'_>, fix: &Fix) -> io::Result<()> {
    page.heading("How to fix it")?;
    page.prose(2, &fix.text)?;
    let forms = [
        ("In CloudFormation", &fix.cloudformation),
        ("In Terraform", &fix.terraform),
        ("With the AWS command line", &fix.cli),
    ];
    for (name, form) in forms {
        if let Some(form) = form {
            page.blank()?;
            page.prose(2, name)?;
            page.code(6, form)?;
        }
    }
    if !fix.edit.is_empty() {
        page.blank()?;
        page.prose(2, "As an edit")?;
        for edit in &fix.edit {
            page.line(6, &edit_text(edit))?;
        }
    }
    Ok(())
}

fn edit_text(edit: &Edit) -> String {
    let change = match &edit.change {
        Change::Set(path, value) => match &edit.parameter {
            Some(name) => format!("set {path} to {} (params.{name})", value_text(value)),
            None => format!("set {path} to {}", value_text(value)),
        },
        Change::Remove(path) => format!("remove {path}"),
        Change::Append(path, value) => format!("append {} to {path}", value_text(value)),
    };
    match &edit.risk {
        None => change,
        Some(risk) => format!("{change} (only with `--unsafe-fixes`: {risk})"),
    }
}

/// A value as JSON, but `…` for what is not known.
///
/// Recursion is bounded by the depth of the value, which its reader bounds.
fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Double(d) => d.to_string(),
        Value::Text(text) => quoted(text),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().map(|item| value_text(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<String> = map
                .entries
                .iter()
                .map(|(key, node)| format!("{}: {}", quoted(key), value_text(&node.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Partial(_) | Value::Choice(_) | Value::Unknown(_) => "…".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    escape::push_json(text, &mut out);
    out
}

fn parameters(page: &mut Page<'_>, control: &Control) -> io::Result<()> {
    if control.parameters.is_empty() {
        return Ok(());
    }
    page.heading("Parameters")?;
    let column = 4 + widest(control.parameters.iter().map(|parameter| &*parameter.name));
    for parameter in &control.parameters {
        page.hanging(2, &parameter.name, column, &parameter_text(parameter))?;
    }
    page.blank()?;
    page.prose(2, "Set them in `palisade.yaml`:")?;
    let name = control.parameters.first().map_or("", |parameter| &parameter.name);
    page.code(6, &format!("params:\n  {}:\n    {name}: …", control.id))
}

fn parameter_text(parameter: &Parameter) -> String {
    let range = match (parameter.min, parameter.max) {
        (Some(min), Some(max)) => format!(", from {min} to {max}"),
        (Some(min), None) => format!(", at least {min}"),
        (None, Some(max)) => format!(", at most {max}"),
        (None, None) => String::new(),
    };
    let default = message::show(&parameter.default);
    let text = format!("{}, default {default}{range}", parameter.kind.word());
    if parameter.description.is_empty() { text } else { format!("{text}: {}", parameter.description) }
}

fn speaks_to(page: &mut Page<'_>, control: &Control) -> Result<()> {
    if control.frameworks.is_empty() {
        return Ok(());
    }
    page.heading("Frameworks")?;
    for (id, requirements) in &control.frameworks {
        let framework = frameworks::builtin(id)?;
        match &framework {
            Some(framework) => page.prose(2, &format!("{} ({id})", framework.title))?,
            None => page.prose(2, id)?,
        }
        let column = (6 + widest(requirements.iter().map(|id| &**id))).max(REQUIREMENT_COLUMN);
        for id in requirements {
            let known = framework.as_ref().and_then(|f| f.requirements.iter().find(|known| known.id == *id));
            page.hanging(4, id, column, known.map_or("", |known| &known.title))?;
        }
    }
    Ok(())
}

fn references(page: &mut Page<'_>, control: &Control) -> io::Result<()> {
    if control.references.is_empty() {
        return Ok(());
    }
    page.heading("References")?;
    control.references.iter().try_for_each(|reference| page.line(2, reference))
}

fn proofs(page: &mut Page<'_>, cases: &[Case]) -> io::Result<()> {
    if cases.is_empty() {
        return Ok(());
    }
    page.heading("Tests")?;
    for case in cases {
        let expected = match &case.expect {
            Expect::Worst(outcome) => outcome.word(),
            Expect::Each(_) => "each",
        };
        let near_miss = if case.near_miss { " (a near miss)" } else { "" };
        page.hanging(2, expected, 11, &format!("{}{near_miss}", case.name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const CONTROL: &str = "\
id: own-key-old
title: Keys are young
severity: high
layer: data
resource: [AWS::S3::Bucket, AWS::KMS::Key]
each: Tags
let:
  owner: each.Value
when: each.Key == 'owner'
pass: owner != ''
message: 'tag {{ each.Key }}'
why: |
  It matters.
  Very much.
fix:
  text: Do it.
  cli: |
    aws \u{202e}x
  edit:
    - set: A.B
      to: { on: true, list: [1, two] }
    - remove: C
references:
  - https://example.com/page
frameworks:
  house-rules: [H.1]
  cis-aws-5.0: ['2.2.1']
params:
  days: { type: int, default: 90, min: 1, max: 365, description: how old }
  names: { type: list<string>, default: [a, b] }
tests:
  - name: one
    resource: {}
    expect: pass
  - name: two
    resource: {}
    expect: skip
    near_miss: true
";

    #[test]
    fn the_page_tells_everything() {
        let control = Control::parse("own.yaml", CONTROL).unwrap_or_else(|faults| panic!("{faults:?}"));
        let member = Member::Own(Arc::new(control), Arc::from(CONTROL));
        let framework = frameworks::builtin("cis-aws-5.0").unwrap().unwrap();
        let requirement = framework.requirements.iter().find(|known| &*known.id == "2.2.1").unwrap();
        let mut out = Vec::new();
        print(&mut Page::new(&mut out, 80, false), &member).unwrap();
        let page = String::from_utf8(out).unwrap();
        let expected = "\
own-key-old
Keys are young

  severity        high
  layer           data
  judges          AWS::S3::Bucket, AWS::KMS::Key
  file            own.yaml

Why
  It matters. Very much.

What it checks
  every element of
      Tags
  where owner is
      each.Value
  only where
      each.Key == 'owner'
  it passes where
      owner != ''
  and says otherwise
      tag {{ each.Key }}

How to fix it
  Do it.

  With the AWS command line
      aws \\u{202e}x

  As an edit
      set A.B to {\"on\": true, \"list\": [1, \"two\"]}
      remove C

Parameters
  days   int, default 90, from 1 to 365: how old
  names  list<string>, default a, b

  Set them in `palisade.yaml`:
      params:
        own-key-old:
          days: …

Frameworks
  CIS Amazon Web Services Foundations Benchmark 5.0.0 (cis-aws-5.0)
    2.2.1   TITLE
  house-rules
    H.1

References
  https://example.com/page

Tests
  pass     one
  skip     two (a near miss)
";
        assert_eq!(page, expected.replace("TITLE", &requirement.title));
    }
}
