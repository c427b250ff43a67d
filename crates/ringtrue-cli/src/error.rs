//! Why a command could not do its work. All of these end with exit code 2.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::exit::Exit;
use super::output;

/// Why a command could not do its work. The texts complete "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The command line does not say what can be done; or it asked for help.
    #[error("understand the command line")]
    Usage(clap::Error),
    /// A setting of the environment or of the file does not say what can be done.
    #[error("use {origin}: {message}")]
    Setting { origin: String, message: String },
    #[error("read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("write to standard output: {0}")]
    Stdout(io::Error),
    #[error("start the runtime: {0}")]
    Runtime(io::Error),
    #[error("use --{option}: {message}")]
    Option { option: &'static str, message: String },
    #[error("find {kind} `{name}`{}", suggestion(.nearest))]
    Unknown { kind: &'static str, name: String, nearest: Vec<String> },
    #[error("use the arguments: {0}")]
    Argument(String),
    #[error("listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Contract(#[from] ringtrue::contract::LoadError),
    #[error("{path}: {source}", path = path.display())]
    Baseline { path: PathBuf, source: ringtrue::report::BaselineError },
    #[error("{source} ({path})", path = path.display())]
    Replay { path: PathBuf, source: ringtrue::run::ReplayError },
    #[error(transparent)]
    Render(#[from] ringtrue::report::RenderError),
    #[error(transparent)]
    Generate(#[from] ringtrue::generate::GenerateError),
    #[error(transparent)]
    Run(#[from] ringtrue::run::RunError),
    #[error(transparent)]
    Adapter(#[from] ringtrue::subject::AdapterError),
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(", ")) }
}

impl CliError {
    /// Tells the user, and says how the program ends.
    pub(crate) fn tell(self) -> Exit {
        match self {
            // Help and version are printed this way too; a reader that went away does not mind.
            Self::Usage(error) => {
                let _ = error.print();
                if error.use_stderr() { Exit::Unusable } else { Exit::Conformant }
            }
            other => {
                output::complain(&format!("failed to {other}"));
                Exit::Unusable
            }
        }
    }
}
