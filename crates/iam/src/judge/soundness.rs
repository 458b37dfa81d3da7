//! Properties of the answers: what is decided of a partly unknown policy holds for every filling; a `Deny` only ever
//! takes away; order does not matter; and a slow, obvious evaluator agrees.

use std::collections::BTreeMap;
use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Choice, Kind, List, Node, Reason, Unknown, Value};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use super::admin::is_admin;
use super::demand::denies_without;
use super::reach::{allows_outside, allows_public};
use super::request::allows;
use super::tests::partial;
use crate::document::Policy;

const OWN: &str = "111111111111";

/// What the unknowns turn out to be.
#[derive(Clone, Debug)]
struct Filling {
    texts: BTreeMap<&'static str, &'static str>,
    flags: BTreeMap<&'static str, bool>,
    whole: BTreeMap<&'static str, Option<Json>>,
    lists: BTreeMap<&'static str, Vec<Json>>,
}

fn why(name: &str) -> Arc<Unknown> {
    let reason = Reason::Parameter { name: Arc::from(name), scope: Arc::from("t") };
    Arc::new(Unknown { reason, kind: Kind::Any })
}

fn name(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

/// JSON with `<<name>>` in texts, `{"@unknown": name}`, `{"@maybe": x, "if": name}`, `{"@one": [x, y], "if": name}`
/// and `{"@rest": [x], "more": name}`, as a partly unknown value.
fn open(json: &Json) -> Value {
    let nodes = |items: &[Json]| items.iter().map(|item| Node::of(open(item))).collect::<Vec<Node>>();
    let entries = match json {
        Json::String(text) => return partial(text),
        Json::Array(items) => return Value::List(Box::new(List { items: nodes(items), rest: None })),
        Json::Object(entries) => entries,
        other => return Value::from(other),
    };
    if let Some(unknown) = entries.get("@unknown") {
        return Value::Unknown(why(name(unknown)));
    }
    if let Some(option) = entries.get("@maybe") {
        let options = vec![Node::of(open(option))];
        return Value::Choice(Box::new(Choice { options, or_absent: true, why: why(name(&entries["if"])) }));
    }
    if let Some(Json::Array(options)) = entries.get("@one") {
        let why = why(name(&entries["if"]));
        return Value::Choice(Box::new(Choice { options: nodes(options), or_absent: false, why }));
    }
    if let Some(Json::Array(items)) = entries.get("@rest") {
        return Value::List(Box::new(List { items: nodes(items), rest: Some(why(name(&entries["more"]))) }));
    }
    Value::Map(Box::new(
        entries.iter().map(|(key, value)| (Arc::from(key.as_str()), Node::of(open(value)))).collect(),
    ))
}

/// The same JSON with the unknowns filled in; nothing where it is absent.
fn fill(json: &Json, filling: &Filling) -> Option<Json> {
    let each = |items: &[Json]| items.iter().filter_map(|item| fill(item, filling)).collect::<Vec<Json>>();
    let entries = match json {
        Json::String(text) => {
            let mut text = text.clone();
            for (name, value) in &filling.texts {
                text = text.replace(&format!("<<{name}>>"), value);
            }
            return Some(Json::String(text));
        }
        Json::Array(items) => return Some(Json::Array(each(items))),
        Json::Object(entries) => entries,
        other => return Some(other.clone()),
    };
    if let Some(unknown) = entries.get("@unknown") {
        return filling.whole[name(unknown)].clone();
    }
    if let Some(option) = entries.get("@maybe") {
        return if filling.flags[name(&entries["if"])] { fill(option, filling) } else { None };
    }
    if let Some(Json::Array(options)) = entries.get("@one") {
        return fill(&options[usize::from(filling.flags[name(&entries["if"])])], filling);
    }
    if let Some(Json::Array(items)) = entries.get("@rest") {
        let mut items = each(items);
        items.extend(filling.lists[name(&entries["more"])].iter().cloned());
        return Some(Json::Array(items));
    }
    let filled = entries.iter().filter_map(|(key, value)| Some((key.clone(), fill(value, filling)?)));
    Some(Json::Object(filled.collect()))
}

fn texts() -> Vec<&'static str> {
    vec![
        "*",
        "",
        "a",
        "?",
        "Get*",
        "GetObject",
        "s3",
        "s3:*",
        "111111111111",
        "333333333333",
        "true",
        "false",
        "vpce-1",
        "1",
        "${aws:username}",
        "graph.facebook.com",
    ]
}

