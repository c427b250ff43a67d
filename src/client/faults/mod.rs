//! Ways for a client to be wrong, each by name.
//!
//! Every one is a mistake that clients make, and exists so that the check made for it can be shown to notice.

mod applies;
mod auth;
mod balance;
mod cache;
mod error;
mod fail_open;
mod history;
mod robust;
mod shape;

use super::behaviour::ClientBehaviour;
use crate::contract::Contract;

/// A way to be wrong.
#[derive(Debug, Clone, Copy)]
pub struct ClientFault {
    /// Its name, never renamed.
    pub name: &'static str,
    /// What such a client does.
    pub about: &'static str,
    /// Whether it makes a difference under this contract.
    pub applies: fn(&Contract) -> bool,
    /// Makes a client do it.
    pub install: fn(&mut ClientBehaviour),
}

/// All faults, by area.
pub fn all() -> impl Iterator<Item = &'static ClientFault> {
    let lists =
        [auth::ALL, shape::ALL, error::ALL, cache::ALL, fail_open::ALL, balance::ALL, history::ALL, robust::ALL];
    lists.into_iter().flatten()
}

/// The fault of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static ClientFault> {
    all().find(|fault| fault.name == name)
}

impl ClientFault {
    /// A client that is wrong in this way only.
    #[must_use]
    pub fn behaviour(&self) -> ClientBehaviour {
        let mut behaviour = ClientBehaviour::default();
        (self.install)(&mut behaviour);
        behaviour
    }
}
