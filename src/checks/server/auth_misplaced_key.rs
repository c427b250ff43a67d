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
//! cookies and in query parameters. Each request must be refused with a 4xx status.

use super::support::operations::secured;
use super::support::refusal::{judge_refused, send_without_valid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{CredentialPlace, Level};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "auth.misplaced-key",
    side: Side::Server,
    level: Level::Must,
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
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = secured(trial).first().copied() else { return Ok(()) };
    let bare = trial.with_tenant(operation.example_request(), account.tenant.as_deref());
    for (about, request) in misplaced(trial, &bare, &account.key) {
        let exchange = send_without_valid_key(trial, request).await?;
        judge_refused(trial, operation, &exchange, &about)?;
    }
    Ok(())
}

fn misplaced(trial: &ServerTrial<'_>, bare: &Request, key: &str) -> Vec<(String, Request)> {
    let Some(credential) = &trial.contract.credential else { return Vec::new() };
    let mut out = Vec::new();
    let is_documented = |name: &str| match &credential.place {
        CredentialPlace::Header { name: place } => place.eq_ignore_ascii_case(name),
        CredentialPlace::Authorization { .. } => name.eq_ignore_ascii_case("authorization"),
        _ => false,
    };
    for name in ["X-API-Key", "Api-Key", "ApiKey", "X-Auth-Token", "X-Access-Token", "Proxy-Authorization"] {
        if !is_documented(name) {
            out.push((format!("with the credential in the header field {name}"), bare.clone().header(name, key)));
        }
    }
    let documented =
        if let CredentialPlace::Authorization { scheme } = &credential.place { scheme.as_str() } else { "" };
    for scheme in ["Bearer", "Basic", "Token", "ApiKey"] {
        if !scheme.eq_ignore_ascii_case(documented) {
            let value = format!("{scheme} {key}");
            out.push((
                format!("with the credential under the auth scheme {scheme}"),
                bare.clone().header("Authorization", value),
            ));
        }
    }
    if !documented.is_empty() {
        out.push(("with the credential without an auth scheme".to_owned(), bare.clone().header("Authorization", key)));
        out.push((
            "with no space between the auth scheme and the credential".to_owned(),
            bare.clone().header("Authorization", format!("{documented}{key}")),
        ));
    }
    let place = match &credential.place {
        CredentialPlace::Query { name } => name.as_str(),
        _ => "",
    };
    let own = if let CredentialPlace::Header { name } = &credential.place { name.as_str() } else { "authorization" };
    let lower = own.to_ascii_lowercase();
    let mut names = vec!["api_key", "apikey", "key", "token", "access_token", own, &lower];
    names.dedup();
    for name in names {
        if !name.eq_ignore_ascii_case(place) {
            out.push((format!("with the credential in the query parameter {name}"), bare.clone().query(name, key)));
        }
    }
    if !matches!(credential.place, CredentialPlace::Cookie { .. }) {
        for name in ["api_key", "token", &lower] {
            out.push((
                format!("with the credential in the cookie {name}"),
                bare.clone().header("Cookie", format!("{name}={key}")),
            ));
        }
    }
    out
}
