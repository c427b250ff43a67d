//! Errors of commands. All of them end the program with exit code 2, but an interrupt, which has a code of its own.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ringtrue::__cli::run::{RunError, chain};

use super::exit::Exit;
use super::output;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The command line is invalid, or asks for help.
    #[error("the command line is invalid")]
    Usage(#[source] clap::Error),
    /// A setting of the environment or of the configuration file is invalid.
    #[error("{origin}: {message}")]
    Setting { origin: String, message: String },
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("standard output cannot be written")]
    Stdout(#[source] io::Error),
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    #[error("--{option} is invalid: {message}")]
    Option { option: &'static str, message: String },
    #[error("there is no {kind} `{name}`{}", suggestion(.nearest))]
    Unknown { kind: &'static str, name: String, nearest: Vec<String> },
    #[error("{0}")]
    Argument(String),
    #[error("the program cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{name} takes longer than {} s to load; give a smaller document", limit.as_secs())]
    LoadTime { name: String, limit: Duration },
    #[error("interrupted before the run began")]
    Interrupted,
    #[error(transparent)]
    Contract(#[from] ringtrue::__cli::contract::LoadError),
    #[error("{} cannot be used", path.display())]
    Baseline { path: PathBuf, source: ringtrue::__cli::report::BaselineError },
    #[error("{} cannot be replayed", path.display())]
    Replay { path: PathBuf, source: ringtrue::__cli::run::ReplayError },
    #[error("{} cannot be compared", path.display())]
    Compare { path: PathBuf, source: ringtrue::__cli::run::ReplayError },
    #[error(transparent)]
    Merge(#[from] ringtrue::__cli::run::MergeError),
    #[error(transparent)]
    Proxy(#[from] ringtrue::__cli::proxy::ProxyError),
    #[error(transparent)]
    Har(#[from] ringtrue::__cli::passive::HarError),
    #[error(transparent)]
    Comparison(#[from] ringtrue::__cli::report::ComparisonError),
    #[error(transparent)]
    Render(#[from] ringtrue::__cli::report::RenderError),
    #[error(transparent)]
    Init(#[from] ringtrue::__cli::init::InitError),
    #[error(transparent)]
    Generate(#[from] ringtrue::__cli::generate::GenerateError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Adapter(#[from] ringtrue::__cli::subject::AdapterError),
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(", ")) }
}

impl CliError {
    /// Prints the error, and returns how the program ends.
    pub(crate) fn print(self) -> Exit {
        match self {
            // clap prints help and version in the same way. A closed output is not an error here.
            Self::Usage(error) => {
                let _ = error.print();
                if error.use_stderr() { Exit::Unusable } else { Exit::Conformant }
            }
            other => {
                output::error(&chain(&other));
                let interrupted = matches!(other, Self::Interrupted | Self::Run(RunError::Interrupted));
                if interrupted { Exit::Interrupted } else { Exit::Unusable }
            }
        }
    }
}
