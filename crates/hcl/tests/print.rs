//! What is printed from a random tree is read back as the same tree.
//!
//! The trees are those that a reader can give: an operand that binds too weakly stands in parentheses, a sign and a
//! number are one number, and no two plain texts follow each other.

use std::sync::Arc;

use hcl::syntax::{
    Attribute, Block, Body, Call, Expression, For, If, Item, Kind, Label, Operator, Part, Range, Step,
    Template, TemplateFor,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Words that mean something where a name may stand.
const RESERVED: [&str; 6] = ["null", "true", "false", "for", "if", "in"];

/// The operators, how they are written, and how strongly they bind.
const OPERATORS: [(Operator, &str, u8); 13] = [
    (Operator::Or, "||", 0),
    (Operator::And, "&&", 1),
    (Operator::Equal, "==", 2),
    (Operator::NotEqual, "!=", 2),
    (Operator::Less, "<", 3),
    (Operator::LessOrEqual, "<=", 3),
    (Operator::Greater, ">", 3),
    (Operator::GreaterOrEqual, ">=", 3),
    (Operator::Add, "+", 4),
    (Operator::Subtract, "-", 4),
    (Operator::Multiply, "*", 5),
    (Operator::Divide, "/", 5),
    (Operator::Remainder, "%", 5),
];

/// The word that ends a heredoc. No text here has capitals.
const END: &str = "EOT";

// Trees.

fn name() -> impl Strategy<Value = Arc<str>> {
    prop_oneof!["[a-z_][a-z0-9_-]{0,6}", "[äλж][a-zäλ0-9_]{0,4}"]
        .prop_filter("a word of the language", |name: &String| !RESERVED.contains(&name.as_str()))
        .prop_map(Arc::from)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z ]{1,6}", "[${}%~\"\\\\\n\t#a]{1,6}", "\\PC{1,6}"]
}

fn of(kind: Kind) -> Expression {
    Expression { kind, range: Range::default(), height: 0 }
}

fn wrapped(inner: Expression) -> Expression {
    of(Kind::Parentheses(Box::new(inner)))
}

/// How strongly an expression binds; `None` where nothing can tear it apart.
fn strength(one: &Expression) -> Option<u8> {
    match &one.kind {
        Kind::Conditional(_) => Some(0),
        Kind::Binary(operator, _) => Some(1 + written(*operator).1),
        _ => None,
    }
}

fn written(operator: Operator) -> (&'static str, u8) {
    let found = OPERATORS.iter().find(|(known, ..)| *known == operator);
    found.map_or(("", 0), |(_, sign, level)| (*sign, *level))
}

/// An operand that binds at least so strongly.
fn at_least(one: Expression, least: u8) -> Expression {
    if strength(&one).is_some_and(|strength| strength < least) { wrapped(one) } else { one }
}

/// More than any operator.
const UNARY: u8 = 10;

fn binary(operator: Operator, left: Expression, right: Expression) -> Kind {
    let own = 1 + written(operator).1;
    Kind::Binary(operator, Box::new([at_least(left, own), at_least(right, own + 1)]))
}

fn negative(inner: Expression) -> Kind {
    let inner = match inner.kind {
        Kind::Int(_) | Kind::Double(_) => wrapped(inner),
        _ => at_least(inner, UNARY),
    };
    Kind::Negative(Box::new(inner))
}

fn traversal(base: Expression, steps: Vec<Step>) -> Kind {
    let base = match base.kind {
        Kind::Name(_)
        | Kind::Call(_)
        | Kind::Tuple(_)
        | Kind::Object(_)
        | Kind::Template(_)
        | Kind::For(_)
        | Kind::Parentheses(_) => base,
        _ => wrapped(base),
    };
    Kind::Traversal(Box::new(base), steps)
}

/// A key of an object: a word, a text, or anything in parentheses.
fn key(inner: Expression) -> Expression {
    match inner.kind {
        Kind::Name(_) | Kind::Template(_) | Kind::Parentheses(_) => inner,
        _ => wrapped(inner),
    }
}

