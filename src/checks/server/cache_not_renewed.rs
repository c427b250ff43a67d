//! # Reading does not renew a cached balance
//!
//! ## What it checks
//!
//! Reads during the TTL do not extend it: a cached balance expires after the maximum TTL, counted from the first
//! read.
//!
//! ## Why it matters
//!
//! If every read starts the TTL anew, the cached balance never expires for the customers who read most. A busy
//! client shows an old balance until it pauses.
//!
//! ## How
//!
//! An account is read and then changed outside the API. It is read several times within the maximum TTL, and once
//! shortly after its end, counted from the first read. The change must then be shown.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{require_visible_change, two_balances};
use crate::checks::server::support::ttl::{self, Age};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;
use crate::subject::Sleep;

pub(super) const CHECK: Check = Check {
    id: "cache.not-renewed",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["cache-renewed-by-reading"],
    applies: ttl::has_maximum,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, max_ms)) = ttl::maximum(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    trial.remaining(&account).await?;
    trial.change(&account, second).await?;
    let mut age = Age::default();
    for _ in 0..3 {
        age.add(trial.pass(&[&account], Sleep::AtMost(max_ms / 4)).await?);
        let reading = trial.check(&account).await?;
        // Another check judges whether this read must show the cached balance.
        if reading.balance.is_err() {
            trial.judge_balance_read(&rule.promise, &reading)?;
        }
    }
    trial.advance(&[&account], age.ms_until(ttl::after_end_ms(max_ms))).await?;
    let reading = trial.check(&account).await?;
    trial.judge_balance_read(&rule.promise, &reading)
}
