//! `ringtrue replay`: repeats the findings of a report.

use std::fmt::Write as _;
use std::path::PathBuf;

use ringtrue::__cli::checks::Side;
use ringtrue::__cli::report::printable;
use ringtrue::__cli::run::{self, ClientTarget, Replay, ReplayOutcome, Report, ReportCommands, Silent, read_text};

use super::client::command;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::load;
use crate::options::Limits;
use crate::output;
use crate::target::Target;

/// Commands that the report contains are not run, unless --run-commands permits it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Report in JSON, written by `--report json=PATH`
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// Repeat only the finding of this check
    #[arg(value_name = "CHECK-ID")]
    check: Option<String>,
    /// Run the state handler and the adapter that the report names: the author of the report chose these commands
    #[arg(long)]
    run_commands: bool,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    limits: Limits,
    /// Command that starts the adapter, in place of the report's
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let text = read_text(&self.report).map_err(|source| CliError::Read { path: self.report.clone(), source })?;
        let replay = |source| CliError::Replay { path: self.report.clone(), source };
        let report = Replay::read(&text).map_err(replay)?;
        let plan = Replay::of(&report, self.check.as_deref()).map_err(replay)?;
        if plan.ids.is_empty() {
            output::print("nothing to repeat: the report has no findings\n")?;
            return Ok(Exit::Conformant);
        }
        let interrupt = Interrupt::watch();
        let options = plan.options(self.limits.options());
        let contract = load::contract(&plan.invocation.contract, &interrupt, options.max_time).await?;
        if contract.digest != report.contract.digest {
            output::note("the contract has changed since the report was written");
        }
        let commands = if self.run_commands { ReportCommands::Run } else { ReportCommands::Refuse };
        Interrupt::limit(options.max_time);
        let repeated = match plan.side {
            Side::Server => {
                let server = plan.server(self.target.states(), commands).map_err(replay)?;
                let target = self.target.or(server)?;
                run::server(contract, target, options, &Silent, interrupt.wait()).await?
            }
            Side::Client => {
                let given = command(&self.command).map(ClientTarget::Adapter);
                let target = given.map_or_else(|| plan.client(commands), Ok).map_err(replay)?;
                run::client(contract, target, options, &Silent, interrupt.wait()).await?.report
            }
        };
        output::print(&text_of(&repeated))?;
        if interrupt.occurred() {
            return Ok(Exit::Interrupted);
        }
        let any = |wanted| repeated.checks.iter().any(|check| ReplayOutcome::of(check) == wanted);
        Ok(match (any(ReplayOutcome::Fails), any(ReplayOutcome::Undecided)) {
            (true, _) => Exit::Violation,
            (false, true) => Exit::Incomplete,
            (false, false) => Exit::Conformant,
        })
    }
}

/// Describes the outcome of each finding, and the totals.
fn text_of(repeated: &Report) -> String {
    let mut text = String::new();
    for check in &repeated.checks {
        let (mark, word) = match ReplayOutcome::of(check) {
            ReplayOutcome::Fails => ("✗", "still fails"),
            ReplayOutcome::Holds => ("✓", "no longer fails"),
            ReplayOutcome::Undecided => ("?", "could not be decided"),
        };
        let reason = check.reason.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{mark} {} {word}{}", check.id, printable(&reason));
        for (n, step) in check.steps.iter().enumerate() {
            let _ = writeln!(text, "    {}. {}", n + 1, printable(step));
        }
    }
    let count = |wanted| repeated.checks.iter().filter(|check| ReplayOutcome::of(check) == wanted).count();
    let _ = writeln!(
        text,
        "of {} repeated, {} still fail, {} no longer fail, {} could not be decided · seed {}",
        repeated.checks.len(),
        count(ReplayOutcome::Fails),
        count(ReplayOutcome::Holds),
        count(ReplayOutcome::Undecided),
        repeated.seed
    );
    text
}
