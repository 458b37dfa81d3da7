//! `palisade controls`: lists the pack, or a part of it.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use control::builtin;
use control::file::{Control, Fault, Parameter};
use control::pack::{Member, Pack};
use control::value::V;
use estate::catalogue::{Catalogue, nearest};
use finding::escape;
use finding::report::Severity;

use crate::explain::frameworks::{self, Coverage};
use crate::output::Faults;
use crate::page::{cut, fit, number, widest};

/// The version of the JSON that is written.
const VERSION: &str = "1.0";

/// The layers that a control may protect.
const LAYERS: [&str; 10] =
    ["edge", "vpc", "load-balancer", "compute", "os", "application", "code", "identity", "data", "logging"];

/// Limit: a column of types or titles that would be narrower than this is left out.
const COLUMN_MIN: usize = 12;

/// Columns between two columns of the table.
const GAP: usize = 2;

/// The arguments of `palisade controls`.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Controls {
    /// Only controls whose id, title, types or explanation hold each word of this text
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Only controls of this service, such as `s3`
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Only controls that speak to this framework
    #[arg(long, value_name = "ID")]
    framework: Option<String>,
    /// Only controls at least this grave
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    severity: Option<Severity>,
    /// Only controls of this layer
    #[arg(long, value_name = "LAYER", value_parser = PossibleValuesParser::new(LAYERS))]
    layer: Option<String>,
    /// Only controls that judge this type
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// How far the controls cover each framework, instead of the list
    #[arg(long, conflicts_with_all = ["text", "service", "framework", "severity", "layer", "type_name"])]
    coverage: bool,
    /// The form of the output
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Form,
}

/// The form of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A table
    #[default]
    Human,
    /// One JSON object
    Json,
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    // Every word of the list parses, so that the error is never seen.
    PossibleValuesParser::new(Severity::ALL.map(Severity::word))
        .try_map(|word| Severity::parse(&word).ok_or("no such severity"))
}

/// Prints the list.
pub(crate) fn run(
    arguments: &Controls,
    pack: &Pack,
    output: &mut dyn Write,
    width: usize,
) -> Result<ExitCode> {
    if arguments.coverage {
        let rows = frameworks::coverage(pack)?;
        match arguments.format {
            Form::Human => coverage_table(&rows, output)?,
            Form::Json => coverage_json(&rows, output)?,
        }
        return Ok(ExitCode::from(crate::CLEAN));
    }
    check(arguments, pack)?;
    let all = parsed(pack)?;
    let count = all.len();
    let chosen: Vec<Arc<Control>> = all.into_iter().filter(|control| arguments.wants(control)).collect();
    let mut out = BufWriter::new(output);
    match arguments.format {
        Form::Human => table(&chosen, count, width, &mut out)?,
        Form::Json => json(&chosen, &mut out)?,
    }
    out.flush()?;
    Ok(ExitCode::from(crate::CLEAN))
}

/// The columns of the table of coverage.
const COVERAGE: [&str; 6] = ["requirements", "covered", "manual", "live only", "missing", "retired"];

fn counts(row: &Coverage) -> [usize; 6] {
    [row.requirements, row.covered, row.manual, row.live, row.missing, row.retired]
}

fn coverage_table(rows: &[Coverage], out: &mut dyn Write) -> io::Result<()> {
    let first = widest(rows.iter().map(|row| row.id.as_str()).chain(["framework"]));
    write!(out, "{}", fit("framework", first))?;
    for name in COVERAGE {
        write!(out, "  {name}")?;
    }
    writeln!(out)?;
    for row in rows {
        write!(out, "{}", fit(&row.id, first))?;
        for (name, count) in COVERAGE.iter().zip(counts(row)) {
            write!(out, "  {count:>width$}", width = name.len())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn coverage_json(rows: &[Coverage], out: &mut dyn Write) -> Result<()> {
    let rows: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            let [requirements, covered, manual, live, missing, retired] = counts(row);
            serde_json::json!({
                "framework": row.id, "requirements": requirements, "covered": covered, "manual": manual,
                "live_only": live, "missing": missing, "retired": retired,
            })
        })
        .collect();
    let whole = serde_json::json!({ "version": VERSION, "coverage": rows });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)?;
    Ok(())
}

