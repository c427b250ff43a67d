//! # An empty credential is none
//!
//! Clients whose key is not configured send the field with nothing in it. A server that looks for the field and not for its
//! value lets them in, often as the first tenant in the table.
//!
//! Every operation that needs a credential is called with an empty one. Whether that counts as missing or as unknown is open.

use super::support::operations::secured;
use super::support::refusal::{judge_refused, with_bad_key};
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
        let exchange = with_bad_key(trial, operation, "").await?;
        judge_refused(trial, operation, &exchange, "with an empty credential")?;
        let conditions = [Condition::CredentialMissing, Condition::CredentialUnknown];
        let documented: Vec<_> =
            conditions.iter().filter_map(|condition| operation.conditions.get(condition)).collect();
        let (Some(first), Ok(response)) = (documented.first(), &exchange.result) else { continue };
        let holds = documented.len() < 2 || documented.iter().any(|answer| answer.takes(response.status));
        trial.judge(&first.promise, Some(operation), &[&exchange], holds, || {
            let wanted: Vec<String> = documented.iter().map(|answer| answer.describe()).collect();
            format!("with an empty credential: expected {}, found {}", wanted.join(" or "), describe(response))
        })?;
    }
    Ok(())
}
