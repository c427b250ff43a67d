//! Faults of undocumented input: a balance that depends on header fields and parameters that no contract documents.

use std::sync::Arc;

use serde_json::{Value, json};

use super::ServerFault;
use super::balance_field::{edit_field, in_body};
use crate::contract::{CredentialPlace, Role};
use crate::mock::admission::{Admission, query};
use crate::mock::behaviour::{EditView, ProviderBehaviour};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "balance-by-browser",
        about: "the balance is zero if `User-Agent` begins with `Mozilla`",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| field(view, "user-agent").starts_with("Mozilla")),
    },
    ServerFault {
        name: "balance-by-user-agent-length",
        about: "the balance is zero if `User-Agent` is longer than 256 bytes",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| field(view, "user-agent").len() > 256),
    },
    ServerFault {
        name: "balance-by-language",
        about: "the balance is zero if a language other than English is preferred",
        applies: in_body,
        install: |behaviour| {
            wrong_if(behaviour, |view| {
                let language = field(view, "accept-language");
                !language.is_empty() && !language.starts_with("en") && !language.starts_with('*')
            });
        },
    },
    ServerFault {
        name: "balance-by-cookie",
        about: "the balance is zero if a cookie is named `session`",
        applies: |contract| {
            in_body(contract) && !matches!(contract.credential_place(), Some(CredentialPlace::Cookie { .. }))
        },
        install: |behaviour| wrong_if(behaviour, |view| field(view, "cookie").contains("session=")),
    },
    ServerFault {
        name: "balance-by-referer",
        about: "the balance is zero if `Referer` is an address of this machine",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| field(view, "referer").contains("//localhost")),
    },
    ServerFault {
        name: "balance-by-forwarded-address",
        about: "the balance is zero if `X-Forwarded-For` is a private address",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| field(view, "x-forwarded-for").starts_with("10.")),
    },
    ServerFault {
        name: "balance-by-origin",
        about: "the balance is zero if there is an `Origin`",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| !field(view, "origin").is_empty()),
    },
    ServerFault {
        name: "balance-by-if-none-match",
        about: "the balance is zero if there is an `If-None-Match`",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| !field(view, "if-none-match").is_empty()),
    },
    ServerFault {
        name: "balance-by-range",
        about: "the balance is zero if a range is requested",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| !field(view, "range").is_empty()),
    },
    ServerFault {
        name: "balance-by-request-id",
        about: "the balance is zero if `X-Request-Id` is a number",
        applies: in_body,
        install: |behaviour| wrong_if(behaviour, |view| field(view, "x-request-id").parse::<u64>().is_ok()),
    },
    ServerFault {
        name: "balance-by-unknown-parameter",
        about: "the balance is zero if there is a query parameter `debug`",
        applies: in_body,
        install: |behaviour| {
            wrong_if(behaviour, |view| query(&view.request.target).any(|(name, _)| name == "debug"));
        },
    },
    ServerFault {
        name: "balance-of-named-tenant",
        about: "a header field `X-Account-Id` decides whose balance is shown",
        applies: in_body,
        install: |behaviour| {
            behaviour.admit = Some(Arc::new(|view| {
                let named = view.request.header_value("x-account-id")?;
                let known = view.keys.values().find(|tenant| tenant.as_bytes() == named)?;
                matches!(view.admission, Admission::Tenant(_)).then(|| Admission::Tenant(known.clone()))
            }));
        },
    },
];

/// The value of a header field of the request; empty if it is absent.
pub(super) fn field(view: &EditView<'_>, name: &str) -> String {
    view.request.header_value(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// Shows a balance of zero, or the other flag, to some requests.
fn wrong_if(behaviour: &mut ProviderBehaviour, hook: fn(&EditView<'_>) -> bool) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.succeeded(Role::Balance) && hook(view) {
            edit_field(view, reply, |value| Some(other(value)));
        }
    }));
}

fn other(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => Value::Bool(!flag),
        Value::String(_) => json!("0"),
        _ => json!(0),
    }
}
