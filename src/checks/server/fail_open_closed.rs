//! # A server that fails closed never makes a balance up
//!
//! A zero that stands for "the database did not answer" blocks customers who have paid; a default or the last known
//! number lets work through that nobody pays for. Either looks like any other answer, so nobody notices for days.
//!
//! The store is made to fail for an account that was never read, for one that was read and changed since, and once more
//! when nothing may be kept any longer. An answer that shows a balance must show one that may still be kept. If it shows
//! the balance that is in the store, the state had no effect, and nothing is judged.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server::support::balance_reads::{found, pair};
use crate::checks::server::support::outage::{has_policy, no_effect, policy, unaffected};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{FailureMode, Level, Promise};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.closed",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
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
    let Some(policy) = policy(trial.contract, FailureMode::Closed) else { return Ok(()) };
    let (first, second) = pair(trial);
    let unread = trial.account(first).await?;
    judge_outage(trial, &policy.server, &unread, 2).await?;

    let account = trial.account(first).await?;
    trial.remaining(&account).await?;
    match trial.change(&account, second).await {
        // What was read is no longer in the store, so showing it is not reading the store.
        Ok(()) => {}
        Err(Stop::CouldNotRun(_)) => return Ok(()),
        Err(stop) => return Err(stop),
    }
    judge_outage(trial, &policy.server, &account, 1).await?;
    match trial.wait_until_settled(&account).await {
        Ok(()) => judge_outage(trial, &policy.server, &account, 2).await,
        // The time of kept answers can be neither moved nor waited for; what was seen stands.
        Err(Stop::CouldNotRun(_) | Stop::Inconclusive(_)) => Ok(()),
        Err(stop) => Err(stop),
    }
}

/// Makes the store fail, reads so many times, and lets it work again.
async fn judge_outage(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount, reads: u32) -> Judgement {
    let active = trial.fail_backend(account).await?;
    for _ in 0..reads {
        let reading = trial.check(account).await?;
        let kept = matches!(&reading.balance, Ok(balance) if reading.allowed.permits(balance));
        if unaffected(&reading, account) && !kept {
            return Err(no_effect(&reading));
        }
        let holds = reading.balance.is_err() || kept;
        trial.judge(promise, Some(trial.balance_operation()?), &[&reading.exchange], holds, || {
            format!("the store fails, and still a balance is shown: {}", found(&reading))
        })?;
    }
    trial.restore_backend(account, &active).await
}
