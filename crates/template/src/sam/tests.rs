//! What is made is compared with what SAM's documentation says.

use std::cell::{Cell, RefCell};

use estate::value::{Part, Reason};
use serde_json::{Value as Json, json};

use super::*;

/// A stack with known pseudo parameters.
#[derive(Default)]
struct Fixed {
    globals: Map,
    notes: RefCell<Vec<String>>,
    notifications: RefCell<Vec<(String, usize)>>,
    gaps: Cell<usize>,
}

impl Surroundings for Fixed {
    fn refer(&self, logical: &str, attribute: Option<&str>) -> Value {
        let reason = Reason::Reference { target: Arc::from(logical), attribute: attribute.map(Arc::from) };
        Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Text }))
    }

    fn pseudo(&self, name: &str) -> Value {
        let text = match name {
            "AWS::Partition" => "aws",
            "AWS::Region" => "eu-west-1",
            "AWS::AccountId" => "111122223333",
            _ => return Value::Null,
        };
        Value::Text(Arc::from(text))
    }

    fn globals(&self) -> Map {
        self.globals.clone()
    }

    fn notify(&self, bucket: &Arc<str>, configurations: List) {
        self.notifications.borrow_mut().push((bucket.to_string(), configurations.items.len()));
    }

    fn note(&self, _incomplete: bool, _span: Span, message: String) {
        self.notes.borrow_mut().push(message);
    }

    fn open(&self, _why: &Arc<Unknown>) {
        self.gaps.set(self.gaps.get() + 1);
    }
}

fn map(json: &Json) -> Map {
    let Value::Map(map) = Value::from(json) else { panic!("the test gives a map") };
    *map
}

/// A reference, as a property of a test.
fn reference(logical: &str, attribute: Option<&str>) -> Node {
    Node::of(Fixed::default().refer(logical, attribute))
}

fn unknown(kind: Kind) -> Node {
    Node::of(Value::Unknown(shape::stated("test", kind)))
}

fn choice(options: &[Json], or_absent: bool) -> Node {
    let options = options.iter().map(|option| Node::of(option.into())).collect();
    let why = shape::stated("test", Kind::Any);
    Node::of(Value::Choice(Box::new(Choice { options, or_absent, why })))
}

fn with(mut map: Map, key: &str, node: Node) -> Map {
    map.set(Arc::from(key), node);
    map
}

/// The resources made of one that is named `F`.
fn make_in(around: &Fixed, type_name: &str, properties: &Map) -> Vec<Made> {
    let source = Source { logical: "F", properties, span: Span::NONE };
    transform(around, source, &format!("AWS::Serverless::{type_name}")).expect("a type of SAM's")
}

fn make(type_name: &str, properties: &Map) -> Vec<Made> {
    make_in(&Fixed::default(), type_name, properties)
}

fn names(made: &[Made]) -> Vec<(&str, &str)> {
    made.iter().map(|one| (one.logical.as_str(), one.type_name.as_str())).collect()
}

fn one<'a>(made: &'a [Made], logical: &str) -> &'a Made {
    let found = made.iter().find(|one| one.logical == logical);
    found.unwrap_or_else(|| panic!("`{logical}` is not made, only {:?}", names(made)))
}

/// The properties of one of the resources, with what is not known in `‹›`.
fn properties(made: &[Made], logical: &str) -> Json {
    show_map(&one(made, logical).properties)
}

fn show_map(map: &Map) -> Json {
    let mut shown: serde_json::Map<String, Json> =
        map.entries.iter().map(|(key, node)| (key.to_string(), show(&node.value))).collect();
    if map.rest.is_some() {
        shown.insert("…".to_owned(), Json::Bool(true));
    }
    Json::Object(shown)
}

fn show(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => json!(b),
        Value::Int(i) => json!(i),
        Value::Double(d) => json!(d),
        Value::Text(text) => json!(&**text),
        Value::Partial(partial) => {
            let mut text = String::new();
            for part in &partial.parts {
                match part {
                    Part::Known(known) => text.push_str(known),
                    Part::Hole(unknown) => text.push_str(&hole(unknown)),
                }
            }
            json!(text)
        }
        Value::List(list) => {
            let mut items: Vec<Json> = list.items.iter().map(|item| show(&item.value)).collect();
            if list.rest.is_some() {
                items.push(json!("…"));
            }
            Json::Array(items)
        }
        Value::Map(map) => show_map(map),
        Value::Choice(choice) => {
            let options: Vec<Json> = choice.options.iter().map(|option| show(&option.value)).collect();
            if choice.or_absent { json!({ "maybe": options }) } else { json!({ "either": options }) }
        }
        Value::Unknown(unknown) => json!(hole(unknown)),
    }
}

