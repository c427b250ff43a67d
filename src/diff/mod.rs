//! Compares two contracts, or two documents, in terms of promises: what happens to a client of the old one at the new one, and
//! whether a server that keeps the old one breaks the new one.
//!
//! A change breaks a client if the client did what the old contract allows, and the new one no longer gives what was promised for
//! it. How binding the old promise was decides how much it counts: what was only recommended is something to look at, and what was
//! only observed breaks nothing.

mod caching;
mod change;
mod conditions;
mod credential;
mod document;
mod operation;
mod outcome;
mod render;
mod schema;
mod servers;
mod shape;

pub use change::{Change, Effect};

use crate::contract::Contract;

/// The differences between two contracts.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The name and the digest of the old contract.
    pub old: (String, String),
    /// The name and the digest of the new contract.
    pub new: (String, String),
    /// The changes, those that break clients or servers first.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Compares two contracts.
    #[must_use]
    pub fn of(old: &Contract, new: &Contract) -> Self {
        let mut changes = Self::for_clients(old, new);
        servers::note(&mut changes, Self::for_clients(new, old));
        changes.sort_by_key(|change| (change.worst(), change.effect));
        let named = |contract: &Contract| (contract.name().to_owned(), contract.digest().to_owned());
        Self { old: named(old), new: named(new), changes }
    }

    /// The changes, with what they mean for a client of the old contract.
    fn for_clients(old: &Contract, new: &Contract) -> Vec<Change> {
        let mut changes = change::Changes::default();
        document::compare(old, new, &mut changes);
        credential::compare(old, new, &mut changes);
        caching::compare(old, new, &mut changes);
        operation::compare(old, new, &mut changes);
        changes.found()
    }

    /// Returns whether a client or a server that keeps the old contract would break the new one.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.count(Effect::Breaking) > 0
    }

    /// How many changes have an effect, on clients or on servers: each counts once, by the graver one.
    #[must_use]
    pub fn count(&self, effect: Effect) -> usize {
        self.changes.iter().filter(|change| change.worst() == effect).count()
    }
}
