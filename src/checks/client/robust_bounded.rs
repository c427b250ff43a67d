//! # The size of a response that the client reads is bounded
//!
//! ## What it checks
//!
//! Checks how much of an oversized response the client reads.
//!
//! ## Why it matters
//!
//! A balance has a few hundred bytes. A client that reads any amount lets a broken or hostile server fill its memory.
//!
//! ## How
//!
//! A balance is followed by 4 MiB of white space. Reading all of it is permitted, and reported as a remark.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::made_up_nothing;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::bounded;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "robust.bounded",
    side: Side::Client,
    level: Level::May,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["unbounded-body"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

const SIZE: usize = 4 * 1024 * 1024;

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    // `allowed: false`, because a client that fails open would be right by accident.
    let true_balance = crate::checks::client::support::failure_policy::telling(trial, 5);
    let session = trial.open(true_balance).await?;
    let mut reply = trial.answer(&session, Role::Balance, true_balance)?;
    let mut body = reply.body.to_vec();
    body.resize(SIZE, b' ');
    reply.body = body.into();
    session.endpoint.respond_with(reply);
    let call = trial.check(&session).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    }
    let right = call.reports(&true_balance) || made_up_nothing(trial, &call);
    trial.judge(&trial.operation(Role::Balance)?.promise, Role::Balance, &[&call], right, || {
        format!(
            "a balance with 4 MiB of white space behind it: expected {true_balance} or none, found {}",
            call.found()
        )
    })?;
    trial.judge(&bounded(), Role::Balance, &[&call], !call.reports(&true_balance), || {
        "a balance with 4 MiB of white space behind it: the client read it all".to_owned()
    })
}
