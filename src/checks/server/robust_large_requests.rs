//! # Oversized requests do not break the server
//!
//! ## What it checks
//!
//! After a request with a very large header field, target or body, the server answers the next valid request.
//!
//! ## Why it matters
//!
//! A request of unlimited size uses up the memory of the server, and all other customers get no response.
//!
//! ## How
//!
//! Header fields of up to 64 KiB, 90 header fields, a target of 32 KiB and bodies of up to 2 MiB are sent. Any
//! response to them is accepted, also a closed connection. After each of them a valid request must be answered.

use super::support::alive::judge_alive;
use super::support::operations::{callable, reads};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_read};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "robust.large-requests",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Survival,
    slow: true,
    needs: &[Need::Key, Need::Write],
    faults: &["large-header-stops-server", "large-body-stops-server"],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(read) = reads(trial.contract).first().copied() else { return Ok(()) };
    let documented = trial.request(read, &account);
    let many = (0..90).fold(documented.clone(), |request, n| request.header(&format!("X-Filler-{n}"), "x"));
    let mut requests = vec![
        ("a header field of 6 KiB", documented.clone().header("X-Filler", "x".repeat(6 * 1024))),
        ("a header field of 64 KiB", documented.clone().header("X-Filler", "x".repeat(64 * 1024))),
        ("90 header fields", many),
        ("a target of 32 KiB", documented.clone().query("filler", &"x".repeat(32 * 1024))),
    ];
    let with_body = callable(trial).into_iter().find(|operation| operation.request.is_some());
    let base = with_body.map_or(documented, |operation| trial.request(operation, &account));
    for (about, size) in [("a body of 512 KiB", 512 * 1024), ("a body of 2 MiB", 2 * 1024 * 1024)] {
        let filler = format!("{{\"filler\":\"{}\"}}", "x".repeat(size));
        requests.push((about, Request { body: Some(filler.into()), ..base.clone() }));
    }
    for (about, request) in requests {
        trial.send(request).await?;
        judge_alive(trial, read, &account, about).await?;
    }
    Ok(())
}
