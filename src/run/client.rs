//! A run against a client.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::attempt::{RunContext, SubjectRef};
use super::error::RunError;
use super::events::Events;
use super::execution::{Execution, FailedPremise};
use super::options::{ClientTarget, RunOptions};
use super::plan::RunPlan;
use super::regressions::Regressions;
use super::report::{Invocation, Report, SubjectIdentity};
use super::server::{random_seed, settings, store_regressions};
use super::status::RunProgress;
use super::supervise::Supervision;
use crate::checks::{ClientTrial, Side};
use crate::client::ClientBehaviour;
use crate::contract::Contract;
use crate::exchange::Redactor;
use crate::subject::{AdapterError, ClientSubject};

/// The result of a run against a client.
#[derive(Debug)]
pub struct ClientRun {
    /// The report.
    pub report: Report,
    /// The error of an adapter that did not exit when asked to, and was killed.
    pub exit_error: Option<AdapterError>,
}

/// Runs the client checks of a contract.
///
/// The run ends early when `interrupt` is ready: the adapter and its process group are stopped, and the report contains the
/// findings so far.
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
    let (regressions, options) = Regressions::load(&contract, options)?;
    let plan = Arc::new(RunPlan::share(Side::Client, &contract, &options)?);
    let command = command_line(&target);
    let subject = Arc::new(open(&contract, target).await?);
    let seed = options.seed.unwrap_or_else(random_seed);
    let settings = settings(&options, seed);
    let progress = Arc::new(RunProgress::of(&plan, &contract, settings.cases));
    let status = || progress.status(SubjectRef::Client(&subject));
    let supervision = Supervision { plan: &plan, max_time: options.max_time, events, status: &status };
    let work = |finished| {
        let (contract, subject, plan, progress) = (contract.clone(), subject.clone(), plan.clone(), progress.clone());
        let (settings, jobs) = (settings.clone(), options.jobs);
        async move {
            let (subject, secrets) = (&*subject, Redactor::default());
            let context = RunContext {
                contract: &contract,
                subject: SubjectRef::Client(subject),
                settings: &settings,
                secrets: &secrets,
            };
            // A third of the calls is reserved for checks that make several calls concurrently.
            let available = usize::try_from(subject.parallel() * 2 / 3).unwrap_or(1);
            let jobs = jobs.unwrap_or_else(|| MAX_JOBS.min(available)).max(1);
            // Where all sessions share one clock, concurrent checks would move it for each other.
            let side_by_side = if jobs > 1 && has_one_clock(&context, subject).await { 1 } else { jobs };
            let premise = base_path_is_kept(&context, subject).await;
            Ok(Execution { context, plan: &plan, side_by_side, progress: &progress, premise }.run(finished).await)
        }
    };
    let result = supervision.run(work, interrupt).await;
    let exit_error = subject.end().await.err();
    let identity = SubjectIdentity { kind: Side::Client.to_string(), target: subject.name.clone() };
    let invocation = Invocation { command, ..Invocation::of(&contract, &settings, &options) };
    let shard = options.shard.map(|shard| shard.identity(&options));
    let report = result?.report(&contract, identity, seed, invocation, shard, Vec::new());
    store_regressions(regressions.as_ref(), &report, events);
    Ok(ClientRun { report, exit_error })
}

/// Returns what identifies the client in [`Invocation::command`].
fn command_line(target: &ClientTarget) -> Option<Vec<String>> {
    match target {
        ClientTarget::Embedded => None,
        ClientTarget::Rust(_) => Some(Vec::new()),
        ClientTarget::Adapter(command) => {
            Some(std::iter::once(&command.program).chain(&command.args).cloned().collect())
        }
    }
}

/// The check that judges where a client sends its requests.
const REQUEST_CHECK: &str = "auth.request";

/// The premise that the client sends its requests below its base URL. If it does not, no other check can judge it.
async fn base_path_is_kept(context: &RunContext<'_>, subject: &ClientSubject) -> Option<FailedPremise> {
    let trial = ClientTrial::start(context.contract, subject, context.settings, context.secrets.clone()).ok()?;
    let probe = tokio::time::timeout(CLOCK_PROBE_TIMEOUT * 2, trial.target_beside_base_path()).await;
    if !matches!(probe, Ok(Ok(_))) {
        subject.rearm_exit_report();
    }
    let target = probe.ok()?.ok()??;
    let reason = format!(
        "the client sends its requests to {target}, and not below the path of its base URL; see {REQUEST_CHECK}"
    );
    Some(FailedPremise { judged_by: REQUEST_CHECK, reason: context.secrets.text(&reason) })
}

/// Returns whether all sessions share one clock. Errors are ignored here; the checks meet them again.
async fn has_one_clock(context: &RunContext<'_>, subject: &ClientSubject) -> bool {
    let trial = ClientTrial::start(context.contract, subject, context.settings, context.secrets.fork());
    let Ok(trial) = trial else { return false };
    let found = tokio::time::timeout(CLOCK_PROBE_TIMEOUT, trial.has_one_clock()).await;
    if !matches!(found, Ok(Ok(_))) {
        subject.rearm_exit_report();
    }
    matches!(found, Ok(Ok(true)))
}

/// The deadline for finding out whether all sessions share one clock.
const CLOCK_PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// How many checks run concurrently by default, if the client supports so many calls.
const MAX_JOBS: usize = 16;

/// Prepares the client under test.
pub(super) async fn open(contract: &Arc<Contract>, target: ClientTarget) -> Result<ClientSubject, RunError> {
    Ok(match target {
        ClientTarget::Embedded => ClientSubject::reference(contract, ClientBehaviour::default()),
        ClientTarget::Rust(factory) => ClientSubject::rust(factory),
        ClientTarget::Adapter(command) => ClientSubject::adapter(command).await?,
    })
}
