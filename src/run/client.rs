//! A run against a client: plan, schedule, collect.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::attempt::{RunContext, SubjectRef};
use super::execution::Execution;
use super::error::RunError;
use super::events::Events;
use super::options::{ClientTarget, RunOptions};
use super::plan::RunPlan;
use super::regressions::Regressions;
use super::report::{Invocation, Report, SubjectIdentity};
use super::server::{fresh_seed, keep, settings};
use crate::checks::{ClientTrial, Side};
use crate::client::ClientBehaviour;
use crate::contract::Contract;
use crate::exchange::Redactor;
use crate::subject::{AdapterError, ClientSubject};

/// What came of a run against a client.
#[derive(Debug)]
pub struct ClientRun {
    /// What was found.
    pub report: Report,
    /// An adapter that did not end when it should have; it is gone nevertheless.
    pub lingered: Option<AdapterError>,
}

/// Judges a client by a contract.
///
/// When `interrupt` is ready, the run ends: the adapter is ended with its process group, and the report holds what was
/// found so far.
///
/// # Errors
/// If the run cannot be made: a pattern is unusable, or the adapter does not start.
pub async fn client(
    contract: Arc<Contract>,
    target: ClientTarget,
    options: RunOptions,
    events: &dyn Events,
    interrupt: impl Future<Output = ()>,
) -> Result<ClientRun, RunError> {
    let (regressions, options) = Regressions::of(&contract, options)?;
    let plan = RunPlan::of(Side::Client, &options)?;
    let command = words(&target);
    let subject = open(&contract, target).await?;
    let seed = options.seed.unwrap_or_else(fresh_seed);
    let settings = settings(&options, seed);
    let secrets = Redactor::default();
    let bench = RunContext {
        contract: &contract,
        subject: SubjectRef::Client(&subject),
        settings: &settings,
        secrets: &secrets,
    };
    // Some room is left for checks that make several calls at a time.
    let room = usize::try_from(subject.parallel() * 2 / 3).unwrap_or(1);
    let jobs = options.jobs.unwrap_or_else(|| JOBS.min(room)).max(1);
    // Checks that move the one clock of all sessions would disturb each other.
    let jobs = if jobs > 1 && has_one_clock(&bench, &subject).await { 1 } else { jobs };
    let course = Execution { bench, plan: &plan, jobs, max_time: options.max_time, events };
    let ran = course.run(interrupt).await;
    let lingered = subject.end().await.err();
    let identity = SubjectIdentity { kind: Side::Client.to_string(), target: subject.name.clone() };
    let recipe = Invocation { command, ..Invocation::of(&contract, &settings, &options) };
    let report = ran.report(&contract, identity, seed, recipe);
    keep(regressions.as_ref(), &report, events);
    Ok(ClientRun { report, lingered })
}

/// What names the client in a recipe.
fn words(target: &ClientTarget) -> Option<Vec<String>> {
    match target {
        ClientTarget::Embedded => None,
        ClientTarget::Rust(_) => Some(Vec::new()),
        ClientTarget::Adapter(command) => {
            Some(std::iter::once(&command.program).chain(&command.args).cloned().collect())
        }
    }
}

/// Whether to move the clock of one session moves that of all. What goes wrong here comes up again in the checks.
async fn has_one_clock(bench: &RunContext<'_>, subject: &ClientSubject) -> bool {
    let trial = ClientTrial::start(bench.contract, subject, bench.settings, bench.secrets.clone()).await;
    let Ok(trial) = trial else { return false };
    let found = tokio::time::timeout(ACQUAINTANCE, trial.has_one_clock()).await;
    if !matches!(found, Ok(Ok(_))) {
        subject.rearm_exit_report();
    }
    matches!(found, Ok(Ok(true)))
}

/// How long getting to know a client may take.
const ACQUAINTANCE: Duration = Duration::from_secs(5);

/// How many checks run at a time, as far as the client takes so many calls.
const JOBS: usize = 16;

/// Makes the subject ready.
pub(super) async fn open(contract: &Arc<Contract>, target: ClientTarget) -> Result<ClientSubject, RunError> {
    Ok(match target {
        ClientTarget::Embedded => ClientSubject::reference(contract, ClientBehaviour::default()),
        ClientTarget::Rust(factory) => ClientSubject::rust(factory),
        ClientTarget::Adapter(command) => ClientSubject::adapter(command).await?,
    })
}
