//! # A failing balance store gives the documented response
//!
//! ## What it checks
//!
//! While the store behind the balance fails, the balance operation gives the documented status, error code and
//! body. Where the contract fails open, the response allows use.
//!
//! ## Why it matters
//!
//! Clients act on the documented failure: they let their users go on, or report that the balance is unknown for
//! now. Any other response (a refusal where the contract allows use, an error page, a success without data) turns
//! the outage of one table into an outage of the product.
//!
//! ## How
//!
//! The state `backend.down` is set for accounts that were never read, so that nothing can be cached: one with
//! credits and one without. Each is read twice. If the response still shows the stored balance, the state had no
//! effect and nothing is judged.

use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server::support::bodies::judge_body;
use crate::checks::server::support::outage::{documented_failure, fail_store_and_read, policy};
use crate::checks::server::support::retry_after::judge_retry_after;
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Condition, DocumentedResponse, FailureMode, Level, Role, StatusRange};
use crate::exchange::Exchange;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.answer",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Outage,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::BackendDown)],
    faults: &[
        "failure-error-as-text",
        "fail-open-blocks",
        "fail-open-blocks-every-second-time",
        "fail-open-without-allowed",
        "fail-open-with-status-200",
        "failure-as-empty-object",
        "failure-as-not-found",
    ],
    applies: |contract| {
        has_balance(contract)?;
        documented_failure(contract)
            .map(drop)
            .ok_or("the contract documents no response of the balance operation to a failing store")
    },
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(expected) = documented_failure(trial.contract) else { return Ok(()) };
    // First the account whose balance an invented response is least likely to equal: the one without credits where a
    // failure allows use, the one with credits where the contract fails closed.
    let open = policy(trial.contract, FailureMode::Open).is_some();
    let (first, second) = if open { (0, 37) } else { (37, 0) };
    let mut no_effect = None;
    for amount in [first, second] {
        let account = trial.account(trial.credits(amount)).await?;
        let (active, reading) = match fail_store_and_read(trial, &account).await {
            // An invented balance can equal that of one account by chance, but not that of both.
            Err(stop @ Stop::Inconclusive(_)) if amount == first => {
                no_effect = Some(stop);
                continue;
            }
            result => result?,
        };
        judge_failure(trial, expected, &reading.exchange)?;
        let repeated = trial.check(&account).await?;
        judge_failure(trial, expected, &repeated.exchange)?;
        trial.restore_backend(&account, &active).await?;
    }
    no_effect.map_or(Ok(()), Err)
}

fn judge_failure(trial: &impl ExchangeJudge, expected: &DocumentedResponse, exchange: &Exchange) -> Judgement {
    let Some(operation) = trial.contract().operation(Role::Balance) else { return Ok(()) };
    let promise = &expected.promise;
    let shown_by = [exchange];
    let response = match &exchange.result {
        Ok(response) => response,
        Err(failure) => {
            return trial.judge(promise, Some(operation), &shown_by, false, || {
                format!("expected {}, found no response: {failure}", expected.describe())
            });
        }
    };
    let matching = expected.matching(response);
    let holds = matching.is_some();
    let expected = matching.unwrap_or(expected);
    trial.judge(promise, Some(operation), &shown_by, holds, || {
        format!("expected {}, found {}", expected.describe(), describe(response))
    })?;
    judge_retry_after(trial, operation, exchange)?;
    if let Some(policy) = policy(trial.contract(), FailureMode::Open)
        && let Some(allowed) = policy.allowed
        && let Some(promise) = &policy.server
        && let Some(pointer) = operation.fields.allowed.as_ref().and_then(|locator| locator.pointer.as_ref())
    {
        let body = response.json();
        let found = body.as_ref().and_then(|body| body.pointer(pointer));
        trial.judge(promise, Some(operation), &shown_by, found == Some(&Value::Bool(allowed)), || {
            let found = found.map_or_else(|| "nothing".to_owned(), Value::to_string);
            format!("expected {allowed} at {pointer}, found {found}")
        })?;
    }
    judge_body(trial, operation.promise_of(&expected.response), Some(operation), &expected.response, exchange)
}

/// Judges the documented response to a failing store, where the server failed on its own.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let (Some((operation, response)), Some(expected)) = (observed.api_answer(), documented_failure(trial.contract()))
    else {
        return Ok(());
    };
    let others = operation.conditions.iter().filter(|(condition, _)| **condition != Condition::BackendDown);
    let ambiguous = others.into_iter().any(|(_, other)| other.takes(response.status));
    let documented = expected.status.is_some_and(|range| matches!(range, StatusRange::Exact(_)));
    if operation.role != Role::Balance || ambiguous || !documented || !expected.takes(response.status) {
        return Ok(());
    }
    judge_failure(trial, expected, &observed.exchange)
}
