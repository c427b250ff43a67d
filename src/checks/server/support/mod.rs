//! Helpers that several checks of servers share.

pub(super) mod accounts;
pub(super) mod alive;
pub(super) mod balance_reads;
pub(super) mod bodies;
pub(super) mod describe;
pub(super) mod invalid_requests;
pub(super) mod jobs;
pub(super) mod keys;
pub(super) mod operations;
pub(super) mod outage;
pub(super) mod payments;
pub(super) mod refusal;
pub(super) mod response_shape;
pub(super) mod retry_after;
pub(super) mod revoked;
pub(super) mod same_balance;
pub(super) mod sequence_runner;
pub(super) mod shared_cache;
pub(super) mod snapshots;
pub(super) mod spend_oracle;
pub(super) mod stops;
pub(super) mod strict_json;
pub(super) mod ttl;
pub(super) mod unrouted;
pub(super) mod usual_fields;
