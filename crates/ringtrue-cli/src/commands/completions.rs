//! `ringtrue completions`: prints completion scripts.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Cli;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Shell that the script is for
    shell: Shell,
}

impl Args {
    #[expect(clippy::unused_async, reason = "all commands have the same signature")]
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ringtrue", &mut script);
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Conformant)
    }
}
