//! # A server that fails closed never invents a balance
//!
//! ## What it checks
//!
//! Where the contract fails closed, a response during an outage of the balance store shows no balance, except one
//! that may still be cached.
//!
//! ## Why it matters
//!
//! A zero in place of "the database did not respond" blocks customers who have paid. A default or an old balance
//! lets calls through that are not paid for. Such a response looks like any other, so the error is found days later.
//!
//! ## How
//!
//! The state `backend.down` is set for an account that was never read, for one that was read and then changed, and
//! again when no cached response may be left. A balance in a response must be one that may still be cached. If it
//! is the stored balance, the state had no effect and nothing is judged.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{describe_read, two_balances};
use crate::checks::server::support::outage::{has_policy, no_effect, policy, shows_stored_balance};
use crate::checks::server::support::stops::{if_conclusive, optional};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{FailureMode, Level, Promise};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.closed",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Outage,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::BackendDown)],
    faults: &["failure-as-zero", "failure-as-default-balance", "failure-as-last-known"],
    applies: |contract| {
        has_policy(contract)?;
        policy(contract, FailureMode::Closed).map(drop).ok_or("the contract fails open")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let policy = policy(trial.contract, FailureMode::Closed);
    let Some(promise) = policy.and_then(|policy| policy.server.as_ref()) else { return Ok(()) };
    let (first, second) = two_balances(trial);
    let unread = trial.account(first).await?;
    judge_outage(trial, promise, &unread, 2).await?;

    let account = trial.account(first).await?;
    trial.remaining(&account).await?;
    // The balance that was read is no longer in the store, so a response that shows it did not read the store.
    if optional(trial.change(&account, second).await)?.is_none() {
        return Ok(());
    }
    judge_outage(trial, promise, &account, 1).await?;
    // Where the cache can be made to expire neither by the clock nor by waiting, the outages before are judged alone.
    match if_conclusive(trial.wait_until_settled(&account).await)? {
        Some(()) => judge_outage(trial, promise, &account, 2).await,
        None => Ok(()),
    }
}

/// Makes the store fail, reads the balance `reads` times, and restores the store.
async fn judge_outage(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount, reads: u32) -> Judgement {
    let active = trial.fail_backend(account).await?;
    for _ in 0..reads {
        let reading = trial.check(account).await?;
        let may_be_cached = matches!(&reading.balance, Ok(balance) if reading.allowed.permits(balance));
        if shows_stored_balance(trial, &reading, account) && !may_be_cached {
            return Err(no_effect(&reading));
        }
        let holds = reading.balance.is_err() || may_be_cached;
        trial.judge(promise, Some(trial.balance_operation()?), &[&reading.exchange], holds, || {
            format!("the store fails: expected no balance, found {}", describe_read(&reading))
        })?;
    }
    trial.restore_backend(account, &active).await
}