fn quoted(parts: Vec<Part>) -> Kind {
    Kind::Template(Template { parts, heredoc: false })
}

fn plain(text: impl Into<Arc<str>>) -> Part {
    Part::Text(text.into(), Range::default())
}

/// Texts that follow each other as one. None ends with a sign that would escape what follows.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut found: Vec<Part> = Vec::new();
    for part in parts {
        if let Part::Text(text, _) = &part
            && let Some(Part::Text(before, _)) = found.last_mut()
        {
            *before = Arc::from(format!("{before}{text}"));
            continue;
        }
        found.push(part);
    }
    for part in &mut found {
        if let Part::Text(text, _) = part
            && text.ends_with(['$', '%'])
        {
            *text = Arc::from(format!("{text}."));
        }
    }
    found
}

fn parts(inner: &BoxedStrategy<Expression>) -> BoxedStrategy<Vec<Part>> {
    let leaf = prop_oneof![text().prop_map(plain), inner.clone().prop_map(Part::Value)].boxed();
    let flat = || vec(leaf.clone(), 0..3).prop_map(joined);
    let directive = prop_oneof![
        (inner.clone(), flat(), flat()).prop_map(|(condition, then, otherwise)| {
            Part::If(Box::new(If { condition, then, otherwise }))
        }),
        (option::of(name()), name(), inner.clone(), flat()).prop_map(|(key, value, collection, body)| {
            Part::For(Box::new(TemplateFor { key, value, collection, body }))
        }),
    ];
    vec(prop_oneof![3 => leaf.clone(), 1 => directive], 0..4).prop_map(joined).boxed()
}

fn step(inner: &BoxedStrategy<Expression>) -> impl Strategy<Value = Step> + use<> {
    prop_oneof![
        4 => name().prop_map(|name| Step::Attribute(name, Range::default())),
        2 => inner.clone().prop_map(|index| Step::Index(Box::new(index))),
        1 => Just(Step::AttributeSplat(Range::default())),
        1 => Just(Step::FullSplat(Range::default())),
    ]
}

fn call(inner: &BoxedStrategy<Expression>) -> impl Strategy<Value = Kind> + use<> {
    (vec(name(), 1..4), vec(inner.clone(), 0..4), any::<bool>()).prop_map(|(names, arguments, spread)| {
        let name = Arc::from(names.join("::"));
        let spread = spread && !arguments.is_empty();
        Kind::Call(Box::new(Call { name, name_range: Range::default(), arguments, spread }))
    })
}

fn for_expression(inner: &BoxedStrategy<Expression>) -> impl Strategy<Value = Kind> + use<> {
    let names = (option::of(name()), name());
    let made = (option::of(inner.clone()), inner.clone(), any::<bool>());
    (names, inner.clone(), made, option::of(inner.clone())).prop_map(
        |((key_name, value_name), collection, (key, value, grouped), condition)| {
            let grouped = grouped && key.is_some();
            Kind::For(Box::new(For { key_name, value_name, collection, key, value, grouped, condition }))
        },
    )
}

fn expression() -> BoxedStrategy<Expression> {
    let finite = any::<f64>().prop_filter("no number", |number: &f64| number.is_finite());
    let leaf = prop_oneof![
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Bool),
        (-i64::MAX..=i64::MAX).prop_map(Kind::Int),
        (0..100_i64).prop_map(Kind::Int),
        finite.prop_map(Kind::Double),
        name().prop_map(Kind::Name),
        vec(text().prop_map(plain), 0..2).prop_map(|parts| quoted(joined(parts))),
    ]
    .prop_map(of);
    let tree = leaf.prop_recursive(4, 48, 4, |inner| {
        let one = || inner.clone();
        prop_oneof![
            one().prop_map(|inner| Kind::Parentheses(Box::new(inner))),
            vec(one(), 0..4).prop_map(Kind::Tuple),
            vec((one(), one()), 0..4).prop_map(|items| {
                Kind::Object(items.into_iter().map(|(one, value)| Item { key: key(one), value }).collect())
            }),
            call(&inner),
            (one(), one(), one()).prop_map(|(condition, then, otherwise)| {
                Kind::Conditional(Box::new([at_least(condition, 1), then, otherwise]))
            }),
            (select(OPERATORS.to_vec()), one(), one())
                .prop_map(|((operator, ..), left, right)| binary(operator, left, right)),
            one().prop_map(|inner| Kind::Not(Box::new(at_least(inner, UNARY)))),
            one().prop_map(negative),
            (one(), vec(step(&inner), 1..4)).prop_map(|(base, steps)| traversal(base, steps)),
            parts(&inner).prop_map(quoted),
            for_expression(&inner),
        ]
        .prop_map(of)
    });
    tree.boxed()
}

