//! The promises that several targets check.

use std::collections::HashSet;

use document::{DEPTH_MAX, Document, Kind, NODES_MAX, Problem, Scalar, Tree};
use estate::value::{FileId, Node, Part, Span, Value};
use template::Loaded;

/// Columns that a position may stand behind the end of the longest line: the end is exclusive, and a text that ends
/// too early is pointed at behind its last character.
const SLACK: usize = 2;

/// Scalars of a document that are compared with what stands at their position.
const COMPARED_MAX: usize = 200;

/// Codes of problems that always leave something out.
const CUTTING: [&str; 10] = [
    "alias",
    "alias-bomb",
    "json-syntax",
    "key-not-text",
    "not-utf8",
    "second-document",
    "too-big",
    "too-deep",
    "too-many",
    "yaml-syntax",
];

// Limit: bytes of one text of a resource. CloudFormation takes templates of 1 MB, so none that deploys has a longer
// one; texts that are put together out of each other must not get round the limit on the number of values.
const TEXT_BYTES_MAX: usize = 8 << 20;

/// How many lines a text has, and how long the longest is.
pub(crate) struct Extent {
    lines: usize,
    widest: usize,
}

impl Extent {
    pub(crate) fn of(text: &str) -> Extent {
        // YAML ends a line at a carriage return as well; with a line feed behind it this counts one line too many.
        let breaks = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        let widest = text.split('\n').map(|line| line.chars().count()).max().unwrap_or(0);
        Extent { lines: breaks + 1, widest }
    }

    /// Whether a position lies inside the text.
    pub(crate) fn holds(&self, span: Span) -> bool {
        // Columns are clamped at the greatest number that fits.
        let fits =
            |column: u16| column >= 1 && (usize::from(column) <= self.widest + SLACK || column == u16::MAX);
        span.line >= 1
            && span.end_line() as usize <= self.lines + 1
            && fits(span.column)
            && fits(span.end_column)
    }
}

/// What a document promises, whatever the text.
pub(crate) fn document(document: &Document, file: FileId, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let extent = Extent::of(&text);
    let inside = |span: Span| span.file == file && extent.holds(span);
    let cut = document.problems.iter().any(|problem| problem.cuts);
    assert_eq!(document.complete, !cut, "a document is complete if no problem cuts: {:?}", document.problems);
    for problem in &document.problems {
        assert!(inside(problem.span), "a problem lies outside the text: {problem:?}");
        assert!(!problem.message.is_empty(), "a problem says nothing: {problem:?}");
        assert!(
            problem.cuts || !CUTTING.contains(&problem.code),
            "a problem that cuts off does not say so: {problem:?}"
        );
    }
    if std::str::from_utf8(bytes).is_err() {
        let said = document.problems.iter().any(|problem| problem.code == "not-utf8");
        assert!(said, "a text that is not UTF-8 is not said to be: {:?}", document.problems);
    }
    for document::Comment { span, text: comment, .. } in &document.comments {
        let line = &span.line;
        assert!(
            *line >= 1 && *line as usize <= extent.lines,
            "comment `{comment}` lies outside the text, line {line}"
        );
    }
    tree(&document.root, &inside, cut);
}

/// What a tree promises: positions inside, limits kept, no key twice, and damage only where a problem says so.
fn tree(root: &Tree, inside: &dyn Fn(Span) -> bool, cut: bool) {
    let mut nodes = 0;
    let mut open = vec![(root, 1)];
    while let Some((tree, depth)) = open.pop() {
        nodes += 1;
        assert!(inside(tree.span), "a value lies outside the text: {:?}", tree.span);
        // A single value may stand in the deepest list.
        assert!(depth <= DEPTH_MAX + 1, "the document is nested {depth} levels deep");
        match &tree.kind {
            Kind::Scalar(_) => {}
            Kind::List(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Kind::Map(entries) => {
                let mut keys = HashSet::new();
                for entry in entries {
                    assert!(keys.insert(&*entry.key), "key `{}` is there twice", entry.key);
                    assert!(
                        inside(entry.key_span),
                        "key `{}` lies outside the text: {:?}",
                        entry.key,
                        entry.key_span
                    );
                    open.push((&entry.value, depth + 1));
                }
            }
            Kind::Damaged => assert!(cut, "something is damaged and no problem says so"),
        }
    }
    // What was open when the limit was reached is closed, and counted.
    assert!(nodes <= NODES_MAX + DEPTH_MAX, "the document has {nodes} values");
}

/// Whether two readings of a text are the same.
pub(crate) fn same_document(one: &Document, two: &Document) {
    assert!(one.root == two.root, "read twice, a text gives two trees");
    assert_eq!(one.problems, two.problems, "read twice, a text gives other problems");
    assert_eq!(one.comments, two.comments, "read twice, a text gives other comments");
}

/// Each single value that is written without quotes on one line, for whoever compares it with the text.
pub(crate) fn plain_scalars(root: &Tree) -> Vec<(&Scalar, Span)> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(tree) = open.pop() {
        match &tree.kind {
            Kind::Scalar(scalar) if scalar.plain && !scalar.text.is_empty() && tree.span.height == 0 => {
                found.push((scalar, tree.span));
                if found.len() == COMPARED_MAX {
                    return found;
                }
            }
            Kind::List(items) => open.extend(items),
            Kind::Map(entries) => open.extend(entries.iter().map(|entry| &entry.value)),
            Kind::Scalar(_) | Kind::Damaged => {}
        }
    }
    found
}

