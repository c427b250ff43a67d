//! The command line program `ringtrue`: one file per subcommand, based on the library.

mod commands;
mod conclusion;
mod config;
mod error;
mod exit;
mod interrupt;
mod layers;
mod load;
mod nearest;
mod options;
mod output;
mod progress;
mod settings;
mod target;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use self::commands::Command;
use self::error::CliError;
use self::exit::Exit;

/// Tests whether a credit-balance API, or a client of one, conforms to its contract.
#[derive(Debug, Parser)]
#[command(name = "ringtrue", version, max_term_width = 100, after_help = AFTER_HELP, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

const AFTER_HELP: &str = "\
Every option can also be set in the environment (RINGTRUE_<OPTION>) or in ringtrue.toml in the current folder. \
Precedence: command line, then environment, then ringtrue.toml. --live, --allow-spend and --run-commands are accepted \
on the command line only.

Exit codes:
  0    conformant: every applicable must was exercised and held
  1    at least one violation, or a baseline entry that does not match
  2    the run could not be made
  3    incomplete: no violation, but some must was not decided, or no check ran
  130  interrupted: states were torn down, and reports contain the findings so far";

fn main() -> ExitCode {
    let exit = match parse().and_then(run) {
        Ok(exit) => exit,
        Err(error) => error.print(),
    };
    exit.into()
}

fn parse() -> Result<Cli, CliError> {
    let file = config::ConfigFile::read()?;
    let mut command = Cli::command();
    let args: Vec<_> = std::env::args_os().collect();
    let matches = layers::matches(&mut command, &args, layers::environment, file.as_ref())?;
    Cli::from_arg_matches(&matches).map_err(|error| CliError::Usage(error.format(&mut command)))
}

/// The stack of each thread. Documents that are nested deeply are read and judged recursively.
const STACK: usize = 8 << 20;

/// More threads than cores: while one computes and others read what a server sends without end, another watches the clock.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) + 3
}

fn run(cli: Cli) -> Result<Exit, CliError> {
    match cli.color {
        Colour::Auto => anstream::ColorChoice::Auto,
        Colour::Always => anstream::ColorChoice::Always,
        Colour::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers())
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    let exit = runtime.block_on(cli.command.run());
    // A state handler that does not return must not delay the end of the program.
    runtime.shutdown_background();
    exit
}
