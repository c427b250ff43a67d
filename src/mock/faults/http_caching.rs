//! Faults of the header fields by which a server lets other caches store its responses (RFC 9111).

use std::sync::Arc;

use rust_decimal::Decimal;

use super::ServerFault;
use super::applies::{always, has_balance_field};
use super::hooks::{is_zero, on_balance};
use crate::contract::{CacheKind, Condition, Contract, CredentialPlace, Role, Tenant};
use crate::hash::sha256;
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;
use crate::model::{BalanceValues, Decision};

pub(super) const FAULTS: &[ServerFault] = &[
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

/// Whether the balance is read by GET with a credential in a header field, and the credential alone identifies the tenant.
fn credential_in_header(contract: &Contract) -> bool {
    let place = contract.credential_place();
    let by_get = contract.operation(Role::Balance).is_some_and(|operation| operation.method == "GET");
    by_get && contract.tenant == Tenant::Credential && !matches!(place, None | Some(CredentialPlace::Query { .. }))
}

/// Whether the credential is in `Authorization`.
fn authorization(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Authorization { .. }))
}

/// Sets `Cache-Control` of balance responses.
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
