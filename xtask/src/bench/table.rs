//! The table of what was measured, with the targets and whether they are met.

use std::fmt;
use std::time::Duration;

use super::program::Measured;

/// What a measurement should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    /// The median run is shorter than so many seconds.
    SecondsBelow(f64),
    /// It holds fewer bytes of memory than these.
    BytesBelow(u64),
    /// The median run is at least so many times faster than the peer's.
    TimesFaster(f64),
}

/// One measurement.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What was done.
    pub(super) what: String,
    /// What Palisade took.
    pub(super) ours: Measured,
    /// What the peer took for the same.
    pub(super) theirs: Option<Measured>,
    /// How many resources were judged.
    pub(super) resources: Option<u64>,
    /// What Palisade should take.
    pub(super) targets: Vec<Target>,
}

impl Row {
    /// How many times faster than the peer Palisade is.
    fn ratio(&self) -> Option<f64> {
        let theirs = self.theirs.as_ref()?;
        Some(theirs.median.as_secs_f64() / self.ours.median.as_secs_f64())
    }

    /// Resources a second.
    fn rate(&self) -> Option<u64> {
        let nanoseconds = self.ours.median.as_nanos().max(1);
        u64::try_from(u128::from(self.resources?) * 1_000_000_000 / nanoseconds).ok()
    }

    /// Whether a target is met; `None` where it was not measured.
    fn meets(&self, target: Target) -> Option<bool> {
        match target {
            Target::SecondsBelow(limit) => Some(self.ours.median.as_secs_f64() < limit),
            Target::BytesBelow(limit) => Some(self.ours.peak? < limit),
            Target::TimesFaster(least) => Some(self.ratio()? >= least),
        }
    }

    /// How many of its targets are missed.
    pub(super) fn missed(&self) -> usize {
        self.targets.iter().filter(|target| self.meets(**target) == Some(false)).count()
    }

    fn verdicts(&self) -> String {
        let verdict = |target: &Target| match self.meets(*target) {
            Some(true) => format!("{target}: met"),
            Some(false) => format!("{target}: missed"),
            None => format!("{target}: not measured"),
        };
        self.targets.iter().map(verdict).collect::<Vec<_>>().join(", ")
    }

    fn cells(&self, with_peer: bool) -> Vec<String> {
        let mut cells = vec![self.what.clone()];
        cells.extend(taken(Some(&self.ours)));
        cells.push(or_dash(self.rate().map(thousands)));
        if with_peer {
            cells.extend(taken(self.theirs.as_ref()));
            cells.push(or_dash(self.ratio().map(ratio)));
        }
        cells.push(self.verdicts());
        cells
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Target::SecondsBelow(limit) if limit < 0.1 => write!(f, "under {:.0} ms", limit * 1_000.0),
            Target::SecondsBelow(limit) => write!(f, "under {limit} s"),
            Target::BytesBelow(limit) => write!(f, "under {} GB", limit as f64 / 1e9),
            Target::TimesFaster(least) => write!(f, "{least} times faster"),
        }
    }
}

/// The table as text. `peer` is the name of the program that was measured beside Palisade.
pub(super) fn render(rows: &[Row], peer: Option<&str>) -> String {
    let mut header: Vec<String> =
        ["", "best", "median", "peak", "resources/s"].into_iter().map(str::to_owned).collect();
    if let Some(peer) = peer {
        header.extend([
            format!("{peer} best"),
            "median".to_owned(),
            "peak".to_owned(),
            "times faster".to_owned(),
        ]);
    }
    header.push("targets".to_owned());
    let mut lines = vec![header];
    lines.extend(rows.iter().map(|row| row.cells(peer.is_some())));
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let mut padded = String::new();
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            // Words to the left, figures to the right.
            let is_word = column == 0 || column + 1 == columns;
            padded.push_str(&if is_word { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
            padded.push_str("  ");
        }
        text.push_str(padded.trim_end());
        text.push('\n');
    }
    text
}

fn taken(measured: Option<&Measured>) -> [String; 3] {
    [
        or_dash(measured.map(|measured| seconds(measured.best))),
        or_dash(measured.map(|measured| seconds(measured.median))),
        or_dash(measured.and_then(|measured| measured.peak).map(megabytes)),
    ]
}

fn or_dash(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "-".to_owned())
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1_000.0) } else { format!("{seconds:.2} s") }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", thousands(bytes.div_ceil(1_000_000)))
}

fn ratio(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}

/// A number with its digits in groups of three.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(best_ms: u64, median_ms: u64, peak: Option<u64>) -> Measured {
        Measured { best: Duration::from_millis(best_ms), median: Duration::from_millis(median_ms), peak }
    }

    fn row() -> Row {
        Row {
            what: "corpus".to_owned(),
            ours: measured(40, 50, Some(30_000_000)),
            theirs: Some(measured(12_000, 15_000, None)),
            resources: Some(2_000),
            targets: vec![
                Target::SecondsBelow(0.5),
                Target::BytesBelow(20_000_000),
                Target::TimesFaster(200.0),
            ],
        }
    }

    #[test]
    fn each_target_is_met_or_missed() {
        assert_eq!(row().verdicts(), "under 0.5 s: met, under 0.02 GB: missed, 200 times faster: met");
        assert_eq!(row().missed(), 1);
    }

    #[test]
    fn what_was_not_measured_is_neither() {
        let alone = Row { theirs: None, targets: vec![Target::TimesFaster(200.0)], ..row() };
        assert_eq!(alone.verdicts(), "200 times faster: not measured");
        assert_eq!(alone.missed(), 0);
    }

    #[test]
    fn figures_stand_below_each_other() {
        let mut row = row();
        row.targets.truncate(1);
        let text = render(&[row], Some("checkov"));
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = "best median peak resources/s checkov best median peak times faster targets \
                        corpus 40.0 ms 50.0 ms 30 MB 40,000 12.00 s 15.00 s - 300 under 0.5 s: met";
        assert_eq!(words(&text), expected);
        let end = |line: &str, word: &str| line.find(word).map(|at| at + word.len());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(end(lines[0], "peak"), end(lines[1], "30 MB"));
        assert_eq!(end(lines[0], "times faster"), end(lines[1], " 300"));
    }

    #[test]
    fn digits_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
