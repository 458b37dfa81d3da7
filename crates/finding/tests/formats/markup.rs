//! A small, strict reader of the XML and HTML that the formats write: it knows only what they should
//! write, so that anything else that gets in is an error.

/// The tags that the Markdown format writes.
pub(crate) const MARKDOWN_TAGS: [&str; 11] = [
    "<details>",
    "</details>",
    "<summary>",
    "</summary>",
    "<strong>",
    "</strong>",
    "<code>",
    "</code>",
    "<pre lang=\"yaml\">",
    "<pre lang=\"text\">",
    "</pre>",
];

const XML_NAMES: &[&str] =
    &["testsuites", "testsuite", "testcase", "failure", "skipped", "error", "system-err"];

const HTML_NAMES: &[&str] = &[
    "html", "head", "meta", "title", "style", "script", "body", "a", "header", "p", "h1", "h2", "h3", "h4",
    "svg", "rect", "dl", "dt", "dd", "div", "nav", "main", "form", "fieldset", "legend", "label", "input",
    "span", "select", "option", "button", "section", "details", "summary", "code", "pre", "mark", "ul", "li",
    "table", "thead", "tbody", "tr", "th", "td", "b", "footer",
];

const HTML_ATTRIBUTES: &[&str] = &[
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "href",
    "class",
    "viewBox",
    "preserveAspectRatio",
    "aria-hidden",
    "x",
    "y",
    "width",
    "height",
    "id",
    "aria-label",
    "hidden",
    "type",
    "value",
    "checked",
    "for",
    "autocomplete",
    "role",
    "open",
    "tabindex",
    "rel",
    "data-s",
    "data-o",
    "data-f",
    "scope",
];

/// Elements of HTML that have no end tag.
const VOID: &[&str] = &["meta", "input"];

/// Elements of HTML whose text is not markup; the formats put nothing of a report there.
const RAW: &[&str] = &["style", "script"];

/// One tag.
struct Tag<'a> {
    name: &'a str,
    is_end: bool,
    is_empty: bool,
    attributes: Vec<(&'a str, &'a str)>,
}

/// Checks a JUnit report.
pub(crate) fn check_xml(text: &str, payload: &str) {
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("it is XML");
    for tag in tags(body, &[], payload) {
        assert!(XML_NAMES.contains(&tag.name), "{payload:?} made an element {:?}", tag.name);
    }
    for c in body.chars() {
        assert!(matches!(c, '\n' | ' '..='\u{fffd}' | '\u{10000}'..), "{payload:?} left {c:?}");
    }
}

/// Checks a page.
pub(crate) fn check_html(text: &str, payload: &str) {
    let body = text.strip_prefix("<!DOCTYPE html>\n").expect("it is HTML");
    let tags = tags(body, VOID, payload);
    for tag in &tags {
        assert!(HTML_NAMES.contains(&tag.name), "{payload:?} made an element {:?}", tag.name);
        for (name, value) in &tag.attributes {
            assert!(HTML_ATTRIBUTES.contains(name), "{payload:?} made an attribute {name:?}");
            if *name == "href" {
                assert!(
                    value.starts_with('#') || value.starts_with("https://"),
                    "{payload:?} links to {value:?}"
                );
            }
        }
    }
    for name in RAW {
        let starts = tags.iter().filter(|tag| tag.name == *name && !tag.is_end).count();
        assert_eq!(starts, 1, "{payload:?} made a {name}");
    }
}

/// The tags of a document, each closed in turn.
fn tags<'a>(text: &'a str, void: &[&str], payload: &str) -> Vec<Tag<'a>> {
    let mut tags = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        check_text(&rest[..start], payload);
        let (tag, after) = read_tag(&rest[start + 1..], payload);
        rest = after;
        if tag.is_end {
            assert_eq!(open.pop(), Some(tag.name), "{payload:?} closed another element");
        } else if !tag.is_empty && !void.contains(&tag.name) {
            open.push(tag.name);
        }
        if RAW.contains(&tag.name) && !tag.is_end {
            let end = rest.find("</").expect("raw text has an end");
            rest = &rest[end..];
        }
        tags.push(tag);
    }
    check_text(rest, payload);
    assert!(open.is_empty(), "{payload:?} left {open:?} open");
    tags
}

/// Text holds no markup, and an ampersand only where a reference starts.
fn check_text(text: &str, payload: &str) {
    assert!(!text.contains('>'), "{payload:?} left a > in {text:?}");
    for (index, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#96;", "&#58;"];
        let is_known = known.iter().any(|reference| text[index..].starts_with(reference));
        assert!(is_known, "{payload:?} left an & in {text:?}");
    }
}

/// Reads a tag from behind its `<`, and what is left after its `>`.
fn read_tag<'a>(text: &'a str, payload: &str) -> (Tag<'a>, &'a str) {
    let is_end = text.starts_with('/');
    let text = text.strip_prefix('/').unwrap_or(text);
    let (name, mut rest) = split_name(text);
    assert!(!name.is_empty(), "{payload:?} left a < before {text:.40?}");
    let mut attributes = Vec::new();
    loop {
        let trimmed = rest.trim_start_matches(' ');
        if let Some(after) = trimmed.strip_prefix("/>") {
            return (Tag { name, is_end, is_empty: true, attributes }, after);
        }
        if let Some(after) = trimmed.strip_prefix('>') {
            return (Tag { name, is_end, is_empty: false, attributes }, after);
        }
        assert!(trimmed.len() < rest.len(), "{payload:?} ran into an attribute at {trimmed:.40?}");
        let (attribute, after) = split_name(trimmed);
        assert!(!attribute.is_empty(), "{payload:?} broke out of a tag at {trimmed:.40?}");
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').expect("a value has an end"),
            None => ("", after),
        };
        assert!(!value.contains('<'), "{payload:?} left a < in {value:?}");
        check_text(value, payload);
        attributes.push((attribute, value));
        rest = after;
    }
}

/// A name, and what follows it.
fn split_name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    text.split_at(end)
}
