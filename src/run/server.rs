//! A run against a server: plan, schedule, collect.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use super::attempt::{Bench, Verdicted};
use super::error::RunError;
use super::events::Events;
use super::options::{Options, ServerTarget};
use super::plan::Plan;
use super::policy::Policy;
use super::report::{CheckResult, ContractIdentity, Counts, Report, SCHEMA, SubjectIdentity};
use crate::checks::{Settings, Side, registry};
use crate::contract::Contract;
use crate::exchange::{Guard, Http, Line, Recorded, Redactor};
use crate::mock::Behaviour;
use crate::subject::ServerSubject;

/// The deadline of one exchange, if none is given.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// Generated cases per property, if no number is given.
const CASES: u32 = 16;
/// What a live target gets at most, if nothing else is said.
const LIVE_REQUESTS: u64 = 30;
const LIVE_RATE: f64 = 1.0;
const LIVE_BAD_KEYS: u64 = 3;

/// Judges a server by a contract.
///
/// When `interrupt` is ready, the run ends: states are torn down, and the report holds what was found so far.
///
/// # Errors
/// If the run cannot be made: a pattern, the URL or the handler is unusable, or nobody listens.
pub async fn server(
    contract: Arc<Contract>,
    target: ServerTarget,
    options: Options,
    events: &dyn Events,
    interrupt: impl Future<Output = ()>,
) -> Result<Report, RunError> {
    let (subject, http, secrets) = open(&contract, target, &options).await?;
    judge(&contract, &subject, (http, &secrets), &options, events, interrupt).await
}

/// Makes the subject ready, and learns its secrets.
pub(super) async fn open(
    contract: &Arc<Contract>,
    target: ServerTarget,
    options: &Options,
) -> Result<(ServerSubject, Http, Redactor), RunError> {
    let mut subject = match &target.url {
        None => ServerSubject::embedded(contract, Behaviour::default()).await?,
        Some(url) => ServerSubject::at(url, target.states.as_deref(), options.live.as_deref())?,
    };
    subject.key = target.key;
    subject.other_key = target.other_key;
    subject.allow_spend |= options.allow_spend;
    let secrets = Redactor::default();
    for (key, name) in [(&subject.key, "RINGTRUE_KEY"), (&subject.other_key, "RINGTRUE_OTHER_KEY")] {
        key.iter().for_each(|key| secrets.learn(key, name));
    }
    let http = Http::new(options.timeout.unwrap_or(TIMEOUT))?;
    reach(&subject, options.wait_for).await?;
    Ok((subject, http, secrets))
}

