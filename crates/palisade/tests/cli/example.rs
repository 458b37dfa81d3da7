//! The example repository: what its own table promises.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::Place;

/// A control and where its finding points: the file as the table names it, and the line.
type Row = (String, String, u64);

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop")
}

/// The rows of the table, and what each says of `--fix`.
fn table() -> Vec<(Row, String)> {
    let text = fs::read_to_string(example().join("README.md")).expect("the example has a page");
    let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let mut rows = Vec::new();
    for line in text.lines() {
        let cells: Vec<String> = line.split('|').map(cell).collect();
        // An empty cell on either side, and four between.
        let [_, control, place, _, fix, _] = &cells[..] else { continue };
        let Some((file, line)) = place.rsplit_once(':') else { continue };
        let Ok(line) = line.parse() else { continue };
        assert!(["yes", "unsafe", "no"].contains(&&**fix), "{control}: `{fix}` is none of the words");
        rows.push(((control.clone(), file.to_owned(), line), fix.clone()));
    }
    rows
}

fn copy(from: &Path, to: &str, place: &Place) {
    for entry in fs::read_dir(from).expect("the example can be listed") {
        let path = entry.expect("the example can be listed").path();
        let name = format!("{to}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            copy(&path, &name, place);
        } else {
            place.write(&name, fs::read(&path).expect("a file of the example can be read"));
        }
    }
}

/// The findings of a run in a copy of the example.
fn findings(place: &Place, arguments: &[&str]) -> BTreeSet<Row> {
    let output = place.palisade("", arguments).output().expect("the program runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    let verdicts = report["verdicts"].as_array().expect("a report has verdicts");
    verdicts
        .iter()
        .filter(|verdict| verdict["verdict"] == "fail")
        .map(|verdict| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let file = text(&verdict["origin"]["file"]);
            let line = verdict["origin"]["line"].as_u64().expect("a line");
            (text(&verdict["control"]), file.trim_start_matches("shop/").to_owned(), line)
        })
        .collect()
}

#[test]
fn the_example_shows_every_fault_of_its_table_and_no_other() {
    let place = Place::new();
    copy(&example(), "shop", &place);
    let promised: BTreeSet<Row> = table().into_iter().map(|(row, _)| row).collect();
    assert!(promised.len() > 20, "the table has gone: {promised:?}");
    assert_eq!(findings(&place, &["check", "shop", "--format", "json"]), promised);
}

#[test]
fn fix_mends_what_the_table_says_and_nothing_else() {
    // Lines move when lines are added, so what is left is compared without them.
    let without = |rows: BTreeSet<Row>| -> BTreeSet<(String, String)> {
        rows.into_iter().map(|(control, file, _)| (control, file)).collect()
    };
    let left = |mended: &[&str]| -> BTreeSet<Row> {
        table().into_iter().filter(|(_, fix)| !mended.contains(&&**fix)).map(|(row, _)| row).collect()
    };
    for (arguments, mended) in
        [(&["--fix"][..], &["yes"][..]), (&["--fix", "--unsafe-fixes"], &["yes", "unsafe"])]
    {
        let place = Place::new();
        copy(&example(), "shop", &place);
        let arguments = [&["check", "shop", "--format", "json"], arguments].concat();
        assert_eq!(without(findings(&place, &arguments)), without(left(mended)), "{arguments:?}");
    }
    assert!(2 * left(&["yes", "unsafe"]).len() <= table().len(), "less than half of the table is mended");
}
