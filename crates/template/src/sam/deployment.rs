//! `DeploymentPreference`: gradual deployment of a function by CodeDeploy.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deploymentpreference.html>

use std::sync::Arc;

use estate::value::{Kind, List, Map, Node, Value};

use super::shape::{
    Answer, ask, at, each, entries, given, is_false, map_of, or_default, put, section, stated,
};
use super::{Made, Source, Surroundings, role};

const APPLICATION: &str = "ServerlessDeploymentApplication";
const ROLE: &str = "CodeDeployServiceRole";

/// The stack's application, the function's deployment group, and the stack's role where none is given.
pub(super) fn expand(around: &dyn Surroundings, source: Source<'_>) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let is_given = given(properties, "DeploymentPreference");
    if is_given.is_no() || properties.get("DeploymentPreference").is_none() {
        return Vec::new();
    }
    let preference = section(properties, "DeploymentPreference");
    let is_disabled = ask(&preference, "Enabled", &is_false);
    if matches!(is_disabled, Answer::Yes) {
        return Vec::new();
    }
    let application = entries([("ComputePlatform", Node::text("Lambda"))]);
    let mut made = vec![Made::new(APPLICATION.to_owned(), "AWS::CodeDeploy::Application", application, span)];
    let mut group = Map::default();
    put(&mut group, "ApplicationName", Node::of(around.refer(APPLICATION, None)));
    put(
        &mut group,
        "ServiceRoleArn",
        or_default(&preference, "Role", Node::of(around.refer(ROLE, Some("Arn")))),
    );
    if let Some(kind) = preference.get("Type")
        && let Some(name) = each(kind, &configuration)
    {
        put(&mut group, "DeploymentConfigName", name);
    }
    if let Some(alarms) = preference.get("Alarms")
        && let Some(names) = each(alarms, &alarm_configuration)
    {
        put(&mut group, "AlarmConfiguration", names);
    }
    // SAM also sets the deployment's style and its rollback.
    group.rest = Some(stated("SAM fills in the deployment group", Kind::Any));
    made.push(Made::new(
        format!("{logical}DeploymentGroup"),
        "AWS::CodeDeploy::DeploymentGroup",
        group,
        span,
    ));
    let own_role = given(&preference, "Role");
    if !matches!(own_role, Answer::Yes) {
        let managed = "AWSCodeDeployRoleForLambda";
        let role = role::of_service(around, ROLE.to_owned(), "codedeploy.amazonaws.com", managed, span);
        made.push(role.doubted(own_role.doubt()));
    }
    let doubt = is_given.doubt().or(is_disabled.doubt());
    made.into_iter().map(|one| one.doubted(doubt)).collect()
}

fn alarm_configuration(node: &Node) -> Option<Node> {
    let alarms = match &node.value {
        Value::List(list) => {
            let items = list.items.iter().map(|name| map_of([("Name", name.clone())])).collect();
            at(node.span, Value::List(Box::new(List { items, rest: list.rest.clone() })))
        }
        _ => node.clone(),
    };
    Some(map_of([("Alarms", alarms)]))
}

/// The configuration of AWS with the name that SAM shortens; a custom one has its own.
fn configuration(node: &Node) -> Option<Node> {
    const OF_AWS: &[&str] = &[
        "AllAtOnce",
        "Canary10Percent5Minutes",
        "Canary10Percent10Minutes",
        "Canary10Percent15Minutes",
        "Canary10Percent30Minutes",
        "Linear10PercentEvery1Minute",
        "Linear10PercentEvery2Minutes",
        "Linear10PercentEvery3Minutes",
        "Linear10PercentEvery10Minutes",
    ];
    let Some(name) = node.value.as_text().filter(|name| OF_AWS.contains(name)) else {
        return Some(node.clone());
    };
    Some(at(node.span, Value::Text(Arc::from(format!("CodeDeployDefault.Lambda{name}")))))
}
