//! Runs a target on mutations of its corpus, within one process and without instrumentation.
//!
//! A panic is caught and told with the place it came from and a shortened input. An overflowing stack and a run
//! that does not end cannot be caught here: whoever drives a process of its own keeps the input of the moment
//! ([`fuzz_watched`]).

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::fmt::Write as _;
use std::panic;
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::Target;
use crate::mutate;
use crate::random::Random;

// Limit: faults that are collected. A reader mends them one by one, and the same fault shows in many inputs.
const FAILURES_MAX: usize = 5;

// Limit: attempts at a shorter input, and the time for them. A reader has the whole input otherwise.
const SHRINK_TRIES_MAX: usize = 500;
const SHRINK_TIME_MAX: Duration = Duration::from_secs(10);

/// What came of fuzzing.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many inputs ran.
    pub runs: u64,
    /// How long the slowest took.
    pub slowest_ms: u64,
    /// What went wrong, each place once.
    pub failures: Vec<Failure>,
}

/// An input on which something went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number of the run, counted from 1.
    pub run: u64,
    /// What went wrong.
    pub fault: Fault,
    /// The input, shortened where it panics.
    pub input: Vec<u8>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A panic: where, and its message.
    Panic(String),
    /// It took so many milliseconds, the second time as well.
    Slow(u64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Panic(message) => f.write_str(message),
            Fault::Slow(ms) => write!(f, "took {ms} ms"),
        }
    }
}

impl fmt::Display for Failure {
    /// The fault, the input as a text, and its bytes, from which it can be made again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.input);
        writeln!(f, "run {}: {}", self.run, self.fault)?;
        writeln!(f, "  text: {}", text.escape_debug())?;
        write!(f, "  hex:  {}", hex(&self.input))
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Runs a target on mutations of a corpus for a time.
///
/// The inputs follow from the corpus and the seed alone: the same seed gives the same inputs in the same order.
/// An input that takes more than `input_ms_max` is a failure.
pub fn fuzz(target: &Target, corpus: &[Vec<u8>], seed: u64, budget: Duration, input_ms_max: u64) -> Outcome {
    fuzz_watched(target, corpus, seed, budget, input_ms_max, &mut |_| {})
}

/// As [`fuzz`]; `before` is called with each input before it runs.
pub fn fuzz_watched(
    target: &Target,
    corpus: &[Vec<u8>],
    seed: u64,
    budget: Duration,
    input_ms_max: u64,
    before: &mut dyn FnMut(&[u8]),
) -> Outcome {
    let start = Instant::now();
    let mut random = Random::new(seed);
    let mut outcome = Outcome::default();
    while start.elapsed() < budget && outcome.failures.len() < FAILURES_MAX {
        let input = mutate::input(&mut random, corpus, target.tokens);
        before(&input);
        outcome.runs += 1;
        let run = run(target, &input, input_ms_max);
        outcome.slowest_ms = outcome.slowest_ms.max(run.ms);
        let Some(fault) = run.fault else { continue };
        if outcome.failures.iter().any(|known| is_same(&known.fault, &fault)) {
            continue;
        }
        let (input, fault) = match fault {
            Fault::Panic(message) => shrink(target, input, message),
            Fault::Slow(_) => (input, fault),
        };
        outcome.failures.push(Failure { run: outcome.runs, fault, input });
    }
    outcome
}

/// Whether two faults are at the same place.
fn is_same(one: &Fault, other: &Fault) -> bool {
    match (one, other) {
        (Fault::Panic(one), Fault::Panic(other)) => one.lines().next() == other.lines().next(),
        (Fault::Slow(_), Fault::Slow(_)) => true,
        _ => false,
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many milliseconds it took.
    pub ms: u64,
    /// What went wrong, if something did.
    pub fault: Option<Fault>,
}

/// Runs a target on one input.
pub fn run(target: &Target, input: &[u8], input_ms_max: u64) -> Run {
    let (mut ms, panic) = caught(target, input);
    if let Some(message) = panic {
        return Run { ms, fault: Some(Fault::Panic(message)) };
    }
    if ms > input_ms_max {
        // The machine may have been busy with something else.
        ms = ms.min(caught(target, input).0);
    }
    Run { ms, fault: (ms > input_ms_max).then_some(Fault::Slow(ms)) }
}

thread_local! {
    /// Whether a target runs on this thread.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    /// The last panic of a target on this thread, with its place.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs a target; how many milliseconds it took, and its panic.
fn caught(target: &Target, input: &[u8]) -> (u64, Option<String>) {
    listen();
    RUNNING.set(true);
    let start = Instant::now();
    let ended = panic::catch_unwind(|| (target.run)(input));
    let ms = start.elapsed().as_millis() as u64;
    RUNNING.set(false);
    let told = LAST.take();
    let message = ended.err().map(|payload| if told.is_empty() { text_of(&*payload) } else { told });
    (ms, message)
}

/// Takes down the panics of targets instead of printing them; all others are printed as before.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if RUNNING.get() {
                LAST.set(info.to_string());
            } else {
                before(info);
            }
        }));
    });
}

/// The message of a panic that came over from another thread, where the hook has printed its place.
fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// A shorter input that panics as well, perhaps elsewhere, and how: pieces are left out, ever smaller ones.
fn shrink(target: &Target, mut input: Vec<u8>, mut message: String) -> (Vec<u8>, Fault) {
    let start = Instant::now();
    let mut tries = 0;
    let mut size = input.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < input.len() && tries < SHRINK_TRIES_MAX && start.elapsed() < SHRINK_TIME_MAX {
            let end = (at + size).min(input.len());
            let shorter = [&input[..at], &input[end..]].concat();
            tries += 1;
            if let Some(told) = caught(target, &shorter).1 {
                (input, message) = (shorter, told);
            } else {
                at = end;
            }
        }
        size /= 2;
    }
    (input, Fault::Panic(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(run: fn(&[u8])) -> Target {
        Target { name: "test", run, corpus: "", tokens: &[b"boom"] }
    }

    #[test]
    fn a_panic_is_found_once_with_its_place_and_a_short_input() {
        let target =
            target(|input| assert!(!input.windows(4).any(|word| word == b"boom"), "a planted fault"));
        let corpus = [b"some text\nof two lines\n".to_vec()];
        let outcome = fuzz(&target, &corpus, 1, Duration::from_millis(300), 1_000);
        let [failure] = &outcome.failures[..] else { panic!("one failure, got {outcome:?}") };
        assert_eq!(failure.input, b"boom");
        let told = failure.to_string();
        assert!(told.contains("driver.rs") && told.contains("a planted fault"), "{told}");
        assert!(told.ends_with("text: boom\n  hex:  626f6f6d"), "{told}");
    }

    #[test]
    fn a_target_that_keeps_its_promises_has_no_failures() {
        let outcome = fuzz(&target(|_| {}), &[], 1, Duration::from_millis(20), 1_000);
        assert!(outcome.runs > 0 && outcome.failures.is_empty(), "{outcome:?}");
    }

    #[test]
    fn a_slow_input_is_a_failure() {
        let slow = target(|_| {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(5) {}
        });
        let run = run(&slow, b"", 2);
        assert!(matches!(run.fault, Some(Fault::Slow(5..))), "{run:?}");
    }
}
