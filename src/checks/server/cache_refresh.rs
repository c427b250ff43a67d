//! # A refresh makes the next answer the true one
//!
//! The refresh is what people are told to use when the balance looks stale. If it leaves the old answer in place, or
//! works only the first time, there is no way left to find out what one really has.
//!
//! Two accounts are read. One is changed behind the API's back and refreshed, several times, to more, to less and to
//! nothing; after each refresh its balance must be the true one, and the other account must still show its own.

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
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Write],
    faults: &["refresh-ignored", "refresh-ignored-every-second-time", "refresh-overwrites-other-tenants"],
    applies: |contract| {
        promise(contract).map(drop).ok_or("the contract does not say that a refresh drops what was kept")?;
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
    let bystander = trial.account(trial.credits(amount)).await?;
    trial.remaining(&bystander).await?;
    trial.remaining(&account).await?;
    for amount in [0, 90, 7, 0] {
        trial.change(&account, trial.credits(amount)).await?;
        trial.refresh(&account).await?;
        for _ in 0..2 {
            let reading = trial.check(&account).await?;
            trial.judge_balance_read(promise, &reading)?;
        }
        let reading = trial.check(&bystander).await?;
        trial.judge_balance_read(promise, &reading)?;
    }
    Ok(())
}