fn hole(unknown: &Unknown) -> String {
    match &unknown.reason {
        Reason::Reference { target, attribute: Some(attribute) } => format!("‹{target}.{attribute}›"),
        Reason::Reference { target, attribute: None } => format!("‹{target}›"),
        _ => "‹›".to_owned(),
    }
}

fn trust(service: &str) -> Json {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}],
    })
}

const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

/// "Simple function" on the page of `AWS::Serverless::Function`.
fn simple() -> Map {
    map(&json!({"Handler": "index.handler", "Runtime": "python3.6", "CodeUri": "s3://bucket-name/key-name"}))
}

#[test]
fn a_simple_function_gives_a_function_and_a_role() {
    let made = make("Function", &simple());
    assert_eq!(names(&made), [("F", "AWS::Lambda::Function"), ("FRole", "AWS::IAM::Role")]);
    let tags = json!([{"Key": "lambda:createdBy", "Value": "SAM"}]);
    let expected = json!({
        "Handler": "index.handler",
        "Runtime": "python3.6",
        "Code": {"S3Bucket": "bucket-name", "S3Key": "key-name"},
        "Role": "‹FRole.Arn›",
        "Tags": tags,
    });
    assert_eq!(properties(&made, "F"), expected);
    let expected = json!({
        "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
        "ManagedPolicyArns": [BASIC],
        "Tags": tags,
    });
    assert_eq!(properties(&made, "FRole"), expected);
    assert!(made.iter().all(|one| one.presence.is_none()));
}

