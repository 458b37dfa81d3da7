//! `AWS::Serverless::Api` and `AWS::Serverless::HttpApi`, declared or implied by events.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-api.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-httpapi.html>

use estate::value::{Kind, List, Map, Node, Span, Value};

use super::shape::{
    alphanumeric, at, carry, carry_others, carry_rest, carry_same, doubtful, each, entries, given, is_true,
    list_of, location, map_node, or_default, put, section, stated, tags,
};
use super::{Made, Source, Surroundings, domain, usage, with_globals};
use crate::eval::made_of;

/// The logical ids of the APIs that no resource declares, and the stage of the former.
pub(super) const IMPLICIT_REST: &str = "ServerlessRestApi";
pub(super) const IMPLICIT_HTTP: &str = "ServerlessHttpApi";
pub(super) const IMPLICIT_STAGE: &str = "Prod";

/// What goes to the stage of a REST API.
const REST_STAGE: &[&str] = &[
    "AccessLogSetting",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
    "MethodSettings",
    "StageName",
    "TracingEnabled",
    "Variables",
];

/// What is SAM's own on a REST API, or is reshaped. What is neither here nor for the stage is passed on.
const REST_OWN: &[&str] = &[
    "AlwaysDeploy",
    "Auth",
    "Cors",
    "DefinitionBody",
    "DefinitionUri",
    "Domain",
    "EndpointConfiguration",
    "GatewayResponses",
    "MergeDefinitions",
    "Models",
    "OpenApiVersion",
    "PropagateTags",
    "Tags",
];

/// What goes to the stage of an HTTP API.
const HTTP_STAGE: &[&str] = &["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"];

const HTTP_OWN: &[&str] = &[
    "Auth",
    "CorsConfiguration",
    "DefinitionBody",
    "DefinitionUri",
    "Domain",
    "PropagateTags",
    "StageName",
    "Tags",
];

/// The API that SAM makes of the `Api` events that name none.
pub(super) fn implicit_rest(around: &dyn Surroundings, span: Span) -> Vec<Made> {
    let properties = entries([("StageName", Node::text(IMPLICIT_STAGE))]);
    let properties = with_globals("AWS::Serverless::Api", &around.globals(), properties);
    rest(around, Source { logical: IMPLICIT_REST, properties: &properties, span })
}

