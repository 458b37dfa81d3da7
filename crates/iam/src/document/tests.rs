use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Choice, Kind, List, Map, Node, Partial, Reason, Span, Unknown, Value};
use serde_json::json;

use super::{Effect, Fault, Match, Policy, PrincipalKind, Principals, STATEMENTS_MAX};
use crate::pattern::{Piece, Text};

fn unknown(kind: Kind) -> Arc<Unknown> {
    let reason = Reason::Parameter { name: Arc::from("P"), scope: Arc::from("t") };
    Arc::new(Unknown { reason, kind })
}

fn node(json: &serde_json::Value) -> Node {
    Node::of(Value::from(json))
}

fn parse(json: &serde_json::Value) -> Policy {
    Policy::parse(Some(&node(json)))
}

fn map(entries: Vec<(&str, Node)>) -> Node {
    let entries: Map = entries.into_iter().map(|(key, node)| (Arc::from(key), node)).collect();
    Node::of(Value::Map(Box::new(entries)))
}

fn list(items: Vec<Node>) -> Node {
    Node::of(Value::List(Box::new(items.into_iter().collect())))
}

fn maybe(option: Node) -> Node {
    let choice = Choice { options: vec![option], or_absent: true, why: unknown(Kind::Any) };
    Node::of(Value::Choice(Box::new(choice)))
}

fn texts(elements: &Match) -> Vec<String> {
    match elements {
        Match::Only(list) | Match::AllExcept(list) => {
            list.items.iter().map(|element| element.text.as_known().unwrap()).collect()
        }
        Match::Absent | Match::Unknown(_) => Vec::new(),
    }
}

#[test]
fn a_document_is_read() {
    let policy = parse(&json!({
        "Version": "2012-10-17",
        "Id": "x",
        "Statement": [{
            "Sid": "one",
            "Effect": "Allow",
            "Principal": { "AWS": ["123456789012", "arn:aws:iam::1:root"], "Service": "ec2.amazonaws.com" },
            "Action": ["s3:GetObject", "s3:PutObject"],
            "NotResource": "arn:aws:s3:::b/${aws:username}/*",
            "Condition": { "Bool": { "aws:SecureTransport": true }, "StringLike": { "s3:prefix": ["a", "b"] } },
        }],
    }));
    assert!(policy.problems.is_empty(), "{:?}", policy.problems);
    assert_eq!(policy.unknown, None);
    let statement = &policy.statements[0];
    assert_eq!(statement.sid, Some(Text::known("one")));
    assert_eq!(statement.effect, Effect::Allow);
    assert_eq!(texts(&statement.actions), ["s3:GetObject", "s3:PutObject"]);
    let Principals::Only(principals) = &statement.principals else { panic!("{:?}", statement.principals) };
    assert_eq!(principals.items.len(), 3);
    assert_eq!(principals.items[2].kind, PrincipalKind::Service);
    let Match::AllExcept(resources) = &statement.resources else { panic!("{:?}", statement.resources) };
    assert!(matches!(resources.items[0].text.pieces[1], Piece::Variable(_)));
    assert_eq!(statement.conditions.entries.len(), 2);
    assert_eq!(statement.conditions.entries[0].values.items[0].text, Text::known("true"));
}

#[test]
fn every_shape_of_a_policy_is_read() {
    let statement = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    let document = json!({ "Statement": statement });
    for shape in [
        statement.clone(),
        json!([statement]),
        document.clone(),
        json!({ "Statement": [statement] }),
        json!(document.to_string()),
        json!(json!([statement]).to_string()),
    ] {
        let policy = parse(&shape);
        assert_eq!(policy.statements.len(), 1, "{shape}");
        assert_eq!(policy.statements[0].effect, Effect::Deny, "{shape}");
        assert_eq!((policy.unknown, policy.problems), (None, Vec::new()), "{shape}");
    }
    assert_eq!(Policy::parse(None), Policy::default());
    assert_eq!(parse(&json!(null)), Policy::default());
    assert_eq!(parse(&json!({ "Statement": [] })), Policy::default());
}

