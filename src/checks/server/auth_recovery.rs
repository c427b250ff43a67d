//! # A valid credential works after refused ones
//!
//! ## What it checks
//!
//! Refused requests do not affect later requests with a valid credential.
//!
//! ## Why it matters
//!
//! A server that counts refusals by connection, by address or by process locks out customers who made no mistake.
//!
//! ## How
//!
//! Requests with unknown credentials alternate with requests with a valid one, on the same connections. Each
//! request with the valid credential must succeed and show the balance of its own account.

use super::support::describe::describe_exchange;
use super::support::keys;
use super::support::refusal::send_with_invalid_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance, has_credential};
use crate::checks::class::succeeded;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;

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
    let unknown_keys = if trial.transport().is_live() { 1 } else { 4 };
    for n in 0..unknown_keys {
        let unknown = keys::unknown_key(trial, &account.key, 300 + n);
        send_with_invalid_key(trial, operation, &unknown).await?;
        let reading = trial.check(&account).await?;
        let exchange = &reading.exchange;
        let success = succeeded(trial.contract, operation, exchange);
        trial.judge(&operation.promise, Some(operation), &[exchange], success, || {
            let found = describe_exchange(exchange);
            format!("a valid credential after {} unknown ones: expected a balance, found {found}", n + 1)
        })?;
        if account.own && reading.balance.is_ok() {
            trial.judge_balance_read(&operation.promise, &reading)?;
        }
    }
    Ok(())
}
