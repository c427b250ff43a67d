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
//! account is read at once, in the middle of the TTL and shortly before its end, and must show the cached balance.
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

pub(super) const CHECK: Check = Check {
    id: "cache.fresh",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
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
    let late_ms = ttl::before_end_ms(min_ms);
    for step_ms in [0, late_ms / 2, late_ms - late_ms / 2] {
        if step_ms > 0 {
            trial.advance(&[&account, &other_account], step_ms).await?;
        }
        let reading = trial.check(&account).await?;
        if !reading.allowed.must_be_cached && step_ms > 0 {
            // So much real time has passed in addition that the TTL may be over. The reads before are judged alone.
            break;
        }
        if !reading.allowed.must_be_cached {
            return Err(Stop::Inconclusive("so much real time has passed that the TTL may be over".to_owned()));
        }
        trial.judge_balance_read(&rule.promise, &reading)?;
        if step_ms == 0 {
            judge_additions(trial, rule, &account, &reading).await?;
        }
    }
    trial.wait_until_settled(&account).await?;
    let reading = trial.check(&account).await?;
    match reading.balance {
        Ok(balance) if balance == second => judge_many_readers(trial, rule).await,
        _ => Err(Stop::Inconclusive("the state `balance` was set but has no visible effect".to_owned())),
    }
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
    if !reading.allowed.must_be_cached {
        return Err(Stop::Inconclusive("so much real time has passed that the TTL may be over".to_owned()));
    }
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
        if !after.allowed.must_be_cached || after.balance != before.balance {
            return Ok(());
        }
        trial.judge(
            &rule.promise,
            Some(operation),
            &[&reading.exchange],
            Ok(shown) == before.balance.as_ref(),
            || format!("with {about}: expected {} from the cache, found {shown}", describe_read(before)),
        )?;
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