#[test]
fn the_functions_properties_example_of_the_guide() {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::my-bucket/*"}],
    });
    let made = make(
        "Function",
        &map(&json!({
            "InlineCode": "def handler(): pass",
            "ReservedConcurrentExecutions": 30,
            "Tracing": "Active",
            "Timeout": 120,
            "VpcConfig": {"SubnetIds": ["subnet-1"]},
            "Policies": ["AWSLambdaExecute", document],
            "PermissionsBoundary": "arn:aws:iam::111122223333:policy/B",
            "RolePath": "/app/",
            "Tags": {"Team": "a"},
            "Events": {"ApiEvent": {"Type": "Api", "Properties": {"Path": "/path/{id}", "Method": "get"}}},
        })),
    );
    let expected = [
        ("F", "AWS::Lambda::Function"),
        ("FRole", "AWS::IAM::Role"),
        ("FApiEventPermissionProd", "AWS::Lambda::Permission"),
        ("ServerlessRestApi", "AWS::ApiGateway::RestApi"),
        ("ServerlessRestApiDeployment", "AWS::ApiGateway::Deployment"),
        ("ServerlessRestApiProdStage", "AWS::ApiGateway::Stage"),
    ];
    assert_eq!(names(&made), expected);
    let function = properties(&made, "F");
    assert_eq!(function["Code"], json!({"ZipFile": "def handler(): pass"}));
    assert_eq!(function["TracingConfig"], json!({"Mode": "Active"}));
    assert_eq!(function["ReservedConcurrentExecutions"], json!(30));
    assert_eq!(function["Tags"][1], json!({"Key": "Team", "Value": "a"}));
    assert_eq!(function.get("Policies"), None);
    let role = properties(&made, "FRole");
    let managed = json!([
        BASIC,
        "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
        "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
        "arn:aws:iam::aws:policy/AWSLambdaExecute",
    ]);
    assert_eq!(role["ManagedPolicyArns"], managed);
    assert_eq!(role["Policies"], json!([{"PolicyName": "FRolePolicy0", "PolicyDocument": document}]));
    assert_eq!(role["PermissionsBoundary"], json!("arn:aws:iam::111122223333:policy/B"));
    assert_eq!(role["Path"], json!("/app/"));
    let permission = json!({
        "Action": "lambda:InvokeFunction",
        "FunctionName": "‹F›",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": "arn:aws:execute-api:eu-west-1:111122223333:‹ServerlessRestApi›/*/GET/path/*",
    });
    assert_eq!(properties(&made, "FApiEventPermissionProd"), permission);
}

#[test]
fn spans_are_carried_unchanged() {
    let span = Span::new(estate::value::FileId(3), (7, 5), (7, 9));
    let node = Node { value: Value::Int(9), span };
    let made = make("Function", &with(simple(), "Timeout", node.clone()));
    assert_eq!(one(&made, "F").properties.get("Timeout"), Some(&node));
}

#[test]
fn code_comes_from_any_of_its_sources() {
    let code = |json: &Json| properties(&make("Function", &map(json)), "F")["Code"].clone();
    let image = json!({"PackageType": "Image", "ImageUri": "a/b:c"});
    assert_eq!(code(&image), json!({"ImageUri": "a/b:c"}));
    let object = json!({"CodeUri": {"Bucket": "b", "Key": "k", "Version": "v"}});
    assert_eq!(code(&object), json!({"S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "v"}));
    assert_eq!(code(&json!({"CodeUri": "src/"})), json!({"S3Bucket": "‹›", "S3Key": "‹›"}));
    assert_eq!(code(&json!({})), json!("‹›"));
    let encrypted = json!({"CodeUri": "s3://b/k", "SourceKMSKeyArn": "arn"});
    assert_eq!(code(&encrypted), json!({"S3Bucket": "b", "S3Key": "k", "SourceKMSKeyArn": "arn"}));
}

#[test]
fn a_role_that_is_given_is_taken() {
    let made = make("Function", &with(simple(), "Role", Node::text("arn:aws:iam::111122223333:role/r")));
    assert_eq!(names(&made), [("F", "AWS::Lambda::Function")]);
    assert_eq!(properties(&made, "F")["Role"], json!("arn:aws:iam::111122223333:role/r"));

    let made = make("Function", &with(simple(), "Role", choice(&[json!("arn")], true)));
    assert_eq!(properties(&made, "F")["Role"], json!({"either": ["arn", "‹FRole.Arn›"]}));
    assert!(one(&made, "FRole").presence.is_some());
}

#[test]
fn policy_templates_become_documents() {
    let policies = json!([
        {"SQSPollerPolicy": {"QueueName": "q"}},
        {"S3ReadPolicy": {"BucketName": "b"}},
        {"TextractPolicy": {}},
        {"NoSuchPolicy": {"X": "y"}},
    ]);
    let made = make("Function", &with(simple(), "Policies", Node::of(Value::from(&policies))));
    let role = properties(&made, "FRole");
    let statement = |i: usize| role["Policies"][i]["PolicyDocument"]["Statement"][0].clone();
    assert_eq!(statement(0)["Resource"], json!("arn:aws:sqs:eu-west-1:111122223333:q"));
    let actions = json!([
        "sqs:ChangeMessageVisibility",
        "sqs:ChangeMessageVisibilityBatch",
        "sqs:DeleteMessage",
        "sqs:DeleteMessageBatch",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    ]);
    assert_eq!(statement(0)["Action"], actions);
    assert_eq!(statement(1)["Resource"], json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]));
    assert_eq!(statement(2), json!({"Effect": "Allow", "Action": ["textract:*"], "Resource": "*"}));
    assert_eq!(role["Policies"][3], json!({"PolicyName": "FRolePolicy3", "PolicyDocument": "‹›"}));
}

#[test]
fn a_templates_parameter_may_be_a_reference() {
    let policy = with(Map::default(), "SecretArn", reference("Secret", None));
    let policies =
        with(Map::default(), "AWSSecretsManagerGetSecretValuePolicy", Node::of(Value::Map(Box::new(policy))));
    let made = make("Function", &with(simple(), "Policies", Node::of(Value::Map(Box::new(policies)))));
    let role = properties(&made, "FRole");
    assert_eq!(role["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"], json!("‹Secret›"));
}

#[test]
fn a_templates_missing_parameter_is_unknown() {
    let parameters = Node::of(Value::Map(Box::default()));
    let document = policy::document(&Fixed::default(), "DynamoDBCrudPolicy", &parameters);
    let resources = show(&document.value)["Statement"][0]["Resource"].clone();
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/‹›";
    assert_eq!(resources, json!([table, format!("{table}/index/*")]));
}

#[test]
fn managed_policies_are_named_or_given_by_arn() {
    let arn = |name: &str| show(&policy::managed(&Fixed::default(), name));
    assert_eq!(arn("AdministratorAccess"), json!("arn:aws:iam::aws:policy/AdministratorAccess"));
    assert_eq!(arn("ViewOnlyAccess"), json!("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"));
    assert_eq!(
        arn("service-role/AWSLambdaRole"),
        json!("arn:aws:iam::aws:policy/service-role/AWSLambdaRole")
    );
    assert_eq!(arn("arn:aws:iam::1:policy/x"), json!("arn:aws:iam::1:policy/x"));
    assert_eq!(arn("SomeServiceRolePolicy"), json!("arn:aws:iam::aws:policy/‹›SomeServiceRolePolicy"));
}

#[test]
fn unknown_policies_leave_the_role_open() {
    let role = |node: Node| properties(&make("Function", &with(simple(), "Policies", node)), "FRole");
    let open = role(unknown(Kind::List));
    assert_eq!(open["ManagedPolicyArns"], json!([BASIC, "…"]));
    assert_eq!(open["Policies"], json!(["…"]));
    // What `Ref` gives of a managed policy is its ARN.
    let named = role(reference("Own", None));
    assert_eq!(named["ManagedPolicyArns"], json!([BASIC, "‹Own›"]));
    assert_eq!(named.get("Policies"), None);
    let perhaps = role(choice(&[json!("ReadOnlyAccess")], true));
    let maybe = json!({"maybe": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]});
    assert_eq!(perhaps["ManagedPolicyArns"], json!([BASIC, maybe]));
}

#[test]
fn unknown_properties_leave_everything_open() {
    let around = Fixed::default();
    let properties_map = Map { entries: Vec::new(), rest: Some(shape::stated("test", Kind::Any)) };
    let made = make_in(&around, "Function", &properties_map);
    assert_eq!(names(&made), [("F", "AWS::Lambda::Function"), ("FRole", "AWS::IAM::Role")]);
    let function = properties(&made, "F");
    assert_eq!(
        (&function["Role"], &function["Code"], &function["…"]),
        (&json!("‹›"), &json!("‹›"), &json!(true))
    );
    assert!(one(&made, "FRole").presence.is_some());
    assert_eq!(properties(&made, "FRole")["Policies"], json!(["…"]));
    assert_eq!(around.gaps.get(), 1);
}

#[test]
fn an_alias_is_published_and_events_start_it() {
    let made = make(
        "Function",
        &map(&json!({
            "AutoPublishAlias": "live",
            "VersionDescription": "d",
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
            "FunctionUrlConfig": {"AuthType": "AWS_IAM"},
            "Events": {"Q": {"Type": "SQS", "Properties": {"Queue": "arn", "BatchSize": 10}}},
        })),
    );
    let expected = json!({"FunctionName": "‹F›", "Description": "d"});
    assert_eq!(properties(&made, "FVersion"), expected);
    let expected = json!({
        "Name": "live",
        "FunctionName": "‹F›",
        "FunctionVersion": "‹FVersion.Version›",
        "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
    });
    assert_eq!(properties(&made, "FAliaslive"), expected);
    let expected = json!({"TargetFunctionArn": "‹F›", "Qualifier": "live", "AuthType": "AWS_IAM"});
    assert_eq!(properties(&made, "FUrl"), expected);
    let expected = json!({"FunctionName": "‹FAliaslive›", "EventSourceArn": "arn", "BatchSize": 10});
    assert_eq!(properties(&made, "FQ"), expected);
    let managed = &properties(&made, "FRole")["ManagedPolicyArns"];
    assert_eq!(managed[1], json!("arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"));
}

#[test]
fn a_public_url_has_a_permission_for_everyone() {
    let url = |auth: Node| {
        let config = with(Map::default(), "AuthType", auth);
        make("Function", &with(simple(), "FunctionUrlConfig", Node::of(Value::Map(Box::new(config)))))
    };
    let made = url(Node::text("NONE"));
    let expected = json!({
        "Action": "lambda:InvokeFunctionUrl",
        "FunctionName": "‹F›",
        "FunctionUrlAuthType": "NONE",
        "Principal": "*",
    });
    assert_eq!(properties(&made, "FUrlPublicPermissions"), expected);
    assert!(one(&made, "FUrlPublicPermissions").presence.is_none());
    let made = url(Node::text("AWS_IAM"));
    assert_eq!(names(&made).last(), Some(&("FUrl", "AWS::Lambda::Url")));
    let made = url(unknown(Kind::Text));
    assert!(one(&made, "FUrlPublicPermissions").presence.is_some());
    assert!(one(&made, "FUrl").presence.is_none());
}

/// Logical ids as `generated_resources.rst` of SAM's documentation has them.
#[test]
fn events_give_what_starts_the_function() {
    let events = json!({
        "S3Trigger": {"Type": "S3", "Properties": {"Bucket": "b", "Events": "s3:ObjectCreated:*"}},
        "Topic": {"Type": "SNS", "Properties": {"Topic": "arn:aws:sns:us-east-1:123456789012:my_topic"}},
        "Timer": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)", "Enabled": false}},
        "Stop": {"Type": "CloudWatchEvent", "Properties": {"Pattern": {"detail": {"state": ["terminated"]}}}},
        "Logs": {"Type": "CloudWatchLogs", "Properties": {"LogGroupName": "g", "FilterPattern": "p"}},
    });
    let made = make("Function", &with(simple(), "Events", Node::of(Value::from(&events))));
    let s3 = json!({
        "Action": "lambda:InvokeFunction",
        "FunctionName": "‹F›",
        "Principal": "s3.amazonaws.com",
        "SourceAccount": "111122223333",
    });
    assert_eq!(properties(&made, "FS3TriggerPermission"), s3);
    let subscription = json!({
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:my_topic",
        "Protocol": "lambda",
        "Endpoint": "‹F.Arn›",
    });
    assert_eq!(properties(&made, "FTopic"), subscription);
    let source = &properties(&made, "FTopicPermission")["SourceArn"];
    assert_eq!(*source, json!("arn:aws:sns:us-east-1:123456789012:my_topic"));
    let timer = json!({
        "ScheduleExpression": "rate(1 minute)",
        "State": "DISABLED",
        "Targets": [{"Arn": "‹F.Arn›", "Id": "FTimerLambdaTarget"}],
    });
    assert_eq!(properties(&made, "FTimer"), timer);
    assert_eq!(properties(&made, "FTimerPermission")["SourceArn"], json!("‹FTimer.Arn›"));
    assert_eq!(properties(&made, "FStop")["EventPattern"], json!({"detail": {"state": ["terminated"]}}));
    assert_eq!(properties(&made, "FLogs")["DestinationArn"], json!("‹F.Arn›"));
    let source = json!("arn:aws:logs:eu-west-1:111122223333:log-group:g:*");
    assert_eq!(properties(&made, "FLogsPermission")["SourceArn"], source);
}

#[test]
fn a_topic_may_go_through_a_queue() {
    let events = json!({"T": {"Type": "SNS", "Properties": {"Topic": "t", "SqsSubscription": true}}});
    let made = make("Function", &with(simple(), "Events", Node::of(Value::from(&events))));
    let expected = [
        ("FTQueue", "AWS::SQS::Queue"),
        ("FTQueuePolicy", "AWS::SQS::QueuePolicy"),
        ("FTEventSourceMapping", "AWS::Lambda::EventSourceMapping"),
        ("FT", "AWS::SNS::Subscription"),
    ];
    assert_eq!(names(&made)[2..], expected);
    let expected = json!({"TopicArn": "t", "Protocol": "sqs", "Endpoint": "‹FTQueue.Arn›"});
    assert_eq!(properties(&made, "FT"), expected);
}

#[test]
fn a_rule_may_have_its_own_dead_letter_queue() {
    let events = json!({"R": {"Type": "EventBridgeRule", "Properties": {
        "Pattern": {"source": ["x"]},
        "DeadLetterConfig": {"Type": "SQS", "QueueLogicalId": "EBRuleDLQ"},
    }}});
    let made = make("Function", &with(simple(), "Events", Node::of(Value::from(&events))));
    assert!(names(&made).contains(&("EBRuleDLQ", "AWS::SQS::Queue")));
    let config = &properties(&made, "FR")["Targets"][0]["DeadLetterConfig"];
    assert_eq!(*config, json!({"Arn": "‹EBRuleDLQ.Arn›"}));
}

#[test]
fn an_event_that_is_perhaps_there_makes_what_is_perhaps_there() {
    let event = json!({"Type": "Api", "Properties": {"Path": "/", "Method": "any"}});
    let events = with(Map::default(), "A", choice(&[event], true));
    let made = make("Function", &with(simple(), "Events", Node::of(Value::Map(Box::new(events)))));
    assert!(one(&made, "FAPermissionProd").presence.is_some());
    assert!(one(&made, "ServerlessRestApi").presence.is_some());
    assert!(one(&made, "FRole").presence.is_none());
}

#[test]
fn unknown_events_are_said_and_leave_a_gap() {
    let around = Fixed::default();
    make_in(&around, "Function", &with(simple(), "Events", unknown(Kind::Map)));
    assert_eq!((around.notes.borrow().len(), around.gaps.get()), (1, 1));
    let events = json!({"X": {"Type": "NoSuchType"}});
    make_in(&around, "Function", &with(simple(), "Events", Node::of(Value::from(&events))));
    assert_eq!((around.notes.borrow().len(), around.gaps.get()), (2, 2));
}

#[test]
fn implicit_apis_take_the_globals() {
    let globals =
        map(&json!({"Api": {"TracingEnabled": true}, "HttpApi": {"AccessLogSettings": {"Format": "f"}}}));
    let around = Fixed { globals, ..Fixed::default() };
    let events = json!({
        "A": {"Type": "Api", "Properties": {"Path": "/a", "Method": "get"}},
        "H": {"Type": "HttpApi"},
        "Own": {"Type": "HttpApi", "Properties": {"ApiId": "abc", "Path": "/x/{id}/y", "Method": "any"}},
    });
    let made = make_in(&around, "Function", &with(simple(), "Events", Node::of(Value::from(&events))));
    let stage = json!({
        "RestApiId": "‹ServerlessRestApi›",
        "DeploymentId": "‹ServerlessRestApiDeployment›",
        "StageName": "Prod",
        "TracingEnabled": true,
    });
    assert_eq!(properties(&made, "ServerlessRestApiProdStage"), stage);
    let stage = properties(&made, "ServerlessHttpApiApiGatewayDefaultStage");
    assert_eq!(
        (&stage["StageName"], &stage["AccessLogSettings"]),
        (&json!("$default"), &json!({"Format": "f"}))
    );
    let source = |id: &str| properties(&made, id)["SourceArn"].clone();
    let arn = "arn:aws:execute-api:eu-west-1:111122223333";
    assert_eq!(source("FHPermission"), json!(format!("{arn}:‹ServerlessHttpApi›/*/$default")));
    assert_eq!(source("FOwnPermission"), json!(format!("{arn}:abc/*/*/x/*/y")));
}

