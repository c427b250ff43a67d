//! # Without a server cache every read shows the current balance
//!
//! ## What it checks
//!
//! Where the contract states that the server caches nothing, every change of the balance is shown by the next read.
//!
//! ## Why it matters
//!
//! Clients of an API without a cache read the balance right before they spend, and rely on it. A cache of one
//! second is enough to refuse a customer who has just topped up, or to let a call through after the last credit.
//!
//! ## How
//!
//! The balance is changed outside the API several times: to less, to zero and from zero. Each change must be shown
//! by the next reads. The same holds for a paid call, where the remaining credits after it are known.

use super::support::stops::if_applicable;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
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
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance)],
    faults: &["cache-although-forbidden", "cache-zero-although-forbidden", "balance-stale-after-spend"],
    applies: |contract| promise(contract).map(drop).ok_or("the contract does not state that the server caches nothing"),
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
    // Where paid calls cannot be made, the changes are judged alone.
    if_applicable(judge_after_spend(trial, promise, &account).await).map(drop)
}

/// Judges that a paid call is shown at once, by its cost or by the remaining credits in its response.
async fn judge_after_spend(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount) -> Judgement {
    let operation = trial.operation(Role::Spend)?;
    for _ in 0..2 {
        let payment = pay(trial, account).await?;
        let (true, Ok(response)) = (payment.succeeded(), &payment.exchange().result) else { return Ok(()) };
        let reported = BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name)).ok();
        let reported = reported.and_then(|balance| balance.remaining);
        let reading = trial.check(account).await?;
        trial.judge_balance_read(promise, &reading)?;
        if let (Some(reported), Ok(balance)) = (reported, &reading.balance) {
            let shown_by = [payment.exchange(), &reading.exchange];
            let holds = balance.remaining.is_none_or(|remaining| remaining == reported);
            trial.judge(promise, Some(trial.balance_operation()?), &shown_by, holds, || {
                format!(
                    "expected remaining {} as in the response to the paid call, found {}",
                    reported.normalize(),
                    describe_read(&reading)
                )
            })?;
        }
    }
    Ok(())
}
