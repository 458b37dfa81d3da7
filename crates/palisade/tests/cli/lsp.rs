//! The language server, spoken to as an editor does: framed messages over its standard input and output.

// Values made by `json!` where they are handed in read better than references to them.
#![allow(clippy::needless_pass_by_value)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::support::{CONTROL, Place, list};

/// A template whose database [`CONTROL`] fails, at the name on the line 2 (counted from 0).
const TEMPLATE: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Plain:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: postgres }
";

/// An editor with a session open.
struct Editor {
    program: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    place: Place,
    asked: i64,
    /// Notifications that were read while something else was waited for.
    told: Vec<Value>,
}

impl Editor {
    /// A server in a folder that has settings with [`CONTROL`] alone, and is told of nothing yet.
    fn start() -> Editor {
        let place = Place::new();
        place.write("palisade.yaml", "");
        place.write("controls/own.yaml", CONTROL);
        let mut command = place.palisade("", &["lsp", "--stdio"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut program = command.spawn().expect("the program can be run");
        let input = program.stdin.take();
        let output = BufReader::new(program.stdout.take().expect("it is piped"));
        Editor { program, input, output, place, asked: 0, told: Vec::new() }
    }

    /// A session with a folder open.
    fn open(encodings: &Value) -> Editor {
        Editor::open_with(json!({ "general": { "positionEncodings": encodings } }))
    }

    /// A session with a folder open, of an editor that can do some things.
    fn open_with(capabilities: Value) -> Editor {
        let mut editor = Editor::start();
        let folder = editor.uri("");
        let params = json!({
            "processId": null,
            "rootUri": folder,
            "workspaceFolders": [{ "uri": folder, "name": "work" }],
            "capabilities": capabilities,
        });
        let answer = editor.ask("initialize", params);
        assert_eq!(answer["result"]["serverInfo"]["name"], "palisade", "{answer}");
        editor.tell("initialized", json!({}));
        editor
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}", self.place.at(path).trim_end_matches('/'))
    }

    fn send(&mut self, body: &str) {
        let input = self.input.as_mut().expect("the session is open");
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("the server reads");
        input.flush().expect("the server reads");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string());
    }

