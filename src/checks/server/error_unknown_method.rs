//! # A method that is not documented is refused
//!
//! A balance that answers to POST or DELETE hides that a client uses the wrong method, until a gateway or the next
//! version takes the method at its word; one that answers 5xx to it sets off retries for what will never work.
//!
//! Methods that the contract does not have for the path of the balance are tried. 501 is right for a method that the
//! server does not know at all (RFC 9110, 15.6.2).

use super::support::operations::reads;
use super::support::unrouted::judge_unrouted;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, any_operation};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "error.unknown-method",
    side: Side::Server,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::Write],
    faults: &["any-method-succeeds", "unknown-method-crashes"],
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = reads(trial.contract).first().copied() else { return Ok(()) };
    let here: Vec<&str> = trial
        .contract
        .operations
        .iter()
        .filter(|other| other.path == operation.path)
        .map(|other| other.method.as_str())
        .collect();
    for method in ["POST", "PUT", "PATCH", "DELETE", "BREW"] {
        if here.contains(&method) {
            continue;
        }
        let request = trial.request(operation, &account);
        let exchange = trial.send(Request { method: method.to_owned(), ..request }).await?;
        judge_unrouted(trial, &exchange, Condition::MethodUnknown)?;
    }
    Ok(())
}
