//! `palisade new control`: the first draft of a control file, which passes its own tests.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use control::builtin;
use estate::catalogue::{Catalogue, Kinds, Property, TypeInfo};
use estate::value::Value;
use finding::escape;

use crate::config::{Settings, shown};

/// The text of a draft, with names between `@` for what hangs on the type. Its tests are added behind it.
const DRAFT: &str = include_str!("new/draft.yaml");

/// What the name of a property that protects holds, the most telling first.
const PROTECTS: [&str; 19] = [
    "Encrypt",
    "DeletionProtection",
    "TerminationProtection",
    "Protect",
    "Rotation",
    "Validation",
    "Versioning",
    "Backup",
    "Sse",
    "Tls",
    "Https",
    "Audit",
    "Logging",
    "Logs",
    "Tracing",
    "Monitoring",
    "Enforce",
    "Require",
    "Enabled",
];

/// What the name of a property holds that is no protection or takes one away: to switch it on may be the fault.
const EXPOSES: [&str; 8] =
    ["Disable", "Public", "Bypass", "Skip", "Ignore", "Insecure", "Unencrypted", "Restart"];

/// The arguments of `palisade new`.
#[derive(clap::Args, Debug)]
pub(crate) struct New {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// A control with tests that pass, for a resource type
    Control {
        /// The type, such as `AWS::S3::Bucket`
        #[arg(value_name = "TYPE")]
        type_name: String,
        /// The control's id; by default made of the type and the property
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// The folder to write it to
        #[arg(long, value_name = "DIR", default_value = "controls")]
        dir: PathBuf,
    },
}

/// Writes the draft and says what to do next.
pub(crate) fn run(arguments: &New, output: &mut dyn Write) -> Result<ExitCode> {
    let What::Control { type_name, id, dir } = &arguments.what;
    let Some(info) = Catalogue::builtin().get(type_name) else {
        match Catalogue::builtin().nearest(type_name) {
            Some(near) => bail!("no type `{type_name}`; did you mean `{near}`?"),
            None => bail!("no type `{type_name}`"),
        }
    };
    let Some(guess) = guess(info) else { bail!("`{type_name}` has no property that can be left out") };
    let id = match id {
        Some(id) => id.clone(),
        None => id_of(info, &guess),
    };
    // The id becomes the file's name: with these characters it stays in its folder.
    let fits = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    ensure!(fits && !id.is_empty(), "`{id}` is no id: use lower-case letters, digits and dashes");
    let path = dir.join(format!("{id}.yaml"));
    write(&path, &draft(info, &guess, &id))?;
    let shown = shown(&path);
    let shown = escape::line(&shown);
    writeln!(output, "wrote `{shown}`: a control on `{}` of {}", guess.property.name, info.name)?;
    if builtin::controls().iter().any(|entry| entry.id == id) {
        writeln!(output, "there is a built-in control `{id}`: yours takes its place")?;
    }
    writeln!(output, "\nnext:")?;
    writeln!(output, "  1. replace every TODO in it")?;
    writeln!(output, "  2. palisade test {shown}")?;
    // Named twice, a control would be an error.
    let option = if is_in_settings(&path) { String::new() } else { format!("--controls {shown} ") };
    writeln!(output, "  3. palisade check {option}PATH")?;
    Ok(ExitCode::from(crate::CLEAN))
}

/// Whether the settings bring in a control file already.
fn is_in_settings(path: &Path) -> bool {
    let (Ok(path), Ok(settings)) = (fs::canonicalize(path), Settings::find(Path::new("."), None)) else {
        return false;
    };
    let mut folders = settings.controls.iter().filter_map(|folder| fs::canonicalize(folder).ok());
    folders.any(|folder| path.starts_with(folder))
}

/// Writes a file that must not be there yet, and the folders that lead to it.
fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", shown(folder)))?;
    }
    // Never through a link, and never over what is there.
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match file {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("`{}` is there already; choose another id with `--id`", shown(path))
        }
        file => file.with_context(|| format!("`{}` cannot be written", shown(path)))?,
    };
    file.write_all(text.as_bytes()).with_context(|| format!("`{}` cannot be written", shown(path)))
}

/// What a draft judges.
struct Guess<'t> {
    property: &'t Property,
    /// Whether it is a switch that must be on; else a property that must be there.
    is_switch: bool,
    /// Whether the switch is on where nothing is said.
    is_on: bool,
    /// A value that passes, as YAML.
    value: String,
}

/// A switch that looks like a protection, else the first property that may be left out.
fn guess(info: &TypeInfo) -> Option<Guess<'_>> {
    let settable = || {
        let properties = info.root().properties.iter().filter(|property| !property.read_only);
        // Other names would have to be written as `resource["name"]`.
        properties.filter(|property| {
            property.name.starts_with(|c: char| c.is_ascii_uppercase())
                && property.name.chars().all(|c| c.is_ascii_alphanumeric())
        })
    };
    let switch = settable().filter_map(|property| Some((protection(info, property)?, property)));
    if let Some((_, property)) = switch.min_by_key(|(rank, _)| *rank) {
        let is_on = property.default.as_ref().is_some_and(|node| node.value == Value::Bool(true));
        return Some(Guess { property, is_switch: true, is_on, value: "true".to_owned() });
    }
    let absent = || settable().filter(|property| property.default.is_none());
    let property = absent().find(|property| !property.required).or_else(|| absent().next())?;
    Some(Guess { property, is_switch: false, is_on: false, value: example(info, property) })
}