    /// The next message.
    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("headers are text") > 0, "the server has gone");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length is a number"),
                _ if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("the body is whole");
        serde_json::from_slice(&body).expect("the body is JSON")
    }

    /// The answer to a request.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
        loop {
            let message = self.read();
            if message["id"] == id {
                return message;
            }
            self.told.push(message);
        }
    }

    /// What is published next for a file.
    fn published(&mut self, path: &str) -> Value {
        let uri = self.uri(path);
        let fits = |message: &Value| {
            message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
        };
        if let Some(at) = self.told.iter().position(fits) {
            return self.told.remove(at)["params"].take();
        }
        loop {
            let mut message = self.read();
            if fits(&message) {
                return message["params"].take();
            }
            self.told.push(message);
        }
    }

    fn open_file(&mut self, path: &str, text: &str) {
        let document = json!({ "uri": self.uri(path), "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, path: &str, version: i64, changes: Value) {
        let document = json!({ "uri": self.uri(path), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    /// What can be done at a range, with a context beside the diagnostics.
    fn actions(&mut self, path: &str, range: Value, mut context: Value) -> Vec<Value> {
        context["diagnostics"] = json!([]);
        let params = json!({ "textDocument": { "uri": self.uri(path) }, "range": range, "context": context });
        let mut answer = self.ask("textDocument/codeAction", params);
        match answer["result"].take() {
            Value::Array(actions) => actions,
            other => panic!("no list: {other} in {answer}"),
        }
    }

    fn at(&self, path: &str, line: u64, character: u64) -> Value {
        let position = json!({ "line": line, "character": character });
        json!({ "textDocument": { "uri": self.uri(path) }, "position": position })
    }

    /// Ends the session as the protocol says.
    fn close(mut self) {
        let answer = self.ask("shutdown", Value::Null);
        assert_eq!(answer["result"], Value::Null, "{answer}");
        let refused = self.ask("textDocument/hover", self.at("t.yaml", 0, 0));
        assert_eq!(refused["error"]["code"], -32600, "{refused}");
        self.tell("exit", Value::Null);
        self.input = None;
        assert!(self.program.wait().expect("it ends").success());
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // A test that failed leaves no server behind; one that has ended does not mind.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The diagnostics of our own control.
fn own(published: &Value) -> Vec<&Value> {
    list(&published["diagnostics"]).iter().filter(|told| told["code"] == "own-database-plain").collect()
}

fn range(line: u64, start: u64, end: u64) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

#[test]
fn a_fault_is_told_explained_and_gone_once_it_is_mended() {
    let mut editor = Editor::open(&json!(["utf-16"]));
    editor.open_file("t.yaml", TEMPLATE);
    let published = editor.published("t.yaml");
    assert_eq!(published["version"], 1);
    let found = own(&published);
    assert_eq!(found.len(), 1, "{published}");
    let told = found[0];
    assert_eq!(told["range"], range(2, 2, 7), "{told}");
    assert_eq!((&told["severity"], &told["source"]), (&json!(2), &json!("palisade")), "{told}");
    assert_eq!(told["message"], "storage of `Plain` is not encrypted");
    assert!(told.get("relatedInformation").is_none() && told.get("codeDescription").is_none(), "{told}");

    // The pages of all that is told there; nothing elsewhere.
    let hover = editor.ask("textDocument/hover", editor.at("t.yaml", 2, 4));
    let page = hover["result"]["contents"]["value"].as_str().unwrap_or_default().to_owned();
    assert_eq!(hover["result"]["contents"]["kind"], "markdown");
    for part in ["### Databases are encrypted", "severity **medium**", "**Fix.** Set `StorageEncrypted`."] {
        assert!(page.contains(part), "no {part:?} in {page}");
    }
    assert!(
        page.contains("```yaml\n") && page.contains("**Frameworks**") && page.contains("**References**"),
        "{page}"
    );
    let nothing = editor.ask("textDocument/hover", editor.at("t.yaml", 3, 10));
    assert_eq!(nothing["result"], Value::Null, "{nothing}");

    let text = TEMPLATE.replace("Engine: postgres", "StorageEncrypted: true");
    editor.change("t.yaml", 2, json!([{ "text": text }]));
    let published = editor.published("t.yaml");
    assert_eq!((published["version"].clone(), own(&published).len()), (json!(2), 0), "{published}");

    // A file that is closed has nothing told of it any more.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": editor.uri("t.yaml") } }));
    let published = editor.published("t.yaml");
    assert_eq!(published["diagnostics"], json!([]), "{published}");
    editor.close();
}

#[test]
fn a_comment_switches_a_control_off() {
    let mut editor = Editor::open(&Value::Null);
    editor.open_file("t.yaml", TEMPLATE);
    editor.published("t.yaml");
    let params = json!({
        "textDocument": { "uri": editor.uri("t.yaml") },
        "range": range(2, 3, 3),
        "context": { "diagnostics": [] },
    });
    let answer = editor.ask("textDocument/codeAction", params.clone());
    let actions = list(&answer["result"]);
    let action = actions.iter().find(|action| action["title"] == "Suppress own-database-plain here");
    let action = action.unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(action["kind"], "quickfix");
    let edit = &action["edit"]["changes"][editor.uri("t.yaml")];
    let inserted =
        json!([{ "range": range(2, 0, 0), "newText": "  # palisade:ignore own-database-plain \n" }]);
    assert_eq!(*edit, inserted, "{action}");

    // The edit alone gives no reason, and is told to be void; with one the finding is gone.
    editor.change("t.yaml", 2, json!([{ "range": range(2, 0, 0), "text": edit[0]["newText"] }]));
    let published = editor.published("t.yaml");
    assert_eq!(own(&published).len(), 1, "{published}");
    let void = |published: &Value| {
        list(&published["diagnostics"]).iter().filter(|told| told["code"] == "suppression-void").count()
    };
    assert_eq!(void(&published), 1, "{published}");
    editor.change("t.yaml", 3, json!([{ "range": range(2, 39, 39), "text": "thrown away each night" }]));
    let published = editor.published("t.yaml");
    assert_eq!((own(&published).len(), void(&published)), (0, 0), "{published}");

    // Other kinds of action are not ours.
    let mut refactor = params;
    refactor["context"]["only"] = json!(["refactor"]);
    assert_eq!(editor.ask("textDocument/codeAction", refactor)["result"], json!([]));
    // JSON has no comments.
    let template = json!({ "Resources": { "Plain": { "Type": "AWS::RDS::DBInstance" } } });
    editor.open_file("t.json", &template.to_string());
    let published = editor.published("t.json");
    assert_eq!(own(&published).len(), 1, "{published}");
    let params = json!({
        "textDocument": { "uri": editor.uri("t.json") },
        "range": range(0, 0, 80),
        "context": { "diagnostics": [], "only": ["quickfix"] },
    });
    let answer = editor.ask("textDocument/codeAction", params);
    let is_comment =
        |action: &&Value| action["title"].as_str().is_some_and(|title| title.starts_with("Suppress"));
    assert_eq!(list(&answer["result"]).iter().filter(is_comment).count(), 0, "{answer}");
    editor.close();
}

#[test]
fn ids_are_completed_in_a_comment_and_nowhere_else() {
    let mut editor = Editor::open(&Value::Null);
    let text = TEMPLATE.replace("  Plain:", "  # palisade:ignore own-d\n  Plain: # palisade:ignore");
    editor.open_file("t.yaml", &text);
    let answer = editor.ask("textDocument/completion", editor.at("t.yaml", 2, 25));
    let items = list(&answer["result"]);
    let item = items.iter().find(|item| item["label"] == "own-database-plain");
    let item = item.unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(item["detail"], "Databases are encrypted");
    assert_eq!(item["textEdit"], json!({ "range": range(2, 20, 25), "newText": "own-database-plain " }));
    // Only those that judge the type of the resource.
    let labels: Vec<&str> = items.iter().filter_map(|item| item["label"].as_str()).collect();
    assert!(labels.iter().any(|label| label.starts_with("rds-instance-")), "{labels:?}");
    assert!(labels.iter().all(|label| !label.starts_with("s3-")), "{labels:?}");
    for (line, character) in [(2, 19), (3, 26), (4, 10), (99, 0)] {
        let answer = editor.ask("textDocument/completion", editor.at("t.yaml", line, character));
        assert_eq!(answer["result"], Value::Null, "{line}:{character}");
    }
    editor.close();
}

/// A control of databases with an edit that sets a property to true.
fn mended_by(id: &str, property: &str, risk: &str) -> String {
    let risk = if risk.is_empty() { String::new() } else { format!("      risk: {risk}\n") };
    let edit = format!("  edit:\n    - set: {property}\n      to: true\n{risk}tests:\n");
    CONTROL
        .replace("own-database-plain", id)
        .replace("StorageEncrypted", property)
        .replace("`.\ntests:\n", &format!("` to `true`. It costs nothing.\n{edit}"))
}

/// The edits that are offered for what a control tells.
fn fixes<'a>(actions: &'a [Value], control: &str) -> Vec<&'a Value> {
    let is_fix = |action: &&Value| action["title"].as_str().is_some_and(|title| title.starts_with("Fix: "));
    actions.iter().filter(is_fix).filter(|action| action["diagnostics"][0]["code"] == control).collect()
}

/// How often a control tells something.
fn count(published: &Value, control: &str) -> usize {
    list(&published["diagnostics"]).iter().filter(|told| told["code"] == control).count()
}

/// Edits as the changes that an editor tells of once it has made them: the last first, so that none moves another.
fn made(edits: &Value) -> Value {
    let change = |edit: &Value| json!({ "range": edit["range"], "text": edit["newText"] });
    list(edits).iter().rev().map(change).collect()
}

#[test]
fn an_edit_mends_what_is_told() {
    let mut editor = Editor::open(&Value::Null);
    editor.place.write("controls/tags.yaml", mended_by("own-database-tags", "CopyTagsToSnapshot", ""));
    editor.open_file("t.yaml", TEMPLATE);
    assert_eq!(count(&editor.published("t.yaml"), "own-database-tags"), 1);
    let actions = editor.actions("t.yaml", range(2, 3, 3), json!({}));
    let found = fixes(&actions, "own-database-tags");
    assert_eq!(found.len(), 1, "{actions:?}");
    assert_eq!(found[0]["title"], "Fix: Set `CopyTagsToSnapshot` to `true`");
    assert_eq!((&found[0]["kind"], &found[0]["isPreferred"]), (&json!("quickfix"), &json!(true)));
    let edit = &found[0]["edit"]["changes"];
    let expected = json!([{ "range": range(4, 34, 34), "newText": ", CopyTagsToSnapshot: true" }]);
    assert_eq!(edit[editor.uri("t.yaml")], expected, "{edit}");
    // It can still be switched off, and a control that names no edit has none.
    let titles: Vec<&Value> = actions.iter().map(|action| &action["title"]).collect();
    assert!(titles.contains(&&json!("Suppress own-database-tags here")), "{titles:?}");
    assert!(fixes(&actions, "own-database-plain").is_empty(), "{titles:?}");

    editor.change("t.yaml", 2, made(&edit[editor.uri("t.yaml")]));
    let published = editor.published("t.yaml");
    assert_eq!((count(&published, "own-database-tags"), own(&published).len()), (0, 1), "{published}");
    let actions = editor.actions("t.yaml", range(2, 3, 3), json!({}));
    assert!(fixes(&actions, "own-database-tags").is_empty(), "{actions:?}");
    editor.close();
}

#[test]
fn a_value_is_edited_where_it_is_given() {
    let main = "resource \"aws_db_instance\" \"plain\" {\n  copy_tags_to_snapshot = var.tags\n}\n";
    // Not saved: the disk knows of another line, and of no comment.
    let variables = "variable \"tags\" {\n  type = bool\n  /* 😀é */ default = false # ✓\n}\n";
    for (encoding, start) in [("utf-16", 22), ("utf-8", 25)] {
        let mut editor = Editor::open_with(json!({
            "general": { "positionEncodings": [encoding] },
            "workspace": { "workspaceEdit": { "documentChanges": true } },
        }));
        editor.place.write("controls/tags.yaml", mended_by("own-database-tags", "CopyTagsToSnapshot", ""));
        editor.place.write("main.tf", main);
        editor.place.write("variables.tf", "variable \"tags\" { default = false }\n");
        editor.open_file("main.tf", main);
        assert_eq!(count(&editor.published("main.tf"), "own-database-tags"), 1);
        editor.open_file("variables.tf", variables);
        editor.change("variables.tf", 7, json!([]));
        let actions = editor.actions("main.tf", range(1, 30, 30), json!({ "only": ["quickfix"] }));
        let found = fixes(&actions, "own-database-tags");
        assert_eq!(found.len(), 1, "{actions:?}");
        let expected = json!([{
            "textDocument": { "uri": editor.uri("variables.tf"), "version": 7 },
            "edits": [{ "range": range(2, start, start + 4), "newText": "tru" }],
        }]);
        let edit = &found[0]["edit"];
        assert_eq!((&edit["documentChanges"], edit.get("changes")), (&expected, None), "{encoding}");

        editor.change("variables.tf", 8, made(&expected[0]["edits"]));
        let published = editor.published("main.tf");
        assert_eq!(count(&published, "own-database-tags"), 0, "{encoding}: {published}");
        editor.close();
    }
}

#[test]
fn every_instance_of_a_module_is_mended_at_once() {
    let mut editor = Editor::open_with(json!({
        "workspace": { "workspaceEdit": { "documentChanges": true } },
    }));
    let module = "variable \"tags\" {}\nresource \"aws_db_instance\" \"plain\" {\n  \
                  copy_tags_to_snapshot = var.tags\n}\n";
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"./m\"\n  tags   = false\n}}\n");
    editor.place.write("controls/tags.yaml", mended_by("own-database-tags", "CopyTagsToSnapshot", ""));
    editor.place.write("main.tf", call("one") + &call("two"));
    editor.place.write("m/main.tf", module);
    editor.open_file("m/main.tf", module);
    assert!(count(&editor.published("m/main.tf"), "own-database-tags") > 0);
    let actions = editor.actions("m/main.tf", range(2, 30, 30), json!({}));
    let found = fixes(&actions, "own-database-tags");
    assert_eq!(found.len(), 1, "{actions:?}");
    // The code that calls it is not open.
    let edit = |line| json!({ "range": range(line, 11, 15), "newText": "tru" });
    let expected = json!([{
        "textDocument": { "uri": editor.uri("main.tf"), "version": null },
        "edits": [edit(2), edit(6)],
    }]);
    assert_eq!(found[0]["edit"]["documentChanges"], expected);
    editor.close();
}

#[test]
fn an_edit_that_costs_something_says_so_and_is_not_preferred() {
    let mut editor = Editor::open(&Value::Null);
    editor.place.write("controls/crypt.yaml", mended_by("own-database-crypt", "StorageEncrypted", ""));
    let keep = mended_by("own-database-keep", "DeletionProtection", "nobody can delete it any more");
    editor.place.write("controls/keep.yaml", keep);
    editor.open_file("t.yaml", TEMPLATE);
    assert_eq!(count(&editor.published("t.yaml"), "own-database-keep"), 1);
    let actions = editor.actions("t.yaml", range(2, 3, 3), json!({}));
    for (control, property, risk) in [
        (
            "own-database-crypt",
            "StorageEncrypted",
            "changing `StorageEncrypted` replaces the resource, or may",
        ),
        ("own-database-keep", "DeletionProtection", "nobody can delete it any more"),
    ] {
        let found = fixes(&actions, control);
        assert_eq!(found.len(), 1, "{actions:?}");
        assert_eq!(found[0]["title"], format!("Fix: Set `{property}` to `true` (unsafe: {risk})"));
        assert_eq!(found[0].get("isPreferred"), None, "{}", found[0]);
        let text = &found[0]["edit"]["changes"][editor.uri("t.yaml")][0]["newText"];
        assert_eq!(*text, format!(", {property}: true"));
    }
    // What is done for a whole file is safe.
    for action in editor.actions("t.yaml", range(0, 0, 0), json!({ "only": ["source.fixAll"] })) {
        let edits = action["edit"]["changes"].to_string();
        assert!(!edits.contains("StorageEncrypted"), "{edits}");
    }
    editor.close();
}

#[test]
fn an_edit_that_cannot_be_made_is_not_offered() {
    let mut editor = Editor::open(&Value::Null);
    editor.place.write("controls/tags.yaml", mended_by("own-database-tags", "CopyTagsToSnapshot", ""));
    let text = "Conditions: { Never: !Equals [a, b] }\nResources:\n  Plain:\n    Type: AWS::RDS::DBInstance\n    \
                Properties: { CopyTagsToSnapshot: !If [Never, true, false] }\n";
    editor.open_file("t.yaml", text);
    assert_eq!(count(&editor.published("t.yaml"), "own-database-tags"), 1);
    let actions = editor.actions("t.yaml", range(4, 58, 58), json!({}));
    assert!(fixes(&actions, "own-database-tags").is_empty(), "{actions:?}");
    let suppression = json!("Suppress own-database-tags here");
    assert!(actions.iter().any(|action| action["title"] == suppression), "{actions:?}");
    // Nor is it where the finding cannot be decided.
    let text = "Parameters: { Tags: { Type: String } }\nResources:\n  Plain:\n    Type: AWS::RDS::DBInstance\n    \
                Properties: { CopyTagsToSnapshot: !Ref Tags }\n";
    editor.open_file("u.yaml", text);
    assert_eq!(count(&editor.published("u.yaml"), "own-database-tags"), 1);
    let actions = editor.actions("u.yaml", range(4, 0, 80), json!({}));
    assert!(fixes(&actions, "own-database-tags").is_empty(), "{actions:?}");
    editor.close();
}

#[test]
fn all_safe_edits_of_a_file_are_made_at_once() {
    let mut editor = Editor::open(&Value::Null);
    editor.place.write("controls/tags.yaml", mended_by("own-database-tags", "CopyTagsToSnapshot", ""));
    let second = "  # é\n  Second:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      \
                  CopyTagsToSnapshot: false # 😀\n";
    let text = format!("{TEMPLATE}{second}");
    editor.open_file("t.yaml", &text);
    assert_eq!(count(&editor.published("t.yaml"), "own-database-tags"), 2);
    let all = |editor: &mut Editor, context: Value| -> Vec<Value> {
        let actions = editor.actions("t.yaml", range(0, 0, 0), context);
        actions.into_iter().filter(|action| action["kind"] == "source.fixAll.palisade").collect()
    };
    for none in [json!({ "only": ["quickfix", "source.organizeImports"] }), json!({ "triggerKind": 2 })] {
        assert!(all(&mut editor, none.clone()).is_empty(), "{none}");
    }
    assert_eq!(all(&mut editor, json!({ "triggerKind": 1 })).len(), 1);
    let found = all(&mut editor, json!({ "only": ["source.fixAll"] }));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].get("isPreferred"), None);
    let edits = &found[0]["edit"]["changes"][editor.uri("t.yaml")];
    assert!(list(edits).len() > 1, "{edits}");
    editor.change("t.yaml", 2, made(edits));
    let published = editor.published("t.yaml");
    assert_eq!((count(&published, "own-database-tags"), own(&published).len()), (0, 2), "{published}");
    assert!(all(&mut editor, json!({ "only": ["source"] })).is_empty());
    editor.close();
}

/// A fault in a module, behind an emoji on its line, and the code that calls the module.
const MODULE: &str = "/* 😀 */ resource \"aws_db_instance\" \"plain\" {\n  engine = \"postgres\"\n}\n";
const CALLER: &str = "module \"data\" {\n  source = \"./modules/data\"\n}\n";

#[test]
fn a_fault_in_a_module_is_told_there_and_names_its_caller() {
    for (encoding, start) in [("utf-16", 9), ("utf-8", 11)] {
        let mut editor = Editor::open(&json!([encoding]));
        editor.place.write("main.tf", CALLER);
        editor.place.write("modules/data/main.tf", MODULE);
        // The caller is open: what its module does is told in the module's file, though nobody opened it.
        editor.open_file("main.tf", CALLER);
        let published = editor.published("modules/data/main.tf");
        let found = own(&published);
        assert_eq!((found.len(), &published["version"]), (1, &Value::Null), "{published}");
        assert_eq!(found[0]["range"]["start"], json!({ "line": 0, "character": start }), "{published}");
        let related = &found[0]["relatedInformation"];
        assert_eq!(related[0]["location"]["uri"], editor.uri("main.tf"), "{published}");
        assert_eq!(related[0]["location"]["range"]["start"]["line"], 0, "{published}");
        assert_eq!(own(&editor.published("main.tf")).len(), 0);

        // The module is mended in the editor, and not saved: it is judged with its caller all the same.
        editor.open_file("modules/data/main.tf", MODULE);
        assert_eq!(own(&editor.published("modules/data/main.tf")).len(), 1);
        let mended = json!([{ "range": range(1, 2, 21), "text": "storage_encrypted = true" }]);
        editor.change("modules/data/main.tf", 2, mended);
        let published = editor.published("modules/data/main.tf");
        assert_eq!((own(&published).len(), &published["version"]), (0, &json!(2)), "{published}");
        editor.close();
    }
}

#[test]
fn columns_are_counted_in_the_units_that_the_editor_knows() {
    let text = "Resources: { /* */ }\n".replace("/* */", "'😀é': { Type: AWS::RDS::DBInstance }");
    for (offered, encoding, end) in [
        (json!(["utf-32", "utf-8", "utf-16"]), "utf-8", 21),
        (json!(["utf-16"]), "utf-16", 18),
        (Value::Null, "utf-16", 18),
    ] {
        let mut editor = Editor::open(&offered);
        editor.open_file("t.yaml", &text);
        let published = editor.published("t.yaml");
        assert_eq!(own(&published)[0]["range"], range(0, 13, end), "{encoding}: {published}");
        // The editor's own columns are taken in the same units: the quote before the colon goes.
        editor.change("t.yaml", 2, json!([{ "range": range(0, end - 1, end), "text": "x'" }]));
        let published = editor.published("t.yaml");
        assert_eq!(own(&published)[0]["range"], range(0, 13, end + 1), "{encoding}: {published}");
        editor.close();
    }
}

#[test]
fn settings_and_waivers_count_as_for_check() {
    let mut editor = Editor::open(&Value::Null);
    editor.place.write("infra/t.yaml", TEMPLATE);
    editor.open_file("infra/t.yaml", TEMPLATE);
    assert_eq!(own(&editor.published("infra/t.yaml")).len(), 1);
    let save = |editor: &mut Editor| {
        let params = json!({ "textDocument": { "uri": editor.uri("infra/t.yaml") } });
        editor.tell("textDocument/didSave", params);
        editor.published("infra/t.yaml")
    };
    // A file is named from the settings on.
    let exception = "- control: own-*\n  resource: Plain\n  file: infra/*\n  reason: moves\n  owner: us\n  \
                     expires: 9999-12-01\n";
    editor.place.write("exceptions.yaml", exception);
    assert_eq!(own(&save(&mut editor)).len(), 0);
    editor.place.write("exceptions.yaml", "[]\n");
    editor.place.write("palisade.yaml", "severities: { own-database-plain: critical }\n");
    assert_eq!(own(&save(&mut editor))[0]["severity"], 1);
    editor.place.write("palisade.yaml", "exclude: ['infra/*']\n");
    assert_eq!(save(&mut editor)["diagnostics"], json!([]));

    // A fault in the settings is told where it is, and that nothing is judged where one looks.
    editor.place.write("palisade.yaml", "fail-onn: high\n");
    let published = save(&mut editor);
    assert!(published["diagnostics"][0]["message"].as_str().is_some_and(|m| m.contains("nothing is judged")));
    let published = editor.published("palisade.yaml");
    assert_eq!(published["diagnostics"][0]["range"], range(0, 0, 8), "{published}");
    editor.place.write("palisade.yaml", "");
    assert_eq!(own(&save(&mut editor)).len(), 1);
    assert_eq!(editor.published("palisade.yaml")["diagnostics"], json!([]));
    editor.close();
}

#[test]
fn a_nested_stack_is_told_as_what_it_is_there() {
    let mut editor = Editor::open(&Value::Null);
    let child = "Parameters: { On: { Type: String } }\nResources:\n  Plain:\n    Type: AWS::RDS::DBInstance\n    \
                 Properties: { StorageEncrypted: !Ref On }\n";
    let parent = "Resources:\n  Data:\n    Type: AWS::CloudFormation::Stack\n    \
                  Properties: { TemplateURL: ./child.yaml, Parameters: { On: 'false' } }\n";
    editor.place.write("child.yaml", child);
    // By itself it is undecided, which is a hint that says what would decide it.
    editor.open_file("child.yaml", child);
    let published = editor.published("child.yaml");
    assert_eq!(own(&published)[0]["severity"], 4, "{published}");
    assert!(
        own(&published)[0]["message"].as_str().is_some_and(|text| text.contains("\nbecause: ")),
        "{published}"
    );
    editor.open_file("parent.yaml", parent);
    let published = editor.published("child.yaml");
    let found = own(&published);
    assert_eq!((found.len(), &found[0]["severity"]), (1, &json!(2)), "{published}");
    assert_eq!(found[0]["relatedInformation"][0]["location"]["uri"], editor.uri("parent.yaml"));
    editor.close();
}

#[test]
fn nothing_malformed_ends_the_session() {
    let mut editor = Editor::start();
    // Before it is initialized it answers nothing else.
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32002);
    let answer = editor.ask("initialize", json!({ "capabilities": 1, "workspaceFolders": "none" }));
    assert_eq!(answer["result"]["capabilities"]["positionEncoding"], "utf-16", "{answer}");
    assert_eq!(editor.ask("no/such", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({ "position": 1 }))["error"]["code"], -32602);
    for (body, code, id) in [
        ("{ \"jsonrpc\": ", -32700, Value::Null),
        ("\u{fffd}", -32700, Value::Null),
        ("[]", -32600, Value::Null),
        ("{\"id\":\"x\",\"method\":[]}", -32600, json!("x")),
    ] {
        editor.send(body);
        let answer = loop {
            let message = editor.read();
            if message.get("error").is_some() {
                break message;
            }
        };
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{body}");
    }
    // Notifications are not answered; what is wrong with one is logged.
    editor.tell("no/such", json!({}));
    editor.tell("textDocument/didOpen", json!({ "textDocument": 1 }));
    editor.change("never-opened.yaml", 1, json!([{ "text": "" }]));
    let input = editor.input.as_mut().expect("the session is open");
    input.write_all(b"Content-Length: x\r\n\r\nnoise\r\n").expect("the server reads");
    // It serves on: also a document without a path, and one that is no template.
    let untitled = json!({ "uri": "untitled:One", "languageId": "yaml", "version": 1, "text": TEMPLATE });
    editor.tell("textDocument/didOpen", json!({ "textDocument": untitled }));
    editor.open_file("notes.yaml", "just: [words\n");
    assert_eq!(editor.published("notes.yaml")["diagnostics"], json!([]));
    editor.open_file("t.yaml", TEMPLATE);
    assert_eq!(own(&editor.published("t.yaml")).len(), 1);
    let logged = editor.told.iter().filter(|message| message["method"] == "window/logMessage").count();
    assert_eq!(logged, 2, "{:?}", editor.told);
    editor.close();
}

#[test]
fn to_leave_without_a_word_is_a_fault() {
    let mut editor = Editor::open(&Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.program.wait().expect("it ends").code(), Some(1));
    let mut editor = Editor::open(&Value::Null);
    editor.input = None;
    assert_eq!(editor.program.wait().expect("it ends").code(), Some(1));
}
