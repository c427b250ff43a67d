//! # A changed balance is shown
//!
//! ## What it checks
//!
//! A balance that changes outside the API is shown by later reads, at the latest when cached responses have
//! expired.
//!
//! ## Why it matters
//!
//! Credits that were bought, granted or taken back must reach the customer. A balance that is computed once and
//! never again is right in every demonstration and wrong from the first purchase on.
//!
//! ## How
//!
//! An account is read, and its balance is changed outside the API to less, to zero and to more than before. Each
//! change must be shown, at the latest when no cached response may be left.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::server::support::balance_reads::{read_true_balance, require_visible_change};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "balance.changes",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["balance-never-changes", "zero-balance-never-changes"],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    require_visible_change(trial).await?;
    let account = trial.account(trial.credits(40)).await?;
    trial.check(&account).await?;
    for amount in [15, 0, 700, 0, 1] {
        trial.change(&account, trial.credits(amount)).await?;
        read_true_balance(trial, &operation.promise, &account).await?;
    }
    Ok(())
}
