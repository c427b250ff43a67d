//! Wrong about what is kept, for whom and how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rust_decimal::Decimal;

use super::ClientFault;
use super::applies::{
    always, amounts, drops_on_spend, flags, keeps, keeps_by_credential, keeps_by_tenant, keeps_flags, must_keep,
};
use crate::client::balance::{Balance, Source};
use crate::client::behaviour::{InvalidationReason, ReportContext};
use crate::client::config::{ClientAccount, Secret};
use crate::client::credit_client::CallResult;
use crate::sync::lock;

/// Names that agree in so many bytes are one to a cache that truncates them.
const TRUNCATED: usize = 12;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "nothing-cached",
        about: "keeps nothing",
        applies: keeps,
        install: |b| b.caching.ttl = |_| Duration::ZERO,
    },
    ClientFault {
        name: "zero-not-cached",
        about: "asks again every time when the balance is 0",
        applies: |contract| must_keep(contract) && amounts(contract),
        install: |b| b.caching.usable = |hit| hit.remaining() != Some(Decimal::ZERO),
    },
    ClientFault {
        name: "denial-not-cached",
        about: "asks again every time when use is not allowed",
        applies: |contract| must_keep(contract) && flags(contract),
        install: |b| b.caching.usable = |hit| hit.allowed() != Some(false),
    },
    ClientFault {
        name: "cached-too-long",
        about: "keeps answers for twice the TTL",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| ttl * 2,
    },
    ClientFault {
        name: "cached-too-short",
        about: "keeps answers for an eighth of the TTL",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| ttl / 8,
    },
    ClientFault {
        name: "cached-forever",
        about: "keeps answers for ever",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| if ttl.is_zero() { ttl } else { Duration::MAX },
    },
    ClientFault {
        name: "cached-at-the-boundary",
        about: "still gives an answer out at the very age of the TTL",
        applies: keeps,
        install: |b| b.caching.ttl = |ttl| if ttl.is_zero() { ttl } else { ttl + Duration::from_nanos(1) },
    },
    ClientFault {
        name: "cached-in-whole-seconds",
        about: "counts the age of an answer in whole seconds, and keeps it throughout the last one",
        applies: keeps,
        install: |b| {
            b.caching.ttl = |ttl| if ttl.is_zero() { ttl } else { ttl + Duration::from_millis(999) };
        },
    },
    ClientFault {
        name: "renewed-by-reading",
        about: "counts the TTL from the last look, so that a balance looked at often never grows old",
        applies: keeps,
        install: |b| b.caching.renew_on_read = true,
    },
    ClientFault {
        name: "shared-between-credentials",
        about: "finds kept answers by tenant alone",
        applies: keeps_by_credential,
        install: |b| b.caching.key = |account| ClientAccount { key: None, ..account },
    },
    ClientFault {
        name: "shared-between-tenants",
        about: "finds kept answers by credential alone",
        applies: keeps_by_tenant,
        install: |b| b.caching.key = |account| ClientAccount { tenant: None, ..account },
    },
    ClientFault {
        name: "shared-between-truncated-tenants",
        about: "finds kept answers by the first 12 bytes of the tenant's name",
        applies: keeps_by_tenant,
        install: |b| {
            b.caching.key = |account| ClientAccount { tenant: account.tenant.as_deref().map(truncated), ..account };
        },
    },
    ClientFault {
        name: "shared-between-truncated-credentials",
        about: "finds kept answers by the first 12 bytes of the credential",
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
        about: "finds kept answers without regard to case",
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
        about: "finds kept answers without regard to the base URL",
        applies: keeps,
        install: |b| b.caching.keyed_by_base_url = false,
    },
    ClientFault {
        name: "cached-after-spend",
        about: "keeps an answer although a paid call succeeded",
        applies: drops_on_spend,
        install: |b| b.caching.invalidates = |conforming, reason, _| conforming && reason != InvalidationReason::Spent,
    },
    ClientFault {
        name: "cached-after-invalidate",
        about: "keeps an answer although it was told to drop it",
        applies: keeps,
        install: |b| {
            b.caching.invalidates = |conforming, reason, _| conforming && reason != InvalidationReason::Requested
        },
    },
    ClientFault {
        name: "refilled-by-late-response",
        about: "keeps an answer that was asked for before a paid call and came in after it",
        applies: keeps,
        install: |b| b.caching.cache_late_responses = true,
    },
    ClientFault {
        name: "invalidated-before-spend",
        about: "drops what it keeps before a paid call rather than after it, so that a check meanwhile brings it back",
        applies: drops_on_spend,
        install: |b| {
            b.caching.invalidate_before_spend = true;
            b.caching.invalidates = |conforming, reason, _| conforming && reason == InvalidationReason::Requested;
        },
    },
    ClientFault {
        name: "errors-cached",
        about: "keeps a failure as a balance of 0",
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
        about: "keeps `allowed` after a failed check as if the server had said so",
        applies: keeps_flags,
        install: |b| b.caching.cacheable = |_, reported| reported.as_ref().ok().copied(),
    },
    ClientFault {
        name: "stale-on-error",
        about: "gives out an answer older than the TTL when the check fails",
        applies: always,
        install: |b| b.reporting.after_check = stale,
    },
    ClientFault {
        name: "cache-not-shared",
        about: "keeps answers for each session by itself",
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
        about: "says of every balance that it comes from the network",
        applies: keeps,
        install: |b| {
            b.reporting.after_check =
                |result, _| result.map(|balance| Balance { source: Some(Source::Network), ..balance });
        },
    },
    ClientFault {
        name: "no-single-flight",
        about: "sends one request for each of several checks at the same time",
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
