//! # After a failure is over, the balance is the true one again
//!
//! A failure that is kept, a breaker that never closes, a connection pool that stays poisoned: the outage of a minute
//! lasts until somebody restarts the service, and with it the blocks or the free rides that it causes.
//!
//! The store fails and works again several times, and the balance changes meanwhile. After each outage the true
//! balance must show: at once where the contract lets nothing be kept, else when whatever may be kept is over.

use crate::checks::check::{Check, Judge, Judged, Need};
use crate::checks::server::outage::{failing, has_policy};
use crate::checks::server::readings::{change_shows, pair, read_truth};
use crate::checks::trial::Trial;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "fail-open.recovery",
    side: Side::Server,
    level: Level::Must,
    needs: &[Need::State("account"), Need::State("balance"), Need::State("backend.down"), Need::Clock],
    faults: &["failure-lingers", "failure-lingers-the-second-time", "failure-lingers-for-a-moment"],
    applies: has_policy,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &Trial<'_>) -> Judged {
    let Some(policy) = &trial.contract.failure else { return Ok(()) };
    change_shows(trial).await?;
    let (first, second) = pair(trial);
    for round in 0..3 {
        // An account that was never read, so that the failure cannot hide behind what was kept.
        let (before, after) = if round == 1 { (second, first) } else { (first, second) };
        let account = trial.account(before).await?;
        let (active, _) = failing(trial, &account).await?;
        trial.mend_backend(&account, &active).await?;
        read_truth(trial, &policy.server, &account).await?;

        trial.settle(&account).await?;
        let active = trial.break_backend(&account).await?;
        trial.check(&account).await?;
        trial.change(&account, after).await?;
        trial.mend_backend(&account, &active).await?;
        read_truth(trial, &policy.server, &account).await?;
    }
    Ok(())
}
