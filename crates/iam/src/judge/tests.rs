//! AWS's own documented examples; what is expected stands on the pages.

#![allow(clippy::needless_pass_by_value, reason = "keeps the cases short")]

use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Kind, Node, Part, Partial, Reason, Unknown, Value};
use serde_json::{Value as Json, json};

use super::admin::is_admin;
use super::demand::denies_without;
use super::reach::{allows_outside, allows_public};
use super::request::allows;
use crate::document::Policy;

fn policy(json: &Json) -> Policy {
    Policy::parse(Some(&Node::of(holes(json))))
}

/// JSON in which `<<name>>` stands for a parameter, or for what [`reason`] says of the name.
fn holes(json: &Json) -> Value {
    match json {
        Json::String(text) => partial(text),
        Json::Array(items) => Value::List(Box::new(items.iter().map(|item| Node::of(holes(item))).collect())),
        Json::Object(entries) => Value::Map(Box::new(
            entries.iter().map(|(key, value)| (Arc::from(key.as_str()), Node::of(holes(value)))).collect(),
        )),
        other => Value::from(other),
    }
}

pub(super) fn partial(text: &str) -> Value {
    let mut parts = Vec::new();
    for (i, part) in text.split("<<").enumerate() {
        let known = match part.split_once(">>") {
            Some((name, known)) if i > 0 => {
                parts.push(Part::Hole(Arc::new(Unknown { reason: reason(name), kind: Kind::Text })));
                known
            }
            _ => part,
        };
        parts.push(Part::Known(Arc::from(known)));
    }
    Partial::join(parts)
}

fn reason(name: &str) -> Reason {
    let reference = |attribute: Option<&str>| Reason::Reference {
        target: Arc::from("t#R"),
        attribute: attribute.map(Arc::from),
    };
    match name {
        "Ref" => reference(None),
        "Arn" => reference(Some("Arn")),
        "AWS::AccountId" | "AWS::Partition" | "AWS::Region" => Reason::Pseudo(Arc::from(name)),
        _ => Reason::Parameter { name: Arc::from(name), scope: Arc::from("t") },
    }
}

fn statement(mut extra: Json) -> Policy {
    for (key, value) in [("Effect", "Allow"), ("Action", "s3:PutObject"), ("Resource", "*")] {
        if extra.get(key).is_none() {
            extra[key] = json!(value);
        }
    }
    policy(&json!({ "Version": "2012-10-17", "Statement": extra }))
}

fn to_anyone(condition: Json) -> Policy {
    statement(json!({ "Principal": "*", "Condition": condition }))
}

fn is_unknown(truth: &Truth) -> bool {
    matches!(truth, Truth::Unknown(_))
}

