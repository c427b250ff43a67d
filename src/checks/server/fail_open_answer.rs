//! # When the store behind the balance fails, the answer is the documented one
//!
//! Callers branch on the documented failure: they let their users try, or say that the balance is not known just now.
//! Any other answer (a block where the contract says "allow", an error page, a success that says nothing) turns an
//! outage of one table into an outage of the product.
//!
//! The store is made to fail for accounts that were never read, so that nothing can have been kept, one with credits
//! and one without. Status, code and body must be those that the contract documents; where it fails open, the answer
//! must allow use, twice in a row. If the balance in the store is still shown, the state had no effect, and nothing is
//! judged.

use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::class::error_code;
use crate::checks::server::support::bodies::judge_body;
use crate::checks::server::support::outage::{documented, failing, has_policy, policy};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::verdict::Side;
use crate::contract::{DocumentedResponse, FailureMode, Level};
use crate::exchange::Exchange;
use crate::mock::State;

pub(super) const CHECK: Check = Check {
    id: "fail-open.answer",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: true,
    needs: &[Need::State(State::Account), Need::State(State::BackendDown)],
    faults: &[
        "fail-open-blocks",
        "fail-open-blocks-every-second-time",
        "fail-open-without-allowed",
        "fail-open-with-status-200",
        "failure-as-empty-object",
        "failure-as-not-found",
    ],
    applies: |contract| {
        has_policy(contract)?;
        documented(contract).map(drop).ok_or("the contract documents no answer of the balance operation to a failure")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(answer) = documented(trial.contract) else { return Ok(()) };
    // First the account whose balance a made-up answer is least likely to hit: the failing one with credits where the
    // contract fails closed, the empty one where "allowed" is what a failure says.
    let open = policy(trial.contract, FailureMode::Open).is_some();
    let (first, second) = if open { (0, 37) } else { (37, 0) };
    let mut no_effect = None;
    for amount in [first, second] {
        let account = trial.account(trial.credits(amount)).await?;
        let (active, reading) = match failing(trial, &account).await {
            // An answer that is made up may happen to be the truth of this account; it cannot be that of both.
            Err(stop @ Stop::Inconclusive(_)) if amount == first => {
                no_effect = Some(stop);
                continue;
            }
            done => done?,
        };
        judge_answer(trial, answer, &reading.exchange)?;
        let again = trial.check(&account).await?;
        judge_answer(trial, answer, &again.exchange)?;
        trial.restore_backend(&account, &active).await?;
    }
    no_effect.map_or(Ok(()), Err)
}

fn judge_answer(trial: &ServerTrial<'_>, answer: &DocumentedResponse, exchange: &Exchange) -> Judgement {
    let operation = trial.balance_operation()?;
    let promise = &answer.promise;
    let shown_by = [exchange];
    let response = match &exchange.result {
        Ok(response) => response,
        Err(failure) => {
            return trial.judge(promise, Some(operation), &shown_by, false, || {
                format!("expected {}, found no answer: {failure}", answer.describe())
            });
        }
    };
    let code = error_code(trial.contract, response);
    let same_code = answer.code.is_none() || answer.code == code;
    let holds = !response.is_success() && answer.takes(response.status) && same_code;
    trial.judge(promise, Some(operation), &shown_by, holds, || {
        format!("expected {}, found {}", answer.describe(), describe(response))
    })?;
    if let Some(policy) = policy(trial.contract, FailureMode::Open)
        && let Some(want) = policy.allowed
        && let Some(pointer) = operation.fields.allowed.as_ref().and_then(|locator| locator.pointer.as_ref())
    {
        let body = response.json();
        let found = body.as_ref().and_then(|body| body.pointer(pointer));
        trial.judge(&policy.server, Some(operation), &shown_by, found == Some(&Value::Bool(want)), || {
            let found = found.map_or_else(|| "nothing".to_owned(), Value::to_string);
            format!("expected {want} at {pointer}, found {found}")
        })?;
    }
    judge_body(trial, &operation.promise, operation, &answer.response, exchange)
}
