use std::sync::Arc;

use estate::truth::Truth;
use estate::value::{Kind, Reason, Unknown};
use proptest::prelude::*;

use super::account::Account;
use super::{Piece, Reading, Text, Variable, covers, match_glob, matches, overlaps};

fn unknown(reason: Reason) -> Arc<Unknown> {
    Arc::new(Unknown { reason, kind: Kind::Text })
}

fn parameter(name: &str) -> Piece {
    Piece::Hole(unknown(Reason::Parameter { name: Arc::from(name), scope: Arc::from("t") }))
}

fn pseudo(name: &str) -> Piece {
    Piece::Hole(unknown(Reason::Pseudo(Arc::from(name))))
}

fn reference(attribute: Option<&str>) -> Piece {
    Piece::Hole(unknown(Reason::Reference { target: Arc::from("t#R"), attribute: attribute.map(Arc::from) }))
}

fn known(text: &str) -> Piece {
    Piece::Known(Arc::from(text))
}

fn text(pieces: &[Piece]) -> Text {
    Text { pieces: pieces.to_vec() }
}

fn is_unknown(truth: &Truth) -> bool {
    matches!(truth, Truth::Unknown(_))
}

#[test]
fn known_patterns_match_known_texts() {
    // The example of the page on condition operators: a string pattern reaches over colons.
    let cases = [
        (
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            true,
        ),
        ("arn:aws:s3:::my_corporate_bucket/*", "arn:aws:s3:::my_corporate_bucket/a/b", true),
        ("arn:aws:s3:::my_corporate_bucket/*", "arn:aws:s3:::my_corporate_bucket", false),
        ("arn:aws:s3:::b?t", "arn:aws:s3:::bat", true),
        ("arn:aws:s3:::b?t", "arn:aws:s3:::bt", false),
        ("*", "", true),
        ("", "", true),
        ("?", "", false),
        ("A", "a", false),
    ];
    for (pattern, whole, expected) in cases {
        assert_eq!(
            match_glob(&Text::known(pattern), &Text::literal(whole)),
            Truth::from(expected),
            "{pattern} {whole}"
        );
    }
}

#[test]
fn actions_ignore_case() {
    let action = |pattern, name| matches(&Text::known(pattern), &Text::literal(name), Reading::ACTION);
    assert_eq!(action("IAM:listaccesskeys", "iam:ListAccessKeys"), Truth::True);
    assert_eq!(action("iam:*AccessKey*", "iam:CreateAccessKey"), Truth::True);
    assert_eq!(action("iam:*AccessKey*", "iam:CreateUser"), Truth::False);
}

#[test]
fn a_wildcard_in_the_text_is_no_wildcard() {
    assert_eq!(match_glob(&Text::known("ab"), &Text::known("a*")), Truth::False);
    assert_eq!(
        match_glob(&text(&[known("a"), Piece::Literal(Arc::from("*"))]), &Text::literal("ab")),
        Truth::False
    );
    assert_eq!(
        match_glob(&text(&[known("a"), Piece::Literal(Arc::from("*"))]), &Text::literal("a*")),
        Truth::True
    );
}

#[test]
fn holes_decide_what_their_known_parts_decide() {
    let bucket = text(&[known("arn:aws:s3:::"), parameter("Name"), known("/*")]);
    assert_eq!(match_glob(&bucket, &Text::literal("arn:aws:sqs:::q")), Truth::False);
    assert!(is_unknown(&match_glob(&bucket, &Text::literal("arn:aws:s3:::b/key"))));
    assert_eq!(match_glob(&Text::known("*"), &bucket), Truth::True);
    assert_eq!(match_glob(&Text::known("arn:aws:s3:::*"), &bucket), Truth::True);
    let own = text(&[known("arn:aws:iam::"), pseudo("AWS::AccountId"), known(":root")]);
    assert!(is_unknown(&match_glob(&own, &Text::literal("arn:aws:iam::123456789012:root"))));
    assert_eq!(match_glob(&own, &Text::literal("arn:aws:iam::12345:root")), Truth::False);
    let partition = text(&[known("arn:"), pseudo("AWS::Partition"), known(":s3:::b")]);
    assert_eq!(match_glob(&partition, &Text::literal("arn:gcp:s3:::b")), Truth::False);
    assert!(is_unknown(&match_glob(&partition, &Text::literal("arn:aws-cn:s3:::b"))));
}

