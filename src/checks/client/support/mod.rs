//! Helpers that several checks of clients share.

pub(super) mod blocked_users;
pub(super) mod bodies;
pub(super) mod cache_support;
pub(super) mod check_result;
pub(super) mod early_requests;
pub(super) mod failure_policy;
pub(super) mod failures;
pub(super) mod fleet;
pub(super) mod generated;
pub(super) mod kept_failures;
pub(super) mod paid_calls;
pub(super) mod repeated_payments;
pub(super) mod repeated_reads;
pub(super) mod retry_runs;
pub(super) mod sequence_runner;
pub(super) mod situations;
