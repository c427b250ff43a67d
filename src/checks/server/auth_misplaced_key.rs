//! # A credential is accepted only in the documented place
//!
//! ## What it checks
//!
//! A valid credential in another place of the request (another header field, another authentication scheme, a
//! cookie, the query string) is refused.
//!
//! ## Why it matters
//!
//! A server that accepts keys in the query string or in any field that looks like a key invites clients to send
//! them where logs, proxies and browser histories store them.
//!
//! ## How
//!
//! A valid credential is sent in other header fields, under other authentication schemes, without its scheme, in
//! cookies and in query parameters. Each request should be refused. A place that the contract documents as an
//! alternative is not tried.

use super::support::operations::secured;
use super::support::refusal::{judge_refused, send_without_valid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_credential};
use crate::checks::class::succeeded;
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Credential, CredentialPlace, Level, Promise};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "auth.misplaced-key",
    side: Side::Server,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "key-in-query-admitted",
        "key-in-cookie-admitted",
        "key-in-other-header-admitted",
        "key-under-other-scheme-admitted",
        "key-without-scheme-admitted",
        "other-scheme-crashes",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(credential) = &trial.contract.credential else { return Ok(()) };
    let account = trial.account_a().await?;
    let Some(operation) = secured(trial).first().copied() else { return Ok(()) };
    let bare = trial.with_tenant(operation.example_request(), account.tenant.as_deref());
    // No source forbids a server to look in further places.
    let promise = Promise { level: Level::Should.min(credential.required.level), ..credential.required.clone() };
    for (about, request) in misplaced(credential, &bare, &account.key) {
        let exchange = send_without_valid_key(trial, request).await?;
        let Ok(response) = &exchange.result else {
            judge_refused(trial, operation, &exchange, &about).await?;
            continue;
        };
        trial.judge(
            &promise,
            Some(operation),
            &[&exchange],
            !succeeded(trial.contract, operation, &exchange),
            || format!("{about}: expected a refusal, found {}", describe(response)),
        )?;
        trial.judge(&standards::client_error(), Some(operation), &[&exchange], response.status < 500, || {
            format!("{about}: expected a 4xx status, found {}", describe(response))
        })?;
    }
    Ok(())
}

/// Requests with the credential at places that the contract does not document.
fn misplaced(credential: &Credential, bare: &Request, key: &str) -> Vec<(String, Request)> {
    let mut out = Vec::new();
    let is_documented_field = |name: &str| {
        let mut fields = credential.places().filter(|place| !matches!(place, CredentialPlace::Cookie { .. }));
        fields.any(|place| place.field_name().is_some_and(|field| field.eq_ignore_ascii_case(name)))
    };
    for name in ["X-API-Key", "Api-Key", "ApiKey", "X-Auth-Token", "X-Access-Token", "Proxy-Authorization"] {
        if !is_documented_field(name) {
            out.push((format!("with the credential in the header field {name}"), bare.clone().header(name, key)));
        }
    }
    let schemes: Vec<&str> = credential
        .places()
        .filter_map(|place| match place {
            CredentialPlace::Authorization { scheme } => Some(scheme.as_str()),
            _ => None,
        })
        .collect();
    // A whole field that is documented as the credential takes any text.
    if !is_documented_field("authorization") || !schemes.is_empty() {
        for scheme in ["Bearer", "Basic", "Token", "ApiKey"] {
            if !schemes.iter().any(|documented| documented.eq_ignore_ascii_case(scheme)) {
                out.push((
                    format!("with the credential under the auth scheme {scheme}"),
                    bare.clone().header("Authorization", format!("{scheme} {key}")),
                ));
            }
        }
    }
    if let Some(documented) = schemes.first() {
        out.push(("with the credential without an auth scheme".to_owned(), bare.clone().header("Authorization", key)));
        out.push((
            "with no space between the auth scheme and the credential".to_owned(),
            bare.clone().header("Authorization", format!("{documented}{key}")),
        ));
    }
    let in_query = |name: &str| {
        credential.places().any(|place| matches!(place, CredentialPlace::Query { name: documented } if documented.eq_ignore_ascii_case(name)))
    };
    let own = match &credential.place {
        CredentialPlace::Header { name } => name.as_str(),
        _ => "authorization",
    };
    let lower = own.to_ascii_lowercase();
    let mut names = vec!["api_key", "apikey", "key", "token", "access_token", own, &lower];
    names.dedup();
    for name in names {
        if !in_query(name) {
            out.push((format!("with the credential in the query parameter {name}"), bare.clone().query(name, key)));
        }
    }
    if !credential.places().any(|place| matches!(place, CredentialPlace::Cookie { .. })) {
        for name in ["api_key", "token", &lower] {
            out.push((
                format!("with the credential in the cookie {name}"),
                bare.clone().header("Cookie", format!("{name}={key}")),
            ));
        }
    }
    out
}
