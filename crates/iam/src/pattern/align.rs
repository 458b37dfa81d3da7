//! Whether one pattern runs through another: a walk over pairs of positions.
//!
//! Every question is put twice.
//! The *exact* walk takes an unknown part for a thing of its own, which only `*` or the same unknown passes: if it
//! arrives, the answer is true whatever the unknown is.
//! The *wide* walk takes an unknown part for all that it may stand for: if it does not arrive, the answer is false
//! whatever the unknown is.
//!
//! That the exact walk finds every inclusion of one known pattern in another rests on [`gather`].

use std::sync::Arc;

use estate::truth::Truth;
use estate::value::Unknown;

use super::{Form, Piece, Reading, Text, Variable};

/// One position of a text.
#[derive(Clone, Copy, Debug)]
enum Token<'a> {
    /// This character.
    Char(char),
    /// Any one character: `?`.
    One,
    /// Any characters: `*`.
    Many,
    /// A policy variable.
    Variable(&'a Variable),
    /// An unknown part, in the exact walk.
    Hole(&'a Arc<Unknown>),
    /// An unknown part that is equal to nothing else, in the exact walk.
    Opaque,
    /// One unknown character, in the wide walk.
    In(Set),
    /// Any number of unknown characters, in the wide walk.
    Span(Set),
}

/// What an unknown character may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// Anything, also a wildcard or a policy variable.
    Any,
    /// A character that is no wildcard.
    Plain,
    /// A digit.
    Digit,
    /// A small letter, a digit or a hyphen.
    Slug,
}

impl Set {
    fn has(self, c: char) -> bool {
        match self {
            Set::Any => true,
            Set::Plain => !matches!(c, '*' | '?' | '$'),
            Set::Digit => c.is_ascii_digit(),
            Set::Slug => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
        }
    }
}

impl Token<'_> {
    /// A wildcard, or what may turn out to be one.
    fn is_wild(self) -> bool {
        matches!(self, Token::One | Token::Many | Token::Span(Set::Any))
    }

    /// Stands for any number of characters, none included.
    fn repeats(self) -> bool {
        matches!(self, Token::Many | Token::Span(_) | Token::Variable(_) | Token::Hole(_) | Token::Opaque)
    }

    /// Whether some character fits both.
    fn meets(self, other: Token<'_>) -> bool {
        match (self, other) {
            (Token::Char(a), Token::Char(b)) => a == b,
            (Token::Char(c), Token::In(set) | Token::Span(set))
            | (Token::In(set) | Token::Span(set), Token::Char(c)) => set.has(c),
            _ => true,
        }
    }
}

/// Where a walk may go from a pair of positions.
struct Step {
    /// On in the pattern.
    pattern: bool,
    /// On in the text.
    text: bool,
    /// On in both.
    both: bool,
}

/// Whether `pattern` matches all of `text`.
pub(super) fn decide(pattern: &Text, pattern_reading: Reading, text: &Text, text_reading: Reading) -> Truth {
    let exact = gather(&tokens(pattern, pattern_reading, false));
    if walk(&exact, &tokens(text, text_reading, false), cover_step) {
        return Truth::True;
    }
    let why = pattern.holes().and(&text.holes());
    if why.0.is_empty() {
        return Truth::False;
    }
    let wide = gather(&tokens(pattern, pattern_reading, true));
    if walk(&wide, &tokens(text, text_reading, true), cover_step) {
        Truth::Unknown(why)
    } else {
        Truth::False
    }
}

/// Whether some text matches both.
pub(super) fn overlap(one: &Text, other: &Text, reading: Reading) -> Truth {
    let (a, b) = (tokens(one, reading, true), tokens(other, reading, true));
    if !walk(&a, &b, overlap_step) {
        return Truth::False;
    }
    let why = one.holes().and(&other.holes());
    if why.0.is_empty() || is_star(&a) || is_star(&b) { Truth::True } else { Truth::Unknown(why) }
}

fn is_star(tokens: &[Token<'_>]) -> bool {
    !tokens.is_empty() && tokens.iter().all(|token| matches!(token, Token::Many))
}

/// The tokens of a text.
fn tokens(text: &Text, reading: Reading, wide: bool) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    for piece in &text.pieces {
        match piece {
            Piece::Known(known) => {
                for c in known.chars() {
                    match c {
                        '*' if reading.wildcards => out.push(Token::Many),
                        '?' if reading.wildcards => out.push(Token::One),
                        c => push_char(c, reading, &mut out),
                    }
                }
            }
            Piece::Literal(literal) => literal.chars().for_each(|c| push_char(c, reading, &mut out)),
            Piece::Variable(variable) => out.push(Token::Variable(variable)),
            Piece::Hole(unknown) if wide => push_form(Form::of(unknown), &mut out),
            // Read as a text, a filling is not the pattern that it is elsewhere: `${aws:username}` does not match itself.
            Piece::Hole(unknown) if !reading.wildcards && Form::of(unknown) == Form::Any => {
                out.push(Token::Opaque);
            }
            Piece::Hole(unknown) => out.push(Token::Hole(unknown)),
        }
    }
    out
}

fn push_char(c: char, reading: Reading, out: &mut Vec<Token<'_>>) {
    if reading.ignore_case {
        out.extend(c.to_lowercase().map(Token::Char));
    } else {
        out.push(Token::Char(c));
    }
}

