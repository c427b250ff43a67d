//! # A validator changes when the balance does
//!
//! With `ETag` or `Last-Modified`, a client asks "has it changed?" and believes the answer. An `ETag` made of the path
//! or the account alone says "no" for ever, and one tenant's tag that matches another's answer shows the one the
//! other's balance.
//!
//! A balance is read with its validators and changed behind the API's back; once the change shows, asking with the old
//! validators must not give 304, nor may the new answer carry the same strong tag. Where the credential says whose
//! balance it is, all tenants share one URL, so a tag of one must not match another's answer. A tag that nobody was
//! ever given never matches.

use std::sync::Arc;

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server::support::balance_reads::two_balances;
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Tenant};
use crate::exchange::Exchange;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.validators",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::Key],
    faults: &["etag-constant", "etag-from-tenant-only", "etag-matches-anything", "last-modified-constant"],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let unknown = conditional(trial, &account, "If-None-Match", "\"ringtrue-was-never-given\"").await?;
    judge_full(trial, &unknown, "a tag that was never given")?;
    if !trial.subject.states.is_present() {
        return Ok(());
    }
    let (first, second) = two_balances(trial);
    let (one, other) = (trial.account(first).await?, trial.account(second).await?);
    let before = trial.check(&one).await?;
    let Some(tag) = field(&before, "etag") else { return changed_since(trial, &one, &before).await };
    if trial.contract.tenant == Tenant::Credential {
        let theirs = trial.check(&other).await?;
        if differ(&before, &theirs) {
            let exchange = conditional(trial, &other, "If-None-Match", &tag).await?;
            judge_changed(trial, &[&before.exchange, &exchange], &tag, "of another account, whose balance differs")?;
        }
    }
    let Some(after) = change(trial, &one, second, &before).await? else { return Ok(()) };
    let exchange = conditional(trial, &one, "If-None-Match", &tag).await?;
    judge_changed(trial, &[&before.exchange, &after.exchange, &exchange], &tag, "from before the balance changed")?;
    if let Some(new) = field(&after, "etag") {
        let holds = new != tag || tag.starts_with("W/");
        let shown_by: [&Exchange; 2] = [&before.exchange, &after.exchange];
        trial.judge(&standards::validators(), Some(trial.balance_operation()?), &shown_by, holds, || {
            format!("two different balances carry the same strong tag {tag}")
        })?;
    }
    Ok(())
}

/// Judges `Last-Modified`, where that is the only validator.
async fn changed_since(trial: &ServerTrial<'_>, account: &TestAccount, before: &BalanceRead) -> Judgement {
    let Some(modified) = field(before, "last-modified") else { return Ok(()) };
    // It counts in seconds: two changes within one look the same.
    match trial.advance(&[account], 5000).await {
        Ok(()) => {}
        Err(Stop::CouldNotRun(_)) => return Ok(()),
        Err(stop) => return Err(stop),
    }
    let (_, second) = two_balances(trial);
    if change(trial, account, second, before).await?.is_none() {
        return Ok(());
    }
    let exchange = conditional(trial, account, "If-Modified-Since", &modified).await?;
    let holds = !matches!(&exchange.result, Ok(response) if response.status == 304);
    let promise = standards::weak_validators();
    trial.judge(&promise, Some(trial.balance_operation()?), &[&before.exchange, &exchange], holds, || {
        format!("found 304 to `If-Modified-Since: {modified}`, from before the balance changed")
    })
}

/// Changes the balance until it shows; `None` if it cannot be made to.
async fn change(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    to: BalanceValues,
    before: &BalanceRead,
) -> Result<Option<BalanceRead>, Stop> {
    match trial.change(account, to).await {
        Ok(()) => {}
        Err(Stop::CouldNotRun(_)) => return Ok(None),
        Err(stop) => return Err(stop),
    }
    let reading = trial.check(account).await?;
    if differ(before, &reading) {
        return Ok(Some(reading));
    }
    match trial.wait_until_settled(account).await {
        Ok(()) => {}
        Err(Stop::CouldNotRun(_)) => return Ok(None),
        Err(stop) => return Err(stop),
    }
    let reading = trial.check(account).await?;
    Ok(differ(before, &reading).then_some(reading))
}

async fn conditional(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    name: &str,
    value: &str,
) -> Result<Arc<Exchange>, Stop> {
    let request = trial.request(trial.balance_operation()?, account);
    trial.send(request.header(name, value)).await
}

fn judge_full(trial: &ServerTrial<'_>, exchange: &Exchange, what: &str) -> Judgement {
    let holds = !matches!(&exchange.result, Ok(response) if response.status == 304);
    trial.judge(&standards::none_match(), Some(trial.balance_operation()?), &[exchange], holds, || {
        format!("found 304 to {what}")
    })
}

fn judge_changed(trial: &ServerTrial<'_>, shown_by: &[&Exchange], tag: &str, what: &str) -> Judgement {
    let last = shown_by.last().map(|exchange| &exchange.result);
    let holds = !matches!(last, Some(Ok(response)) if response.status == 304);
    let promise = if tag.starts_with("W/") { standards::weak_validators() } else { standards::validators() };
    trial.judge(&promise, Some(trial.balance_operation()?), shown_by, holds, || {
        format!("found 304 to the tag {tag} {what}")
    })
}

fn field(reading: &BalanceRead, name: &str) -> Option<String> {
    reading.balance.as_ref().ok()?;
    reading.exchange.result.as_ref().ok()?.header(name)
}

/// Whether both show a balance, and not the same one.
fn differ(one: &BalanceRead, other: &BalanceRead) -> bool {
    matches!((&one.balance, &other.balance), (Ok(one), Ok(other)) if one != other)
}
