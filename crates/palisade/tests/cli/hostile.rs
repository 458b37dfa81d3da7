//! Names that an attacker chooses are text in every format: they give no orders to a terminal, a browser, a
//! CI system or a reader of XML.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::formats::{FORMATS, elements};
use super::support::{CONTROL, Place, Ran, list};

/// Names that would do something, each in some format.
const NAMES: [&str; 22] = [
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{202e}reversed\u{2066}",
    "zero\u{200b}width\u{feff}",
    "::error::told",
    "a ::warning file=x,line=1::told",
    "##[error]told",
    "##vso[task.setvariable variable=x]y",
    "%0A::error::told",
    "line\n::error::told\r\n##[group]x",
    "\u{85}\u{2028}::error::told",
    "\u{0}\u{8}\u{9b}31m",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</style><!-- -->",
    "]]></failure></testcase>",
    "&lt;b&gt;&amp;#x27;",
    "=cmd()",
    "+1+1@SUM(1)",
    "[link](javascript:alert(1)) ![image](https://example.com/x)",
    "| cell | <b>bold</b> | **strong** @someone #1",
    "{{ resource.address }} ${AWS::Region}",
];

/// As many names that do nothing, and that are as long.
fn harmless() -> Vec<String> {
    NAMES
        .iter()
        .enumerate()
        .map(|(index, name)| format!("Name{index:02}{}", "x".repeat(name.len().saturating_sub(6))))
        .collect()
}

/// A template with two databases for each name: one that fails, and one that cannot be decided.
fn template(names: &[String]) -> String {
    let mut resources = Map::new();
    let mut parameters = Map::new();
    for name in names {
        let parameter = format!("{name}P");
        let failing = json!({ "Engine": name, "DBInstanceIdentifier": name });
        let undecided = json!({ "Engine": name, "StorageEncrypted": { "Ref": parameter } });
        resources.insert(name.clone(), database(name, &failing));
        resources.insert(format!("{name}2"), database(name, &undecided));
        parameters.insert(parameter, json!({ "Type": "String" }));
    }
    json!({ "Description": names[0], "Parameters": parameters, "Resources": resources }).to_string()
}

fn database(name: &str, properties: &Value) -> Value {
    let metadata = json!({ "aws:cdk:path": name });
    json!({ "Type": "AWS::RDS::DBInstance", "Properties": properties, "Metadata": metadata })
}

fn hostile() -> Vec<String> {
    NAMES.iter().map(|name| (*name).to_owned()).collect()
}

fn judged(names: &[String], format: &str) -> Ran {
    let place = Place::new();
    place.write("t.json", template(names));
    // The message tells a property's value as well.
    let telling = CONTROL.replace("is not encrypted", "is not encrypted, engine `{{ Engine }}`");
    place.write("../own.yaml", telling);
    place.check(&["t.json", "--format", format]).exits(1)
}

/// Whether a character moves, hides or reorders the text around it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[track_caller]
fn nothing_hidden(text: &str, what: &str) {
    for line in text.split('\n') {
        assert!(!line.chars().any(is_hidden), "{what}: {line:?}");
    }
}

/// Asserts that no line is an order to a CI system.
#[track_caller]
fn no_orders(text: &str, what: &str) {
    for line in text.lines() {
        let start = line.trim_start();
        let is_command =
            start.strip_prefix("::").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!is_command, "{what}: {line}");
        for order in ["##[", "##vso["] {
            assert!(!line.contains(order), "{what}: {line}");
        }
    }
}

#[test]
fn no_format_writes_what_cannot_be_seen() {
    for format in FORMATS {
        let ran = judged(&hostile(), format);
        nothing_hidden(&ran.out, format);
        nothing_hidden(&ran.err, format);
    }
}

#[test]
fn no_format_gives_orders_to_a_ci_system() {
    for format in FORMATS.into_iter().filter(|format| *format != "github") {
        let ran = judged(&hostile(), format);
        no_orders(&ran.out, format);
        no_orders(&ran.err, format);
    }
}

#[test]
fn the_commands_for_github_are_ours() {
    let ran = judged(&hostile(), "github");
    let commands: Vec<&str> = ran.out.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(commands.len(), 2 * NAMES.len());
    for command in commands {
        assert!(command.starts_with("::warning file=t.json,line=1,"), "{command}");
        // The properties end at the first `::` behind the name; nothing of a name stands in them.
        let properties = command.trim_start_matches("::").split("::").next().unwrap_or_default();
        assert!(properties.contains("title=own-database-plain ("), "{command}");
    }
    assert!(!ran.out.contains("##[") && !ran.out.contains("##vso["));
}

