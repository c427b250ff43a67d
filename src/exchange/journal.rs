//! The journal of exchanges. Exchanges are redacted when they are read, not when they are recorded.
//!
//! A secret that became known after it was sent is therefore redacted too: reports may show all that the journal returns.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::busy::BusyClock;
use super::message::{Exchange, Request, Response};
use super::redact::{MARGIN, Redacted, Redactor};

use crate::sync::lock;

/// Bodies are recorded up to this many bytes; what lies behind is counted.
const RECORDED_BODY: usize = 16 * 1024;
/// Header values are recorded up to this many bytes.
const RECORDED_HEADER: usize = 512;
/// URLs are recorded up to this many bytes.
const RECORDED_URL: usize = 8 * 1024;

/// An exchange as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Number in the journal, from 1.
    pub n: u64,
    /// What was sent.
    pub request: RecordedRequest,
    /// What came back; absent if nothing whole did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<RecordedResponse>,
    /// Why there is no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// From the first byte sent to the last byte received, in microseconds.
    pub elapsed_us: u64,
}

/// A request as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body as text; bytes that are not UTF-8 are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// A response as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedResponse {
    /// The status code.
    pub status: u16,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub body: String,
}

/// A request in which secrets are segments of their own, for command lines that repeat it.
#[derive(Debug, Clone)]
pub struct RedactedRequest {
    /// The method.
    pub method: Redacted,
    /// The whole URL.
    pub url: Redacted,
    /// Header fields in order.
    pub headers: Vec<(Redacted, Redacted)>,
    /// The body.
    pub body: Option<Redacted>,
}

/// The exchanges of one trial, in the order in which they ended, with the secrets that it knows.
#[derive(Default)]
pub struct Journal {
    redactor: Redactor,
    /// Few are ever shown.
    entries: Mutex<Vec<Entry>>,
    busy: Arc<BusyClock>,
}

/// An exchange as it is recorded.
struct Entry {
    /// The base URL that the request went to.
    base_url: Arc<str>,
    exchange: Arc<Exchange>,
    /// How many bytes of the request's body, and of the response's, are not kept.
    dropped: (usize, usize),
}

/// How many bytes of a body are kept: what is shown, and what is searched for secrets.
const KEPT_BODY: usize = 4 * RECORDED_BODY + MARGIN;

impl Entry {
    /// Keeps of long bodies only the part that can be shown.
    fn new(base_url: Arc<str>, exchange: Arc<Exchange>) -> Self {
        let excess = |body: Option<&Bytes>| body.map_or(0, |body| body.len().saturating_sub(KEPT_BODY));
        let dropped = (
            excess(exchange.request.body.as_ref()),
            excess(exchange.result.as_ref().ok().map(|response| &response.body)),
        );
        if dropped == (0, 0) {
            return Self { base_url, exchange, dropped };
        }
        // Copied, because a part of a buffer keeps all of it.
        let kept = |body: &Bytes| Bytes::copy_from_slice(body.get(..KEPT_BODY).unwrap_or(body));
        let Exchange { n, request, result, elapsed } = &*exchange;
        let (method, target, headers) = (request.method.clone(), request.target.clone(), request.headers.clone());
        let request = Request { method, target, headers, body: request.body.as_ref().map(kept) };
        let result = result.as_ref().map_err(Clone::clone).map(|response| Response {
            status: response.status,
            headers: response.headers.clone(),
            body: kept(&response.body),
        });
        Self { base_url, exchange: Arc::new(Exchange { n: *n, request, result, elapsed: *elapsed }), dropped }
    }
}

impl Journal {
    /// A journal that knows these secrets already.
    #[must_use]
    pub fn new(redactor: Redactor) -> Self {
        Self { redactor, entries: Mutex::default(), busy: Arc::default() }
    }

    /// Measures for how long requests of the trial are in flight.
    #[must_use]
    pub fn busy(&self) -> &Arc<BusyClock> {
        &self.busy
    }

    /// The values that must not be shown.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Records an exchange with what is served at that base URL.
    pub fn record(&self, base_url: &Arc<str>, exchange: Arc<Exchange>) {
        let entry = Entry::new(base_url.clone(), exchange);
        self.entries().push(entry);
    }

    /// How many exchanges were recorded so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::try_from(self.entries().len()).unwrap_or(u64::MAX)
    }

    /// The numbers of the exchanges so far.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.entries().iter().map(|entry| entry.exchange.n).collect()
    }

    /// The exchanges with these numbers, without any secret that is known by now.
    #[must_use]
    pub fn select(&self, numbers: &[u64]) -> Vec<Recorded> {
        let entries = self.entries();
        let selected = entries.iter().filter(|entry| numbers.contains(&entry.exchange.n));
        selected.map(|entry| self.redacted(entry)).collect()
    }

    /// A request with this number, in which secrets are segments of their own.
    #[must_use]
    pub fn request(&self, number: u64) -> Option<RedactedRequest> {
        let entries = self.entries();
        let Entry { base_url, exchange, .. } = entries.iter().find(|entry| entry.exchange.n == number)?;
        let Request { method, target, headers, body } = &exchange.request;
        let text = |text: &str| self.redactor.segments(text);
        let headers = headers.iter().map(|(name, value)| Some((text(name), text(str::from_utf8(value).ok()?))));
        Some(RedactedRequest {
            method: text(method),
            url: text(&format!("{base_url}{target}")),
            headers: headers.collect::<Option<_>>()?,
            body: match body {
                Some(body) if body.len() > RECORDED_BODY => return None,
                Some(body) => Some(text(str::from_utf8(body).ok()?)),
                None => None,
            },
        })
    }

    fn redacted(&self, entry: &Entry) -> Recorded {
        let Entry { base_url, exchange, dropped } = entry;
        let Exchange { n, request, result, elapsed } = &**exchange;
        let short = |text: &str| self.redactor.excerpt(text.as_bytes(), RECORDED_HEADER).to_string();
        let body = |bytes: &[u8], dropped: usize| self.redactor.beginning(bytes, dropped, RECORDED_BODY).to_string();
        Recorded {
            n: *n,
            request: RecordedRequest {
                method: short(&request.method),
                url: self
                    .redactor
                    .excerpt(format!("{base_url}{}", request.target).as_bytes(), RECORDED_URL)
                    .to_string(),
                headers: self.headers(&request.headers),
                body: request.body.as_deref().map(|bytes| body(bytes, dropped.0)),
            },
            response: result.as_ref().ok().map(|response| RecordedResponse {
                status: response.status,
                headers: self.headers(&response.headers),
                body: body(&response.body, dropped.1),
            }),
            failure: result.as_ref().err().map(|failure| self.redactor.text(&failure.to_string())),
            elapsed_us: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        }
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        lock(&self.entries)
    }

    fn headers(&self, headers: &[(String, Vec<u8>)]) -> Vec<(String, String)> {
        let short = |bytes: &[u8]| self.redactor.excerpt(bytes, RECORDED_HEADER).to_string();
        headers.iter().map(|(name, value)| (short(name.as_bytes()), short(value))).collect()
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("exchanges", &self.entries().len()).finish_non_exhaustive()
    }
}
