//! `AWS::Serverless::Function`.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html> and
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

use std::sync::Arc;

use estate::value::{Choice, Kind, Map, Node, Span, Unknown, Value};

use super::event::{self, Target};
use super::role::{self, Grants};
use super::shape::{
    Answer, alphanumeric, ask, at, carry, carry_others, carry_rest, each, entries, given, location, map_node,
    map_of, or_default, put, section, stated, tags,
};
use super::{Made, Source, Surroundings, deployment};
use crate::eval::made_of;

/// The properties that are SAM's own, or that it reshapes. The others are passed on.
const OWN: &[&str] = &[
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CapacityProviderConfig",
    "CodeUri",
    "DeadLetterQueue",
    "DeploymentPreference",
    "EventInvokeConfig",
    "Events",
    "FunctionUrlConfig",
    "ImageUri",
    "InlineCode",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "Role",
    "RolePath",
    "SourceKMSKeyArn",
    "Tags",
    "Tracing",
    "VersionDeletionPolicy",
    "VersionDescription",
];

const CREATED_BY: &str = "lambda:createdBy";

/// The alias that `AutoPublishAlias` makes, if it does.
struct Alias {
    answer: Answer,
    logical: String,
    name: Option<Node>,
}

pub(super) fn expand(around: &dyn Surroundings, source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let alias = alias_of(source);
    let name = around.refer(logical, None);
    let (event_name, event_arn) = match &alias.answer {
        Answer::No => (name, around.refer(logical, Some("Arn"))),
        // `Ref` of an alias gives its ARN.
        Answer::Yes => (around.refer(&alias.logical, None), around.refer(&alias.logical, None)),
        Answer::Perhaps(why) => {
            let published = around.refer(&alias.logical, None);
            let arn = around.refer(logical, Some("Arn"));
            (either(name, published.clone(), why), either(arn, published, why))
        }
    };
    let target = Target { logical, name: event_name, arn: event_arn, is_machine: false };
    let events = event::read(properties);
    let (invoke, destinations) = invoke_config(around, source, &alias);

    let role_logical = format!("{logical}Role");
    let mut made = vec![function(around, source, &role_logical)];
    let own_role = given(properties, "Role");
    if !matches!(own_role, Answer::Yes) {
        let mut grants = Grants::new(&role_logical);
        execution_policies(around, properties, &mut grants);
        for (kind, doubt) in events.pollers() {
            grants.attach(around, kind, doubt);
        }
        grants.policies(around, properties);
        dead_letter_grant(properties, &mut grants);
        for destination in destinations {
            destination.grant(&mut grants);
        }
        let role = role::execution(source, role_logical, "lambda.amazonaws.com", CREATED_BY, grants);
        made.push(role.doubted(own_role.doubt()));
    }
    made.extend(published(around, source, &alias));
    made.extend(url(around, source, &target, &alias));
    made.extend(invoke);
    made.extend(deployment::expand(around, source));
    made.extend(event::expand(around, &target, &events, span));
    made
}

fn either(one: Value, other: Value, why: &Arc<Unknown>) -> Value {
    let options = [Some(Node::of(one)), Some(Node::of(other))];
    Choice::among(options, why.clone(), Span::NONE).map_or(Value::Null, |node| node.value)
}

fn function(around: &dyn Surroundings, source: Source<'_>, role: &str) -> Made {
    let properties = source.properties;
    let mut function = Map::default();
    carry_others(properties, &mut function, OWN);
    put(&mut function, "Code", code(properties));
    put(&mut function, "Role", or_default(properties, "Role", Node::of(around.refer(role, Some("Arn")))));
    if let Some(tags) = tags(properties, Some(CREATED_BY)) {
        put(&mut function, "Tags", tags);
    }
    if let Some(mode) = properties.get("Tracing")
        && let Some(config) = each(mode, &tracing)
    {
        put(&mut function, "TracingConfig", config);
    }
    if let Some(queue) = properties.get("DeadLetterQueue")
        && let Some(config) = each(queue, &|node| Some(renamed(node, &[], &["Type"])))
    {
        put(&mut function, "DeadLetterConfig", config);
    }
    if let Some(provider) = properties.get("CapacityProviderConfig")
        && let Some(config) = each(provider, &capacity)
    {
        put(&mut function, "CapacityProviderConfig", config);
    }
    Made::new(source.logical.to_owned(), "AWS::Lambda::Function", function, source.span)
}