/// A heredoc: lines, each with perhaps something to fill in at its end.
fn heredoc() -> impl Strategy<Value = Expression> {
    let line = ("[a-z ${}%~\"\\\\ü]{0,8}", option::of(expression()));
    vec(line, 0..4).prop_map(|lines| {
        let mut parts = Vec::new();
        for (text, value) in lines {
            parts.push(plain(if value.is_some() { text.trim_end_matches(['$', '%']) } else { &*text }));
            parts.extend(value.map(Part::Value));
            parts.push(plain("\n"));
        }
        parts.retain(|part| !matches!(part, Part::Text(text, _) if text.is_empty()));
        of(Kind::Template(Template { parts: joined(parts), heredoc: true }))
    })
}

/// What an attribute of a body is set to.
fn value() -> BoxedStrategy<Expression> {
    prop_oneof![4 => expression(), 1 => heredoc().boxed()].boxed()
}

fn body() -> BoxedStrategy<Body> {
    let leaf = vec((name(), value()), 0..4)
        .prop_map(|all| Body { attributes: attributes(all), ..Body::default() })
        .boxed();
    let tree = leaf.prop_recursive(3, 16, 3, |inner| {
        let label = prop_oneof![2 => text().boxed(), 1 => Just(String::new()).boxed()];
        let block = (name(), vec(label, 0..3), inner).prop_map(|(kind, labels, body)| Block {
            kind,
            kind_range: Range::default(),
            labels: labels
                .into_iter()
                .map(|text| Label { text: Arc::from(text), range: Range::default() })
                .collect(),
            body,
            range: Range::default(),
        });
        (vec((name(), value()), 0..3), vec(block, 0..3)).prop_map(|(all, blocks)| Body {
            attributes: attributes(all),
            blocks,
            ..Body::default()
        })
    });
    tree.boxed()
}

/// Attributes, each name once.
fn attributes(all: Vec<(Arc<str>, Expression)>) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    for (name, value) in all {
        if found.iter().all(|known| known.name != name) {
            found.push(Attribute { name, name_range: Range::default(), value });
        }
    }
    found
}

// The printer.

fn print(one: &Expression, out: &mut String) {
    match &one.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => out.push_str(&value.to_string()),
        Kind::Int(number) => out.push_str(&number.to_string()),
        Kind::Double(number) => out.push_str(&format!("{number:?}")),
        Kind::Template(template) if template.heredoc => {
            out.push_str(&format!("<<{END}\n"));
            print_parts(&template.parts, false, out);
            out.push_str(END);
        }
        Kind::Template(template) => {
            out.push('"');
            print_parts(&template.parts, true, out);
            out.push('"');
        }
        Kind::Tuple(items) => {
            out.push('[');
            print_list(items, out);
            out.push(']');
        }
        Kind::Object(items) => {
            out.push('{');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { " " } else { ", " });
                print(&item.key, out);
                out.push_str(" = ");
                print(&item.value, out);
            }
            out.push_str(" }");
        }
        Kind::Name(name) => out.push_str(name),
        Kind::Traversal(base, steps) => {
            print(base, out);
            steps.iter().for_each(|step| print_step(step, out));
        }
        Kind::Call(call) => {
            out.push_str(&call.name);
            out.push('(');
            print_list(&call.arguments, out);
            out.push_str(if call.spread { "...)" } else { ")" });
        }
        Kind::Conditional(parts) => {
            let [condition, then, otherwise] = &**parts;
            print(condition, out);
            out.push_str(" ? ");
            print(then, out);
            out.push_str(" : ");
            print(otherwise, out);
        }
        Kind::Binary(operator, sides) => {
            let [left, right] = &**sides;
            print(left, out);
            out.push_str(&format!(" {} ", written(*operator).0));
            print(right, out);
        }
        Kind::Not(inner) => {
            out.push('!');
            print(inner, out);
        }
        Kind::Negative(inner) => {
            out.push('-');
            print(inner, out);
        }
        Kind::Parentheses(inner) => {
            out.push('(');
            print(inner, out);
            out.push(')');
        }
        Kind::For(one) => print_for(one, out),
        Kind::Damaged => out.push('@'),
    }
}

