//! # A credential that is withdrawn is refused
//!
//! A leaked key is withdrawn because somebody else has it. If it goes on working, be it for as long as some cache lives or on one
//! operation only, that was for nothing.
//!
//! A credential that works is withdrawn, and every operation that needs one is called with it.

use serde_json::json;

use super::operations::secured;
use super::refusal::{judge_condition, judge_refused, send_bad};
use crate::checks::check::{Check, Judge, Judged, Need, has_credential};
use crate::checks::trial::Trial;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.revoked-key",
    side: Side::Server,
    level: Level::Must,
    needs: &[Need::State("account"), Need::State("key.revoked")],
    faults: &["revoked-key-works", "revoked-key-works-if-used-before"],
    applies: has_credential,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &Trial<'_>) -> Judged {
    let account = trial.account(trial.credits(100)).await?;
    // What a server may remember of a credential is remembered now.
    for operation in secured(trial).into_iter().filter(|operation| operation.method == "GET") {
        trial.send(trial.request(operation, &account)).await?;
    }
    let mut params = json!({});
    trial.address(&account, &mut params);
    trial.setup("key.revoked", params).await?;
    for operation in secured(trial) {
        let exchange = send_bad(trial, trial.request(operation, &account)).await?;
        judge_refused(trial, operation, &exchange, "with a credential that is withdrawn")?;
        judge_condition(trial, operation, &exchange, Condition::CredentialRevoked)?;
    }
    Ok(())
}
