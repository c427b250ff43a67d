//! Faults that it takes more than examples to notice, and which kinds of checks do.

use super::selftest::{Selftest, caught};
use crate::checks::{CheckKind, find, registry};

/// A fault with the kinds of checks that were made to catch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCoverage {
    /// Its name.
    pub fault: &'static str,
    /// The kinds, and whether all checks of that kind did catch it.
    pub kinds: Vec<(CheckKind, bool)>,
}

impl FaultCoverage {
    /// Whether checks of that kind catch it; `None` if none was made to.
    #[must_use]
    pub fn by(&self, kind: CheckKind) -> Option<bool> {
        self.kinds.iter().find(|(have, _)| *have == kind).map(|(_, caught)| *caught)
    }

    /// The faults that properties or sequences are made to catch, with the kinds of all checks that are.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for entry in registry() {
            for fault in entry.check.faults {
                note(&mut all, fault, entry.check.kind, true);
            }
        }
        all.retain(|subtle| subtle.kinds.iter().any(|(kind, _)| *kind != CheckKind::Example));
        all
    }
}

impl Selftest {
    /// The faults that properties or sequences are made to catch, and by which kinds of checks each was caught here.
    #[must_use]
    pub fn subtle(&self) -> Vec<FaultCoverage> {
        let mut all = Vec::new();
        for row in &self.rows {
            let Some(entry) = find(row.check) else { continue };
            for (fault, found) in &row.faulty {
                note(&mut all, fault, entry.check.kind, caught(found));
            }
        }
        all.retain(|subtle| subtle.kinds.iter().any(|(kind, _)| *kind != CheckKind::Example));
        all
    }
}

fn note(all: &mut Vec<FaultCoverage>, fault: &'static str, kind: CheckKind, caught: bool) {
    let at = all.iter().position(|have| have.fault == fault).unwrap_or_else(|| {
        all.push(FaultCoverage { fault, kinds: Vec::new() });
        all.len() - 1
    });
    let Some(subtle) = all.get_mut(at) else { return };
    match subtle.kinds.iter_mut().find(|(have, _)| *have == kind) {
        Some((_, all_caught)) => *all_caught &= caught,
        None => subtle.kinds.push((kind, caught)),
    }
}
