//! Wildcard patterns: `*` for any characters, `?` for one; on texts that are known, or in part.

use estate::value::{Part, Partial};

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    /// This character.
    One(char),
    /// Any one character.
    Any,
    /// Any number of characters.
    Many,
}

fn pattern_signs(pattern: &str) -> Vec<Sign> {
    pattern
        .chars()
        .map(|c| match c {
            '*' => Sign::Many,
            '?' => Sign::Any,
            c => Sign::One(c),
        })
        .collect()
}

/// Whether a text fits a pattern. Time grows with the product of both lengths, never faster.
///
/// Bytes are compared: a character's are those of no other, and a wildcard stands only between characters.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(b'?') => (p, t) = (p + 1, t + width(byte)),
            Some(wanted) if *wanted == byte => (p, t) = (p + 1, t + 1),
            _ => match retry {
                // The last `*` takes one character more.
                Some((star, from)) => {
                    let from = from + width(text[from]);
                    retry = Some((star, from));
                    (p, t) = (star + 1, from);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Bytes of the character of UTF-8 that begins with this one.
fn width(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

/// Whether a partly known text fits a pattern: true or false if every filling agrees, else nothing.
pub fn matches_partial(pattern: &str, partial: &Partial) -> Option<bool> {
    let pattern = pattern_signs(pattern);
    let mut text = Vec::new();
    for part in &partial.parts {
        match part {
            Part::Known(known) => text.extend(known.chars().map(Sign::One)),
            Part::Hole(_) => text.push(Sign::Many),
        }
    }
    if !overlap(&pattern, &text) {
        return Some(false);
    }
    covers(&pattern, &text).then_some(true)
}

/// Whether some filling fits: two wildcard patterns have a text in common.
fn overlap(a: &[Sign], b: &[Sign]) -> bool {
    // `reach[j]`: the first signs of `a` and the first `j` of `b` have a text in common.
    let mut reach = vec![false; b.len() + 1];
    reach[0] = true;
    for j in 1..=b.len() {
        reach[j] = reach[j - 1] && b[j - 1] == Sign::Many;
    }
    for x in a {
        let mut next = vec![false; b.len() + 1];
        next[0] = reach[0] && *x == Sign::Many;
        for j in 1..=b.len() {
            let y = b[j - 1];
            next[j] = match (*x, y) {
                (Sign::Many, Sign::Many) => reach[j] || next[j - 1] || reach[j - 1],
                (Sign::Many, _) => reach[j] || next[j - 1],
                (_, Sign::Many) => next[j - 1] || reach[j],
                (Sign::One(c), Sign::One(d)) => c == d && reach[j - 1],
                _ => reach[j - 1],
            };
        }
        reach = next;
    }
    reach[b.len()]
}

/// Whether every filling fits, as far as can be told by letting only a `*` of the pattern take a hole.
fn covers(pattern: &[Sign], text: &[Sign]) -> bool {
    let mut reach = vec![false; text.len() + 1];
    reach[0] = true;
    for sign in pattern {
        let mut next = vec![false; text.len() + 1];
        match sign {
            Sign::Many => {
                let mut open = false;
                for (j, reached) in reach.iter().enumerate() {
                    open |= reached;
                    next[j] = open;
                }
            }
            Sign::Any | Sign::One(_) => {
                for j in 1..=text.len() {
                    let fits = match (sign, text[j - 1]) {
                        (Sign::One(c), Sign::One(d)) => *c == d,
                        (Sign::Any, Sign::One(_)) => true,
                        _ => false,
                    };
                    next[j] = fits && reach[j - 1];
                }
            }
        }
        reach = next;
    }
    reach[text.len()]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use estate::value::{Kind, Reason, Unknown};
    use proptest::prelude::*;

    use super::*;

    fn partial(pieces: &[Option<&str>]) -> Partial {
        let hole = Arc::new(Unknown { reason: Reason::Stated(Arc::from("test")), kind: Kind::Text });
        let part = |piece: Option<&str>| match piece {
            Some(text) => Part::Known(Arc::from(text)),
            None => Part::Hole(hole.clone()),
        };
        Partial { parts: pieces.iter().copied().map(part).collect() }
    }

    #[test]
    fn known_texts() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbbd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*:*:s3:::x*", "arn:aws:s3:::xy", true),
            ("", "a", false),
            ("?", "é", true),
            ("??", "é", false),
            ("*é?", "aé漢", true),
            ("*è", "aé", false),
            ("**", "漢", true),
            ("?*b", "漢b", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_hole_is_decided_only_by_a_star_or_by_what_is_known() {
        let arn = partial(&[Some("arn:"), None, Some(":iam::aws:policy/AdministratorAccess")]);
        assert_eq!(matches_partial("arn:*:iam::aws:policy/AdministratorAccess", &arn), Some(true));
        assert_eq!(matches_partial("arn:aws:iam::aws:policy/AdministratorAccess", &arn), None);
        assert_eq!(matches_partial("arn:aws:iam::aws:policy/ReadOnlyAccess", &arn), Some(false));
    }

    proptest! {
        /// As a regular expression that says the same.
        #[test]
        fn a_pattern_fits_what_its_regular_expression_does(pattern in "[aé漢*?]{0,6}", text in "[aé漢]{0,6}") {
            let expression = pattern.replace('*', ".*").replace('?', ".");
            let regex = regex::Regex::new(&format!("^{expression}$")).unwrap();
            prop_assert_eq!(matches(&pattern, &text), regex.is_match(&text));
        }

        /// Whatever fills the hole, a decided answer holds.
        #[test]
        fn decided_answers_hold(pattern in "[ab*?]{0,6}", before in "[ab]{0,3}", after in "[ab]{0,3}", fill in "[ab]{0,4}") {
            if let Some(decided) = matches_partial(&pattern, &partial(&[Some(&before), None, Some(&after)])) {
                prop_assert_eq!(matches(&pattern, &format!("{before}{fill}{after}")), decided);
            }
        }
    }
}
