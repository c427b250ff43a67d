//! # Legal additions to a request do not change the response
//!
//! ## What it checks
//!
//! A balance read with unknown header fields, those of browsers and proxies, other `Accept` fields, field names in any
//! case or percent-encoded query characters succeeds and shows the same balance.
//!
//! ## Why it matters
//!
//! Libraries, proxies and browsers between client and server add header fields: unknown, long or empty ones, many
//! of them, or with commas and quotes in them. A server that fails on one of them does not work for any customer
//! behind that proxy.
//!
//! ## How
//!
//! The balance is read with generated additions of these kinds, and each response must be a documented success with
//! the same balance. Characters outside ASCII and unnecessary percent-encoding are judged as recommendations
//! (SHOULD) only.

use super::support::balance_reads::describe_read;
use super::support::bodies::judge_shape;
use super::support::describe::describe_exchange;
use super::support::same_balance::{Changed, compare_balance};
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_balance};
use crate::checks::class::succeeded;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Promise};
use crate::exchange::Request;
use crate::generate::{NOISE_KINDS, Noise, noise};
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
        "balance-by-user-agent-length",
        "long-user-agent-refused",
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
    let expected = trial.remaining(&account).await?;
    let success = operation.responses.iter().find(|response| response.status.contains(200));
    let media_type = success.and_then(|response| response.content.first());
    // Where a media range is documented, the generated `Accept` fields use that range.
    let media_type = media_type.map_or("application/json", |content| content.media_type.as_str());
    let has_query = trial.request(operation, &account).target.contains('?');
    let (account, expected) = (&account, &expected);
    trial
        .cases(CHECK.id)
        .enough_for(NOISE_KINDS + u32::from(has_query))
        .check_all(
            |sampler| noise(sampler, media_type, has_query),
            |noise| judge_noise(trial, account, expected, noise),
        )
        .await
}

async fn judge_noise(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    expected: &BalanceValues,
    noise: Noise,
) -> Judgement {
    let operation = trial.balance_operation()?;
    let promise = promise_of(&noise, operation);
    let plain = trial.request(operation, account);
    let extra =
        noise.fields.iter().fold(Request::default(), |request, (name, value)| request.header(name, value.as_str()));
    let parts = if noise.in_front { [extra.headers, plain.headers] } else { [plain.headers, extra.headers] };
    let headers = parts.concat().into_iter().map(|(name, value)| (noise.written(&name).into_owned(), value));
    let target = noise.target(&plain.target).into_owned();
    let changed = Changed {
        request: Request { headers: headers.collect(), target, ..plain },
        raw: !noise.capitals.is_empty(),
        about: describe_noise(&noise),
    };
    let exchange = changed.send(trial).await?;
    let succeeds = succeeded(trial.contract, operation, &exchange);
    trial.judge(&promise, Some(operation), &[&exchange], succeeds, || {
        let found = describe_exchange(&exchange);
        format!("with {}: expected a balance, found {found}", changed.about)
    })?;
    if !succeeds {
        return Ok(());
    }
    judge_shape(trial, operation, &exchange)?;
    let reading = trial.balance_read(operation, exchange);
    if reading.balance.is_err() {
        return trial.judge(&promise, Some(operation), &[&reading.exchange], false, || {
            format!("with {}: expected {expected}, found {}", changed.about, describe_read(&reading))
        });
    }
    compare_balance(trial, account, &promise, &mut expected.clone(), &changed).await.map(drop)
}

/// The promise that an addition of this kind changes nothing.
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

/// The additions in a few words.
fn describe_noise(noise: &Noise) -> String {
    if !noise.capitals.is_empty() {
        return format!("field names written like `{}`", noise.written("content-type"));
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
