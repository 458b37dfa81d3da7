//! Events that come from EventBridge: rules on a bus, and schedules.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html>

use std::sync::Arc;

use estate::value::{Kind, Map, Node, Unknown, Value};

use super::event::{Event, Target, permission, queue_policy};
use super::shape::{
    Answer, ask, at, carry, carry_rest, carry_same, doubtful, each, entries, given, is_false, is_true,
    list_of, map_node, map_of, or_default, put, section, text_of,
};
use super::{Made, Surroundings, role};

/// A rule with the function or state machine as its target, and what lets it start that.
pub(super) fn rule(around: &dyn Surroundings, target: &Target<'_>, event: &Event<'_>, id: &str) -> Vec<Made> {
    let properties = &event.properties;
    let mut rule = Map::default();
    carry_same(properties, &mut rule, &["Description", "EventBusName", "Name", "State"]);
    carry(
        properties,
        &mut rule,
        &[("Pattern", "EventPattern"), ("RuleName", "Name"), ("Schedule", "ScheduleExpression")],
    );
    if let Some(enabled) = properties.get("Enabled")
        && let Some(state) = each(enabled, &state)
    {
        put(&mut rule, "State", state);
    }
    let kind = if target.is_machine { "StepFunctions" } else { "Lambda" };
    let target_id = or_default(properties, "TargetId", text_of(format!("{id}{kind}Target")));
    let mut to = entries([("Arn", Node::of(target.arn.clone())), ("Id", target_id)]);
    carry_same(properties, &mut to, &["Input", "InputPath", "InputTransformer", "RetryPolicy"]);
    let role = format!("{id}Role");
    let source = around.refer(id, Some("Arn"));
    let mut made = Vec::new();
    if target.is_machine {
        put(&mut to, "RoleArn", or_default(properties, "Role", Node::of(around.refer(&role, Some("Arn")))));
        let own_role = given(properties, "Role");
        if !matches!(own_role, Answer::Yes) {
            let arn = target.arn.clone();
            let invoker =
                role::invoker(role, "events.amazonaws.com", "states:StartExecution", arn, event.span);
            made.push(invoker.doubted(own_role.doubt()));
        }
    } else {
        let source = [("SourceArn", Node::of(source.clone()))];
        made.push(permission(id, target, "events.amazonaws.com", &source, event.span));
    }
    made.extend(dead_letters(around, event, id, "events.amazonaws.com", source, &mut to));
    carry_rest(properties, &mut to);
    put(&mut rule, "Targets", list_of(vec![Node::of(Value::Map(Box::new(to)))]));
    carry_rest(properties, &mut rule);
    made.insert(0, Made::new(id.to_owned(), "AWS::Events::Rule", rule, event.span));
    made
}

/// SAM's `Enabled` as CloudFormation's `State`.
fn state(node: &Node) -> Option<Node> {
    let value = match &node.value {
        Value::Null => return None,
        value if is_true(value) => Value::Text(Arc::from("ENABLED")),
        value if is_false(value) => Value::Text(Arc::from("DISABLED")),
        Value::Unknown(unknown) => {
            Value::Unknown(Arc::new(Unknown { reason: unknown.reason.clone(), kind: Kind::Text }))
        }
        value => value.clone(),
    };
    Some(at(node.span, value))
}

/// A schedule of the EventBridge Scheduler, and its role where none is given.
pub(super) fn schedule(
    around: &dyn Surroundings,
    target: &Target<'_>,
    event: &Event<'_>,
    id: &str,
) -> Vec<Made> {
    let properties = &event.properties;
    let mut schedule = Map::default();
    carry_same(
        properties,
        &mut schedule,
        &[
            "Description",
            "EndDate",
            "GroupName",
            "KmsKeyArn",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "State",
        ],
    );
    let off = map_of([("Mode", Node::text("OFF"))]);
    put(&mut schedule, "FlexibleTimeWindow", or_default(properties, "FlexibleTimeWindow", off));
    if ask(properties, "OmitName", &is_true).is_no() {
        put(&mut schedule, "Name", or_default(properties, "Name", Node::text(id)));
    }
    let role = format!("{id}Role");
    let role_arn = or_default(properties, "RoleArn", Node::of(around.refer(&role, Some("Arn"))));
    let mut to = entries([("Arn", Node::of(target.arn.clone())), ("RoleArn", role_arn)]);
    carry_same(properties, &mut to, &["Input", "RetryPolicy"]);
    let mut made = Vec::new();
    let own_role = given(properties, "RoleArn");
    if !matches!(own_role, Answer::Yes) {
        let action = if target.is_machine { "states:StartExecution" } else { "lambda:InvokeFunction" };
        let arn = target.arn.clone();
        let mut invoker = role::invoker(role, "scheduler.amazonaws.com", action, arn, event.span);
        carry_same(properties, &mut invoker.properties, &["PermissionsBoundary"]);
        made.push(invoker.doubted(own_role.doubt()));
    }
    let source = around.refer(id, Some("Arn"));
    made.extend(dead_letters(around, event, id, "scheduler.amazonaws.com", source, &mut to));
    carry_rest(properties, &mut to);
    put(&mut schedule, "Target", Node::of(Value::Map(Box::new(to))));
    carry_rest(properties, &mut schedule);
    made.insert(0, Made::new(id.to_owned(), "AWS::Scheduler::Schedule", schedule, event.span));
    made
}

/// `DeadLetterConfig` gives the ARN of a queue, or has SAM make one.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deadletterconfig.html>
fn dead_letters(
    around: &dyn Surroundings,
    event: &Event<'_>,
    id: &str,
    service: &str,
    source: Value,
    to: &mut Map,
) -> Vec<Made> {
    let is_given = given(&event.properties, "DeadLetterConfig");
    let Some(node) = event.properties.get("DeadLetterConfig").filter(|_| !is_given.is_no()) else {
        return Vec::new();
    };
    let config = section(&event.properties, "DeadLetterConfig");
    let named = config.get("QueueLogicalId").and_then(|node| node.value.as_text());
    let queue = named.map_or_else(|| format!("{id}Queue"), str::to_owned);
    let arn = or_default(&config, "Arn", Node::of(around.refer(&queue, Some("Arn"))));
    let own_queue = given(&config, "Arn");
    let map = map_node(node.span, entries([("Arn", arn.clone())]));
    put(to, "DeadLetterConfig", doubtful(map, is_given.doubt()));
    if matches!(own_queue, Answer::Yes) {
        return Vec::new();
    }
    let url = Node::of(around.refer(&queue, None));
    let principal = map_of([("Service", Node::text(service))]);
    let policy = queue_policy(format!("{queue}Policy"), url, arn, principal, Node::of(source), event.span);
    let queue = Made::new(queue, "AWS::SQS::Queue", Map::default(), event.span);
    let doubt = own_queue.doubt().or(is_given.doubt());
    vec![queue.doubted(doubt), policy.doubted(doubt)]
}
