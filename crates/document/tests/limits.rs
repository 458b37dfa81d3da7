//! What a hostile or broken text gives: an end, a problem with its code and position, and what stands before it.

use document::{BYTES_MAX, DEPTH_MAX, Document, Kind, NODES_MAX, Tree, read};
use estate::value::{FileId, Span, Value};
use proptest::prelude::*;
use serde_json::Value as Json;

const FILE: FileId = FileId(0);

/// The problems of a text: code, line and column.
fn problems(document: &Document) -> Vec<(&'static str, u32, u16)> {
    document.problems.iter().map(|problem| (problem.code, problem.span.line, problem.span.column)).collect()
}

/// Reads a text that has this one problem, which cuts something off.
fn cut(name: &str, text: &[u8], expected: (&str, u32, u16)) -> Document {
    let document = read(FILE, name, text);
    let shown = String::from_utf8_lossy(&text[..text.len().min(60)]);
    assert_eq!(problems(&document), [expected], "{name}: {shown}");
    assert!(document.problems[0].cuts, "{name}: {shown}");
    assert!(!document.complete, "{name}: {shown}");
    document
}

/// Reads a text that has nothing wrong with it.
fn whole(name: &str, text: &str) -> Document {
    let document = read(FILE, name, text.as_bytes());
    assert!(document.problems.is_empty(), "{name}: {text}: {:?}", document.problems);
    assert!(document.complete, "{name}: {text}");
    document
}

/// The text at a key of the root.
fn text_at<'a>(document: &'a Document, key: &str) -> Option<&'a str> {
    document.root.get(key).and_then(Tree::text).map(|text| &**text)
}

/// How deep a tree is, counted without recursion.
fn depth(root: &Tree) -> usize {
    let mut deepest = 0;
    let mut open = vec![(root, 1)];
    while let Some((tree, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(tree.items().iter().map(|item| (item, depth + 1)));
        open.extend(tree.entries().iter().map(|entry| (&entry.value, depth + 1)));
    }
    deepest
}

/// The column that is so many characters further.
fn column(characters: usize) -> u16 {
    u16::try_from(characters + 1).expect("the limits are small")
}

#[test]
fn json_is_cut_where_it_is_too_deep() {
    let levels = 100_000;
    let lists = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let document = cut("a.json", lists.as_bytes(), ("too-deep", 1, column(DEPTH_MAX)));
    assert!(depth(&document.root) > DEPTH_MAX / 2 && depth(&document.root) <= DEPTH_MAX + 1);
    let maps = format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    cut("a.json", maps.as_bytes(), ("too-deep", 1, column(DEPTH_MAX * 5)));
}

#[test]
fn yaml_blocks_are_cut_where_they_are_too_deep() {
    let lists = format!("{}1\n", "- ".repeat(100_000));
    let document = cut("a.yaml", lists.as_bytes(), ("too-deep", 1, column(DEPTH_MAX * 2)));
    assert!(depth(&document.root) > DEPTH_MAX / 2 && depth(&document.root) <= DEPTH_MAX + 1);
    let maps: String = (0..1_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    cut("a.yaml", maps.as_bytes(), ("too-deep", DEPTH_MAX as u32 + 1, column(DEPTH_MAX)));
}

#[test]
fn yaml_flow_is_cut_where_it_is_too_deep() {
    // The scanner looks ahead for a `:` that would make a list a key, and so comes upon its own limit, which is
    // eight levels further, before it gives the second bracket.
    let lists = format!("a: {}1{}\n", "[".repeat(100_000), "]".repeat(100_000));
    cut("a.yaml", lists.as_bytes(), ("too-deep", 1, column(3 + DEPTH_MAX + 8)));
    // The map at the root is a level as well.
    let maps = format!("a: {}1{}\n", "{b: ".repeat(100_000), "}".repeat(100_000));
    cut("a.yaml", maps.as_bytes(), ("too-deep", 1, column(3 + (DEPTH_MAX - 1) * 4)));
}

#[test]
fn aliases_may_not_multiply() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        let before = format!("*a{}", i - 1);
        text.push_str(&format!("a{i}: &a{i} [{}]\n", [before.as_str(); 10].join(", ")));
    }
    text.push_str("after: {b: 1, c: *a1}\n");
    // Five lines are 120,000 values, and as many are kept for the aliases; the sixth would be over a million.
    let document = read(FILE, "a.yaml", text.as_bytes());
    let [problem] = document.problems.as_slice() else { panic!("{:?}", document.problems) };
    assert!(problem.code == "alias-bomb" && problem.cuts, "{problem:?}");
    assert_eq!(problem.span.line, 6, "{problem:?}");
    assert!(!document.complete);
    assert_eq!(document.root.get("a1").map(|tree| tree.items().len()), Some(10));
    // What follows is read all the same, and aliases that are small enough stand for what they did.
    let after = document.root.get("after").expect("the text goes on");
    assert_eq!(after.get("b").and_then(Tree::text).map(|text| &**text), Some("1"));
    assert_eq!(after.get("c").map(|tree| tree.items().len()), Some(10));
}

