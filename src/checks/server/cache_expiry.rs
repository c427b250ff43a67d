//! # A cached balance expires after the maximum TTL
//!
//! ## What it checks
//!
//! A read after the maximum TTL shows the current balance, not a cached one.
//!
//! ## Why it matters
//!
//! A cache that outlives its TTL shows zero to a customer who has just topped up, and lets a customer without
//! credits go on. The customer cannot know how long to wait.
//!
//! ## How
//!
//! An account is read, changed outside the API, and read again shortly after the maximum TTL: the new balance must
//! be shown. This is repeated with other balances, zero among them. First an account that was never read must show
//! that the state `balance` works.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{require_visible_change, two_balances};
use crate::checks::server::support::stale_balance::StaleBalance;
use crate::checks::server::support::ttl;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::Passive;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "cache.expiry",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["cache-too-long", "cache-never-expires", "cache-longer-for-zero"],
    applies: ttl::has_maximum,
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(StaleBalance::watch)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, max_ms)) = ttl::maximum(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    trial.remaining(&account).await?;
    // A cached zero must expire like any other balance.
    let mut balances = vec![second, trial.credits(0), first];
    balances.dedup();
    for balance in balances {
        trial.change(&account, balance).await?;
        trial.advance(&[&account], ttl::after_end_ms(max_ms)).await?;
        let reading = trial.check(&account).await?;
        trial.judge_balance_read(&rule.promise, &reading)?;
    }
    Ok(())
}
