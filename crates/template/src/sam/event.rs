//! The events of functions and state machines.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>.
//! Each page below it says what SAM generates; the permissions that it adds and their names are listed in
//! <https://github.com/aws/serverless-application-model/blob/develop/docs/internals/generated_resources.rst>.

use std::sync::Arc;

use estate::value::{Kind, List, Map, Node, Reason, Span, Unknown, Value};

use super::shape::{
    Answer, ask, at, carry, carry_others, carry_rest, carry_same, doubtful, entries, fill, given, is_true,
    list_of, map_node, map_of, or_default, put, section, stated,
};
use super::{Made, Surroundings, api, role, rule};
use crate::eval::made_of;

/// What the events start.
pub(super) struct Target<'a> {
    pub(super) logical: &'a str,
    /// What names it to Lambda: what `Ref` gives of the function, or of its alias.
    pub(super) name: Value,
    pub(super) arn: Value,
    /// Whether it is a state machine.
    pub(super) is_machine: bool,
}

/// One event.
pub(super) struct Event<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) properties: Map,
    pub(super) span: Span,
    doubt: Option<Arc<Unknown>>,
}

/// The events that are known, and why there may be others.
#[derive(Default)]
pub(super) struct Events<'a> {
    all: Vec<Event<'a>>,
    open: Option<Arc<Unknown>>,
}

impl<'a> Events<'a> {
    /// The managed policies that let Lambda poll the sources.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html#permissions-executionrole-features>
    pub(super) fn pollers(&self) -> Vec<(&'static str, Option<&Arc<Unknown>>)> {
        let mut policies = Vec::new();
        for event in &self.all {
            let policy = match event.kind {
                "DynamoDB" => "AWSLambdaDynamoDBExecutionRole",
                "Kinesis" => "AWSLambdaKinesisExecutionRole",
                "MSK" => "AWSLambdaMSKExecutionRole",
                "SQS" => "AWSLambdaSQSQueueExecutionRole",
                "SNS" if is_batched(&event.properties) => "AWSLambdaSQSQueueExecutionRole",
                _ => continue,
            };
            policies.push((policy, event.doubt.as_ref()));
        }
        policies
    }

    /// Recursion is bounded by the depth of the value, which the document's reader bounds.
    fn add_map(&mut self, node: &'a Node, doubt: Option<&Arc<Unknown>>) {
        match &node.value {
            Value::Null => {}
            Value::Map(map) => {
                self.open_to(map.rest.as_ref());
                for (name, event) in &map.entries {
                    self.add(name, event, doubt);
                }
            }
            Value::Choice(choice) => {
                for option in &choice.options {
                    self.add_map(option, Some(doubt.unwrap_or(&choice.why)));
                }
            }
            value => self.open_to(made_of(value, Kind::Any).as_ref()),
        }
    }

    fn add(&mut self, name: &'a str, node: &'a Node, doubt: Option<&Arc<Unknown>>) {
        match &node.value {
            Value::Null => {}
            Value::Choice(choice) => {
                for option in &choice.options {
                    self.add(name, option, Some(doubt.unwrap_or(&choice.why)));
                }
            }
            Value::Map(map) => match map.get("Type").map(|node| &node.value) {
                Some(Value::Text(kind)) => self.all.push(Event {
                    name,
                    kind,
                    properties: section(map, "Properties"),
                    span: node.span,
                    doubt: doubt.cloned(),
                }),
                Some(value) => self.open_to(made_of(value, Kind::Any).as_ref()),
                None => self.open_to(map.rest.as_ref()),
            },
            value => self.open_to(made_of(value, Kind::Any).as_ref()),
        }
    }

    fn open_to(&mut self, why: Option<&Arc<Unknown>>) {
        if self.open.is_none() {
            self.open = why.cloned();
        }
    }
}

/// Reads the property `Events`.
pub(super) fn read(properties: &Map) -> Events<'_> {
    let mut events = Events::default();
    match properties.get("Events") {
        Some(node) => events.add_map(node, None),
        None => events.open_to(properties.rest.as_ref()),
    }
    events
}

