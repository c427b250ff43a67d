//! # An empty credential is treated as missing
//!
//! ## What it checks
//!
//! Every operation that requires a credential refuses a request whose credential is empty.
//!
//! ## Why it matters
//!
//! A client whose key is not configured sends the field with an empty value. A server that tests for the field and
//! not for its value accepts the request, often as the first tenant in its table.
//!
//! ## How
//!
//! Every operation that requires a credential is called with an empty one. The documented response to a missing
//! credential is accepted, and so is the one to an unknown credential.

use super::support::operations::secured;
use super::support::refusal::{judge_refused, send_with_invalid_key};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_credential};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.empty-key",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["empty-key-admitted"],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    for operation in secured(trial) {
        let exchange = send_with_invalid_key(trial, operation, "").await?;
        judge_refused(trial, operation, &exchange, "with an empty credential").await?;
        let conditions = [Condition::CredentialMissing, Condition::CredentialUnknown];
        let documented: Vec<_> =
            conditions.iter().filter_map(|condition| operation.conditions.get(condition)).collect();
        let (Some(first), Ok(response)) = (documented.first(), &exchange.result) else { continue };
        let holds = documented.len() < 2 || documented.iter().any(|expected| expected.takes(response.status));
        trial.judge(&first.promise, Some(operation), &[&exchange], holds, || {
            let expected: Vec<String> = documented.iter().map(|expected| expected.describe()).collect();
            format!("with an empty credential: expected {}, found {}", expected.join(" or "), describe(response))
        })?;
    }
    Ok(())
}
