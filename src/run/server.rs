//! A run against a server.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::{RunContext, SubjectRef};
use super::error::{RunError, chain};
use super::events::Events;
use super::execution::Execution;
use super::options::{RunOptions, ServerTarget};
use super::outage_scope;
use super::plan::RunPlan;
use super::premises;
use super::preparation::prepare;
use super::regressions::Regressions;
use super::report::{Invocation, Report, SubjectIdentity};
use super::status::RunProgress;
use super::supervise::Supervision;
use crate::checks::{CASES, Side, TrialSettings, limit_meaning};
use crate::contract::Contract;
use crate::exchange::{Addresses, DEFAULT_JOBS, Flight, Http, Limits, Redactor, Request, Response, Transport};
use crate::mock::ProviderBehaviour;
use crate::subject::ServerSubject;

/// The default deadline of one exchange.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// For how long requests of a check may be in flight before it begins no new generated cases.
const SEARCH_LIMIT: Duration = Duration::from_mins(2);
/// How many generated cases are judged side by side at first, and by how much each batch is larger than the one before. All cases of a
/// check in one batch, if there are not very many: each batch needs its own moves of the clock.
const BATCHES: (u32, u32) = (128, 4);
/// How many smaller variants of a failing case are tried.
const SHRINKS: u32 = 150;
/// How many checks run side by side that all use the account that was given.
const ON_ONE_ACCOUNT: usize = 8;
/// The default maximum number of requests to a live target.
const LIVE_REQUESTS: u64 = 30;
/// The default maximum number of requests per second to a live target.
const LIVE_RATE: f64 = 1.0;
/// The maximum number of requests with an invalid credential to a live target.
const LIVE_BAD_KEYS: u64 = 3;

/// Runs the server checks of a contract.
///
/// The run ends early when `interrupt` is ready: states are torn down, and the report contains the findings so far.
///
/// # Errors
/// If the run cannot be made: a pattern, the URL or the state handler is invalid, or the server is not reachable.
pub async fn server(
    contract: Arc<Contract>,
    target: ServerTarget,
    options: RunOptions,
    events: &dyn Events,
    interrupt: impl Future<Output = ()>,
) -> Result<Report, RunError> {
    let (regressions, options) = Regressions::load(&contract, options)?;
    let (url, states) = (target.url.clone(), target.states.clone());
    let mut interrupt = pin!(interrupt);
    // `--wait-for` is a limit of its own.
    let (subject, http, secrets) = prepare(open(&contract, target, &options), None, interrupt.as_mut()).await?;
    let mut report = judge(&contract, Arc::new(subject), (http, &secrets), &options, events, interrupt).await?;
    if let Some(invocation) = &mut report.repeat {
        invocation.url = url.map(|url| secrets.text(&url));
        invocation.states = states.map(|states| secrets.text(&states));
    }
    store_regressions(regressions.as_ref(), &report, events);
    Ok(report)
}

/// Stores the generated cases that failed. An error becomes a notice, so that the report is not lost.
pub(super) fn store_regressions(regressions: Option<&Regressions>, report: &Report, events: &dyn Events) {
    let Some(regressions) = regressions else { return };
    match regressions.store(&report.checks, report.seed) {
        Ok(0) => {}
        Ok(count) => {
            let cases = if count == 1 {
                "one generated case that failed is".to_owned()
            } else {
                format!("{count} generated cases that failed are")
            };
            events
                .notice(&format!("{cases} stored in {}; the next run tries them first", regressions.path().display()));
        }
        Err(error) => events.notice(&chain(&error)),
    }
}

/// Prepares the server under test, and registers its secrets for redaction.
pub(super) async fn open(
    contract: &Arc<Contract>,
    target: ServerTarget,
    options: &RunOptions,
) -> Result<(ServerSubject, Http, Redactor), RunError> {
    let mut subject = match &target.url {
        None => ServerSubject::embedded(contract, ProviderBehaviour::default()).await?,
        Some(url) => ServerSubject::at(url, target.states.as_deref(), options.live.as_deref())?,
    };
    if subject.live && options.shard.is_some() {
        return Err(RunError::LiveShard);
    }
    subject.key = target.key;
    subject.other_key = target.other_key;
    subject.allow_spend |= options.allow_spend;
    let jobs = if subject.live { 1 } else { options.jobs.unwrap_or(DEFAULT_JOBS) };
    subject.states.limit(Arc::new(Flight::new(jobs)));
    let secrets = Redactor::default();
    for (key, name) in [(&subject.key, "RINGTRUE_KEY"), (&subject.other_key, "RINGTRUE_OTHER_KEY")] {
        key.iter().for_each(|key| secrets.learn(key, name));
    }
    let http = Http::to(Addresses::new(options.live.as_deref()), options.timeout.unwrap_or(TIMEOUT))?;
    reach(&subject, http.addresses(), options.wait_for).await?;
    Ok((subject, http, secrets))
}

