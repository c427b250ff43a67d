//! Executes the groups of a plan in order until done, timed out or interrupted. Used for servers and clients.

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use tokio::time::Instant;

use super::attempt::{RunContext, SubjectRef};
use super::cause;
use super::events::Events;
use super::judged_check::JudgedCheck;
use super::plan::RunPlan;
use super::policy::Policy;
use super::promises::{count_judged, promises, publish};
use super::report::{CheckResult, ContractIdentity, Counts, Invocation, Report, SCHEMA, SubjectIdentity};
use super::shard::ShardIdentity;
use super::status::RunProgress;
use crate::checks::{CheckEntry, Verdict, registry};
use crate::contract::Contract;
use crate::exchange::Recorded;
use crate::subject::Member;

/// A run that is ready to start.
pub(super) struct Execution<'r> {
    pub(super) context: RunContext<'r>,
    pub(super) plan: &'r RunPlan,
    /// How many checks run side by side.
    pub(super) side_by_side: usize,
    pub(super) max_time: Option<Duration>,
    pub(super) events: &'r dyn Events,
    /// A premise that does not hold, so that only the check of it can run.
    pub(super) premise: Option<FailedPremise>,
}

/// A premise of a run that does not hold.
pub(super) struct FailedPremise {
    /// The id of the check that judges it.
    pub(super) judged_by: &'static str,
    /// Why the other checks could not run.
    pub(super) reason: String,
}

/// The results of a run, before they become a report.
pub(super) struct RunResult {
    judged: Vec<JudgedCheck>,
    started_at: String,
    duration: Duration,
}

/// A check that has run.
struct FinishedCheck {
    judged: JudgedCheck,
    /// Whether the server reacted to any request meanwhile; true for a client.
    saw_reactions: bool,
}

impl Execution<'_> {
    /// Runs the checks until done, timed out or interrupted.
    pub(super) async fn run(self, interrupt: impl Future<Output = ()>) -> RunResult {
        let started_at = now();
        let begun = Instant::now();
        self.events.planned(self.plan.len());
        let mut judged = Vec::new();
        let progress = RunProgress::of(self.plan, &self.context);
        let ended = {
            let limit = async {
                match self.max_time {
                    Some(limit) => tokio::time::sleep(limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                why = self.run_all(&mut judged, &progress) => why,
                () = self.show(&progress) => None,
                () = interrupt => Some("the run was interrupted before this check finished"),
                () = limit => Some("the time limit of the run passed before this check finished"),
            }
        };
        if let Some(why) = ended {
            let finished = |id: &str, judged: &[JudgedCheck]| judged.iter().any(|have| have.result.id == id);
            let missing: Vec<_> = self.plan.entries().filter(|entry| !finished(entry.check.id, &judged)).collect();
            judged.extend(missing.into_iter().map(|entry| JudgedCheck::not_run(entry, why)));
        }
        RunResult { judged, started_at, duration: begun.elapsed() }
    }

    /// Tells the listener about the state of the run as often as it wants. Does not end.
    async fn show(&self, progress: &RunProgress) {
        let Some(interval) = self.events.interval() else { return std::future::pending().await };
        loop {
            self.events.status(&progress.status(&self.context));
            tokio::time::sleep(interval).await;
        }
    }

    async fn run_one(&self, entry: &CheckEntry, keeper: Option<Member>) -> FinishedCheck {
        let reactions = || match self.context.subject {
            SubjectRef::Server(_, transport) => Some(transport.reactions()),
            SubjectRef::Client(_) => None,
        };
        let before = reactions();
        let judged = match &self.premise {
            Some(premise) if premise.judged_by != entry.check.id => JudgedCheck::not_run(entry, &premise.reason),
            _ => self.context.run_in_world(entry, keeper).await,
        };
        FinishedCheck { judged, saw_reactions: before.is_none() || before != reactions() }
    }

    /// Runs the groups one after the other. Returns why the rest was not run, if so.
    async fn run_all(&self, judged: &mut Vec<JudgedCheck>, progress: &RunProgress) -> Option<&'static str> {
        let plan = self.plan;
        let mut silence = Silence::default();
        let mut finished = |check: FinishedCheck| {
            progress.finished(&check.judged.result);
            self.events.finished(&check.judged.result);
            let silent = silence.lasts(&check);
            judged.push(check.judged);
            silent.then_some("the server responded to no request of the last checks")
        };
        // Outages of one account alone are no event of the world.
        let shared = match self.context.subject {
            SubjectRef::Server(subject, _) => subject.fails_per_tenant(),
            SubjectRef::Client(_) => true,
        };
        let (with_outages, outages) = if shared { (&plan.outages[..], &[][..]) } else { (&[][..], &plan.outages[..]) };
        // The checks with the longest way to go first, because the others fill the gaps.
        let mut together: Vec<_> = with_outages.iter().chain(&plan.together).collect();
        together.sort_by_key(|entry| std::cmp::Reverse(entry.check.kind));
        if self.side_by_side >= together.len() {
            // All enter the world before any of them begins, so that its clock waits for all.
            let all = together.into_iter().map(|entry| (entry, self.context.enter())).collect::<Vec<_>>();
            let mut running: FuturesUnordered<_> =
                all.into_iter().map(|(entry, keeper)| self.run_one(entry, keeper)).collect();
            while let Some(check) = running.next().await {
                if let Some(why) = finished(check) {
                    return Some(why);
                }
            }
        } else {
            let checks =
                stream::iter(together).map(|entry| async move { self.run_one(entry, self.context.enter()).await });
            let mut running = checks.buffer_unordered(self.side_by_side);
            while let Some(check) = running.next().await {
                if let Some(why) = finished(check) {
                    return Some(why);
                }
            }
        }
        for entry in outages.iter().chain(&plan.alone).chain(&plan.last) {
            progress.alone(entry.check.id);
            if let Some(why) = finished(self.run_one(entry, self.context.enter()).await) {
                return Some(why);
            }
        }
        None
    }
}

