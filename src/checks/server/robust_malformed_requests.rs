//! # Requests that are not valid HTTP do not break the server
//!
//! ## What it checks
//!
//! After malformed and incomplete requests, the server answers the next valid request, also while twenty incomplete
//! requests are waiting.
//!
//! ## Why it matters
//!
//! Scanners, broken proxies and unfinished clients send bytes that are not HTTP. They must not change an account,
//! and must not keep other customers from theirs.
//!
//! ## How
//!
//! Requests with an invalid request line, invalid or contradictory lengths, an invalid chunk size, and requests
//! that stop half-way are sent on separate connections. Any response to them is accepted; only the valid requests
//! after them are judged. A query with an invalid percent-encoding must not lead to a server error.

use std::time::Duration;

use futures_util::future::join_all;

use super::support::alive::judge_alive;
use super::support::operations::reads;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_read};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::{Request, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "robust.malformed-requests",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Survival,
    slow: true,
    needs: &[Need::Key, Need::Raw, Need::Write],
    faults: &["unknown-method-stops-server", "invalid-percent-encoding-crashes"],
    applies: has_read,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Time to wait for the response to a malformed request. A server need not respond, but it must have read the request
/// before damage can be seen.
const MALFORMED_TIMEOUT: Duration = Duration::from_millis(400);
/// Time to wait for the response to an incomplete request.
const INCOMPLETE_TIMEOUT: Duration = Duration::from_millis(60);

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
            "two different Content-Length fields",
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde")
                .into_bytes(),
        ),
        (
            "Content-Length and Transfer-Encoding",
            format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            )
            .into_bytes(),
        ),
        (
            "a chunk with an invalid size",
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n").into_bytes(),
        ),
        (
            "a body that stops half-way",
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc").into_bytes(),
        ),
    ];
    // Sent concurrently, so that the timeouts do not add up.
    let sent = join_all(messages.iter().map(|(name, bytes)| {
        let timeout = if name.ends_with("half-way") { INCOMPLETE_TIMEOUT } else { MALFORMED_TIMEOUT };
        trial.transport().send_bytes(&trial.journal, bytes, timeout)
    }));
    for exchange in sent.await {
        exchange.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
    }
    let names: Vec<&str> = messages.iter().map(|(name, _)| *name).collect();
    judge_alive(trial, read, &account, &format!("malformed requests ({})", names.join(", "))).await?;
    judge_invalid_query(trial, read, &account).await?;
    let incomplete = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let waiting = join_all(
        (0..20).map(|_| trial.transport().send_bytes(&trial.journal, incomplete.as_bytes(), INCOMPLETE_TIMEOUT * 2)),
    );
    let valid = judge_alive(trial, read, &account, "twenty incomplete requests");
    let (_, judgement) = futures_util::future::join(waiting, valid).await;
    judgement
}

/// Judges that a percent sign that encodes nothing does not lead to a server error.
async fn judge_invalid_query(trial: &ServerTrial<'_>, read: &Operation, account: &TestAccount) -> Judgement {
    let plain = trial.request(read, account);
    let separator = if plain.target.contains('?') { '&' } else { '?' };
    let request = Request { target: format!("{}{separator}ringtrue=%zz", plain.target), ..plain };
    let sent = trial.transport().send_raw(&trial.journal, request, SendOptions::default()).await;
    let (exchange, _) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
    let Ok(response) = &exchange.result else { return Ok(()) };
    let crashed = response.status >= 500 && !matches!(response.status, 501 | 503);
    trial.judge(&standards::invalid_request_line(), Some(read), &[&exchange], !crashed, || {
        format!("with an invalid percent-encoding in the query: expected no server error, found {}", describe(response))
    })
}
