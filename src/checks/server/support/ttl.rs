//! Contracts that state a TTL for the server cache.

use crate::contract::{CacheKind, CacheRule, Contract};
use crate::subject::{Passed, rounding_ms};

/// The age of a cached response: the time that has passed since it was stored.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::checks) struct Age {
    ms: u64,
    extra_moves: u64,
}

impl Age {
    /// Adds time that has passed.
    pub(in crate::checks) fn add(&mut self, passed: Passed) {
        self.ms += passed.ms;
        self.extra_moves += passed.extra_moves();
    }

    /// For how long to wait until the response has an age that is certainly reached, however the clock rounds.
    pub(in crate::checks) fn ms_until(self, age_ms: u64) -> u64 {
        age_ms.saturating_add(self.extra_moves * rounding_ms(age_ms)).saturating_sub(self.ms)
    }
}

/// The rule of a server cache with a minimum TTL, and that TTL in milliseconds.
pub(in crate::checks) fn minimum(contract: &Contract) -> Option<(&CacheRule, u64)> {
    let rule = contract.caching.server.as_ref().filter(|rule| rule.kind == CacheKind::Cached)?;
    let min_ms = rule.min_ttl_ms.or(rule.max_ttl_ms).filter(|ms| *ms > 0)?;
    Some((rule, min_ms))
}

/// The rule of a server cache with a maximum TTL, and that TTL in milliseconds.
pub(in crate::checks) fn maximum(contract: &Contract) -> Option<(&CacheRule, u64)> {
    let rule = contract.caching.server.as_ref().filter(|rule| rule.kind != CacheKind::None)?;
    let max_ms = rule.max_ttl_ms.filter(|ms| *ms > 0)?;
    Some((rule, max_ms))
}

/// Applies to contracts with a minimum TTL.
pub(in crate::checks) fn has_minimum(contract: &Contract) -> Result<(), &'static str> {
    minimum(contract).map(drop).ok_or("the contract states no minimum TTL for the server cache")
}

/// Applies to contracts with a maximum TTL.
pub(in crate::checks) fn has_maximum(contract: &Contract) -> Result<(), &'static str> {
    maximum(contract).map(drop).ok_or("the contract states no maximum TTL for the server cache")
}

/// A time shortly before the minimum TTL, in whole seconds if it is at least one second.
pub(in crate::checks) fn before_end_ms(shortest_ms: u64) -> u64 {
    round_to_seconds(shortest_ms - (shortest_ms / 2).min(2000))
}

/// A time shortly after the maximum TTL.
pub(in crate::checks) fn after_end_ms(longest_ms: u64) -> u64 {
    longest_ms + (longest_ms / 2).min(2000)
}

/// Rounds down to whole seconds. Times below one second stay as they are.
fn round_to_seconds(ms: u64) -> u64 {
    if ms >= 1000 { ms / 1000 * 1000 } else { ms }
}
