//! # The failure of one tenant's store does not affect other tenants
//!
//! ## What it checks
//!
//! A failure of the balance store for one tenant does not change the balance that other tenants read, and is not
//! cached for them.
//!
//! ## Why it matters
//!
//! A circuit breaker or a cached failure without the tenant in its key makes all customers pay for one failing
//! shard: their balances become unreadable, or their calls are let through.
//!
//! ## How
//!
//! The state `backend.down` is set for one account, which is read. Meanwhile another account must show its own
//! balance. A state handler that does not separate tenants shows before the first read fails: then the documented failure
//! is accepted for the other account; otherwise it is a warning. Then the store is
//! restored, and accounts that made no request during the outage must show their own balance at once, because
//! nothing can be cached for them.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{describe_read, judge_true_balance};
use crate::checks::server::support::outage::{has_policy, no_effect, shows_stored_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.isolated",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Outage,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::BackendDown)],
    faults: &["failure-spreads-to-other-tenants", "failure-spreads-during-outage"],
    applies: has_policy,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let policy = trial.contract.failure.as_ref();
    let Some(promise) = policy.and_then(|policy| policy.server.as_ref()) else { return Ok(()) };
    let operation = trial.balance_operation()?;
    let account = trial.account(trial.credits(40)).await?;
    let active_account = trial.account(trial.credits(0)).await?;
    let idle_accounts = [trial.account(trial.credits(0)).await?, trial.account(trial.credits(7)).await?];
    let probe = trial.account(trial.credits(7)).await?;
    let (active, is_local) = {
        let active = trial.fail_backend(&account).await?;
        // A state handler may let the store fail for all accounts. Whether it does shows before a request fails.
        let before = trial.check(&probe).await?;
        let reading = trial.check(&account).await?;
        if shows_stored_balance(trial, &reading, &account) {
            return Err(no_effect(&reading));
        }
        (active, before.balance.is_ok())
    };
    let other = trial.check(&active_account).await?;
    let expected = active_account.true_balance();
    let own = matches!(&other.balance, Ok(balance) if *balance == expected);
    let found = || format!("the store fails for another account: expected {expected}, found {}", describe_read(&other));
    trial.judge(promise, Some(operation), &[&other.exchange], own || other.balance.is_err(), found)?;
    // No source says how much of a server may rest while a store fails for one account: a circuit breaker is no violation.
    let advice = Promise { level: promise.level.min(Level::Should), ..promise.clone() };
    trial.judge(&advice, Some(operation), &[&other.exchange], own || !is_local, found)?;
    trial.check(&account).await?;
    trial.restore_backend(&account, &active).await?;
    for account in &idle_accounts {
        let reading = trial.check(account).await?;
        judge_true_balance(trial, promise, account, &reading)?;
    }
    Ok(())
}
