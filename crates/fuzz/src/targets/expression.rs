//! An expression: parsed, and evaluated with a few variables.

use std::ops::Range;
use std::sync::Arc;

use control::cel::{self, Expr, ExprKind};
use control::conformance::evaluate;
use control::value::V;
use estate::truth::Why;
use estate::value::{Kind, Reason, Unknown};

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parsed = cel::parse(&text);
    assert_eq!(parsed, cel::parse(&text), "parsed twice, an expression gives another tree");
    match &parsed {
        Err(error) => {
            assert!(fits(&text, &error.span), "an error lies outside the expression: {error:?}");
            assert!(!error.message.is_empty(), "an error says nothing: {error:?}");
        }
        Ok(expr) => spans(&text, expr),
    }
    let variables = variables();
    let value = evaluate(&text, &variables);
    let again = evaluate(&text, &variables);
    assert_eq!(
        format!("{value:?}"),
        format!("{again:?}"),
        "evaluated twice, an expression gives another value"
    );
    assert!(parsed.is_ok() || value.is_err(), "what does not parse has a value");
}

/// Whether a range is one of the text, between characters.
fn fits(text: &str, span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some()
}

/// Every expression stands inside the one around it.
fn spans(text: &str, expr: &Expr) {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        assert!(fits(text, &expr.span), "an expression lies outside the text: {:?}", expr.span);
        let inner = children(expr);
        for child in &inner {
            // `has(Name)` is about the resource, which is not written.
            let within = expr.span.start <= child.span.start && child.span.end <= expr.span.end;
            assert!(within, "{:?} holds {:?}", expr.span, child.span);
        }
        open.extend(inner);
    }
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Message(_) => Vec::new(),
        ExprKind::Select(inner, _)
        | ExprKind::Has(inner, _)
        | ExprKind::Not(inner)
        | ExprKind::Negate(inner) => {
            vec![&**inner]
        }
        ExprKind::Index(a, b) | ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Binary(_, a, b) => {
            vec![&**a, &**b]
        }
        ExprKind::Conditional(a, b, c) => vec![&**a, &**b, &**c],
        ExprKind::Call { target, arguments, .. } => {
            target.iter().map(|target| &**target).chain(arguments).collect()
        }
        ExprKind::List(items) => items.iter().collect(),
        ExprKind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        ExprKind::Comprehension { range, body, filter, .. } => {
            let filter = filter.iter().map(|filter| &**filter);
            [&**range, &**body].into_iter().chain(filter).collect()
        }
    }
}

/// A list, a text, a record, a number, and something unknown.
fn variables() -> Vec<(Arc<str>, V<'static>)> {
    let reason = Reason::Stated(Arc::from("not known here"));
    let unknown = Arc::new(Unknown { reason, kind: Kind::Any });
    vec![
        (Arc::from("list"), V::list([V::Int(1), V::Int(2), V::Int(3)])),
        (Arc::from("text"), V::text("10.0.0.0/8")),
        (Arc::from("record"), V::record([("a", V::Int(1)), ("b", V::Null)])),
        (Arc::from("x"), V::Double(0.5)),
        (Arc::from("open"), V::unknown(Why::of(&unknown))),
    ]
}
