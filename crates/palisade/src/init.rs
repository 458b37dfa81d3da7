//! `palisade init`: the files that a policy repository starts with.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use finding::escape;

use crate::config::{self, shown};

/// The files, each with its path in the repository.
const FILES: [(&str, &str); 5] = [
    (config::NAME, include_str!("init/palisade.yaml")),
    ("controls/example-bucket-owner-missing.yaml", include_str!("init/control.yaml")),
    ("exceptions.yaml", include_str!("init/exceptions.yaml")),
    (".github/workflows/palisade.yaml", include_str!("init/workflow.yaml")),
    ("README.md", include_str!("init/README.md")),
];

/// The arguments of `palisade init`.
#[derive(clap::Args, Debug)]
pub(crate) struct Init {
    /// The folder of the repository
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// Writes the files and says what to do next. Where one of them is there already, nothing is written.
pub(crate) fn run(arguments: &Init, output: &mut dyn Write) -> Result<ExitCode> {
    let dir = &arguments.dir;
    // A link counts as there, wherever it leads.
    let there =
        FILES.iter().map(|(path, _)| dir.join(path)).filter(|path| fs::symlink_metadata(path).is_ok());
    let there: Vec<String> = there.map(|path| format!("`{}`", shown(&path))).collect();
    ensure!(there.is_empty(), "nothing is written, because of what is there already: {}", there.join(", "));
    for (path, text) in FILES {
        let path = dir.join(path);
        write(&path, text)?;
        writeln!(output, "wrote {}", escape::line(&shown(&path)))?;
    }
    writeln!(output, "\nnext:")?;
    if dir != Path::new(".") {
        writeln!(output, "  cd {}", escape::line(&shown(dir)))?;
    }
    writeln!(output, "  palisade test                  # prove the example control")?;
    writeln!(output, "  palisade check .               # judge the templates here")?;
    writeln!(output, "  palisade new control TYPE      # draft a control of your own")?;
    Ok(ExitCode::from(crate::CLEAN))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", shown(folder)))?;
    }
    let cannot = || format!("`{}` cannot be written", shown(path));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use control::case::{self, Outcomes};
    use control::exception::Exception;
    use control::file::Control;

    use super::*;

    fn init(dir: &Path) -> Result<String> {
        let mut out = Vec::new();
        run(&Init { dir: dir.to_path_buf() }, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    fn text(name: &str) -> &'static str {
        FILES.iter().find(|(path, _)| path.ends_with(name)).unwrap().1
    }

    /// The lines that are commented out as examples, made to count.
    fn uncommented(text: &str, is_example: impl Fn(&str) -> bool) -> String {
        let line = |line: &str| match line.strip_prefix("# ") {
            Some(rest) if is_example(rest) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    }

    #[test]
    fn the_example_control_passes_its_tests() {
        let (path, text) = FILES[1];
        let control = Arc::new(Control::parse(path, text).unwrap_or_else(|faults| panic!("{faults:?}")));
        assert!(path.ends_with(&format!("/{}.yaml", control.id)));
        let cases = case::parse(&control).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(case::missing(&cases), Vec::<&str>::new());
        for case in &cases {
            let outcome =
                case.run(&control, text, terraform::text).unwrap_or_else(|faults| panic!("{faults:?}"));
            assert_eq!(outcome, Outcomes::Passed, "{}", case.name);
        }
    }

    #[test]
    fn the_exceptions_read_with_and_without_the_example() {
        let text = text("exceptions.yaml");
        assert_eq!(Exception::parse("exceptions.yaml", text).unwrap(), Vec::new());
        let whole = uncommented(text, |line| line.starts_with("- ") || line.starts_with("  "));
        let exceptions =
            Exception::parse("exceptions.yaml", &whole).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(exceptions.len(), 1);
    }

    #[test]
    fn the_settings_read_with_and_without_the_examples() {
        let folder = tempfile::tempdir().unwrap();
        init(folder.path()).unwrap();
        let file = folder.path().join(config::NAME);
        let settings = config::Settings::find(folder.path(), Some(file.as_path())).unwrap();
        assert!(settings.choice(&config::pack(&settings).unwrap()).is_ok());
        assert!(settings.exceptions(None).unwrap().is_empty());
        // An example is a key in small letters, or stands indented below one.
        let is_example = |line: &str| {
            let key = line.split(':').next().unwrap_or_default();
            line.starts_with("  ")
                || line.contains(':') && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        };
        fs::write(&file, uncommented(text(config::NAME), is_example)).unwrap();
        let settings = config::Settings::find(folder.path(), Some(file.as_path())).unwrap();
        let choice = settings.choice(&config::pack(&settings).unwrap()).unwrap();
        assert_eq!(settings.fail_on.as_deref(), Some("medium"));
        assert_eq!(settings.account.as_deref(), Some("111122223333"));
        assert!(settings.open_world && settings.baseline.is_some());
        assert_eq!((settings.frameworks.len(), settings.parameters.len(), settings.exclude.len()), (3, 1, 2));
        assert_eq!((choice.severities.len(), choice.parameters.len(), choice.disabled.len()), (1, 1, 1));
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("policy");
        let told = init(&dir).unwrap();
        assert_eq!(told.lines().filter(|line| line.starts_with("wrote ")).count(), FILES.len());
        fs::remove_file(dir.join(config::NAME)).unwrap();
        let again = format!("{}", init(&dir).unwrap_err());
        assert!(again.contains("exceptions.yaml`") && again.contains("README.md`"), "{again}");
        assert!(!dir.join(config::NAME).exists());
    }
}
