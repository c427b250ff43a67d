//! # Two credentials are no better than one
//!
//! Proxies that add a field to one that is there already make requests with two credentials. Two bad ones must not make a
//! good one, and a good one beside a bad one is no reason to fall over.
//!
//! The field is sent twice with bad credentials, and with a good and a bad one in both orders. Which of two different ones
//! counts is open, but an answer there must be.

use super::support::keys;
use super::support::operations::secured;
use super::support::refusal::{judge_refused, send_bad};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_credential};
use crate::checks::server_trial::{ServerTrial, describe};
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
    let bare = trial.with_tenant(trial.bare(operation), account.tenant.as_deref());
    let (bad, worse) = (keys::made_up(trial, &account.key, 100), keys::made_up(trial, &account.key, 101));
    let both_bad = trial.with_key(trial.with_key(bare.clone(), &bad), &worse);
    let exchange = send_bad(trial, both_bad).await?;
    judge_refused(trial, operation, &exchange, "with two bad credentials")?;
    for (first, second) in [(&account.key, &bad), (&bad, &account.key)] {
        let request = trial.with_key(trial.with_key(bare.clone(), first), second);
        let exchange = send_bad(trial, request).await?;
        let answered = exchange.result.as_ref().is_ok_and(|response| response.status < 500);
        trial.judge(&standards::client_error(), Some(operation), &[&exchange], answered, || {
            let found = exchange.result.as_ref().map_or_else(ToString::to_string, describe);
            format!("with a good and a bad credential: expected a refusal or a success, found {found}")
        })?;
    }
    Ok(())
}
