//! Coverage of the hard faults: those that single examples may miss, with the kinds of checks that catch them.

use super::selftest::Selftest;
use crate::checks::{CheckKind, find, registry};

/// The kinds of checks that are meant to catch a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCoverage {
    /// The name of the fault.
    pub fault: &'static str,
    /// The kinds of checks, each with whether all checks of that kind caught the fault.
    pub kinds: Vec<(CheckKind, bool)>,
}

impl FaultCoverage {
    /// Returns whether checks of that kind caught the fault; `None` if no check of that kind is meant to.
    #[must_use]
    pub fn by(&self, kind: CheckKind) -> Option<bool> {
        self.kinds.iter().find(|(have, _)| *have == kind).map(|(_, caught)| *caught)
    }

    /// Returns the faults that property or sequence checks are meant to catch, with the kinds of all such checks.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for entry in registry() {
            for fault in entry.check.faults {
                note(&mut all, fault, entry.check.kind, true);
            }
        }
        all.retain(|coverage| coverage.kinds.iter().any(|(kind, _)| *kind != CheckKind::Example));
        all
    }
}

impl Selftest {
    /// Returns the faults that property or sequence checks are meant to catch, with the kinds that caught them in this run.
    #[must_use]
    pub fn hard_faults(&self) -> Vec<FaultCoverage> {
        let mut all = Vec::new();
        for row in &self.rows {
            let Some(entry) = find(row.check) else { continue };
            for (fault, found) in &row.faulty {
                note(&mut all, fault, entry.check.kind, found.verdict.is_finding());
            }
        }
        all.retain(|coverage| coverage.kinds.iter().any(|(kind, _)| *kind != CheckKind::Example));
        all
    }
}

fn note(all: &mut Vec<FaultCoverage>, fault: &'static str, kind: CheckKind, caught: bool) {
    let at = all.iter().position(|have| have.fault == fault).unwrap_or_else(|| {
        all.push(FaultCoverage { fault, kinds: Vec::new() });
        all.len() - 1
    });
    let Some(coverage) = all.get_mut(at) else { return };
    match coverage.kinds.iter_mut().find(|(have, _)| *have == kind) {
        Some((_, all_caught)) => *all_caught &= caught,
        None => coverage.kinds.push((kind, caught)),
    }
}