fn print_list(items: &[Expression], out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        print(item, out);
    }
}

fn print_step(step: &Step, out: &mut String) {
    match step {
        Step::Attribute(name, _) => {
            out.push('.');
            out.push_str(name);
        }
        Step::Index(index) => {
            out.push('[');
            print(index, out);
            out.push(']');
        }
        Step::AttributeSplat(_) => out.push_str(".*"),
        Step::FullSplat(_) => out.push_str("[*]"),
    }
}

fn print_for(one: &For, out: &mut String) {
    out.push_str(if one.key.is_some() { "{for " } else { "[for " });
    print_names(one.key_name.as_deref(), &one.value_name, out);
    print(&one.collection, out);
    out.push_str(" : ");
    if let Some(key) = &one.key {
        print(key, out);
        out.push_str(" => ");
    }
    print(&one.value, out);
    if one.grouped {
        out.push_str("...");
    }
    if let Some(condition) = &one.condition {
        out.push_str(" if ");
        print(condition, out);
    }
    out.push(if one.key.is_some() { '}' } else { ']' });
}

fn print_names(key: Option<&str>, value: &str, out: &mut String) {
    if let Some(key) = key {
        out.push_str(&format!("{key}, "));
    }
    out.push_str(&format!("{value} in "));
}

fn print_parts(parts: &[Part], escapes: bool, out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text, _) => print_text(text, escapes, out),
            Part::Value(value) => {
                out.push_str("${ ");
                print(value, out);
                out.push_str(" }");
            }
            Part::If(one) => {
                out.push_str("%{ if ");
                print(&one.condition, out);
                out.push_str(" }");
                print_parts(&one.then, escapes, out);
                if !one.otherwise.is_empty() {
                    out.push_str("%{ else }");
                    print_parts(&one.otherwise, escapes, out);
                }
                out.push_str("%{ endif }");
            }
            Part::For(one) => {
                out.push_str("%{ for ");
                print_names(one.key.as_deref(), &one.value, out);
                print(&one.collection, out);
                out.push_str(" }");
                print_parts(&one.body, escapes, out);
                out.push_str("%{ endfor }");
            }
        }
    }
}

fn print_text(text: &str, escapes: bool, out: &mut String) {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '$' | '%' if letters.peek() == Some(&'{') => {
                out.push(letter);
                out.push(letter);
            }
            '\n' if escapes => out.push_str("\\n"),
            '\t' if escapes => out.push_str("\\t"),
            '"' | '\\' if escapes => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
}

fn print_body(body: &Body, out: &mut String) {
    for attribute in &body.attributes {
        out.push_str(&format!("{} = ", attribute.name));
        print(&attribute.value, out);
        out.push('\n');
    }
    for block in &body.blocks {
        out.push_str(&block.kind);
        for label in &block.labels {
            out.push_str(" \"");
            print_text(&label.text, true, out);
            out.push('"');
        }
        out.push_str(" {\n");
        print_body(&block.body, out);
        out.push_str("}\n");
    }
}

// A tree without its places.

