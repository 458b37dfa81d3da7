//! The promise of the evaluator, tried on random expressions and values.
//!
//! - On values that are known it says what the language says by the book: a reference that is slow, obvious and
//!   written from the documents says the same (`sound/reference.rs`).
//! - What it decides on values that are partly unknown holds for every way of filling them in. A filling on which
//!   the reference meets an error contradicts nothing: an error is neither true nor false.
//! - `&&` and `||` keep Kleene's laws.
//!
//! Every run tries some thousand cases, the same ones on every machine. Two variables change that:
//!
//! - `PALISADE_SOUND_CASES`: how many cases each test tries;
//! - `PALISADE_SOUND_SEED`: the seed of the first, a whole number.
//!
//! A million cases: `PALISADE_SOUND_CASES=1000000 cargo test --release -p palisade-control --test sound`.
//! A failure is made smaller and told with its own seed, which as `PALISADE_SOUND_SEED` makes it the first case.

#[path = "sound/concrete.rs"]
mod concrete;
#[path = "sound/evaluator.rs"]
mod evaluator;
#[path = "sound/expression.rs"]
mod expression;
#[path = "sound/fill.rs"]
mod fill;
#[path = "sound/hide.rs"]
mod hide;
#[path = "sound/random.rs"]
mod random;
#[path = "sound/reference.rs"]
mod reference;
#[path = "sound/shrink.rs"]
mod shrink;
#[path = "sound/sketch.rs"]
mod sketch;
#[path = "sound/tables.rs"]
mod tables;
#[path = "sound/thing.rs"]
mod thing;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use estate::truth::Truth;
use estate::value::Reason;
use rayon::prelude::*;

use concrete::{Entry, tell};
use evaluator::Subject;
use random::Random;
use reference::Fault;
use sketch::World;

// The date of the first run; any number would do.
const SEED: u64 = 20_261_124;

// What the seeds of two neighbouring cases are apart: not the step of the generator, or one case would draw the
// numbers of the other.
const STRIDE: u64 = 0xd1b5_4a32_d192_ed03;

/// How deep an expression nests, at most.
const DEPTH_MAX: usize = 4;