#[test]
fn an_unknown_covers_itself() {
    let both = text(&[parameter("Arn"), known("/*")]);
    assert_eq!(covers(&both, &both, Reading::RESOURCE), Truth::True);
    let other = text(&[parameter("Other"), known("/*")]);
    assert!(is_unknown(&covers(&both, &other, Reading::RESOURCE)));
    let deeper = text(&[parameter("Arn"), known("/logs/*")]);
    assert_eq!(covers(&both, &deeper, Reading::RESOURCE), Truth::True);
    assert!(is_unknown(&covers(&deeper, &both, Reading::RESOURCE)));
    let variable = Piece::Variable(Variable { key: Arc::from("aws:username"), default: None });
    let home = text(&[known("arn:aws:s3:::b/"), variable.clone()]);
    assert_eq!(covers(&home, &home, Reading::RESOURCE), Truth::True);
    assert_eq!(covers(&Text::known("arn:aws:s3:::b/*"), &home, Reading::RESOURCE), Truth::True);
    assert_eq!(covers(&home, &Text::known("arn:aws:s3:::b/*"), Reading::RESOURCE), Truth::False);
}

#[test]
fn fixed_values_have_no_wildcard_and_no_variable() {
    assert_eq!(Text::known("vpc-91237329").is_fixed(), Truth::True);
    assert_eq!(Text::known("vpc-*").is_fixed(), Truth::False);
    assert!(is_unknown(&text(&[known("vpc-"), parameter("Id")]).is_fixed()));
    assert_eq!(text(&[known("vpc-*"), parameter("Id")]).is_fixed(), Truth::False);
    assert_eq!(text(&[reference(None)]).is_fixed(), Truth::True);
    assert!(is_unknown(&text(&[reference(Some("Outputs.VpcId"))]).is_fixed()));
}

#[test]
fn only_stars_are_everything() {
    for (pattern, action, all) in
        [("*", false, true), ("*", true, true), ("*:*", true, true), ("**", true, true)]
    {
        assert_eq!(Text::known(pattern).is_everything(action), Truth::from(all), "{pattern}");
    }
    for (pattern, action) in
        [("*:*", false), ("", false), (":", true), ("s3:*", true), ("*?", false), ("*:", true)]
    {
        assert_eq!(Text::known(pattern).is_everything(action), Truth::False, "{pattern}");
    }
    assert!(is_unknown(&text(&[parameter("P")]).is_everything(true)));
    assert_eq!(text(&[known("s3:"), parameter("P")]).is_everything(true), Truth::False);
    assert_eq!(text(&[reference(Some("Arn"))]).is_everything(false), Truth::False);
    assert_eq!(Text::known("*").is_star(), Truth::True);
    assert_eq!(text(&[known("arn:"), parameter("P")]).is_star(), Truth::False);
}

#[test]
fn owners() {
    let is = |number: &str| Account::Is(number.to_owned());
    let owner = |pieces: &[Piece]| text(pieces).owner().account;
    assert_eq!(owner(&[known("123456789012")]), is("123456789012"));
    assert_eq!(owner(&[known("arn:aws:iam::123456789012:root")]), is("123456789012"));
    assert_eq!(owner(&[known("arn:aws:iam::123456789012:role/"), parameter("R")]), is("123456789012"));
    assert_eq!(
        owner(&[
            known("arn:"),
            pseudo("AWS::Partition"),
            known(":iam::"),
            pseudo("AWS::AccountId"),
            known(":root")
        ]),
        Account::Own
    );
    assert_eq!(owner(&[pseudo("AWS::AccountId")]), Account::Own);
    assert_eq!(owner(&[reference(Some("Arn"))]), Account::Own);
    assert_eq!(owner(&[known("arn:aws:s3:::bucket")]), Account::Nobody);
    assert_eq!(owner(&[known("arn:aws:iam::*:root")]), Account::Open);
    assert_eq!(owner(&[known("arn:aws:iam::cloudfront:user/x")]), Account::Named("cloudfront".to_owned()));
    assert_eq!(owner(&[known("AROAEXAMPLE")]), Account::None);
    assert_eq!(owner(&[known("*")]), Account::None);
    assert!(matches!(owner(&[known("arn:aws:iam::"), parameter("A"), known(":root")]), Account::Unknown(_)));
    assert!(text(&[known("arn:aws:s3:*:123456789012:x")]).owner().loose);
    assert_eq!(Text::known("arn:aws:sns:eu-west-1:1:t").service().as_deref(), Some("sns"));
    assert_eq!(
        text(&[known("arn:"), pseudo("AWS::Partition"), known(":s3:::"), parameter("B")])
            .service()
            .as_deref(),
        Some("s3")
    );
    assert_eq!(text(&[reference(Some("Arn"))]).service(), None);
}