/// Forgets the heights of an expression and of all in it.
fn level(one: &mut Expression) {
    one.height = 0;
    match &mut one.kind {
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Double(_) | Kind::Name(_) | Kind::Damaged => {}
        Kind::Template(template) => level_parts(&mut template.parts),
        Kind::Tuple(items) => items.iter_mut().for_each(level),
        Kind::Object(items) => {
            for item in items {
                level(&mut item.key);
                level(&mut item.value);
            }
        }
        Kind::Traversal(base, steps) => {
            level(base);
            for step in steps {
                if let Step::Index(index) = step {
                    level(index);
                }
            }
        }
        Kind::Call(call) => call.arguments.iter_mut().for_each(level),
        Kind::Conditional(parts) => parts.iter_mut().for_each(level),
        Kind::Binary(_, sides) => sides.iter_mut().for_each(level),
        Kind::Not(inner) | Kind::Negative(inner) | Kind::Parentheses(inner) => level(inner),
        Kind::For(one) => {
            level(&mut one.collection);
            level(&mut one.value);
            one.key.iter_mut().for_each(level);
            one.condition.iter_mut().for_each(level);
        }
    }
}

fn level_parts(parts: &mut [Part]) {
    for part in parts {
        match part {
            Part::Text(..) => {}
            Part::Value(value) => level(value),
            Part::If(one) => {
                level(&mut one.condition);
                level_parts(&mut one.then);
                level_parts(&mut one.otherwise);
            }
            Part::For(one) => {
                level(&mut one.collection);
                level_parts(&mut one.body);
            }
        }
    }
}

fn bare(mut one: Expression) -> Expression {
    one.place(Range::default());
    level(&mut one);
    one
}

fn bare_body(body: Body) -> Body {
    let attributes = body.attributes.into_iter().map(|attribute| Attribute {
        name_range: Range::default(),
        value: bare(attribute.value),
        ..attribute
    });
    let blocks = body.blocks.into_iter().map(|block| Block {
        kind: block.kind,
        kind_range: Range::default(),
        labels: block
            .labels
            .into_iter()
            .map(|label| Label { text: label.text, range: Range::default() })
            .collect(),
        body: bare_body(block.body),
        range: Range::default(),
    });
    Body {
        attributes: attributes.collect(),
        blocks: blocks.collect(),
        range: Range::default(),
        damaged: body.damaged,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_printed_expression_is_read_back(tree in expression()) {
        let mut text = String::new();
        print(&tree, &mut text);
        match hcl::expression(&text) {
            Ok(read) => {
                let read = bare(read);
                prop_assert!(read == tree, "{text}\n{read:?}\n{tree:?}");
            }
            Err(problem) => return Err(TestCaseError::fail(format!("{text}\n{problem:?}"))),
        }
    }

    #[test]
    fn a_printed_file_is_read_back(tree in body()) {
        let mut text = String::new();
        print_body(&tree, &mut text);
        let read = hcl::file(&text);
        prop_assert!(read.problems.is_empty(), "{text}\n{:?}", read.problems);
        prop_assert!(bare_body(read.body) == tree, "{text}\n{tree:?}");
    }

    #[test]
    fn a_printed_template_is_read_back(tree in parts(&expression())) {
        let mut text = String::new();
        print_parts(&tree, false, &mut text);
        match hcl::template(&text) {
            Ok(read) => {
                let read = bare(of(Kind::Template(read)));
                prop_assert!(read.kind == quoted(tree.clone()), "{text}\n{read:?}\n{tree:?}");
            }
            Err(problem) => return Err(TestCaseError::fail(format!("{text}\n{problem:?}"))),
        }
    }
}

#[test]
fn operands_are_put_in_parentheses_where_they_must_be() {
    let word = |word: &str| of(Kind::Name(Arc::from(word)));
    let sum = || of(binary(Operator::Add, word("a"), word("b")));
    let mut text = String::new();
    print(&of(binary(Operator::Multiply, sum(), word("c"))), &mut text);
    text.push(' ');
    print(&of(binary(Operator::Subtract, sum(), sum())), &mut text);
    assert_eq!(text, "(a + b) * c a + b - (a + b)");
}