/// How many fillings a decided verdict is compared with, beside the original.
const FILLINGS: usize = 6;

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{name}` is a whole number, not `{text}`")))
}

/// What came of the cases.
#[derive(Default)]
struct Tally {
    cases: AtomicU64,
    /// Expressions that the checker refuses, and one of them.
    refused: AtomicU64,
    example: Mutex<Option<String>>,
    decided: AtomicU64,
    undecided: AtomicU64,
}

impl Tally {
    /// The compiled expression; one that is refused is counted.
    fn compile(&self, text: &str) -> Option<Subject> {
        self.cases.fetch_add(1, Ordering::Relaxed);
        match Subject::new(text) {
            Ok(subject) => Some(subject),
            Err(message) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                let mut example = self.example.lock().expect("nobody panics with the lock");
                if example.is_none() {
                    *example = Some(format!("{text}\n  {message}"));
                }
                None
            }
        }
    }

    fn count(&self, truth: &Truth) {
        let counter = if matches!(truth, Truth::Unknown(_)) { &self.undecided } else { &self.decided };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// A test that tries nothing must not pass.
    fn check(&self) {
        let [cases, refused, decided, undecided] =
            [&self.cases, &self.refused, &self.decided, &self.undecided]
                .map(|counter| counter.load(Ordering::Relaxed));
        println!("{cases} cases, {refused} refused; {decided} verdicts decided, {undecided} not");
        if cases < 500 {
            return;
        }
        let example = self.example.lock().expect("nobody panics with the lock").clone().unwrap_or_default();
        assert!(
            refused * 10 < cases,
            "the checker refuses {refused} of {cases} expressions, such as\n{example}"
        );
        let some = (decided + undecided) / 50;
        assert!(decided > some && undecided > some, "{decided} verdicts decided, {undecided} not");
    }
}

/// Tells the seed of a case in which the evaluator panics.
struct OnPanic(u64);

impl Drop for OnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the case of seed {} panicked", self.0);
        }
    }
}

/// What a case found.
enum Failure {
    Disagreement { text: String, properties: Vec<Entry> },
    Contradiction { text: String, original: Vec<Entry>, world: World, fillings: u64 },
    Law(String),
}

impl Failure {
    /// The failure in words, of a case that is made smaller first.
    fn tell(&self) -> String {
        match self {
            Failure::Disagreement { text, properties } => smallest_disagreement(text, properties),
            Failure::Contradiction { text, original, world, fillings } => {
                smallest_contradiction(text, original, world, *fillings)
            }
            Failure::Law(message) => message.clone(),
        }
    }
}

/// Tries cases side by side; the first that fails, in the order of the cases, is told.
fn try_cases(usually: u64, case: impl Fn(u64, &Tally) -> Result<(), Failure> + Sync) {
    let first = variable("PALISADE_SOUND_SEED").unwrap_or(SEED);
    let cases = variable("PALISADE_SOUND_CASES").unwrap_or(usually);
    println!("{cases} cases from seed {first}");
    let tally = Tally::default();
    let failure = (0..cases).into_par_iter().find_map_first(|i| {
        let seed = first.wrapping_add(i.wrapping_mul(STRIDE));
        let _on_panic = OnPanic(seed);
        case(seed, &tally).err().map(|failure| (seed, failure))
    });
    if let Some((seed, failure)) = failure {
        let told = failure.tell();
        panic!("{told}\nthis case alone: PALISADE_SOUND_SEED={seed} PALISADE_SOUND_CASES=1");
    }
    tally.check();
}

fn random_condition(random: &mut Random) -> String {
    let depth = 1 + random.below(DEPTH_MAX);
    expression::condition(random, depth)
}

/// The book's answer in words.
fn words(book: Result<bool, Fault>) -> String {
    match book {
        Ok(answer) => answer.to_string(),
        Err(Fault(what)) => format!("an error ({what})"),
    }
}

/// The evaluator's answer in words.
fn words_of(truth: &Truth) -> String {
    match truth {
        Truth::True => "true".to_owned(),
        Truth::False => "false".to_owned(),
        Truth::Unknown(why) => {
            let reasons: Vec<String> = why.0.iter().map(|unknown| unknown.reason.to_string()).collect();
            format!("unknown ({})", reasons.join("; "))
        }
    }
}

/// How the evaluator differs from the book on values that are known, if it does.
fn disagreement(subject: &Subject, properties: &[Entry]) -> Option<String> {
    differs(subject, properties, &subject.verdict(thing::map(properties)))
}

fn differs(subject: &Subject, properties: &[Entry], truth: &Truth) -> Option<String> {
    let book = reference::judge(&subject.expr, properties);
    let agrees = match (&book, truth) {
        (Ok(true), Truth::True) | (Ok(false), Truth::False) => true,
        // Only an error makes anything unknown here.
        (Err(_), Truth::Unknown(why)) => {
            why.0.iter().any(|unknown| matches!(unknown.reason, Reason::Failed(_)))
        }
        _ => false,
    };
    (!agrees).then(|| {
        let (text, properties) = (&subject.text, tell(properties));
        format!("{text}\n{properties}  book: {}\n  evaluator: {}", words(book), words_of(truth))
    })
}

#[test]
fn on_known_values_the_evaluator_says_what_the_book_says() {
    try_cases(3_000, |seed, tally| {
        let mut random = Random::new(seed);
        let Some(subject) = tally.compile(&random_condition(&mut random)) else { return Ok(()) };
        for _ in 0..3 {
            let properties = thing::properties(&mut random);
            let truth = subject.verdict(thing::map(&properties));
            tally.count(&truth);
            if differs(&subject, &properties, &truth).is_some() {
                return Err(Failure::Disagreement { text: subject.text, properties });
            }
        }
        Ok(())
    });
}

fn smallest_disagreement(text: &str, properties: &[Entry]) -> String {
    let text = shrink::text(text, &mut |text| {
        Subject::new(text).is_ok_and(|subject| disagreement(&subject, properties).is_some())
    });
    let Ok(subject) = Subject::new(&text) else { panic!("`{text}` compiled before") };
    let properties = shrink::list(properties, &mut |properties| disagreement(&subject, properties).is_some());
    disagreement(&subject, &properties).expect("it failed when it was made smaller")
}

/// A filling that contradicts what the evaluator decides on values that are partly unknown, if one is found.
fn contradiction(subject: &Subject, original: &[Entry], world: &World, seed: u64) -> Option<String> {
    contradicts(subject, &subject.verdict(world.map()), original, world, seed)
}

fn contradicts(
    subject: &Subject,
    truth: &Truth,
    original: &[Entry],
    world: &World,
    seed: u64,
) -> Option<String> {
    let decided = match truth {
        Truth::True => true,
        Truth::False => false,
        Truth::Unknown(_) => return None,
    };
    let mut random = Random::new(seed);
    let fillings = (0..FILLINGS).map(|_| world.fill(&mut random));
    std::iter::once(original.to_vec())
        .chain(fillings)
        .find(|filling| reference::judge(&subject.expr, filling) == Ok(!decided))
        .map(|filling| {
            let (text, filling) = (&subject.text, tell(&filling));
            format!("{text}\n{world}  evaluator: {decided}\nbut filled in\n{filling}  book: {}", !decided)
        })
}

#[test]
fn what_is_decided_holds_for_every_filling() {
    try_cases(3_000, |seed, tally| {
        let mut random = Random::new(seed);
        let Some(subject) = tally.compile(&random_condition(&mut random)) else { return Ok(()) };
        for _ in 0..2 {
            let original = thing::properties(&mut random);
            let world = hide::hide(&original, &mut random);
            let fillings = random.draw();
            let truth = subject.verdict(world.map());
            tally.count(&truth);
            if contradicts(&subject, &truth, &original, &world, fillings).is_some() {
                return Err(Failure::Contradiction { text: subject.text, original, world, fillings });
            }
        }
        Ok(())
    });
}

fn smallest_contradiction(text: &str, original: &[Entry], world: &World, seed: u64) -> String {
    let text = shrink::text(text, &mut |text| {
        Subject::new(text).is_ok_and(|subject| contradiction(&subject, original, world, seed).is_some())
    });
    let Ok(subject) = Subject::new(&text) else { panic!("`{text}` compiled before") };
    let only = |names: &[&'static str]| -> Vec<Entry> {
        original.iter().filter(|(name, _)| names.contains(name)).cloned().collect()
    };
    let names = shrink::list(&thing::NAMES, &mut |names| {
        contradiction(&subject, &only(names), &world.only(names), seed).is_some()
    });
    contradiction(&subject, &only(&names), &world.only(&names), seed)
        .expect("it failed when it was made smaller")
}

#[test]
fn kleenes_laws_hold() {
    try_cases(800, |seed, tally| {
        let mut random = Random::new(seed);
        let (a, b) = (random_condition(&mut random), random_condition(&mut random));
        let world = hide::hide(&thing::properties(&mut random), &mut random);
        let laws = [
            (format!("{a} && {b}"), format!("{b} && {a}")),
            (format!("{a} || {b}"), format!("{b} || {a}")),
            (format!("!({a} && {b})"), format!("!{a} || !{b}")),
            (format!("!({a} || {b})"), format!("!{a} && !{b}")),
            (format!("!(!{a})"), format!("{a} || false")),
        ];
        for (left, right) in laws {
            let (Some(left), Some(right)) = (tally.compile(&left), tally.compile(&right)) else { continue };
            let (x, y) = (left.verdict(world.map()), right.verdict(world.map()));
            tally.count(&x);
            let same = match (&x, &y) {
                (Truth::Unknown(_), Truth::Unknown(_)) => true,
                (x, y) => x == y,
            };
            if !same {
                let (left, right) = (left.text, right.text);
                let (x, y) = (words_of(&x), words_of(&y));
                return Err(Failure::Law(format!("{left}\n  is {x}, but\n{right}\n  is {y}, with\n{world}")));
            }
        }
        Ok(())
    });
}

#[test]
fn the_book_by_hand() {
    let mut wrong = Vec::new();
    for (text, properties, expected) in tables::book() {
        let subject = Subject::new(text).unwrap_or_else(|message| panic!("{text}: {message}"));
        let book = reference::judge(&subject.expr, &properties);
        if book.ok() != expected {
            wrong.push(format!("{text}: the reference says {}", words(book)));
        }
        wrong.extend(disagreement(&subject, &properties));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_known_part_decides_is_decided() {
    let mut wrong = Vec::new();
    for (text, world, expected) in tables::decided() {
        let subject = Subject::new(text).unwrap_or_else(|message| panic!("{text}: {message}"));
        let truth = subject.verdict(world.map());
        if truth != Truth::from(expected) {
            wrong.push(format!("{text}\n{world}  expected {expected}, got {}", words_of(&truth)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_only_looks_decided_is_not() {
    let mut wrong = Vec::new();
    for (text, world) in tables::open() {
        let subject = Subject::new(text).unwrap_or_else(|message| panic!("{text}: {message}"));
        let truth = subject.verdict(world.map());
        if !matches!(truth, Truth::Unknown(_)) {
            wrong.push(format!("{text}\n{world}  is {}", words_of(&truth)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