fn fillings() -> impl Strategy<Value = Filling> {
    let texts = (
        select(texts()),
        select(texts()),
        select(vec!["10.0.0.0/8", "0.0.0.0/0", "203.0.113.7", "2001:db8::/32", "x"]),
        select(vec![OWN, "222222222222", "333333333333"]),
    );
    let principal =
        select(vec![None, Some(json!("*")), Some(json!({ "AWS": OWN })), Some(json!({ "AWS": "*" }))]);
    let condition = select(vec![
        None,
        Some(json!({})),
        Some(json!({ "Bool": { "aws:SecureTransport": "false" } })),
        Some(json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } })),
    ]);
    let effect = select(vec![Some(json!("Allow")), Some(json!("Deny"))]);
    let version = select(vec![None, Some(json!("2012-10-17")), Some(json!("2008-10-17"))]);
    let more = select(vec![
        vec![],
        vec![json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" })],
        vec![json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" })],
    ]);
    let accounts = select(vec![vec![], vec![json!("*")], vec![json!("333333333333")]]);
    (texts, any::<[bool; 2]>(), (principal, condition, effect, version), (more, accounts)).prop_map(
        |((h0, h1, ip, account), [c0, c1], (principal, condition, effect, version), (more, accounts))| {
            Filling {
                texts: [("H0", h0), ("H1", h1), ("IP", ip), ("A", account), ("AWS::AccountId", OWN)].into(),
                flags: [("C0", c0), ("C1", c1)].into(),
                whole: [("P", principal), ("Q", condition), ("E", effect), ("V", version)].into(),
                lists: [("L", more), ("M", accounts)].into(),
            }
        },
    )
}

fn effects() -> Vec<Json> {
    ["Allow", "Allow", "Deny"]
        .map(|effect| json!({ "Effect": effect }))
        .into_iter()
        .chain([json!({ "Effect": { "@unknown": "E" } })])
        .collect()
}

fn principals() -> Vec<Json> {
    let mut all = vec![
        json!({}),
        json!({ "NotPrincipal": { "AWS": "<<H0>>" } }),
        json!({ "NotPrincipal": { "AWS": [OWN, "<<A>>"] } }),
    ];
    for principal in [
        json!("*"),
        json!({ "AWS": "*" }),
        json!({ "AWS": "<<H0>>" }),
        json!({ "AWS": "arn:aws:iam::<<A>>:root" }),
        json!({ "AWS": ["arn:aws:iam::<<AWS::AccountId>>:root", "222222222222"] }),
        json!({ "AWS": { "@rest": ["222222222222"], "more": "M" } }),
        json!({ "Service": "ec2.amazonaws.com", "AWS": [{ "@maybe": "333333333333", "if": "C0" }] }),
        json!({ "Federated": "<<H1>>" }),
        json!({ "@unknown": "P" }),
        json!({ "@one": ["*", { "AWS": OWN }], "if": "C1" }),
    ] {
        all.push(json!({ "Principal": principal }));
    }
    all
}

fn actions() -> Vec<Json> {
    let mut all = vec![
        json!({ "NotAction": "s3:Get<<H1>>" }),
        json!({ "NotAction": ["sqs:*", { "@maybe": "*", "if": "C1" }] }),
    ];
    for action in [
        json!("*"),
        json!("s3:*"),
        json!("S3:getobject"),
        json!("<<H0>>"),
        json!("s3:<<H1>>"),
        json!("<<H0>>:*"),
        json!(["s3:Get*", "sqs:<<H0>>"]),
        json!({ "@one": ["*", "s3:List*"], "if": "C0" }),
    ] {
        all.push(json!({ "Action": action }));
    }
    all
}

fn resources() -> Vec<Json> {
    let mut all = vec![json!({}), json!({ "NotResource": "arn:aws:s3:::<<H0>>/*" })];
    for resource in [
        json!("*"),
        json!("arn:aws:s3:::b/*"),
        json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
        json!("arn:aws:s3:::<<H0>>/*"),
        json!("arn:aws:s3:::b/<<H1>>"),
        json!("<<H1>>"),
        json!("arn:aws:s3:::b/${aws:username}*"),
        json!([{ "@maybe": "*", "if": "C1" }, "arn:aws:sqs:::q"]),
    ] {
        all.push(json!({ "Resource": resource }));
    }
    all
}

fn conditions() -> Vec<Json> {
    let mut all = vec![json!({}), json!({}), json!({})];
    for condition in [
        json!({ "StringEquals": { "aws:SourceVpce": "<<H0>>" } }),
        json!({ "StringNotEquals": { "aws:SourceVpce": ["vpce-1", "<<H1>>"] } }),
        json!({ "StringLikeIfExists": { "aws:SourceVpce": "vpce-1" }, "Null": { "aws:SourceVpce": "<<H0>>" } }),
        json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1<<H0>>/*" } }),
        json!({ "IpAddress": { "aws:SourceIp": "<<IP>>" } }),
        json!({ "NotIpAddress": { "aws:SourceIp": ["10.0.0.0/8", "<<IP>>"] } }),
        json!({ "Bool": { "aws:SecureTransport": "<<H0>>" } }),
        json!({ "Bool": { "aws:SecureTransport": "false" } }),
        json!({ "StringNotEquals": { "aws:SecureTransport": "<<H1>>" } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": "<<A>>" } }),
        json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:<<AWS::AccountId>>:<<H0>>" } }),
        json!({ "NumericLessThan": { "s3:TlsVersion": "<<H1>>" } }),
        json!({ "StringLike": { "s3:prefix": "${aws:username}<<H1>>" } }),
        json!({ "StringNotLike": { "s3:prefix": "<<H0>>a" } }),
        json!({ "ForAllValues:StringEquals": { "s3:prefix": ["a", { "@maybe": "x", "if": "C0" }] } }),
        json!({ "@maybe": { "Bool": { "aws:SecureTransport": "false" } }, "if": "C1" }),
        json!({ "@unknown": "Q" }),
    ] {
        all.push(json!({ "Condition": condition }));
    }
    all
}

fn statements() -> impl Strategy<Value = Json> {
    let parts = (
        select(effects()),
        select(principals()),
        select(actions()),
        select(resources()),
        select(conditions()),
    );
    (parts, select(vec![None, None, None, Some("C0"), Some("C1")])).prop_map(
        |((effect, principal, action, resource, condition), maybe)| {
            let mut statement = serde_json::Map::new();
            for part in [effect, principal, action, resource, condition] {
                if let Json::Object(entries) = part {
                    statement.extend(entries);
                }
            }
            match maybe {
                None => Json::Object(statement),
                Some(name) => json!({ "@maybe": statement, "if": name }),
            }
        },
    )
}

fn documents() -> impl Strategy<Value = Json> {
    let version = select(vec![
        json!({}),
        json!({ "Version": "2012-10-17" }),
        json!({ "Version": { "@unknown": "V" } }),
    ]);
    let list = (proptest::collection::vec(statements(), 1..4), proptest::bool::weighted(0.2))
        .prop_map(|(list, rest)| if rest { json!({ "@rest": list, "more": "L" }) } else { json!(list) });
    (version, list).prop_map(|(mut document, list)| {
        document["Statement"] = list;
        document
    })
}

fn policies() -> impl Strategy<Value = Json> {
    prop_oneof![
        6 => documents(),
        1 => (documents(), documents()).prop_map(|(one, other)| json!({ "@one": [one, other], "if": "C0" })),
        1 => documents().prop_map(|one| json!({ "@maybe": one, "if": "C1" })),
    ]
}

#[derive(Clone, Debug)]
struct Request {
    principal: &'static str,
    action: &'static str,
    resource: &'static str,
    context: Vec<(String, Vec<String>)>,
}

fn requests() -> impl Strategy<Value = Request> {
    let context = select(vec![
        vec![],
        vec![("aws:SourceVpce", "vpce-1"), ("aws:username", "a"), ("s3:prefix", "a")],
        vec![("aws:SourceIp", "10.1.2.3"), ("aws:SecureTransport", "false"), ("s3:TlsVersion", "1.1")],
        vec![
            ("aws:SecureTransport", "true"),
            ("aws:SourceArn", "arn:aws:sns:r:111111111111:a"),
            ("s3:prefix", "ba"),
        ],
    ]);
    (
        select(vec![
            "*",
            "arn:aws:iam::111111111111:user/x",
            "arn:aws:iam::333333333333:root",
            "ec2.amazonaws.com",
        ]),
        select(vec!["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]),
        select(vec!["arn:aws:s3:::b", "arn:aws:s3:::b/a", "arn:aws:sqs:::q"]),
        context,
    )
        .prop_map(|(principal, action, resource, context)| Request {
            principal,
            action,
            resource,
            context: context
                .into_iter()
                .map(|(key, value)| (key.to_owned(), vec![value.to_owned()]))
                .collect(),
        })
}

fn ask(policy: &Policy, request: &Request) -> Truth {
    allows(policy, request.principal, request.action, request.resource, &request.context)
}

/// All questions.
fn answers(policy: &Policy, request: &Request) -> [(&'static str, Truth); 7] {
    [
        ("allows", ask(policy, request)),
        ("allows_public", allows_public(policy)),
        ("allows_outside", allows_outside(policy, Some(OWN), &["222222222222"])),
        ("allows_outside alone", allows_outside(policy, Some(OWN), &[])),
        ("denies_without TLS", denies_without(policy, "aws:SecureTransport", "true")),
        ("denies_without endpoint", denies_without(policy, "aws:SourceVpce", "vpce-1")),
        ("is_admin", is_admin(policy)),
    ]
}

fn parse(json: Option<&Json>) -> Policy {
    let node = json.map(|json| Node::of(Value::from(json)));
    Policy::parse(node.as_ref())
}

fn kind(truth: &Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown(_) => None,
    }
}

/// Without conditions, variables and sets: letter by letter what the pages say.
fn slow_allows(statements: &[Json], request: &Request) -> bool {
    let applies = |statement: &&Json| {
        let among =
            |only: &str, except: &str, text: &str, fold: bool| match (&statement[only], &statement[except]) {
                (Json::Null, Json::Null) => true,
                (Json::Null, list) => !listed(list, text, fold),
                (list, _) => listed(list, text, fold),
            };
        let by = match &statement["Principal"] {
            Json::Null => true,
            Json::String(_) => true,
            map => slow_names(map, request.principal),
        };
        by && among("Action", "NotAction", request.action, true)
            && among("Resource", "NotResource", request.resource, false)
    };
    let effect =
        |wanted: &str| statements.iter().filter(applies).any(|statement| statement["Effect"] == wanted);
    effect("Allow") && !effect("Deny")
}

fn slow_names(map: &Json, caller: &str) -> bool {
    let account = caller.split(':').nth(4).unwrap_or_default();
    listed(&map["Service"], caller, false)
        || match &map["AWS"] {
            Json::Array(names) => names.iter().any(|name| slow_names(&json!({ "AWS": name }), caller)),
            Json::String(name) => {
                name == "*"
                    || name == caller
                    || name == account
                    || *name == format!("arn:aws:iam::{account}:root")
            }
            _ => false,
        }
}

fn listed(list: &Json, text: &str, fold: bool) -> bool {
    match list {
        Json::Array(items) => items.iter().any(|item| listed(item, text, fold)),
        Json::String(pattern) if fold => slow_match(&pattern.to_lowercase(), &text.to_lowercase()),
        Json::String(pattern) => slow_match(pattern, text),
        _ => false,
    }
}

fn slow_match(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len()).any(|start| slow_match(rest.as_str(), &text[start..])),
        Some(c) => {
            text.chars().next().is_some_and(|d| (c == '?' || c == d) && slow_match(rest.as_str(), &text[1..]))
        }
    }
}

/// Statements without anything unknown or conditional, for the slow evaluator.
fn plain_statements() -> impl Strategy<Value = Vec<Json>> {
    let principals = vec![
        json!({}),
        json!({ "Principal": "*" }),
        json!({ "Principal": { "AWS": "*" } }),
        json!({ "Principal": { "AWS": [OWN, "222222222222"] } }),
        json!({ "Principal": { "AWS": "arn:aws:iam::333333333333:root" } }),
        json!({ "Principal": { "Service": "ec2.amazonaws.com" } }),
    ];
    let texts = || {
        proptest::collection::vec(
            select(vec![
                "*",
                "s3:*",
                "S3:Get*",
                "s3:?etObject",
                "arn:aws:s3:::b/*",
                "arn:aws:s3:::?",
                "sqs:Send*",
            ]),
            0..3,
        )
    };
    let only = || select(vec![true, true, true, false]);
    let statement =
        (select(vec!["Allow", "Allow", "Deny"]), select(principals), (only(), texts()), (only(), texts()))
            .prop_map(|(effect, principal, (action, actions), (resource, resources))| {
                let mut statement = principal;
                statement["Effect"] = json!(effect);
                statement[if action { "Action" } else { "NotAction" }] = json!(actions);
                statement[if resource { "Resource" } else { "NotResource" }] = json!(resources);
                statement
            });
    proptest::collection::vec(statement, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn decided_is_decided_for_every_filling(
        policy in policies(),
        fillings in proptest::collection::vec(fillings(), 8),
        request in requests(),
    ) {
        let before = answers(&Policy::parse(Some(&Node::of(open(&policy)))), &request);
        for filling in fillings {
            let filled = fill(&policy, &filling);
            let after = answers(&parse(filled.as_ref()), &request);
            for ((question, open), (_, closed)) in before.iter().zip(&after) {
                // A filling that AWS would refuse leaves the policy undecided; it contradicts nothing.
                if let (Some(decided), Some(closed)) = (kind(open), kind(closed)) {
                    prop_assert_eq!(closed, decided, "{} of {:?} filled with {:?}", question, filled, filling);
                }
            }
        }
    }

    #[test]
    fn a_slow_evaluator_agrees(list in plain_statements(), request in requests()) {
        let expected = slow_allows(&list, &request);
        prop_assert_eq!(ask(&parse(Some(&json!(list))), &request), Truth::from(expected));
    }

    #[test]
    fn less_is_allowed_with_a_deny_more_or_an_allow_less(
        document in documents(),
        filling in fillings(),
        denial in statements(),
        at in any::<prop::sample::Index>(),
        request in requests(),
    ) {
        let Some(document) = fill(&document, &filling) else { return Ok(()) };
        let Some(list) = document["Statement"].as_array().cloned() else { return Ok(()) };
        let with = |list: &[Json]| {
            let mut document = document.clone();
            document["Statement"] = json!(list);
            answers(&parse(Some(&document)), &request)
        };
        let before = with(&list);

        let mut more = list.clone();
        if let Some(mut denial) = fill(&denial, &filling) {
            denial["Effect"] = json!("Deny");
            more.insert(at.index(more.len() + 1), denial);
        }
        let mut fewer = list.clone();
        if let Some(position) = fewer.iter().position(|statement| statement["Effect"] == "Allow") {
            fewer.remove(position);
        }
        for after in [with(&more), with(&fewer)] {
            for ((question, before), (_, after)) in before.iter().zip(&after).take(4) {
                prop_assert!(*after != Truth::True || *before == Truth::True, "{question} of {list:?}");
                prop_assert!(*before != Truth::False || *after == Truth::False, "{question} of {list:?}");
            }
        }

        let mut reversed = list.clone();
        reversed.reverse();
        for ((question, before), (_, after)) in before.iter().zip(&with(&reversed)) {
            prop_assert_eq!(kind(before), kind(after), "{} of {:?}", question, list);
        }

        let mut wider = list.clone();
        for statement in &mut wider {
            if statement["Effect"] == "Allow" && statement.get("Action").is_some() {
                statement["Action"] = json!("*");
            }
        }
        let wide = with(&wider);
        prop_assert!(before[0].1 != Truth::True || wide[0].1 == Truth::True, "{list:?}");
    }
}
