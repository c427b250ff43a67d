//! Checks that judge servers.

mod accounts;
mod bodies;
mod outage;
mod payments;
mod readings;
mod shared_cache;
mod ttl;

use super::registry::checks;

checks! {
    shape_body,
    cache_fresh,
    cache_expiry,
    cache_not_renewed,
    cache_zero,
    cache_per_tenant,
    cache_refresh,
    cache_none,
    cache_headers,
    cache_validators,
    fail_open_answer,
    fail_open_closed,
    fail_open_recovery,
    fail_open_isolated,
    fail_open_spend,
    balance_exact,
    balance_total,
    balance_changes,
    balance_invariants,
    balance_again,
    balance_cost,
    balance_free,
    balance_refused_free,
    balance_exhausted,
    balance_no_overdraw,
    balance_enforced_when_open,
}
