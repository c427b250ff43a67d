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
    faults: &["compressed-response-not-decoded", "brotli-not-decoded", "zstd-not-decoded"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

const CODINGS: [&str; 5] = ["identity", "gzip", "deflate", "br", "zstd"];

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
        "br" => Ok(stored_brotli(body)),
        "zstd" => Ok(ruzstd::encoding::compress_to_vec(body, ruzstd::encoding::CompressionLevel::Fastest)),
        _ => return Ok(None),
    };
    encoded.map(Some).map_err(|error| Stop::Harness(format!("the body cannot be compressed: {error}")))
}

/// The longest block that a header with four nibbles of length can announce.
const MAX_BLOCK: usize = 1 << 16;

/// The body in brotli, in uncompressed blocks (RFC 7932, 9.2).
fn stored_brotli(body: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(body.len() + 8);
    for (n, block) in body.chunks(MAX_BLOCK).enumerate() {
        // Not the last block, a length of four nibbles, uncompressed; before the first one, a bit that states the window.
        let length = u32::try_from(block.len() - 1).unwrap_or_default();
        let header = (length << 3) | (1 << 19);
        let header = if n == 0 { header << 1 } else { header };
        encoded.extend_from_slice(&header.to_le_bytes()[..3]);
        encoded.extend_from_slice(block);
    }
    // The last block, which is empty; without a block before it, the bit of the window as well.
    encoded.push(if body.is_empty() { 0b110 } else { 0b11 });
    encoded
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn stored_brotli_is_decoded_to_the_body() {
        for length in [0, 1, 20, MAX_BLOCK, 3 * MAX_BLOCK + 5] {
            let body: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let mut decoded = Vec::new();
            let encoded = stored_brotli(&body);
            brotli_decompressor::Decompressor::new(&encoded[..], 4096).read_to_end(&mut decoded).unwrap();
            assert!(decoded == body, "{length} bytes");
        }
    }

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
