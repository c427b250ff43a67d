//! # Hostile bodies do no harm
//!
//! JSON that is nested ten thousand levels deep, numbers with thousands of digits and strings with half a surrogate pair bring
//! down parsers, databases and logs that were never tried with them.
//!
//! Such bodies are sent to an operation that takes one. They should be answered with an error of the client, and a proper
//! request must be answered after each.

use super::support::alive::judge_alive;
use super::support::describe::describe_exchange;
use super::support::operations::{callable, reads};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, any_operation};
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
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(read) = reads(trial.contract).first().copied() else { return Ok(()) };
    let Some(operation) = callable(trial).into_iter().find(|operation| operation.request.is_some()) else {
        let mut ours = trial.contract.operations.iter().filter(|operation| operation.role != Role::Other);
        return if ours.any(|operation| operation.request.is_some()) {
            Err(Stop::CouldNotRun("the operations that take a body may not be called: give a state handler with --states, or --allow-spend".to_owned()))
        } else {
            Err(Stop::NotApplicable("no operation that has a role takes a body".to_owned()))
        };
    };
    let plain = trial.request(operation, &account);
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
        let exchange = trial.send(Request { body: Some(body.into()), ..plain.clone() }).await?;
        let answered = exchange.result.as_ref().is_ok_and(|response| response.status < 500);
        trial.judge(&standards::client_error(), Some(operation), &[&exchange], answered, || {
            let found = describe_exchange(&exchange);
            format!("{about}: expected an error of the client, found {found}")
        })?;
        judge_alive(trial, read, &account, about).await?;
    }
    Ok(())
}
