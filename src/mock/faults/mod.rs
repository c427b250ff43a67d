//! Named faults of a mock provider. Each breaks one promise, so that a check can be tested by it.
//!
//! A fault has a name, a description and a function that installs it. Each file has a list of faults; `LISTS` names the files.

mod auth;
mod balance;
mod cache;
mod charge;
mod conditions;
mod envelope;
mod error;
mod fail_open;
mod history;
mod jobs;
mod kept_connection;
mod key_place;
mod near_key;
mod request;
mod robust;
mod shape;
mod success;
mod tenants;
mod undocumented_input;

use super::behaviour::ProviderBehaviour;
use crate::contract::{Contract, Role};

/// A named fault of a mock provider.
#[derive(Debug, Clone, Copy)]
pub struct ServerFault {
    /// The name, for `--fault`.
    pub name: &'static str,
    /// What goes wrong, as a sentence.
    pub about: &'static str,
    /// Whether the fault changes the behaviour under this contract.
    pub applies: fn(&Contract) -> bool,
    /// Adds the fault to a behaviour.
    pub install: fn(&mut ProviderBehaviour),
}

const LISTS: &[&[ServerFault]] = &[
    shape::FAULTS,
    request::FAULTS,
    undocumented_input::FAULTS,
    success::FAULTS,
    envelope::FAULTS,
    kept_connection::FAULTS,
    error::FAULTS,
    conditions::FAULTS,
    auth::FAULTS,
    key_place::FAULTS,
    tenants::FAULTS,
    near_key::FAULTS,
    cache::FAULTS,
    fail_open::FAULTS,
    balance::FAULTS,
    charge::FAULTS,
    history::FAULTS,
    jobs::FAULTS,
    robust::FAULTS,
];

/// Returns all faults.
pub fn all() -> impl Iterator<Item = &'static ServerFault> {
    LISTS.iter().copied().flatten()
}

/// Finds a fault by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ServerFault> {
    all().find(|fault| fault.name == name)
}

/// Applies to every contract.
fn always(_: &Contract) -> bool {
    true
}

/// Applies to contracts in which a balance has `remaining` or `allowed`.
fn has_balance_field(contract: &Contract) -> bool {
    let balance = contract.operation(Role::Balance);
    balance.is_some_and(|operation| operation.fields.remaining.is_some() || operation.fields.allowed.is_some())
}