/// All that an unknown part may stand for.
fn push_form(form: Form, out: &mut Vec<Token<'_>>) {
    match form {
        Form::Any => out.push(Token::Span(Set::Any)),
        Form::Plain => out.extend([Token::In(Set::Plain), Token::Span(Set::Plain)]),
        Form::Account => out.extend([Token::In(Set::Digit); 12]),
        Form::Partition => {
            out.extend("aws".chars().map(Token::Char));
            out.push(Token::Span(Set::Slug));
        }
        Form::Region => out.extend([Token::In(Set::Slug), Token::Span(Set::Slug)]),
        Form::Arn => {
            out.extend("arn:aws".chars().map(Token::Char));
            out.extend([
                Token::Span(Set::Slug),
                Token::Char(':'),
                Token::In(Set::Plain),
                Token::Span(Set::Plain),
            ]);
        }
    }
}

/// Brings runs of wildcards into one shape: `?*` and `*?` and `**?` all become `*?*`.
///
/// A run with a star means "at least so many characters". Stars around every `?` let the walk count characters
/// wherever they stand in the text, before or after a stretch that may be empty, so that `?*` is found to cover
/// `*a`. A hole that may be a star is taken for one.
fn gather<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut left = tokens;
    while let Some(&first) = left.first() {
        let length = left.iter().take_while(|token| token.is_wild()).count();
        if length == 0 {
            out.push(first);
            left = &left[1..];
            continue;
        }
        let (run, tail) = left.split_at(length);
        push_run(run, &mut out);
        left = tail;
    }
    out
}

fn push_run<'a>(run: &[Token<'a>], out: &mut Vec<Token<'a>>) {
    let star = if run.iter().any(|token| matches!(token, Token::Many)) {
        Some(Token::Many)
    } else if run.iter().any(|token| matches!(token, Token::Span(_))) {
        Some(Token::Span(Set::Any))
    } else {
        None
    };
    out.extend(star);
    for _ in run.iter().filter(|token| matches!(token, Token::One)) {
        out.push(Token::One);
        out.extend(star);
    }
}

/// Whether some way of steps leads through both to the end.
///
/// Steps only go on, so one row of positions after the other settles it, without going back.
fn walk(
    pattern: &[Token<'_>],
    text: &[Token<'_>],
    step: fn(Option<Token<'_>>, Option<Token<'_>>) -> Step,
) -> bool {
    let width = text.len() + 1;
    let mut row = vec![false; width];
    let mut next = vec![false; width];
    row[0] = true;
    for i in 0..=pattern.len() {
        let mut alive = false;
        for j in 0..width {
            if !row[j] {
                continue;
            }
            if i == pattern.len() && j == text.len() {
                return true;
            }
            let step = step(pattern.get(i).copied(), text.get(j).copied());
            // A step in the text is only offered where the text has a position `j`, so `j + 1 < width`.
            if step.text {
                row[j + 1] = true;
            }
            if step.pattern {
                next[j] = true;
                alive = true;
            }
            if step.both {
                next[j + 1] = true;
                alive = true;
            }
        }
        if !alive {
            return false;
        }
        std::mem::swap(&mut row, &mut next);
        next.fill(false);
    }
    false
}

/// The steps of a pattern that must match all of a text.
fn cover_step(pattern: Option<Token<'_>>, text: Option<Token<'_>>) -> Step {
    let mut step = Step {
        pattern: matches!(pattern, Some(Token::Many | Token::Span(_))),
        text: matches!(text, Some(Token::Span(_))),
        both: false,
    };
    let (Some(pattern), Some(text)) = (pattern, text) else {
        return step;
    };
    match (pattern, text) {
        (Token::Many | Token::Span(Set::Any), _) => step.text = true,
        (Token::Span(set), Token::Char(c)) => step.text = set.has(c),
        (Token::Span(_), Token::In(_)) => step.text = true,
        (Token::One, Token::Char(_) | Token::One | Token::In(_)) => step.both = true,
        (Token::One | Token::In(_), Token::Span(_)) => step.pattern = true,
        (Token::Char(a), Token::Char(b)) => step.both = a == b,
        (Token::Char(c), Token::In(set)) | (Token::In(set), Token::Char(c)) => step.both = set.has(c),
        (Token::Char(c), Token::Span(set)) => step.pattern = set.has(c),
        (Token::In(_), Token::In(_)) => step.both = true,
        (Token::Variable(a), Token::Variable(b)) => step.both = a == b,
        (Token::Variable(_), Token::Span(Set::Any)) => step.pattern = true,
        (Token::Hole(a), Token::Hole(b)) => step.both = a.reason == b.reason && a.reason.is_one_value(),
        _ => {}
    }
    step
}

/// The steps of two patterns that must meet in one text.
fn overlap_step(one: Option<Token<'_>>, other: Option<Token<'_>>) -> Step {
    let mut step = Step {
        pattern: one.is_some_and(Token::repeats),
        text: other.is_some_and(Token::repeats),
        both: false,
    };
    if let (Some(one), Some(other)) = (one, other)
        && one.meets(other)
    {
        match (one.repeats(), other.repeats()) {
            (true, true) => {}
            (true, false) => step.text = true,
            (false, true) => step.pattern = true,
            (false, false) => step.both = true,
        }
    }
    step
}