#[test]
fn dead_letters_and_destinations_are_granted_to_the_role() {
    let made = make(
        "Function",
        &map(&json!({
            "DeadLetterQueue": {"Type": "SNS", "TargetArn": "arn:aws:sns:us-east-2:123456789012:my-topic"},
            "EventInvokeConfig": {
                "MaximumRetryAttempts": 2,
                "DestinationConfig": {"OnSuccess": {"Type": "SQS"}, "OnFailure": {"Type": "Lambda", "Destination": "l"}},
            },
        })),
    );
    let expected = json!({"TargetArn": "arn:aws:sns:us-east-2:123456789012:my-topic"});
    assert_eq!(properties(&made, "F")["DeadLetterConfig"], expected);
    let role = properties(&made, "FRole");
    let granted = |i: usize| {
        let statement = &role["Policies"][i]["PolicyDocument"]["Statement"][0];
        (statement["Action"].clone(), statement["Resource"].clone())
    };
    assert_eq!(granted(0), (json!("sns:Publish"), json!("arn:aws:sns:us-east-2:123456789012:my-topic")));
    assert_eq!(granted(1), (json!("sqs:SendMessage"), json!("‹FOnSuccessQueue.Arn›")));
    assert_eq!(granted(2), (json!("lambda:InvokeFunction"), json!("l")));
    let invoke = json!({
        "FunctionName": "‹F›",
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 2,
        "DestinationConfig": {
            "OnSuccess": {"Destination": "‹FOnSuccessQueue.Arn›"},
            "OnFailure": {"Destination": "l"},
        },
    });
    assert_eq!(properties(&made, "FEventInvokeConfig"), invoke);
    assert_eq!(one(&made, "FOnSuccessQueue").type_name, "AWS::SQS::Queue");
}