/// What SAM makes of the events. Of two alternatives of one event it gives both, under the same logical ids.
pub(super) fn expand(
    around: &dyn Surroundings,
    target: &Target<'_>,
    events: &Events<'_>,
    span: Span,
) -> Vec<Made> {
    let mut made = Vec::new();
    let mut rest_api = Answer::No;
    let mut http_api = Answer::No;
    for event in &events.all {
        match event.kind {
            "Api" => rest_api = rest_api.or(implicit(event, "RestApiId")),
            "HttpApi" if !target.is_machine => http_api = http_api.or(implicit(event, "ApiId")),
            _ => {}
        }
        if let Some(all) = one(around, target, event) {
            made.extend(all.into_iter().map(|one| one.doubted(event.doubt.as_ref())));
        } else {
            let (name, logical, kind) = (event.name, target.logical, event.kind);
            let message =
                format!("event `{name}` of `{logical}` is not judged: its type `{kind}` is not known");
            around.note(true, event.span, message);
            around.open(&stated(&format!("event type `{kind}` is not known"), Kind::Any));
        }
    }
    if !rest_api.is_no() {
        let all = api::implicit_rest(around, span);
        made.extend(all.into_iter().map(|one| one.doubted(rest_api.doubt())));
    }
    if !http_api.is_no() {
        let all = api::implicit_http(around, span);
        made.extend(all.into_iter().map(|one| one.doubted(http_api.doubt())));
    }
    if let Some(why) = &events.open {
        let message =
            format!("not all events of `{}` are known: what SAM makes of them is not judged", target.logical);
        around.note(true, span, message);
        around.open(why);
    }
    made
}

/// Whether an event needs the API that no resource declares.
fn implicit(event: &Event<'_>, key: &str) -> Answer {
    match given(&event.properties, key) {
        Answer::Yes => Answer::No,
        Answer::No => event.doubt.clone().map_or(Answer::Yes, Answer::Perhaps),
        perhaps @ Answer::Perhaps(_) => perhaps,
    }
}

fn one(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>) -> Option<Vec<Made>> {
    let id = format!("{}{}", target.logical, event.name);
    Some(match event.kind {
        "Api" if target.is_machine => {
            let action = "states:StartExecution";
            let arn = target.arn.clone();
            vec![role::invoker(format!("{id}Role"), "apigateway.amazonaws.com", action, arn, event.span)]
        }
        "Api" => rest(around, target, event, &id),
        "Schedule" | "EventBridgeRule" | "CloudWatchEvent" => rule::rule(around, target, event, &id),
        "ScheduleV2" => rule::schedule(around, target, event, &id),
        _ if target.is_machine => return None,
        "HttpApi" => http(around, target, event, &id),
        "S3" => {
            notify(around, target, event);
            let account = Node::of(around.pseudo("AWS::AccountId"));
            vec![permission(&id, target, "s3.amazonaws.com", &[("SourceAccount", account)], event.span)]
        }
        "SNS" => topic(around, target, event, &id),
        "SQS" | "Kinesis" | "DynamoDB" | "MQ" | "MSK" | "SelfManagedKafka" | "DocumentDB" => {
            vec![mapping(target, event, id)]
        }
        "CloudWatchLogs" => logs(around, target, event, &id),
        "IoTRule" => iot(around, target, event, &id),
        "Cognito" => {
            let pool = event.properties.get("UserPool").map(user_pool_arn);
            let source: Vec<(&str, Node)> = pool.into_iter().map(|arn| ("SourceArn", arn)).collect();
            vec![permission(&id, target, "cognito-idp.amazonaws.com", &source, event.span)]
        }
        "AlexaSkill" => {
            let skill = event.properties.get("SkillId").cloned();
            let source: Vec<(&str, Node)> = skill.into_iter().map(|id| ("EventSourceToken", id)).collect();
            vec![permission(&id, target, "alexa-appkit.amazon.com", &source, event.span)]
        }
        _ => return None,
    })
}

