//! Merges the reports of shards into the report of the whole run.
//!
//! The checks of a run do not depend on each other, so that the merged report says what one run would have said. What several checks
//! have in common is worked out anew: causes, the coverage of promises, counts, notes and the numbers of exchanges.

mod agreement;
mod error;
mod exchanges;
mod limits;
mod read;

pub use error::{Difference, MergeError};
pub use read::ShardReport;

use super::cause;
use super::execution::fewer_cases;
use super::policy::Policy;
use super::report::{CheckResult, ContractPromise, Counts, Report};
use crate::checks::registry;

/// Merges the reports of all shards of a run. The order in which they are given does not matter.
///
/// # Errors
/// If the reports are not those of all shards of one run, each once.
pub fn merge(mut shards: Vec<ShardReport>) -> Result<Report, MergeError> {
    agreement::examine(&shards)?;
    shards.sort_by_key(|shard| shard.shard.number);
    let of = u16::try_from(shards.len()).unwrap_or(u16::MAX);
    let mut reports: Vec<Report> = shards.into_iter().map(|shard| shard.report).collect();
    let exchanges = exchanges::unite(&mut reports);
    let notes = notes(&reports);
    let promises = promises(&reports);
    let started_at = reports.iter().map(|report| &report.started_at);
    let started_at = started_at.min_by_key(|at| at.parse::<jiff::Timestamp>().ok()).cloned().unwrap_or_default();
    let duration_ms = reports.iter().fold(0_u64, |sum, report| sum.saturating_add(report.duration_ms));
    let mut checks: Vec<CheckResult> =
        reports.iter_mut().flat_map(|report| std::mem::take(&mut report.checks)).collect();
    let order = |id: &str| registry().position(|entry| entry.check.id == id);
    checks.sort_by_key(|check| order(&check.id));
    cause::assign(&mut checks);
    cause::forget(&mut checks);
    let notes = notes.into_iter().chain(fewer_cases(&checks)).collect();
    let first = reports.into_iter().next().ok_or(MergeError::Nothing)?;
    Ok(Report {
        started_at,
        duration_ms,
        shard: None,
        shards: Some(of),
        outcome: Policy::default().outcome(&checks),
        counts: Counts::of(&checks),
        checks,
        exchanges,
        notes,
        promises,
        ..first
    })
}

/// The notes of all shards, each once. What a shard says of its checks is said of all checks anew.
fn notes(reports: &[Report]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for report in reports {
        let of_checks = fewer_cases(&report.checks);
        for note in report.notes.iter().filter(|note| of_checks.as_ref() != Some(note)) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
    }
    notes
}

/// The promises of the contract, with the checks of all shards that found that they held.
fn promises(reports: &[Report]) -> Vec<ContractPromise> {
    let mut promises = reports.first().map(|report| report.promises.clone()).unwrap_or_default();
    for (at, promise) in promises.iter_mut().enumerate() {
        let held = |report: &Report, id: &str| {
            let held = report.promises.get(at).is_some_and(|promise| promise.held_in.iter().any(|held| held == id));
            held && report.checks.iter().any(|check| check.id == id)
        };
        let ids = registry().map(|entry| entry.check.id);
        promise.held_in = ids.filter(|id| reports.iter().any(|report| held(report, id))).map(str::to_owned).collect();
    }
    promises
}