#[test]
fn a_deployment_preference_gives_a_group() {
    let preference = json!({"Type": "Linear10PercentEvery10Minutes", "Alarms": ["a"]});
    let made = make("Function", &with(simple(), "DeploymentPreference", Node::of(Value::from(&preference))));
    let group = properties(&made, "FDeploymentGroup");
    assert_eq!(group["DeploymentConfigName"], json!("CodeDeployDefault.LambdaLinear10PercentEvery10Minutes"));
    assert_eq!(group["AlarmConfiguration"], json!({"Alarms": [{"Name": "a"}]}));
    assert_eq!(one(&made, "CodeDeployServiceRole").type_name, "AWS::IAM::Role");
    assert_eq!(one(&made, "ServerlessDeploymentApplication").type_name, "AWS::CodeDeploy::Application");
}

#[test]
fn an_api_gives_a_deployment_and_a_stage() {
    let made = make(
        "Api",
        &map(&json!({
            "StageName": "Gamma",
            "TracingEnabled": true,
            "CacheClusterEnabled": true,
            "MethodSettings": [{"HttpMethod": "*"}],
            "Tags": {"a": "b"},
            "EndpointConfiguration": {"Type": "PRIVATE", "VPCEndpointIds": ["vpce-1"]},
            "DefinitionBody": {"openapi": "3.0.1", "paths": {}},
            "OpenApiVersion": "3.0.1",
        })),
    );
    let api = json!({
        "Body": {"openapi": "3.0.1", "paths": {}},
        "EndpointConfiguration": {"Types": ["PRIVATE"], "VpcEndpointIds": ["vpce-1"]},
    });
    assert_eq!(properties(&made, "F"), api);
    let stage = json!({
        "RestApiId": "‹F›",
        "DeploymentId": "‹FDeployment›",
        "StageName": "Gamma",
        "TracingEnabled": true,
        "CacheClusterEnabled": true,
        "MethodSettings": [{"HttpMethod": "*"}],
        "Tags": [{"Key": "a", "Value": "b"}],
    });
    assert_eq!(properties(&made, "FGammaStage"), stage);
    assert_eq!(properties(&made, "FDeployment"), json!({"RestApiId": "‹F›"}));
}

