//! Named faults: each breaks one promise, and exists to be caught.
//!
//! A fault is a name, a sentence, and what it installs; one list names the files that they stand in.

mod auth;
mod balance;
mod cache;
mod charge;
mod error;
mod fail_open;
mod history;
mod key_place;
mod near_key;
mod request;
mod robust;
mod shape;
mod tenants;

use super::behaviour::ProviderBehaviour;
use crate::contract::{Contract, Role};

/// A named fault of the stand-in.
#[derive(Debug, Clone, Copy)]
pub struct ServerFault {
    /// Its name, for `--fault`.
    pub name: &'static str,
    /// What goes wrong, in a sentence.
    pub about: &'static str,
    /// Whether it makes a difference under this contract.
    pub applies: fn(&Contract) -> bool,
    /// Takes hold.
    pub install: fn(&mut ProviderBehaviour),
}

const LISTS: &[&[ServerFault]] = &[
    shape::FAULTS,
    request::FAULTS,
    error::FAULTS,
    auth::FAULTS,
    key_place::FAULTS,
    tenants::FAULTS,
    near_key::FAULTS,
    cache::FAULTS,
    fail_open::FAULTS,
    balance::FAULTS,
    charge::FAULTS,
    history::FAULTS,
    robust::FAULTS,
];

/// Every fault.
pub fn all() -> impl Iterator<Item = &'static ServerFault> {
    LISTS.iter().copied().flatten()
}

/// The fault of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ServerFault> {
    all().find(|fault| fault.name == name)
}

/// For faults that make a difference under every contract.
fn always(_: &Contract) -> bool {
    true
}

/// For faults of what is told: where the contract says in which place what is left stands, or whether use is allowed.
fn tells(contract: &Contract) -> bool {
    let balance = contract.operation(Role::Balance);
    balance.is_some_and(|operation| operation.fields.remaining.is_some() || operation.fields.allowed.is_some())
}