#[test]
fn aliases_may_not_nest_too_deep() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for i in 1..300 {
        text.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    // Each list is a level deeper than the one before, below the map at the root and itself.
    let line = DEPTH_MAX - 1;
    let before = format!("a{0}: &a{0} [", line - 1);
    cut("a.yaml", text.as_bytes(), ("alias-bomb", line as u32, column(before.len())));
}

#[test]
fn an_alias_inside_its_own_anchor_is_refused() {
    let document = cut("a.yaml", b"a: &a [*a]\nb: 1\n", ("alias", 1, 8));
    assert_eq!(text_at(&document, "b"), Some("1"));
    cut("a.yaml", b"a: *none\n", ("yaml-syntax", 1, 4));
}

#[test]
fn a_map_that_ends_in_an_alias_does_not_end_before_it_begins() {
    let text = "a: &x {k: v}\nb:\n     c: 1\n     d: *x\n";
    let document = whole("a.yaml", text);
    let map = document.root.get("b").expect("it is there");
    assert_eq!(map.span.end_line(), 4, "{:?}", map.span);
    assert_inside(&document, text);
}

#[test]
fn values_beyond_the_limit_are_left_out_and_those_before_it_kept() {
    let text = format!("[\n{}1]", "1,\n".repeat(NODES_MAX + 10));
    // Each value stands on a line of its own, below the bracket; the list is a value as well.
    let document = read(FILE, "a.json", text.as_bytes());
    assert_eq!(document.problems.len(), 1);
    assert_eq!(document.problems[0].code, "too-many");
    assert!(document.problems[0].span.line >= NODES_MAX as u32, "{:?}", document.problems[0].span);
    assert!(!document.complete);
    assert!(document.root.items().len() >= NODES_MAX - 1, "{} values are kept", document.root.items().len());
}

#[test]
fn a_text_of_too_many_bytes_is_not_read() {
    let text = vec![b' '; BYTES_MAX + 1];
    let document = cut("a.yaml", &text, ("too-big", 1, 1));
    assert_eq!(document.root.kind, Kind::Damaged);
}

#[test]
fn what_stands_before_bytes_that_are_not_utf8_is_kept() {
    let document = cut("a.yaml", b"a: 1\nb: caf\xff\nc: 3\n", ("not-utf8", 2, 7));
    assert_eq!(text_at(&document, "a"), Some("1"));
    assert_eq!(text_at(&document, "c"), None);
    // Columns count characters, and a byte order mark is none.
    cut("a.yaml", b"\xef\xbb\xbfa: \xc3\xa4\xc3\xa4\xff\n", ("not-utf8", 1, 6));
    // Half of a surrogate pair, as some programs write it.
    cut("a.yaml", b"a: \xed\xa0\x80\n", ("not-utf8", 1, 4));
    cut("a.yaml", b"\xff\xfea\x00", ("not-utf8", 1, 1));
    // JSON is cut off as well as not UTF-8.
    let document = read(FILE, "a.json", b"{\"a\": 1, \"b\": \"caf\xff\"}");
    assert_eq!(problems(&document), [("json-syntax", 1, 16), ("not-utf8", 1, 19)]);
    assert_eq!(document.root.entries().len(), 2);
    assert_eq!(document.root.entries()[1].value.kind, Kind::Damaged);
}

