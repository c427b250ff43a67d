//! # Malformed requests do no harm
//!
//! Scanners, broken proxies and half-written clients send what is not HTTP. It must not reach the account, and it must not
//! keep anybody else from theirs.
//!
//! Requests with broken request lines, bad lengths, two framings at once, bad chunks, and ones that stop half-way are put on
//! connections of their own. Whatever comes back, a proper request must be answered after each, also while twenty
//! half-written ones are waiting.

use std::time::Duration;

use futures_util::future::join_all;

use super::support::alive::judge_alive;
use super::support::operations::reads;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, any_operation};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::Level;

pub(super) const CHECK: Check = Check {
    id: "robust.malformed-requests",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Survival,
    slow: true,
    needs: &[Need::Key, Need::Raw, Need::Write],
    faults: &["unknown-method-stops-server"],
    applies: any_operation,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// How long an answer to something malformed is waited for: none is owed, but what is whole is mostly answered at once,
/// and has to have been read for its harm to show.
const WHOLE: Duration = Duration::from_millis(400);
/// How long an answer to half of something is waited for.
const HALF: Duration = Duration::from_millis(60);

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(read) = reads(trial.contract).first().copied() else { return Ok(()) };
    if !trial.subject.base_url.starts_with("http://") {
        return Err(Stop::CouldNotRun("raw requests need an http:// URL".to_owned()));
    }
    let base = url::Url::parse(&trial.subject.base_url)
        .map(|url| url.path().trim_end_matches('/').to_owned())
        .unwrap_or_default();
    let path = format!("{base}{}", read.example_path);
    let messages = [
        ("bytes that are not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("a request line without a version", format!("GET {path}\r\n\r\n").into_bytes()),
        (
            "a method that does not exist",
            format!("BREW {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").into_bytes(),
        ),
        ("a request without Host", format!("GET {path} HTTP/1.1\r\n\r\n").into_bytes()),
        (
            "a negative Content-Length",
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n").into_bytes(),
        ),
        (
            "two lengths",
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde")
                .into_bytes(),
        ),
        (
            "two framings at once",
            format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            )
            .into_bytes(),
        ),
        (
            "a chunk of a size that is none",
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n").into_bytes(),
        ),
        (
            "a body that stops half-way",
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc").into_bytes(),
        ),
    ];
    // Together: what is owed to none of them need not be waited for one by one.
    let sent = join_all(messages.iter().map(|(what, bytes)| {
        let patience = if what.ends_with("half-way") { HALF } else { WHOLE };
        trial.transport().send_bytes(&trial.journal, bytes, patience)
    }));
    let sent = sent.await;
    for exchange in sent {
        exchange.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
    }
    let names: Vec<&str> = messages.iter().map(|(name, _)| *name).collect();
    judge_alive(trial, read, &account, &format!("malformed requests ({})", names.join(", "))).await?;
    let half = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let slow = join_all((0..20).map(|_| trial.transport().send_bytes(&trial.journal, half.as_bytes(), HALF * 2)));
    let (_, alive) =
        futures_util::future::join(slow, judge_alive(trial, read, &account, "twenty requests that stop half-way"))
            .await;
    alive
}
