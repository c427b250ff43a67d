//! # A body that is not JSON is refused
//!
//! ## What it checks
//!
//! A paid call whose body is truncated, empty, not JSON or not UTF-8 is refused with the documented error, or
//! another 4xx status.
//!
//! ## Why it matters
//!
//! Bodies are truncated or encoded twice on their way. With a 5xx response, clients retry a request that can never
//! succeed. With a success, a customer pays for a request that was never made.
//!
//! ## How
//!
//! The paid operation is called with a valid credential and with half of the documented body, an empty body, other
//! text, bytes that are not UTF-8, and `null`.

use super::support::invalid_requests::{BodyDefect, judge_invalid, paid_with_body};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_spend};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "error.malformed-body",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::Spend],
    faults: &["malformed-body-crashes", "malformed-body-succeeds"],
    applies: has_spend,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = paid_with_body(trial)?;
    let account = trial.account_a().await?;
    let documented = trial.request(operation, &account);
    let whole = documented.body.clone().unwrap_or_default();
    let truncated = whole.slice(..whole.len() / 2);
    // Some servers read an empty body or `null` as an empty object, so these two are not judged as invalid JSON.
    let bodies: [(&[u8], BodyDefect); 6] = [
        (&truncated, BodyDefect::NotJson),
        (b"", BodyDefect::Empty),
        (b"{", BodyDefect::NotJson),
        (b"not json at all", BodyDefect::NotJson),
        (b"{\"a\":\xff\xfe}", BodyDefect::NotJson),
        (b"null", BodyDefect::Empty),
    ];
    for (body, defect) in bodies {
        let request = Request { body: Some(body.to_vec().into()), ..documented.clone() };
        let exchange = trial.send(request).await?;
        judge_invalid(trial, operation, &exchange, defect, "a body that is not the documented JSON")?;
    }
    Ok(())
}
