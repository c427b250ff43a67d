//! # Within the promised time the kept answer is given
//!
//! A promised server cache is what lets a widget ask on every page view. Where it forgets early, every view goes to the
//! database, latency and load come back, and callers who counted on the promise are throttled for asking too often.
//!
//! An account is read, its balance is changed behind the API's back, others read and pay and have their store fail, and it is
//! read again at once, in the middle of the time and shortly before its end: each must give the kept answer. Nothing is judged
//! within seconds of the end, where clocks may differ, and when the time is over the change must show, or else the change never
//! happened.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server::support::balance_reads::two_balances;
use crate::checks::server::support::payments::pay;
use crate::checks::server::support::ttl;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.fresh",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["cache-off", "cache-too-short", "cache-emptied-by-any-spend", "cache-emptied-by-any-failure"],
    applies: ttl::has_minimum,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, shortest_ms)) = ttl::minimum(trial.contract) else { return Ok(()) };
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    let bystander = trial.account(second).await?;
    trial.remaining(&account).await?;
    trial.change(&account, second).await?;
    trial.remaining(&bystander).await?;
    others_are_busy(trial, first).await?;
    let late_ms = ttl::before_end_ms(shortest_ms);
    for step_ms in [0, late_ms / 2, late_ms - late_ms / 2] {
        if step_ms > 0 {
            trial.advance(&[&account, &bystander], step_ms).await?;
        }
        let reading = trial.check(&account).await?;
        if !reading.allowed.must_be_kept && step_ms > 0 {
            // So much real time has passed on top that the end may have come. What was seen before stands.
            break;
        }
        if !reading.allowed.must_be_kept {
            return Err(Stop::Inconclusive("so much real time has passed that the kept answer may be over".to_owned()));
        }
        trial.judge_balance_read(&rule.promise, &reading)?;
    }
    trial.wait_until_settled(&account).await?;
    let reading = trial.check(&account).await?;
    match reading.balance {
        Ok(balance) if balance == second => Ok(()),
        _ => Err(Stop::Inconclusive("the state `balance` was set but shows no effect".to_owned())),
    }
}

/// What happens to others is no reason to forget: one pays, another's store fails. What cannot be done is left out.
async fn others_are_busy(trial: &ServerTrial<'_>, balance: BalanceValues) -> Judgement {
    let possible = |done: Judgement| match done {
        Err(Stop::CouldNotRun(_) | Stop::NotApplicable(_)) => Ok(()),
        done => done,
    };
    let payer = trial.account(balance).await?;
    possible(pay(trial, &payer).await.map(drop))?;
    let unlucky = trial.account(balance).await?;
    match trial.fail_backend(&unlucky).await {
        Ok(active) => {
            trial.check(&unlucky).await?;
            trial.restore_backend(&unlucky, &active).await
        }
        Err(stop) => possible(Err(stop)),
    }
}
