//! # Oversized requests do no harm
//!
//! A request that is far too large costs the server memory, and every other caller their answer, if nothing bounds it.
//!
//! Header fields of 64 KiB, hundreds of fields, targets of 32 KiB and bodies of 2 MiB are sent. Whatever the answer to them
//! is, also a closed connection, a proper request must be answered after each.

use super::support::alive::judge_alive;
use super::support::operations::{callable, reads};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, any_operation};
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
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(read) = reads(trial.contract).first().copied() else { return Ok(()) };
    let plain = trial.request(read, &account);
    let many = (0..90).fold(plain.clone(), |request, n| request.header(&format!("X-Filler-{n}"), "x"));
    let mut requests = vec![
        ("a header field of 6 KiB", plain.clone().header("X-Filler", "x".repeat(6 * 1024))),
        ("a header field of 64 KiB", plain.clone().header("X-Filler", "x".repeat(64 * 1024))),
        ("90 header fields", many),
        ("a target of 32 KiB", plain.clone().query("filler", &"x".repeat(32 * 1024))),
    ];
    let with_body = callable(trial).into_iter().find(|operation| operation.request.is_some());
    let body_to = with_body.map_or(plain, |operation| trial.request(operation, &account));
    for (about, size) in [("a body of 512 KiB", 512 * 1024), ("a body of 2 MiB", 2 * 1024 * 1024)] {
        let filler = format!("{{\"filler\":\"{}\"}}", "x".repeat(size));
        requests.push((about, Request { body: Some(filler.into()), ..body_to.clone() }));
    }
    for (about, request) in requests {
        trial.send(request).await?;
        judge_alive(trial, read, &account, about).await?;
    }
    Ok(())
}
