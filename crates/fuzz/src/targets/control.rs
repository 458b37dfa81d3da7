//! A control file: read, compiled for each of its types, and put to its own tests.

use std::collections::HashMap;
use std::sync::Arc;

use control::case;
use control::file::Control;
use control::judge::Judge;

use crate::check;

const PATH: &str = "control.yaml";

/// Types that a control is compiled for. Each costs as much as the one before.
const TYPES_MAX: usize = 4;

/// Tests of a control that are run.
const CASES_MAX: usize = 8;

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parsed = Control::parse(PATH, &text);
    let again = Control::parse(PATH, &text);
    assert_eq!(format!("{parsed:?}"), format!("{again:?}"), "read twice, a file gives another control");
    let control = match parsed {
        Ok(control) => Arc::new(control),
        Err(faults) => return check::faults(&faults, &text),
    };
    assert!(
        !control.id.is_empty() && !control.types.is_empty(),
        "a control without an id or a type is taken"
    );
    let mut compiles = true;
    for type_name in control.types.iter().take(TYPES_MAX) {
        if let Err(faults) = Judge::compile(&control, type_name, &text, &HashMap::new()) {
            check::faults(&faults, &text);
            compiles = false;
        }
    }
    match case::parse(&control) {
        Err(faults) => check::faults(&faults, &text),
        Ok(cases) if compiles => {
            for case in cases.iter().take(CASES_MAX) {
                let outcome = case.run(&control, &text, terraform::text);
                assert_eq!(
                    outcome,
                    case.run(&control, &text, terraform::text),
                    "run twice, test `{}` ends otherwise",
                    case.name
                );
                if let Err(faults) = outcome {
                    check::faults(&faults, &text);
                }
            }
        }
        Ok(_) => {}
    }
}
