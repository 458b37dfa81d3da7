//! A file of exceptions.

use control::exception::Exception;

use crate::check;

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parsed = Exception::parse("exceptions.yaml", &text);
    assert_eq!(
        parsed,
        Exception::parse("exceptions.yaml", &text),
        "read twice, a file gives other exceptions"
    );
    match parsed {
        Ok(exceptions) => {
            for exception in &exceptions {
                for (key, said) in [("reason", &exception.reason), ("owner", &exception.owner)] {
                    // A key with nothing behind it is null, which the parser spells `~`.
                    let empty = said.trim().is_empty() || &**said == "~";
                    assert!(!empty, "an exception is taken although its `{key}` is empty");
                }
                let _ = exception.covers(
                    "s3-bucket-public-read",
                    "Network/LegacyLogs",
                    Some("stacks/legacy.yaml"),
                );
                let _ = exception.covers("", "", None);
            }
        }
        Err(faults) => check::faults(&faults, &text),
    }
}