/// The notifications of a bucket of the template, one for each kind of event.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-s3.html>
fn notify(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>) {
    let Some(Value::Unknown(bucket)) = event.properties.get("Bucket").map(|node| &node.value) else { return };
    let Reason::Reference { target: bucket, attribute: None } = &bucket.reason else { return };
    let one = |kind: &Node| {
        let mut map = entries([("Event", kind.clone()), ("Function", Node::of(target.arn.clone()))]);
        carry_same(&event.properties, &mut map, &["Filter"]);
        doubtful(map_node(event.span, map), event.doubt.as_ref())
    };
    let mut configurations = List { items: Vec::new(), rest: event.properties.rest.clone() };
    match event.properties.get("Events") {
        Some(Node { value: Value::List(list), .. }) => {
            configurations.items.extend(list.items.iter().map(one));
            configurations.rest = configurations.rest.or_else(|| list.rest.clone());
        }
        Some(kind) => configurations.items.push(one(kind)),
        None => {}
    }
    around.notify(bucket, configurations);
}

/// The permission for a service to invoke the function.
pub(super) fn permission(
    id: &str,
    target: &Target<'_>,
    principal: &str,
    source: &[(&str, Node)],
    span: Span,
) -> Made {
    let mut permission = entries([
        ("Action", Node::text("lambda:InvokeFunction")),
        ("FunctionName", Node::of(target.name.clone())),
        ("Principal", Node::text(principal)),
    ]);
    for (key, node) in source {
        put(&mut permission, key, node.clone());
    }
    Made::new(format!("{id}Permission"), "AWS::Lambda::Permission", permission, span)
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html>
fn rest(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>, id: &str) -> Vec<Made> {
    let properties = &event.properties;
    let api = or_default(properties, "RestApiId", Node::of(around.refer(api::IMPLICIT_REST, None)));
    let missing =
        |what: &str| Node::of(Value::Unknown(stated(&format!("the event gives no {what}"), Kind::Text)));
    let method = method(&or_default(properties, "Method", missing("method")).value);
    let path = path(&or_default(properties, "Path", missing("path")).value);
    let pattern =
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/${Method}${Path}";
    let arn = fill(around, pattern, &[("Api", &api.value), ("Method", &method), ("Path", &path)]);
    let source = [("SourceArn", Node::of(arn))];
    let mut permission = permission(id, target, "apigateway.amazonaws.com", &source, event.span);
    if given(properties, "RestApiId").is_no() {
        // The implicit API has one stage, and the permission its name.
        permission.logical.push_str(api::IMPLICIT_STAGE);
    }
    vec![permission]
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html>
fn http(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>, id: &str) -> Vec<Made> {
    let properties = &event.properties;
    let api = or_default(properties, "ApiId", Node::of(around.refer(api::IMPLICIT_HTTP, None)));
    let arn = if given(properties, "Path").is_no() {
        let pattern = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/$default";
        fill(around, pattern, &[("Api", &api.value)])
    } else {
        let method = method(&or_default(properties, "Method", Node::text("any")).value);
        let path = path(&or_default(properties, "Path", Node::text("/")).value);
        let pattern =
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/${Method}${Path}";
        fill(around, pattern, &[("Api", &api.value), ("Method", &method), ("Path", &path)])
    };
    let source = [("SourceArn", Node::of(arn))];
    vec![permission(id, target, "apigateway.amazonaws.com", &source, event.span)]
}

/// A method as it stands in ARNs of `execute-api`.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>
fn method(value: &Value) -> Value {
    let Value::Text(method) = value else { return value.clone() };
    let method = method.to_ascii_uppercase();
    let is_any = matches!(method.as_str(), "ANY" | "X-AMAZON-APIGATEWAY-ANY-METHOD");
    Value::Text(if is_any { Arc::from("*") } else { Arc::from(method) })
}

/// A path as it stands in ARNs of `execute-api`: parameters such as `{id}` are wildcards.
fn path(value: &Value) -> Value {
    let Value::Text(path) = value else { return value.clone() };
    let mut wild = String::from("/");
    let mut rest = path.trim_start_matches('/');
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        wild.push_str(before);
        wild.push('*');
        rest = after;
    }
    wild.push_str(rest);
    Value::Text(Arc::from(wild))
}

/// The ARN of a user pool that is given by `Ref`, which is its id.
fn user_pool_arn(node: &Node) -> Node {
    if let Value::Unknown(unknown) = &node.value
        && let Reason::Reference { target, attribute: None } = &unknown.reason
    {
        let reason = Reason::Reference { target: target.clone(), attribute: Some(Arc::from("Arn")) };
        return at(node.span, Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Text })));
    }
    node.clone()
}

