//! Input that is made to exhaust a reader ends at a limit, which is told; what else is there is judged.
//!
//! Nothing here looks at the clock: read to the end, each of these would take hours or all memory.

use std::fs::File;

use super::support::{PLAIN, Place, Ran, databases};

/// A folder with a template that fails, beside whatever else is written.
fn place() -> Place {
    Place::with(&[("Plain", PLAIN)])
}

/// Asserts that the run is incomplete for one reason, and that the other template was judged.
#[track_caller]
fn ends_at(ran: Ran, code: &str, file: &str) {
    let ran = ran.exits(3);
    let said = ran.said();
    assert!(said.len() == 1 && said[0].starts_with(&format!("error {code} {file}:")), "{said:?}");
    assert!(ran.told().contains(&"fail Plain t.yaml:2".to_owned()), "{:?}", ran.told());
}

/// How deep the texts below are nested.
const LEVELS: usize = 100_000;

/// The bytes of a file that takes no room on the disk.
const SPARSE: u64 = 1 << 30;

fn nested(open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(LEVELS), close.repeat(LEVELS))
}

#[test]
fn a_file_over_the_size_limit_is_not_read() {
    let place = place();
    let file = File::create(place.at("big.yaml")).expect("a file can be made");
    file.set_len(SPARSE).expect("a sparse file can be made");
    for path in [".", "big.yaml"] {
        let ran = place.judge(&[path, "t.yaml", "--verbose"]).exits(3);
        let said = ran.said();
        assert!(said.len() == 1 && said[0].contains(" big.yaml:"), "{said:?}");
        let message = ran.json()["errors"][0]["message"].to_string();
        assert!(message.contains("64 MiB"), "the message names the limit: {message}");
    }
}

#[test]
fn a_file_over_the_size_limit_has_the_code_that_explains_it() {
    let place = place();
    let file = File::create(place.at("big.yaml")).expect("a file can be made");
    file.set_len(SPARSE).expect("a sparse file can be made");
    ends_at(place.judge(&["."]), "too-big", "big.yaml");
}

#[test]
fn deep_json_ends_at_a_limit() {
    let place = place();
    let properties = nested("{\"a\":", "1", "}");
    let text = format!(
        "{{\"Resources\":{{\"Deep\":{{\"Type\":\"AWS::S3::Bucket\",\"Properties\":{properties}}}}}}}"
    );
    place.write("deep.json", text);
    ends_at(place.judge(&["."]), "too-deep", "deep.json");
    place.write("deep.json", nested("[", "", "]"));
    // By itself it is no template, but it was named.
    place.check(&["deep.json"]).exits(3);
}

#[test]
fn deep_yaml_ends_at_a_limit() {
    let place = place();
    // Each line is deeper than the last; as many levels as the others have would make a text of gigabytes.
    let line = |level: usize| format!("{:level$}      a:\n", "");
    let block: String = (0..3_000).map(line).collect();
    let head = "Resources:\n  Deep:\n    Type: AWS::S3::Bucket\n    Properties:\n";
    place.write("deep.yaml", format!("{head}{block}"));
    ends_at(place.judge(&["."]), "too-deep", "deep.yaml");
}

#[test]
fn deep_yaml_in_brackets_ends_at_the_same_limit() {
    let place = place();
    let head = "Resources:\n  Deep:\n    Type: AWS::S3::Bucket\n    Properties:\n";
    place.write("deep.yaml", format!("{head}      Tags: {}\n", nested("[", "", "]")));
    ends_at(place.judge(&["."]), "too-deep", "deep.yaml");
}

#[test]
fn an_alias_bomb_ends_at_a_limit() {
    let place = place();
    // Each level holds the one before nine times: 9^12 values.
    let level = |level: usize| {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("  a{level}: &a{level} [{aliases}]\n")
    };
    let levels: String = (1..12).map(level).collect();
    let template = databases(&[("Bomb", PLAIN)]);
    let metadata = format!("Metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n{levels}");
    for (text, line) in [(format!("{template}{metadata}"), 2), (format!("{metadata}{template}"), 15)] {
        place.write("bomb.yaml", text);
        ends_at(place.judge(&["."]), "alias-bomb", "bomb.yaml");
        let told = place.judge(&["."]).told();
        assert!(
            told.contains(&format!("fail Bomb bomb.yaml:{line}")),
            "what is beside it is judged: {told:?}"
        );
    }
}

#[test]
fn a_template_that_includes_itself_ends() {
    let place = place();
    let stack = "Resources:\n  Again:\n    Type: AWS::CloudFormation::Stack\n    Properties: { TemplateURL: ./FILE }\n";
    place.write("self.yaml", stack.replace("FILE", "self.yaml"));
    place.write("one.yaml", stack.replace("FILE", "two.yaml"));
    place.write("two.yaml", stack.replace("FILE", "one.yaml"));
    for path in ["self.yaml", "one.yaml", "."] {
        let ran = place.judge(&[path]).exits(3);
        assert!(ran.said().iter().all(|said| said.starts_with("error nested-stack ")), "{:?}", ran.said());
    }
}

#[test]
fn files_of_ones_own_have_limits_too() {
    let place = place();
    for (path, arguments) in [
        ("palisade.yaml", ["check", "t.yaml", "--all"]),
        ("own.yaml", ["test", "own.yaml", "--verbose"]),
        ("e.yaml", ["check", "t.yaml", "--exceptions=e.yaml"]),
    ] {
        for text in [nested("[", "", "]"), nested("a: {", "", "}"), "a: &a [*a]\n".to_owned()] {
            place.write(path, text);
            let ran = place.run(&arguments).exits(2);
            assert!(ran.err.contains(path), "{}", ran.err);
        }
        let file = File::create(place.at(path)).expect("a file can be made");
        file.set_len(SPARSE).expect("a sparse file can be made");
        place.run(&arguments).refuses(&[path, "larger than"]);
        std::fs::remove_file(place.at(path)).expect("a file can be removed");
    }
}
