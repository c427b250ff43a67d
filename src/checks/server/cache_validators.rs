//! # A validator changes when the balance changes
//!
//! ## What it checks
//!
//! After a change of the balance, a conditional request with an old validator (`ETag` or `Last-Modified`) does not
//! get 304. A tag of another tenant or an unknown tag does not get 304 either. An `ETag` is in quotes.
//!
//! ## Why it matters
//!
//! Clients use validators to ask whether the balance has changed, and rely on the response. An `ETag` made from the
//! path or the account alone never changes, so they show an old balance for good. A tag that matches for another
//! tenant shows them the balance of that tenant.
//!
//! ## How
//!
//! A balance is read with its validators and changed outside the API, first by much and then by one credit. When the
//! change is shown, a conditional request with the old validators must not get 304, and the new response must not have
//! the same strong tag. Where
//! the credential selects the tenant, all tenants share one URL, so the tag of one account is also sent with the
//! credential of another. A tag that the server never issued is sent as well.

use std::sync::Arc;

use super::support::stops::optional;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server::support::balance_reads::{shows_amounts, two_balances};
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Tenant};
use crate::exchange::Exchange;
use crate::model::BalanceValues;
use crate::subject::Sleep;

pub(super) const CHECK: Check = Check {
    id: "cache.validators",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "etag-constant",
        "etag-from-tenant-only",
        "etag-from-tens",
        "etag-without-quotes",
        "etag-matches-anything",
        "last-modified-constant",
    ],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let unknown = conditional(trial, &account, "If-None-Match", "\"ringtrue-was-never-given\"").await?;
    judge_full(trial, &unknown, "a tag that was never issued")?;
    if !trial.subject.states.is_present() {
        return Ok(());
    }
    let (first, second) = two_balances(trial);
    let (account, other) = (trial.account(first).await?, trial.account(second).await?);
    let before = trial.check(&account).await?;
    let Some(mut tag) = field(&before, "etag") else { return judge_last_modified(trial, &account, &before).await };
    trial.judge(
        &standards::entity_tag_grammar(),
        Some(trial.balance_operation()?),
        &[&before.exchange],
        is_entity_tag(&tag),
        || format!("expected an ETag in quotes, found {tag}"),
    )?;
    if trial.contract.tenant == Tenant::Credential {
        let of_other = trial.check(&other).await?;
        if differ(&before, &of_other) {
            let exchange = conditional(trial, &other, "If-None-Match", &tag).await?;
            judge_changed(trial, &[&before.exchange, &exchange], &tag, "of another account, whose balance differs")?;
        }
    }
    // A tag may be made from a part of the balance, so that it misses small changes.
    let changes = [Some(second), shows_amounts(trial.contract).then(|| trial.credits(16))];
    let mut before = before;
    for to in changes.into_iter().flatten() {
        let Some(after) = change_visibly(trial, &account, to, &before).await? else { return Ok(()) };
        let exchange = conditional(trial, &account, "If-None-Match", &tag).await?;
        judge_changed(trial, &[&before.exchange, &after.exchange, &exchange], &tag, "from before the balance changed")?;
        let Some(new) = field(&after, "etag") else { return Ok(()) };
        let holds = new != tag || tag.starts_with("W/");
        let shown_by: [&Exchange; 2] = [&before.exchange, &after.exchange];
        trial.judge(&standards::validators(), Some(trial.balance_operation()?), &shown_by, holds, || {
            format!("expected different strong tags for different balances, found {tag} for both")
        })?;
        (before, tag) = (after, new);
    }
    Ok(())
}

/// Whether a value of `ETag` has the form of RFC 9110, 8.8.3.
fn is_entity_tag(value: &str) -> bool {
    let opaque = value.strip_prefix("W/").unwrap_or(value);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| inner.chars().all(|c| c == '!' || ('#'..='~').contains(&c) || !c.is_ascii()))
}

/// Judges `Last-Modified`, where it is the only validator.
async fn judge_last_modified(trial: &ServerTrial<'_>, account: &TestAccount, before: &BalanceRead) -> Judgement {
    let Some(modified) = field(before, "last-modified") else { return Ok(()) };
    // It is a time in seconds, which cannot show two changes within one second.
    if optional(trial.pass(&[account], Sleep::AtLeast(5000, 60_000)).await)?.is_none() {
        return Ok(());
    }
    let (_, second) = two_balances(trial);
    if change_visibly(trial, account, second, before).await?.is_none() {
        return Ok(());
    }
    let exchange = conditional(trial, account, "If-Modified-Since", &modified).await?;
    let holds = status(&exchange)? != 304;
    let promise = standards::weak_validators();
    trial.judge(&promise, Some(trial.balance_operation()?), &[&before.exchange, &exchange], holds, || {
        format!("expected no 304 to `If-Modified-Since: {modified}` from before the balance changed")
    })
}

/// Changes the balance, and expires the caches if that is needed for the change to be shown. `None` if it is not shown.
async fn change_visibly(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    to: BalanceValues,
    before: &BalanceRead,
) -> Result<Option<BalanceRead>, Stop> {
    if optional(trial.change(account, to).await)?.is_none() {
        return Ok(None);
    }
    let reading = trial.check(account).await?;
    if differ(before, &reading) {
        return Ok(Some(reading));
    }
    if optional(trial.wait_until_settled(account).await)?.is_none() {
        return Ok(None);
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
    let exchange = trial.send(request.header(name, value)).await?;
    match &exchange.result {
        Ok(_) => Ok(exchange),
        Err(failure) => Err(Stop::Inconclusive(format!("no response to a conditional request: {failure}"))),
    }
}

fn judge_full(trial: &ServerTrial<'_>, exchange: &Exchange, what: &str) -> Judgement {
    let holds = status(exchange)? != 304;
    trial.judge(&standards::none_match(), Some(trial.balance_operation()?), &[exchange], holds, || {
        format!("expected no 304 to {what}")
    })
}

fn judge_changed(trial: &ServerTrial<'_>, shown_by: &[&Exchange], tag: &str, what: &str) -> Judgement {
    let holds = match shown_by.last() {
        Some(last) => status(last)? != 304,
        None => return Ok(()),
    };
    let promise = if tag.starts_with("W/") { standards::weak_validators() } else { standards::validators() };
    trial.judge(&promise, Some(trial.balance_operation()?), shown_by, holds, || {
        format!("expected no 304 to the tag {tag} {what}")
    })
}

/// The status of a response; without one, nothing can be judged.
fn status(exchange: &Exchange) -> Result<u16, Stop> {
    let response = exchange.result.as_ref().map_err(|failure| Stop::Inconclusive(format!("no response: {failure}")))?;
    Ok(response.status)
}

fn field(reading: &BalanceRead, name: &str) -> Option<String> {
    reading.balance.as_ref().ok()?;
    reading.exchange.result.as_ref().ok()?.header(name)
}

/// Whether both reads show a balance, and the balances differ.
fn differ(a: &BalanceRead, b: &BalanceRead) -> bool {
    matches!((&a.balance, &b.balance), (Ok(a), Ok(b)) if a != b)
}