fn is_batched(properties: &Map) -> bool {
    matches!(ask(properties, "SqsSubscription", &takes_queue), Answer::Yes)
}

/// `SqsSubscription` is `true`, or a map that names a queue.
fn takes_queue(value: &Value) -> bool {
    is_true(value) || value.as_map().is_some()
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sns.html>
fn topic(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>, id: &str) -> Vec<Made> {
    let properties = &event.properties;
    let missing = Node::of(Value::Unknown(stated("the topic is not given", Kind::Text)));
    let topic = or_default(properties, "Topic", missing);
    let mut subscription = entries([("TopicArn", topic.clone())]);
    carry_others(properties, &mut subscription, &["SqsSubscription", "Topic"]);
    let by_queue = if properties.get("SqsSubscription").is_some() {
        ask(properties, "SqsSubscription", &takes_queue)
    } else {
        Answer::No
    };
    let mut made = Vec::new();
    match &by_queue {
        Answer::No => {
            put(&mut subscription, "Protocol", Node::text("lambda"));
            put(&mut subscription, "Endpoint", Node::of(target.arn.clone()));
        }
        Answer::Perhaps(why) => {
            put(&mut subscription, "Protocol", Node::of(Value::Unknown(why.clone())));
            put(&mut subscription, "Endpoint", Node::of(Value::Unknown(why.clone())));
        }
        Answer::Yes => {
            let config = section(properties, "SqsSubscription");
            let queue = format!("{id}Queue");
            let arn = or_default(&config, "QueueArn", Node::of(around.refer(&queue, Some("Arn"))));
            let url = or_default(&config, "QueueUrl", Node::of(around.refer(&queue, None)));
            put(&mut subscription, "Protocol", Node::text("sqs"));
            put(&mut subscription, "Endpoint", arn.clone());
            let own_queue = given(&config, "QueueArn");
            if !matches!(own_queue, Answer::Yes) {
                let queue = Made::new(queue, "AWS::SQS::Queue", Map::default(), event.span);
                made.push(queue.doubted(own_queue.doubt()));
            }
            let named = config.get("QueuePolicyLogicalId").and_then(|node| node.value.as_text());
            let policy = named.map_or_else(|| format!("{id}QueuePolicy"), str::to_owned);
            made.push(queue_policy(policy, url, arn.clone(), Node::text("*"), topic.clone(), event.span));
            let mut mapping =
                entries([("EventSourceArn", arn), ("FunctionName", Node::of(target.name.clone()))]);
            carry(&config, &mut mapping, &[("BatchSize", "BatchSize"), ("Enabled", "Enabled")]);
            let logical = format!("{id}EventSourceMapping");
            made.push(Made::new(logical, "AWS::Lambda::EventSourceMapping", mapping, event.span));
        }
    }
    made.push(Made::new(id.to_owned(), "AWS::SNS::Subscription", subscription, event.span));
    if !matches!(by_queue, Answer::Yes) {
        let permission = permission(id, target, "sns.amazonaws.com", &[("SourceArn", topic)], event.span);
        made.push(permission.doubted(by_queue.doubt()));
    }
    made
}

/// The policy that lets a principal send messages to a queue on behalf of a source.
pub(super) fn queue_policy(
    logical: String,
    url: Node,
    arn: Node,
    principal: Node,
    source: Node,
    span: Span,
) -> Made {
    let statement = map_of([
        ("Effect", Node::text("Allow")),
        ("Principal", principal),
        ("Action", Node::text("sqs:SendMessage")),
        ("Resource", arn),
        ("Condition", map_of([("ArnEquals", map_of([("aws:SourceArn", source)]))])),
    ]);
    let document = map_of([("Version", Node::text("2012-10-17")), ("Statement", list_of(vec![statement]))]);
    let policy = entries([("PolicyDocument", document), ("Queues", list_of(vec![url]))]);
    Made::new(logical, "AWS::SQS::QueuePolicy", policy, span)
}

/// A source that Lambda polls.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html#sam-specification-generated-resources-function-streaming>
fn mapping(target: &Target<'_>, event: &Event<'_>, id: String) -> Made {
    let properties = &event.properties;
    let mut mapping = entries([("FunctionName", Node::of(target.name.clone()))]);
    for key in ["Queue", "Stream", "Broker", "Cluster"] {
        carry(properties, &mut mapping, &[(key, "EventSourceArn")]);
    }
    let mut kafka = Map::default();
    carry(
        properties,
        &mut kafka,
        &[("ConsumerGroupId", "ConsumerGroupId"), ("SchemaRegistryConfig", "SchemaRegistryConfig")],
    );
    if !kafka.entries.is_empty() {
        let is_managed = event.kind == "MSK";
        let key = if is_managed {
            "AmazonManagedKafkaEventSourceConfig"
        } else {
            "SelfManagedKafkaEventSourceConfig"
        };
        put(&mut mapping, key, Node::of(Value::Map(Box::new(kafka))));
    }
    if let Some(servers) = properties.get("KafkaBootstrapServers") {
        let endpoints = map_of([("KafkaBootstrapServers", servers.clone())]);
        put(&mut mapping, "SelfManagedEventSource", map_of([("Endpoints", endpoints)]));
    }
    let mut database = Map::default();
    carry(
        properties,
        &mut database,
        &[
            ("DatabaseName", "DatabaseName"),
            ("CollectionName", "CollectionName"),
            ("FullDocument", "FullDocument"),
        ],
    );
    if !database.entries.is_empty() {
        put(&mut mapping, "DocumentDBEventSourceConfig", Node::of(Value::Map(Box::new(database))));
    }
    let own = [
        "Broker",
        "Cluster",
        "CollectionName",
        "ConsumerGroupId",
        "DatabaseName",
        "DynamicPolicyName",
        "FullDocument",
        "KafkaBootstrapServers",
        "Queue",
        "SchemaRegistryConfig",
        "SecretsManagerKmsKeyId",
        "Stream",
    ];
    carry_others(properties, &mut mapping, &own);
    Made::new(id, "AWS::Lambda::EventSourceMapping", mapping, event.span)
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-cloudwatchlogs.html>
fn logs(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>, id: &str) -> Vec<Made> {
    let mut filter = entries([("DestinationArn", Node::of(target.arn.clone()))]);
    carry_others(&event.properties, &mut filter, &[]);
    let missing = Node::of(Value::Unknown(stated("the log group is not given", Kind::Text)));
    let group = or_default(&event.properties, "LogGroupName", missing);
    let pattern = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}:*";
    let source = [("SourceArn", Node::of(fill(around, pattern, &[("Group", &group.value)])))];
    vec![
        Made::new(id.to_owned(), "AWS::Logs::SubscriptionFilter", filter, event.span),
        permission(id, target, "logs.amazonaws.com", &source, event.span),
    ]
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-iotrule.html>
fn iot(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>, id: &str) -> Vec<Made> {
    let action = map_of([("Lambda", map_of([("FunctionArn", Node::of(target.arn.clone()))]))]);
    let mut payload =
        entries([("RuleDisabled", Node::of(Value::Bool(false))), ("Actions", list_of(vec![action]))]);
    carry(&event.properties, &mut payload, &[("Sql", "Sql"), ("AwsIotSqlVersion", "AwsIotSqlVersion")]);
    carry_rest(&event.properties, &mut payload);
    let topic_rule = entries([("TopicRulePayload", Node::of(Value::Map(Box::new(payload))))]);
    let name = around.refer(id, None);
    let pattern = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/${Rule}";
    let source = [("SourceArn", Node::of(fill(around, pattern, &[("Rule", &name)])))];
    vec![
        Made::new(id.to_owned(), "AWS::IoT::TopicRule", topic_rule, event.span),
        permission(id, target, "iot.amazonaws.com", &source, event.span),
    ]
}
