//! # Hostile bodies do not break the server
//!
//! ## What it checks
//!
//! A body that overloads parsers gets a status below 500, and the server answers the next valid request.
//!
//! ## Why it matters
//!
//! JSON nested ten thousand levels deep, numbers with thousands of digits and half surrogate pairs bring down
//! parsers, databases and logs that were never tested with them. One such request must not stop the service for all
//! customers.
//!
//! ## How
//!
//! Such bodies are sent to an operation that accepts a body. They should be refused, and after each of them a valid
//! request must be answered.

use super::support::alive::judge_alive;
use super::support::describe::describe_exchange;
use super::support::operations::{callable, reads};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_read};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "robust.hostile-bodies",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Survival,
    slow: true,
    needs: &[Need::Key, Need::Spend],
    faults: &["deep-body-stops-server", "deep-body-crashes"],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(read) = reads(trial.contract).first().copied() else { return Ok(()) };
    let Some(operation) = callable(trial).into_iter().find(|operation| operation.request.is_some()) else {
        let mut with_role = trial.contract.operations.iter().filter(|operation| operation.role != Role::Other);
        return if with_role.any(|operation| operation.request.is_some()) {
            Err(Stop::CouldNotRun(
                "the operations with a body may not be called: give a state handler with --states, or --allow-spend"
                    .to_owned(),
            ))
        } else {
            Err(Stop::NotApplicable("no operation with a role has a request body".to_owned()))
        };
    };
    let documented = trial.request(operation, &account);
    let bodies = [
        ("a body nested 10,000 levels deep", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))),
        ("objects nested 5,000 levels deep", format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000))),
        ("a number of 20,000 digits", format!("{{\"a\":{}}}", "9".repeat(20_000))),
        ("a number that is out of range", "{\"a\":1e999999}".to_owned()),
        ("half a surrogate pair", "{\"a\":\"\\ud83d\"}".to_owned()),
        ("a NUL in a string", "{\"a\":\"\\u0000\"}".to_owned()),
        ("names of the prototype", "{\"__proto__\":{\"x\":1},\"constructor\":{\"prototype\":{}}}".to_owned()),
    ];
    for (about, body) in bodies {
        let exchange = trial.send(Request { body: Some(body.into()), ..documented.clone() }).await?;
        let answered = exchange.result.as_ref().is_ok_and(|response| response.status < 500);
        trial.judge(&standards::client_error(), Some(operation), &[&exchange], answered, || {
            let found = describe_exchange(&exchange);
            format!("{about}: expected a status below 500, found {found}")
        })?;
        judge_alive(trial, read, &account, about).await?;
    }
    Ok(())
}
