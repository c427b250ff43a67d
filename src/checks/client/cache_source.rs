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
//! The balance is checked twice. If the client names a source, it must agree with the requests that arrived.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::witnesses;
use crate::checks::verdict::Side;
use crate::client::Source;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "cache.source",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["source-always-network"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let session = trial.open(trial.credits(100)).await?;
    let mut named = false;
    for _ in 0..2 {
        let call = trial.check(&session).await?;
        let source = call.outcome.as_ref().ok().and_then(|reported| reported.source);
        named |= source.is_some();
        let requests = call.received.len();
        let agrees = match source {
            Some(Source::Network) => requests > 0,
            Some(Source::Cache) => requests == 0,
            Some(Source::FailOpen) => call.received.iter().any(|received_request| received_request.reply.status >= 400),
            None => continue,
        };
        trial.judge(&witnesses(), Role::Balance, &[&call], agrees, || {
            let source = source.map(|source| format!("{source:?}").to_lowercase()).unwrap_or_default();
            format!(
                "the client names `{source}` as the source, and {} arrived",
                crate::checks::client_session::requests(requests)
            )
        })?;
    }
    if named { Ok(()) } else { Err(Stop::NotApplicable("the client names no source".to_owned())) }
}
