//! Estate files: what is written comes back without loss, and what is damaged is refused.

use std::sync::Arc;

use estate::estate::{Estate, Gap};
use estate::file::{FileError, read, write};
use estate::resource::{Call, Origin, Resource, Suppression};
use estate::value::{Choice, FileId, Kind, List, Map, Node, Part, Partial, Reason, Span, Unknown, Value};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof!["[a-z?$]{0,6}", "\\PC{0,8}"].prop_map(Arc::from)
}

fn span() -> impl Strategy<Value = Span> {
    let written = (0u32..3, 1u32..70_000, 0u16..9, 1u16..400, 1u16..400).prop_map(
        |(file, line, height, column, end_column)| Span {
            file: FileId(file),
            line,
            height,
            column,
            end_column,
        },
    );
    prop_oneof![Just(Span::NONE), written]
}

fn unknown() -> impl Strategy<Value = Arc<Unknown>> {
    let reason = (text(), text(), any::<bool>(), 0..18).prop_map(|(a, b, some, which)| match which {
        0 => Reason::Parameter { name: a, scope: b },
        1 => Reason::Reference { target: a, attribute: some.then_some(b) },
        2 => Reason::Pseudo(a),
        3 => Reason::Assigned(a),
        4 => Reason::Import(a),
        5 => Reason::Dynamic(a),
        6 => Reason::Condition(a),
        7 => Reason::Macro(a),
        8 => Reason::Missing(a),
        9 => Reason::Damaged(a),
        10 => Reason::Denied(a),
        11 => Reason::Throttled(a),
        12 => Reason::Unsupported(a),
        13 => Reason::Failed(a),
        14 => Reason::Variable { name: a, scope: b },
        15 => Reason::Data(a),
        16 => Reason::Part(Arc::new(Reason::Import(a))),
        _ => Reason::Stated(a),
    });
    let kinds = [Kind::Any, Kind::Present, Kind::Bool, Kind::Number, Kind::Text, Kind::List, Kind::Map];
    (reason, proptest::sample::select(kinds.to_vec()))
        .prop_map(|(reason, kind)| Arc::new(Unknown { reason, kind }))
}

fn partial() -> impl Strategy<Value = Value> {
    let part = prop_oneof![text().prop_map(Part::Known), unknown().prop_map(Part::Hole)];
    proptest::collection::vec(part, 0..4).prop_map(Partial::join)
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-1e9..1e9f64).prop_map(|d| Value::Double(d + 0.5)),
        text().prop_map(Value::Text),
        partial(),
        unknown().prop_map(Value::Unknown),
    ];
    let at = |value: BoxedStrategy<Value>| (value, span()).prop_map(|(value, span)| Node { value, span });
    at(leaf.boxed()).prop_recursive(4, 40, 5, move |inner| {
        let rest = || proptest::option::of(unknown());
        let list = (proptest::collection::vec(inner.clone(), 0..5), rest())
            .prop_map(|(items, rest)| Value::List(Box::new(List { items, rest })));
        let map = (map_of(inner.clone()), rest())
            .prop_map(|(entries, rest)| Value::Map(Box::new(Map { entries, rest })));
        let options = proptest::collection::vec(inner, 1..4);
        let choice = (options, any::<bool>(), unknown()).prop_map(|(options, or_absent, why)| {
            let options = options.into_iter().filter(|option| !matches!(option.value, Value::Choice(_)));
            let options: Vec<Node> = options.collect();
            if options.is_empty() {
                Value::Null
            } else {
                Value::Choice(Box::new(Choice { options, or_absent, why }))
            }
        });
        at(prop_oneof![list, map, choice].boxed())
    })
}

fn map_of(inner: impl Strategy<Value = Node>) -> impl Strategy<Value = Vec<(Arc<str>, Node)>> {
    proptest::collection::vec((text(), inner), 0..5).prop_map(|mut entries| {
        // In the order written, each key once.
        let mut seen = std::collections::HashSet::new();
        entries.retain(|(key, _)| seen.insert(key.clone()));
        entries
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let names = (text(), text(), text(), proptest::option::of(text()), proptest::option::of(text()));
    let place =
        (span(), span(), proptest::option::of(text()), proptest::collection::vec((text(), span()), 0..3));
    let rest = (
        map_of(node()),
        proptest::option::of(unknown()),
        proptest::option::of(node()),
        proptest::collection::vec((text(), text(), span()), 0..2),
    );
    (names, place, rest).prop_map(
        |((type_name, key, address, id, arn), (name, body, construct, via), rest)| {
            let (entries, presence, policy, suppressions) = rest;
            let mut resource = Resource::new(type_name, key, address);
            (resource.id, resource.arn, resource.account, resource.region) =
                (id.clone(), arn.clone(), arn, id);
            resource.properties = Map { entries, rest: None };
            resource.presence = presence;
            resource.deletion_policy = policy.map(Box::new);
            let via = via.into_iter().map(|(name, span)| Call { name, span }).collect();
            resource.origin = Origin { name, body, via, construct };
            resource.suppressions = suppressions
                .into_iter()
                .map(|(control, reason, span)| Suppression { control, reason, span })
                .collect();
            resource
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_comes_back(
        resources in proptest::collection::vec(resource(), 0..5),
        files in proptest::collection::vec(text(), 3..4),
        gaps in proptest::collection::vec((proptest::option::of(text()), text(), unknown()), 0..3),
    ) {
        let gaps: Vec<Gap> =
            gaps.into_iter().map(|(type_name, scope, why)| Gap { type_name, scope, why }).collect();
        let estate = Estate::new(files.clone(), resources.clone(), gaps.clone());
        let back = read(&write(&estate)).expect("what was written reads");
        prop_assert_eq!(&back.files, &files);
        prop_assert_eq!(&back.resources, &resources);
        prop_assert_eq!(&back.gaps, &gaps);
    }

    #[test]
    fn a_damaged_file_is_refused_or_read_but_never_panics(
        resources in proptest::collection::vec(resource(), 1..3),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = write(&Estate::new(vec!["a".into(), "b".into(), "c".into()], resources, Vec::new()));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(&bytes);
        bytes.truncate(at);
        prop_assert!(read(&bytes).is_err(), "a file that is cut off was read");
    }
}

#[test]
fn decimals_come_back_to_the_last_bit() {
    // A reader that rounds as it goes loses the last bit of the first.
    for double in [-904_379_340.653_968_1, 5e-324, 0.1 + 0.2, f64::MAX] {
        let mut resource = Resource::new("T".into(), "k".into(), "a".into());
        resource.properties.set("Value".into(), Node::of(Value::Double(double)));
        let back = read(&write(&Estate::new(Vec::new(), vec![resource.clone()], Vec::new()))).unwrap();
        assert_eq!(back.resources, [resource]);
    }
}

#[test]
fn what_is_no_estate_file_is_told_apart() {
    assert_eq!(read(b"Resources: {}").unwrap_err(), FileError::NotAnEstate);
    assert_eq!(read(b"").unwrap_err(), FileError::NotAnEstate);
    let newer = write(&Estate::default());
    assert!(read(&newer).is_ok());
}
