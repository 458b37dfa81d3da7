//! Hostile text in every field of a report, through every format.

use finding::escape::is_hidden;
use finding::format::{Format, Style};
use finding::report::{
    Diagnostic, FrameworkText, Level, Outcome, Position, Reason, Report, Severity, Subject, Verdict, Waiver,
};

use crate::cases::{Case, Files, control, report};
use crate::{assert_fits, markup, render};

/// What people have tried on those who print what they are given.
pub(crate) const PAYLOADS: &[&str] = &[
    // Terminals: colour, cursor, screen, title, clipboard, links, and the eight-bit forms of the same.
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}[2J\u{1b}[Hgone",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;cm0gLXJmIC8=\u{7}",
    "\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}P+q544e\u{1b}\\",
    "\u{9b}31mred\u{9d}0;title\u{9c}",
    "bell\u{7}back\u{8}\u{8}\u{8}\u{8}del\u{7f}nul\u{0}",
    "fail\rpass",
    "form\u{c}feed\u{b}tab",
    // What cannot be seen, and what reorders what can.
    "user\u{202e}nimda\u{202c}",
    "\u{2066}isolate\u{2069}\u{2067}x\u{2068}y",
    "\u{200e}\u{200f}\u{61c}marks",
    "zero\u{200b}width\u{200c}join\u{200d}er\u{2060}\u{feff}",
    "soft\u{ad}hyphen\u{34f}\u{180e}\u{3164}\u{115f}",
    "line\u{2028}para\u{2029}next\u{85}",
    "tags\u{e0041}\u{e0042}\u{e007f}",
    "heart\u{2764}\u{fe0f}\u{e0100}",
    "not\u{fffe}a\u{ffff}char\u{fdd0}\u{10ffff}",
    "anchors\u{fff9}a\u{fffa}b\u{fffb}",
    "pile\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}",
    "\u{301}alone",
    // HTML and XML.
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "` onfocus=`alert(1)",
    "</title></style></script><script>alert(1)</script>",
    "</pre></code></details><h1>x",
    "</failure></testcase><testcase name=\"pass\"/>",
    "<!-- a --> <!-- b",
    "]]><![CDATA[ x ]]>",
    "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;",
    "&lt;script&gt;&#60;&amp;",
    "javascript:alert(1)",
    "https://evil.example/\"onclick=alert(1)//",
    "data:text/html,<script>alert(1)</script>",
    "<svg onload=alert(1)><a xlink:href=\"javascript:alert(1)\">",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    // Markdown.
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "<https://evil.example> https://evil.example www.evil.example a@evil.example",
    "[x]: https://evil.example",
    "@everyone closes #1, fixes owner/repository#2",
    "a | b | c",
    "```\ncode\n```\n# heading\n- item\n> quote\n---",
    "`code` ``more`` `open",
    "*bold* _em_ ~~gone~~ \\*not\\* a\\",
    "    indented\n\n\ttabbed",
    "$\\sqrt{x}$ :tada: ^up^ ==mark==",
    // Workflow commands, and those of other CI systems.
    "::error::injected",
    "x\n::error file=a.yaml,line=1::injected",
    "x\r\n::add-mask::x\r\n::stop-commands::token",
    "x%0A::set-output name=a::b%0D%25",
    "a,b:c=d,file=evil.yaml::error::x",
    "pad pad pad pad pad pad pad pad pad pad pad pad pad ::error::x ::error::y ::error::z",
    "##[error]injected ##[group]x",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[buildProblem description='x']",
    // Spreadsheets.
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    // JSON, paths and addresses.
    "\", \"verdict\": \"pass\", \"x\": \"",
    "\\u001b \\n \\",
    "../../etc/passwd",
    "/etc/passwd",
    "C:/Windows/x",
    "//evil.example/x",
    "file:///etc/passwd?a=b#c",
    "a b%20c%zz",
    // Shapes.
    "",
    " ",
    "\n",
    "\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}",
    "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f44d}\u{1f3fd} \u{1f1e9}\u{1f1ea}",
    "\u{5d0}\u{5d1}\u{5d2} \u{644}\u{627} \u{e33}\u{e33}",
];

/// A report in which every text that a report can hold is this one, but for those that the program makes.
pub(crate) fn every_field(payload: &str) -> Case {
    let text = payload.to_owned();
    let position =
        |line: u32| Position { file: text.clone(), line, column: 1, end_line: line, end_column: 9 };
    let verdict = Verdict {
        control: text.clone(),
        severity: Severity::High,
        outcome: Outcome::Fail,
        resource: Subject {
            type_name: text.clone(),
            id: Some(text.clone()),
            address: text.clone(),
            account: Some(text.clone()),
            region: Some(text.clone()),
            construct: Some(text.clone()),
        },
        path: Some(text.clone()),
        origin: Some(position(1)),
        via: vec![position(2), position(2)],
        message: text.clone(),
        reasons: vec![Reason { text: text.clone(), remedy: Some(text.clone()) }],
        identity: "00112233445566778899aabbccddeeff".to_owned(),
        waiver: None,
    };
    let exception = Waiver::Exception { reason: text.clone(), owner: text.clone(), expires: text.clone() };
    let verdicts = vec![
        verdict.clone(),
        Verdict { outcome: Outcome::Unknown, ..verdict.clone() },
        Verdict { outcome: Outcome::Pass, origin: None, ..verdict.clone() },
        Verdict { waiver: Some(exception), ..verdict.clone() },
        Verdict { waiver: Some(Waiver::Inline { reason: text.clone() }), ..verdict },
    ];
    let diagnostic = |level: Level| Diagnostic {
        level,
        code: "yaml-syntax",
        message: text.clone(),
        hint: Some(text.clone()),
        position: Some(position(1)),
    };
    let mut report = Report { version: text.clone(), ..report(verdicts) };
    report.diagnostics = vec![diagnostic(Level::Error), diagnostic(Level::Warning)];
    report.frameworks = vec![FrameworkText {
        id: text.clone(),
        title: text.clone(),
        requirements: vec![
            (text.clone(), text.clone(), None),
            (text.clone(), text.clone(), Some(text.clone())),
        ],
    }];
    let mut words = control(payload);
    words.title.clone_from(&text);
    words.layer.clone_from(&text);
    words.why = format!("{text} {text}");
    words.fix_text.clone_from(&text);
    words.fix_code =
        vec![(text.clone(), text.clone()), ("cloudformation".to_owned(), format!("a: {text}\n{text}"))];
    words.references = vec![text.clone(), format!("https://example.com/{text}")];
    words.frameworks = [(text.clone(), vec![text.clone()])].into_iter().collect();
    report.controls.insert(text.clone(), words);
    Case {
        name: "payload",
        report,
        files: Files::new(&[(payload, &format!("{text} {text}"))]),
        style: Style { width: 60, colour: false, all: true },
    }
}

/// A case for the expected files: one payload of each kind, a finding each.
pub(crate) fn case() -> Case {
    let chosen = [0, 10, 22, 23, 39, 44, 51, 52, 58];
    let mut verdicts = Vec::new();
    for index in chosen {
        let payload = PAYLOADS[index];
        let mut verdict = every_field(payload).report.verdicts.swap_remove(0);
        verdict.control = "s3-bucket-tls-not-required".to_owned();
        verdict.origin =
            verdict.origin.map(|origin| Position { file: format!("{index} {payload}"), ..origin });
        verdict.via.truncate(1);
        verdict.identity = format!("{index:032x}");
        verdicts.push(verdict);
    }
    let names: Vec<(String, &str)> =
        chosen.iter().map(|index| (format!("{index} {}", PAYLOADS[*index]), PAYLOADS[*index])).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    Case {
        name: "hostile",
        report: report(verdicts),
        files: Files::new(&files),
        style: Style { width: 80, colour: false, all: false },
    }
}

/// Each payload in each format.
fn each(format: Format, check: impl Fn(&str, &Case, &str)) {
    for payload in PAYLOADS {
        let case = every_field(payload);
        check(payload, &case, &render(format, &case));
    }
}

#[test]
fn there_are_payloads_enough() {
    assert!(PAYLOADS.len() >= 70);
}

#[test]
fn nothing_hidden_is_written() {
    for format in Format::ALL {
        each(format, |payload, _, text| {
            let hidden = text.chars().find(|c| *c != '\n' && is_hidden(*c));
            assert_eq!(hidden, None, "{} of {payload:?}", format.name());
        });
    }
}

#[test]
fn no_order_is_given_to_a_ci_system() {
    for format in Format::ALL {
        each(format, |payload, _, text| {
            for (index, _) in text.match_indices("##") {
                let rest = text[index..]
                    .trim_start_matches('#')
                    .trim_start_matches(|c: char| c.is_ascii_alphabetic());
                assert!(!rest.starts_with('['), "{} of {payload:?}", format.name());
            }
            if format != Format::Github {
                let starts = |line: &str| {
                    let name = line.trim_start().strip_prefix("::");
                    name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
                };
                assert!(!text.lines().any(starts), "{} of {payload:?}:\n{text}", format.name());
            }
        });
    }
}

#[test]
fn github_commands_are_ours() {
    each(Format::Github, |payload, _, text| {
        let commands: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("::")).collect();
        // Two things said about the input, one failing and one unknown verdict.
        assert_eq!(commands.len(), 4, "{payload:?}:\n{text}");
        for command in commands {
            assert!(command.starts_with("::error ") || command.starts_with("::warning "), "{command}");
            let properties = command[2..].split_once("::").expect("a command has an end").0;
            let properties = properties.split_once(' ').expect("a command has properties").1;
            let names: Vec<&str> =
                properties.split(',').filter_map(|pair| pair.split_once('=')).map(|p| p.0).collect();
            assert_eq!(names, ["file", "line", "endLine", "col", "title"], "{command}");
        }
        assert_eq!(text.lines().count(), 6, "{payload:?}:\n{text}");
    });
}

