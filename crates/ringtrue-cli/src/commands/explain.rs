//! `ringtrue explain`: explains what a check tests, and why.

use std::fmt::Write as _;

use ringtrue::__cli::checks::{self, registry};

use crate::error::CliError;
use crate::exit::Exit;
use crate::nearest::nearest;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of a check, see `ringtrue list checks`
    #[arg(value_name = "CHECK-ID")]
    id: String,
}

impl Args {
    #[expect(clippy::unused_async, reason = "all commands have the same signature")]
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let entry = checks::find(checks::current_id(&self.id)).ok_or_else(|| CliError::Unknown {
            kind: "check",
            name: self.id.clone(),
            nearest: nearest(&self.id, registry().map(|entry| entry.check.id)),
        })?;
        output::print(&text(entry))?;
        Ok(Exit::Conformant)
    }
}

fn text(entry: &checks::CheckEntry) -> String {
    let check = entry.check;
    let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
    let mut text = entry.doc().trim_end().to_owned();
    text.push_str("\n\n");
    for (label, value) in [
        ("id", check.id.to_owned()),
        ("side", check.side.to_string()),
        ("needs", if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") }),
        ("faults", check.faults.join(", ")),
        ("traffic", if check.passive().is_some() { "judged too" } else { "not judged" }.to_owned()),
    ] {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{label:<7} {value}");
    }
    text
}
