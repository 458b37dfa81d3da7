//! `AWS::Serverless::StateMachine`.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-statemachine.html>

use estate::value::{Map, Node, Span};

use super::event::{self, Target};
use super::role::{self, Grants};
use super::shape::{
    Answer, alphanumeric, carry, carry_others, entries, given, location, map_node, or_default, put, section,
    tags,
};
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
    made.extend(published(around, source));
    made
}

/// The version and the alias of `AutoPublishAlias`. Without a preference all calls go to the new version at once.
fn published(around: &dyn Surroundings, source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let is_given = given(properties, "AutoPublishAlias");
    let Some(name) = properties.get("AutoPublishAlias").filter(|_| !is_given.is_no()) else {
        return Vec::new();
    };
    let version_logical = format!("{logical}Version");
    let version = entries([
        ("StateMachineArn", Node::of(around.refer(logical, None))),
        ("StateMachineRevisionId", Node::of(around.refer(logical, Some("StateMachineRevisionId")))),
    ]);
    let mut preference = section(properties, "DeploymentPreference");
    if given(properties, "DeploymentPreference").is_no() {
        preference = entries([("Type", Node::text("ALL_AT_ONCE"))]);
    }
    put(&mut preference, "StateMachineVersionArn", Node::of(around.refer(&version_logical, None)));
    let known = name.value.as_text().map(alphanumeric).unwrap_or_default();
    let alias = entries([("DeploymentPreference", map_node(Span::NONE, preference)), ("Name", name.clone())]);
    [
        (version_logical, "AWS::StepFunctions::StateMachineVersion", version),
        (format!("{logical}Alias{known}"), "AWS::StepFunctions::StateMachineAlias", alias),
    ]
    .into_iter()
    .map(|(logical, type_name, made)| Made::new(logical, type_name, made, span).doubted(is_given.doubt()))
    .collect()
}
