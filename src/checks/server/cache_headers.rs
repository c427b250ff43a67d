//! # Header fields do not let a shared cache give a balance to another tenant
//!
//! ## What it checks
//!
//! The header fields of balance responses and of refusals do not allow a shared cache to reuse them for a request
//! with another credential.
//!
//! ## Why it matters
//!
//! With `Cache-Control: public`, `s-maxage`, or a `max-age` on a response that depends on an API key unknown to
//! HTTP, the next proxy or CDN stores the balance of the first customer and shows it to all others. A cached
//! refusal is as bad: customers with a valid key are refused.
//!
//! ## How
//!
//! Balance responses in every state of the account, and refusals, are evaluated as RFC 9111 prescribes for shared
//! caches. With `Authorization`, only `public`, `s-maxage` and `must-revalidate` allow reuse. With another field,
//! everything that gives the response a lifetime does, unless `Vary` names the field. `private`, `no-store` and
//! `no-cache` forbid it.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server::support::accounts::in_every_state;
use crate::checks::server::support::shared_cache::{Reuse, reuse};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Contract, CredentialPlace, Level, Operation, Role, Tenant};
use crate::exchange::{Exchange, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "cache.headers",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "cache-control-public",
        "cache-control-max-age",
        "cache-control-s-maxage",
        "cache-control-must-revalidate",
        "cache-control-stale-while-revalidate",
        "cache-control-expires",
        "cache-control-public-for-zero",
        "cache-control-public-on-refusals",
        "last-modified-without-cache-control",
    ],
    applies,
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

fn applies(contract: &Contract) -> Result<(), &'static str> {
    has_balance(contract)?;
    if contract.operation(Role::Balance).is_none_or(|operation| operation.method != "GET") {
        return Err("the balance operation is not a GET, and only responses to GET are cached");
    }
    if contract.tenant != Tenant::Credential {
        return Err("the tenant is part of the URL, and shared caches store responses by URL");
    }
    match contract.credential_place() {
        None => Err("the contract asks callers for no credential"),
        Some(CredentialPlace::Query { .. }) => {
            Err("the credential is part of the URL, and shared caches store responses by URL")
        }
        Some(_) => Ok(()),
    }
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let balance = trial.balance_operation()?;
    // In practice only responses to GET are cached and reused.
    let reads = trial.contract.operations.iter().filter(|operation| {
        operation.method == "GET" && (operation.id == balance.id || operation.role == Role::Health)
    });
    let reads: Vec<_> = reads.collect();
    let accounts = in_every_state(trial).await?;
    for account in &accounts {
        for operation in &reads {
            let exchange = trial.send(trial.request(operation, account)).await?;
            judge_fields(trial, operation, &exchange)?;
        }
    }
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let unknown_key = format!("{prefix}ringtrue0000000000000000");
    for operation in &reads {
        let without_key = trial.with_tenant(operation.example_request(), None);
        let exchange = trial.send(without_key.clone()).await?;
        judge_fields(trial, operation, &exchange)?;
        let options = SendOptions { bad_key: true, ..SendOptions::default() };
        let refused = trial.send_as(trial.with_key(without_key, &unknown_key), options).await?;
        judge_fields(trial, operation, &refused)?;
    }
    Ok(())
}

fn judge_fields(trial: &impl ExchangeJudge, operation: &Operation, exchange: &Exchange) -> Judgement {
    let (Ok(response), Some(credential)) = (&exchange.result, &trial.contract().credential) else { return Ok(()) };
    let authorization = matches!(credential.place, CredentialPlace::Authorization { .. });
    let strict = if authorization { standards::shared_cache() } else { standards::private() };
    match reuse(response, &credential.place) {
        None => trial.judge(&strict, Some(operation), &[exchange], true, String::new),
        Some(Reuse::Explicit(why)) => {
            trial.judge(&strict, Some(operation), &[exchange], false, || format!("status {}: {why}", response.status))
        }
        Some(Reuse::Heuristic(why)) => {
            let promise = standards::heuristic_freshness();
            trial.judge(&promise, Some(operation), &[exchange], false, || why)
        }
    }
}

/// Judges a response in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, _)) = observed.answer() else { return Ok(()) };
    let is_read = operation.method == "GET" && matches!(operation.role, Role::Balance | Role::Health);
    if is_read { judge_fields(trial, operation, &observed.exchange) } else { Ok(()) }
}
