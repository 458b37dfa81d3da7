//! A policy: read, asked every question, and asked again in another order.
//!
//! An input is JSON in which a few marks stand for what is not known: the text `?` is an unknown text, `…` in a text
//! is a part that is not known, `"…"` among the elements of a list or as a key of a map says that there may be more,
//! and `{"either": […]}` is one of the list. An input that is no JSON is the text of a policy.

use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Choice, Kind, List, Map, Node, Part, Partial, Reason, Span, Unknown, Value};
use iam::document::Policy;
use iam::judge::{admin, demand, reach, request};
use serde_json::Value as Json;

/// Who asks for what.
const REQUESTS: [(&str, &str, &str); 4] = [
    ("*", "s3:GetObject", "arn:aws:s3:::bucket/key"),
    ("arn:aws:iam::111122223333:role/Reader", "iam:PassRole", "arn:aws:iam::111122223333:role/*"),
    ("Service:events.amazonaws.com", "sns:Publish", "arn:aws:sns:eu-west-1:111122223333:topic"),
    ("AWS:444455556666", "kms:Decrypt", "*"),
];

pub(crate) fn run(input: &[u8]) {
    let json = serde_json::from_slice::<Json>(input);
    let node = match &json {
        Ok(json) => open(json),
        Err(_) => Node::text(&String::from_utf8_lossy(input)),
    };
    let policy = Policy::parse(Some(&node));
    assert_eq!(policy, Policy::parse(Some(&node)), "read twice, a policy is another");
    let answers = answers(&policy);
    assert_eq!(answers, self::answers(&policy), "asked twice, a policy answers otherwise");
    assert_eq!(answers, self::answers(&backwards(&policy)), "the order of the statements matters");
    assert!(
        policy.problems.iter().all(|problem| !problem.fault.to_string().is_empty()),
        "a problem says nothing"
    );
    let denied = with_denial(&policy);
    for (principal, action, resource) in REQUESTS {
        let answer = request::allows(&denied, principal, action, resource, &context());
        assert_eq!(answer, Truth::False, "`{action}` is allowed although everything is denied");
    }
}

fn context() -> Vec<(String, Vec<String>)> {
    let entry = |key: &str, value: &str| (key.to_owned(), vec![value.to_owned()]);
    vec![
        entry("aws:SecureTransport", "false"),
        entry("aws:SourceIp", "203.0.113.9"),
        entry("aws:PrincipalOrgID", "o-example"),
        entry("aws:username", "*"),
    ]
}

/// What a policy answers to every question, in a word each: reasons may stand in another order.
fn answers(policy: &Policy) -> Vec<&'static str> {
    let mut answers = vec![
        word(&admin::is_admin(policy)),
        word(&reach::allows_public(policy)),
        word(&reach::allows_outside(policy, Some("111122223333"), &["444455556666"])),
        word(&reach::allows_outside(policy, None, &[])),
        word(&demand::denies_without(policy, "aws:SecureTransport", "true")),
        word(&demand::denies_without(policy, "aws:SourceVpce", "vpce-1")),
    ];
    for (principal, action, resource) in REQUESTS {
        answers.push(word(&request::allows(policy, principal, action, resource, &context())));
        answers.push(word(&request::allows(policy, principal, action, resource, &[])));
    }
    answers
}

fn word(truth: &Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown(_) => "unknown",
    }
}

/// The policy with its statements in the opposite order.
fn backwards(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.statements.reverse();
    for one in policy.alternatives.iter_mut().flat_map(|alternatives| &mut alternatives.policies) {
        one.statements.reverse();
    }
    policy
}

/// The policy with a statement that denies everything to everybody.
fn with_denial(policy: &Policy) -> Policy {
    let text = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let denial = Policy::parse(Some(&Node::text(text))).statements;
    assert_eq!(denial.len(), 1, "a statement is read as one");
    let mut policy = policy.clone();
    policy.statements.extend(denial.iter().cloned());
    for one in policy.alternatives.iter_mut().flat_map(|alternatives| &mut alternatives.policies) {
        one.statements.extend(denial.iter().cloned());
    }
    policy
}

/// The value that a JSON value with marks stands for.
///
/// Recursion is bounded by the depth that `serde_json` reads.
fn open(json: &Json) -> Node {
    Node::of(match json {
        Json::String(text) if text == "?" => Value::Unknown(unknown(Kind::Text)),
        Json::String(text) if text.contains('…') => {
            let mut parts = Vec::new();
            for (i, piece) in text.split('…').enumerate() {
                if i > 0 {
                    parts.push(Part::Hole(unknown(Kind::Text)));
                }
                parts.push(Part::Known(Arc::from(piece)));
            }
            Partial::join(parts)
        }
        Json::Array(items) => {
            let known: Vec<Node> = items.iter().filter(|item| !is_more(item)).map(open).collect();
            let rest = (known.len() < items.len()).then(|| unknown(Kind::Any));
            Value::List(Box::new(List { items: known, rest }))
        }
        Json::Object(entries) => {
            if let Some(Json::Array(options)) = entries.get("either") {
                return choice(options);
            }
            let known = entries.iter().filter(|(key, _)| *key != "…");
            let known: Vec<(Arc<str>, Node)> =
                known.map(|(key, value)| (Arc::from(key.as_str()), open(value))).collect();
            let rest = (known.len() < entries.len()).then(|| unknown(Kind::Any));
            Value::Map(Box::new(Map { entries: known, rest }))
        }
        other => Value::from(other),
    })
}

fn is_more(item: &Json) -> bool {
    item.as_str() == Some("…")
}

/// One of a few values; null among them is absence.
fn choice(options: &[Json]) -> Node {
    let options = options.iter().map(|option| if option.is_null() { None } else { Some(open(option)) });
    let none = || Node::of(Value::Null);
    Choice::among(options, unknown(Kind::Any), Span::NONE).unwrap_or_else(none)
}

fn unknown(kind: Kind) -> Arc<Unknown> {
    let reason = Reason::Parameter { name: Arc::from("Open"), scope: Arc::from("policy#") };
    Arc::new(Unknown { reason, kind })
}