/// Every control of the pack, in order of the ids.
fn parsed(pack: &Pack) -> Result<Vec<Arc<Control>>> {
    pack.members().map(|(_, member)| member.control().map_err(|faults| faulty(faults, member))).collect()
}

/// The faults of a control's file, as an error.
pub(crate) fn faulty(faults: Vec<Fault>, member: &Member) -> anyhow::Error {
    let texts = vec![(member.path().to_owned(), member.text().to_owned())];
    Faults { faults, texts }.into()
}

impl Controls {
    fn wants(&self, control: &Control) -> bool {
        self.service.as_ref().is_none_or(|service| services(control).contains(&service.to_lowercase()))
            && self.framework.as_ref().is_none_or(|id| control.frameworks.contains_key(id.as_str()))
            && self.severity.is_none_or(|least| control.severity >= least)
            && self.layer.as_ref().is_none_or(|layer| **layer == *control.layer)
            && self.type_name.as_ref().is_none_or(|name| control.types.iter().any(|known| **known == **name))
            && self.text.as_ref().is_none_or(|text| holds(control, text))
    }
}

/// The services of a control: the first word of its id, and the middle words of its types' names.
fn services(control: &Control) -> BTreeSet<String> {
    let of_id = control.id.split('-').next().map(str::to_owned);
    let of_types = control.types.iter().filter_map(|name| name.split("::").nth(1)).map(str::to_lowercase);
    of_id.into_iter().chain(of_types).collect()
}

fn holds(control: &Control, text: &str) -> bool {
    let whole = format!("{} {} {} {}", control.id, control.title, control.types.join(" "), control.why);
    let whole = whole.to_lowercase();
    text.to_lowercase().split_whitespace().all(|word| whole.contains(word))
}

