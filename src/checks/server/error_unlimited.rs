//! # What is documented as unlimited is not rate limited
//!
//! ## What it checks
//!
//! An operation without a documented limit on the rate of requests answers as many requests as are sent.
//!
//! ## Why it matters
//!
//! Applications check such an operation before every paid action, as the provider says they may. A limiter in front of
//! all operations blocks them at the busiest time, and a client without an answer blocks its users.
//!
//! ## How
//!
//! The operation is called more often than the usual limits of a minute allow, several times at once. No response may
//! say that there were too many requests.

use futures_util::StreamExt;
use futures_util::stream;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Operation};
use crate::exchange::SendOptions;

pub(super) const CHECK: Check = Check {
    id: "error.unlimited",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key],
    faults: &["unlimited-operation-limited"],
    applies: |contract| {
        unlimited(contract).map(drop).ok_or("the contract names no operation without a limit on the rate of requests")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// More requests than the limit of 100 a minute, which is the most usual one.
const REQUESTS: usize = 130;
/// How many of them are under way at a time.
const CONCURRENT: usize = 8;

fn unlimited(contract: &Contract) -> Option<&Operation> {
    contract.operations.iter().map(AsRef::as_ref).find(|operation| operation.unlimited.is_some())
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(operation) = unlimited(trial.contract) else { return Ok(()) };
    let Some(promise) = &operation.unlimited else { return Ok(()) };
    let account = trial.account_a().await?;
    let options = SendOptions { limit_is_evidence: true, ..SendOptions::default() };
    let send = |_| trial.send_as(trial.request(operation, &account), options);
    let mut exchanges = stream::iter(0..REQUESTS).map(send).buffer_unordered(CONCURRENT);
    let mut sent = 0;
    while let Some(exchange) = exchanges.next().await {
        let exchange = exchange?;
        sent += 1;
        let limited = matches!(&exchange.result, Ok(response) if response.status == 429);
        if exchange.result.is_ok() {
            trial.judge(promise, Some(operation), &[&exchange], !limited, || {
                format!("expected no limit on the rate of requests, found status 429 among the first {sent} responses")
            })?;
        }
    }
    Ok(())
}
