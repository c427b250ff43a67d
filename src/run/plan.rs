//! Selects the checks of a run, and groups those that may run concurrently.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::error::RunError;
use super::options::RunOptions;
use super::shard::ShardIdentity;
use crate::checks::{CheckEntry, Schedule, Side, current_id, registry};
use crate::contract::Contract;

/// The checks of a run, in groups that run one after the other.
#[derive(Debug, Default)]
pub(super) struct RunPlan {
    /// Checks that run concurrently.
    pub together: Vec<&'static CheckEntry>,
    /// Checks that run concurrently if the store can fail for one account alone, and one at a time otherwise.
    pub outages: Vec<&'static CheckEntry>,
    /// Checks that run one at a time, because they change what other checks would see.
    pub alone: Vec<&'static CheckEntry>,
    /// Checks that may damage the subject: last, and one at a time.
    pub last: Vec<&'static CheckEntry>,
}

impl RunPlan {
    /// Selects the checks of a side with the globs of the options.
    pub(super) fn of(side: Side, options: &RunOptions) -> Result<Self, RunError> {
        Ok(Self::grouped(select(options, |entry| entry.check.side == side)?))
    }

    /// Selects the checks of a side with the globs of the options, and of these the share that the options ask for.
    pub(super) fn share(side: Side, contract: &Contract, options: &RunOptions) -> Result<Self, RunError> {
        Ok(Self::grouped(select_share(contract, options, |entry| entry.check.side == side)?))
    }

    fn grouped(selected: Vec<&'static CheckEntry>) -> Self {
        let mut plan = Self::default();
        for entry in selected {
            let group = match entry.check.schedule {
                Schedule::Shared => &mut plan.together,
                Schedule::Outage => &mut plan.outages,
                Schedule::Alone => &mut plan.alone,
                Schedule::Last | Schedule::Survival => &mut plan.last,
            };
            group.push(entry);
        }
        plan
    }

    /// Returns every check of the plan.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'static CheckEntry> + '_ {
        self.together.iter().chain(&self.outages).chain(&self.alone).chain(&self.last).copied()
    }

    /// Returns whether any check makes the store fail.
    pub(super) fn has_outages(&self) -> bool {
        !self.outages.is_empty()
    }

    /// Returns the number of checks.
    pub(super) fn len(&self) -> usize {
        self.together.len() + self.outages.len() + self.alone.len() + self.last.len()
    }
}

/// Selects checks with the globs of the options.
pub(super) fn select(
    options: &RunOptions,
    is_eligible: impl Fn(&CheckEntry) -> bool,
) -> Result<Vec<&'static CheckEntry>, RunError> {
    let (only, skip) = (globs(&options.only)?, globs(&options.skip)?);
    let is_selected = |id: &str| (options.only.is_empty() || only.is_match(id)) && !skip.is_match(id);
    Ok(registry().filter(|entry| is_eligible(entry) && is_selected(entry.check.id)).collect())
}

/// Returns the ids of the checks of the whole run that a shard belongs to. `kind` is that of the subject in the report; no check belongs
/// to a run of an unknown kind.
#[must_use]
pub fn checks_of_run(shard: &ShardIdentity, kind: &str) -> Vec<&'static str> {
    let options = RunOptions { only: shard.only.clone(), skip: shard.skip.clone(), ..RunOptions::default() };
    let selected = select(&options, |entry| match kind {
        "server" => entry.check.side == Side::Server,
        "client" => entry.check.side == Side::Client,
        "traffic" => entry.check.passive().is_some(),
        _ => false,
    });
    selected.unwrap_or_default().into_iter().map(|entry| entry.check.id).collect()
}

/// Selects checks with the globs of the options, and of these the share that the options ask for.
pub(super) fn select_share(
    contract: &Contract,
    options: &RunOptions,
    is_eligible: impl Fn(&CheckEntry) -> bool,
) -> Result<Vec<&'static CheckEntry>, RunError> {
    let selected = select(options, is_eligible)?;
    Ok(match options.shard {
        Some(shard) => shard.share(contract, options.cases, selected),
        None => selected,
    })
}

/// Compiles patterns over check ids.
fn globs(patterns: &[String]) -> Result<GlobSet, RunError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(current_id(pattern))
            .map_err(|error| RunError::Glob { pattern: pattern.clone(), reason: error.kind().to_string() })?;
        set.add(glob);
    }
    set.build().map_err(|error| RunError::Glob { pattern: patterns.join(", "), reason: error.to_string() })
}
