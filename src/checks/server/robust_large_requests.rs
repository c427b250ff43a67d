//! # Oversized requests do not break the server
//!
//! ## What it checks
//!
//! After a request with a very large header field, target or body, the server answers the next valid request. The large
//! request itself does not lead to a server error.
//!
//! ## Why it matters
//!
//! A request of unlimited size uses up the memory of the server, and all other customers get no response.
//!
//! ## How
//!
//! Header fields of up to 64 KiB, 90 header fields, targets of up to 32 KiB and bodies of up to 2 MiB are sent. Any
//! response to them but a server error is accepted, also a closed connection. After each of them a valid request must be
//! answered.

use super::support::alive::judge_alive;
use super::support::operations::{callable, reads};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, has_read};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::standards;
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
    faults: &["large-header-stops-server", "large-body-stops-server", "large-header-crashes", "long-query-crashes"],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(read) = reads(trial.contract).first().copied() else { return Ok(()) };
    let documented = trial.request(read, &account);
    let many = (0..90).fold(documented.clone(), |request, n| request.header(&format!("X-Filler-{n}"), "x"));
    let plain = trial.send(documented.clone()).await?;
    // Where the plain request is answered with a server error, the additions explain nothing.
    let works = plain.result.as_ref().is_ok_and(|response| response.status < 500);
    let mut requests = vec![
        (
            "a header field of 6 KiB",
            standards::header_too_large(),
            documented.clone().header("X-Filler", "x".repeat(6 * 1024)),
        ),
        (
            "a header field of 64 KiB",
            standards::header_too_large(),
            documented.clone().header("X-Filler", "x".repeat(64 * 1024)),
        ),
        ("90 header fields", standards::header_too_large(), many),
        ("a query of 3 KiB", standards::target_too_long(), documented.clone().query("filler", &"x".repeat(3 * 1024))),
        (
            "a target of 32 KiB",
            standards::target_too_long(),
            documented.clone().query("filler", &"x".repeat(32 * 1024)),
        ),
    ];
    let with_body = callable(trial).into_iter().find(|operation| operation.request.is_some());
    let base = with_body.map_or(documented, |operation| trial.request(operation, &account));
    for (about, size) in [("a body of 512 KiB", 512 * 1024), ("a body of 2 MiB", 2 * 1024 * 1024)] {
        let filler = format!("{{\"filler\":\"{}\"}}", "x".repeat(size));
        requests.push((about, standards::client_error(), Request { body: Some(filler.into()), ..base.clone() }));
    }
    for (about, promise, request) in requests {
        let exchange = trial.send(request).await?;
        // A server may also close the connection, or be too busy.
        if let (true, Ok(response)) = (works, &exchange.result) {
            let crashed = response.status >= 500 && response.status != 503;
            trial.judge(&promise, Some(read), &[&exchange], !crashed, || {
                format!("{about}: expected a response that is no server error, found {}", describe(response))
            })?;
        }
        judge_alive(trial, read, &account, about).await?;
    }
    Ok(())
}