#[test]
fn public_as_s3_defines_it() {
    // "Under these rules, the following example policies are considered public."
    assert_eq!(
        allows_public(&statement(json!({ "Principal": { "Federated": "graph.facebook.com" } }))),
        Truth::True
    );
    assert_eq!(allows_public(&statement(json!({ "Principal": "*" }))), Truth::True);
    assert_eq!(allows_public(&to_anyone(json!({ "StringLike": { "aws:SourceVpc": "vpc-*" } }))), Truth::True);
    // "You can make the last policy preceding non-public by setting aws:SourceVpc to a fixed value."
    assert_eq!(
        allows_public(&to_anyone(json!({ "StringEquals": { "aws:SourceVpc": "vpc-91237329" } }))),
        Truth::False
    );
    // Three statements, of which the third is public, and without it.
    let cloudtrail = json!({ "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "s3:PutObject", "Resource": "*" });
    let account = json!({ "Effect": "Allow", "Principal": { "AWS": "222222222222" }, "Action": "s3:GetObject", "Resource": "*" });
    let anyone = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" });
    assert_eq!(allows_public(&policy(&json!([cloudtrail, account, anyone]))), Truth::True);
    assert_eq!(allows_public(&policy(&json!([cloudtrail, account]))), Truth::False);
}

#[test]
fn public_as_efs_defines_it() {
    let client = |condition: Json| {
        statement(
            json!({ "Principal": { "AWS": "*" }, "Action": ["elasticfilesystem:ClientMount"], "Condition": condition }),
        )
    };
    assert_eq!(allows_public(&client(json!({}))), Truth::True);
    let mounted = json!({ "Bool": { "elasticfilesystem:AccessedViaMountTarget": "true" } });
    assert_eq!(allows_public(&client(mounted)), Truth::False);
}

#[test]
fn conditions_that_narrow() {
    for condition in [
        json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
        json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"] } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*" } }),
        json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:123456789012:*" } }),
        json!({ "StringLike": { "s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/*" } }),
        json!({ "StringEquals": { "AWS:SourceAccount": "123456789012" }, "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "StringEqualsIfExists": { "aws:SourceVpce": "vpce-1" }, "Null": { "aws:SourceVpce": "false" } }),
        json!({ "StringEquals": { "aws:SourceVpce": "<<Ref>>" } }),
        json!({ "StringEquals": { "kms:CallerAccount": "<<AWS::AccountId>>", "kms:ViaService": "s3.<<AWS::Region>>.amazonaws.com" } }),
        json!({ "IpAddress": { "aws:SourceIp": "<<Office>>/32" } }),
    ] {
        assert_eq!(allows_public(&to_anyone(condition.clone())), Truth::False, "{condition}");
    }
}

#[test]
fn conditions_that_do_not_narrow() {
    for condition in [
        json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/1" } }),
        json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "2000::/3"] } }),
        json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
        json!({ "StringNotEquals": { "aws:SourceVpc": "vpc-1" } }),
        json!({ "StringEqualsIfExists": { "aws:SourceVpc": "vpc-1" } }),
        json!({ "ForAllValues:StringEquals": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*" } }),
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "StringEquals": { "aws:Referer": "https://example.com" } }),
        json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } }),
        json!({ "StringEquals": { "kms:ViaService": "s3.us-east-1.amazonaws.com" } }),
        json!({ "StringEquals": { "sns:Protocol": "https" } }),
        json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:*:*:bucket" } }),
        json!({ "StringLike": { "aws:SourceArn": "arn:aws:sns:*:123456789012:*" } }),
        json!({ "StringEquals": { "aws:userid": "${aws:userid}" } }),
        json!({ "StringLike": { "aws:userid": "AROAEXAMPLEID:*" } }),
        json!({ "Null": { "aws:PrincipalOrgID": "false" } }),
    ] {
        assert_eq!(allows_public(&to_anyone(condition.clone())), Truth::True, "{condition}");
    }
}

#[test]
fn principals_that_are_public_and_not() {
    for (principal, public) in [
        (json!({ "AWS": "*" }), true),
        (json!({ "AWS": ["123456789012", "*"] }), true),
        (json!({ "AWS": "arn:aws:iam::*:root" }), true),
        (json!({ "AWS": "arn:aws:iam::123456789012:role/*" }), false),
        (json!({ "AWS": "arn:aws:iam::<<Trusted>>:root" }), false),
        (json!({ "Service": "ec2.amazonaws.com" }), false),
        (
            json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }),
            false,
        ),
        (json!({ "Federated": "arn:aws:iam::123456789012:saml-provider/x" }), false),
        (json!({ "Federated": "<<Ref>>" }), false),
        (json!({ "Federated": "cognito-identity.amazonaws.com" }), true),
    ] {
        let truth = allows_public(&statement(json!({ "Principal": principal })));
        assert_eq!(truth, Truth::from(public), "{principal}");
    }
    assert!(is_unknown(&allows_public(&statement(json!({ "Principal": { "AWS": "<<Who>>" } })))));
    assert_eq!(allows_public(&statement(json!({ "NotPrincipal": { "AWS": "123456789012" } }))), Truth::True);
    assert_eq!(allows_public(&statement(json!({}))), Truth::False);
    let cognito = |key: &str| {
        statement(json!({
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": { "Federated": "cognito-identity.amazonaws.com" },
            "Condition": { "StringEquals": { key: "us-east-1:12345678-dead-beef" } },
        }))
    };
    assert_eq!(allows_public(&cognito("cognito-identity.amazonaws.com:aud")), Truth::False);
    assert_eq!(allows_public(&cognito("cognito-identity.amazonaws.com:amr")), Truth::True);
    assert_eq!(allows_public(&cognito("accounts.google.com:aud")), Truth::True);
}