/// The API that SAM makes of the `HttpApi` events that name none.
pub(super) fn implicit_http(around: &dyn Surroundings, span: Span) -> Vec<Made> {
    let properties = with_globals("AWS::Serverless::HttpApi", &around.globals(), Map::default());
    http(around, Source { logical: IMPLICIT_HTTP, properties: &properties, span })
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html>
pub(super) fn rest(around: &dyn Surroundings, source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let own: Vec<&str> = REST_OWN.iter().chain(REST_STAGE).copied().collect();
    let mut api = Map::default();
    carry_others(properties, &mut api, &own);
    definition(around, source, &mut api, &["Cors", "GatewayResponses", "Models"]);
    if let Some(node) = properties.get("EndpointConfiguration")
        && let Some(endpoint) = each(node, &endpoint)
    {
        put(&mut api, "EndpointConfiguration", endpoint);
    }
    if api.get("Policy").is_none()
        && let Some(policy) = resource_policy(properties)
    {
        put(&mut api, "Policy", policy);
    }

    let deployment_logical = format!("{logical}Deployment");
    let api_id = Node::of(around.refer(logical, None));
    let mut deployment = entries([("RestApiId", api_id.clone())]);
    if given(properties, "OpenApiVersion").is_no() {
        // "AWS SAM creates a stage called `Stage` by default", on the page of `OpenApiVersion`.
        put(&mut deployment, "StageName", Node::text("Stage"));
    }

    let mut stage =
        entries([("RestApiId", api_id), ("DeploymentId", Node::of(around.refer(&deployment_logical, None)))]);
    carry_same(properties, &mut stage, REST_STAGE);
    if let Some(tags) = tags(properties, None) {
        put(&mut stage, "Tags", tags);
    }
    carry_rest(properties, &mut stage);
    let stage_logical = stage_logical(logical, properties.get("StageName"));
    let stage_name = Node::of(around.refer(&stage_logical, None));

    let mut made = vec![
        Made::new(logical.to_owned(), "AWS::ApiGateway::RestApi", api, span),
        Made::new(deployment_logical, "AWS::ApiGateway::Deployment", deployment, span),
        Made::new(stage_logical, "AWS::ApiGateway::Stage", stage, span),
    ];
    made.extend(domain::rest(around, source, &stage_name));
    made.extend(usage::plan(around, source, &stage_name));
    made
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html>
pub(super) fn http(around: &dyn Surroundings, source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let own: Vec<&str> = HTTP_OWN.iter().chain(HTTP_STAGE).copied().collect();
    let mut api = Map::default();
    carry_others(properties, &mut api, &own);
    definition(around, source, &mut api, &["Description"]);
    if let Some(node) = properties.get("CorsConfiguration")
        && let Some(cors) = each(node, &cors)
    {
        put(&mut api, "CorsConfiguration", cors);
    }
    put(&mut api, "Tags", tag_map(properties));

    let mut stage = entries([
        ("ApiId", Node::of(around.refer(logical, None))),
        ("AutoDeploy", Node::of(Value::Bool(true))),
        ("StageName", or_default(properties, "StageName", Node::text("$default"))),
    ]);
    carry_same(properties, &mut stage, HTTP_STAGE);
    put(&mut stage, "Tags", tag_map(properties));
    carry_rest(properties, &mut stage);
    let name = properties.get("StageName").filter(|node| node.value != Value::Null);
    let stage_logical = match name {
        Some(node) if node.value.as_text() != Some("$default") => stage_logical(logical, Some(node)),
        _ => format!("{logical}ApiGatewayDefaultStage"),
    };

    let stage_name = Node::of(around.refer(&stage_logical, None));
    let mut made = vec![
        Made::new(logical.to_owned(), "AWS::ApiGatewayV2::Api", api, span),
        Made::new(stage_logical, "AWS::ApiGatewayV2::Stage", stage, span),
    ];
    made.extend(domain::http(around, source, &stage_name));
    made
}

/// A stage whose name is not known is named without it.
fn stage_logical(logical: &str, name: Option<&Node>) -> String {
    let name = name.and_then(|node| node.value.as_text()).map(alphanumeric).unwrap_or_default();
    format!("{logical}{name}Stage")
}

/// `Body` or `BodyS3Location`.
///
/// SAM writes authorizers, CORS and more into the definition, and writes it itself from the events where none is
/// given; what it writes is not followed, so that part of the definition is unknown.
fn definition(around: &dyn Surroundings, source: Source<'_>, api: &mut Map, inserted: &[&str]) {
    let properties = source.properties;
    let has_auth = properties.get("Auth").is_some() && !given(properties, "Auth").is_no();
    if has_auth {
        let message = format!(
            "SAM writes `Auth` of `{}` into the API's definition: its methods are unknown",
            source.logical
        );
        around.note(false, source.span, message);
    }
    if let Some(node) = properties.get("DefinitionBody").filter(|node| node.value != Value::Null) {
        let is_changed = inserted.iter().any(|key| properties.get(key).is_some());
        let body = each(node, &|node| Some(body(node, has_auth, is_changed)));
        if let Some(body) = body {
            put(api, "Body", body);
        }
        return;
    }
    if let Some(node) = properties.get("DefinitionUri").filter(|node| node.value != Value::Null) {
        if let Some(place) = location(node, ["Bucket", "Key", "Version"]) {
            put(api, "BodyS3Location", place);
        }
        return;
    }
    let why = properties.rest.clone();
    let why = why.unwrap_or_else(|| stated("SAM writes the API's definition from the events", Kind::Map));
    put(api, "Body", Node::of(Value::Unknown(why)));
}

fn body(node: &Node, has_auth: bool, is_changed: bool) -> Node {
    let Value::Map(from) = &node.value else { return node.clone() };
    if !has_auth && !is_changed {
        return node.clone();
    }
    let why = stated("SAM writes into the API's definition", Kind::Any);
    let mut map = Map { entries: Vec::new(), rest: from.rest.clone().or_else(|| Some(why.clone())) };
    for (key, value) in &from.entries {
        // `security` of a method, and the schemes it names, are what `Auth` decides.
        let is_open =
            has_auth && matches!(&**key, "paths" | "securityDefinitions" | "components" | "security");
        let value = if is_open { at(value.span, Value::Unknown(why.clone())) } else { value.clone() };
        map.entries.push((key.clone(), value));
    }
    map_node(node.span, map)
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-endpointconfiguration.html>
fn endpoint(node: &Node) -> Option<Node> {
    let endpoint = match &node.value {
        Value::Null => return None,
        Value::Map(from) => {
            let mut map = Map::default();
            if let Some(kind) = from.get("Type") {
                put(&mut map, "Types", list_of(vec![kind.clone()]));
            }
            carry(from, &mut map, &[("VPCEndpointIds", "VpcEndpointIds")]);
            carry_others(from, &mut map, &["Type", "VPCEndpointIds"]);
            map_node(node.span, map)
        }
        Value::Text(_) | Value::Partial(_) => {
            map_node(node.span, entries([("Types", list_of(vec![node.clone()]))]))
        }
        _ => node.clone(),
    };
    Some(endpoint)
}

/// `Auth.ResourcePolicy` as the policy of the API.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html>:
/// the statements that SAM writes for its lists of addresses, accounts and networks are not followed.
fn resource_policy(properties: &Map) -> Option<Node> {
    properties.get("Auth")?;
    let auth = section(properties, "Auth");
    let node = auth.get("ResourcePolicy")?;
    let is_given = given(&auth, "ResourcePolicy");
    if is_given.is_no() {
        return None;
    }
    let asked = section(&auth, "ResourcePolicy");
    let mut statements = List { items: Vec::new(), rest: asked.rest.clone() };
    let mut statements_span = node.span;
    for (key, node) in &asked.entries {
        if &**key != "CustomStatements" {
            let written = format!("SAM writes the statements for `{key}`");
            statements.rest.get_or_insert_with(|| stated(&written, Kind::Any));
            continue;
        }
        statements_span = node.span;
        match &node.value {
            Value::Null => {}
            Value::Map(_) => statements.items.push(node.clone()),
            Value::List(list) => {
                statements.items.extend(list.items.iter().cloned());
                if statements.rest.is_none() {
                    statements.rest.clone_from(&list.rest);
                }
            }
            value => statements.rest = statements.rest.take().or_else(|| made_of(value, Kind::Any)),
        }
    }
    let policy = entries([
        ("Version", Node::text("2012-10-17")),
        ("Statement", at(statements_span, Value::List(Box::new(statements)))),
    ]);
    let outer = given(properties, "Auth");
    Some(doubtful(map_node(node.span, policy), is_given.doubt().or(outer.doubt())))
}

/// SAM's `CorsConfiguration`: a map, an origin, or `true` for all origins.
fn cors(node: &Node) -> Option<Node> {
    let origins = match &node.value {
        Value::Null => return None,
        value if is_true(value) => list_of(vec![Node::text("*")]),
        Value::Bool(_) => return None,
        Value::Text(_) | Value::Partial(_) => list_of(vec![node.clone()]),
        _ => return Some(node.clone()),
    };
    Some(map_node(node.span, entries([("AllowOrigins", origins)])))
}

/// The tags of an HTTP API are a map in CloudFormation too; SAM adds its own.
pub(super) fn tag_map(properties: &Map) -> Node {
    let mut map = entries([("httpapi:createdBy", Node::text("SAM"))]);
    let own = section(properties, "Tags");
    let is_given = given(properties, "Tags");
    for (key, node) in own.entries {
        map.set(key, doubtful(node, is_given.doubt()));
    }
    map.rest = own.rest;
    let span = properties.get("Tags").map_or(Span::NONE, |node| node.span);
    map_node(span, map)
}
