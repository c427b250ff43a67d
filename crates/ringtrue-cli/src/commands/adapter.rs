//! `ringtrue adapter`: checks that a command implements the adapter protocol, message by message.

use std::fmt::Write as _;

use ringtrue::__cli::report::printable;
use ringtrue::__cli::subject::adapter::self_check;

use super::client::command;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Command that starts the adapter
    #[arg(last = true, value_name = "COMMAND", required = true)]
    command: Vec<String>,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let Some(command) = command(&self.command) else { return Ok(Exit::Unusable) };
        let interrupt = Interrupt::watch();
        let steps = tokio::select! {
            steps = self_check(&command) => steps?,
            () = interrupt.wait() => return Ok(Exit::Interrupted),
        };
        let mut text = String::new();
        for step in &steps {
            // Writing to a string does not fail.
            let _ = match &step.fault {
                None => writeln!(text, "✓ {}", step.what),
                Some(fault) => writeln!(text, "✗ {}: {}", step.what, printable(fault)),
            };
        }
        let wrong = steps.iter().filter(|step| step.fault.is_some()).count();
        let _ = match wrong {
            0 => writeln!(text, "the adapter follows the protocol: {} steps", steps.len()),
            _ => writeln!(text, "{wrong} of {} steps failed", steps.len()),
        };
        output::print(&text)?;
        Ok(if wrong == 0 { Exit::Conformant } else { Exit::Violation })
    }
}
