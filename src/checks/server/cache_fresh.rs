//! # The cached balance is returned within the minimum TTL
//!
//! ## What it checks
//!
//! Within the minimum TTL, reads show the cached balance, whatever other accounts do meanwhile.
//!
//! ## Why it matters
//!
//! A guaranteed server cache allows clients to read the balance on every page view. If it is dropped early, every
//! view reaches the database, latency and load rise, and clients that relied on the guarantee are rate limited.
//!
//! ## How
//!
//! An account is read and changed outside the API. Other accounts read, pay, and have their store fail. Then the
//! account must still show the cached balance. Another one is read in the middle of the TTL and shortly before its end.
//! The last seconds before the end are not judged, because clocks may differ. When the cache has expired, the
//! change must be shown; otherwise the state `balance` had no effect. A read with an undocumented query parameter or
//! another `User-Agent` must get the cached response too. Another balance must stay cached while many accounts read.

use futures_util::future::join_all;

use super::support::stops::if_applicable;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server::support::balance_reads::{describe_read, two_balances};
use crate::checks::server::support::payments::pay;
use crate::checks::server::support::ttl;
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::verdict::Side;
use crate::contract::{CacheRule, Level};
use crate::mock::State;
use crate::model::BalanceValues;
use crate::subject::Sleep;

pub(super) const CHECK: Check = Check {
    id: "cache.fresh",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Outage,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::Clock],
    faults: &[
        "cache-off",
        "cache-bypassed-by-parameter",
        "cache-bypassed-by-user-agent",
        "cache-too-short",
        "cache-of-few-entries",
        "cache-emptied-by-any-spend",
        "cache-emptied-by-any-failure",
    ],
    applies: ttl::has_minimum,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// How many other accounts read, so that a cache with room for few of them is seen.
const OTHER_READERS: usize = 12;

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some((rule, min_ms)) = ttl::minimum(trial.contract) else { return Ok(()) };
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    let other_account = trial.account(second).await?;
    trial.remaining(&account).await?;
    trial.change(&account, second).await?;
    trial.remaining(&other_account).await?;
    use_other_accounts(trial, first).await?;
    let reading = trial.check(&account).await?;
    require_cached(&reading)?;
    trial.judge_balance_read(&rule.promise, &reading)?;
    judge_additions(trial, rule, &account, &reading).await?;
    judge_until_end(trial, rule, min_ms).await?;
    trial.wait_until_settled(&account).await?;
    let reading = trial.check(&account).await?;
    match reading.balance {
        Ok(balance) if balance == second => judge_many_readers(trial, rule).await,
        _ => Err(Stop::Inconclusive("the state `balance` was set but has no visible effect".to_owned())),
    }
}

/// Judges that a balance is cached in the middle of the TTL and shortly before its end, on an account of its own, so that
/// little real time passes. Where it is still too much, the TTL may be over, and an earlier moment is tried.
async fn judge_until_end(trial: &ServerTrial<'_>, rule: &CacheRule, min_ms: u64) -> Judgement {
    let (first, second) = two_balances(trial);
    for earlier_ms in [0, 3_000, 8_000] {
        let late_ms = ttl::before_end_ms(min_ms).saturating_sub(earlier_ms).max(min_ms / 2);
        let account = trial.account(first).await?;
        trial.remaining(&account).await?;
        trial.change(&account, second).await?;
        let mut judged = 0;
        for step_ms in [late_ms / 2, late_ms - late_ms / 2] {
            trial.pass(&[&account], Sleep::AtMost(step_ms)).await?;
            let reading = trial.check(&account).await?;
            if require_cached(&reading).is_err() {
                break;
            }
            trial.judge_balance_read(&rule.promise, &reading)?;
            judged += 1;
        }
        if judged == 2 {
            return Ok(());
        }
    }
    Err(too_late())
}

/// # Errors
/// `Inconclusive` if the TTL may be over.
fn require_cached(reading: &BalanceRead) -> Judgement {
    if reading.allowed.must_be_cached { Ok(()) } else { Err(too_late()) }
}

fn too_late() -> Stop {
    Stop::Inconclusive("so much real time has passed that the TTL may be over".to_owned())
}

/// Judges that a balance stays cached while many other accounts read.
async fn judge_many_readers(trial: &ServerTrial<'_>, rule: &CacheRule) -> Judgement {
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    let mut others = Vec::new();
    for _ in 0..OTHER_READERS {
        others.push(trial.account(second).await?);
    }
    trial.remaining(&account).await?;
    trial.change(&account, second).await?;
    for reading in join_all(others.iter().map(|other| trial.check(other))).await {
        reading?;
    }
    let reading = trial.check(&account).await?;
    require_cached(&reading)?;
    trial.judge_balance_read(&rule.promise, &reading)
}

/// Judges that a request with an undocumented parameter or field gets the cached response, as a plain one before and after
/// it does.
async fn judge_additions(
    trial: &ServerTrial<'_>,
    rule: &CacheRule,
    account: &TestAccount,
    before: &BalanceRead,
) -> Judgement {
    let operation = trial.balance_operation()?;
    let plain = trial.request(operation, account);
    let additions = [
        ("the parameter `_=1733000000000`", plain.clone().query("_", "1733000000000")),
        ("the parameter `timestamp=1733000000`", plain.clone().query("timestamp", "1733000000")),
        ("`User-Agent: Mozilla/5.0`", plain.header("User-Agent", "Mozilla/5.0")),
    ];
    for (about, request) in additions {
        let reading = trial.balance_read(operation, trial.send(request).await?);
        let Ok(shown) = &reading.balance else { continue };
        let after = trial.check(account).await?;
        if !after.allowed.must_be_cached {
            return Ok(());
        }
        // The request may have been answered past the cache, or may have replaced what was cached.
        let holds = Ok(shown) == before.balance.as_ref() && after.balance == before.balance;
        trial.judge(&rule.promise, Some(operation), &[&reading.exchange, &after.exchange], holds, || {
            format!(
                "with {about}: expected {} from the cache, found {shown}, and {} without it",
                describe_read(before),
                describe_read(&after)
            )
        })?;
    }
    Ok(())
}

/// Events of other accounts, which must not drop the cached balance: one pays, and the store of another fails. What is
/// not possible is skipped.
async fn use_other_accounts(trial: &ServerTrial<'_>, balance: BalanceValues) -> Judgement {
    let paying = trial.account(balance).await?;
    if_applicable(pay(trial, &paying).await)?;
    let failing = trial.account(balance).await?;
    let Some(active) = if_applicable(trial.fail_backend(&failing).await)? else { return Ok(()) };
    trial.check(&failing).await?;
    trial.restore_backend(&failing, &active).await
}
