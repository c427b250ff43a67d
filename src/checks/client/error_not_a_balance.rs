//! # The body of a failed response is never reported as a balance
//!
//! ## What it checks
//!
//! Checks that the client looks at the status before it reads the body.
//!
//! ## Why it matters
//!
//! A gateway may repeat an old body, and an error handler may answer in the shape of the endpoint. A client that
//! reads only the body believes both.
//!
//! ## How
//!
//! The body of a valid balance is delivered with statuses of failures.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::status_class;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::Reply;

pub(super) const CHECK: Check = Check {
    id: "error.not-a-balance",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "errors-read-as-success",
        "error-body-read-as-balance",
        "gateway-timeout-read-as-balance",
        "conflict-read-as-balance",
        "redirect-read-as-balance",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// Every status of a failure that servers, gateways and content delivery networks send, and redirects that lead nowhere.
const STATUSES: [u16; 37] = [
    500, 503, 400, 401, 403, 404, 429, 300, 301, 302, 303, 307, 308, 402, 405, 406, 408, 409, 410, 413, 415, 418, 422,
    423, 425, 426, 428, 431, 451, 501, 502, 504, 505, 507, 511, 520, 599,
];

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    for status in STATUSES {
        let session = trial.open(trial.credits(100)).await?;
        let good = trial.answer(&session, Role::Balance, telling(trial, 422))?;
        session.endpoint.respond_with(Reply { status, ..good });
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        trial.judge(&status_class(), Role::Balance, &[&call], made_up_nothing(trial, &call), || {
            format!("status {status} with the body of a balance: expected {}, found {}", nothing(trial), call.found())
        })?;
    }
    Ok(())
}
