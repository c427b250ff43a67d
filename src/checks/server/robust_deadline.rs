//! # An answer comes, whole and in time
//!
//! A balance that is fetched before every paid call holds up everything behind it. A server that accepts the connection and
//! then says nothing, or stops in the middle, is worse than one that refuses: clients without a deadline wait for good.
//!
//! The balance is read many times, one after the other and all at once, on fresh and on kept-alive connections; every
//! answer must be whole before the deadline of one exchange (`--timeout`).

use futures_util::future::join_all;

use super::support::operations::reads;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, any_operation};
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
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = reads(trial.contract).first().copied() else { return Ok(()) };
    let (in_turn, at_once) = if trial.transport().is_live() { (2, 1) } else { (6, 16) };
    for n in 0..in_turn {
        let options = SendOptions { fresh: n % 2 == 1, ..SendOptions::default() };
        let exchange = trial.send_as(trial.request(operation, &account), options).await?;
        judge_whole(trial, operation, &exchange)?;
    }
    let all = (0..at_once).map(|_| trial.send(trial.request(operation, &account)));
    for exchange in join_all(all).await {
        let exchange = exchange?;
        judge_whole(trial, operation, &exchange)?;
    }
    Ok(())
}

fn judge_whole(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange) -> Judgement {
    trial.judge(&operation.promise, Some(operation), &[exchange], exchange.result.is_ok(), || {
        let found = exchange.result.as_ref().err().map_or_else(String::new, ToString::to_string);
        format!("expected a whole answer within {} ms, found none: {found}", trial.transport().timeout().as_millis())
    })
}
