//! `Auth.UsagePlan` of a REST API: a usage plan, a key, and the one in the other.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html>

use estate::value::{Kind, List, Node, Span, Value};

use super::shape::{
    Answer, ask, at, carry_rest, carry_same, entries, given, list_of, map_of, put, section, stated,
};
use super::{Made, Source, Surroundings};

/// The plan of the API, or the one that all APIs with `SHARED` have together: each of them gives it again, and the
/// caller drops duplicates by logical id.
pub(super) fn plan(around: &dyn Surroundings, source: Source<'_>, stage: &Node) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let auth = section(properties, "Auth");
    let is_given = given(&auth, "UsagePlan");
    if is_given.is_no() || auth.get("UsagePlan").is_none() {
        return Vec::new();
    }
    let asked = section(&auth, "UsagePlan");
    let is = |word: &'static str| ask(&asked, "CreateUsagePlan", &|value| value.as_text() == Some(word));
    let is_none = is("NONE");
    if matches!(is_none, Answer::Yes) {
        return Vec::new();
    }
    let is_shared = matches!(is("SHARED"), Answer::Yes);
    let prefix = if is_shared { "Serverless" } else { logical };
    let named = |ending: &str| format!("{prefix}{ending}");
    let refer = |logical: &str| Node::of(around.refer(logical, None));

    // What is shared holds the stages of the other APIs as well.
    let rest = is_shared.then(|| stated("other APIs of the template may share it", Kind::Any));
    let stages = |api_key: &str, stage_key: &str| {
        let stage = map_of([(api_key, refer(logical)), (stage_key, stage.clone())]);
        match &rest {
            None => list_of(vec![stage]),
            Some(why) => {
                let list = List { items: vec![stage], rest: Some(why.clone()) };
                at(Span::NONE, Value::List(Box::new(list)))
            }
        }
    };
    let mut plan = entries([("ApiStages", stages("ApiId", "Stage"))]);
    carry_same(&asked, &mut plan, &["Description", "Quota", "Tags", "Throttle", "UsagePlanName"]);
    carry_rest(&asked, &mut plan);
    if plan.rest.is_none() {
        plan.rest = rest.clone();
    }
    let mut key = entries([("Enabled", Node::of(Value::Bool(true)))]);
    put(&mut key, "StageKeys", stages("RestApiId", "StageName"));
    let link = entries([
        ("KeyId", refer(&named("ApiKey"))),
        ("KeyType", Node::text("API_KEY")),
        ("UsagePlanId", refer(&named("UsagePlan"))),
    ]);
    let outer = given(properties, "Auth");
    let doubt = is_given.doubt().or(is_none.doubt()).or(outer.doubt());
    [("UsagePlan", plan), ("ApiKey", key), ("UsagePlanKey", link)]
        .into_iter()
        .map(|(kind, made)| {
            Made::new(named(kind), &format!("AWS::ApiGateway::{kind}"), made, span).doubted(doubt)
        })
        .collect()
}