/// `Active` or `PassThrough`, as `TracingConfig` has it.
fn tracing(node: &Node) -> Option<Node> {
    match &node.value {
        Value::Null => None,
        Value::Text(text) if &**text == "Disabled" => None,
        _ => Some(map_node(node.span, entries([("Mode", node.clone())]))),
    }
}

/// A map with some keys under other names and some left out; what is no map stays.
fn renamed(node: &Node, names: &[(&str, &str)], left_out: &[&str]) -> Node {
    let Value::Map(from) = &node.value else { return node.clone() };
    let mut map = Map::default();
    for (key, value) in &from.entries {
        if left_out.contains(&&**key) {
            continue;
        }
        let new = names.iter().find(|(known, _)| *known == &**key).map_or(&**key, |(_, new)| *new);
        put(&mut map, new, value.clone());
    }
    carry_rest(from, &mut map);
    map_node(node.span, map)
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-capacityproviderconfig.html>
fn capacity(node: &Node) -> Option<Node> {
    let inner = renamed(node, &[("Arn", "CapacityProviderArn")], &[]);
    Some(map_node(node.span, entries([("LambdaManagedInstancesCapacityProviderConfig", inner)])))
}

/// `Code`, from `ImageUri`, `InlineCode` or `CodeUri`.
fn code(properties: &Map) -> Node {
    let is_given = |key: &str| properties.get(key).filter(|node| node.value != Value::Null);
    let under = |key: &str, node: &Node| map_node(node.span, entries([(key, node.clone())]));
    let is_image = ask(properties, "PackageType", &|value| value.as_text() == Some("Image"));
    let zip = || {
        let inline = is_given("InlineCode").map(|node| under("ZipFile", node));
        inline.or_else(|| {
            is_given("CodeUri").map(|node| {
                let found = location(node, ["S3Bucket", "S3Key", "S3ObjectVersion"]);
                // A local folder is packed and uploaded: where to is not known, but it is no inline code.
                found.filter(|node| matches!(node.value, Value::Map(_))).unwrap_or_else(|| {
                    let uploaded =
                        || Node::of(Value::Unknown(stated("`sam package` uploads the code", Kind::Text)));
                    map_node(node.span, entries([("S3Bucket", uploaded()), ("S3Key", uploaded())]))
                })
            })
        })
    };
    let image = || is_given("ImageUri").map(|node| under("ImageUri", node));
    let code = if matches!(is_image, Answer::Yes) { image() } else { zip().or_else(image) };
    let code = code.unwrap_or_else(|| {
        let why = properties.rest.clone().unwrap_or_else(|| stated("`sam build` adds the code", Kind::Map));
        Node::of(Value::Unknown(why))
    });
    let Some(key) = is_given("SourceKMSKeyArn") else { return code };
    let with_key = each(&code, &|node| {
        let mut map = match &node.value {
            Value::Map(map) => (**map).clone(),
            value => Map { entries: Vec::new(), rest: made_of(value, Kind::Any) },
        };
        put(&mut map, "SourceKMSKeyArn", key.clone());
        Some(map_node(node.span, map))
    });
    with_key.unwrap_or(code)
}

/// The managed policies that the properties of the function call for.
fn execution_policies(around: &dyn Surroundings, properties: &Map, grants: &mut Grants) {
    grants.attach(around, "AWSLambdaBasicExecutionRole", None);
    let in_vpc = given(properties, "VpcConfig");
    if !in_vpc.is_no() {
        grants.attach(around, "AWSLambdaVPCAccessExecutionRole", in_vpc.doubt());
    }
    let is_traced = ask(properties, "Tracing", &|value| value.as_text() == Some("Active"));
    if !is_traced.is_no() {
        grants.attach(around, "AWSXrayWriteOnlyAccess", is_traced.doubt());
    }
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deadletterqueue.html>
fn dead_letter_grant(properties: &Map, grants: &mut Grants) {
    let is_given = given(properties, "DeadLetterQueue");
    if is_given.is_no() || properties.get("DeadLetterQueue").is_none() {
        return;
    }
    let queue = section(properties, "DeadLetterQueue");
    let kind = queue.get("Type").and_then(|node| node.value.as_text()).and_then(role::destination_action);
    match kind {
        Some(action) => {
            let missing = Node::of(Value::Unknown(stated("the dead-letter queue is not given", Kind::Text)));
            let resource = or_default(&queue, "TargetArn", missing);
            grants.allow("DeadLetterQueuePolicy", action, resource, is_given.doubt());
        }
        None => role::open_destination(grants, "the dead-letter queue"),
    }
}

fn alias_of(source: Source<'_>) -> Alias {
    let Source { logical, properties, .. } = source;
    let name = properties.get("AutoPublishAlias").cloned();
    let known = name.as_ref().and_then(|node| node.value.as_text()).map(alphanumeric).unwrap_or_default();
    Alias { answer: given(properties, "AutoPublishAlias"), logical: format!("{logical}Alias{known}"), name }
}

/// The version and the alias of `AutoPublishAlias`.
fn published(around: &dyn Surroundings, source: Source<'_>, alias: &Alias) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let Some(name) = alias.name.clone().filter(|_| !alias.answer.is_no()) else { return Vec::new() };
    let version_logical = format!("{logical}Version");
    let mut version = entries([("FunctionName", Node::of(around.refer(logical, None)))]);
    carry(properties, &mut version, &[("VersionDescription", "Description")]);
    let mut shown = entries([
        ("FunctionName", Node::of(around.refer(logical, None))),
        ("FunctionVersion", Node::of(around.refer(&version_logical, Some("Version")))),
        ("Name", name),
    ]);
    carry(properties, &mut shown, &[("ProvisionedConcurrencyConfig", "ProvisionedConcurrencyConfig")]);
    let doubt = alias.answer.doubt();
    vec![
        Made::new(version_logical, "AWS::Lambda::Version", version, span).doubted(doubt),
        Made::new(alias.logical.clone(), "AWS::Lambda::Alias", shown, span).doubted(doubt),
    ]
}

/// The function's URL, and with `AuthType: NONE` the permission for everyone to call it.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-functionurlconfig.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
fn url(around: &dyn Surroundings, source: Source<'_>, target: &Target<'_>, alias: &Alias) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let is_given = given(properties, "FunctionUrlConfig");
    if is_given.is_no() || properties.get("FunctionUrlConfig").is_none() {
        return Vec::new();
    }
    let config = section(properties, "FunctionUrlConfig");
    let mut url = entries([("TargetFunctionArn", Node::of(around.refer(logical, None)))]);
    if let Some(name) = alias.name.clone().filter(|_| !alias.answer.is_no()) {
        put(&mut url, "Qualifier", name);
    }
    carry_others(&config, &mut url, &[]);
    let mut made = vec![Made::new(format!("{logical}Url"), "AWS::Lambda::Url", url, span)];
    let is_open = ask(&config, "AuthType", &|value| value.as_text() == Some("NONE"));
    if !is_open.is_no() {
        let permission = entries([
            ("Action", Node::text("lambda:InvokeFunctionUrl")),
            ("FunctionName", Node::of(target.name.clone())),
            ("FunctionUrlAuthType", Node::text("NONE")),
            ("Principal", Node::text("*")),
        ]);
        let logical = format!("{logical}UrlPublicPermissions");
        made.push(Made::new(logical, "AWS::Lambda::Permission", permission, span).doubted(is_open.doubt()));
    }
    made.into_iter().map(|one| one.doubted(is_given.doubt())).collect()
}

/// A destination of asynchronous calls, for the role.
struct Destination {
    name: String,
    action: Option<&'static str>,
    resource: Node,
    doubt: Option<Arc<Unknown>>,
}

impl Destination {
    fn grant(self, grants: &mut Grants) {
        match self.action {
            Some(action) => grants.allow(&self.name, action, self.resource, self.doubt.as_ref()),
            None => role::open_destination(grants, "a destination"),
        }
    }
}

/// `EventInvokeConfig`, with the queues and topics that SAM makes where a destination is not given.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventinvokeconfiguration.html>
fn invoke_config(
    around: &dyn Surroundings,
    source: Source<'_>,
    alias: &Alias,
) -> (Vec<Made>, Vec<Destination>) {
    let Source { logical, properties, span } = source;
    let is_given = given(properties, "EventInvokeConfig");
    if is_given.is_no() || properties.get("EventInvokeConfig").is_none() {
        return (Vec::new(), Vec::new());
    }
    let config = section(properties, "EventInvokeConfig");
    let qualifier = match &alias.answer {
        Answer::No => Node::text("$LATEST"),
        _ => or_default(properties, "AutoPublishAlias", Node::text("$LATEST")),
    };
    let mut invoke =
        entries([("FunctionName", Node::of(around.refer(logical, None))), ("Qualifier", qualifier)]);
    carry_others(&config, &mut invoke, &["DestinationConfig"]);
    let mut queues = Vec::new();
    let mut destinations = Vec::new();
    if config.get("DestinationConfig").is_some() {
        let from = section(&config, "DestinationConfig");
        let mut to = Map::default();
        for when in ["OnSuccess", "OnFailure"] {
            if given(&from, when).is_no() || from.get(when).is_none() {
                continue;
            }
            let asked = section(&from, when);
            let kind = asked.get("Type").and_then(|node| node.value.as_text());
            let generated = match kind {
                Some("SQS") => Some((format!("{logical}{when}Queue"), "AWS::SQS::Queue", Some("Arn"))),
                Some("SNS") => Some((format!("{logical}{when}Topic"), "AWS::SNS::Topic", None)),
                _ => None,
            };
            let arn = if let Some((queue, type_name, attribute)) = generated {
                let is_named = given(&asked, "Destination");
                let arn = or_default(&asked, "Destination", Node::of(around.refer(&queue, attribute)));
                if !matches!(is_named, Answer::Yes) {
                    let queue = Made::new(queue, type_name, Map::default(), span);
                    queues.push(queue.doubted(is_named.doubt()).doubted(given(&from, when).doubt()));
                }
                arn
            } else {
                let missing = Node::of(Value::Unknown(stated("the destination is not given", Kind::Text)));
                or_default(&asked, "Destination", missing)
            };
            destinations.push(Destination {
                name: format!("{logical}EventInvokeConfig{when}Policy"),
                action: kind.and_then(role::destination_action),
                resource: arn.clone(),
                doubt: given(&from, when).doubt().or(is_given.doubt()).cloned(),
            });
            put(&mut to, when, map_of([("Destination", arn)]));
        }
        carry_rest(&from, &mut to);
        let node_span = config.get("DestinationConfig").map_or(Span::NONE, |node| node.span);
        put(&mut invoke, "DestinationConfig", at(node_span, Value::Map(Box::new(to))));
    }
    let mut made = vec![Made::new(
        format!("{logical}EventInvokeConfig"),
        "AWS::Lambda::EventInvokeConfig",
        invoke,
        span,
    )];
    made.extend(queues);
    (made.into_iter().map(|one| one.doubted(is_given.doubt())).collect(), destinations)
}
