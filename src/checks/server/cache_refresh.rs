//! # The first read after a refresh shows the true balance
//!
//! ## What it checks
//!
//! A refresh drops the cached balance of its account, every time, and changes nothing for other accounts.
//!
//! ## Why it matters
//!
//! Customers are told to refresh when the balance looks old. If the refresh leaves the cached balance in place, or
//! works only once, they cannot find out how many credits they have.
//!
//! ## How
//!
//! Two accounts are read. One is changed outside the API and refreshed several times, to more, to less and to zero.
//! After each refresh its reads must show the true balance, and the other account must show its own.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{require_visible_change, shows_amounts};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{CacheKind, Contract, Level, Promise, Role};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "cache.refresh",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Write],
    faults: &["refresh-ignored", "refresh-ignored-every-second-time", "refresh-overwrites-other-tenants"],
    applies: |contract| {
        promise(contract).map(drop).ok_or("the contract does not state that a refresh drops the cached balance")?;
        contract.operation(Role::Refresh).map(drop).ok_or("the contract names no refresh operation")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn promise(contract: &Contract) -> Option<&Promise> {
    let rule = contract.caching.server.as_ref().filter(|rule| rule.kind != CacheKind::None)?;
    rule.invalidated_by.get(&Role::Refresh)
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(promise) = promise(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let account = trial.account(trial.credits(40)).await?;
    let amount = if shows_amounts(trial.contract) { 33 } else { 1 };
    let other_account = trial.account(trial.credits(amount)).await?;
    trial.remaining(&other_account).await?;
    trial.remaining(&account).await?;
    for amount in [0, 90, 7, 0] {
        trial.change(&account, trial.credits(amount)).await?;
        trial.refresh(&account).await?;
        for _ in 0..2 {
            let reading = trial.check(&account).await?;
            trial.judge_balance_read(promise, &reading)?;
        }
        let reading = trial.check(&other_account).await?;
        trial.judge_balance_read(promise, &reading)?;
    }
    Ok(())
}