/// A mistyped filter is an error, not an empty list.
fn check(arguments: &Controls, pack: &Pack) -> Result<()> {
    if let Some(id) = &arguments.framework {
        let mut known: BTreeSet<String> =
            builtin::frameworks().iter().map(|(id, _)| (*id).to_owned()).collect();
        for control in parsed(pack)? {
            known.extend(control.frameworks.keys().map(|id| String::from(&**id)));
        }
        among("framework", id, &known.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    if let Some(name) = &arguments.type_name {
        let types: Vec<Arc<str>> = pack.members().flat_map(|(_, member)| member.types()).collect();
        let known = types.iter().map(|name| &**name).chain(Catalogue::builtin().names());
        among("type", name, &known.collect::<Vec<_>>())?;
    }
    if let Some(service) = &arguments.service {
        let mut known = BTreeSet::new();
        for control in parsed(pack)? {
            known.extend(services(&control));
        }
        among("service", &service.to_lowercase(), &known.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn among(what: &str, word: &str, known: &[&str]) -> Result<()> {
    if known.contains(&word) {
        return Ok(());
    }
    match nearest(word, known.iter().copied()) {
        Some(near) => bail!("no {what} `{word}`; did you mean `{near}`?"),
        None => bail!("no {what} `{word}`"),
    }
}

/// A control a line, cut to the width; only ids, which are copied, are never cut.
fn table(controls: &[Arc<Control>], all: usize, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let id_width = widest(controls.iter().map(|control| &*control.id));
    let severity_width = widest(controls.iter().map(|control| control.severity.word()));
    let types: Vec<String> = controls.iter().map(|control| control.types.join(", ")).collect();
    let rest = width.saturating_sub(id_width + GAP + severity_width + GAP);
    // The title says more than the types do, so it has two thirds of what is left.
    let type_width = widest(types.iter().map(String::as_str)).min(rest / 3);
    let type_width = if type_width < COLUMN_MIN { 0 } else { type_width };
    let title_width = if type_width > 0 { rest - type_width - GAP } else { rest };
    let gap = " ".repeat(GAP);
    for (control, types) in controls.iter().zip(&types) {
        let id = fit(&escape::line(&control.id), id_width);
        let mut row = format!("{id}{gap}{}", fit(control.severity.word(), severity_width));
        if type_width > 0 {
            row = format!("{row}{gap}{}", fit(&escape::line(types), type_width));
        }
        if title_width >= COLUMN_MIN {
            row = format!("{row}{gap}{}", cut(&escape::line(&control.title), title_width));
        }
        writeln!(out, "{}", row.trim_end())?;
    }
    if !controls.is_empty() {
        writeln!(out)?;
    }
    if controls.len() == all {
        writeln!(out, "{}", number(all, "control"))
    } else {
        writeln!(out, "{} of {}", controls.len(), number(all, "control"))
    }
}

/// One object; each control stands on a line of its own.
fn json(controls: &[Arc<Control>], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{\n  \"version\": \"{VERSION}\",\n  \"controls\": [")?;
    for (index, control) in controls.iter().enumerate() {
        let comma = if index + 1 < controls.len() { "," } else { "" };
        writeln!(out, "    {}{comma}", record(control))?;
    }
    writeln!(out, "  ]\n}}")
}

fn record(control: &Control) -> String {
    let frameworks =
        control.frameworks.iter().map(|(id, requirements)| (&**id, texts(requirements))).collect();
    object(vec![
        ("id", text(&control.id)),
        ("title", text(&control.title)),
        ("severity", text(control.severity.word())),
        ("layer", text(&control.layer)),
        ("types", texts(&control.types)),
        ("stages", texts(&control.stages)),
        ("frameworks", object(frameworks)),
        ("params", list(control.parameters.iter().map(parameter))),
        ("path", text(&control.path)),
    ])
}

fn parameter(parameter: &Parameter) -> String {
    let bound = |number: Option<f64>| match number {
        Some(number) if number.is_finite() => number.to_string(),
        _ => "null".to_owned(),
    };
    object(vec![
        ("name", text(&parameter.name)),
        ("type", text(parameter.kind.word())),
        ("default", value(&parameter.default)),
        ("min", bound(parameter.min)),
        ("max", bound(parameter.max)),
        ("description", text(&parameter.description)),
    ])
}

/// A parameter's default: a single value, or a list of them.
fn value(default: &V<'_>) -> String {
    match default {
        V::Bool(b) => b.to_string(),
        V::Int(i) => i.to_string(),
        V::Double(d) if d.is_finite() => d.to_string(),
        V::Text(known) => text(known.as_str()),
        V::List(owned) => list(owned.items.iter().map(|(item, _)| value(item))),
        _ => "null".to_owned(),
    }
}

fn object(fields: Vec<(&str, String)>) -> String {
    let fields: Vec<String> =
        fields.into_iter().map(|(key, value)| format!("{}:{value}", text(key))).collect();
    format!("{{{}}}", fields.join(","))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn texts(items: &[Arc<str>]) -> String {
    list(items.iter().map(|item| text(item)))
}

fn text(text: &str) -> String {
    let mut out = String::new();
    escape::push_json(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "\
id: own-bucket-nameless
title: Buckets have a name \u{202e}
severity: high
layer: data
resource: AWS::S3::Bucket
pass: BucketName != null
message: no name
why: names are ours
fix: { text: do }
frameworks: { house-rules: [H.1] }
params:
  days: { type: int, default: 90, min: 1, description: how old }
  names: { type: list<string>, default: [a] }
";
    const TWO: &str = "\
id: own-topic
title: Topics have a very long title that does not fit
severity: low
layer: application
resource: [AWS::SNS::Topic, AWS::SQS::Queue]
pass: 'true'
message: no
why: because
fix: { text: do }
";

    fn pack() -> Pack {
        let mut pack = Pack::default();
        for (path, text) in [("one.yaml", ONE), ("two.yaml", TWO)] {
            pack.add(path, text).unwrap_or_else(|faults| panic!("{faults:?}"));
        }
        pack
    }

    fn listed(arguments: &Controls, width: usize) -> String {
        let mut out = Vec::new();
        run(arguments, &pack(), &mut out, width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_table_is_cut_to_the_width() {
        let expected = "\
own-bucket-nameless  high  AWS::S3::Bucket       Buckets have a name \\u{202e}
own-topic            low   AWS::SNS::Topic, AW…  Topics have a very long title that does…

2 controls
";
        assert_eq!(listed(&Controls::default(), 89), expected);
        let narrow = "\
own-bucket-nameless  high  Buckets have …
own-topic            low   Topics have a…

2 controls
";
        assert_eq!(listed(&Controls::default(), 41), narrow);
    }

    #[test]
    fn filters_add_up() {
        let count =
            |arguments: Controls| listed(&arguments, 80).lines().last().unwrap_or_default().to_owned();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(count(Controls { text: text("NAMES own"), ..Controls::default() }), "1 of 2 controls");
        assert_eq!(count(Controls { service: text("SQS"), ..Controls::default() }), "1 of 2 controls");
        assert_eq!(count(Controls { service: text("own"), ..Controls::default() }), "2 controls");
        assert_eq!(count(Controls { framework: text("fsbp"), ..Controls::default() }), "0 of 2 controls");
        assert_eq!(count(Controls { severity: Some(Severity::Low), ..Controls::default() }), "2 controls");
        assert_eq!(
            count(Controls { severity: Some(Severity::High), ..Controls::default() }),
            "1 of 2 controls"
        );
        assert_eq!(count(Controls { layer: text("data"), ..Controls::default() }), "1 of 2 controls");
        assert_eq!(
            count(Controls { type_name: text("AWS::SQS::Queue"), ..Controls::default() }),
            "1 of 2 controls"
        );
        let both = Controls { layer: text("data"), service: text("sns"), ..Controls::default() };
        assert_eq!(count(both), "0 of 2 controls");
    }

    #[test]
    fn a_mistyped_filter_names_the_nearest() {
        let told =
            |arguments: &Controls| format!("{}", run(arguments, &pack(), &mut Vec::new(), 80).unwrap_err());
        let text = |text: &str| Some(text.to_owned());
        let arguments = Controls { framework: text("house-rule"), ..Controls::default() };
        assert_eq!(told(&arguments), "no framework `house-rule`; did you mean `house-rules`?");
        let arguments = Controls { type_name: text("AWS::SNS::Topik"), ..Controls::default() };
        assert_eq!(told(&arguments), "no type `AWS::SNS::Topik`; did you mean `AWS::SNS::Topic`?");
        let arguments = Controls { service: text("kinesis"), ..Controls::default() };
        assert_eq!(told(&arguments), "no service `kinesis`");
    }

    #[test]
    fn json_carries_everything() {
        let arguments = Controls { format: Form::Json, ..Controls::default() };
        let json: serde_json::Value = serde_json::from_str(&listed(&arguments, 80)).unwrap();
        let expected = serde_json::json!({
            "version": "1.0",
            "controls": [
                {
                    "id": "own-bucket-nameless",
                    "title": "Buckets have a name \u{202e}",
                    "severity": "high",
                    "layer": "data",
                    "types": ["AWS::S3::Bucket"],
                    "stages": [],
                    "frameworks": { "house-rules": ["H.1"] },
                    "params": [
                        {
                            "name": "days",
                            "type": "int",
                            "default": 90,
                            "min": 1,
                            "max": null,
                            "description": "how old",
                        },
                        {
                            "name": "names",
                            "type": "list<string>",
                            "default": ["a"],
                            "min": null,
                            "max": null,
                            "description": "",
                        },
                    ],
                    "path": "one.yaml",
                },
                {
                    "id": "own-topic",
                    "title": "Topics have a very long title that does not fit",
                    "severity": "low",
                    "layer": "application",
                    "types": ["AWS::SNS::Topic", "AWS::SQS::Queue"],
                    "stages": [],
                    "frameworks": {},
                    "params": [],
                    "path": "two.yaml",
                },
            ],
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn the_layers_are_those_of_control_files() {
        for layer in LAYERS {
            let text = TWO.replace("layer: application", &format!("layer: {layer}"));
            assert!(Control::parse("two.yaml", &text).is_ok(), "{layer}");
        }
        assert!(
            builtin::controls().iter().all(|entry| entry.parse().is_ok_and(|c| LAYERS.contains(&&*c.layer)))
        );
    }
}
