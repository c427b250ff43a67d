//! # A zero balance is cached like any other
//!
//! ## What it checks
//!
//! A balance of zero is cached for the same time as any other balance.
//!
//! ## Why it matters
//!
//! A cache that tests its value with `if (cached && …)` never caches a zero. Accounts without credits then reach
//! the database on every request, and those are the ones that retry. A zero that is cached too long locks out a
//! customer who has just topped up.
//!
//! ## How
//!
//! An empty account is read and then topped up outside the API. At once and shortly before the end of the minimum
//! TTL, reads must show the cached zero; shortly after the maximum TTL they must show the new balance.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::require_visible_change;
use crate::checks::server::support::ttl::{self, Age};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;
use crate::subject::Sleep;

pub(super) const CHECK: Check = Check {
    id: "cache.zero",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["cache-skips-zero", "cache-longer-for-zero"],
    applies: ttl::has_minimum,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, min_ms)) = ttl::minimum(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let account = trial.account(trial.credits(0)).await?;
    trial.remaining(&account).await?;
    trial.change(&account, trial.credits(40)).await?;
    let mut age = Age::default();
    for step_ms in [0, ttl::before_end_ms(min_ms)] {
        if step_ms > 0 {
            age.add(trial.pass(&[&account], Sleep::AtMost(step_ms)).await?);
        }
        let reading = trial.check(&account).await?;
        trial.judge_balance_read(&rule.promise, &reading)?;
    }
    if let Some((_, max_ms)) = ttl::maximum(trial.contract) {
        trial.advance(&[&account], age.ms_until(ttl::after_end_ms(max_ms))).await?;
        let reading = trial.check(&account).await?;
        trial.judge_balance_read(&rule.promise, &reading)?;
    }
    Ok(())
}
