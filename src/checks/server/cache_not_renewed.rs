//! # Reading does not renew a kept answer
//!
//! If every read starts the time anew, the answer never expires for exactly those who ask most: a busy shop goes on
//! seeing yesterday's balance until it has a quiet minute.
//!
//! An account is read and then changed behind the API's back. It is read at several moments within the promised time,
//! and once more a little after its end, counted from the first read: the change must show.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{require_visible_change, two_balances};
use crate::checks::server::support::ttl;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "cache.not-renewed",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["cache-renewed-by-reading"],
    applies: ttl::has_maximum,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, longest_ms)) = ttl::maximum(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    trial.remaining(&account).await?;
    trial.change(&account, second).await?;
    let step_ms = longest_ms / 4;
    for _ in 0..3 {
        trial.advance(&[&account], step_ms).await?;
        let reading = trial.check(&account).await?;
        // Whether it was still kept is for another check; here it is read.
        if reading.balance.is_err() {
            trial.judge_balance_read(&rule.promise, &reading)?;
        }
    }
    trial.advance(&[&account], ttl::after_end_ms(longest_ms) - 3 * step_ms).await?;
    let reading = trial.check(&account).await?;
    trial.judge_balance_read(&rule.promise, &reading)
}