#[test]
fn markup_is_ours() {
    each(Format::Junit, |payload, _, text| markup::check_xml(text, payload));
    each(Format::Html, |payload, _, text| markup::check_html(text, payload));
}

#[test]
fn markdown_is_ours() {
    each(Format::Markdown, |payload, _, text| {
        let mut rest = text.to_owned();
        for tag in markup::MARKDOWN_TAGS {
            rest = rest.replace(tag, "");
        }
        assert!(!rest.contains('<'), "{payload:?}:\n{text}");
        // Outside of code blocks and our own link, nothing can become an address.
        let is_prose =
            |line: &&str| line.starts_with("- ") || line.starts_with("  - ") || line.starts_with("**");
        for line in text.lines().filter(is_prose) {
            assert!(!line.contains("://") && !line.contains("]("), "{payload:?}: {line}");
            assert!(
                !line.contains("www.") && !line.contains('|') && !line.contains('`'),
                "{payload:?}: {line}"
            );
        }
    });
}

#[test]
fn human_output_keeps_to_the_width() {
    each(Format::Human, |_, _, text| assert_fits(text, 60));
}

#[test]
fn machines_get_the_text_as_it_was() {
    each(Format::Json, |payload, _, text| {
        let value: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        let verdict = &value["verdicts"][0];
        assert_eq!(verdict["message"], payload);
        assert_eq!(verdict["origin"]["file"], payload);
        assert_eq!(verdict["resource"]["address"], payload);
        assert_eq!(value["verdicts"].as_array().map(Vec::len), Some(5));
    });
}
