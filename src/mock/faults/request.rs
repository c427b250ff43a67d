//! Faults of reading requests: valid requests get a wrong response.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::ServerFault;
use super::applies::{always, rejects_other_bodies};
use super::balance_field::{edit_field, in_body};
use super::hooks::on_balance;
use crate::contract::{Contract, CredentialPlace, Role, Tenant};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "html-for-browsers",
        about: "a request that also accepts HTML gets an HTML page",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if accept(view).contains("text/html") {
                    *reply = Reply::new(200, "text/html", "<!doctype html><p>Credits");
                }
            });
        },
    },
    ServerFault {
        name: "body-wrapped-for-ajax",
        about: "a request with `X-Requested-With` gets a body that is wrapped in another object",
        applies: |contract| contract.operation(Role::Balance).is_none() || rejects_other_bodies(contract),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.request.header_value("x-requested-with").is_some() {
                    let body = reply.json().unwrap_or_default();
                    reply.set_json(&json!({ "data": body }));
                }
            });
        },
    },
    ServerFault {
        name: "media-range-crashes",
        about: "an `Accept` other than `*/*` or `application/json` answers 500",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if !["", "*/*", "application/json"].contains(&accept(view).as_str()) {
                    *reply = Reply::new(500, "application/json", "{}");
                }
            });
        },
    },
    ServerFault {
        name: "compressed-although-refused",
        about: "a balance is compressed although the request permits no content coding",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.request.header_value("accept-encoding").is_some() {
                    compress(reply);
                }
            });
        },
    },
    ServerFault {
        name: "smallest-q-refused",
        about: "a media range with `q=0.001` is treated as not acceptable",
        applies: always,
        install: |behaviour| unacceptable(behaviour, |view| accept(view).contains("q=0.001")),
    },
    ServerFault {
        name: "first-accept-field-only",
        about: "only the first of several `Accept` fields is read",
        applies: always,
        install: |behaviour| {
            unacceptable(behaviour, |view| {
                let lines = view.request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("accept"));
                lines.count() > 1 && accept(view) == "text/html"
            });
        },
    },
    ServerFault {
        name: "media-range-case-sensitive",
        about: "media ranges are compared with regard to letter case",
        applies: always,
        install: |behaviour| {
            unacceptable(behaviour, |view| {
                let accept = accept(view);
                let mut ranges = accept.split(',').filter_map(|element| element.split(';').next());
                ranges.any(|range| range.contains(|c: char| c.is_ascii_uppercase()))
            });
        },
    },
    ServerFault {
        name: "comma-in-unknown-field-refused",
        about: "an undocumented header field that contains a comma answers 400",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if undocumented_fields(view).any(|value| value.contains(&b',')) {
                    *reply = Reply::new(400, "application/json", "{}");
                }
            });
        },
    },
    ServerFault {
        name: "query-not-decoded",
        about: "a query parameter with percent-encoded letters answers 400",
        applies: has_query,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                let query = view.request.target.split_once('?').map_or("", |(_, query)| query);
                let octets = query.split('%').skip(1).filter_map(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok());
                if octets.into_iter().any(|octet| octet.is_ascii_alphabetic()) {
                    *reply = Reply::new(400, "application/json", "{}");
                }
            });
        },
    },
    ServerFault {
        name: "long-unknown-field-refused",
        about: "an undocumented header field longer than 200 bytes answers 431",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if undocumented_fields(view).any(|value| value.len() > 200) {
                    *reply = Reply::new(431, "text/plain", "too long");
                }
            });
        },
    },
    ServerFault {
        name: "long-user-agent-refused",
        about: "a `User-Agent` longer than 200 bytes answers 403",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.request.header_value("user-agent").is_some_and(|value| value.len() > 200) {
                    *reply = Reply::new(403, "text/html", "<h1>Forbidden</h1>");
                }
            });
        },
    },
    ServerFault {
        name: "many-fields-refused",
        about: "a request with more than twelve header fields answers 431",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.request.headers.len() > 12 {
                    *reply = Reply::new(431, "text/plain", "too many");
                }
            });
        },
    },
    ServerFault {
        name: "non-ascii-unknown-field-crashes",
        about: "an undocumented header field with bytes outside ASCII answers 500",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if undocumented_fields(view).any(|value| !value.is_ascii()) {
                    *reply = Reply::new(500, "text/html", "<h1>Internal Server Error</h1>");
                }
            });
        },
    },
    ServerFault {
        name: "zero-when-a-field-is-empty",
        about: "the balance is zero if an undocumented header field is empty",
        applies: in_body,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if undocumented_fields(view).any(<[u8]>::is_empty) {
                    edit_field(view, reply, |value| {
                        Some(if value.is_boolean() { Value::Bool(false) } else { json!(0) })
                    });
                }
            });
        },
    },
];

/// The values of undocumented header fields: those that begin with `X-`, without the common ones.
fn undocumented_fields<'v>(view: &'v EditView<'_>) -> impl Iterator<Item = &'v [u8]> {
    let common = ["x-api-key", "x-requested-with", "x-forwarded-for", "x-forwarded-proto"];
    let fields = view.request.headers.iter().filter(move |(name, _)| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-") && !common.contains(&name.as_str())
    });
    fields.map(|(_, value)| value.as_slice())
}

/// Responds 406 in place of a balance.
fn unacceptable(behaviour: &mut ProviderBehaviour, hook: fn(&EditView<'_>) -> bool) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.succeeded(Role::Balance) && hook(view) {
            *reply = Reply::new(406, "text/plain", "not acceptable");
        }
    }));
}

/// Whether the query contains the credential or the tenant.
fn has_query(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Query { .. }))
        || matches!(contract.tenant, Tenant::Query { .. })
}

/// The first `Accept` field of the request.
fn accept(view: &EditView<'_>) -> String {
    view.request.header_value("accept").map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// Compresses the body with gzip.
fn compress(reply: &mut Reply) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    if let Ok(bytes) = encoder.write_all(&reply.body).and_then(|()| encoder.finish()) {
        reply.body = bytes.into();
        reply.set_header("content-encoding", "gzip");
    }
}
