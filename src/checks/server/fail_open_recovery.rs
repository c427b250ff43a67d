//! # The true balance is shown again after an outage
//!
//! ## What it checks
//!
//! After an outage of the balance store, reads show the true balance: at once where the contract allows no caching,
//! otherwise when cached responses have expired.
//!
//! ## Why it matters
//!
//! A cached failure, a circuit breaker that never closes or a broken connection pool make an outage of one minute
//! last until the service is restarted. Until then customers are blocked, or use the service for free.
//!
//! ## How
//!
//! The state `backend.down` is set and removed several times, and the balance changes meanwhile. After each outage
//! the true balance must be shown.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server::support::balance_reads::{
    describe_read, read_true_balance, require_visible_change, two_balances,
};
use crate::checks::server::support::outage::{fail_store_and_read, has_policy};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.recovery",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Outage,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::State(State::BackendDown), Need::Clock],
    faults: &["failure-never-ends", "failure-never-ends-after-second-outage", "failure-cached-although-forbidden"],
    applies: has_policy,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let policy = trial.contract.failure.as_ref();
    let Some(promise) = policy.and_then(|policy| policy.server.as_ref()) else { return Ok(()) };
    require_visible_change(trial).await?;
    let (first, second) = two_balances(trial);
    for round in 0..3 {
        // An account that was never read, so that no cached response can hide the failure.
        let (before, after) = if round == 1 { (second, first) } else { (first, second) };
        let account = trial.account(before).await?;
        let (active, _) = fail_store_and_read(trial, &account).await?;
        trial.restore_backend(&account, &active).await?;
        judge_recovered(trial, promise, &account).await?;

        trial.wait_until_settled(&account).await?;
        let active = trial.fail_backend(&account).await?;
        trial.check(&account).await?;
        trial.change(&account, after).await?;
        trial.restore_backend(&account, &active).await?;
        judge_recovered(trial, promise, &account).await?;
    }
    Ok(())
}

/// Judges that reads show the true balance again. A server that still fails when the caches have expired has not
/// recovered.
async fn judge_recovered(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount) -> Judgement {
    let why = match read_true_balance(trial, promise, account).await {
        Err(Stop::Inconclusive(why)) => why,
        result => return result.map(drop),
    };
    let reading = trial.check(account).await?;
    if reading.balance.is_ok() {
        return Err(Stop::Inconclusive(why));
    }
    let operation = trial.balance_operation()?;
    trial.judge(promise, Some(operation), &[&reading.exchange], false, || {
        format!("the store is restored: expected {}, found {}", account.true_balance(), describe_read(&reading))
    })
}
