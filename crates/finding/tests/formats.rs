//! Every format of every case against its expected file, and hostile text in every format.
//!
//! `PALISADE_BLESS=1 cargo test -p palisade-finding` rewrites the expected files; read the difference.

#[path = "formats/cases.rs"]
mod cases;
#[path = "formats/hostile.rs"]
mod hostile;
#[path = "formats/machines.rs"]
mod machines;
#[path = "formats/markup.rs"]
mod markup;

use std::fs;
use std::path::Path;

use finding::format::{Format, write};
use unicode_width::UnicodeWidthStr;

use cases::{Case, cases};

/// A case in a format.
fn render(format: Format, case: &Case) -> String {
    let mut out = Vec::new();
    write(format, &case.report, &case.files, &case.style, &mut out).expect("a vector takes every write");
    String::from_utf8(out).expect("every format is UTF-8")
}

/// A case in a format, as its expected file holds it: the page without the style and script that all share.
fn snapshot(format: Format, case: &Case) -> String {
    let mut text = render(format, case);
    if format == Format::Html {
        for (start, end) in [
            ("<style>", "</style>"),
            ("<script>", "</script>"),
            ("style-src '", "';"),
            ("script-src '", "';"),
        ] {
            text = without(&text, start, end);
        }
    }
    text
}

/// A text without what stands between the first `start` and the `end` after it.
fn without(text: &str, start: &str, end: &str) -> String {
    let from = text.find(start).expect("the start is there") + start.len();
    let to = from + text[from..].find(end).expect("the end is there");
    format!("{}…{}", &text[..from], &text[to..])
}

#[test]
fn every_case_is_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected");
    let is_blessed = std::env::var_os("PALISADE_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        for format in Format::ALL {
            let path = folder.join(format!("{}.{}.txt", case.name, format.name()));
            let actual = snapshot(format, &case);
            if is_blessed {
                fs::create_dir_all(&folder).expect("the folder can be made");
                fs::write(&path, &actual).expect("the file can be written");
            } else if fs::read_to_string(&path).ok().as_deref() != Some(actual.as_str()) {
                wrong.push(format!("--- {}\n{actual}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} files differ; this is what was written:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_report_is_written_the_same_twice() {
    for case in cases() {
        for format in Format::ALL {
            assert_eq!(render(format, &case), render(format, &case), "{} {}", case.name, format.name());
        }
    }
}

#[test]
fn human_output_fits_any_width() {
    for mut case in cases() {
        for width in [0, 40, 60, 80, 200] {
            case.style.width = width;
            assert_fits(&render(Format::Human, &case), width.max(40));
        }
    }
}

/// Every line keeps to the width; only paths, which people copy, are never broken.
fn assert_fits(text: &str, width: usize) {
    for line in text.lines() {
        let is_path = line.contains("-->") || line.contains("= via:");
        assert!(is_path || line.width() <= width, "{} columns, not {width}: {line:?}", line.width());
    }
}

#[test]
fn carets_stand_under_what_they_mark() {
    for case in cases().into_iter().filter(|case| case.name == "wide") {
        let text = render(Format::Human, &case);
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.contains('^')).expect("there are carets");
        let (source, marks) = (lines[at - 1], lines[at]);
        let start = marks[..marks.find('^').expect("there is one")].width();
        let name = source.find("桶").expect("the name is shown");
        assert_eq!(source[..name].width(), start, "{source}\n{marks}");
        assert_eq!(marks.matches('^').count(), "桶Bucket".width(), "{source}\n{marks}");
    }
}

#[test]
fn colour_only_decorates() {
    for mut case in cases() {
        case.style.width = 80;
        let plain = render(Format::Human, &case);
        case.style.colour = true;
        let coloured = render(Format::Human, &case);
        let mut text = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            text.push_str(before);
            rest = after.split_once('m').expect("every sequence is a colour").1;
        }
        text.push_str(rest);
        let trimmed: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(plain.lines().collect::<Vec<_>>(), trimmed, "{}", case.name);
    }
}

#[test]
fn every_format_is_known_by_its_name() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.name()), Some(format));
    }
    assert_eq!(Format::parse("csv"), None);
}

#[test]
fn a_page_of_ten_thousand_findings_is_written() {
    let case = cases::large(10_000);
    for format in Format::ALL {
        let text = render(format, &case);
        let limit = if format == Format::Markdown { 65_536 } else { 100_000_000 };
        assert!(text.len() < limit, "{} takes {} bytes", format.name(), text.len());
    }
}