#[test]
fn variables_are_read_by_version() {
    let pieces = |version: Option<&str>| {
        let mut document =
            json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "${aws:username}" } });
        if let Some(version) = version {
            document["Version"] = json!(version);
        }
        let policy = parse(&document);
        let Match::Only(resources) = &policy.statements[0].resources else { panic!("no resources") };
        resources.items[0].text.pieces.clone()
    };
    assert!(matches!(pieces(Some("2012-10-17"))[0], Piece::Variable(_)));
    assert!(matches!(pieces(Some("2008-10-17"))[0], Piece::Known(_)));
    assert!(matches!(pieces(None)[0], Piece::Known(_)));
    // One statement by itself does not tell its version.
    let alone = parse(&json!({ "Effect": "Allow", "Action": "*", "Resource": "a-${aws:username}" }));
    let Match::Only(resources) = &alone.statements[0].resources else { panic!("no resources") };
    assert!(matches!(resources.items[0].text.pieces.as_slice(), [Piece::Known(_), Piece::Hole(_)]));
}

#[test]
fn faults_are_problems_and_unknown() {
    let faults = |json: serde_json::Value| {
        parse(&json).problems.into_iter().map(|problem| problem.fault).collect::<Vec<Fault>>()
    };
    assert_eq!(faults(json!(5)), [Fault::NotAPolicy]);
    assert_eq!(faults(json!("5")), [Fault::NotAPolicy]);
    assert!(matches!(faults(json!("{"))[..], [Fault::NotJson(_)]));
    assert_eq!(faults(json!({ "Version": "2012-10-17" })), [Fault::Missing("Statement")]);
    assert_eq!(faults(json!({ "Statement": ["x"] })), [Fault::WrongType("Statement")]);
    assert_eq!(faults(json!({ "Effect": "allow", "Action": "*" })), [Fault::Effect(Arc::from("allow"))]);
    assert_eq!(faults(json!({ "Action": "*" })), [Fault::Missing("Effect")]);
    assert_eq!(faults(json!({ "Effect": "Allow" })), [Fault::Missing("Action")]);
    assert_eq!(faults(json!({ "Effect": "Allow", "Action": [["*"]] })), [Fault::WrongType("Action")]);
    let both = json!({ "Effect": "Allow", "Action": "*", "NotAction": "s3:*" });
    assert_eq!(faults(both), [Fault::Both("Action", "NotAction")]);
    let odd = json!({ "Effect": "Allow", "Action": "*", "Resources": "*" });
    assert_eq!(faults(odd), [Fault::Element(Arc::from("Resources"))]);
    let bare = json!({ "Effect": "Allow", "Action": "*", "Principal": "arn:aws:iam::1:root" });
    assert_eq!(faults(bare), [Fault::Principal(Arc::from("arn:aws:iam::1:root"))]);
    let wild = json!({ "Effect": "Allow", "Action": "*", "Principal": { "AWS": "arn:aws:iam::*:root" } });
    assert_eq!(faults(wild), [Fault::Wildcard("arn:aws:iam::*:root".to_owned())]);
    let operator = json!({ "Effect": "Allow", "Action": "*", "Condition": { "StringIs": { "k": "v" } } });
    assert_eq!(faults(operator), [Fault::Operator(Arc::from("StringIs"))]);
    assert!(parse(&json!("{")).unknown.is_some());
    assert!(matches!(parse(&json!({ "Action": "*" })).statements[0].effect, Effect::Unknown(_)));
}

