//! Finds out whether the state handler can make the store of one account fail, or only that of all accounts.
//!
//! An outage of one account is no event of the world: checks that cause one may run side by side with others.

use super::attempt::RunContext;
use crate::checks::{ServerTrial, Stop, TestAccount, error_code};
use crate::contract::Role;
use crate::exchange::{Journal, SendOptions, Transport};
use crate::subject::ServerSubject;

/// Makes the store of one account fail, uses two others, and records whether they notice.
///
/// Where that is not certain, the outage is taken to concern all accounts.
pub(super) async fn find(context: &RunContext<'_>, subject: &ServerSubject, transport: &Transport) {
    if subject.is_embedded() || subject.live || !subject.states.is_present() {
        return;
    }
    let journal = Journal::new(context.secrets.clone());
    let trial = ServerTrial::new(context.contract, subject, context.settings, transport, journal);
    match concerns_one(&trial).await {
        Ok(alone) => subject.set_fails_per_tenant(alone),
        // Without outages nothing is concerned.
        Err(Stop::CouldNotRun(_)) => subject.set_fails_per_tenant(true),
        Err(_) => subject.set_fails_per_tenant(false),
    }
    trial.finish().await;
    trial.close().await;
}

async fn concerns_one(trial: &ServerTrial<'_>) -> Result<bool, Stop> {
    if trial.contract.operation(Role::Balance).is_none() {
        return Ok(false);
    }
    let balances = [trial.credits(40), trial.credits(15), trial.credits(0), trial.credits(100_000)];
    let opened: Result<Vec<_>, Stop> = trial.accounts(&balances).await.into_iter().collect();
    let opened = opened?;
    let [failing, other, empty, rich] = opened.as_slice() else { return Ok(false) };
    let refusal = refusal(trial, empty).await?;
    if refusal.as_ref().is_some_and(|(status, _)| *status == 429) {
        tell_apart(trial, rich, empty).await?;
    }
    let active = trial.fail_backend(failing).await?;
    if failing.tenant.is_none() {
        // Nothing tells the handler which account is meant.
        return Ok(false);
    }
    let reading = trial.check(other).await?;
    let same_refusal = self::refusal(trial, empty).await? == refusal;
    trial.restore_backend(failing, &active).await?;
    Ok(same_refusal && reading.balance.is_ok_and(|balance| balance == other.true_balance()))
}

/// How a paid call of an account without credits is refused, which costs nothing; `None` if paid calls are not possible.
async fn refusal(trial: &ServerTrial<'_>, empty: &TestAccount) -> Result<Option<(u16, Option<String>)>, Stop> {
    let Some(spend) = trial.contract.operation(Role::Spend).filter(|_| trial.may_spend().is_ok()) else {
        return Ok(None);
    };
    // What looks like a limit may be the refusal of an account without credits.
    let once = SendOptions { limit_is_evidence: true, ..SendOptions::default() };
    let exchange = trial.send_as(trial.request(spend, empty), once).await?;
    let response = exchange.result.as_ref().ok();
    Ok(response.map(|response| (response.status, error_code(trial.contract, Some(spend), response))))
}

/// How often two accounts call in turn until the refusals of one of them are no limit on the rate.
const TURNS: u32 = 4;

/// Has an account with credits and one without make paid calls in turn. No limit on the rate refuses the same one of them each
/// time: then it is the missing credits, whatever the response says.
async fn tell_apart(trial: &ServerTrial<'_>, rich: &TestAccount, empty: &TestAccount) -> Result<(), Stop> {
    let Some(spend) = trial.contract.operation(Role::Spend) else { return Ok(()) };
    let once = SendOptions { limit_is_evidence: true, ..SendOptions::default() };
    for _ in 0..TURNS {
        for (account, limited) in [(rich, false), (empty, true)] {
            let exchange = trial.send_as(trial.request(spend, account), once).await?;
            if exchange.result.as_ref().map_or(true, |response| (response.status == 429) != limited) {
                return Ok(());
            }
        }
    }
    trial.transport().limits_selectively(&trial.request(spend, empty));
    Ok(())
}
