//! Every target on its kept corpus, on the hostile inputs, and on mutations of the corpus for a bounded time.
//!
//! Each target runs in a process of its own: an overflowing stack, a run that does not end or one that eats all the
//! memory takes its process with it, and is told all the same. The input of the moment is kept in a file.
//!
//! - `PALISADE_FUZZ_MS`: how long each target is fuzzed, in milliseconds; 1,500 unless set.
//! - `PALISADE_FUZZ_SEED`: where the mutations start; taken from the clock unless set, and printed.
//! - `PALISADE_FUZZ_INPUT_MS`: how long one input may take.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuzz::driver::{fuzz_watched, run};
use fuzz::{TARGETS, Target, hostile};

/// Set in the process that runs a target.
const CHILD: &str = "PALISADE_FUZZ_CHILD";

/// How much slower a program is that is not optimised.
const SLOWDOWN: u64 = if cfg!(debug_assertions) { 10 } else { 1 };

/// How long one input may take. A target reads it twice; one that does not run into a limit takes some milliseconds.
const INPUT_MS_MAX: u64 = 2_000 * SLOWDOWN;

/// How long a hostile input may take. It may use up a limit, such as the values that a template may unfold to.
const HOSTILE_MS_MAX: u64 = 10_000 * SLOWDOWN;

// Limit: how long a process may be at one input before it is ended. A hostile input runs twice if it is slow.
const STALL: Duration = Duration::from_mins(4);

/// A kept input shows one thing; a long one shows none.
const KEPT_BYTES_MAX: usize = 8 << 10;

macro_rules! targets {
    ($($name:ident),+ $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];
        $(
            #[test]
            fn $name() {
                isolated(stringify!($name));
            }
        )+
    };
}

targets!(
    yaml,
    json,
    template,
    intrinsics,
    parameters,
    control,
    expression,
    policy,
    estate_file,
    exception,
    framework,
    hcl,
    terraform,
    terraform_json,
    tfvars,
    plan,
);

#[test]
fn every_target_has_a_test_and_a_corpus_of_its_own() {
    let names: Vec<String> = NAMES.iter().map(|name| name.replace('_', "-")).collect();
    let targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, targets);
    let wanted: BTreeSet<PathBuf> = TARGETS.iter().map(|target| root().join(target.corpus)).collect();
    let there: BTreeSet<PathBuf> = entries(&root().join("fuzz/corpus")).into_iter().collect();
    assert_eq!(there, wanted);
    for target in TARGETS {
        let kept = kept(target);
        assert!((8..=20).contains(&kept.len()), "`{}` keeps {} inputs", target.name, kept.len());
        for (name, bytes) in kept {
            assert!(
                bytes.len() <= KEPT_BYTES_MAX,
                "`{name}` of `{}` is long: {} bytes",
                target.name,
                bytes.len()
            );
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What is in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The kept inputs of a target: names and bytes, in order of the names.
fn kept(target: &Target) -> Vec<(String, Vec<u8>)> {
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, fs::read(&path).unwrap())
    };
    entries(&root().join(target.corpus)).into_iter().map(read).collect()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let Ok(text) = env::var(variable) else { return otherwise };
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.unwrap_or_else(|error| panic!("{variable}: {error}"))
}

/// Runs the test of this name in a process of its own, or, in that process, its target.
fn isolated(test: &str) {
    let name = test.replace('_', "-");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (log, moment) = (folder.join(format!("fuzz-{name}.log")), folder.join(format!("fuzz-{name}.input")));
    if env::var_os(CHILD).is_some() {
        return all(fuzz::target(&name).unwrap(), &moment);
    }
    let output = File::create(&log).unwrap();
    fs::write(&moment, b"").unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        let touched = fs::metadata(&moment).and_then(|metadata| metadata.modified()).unwrap();
        if touched.elapsed().unwrap_or_default() > STALL {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let told = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
    let place = moment.display();
    match status {
        Some(status) if status.success() => print!("{told}"),
        Some(status) => panic!("{told}\n`{name}` ended with {status}; the last input is kept in {place}"),
        None => panic!("{told}\n`{name}` did not end in {} s on the input kept in {place}", STALL.as_secs()),
    }
}

/// Runs a target on everything. `moment` is the file for the input of the moment.
fn all(target: &Target, moment: &Path) {
    let name = target.name;
    let seed = number("PALISADE_FUZZ_SEED", clock());
    let budget = Duration::from_millis(number("PALISADE_FUZZ_MS", 1_500));
    let input_ms_max = number("PALISADE_FUZZ_INPUT_MS", INPUT_MS_MAX);
    let mut failures = Vec::new();
    let kept = kept(target);
    for (file, bytes) in &kept {
        println!("{name}: kept input `{file}`");
        fs::write(moment, bytes).unwrap();
        if let Some(fault) = run(target, bytes, input_ms_max).fault {
            failures.push(format!("kept input `{file}`: {fault}"));
        }
    }
    for input in hostile::inputs(name) {
        println!("{name}: hostile input \"{}\", {} bytes", input.what, input.bytes.len());
        fs::write(moment, &input.bytes).unwrap();
        if let Some(fault) = run(target, &input.bytes, HOSTILE_MS_MAX).fault {
            failures.push(format!("hostile input \"{}\": {fault}", input.what));
        }
    }
    println!("{name}: mutations from PALISADE_FUZZ_SEED={seed:#x}");
    let corpus: Vec<Vec<u8>> = kept.into_iter().map(|(_, bytes)| bytes).collect();
    let mut before = |input: &[u8]| fs::write(moment, input).unwrap();
    let outcome = fuzz_watched(target, &corpus, seed, budget, input_ms_max, &mut before);
    println!("{name}: {} mutations ran, the slowest for {} ms", outcome.runs, outcome.slowest_ms);
    failures.extend(outcome.failures.iter().map(ToString::to_string));
    assert!(failures.is_empty(), "{} failures of `{name}`:\n{}", failures.len(), failures.join("\n"));
}

/// A number that differs from run to run.
fn clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64)
}
