//! # A definitive "no" stays a "no"
//!
//! ## What it checks
//!
//! Checks that the client reports a denial of the server as a denial.
//!
//! ## Why it matters
//!
//! Failing open is meant for failures. A client that turns every "no" into "try it" sends users into a paid call that
//! will be refused.
//!
//! ## How
//!
//! The server reports that nothing is left. The client must report the same, at once and again, and, if it caches,
//! also while the server fails within the TTL.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::telling;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::Reply;

pub(super) const CHECK: Check = Check {
    id: "fail-open.denial-kept",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["denial-overridden"],
    applies: |contract| {
        has_balance(contract)?;
        let flag = contract.operation(Role::Balance).is_some_and(|operation| operation.fields.allowed.is_some());
        if flag { Ok(()) } else { Err("the balance has no flag that says no") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

const FIRST: &str = "asked once";

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let true_balance = telling(trial, 0);
    let session = trial.open(true_balance).await?;
    for what in [FIRST, "asked again"] {
        let call = trial.check(&session).await?;
        if what == FIRST && call.received.is_empty() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        trial.judge(&operation.promise, Role::Balance, &[&call], call.reports(&true_balance), || {
            format!("the server says no, {what}: expected {true_balance}, found {}", call.found())
        })?;
    }
    if let Ok(rule) = trial.cache_rule() {
        session.endpoint.respond_with(Reply::new(500, "text/plain", "no"));
        let call = trial.check(&session).await?;
        // One that asks within the TTL has another fault than this.
        if call.received.is_empty() {
            trial.judge(&rule.promise, Role::Balance, &[&call], call.reports(&true_balance), || {
                format!("the server said no, and fails within the TTL: expected {true_balance}, found {}", call.found())
            })?;
        }
    }
    Ok(())
}