#[test]
fn a_denial_takes_back() {
    let anyone = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "<<Arn>>/*" });
    let beside = |denial: Json| allows_public(&policy(&json!([anyone, denial])));
    let deny = |action: &str, resource: &str, condition: Json| json!({ "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": condition });
    assert_eq!(beside(deny("*", "*", json!({}))), Truth::False);
    assert_eq!(beside(deny("s3:G*", "<<Arn>>/*", json!({}))), Truth::False);
    assert_eq!(beside(deny("s3:GetObject", "*", json!({}))), Truth::True);
    assert_eq!(beside(deny("*", "*", json!({ "Bool": { "aws:SecureTransport": "false" } }))), Truth::True);
    assert_eq!(
        beside(deny("*", "*", json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }))),
        Truth::False
    );
    assert_eq!(
        beside(deny("*", "*", json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }))),
        Truth::False
    );
    assert_eq!(
        beside(deny("*", "*", json!({ "NotIpAddress": { "aws:SourceIp": "0.0.0.0/0" } }))),
        Truth::True
    );
    assert!(is_unknown(&beside(deny("*", "<<Other>>/*", json!({})))));
    let but_one = json!({ "Effect": "Deny", "NotPrincipal": { "AWS": "123456789012" }, "Action": "*", "Resource": "*" });
    assert_eq!(beside(but_one), Truth::False);
    let but_get = json!({ "Effect": "Deny", "Principal": "*", "NotAction": "s3:List*", "Resource": "*" });
    assert_eq!(beside(but_get), Truth::False);
}

#[test]
fn outside() {
    let own = Some("111111111111");
    let to = |principal: Json| statement(json!({ "Principal": principal }));
    let ask = |principal: Json| allows_outside(&to(principal), own, &["222222222222"]);
    assert_eq!(ask(json!({ "AWS": "111111111111" })), Truth::False);
    assert_eq!(ask(json!({ "AWS": "arn:aws:iam::222222222222:root" })), Truth::False);
    assert_eq!(ask(json!({ "AWS": "arn:aws:iam::333333333333:role/x" })), Truth::True);
    assert_eq!(ask(json!({ "AWS": ["111111111111", "333333333333"] })), Truth::True);
    assert_eq!(ask(json!({ "AWS": "arn:<<AWS::Partition>>:iam::<<AWS::AccountId>>:root" })), Truth::False);
    assert_eq!(ask(json!({ "AWS": "<<Arn>>" })), Truth::False);
    assert!(is_unknown(&ask(json!({ "AWS": "arn:aws:iam::<<Trusted>>:root" }))));
    assert!(is_unknown(&ask(json!({ "AWS": "AROAEXAMPLEID" }))));
    assert!(is_unknown(&ask(json!({ "CanonicalUser": "79a59df9" }))));
    assert_eq!(
        ask(json!({ "AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1" })),
        Truth::False
    );
    assert_eq!(ask(json!({ "Service": "ec2.amazonaws.com" })), Truth::False);
    assert_eq!(ask(json!({ "Federated": "accounts.google.com" })), Truth::False);
    assert_eq!(ask(json!({ "Federated": "arn:aws:iam::333333333333:saml-provider/x" })), Truth::True);
    assert_eq!(ask(json!("*")), Truth::True);
    assert_eq!(allows_outside(&statement(json!({ "NotPrincipal": { "AWS": "1" } })), own, &[]), Truth::True);
    assert_eq!(allows_outside(&statement(json!({})), own, &[]), Truth::False);
    // Without the own account's number, 333333333333 might be it.
    assert!(is_unknown(&allows_outside(&to(json!({ "AWS": "333333333333" })), None, &[])));
    assert_eq!(allows_outside(&to(json!({ "AWS": "333333333333" })), None, &["333333333333"]), Truth::False);
}

