//! Inputs made from the kept ones by small accidents.

use crate::random::Random;
use crate::tokens::COMMON;

// Limit: bytes of an input. Faults of readers show on small texts, and small texts are quick.
pub(crate) const INPUT_BYTES_MAX: usize = 64 << 10;

/// The most accidents that make an input.
const ROUNDS_MAX: usize = 8;

/// The most times that a piece is repeated, or that brackets are put around one.
const REPEAT_MAX: usize = 250;

/// What opens, and what closes it.
const BRACKETS: [(&[u8], &[u8]); 6] =
    [(b"[", b"]"), (b"{a: ", b"}"), (b"{\"a\":", b"}"), (b"(", b")"), (b"!If [A, ", b"]"), (b"- ", b"")];

/// An input. It depends on the state of `random` only.
pub(crate) fn input(random: &mut Random, corpus: &[Vec<u8>], tokens: &[&[u8]]) -> Vec<u8> {
    let files: Vec<&[u8]> = corpus.iter().map(Vec::as_slice).collect();
    // Now and then from nothing: the empty text and its neighbours.
    let mut bytes =
        if random.below(50) == 0 { Vec::new() } else { random.pick(&files).unwrap_or_default().to_vec() };
    for _ in 0..=random.below(ROUNDS_MAX) {
        accident(random, &mut bytes, &files, tokens);
        bytes.truncate(INPUT_BYTES_MAX);
    }
    bytes
}

fn accident(random: &mut Random, bytes: &mut Vec<u8>, files: &[&[u8]], tokens: &[&[u8]]) {
    match random.below(14) {
        0 => flip(random, bytes),
        1 => overwrite(random, bytes),
        2 => {
            let byte = random.byte();
            let at = random.below(bytes.len() + 1);
            bytes.insert(at, byte);
        }
        3 => {
            let (start, end) = range(random, bytes.len());
            bytes.drain(start..end);
        }
        4 => {
            let (start, end) = range(random, bytes.len());
            let piece = bytes[start..end].to_vec();
            insert(random, bytes, &piece);
        }
        5 => repeat(random, bytes),
        6 => {
            // The head of this text and the tail of another.
            let other = random.pick(files).unwrap_or_default();
            let (head, tail) = (random.below(bytes.len() + 1), random.below(other.len() + 1));
            bytes.truncate(head);
            bytes.extend_from_slice(&other[tail..]);
        }
        7 => {
            let other = random.pick(files).unwrap_or_default();
            let (start, end) = range(random, other.len());
            insert(random, bytes, &other[start..end]);
        }
        8 => surround(random, bytes),
        9 => line(random, bytes),
        10 => replace_word(random, bytes, tokens),
        _ => {
            let token = token(random, tokens);
            insert(random, bytes, token);
        }
    }
}

/// A token of the target, or one that is awkward anywhere.
fn token<'t>(random: &mut Random, tokens: &[&'t [u8]]) -> &'t [u8] {
    let own = random.below(4) > 0;
    random.pick(if own { tokens } else { COMMON }).unwrap_or_default()
}

/// A range of a text of some length, more often short than long.
fn range(random: &mut Random, length: usize) -> (usize, usize) {
    let start = random.below(length + 1);
    let longest = if random.below(4) == 0 { length - start } else { (length - start).min(32) };
    (start, start + random.below(longest + 1))
}

fn insert(random: &mut Random, bytes: &mut Vec<u8>, piece: &[u8]) {
    let at = random.below(bytes.len() + 1);
    bytes.splice(at..at, piece.iter().copied());
}

fn flip(random: &mut Random, bytes: &mut [u8]) {
    let (at, bit) = (random.below(bytes.len()), random.below(8));
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

fn overwrite(random: &mut Random, bytes: &mut [u8]) {
    let (at, new) = (random.below(bytes.len()), random.byte());
    if let Some(byte) = bytes.get_mut(at) {
        *byte = new;
    }
}

/// Repeats a piece in place.
fn repeat(random: &mut Random, bytes: &mut Vec<u8>) {
    let (start, end) = range(random, bytes.len());
    let room = INPUT_BYTES_MAX.saturating_sub(bytes.len()) / (end - start).max(1);
    let times = random.below(REPEAT_MAX).min(room);
    let copies = bytes[start..end].repeat(times);
    bytes.splice(end..end, copies);
}

/// Puts brackets around a piece, many deep.
fn surround(random: &mut Random, bytes: &mut Vec<u8>) {
    let (start, end) = range(random, bytes.len());
    let (open, close) = BRACKETS[random.below(BRACKETS.len())];
    let depth = 1 + random.below(REPEAT_MAX);
    bytes.splice(end..end, close.repeat(depth));
    bytes.splice(start..start, open.repeat(depth));
}

/// Indents a line, or writes it a second time: what breaks YAML made by hand.
fn line(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len() + 1);
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |found| found + 1);
    let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |found| at + found + 1);
    match random.below(3) {
        0 => {
            bytes.splice(start..start, *b"  ");
        }
        1 => {
            let blank = bytes[start..end].iter().take(2).take_while(|byte| **byte == b' ').count();
            bytes.drain(start..start + blank);
        }
        _ => {
            let copy = bytes[start..end].to_vec();
            bytes.splice(end..end, copy);
        }
    }
}

/// Writes a token in the place of a word.
fn replace_word(random: &mut Random, bytes: &mut Vec<u8>, tokens: &[&[u8]]) {
    let at = random.below(bytes.len() + 1);
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_:-.".contains(byte);
    let start = bytes[..at].iter().rposition(|byte| !in_word(byte)).map_or(0, |found| found + 1);
    let end = bytes[at..].iter().position(|byte| !in_word(byte)).map_or(bytes.len(), |found| at + found);
    let token = token(random, tokens);
    bytes.splice(start..end, token.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TARGETS;

    #[test]
    fn a_seed_gives_the_same_inputs_again_and_none_is_too_long() {
        let corpus = vec![b"a: [1, 2]\nb: text\n".to_vec(), vec![b'x'; INPUT_BYTES_MAX], Vec::new()];
        let (mut one, mut two) = (Random::new(7), Random::new(7));
        let mut changed = 0;
        for _ in 0..2_000 {
            let input = input(&mut one, &corpus, TARGETS[0].tokens);
            assert_eq!(input, super::input(&mut two, &corpus, TARGETS[0].tokens));
            assert!(input.len() <= INPUT_BYTES_MAX);
            changed += usize::from(!corpus.contains(&input));
        }
        assert!(changed > 1_500, "{changed} of 2000 inputs differ from what they were made of");
    }

    #[test]
    fn without_a_corpus_there_are_inputs_all_the_same() {
        let mut random = Random::new(7);
        assert!((0..100).any(|_| !input(&mut random, &[], &[]).is_empty()));
    }
}
