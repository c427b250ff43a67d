//! # After a failure is over, the balance is the true one again
//!
//! A failure that is kept, a breaker that never closes, a connection pool that stays poisoned: the outage of a minute
//! lasts until somebody restarts the service, and with it the blocks or the free rides that it causes.
//!
//! The store fails and works again several times, and the balance changes meanwhile. After each outage the true
//! balance must show: at once where the contract lets nothing be kept, else when whatever may be kept is over.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server::support::balance_reads::{change_shows, found, pair, read_truth};
use crate::checks::server::support::outage::{failing, has_policy};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.recovery",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::State(State::BackendDown), Need::Clock],
    faults: &["failure-never-ends", "failure-never-ends-after-second-outage", "failure-cached-although-forbidden"],
    applies: has_policy,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(policy) = &trial.contract.failure else { return Ok(()) };
    change_shows(trial).await?;
    let (first, second) = pair(trial);
    for round in 0..3 {
        // An account that was never read, so that the failure cannot hide behind what was kept.
        let (before, after) = if round == 1 { (second, first) } else { (first, second) };
        let account = trial.account(before).await?;
        let (active, _) = failing(trial, &account).await?;
        trial.restore_backend(&account, &active).await?;
        judge_recovered(trial, &policy.server, &account).await?;

        trial.wait_until_settled(&account).await?;
        let active = trial.fail_backend(&account).await?;
        trial.check(&account).await?;
        trial.change(&account, after).await?;
        trial.restore_backend(&account, &active).await?;
        judge_recovered(trial, &policy.server, &account).await?;
    }
    Ok(())
}

/// The truth is shown again. A server whose every way to a fresh answer goes on failing has not recovered.
async fn judge_recovered(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount) -> Judgement {
    let why = match read_truth(trial, promise, account).await {
        Err(Stop::Inconclusive(why)) => why,
        done => return done.map(drop),
    };
    let reading = trial.check(account).await?;
    if reading.balance.is_ok() {
        return Err(Stop::Inconclusive(why));
    }
    let operation = trial.balance_operation()?;
    trial.judge(promise, Some(operation), &[&reading.exchange], false, || {
        format!("the store works again: expected {}, found {}", account.true_balance(), found(&reading))
    })
}