/// Plain recursion over all ways: slow and obvious.
fn slow_match(pattern: &[char], whole: &[char]) -> bool {
    match (pattern.split_first(), whole.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(('*', left)), None) => slow_match(left, whole),
        (Some(('*', left)), Some((_, tail))) => slow_match(left, whole) || slow_match(pattern, tail),
        (Some(_), None) => false,
        (Some((p, left)), Some((c, tail))) => (*p == '?' || p == c) && slow_match(left, tail),
    }
}

/// Every text of up to six letters; `z` stands for the letters that no pattern names.
fn all_texts() -> Vec<Vec<char>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..6 {
        last = last
            .iter()
            .flat_map(|text: &Vec<char>| {
                ['a', 'b', 'z'].map(|c| {
                    let mut longer = text.clone();
                    longer.push(c);
                    longer
                })
            })
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// Pieces from `a`, `b`, `*`, `?` and the parameters `0` and `1`.
fn partly(letters: &str) -> Text {
    Text {
        pieces: letters
            .chars()
            .map(|c| if c.is_ascii_digit() { parameter(&c.to_string()) } else { known(&c.to_string()) })
            .collect(),
    }
}

fn filled(letters: &str, fillings: &[String; 2]) -> String {
    letters.replace('0', &fillings[0]).replace('1', &fillings[1])
}

proptest! {
    #[test]
    fn matching_is_as_the_slow_matcher_says(pattern in "[ab*?]{0,6}", whole in "[abz]{0,8}") {
        let slow = slow_match(&chars(&pattern), &chars(&whole));
        prop_assert_eq!(match_glob(&Text::known(&pattern), &Text::literal(&whole)), Truth::from(slow));
    }

    #[test]
    fn covering_and_overlapping_are_as_counted(one in "[ab*?]{0,4}", other in "[ab*?]{0,4}") {
        let (p, t) = (chars(&one), chars(&other));
        let texts = all_texts();
        let inside: Vec<_> = texts.iter().filter(|text| slow_match(&t, text)).collect();
        let covered = inside.iter().all(|text| slow_match(&p, text));
        let common = inside.iter().any(|text| slow_match(&p, text));
        let (one, other) = (Text::known(&one), Text::known(&other));
        prop_assert_eq!(covers(&one, &other, Reading::RESOURCE), Truth::from(covered));
        prop_assert_eq!(overlaps(&one, &other, Reading::RESOURCE), Truth::from(common));
    }

    #[test]
    fn decided_for_holes_is_decided_for_every_filling(
        one in "[ab*?01]{0,5}",
        other in "[ab*?01]{0,5}",
        fillings in ["[ab*?]{0,3}", "[ab*?]{0,3}"],
    ) {
        let full = |letters: &str| Text::known(&filled(letters, &fillings));
        for ask in [covers, overlaps] {
            let open = ask(&partly(&one), &partly(&other), Reading::RESOURCE);
            if !is_unknown(&open) {
                prop_assert_eq!(open, ask(&full(&one), &full(&other), Reading::RESOURCE));
            }
        }
        let open = match_glob(&partly(&one), &partly(&other));
        if !is_unknown(&open) {
            prop_assert_eq!(open, match_glob(&full(&one), &Text::literal(&filled(&other, &fillings))));
        }
    }
}
