//! A file of exceptions.

use control::exception::Exception;

use crate::check;

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parsed = Exception::parse("exceptions.yaml", &text);
    assert_eq!(parsed, Exception::parse("exceptions.yaml", &text), "read twice, a file gives other exceptions");
    match parsed {
        Ok(exceptions) => {
            for exception in &exceptions {
                assert!(!exception.reason.trim().is_empty(), "an exception without a reason is taken");
                assert!(!exception.owner.trim().is_empty(), "an exception without an owner is taken");
                let _ = exception.covers("s3-bucket-public-read", "Network/LegacyLogs", Some("stacks/legacy.yaml"));
                let _ = exception.covers("", "", None);
            }
        }
        Err(faults) => check::faults(&faults, &text),
    }
}
