//! The patterns of `fileset`: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any folders.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/fileset>

// Limit: patterns that braces stand for.
const ALTERNATIVES_MAX: usize = 200;

/// The patterns without braces that one stands for; `None` where there are too many.
pub(super) fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut open = vec![pattern.to_owned()];
    let mut done = Vec::new();
    while let Some(next) = open.pop() {
        if open.len() + done.len() > ALTERNATIVES_MAX {
            return None;
        }
        let Some((start, end)) = braces(&next) else {
            done.push(next);
            continue;
        };
        for inner in parts(&next[start + 1..end]) {
            open.push(format!("{}{inner}{}", &next[..start], &next[end + 1..]));
        }
    }
    Some(done)
}

/// The first brace that is closed, and where.
fn braces(pattern: &str) -> Option<(usize, usize)> {
    let start = pattern.find('{')?;
    let mut depth = 0usize;
    for (at, byte) in pattern.bytes().enumerate().skip(start) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((start, at));
                }
            }
            _ => {}
        }
    }
    None
}

/// What stands between the commas that are in no inner braces.
fn parts(inside: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&inside[start..]);
    found
}

/// Whether a name matches a pattern without a slash. Stars are tried from the last one back, in time that is the
/// product of both lengths.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, position));
            at += 1;
        } else if let Some(length) = one(&pattern[at..], name[position]) {
            at += length;
            position += 1;
        } else if let Some((star_at, taken)) = star {
            at = star_at + 1;
            position = taken + 1;
            star = Some((star_at, position));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// How much of the pattern stands for the letter.
fn one(pattern: &[char], letter: char) -> Option<usize> {
    match *pattern.first()? {
        '?' => Some(1),
        '\\' => pattern.get(1).filter(|escaped| **escaped == letter).map(|_| 2),
        '[' => class(pattern, letter),
        other => (other == letter).then_some(1),
    }
}

fn class(pattern: &[char], letter: char) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some('^' | '!'));
    let first = if negated { 2 } else { 1 };
    let length = pattern.iter().skip(first + 1).position(|letter| *letter == ']')?;
    let end = first + 1 + length;
    let inside = &pattern[first..end];
    let mut found = false;
    let mut at = 0;
    while at < inside.len() {
        if inside.get(at + 1) == Some(&'-') && at + 2 < inside.len() {
            found |= inside[at] <= letter && letter <= inside[at + 2];
            at += 3;
        } else {
            found |= inside[at] == letter;
            at += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

/// Whether a segment of a pattern is a name as it stands.
pub(super) fn is_name(segment: &str) -> bool {
    !segment.contains(['*', '?', '[', '\\', '{'])
}
