//! What is promised about caches.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Promise, Role, words};

/// What is promised about caching.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caching {
    /// By the server.
    pub server: Option<CacheRule>,
    /// By the client.
    pub client: Option<CacheRule>,
}

/// What is promised about the cache of one side. Without it, nothing is promised, and any behaviour is correct.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheRule {
    /// Whether responses are cached.
    pub kind: CacheKind,
    /// The minimum TTL, in milliseconds. Equal to `max_ttl_ms` where the source names one time.
    pub min_ttl_ms: Option<u64>,
    /// The maximum TTL, in milliseconds; absent where the source names none.
    pub max_ttl_ms: Option<u64>,
    /// The promise that cached balances are not shown to other tenants.
    pub scope: Option<Promise>,
    /// The roles of operations whose success drops the cached balance.
    #[serde(default)]
    pub invalidated_by: BTreeMap<Role, Promise>,
    /// The promise of the kind and the TTL.
    pub promise: Promise,
}

words! {
    /// Whether responses are cached.
    #[non_exhaustive]
    pub enum CacheKind {
        /// They are: within the TTL the cached response is returned.
        Cached = "cached" | "kept",
        /// They may be, for at most the TTL.
        Permitted = "permitted",
        /// They are not: every response is fresh.
        None = "none",
    }
}
