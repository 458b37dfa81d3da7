//! A text as YAML.

use estate::value::FileId;

use crate::check;

const FILE: FileId = FileId(7);

pub(crate) fn run(input: &[u8]) {
    let document = document::read(FILE, "input.yaml", input);
    check::document(&document, FILE, input);
    check::same_document(&document, &document::read(FILE, "input.yaml", input));
    let text = String::from_utf8_lossy(input);
    // A lone carriage return ends a line of YAML and a byte order mark has no column: lines are counted otherwise.
    if text.contains('\u{feff}') || text.replace("\r\n", "\n").contains('\r') {
        return;
    }
    let lines: Vec<&str> = text.split('\n').collect();
    for (scalar, span) in check::plain_scalars(&document.root) {
        // The parser gives `~` where nothing is written.
        if &*scalar.text == "~" {
            continue;
        }
        let line = lines.get(span.line as usize - 1).copied().unwrap_or_default();
        let there = check::from_column(line, span.column);
        let clamped = span.column == u16::MAX;
        assert!(clamped || there.starts_with(&*scalar.text), "`{}` does not stand at {span:?}", scalar.text);
    }
}
