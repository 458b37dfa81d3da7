//! Credentials written into texts: `secret.scan`.
//!
//! The shapes are those that the issuers document; a shape alone that anything might have (forty characters of
//! base64) counts only behind a name that says what it is. No credential is ever repeated: only its kind and a
//! mask with the first characters that are common to all of the kind.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::Regex;

use super::{Context, Function, Gives, Parameter};
use crate::types::Field;
use crate::value::V;

const FOUND: &[(&str, Field)] = &[("kind", Field::Text), ("masked", Field::Text)];

pub(super) const FUNCTIONS: &[Function] =
    &[Function::plain("secret.scan", &[Parameter::Text], Gives::Records(FOUND), scan).on_partial()];

// Limit: bytes of one text that are looked at. User data may have 16 KB, an environment 4 KB.
const BYTES_MAX: usize = 256 << 10;

/// Kind, pattern with the secret as first group, and how many of its characters may be shown.
const SHAPES: [(&str, &str, usize); 12] = [
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    ("AWS access key id", r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b", 4),
    (
        "AWS secret access key",
        r#"(?i)(?:secret_?access_?key|aws_?secret(?:_?key)?)["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
        0,
    ),
    (
        "private key",
        r"(-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----)",
        27,
    ),
    ("GitHub token", r"\b((?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,})\b", 4),
    ("GitHub fine-grained token", r"\b(github_pat_[A-Za-z0-9_]{60,})\b", 11),
    ("GitLab token", r"\b(glpat-[A-Za-z0-9_-]{20,})", 6),
    ("Slack token", r"\b(xox[abeprs]-[A-Za-z0-9-]{10,})", 5),
    (
        "Slack webhook",
        r"(https://hooks\.slack\.com/services/T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9_]{16,})",
        33,
    ),
    ("Stripe key", r"\b((?:sk|rk)_live_[A-Za-z0-9]{16,})", 8),
    ("Google API key", r"\b(AIza[A-Za-z0-9_-]{35})", 4),
    ("JSON web token", r"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})", 3),
    ("password in a URL", r"[a-z][a-z0-9+.-]*://[^/\s:@]+:([^@\s/$\{}]{3,})@[^\s]", 0),
];

/// What stands in every text that a shape, or a mask, fits: most texts have none of it, and are looked at once.
const HINT: &str = r"AKIA|ASIA|-----BEGIN|gh[porsu]_|github_pat_|glpat-|xox|hooks\.slack|_live_|AIza|eyJ|[:=]|[A-Za-z0-9+/]{40}";

fn may_hold(text: &str) -> bool {
    static COMPILED: OnceLock<Regex> = OnceLock::new();
    // The pattern is a constant and a test compiles it.
    COMPILED.get_or_init(|| Regex::new(HINT).expect("a hint is a regular expression")).is_match(text)
}

fn shapes() -> &'static [(&'static str, Regex, usize)] {
    static COMPILED: OnceLock<Vec<(&'static str, Regex, usize)>> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let compile = |(kind, pattern, shown): (&'static str, &str, usize)| {
            // The patterns are constants and a test compiles them.
            (kind, Regex::new(pattern).expect("a shape is a regular expression"), shown)
        };
        SHAPES.into_iter().map(compile).collect()
    })
}

/// A line of source or a message with everything in it that is a credential, or stands where one does, replaced
/// by stars of the same length, so that what points into the line still points right.
pub fn mask(line: &str) -> Cow<'_, str> {
    static NAMED: OnceLock<Vec<Regex>> = OnceLock::new();
    if !may_hold(line) {
        return Cow::Borrowed(line);
    }
    let named = NAMED.get_or_init(|| {
        [
            // A value behind a key that names a secret; functions, references and lists are none.
            r#"(?i)["']?[a-z0-9_.-]*(?:password|passwd|secretstring|secret_?access_?key|secret_?key|auth_?token|private_?key|credentials?)["']?\s*[:=]\s*["']?([^"'!{\[\s|>&*][^"']*)"#,
            // A line of nothing but base64, as in a key of several lines.
            r"^\s*([A-Za-z0-9+/=]{40,})\s*$",
        ]
        .into_iter()
        // The patterns are constants and a test compiles them.
        .map(|pattern| Regex::new(pattern).expect("a mask is a regular expression"))
        .collect()
    });
    let mut hidden: Vec<std::ops::Range<usize>> = Vec::new();
    for (regex, shown) in
        shapes().iter().map(|(_, regex, shown)| (regex, *shown)).chain(named.iter().map(|r| (r, 0)))
    {
        for captures in regex.captures_iter(line) {
            let Some(secret) = captures.get(1) else { continue };
            if matches!(secret.as_str().trim_end_matches([',', ' ']), "true" | "false" | "null") {
                continue;
            }
            let skipped: usize = secret.as_str().chars().take(shown).map(char::len_utf8).sum();
            hidden.push(secret.start() + skipped..secret.end());
        }
    }
    if hidden.is_empty() {
        return Cow::Borrowed(line);
    }
    let star = |(at, c): (usize, char)| if hidden.iter().any(|range| range.contains(&at)) { '*' } else { c };
    Cow::Owned(line.char_indices().map(star).collect())
}

