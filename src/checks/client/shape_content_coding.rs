//! # A compressed response is decoded if the client asked for it
//!
//! ## What it checks
//!
//! Checks that the client reads responses in each content coding that its `Accept-Encoding` permits: `identity`, `gzip`
//! and `deflate`.
//!
//! ## Why it matters
//!
//! A client that copies the header fields of a browser asks for compressed responses. Behind a server or a proxy that
//! compresses, it reads bytes that are not JSON.
//!
//! ## How
//!
//! The `Accept-Encoding` of a first request tells what the client asks for. A balance is then delivered in each of these
//! codings, and must be reported exactly. A client that asks for none is judged by a response without a coding.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::telling;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::content_codings;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "shape.content-coding",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["compressed-response-not-decoded"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

const CODINGS: [&str; 3] = ["identity", "gzip", "deflate"];

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = telling(trial, 422);
    let session = trial.open(true_balance).await?;
    let first = trial.check(&session).await?;
    let Some(received_request) = first.received.first() else {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    };
    let asked = accepted(&received_request.request);
    for coding in CODINGS.into_iter().filter(|coding| permits(&asked, coding)) {
        let session = trial.open(true_balance).await?;
        let mut reply = trial.answer(&session, Role::Balance, true_balance)?;
        if let Some(body) = encoded(coding, &reply.body)? {
            reply.body = body.into();
            reply.set_header("content-encoding", coding);
            reply.set_header("vary", "Accept-Encoding");
        }
        session.endpoint.respond_with(reply);
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        trial.judge(&content_codings(), Role::Balance, &[&call], call.reports(&true_balance), || {
            format!("a response in the coding {coding}: expected {true_balance}, found {}", call.found())
        })?;
    }
    Ok(())
}

/// The codings that a request names, in lower case, and whether each is acceptable.
fn accepted(request: &Request) -> Vec<(String, bool)> {
    let fields = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("accept-encoding"));
    let text =
        fields.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase()).collect::<Vec<_>>().join(",");
    let element = |element: &str| {
        let mut parts = element.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.trim().parse::<f32>().ok());
        Some((name, weight.is_none_or(|weight| weight > 0.0)))
    };
    text.split(',').filter_map(element).collect()
}

/// Whether a client that names these codings asks for this one. One that names none asks for no other than `identity`,
/// although every coding would be permitted (RFC 9110, 12.5.3).
fn permits(asked: &[(String, bool)], coding: &str) -> bool {
    let named = |name: &str| asked.iter().find(|(have, _)| have == name).map(|(_, acceptable)| *acceptable);
    match named(coding).or_else(|| named("*")) {
        Some(acceptable) => acceptable,
        None => coding == "identity",
    }
}

/// The body in a coding; `None` if the coding changes nothing.
fn encoded(coding: &str, body: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
    let encoded = match coding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body).and_then(|()| encoder.finish())
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body).and_then(|()| encoder.finish())
        }
        _ => return Ok(None),
    };
    encoded.map(Some).map_err(|error| Stop::Harness(format!("the body cannot be compressed: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks_for(value: &str, coding: &str) -> bool {
        let request = Request::new("GET", "/").header("accept-encoding", value);
        permits(&accepted(&request), coding)
    }

    #[test]
    fn weights_and_wildcards_decide_what_a_client_asks_for() {
        assert!(asks_for("gzip, deflate, br", "gzip"));
        assert!(asks_for("GZIP;q=0.5", "gzip"));
        assert!(!asks_for("gzip;q=0, *", "gzip"));
        assert!(asks_for("gzip;q=0, *", "deflate"));
        assert!(!asks_for("br", "gzip"));
        assert!(asks_for("br", "identity"));
        assert!(!asks_for("identity;q=0, gzip", "identity"));
        assert!(!permits(&accepted(&Request::new("GET", "/")), "gzip"));
    }
}
