//! The serverless resources that each make one resource.

use std::sync::Arc;

use estate::value::{Kind, Map, Node, Value};

use super::shape::{
    Answer, at, carry_others, carry_rest, carry_same, each, given, list_of, location, map_of, or_default,
    put, section, stated, tags,
};
use super::{Made, Source};

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html>
pub(super) fn table(source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let mut table = Map::default();
    carry_others(properties, &mut table, &["PrimaryKey", "Tags"]);
    if table.get("BillingMode").is_none() {
        match given(properties, "ProvisionedThroughput") {
            Answer::No => put(&mut table, "BillingMode", Node::text("PAY_PER_REQUEST")),
            Answer::Yes => {}
            Answer::Perhaps(why) => put(&mut table, "BillingMode", Node::of(Value::Unknown(why))),
        }
    }
    let key = section(properties, "PrimaryKey");
    let name = or_default(&key, "Name", Node::text("id"));
    let kind = or_default(&key, "Type", Node::text("String"));
    let kind = each(&kind, &|node| Some(attribute_type(node))).unwrap_or(kind);
    let definition = map_of([("AttributeName", name.clone()), ("AttributeType", kind)]);
    let schema = map_of([("AttributeName", name), ("KeyType", Node::text("HASH"))]);
    put(&mut table, "AttributeDefinitions", list_of(vec![definition]));
    put(&mut table, "KeySchema", list_of(vec![schema]));
    if let Some(tags) = tags(properties, None) {
        put(&mut table, "Tags", tags);
    }
    vec![Made::new(logical.to_owned(), "AWS::DynamoDB::Table", table, span)]
}

fn attribute_type(node: &Node) -> Node {
    let short = match node.value.as_text() {
        Some("String") => "S",
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => return node.clone(),
    };
    at(node.span, Value::Text(Arc::from(short)))
}

/// SAM adds a hash to the layer's logical id; here it keeps the one that the template's references use.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-layerversion.html>
pub(super) fn layer(source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let mut layer = Map::default();
    carry_others(
        properties,
        &mut layer,
        &["ContentUri", "LayerName", "PublishLambdaVersion", "RetentionPolicy"],
    );
    if let Some(uri) = properties.get("ContentUri")
        && let Some(content) = location(uri, ["S3Bucket", "S3Key", "S3ObjectVersion"])
    {
        put(&mut layer, "Content", content);
    }
    put(&mut layer, "LayerName", or_default(properties, "LayerName", Node::text(logical)));
    vec![Made::new(logical.to_owned(), "AWS::Lambda::LayerVersion", layer, span)]
}

/// An application's `Location` is a template's place, or an application of the Serverless Application Repository.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-application.html>
pub(super) fn application(source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let mut stack = Map::default();
    carry_same(properties, &mut stack, &["NotificationARNs", "Parameters", "TimeoutInMinutes"]);
    if let Some(location) = properties.get("Location")
        && let Some(url) = each(location, &template_url)
    {
        put(&mut stack, "TemplateURL", url);
    }
    if let Some(tags) = tags(properties, Some("lambda:createdBy")) {
        put(&mut stack, "Tags", tags);
    }
    carry_rest(properties, &mut stack);
    vec![Made::new(logical.to_owned(), "AWS::CloudFormation::Stack", stack, span)]
}

fn template_url(node: &Node) -> Option<Node> {
    if node.value.as_map().is_none() {
        return Some(node.clone());
    }
    let why = stated("the template is in the Serverless Application Repository", Kind::Text);
    Some(at(node.span, Value::Unknown(why)))
}
