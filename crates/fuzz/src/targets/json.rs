//! A text as JSON.

use document::Notation;
use estate::value::FileId;

use crate::check;

const FILE: FileId = FileId(7);

pub(crate) fn run(input: &[u8]) {
    let document = document::read(FILE, "input.json", input);
    check::document(&document, FILE, input);
    check::same_document(&document, &document::read(FILE, "input.json", input));
    let Ok(text) = std::str::from_utf8(input) else { return };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if Notation::of(text) != Notation::Json {
        return;
    }
    let lines: Vec<&str> = text.split('\n').collect();
    for (scalar, span) in check::plain_scalars(&document.root) {
        let line = lines.get(span.line as usize - 1).copied().unwrap_or_default();
        let end = check::from_column(line, span.end_column);
        let there = check::from_column(line, span.column);
        // Numbers and words are written in JSON as they are, so a position gives back just the text.
        let written = there.strip_suffix(end).unwrap_or(there);
        let clamped = span.end_column == u16::MAX;
        assert!(clamped || written == &*scalar.text, "`{}` does not stand at {span:?}", scalar.text);
    }
    // What a strict reader takes, this one takes as well, up to its own limits.
    let strict = serde_json::from_str::<serde_json::Value>(text).is_ok();
    let refused = document.problems.iter().any(|problem| problem.code == "json-syntax");
    assert!(!(strict && refused), "valid JSON is refused: {:?}", document.problems);
}
