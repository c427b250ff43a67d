//! Executes the groups of a plan in order. Used for servers and clients.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::attempt::{RunContext, SubjectRef};
use super::cause;
use super::judged_check::JudgedCheck;
use super::plan::RunPlan;
use super::policy::Policy;
use super::promises::{count_judged, promises, publish};
use super::report::{CheckResult, ContractIdentity, Counts, Invocation, Report, SCHEMA, SubjectIdentity};
use super::shard::ShardIdentity;
use super::status::RunProgress;
use super::supervise::{Finished, Unfinished};
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
    pub(super) progress: &'r RunProgress,
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

/// The place of a check in the world of the server.
enum Keeper {
    Entered(Option<Member>),
    /// It enters when it begins.
    Enters,
}

impl Execution<'_> {
    /// Boxed, so that the compiler can see that a run may move between threads.
    fn run_one<'e>(&'e self, entry: &'static CheckEntry, keeper: Keeper) -> BoxFuture<'e, FinishedCheck> {
        Box::pin(async move {
            let keeper = match keeper {
                Keeper::Entered(keeper) => keeper,
                Keeper::Enters => self.context.enter(),
            };
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
        })
    }

    /// Runs the groups one after the other, and sends each check that has finished. Returns why the rest was not run, if so.
    pub(super) async fn run(&self, results: Finished) -> Unfinished {
        let plan = self.plan;
        let mut silence = Silence::default();
        let mut finished = |check: FinishedCheck| {
            self.progress.finished(&check.judged.result);
            let silent = silence.lasts(&check);
            // The receiver is gone if the run was stopped.
            let _ = results.send(check.judged);
            silent.then_some("the server responded to no request of the last checks")
        };
        // Outages of one account alone are no event of the world.
        let shared = match self.context.subject {
            SubjectRef::Server(subject, _) => subject.fails_per_tenant(),
            SubjectRef::Client(_) => true,
        };
        let (with_outages, outages) = if shared { (&plan.outages[..], &[][..]) } else { (&[][..], &plan.outages[..]) };
        // The checks with the longest way to go first, because the others fill the gaps.
        let mut together: Vec<_> = with_outages.iter().chain(&plan.together).copied().collect();
        together.sort_by_key(|entry| std::cmp::Reverse(entry.check.kind));
        let mut running = FuturesUnordered::new();
        let mut waiting = together.into_iter();
        if self.side_by_side >= waiting.len() {
            // All enter the world before any of them begins, so that its clock waits for all.
            let all: Vec<_> = waiting.by_ref().map(|entry| (entry, self.context.enter())).collect();
            running.extend(all.into_iter().map(|(entry, keeper)| self.run_one(entry, Keeper::Entered(keeper))));
        } else {
            let first = waiting.by_ref().take(self.side_by_side.max(1));
            running.extend(first.map(|entry| self.run_one(entry, Keeper::Enters)));
        }
        while let Some(check) = running.next().await {
            if let Some(why) = finished(check) {
                return Some(why);
            }
            running.extend(waiting.next().map(|entry| self.run_one(entry, Keeper::Enters)));
        }
        for entry in outages.iter().chain(&plan.alone).chain(&plan.last) {
            self.progress.alone(entry.check.id);
            if let Some(why) = finished(self.run_one(entry, Keeper::Enters).await) {
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
    /// The results of checks.
    pub(super) fn of(judged: Vec<JudgedCheck>, started_at: String, duration: Duration) -> Self {
        Self { judged, started_at, duration }
    }

    /// The results, for tests.
    #[cfg(test)]
    pub(super) fn results(&self) -> impl Iterator<Item = &CheckResult> {
        self.judged.iter().map(|check| &check.result)
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
