//! A framework file.

use control::framework::Framework;

use crate::check;

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parsed = Framework::parse("framework.yaml", &text);
    let again = Framework::parse("framework.yaml", &text);
    assert_eq!(format!("{parsed:?}"), format!("{again:?}"), "read twice, a file gives another framework");
    if let Err(faults) = parsed {
        check::faults(&faults, &text);
    }
}
