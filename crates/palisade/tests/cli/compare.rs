//! What is new: since a commit, and against a baseline.

use super::support::{GOOD, PLAIN, Place, Ran, databases};

const NONE: [&str; 0] = [];

/// A repository with a finding in `infra/old.yaml`, committed.
fn repository() -> Place {
    let place = Place::new();
    place.write("infra/old.yaml", databases(&[("Old", PLAIN), ("Good", GOOD)]));
    place.write("infra/deep/other.yaml", databases(&[("Old", PLAIN)]));
    place.commit();
    place
}

/// `infra/old.yaml` with its resources moved down and in another order.
fn moved() -> String {
    format!("# a remark\n\n{}", databases(&[("Good", GOOD), ("Old", PLAIN)]))
}

/// A file that nests another, and a template that a user keeps under a name of its own.
const PARENT: &str = "\
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: ./parts/child.yaml }
";

/// A database whose encryption hangs on a parameter.
const UNDECIDED: &str = "\
Parameters:
  Encrypt: { Type: String }
Resources:
  Base:
    Type: AWS::RDS::DBInstance
    Properties: { StorageEncrypted: !Ref Encrypt }
";

#[track_caller]
fn nothing_new(ran: Ran, waived: u64) {
    let ran = ran.exits(0);
    assert_eq!(ran.told(), NONE);
    assert_eq!((ran.count("fail"), ran.count("waived")), (0, waived));
}

#[test]
fn since_a_commit_only_what_is_new_is_told() {
    let place = repository();
    place.write("infra/old.yaml", databases(&[("New", PLAIN), ("Old", PLAIN), ("Good", PLAIN)]));
    place.write("infra/untracked.yaml", databases(&[("Old", PLAIN)]));
    for path in [".", "infra"] {
        let ran = place.judge(&[path, "--since", "HEAD"]).exits(1);
        let new =
            ["fail New infra/old.yaml:2", "fail Good infra/old.yaml:8", "fail Old infra/untracked.yaml:2"];
        assert_eq!(ran.told(), new);
        assert_eq!((ran.count("fail"), ran.count("waived")), (3, 2));
    }
    let ran = place.judge(&["infra/untracked.yaml", "--since", "HEAD"]).exits(1);
    assert_eq!(ran.told(), ["fail Old infra/untracked.yaml:2"]);
    // Once it is committed, it is no longer new.
    place.commit();
    nothing_new(place.judge(&[".", "--since", "HEAD"]), 5);
    place.judge(&[".", "--since", "HEAD~1"]).exits(1);
}

#[test]
fn since_a_commit_moved_lines_are_nothing_new_however_the_path_is_given() {
    let place = repository();
    place.write("infra/old.yaml", moved());
    let (folder, file) = (place.at("infra"), place.at("infra/old.yaml"));
    let root = place.at("");
    for path in [".", "./", "infra", "infra/", "./infra", "infra/../infra", &folder, &root] {
        nothing_new(place.judge(&[path, "--since", "HEAD"]), 2);
    }
    for path in ["infra/old.yaml", "./infra/old.yaml", "infra/deep/../old.yaml", &file] {
        nothing_new(place.judge(&[path, "--since", "HEAD"]), 1);
    }
    for (path, waived) in [(".", 2), ("..", 2), ("old.yaml", 1), ("./old.yaml", 1), ("deep", 1)] {
        nothing_new(place.judge_in("infra", &[path, "--since", "HEAD"]), waived);
    }
    nothing_new(place.judge(&["infra/old.yaml", "infra/deep", "--since", "HEAD"]), 2);
}

#[test]
fn since_a_commit_names_that_are_hard_to_quote_are_found() {
    let place = Place::new();
    let names = ["a b.yaml", "quote\"d.yaml", "größe.yaml", "-dash.yaml", ".hidden/x.yaml"];
    for name in names {
        place.write(name, databases(&[("Old", PLAIN)]));
    }
    place.commit();
    nothing_new(place.judge(&[".", "--since", "HEAD"]), names.len() as u64);
}

#[test]
fn since_a_commit_settings_and_ignored_files_count_the_same() {
    let place = repository();
    place.write(".gitignore", "build/\n");
    place.write("build/made.yaml", databases(&[("Made", PLAIN)]));
    place.write("palisade.yaml", "exclude: ['infra/deep/*']\n");
    nothing_new(place.judge(&[".", "--since", "HEAD"]), 1);
}

#[test]
fn since_a_commit_a_nested_stack_is_looked_up_there_too() {
    let place = Place::new();
    place.write("parent.yaml", PARENT);
    place.write("parts/child.yaml", databases(&[("Old", PLAIN)]));
    place.commit();
    nothing_new(place.judge(&[".", "--since", "HEAD"]), 1);
    // The nested template lies outside the path that is given.
    nothing_new(place.judge(&["parent.yaml", "--since", "HEAD"]), 1);
}

