//! Checks that judge servers.

mod accounts;
mod alive;
mod bodies;
mod invalid;
mod keys;
mod operations;
mod outage;
mod outline;
mod payments;
mod play;
mod readings;
mod refusal;
mod shared_cache;
mod snapshots;
mod strict_json;
mod ttl;
mod unrouted;
mod wallet;
mod withdrawn;

use super::registry::checks;

checks! {
    shape_status,
    shape_media_type,
    shape_headers,
    shape_body,
    shape_json,
    shape_framing,
    shape_requests,
    shape_any_request,
    shape_snapshot,
    error_unknown_path,
    error_unknown_method,
    error_malformed_body,
    error_invalid_request,
    error_any_invalid_request,
    error_rate_limited,
    auth_missing_key,
    auth_empty_key,
    auth_unknown_key,
    auth_near_key,
    auth_any_near_key,
    auth_misplaced_key,
    auth_scheme_case,
    auth_repeated_key,
    auth_odd_key,
    auth_revoked_key,
    auth_expired_key,
    auth_field_name_case,
    auth_echo,
    auth_recovery,
    auth_isolation,
    cache_fresh,
    cache_expiry,
    cache_not_renewed,
    cache_zero,
    cache_age,
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
    balance_any_amount,
    balance_total,
    balance_changes,
    balance_invariants,
    balance_again,
    balance_cost,
    balance_any_body,
    balance_free,
    balance_refused_free,
    balance_exhausted,
    balance_no_overdraw,
    balance_enforced_when_open,
    balance_any_order,
    robust_large_requests,
    robust_hostile_bodies,
    robust_malformed_requests,
    robust_deadline,
}
