//! Named defects of clients.
//!
//! Each is a mistake that real clients make. The harness installs it into the reference client to prove that the check
//! written for it detects it.

mod applies;
mod auth;
mod balance;
mod body_edits;
mod cache;
mod error;
mod fail_open;
mod fleet;
mod history;
mod paid_call;
mod rekey;
mod robust;
mod shape;

use super::behaviour::ClientBehaviour;
use crate::contract::Contract;

/// A defect of a client.
#[derive(Debug, Clone, Copy)]
pub struct ClientFault {
    /// The name, which is never renamed.
    pub name: &'static str,
    /// What a client with this fault does.
    pub about: &'static str,
    /// Whether the fault makes a difference under a contract.
    pub(crate) applies: fn(&Contract) -> bool,
    /// Installs the fault.
    pub(crate) install: fn(&mut ClientBehaviour),
}

/// All faults, ordered by area.
pub fn all() -> impl Iterator<Item = &'static ClientFault> {
    let lists = [
        auth::ALL,
        shape::ALL,
        paid_call::ALL,
        error::ALL,
        cache::ALL,
        rekey::ALL,
        fleet::ALL,
        fail_open::ALL,
        balance::ALL,
        history::ALL,
        robust::ALL,
    ];
    lists.into_iter().flatten()
}

/// Finds a fault by name.
#[must_use]
pub fn named(name: &str) -> Option<&'static ClientFault> {
    all().find(|fault| fault.name == name)
}

impl ClientFault {
    /// Whether the fault makes a difference under a contract.
    #[must_use]
    pub fn applies_to(&self, contract: &Contract) -> bool {
        (self.applies)(contract)
    }

    /// The behaviour of a client with this fault alone.
    #[must_use]
    pub(crate) fn behaviour(&self) -> ClientBehaviour {
        let mut behaviour = ClientBehaviour::default();
        (self.install)(&mut behaviour);
        behaviour
    }
}
