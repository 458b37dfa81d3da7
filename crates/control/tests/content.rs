//! The content that ships: every control compiles, passes its own tests, and has all four kinds of them.

use std::sync::Arc;

use control::case::{self, Outcomes};
use control::file::Fault;
use control::{builtin, judge::Judge};

fn tell(faults: &[Fault]) -> String {
    let one = |fault: &Fault| {
        let hint = fault.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}:{}:{}: {}{hint}", fault.path, fault.span.line, fault.span.column, fault.message)
    };
    faults.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_control_passes_its_own_tests() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for entry in builtin::controls() {
        let control = match entry.parse_whole() {
            Ok(control) => Arc::new(control),
            Err(faults) => {
                wrong.push(tell(&faults));
                continue;
            }
        };
        let mut broken = false;
        for type_name in &control.types {
            if let Err(faults) =
                Judge::compile(&control, type_name, entry.text, &std::collections::HashMap::new())
            {
                wrong.push(tell(&faults));
                broken = true;
            }
        }
        let cases = match case::parse(&control) {
            Ok(cases) => cases,
            Err(faults) => {
                wrong.push(tell(&faults));
                continue;
            }
        };
        for missing in case::missing(&cases) {
            wrong.push(format!("{}: no test is a {missing}", entry.path));
        }
        for case in cases.iter().filter(|_| !broken) {
            ran += 1;
            match case.run(&control, entry.text, terraform::text) {
                Ok(Outcomes::Passed) => {}
                Ok(Outcomes::Failed(why)) => {
                    wrong.push(format!("{}:{}: {}: {why}", entry.path, case.span.line, case.name));
                }
                Err(faults) => wrong.push(tell(&faults)),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {ran} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(ran > 400, "only {ran} tests ran");
}
