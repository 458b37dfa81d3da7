//! `Rules`: assertions that CloudFormation checks on the parameters before it deploys.

use document::Tree;
use estate::truth::Truth;

use crate::condition;
use crate::eval::Evaluator;
use crate::stack::Stack;

/// Says which rules the given parameters break: the template would not deploy so.
pub(crate) fn check(stack: &Stack) {
    let evaluator = Evaluator::new(stack);
    for rule in stack.section("Rules").map_or(&[][..], Tree::entries) {
        let applies =
            rule.value.get("RuleCondition").map_or(Truth::True, |tree| condition::evaluate(&evaluator, tree));
        if applies != Truth::True {
            continue;
        }
        for assertion in rule.value.get("Assertions").map_or(&[][..], Tree::items) {
            let Some(tree) = assertion.get("Assert").filter(|tree| decidable(tree)) else { continue };
            if condition::evaluate(&evaluator, tree) == Truth::False {
                let text = assertion.get("AssertDescription").and_then(Tree::text).map_or("", |text| text);
                let message = format!("rule `{}` rejects these parameters: {text}", rule.key);
                stack.say(false, "rule", tree.span, message.trim_end_matches([':', ' ']).to_owned());
            }
        }
    }
}

/// Rules may ask for facts of the account (`Fn::ValueOf`, `Fn::RefAll`), which no template holds.
///
/// Recursion is bounded by the depth of the document.
fn decidable(tree: &Tree) -> bool {
    let asks =
        |name: &str| name.ends_with("RefAll") || name.ends_with("ValueOf") || name.ends_with("ValueOfAll");
    !tree.entries().iter().any(|entry| asks(&entry.key) || !decidable(&entry.value))
        && tree.items().iter().all(decidable)
}
