//! # A successful response does not carry the sign of a failure
//!
//! ## What it checks
//!
//! A response with a status of success has no error code that the contract documents for a failure, and no member whose
//! documented value means that the call failed.
//!
//! ## Why it matters
//!
//! Some clients branch on the status, others on the member. Where the two contradict each other, one client counts a
//! balance that another reports as an error, and a paid call is both done and failed.
//!
//! ## How
//!
//! The balance is read with and without credits, and a paid call is made if that is permitted. Each success is searched
//! for the documented error codes, and for members that have one and the same flag in all documented errors. Operations
//! that report a refusal by a code within a success are left out.

use super::support::accounts::in_every_state;
use super::support::failure_sign::{failure_codes, failure_sign};
use super::support::operations::callable;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Role};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "error.not-in-success",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["error-members-in-success", "failure-flag-in-success", "error-members-in-success-at-zero"],
    applies: |contract| {
        has_balance(contract)?;
        if contract.operation(Role::Balance).is_some_and(|operation| operation.may_refuse_in_success()) {
            return Err("the balance operation reports refusals within a success");
        }
        let tells = !contract.failure_flags().is_empty() || !failure_codes(contract).is_empty();
        if tells { Ok(()) } else { Err("the contract documents neither error codes nor a member that means failure") }
    },
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let mut judged = false;
    for account in in_every_state(trial).await? {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        judged |= judge_success(trial, operation, &exchange)?;
    }
    let account = trial.account_a().await?;
    // The bodies of other operations need not be documented.
    for operation in callable(trial).into_iter().filter(|operation| operation.role == Role::Spend) {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        judged |= judge_success(trial, operation, &exchange)?;
    }
    if judged { Ok(()) } else { Err(Stop::Inconclusive("no request succeeds with a JSON body".to_owned())) }
}

/// Judges a response. `false` if it is no success, or reports refusals by a code.
fn judge_success(trial: &impl ExchangeJudge, operation: &Operation, exchange: &Exchange) -> Result<bool, Stop> {
    let contract = trial.contract();
    let Ok(response) = &exchange.result else { return Ok(false) };
    let Some(body) = response.json().filter(|_| response.is_success()) else { return Ok(false) };
    if operation.may_refuse_in_success() {
        return Ok(false);
    }
    let sign = failure_sign(contract, operation, &body);
    trial.judge(&operation.promise, Some(operation), &[exchange], sign.is_none(), || {
        format!("status {}: expected no {} in a success", response.status, sign.unwrap_or_default())
    })?;
    Ok(true)
}

/// Judges a response in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, _)) = observed.api_answer() else { return Ok(()) };
    // The bodies of other operations need not be documented.
    if !matches!(operation.role, Role::Balance | Role::Spend) {
        return Ok(());
    }
    judge_success(trial, operation, &observed.exchange).map(drop)
}
