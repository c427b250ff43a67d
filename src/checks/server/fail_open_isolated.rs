//! # One tenant's failure is not remembered for another
//!
//! A breaker or a kept failure without the tenant in its key makes everybody pay for one failing shard: those whose
//! balance could be read are told that it could not be, or are let through.
//!
//! The store is made to fail for one account, which is read. Another one may meanwhile be answered with its own balance
//! or, as a handler need not tell tenants apart, with the documented failure, but with no other balance. Then the store
//! works again, and accounts that asked for nothing during the outage must show their own balance at once: nothing can
//! have been kept for them.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{found, judge_truth};
use crate::checks::server::support::outage::{failing, has_policy};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.isolated",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::BackendDown)],
    faults: &["failure-spreads-to-other-tenants"],
    applies: has_policy,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(policy) = &trial.contract.failure else { return Ok(()) };
    let operation = trial.balance_operation()?;
    let account = trial.account(trial.credits(40)).await?;
    let awake = trial.account(trial.credits(0)).await?;
    let asleep = [trial.account(trial.credits(0)).await?, trial.account(trial.credits(7)).await?];
    let (active, _) = failing(trial, &account).await?;
    let other = trial.check(&awake).await?;
    let own = matches!(&other.balance, Ok(balance) if *balance == awake.true_balance());
    trial.judge(&policy.server, Some(operation), &[&other.exchange], own || other.balance.is_err(), || {
        format!("the store fails for another account; expected {}, found {}", awake.true_balance(), found(&other))
    })?;
    trial.check(&account).await?;
    trial.restore_backend(&account, &active).await?;
    for account in &asleep {
        let reading = trial.check(account).await?;
        judge_truth(trial, &policy.server, account, &reading)?;
    }
    Ok(())
}