fn scan<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match &arguments[0] {
        V::Text(text) => V::list(found(text.as_str())),
        // What is known may hold a secret; what is not known may hold another.
        V::Partial(partial) => {
            let items = partial.known().flat_map(found).map(|item| (item, None)).collect();
            // What AWS assigns (a name, an ARN, a region) is no credential.
            let rest = partial.holes().find(|hole| !hole.is_assigned()).map(estate::truth::Why::of);
            V::List(std::sync::Arc::new(crate::value::OwnedList { items, rest }))
        }
        V::Unknown(why, _) if why.0.iter().all(|unknown| unknown.is_assigned()) => V::list([]),
        _ => V::error("`secret.scan` takes a text"),
    }
}

fn found<'a>(text: &str) -> Vec<V<'a>> {
    let mut end = text.len().min(BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let mut found = Vec::new();
    if !may_hold(text) {
        return found;
    }
    for (kind, shape, shown) in shapes() {
        for captures in shape.captures_iter(text) {
            let Some(secret) = captures.get(1) else { continue };
            let start: String = secret.as_str().chars().take(*shown).collect();
            let entry = [("kind", V::text(*kind)), ("masked", V::text(format!("{start}…")))];
            found.push(V::record(entry));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<String> {
        let kind = |item: &V| {
            crate::value::entry(item, &V::text("kind")).and_then(|v| v.as_text().map(str::to_owned))
        };
        found(text).iter().filter_map(kind).collect()
    }

    #[test]
    fn credentials_are_found_and_nothing_that_only_looks_like_one() {
        // AWS's own documented examples.
        assert_eq!(kinds("key AKIAIOSFODNN7EXAMPLE"), ["AWS access key id"]);
        assert_eq!(
            kinds("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ["AWS secret access key"]
        );
        assert_eq!(kinds("-----BEGIN RSA PRIVATE KEY-----\nMIIE"), ["private key"]);
        assert_eq!(kinds("postgres://app:hunter22@db.example.com/x"), ["password in a URL"]);
        for harmless in [
            "AKIA",
            "arn:aws:iam::111122223333:role/AKIAIOSFODNN7EXAMPLEX",
            "sha1: da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "https://example.com/path",
            "postgres://app:${Password}@db.example.com/x",
            "-----BEGIN PUBLIC KEY-----",
        ] {
            assert_eq!(kinds(harmless), Vec::<String>::new(), "{harmless}");
        }
    }

    #[test]
    fn a_text_of_every_shape_is_looked_at() {
        let filler = "A1b2".repeat(20);
        let token = |prefix: &str, length: usize| format!("{prefix}{}", &filler[..length]);
        for (kind, text) in [
            ("GitHub token", token("ghp_", 36)),
            ("GitHub token", token("gho_", 36)),
            ("GitHub token", token("ghu_", 36)),
            ("GitHub token", token("ghs_", 36)),
            ("GitHub token", token("ghr_", 36)),
            ("GitHub fine-grained token", token("github_pat_", 60)),
            ("GitLab token", token("glpat-", 20)),
            ("Slack token", token("xoxb-", 10)),
            ("Slack webhook", token("https://hooks.slack.com/services/T1/B1/", 16)),
            ("Stripe key", token("sk_live_", 16)),
            ("Stripe key", token("rk_live_", 16)),
            ("Google API key", token("AIza", 35)),
            ("JSON web token", format!("{0}.{0}.{1}", token("eyJ", 10), &filler[..10])),
            ("AWS access key id", "ASIAIOSFODNN7EXAMPLE".to_owned()),
        ] {
            assert_eq!(kinds(&text), [kind], "{text}");
            assert_ne!(mask(&text), text);
        }
        assert_eq!(mask(&filler[..40]), "*".repeat(40));
    }

    #[test]
    fn a_masked_line_keeps_its_length_and_loses_its_secret() {
        for (line, masked) in [
            (
                "  DB_URL: postgres://app:hunter22@db.example.com/x",
                "  DB_URL: postgres://app:********@db.example.com/x",
            ),
            ("      MasterUserPassword: hunter22", "      MasterUserPassword: ********"),
            ("\"Password\": \"hunter22\",", "\"Password\": \"********\","),
            ("  Key: AKIAIOSFODNN7EXAMPLE", "  Key: AKIA****************"),
            ("  MasterUserPassword: !Ref Password", "  MasterUserPassword: !Ref Password"),
            ("  ManageMasterUserPassword: true", "  ManageMasterUserPassword: true"),
            ("  SecretString: '{{resolve:x}}'", "  SecretString: '{{resolve:x}}'"),
        ] {
            assert_eq!(mask(line), masked);
        }
    }

    #[test]
    fn a_secret_is_never_repeated() {
        let shown = format!("{:?}", found("AKIAIOSFODNN7EXAMPLE postgres://app:hunter22@db.example.com"));
        assert!(!shown.contains("IOSFODNN7") && !shown.contains("hunter"));
    }
}
