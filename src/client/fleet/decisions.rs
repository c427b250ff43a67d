//! The replaceable decisions of the second cache level.

use crate::client::behaviour::InvalidationReason;
use crate::client::config::ClientAccount;

/// What is stored, under which key, and what other processes are told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FleetDecisions {
    /// Whether the store is used at all. Conforming: yes.
    pub(crate) uses_store: bool,
    /// The account that the key is made of. Conforming: the tenant with the credential.
    pub(crate) key: fn(ClientAccount) -> ClientAccount,
    /// Whether the base URL is part of the key. Conforming: yes.
    pub(crate) keyed_by_base_url: bool,
    /// Whether an invalidation for this reason reaches the store. Conforming: always.
    pub(crate) shares_invalidation: fn(InvalidationReason) -> bool,
    /// Whether the first level drops what another process has invalidated. Conforming: yes.
    pub(crate) listens: bool,
    /// Whether the age of a stored balance counts in the first level. Conforming: yes.
    pub(crate) keeps_age: bool,
    /// Whether a check waits for the process that holds the lease. Conforming: yes.
    pub(crate) waits: bool,
    /// Whether the lease ends when the request fails. Conforming: yes.
    pub(crate) releases: bool,
    /// Whether a balance is stored only if the lease is still held. Conforming: yes.
    pub(crate) refuses_late_responses: bool,
}

impl Default for FleetDecisions {
    fn default() -> Self {
        Self {
            uses_store: true,
            key: |account| account,
            keyed_by_base_url: true,
            shares_invalidation: |_| true,
            listens: true,
            keeps_age: true,
            waits: true,
            releases: true,
            refuses_late_responses: true,
        }
    }
}
