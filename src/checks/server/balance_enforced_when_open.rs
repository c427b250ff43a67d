//! # The paid call enforces the limit, whatever the check said
//!
//! A check that fails open, or gives a kept answer, says "allowed" to somebody with nothing left. That is by design, as
//! long as the paid call looks for itself; if it believes the check, the first outage gives everything away.
//!
//! An account with credits is read, so that "allowed" may be kept, and then emptied behind the API's back; another one
//! is empty while its check fails open. The paid calls of both must be refused with the documented answer.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::Class;
use crate::checks::server::support::balance_reads::change_shows;
use crate::checks::server::support::outage::shows;
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
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::State(State::Account), Need::State(State::Balance), Need::State(State::BackendDown), Need::Spend],
    faults: &["spend-allowed-by-last-check", "exhausted-accepted"],
    applies: |contract| {
        has_spend(contract)?;
        promise(contract).map(drop).ok_or("the contract does not say that paid calls enforce what a check let pass")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

fn promise(contract: &Contract) -> Option<&Promise> {
    contract.failure.as_ref()?.enforced_on_spend.as_ref()
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(promise) = promise(trial.contract) else { return Ok(()) };
    trial.may_spend()?;
    change_shows(trial).await?;
    let account = trial.account(trial.credits(40)).await?;
    trial.check(&account).await?;
    trial.change(&account, trial.credits(0)).await?;
    trial.check(&account).await?;
    judge_refused(trial, promise, &account).await?;

    let account = trial.account(trial.credits(0)).await?;
    let active = trial.fail_backend(&account).await?;
    let reading = trial.check(&account).await?;
    let failed_open = shows(trial, &reading);
    trial.restore_backend(&account, &active).await?;
    if !failed_open {
        return Err(Stop::Inconclusive("the state `backend.down` was set but shows no effect".to_owned()));
    }
    judge_refused(trial, promise, &account).await
}

async fn judge_refused(trial: &ServerTrial<'_>, promise: &Promise, account: &TestAccount) -> Judgement {
    let payment = pay(trial, account).await?;
    let holds = payment.spent.class == Class::Condition(Condition::Exhausted);
    if payment.spent.class == Class::Condition(Condition::RateLimited) {
        return Err(Stop::Inconclusive("the server limits the rate of requests".to_owned()));
    }
    trial.judge(promise, Some(trial.operation(Role::Spend)?), &[payment.exchange()], holds, || {
        format!("nothing is left, and the check said otherwise; expected a refusal, found {}", payment.found())
    })
}
