//! # Credentials are not repeated in answers
//!
//! Answers are logged, shown in consoles and sent to error trackers. A key that comes back in one of them has left the
//! house, the real one as well as the mistyped one that differs from it in a character.
//!
//! Every operation is called with a valid credential and with a bad one; neither may stand anywhere in the answers.

use super::support::keys;
use super::support::operations::secured;
use super::support::refusal::with_bad_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_credential};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::Exchange;

pub(super) const CHECK: Check = Check {
    id: "auth.echo",
    side: Side::Server,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["refused-key-in-body", "valid-key-in-response-header"],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    for (n, operation) in secured(trial).into_iter().enumerate() {
        let exchange = trial.send(trial.request(operation, &account)).await?;
        judge_echo(trial, operation, &exchange, &account.key)?;
        let bad = keys::made_up(trial, &account.key, 200 + n);
        let exchange = with_bad_key(trial, operation, &bad).await?;
        judge_echo(trial, operation, &exchange, &bad)?;
    }
    Ok(())
}

fn judge_echo(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange, key: &str) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    // Short keys turn up by chance.
    let echoed = key.len() >= 8 && {
        let body = String::from_utf8_lossy(&response.body);
        let in_headers = response.headers.iter().any(|(_, value)| String::from_utf8_lossy(value).contains(key));
        body.contains(key) || in_headers
    };
    trial.judge(&standards::confidential(), Some(operation), &[exchange], !echoed, || {
        format!("status {}: the credential of the request stands in the answer", response.status)
    })
}
