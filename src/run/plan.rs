//! Which checks run, and in what company.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::error::RunError;
use super::options::RunOptions;
use crate::checks::{CheckEntry, Side, registry};

/// The checks of a run, in three companies that run one after the other.
#[derive(Debug, Default)]
pub(super) struct RunPlan {
    /// Those that do not mind each other.
    pub together: Vec<&'static CheckEntry>,
    /// Those that change what others would see: one at a time.
    pub alone: Vec<&'static CheckEntry>,
    /// Those that may leave the subject worse than they found it: last, and one at a time.
    pub last: Vec<&'static CheckEntry>,
}

impl RunPlan {
    /// The checks of a side that the options select.
    pub(super) fn of(side: Side, options: &RunOptions) -> Result<Self, RunError> {
        let (only, skip) = (globs(&options.only)?, globs(&options.skip)?);
        let mut plan = Self::default();
        let selected = registry().filter(|entry| {
            let id = entry.check.id;
            entry.check.side == side && (options.only.is_empty() || only.is_match(id)) && !skip.is_match(id)
        });
        for entry in selected {
            // Each client check has a stage of its own, so that none disturbs another.
            let company = if side == Side::Client {
                &mut plan.together
            } else if is_risky(entry.check.id) {
                &mut plan.last
            } else if entry.check.is_exclusive() {
                &mut plan.alone
            } else {
                &mut plan.together
            };
            company.push(entry);
        }
        Ok(plan)
    }

    /// All of them.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'static CheckEntry> + '_ {
        self.together.iter().chain(&self.alone).chain(&self.last).copied()
    }

    /// How many checks there are.
    pub(super) fn len(&self) -> usize {
        self.together.len() + self.alone.len() + self.last.len()
    }
}

/// Whether a server may fall over at what a check sends. Such checks come one at a time, so that it is seen at which.
pub(super) fn is_risky(id: &str) -> bool {
    const RISKY: &[&str] =
        &["robust.", "error.", "auth.odd-key", "auth.repeated-key", "shape.requests", "balance.refused-free"];
    RISKY.iter().any(|start| id.starts_with(start))
}

fn globs(patterns: &[String]) -> Result<GlobSet, RunError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|error| RunError::Glob(pattern.clone(), error.kind().to_string()))?;
        set.add(glob);
    }
    set.build().map_err(|error| RunError::Glob(patterns.join(", "), error.to_string()))
}