/// The characters of a line from a column on.
pub(crate) fn from_column(line: &str, column: u16) -> &str {
    let skipped = usize::from(column).saturating_sub(1);
    line.char_indices().nth(skipped).map_or("", |(at, _)| &line[at..])
}

/// What the reading of templates promises, whatever they say.
pub(crate) fn loaded(loaded: &Loaded) {
    let extents: Vec<Extent> = loaded.texts.iter().map(|text| Extent::of(text)).collect();
    assert_eq!(extents.len(), loaded.files.len(), "every file has its text");
    let inside = |span: Span| {
        !span.is_some() || extents.get(span.file.0 as usize).is_some_and(|extent| extent.holds(span))
    };
    for diagnostic in &loaded.diagnostics {
        assert!(inside(diagnostic.span), "a diagnostic lies outside its file: {diagnostic:?}");
        assert!(!diagnostic.message.is_empty(), "a diagnostic says nothing: {diagnostic:?}");
    }
    for resource in &loaded.resources {
        let key = &resource.key;
        assert!(
            inside(resource.origin.name) && inside(resource.origin.body),
            "`{key}` lies outside its file"
        );
        assert!(
            resource.origin.via.iter().all(|call| inside(call.span)),
            "a call of `{key}` lies outside its file"
        );
        let suppressed = resource.suppressions.iter().all(|suppression| inside(suppression.span));
        assert!(suppressed, "a suppression of `{key}` lies outside its file");
        let policies = [&resource.deletion_policy, &resource.update_replace_policy];
        let policies = policies.into_iter().flatten().map(|node| &**node);
        no_key_twice(key, &resource.properties.entries);
        let nodes = resource.properties.entries.iter().map(|(_, node)| node).chain(policies);
        values(key, nodes.collect(), &inside);
    }
}

fn no_key_twice<K: AsRef<str>, T>(owner: &str, entries: &[(K, T)]) {
    let mut keys = HashSet::new();
    for (key, _) in entries {
        let key = key.as_ref();
        assert!(keys.insert(key), "`{key}` is there twice in `{owner}`");
    }
}

/// The invariants that values document.
fn values(owner: &str, nodes: Vec<&Node>, inside: &dyn Fn(Span) -> bool) {
    let short =
        |bytes: usize| assert!(bytes <= TEXT_BYTES_MAX, "a text of `{owner}` unfolds to {bytes} bytes");
    let mut open = nodes;
    while let Some(node) = open.pop() {
        assert!(inside(node.span), "a value of `{owner}` lies outside its file: {:?}", node.span);
        match &node.value {
            Value::Text(text) => short(text.len()),
            Value::Partial(partial) => {
                let known = |part: &Part| matches!(part, Part::Known(_));
                assert!(!partial.parts.iter().all(known), "a partly known text of `{owner}` is known");
                let neighbours = partial.parts.windows(2).any(|pair| pair.iter().all(known));
                assert!(!neighbours, "a partly known text of `{owner}` has two known parts in a row");
                short(partial.known().map(str::len).sum());
            }
            Value::List(list) => open.extend(&list.items),
            Value::Map(map) => {
                no_key_twice(owner, &map.entries);
                open.extend(map.entries.iter().map(|(_, node)| node));
            }
            Value::Choice(choice) => {
                assert!(!choice.options.is_empty(), "a choice of `{owner}` has no options");
                let nested = choice.options.iter().any(|option| matches!(option.value, Value::Choice(_)));
                assert!(!nested, "a choice of `{owner}` has a choice for an option");
                open.extend(&choice.options);
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Unknown(_) => {}
        }
    }
}

/// Whether two readings of templates are the same.
pub(crate) fn same_loaded(one: &Loaded, two: &Loaded) {
    assert_eq!(one.diagnostics, two.diagnostics, "read twice, a template gives other diagnostics");
    assert!(one.resources == two.resources, "read twice, a template gives other resources");
    assert_eq!(one.gaps, two.gaps, "read twice, a template gives other gaps");
    assert_eq!(one.files, two.files, "read twice, a template gives other files");
    assert_eq!(
        (one.templates, &one.skipped),
        (two.templates, &two.skipped),
        "read twice, a template is none"
    );
}

/// What our own files promise of their faults: there are some, and each lies inside the text.
pub(crate) fn faults(faults: &[control::file::Fault], text: &str) {
    let extent = Extent::of(text);
    assert!(!faults.is_empty(), "a file is refused and no fault says why");
    for fault in faults {
        assert!(extent.holds(fault.span), "a fault lies outside the text: {fault:?}");
        assert!(!fault.message.is_empty(), "a fault says nothing: {fault:?}");
    }
}

/// The first problem that cuts, for messages.
pub(crate) fn first_cut(document: &Document) -> Option<&Problem> {
    document.problems.iter().find(|problem| problem.cuts)
}