/// Judges a subject that is set up.
async fn judge(
    contract: &Arc<Contract>,
    subject: &ServerSubject,
    (http, secrets): (Http, &Redactor),
    options: &Options,
    events: &dyn Events,
    interrupt: impl Future<Output = ()>,
) -> Result<Report, RunError> {
    let started_at = now();
    let begun = Instant::now();
    let seed = options.seed.unwrap_or_else(fresh_seed);
    let settings = settings(options, seed);
    let plan = Plan::of(Side::Server, options)?;
    events.planned(plan.len());
    let line = Line::new(&subject.base_url, http, guard(subject, options));
    let died = AtomicBool::new(false);
    let bench = Bench { contract, subject, settings: &settings, line: &line, secrets, died: &died };
    let jobs = if subject.live { 1 } else { options.jobs.unwrap_or(8).max(1) };
    let mut verdicts = Vec::new();
    let ended = {
        let limit = async {
            match options.max_time {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        let running = run_all(bench, &plan, jobs, events, &mut verdicts);
        tokio::select! {
            () = running => None,
            () = interrupt => Some("the run was interrupted before this check was over"),
            () = limit => Some("the time for the run was over before this check was"),
        }
    };
    subject.states.teardown_all().await;
    if let Some(why) = ended {
        let all = plan.together.iter().chain(&plan.alone).chain(&plan.last);
        let left: Vec<_> = all.filter(|entry| !verdicts.iter().any(|have| have.result.id == entry.check.id)).collect();
        verdicts.extend(left.into_iter().map(|entry| Verdicted::not_run(entry, why)));
    }
    Ok(collect(contract, subject, seed, (started_at, begun.elapsed()), verdicts))
}

async fn run_all(bench: Bench<'_>, plan: &Plan, jobs: usize, events: &dyn Events, verdicts: &mut Vec<Verdicted>) {
    for (company, jobs) in [(&plan.together, jobs), (&plan.alone, 1), (&plan.last, 1)] {
        let mut running = stream::iter(company).map(|entry| bench.run(entry)).buffer_unordered(jobs);
        while let Some(verdict) = running.next().await {
            events.finished(&verdict.result);
            verdicts.push(verdict);
        }
    }
}

pub(super) fn settings(options: &Options, seed: u64) -> Settings {
    Settings {
        seed,
        cases: options.cases.unwrap_or(CASES),
        max_wait: options.max_wait.unwrap_or_default(),
        snapshots: options.snapshots.clone(),
        update_snapshots: options.update_snapshots,
    }
}

pub(super) fn guard(subject: &ServerSubject, options: &Options) -> Guard {
    let live = subject.live;
    Guard {
        live,
        max_requests: options.max_requests.or(live.then_some(LIVE_REQUESTS)),
        rate: options.rate.or(live.then_some(LIVE_RATE)),
        max_bad_keys: live.then_some(LIVE_BAD_KEYS),
    }
}

/// Whether the subject accepts connections, within `patience`.
pub(super) async fn reach(subject: &ServerSubject, patience: Option<Duration>) -> Result<(), RunError> {
    let unreachable = |reason: String| RunError::Unreachable { url: subject.base_url.clone(), reason };
    let url = url::Url::parse(&subject.base_url).map_err(|error| unreachable(error.to_string()))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    let deadline = Instant::now() + patience.unwrap_or_default();
    loop {
        let attempt = tokio::time::timeout(TIMEOUT, tokio::net::TcpStream::connect((host.as_str(), port))).await;
        let reason = match attempt {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no connection in time".to_owned(),
        };
        if Instant::now() >= deadline {
            return Err(unreachable(reason));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn collect(
    contract: &Contract,
    subject: &ServerSubject,
    seed: u64,
    (started_at, duration): (String, Duration),
    mut verdicts: Vec<Verdicted>,
) -> Report {
    let order = |id: &str| registry().position(|entry| entry.check.id == id);
    verdicts.sort_by_key(|verdict| order(&verdict.result.id));
    let mut exchanges: Vec<Recorded> = verdicts.iter_mut().flat_map(|v| std::mem::take(&mut v.exchanges)).collect();
    exchanges.sort_by_key(|entry| entry.n);
    exchanges.dedup_by_key(|entry| entry.n);
    let checks: Vec<CheckResult> = verdicts.into_iter().map(|verdict| verdict.result).collect();
    Report {
        schema: SCHEMA.to_owned(),
        ringtrue: env!("CARGO_PKG_VERSION").to_owned(),
        seed,
        started_at,
        duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        contract: ContractIdentity { name: contract.name.clone(), digest: contract.digest.clone() },
        subject: SubjectIdentity { kind: Side::Server.to_string(), target: subject.name.clone() },
        outcome: Policy::default().outcome(&checks),
        counts: Counts::of(&checks),
        checks,
        exchanges,
    }
}

/// A seed that nobody chose. It is printed, so 32 bits, which are easy to type, will do.
#[expect(clippy::disallowed_methods, reason = "the one place where a run gets its seed from, unless it is given")]
pub(super) fn fresh_seed() -> u64 {
    u64::from(rand::random::<u32>())
}

#[expect(clippy::disallowed_methods, reason = "a report says when its run began; no verdict depends on it")]
fn now() -> String {
    jiff::Timestamp::now().to_string()
}
