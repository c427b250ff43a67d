//! # A credential that is almost right is refused
//!
//! ## What it checks
//!
//! A credential that resembles a valid one (truncated, extended, in another case, with one character changed) is
//! refused.
//!
//! ## Why it matters
//!
//! Servers compare keys by prefix, truncate them at the width of a database column, or look them up without regard
//! to case. Then a typing mistake gives access to the account of another customer.
//!
//! ## How
//!
//! A valid credential is truncated, extended, written in other cases, reduced to its prefix, sent without its
//! prefix, and changed in its first, middle and last character. Each request must be refused. Where credentials are
//! numbered, a neighbour may belong to another account and is not judged.

use super::support::keys;
use super::support::operations::{reads, secured};
use super::support::refusal::{judge_refused, send_with_invalid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "auth.near-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "key-truncated-admitted",
        "key-extended-admitted",
        "key-other-case-admitted",
        "key-by-prefix-admitted",
        "key-middle-ignored",
        "key-without-prefix-admitted",
        "key-with-wildcard-admitted",
    ],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let operations = secured(trial);
    let Some(operation) = reads(trial.contract).into_iter().find(|op| op.secured).or(operations.first().copied())
    else {
        return Ok(());
    };
    for (about, key) in keys::near_keys(trial, &account.key) {
        let exchange = send_with_invalid_key(trial, operation, &key).await?;
        // Where credentials are numbered, this one may belong to another account, also to one created after it was sent.
        if trial.subject.is_known_key(&key) {
            continue;
        }
        judge_refused(trial, operation, &exchange, about).await?;
    }
    Ok(())
}
