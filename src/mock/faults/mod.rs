//! Named faults of a mock provider. Each breaks one promise, so that a check can be tested by it.
//!
//! A fault has a name, a description and a function that installs it. Each file of faults has a list of them; `LISTS` names the files. Files without a
//! list are helpers: `applies`, `balance_field`, `hooks`, `refusal`.

mod applies;
mod balance;
mod balance_field;
mod cache;
mod charge;
mod conditions;
mod envelope;
mod fail_open;
mod framing;
mod history;
mod hooks;
mod http_caching;
mod invalid_request;
mod jobs;
mod json;
mod kept_connection;
mod key_leak;
mod key_place;
mod missing_key;
mod near_key;
mod odd_key;
mod rate_limit;
mod refusal;
mod request;
mod robust;
mod routes;
mod shape;
mod success;
mod tenants;
mod undocumented_input;
mod unknown_key;

use super::behaviour::ProviderBehaviour;
use crate::contract::Contract;

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
    json::FAULTS,
    framing::FAULTS,
    request::FAULTS,
    undocumented_input::FAULTS,
    success::FAULTS,
    envelope::FAULTS,
    kept_connection::FAULTS,
    routes::FAULTS,
    invalid_request::FAULTS,
    rate_limit::FAULTS,
    conditions::FAULTS,
    missing_key::FAULTS,
    unknown_key::FAULTS,
    odd_key::FAULTS,
    key_leak::FAULTS,
    key_place::FAULTS,
    tenants::FAULTS,
    near_key::FAULTS,
    cache::FAULTS,
    http_caching::FAULTS,
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