#[test]
fn markup_is_the_same_whatever_the_names() {
    let count = |text: &str, c: char| text.matches(c).count();
    for format in ["junit", "markdown", "html"] {
        let (bad, good) = (judged(&hostile(), format).out, judged(&harmless(), format).out);
        for c in ['<', '>'] {
            assert_eq!(count(&bad, c), count(&good, c), "{format}: {c}");
        }
        for text in ["<script>alert", "<img", "<svg/", "<!--", "onerror=alert(1)>", "</failure></testcase>"] {
            assert!(!bad.contains(text), "{format}: {text}");
        }
    }
    let links = judged(&hostile(), "markdown").out;
    assert!(!links.contains("](javascript:") && !links.contains("](https://example.com/x)"), "{links}");
    let xml = judged(&hostile(), "junit").out;
    assert_eq!(elements(&xml, "testcase"), 2 * NAMES.len());
}

#[test]
fn programs_get_the_names_as_they_are() {
    let expected: BTreeSet<String> =
        NAMES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}2")]).collect();
    let address = |verdict: &Value| verdict["resource"]["address"].as_str().map(str::to_owned);

    let report = judged(&hostile(), "json").json();
    let told: BTreeSet<String> = list(&report["verdicts"]).iter().filter_map(address).collect();
    assert_eq!(told, expected);

    let lines = judged(&hostile(), "jsonl").out;
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is a record"));
    let told: BTreeSet<String> = records.filter_map(|record| address(&record)).collect();
    assert_eq!(told, expected);

    for format in ["sarif", "gitlab"] {
        let text = judged(&hostile(), format).out;
        serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{format}: {error}"));
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_are_text_too() {
    let place = Place::new();
    let named: Vec<String> = NAMES.iter().map(|name| name.replace(['/', '\0'], "_")).collect();
    let template = super::support::databases(&[("Plain", super::support::PLAIN)]);
    for name in &named {
        place.write(&format!("{name}.yaml"), &template);
        place.write(&format!("{name}.md"), "");
    }
    for format in FORMATS {
        let ran = place.check(&[".", "--verbose", "--format", format]).exits(1);
        nothing_hidden(&ran.out, format);
        nothing_hidden(&ran.err, format);
        no_orders(&ran.err, format);
        if format == "github" {
            let mut commands = ran.out.lines().filter(|line| line.trim_start().starts_with("::"));
            assert!(commands.all(|line| line.starts_with("::warning file=")), "{}", ran.out);
        } else {
            no_orders(&ran.out, format);
        }
        for text in ["<script>alert", "<img", "<svg/", "<!--"] {
            assert!(
                !["junit", "markdown", "html"].contains(&format) || !ran.out.contains(text),
                "{format}: {text}"
            );
        }
    }
    let report = place.judge(&["."]).json();
    let files = list(&report["verdicts"]).iter().filter_map(|verdict| verdict["origin"]["file"].as_str());
    let expected: BTreeSet<String> = named.iter().map(|name| format!("{name}.yaml")).collect();
    assert_eq!(files.map(str::to_owned).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn mistakes_and_lists_are_text_too() {
    let place = Place::new();
    place.write("t.json", template(&hostile()));
    place.run(&["estate", "save", "t.json", "-o", "estate.pal"]).exits(0);
    let shown = place.run(&["estate", "show", "estate.pal"]).exits(0);
    nothing_hidden(&shown.out, "estate show");
    no_orders(&shown.out, "estate show");
    for name in NAMES.into_iter().filter(|name| !name.contains('\0')) {
        let attempts: [&[&str]; 5] = [
            &["explain", name],
            &["check", name],
            &["check", "t.json", "--control", name],
            &["check", "t.json", "--framework", name],
            &["new", "control", name],
        ];
        for arguments in attempts {
            // A name may begin like an option, or fit every control.
            let ran = place.run(arguments);
            if ran.err.starts_with("error: `") || ran.err.starts_with("error: no ") {
                nothing_hidden(&ran.err, "a mistake");
                no_orders(&ran.err, "a mistake");
            }
        }
    }
}
