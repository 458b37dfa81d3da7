//! Facts of the catalogue that controls rest on, as AWS's schemas and documentation have them.

use estate::catalogue::{Catalogue, Returns};
use estate::value::Value;

#[test]
fn every_type_of_the_release_is_there_and_unpacks() {
    let catalogue = Catalogue::builtin();
    assert!(catalogue.source().starts_with("cfn-lint "));
    let names: Vec<&str> = catalogue.names().collect();
    // 1,898 of AWS, and those of our own.
    assert_eq!(names.iter().filter(|name| !name.starts_with("Palisade::")).count(), 1_898);
    assert!(names.iter().all(|name| catalogue.get(name).is_some()));
    assert!(catalogue.get("AWS::S3::Bukket").is_none());
}

#[test]
fn properties_know_their_types_and_duties() {
    let catalogue = Catalogue::builtin();
    let instance = catalogue.get("AWS::RDS::DBInstance").unwrap();
    let endpoint = instance.property("Endpoint.Address").unwrap();
    assert!(endpoint.read_only, "AWS assigns the endpoint");
    assert!(instance.property("StorageEncryptd").is_none());
    // "Default: enabled", AWS::RDS::DBInstance, AutoMinorVersionUpgrade.
    let upgrade = instance.property("AutoMinorVersionUpgrade").unwrap();
    assert_eq!(upgrade.default.as_ref().map(|node| &node.value), Some(&Value::Bool(true)));
    let rule = catalogue.get("AWS::EC2::SecurityGroup").unwrap();
    assert!(rule.property("SecurityGroupIngress[].IpProtocol").unwrap().required);
}

#[test]
fn references_identities_and_calls_are_known() {
    let catalogue = Catalogue::builtin();
    let policy = catalogue.get("AWS::S3::BucketPolicy").unwrap();
    assert!(policy.refs.contains(&("Bucket".to_owned(), "AWS::S3::Bucket".to_owned())));
    let bucket = catalogue.get("AWS::S3::Bucket").unwrap();
    assert_eq!(bucket.name_property.as_deref(), Some("BucketName"));
    let (_, calls) = bucket.handlers.iter().find(|(handler, _)| handler == "create").unwrap();
    assert!(calls.iter().any(|call| call == "s3:CreateBucket"));
    // Ref of a topic is its ARN: AWS::SNS::Topic, return values.
    assert_eq!(catalogue.get("AWS::SNS::Topic").unwrap().returns, Returns::Arn);
}