#[test]
fn authorizers_make_the_definition_unknown_and_the_resource_policy_is_kept() {
    let around = Fixed::default();
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke"});
    let made = make_in(
        &around,
        "Api",
        &map(&json!({
            "StageName": "Prod",
            "DefinitionBody": {"openapi": "3.0.1", "paths": {"/": {}}},
            "Auth": {"DefaultAuthorizer": "A", "ResourcePolicy": {
                "CustomStatements": [statement],
                "IpRangeBlacklist": ["10.20.30.40"],
            }},
        })),
    );
    let api = properties(&made, "F");
    assert_eq!(api["Body"], json!({"openapi": "3.0.1", "paths": "‹›", "…": true}));
    assert_eq!(api["Policy"], json!({"Version": "2012-10-17", "Statement": [statement, "…"]}));
    assert_eq!(around.notes.borrow().len(), 1);
}

#[test]
fn custom_domains_keep_their_security_policy() {
    let domain = json!({"DomainName": "a.example", "CertificateArn": "c", "SecurityPolicy": "TLS_1_2"});
    let properties_map = map(&json!({"StageName": "P", "Domain": domain}));
    let made = make("Api", &properties_map);
    let expected = json!({
        "DomainName": "a.example",
        "RegionalCertificateArn": "c",
        "SecurityPolicy": "TLS_1_2",
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
    });
    assert_eq!(properties(&made, "ApiGatewayDomainNameF"), expected);
    let made = make("HttpApi", &properties_map);
    let names = &properties(&made, "ApiGatewayDomainNameV2F")["DomainNameConfigurations"];
    let expected = json!([{"CertificateArn": "c", "SecurityPolicy": "TLS_1_2", "EndpointType": "REGIONAL"}]);
    assert_eq!(*names, expected);
}

