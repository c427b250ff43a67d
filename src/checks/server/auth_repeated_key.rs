//! # A request with two credentials is answered without a server error
//!
//! ## What it checks
//!
//! Two invalid credentials in one request are refused. A valid and an invalid one together are accepted or refused,
//! without a server error.
//!
//! ## Why it matters
//!
//! A proxy that adds a credential to a request that already has one makes requests with two. Two invalid ones must
//! never give access, and a valid one next to an invalid one must not crash the server.
//!
//! ## How
//!
//! The field is sent twice with unknown credentials, and with a valid and an unknown one in both orders. The
//! contract does not say which of two different credentials counts, so any status below 500 is accepted for a mixed
//! pair.

use super::support::describe::describe_exchange;
use super::support::keys;
use super::support::operations::secured;
use super::support::refusal::{judge_refused, send_without_valid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "auth.repeated-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key],
    faults: &["two-keys-admitted", "two-keys-crash"],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = secured(trial).first().copied() else { return Ok(()) };
    let bare = trial.with_tenant(operation.example_request(), account.tenant.as_deref());
    let unknown = keys::unknown_key(trial, &account.key, 100);
    let other_unknown = keys::unknown_key(trial, &account.key, 101);
    let both_unknown = trial.with_key(trial.with_key(bare.clone(), &unknown), &other_unknown);
    let exchange = send_without_valid_key(trial, both_unknown).await?;
    judge_refused(trial, operation, &exchange, "with two unknown credentials").await?;
    for (first, second) in [(&account.key, &unknown), (&unknown, &account.key)] {
        let request = trial.with_key(trial.with_key(bare.clone(), first), second);
        let exchange = send_without_valid_key(trial, request).await?;
        let answered = exchange.result.as_ref().is_ok_and(|response| response.status < 500);
        trial.judge(&standards::client_error(), Some(operation), &[&exchange], answered, || {
            let found = describe_exchange(&exchange);
            format!("with a valid and an unknown credential: expected a refusal or a success, found {found}")
        })?;
    }
    Ok(())
}