/// Runs the checks on a prepared server.
async fn judge(
    contract: &Arc<Contract>,
    subject: Arc<ServerSubject>,
    (http, secrets): (Http, &Redactor),
    options: &RunOptions,
    events: &dyn Events,
    interrupt: impl Future<Output = ()>,
) -> Result<Report, RunError> {
    let seed = options.seed.unwrap_or_else(random_seed);
    let (first_batch, batch_growth) = batches(options);
    let settings = TrialSettings { first_batch, batch_growth, ..settings(options, seed) };
    let plan = Arc::new(RunPlan::share(Side::Server, contract, options)?);
    let transport = Arc::new(transport(contract, &subject, http, options));
    let progress = Arc::new(RunProgress::of(&plan, contract, settings.cases));
    let status = || progress.status(SubjectRef::Server(&subject, &transport));
    let supervision = Supervision { plan: &plan, max_time: options.max_time, events, status: &status };
    let work = |finished| {
        let (contract, secrets, settings) = (contract.clone(), secrets.clone(), settings.clone());
        let (subject, transport, plan, progress) = (subject.clone(), transport.clone(), plan.clone(), progress.clone());
        let side_by_side = side_by_side(&subject, options);
        async move {
            let (contract, settings, secrets) = (&contract, &settings, &secrets);
            let context = RunContext { contract, subject: SubjectRef::Server(&subject, &transport), settings, secrets };
            premises::prove(&context, &subject, &transport).await?;
            if plan.has_outages() {
                outage_scope::find(&context, &subject, &transport).await;
            }
            Ok(Execution { context, plan: &plan, side_by_side, progress: &progress, premise: None }.run(finished).await)
        }
    };
    let result = supervision.run(work, interrupt).await;
    let left = subject.tear_down().await;
    let identity = SubjectIdentity { kind: Side::Server.to_string(), target: subject.name.clone() };
    let remark = contract.credential.as_ref().and_then(|credential| credential.remark.clone());
    let notes = remark.into_iter().chain(transport.slowdown()).chain(left).collect();
    let shard = options.shard.map(|shard| shard.identity(options));
    Ok(result?.report(contract, identity, seed, Invocation::of(contract, &settings, options), shard, notes))
}

/// How many cases are judged side by side at first, and the growth. With one request in flight nothing runs side by side, so that the requests have the
/// same order in every run.
fn batches(options: &RunOptions) -> (u32, u32) {
    if options.jobs == Some(1) { (1, 1) } else { BATCHES }
}

/// How many checks run side by side: all that have accounts of their own. How many requests are in flight is limited elsewhere.
fn side_by_side(subject: &ServerSubject, options: &RunOptions) -> usize {
    if subject.live || options.jobs == Some(1) {
        1
    } else if subject.states.is_present() {
        usize::MAX
    } else {
        ON_ONE_ACCOUNT
    }
}

/// The settings of trials that follow from the options.
pub(super) fn settings(options: &RunOptions, seed: u64) -> TrialSettings {
    TrialSettings {
        seed,
        cases: options.cases.unwrap_or(CASES),
        shrinks: SHRINKS,
        first_batch: BATCHES.0,
        batch_growth: BATCHES.1,
        search_limit: SEARCH_LIMIT,
        longest_call: Duration::MAX,
        known: options.known.clone(),
        max_wait: options.max_wait.unwrap_or_default(),
        snapshots: options.snapshots.clone(),
        update_snapshots: options.update_snapshots,
    }
}

/// The transport to the server.
pub(super) fn transport(
    contract: &Arc<Contract>,
    subject: &ServerSubject,
    http: Http,
    options: &RunOptions,
) -> Transport {
    let contract = contract.clone();
    let meaning = move |request: &Request, response: &Response| limit_meaning(&contract, request, response);
    let transport = Transport::new(&subject.base_url, http, limits(subject, options)).with_limit_meaning(meaning);
    match subject.states.flight() {
        Some(flight) => transport.with_flight(flight.clone()),
        None => transport,
    }
}

/// The safety limits for requests to the server.
pub(super) fn limits(subject: &ServerSubject, options: &RunOptions) -> Limits {
    let live = subject.live;
    Limits {
        live,
        max_requests: options.max_requests.or(live.then_some(LIVE_REQUESTS)),
        rate: options.rate.or(live.then_some(LIVE_RATE)),
        max_bad_keys: live.then_some(LIVE_BAD_KEYS),
    }
}

/// Waits up to `wait_for` until the subject accepts connections.
pub(super) async fn reach(
    subject: &ServerSubject,
    addresses: &Addresses,
    wait_for: Option<Duration>,
) -> Result<(), RunError> {
    let unreachable = |reason: String| RunError::Unreachable { url: subject.base_url.clone(), reason };
    let url = url::Url::parse(&subject.base_url).map_err(|error| unreachable(error.to_string()))?;
    let deadline = Instant::now() + wait_for.unwrap_or_default();
    loop {
        let attempt = tokio::time::timeout(TIMEOUT, addresses.connect(&url)).await;
        let reason = match attempt {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the connection attempt timed out".to_owned(),
        };
        if Instant::now() >= deadline {
            return Err(unreachable(reason));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Returns a random seed. It has 32 bits only, because it is printed and typed in again.
#[expect(clippy::disallowed_methods, reason = "the one place where a run gets its seed from, unless it is given")]
pub(super) fn random_seed() -> u64 {
    getrandom::u32().expect("the operating system provides random numbers").into()
}
