//! Balance reads: the true balance, and balances that only a cache explains.

use super::stops::rate_limited;
use crate::checks::account::TestAccount;
use crate::checks::class::{Class, classify};
use crate::checks::finding::{Judgement, Stop};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::contract::{CacheKind, Condition, Contract, Promise, Role};
use crate::model::BalanceValues;

/// Two balances that a read can distinguish. The first is not zero. Where the contract shows amounts, the second is not
/// zero either, because zero has checks of its own.
pub(in crate::checks) fn two_balances(trial: &ServerTrial<'_>) -> (BalanceValues, BalanceValues) {
    (trial.credits(40), trial.credits(if shows_amounts(trial.contract) { 15 } else { 0 }))
}

/// Whether the balance operation shows the remaining credits, and not only a flag or the total.
pub(in crate::checks) fn shows_amounts(contract: &Contract) -> bool {
    let fields = contract.operation(Role::Balance).map(|operation| &operation.fields);
    fields.is_some_and(|fields| fields.remaining.is_some())
}

/// Judges that a read shows the true balance.
///
/// # Errors
/// The violation of a must; `Inconclusive` if a cached response explains the read.
pub(in crate::checks) fn judge_true_balance(
    trial: &ServerTrial<'_>,
    promise: &Promise,
    account: &TestAccount,
    reading: &BalanceRead,
) -> Judgement {
    let operation = trial.balance_operation()?;
    reading.in_time()?;
    let span = account.expectations().stored();
    let holds = match &reading.balance {
        Ok(balance) => span.permits(balance),
        Err(_) => false,
    };
    if !holds && is_explained_by_cache(trial, reading) {
        return Err(Stop::Inconclusive(
            "the response shows an older balance, which the contract allows to be cached, and the clock cannot be moved"
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

/// Reads the balance and judges that it is the true one. An old balance is read again when the caches have expired.
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

/// Judges that the balance has not changed. The caches are made to expire before the read, because a cached response
/// would hide a change.
///
/// The clock moves only as far as a TTL of the contract, because a longer time may have other effects.
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

/// A new account that shows the balance it was created with.
///
/// # Errors
/// `Inconclusive` if it shows another balance, so that a state handler that ignores the balance is not reported as an
/// error of the server.
pub(in crate::checks) async fn open_account(
    trial: &ServerTrial<'_>,
    balance: BalanceValues,
) -> Result<TestAccount, Stop> {
    let account = trial.account(balance).await?;
    let reading = trial.check(&account).await?;
    match &reading.balance {
        Ok(shown) if *shown == balance => Ok(account),
        _ => Err(Stop::Inconclusive(format!(
            "an account was created with {balance} but shows {}",
            describe_read(&reading)
        ))),
    }
}

/// The balance that a read shows, or why none can be read.
pub(in crate::checks) fn describe_read(reading: &BalanceRead) -> String {
    reading.balance.as_ref().map_or_else(Clone::clone, ToString::to_string)
}

/// Makes sure that the state `balance` works, by a change of an account that was never read.
///
/// # Errors
/// `Inconclusive` if the change is not shown.
pub(in crate::checks) async fn require_visible_change(trial: &ServerTrial<'_>) -> Result<(), Stop> {
    trial.subject.proven.balance.get_or_try_init(|| changes_visibly(trial)).await.copied()
}

async fn changes_visibly(trial: &ServerTrial<'_>) -> Result<(), Stop> {
    let (first, second) = two_balances(trial);
    let account = trial.account(first).await?;
    trial.change(&account, second).await?;
    let reading = trial.check(&account).await?;
    match reading.balance {
        Ok(balance) if balance == second => Ok(()),
        Ok(balance) => Err(Stop::Inconclusive(format!(
            "the state `balance` was set but has no visible effect: an account that was never read before shows \
             {balance} after it was set to {second}"
        ))),
        Err(why) => Err(Stop::Inconclusive(format!("the balance cannot be read: {why}"))),
    }
}

/// Whether accounts show the balance that they are opened with.
pub(in crate::checks) async fn is_shown_when_opened(trial: &ServerTrial<'_>) -> Result<bool, Stop> {
    let opened = trial
        .subject
        .proven
        .opened
        .get_or_try_init(|| async { open_account(trial, trial.credits(100)).await.map(drop) });
    match opened.await {
        Ok(()) => Ok(true),
        Err(Stop::Inconclusive(_)) => Ok(false),
        Err(stop) => Err(stop),
    }
}

/// Whether the read does not show the true balance.
fn differs_from_store(account: &TestAccount, reading: &BalanceRead) -> bool {
    let span = account.expectations().stored();
    !matches!(&reading.balance, Ok(balance) if span.permits(balance))
}

/// Whether a cached response explains the read.
fn is_explained_by_cache(trial: &ServerTrial<'_>, reading: &BalanceRead) -> bool {
    let Ok(operation) = trial.balance_operation() else { return false };
    match (&reading.balance, &reading.exchange.result) {
        (Ok(balance), _) => reading.allowed.permits(balance),
        (Err(_), Ok(response)) => reading.allowed.failure && operation.documents_failure(response),
        _ => false,
    }
}

/// Whether the server refused the read because of its rate limit.
pub(in crate::checks) fn is_rate_limited(trial: &ServerTrial<'_>, reading: &BalanceRead) -> bool {
    let Ok(operation) = trial.balance_operation() else { return false };
    let Ok(response) = &reading.exchange.result else { return false };
    response.status == 429 || classify(trial.contract, operation, response) == Class::Condition(Condition::RateLimited)
}
