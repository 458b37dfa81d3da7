//! A folder for each test, the program run in it, and what a run gave.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A control that is as simple as can be, so that no change of a built-in control changes a test.
pub(crate) const CONTROL: &str = "\
id: own-database-plain
title: Databases are encrypted
severity: medium
layer: data
resource: AWS::RDS::DBInstance
pass: StorageEncrypted
message: 'storage of `{{ resource.address }}` is not encrypted'
why: Whoever has the disk has the data.
fix:
  text: Set `StorageEncrypted`.
tests:
  - name: encrypted passes
    resource: { StorageEncrypted: true }
    expect: pass
  - name: nothing said fails
    resource: {}
    expect: fail
  - name: an undecided parameter is unknown
    resource: { StorageEncrypted: { unknown: parameter Encrypt } }
    expect: unknown
  - name: switched on by a text passes
    resource: { StorageEncrypted: 'true' }
    expect: pass
    near_miss: true
";

/// Properties of a database that [`CONTROL`] fails; the finding points at the resource's name.
pub(crate) const PLAIN: &str = "Engine: postgres";

/// Properties of a database that [`CONTROL`] passes.
pub(crate) const GOOD: &str = "StorageEncrypted: true";

/// A template of databases, given by name and properties. Each takes three lines, its name first; the first
/// name is on line 2.
pub(crate) fn databases(list: &[(&str, &str)]) -> String {
    let database = |(name, properties): &(&str, &str)| {
        format!("  {name}:\n    Type: AWS::RDS::DBInstance\n    Properties: {{ {properties} }}\n")
    };
    format!("Resources:\n{}", list.iter().map(database).collect::<String>())
}

/// A folder that goes when the test ends, with the folder `work` in it, where the program runs.
pub(crate) struct Place {
    folder: TempDir,
    work: PathBuf,
}

impl Place {
    /// An empty folder, with [`CONTROL`] beside it.
    pub(crate) fn new() -> Place {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let work = folder.path().join("work");
        fs::create_dir(&work).expect("a folder can be made");
        fs::write(folder.path().join("own.yaml"), CONTROL).expect("a file can be written");
        Place { folder, work }
    }

    /// A folder with a template `t.yaml` of databases.
    pub(crate) fn with(list: &[(&str, &str)]) -> Place {
        let place = Place::new();
        place.write("t.yaml", databases(list));
        place
    }

    /// The whole path of something in the folder, as an argument.
    pub(crate) fn at(&self, path: &str) -> String {
        self.work.join(path).to_str().expect("temporary folders have plain names").to_owned()
    }

    /// The path of [`CONTROL`], as an argument.
    pub(crate) fn control(&self) -> String {
        self.folder.path().join("own.yaml").to_str().expect("temporary folders have plain names").to_owned()
    }

    /// Writes a file, and the folders that lead to it.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.work.join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.work.join(path)).expect("a text can be read")
    }

    /// Whether a file is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.work.join(path).exists()
    }

    /// A command that runs in a folder below `work`, with nothing from outside that could change what it does.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.work.join(folder)).stdin(Stdio::null()).env_clear();
        for name in ["PATH", "SYSTEMROOT"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        // Settings of git's, and patterns of files to ignore, are looked for here.
        command.env("HOME", self.folder.path());
        command
    }

    /// The program with arguments, not yet run.
    pub(crate) fn palisade(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_palisade"), folder);
        command.args(arguments);
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in("", arguments)
    }

    /// Runs the program in a folder below.
    pub(crate) fn run_in(&self, folder: &str, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.palisade(folder, arguments))
    }

    /// Runs `check` with [`CONTROL`] alone.
    pub(crate) fn check(&self, arguments: &[&str]) -> Ran {
        self.run(&self.alone(arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Runs `check` with [`CONTROL`] alone and takes the records as JSON.
    pub(crate) fn judge(&self, arguments: &[&str]) -> Ran {
        self.judge_in("", arguments)
    }

    /// Runs `check` in a folder below, with [`CONTROL`] alone, and takes the records as JSON.
    pub(crate) fn judge_in(&self, folder: &str, arguments: &[&str]) -> Ran {
        let mut whole = self.alone(arguments);
        whole.extend(["--format".to_owned(), "json".to_owned()]);
        self.run_in(folder, &whole.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn alone(&self, arguments: &[&str]) -> Vec<String> {
        let fixed =
            ["check".to_owned(), "--controls".to_owned(), self.control(), "--control=own-*".to_owned()];
        fixed.into_iter().chain(arguments.iter().map(|argument| (*argument).to_owned())).collect()
    }

    /// Runs git, which must succeed.
    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut command = self.command("git", "");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "A Tester")
                .env(format!("GIT_{who}_EMAIL"), "t@example.com");
        }
        let output = command.args(arguments).output().expect("git is installed");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a repository of what is there, or commits what has changed.
    pub(crate) fn commit(&self) {
        if !self.has(".git") {
            self.git(&["init", "--quiet"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a step"]);
    }
}

/// What a run gave.
pub(crate) struct Ran {
    arguments: String,
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Ran {
        let Output { status, stdout, stderr } = command.output().expect("the program can be run");
        let err = String::from_utf8(stderr).expect("errors are UTF-8");
        let code = status.code().unwrap_or_else(|| panic!("{command:?} was killed: {err}"));
        let out = String::from_utf8(stdout).expect("the output is UTF-8");
        Ran { arguments: format!("{:?}", command.get_args().collect::<Vec<_>>()), code, out, err }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        let Ran { arguments, out, err, .. } = &self;
        assert_eq!(self.code, code, "{arguments}\n--- stdout\n{out}\n--- stderr\n{err}");
        self
    }

    /// Asserts that the run ended over a mistake, and that what is said of it holds each text.
    #[track_caller]
    pub(crate) fn refuses(self, texts: &[&str]) -> Ran {
        let ran = self.exits(2);
        assert_eq!(ran.out, "", "{}", ran.arguments);
        for text in texts {
            assert!(ran.err.contains(text), "{}: no {text:?} in\n{}", ran.arguments, ran.err);
        }
        ran
    }

    /// The report, where it was taken as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}\n{}", self.arguments, self.out, self.err))
    }

    /// The verdicts told, each as `fail ADDRESS FILE:LINE`.
    #[track_caller]
    pub(crate) fn told(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let verdict = |verdict: &Value| {
            let (address, origin) = (text(&verdict["resource"]["address"]), &verdict["origin"]);
            format!("{} {address} {}:{}", text(&verdict["verdict"]), text(&origin["file"]), origin["line"])
        };
        list(&self.json()["verdicts"]).iter().map(verdict).collect()
    }

    /// What is said about the input, each as `error CODE FILE:LINE:COLUMN`.
    #[track_caller]
    pub(crate) fn said(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let said = |error: &Value| {
            let place = format!("{}:{}:{}", text(&error["file"]), error["line"], error["column"]);
            format!("{} {} {place}", text(&error["level"]), text(&error["code"]))
        };
        list(&self.json()["errors"]).iter().map(said).collect()
    }

    /// A count of the summary.
    #[track_caller]
    pub(crate) fn count(&self, key: &str) -> u64 {
        self.json()["summary"][key].as_u64().expect("it is counted")
    }

    /// A field of every verdict.
    #[track_caller]
    pub(crate) fn each(&self, key: &str) -> Vec<String> {
        let verdicts = self.json();
        list(&verdicts["verdicts"]).iter().filter_map(|v| v[key].as_str()).map(str::to_owned).collect()
    }
}

/// The elements of a list.
#[track_caller]
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}
