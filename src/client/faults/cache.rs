//! Faults of the cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rust_decimal::Decimal;

use super::ClientFault;
use super::applies::{
    always, amounts, drops_on_spend, fails_closed, fails_open, flags, keeps, keeps_by_credential, keeps_by_tenant,
    keeps_flags, must_keep, secured,
};
use crate::client::balance::{Balance, Source};
use crate::client::behaviour::{InvalidationReason, ReportContext};
use crate::client::config::{ClientAccount, Secret};
use crate::client::credit_client::CallResult;
use crate::client::error::{ClientError, ErrorClass};
use crate::contract::{CacheKind, Tenant};
use crate::sync::lock;

/// Names that agree in so many bytes are one to a cache that truncates them.
const TRUNCATED: usize = 12;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "nothing-cached",
        about: "caches nothing",
        applies: keeps,
        install: |b| b.caching.ttl = |_| Duration::ZERO,
    },
    ClientFault {
        name: "zero-not-cached",
        about: "sends a request every time if the balance is 0",
        applies: |contract| must_keep(contract) && amounts(contract),
        install: |b| b.caching.usable = |hit| hit.remaining() != Some(Decimal::ZERO),
    },
    ClientFault {
        name: "denial-not-cached",
        about: "sends a request every time if use is not allowed",
        applies: |contract| must_keep(contract) && flags(contract),
        install: |b| b.caching.usable = |hit| hit.allowed() != Some(false),
    },
    ClientFault {
        name: "cached-too-long",
        about: "caches balances for twice the TTL",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| ttl * 2,
    },
    ClientFault {
        name: "cached-too-short",
        about: "caches balances for an eighth of the TTL",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| ttl / 8,
    },
    ClientFault {
        name: "cached-forever",
        about: "caches balances forever",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| if ttl.is_zero() { ttl } else { Duration::MAX },
    },
    ClientFault {
        name: "cached-at-the-boundary",
        about: "still uses a cached balance whose age equals the TTL",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| if ttl.is_zero() { ttl } else { ttl + Duration::from_nanos(1) },
    },
    ClientFault {
        name: "cached-in-whole-seconds",
        about: "measures the age in whole seconds, rounded down, and so uses a balance for up to a second too long",
        applies: keeps,
        install: |b| {
            b.caching.ttl = |ttl| if ttl.is_zero() { ttl } else { ttl + Duration::from_millis(999) };
        },
    },
    ClientFault {
        name: "renewed-by-reading",
        about: "restarts the TTL at each read, so that a balance that is read often never expires",
        applies: keeps,
        install: |b| b.caching.renew_on_read = true,
    },
    ClientFault {
        name: "shared-between-credentials",
        about: "uses the tenant alone as the cache key",
        applies: keeps_by_credential,
        install: |b| b.caching.key = |account| ClientAccount { key: None, ..account },
    },
    ClientFault {
        name: "shared-between-tenants",
        about: "uses the credential alone as the cache key",
        applies: keeps_by_tenant,
        install: |b| {
            b.caching.key = |account| ClientAccount { tenant: None, ..account };
            // Where the base URL identifies the tenant, too.
            b.caching.keyed_by_base_url = false;
        },
    },
    ClientFault {
        name: "shared-between-truncated-tenants",
        about: "uses the first 12 bytes of the tenant in the cache key",
        applies: keeps_by_tenant,
        install: |b| {
            b.caching.key = |account| ClientAccount { tenant: account.tenant.as_deref().map(truncated), ..account };
            b.caching.keyed_by_base_url = false;
        },
    },
    ClientFault {
        name: "shared-between-truncated-credentials",
        about: "uses the first 12 bytes of the credential in the cache key",
        applies: keeps_by_credential,
        install: |b| {
            b.caching.key = |account| {
                let key = account.key.as_ref().map(|key| Secret::from(truncated(key.expose())));
                ClientAccount { key, ..account }
            };
        },
    },
    ClientFault {
        name: "shared-ignoring-letter-case",
        about: "ignores letter case in the cache key",
        applies: keeps_by_credential,
        install: |b| {
            b.caching.key = |account| {
                let lower = |text: &str| Arc::<str>::from(text.to_lowercase());
                let key = account.key.as_ref().map(|key| Secret::from(lower(key.expose())));
                ClientAccount { tenant: account.tenant.as_deref().map(lower), key }
            };
        },
    },
    ClientFault {
        name: "shared-between-servers",
        about: "omits the base URL from the cache key",
        applies: keeps,
        install: |b| b.caching.keyed_by_base_url = false,
    },
    ClientFault {
        name: "cached-after-spend",
        about: "keeps the cached balance after a successful paid call",
        applies: drops_on_spend,
        install: |b| b.caching.invalidates = |conforming, reason, _| conforming && reason != InvalidationReason::Spent,
    },
    ClientFault {
        name: "cached-after-invalidate",
        about: "keeps the cached balance after `invalidate`",
        applies: keeps,
        install: |b| {
            b.caching.invalidates = |conforming, reason, _| conforming && reason != InvalidationReason::Requested;
        },
    },
    ClientFault {
        name: "refilled-by-late-response",
        about: "caches a balance that was requested before a paid call and received after it",
        applies: keeps,
        install: |b| b.caching.cache_late_responses = true,
    },
    ClientFault {
        name: "invalidated-before-spend",
        about: "drops the cached balance before a paid call instead of after it, so that a concurrent check caches it again",
        applies: drops_on_spend,
        install: |b| {
            b.caching.invalidate_before_spend = true;
            b.caching.invalidates = |conforming, reason, _| conforming && reason == InvalidationReason::Requested;
        },
    },
    ClientFault {
        name: "errors-cached",
        about: "caches a failure as a balance of 0",
        applies: keeps,
        install: |b| {
            b.caching.cacheable = |received, _| {
                let zero = Balance { remaining: Some(Decimal::ZERO), allowed: Some(false), ..Balance::default() };
                Some(received.as_ref().copied().unwrap_or(zero))
            };
        },
    },
    ClientFault {
        name: "fail-open-cached",
        about: "caches the `allowed` of the failure policy as though the server had sent it",
        applies: keeps_flags,
        install: |b| b.caching.cacheable = |_, reported| reported.as_ref().ok().copied(),
    },
    ClientFault {
        name: "stale-on-error",
        about: "reports an expired balance if the check fails",
        applies: always,
        install: |b| b.reporting.after_check = stale,
    },
    ClientFault {
        name: "cache-not-shared",
        about: "does not share its cache between sessions",
        applies: keeps,
        install: |b| {
            b.caching.key = |account| {
                static SESSIONS: AtomicU64 = AtomicU64::new(0);
                let own = format!("session {}", SESSIONS.fetch_add(1, Ordering::Relaxed));
                ClientAccount { tenant: Some(own.into()), ..account }
            };
        },
    },
    ClientFault {
        name: "source-always-network",
        about: "reports the source `network` for every balance",
        applies: keeps,
        install: |b| {
            b.reporting.after_check =
                |result, _| result.map(|balance| Balance { source: Some(Source::Network), ..balance });
        },
    },
    ClientFault {
        name: "source-always-cache",
        about: "reports the source `cache` for every balance",
        applies: always,
        install: |b| {
            b.reporting.after_check =
                |result, _| result.map(|balance| Balance { source: Some(Source::Cache), ..balance });
        },
    },
    ClientFault {
        name: "source-kept-after-refetch",
        about: "reports the source `cache` for every balance but the first",
        applies: keeps,
        install: |b| {
            b.reporting.after_check = |result, context| {
                let first = context.memory.checks.fetch_add(1, Ordering::Relaxed) == 0;
                let source = if first { Source::Network } else { Source::Cache };
                result.map(|balance| Balance { source: Some(source), ..balance })
            };
        },
    },
    ClientFault {
        name: "fail-open-reported-as-network",
        about: "reports the source `network` for a balance that the failure policy made up",
        applies: fails_open,
        install: |b| {
            b.reporting.after_check = |result, _| {
                result.map(|balance| match balance.source {
                    Some(Source::FailOpen) => Balance { source: Some(Source::Network), ..balance },
                    _ => balance,
                })
            };
        },
    },
    ClientFault {
        name: "failure-kept",
        about: "reports a failure again for two further checks, without a request",
        applies: |contract| keeps(contract) && fails_closed(contract),
        install: |b| {
            b.reporting.before_check = |memory| {
                let kept = memory.failures.load(Ordering::Relaxed) > 0;
                kept.then(|| {
                    memory.failures.fetch_sub(1, Ordering::Relaxed);
                    Err(ClientError::new(ErrorClass::Other, "this client failed before"))
                })
            };
            b.reporting.after_check = |result, context| {
                if result.is_err() {
                    context.memory.failures.store(2, Ordering::Relaxed);
                }
                result
            };
        },
    },
    ClientFault {
        name: "concurrent-accounts-merged",
        about: "shares one request between concurrent checks of different accounts",
        applies: |contract| {
            let rule = contract.caching.client.as_ref();
            rule.is_none_or(|rule| rule.kind != CacheKind::None)
                && (secured(contract) || contract.tenant != Tenant::Credential)
        },
        install: |b| {
            b.caching.merges_accounts = true;
            b.caching.keyed_by_base_url = false;
        },
    },
    ClientFault {
        name: "joined-failure-never-ends",
        about: "leaves checks waiting forever that joined a request which failed",
        applies: |contract| contract.caching.client.as_ref().is_none_or(|rule| rule.kind != CacheKind::None),
        install: |b| b.caching.ends_joined_failures = false,
    },
    ClientFault {
        name: "no-single-flight",
        about: "sends one request for each of several concurrent checks",
        applies: always,
        install: |b| b.caching.single_flight = false,
    },
];

fn truncated(text: &str) -> Arc<str> {
    text.get(..TRUNCATED).unwrap_or(text).into()
}

fn stale(result: CallResult, context: &ReportContext<'_>) -> CallResult {
    let mut last = lock(&context.memory.last_balance);
    match result {
        Ok(balance) if balance.source != Some(Source::FailOpen) => {
            *last = Some(balance);
            Ok(balance)
        }
        failed => last.map_or(failed, |balance| Ok(Balance { source: Some(Source::Cache), ..balance })),
    }
}
