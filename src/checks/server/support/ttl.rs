//! Contracts that put a time to a server's cache.

use crate::contract::{CacheKind, CacheRule, Contract};

/// The rule of a cache that is promised to keep answers for some time, with the least of that time in milliseconds.
pub(in crate::checks) fn minimum(contract: &Contract) -> Option<(&CacheRule, u64)> {
    let rule = contract.caching.server.as_ref().filter(|rule| rule.kind == CacheKind::Cached)?;
    let shortest_ms = rule.min_ttl_ms.or(rule.max_ttl_ms).filter(|ms| *ms > 0)?;
    Some((rule, shortest_ms))
}

/// The rule of a cache whose time has an end, with the longest time in milliseconds.
pub(in crate::checks) fn maximum(contract: &Contract) -> Option<(&CacheRule, u64)> {
    let rule = contract.caching.server.as_ref().filter(|rule| rule.kind != CacheKind::None)?;
    let longest_ms = rule.max_ttl_ms.filter(|ms| *ms > 0)?;
    Some((rule, longest_ms))
}

/// For checks of what must be kept.
pub(in crate::checks) fn has_minimum(contract: &Contract) -> Result<(), &'static str> {
    minimum(contract).map(drop).ok_or("the contract does not say that the server keeps answers for some time")
}

/// For checks of the end of that time.
pub(in crate::checks) fn has_maximum(contract: &Contract) -> Result<(), &'static str> {
    maximum(contract).map(drop).ok_or("the contract names no longest time for which the server keeps answers")
}

/// The last moment, in whole seconds where there are some, at which an answer must still be kept.
pub(in crate::checks) fn before_end_ms(shortest_ms: u64) -> u64 {
    round_to_seconds(shortest_ms - (shortest_ms / 2).min(2000))
}

/// The first moment at which no answer may be kept any more.
pub(in crate::checks) fn after_end_ms(longest_ms: u64) -> u64 {
    longest_ms + (longest_ms / 2).min(2000)
}

/// Whole seconds, as far as there are any.
fn round_to_seconds(ms: u64) -> u64 {
    if ms >= 1000 { ms / 1000 * 1000 } else { ms }
}
