//! Finds out whether the state handler can make the store of one account fail, or only that of all accounts.
//!
//! An outage of one account is no event of the world: checks that cause one may run side by side with others.

use super::attempt::RunContext;
use super::paid_refusals::{refusal, tell_apart};
use crate::checks::{ServerTrial, Stop};
use crate::contract::Role;
use crate::exchange::{Journal, Transport};
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
    let refused = refusal(trial, empty).await?;
    if refused.as_ref().is_some_and(|(status, _)| *status == 429) {
        tell_apart(trial, rich, empty).await?;
    }
    let active = trial.fail_backend(failing).await?;
    if failing.tenant.is_none() {
        // Nothing tells the handler which account is meant.
        return Ok(false);
    }
    let reading = trial.check(other).await?;
    let same_refusal = refusal(trial, empty).await? == refused;
    trial.restore_backend(failing, &active).await?;
    Ok(same_refusal && reading.balance.is_ok_and(|balance| balance == other.true_balance()))
}
