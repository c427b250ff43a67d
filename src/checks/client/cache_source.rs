//! # The reported source of a balance is true
//!
//! ## What it checks
//!
//! Compares `source` in the client's result with the recorded requests.
//!
//! ## Why it matters
//!
//! A cached balance labelled as current misleads people who decide by it, and people who look for the cause of a
//! wrong one.
//!
//! ## How
//!
//! The balance is checked twice, again after the cached balance was dropped, and, if checks fail open, while the server
//! fails. If the client names a source, it must agree with the requests that arrived and with their responses.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{is_open, telling};
use crate::checks::client_session::{Call, requests};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::witnesses;
use crate::checks::verdict::Side;
use crate::client::{Capability, Source};
use crate::contract::{Level, Role};
use crate::mock::Reply;
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "cache.source",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Optional(Capability::Invalidate)],
    faults: &[
        "source-always-network",
        "source-always-cache",
        "source-kept-after-refetch",
        "fail-open-reported-as-network",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let session = trial.open(trial.credits(100)).await?;
    let mut named = false;
    for _ in 0..2 {
        named |= judge_source(trial, &trial.check(&session).await?)?;
    }
    if trial.subject.capabilities.cache && trial.subject.capabilities.invalidate {
        trial.call(&session, Function::Invalidate).await?;
        named |= judge_source(trial, &trial.check(&session).await?)?;
    }
    if is_open(trial) {
        named |= judge_made_up(trial).await?;
    }
    if named { Ok(()) } else { Err(Stop::NotApplicable("the client names no source".to_owned())) }
}

/// Judges the source that a client names; whether it names one.
fn judge_source(trial: &ClientTrial<'_>, call: &Call) -> Result<bool, Stop> {
    let sent = call.received.len();
    let Some(source) = call.outcome.as_ref().ok().and_then(|reported| reported.source) else { return Ok(false) };
    let agrees = match source {
        Source::Network => sent > 0,
        Source::Cache => sent == 0,
        Source::FailOpen => call.received.iter().any(|received_request| received_request.reply.status >= 400),
    };
    trial.judge(&witnesses(), Role::Balance, &[call], agrees, || {
        let source = format!("{source:?}").to_lowercase();
        format!("the client names `{source}` as the source, and {} arrived", requests(sent))
    })?;
    Ok(true)
}

/// Judges the source of what is reported although no response contains it; whether the client names one.
async fn judge_made_up(trial: &ClientTrial<'_>) -> Result<bool, Stop> {
    let session = trial.open(telling(trial, 0)).await?;
    session.endpoint.respond_with(Reply::new(500, "text/plain", "the server fails"));
    let call = trial.check(&session).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    }
    let Some(source) = call.outcome.as_ref().ok().and_then(|reported| reported.source) else { return Ok(false) };
    trial.judge(&witnesses(), Role::Balance, &[&call], source == Source::FailOpen, || {
        let source = format!("{source:?}").to_lowercase();
        format!("the client names `{source}` as the source of a balance that no response contains")
    })?;
    Ok(true)
}
