//! # Where nothing is kept, every answer is a fresh one
//!
//! Callers of an API without a cache read the balance right before they spend, and trust it. A cache of a second is
//! enough for a customer to be refused after topping up, or to be let through after the last credit.
//!
//! The balance is changed behind the API's back several times, to less, to nothing, from nothing, and each change must
//! show on the very next reads; so must a paid call, where it is known what it leaves.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server::support::balance_reads::{describe_read, require_visible_change};
use crate::checks::server::support::payments::pay;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{CacheKind, Contract, Level, Promise, Role};
use crate::exchange::SendOptions;
use crate::mock::State;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.none",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance)],
    faults: &["cache-although-forbidden", "cache-zero-although-forbidden", "balance-stale-after-spend"],
    applies: |contract| promise(contract).map(drop).ok_or("the contract does not say that nothing is kept"),
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn promise(contract: &Contract) -> Option<&Promise> {
    let rule = contract.caching.server.as_ref().filter(|rule| rule.kind == CacheKind::None)?;
    Some(&rule.promise)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(promise) = promise(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let account = trial.account(trial.credits(40)).await?;
    trial.remaining(&account).await?;
    for amount in [15, 0, 9, 0, 60] {
        trial.change(&account, trial.credits(amount)).await?;
        for n in 0..2 {
            let reading = trial.check_as(&account, SendOptions { fresh: n == 1, ..SendOptions::default() }).await?;
            trial.judge_balance_read(promise, &reading)?;
        }
    }
    match after_spend(trial, promise, &account).await {
        // What does not spend can be judged all the same.
        Err(Stop::CouldNotRun(_) | Stop::NotApplicable(_)) => Ok(()),
        done => done,
    }
}

/// What a paid call leaves shows at once, by the cost or by what the call's own answer says.
async fn after_spend(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    for _ in 0..2 {
        let payment = pay(trial, account).await?;
        let (true, Ok(response)) = (payment.succeeded(), &payment.exchange().result) else { return Ok(()) };
        let told = BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name)).ok();
        let left = told.and_then(|balance| balance.remaining);
        let reading = trial.check(account).await?;
        trial.judge_balance_read(promise, &reading)?;
        if let (Some(left), Ok(balance)) = (left, &reading.balance) {
            let shown_by = [payment.exchange(), &reading.exchange];
            let holds = balance.remaining.is_none_or(|remaining| remaining == left);
            trial.judge(promise, Some(trial.balance_operation()?), &shown_by, holds, || {
                format!(
                    "expected remaining {}, which the paid call left, found {}",
                    left.normalize(),
                    describe_read(&reading)
                )
            })?;
        }
    }
    Ok(())
}
