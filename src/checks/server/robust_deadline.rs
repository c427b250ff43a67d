//! # Complete responses arrive before the deadline
//!
//! ## What it checks
//!
//! Every response to a read is complete before the deadline of one exchange (`--timeout`), also under concurrent
//! requests.
//!
//! ## Why it matters
//!
//! A client that reads the balance before every paid call holds up everything behind it. A server that accepts a
//! connection and then sends nothing, or stops in the middle of a response, is worse than one that refuses: clients
//! without a deadline wait forever.
//!
//! ## How
//!
//! A read operation is called several times, one call after the other on new and on kept-alive connections, and
//! then many times at once.

use futures_util::future::join_all;

use super::support::operations::reads;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_read};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::{Exchange, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "robust.deadline",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Survival,
    slow: true,
    needs: &[Need::Key],
    faults: &["response-never-ends", "response-reset", "response-not-http", "response-truncated-every-ninth"],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = reads(trial.contract).first().copied() else { return Ok(()) };
    let (sequential, concurrent) = if trial.transport().is_live() { (2, 1) } else { (6, 16) };
    for n in 0..sequential {
        let options = SendOptions { fresh: n % 2 == 1, ..SendOptions::default() };
        let exchange = trial.send_as(trial.request(operation, &account), options).await?;
        judge_complete(trial, operation, &exchange)?;
    }
    let all = (0..concurrent).map(|_| trial.send(trial.request(operation, &account)));
    for exchange in join_all(all).await {
        let exchange = exchange?;
        judge_complete(trial, operation, &exchange)?;
    }
    Ok(())
}

fn judge_complete(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange) -> Judgement {
    trial.judge(&operation.promise, Some(operation), &[exchange], exchange.result.is_ok(), || {
        let failure = exchange.result.as_ref().err().map_or_else(String::new, ToString::to_string);
        let timeout_ms = trial.transport().timeout().as_millis();
        format!("expected a complete response within {timeout_ms} ms, found none: {failure}")
    })
}
