//! # A request without a credential is refused
//!
//! ## What it checks
//!
//! Every operation that requires a credential refuses a request without one, with the documented response. No header field
//! of browsers and proxies, no undocumented parameter and no HEAD replaces the credential.
//!
//! ## Why it matters
//!
//! An operation that does not ask for the credential shows balances to everybody, or lets everybody spend them.
//! Clients also need the documented response to distinguish a missing key from a wrong one.
//!
//! ## How
//!
//! Every operation that requires a credential is called without one, if possible right after a call with a valid
//! credential, so that a server that remembers the last caller is found. A read is also sent with the method HEAD and
//! with many usual fields and parameters, among them addresses of the server's own network.

use super::support::describe::describe_exchange;
use super::support::operations::{is_read, secured};
use super::support::refusal::{judge_condition, judge_not_admitted, judge_refused, send_without_valid_key};
use super::support::usual_fields::{profiles, special};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::class::{Class, classify};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::{ServerTrial, with_credential};
use crate::checks::traffic::{Observed, Passive, Presented, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Credential, Level, Promise};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "auth.missing-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "missing-key-error-as-html",
        "missing-key-admitted",
        "missing-key-other-status",
        "missing-key-other-code",
        "paid-call-without-key",
        "head-without-key",
        "missing-key-admitted-from-own-network",
        "missing-key-admitted-with-origin",
    ],
    applies: has_credential,
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // A server that accepts such a request as the last caller is found only after a call with a valid credential.
    let account = trial.account_a().await.ok();
    for operation in secured(trial) {
        if let Some(account) = &account
            && is_read(operation)
        {
            trial.send(trial.request(operation, account)).await?;
        }
        let request = trial.with_tenant(operation.example_request(), None);
        let exchange = send_without_valid_key(trial, request).await?;
        judge_refused(trial, operation, &exchange, "without a credential").await?;
        judge_condition(trial, operation, &exchange, Condition::CredentialMissing)?;
    }
    judge_other_requests(trial).await?;
    judge_parts(trial).await
}

/// Judges that no other form of a read is accepted without a credential: HEAD, and undocumented fields and parameters.
async fn judge_other_requests(trial: &ServerTrial<'_>) -> Judgement {
    let Some(operation) = secured(trial).into_iter().find(|operation| operation.method == "GET") else { return Ok(()) };
    // A live target gets few requests without a valid credential.
    if trial.transport().is_live() {
        return Ok(());
    }
    let bare = trial.with_tenant(operation.example_request(), None);
    let origins = special().into_iter().filter(|additions| additions.fields.iter().any(|(name, _)| *name == "Origin"));
    let all = profiles().into_iter().chain(origins).map(|additions| additions.undocumented_in(trial.contract));
    let mut requests: Vec<(String, Request)> =
        all.map(|additions| (format!("with {}", additions.describe()), additions.added_to(bare.clone()))).collect();
    // Where only the body tells a refusal from a success, a response to HEAD tells nothing.
    if !operation.may_refuse_in_success() {
        requests.push(("with the method HEAD".to_owned(), Request { method: "HEAD".to_owned(), ..bare }));
    }
    let promise = trial.contract.credential.as_ref().map_or(&operation.promise, |credential| &credential.required);
    // No source names the method HEAD. That it is like GET is a conclusion.
    let concluded = Promise { level: promise.level.min(Level::Should), ..promise.clone() };
    for (about, request) in requests {
        let promise = if request.method == "HEAD" { &concluded } else { promise };
        let exchange = send_without_valid_key(trial, request).await?;
        // Additions may be refused in another way, and a method may be unknown.
        let success = exchange.result.as_ref().is_ok_and(|response| {
            response.is_success() && classify(trial.contract, operation, response) == Class::Success
        });
        trial.judge(promise, Some(operation), &[&exchange], !success, || {
            format!("without a credential, {about}: expected a refusal, found {}", describe_exchange(&exchange))
        })?;
    }
    Ok(())
}

/// Judges that a part of a credential that combines several schemes does not suffice.
async fn judge_parts(trial: &ServerTrial<'_>) -> Judgement {
    let ways = trial.contract.credential.iter().flat_map(Credential::ways);
    let Some(way) = ways.into_iter().nth(trial.subject.way()).filter(|way| way.len() > 1) else { return Ok(()) };
    let (Some(operation), Ok(account)) = (secured(trial).first().copied(), trial.account_a().await) else {
        return Ok(());
    };
    let bare = trial.with_tenant(operation.example_request(), account.tenant.as_deref());
    for part in &way {
        let request = with_credential(bare.clone(), part, &account.key);
        let exchange = send_without_valid_key(trial, request).await?;
        let about = format!("with the credential in {} alone", part.describe());
        judge_refused(trial, operation, &exchange, &about).await?;
    }
    Ok(())
}

/// Judges a request without a credential, in recorded traffic. Its response is compared with the documented refusal where nothing
/// else can be the reason of the refusal.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, response)) = observed.answer() else { return Ok(()) };
    let Some(credential) = &trial.contract().credential else { return Ok(()) };
    if !operation.secured || observed.presented != Presented::Nothing {
        return Ok(());
    }
    judge_not_admitted(trial, credential, operation, &observed.exchange, "without a credential")?;
    let about_credential = matches!(response.status, 401 | 403);
    if about_credential && observed.api_answer().is_some() {
        judge_condition(trial, operation, &observed.exchange, Condition::CredentialMissing)?;
    }
    Ok(())
}
