//! Faults of the cache of the provider.

use std::sync::{Arc, Mutex};

use super::ServerFault;
use crate::contract::{CacheKind, Contract, Role};
use crate::mock::reply::Reply;
use crate::model::BalanceValues;
use crate::sync::lock;

/// Long enough to be observed, and shorter than every time to live.
const MINUTE_MS: u64 = 60_000;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "cache-off",
        about: "no response is cached although the contract requires it",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.deviation.keeps = |_| false,
    },
    ServerFault {
        name: "cache-too-short",
        about: "a cached response expires after nine tenths of its time to live",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.deviation.ttl = |ttl_ms, _| ttl_ms / 10 * 9,
    },
    ServerFault {
        name: "cache-too-long",
        about: "a response is cached for a twentieth longer than promised",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.deviation.ttl = |ttl_ms, _| ttl_ms + ttl_ms / 20,
    },
    ServerFault {
        name: "cache-of-few-entries",
        about: "the cache has room for four responses, and is emptied for another one",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.deviation.cache_entries = 4,
    },
    ServerFault {
        name: "cache-never-expires",
        about: "a cached response never expires",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.deviation.ttl = |_, _| u64::MAX,
    },
    ServerFault {
        name: "cache-longer-for-zero",
        about: "a balance of zero is cached ten times as long",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| {
            behaviour.deviation.ttl = |ttl_ms, balance| if is_zero_balance(balance) { ttl_ms * 10 } else { ttl_ms };
        },
    },
    ServerFault {
        name: "cache-skips-zero",
        about: "a balance of zero is not cached",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.deviation.keeps = |balance| !is_zero_balance(balance),
    },
    ServerFault {
        name: "cache-emptied-by-any-spend",
        about: "a paid call drops the cached responses of all tenants",
        applies: |contract| is(contract, CacheKind::Cached) && contract.operation(Role::Spend).is_some(),
        install: |behaviour| behaviour.deviation.spend_empties = true,
    },
    ServerFault {
        name: "cache-emptied-by-any-failure",
        about: "a failure of the store drops the cached responses of all tenants",
        applies: |contract| is(contract, CacheKind::Cached) && contract.failure.is_some(),
        install: |behaviour| behaviour.deviation.failure_empties = true,
    },
    ServerFault {
        name: "cache-renewed-by-reading",
        about: "every read restarts the time to live of a cached response",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.deviation.renew_on_read = true,
    },
    ServerFault {
        name: "cache-shared-by-all-tenants",
        about: "all tenants share one cache entry",
        applies: has_scope,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(MINUTE_MS);
            behaviour.deviation.cache_key = |_| String::new();
        },
    },
    ServerFault {
        name: "cache-keyed-by-tenant-length",
        about: "tenants whose names have the same length share one cache entry",
        applies: has_scope,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(MINUTE_MS);
            behaviour.deviation.cache_key = |tenant| tenant.len().to_string();
        },
    },
    ServerFault {
        name: "cache-previous-response-every-seventh",
        about: "every seventh balance response repeats the previous one, whichever tenant that was for",
        applies: has_scope,
        install: |behaviour| {
            let last: Mutex<(u64, Option<Reply>)> = Mutex::default();
            behaviour.edit.push(Arc::new(move |view, reply| {
                if !view.succeeded(Role::Balance) {
                    return;
                }
                let mut last = lock(&last);
                last.0 += 1;
                let before = last.1.replace(reply.clone());
                if last.0.is_multiple_of(7)
                    && let Some(before) = before
                {
                    *reply = before;
                }
            }));
        },
    },
    ServerFault {
        name: "refresh-ignored",
        about: "a refresh does not drop the cached response",
        applies: refreshes,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(MINUTE_MS);
            behaviour.deviation.refresh_ignored = |_| true;
        },
    },
    ServerFault {
        name: "refresh-ignored-every-second-time",
        about: "every second refresh does not drop the cached response",
        applies: refreshes,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(MINUTE_MS);
            behaviour.deviation.refresh_ignored = |n| n.is_multiple_of(2);
        },
    },
    ServerFault {
        name: "refresh-overwrites-other-tenants",
        about: "a refresh writes the balance of its tenant into the cache entries of all tenants",
        applies: refreshes,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(MINUTE_MS);
            behaviour.deviation.refresh_spills = true;
        },
    },
    ServerFault {
        name: "cache-although-forbidden",
        about: "responses are cached for one second although the contract forbids it",
        applies: |contract| is(contract, CacheKind::None),
        install: |behaviour| behaviour.deviation.keep_anyway_ms = Some(1000),
    },
    ServerFault {
        name: "cache-zero-although-forbidden",
        about: "a balance of zero is cached for one second although the contract forbids it",
        applies: |contract| is(contract, CacheKind::None),
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(1000);
            behaviour.deviation.keeps = is_zero_balance;
        },
    },
    ServerFault {
        name: "balance-stale-after-spend",
        about: "the check after a paid call still shows the balance before the call",
        applies: |contract| is(contract, CacheKind::None) && shows_balance_after_spend(contract),
        install: |behaviour| behaviour.deviation.lags_after_spend = true,
    },
    ServerFault {
        name: "cache-bypassed-by-parameter",
        about: "a request with an undocumented query parameter is answered past the cache",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.skips_cache = |request| request.target.contains("_="),
    },
    ServerFault {
        name: "cache-bypassed-by-user-agent",
        about: "a request of another browser is answered past the cache",
        applies: |contract| is(contract, CacheKind::Cached),
        install: |behaviour| behaviour.skips_cache = |request| request.header_value("user-agent").is_some(),
    },
];

fn is(contract: &Contract, kind: CacheKind) -> bool {
    contract.caching.server.as_ref().is_some_and(|rule| rule.kind == kind)
}

fn has_scope(contract: &Contract) -> bool {
    contract.caching.server.as_ref().is_some_and(|rule| rule.scope.is_some())
}

fn refreshes(contract: &Contract) -> bool {
    contract.caching.server.as_ref().is_some_and(|rule| rule.invalidated_by.contains_key(&Role::Refresh))
}

/// Whether the balance after a paid call is known.
fn shows_balance_after_spend(contract: &Contract) -> bool {
    contract.operation(Role::Spend).is_some_and(|operation| {
        let fixed = operation.cost.as_ref().is_some_and(|cost| cost.amount.is_some() || cost.charged.is_some());
        fixed || operation.fields.remaining.is_some()
    })
}

fn is_zero_balance(balance: &BalanceValues) -> bool {
    balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero())
}
