//! Streams of several documents.

use document::{DOCUMENTS_MAX, Document, Tree, read, read_all};
use estate::value::FileId;

const FILE: FileId = FileId(0);

/// The text at a key of each document.
fn texts(documents: &[Document], key: &str) -> Vec<String> {
    let text = |document: &Document| {
        document.root.get(key).and_then(Tree::text).map_or(String::new(), std::string::ToString::to_string)
    };
    documents.iter().map(text).collect()
}

#[test]
fn every_document_of_a_stream_is_read_with_its_positions_and_comments() {
    let text = "# one\nkind: A\n---\n# two\nkind: B\n...\n---\nkind: C # three\n";
    let documents = read_all(FILE, "a.yaml", text.as_bytes());
    assert_eq!(texts(&documents, "kind"), ["A", "B", "C"]);
    let lines: Vec<u32> =
        documents.iter().filter_map(|document| Some(document.root.entry("kind")?.key_span.line)).collect();
    assert_eq!(lines, [2, 5, 8]);
    let comments: Vec<&str> =
        documents.iter().flat_map(|document| &document.comments).map(|comment| &*comment.text).collect();
    assert_eq!(comments, ["one", "two", "three"]);
    assert!(documents.iter().all(|document| document.complete && document.problems.is_empty()));
}

#[test]
fn one_document_is_read_as_ever() {
    for (name, text) in [("a.yaml", "kind: A\n"), ("a.json", r#"{"kind": "A"}"#), ("a.yaml", "")] {
        let documents = read_all(FILE, name, text.as_bytes());
        let one = read(FILE, name, text.as_bytes());
        assert_eq!(documents.len(), 1, "{text}");
        assert_eq!(documents[0].root, one.root, "{text}");
    }
}

#[test]
fn a_break_costs_what_follows_it_only() {
    let documents = read_all(FILE, "a.yaml", b"kind: A\n---\nkind: B\nb: [1\n---\nkind: C\n");
    assert_eq!(texts(&documents, "kind")[..2], ["A", "B"]);
    assert!(documents[0].complete);
    assert!(documents.iter().any(|document| !document.complete));
}

#[test]
fn documents_have_a_limit_and_share_that_of_values() {
    let many = "--- 1\n".repeat(DOCUMENTS_MAX + 1);
    let documents = read_all(FILE, "a.yaml", many.as_bytes());
    assert_eq!(documents.len(), DOCUMENTS_MAX);
    let last = documents.last().expect("there are some");
    assert_eq!(last.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["too-many"]);
    let bomb = "---\na: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    let documents = read_all(FILE, "a.yaml", bomb.repeat(50).as_bytes());
    assert!(documents.iter().any(|document| document.problems.iter().any(|p| p.code == "alias-bomb")));
}
