//! # When the promised time is over, the kept answer is gone
//!
//! A cache that outlives its promise shows a customer who has just topped up that nothing is left, and lets one who has
//! used everything up go on. Nobody can tell how long to wait, so support is called.
//!
//! An account is read, changed behind the API's back, and read again a little after the longest promised time: the new
//! balance must show. The same with the answers that were kept then, that nothing is left among them. An account that was
//! never read before shows first that the state `balance` works.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server::support::balance_reads::{require_visible_change, two_balances};
use crate::checks::server::support::ttl;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "cache.expiry",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &["cache-too-long", "cache-never-expires", "cache-longer-for-zero"],
    applies: ttl::has_maximum,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, longest_ms)) = ttl::maximum(trial.contract) else { return Ok(()) };
    require_visible_change(trial).await?;
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    trial.remaining(&account).await?;
    // What is kept of an empty account is no different.
    let mut balances = vec![second, trial.credits(0), first];
    balances.dedup();
    for balance in balances {
        trial.change(&account, balance).await?;
        trial.advance(&[&account], ttl::after_end_ms(longest_ms)).await?;
        let reading = trial.check(&account).await?;
        trial.judge_balance_read(&rule.promise, &reading)?;
    }
    Ok(())
}