/// Notices that a server does not respond any more: each further check would wait for all its deadlines.
#[derive(Default)]
struct Silence(u32);

/// After how many checks with nothing but timeouts the run ends.
const MAX_SILENT_CHECKS: u32 = 3;

impl Silence {
    /// Counts a check, and returns whether the silence has lasted for too long. A check is silent if the server reacted to no request
    /// at all while it ran.
    fn lasts(&mut self, check: &FinishedCheck) -> bool {
        if check.saw_reactions {
            self.0 = 0;
        } else if check.judged.result.requests > 0 {
            self.0 += 1;
        }
        self.0 >= MAX_SILENT_CHECKS
    }
}

impl RunResult {
    /// The results of checks that were run elsewhere.
    pub(super) fn of(judged: Vec<JudgedCheck>, started_at: String, duration: Duration) -> Self {
        Self { judged, started_at, duration }
    }

    /// Makes the report.
    pub(super) fn report(
        mut self,
        contract: &Contract,
        subject: SubjectIdentity,
        seed: u64,
        invocation: Invocation,
        shard: Option<ShardIdentity>,
        mut notes: Vec<String>,
    ) -> Report {
        let order = |id: &str| registry().position(|entry| entry.check.id == id);
        self.judged.sort_by_key(|check| order(&check.result.id));
        cause::find(contract, &mut self.judged);
        let mut promises = promises(contract);
        count_judged(&mut promises, &self.judged);
        let mut exchanges: Vec<Recorded> =
            self.judged.iter_mut().flat_map(|check| std::mem::take(&mut check.exchanges)).collect();
        exchanges.sort_by_key(|entry| entry.n);
        exchanges.dedup_by_key(|entry| entry.n);
        let mut checks: Vec<CheckResult> = self.judged.into_iter().map(|check| check.result).collect();
        checks.iter_mut().filter_map(|check| check.source.as_mut()).for_each(|source| publish(contract, source));
        cause::assign(&mut checks);
        if shard.is_none() {
            cause::forget(&mut checks);
        }
        notes.extend(fewer_cases(&checks));
        Report {
            schema: SCHEMA.to_owned(),
            ringtrue: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            started_at: self.started_at,
            duration_ms: u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX),
            contract: ContractIdentity { name: contract.name.clone(), digest: contract.digest.clone() },
            subject,
            repeat: Some(invocation),
            shard,
            shards: None,
            outcome: Policy::default().outcome(&checks),
            counts: Counts::of(&checks),
            checks,
            exchanges,
            notes,
            promises,
        }
    }
}

/// States which checks tried fewer cases than planned although they found nothing. A slow subject is the reason.
pub(super) fn fewer_cases(checks: &[CheckResult]) -> Option<String> {
    let is_short = |check: &&CheckResult| check.verdict == Verdict::Pass;
    let short: Vec<String> = checks
        .iter()
        .filter(is_short)
        .filter_map(|check| {
            let cases = check.cases.filter(|cases| cases.tried < cases.planned)?;
            Some(format!("{} ({} of {})", check.id, cases.tried, cases.planned))
        })
        .collect();
    (!short.is_empty()).then(|| {
        format!("the subject is slow, so these checks tried fewer generated cases than planned: {}", short.join(", "))
    })
}

#[expect(clippy::disallowed_methods, reason = "a report states when its run began; no verdict depends on it")]
pub(super) fn now() -> String {
    jiff::Timestamp::now().to_string()
}
