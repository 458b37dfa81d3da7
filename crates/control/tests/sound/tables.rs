//! Cases by hand: what the book says of values that are known, what the known part of a value decides, and what
//! looks decided and is not.

use estate::value::{Kind, Reason};

use crate::concrete::{Concrete, Entry};
use crate::sketch::{Piece, Sketch, World, parameter, reference, stated};

use Concrete::{Bool, Int, Null};

fn text(text: &str) -> Concrete {
    Concrete::text(text)
}

fn texts(items: &[&str]) -> Concrete {
    Concrete::List(items.iter().map(|item| text(item)).collect())
}

fn known(text: &str) -> Sketch {
    Sketch::Known(Concrete::text(text))
}

fn hole(reason: Reason, kind: Kind) -> Sketch {
    Sketch::Hole { reason, kind, like: kind }
}

/// A list of these texts, and perhaps more.
fn some_of(items: &[&str]) -> Sketch {
    Sketch::List { items: items.iter().map(|item| known(item)).collect(), rest: Some(stated()) }
}

fn starting_with(start: &str) -> Sketch {
    Sketch::Text(vec![Piece::Known(start.to_owned()), Piece::Hole(stated())])
}

fn either(a: Concrete, b: Concrete) -> Sketch {
    Sketch::Choice { options: vec![Sketch::Known(a), Sketch::Known(b)], or_absent: false }
}

/// Expressions, properties that are known, and the answer; `None` for what cannot be done.
pub(crate) fn book() -> Vec<(&'static str, Vec<Entry>, Option<bool>)> {
    let name = || vec![("Name", text("ab"))];
    let names = || vec![("Names", texts(&["a", "b"]))];
    vec![
        // Null: absent is null, null is false, and a default is read where nothing is written.
        ("Name == null", vec![], Some(true)),
        ("Name == null", vec![("Name", Null)], Some(true)),
        ("null == null && !null", vec![], Some(true)),
        ("Enabled || Settings.On", vec![], Some(false)),
        ("Retention == 7 && has(Retention)", vec![], Some(true)),
        ("Retention == 7", vec![("Retention", Null)], Some(true)),
        ("has(Name)", vec![("Name", Null)], Some(false)),
        ("Settings.Mode == null && Free.a.b == null && Free[0] == null", vec![], Some(true)),
        ("Names[2] == null && Names[1] == 'b'", names(), Some(true)),
        ("Names.exists(x, true) || Names.all(x, false)", vec![], Some(true)),
        ("size(Names) == 0 && size(Names.filter(x, true)) == 0 && !('a' in Names)", vec![], Some(true)),
        ("Name.or('x') == 'x' && Enabled.or(true)", vec![], Some(true)),
        ("Name.or('x') == 'ab'", name(), Some(true)),
        // Null where it has no meaning, and values of other types than the schema's.
        ("Engine.startsWith('a')", vec![], None),
        ("Count.or(0) < 5", vec![("Count", text("1"))], None),
        ("Count == 1", vec![("Count", text("1"))], Some(false)),
        ("Names[-1] == null", names(), None),
        ("Free.a == null", vec![("Free", text("a"))], None),
        ("Free.exists(x, true)", vec![("Free", Int(1))], None),
        ("Free", vec![("Free", text("a"))], None),
        // Errors and Kleene.
        ("1 / Count.or(0) == 1", vec![], None),
        ("1 / Count.or(0) == 1 || true", vec![], Some(true)),
        ("false && 1 / Count.or(0) == 1", vec![], Some(false)),
        ("Names.exists(x, 1 / Count.or(0) == 1 || x == 'b')", names(), Some(true)),
        ("Names.all(x, x == 'a' || 1 / Count.or(0) == 1)", names(), None),
        ("Names.exists_one(x, x == 'a' || 1 / Count.or(0) == 1)", names(), None),
        ("Name.or(Engine.lower()) == 'ab'", name(), Some(true)),
        // An error is an error in a list, a map, a filter, a condition, an operand.
        ("size([1 / Count.or(0)]) == 1", vec![], None),
        ("'a' in ['a', Engine.lower()]", vec![], None),
        ("has({'a': 1 / Count.or(0)}.b)", vec![], None),
        ("size(Names.filter(x, 1 / Count.or(0) == 1)) >= 0", names(), None),
        ("size(Names.map(x, 1 / Count.or(0) == 1, x)) >= 0", names(), None),
        ("size(dyn(Engine.lower()).filter(x, true)) >= 0", vec![], None),
        ("(1 / Count.or(0) == 1) ? true : true", vec![], None),
        ("Engine.lower() in Names", vec![], None),
        ("(Engine.lower() < 'a') == null", vec![], None),
        // Equality and order.
        ("Ratio == 1 && Ratio in [1]", vec![("Ratio", Concrete::Double(1.0))], Some(true)),
        ("Free == {'b': [1], 'a': 2.0}", vec![("Free", free())], Some(true)),
        ("'a' in Free && !('c' in Free)", vec![("Free", free())], Some(true)),
        ("Free.all(x, x in ['a', 'b'])", vec![("Free", free())], Some(true)),
        ("'B' < 'a' && 7 / 2 == 3 && -7 % 2 == -1", vec![], Some(true)),
        ("size('é') == 1 && 'é'.upper() == 'É'", vec![], Some(true)),
        // Functions.
        ("Name.or('').glob('a?') && !Name.or('').glob('b*')", name(), Some(true)),
        ("ip.is_public('0.0.0.0/0') && !ip.is_public('10.0.0.0/8') && !ip.is_public('')", vec![], Some(true)),
        ("ip.covers('10.0.0.0/8', '10.1.2.3')", vec![], Some(true)),
        ("ip.covers('10.1.0.0/16', '10.0.0.0/8')", vec![], Some(false)),
        ("ip.is_public(Name.or(''))", name(), None),
        ("port.covers({'IpProtocol': '-1'}, 22) && port.covers({'IpProtocol': 6}, 22)", vec![], Some(true)),
        ("port.covers({'IpProtocol': 'tcp', 'FromPort': 80, 'ToPort': 443}, 22)", vec![], Some(false)),
        ("port.covers({'IpProtocol': 'udp'}, 22, 'UDP')", vec![], Some(true)),
        ("port.covers({'Protocol': 6, 'PortRange': {'From': 20, 'To': 22}}, 22)", vec![], Some(true)),
        ("port.covers({'FromPort': 22}, 22)", vec![], None),
        ("port.covers({'IpProtocol': 'tcp'}, 22, dyn(6).or(6))", vec![], None),
    ]
}

