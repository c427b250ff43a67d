//! # An empty balance is kept like any other
//!
//! `if (cached && …)` is how a cache forgets a zero: accounts with nothing left go to the database on every request,
//! and those are the ones that retry. The mistake the other way round, keeping the refusal for longer, locks out
//! whoever has just topped up.
//!
//! An empty account is read and then topped up behind the API's back. Shortly before the end of the promised time the
//! kept answer must be given, a little after it the new one.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::require_visible_change;
use crate::checks::server::support::ttl;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "cache.zero",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["cache-skips-zero", "cache-longer-for-zero"],
    applies: ttl::has_minimum,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, shortest_ms)) = ttl::minimum(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let account = trial.account(trial.credits(0)).await?;
    trial.remaining(&account).await?;
    trial.change(&account, trial.credits(40)).await?;
    let late_ms = ttl::before_end_ms(shortest_ms);
    for step_ms in [0, late_ms] {
        if step_ms > 0 {
            trial.advance(&[&account], step_ms).await?;
        }
        let reading = trial.check(&account).await?;
        trial.judge_balance_read(&rule.promise, &reading)?;
    }
    if let Some((_, longest_ms)) = ttl::maximum(trial.contract) {
        trial.advance(&[&account], ttl::after_end_ms(longest_ms) - late_ms).await?;
        let reading = trial.check(&account).await?;
        trial.judge_balance_read(&rule.promise, &reading)?;
    }
    Ok(())
}
