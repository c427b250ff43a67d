//! Selects the checks of a run, and groups those that may run concurrently.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::error::RunError;
use super::options::RunOptions;
use crate::checks::{CheckEntry, Schedule, Side, current_id, registry};

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
        let (only, skip) = (globs(&options.only)?, globs(&options.skip)?);
        let mut plan = Self::default();
        let selected = registry().filter(|entry| {
            let id = entry.check.id;
            entry.check.side == side && (options.only.is_empty() || only.is_match(id)) && !skip.is_match(id)
        });
        for entry in selected {
            let group = match entry.check.schedule {
                Schedule::Shared => &mut plan.together,
                Schedule::Outage => &mut plan.outages,
                Schedule::Alone => &mut plan.alone,
                Schedule::Last | Schedule::Survival => &mut plan.last,
            };
            group.push(entry);
        }
        Ok(plan)
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
