//! The course of a run, whatever it judges: company after company, until all is done, time is up, or somebody interrupts.

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use super::attempt::{JudgedCheck, RunContext};
use super::events::Events;
use super::plan::RunPlan;
use super::policy::Policy;
use super::report::{CheckResult, ContractIdentity, Counts, Invocation, Report, SCHEMA, SubjectIdentity};
use crate::checks::registry;
use crate::contract::Contract;
use crate::exchange::Recorded;

/// What is run, and how.
pub(super) struct Execution<'r> {
    pub(super) bench: RunContext<'r>,
    pub(super) plan: &'r RunPlan,
    pub(super) jobs: usize,
    pub(super) max_time: Option<Duration>,
    pub(super) events: &'r dyn Events,
}

/// What was run.
pub(super) struct RunResult {
    verdicts: Vec<JudgedCheck>,
    started_at: String,
    duration: Duration,
}

impl Execution<'_> {
    /// Runs it.
    pub(super) async fn run(self, interrupt: impl Future<Output = ()>) -> RunResult {
        let started_at = now();
        let begun = Instant::now();
        self.events.planned(self.plan.len());
        let mut verdicts = Vec::new();
        let ended = {
            let limit = async {
                match self.max_time {
                    Some(limit) => tokio::time::sleep(limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.run_all(&mut verdicts) => None,
                () = interrupt => Some("the run was interrupted before this check was over"),
                () = limit => Some("the time for the run was over before this check was"),
            }
        };
        if let Some(why) = ended {
            let over = |id: &str, verdicts: &[JudgedCheck]| verdicts.iter().any(|have| have.result.id == id);
            let left: Vec<_> = self.plan.entries().filter(|entry| !over(entry.check.id, &verdicts)).collect();
            verdicts.extend(left.into_iter().map(|entry| JudgedCheck::not_run(entry, why)));
        }
        RunResult { verdicts, started_at, duration: begun.elapsed() }
    }

    async fn run_all(&self, verdicts: &mut Vec<JudgedCheck>) {
        let plan = self.plan;
        for (company, jobs) in [(&plan.together, self.jobs), (&plan.alone, 1), (&plan.last, 1)] {
            let mut running = stream::iter(company).map(|entry| self.bench.run(entry)).buffer_unordered(jobs);
            while let Some(verdict) = running.next().await {
                self.events.finished(&verdict.result);
                verdicts.push(verdict);
            }
        }
    }
}

impl RunResult {
    /// The report of it.
    pub(super) fn report(
        mut self,
        contract: &Contract,
        subject: SubjectIdentity,
        seed: u64,
        repeat: Invocation,
    ) -> Report {
        let order = |id: &str| registry().position(|entry| entry.check.id == id);
        self.verdicts.sort_by_key(|verdict| order(&verdict.result.id));
        let mut exchanges: Vec<Recorded> =
            self.verdicts.iter_mut().flat_map(|verdict| std::mem::take(&mut verdict.exchanges)).collect();
        exchanges.sort_by_key(|entry| entry.n);
        exchanges.dedup_by_key(|entry| entry.n);
        let checks: Vec<CheckResult> = self.verdicts.into_iter().map(|verdict| verdict.result).collect();
        Report {
            schema: SCHEMA.to_owned(),
            ringtrue: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            started_at: self.started_at,
            duration_ms: u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX),
            contract: ContractIdentity { name: contract.name.clone(), digest: contract.digest.clone() },
            subject,
            repeat: Some(repeat),
            outcome: Policy::default().outcome(&checks),
            counts: Counts::of(&checks),
            checks,
            exchanges,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a report says when its run began; no verdict depends on it")]
fn now() -> String {
    jiff::Timestamp::now().to_string()
}
