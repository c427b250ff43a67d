//! # Legal noise around a request changes nothing
//!
//! Between a client and a server stand libraries, proxies and browsers, and each adds what it likes: fields nobody has heard of,
//! with commas, quotes or nothing in them, long ones, many of them, and ways of its own to say that JSON will do. A server that
//! stumbles over one of them is down for whoever is behind that proxy.
//!
//! The balance is read with generated header fields that mean nothing, with generated Accept fields by which the documented
//! media type will do, with the names of fields in any case, and with unreserved characters of the query percent-encoded; each
//! answer must be a documented success, and show the same balance. Characters beyond ASCII ought to be passed over, and what is
//! percent-encoded without need ought to be decoded.

use std::sync::Arc;

use super::support::bodies::judge_shape;
use super::support::describe::describe_exchange;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Promise};
use crate::exchange::{Exchange, Failure, Request, SendOptions};
use crate::generate::{Noise, noise};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "shape.any-request",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "media-range-crashes",
        "smallest-q-refused",
        "comma-in-unknown-field-refused",
        "long-unknown-field-refused",
        "many-fields-refused",
        "first-accept-field-only",
        "media-range-case-sensitive",
        "zero-when-a-field-is-empty",
        "non-ascii-unknown-field-crashes",
        "field-name-case-sensitive",
        "query-not-decoded",
    ],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let account = trial.account_a().await?;
    let usual = trial.remaining(&account).await?;
    let success = operation.responses.iter().find(|response| response.status.contains(200));
    let media_type = success.and_then(|response| response.content.first());
    // A range is all that can be asked for where a range is documented.
    let media_type = media_type.map_or("application/json", |content| content.media_type.as_str());
    let has_query = trial.request(operation, &account).target.contains('?');
    let (account, usual) = (&account, &usual);
    trial
        .cases(CHECK.id)
        .check_all(|sampler| noise(sampler, media_type, has_query), |noise| judge_noise(trial, account, usual, noise))
        .await
}

async fn judge_noise(trial: &ServerTrial<'_>, account: &TestAccount, usual: &BalanceValues, noise: Noise) -> Judgement {
    let operation = trial.balance_operation()?;
    let promise = promise_of(&noise, operation);
    let plain = trial.request(operation, account);
    let extra =
        noise.fields.iter().fold(Request::default(), |request, (name, value)| request.header(name, value.as_str()));
    let parts = if noise.in_front { [extra.headers, plain.headers] } else { [plain.headers, extra.headers] };
    let headers = parts.concat().into_iter().map(|(name, value)| (noise.written(&name).into_owned(), value));
    let target = noise.target(&plain.target).into_owned();
    let exchange = send(trial, Request { headers: headers.collect(), target, ..plain }, &noise).await?;
    let succeeds = exchange.result.as_ref().is_ok_and(crate::exchange::Response::is_success);
    trial.judge(&promise, Some(operation), &[&exchange], succeeds, || {
        let found = describe_exchange(&exchange);
        format!("with {}: expected a balance, found {found}", words(&noise))
    })?;
    if !succeeds {
        return Ok(());
    }
    judge_shape(trial, operation, &exchange)?;
    let reading = trial.balance_read(operation, exchange);
    // Of an account that was given, others may spend meanwhile.
    let same = !account.own || reading.balance.as_ref().is_ok_and(|shown| shown == usual);
    trial.judge(&promise, Some(operation), &[&reading.exchange], same, || {
        let found = reading.balance.as_ref().map_or_else(Clone::clone, ToString::to_string);
        format!("with {}: expected {usual}, found {found}", words(&noise))
    })
}

/// What promises that this noise changes nothing.
fn promise_of(noise: &Noise, operation: &Operation) -> Promise {
    if noise.is_beyond_ascii() {
        standards::opaque_octets()
    } else if !noise.capitals.is_empty() {
        standards::field_names()
    } else if !noise.encoded.is_empty() {
        standards::unreserved()
    } else {
        operation.promise.clone()
    }
}

/// Sends the request; as it is where the HTTP library would write the names in its own way and a connection can do without it.
async fn send(trial: &ServerTrial<'_>, request: Request, noise: &Noise) -> Result<Arc<Exchange>, Stop> {
    if !noise.capitals.is_empty() {
        let sent = trial.transport().send_raw(&trial.journal, request.clone(), SendOptions::default()).await;
        let (exchange, _) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
        if !matches!(exchange.result, Err(Failure::Unsendable(_))) {
            return Ok(exchange);
        }
    }
    trial.send(request).await
}

/// The noise in a few words.
fn words(noise: &Noise) -> String {
    if !noise.capitals.is_empty() {
        return format!("names of fields written like `{}`", noise.written("content-type"));
    }
    if !noise.encoded.is_empty() {
        return "some unreserved characters of the query percent-encoded".to_owned();
    }
    let short = |value: &str| {
        let start: String = value.chars().take(40).collect();
        if start.len() < value.len() { format!("{start}…") } else { start }
    };
    let shown = noise.fields.iter().take(4).map(|(name, value)| format!("`{name}: {}`", short(value)));
    let more = noise.fields.len().saturating_sub(4);
    let rest = (more > 0).then(|| format!("{more} more"));
    shown.chain(rest).collect::<Vec<_>>().join(", ")
}
