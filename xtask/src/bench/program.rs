//! Running a program and measuring it: how long it takes, and how much memory it holds at its peak.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a running program's memory is looked at. The kernel keeps the highest value itself, so only what
/// is taken in the last moment before the end is missed.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// A program with its arguments.
#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    /// The folder it runs in. A neutral one, so that no settings of a project are found.
    folder: PathBuf,
    /// The exit codes with which it has done its work.
    done: &'static [i32],
}

/// What one program took.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// The shortest run.
    pub(super) best: Duration,
    /// The run in the middle.
    pub(super) median: Duration,
    /// The most memory it held, in bytes; `None` where the system does not say.
    pub(super) peak: Option<u64>,
}

impl Program {
    /// A program without arguments.
    pub(super) fn new(path: &Path, folder: &Path, done: &'static [i32]) -> Program {
        Program { path: path.to_owned(), arguments: Vec::new(), folder: folder.to_owned(), done }
    }

    /// The program with one more argument.
    pub(super) fn arg(mut self, argument: impl Into<OsString>) -> Program {
        self.arguments.push(argument.into());
        self
    }

    /// The program where other exit codes mean that it has done its work.
    pub(super) fn done_with(mut self, done: &'static [i32]) -> Program {
        self.done = done;
        self
    }

    /// Runs it to its end; gives what it wrote.
    pub(super) fn output(&self) -> Result<Vec<u8>> {
        let output = self.command().output().with_context(|| self.cannot_run())?;
        self.ended(output.status, &output.stderr)?;
        Ok(output.stdout)
    }

    /// Runs it to its end; gives whether it has done its work.
    pub(super) fn succeeds(&self) -> Result<bool> {
        let mut command = self.command();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().with_context(|| self.cannot_run())?;
        Ok(self.is_done(status))
    }

    /// Runs it to its end; gives how long that took, from its start to its exit.
    fn time(&self) -> Result<Duration> {
        let mut command = self.command();
        command.stdout(Stdio::null());
        let start = Instant::now();
        let output = command.output().with_context(|| self.cannot_run())?;
        let taken = start.elapsed();
        self.ended(output.status, &output.stderr)?;
        Ok(taken)
    }

    /// Runs it to its end; gives the most memory it held, without that of processes it started.
    fn peak(&self) -> Result<Option<u64>> {
        let mut command = self.command();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| self.cannot_run())?;
        let path = format!("/proc/{}/status", child.id());
        let mut peak: Option<u64> = None;
        let status = loop {
            peak = peak.max(high_water(&path));
            if let Some(status) = child.try_wait()? {
                break status;
            }
            thread::sleep(LOOK_EVERY);
        };
        self.ended(status, &[])?;
        Ok(peak)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn is_done(&self, status: ExitStatus) -> bool {
        status.code().is_some_and(|code| self.done.contains(&code))
    }

    fn ended(&self, status: ExitStatus, said: &[u8]) -> Result<()> {
        if self.is_done(status) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(said);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        bail!("`{}` ended with {status}: {last}", self.line())
    }

    fn cannot_run(&self) -> String {
        format!("`{}` cannot be run", self.line())
    }

    fn line(&self) -> String {
        let mut line = self.path.display().to_string();
        for argument in &self.arguments {
            line.push(' ');
            line.push_str(&argument.to_string_lossy());
        }
        line
    }
}

/// Measures programs against each other, turn by turn, so that a busy moment of the machine strikes all alike.
///
/// Memory is measured in a run of its own before, because looking at it costs time; that run also brings what is
/// read into the system's cache.
pub(super) fn race(programs: &[&Program], rounds: usize) -> Result<Vec<Measured>> {
    let peaks: Vec<Option<u64>> = programs.iter().map(|program| program.peak()).collect::<Result<_>>()?;
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); programs.len()];
    for _ in 0..rounds {
        for (program, times) in programs.iter().zip(&mut times) {
            times.push(program.time()?);
        }
    }
    let measured = times.into_iter().zip(peaks).map(|(mut times, peak)| -> Result<Measured> {
        times.sort_unstable();
        let best = *times.first().context("a race needs a round")?;
        let median = *times.get(times.len() / 2).context("a race needs a round")?;
        Ok(Measured { best, median, peak })
    });
    measured.collect()
}

/// The most memory a process has held so far, in bytes.
fn high_water(path: &str) -> Option<u64> {
    parse_high_water(&fs::read_to_string(path).ok()?)
}

fn parse_high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_from_the_status_of_a_process() {
        let status = "Name:\tpalisade\nVmPeak:\t   90000 kB\nVmHWM:\t   12345 kB\nVmRSS:\t   12000 kB\n";
        assert_eq!(parse_high_water(status), Some(12345 * 1024));
        assert_eq!(parse_high_water("Name:\tpalisade\nState:\tZ (zombie)\n"), None);
    }
}