#[test]
fn conditions_that_keep_inside() {
    let ask =
        |condition: Json| allows_outside(&to_anyone(condition), Some("111111111111"), &["222222222222"]);
    assert_eq!(
        ask(json!({ "StringEquals": { "aws:PrincipalAccount": ["111111111111", "222222222222"] } })),
        Truth::False
    );
    assert_eq!(
        ask(json!({ "StringEquals": { "aws:PrincipalAccount": ["111111111111", "333333333333"] } })),
        Truth::True
    );
    assert_eq!(ask(json!({ "StringEquals": { "aws:SourceAccount": "<<AWS::AccountId>>" } })), Truth::False);
    assert_eq!(ask(json!({ "StringLike": { "aws:PrincipalAccount": "*" } })), Truth::True);
    assert_eq!(ask(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } })), Truth::False);
    assert_eq!(
        ask(json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::222222222222:role/*" } })),
        Truth::False
    );
    assert_eq!(ask(json!({ "ArnLike": { "aws:SourceArn": "<<Ref>>" } })), Truth::False);
    assert!(is_unknown(&ask(json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:s3:::bucket" } }))));
    assert!(is_unknown(&ask(json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }))));
    assert_eq!(ask(json!({ "StringEquals": { "aws:SourceVpce": "<<Ref>>" } })), Truth::False);
    assert_eq!(ask(json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } })), Truth::True);
    assert_eq!(ask(json!({ "Bool": { "aws:SecureTransport": "true" } })), Truth::True);
}

fn ssl_only(action: &str, resource: &Json, condition: &Json) -> Policy {
    policy(&json!({ "Statement": [{
        "Sid": "AllowSSLRequestsOnly",
        "Action": action,
        "Effect": "Deny",
        "Resource": resource,
        "Condition": condition,
        "Principal": "*",
    }] }))
}

#[test]
fn tls_only() {
    // The compliant policy of <https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule>.
    let both = json!(["arn:aws:s3:::DOC-EXAMPLE-BUCKET", "arn:aws:s3:::DOC-EXAMPLE-BUCKET/*"]);
    let insecure = json!({ "Bool": { "aws:SecureTransport": "false" } });
    let ask = |policy: &Policy| denies_without(policy, "aws:SecureTransport", "true");
    assert_eq!(ask(&ssl_only("s3:*", &both, &insecure)), Truth::True);
    // The page's non-compliant one.
    let allow = statement(json!({
        "Principal": "*", "Action": "s3:GetObject", "Condition": { "Bool": { "aws:SecureTransport": "true" } },
    }));
    assert_eq!(ask(&allow), Truth::False);

    for resource in [json!("*"), json!("<<Arn>>/*"), json!("arn:<<AWS::Partition>>:s3:::<<Name>>/*")] {
        assert_eq!(ask(&ssl_only("*", &resource, &insecure)), Truth::True, "{resource}");
    }
    for resource in [json!("<<Arn>>"), json!("arn:aws:s3:::b"), json!("arn:aws:s3:::b/logs/*")] {
        assert_eq!(ask(&ssl_only("s3:*", &resource, &insecure)), Truth::False, "{resource}");
    }
    assert_eq!(ask(&ssl_only("sqs:*", &json!("<<Arn>>"), &insecure)), Truth::True);
    assert_eq!(ask(&ssl_only("*", &json!("arn:aws:sns:eu-west-1:1:t"), &insecure)), Truth::True);
    assert!(is_unknown(&ask(&ssl_only("s3:*", &json!("<<Resource>>"), &insecure))));
    assert_eq!(ask(&ssl_only("s3:GetObject", &both, &insecure)), Truth::False);
    for (condition, counts) in [
        (json!({ "Bool": { "aws:securetransport": false } }), true),
        (json!({ "BoolIfExists": { "aws:SecureTransport": "false" } }), true),
        (json!({ "StringEquals": { "aws:SecureTransport": "false" } }), true),
        (json!({ "StringNotEquals": { "aws:SecureTransport": "true" } }), true),
        (json!({}), true),
        (json!({ "Bool": { "aws:SecureTransport": "true" } }), false),
        (
            json!({ "Bool": { "aws:SecureTransport": "false" }, "NotIpAddress": { "aws:SourceIp": "10.0.0.0/8" } }),
            false,
        ),
        (json!({ "NumericLessThan": { "s3:TlsVersion": "1.2" } }), false),
        (json!({ "Null": { "aws:SecureTransport": "true" } }), false),
    ] {
        assert_eq!(ask(&ssl_only("s3:*", &both, &condition)), Truth::from(counts), "{condition}");
    }
    assert!(is_unknown(&ask(&ssl_only(
        "s3:*",
        &both,
        &json!({ "Bool": { "aws:SecureTransport": "<<Flag>>" } })
    ))));
    // A key that may be missing.
    let mfa = |condition: Json| {
        denies_without(&ssl_only("s3:*", &both, &condition), "aws:MultiFactorAuthPresent", "true")
    };
    assert_eq!(mfa(json!({ "Bool": { "aws:MultiFactorAuthPresent": "false" } })), Truth::False);
    assert_eq!(mfa(json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } })), Truth::True);
    let kms = |condition: Json| {
        denies_without(&ssl_only("s3:*", &both, &condition), "s3:x-amz-server-side-encryption", "aws:kms")
    };
    assert_eq!(
        kms(json!({ "StringNotEquals": { "s3:x-amz-server-side-encryption": "aws:kms" } })),
        Truth::True
    );
    assert_eq!(
        kms(json!({ "StringNotEquals": { "s3:x-amz-server-side-encryption": ["aws:kms", "AES256"] } })),
        Truth::False
    );
}

#[test]
fn admin() {
    let ask = |json: Json| is_admin(&policy(&json!({ "Statement": json })));
    assert_eq!(ask(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })), Truth::True);
    assert_eq!(
        ask(json!({ "Effect": "Allow", "Action": ["s3:Get*", "*:*"], "Resource": ["*"] })),
        Truth::True
    );
    assert_eq!(ask(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" })), Truth::False);
    assert_eq!(ask(json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" })), Truth::False);
    assert_eq!(ask(json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b" })), Truth::False);
    assert_eq!(ask(json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" })), Truth::False);
    let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    assert_eq!(
        ask(json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": mfa })),
        Truth::False
    );
    assert!(is_unknown(&ask(json!({ "Effect": "Allow", "Action": "<<A>>", "Resource": "*" }))));
    assert_eq!(ask(json!({ "Effect": "Allow", "Action": "s3:<<A>>", "Resource": "*" })), Truth::False);
}

fn context(keys: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    keys.iter().map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()])).collect()
}

#[test]
fn requests() {
    // The home directory example of the page on policy variables.
    let home = policy(&json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Action": ["s3:ListBucket"], "Effect": "Allow", "Resource": ["arn:aws:s3:::mybucket"],
              "Condition": { "StringLike": { "s3:prefix": ["${aws:username}/*"] } } },
            { "Action": ["s3:GetObject", "s3:PutObject"], "Effect": "Allow",
              "Resource": ["arn:aws:s3:::mybucket/${aws:username}/*"] },
        ],
    }));
    let david = context(&[("aws:username", "David"), ("s3:prefix", "David/a")]);
    let who = "arn:aws:iam::123456789012:user/David";
    let ask = |action, resource, context: &[_]| allows(&home, who, action, resource, context);
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::mybucket/David/x", &david), Truth::True);
    assert_eq!(ask("S3:getobject", "arn:aws:s3:::mybucket/David/x", &david), Truth::True);
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::mybucket/Eve/x", &david), Truth::False);
    assert_eq!(ask("s3:DeleteObject", "arn:aws:s3:::mybucket/David/x", &david), Truth::False);
    assert_eq!(ask("s3:ListBucket", "arn:aws:s3:::mybucket", &david), Truth::True);
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::mybucket/David/x", &[]), Truth::False);
}

#[test]
fn an_explicit_deny_wins() {
    // `NotPrincipal` with `Deny`: everybody but Bob and his account.
    let policy = policy(&json!([
        { "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*" },
        { "Effect": "Deny", "NotPrincipal": { "AWS": ["arn:aws:iam::444455556666:user/Bob", "arn:aws:iam::444455556666:root"] },
          "Action": "s3:*", "Resource": ["arn:aws:s3:::BUCKETNAME", "arn:aws:s3:::BUCKETNAME/*"] },
    ]));
    let ask = |who: &str| allows(&policy, who, "s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", &[]);
    assert_eq!(ask("arn:aws:iam::444455556666:user/Bob"), Truth::True);
    assert_eq!(ask("arn:aws:iam::111122223333:user/Eve"), Truth::False);
    assert_eq!(ask("*"), Truth::False);
    assert_eq!(allows(&policy, "*", "s3:GetObject", "arn:aws:s3:::OTHER/x", &[]), Truth::True);
}

#[test]
fn callers() {
    let ask = |principal: Json, who: &str| {
        allows(&statement(json!({ "Principal": principal })), who, "s3:PutObject", "r", &[])
    };
    let user = "arn:aws:iam::123456789012:user/x";
    let session = "arn:aws:sts::123456789012:assumed-role/role-name/session";
    assert_eq!(ask(json!({ "AWS": "123456789012" }), user), Truth::True);
    assert_eq!(ask(json!({ "AWS": "arn:aws:iam::123456789012:root" }), session), Truth::True);
    assert_eq!(ask(json!({ "AWS": "arn:aws:iam::123456789012:role/role-name" }), session), Truth::True);
    assert_eq!(ask(json!({ "AWS": "arn:aws:iam::123456789012:role/path/role-name" }), session), Truth::True);
    assert_eq!(ask(json!({ "AWS": "arn:aws:iam::123456789012:role/other" }), session), Truth::False);
    assert_eq!(ask(json!({ "AWS": user }), "arn:aws:iam::123456789012:user/X"), Truth::False);
    assert_eq!(ask(json!({ "AWS": "999999999999" }), user), Truth::False);
    assert_eq!(ask(json!({ "AWS": "*" }), "*"), Truth::True);
    assert_eq!(ask(json!({ "Service": "ec2.amazonaws.com" }), "ec2.amazonaws.com"), Truth::True);
    assert_eq!(ask(json!({ "Service": "ec2.amazonaws.com" }), user), Truth::False);
    assert_eq!(
        ask(json!({ "Federated": "accounts.google.com" }), "Federated:accounts.google.com"),
        Truth::True
    );
    assert!(is_unknown(&ask(json!({ "AWS": "arn:aws:iam::<<A>>:root" }), user)));
    assert!(is_unknown(&ask(json!({ "AWS": "arn:aws:iam::*:user/x" }), user)));
    assert_eq!(ask(json!({ "AWS": "arn:aws:iam::*:user/y" }), user), Truth::False);
}
