//! # An unknown credential is refused
//!
//! ## What it checks
//!
//! Every operation that requires a credential refuses one that belongs to no account, with the documented response.
//!
//! ## Why it matters
//!
//! A server that accepts any key gives access to everybody. A refusal with another status or code than documented
//! sends the people who configure the client to the wrong place.
//!
//! ## How
//!
//! Every operation that requires a credential is called with generated credentials that have the form of valid
//! ones.

use super::support::keys;
use super::support::operations::secured;
use super::support::refusal::{judge_condition, judge_refused, send_with_invalid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.unknown-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "unknown-key-error-as-text",
        "unknown-key-error-incomplete",
        "unknown-key-admitted",
        "unknown-key-other-status",
        "unknown-key-other-code",
        "unknown-key-crashes",
        "paid-call-with-any-key",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // A server that treats every key as the one it knows is found only when an account exists.
    let account = trial.account_a().await.ok();
    for (n, operation) in secured(trial).into_iter().enumerate() {
        let like = account.as_ref().map_or("", |account| account.key.as_str());
        let key = keys::unknown_key(trial, like, n);
        let exchange = send_with_invalid_key(trial, operation, &key).await?;
        judge_refused(trial, operation, &exchange, "with an unknown credential").await?;
        judge_condition(trial, operation, &exchange, Condition::CredentialUnknown)?;
    }
    Ok(())
}