#[test]
fn since_a_commit_a_named_file_may_have_any_name() {
    let place = Place::new();
    place.write("stack.tpl", databases(&[("Old", PLAIN)]));
    place.commit();
    nothing_new(place.judge(&["stack.tpl", "--since", "HEAD"]), 1);
}

#[test]
fn a_revision_that_is_none_is_a_mistake() {
    let place = repository();
    place.run(&["check", ".", "--since", "nope"]).refuses(&["`nope`"]);
    place.run(&["check", ".", "--since=--output=x"]).refuses(&["`--output=x` is no revision"]);
    assert!(!place.has("x"));
    // Without a repository there is nothing to compare with.
    Place::with(&[("Plain", PLAIN)])
        .run(&["check", ".", "--since", "HEAD"])
        .refuses(&["`HEAD`", "repository"]);
}

#[test]
fn a_baseline_leaves_only_what_is_new() {
    let place = Place::with(&[("Base", PLAIN), ("Good", GOOD)]);
    let ran = place.judge(&[".", "--write-baseline", "baseline.json"]).exits(0);
    assert_eq!((ran.told(), ran.count("waived")), (Vec::new(), 1));
    assert!(ran.err.contains("`baseline.json`"), "{}", ran.err);
    let against = |path: &str| place.judge(&[path, "--baseline", "baseline.json"]);
    nothing_new(against("."), 1);

    // Moving lines changes nothing.
    place.write("t.yaml", format!("# a remark\n\n{}", databases(&[("Good", GOOD), ("Base", PLAIN)])));
    nothing_new(against("."), 1);

    // Another resource is new, and so is the same one in another file.
    place.write("t.yaml", databases(&[("Good", PLAIN), ("Base", PLAIN)]));
    place.write("copy.yaml", databases(&[("Base", PLAIN)]));
    let ran = against(".").exits(1);
    assert_eq!(ran.told(), ["fail Base copy.yaml:2", "fail Good t.yaml:2"]);
    assert_eq!((ran.count("fail"), ran.count("waived")), (2, 1));

    // With `--all` the old finding is told, and why it does not count.
    let report = place.judge(&["t.yaml", "--baseline", "baseline.json", "--all"]).exits(1).json();
    assert_eq!(report["verdicts"][1]["waiver"]["kind"], "baseline");
    assert_eq!(report["verdicts"][0]["waiver"], serde_json::Value::Null);

    // What is mended is no longer looked for.
    place.write("t.yaml", databases(&[("Good", GOOD), ("Base", GOOD)]));
    nothing_new(against("t.yaml"), 0);
}

#[test]
fn a_baseline_is_the_same_twice_and_taken_from_the_settings() {
    let place = Place::with(&[("Base", PLAIN)]);
    place.write("a.yaml", databases(&[("B", PLAIN), ("A", PLAIN)]));
    place.judge(&[".", "--write-baseline", "one.json"]).exits(0);
    place.judge(&[".", "--write-baseline", "two.json", "--threads", "3"]).exits(0);
    assert_eq!(place.read("one.json"), place.read("two.json"));
    place.write("palisade.yaml", "baseline: one.json\n");
    nothing_new(place.judge(&["."]), 3);
    // Writing it anew keeps what it held.
    place.judge(&[".", "--write-baseline", "one.json"]).exits(0);
    assert_eq!(place.read("one.json"), place.read("two.json"));
}

#[test]
fn a_baseline_that_is_none_is_a_mistake() {
    let place = Place::with(&[("Base", PLAIN)]);
    place.write("no.json", "{");
    place.write("other.json", "{\"findings\": []}");
    place.write("later.json", "{\"format\": \"palisade-baseline\", \"version\": 99, \"findings\": []}");
    for (file, text) in [("no.json", "no JSON"), ("other.json", "no baseline"), ("later.json", "version 99")]
    {
        let named = format!("`{file}`");
        place.run(&["check", ".", "--baseline", file]).refuses(&[&named, text]);
    }
}

#[test]
fn a_doubt_that_has_become_a_failure_is_new() {
    // Otherwise an unknown verdict in a baseline would hide every failure that it may turn into.
    let place = Place::new();
    place.write("t.yaml", UNDECIDED);
    place.commit();
    place.judge(&["t.yaml", "--write-baseline", "baseline.json"]).exits(0);
    nothing_new(place.judge(&["t.yaml", "--baseline", "baseline.json"]), 1);
    place.write("t.yaml", UNDECIDED.replace("!Ref Encrypt", "false"));
    for new in [["--baseline", "baseline.json"], ["--since", "HEAD"]] {
        let ran = place.judge(&["t.yaml", new[0], new[1]]).exits(1);
        assert_eq!(ran.told(), ["fail Base t.yaml:6"]);
    }
}