fn free() -> Concrete {
    Concrete::map([("a", Int(2)), ("b", Concrete::List(vec![Int(1)]))])
}

/// Expressions that the known part of the values decides, and the answer: soundness alone would be had by never
/// deciding anything.
pub(crate) fn decided() -> Vec<(&'static str, World, bool)> {
    let rule = Sketch::Known(Concrete::map([("IpProtocol", text("tcp")), ("FromPort", Int(0))]));
    let one = |name, sketch| World::of(vec![(name, sketch)]);
    let two = |a, b| World::of(vec![("Name", a), ("Engine", b)]);
    let bool_and_number = || {
        World::of(vec![
            ("Enabled", hole(stated(), Kind::Bool)),
            ("Count", Sketch::Known(Int(1))),
            ("Names", some_of(&["a"])),
        ])
    };
    vec![
        ("Name.or('').startsWith('ab')", one("Name", starting_with("abc")), true),
        ("Name == 'xyz'", one("Name", starting_with("abc")), false),
        ("Names.exists(x, x == 'a')", one("Names", some_of(&["a"])), true),
        ("Names.all(x, x == 'b')", one("Names", some_of(&["a"])), false),
        ("size(Names) > 0", one("Names", some_of(&["a"])), true),
        ("'a' in Names", one("Names", some_of(&["a"])), true),
        ("Names == ['a']", one("Names", some_of(&["b", "c"])), false),
        ("Names.filter(x, x != 'b').size() >= 1", one("Names", some_of(&["a", "b"])), true),
        ("Enabled && Count == 2", bool_and_number(), false),
        ("Count == 1 || Enabled", bool_and_number(), true),
        ("(Enabled ? 'a' : 'a') == 'a'", bool_and_number(), true),
        ("(Enabled ? 1 : 2) < 3", bool_and_number(), true),
        ("Free.a == 'x'", one("Free", Sketch::map([("a", hole(stated(), Kind::Bool))])), false),
        ("Name == Engine", two(hole(parameter("P"), Kind::Text), hole(parameter("P"), Kind::Text)), true),
        ("Name == Engine", two(hole(reference("A"), Kind::Text), hole(reference("B"), Kind::Text)), false),
        ("Engine == '*' || Engine == ''", one("Engine", hole(reference("A"), Kind::Text)), false),
        ("has(Name)", one("Name", either(text("a"), text("b"))), true),
        ("Name.or('').contains('a')", one("Name", either(text("ab"), text("ba"))), true),
        (
            "Rules.exists(x, port.covers(x, 22))",
            one("Rules", Sketch::List { items: vec![rule], rest: Some(stated()) }),
            true,
        ),
    ]
}

