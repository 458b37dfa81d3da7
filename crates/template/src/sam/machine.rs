//! `AWS::Serverless::StateMachine`.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-statemachine.html>

use estate::value::{Map, Node};

use super::event::{self, Target};
use super::role::{self, Grants};
use super::shape::{Answer, carry, carry_others, given, location, or_default, put, tags};
use super::{Made, Source, Surroundings};

/// Properties under another name in CloudFormation.
const RENAMED: &[(&str, &str)] = &[
    ("Logging", "LoggingConfiguration"),
    ("Name", "StateMachineName"),
    ("Tracing", "TracingConfiguration"),
    ("Type", "StateMachineType"),
];

/// The properties that are SAM's own, or that it reshapes. The others are passed on.
const OWN: &[&str] = &[
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "DefinitionUri",
    "DeploymentPreference",
    "Events",
    "Logging",
    "Name",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "Role",
    "RolePath",
    "Tags",
    "Tracing",
    "Type",
    "UseAliasAsEventTarget",
];

const CREATED_BY: &str = "stateMachine:createdBy";

pub(super) fn expand(around: &dyn Surroundings, source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let role_logical = format!("{logical}Role");
    let mut machine = Map::default();
    carry_others(properties, &mut machine, OWN);
    carry(properties, &mut machine, RENAMED);
    if let Some(uri) = properties.get("DefinitionUri")
        && let Some(place) = location(uri, ["Bucket", "Key", "Version"])
    {
        put(&mut machine, "DefinitionS3Location", place);
    }
    let arn = Node::of(around.refer(&role_logical, Some("Arn")));
    put(&mut machine, "RoleArn", or_default(properties, "Role", arn));
    if let Some(tags) = tags(properties, Some(CREATED_BY)) {
        put(&mut machine, "Tags", tags);
    }
    let mut made = vec![Made::new(logical.to_owned(), "AWS::StepFunctions::StateMachine", machine, span)];
    let own_role = given(properties, "Role");
    if !matches!(own_role, Answer::Yes) {
        let mut grants = Grants::new(&role_logical);
        grants.policies(around, properties);
        let role = role::execution(source, role_logical, "states.amazonaws.com", CREATED_BY, grants);
        made.push(role.doubted(own_role.doubt()));
    }
    // `Ref` of a state machine gives its ARN.
    let target = Target {
        logical,
        name: around.refer(logical, None),
        arn: around.refer(logical, None),
        is_machine: true,
    };
    let events = event::read(properties);
    made.extend(event::expand(around, &target, &events, span));
    made
}
