//! # A good credential works after bad ones
//!
//! Rejections that are remembered by connection, by address or by process lock out those who did nothing wrong.
//!
//! Between calls with a valid credential, bad ones are sent on the same connections; the valid one must go on working, with
//! the balance of its own account.

use super::support::keys;
use super::support::refusal::with_bad_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance, has_credential};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::exchange::Response;

pub(super) const CHECK: Check = Check {
    id: "auth.recovery",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["unknown-keys-lock-out-all"],
    applies: |contract| has_credential(contract).and_then(|()| has_balance(contract)),
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let operation = trial.balance_operation()?;
    let bad_keys = if trial.transport().is_live() { 1 } else { 4 };
    for n in 0..bad_keys {
        let bad = keys::made_up(trial, &account.key, 300 + n);
        with_bad_key(trial, operation, &bad).await?;
        let reading = trial.check(&account).await?;
        let exchange = &reading.exchange;
        let success = exchange.result.as_ref().is_ok_and(Response::is_success);
        trial.judge(&operation.promise, Some(operation), &[exchange], success, || {
            let found = exchange.result.as_ref().map_or_else(ToString::to_string, describe);
            format!("a valid credential after {} bad ones: expected a balance, found {found}", n + 1)
        })?;
        if account.own && reading.balance.is_ok() {
            trial.judge_balance_read(&operation.promise, &reading)?;
        }
    }
    Ok(())
}