/// Expressions that look decided and are not: each was, or could have been, a fault of the evaluator.
pub(crate) fn open() -> Vec<(&'static str, World)> {
    let one = |name, sketch| World::of(vec![(name, sketch)]);
    let two = |a, b| World::of(vec![("Name", a), ("Engine", b)]);
    let two_names = |first: &str, second: &str| {
        Sketch::Text(vec![Piece::Hole(reference(first)), Piece::Hole(reference(second))])
    };
    let bare_rule =
        Sketch::Map { entries: vec![("IpProtocol".to_owned(), known("tcp"))], rest: Some(stated()) };
    let labels = Sketch::Known(Concrete::map([("ab", text("x"))]));
    vec![
        // Two sizes between bounds may be equal.
        (
            "size(Names) == size(Labels)",
            World::of(vec![("Names", hole(stated(), Kind::List)), ("Labels", hole(stated(), Kind::Map))]),
        ),
        // What is made of one parameter is another value than the parameter, and than what else is made of it.
        ("(!Enabled) == Enabled", one("Enabled", hole(parameter("P"), Kind::Bool))),
        ("(Count.or(0) < 5) == (Count.or(0) > 3)", one("Count", hole(parameter("P"), Kind::Number))),
        ("Names.exists(x, x == 'a') == ('b' in Names)", one("Names", hole(parameter("P"), Kind::List))),
        // Two names differ; what is said of them need not.
        (
            "(Name == 'a') == (Engine == 'a')",
            two(hole(reference("A"), Kind::Text), hole(reference("B"), Kind::Text)),
        ),
        (
            "Name.or('').contains('a') == Engine.contains('a')",
            two(hole(reference("A"), Kind::Text), hole(reference("B"), Kind::Text)),
        ),
        // Two pairs of names may read the same: `a` before `aa`, and `aa` before `a`.
        ("Name == Engine", two(two_names("A", "B"), two_names("B", "A"))),
        // A name is no wildcard, but the alternative to it may be.
        ("(Engine == 'a' ? Engine : '*') == '*'", one("Engine", hole(reference("A"), Kind::Text))),
        // A key that is only partly known may be there.
        ("Labels[Name.or('')] == null", World::of(vec![("Labels", labels), ("Name", starting_with("a"))])),
        ("{0: 'a'}[size(Names)] == null", one("Names", hole(stated(), Kind::List))),
        // Of a map that may hold more, no key is surely absent.
        (
            "Rules.exists(x, port.covers(x, 22))",
            one("Rules", Sketch::List { items: vec![bare_rule], rest: None }),
        ),
        // A protocol that is only partly known is not the one that is taken when none is said.
        (
            "port.covers({'IpProtocol': 'udp', 'FromPort': 53, 'ToPort': 53}, 53, Name.or('tcp'))",
            one("Name", starting_with("u")),
        ),
        // An entry of which nothing is known may be absent.
        ("'a' in Free", one("Free", Sketch::map([("a", hole(stated(), Kind::Any))]))),
        ("size(Free) == 1", one("Free", Sketch::map([("a", hole(stated(), Kind::Any))]))),
        ("Free == {}", one("Free", Sketch::map([("a", hole(stated(), Kind::Any))]))),
        // What a list may hold more stands before what is added to it.
        ("(Names.or([]) + ['z'])[1] == 'z'", one("Names", some_of(&["a"]))),
        // 1 and 1.0 are equal and yet not divided alike.
        ("(Enabled ? [1] : [1.0])[0].or(1) / 2 == 0", one("Enabled", either(Bool(true), Bool(false)))),
        // Null in an undecided condition reads as the default.
        ("Retention == 7", one("Retention", either(Null, Int(5)))),
    ]
}