#[test]
fn an_http_api_has_a_stage_by_name_or_the_default_one() {
    let made = make("HttpApi", &map(&json!({"CorsConfiguration": true, "Tags": {"a": "b"}})));
    assert_eq!(names(&made)[1], ("FApiGatewayDefaultStage", "AWS::ApiGatewayV2::Stage"));
    let tags = json!({"httpapi:createdBy": "SAM", "a": "b"});
    let api = json!({"Body": "‹›", "CorsConfiguration": {"AllowOrigins": ["*"]}, "Tags": tags});
    assert_eq!(properties(&made, "F"), api);
    let made = make("HttpApi", &map(&json!({"StageName": "Gamma", "DefaultRouteSettings": {}})));
    let stage = json!({
        "ApiId": "‹F›",
        "AutoDeploy": true,
        "StageName": "Gamma",
        "DefaultRouteSettings": {},
        "Tags": {"httpapi:createdBy": "SAM"},
    });
    assert_eq!(properties(&made, "FGammaStage"), stage);
}

#[test]
fn a_simple_table_is_paid_per_request_unless_provisioned() {
    let made =
        make("SimpleTable", &map(&json!({"TableName": "my-table", "Tags": {"Department": "Engineering"}})));
    let expected = json!({
        "TableName": "my-table",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Tags": [{"Key": "Department", "Value": "Engineering"}],
    });
    assert_eq!(properties(&made, "F"), expected);
    let provisioned = json!({
        "PrimaryKey": {"Name": "n", "Type": "Number"},
        "ProvisionedThroughput": {"ReadCapacityUnits": 5},
        "SSESpecification": {"SSEEnabled": true},
    });
    let expected = json!({
        "ProvisionedThroughput": {"ReadCapacityUnits": 5},
        "SSESpecification": {"SSEEnabled": true},
        "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
    });
    assert_eq!(properties(&make("SimpleTable", &map(&provisioned)), "F"), expected);
}

#[test]
fn layers_and_applications_keep_their_content() {
    let layer = json!({"ContentUri": "s3://my-bucket/my-layer.zip", "RetentionPolicy": "Retain"});
    let expected = json!({"Content": {"S3Bucket": "my-bucket", "S3Key": "my-layer.zip"}, "LayerName": "F"});
    assert_eq!(properties(&make("LayerVersion", &map(&layer)), "F"), expected);
    let application = json!({"Location": "./child.yaml", "Parameters": {"A": "b"}});
    let made = make("Application", &map(&application));
    assert_eq!(names(&made), [("F", "AWS::CloudFormation::Stack")]);
    let expected = json!({
        "TemplateURL": "./child.yaml",
        "Parameters": {"A": "b"},
        "Tags": [{"Key": "lambda:createdBy", "Value": "SAM"}],
    });
    assert_eq!(properties(&made, "F"), expected);
    let shared = json!({"Location": {"ApplicationId": "arn", "SemanticVersion": "1.0.0"}});
    assert_eq!(properties(&make("Application", &map(&shared)), "F")["TemplateURL"], json!("‹›"));
}

