//! The program: reads arguments, calls a library, maps the result to an exit code. One file a command.

mod baseline;
mod check;
mod codes;
mod completions;
mod config;
mod controls;
mod estate_file;
mod explain;
mod fix;
mod init;
mod input;
mod judging;
mod lsp;
mod new;
mod output;
mod page;
mod pages;
mod report;
mod since;
mod sources;
mod test;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

// Estates are millions of small values, made and read on several threads: the system's allocator spends a fifth
// of the time of a large run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code: nothing to object to.
pub(crate) const CLEAN: u8 = 0;
/// Exit code: findings at or above the threshold.
pub(crate) const FINDINGS: u8 = 1;
/// Exit code: a wrong argument, setting or control.
pub(crate) const USAGE: u8 = 2;
/// Exit code: something could not be read, so that the result is incomplete.
pub(crate) const INCOMPLETE: u8 = 3;

/// A security standard for AWS as controls, proved by their own tests.
#[derive(Parser)]
#[command(
    name = "palisade",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 clean, 1 findings at or above the threshold, 2 usage or a fault in a setting or control, \
3 something could not be read."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge templates
    Check(Box<check::Check>),
    /// Run the tests inside control files
    Test(test::Test),
    /// Explain a control, framework, resource type or diagnostic
    Explain(explain::Explain),
    /// List the controls
    Controls(controls::Controls),
    /// Write a first draft
    New(new::New),
    /// Start a policy repository
    Init(init::Init),
    /// Show the settings in force
    Config(config::Config),
    /// Save what templates declare, to be judged or looked at later
    Estate(estate_file::Estate),
    /// Serve an editor: the language server
    Lsp(lsp::Lsp),
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual, or write a page a command into a folder
    Man {
        /// The folder
        #[arg(long)]
        dir: Option<std::path::PathBuf>,
    },
}

fn main() -> ExitCode {
    pages::small();
    let arguments = Arguments::parse();
    let terminal = output::Terminal::new();
    let result = match &arguments.command {
        Command::Check(check) => check::run(check, &terminal),
        Command::Test(test) => test::run(test, &terminal),
        Command::Explain(explain) => with_pack(|pack| {
            explain::run(explain, pack, &mut std::io::stdout().lock(), terminal.width, terminal.colour)
        }),
        Command::Controls(controls) => {
            with_pack(|pack| controls::run(controls, pack, &mut std::io::stdout().lock(), terminal.width))
        }
        Command::New(new) => new::run(new, &mut std::io::stdout().lock()),
        Command::Init(init) => init::run(init, &mut std::io::stdout().lock()),
        Command::Config(config) => config::run(config),
        Command::Estate(estate) => estate_file::run(estate),
        Command::Lsp(lsp) => Ok(lsp::run(lsp)),
        Command::Completions { shell } => {
            completions::completions(*shell, &mut Arguments::command(), &mut std::io::stdout().lock())
        }
        Command::Man { dir } => {
            completions::man(dir.as_deref(), Arguments::command(), &mut std::io::stdout().lock())
        }
    };
    match result {
        Ok(code) => code,
        // Whoever reads the output has closed it, as `head` does: that is no fault.
        Err(error) if is_closed_pipe(&error) => ExitCode::from(CLEAN),
        Err(error) => {
            output::Terminal::error(&error);
            ExitCode::from(USAGE)
        }
    }
}

/// Runs a command on the pack of the folder that the program is called in.
fn with_pack(
    command: impl FnOnce(&control::pack::Pack) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let settings = config::Settings::find(std::path::Path::new("."), None)?;
    command(&config::pack(&settings)?)
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
