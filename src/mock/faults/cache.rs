//! Faults of caching: in the cache of the provider, and in the header fields that control HTTP caches.

use std::sync::{Arc, Mutex};

use rust_decimal::Decimal;

use super::ServerFault;
use super::applies::{always, has_balance_field};
use super::hooks::{is_zero, on_balance};
use crate::contract::{CacheKind, Condition, Contract, CredentialPlace, Role, Tenant};
use crate::hash::sha256;
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;
use crate::model::{BalanceValues, Decision};
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
        name: "cache-control-public",
        about: "balance responses may be stored by any cache",
        applies: credential_in_header,
        install: |behaviour| cache_control(behaviour, "public, max-age=60"),
    },
    ServerFault {
        name: "cache-control-max-age",
        about: "balance responses have a time to live, and no `Vary` names the credential's field",
        applies: |contract| credential_in_header(contract) && !authorization(contract),
        install: |behaviour| cache_control(behaviour, "max-age=120"),
    },
    ServerFault {
        name: "cache-control-s-maxage",
        about: "balance responses may be stored by shared caches, except for two header fields",
        applies: credential_in_header,
        install: |behaviour| cache_control(behaviour, "private=\"x-request-id, date\", s-maxage=60"),
    },
    ServerFault {
        name: "cache-control-must-revalidate",
        about: "balance responses may be reused by any cache for a minute, and only then must be revalidated",
        applies: credential_in_header,
        install: |behaviour| cache_control(behaviour, "max-age=60, must-revalidate"),
    },
    ServerFault {
        name: "cache-control-stale-while-revalidate",
        about: "balance responses may be reused by any cache while it revalidates them",
        applies: |contract| credential_in_header(contract) && !authorization(contract),
        install: |behaviour| cache_control(behaviour, "max-age=0, stale-while-revalidate=600"),
    },
    ServerFault {
        name: "cache-control-expires",
        about: "balance responses expire an hour later, and no `Vary` names the credential's field",
        applies: |contract| credential_in_header(contract) && !authorization(contract),
        install: |behaviour| {
            on_balance(behaviour, |_, reply| {
                reply.set_header("date", "Thu, 01 Jan 2026 12:00:00 GMT");
                reply.set_header("expires", "Thu, 01 Jan 2026 13:00:00 GMT");
            });
        },
    },
    ServerFault {
        name: "cache-control-public-for-zero",
        about: "a balance of zero may be stored by any cache",
        applies: |contract| credential_in_header(contract) && has_balance_field(contract),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if is_zero(view) {
                    reply.set_header("cache-control", "public, max-age=300");
                }
            });
        },
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
    ServerFault {
        name: "cache-control-public-on-refusals",
        about: "the response to an unknown credential may be stored by any cache",
        applies: credential_in_header,
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.refused(Condition::CredentialUnknown) {
                    reply.set_header("cache-control", "public, max-age=300");
                }
            }));
        },
    },
    ServerFault {
        name: "last-modified-without-cache-control",
        about: "balance responses have `Last-Modified` and no `Cache-Control`",
        applies: |contract| credential_in_header(contract) && !authorization(contract),
        install: |behaviour| {
            on_balance(behaviour, |_, reply| reply.set_header("last-modified", "Wed, 31 Dec 2025 12:00:00 GMT"));
        },
    },
    ServerFault {
        name: "etag-constant",
        about: "all balance responses have the same `ETag`",
        applies: has_balance_field,
        install: |behaviour| tag(behaviour, |_| "\"v1\"".to_owned()),
    },
    ServerFault {
        name: "etag-from-tenant-only",
        about: "the `ETag` of a balance response depends on the tenant alone",
        applies: has_balance_field,
        install: |behaviour| tag(behaviour, |view| format!("\"{}\"", view.tenant.unwrap_or_default())),
    },
    ServerFault {
        name: "etag-from-tens",
        about: "the `ETag` of a balance response depends on the tens of the balance alone",
        applies: |contract| {
            contract.operation(Role::Balance).is_some_and(|operation| operation.fields.remaining.is_some())
        },
        install: |behaviour| {
            tag(behaviour, |view| {
                let tens = shown(view).and_then(|balance| balance.remaining).map(|left| (left / Decimal::TEN).trunc());
                format!("\"{}\"", tens.unwrap_or_default())
            });
        },
    },
    ServerFault {
        name: "etag-without-quotes",
        about: "the `ETag` of a balance response is not in quotes",
        applies: has_balance_field,
        install: |behaviour| {
            tag(behaviour, |view| {
                let shown = shown(view).map(|balance| format!("{:?}{:?}", balance.remaining, balance.allowed));
                let digest = sha256(shown.unwrap_or_default().as_bytes());
                digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
            });
        },
    },
    ServerFault {
        name: "etag-matches-anything",
        about: "every request with `If-None-Match` answers 304",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.request.header_value("if-none-match").is_some() {
                    *reply = Reply::empty(304);
                }
            });
        },
    },
    ServerFault {
        name: "last-modified-constant",
        about: "`Last-Modified` never changes, and every `If-Modified-Since` answers 304",
        applies: has_balance_field,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                let since = view.request.header_value("if-modified-since").is_some();
                if since && view.request.header_value("if-none-match").is_none() {
                    *reply = Reply::empty(304);
                }
                reply.set_header("last-modified", "Wed, 31 Dec 2025 12:00:00 GMT");
            });
        },
    },
    ServerFault {
        name: "age-beyond-ttl",
        about: "`Age` is greater than the promised time to live",
        applies: limits_caching,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.set_header("age", "100000")),
    },
    ServerFault {
        name: "age-not-a-number",
        about: "`Age` is a word and not a number",
        applies: limits_caching,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.set_header("age", "fresh")),
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

fn credential_in_header(contract: &Contract) -> bool {
    let place = contract.credential_place();
    let by_get = contract.operation(Role::Balance).is_some_and(|operation| operation.method == "GET");
    by_get && contract.tenant == Tenant::Credential && !matches!(place, None | Some(CredentialPlace::Query { .. }))
}

fn authorization(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Authorization { .. }))
}

fn is_zero_balance(balance: &BalanceValues) -> bool {
    balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero())
}

fn cache_control(behaviour: &mut ProviderBehaviour, value: &'static str) {
    behaviour.edit.push(Arc::new(move |view: &EditView<'_>, reply: &mut Reply| {
        if view.succeeded(Role::Balance) {
            reply.set_header("cache-control", value);
        }
    }));
}

/// The balance that a response shows.
fn shown<'v>(view: &EditView<'v>) -> Option<&'v BalanceValues> {
    match view.decision {
        Some(Decision::Success { balance, .. }) => Some(balance),
        _ => None,
    }
}

/// Adds an `ETag` to balance responses, and responds 304 if it matches.
fn tag(behaviour: &mut ProviderBehaviour, make: fn(&EditView<'_>) -> String) {
    behaviour.edit.push(Arc::new(move |view: &EditView<'_>, reply: &mut Reply| {
        if !matches!(view.decision, Some(Decision::Success { .. })) || !view.succeeded(Role::Balance) {
            return;
        }
        let tag = make(view);
        if view.request.header_value("if-none-match") == Some(tag.as_bytes()) {
            *reply = Reply::empty(304);
        }
        reply.set_header("etag", tag);
    }));
}

/// Whether the contract limits the time for which the server may cache responses.
fn limits_caching(contract: &Contract) -> bool {
    let rule = contract.caching.server.as_ref();
    rule.is_some_and(|rule| rule.kind == CacheKind::None || rule.max_ttl_ms.is_some())
}