#[test]
fn a_state_machine_has_a_role_and_its_events_start_it() {
    let made = make(
        "StateMachine",
        &map(&json!({
            "DefinitionUri": {"Bucket": "b", "Key": "k"},
            "Name": "n",
            "Type": "EXPRESS",
            "Logging": {"Level": "ALL"},
            "Tracing": {"Enabled": true},
            "Policies": [{"LambdaInvokePolicy": {"FunctionName": "f"}}],
            "Events": {"E": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}},
        })),
    );
    let expected = [
        ("F", "AWS::StepFunctions::StateMachine"),
        ("FRole", "AWS::IAM::Role"),
        ("FE", "AWS::Events::Rule"),
        ("FERole", "AWS::IAM::Role"),
    ];
    assert_eq!(names(&made), expected);
    let machine = json!({
        "DefinitionS3Location": {"Bucket": "b", "Key": "k"},
        "StateMachineName": "n",
        "StateMachineType": "EXPRESS",
        "LoggingConfiguration": {"Level": "ALL"},
        "TracingConfiguration": {"Enabled": true},
        "RoleArn": "‹FRole.Arn›",
        "Tags": [{"Key": "stateMachine:createdBy", "Value": "SAM"}],
    });
    assert_eq!(properties(&made, "F"), machine);
    let role = properties(&made, "FRole");
    assert_eq!(role["AssumeRolePolicyDocument"], trust("states.amazonaws.com"));
    let resource = &role["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"];
    assert_eq!(*resource, json!("arn:aws:lambda:eu-west-1:111122223333:function:f*"));
    let target = &properties(&made, "FE")["Targets"][0];
    assert_eq!(*target, json!({"Arn": "‹F›", "Id": "FEStepFunctionsTarget", "RoleArn": "‹FERole.Arn›"}));
}

#[test]
fn connectors_are_noted_and_other_types_leave_a_gap() {
    let around = Fixed::default();
    assert!(make_in(&around, "Connector", &Map::default()).is_empty());
    assert_eq!((around.notes.borrow().len(), around.gaps.get()), (1, 0));
    assert!(make_in(&around, "NoSuchType", &Map::default()).is_empty());
    assert_eq!((around.notes.borrow().len(), around.gaps.get()), (2, 1));
    let source = Source { logical: "F", properties: &Map::default(), span: Span::NONE };
    assert_eq!(transform(&around, source, "AWS::Lambda::Function"), None);
}

/// The examples of the page on `Globals`.
#[test]
fn globals_are_replaced_merged_and_prepended() {
    let globals = map(&json!({"Function": {
        "Runtime": "nodejs12.x",
        "Timeout": 180,
        "Environment": {"Variables": {"STAGE": "Production", "TABLE_NAME": "global-table"}},
        "VpcConfig": {"SecurityGroupIds": ["sg-123", "sg-456"]},
    }}));
    let own = map(&json!({
        "Runtime": "python3.6",
        "Environment": {"Variables": {"TABLE_NAME": "resource-table", "NEW_VAR": "hello"}},
        "VpcConfig": {"SecurityGroupIds": ["sg-first"]},
    }));
    let expected = json!({
        "Runtime": "python3.6",
        "Timeout": 180,
        "Environment": {"Variables": {
            "STAGE": "Production",
            "TABLE_NAME": "resource-table",
            "NEW_VAR": "hello",
        }},
        "VpcConfig": {"SecurityGroupIds": ["sg-123", "sg-456", "sg-first"]},
    });
    assert_eq!(show_map(&with_globals("AWS::Serverless::Function", &globals, own.clone())), expected);
    assert_eq!(with_globals("AWS::Serverless::Api", &globals, own.clone()), own);
    assert_eq!(with_globals("AWS::Lambda::Function", &globals, own.clone()), own);
}

#[test]
fn globals_meet_what_is_not_known() {
    let globals = map(&json!({"Function": {"Layers": ["a"], "Tracing": "Active", "Tags": {"x": "y"}}}));
    let merged = |own: Map| show_map(&with_globals("AWS::Serverless::Function", &globals, own));
    assert_eq!(merged(with(Map::default(), "Layers", unknown(Kind::List)))["Layers"], json!(["a", "…"]));
    let own = with(Map::default(), "Tracing", choice(&[json!("PassThrough")], true));
    assert_eq!(merged(own)["Tracing"], json!({"either": ["PassThrough", "Active"]}));
    let own = with(Map::default(), "Tags", choice(&[json!({"p": "q"})], true));
    assert_eq!(merged(own)["Tags"], json!({"either": [{"p": "q", "x": "y"}, {"x": "y"}]}));
    let open = Map { entries: Vec::new(), rest: Some(shape::stated("test", Kind::Any)) };
    assert_eq!(merged(open)["Tracing"], json!("‹›"));
    let unread = with(Map::default(), "Function", unknown(Kind::Map));
    assert!(with_globals("AWS::Serverless::Function", &unread, Map::default()).rest.is_some());
}
