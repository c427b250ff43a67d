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
//! cookies and in query parameters. Each request should be refused with a 4xx status; a success is a remark (SHOULD),
//! because a server may support other places without saying so.

use super::support::describe::describe_exchange;
use super::support::operations::secured;
use super::support::refusal::send_without_valid_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{CredentialPlace, Level, Operation, Promise};
use crate::exchange::{Exchange, Request};

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
        judge_misplaced(trial, operation, &exchange, &about)?;
    }
    Ok(())
}

/// Judges that the request is refused. No source says that a credential must not be accepted elsewhere too, so a success is
/// a remark about security.
fn judge_misplaced(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange, about: &str) -> Judgement {
    let Some(credential) = &trial.contract.credential else { return Ok(()) };
    let Ok(response) = &exchange.result else {
        return Err(Stop::Inconclusive(format!("{about}: no response: {}", describe_exchange(exchange))));
    };
    let level = credential.required.level.min(Level::Should);
    let promise = Promise { level, ..credential.required.clone() };
    trial.judge(&promise, Some(operation), &[exchange], !response.is_success(), || {
        format!("{about}: expected a refusal, found {}", describe_exchange(exchange))
    })?;
    trial.judge(&standards::client_error(), Some(operation), &[exchange], response.status < 500, || {
        format!("{about}: expected a 4xx status, found {}", describe_exchange(exchange))
    })
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
