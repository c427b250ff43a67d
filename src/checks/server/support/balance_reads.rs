//! Reading balances: what is the truth, and what only a cache explains.

use super::stops::rate_limited;
use crate::checks::account::TestAccount;
use crate::checks::class::{Class, classify};
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::contract::{CacheKind, Condition, Contract, Promise, Role};
use crate::model::BalanceValues;

/// Two balances that differ in what a check shows, the first one not empty; neither of them is empty where amounts are
/// shown, because that has cases of its own.
pub(in crate::checks) fn two_balances(trial: &ServerTrial<'_>) -> (BalanceValues, BalanceValues) {
    (trial.credits(40), trial.credits(if shows_amounts(trial.contract) { 15 } else { 0 }))
}

/// Whether a check shows how much is left, and not only whether use is allowed, or what there was in all.
pub(in crate::checks) fn shows_amounts(contract: &Contract) -> bool {
    let fields = contract.operation(Role::Balance).map(|operation| &operation.fields);
    fields.is_some_and(|fields| fields.remaining.is_some())
}

/// Judges that a reading shows the balance as it is in the store.
///
/// # Errors
/// The violation of a must; `Inconclusive` if the reading is explained by an answer that may have been kept.
pub(in crate::checks) fn judge_true_balance(
    trial: &ServerTrial<'_>,
    promise: &Promise,
    account: &TestAccount,
    reading: &BalanceRead,
) -> Judgement {
    let operation = trial.balance_operation()?;
    let span = account.expectations().span();
    let holds = match &reading.balance {
        Ok(balance) => span.permits(balance),
        Err(_) => false,
    };
    if !holds && is_explained_by_cache(trial, reading) {
        return Err(Stop::Inconclusive(
            "an older answer was given, which the contract does not rule out to be kept, and the clock cannot be moved"
                .to_owned(),
        ));
    }
    if !holds && is_rate_limited(trial, reading) {
        return Err(rate_limited());
    }
    trial.judge(promise, Some(operation), &[&reading.exchange], holds, || {
        format!("expected {span}, found {}", describe_read(reading))
    })
}

/// Reads the balance, if need be once more when nothing may be kept any longer, and judges that it is the true one.
pub(in crate::checks) async fn read_true_balance(
    trial: &ServerTrial<'_>,
    promise: &Promise,
    account: &TestAccount,
) -> Result<BalanceRead, Stop> {
    let mut reading = trial.check(account).await?;
    if differs_from_store(account, &reading) && is_explained_by_cache(trial, &reading) {
        trial.wait_until_settled(account).await?;
        reading = trial.check(account).await?;
    }
    judge_true_balance(trial, promise, account, &reading)?;
    Ok(reading)
}

/// The same where nothing may have happened to the balance: an answer that is still kept would not show that something did.
///
/// No more time passes than answers may be kept for, as much else may happen in a day.
pub(in crate::checks) async fn read_unchanged_balance(
    trial: &ServerTrial<'_>,
    promise: &Promise,
    account: &TestAccount,
) -> Result<BalanceRead, Stop> {
    let over = match trial.contract.caching.server.as_ref().filter(|rule| rule.kind != CacheKind::None) {
        Some(rule) if rule.invalidated_by.contains_key(&Role::Refresh) => trial.refresh(account).await.map(drop),
        Some(rule) if rule.max_ttl_ms.is_some() => trial.expire_caches(account).await,
        _ => Ok(()),
    };
    match over {
        Ok(()) | Err(Stop::CouldNotRun(_) | Stop::Inconclusive(_)) => read_true_balance(trial, promise, account).await,
        Err(stop) => Err(stop),
    }
}

/// A fresh account that shows the balance it was opened with: for checks that judge what happens to it then.
///
/// # Errors
/// `Inconclusive` if it shows another one, so that a handler that ignores the balance does not look like a fault.
pub(in crate::checks) async fn open_account(
    trial: &ServerTrial<'_>,
    balance: BalanceValues,
) -> Result<TestAccount, Stop> {
    let account = trial.account(balance).await?;
    let reading = trial.check(&account).await?;
    match &reading.balance {
        Ok(shown) if *shown == balance => Ok(account),
        _ => Err(Stop::Inconclusive(format!(
            "an account was opened with {balance}, and shows {}",
            describe_read(&reading)
        ))),
    }
}

/// What a reading says, in words.
pub(in crate::checks) fn describe_read(reading: &BalanceRead) -> String {
    reading.balance.as_ref().map_or_else(Clone::clone, ToString::to_string)
}

/// `Inconclusive` unless a change behind the API's back shows where nothing can have been kept.
pub(in crate::checks) async fn require_visible_change(trial: &ServerTrial<'_>) -> Result<(), Stop> {
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    trial.change(&account, second).await?;
    let reading = trial.check(&account).await?;
    match reading.balance {
        Ok(balance) if balance == second => Ok(()),
        Ok(balance) => Err(Stop::Inconclusive(format!(
            "the state `balance` was set but shows no effect: an account that was never read before shows {balance} \
             after it was set to {second}"
        ))),
        Err(why) => Err(Stop::Inconclusive(format!("the balance cannot be read: {why}"))),
    }
}

/// Whether the reading is not the truth.
fn differs_from_store(account: &TestAccount, reading: &BalanceRead) -> bool {
    let span = account.expectations().span();
    !matches!(&reading.balance, Ok(balance) if span.permits(balance))
}

/// Whether a kept answer explains the reading.
fn is_explained_by_cache(trial: &ServerTrial<'_>, reading: &BalanceRead) -> bool {
    let Ok(operation) = trial.balance_operation() else { return false };
    match (&reading.balance, &reading.exchange.result) {
        (Ok(balance), _) => reading.allowed.permits(balance),
        (Err(_), Ok(response)) => reading.allowed.failure && trial.is_failure_answer(operation, response),
        _ => false,
    }
}

/// Whether the server says that it was asked too often.
pub(in crate::checks) fn is_rate_limited(trial: &ServerTrial<'_>, reading: &BalanceRead) -> bool {
    let Ok(operation) = trial.balance_operation() else { return false };
    let Ok(response) = &reading.exchange.result else { return false };
    response.status == 429 || classify(trial.contract, operation, response) == Class::Condition(Condition::RateLimited)
}