#[test]
fn lone_surrogates_in_json_become_replacement_characters() {
    let texts = [
        (r#"["\ud800"]"#, "\u{fffd}"),
        (r#"["\udc00x"]"#, "\u{fffd}x"),
        (r#"["\ud800\ud800"]"#, "\u{fffd}\u{fffd}"),
        (r#"["\ud800\n"]"#, "\u{fffd}\n"),
        (r#"["\ud83d\ude00"]"#, "😀"),
        (r#"["\uD83D\uDE00\u00e4"]"#, "😀ä"),
    ];
    for (text, expected) in texts {
        let document = whole("a.json", text);
        assert_eq!(document.root.items()[0].text().map(|text| &**text), Some(expected), "{text}");
    }
}

#[test]
fn lone_surrogates_in_yaml_are_refused() {
    cut("a.yaml", br#"a: "\ud800""#, ("yaml-syntax", 1, 4));
    cut("a.yaml", br#"a: "x\udc00""#, ("yaml-syntax", 1, 4));
    cut("a.yaml", br#"a: "\ud800\ud800""#, ("yaml-syntax", 1, 4));
    let document = whole("a.yaml", r#"a: "\ud83d\ude00""#);
    assert_eq!(text_at(&document, "a"), Some("😀"));
}

#[test]
fn json_that_does_not_end_is_pointed_at() {
    let texts: [(&str, u16); 24] = [
        ("{", 2),
        ("[", 2),
        ("{\"a", 3),
        ("{\"a\"", 5),
        ("{\"a\":", 6),
        ("{\"a\":1", 7),
        ("{\"a\":1,", 8),
        ("{\"a\":[", 7),
        ("[1", 3),
        ("[1,", 4),
        ("[\"ab", 3),
        ("[\"a\\", 4),
        ("[\"a\\x\"]", 4),
        ("[\"\\u12", 3),
        ("[\"\\u12g4\"]", 3),
        ("[tru", 2),
        ("[-", 2),
        ("[1e", 2),
        ("[01]", 2),
        ("[1 2]", 4),
        ("[1}", 3),
        ("[1,]", 4),
        ("{a: 1}", 2),
        ("{\"a\":1}x", 8),
    ];
    for (text, column) in texts {
        cut("a.json", text.as_bytes(), ("json-syntax", 1, column));
    }
    cut("a.json", b"{\n  \"a\": 1,\n  \"b\" 2\n}", ("json-syntax", 3, 7));
}

#[test]
fn yaml_that_does_not_end_is_pointed_at() {
    let texts: [(&str, u16); 8] = [
        ("a: [1", 4),
        ("a: {b: 1", 4),
        ("a: \"x", 4),
        ("a: 'x", 4),
        ("a: \"\\u12", 4),
        ("- [", 3),
        ("\"a", 1),
        ("a: [1}", 4),
    ];
    for (text, column) in texts {
        cut("a.yaml", text.as_bytes(), ("yaml-syntax", 1, column));
    }
    // Nothing is missing here.
    for text in ["a:", "a: !Sub", "a: &x", "a: |", "a: >-", "-", "?", ""] {
        whole("a.yaml", text);
    }
}

#[test]
fn flow_notation_is_yaml_where_the_name_does_not_say_json() {
    let document = whole("a.template", "{a: !Ref b,}");
    assert_eq!(document.root.get("a").and_then(|tree| tree.tag.as_deref()), Some("Ref"));
    cut("A.JSON", b"{a: 1}", ("json-syntax", 1, 2));
}

/// Asserts that every position of a document is one of the text's.
fn assert_inside(document: &Document, text: &str) {
    let lines: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
    let assert_span = |span: Span, what: &str| {
        let width = |line: u32| lines.get(line as usize - 1).copied();
        assert!(span.line >= 1 && span.column >= 1, "{what}: {span:?}");
        let first = width(span.line).unwrap_or_else(|| panic!("{what} begins below the text: {span:?}"));
        assert!(usize::from(span.column) <= first + 1, "{what} begins behind its line: {span:?}");
        let last = width(span.end_line()).unwrap_or_else(|| panic!("{what} ends below the text: {span:?}"));
        // A block text ends with its line, whatever that holds; a problem at the end of a line takes one column.
        let is_open = span.end_column == u16::MAX;
        assert!(is_open || usize::from(span.end_column) <= last + 2, "{what} ends behind its line: {span:?}");
        let is_forward = span.height > 0 || span.end_column >= span.column;
        assert!(is_forward, "{what} ends before it begins: {span:?}");
    };
    for problem in &document.problems {
        assert_span(problem.span, problem.code);
        assert!(!problem.message.is_empty(), "{problem:?}");
    }
    let mut open = vec![&document.root];
    while let Some(tree) = open.pop() {
        assert_span(tree.span, tree.noun());
        for entry in tree.entries() {
            assert_span(entry.key_span, "a key");
        }
        open.extend(tree.items());
        open.extend(tree.entries().iter().map(|entry| &entry.value));
    }
    for document::Comment { span, .. } in &document.comments {
        let line = &span.line;
        assert!((1..=lines.len()).contains(&(*line as usize)), "a comment on line {line}");
    }
}

/// What YAML and JSON mean something by.
const TOKENS: &str = concat!(
    " ·  ·\n·\n  ·\n    ·\r\n·\t·- ·? ·: ·:·,·[·]·{·}·a·b: ·\"·'·\"c\"·\"d\": ·#· # e·&x ·*x·!Sub ·!!str ·<<: ",
    "·|\n·>-\n·---\n·...\n·%YAML 1.2\n·\\·\\u00·1·-1.5e3·true·null·é·😀·\u{feff}·\u{0}·\u{85}·\u{2028}",
);

/// Texts put together of them.
fn any_text() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        prop::sample::select(TOKENS.split('·').collect::<Vec<&str>>()).prop_map(str::to_owned),
        any::<char>()
            .prop_filter("a lone CR ends a line in YAML only", |c| *c != '\r')
            .prop_map(String::from),
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

fn any_json() -> impl Strategy<Value = Json> {
    let text = || {
        let characters = prop::collection::vec(any::<char>(), 0..12);
        characters.prop_map(|characters| characters.into_iter().collect::<String>())
    };
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_filter("JSON has no other", |d| d.is_finite()).prop_map(Json::from),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

/// Whether a tree says what a JSON value is.
fn is_same(tree: &Tree, json: &Json) -> bool {
    match (&tree.kind, json) {
        (Kind::Scalar(scalar), Json::Null) => scalar.value() == Value::Null,
        (Kind::Scalar(scalar), Json::Bool(b)) => scalar.value() == Value::Bool(*b),
        (Kind::Scalar(scalar), Json::Number(number)) => match number.as_i64() {
            Some(int) => scalar.value() == Value::Int(int),
            // A number that would print otherwise stays as it is written.
            None => scalar.plain && *scalar.text == *number.to_string(),
        },
        (Kind::Scalar(scalar), Json::String(text)) => scalar.value() == Value::Text(text.as_str().into()),
        (Kind::List(items), Json::Array(values)) => {
            items.len() == values.len() && items.iter().zip(values).all(|(item, value)| is_same(item, value))
        }
        (Kind::Map(entries), Json::Object(values)) => {
            let is_known = |key: &str, value: &Tree| values.get(key).is_some_and(|json| is_same(value, json));
            entries.len() == values.len() && entries.iter().all(|entry| is_known(&entry.key, &entry.value))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn every_position_is_inside_the_text(text in any_text()) {
        for name in ["a.yaml", "a.json", "a.template"] {
            let document = read(FILE, name, text.as_bytes());
            assert_inside(&document, text.strip_prefix('\u{feff}').unwrap_or(&text));
            let is_cut = document.problems.iter().any(|problem| problem.cuts);
            prop_assert_eq!(document.complete, !is_cut);
        }
    }

    #[test]
    fn a_cut_anywhere_is_survived(json in any_json(), percent in 0_usize..100) {
        let text = json.to_string().into_bytes();
        let end = text.len() * percent / 100;
        for name in ["a.yaml", "a.json"] {
            let document = read(FILE, name, &text[..end]);
            let good = std::str::from_utf8(&text[..end]).unwrap_or_default();
            if !good.is_empty() {
                assert_inside(&document, good);
            }
        }
    }

    #[test]
    fn json_reads_back_to_what_it_was_written_from(json in any_json()) {
        // A text that is a single value by itself is read as YAML; a list is JSON.
        let json = Json::Array(vec![json]);
        for text in [json.to_string(), format!("{json:#}")] {
            let document = read(FILE, "a.json", text.as_bytes());
            prop_assert!(document.problems.is_empty(), "{}: {:?}", text, document.problems);
            prop_assert!(is_same(&document.root, &json), "{}", text);
            assert_inside(&document, &text);
        }
    }
}
