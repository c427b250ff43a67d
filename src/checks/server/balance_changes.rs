//! # A change of the balance shows
//!
//! Credits that were bought, granted or taken back behind the API have to arrive. A balance that was computed once and
//! never again is right in every demo and wrong from the first purchase on.
//!
//! An account is read and its balance changed behind the API's back, to less, to nothing, to more than before. Each
//! change must show, at the latest when nothing that the contract lets be kept can be given any more.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::server::support::balance_reads::{change_shows, read_truth};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "balance.changes",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["balance-never-changes", "zero-balance-never-changes"],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    change_shows(trial).await?;
    let account = trial.account(trial.credits(40)).await?;
    trial.check(&account).await?;
    for amount in [15, 0, 700, 0, 1] {
        trial.change(&account, trial.credits(amount)).await?;
        read_truth(trial, &operation.promise, &account).await?;
    }
    Ok(())
}
