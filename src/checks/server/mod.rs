//! Checks that judge servers.

mod accounts;
mod bodies;
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
}
