use estate::truth::Truth;
use estate::value::{Node, Value};
use serde_json::json;

use super::{Context, Operator, Order, SetOperator, Test};
use crate::document::Policy;

fn holds(condition: &serde_json::Value, context: &[(&str, &[&str])]) -> Truth {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition },
    });
    let policy = Policy::parse(Some(&Node::of(Value::from(&document))));
    let context: Vec<(String, Vec<String>)> = context
        .iter()
        .map(|(key, values)| ((*key).to_owned(), values.iter().map(|value| (*value).to_owned()).collect()))
        .collect();
    policy.statements[0].conditions.hold(Context(&context))
}

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "keeps the cases short")]
fn check(condition: serde_json::Value, context: &[(&str, &[&str])], expected: bool) {
    assert_eq!(holds(&condition, context), Truth::from(expected), "{condition} {context:?}");
}

#[test]
fn operators_are_parsed() {
    let parsed = Operator::parse("ForAnyValue:StringNotLikeIfExists");
    let expected = Operator {
        set: Some(SetOperator::ForAnyValue),
        test: Test::Text { like: true, ignore_case: false },
        negated: true,
        if_exists: true,
    };
    assert_eq!(parsed, Some(expected));
    let parsed = Operator::parse("dateGreaterThanEquals").map(|operator| operator.test);
    assert_eq!(parsed, Some(Test::Date(Order::GreaterOrEqual)));
    assert_eq!(Operator::parse("NullIfExists"), None);
    assert_eq!(Operator::parse("StringEqual"), None);
    assert_eq!(Operator::parse("NumericLike"), None);
}

#[test]
fn a_missing_key_does_not_match() {
    // The page on condition operators: false; true for negated operators; true for `…IfExists`.
    check(json!({"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}), &[], false);
    check(json!({"StringNotLike": {"k": "x"}}), &[], true);
    check(json!({"ArnNotLike": {"k": "arn:aws:iam::1:root"}}), &[], true);
    check(json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), &[], true);
    check(json!({"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*", "m3.*"]}}), &[], true);
    check(
        json!({"StringLikeIfExists": {"ec2:InstanceType": "t1.*"}}),
        &[("ec2:InstanceType", &["t2.micro"])],
        false,
    );
    check(json!({"StringNotEqualsIfExists": {"k": "x"}}), &[], true);
    check(json!({"Null": {"aws:TokenIssueTime": "true"}}), &[], true);
    check(
        json!({"Null": {"aws:TokenIssueTime": true}}),
        &[("AWS:tokenissuetime", &["2020-01-01T00:00:01Z"])],
        false,
    );
    check(json!({"Null": {"aws:TokenIssueTime": "false"}}), &[("aws:TokenIssueTime", &["x"])], true);
}

#[test]
fn sets_of_values() {
    // The tables of the page on conditions with several values.
    let listed = json!(["PostDateTime", "Message", "Tags"]);
    let all = json!({"ForAllValues:StringLike": {"dynamodb:requestedAttributes": listed}});
    check(all.clone(), &[("dynamodb:requestedAttributes", &["PostDateTime", "Message"])], true);
    check(all.clone(), &[("dynamodb:requestedAttributes", &["PostDateTime", "UserName"])], false);
    check(all.clone(), &[], true);
    check(all, &[("dynamodb:requestedAttributes", &[""])], true);
    let any = json!({"ForAnyValue:StringLike": {"dynamodb:requestedAttributes": ["ID", "PostDateTime"]}});
    check(any.clone(), &[("dynamodb:requestedAttributes", &["UserName", "Message", "PostDateTime"])], true);
    check(any.clone(), &[("dynamodb:requestedAttributes", &["UserName"])], false);
    check(any, &[], false);
    check(json!({"ForAnyValue:StringNotEquals": {"k": "a"}}), &[("k", &["a", "b"])], true);
    check(json!({"ForAllValues:StringNotEquals": {"k": "a"}}), &[("k", &["a", "b"])], false);
}

