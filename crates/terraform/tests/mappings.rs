//! Holds every mapping file to its own tests.

use terraform::mapping::{case, files};

#[test]
fn every_mapping_passes_its_own_tests() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in files() {
        match case::run(file.path, file.text) {
            Err(faults) => {
                wrong.extend(
                    faults.iter().map(|fault| format!("{}:{}: {}", fault.path, fault.line, fault.message)),
                );
            }
            Ok(outcomes) => {
                count += outcomes.len();
                for outcome in outcomes.iter().filter(|outcome| !outcome.faults.is_empty()) {
                    let faults = outcome.faults.join("\n    ");
                    wrong.push(format!("{}:{}: {}\n    {faults}", file.path, outcome.line, outcome.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 0, "no test was found");
}
