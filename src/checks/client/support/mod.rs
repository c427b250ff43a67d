//! Helpers that several checks of clients share.

pub(super) mod bodies;
pub(super) mod cache_support;
pub(super) mod check_result;
pub(super) mod failure_policy;
pub(super) mod failures;
pub(super) mod fleet;
pub(super) mod generated;
pub(super) mod paid_calls;
pub(super) mod sequence_runner;
pub(super) mod situations;
