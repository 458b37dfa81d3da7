//! Holds the functions to the tables in `tests/functions`: `EXPRESSION => EXPECTED`, one a line.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use template::Files;

use crate::Settings;
use crate::code::Code;
use crate::eval::{Fault, Scope};
use crate::source::Session;
use crate::value::{Node, Value, as_string, same};

/// The variables of the tables: of each type one without a value.
const CODE: &str = "
variable \"u_string\" { type = string }
variable \"u_list\" { type = list(string) }
variable \"u_map\" { type = map(string) }
variable \"u_number\" { type = number }
variable \"u_bool\" { type = bool }
variable \"u_any\" {}
";

struct Tables;

impl Files for Tables {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("main.tf") {
            return Ok(CODE.as_bytes().to_vec());
        }
        std::fs::read(folder().join("files").join(path))
    }

    fn list(&self, at: &Path) -> io::Result<Vec<PathBuf>> {
        if at == Path::new(".") {
            return Ok(vec![PathBuf::from("main.tf")]);
        }
        let base = folder().join("files");
        let entries = std::fs::read_dir(base.join(at))?;
        let paths = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file());
        Ok(paths.filter_map(|path| path.strip_prefix(&base).map(Path::to_path_buf).ok()).collect())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/functions")
}

/// What is wrong with a line, if something is.
fn fault(line: &str) -> Option<String> {
    let (expression, wanted) = line.split_once(" => ")?;
    let settings = Settings::default();
    let code = Code::default();
    let session = Session::new(&Tables, &code, &settings, PathBuf::new());
    let root = session.root_module().expect("there is code");
    let evaluate = |text: &str| -> Result<Node, Fault> {
        let expression = hcl::expression(text).map_err(|problem| {
            Fault::new(crate::value::Span::NONE, format!("syntax: {}", problem.message))
        })?;
        let file = session.add(Path::new("line"), text.into(), Vec::new());
        session.expression(&Scope::new(&root, file), &expression)
    };
    let got = evaluate(expression);
    match (wanted.trim(), got) {
        ("unknown", Ok(node)) => node.value.is_known().then(|| format!("known: {:?}", node.value)),
        ("unknown", Err(fault)) => Some(fault.message),
        (wanted, Err(fault)) => match wanted.strip_prefix("error: ") {
            Some(part) => (!fault.message.contains(part)).then_some(fault.message),
            None => Some(fault.message),
        },
        (wanted, Ok(node)) => match evaluate(wanted) {
            _ if wanted.starts_with("error: ") => Some(format!("no error: {:?}", node.value)),
            Err(fault) => Some(format!("expected: {}", fault.message)),
            Ok(expected) => {
                (!same(&plain(&node.value), &plain(&expected.value))).then(|| format!("{:?}", node.value))
            }
        },
    }
}

/// The value with encoded texts as texts.
fn plain(value: &Value) -> Value {
    match value {
        Value::Json(_) => as_string(value).unwrap_or(Value::Null),
        Value::List(list) => {
            let items = list.items.iter().map(|item| Node::of(plain(&item.value)));
            Value::open_list(items.collect(), false, list.rest.clone())
        }
        Value::Map(map) => {
            let mut made = (**map).clone();
            made.entries.iter_mut().for_each(|(_, node)| node.value = plain(&node.value));
            Value::Map(Arc::new(made))
        }
        other => other.clone(),
    }
}

#[test]
fn every_line_of_the_tables_holds() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder()).expect("it is there").filter_map(Result::ok).map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a table is a text");
        for (line, number) in text.lines().zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            count += 1;
            if let Some(fault) = fault(line) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                wrong.push(format!("{name}:{number}: {line}\n    {fault}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 500, "the tables are not read");
}