#[test]
fn texts_and_variables() {
    check(json!({"StringEquals": {"k": "a*"}}), &[("k", &["ab"])], false);
    check(json!({"StringEqualsIgnoreCase": {"k": "AbC"}}), &[("k", &["aBc"])], true);
    check(json!({"StringNotEquals": {"k": ["a", "b"]}}), &[("k", &["b"])], false);
    let home = json!({"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}});
    check(home.clone(), &[("s3:prefix", &["home/David/x"]), ("aws:username", &["David"])], true);
    check(home.clone(), &[("s3:prefix", &["home/Eve/x"]), ("aws:username", &["David"])], false);
    check(home.clone(), &[("s3:prefix", &[""])], true);
    check(home, &[("s3:prefix", &["home/David/x"])], false);
    let default = json!({"StringEquals": {"k": "u-${aws:userid, 'anonymous'}"}});
    check(default, &[("k", &["u-anonymous"])], true);
    check(json!({"StringLike": {"k": "a${*}"}}), &[("k", &["ab"])], false);
    check(json!({"StringLike": {"k": "a${*}"}}), &[("k", &["a*"])], true);
    let open = holds(&json!({"StringNotEquals": {"k": "${aws:username}"}}), &[("k", &["x"])]);
    assert!(matches!(open, Truth::Unknown(_)));
}

#[test]
fn numbers_dates_bools_and_bytes() {
    check(json!({"NumericLessThanEquals": {"s3:max-keys": "10"}}), &[("s3:max-keys", &["10"])], true);
    check(json!({"NumericLessThanEquals": {"s3:max-keys": 10}}), &[("s3:max-keys", &["11"])], false);
    check(json!({"NumericLessThan": {"s3:TlsVersion": 1.2}}), &[("s3:TlsVersion", &["1.1"])], true);
    check(json!({"NumericNotEquals": {"k": "1"}}), &[("k", &["1.0"])], false);
    let after = json!({"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}});
    check(after.clone(), &[("aws:TokenIssueTime", &["2020-01-01T00:00:02Z"])], true);
    check(after.clone(), &[("aws:TokenIssueTime", &["2020-01-01T01:00:00+01:00"])], false);
    check(after, &[("aws:TokenIssueTime", &["1577836802"])], true);
    check(json!({"DateLessThan": {"k": "2020"}}), &[("k", &["2019-12-31T23:59:59.999Z"])], true);
    check(json!({"DateEquals": {"k": "1970-01-02"}}), &[("k", &["86400"])], true);
    check(json!({"Bool": {"aws:SecureTransport": "false"}}), &[("aws:SecureTransport", &["false"])], true);
    check(json!({"Bool": {"aws:SecureTransport": true}}), &[("aws:SecureTransport", &["TRUE"])], true);
    check(
        json!({"BinaryEquals": {"key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}),
        &[("key", &["QmluYXJ5VmFsdWVJbkJhc2U2NA"])],
        true,
    );
    assert!(matches!(holds(&json!({"NumericEquals": {"k": "ten"}}), &[("k", &["10"])]), Truth::Unknown(_)));
    assert!(matches!(holds(&json!({"StringEqual": {"k": "x"}}), &[]), Truth::Unknown(_)));
}

#[test]
fn addresses() {
    // The mixed example of the page on condition operators.
    let mixed = json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}});
    check(mixed.clone(), &[("aws:SourceIp", &["203.0.113.255"])], true);
    check(mixed.clone(), &[("aws:SourceIp", &["203.0.114.0"])], false);
    check(mixed.clone(), &[("aws:SourceIp", &["2001:db8:1234:5678::1"])], true);
    check(mixed, &[], false);
    check(json!({"NotIpAddress": {"aws:SourceIp": "192.0.2.1"}}), &[("aws:SourceIp", &["192.0.2.1"])], false);
}

#[test]
fn arns_are_matched_part_by_part() {
    // The example of the page on condition operators.
    let pattern = "arn:aws:someservice:*:111122223333:finance/*";
    let value = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
    check(json!({"StringLike": {"k": pattern}}), &[("k", &[value])], true);
    check(json!({"ArnLike": {"k": pattern}}), &[("k", &[value])], false);
    check(
        json!({"ArnLike": {"k": pattern}}),
        &[("k", &["arn:aws:someservice:eu-west-1:111122223333:finance/a:b"])],
        true,
    );
    check(
        json!({"ArnEquals": {"k": "arn:aws:sns:REGION:123456789012:*"}}),
        &[("k", &["arn:aws:sns:REGION:123456789012:T"])],
        true,
    );
    check(
        json!({"ArnNotEquals": {"k": "arn:aws:iam::444455556666:user/user-name"}}),
        &[("k", &["arn:aws:iam::444455556666:user/x"])],
        true,
    );
}
