//! Results of checks that judged recorded traffic, and the report of them.

use std::time::Duration;

use super::execution::{RunResult, now};
use super::judged_check::{JudgedCheck, bare, source};
use super::options::RunOptions;
use super::plan::select_share;
use super::report::{CheckResult, Invocation, Report, SubjectIdentity};
use super::reproduce::curl;
use super::shard::ShardIdentity;
use super::{RunError, server::random_seed};
use crate::checks::{Check, CheckEntry, Finding, Judge, TimeBasis, Verdict};
use crate::contract::{Contract, Level, Promise};
use crate::exchange::Journal;

/// What a check found in traffic.
#[derive(Debug)]
pub struct TrafficJudgement<'t> {
    /// The check.
    pub check: &'static Check,
    /// Why it does not apply to the contract, if it does not.
    pub applies: Result<(), &'static str>,
    /// How many exchanges it judged.
    pub judged: u64,
    /// The judged promise with the highest level, and the operation concerned.
    pub most_severe: Option<&'t (Promise, Option<String>)>,
    /// The distinct findings, each with the number of times that it was found.
    pub findings: &'t [(Finding, u64)],
    /// The exchanges that findings refer to, and the secrets of the traffic.
    pub journal: &'t Journal,
    /// Why the check itself failed, if it did.
    pub error: Option<&'t str>,
}

/// The checks that can judge traffic, selected by the globs of the options, and of these the share that the options ask for.
///
/// # Errors
/// If a pattern is invalid.
pub fn traffic_plan(contract: &Contract, options: &RunOptions) -> Result<Vec<&'static CheckEntry>, RunError> {
    select_share(contract, options, |entry| entry.check.passive().is_some())
}

/// The shard of the options, for the report.
#[must_use]
pub fn traffic_shard(options: &RunOptions) -> Option<ShardIdentity> {
    options.shard.map(|shard| shard.identity(options))
}

/// The seed of the options, or a random one.
#[must_use]
pub fn traffic_seed(options: &RunOptions) -> u64 {
    options.seed.unwrap_or_else(random_seed)
}

/// The time now, as reports write it.
#[must_use]
pub fn report_time() -> String {
    now()
}

impl TrafficJudgement<'_> {
    /// The result of the check.
    #[must_use]
    pub fn result(&self) -> CheckResult {
        let mut result = bare(self.check, Verdict::Pass, String::new()).result;
        result.requests = self.judged;
        result.reason = None;
        if let Some((promise, operation)) = self.most_severe {
            result.source = Some(source(promise));
            result.operation.clone_from(operation);
            result.level = promise.level;
        }
        if let Err(why) = self.applies {
            (result.verdict, result.reason) = (Verdict::NotApplicable, Some(why.to_owned()));
            return result;
        }
        if let Some(why) = self.error {
            (result.verdict, result.reason) = (Verdict::Error, Some(why.to_owned()));
            return result;
        }
        // The first of several with the same level.
        let main = self.findings.iter().rev().max_by_key(|(finding, _)| finding.level());
        let Some((finding, times)) = main else {
            if self.judged == 0 {
                result.level = self.check.level;
                let why = "no exchange of the traffic shows whether it holds".to_owned();
                (result.verdict, result.reason) = (Verdict::CouldNotRun, Some(why));
            }
            return result;
        };
        let others = self.findings.iter().filter(|(other, _)| other.reason != finding.reason);
        let counted = |finding: &Finding, times: u64| match times {
            0 | 1 => finding.reason.clone(),
            times => format!("{} ({times} times)", finding.reason),
        };
        let is_client = matches!(self.check.judge, Judge::Client(_) | Judge::ClientOrTraffic(..));
        let single = finding.exchanges.first().filter(|_| !is_client && finding.exchanges.len() == 1);
        CheckResult {
            level: finding.level(),
            verdict: match finding.level() {
                Level::Must => Verdict::Fail,
                Level::Should => Verdict::Warn,
                Level::May => Verdict::Info,
            },
            operation: finding.operation.clone(),
            source: Some(source(&finding.promise)),
            time_basis: if finding.exchanges.len() > 1 { TimeBasis::Real } else { TimeBasis::None },
            reason: Some(counted(finding, *times)),
            exchanges: finding.exchanges.clone(),
            reproduce: single.and_then(|n| curl(&self.journal.request(*n)?)),
            notes: others.map(|(other, times)| counted(other, *times)).collect(),
            ..result
        }
    }
}

/// The report of a run over traffic.
#[must_use]
pub fn traffic_report(
    contract: &Contract,
    judgements: Vec<TrafficJudgement<'_>>,
    (started_at, duration): (String, Duration),
    target: String,
    (seed, shard): (u64, Option<ShardIdentity>),
    notes: Vec<String>,
) -> Report {
    let judged = judgements.into_iter().map(|judgement| {
        let mut result = judgement.result();
        let exchanges = judgement.journal.select(&result.exchanges);
        result.exchanges.retain(|n| exchanges.iter().any(|recorded| recorded.n == *n));
        JudgedCheck { result, exchanges, promises: Vec::new() }
    });
    let result = RunResult::of(judged.collect(), started_at, duration);
    let subject = SubjectIdentity { kind: "traffic".to_owned(), target };
    let invocation = Invocation {
        contract: contract.name.clone(),
        url: None,
        states: None,
        command: None,
        cases: 0,
        timeout_ms: None,
        max_wait_ms: None,
    };
    let report = result.report(contract, subject, seed, invocation, shard, notes);
    // Traffic passes once; there is nothing that could be repeated.
    Report { repeat: None, ..report }
}