/// How much a property looks like a switch that protects: the smaller the number the more.
fn protection(info: &TypeInfo, property: &Property) -> Option<usize> {
    let is_switch = info.shape(property.shape).kinds == Kinds::BOOL
        && property.default.as_ref().is_none_or(|node| matches!(node.value, Value::Bool(_)));
    if !is_switch || EXPOSES.iter().any(|word| property.name.contains(word)) {
        return None;
    }
    PROTECTS.iter().position(|word| property.name.contains(word))
}

/// A value that a property may have, as YAML.
fn example(info: &TypeInfo, property: &Property) -> String {
    let shape = info.shape(property.shape);
    if shape.kinds.has(Kinds::TEXT) {
        return quoted(shape.values.first().map_or("example", String::as_str));
    }
    if shape.kinds.has(Kinds::LIST) {
        let items = shape.items.map(|id| info.shape(id)).filter(|items| items.kinds.has(Kinds::TEXT));
        let item = items.map(|items| quoted(items.values.first().map_or("example", String::as_str)));
        return format!("[{}]", item.unwrap_or_else(|| "{}".to_owned()));
    }
    if shape.kinds.has(Kinds::BOOL) {
        return "true".to_owned();
    }
    if shape.kinds.has(Kinds::INT) || shape.kinds.has(Kinds::NUMBER) {
        return "1".to_owned();
    }
    "{}".to_owned()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `<service>-<thing>-<fault>`.
fn id_of(info: &TypeInfo, guess: &Guess<'_>) -> String {
    let mut words = info.name.split("::").skip(1);
    let service = words.next().unwrap_or_default().to_ascii_lowercase();
    let thing: Vec<String> = words.map(kebab).collect();
    let property = kebab(&guess.property.name);
    let fault = if !guess.is_switch {
        format!("{property}-missing")
    } else if let Some(what) = property.strip_suffix("encrypted") {
        format!("{what}unencrypted")
    } else {
        let what = property.strip_prefix("enable-").unwrap_or(&property);
        let what = what.strip_suffix("-enabled").unwrap_or(what);
        if what == "enabled" { "disabled".to_owned() } else { format!("{what}-off") }
    };
    [service, thing.join("-"), fault].join("-")
}

/// `DBInstance` as `db-instance`.
fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if starts_word {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The text of the draft.
fn draft(info: &TypeInfo, guess: &Guess<'_>, id: &str) -> String {
    let property = &guess.property.name;
    let (wanted, pass) =
        if guess.is_switch { ("on", property.clone()) } else { ("set", format!("{property} != null")) };
    let cloudformation = if info.is_declarable() {
        "  cloudformation: |\n    Resources:\n      Example:\n        Type: @type@\n        Properties:\n          \
         @property@: @value@\n"
    } else {
        ""
    };
    let source = info.source.as_deref().unwrap_or("'TODO: the page of AWS about it'");
    let text = DRAFT
        .replace("@cloudformation@", cloudformation)
        .replace("@id@", id)
        .replace("@type@", &info.name)
        .replace("@property@", property)
        .replace("@wanted@", wanted)
        .replace("@pass@", &pass)
        .replace("@value@", &guess.value)
        .replace("@source@", source);
    text + &cases(guess)
}

/// The draft's tests: each case's name, its properties, and what is expected of it.
fn cases(guess: &Guess<'_>) -> String {
    let Guess { property, is_switch, is_on, value } = guess;
    let name = &property.name;
    let undecided = format!("{{ {name}: {{ unknown: parameter Value }} }}");
    let good = format!("{{ {name}: {value} }}");
    let bad = format!("{{ {name}: false }}");
    let none = "{}".to_owned();
    let cases = match (is_switch, is_on) {
        (true, true) => [
            ("switched on passes", good, "pass"),
            ("switched off fails", bad, "fail"),
            ("an undecided parameter is unknown", undecided, "unknown"),
            ("nothing said passes, because AWS switches it on", none, "pass"),
        ],
        (true, false) => [
            ("switched on passes", good, "pass"),
            ("nothing said fails, because AWS does not switch it on", none, "fail"),
            ("an undecided parameter is unknown", undecided, "unknown"),
            ("a text passes too, because CloudFormation takes it", format!("{{ {name}: 'true' }}"), "pass"),
        ],
        (false, _) => [
            ("set passes", good, "pass"),
            ("nothing said fails", none, "fail"),
            (
                "what a macro makes is unknown",
                format!("{{ {name}: {{ unknown: a macro makes it }} }}"),
                "unknown",
            ),
            ("a parameter passes, because some value is there", undecided, "pass"),
        ],
    };
    let mut text = String::new();
    for (index, (name, properties, expect)) in cases.iter().enumerate() {
        text.push_str("  - name: ");
        text.push_str(name);
        text.push_str("\n    resource: ");
        text.push_str(properties);
        text.push_str("\n    expect: ");
        text.push_str(expect);
        text.push('\n');
        // The last of each list is the near miss.
        if index + 1 == cases.len() {
            text.push_str("    near_miss: true\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use control::case::{self, Outcomes};
    use control::file::Control;

    use super::*;

    fn info(name: &str) -> &'static TypeInfo {
        Catalogue::builtin().get(name).unwrap()
    }

    /// Runs a draft's tests and gives what is wrong with it.
    fn faults(info: &TypeInfo, text: &str) -> Vec<String> {
        let control = match Control::parse("draft.yaml", text) {
            Ok(control) => Arc::new(control),
            Err(faults) => return vec![format!("{}: {faults:?}\n{text}", info.name)],
        };
        let cases = match case::parse(&control) {
            Ok(cases) => cases,
            Err(faults) => return vec![format!("{}: {faults:?}\n{text}", info.name)],
        };
        let mut wrong: Vec<String> =
            case::missing(&cases).iter().map(|word| format!("{}: no {word}", info.name)).collect();
        if cases.len() != 4 {
            wrong.push(format!("{}: {} tests", info.name, cases.len()));
        }
        for case in &cases {
            match case.run(&control, text, terraform::text) {
                Ok(Outcomes::Passed) => {}
                Ok(Outcomes::Failed(how)) => wrong.push(format!("{}: {}: {how}", info.name, case.name)),
                Err(faults) => wrong.push(format!("{}: {}: {faults:?}", info.name, case.name)),
            }
        }
        wrong
    }

    #[test]
    fn the_draft_of_every_type_passes_its_tests() {
        let mut wrong = Vec::new();
        let mut without = 0;
        for name in Catalogue::builtin().names() {
            let info = info(name);
            match guess(info) {
                Some(guess) => wrong.extend(faults(info, &draft(info, &guess, &id_of(info, &guess)))),
                None => without += 1,
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
        assert!(without < 20, "{without} types have nothing to start from");
    }

    #[test]
    fn a_draft_judges_what_protects() {
        let guessed = |name: &str| {
            let info = info(name);
            let guess = guess(info).unwrap();
            (guess.property.name.clone(), id_of(info, &guess))
        };
        let expected = [
            ("AWS::RDS::DBInstance", "StorageEncrypted", "rds-db-instance-storage-unencrypted"),
            ("AWS::SQS::Queue", "SqsManagedSseEnabled", "sqs-queue-sqs-managed-sse-off"),
            ("AWS::KMS::Key", "EnableKeyRotation", "kms-key-key-rotation-off"),
        ];
        for (name, property, id) in expected {
            assert_eq!(guessed(name), (property.to_owned(), id.to_owned()));
        }
        assert!(guessed("AWS::EC2::VPC").1.starts_with("ec2-vpc-"));
    }

    #[test]
    fn names_become_dashed() {
        assert_eq!(kebab("DBInstance"), "db-instance");
        assert_eq!(kebab("SqsManagedSseEnabled"), "sqs-managed-sse-enabled");
        assert_eq!(kebab("VPC"), "vpc");
        assert_eq!(kebab("S3Bucket"), "s3-bucket");
    }

    fn new(type_name: &str, id: Option<&str>, dir: &Path) -> Result<String> {
        let id = id.map(str::to_owned);
        let what = What::Control { type_name: type_name.to_owned(), id, dir: dir.to_path_buf() };
        let mut out = Vec::new();
        run(&New { what }, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn a_draft_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("own/controls");
        let told = new("AWS::S3::Bucket", Some("own-bucket"), &dir).unwrap();
        assert!(told.starts_with("wrote `") && told.contains("own-bucket.yaml`"), "{told}");
        let text = fs::read_to_string(dir.join("own-bucket.yaml")).unwrap();
        assert_eq!(faults(info("AWS::S3::Bucket"), &text), Vec::<String>::new());
        let again = new("AWS::S3::Bucket", Some("own-bucket"), &dir).unwrap_err().to_string();
        assert!(again.ends_with("is there already; choose another id with `--id`"), "{again}");
    }

    #[test]
    fn a_mistyped_type_or_id_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let told =
            |type_name: &str, id: Option<&str>| format!("{}", new(type_name, id, folder.path()).unwrap_err());
        assert_eq!(told("AWS::S3::Buckt", None), "no type `AWS::S3::Buckt`; did you mean `AWS::S3::Bucket`?");
        let escaping = told("AWS::S3::Bucket", Some("../out"));
        assert_eq!(escaping, "`../out` is no id: use lower-case letters, digits and dashes");
    }
}
