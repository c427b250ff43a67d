//! # A balance response has the documented shape in every state of the account
//!
//! ## What it checks
//!
//! The status, media type and body of each response conform to the contract, for balances where implementations
//! typically fail.
//!
//! ## Why it matters
//!
//! Clients are written against the schema. A field that becomes `null`, a string or absent when the balance is
//! zero, a fraction or very large is read as zero or as infinity, or crashes the client. It happens to some
//! customers only, and never in a demonstration.
//!
//! ## How
//!
//! Accounts are created with zero, one, a fraction, and amounts beyond 2^31 and 2^53. Each is read several times,
//! on kept-alive and on new connections, and every response is validated by the schema of its status. The other
//! operations are called once. In a contract without roles, every read is called with a valid credential, and those
//! that require a credential also without one.

use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_read};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server::support::bodies::{judge_body, judge_shape};
use crate::checks::server::support::operations::{callable, secured};
use crate::checks::server::support::refusal::send_without_valid_key;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Role};
use crate::exchange::{Exchange, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "shape.body",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "body-field-missing",
        "body-value-as-string",
        "body-null-at-zero",
        "body-wrapped",
        "read-body-empty",
        "body-field-missing-every-seventh",
        "paid-response-empty",
    ],
    applies: has_read,
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    if trial.contract.operation(Role::Balance).is_none() {
        return judge_reads(trial).await;
    }
    let operation = trial.balance_operation()?;
    let accounts = super::support::accounts::in_every_state(trial).await?;
    let read_often = async |account: &TestAccount| {
        for n in 0..9 {
            let options = SendOptions { fresh: n % 3 == 2, ..SendOptions::default() };
            let reading = trial.check_as(account, options).await?;
            judge_shape(trial, operation, &reading.exchange)?;
        }
        Ok(())
    };
    trial.each(&accounts, read_often).await?;
    let account = trial.account_a().await?;
    for other in callable(trial).into_iter().filter(|other| other.id != operation.id) {
        let exchange = trial.send(trial.request(other, &account)).await?;
        judge_shape(trial, other, &exchange)?;
    }
    Ok(())
}

/// Judges the reads of a contract without roles. A status that is not documented is judged by `shape.status`.
async fn judge_reads(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut any_schema = false;
    for operation in callable(trial) {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        any_schema |= judge_documented(trial, operation, &exchange)?;
    }
    for operation in secured(trial) {
        let exchange = send_without_valid_key(trial, trial.with_tenant(operation.example_request(), None)).await?;
        any_schema |= judge_documented(trial, operation, &exchange)?;
    }
    if any_schema {
        return Ok(());
    }
    Err(Stop::NotApplicable("the contract documents no bodies for the responses to reads".to_owned()))
}

/// Judges the body of a response with a documented status. `false` if no body is documented.
fn judge_documented(trial: &impl ExchangeJudge, operation: &Operation, exchange: &Exchange) -> Result<bool, Stop> {
    let Ok(response) = &exchange.result else { return Ok(false) };
    let Some(documented) = operation.response(response.status) else { return Ok(false) };
    if documented.content.is_empty() {
        return Ok(false);
    }
    let promise = operation.promise_of(documented);
    trial.judge(promise, Some(operation), &[exchange], true, String::new)?;
    judge_body(trial, promise, Some(operation), documented, exchange).map(|()| true)
}

/// Judges a response in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, _)) = observed.api_answer() else { return Ok(()) };
    judge_documented(trial, operation, &observed.exchange).map(drop)
}
