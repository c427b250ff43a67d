//! # Responses do not repeat the credential
//!
//! ## What it checks
//!
//! No response contains the credential of its request, neither in the body nor in a header field.
//!
//! ## Why it matters
//!
//! Responses are logged, shown in consoles and sent to error trackers. A key in a response is exposed there. This
//! holds for a mistyped key too, because it differs from the valid one by a character only.
//!
//! ## How
//!
//! Every operation is called with a valid credential and with an invalid one, and both responses are searched for
//! it. Credentials shorter than 8 characters are not searched for, because they can occur by chance.

use super::support::keys;
use super::support::operations::secured;
use super::support::refusal::send_with_invalid_key;
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
        let unknown = keys::unknown_key(trial, &account.key, 200 + n);
        let exchange = send_with_invalid_key(trial, operation, &unknown).await?;
        judge_echo(trial, operation, &exchange, &unknown)?;
    }
    Ok(())
}

fn judge_echo(trial: &ServerTrial<'_>, operation: &Operation, exchange: &Exchange, key: &str) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    // A short key can occur by chance.
    let echoed = key.len() >= 8 && {
        // HTTP Basic sends it encoded, and anybody can decode that.
        let place = trial.contract.credential_place();
        let sent = place.map(|place| place.value(key)).and_then(|sent| sent.rsplit(' ').next().map(str::to_owned));
        let holds = |text: &str| text.contains(key) || sent.as_deref().is_some_and(|sent| text.contains(sent));
        let in_headers = response.headers.iter().any(|(_, value)| holds(&String::from_utf8_lossy(value)));
        holds(&String::from_utf8_lossy(&response.body)) || in_headers
    };
    trial.judge(&standards::confidential(), Some(operation), &[exchange], !echoed, || {
        format!("status {}: the response contains the credential of the request", response.status)
    })
}
