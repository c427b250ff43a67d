//! # An outage of the balance store neither gives credits away nor takes any
//!
//! ## What it checks
//!
//! While the balance store fails, paid calls of an exhausted account do not succeed. After the outage exactly the
//! successful calls have been charged, and paid calls succeed again.
//!
//! ## Why it matters
//!
//! Failing open concerns the balance operation. If the paid call lets everybody through as well, an outage is free
//! use for all who notice it. A paid call that fails with the store and is charged later takes credits for nothing.
//!
//! ## How
//!
//! Where the contract states that the paid call enforces the limit, an exhausted account makes paid calls during an
//! outage, and none may succeed. Where it states what a call costs, an account with credits makes paid calls during
//! an outage; when the store is restored, the balance must show the charge of the successful calls only.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::class::Class;
use crate::checks::server::balance_exhausted::exhausted_response;
use crate::checks::server::support::balance_reads::{read_unchanged_balance, shows_amounts};
use crate::checks::server::support::outage::{fail_store_and_read, has_policy};
use crate::checks::server::support::payments::{pay, pay_successfully};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, Level, Promise, Role};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.spend",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Outage,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::BackendDown), Need::Spend],
    faults: &["failure-allows-spend", "failure-still-charged", "exhausted-after-outage"],
    applies: |contract| {
        has_policy(contract)?;
        if enforcement(contract).is_none() && charge(contract).is_none() {
            return Err("the contract states neither that paid calls enforce the limit nor what they cost");
        }
        Ok(())
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The promise that paid calls enforce the limit.
fn enforcement(contract: &Contract) -> Option<&Promise> {
    contract.operation(Role::Spend)?;
    contract.failure.as_ref()?.enforced_on_spend.as_ref()
}

/// The promise of what a paid call costs, where the balance shows amounts.
fn charge(contract: &Contract) -> Option<&Promise> {
    let cost = contract.operation(Role::Spend)?.cost.as_ref().filter(|_| shows_amounts(contract))?;
    (cost.amount.is_some() || cost.charged.is_some()).then_some(&cost.promise)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    trial.may_spend()?;
    if let Some(promise) = enforcement(trial.contract) {
        let account = trial.account(trial.credits(0)).await?;
        let (active, _) = fail_store_and_read(trial, &account).await?;
        for _ in 0..2 {
            let payment = pay(trial, &account).await?;
            // During an outage the contract promises no particular response, only that the call does not succeed.
            let blocked = payment.result.class == Class::Condition(Condition::Exhausted);
            let holds = blocked || !payment.succeeded();
            trial.judge(promise, Some(operation), &[payment.exchange()], holds, || {
                format!("no credits are left and the store fails: expected a refusal, found {}", payment.describe())
            })?;
        }
        trial.restore_backend(&account, &active).await?;
    }
    if let Some(promise) = charge(trial.contract) {
        let account = trial.account(trial.credits(20)).await?;
        let (active, _) = fail_store_and_read(trial, &account).await?;
        for _ in 0..2 {
            pay(trial, &account).await?;
        }
        trial.restore_backend(&account, &active).await?;
        read_unchanged_balance(trial, promise, &account).await?;
        judge_after_outage(trial).await?;
    }
    Ok(())
}

/// Judges that an account whose calls succeeded before the outage is not refused as exhausted after it.
async fn judge_after_outage(trial: &ServerTrial<'_>) -> Judgement {
    let Some(exhausted) = exhausted_response(trial.contract) else { return Ok(()) };
    let account = trial.account(trial.credits(100_000)).await?;
    pay_successfully(trial, &account).await?;
    let (active, _) = fail_store_and_read(trial, &account).await?;
    pay(trial, &account).await?;
    trial.restore_backend(&account, &active).await?;
    trial.wait_until_settled(&account).await?;
    let payment = pay(trial, &account).await?;
    let refused = payment.result.class == Class::Condition(Condition::Exhausted);
    trial.judge(&exhausted.promise, Some(trial.operation(Role::Spend)?), &[payment.exchange()], !refused, || {
        format!(
            "the store is restored and enough credits are left: expected the call not to be refused as exhausted, found {}",
            payment.describe()
        )
    })
}
