//! # A body that is no JSON is refused
//!
//! Bodies get cut off and encoded twice on the way. If the server answers 5xx, clients retry what can never succeed; if it
//! answers with a success, something was bought that nobody asked for.
//!
//! The paid operation is called with bodies that are cut short, empty, not JSON, or not UTF-8, with a valid credential.

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
    let good = trial.request(operation, &account);
    let whole = good.body.clone().unwrap_or_default();
    let cut = whole.slice(..whole.len() / 2);
    // Nothing and `null` are what some servers take for an empty object, which is no JSON they could not read.
    let bodies: [(&[u8], BodyDefect); 6] = [
        (&cut, BodyDefect::NotJson),
        (b"", BodyDefect::Empty),
        (b"{", BodyDefect::NotJson),
        (b"not json at all", BodyDefect::NotJson),
        (b"{\"a\":\xff\xfe}", BodyDefect::NotJson),
        (b"null", BodyDefect::Empty),
    ];
    for (body, defect) in bodies {
        let request = Request { body: Some(body.to_vec().into()), ..good.clone() };
        let exchange = trial.send(request).await?;
        judge_invalid(trial, operation, &exchange, defect, "a body that is not the documented JSON")?;
    }
    Ok(())
}
