//! # The paid call enforces the limit whatever the balance operation returned
//!
//! ## What it checks
//!
//! A paid call of an account without credits is refused, even if a read of the balance returned "allowed" before.
//!
//! ## Why it matters
//!
//! A balance operation that fails open, or that returns a cached response, shows "allowed" to an account without
//! credits. That is intended, as long as the paid call reads the balance itself. If it trusts the earlier read, the
//! first outage gives everything away.
//!
//! ## How
//!
//! An account with credits is read, so that "allowed" may be cached, and then emptied outside the API. Another
//! account is empty while its balance operation fails open. The paid calls of both must get the documented refusal.

use super::support::stops::rate_limited;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::Class;
use crate::checks::server::support::balance_reads::require_visible_change;
use crate::checks::server::support::outage::shows_failure;
use crate::checks::server::support::payments::pay;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, Level, Promise, Role};
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "balance.enforced-when-open",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Outage,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::State(State::BackendDown), Need::Spend],
    faults: &["spend-allowed-by-last-check", "exhausted-accepted"],
    applies: |contract| {
        has_spend(contract)?;
        promise(contract).map(drop).ok_or("the contract does not state that paid calls enforce the limit")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn promise(contract: &Contract) -> Option<&Promise> {
    contract.failure.as_ref()?.enforced_on_spend.as_ref()
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(promise) = promise(trial.contract) else { return Ok(()) };
    trial.may_spend()?;
    require_visible_change(trial).await?;
    let account = trial.account(trial.credits(40)).await?;
    trial.check(&account).await?;
    trial.change(&account, trial.credits(0)).await?;
    trial.check(&account).await?;
    judge_refused(trial, promise, &account).await?;

    let account = trial.account(trial.credits(0)).await?;
    let active = trial.fail_backend(&account).await?;
    let reading = trial.check(&account).await?;
    let failed_open = shows_failure(trial, &reading);
    trial.restore_backend(&account, &active).await?;
    if !failed_open {
        return Err(Stop::Inconclusive("the state `backend.down` was set but has no visible effect".to_owned()));
    }
    judge_refused(trial, promise, &account).await
}

async fn judge_refused(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount) -> Judgement {
    let payment = pay(trial, account).await?;
    let holds = payment.result.class == Class::Condition(Condition::Exhausted);
    if payment.result.class == Class::Condition(Condition::RateLimited) {
        return Err(rate_limited());
    }
    trial.judge(promise, Some(trial.operation(Role::Spend)?), &[payment.exchange()], holds, || {
        format!(
            "no credits are left, although the last read allowed use: expected a refusal, found {}",
            payment.describe()
        )
    })
}