#[test]
fn limits_are_said() {
    let statement = json!({ "Effect": "Allow", "Action": "*" });
    let policy = parse(&json!(vec![statement; STATEMENTS_MAX + 2]));
    assert_eq!(policy.statements.len(), STATEMENTS_MAX);
    assert!(policy.unknown.is_some());
    assert_eq!(policy.problems.len(), 1);
    let policy = parse(&json!({ "Effect": "Allow", "Action": ["*", "x".repeat(70_000), "y", "z"] }));
    assert_eq!(policy.problems.len(), 1);
    let Match::Only(actions) = &policy.statements[0].actions else { panic!("no actions") };
    assert!(matches!(actions.items[2].text.pieces.as_slice(), [Piece::Hole(_)]));
    assert!(parse(&json!(" ".repeat(300_000))).unknown.is_some());
    // Deep nesting ends in an error of the JSON reader, not of the stack.
    assert!(parse(&json!("[".repeat(100_000))).unknown.is_some());
}

#[test]
fn what_is_open_stays_open() {
    let statement = node(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    let policy = Policy::parse(Some(&list(vec![statement.clone(), maybe(statement.clone())])));
    assert_eq!(policy.statements[0].maybe, None);
    assert!(policy.statements[1].maybe.is_some());

    let mut open = List { items: vec![statement.clone()], rest: Some(unknown(Kind::Any)) };
    let policy = Policy::parse(Some(&Node::of(Value::List(Box::new(open.clone())))));
    assert!(policy.unknown.is_some());
    open.items.push(Node::of(Value::Unknown(unknown(Kind::Any))));
    open.rest = None;
    let policy = Policy::parse(Some(&Node::of(Value::List(Box::new(open)))));
    assert!(policy.unknown.is_some());

    let whole = Policy::parse(Some(&Node::of(Value::Unknown(unknown(Kind::Any)))));
    assert!(whole.unknown.is_some() && whole.statements.is_empty());
    let partial = Partial::join([
        estate::value::Part::Known(Arc::from("{")),
        estate::value::Part::Hole(unknown(Kind::Text)),
    ]);
    assert!(Policy::parse(Some(&Node::of(partial))).unknown.is_some());
}

#[test]
fn a_choice_of_documents_keeps_them_apart() {
    let allow = node(&json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }));
    let deny = node(&json!({ "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } }));
    let either = Choice::among([Some(allow), Some(deny), None], unknown(Kind::Any), Span::NONE).unwrap();
    let policy = Policy::parse(Some(&either));
    let alternatives = policy.alternatives.unwrap();
    assert_eq!(alternatives.policies.len(), 3);
    assert_eq!(policy.statements.len(), 2);
    assert!(policy.statements.iter().all(|statement| statement.maybe.is_some()));
}

#[test]
fn unknown_elements() {
    let base = |key: &'static str, value: Node| {
        map(vec![("Effect", Node::text("Allow")), ("Action", Node::text("*")), (key, value)])
    };
    let any = Node::of(Value::Unknown(unknown(Kind::Any)));
    let text = Node::of(Value::Unknown(unknown(Kind::Text)));
    let policy = Policy::parse(Some(&base("Resource", any.clone())));
    assert!(matches!(policy.statements[0].resources, Match::Unknown(_)));
    let policy = Policy::parse(Some(&base("Resource", text.clone())));
    assert!(matches!(&policy.statements[0].resources, Match::Only(list) if list.items.len() == 1));
    let policy = Policy::parse(Some(&base("Resource", list(vec![maybe(Node::text("a")), text]))));
    let Match::Only(resources) = &policy.statements[0].resources else { panic!("no resources") };
    assert!(resources.items[0].maybe.is_some() && resources.items[1].maybe.is_none());
    assert_eq!(
        resources.any(|element| Truth::from(element.text.as_known().as_deref() == Some("b"))),
        Truth::False
    );
    let policy = Policy::parse(Some(&base("Principal", any.clone())));
    assert!(matches!(policy.statements[0].principals, Principals::Unknown(_)));
    let policy = Policy::parse(Some(&base("Condition", any)));
    assert!(policy.statements[0].conditions.rest.is_some());
    let condition = node(&json!({ "Bool": { "k": "true" } }));
    let policy = Policy::parse(Some(&base("Condition", maybe(condition))));
    assert!(policy.statements[0].conditions.entries[0].maybe.is_some());
}
