//! # A failing store gives no credits away and takes none
//!
//! "Fail open" is about the check: if the paid call itself lets everybody through while the store is down, an outage
//! is a free ride for whoever notices. And a paid call that fails with the store but is charged when it is back takes
//! credits for nothing.
//!
//! Where the contract says that the paid call enforces the limit whatever the check said, an exhausted account makes
//! paid calls while the store fails: none may succeed. Where it says what a call costs, an account with credits does,
//! and when the store is back, exactly the calls that succeeded must have been charged, and calls go through again.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::class::Class;
use crate::checks::server::balance_exhausted::answer;
use crate::checks::server::support::balance_reads::{read_untouched, shows_amounts};
use crate::checks::server::support::outage::{failing, has_policy};
use crate::checks::server::support::payments::{pay, pay_well};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, Level, Promise, Role};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.spend",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::BackendDown), Need::Spend],
    faults: &["failure-allows-spend", "failure-still-charged", "exhausted-after-outage"],
    applies: |contract| {
        has_policy(contract)?;
        if enforced(contract).is_none() && charged(contract).is_none() {
            return Err("the contract says neither that paid calls enforce the limit, nor what they cost");
        }
        Ok(())
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn enforced(contract: &Contract) -> Option<&Promise> {
    contract.operation(Role::Spend)?;
    contract.failure.as_ref()?.enforced_on_spend.as_ref()
}

/// The promise of what a call costs, where the balance shows it.
fn charged(contract: &Contract) -> Option<&Promise> {
    let cost = contract.operation(Role::Spend)?.cost.as_ref().filter(|_| shows_amounts(contract))?;
    (cost.amount.is_some() || cost.charged.is_some()).then_some(&cost.promise)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    trial.may_spend()?;
    if let Some(promise) = enforced(trial.contract) {
        let account = trial.account(trial.credits(0)).await?;
        let (active, _) = failing(trial, &account).await?;
        for _ in 0..2 {
            let payment = pay(trial, &account).await?;
            // That the answer is the one for "exhausted" and not a failure is promised while the store works.
            let blocked = payment.spent.class == Class::Condition(Condition::Exhausted);
            let holds = blocked || !payment.succeeded();
            trial.judge(promise, Some(operation), &[payment.exchange()], holds, || {
                format!("nothing is left and the store fails; expected a refusal, found {}", payment.found())
            })?;
        }
        trial.restore_backend(&account, &active).await?;
    }
    if let Some(promise) = charged(trial.contract) {
        let account = trial.account(trial.credits(20)).await?;
        let (active, _) = failing(trial, &account).await?;
        for _ in 0..2 {
            pay(trial, &account).await?;
        }
        trial.restore_backend(&account, &active).await?;
        read_untouched(trial, promise, &account).await?;
        judge_after(trial).await?;
    }
    Ok(())
}

/// A call that succeeded before its store failed is not refused for want of credits when that is over.
async fn judge_after(trial: &ServerTrial<'_>) -> Judgement {
    let Some(answer) = answer(trial.contract) else { return Ok(()) };
    let account = trial.account(trial.credits(100_000)).await?;
    pay_well(trial, &account).await?;
    let (active, _) = failing(trial, &account).await?;
    pay(trial, &account).await?;
    trial.restore_backend(&account, &active).await?;
    trial.wait_until_settled(&account).await?;
    let payment = pay(trial, &account).await?;
    let refused = payment.spent.class == Class::Condition(Condition::Exhausted);
    trial.judge(&answer.promise, Some(trial.operation(Role::Spend)?), &[payment.exchange()], !refused, || {
        format!("the store works again, and enough is left; expected the call not to be refused for want of credits, found {}", payment.found())
    })
}
