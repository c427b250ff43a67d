//! # An operation without a limit is never limited
//!
//! ## What it checks
//!
//! An operation whose calls the contract declares unlimited is not refused for too many requests: not after many calls in
//! a row, and not while the account is over the limit of other operations.
//!
//! ## Why it matters
//!
//! Clients watch such a balance as often as they like, because the provider says so. A limiter in front of the whole API
//! counts these calls too, and then they use up the calls that are limited.
//!
//! ## How
//!
//! The operation is called sixty times, eight at a time. Then the state `rate.limited` is set for the account, if the
//! state handler supports it, and the operation is called again. No call may get the status 429 or the documented
//! response to too many requests.

use futures_util::future::join_all;

use super::support::describe::describe_exchange;
use super::support::stops::optional;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::class::{Class, classify};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Contract, Level, Operation, Promise, Role};
use crate::exchange::Exchange;
use crate::exchange::SendOptions;
use crate::mock::{State, StateParams};

pub(super) const CHECK: Check = Check {
    id: "error.unlimited",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key],
    faults: &["unlimited-operation-limited", "unlimited-operation-limited-after-forty"],
    applies: |contract| unlimited(contract).next().map(drop).ok_or("the contract declares no operation unlimited"),
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The operations that the contract declares unlimited, with the promise.
fn unlimited(contract: &Contract) -> impl Iterator<Item = (&Operation, &Promise)> {
    let free_of_charge = contract.operations.iter().filter(|operation| operation.role != Role::Spend);
    free_of_charge.filter_map(|operation| Some((operation.as_ref(), operation.unlimited.as_ref()?)))
}

/// What is documented as unlimited shows its limit in these responses.
const EVIDENCE: SendOptions =
    SendOptions { fresh: false, bad_key: false, limit_is_evidence: true, outage_is_evidence: false };

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    // Many calls to a live target would be a nuisance, whatever its documentation says.
    let rounds = if trial.transport().is_live() { 1 } else { 8 };
    for (operation, promise) in unlimited(trial.contract) {
        let account = trial.account_a().await?;
        for _ in 0..rounds {
            let calls = join_all((0..8).map(|_| trial.send_as(trial.request(operation, &account), EVIDENCE))).await;
            for exchange in calls.into_iter().collect::<Result<Vec<_>, Stop>>()? {
                judge_unlimited(trial, operation, promise, &exchange, "many calls in a row")?;
            }
        }
        judge_while_limited(trial, operation, promise, &account).await?;
    }
    Ok(())
}

/// Judges calls while the account is over the limit of other operations.
async fn judge_while_limited(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    promise: &Promise,
    account: &TestAccount,
) -> Judgement {
    let mut params = StateParams { retry_after_s: Some(7), ..StateParams::default() };
    account.name_in(&mut params);
    let Some(state) = optional(trial.setup(State::RateLimited, params).await)? else { return Ok(()) };
    for _ in 0..2 {
        let exchange = trial.send_as(trial.request(operation, account), EVIDENCE).await?;
        judge_unlimited(trial, operation, promise, &exchange, "the account is over the limit of other operations")?;
    }
    trial.teardown(&state).await
}

fn judge_unlimited(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    promise: &Promise,
    exchange: &Exchange,
    about: &str,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let limited = response.status == 429
        || classify(trial.contract, operation, response) == Class::Condition(Condition::RateLimited);
    trial.judge(promise, Some(operation), &[exchange], !limited, || {
        format!("{about}: expected no limit on the rate of requests, found {}", describe_exchange(exchange))
    })
}
