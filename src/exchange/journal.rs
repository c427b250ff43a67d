//! The journal of exchanges. Exchanges are redacted when they are read, not when they are recorded.
//!
//! A secret that became known after it was sent is therefore redacted too: reports may show all that the journal returns.

use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use super::busy::BusyClock;
use super::message::Exchange;
use super::redact::Redactor;

use crate::sync::lock;

/// Bodies are recorded up to this many bytes; what lies behind is counted.
const RECORDED_BODY: usize = 16 * 1024;
/// Header values are recorded up to this many bytes.
const RECORDED_HEADER: usize = 512;

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

/// The exchanges of one trial, in the order in which they ended, with the secrets that it knows.
#[derive(Default)]
pub struct Journal {
    redactor: Redactor,
    /// Each with the base URL that it went to. Few are ever shown.
    entries: Mutex<Vec<(Arc<str>, Arc<Exchange>)>>,
    busy: Arc<BusyClock>,
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
        self.entries().push((base_url.clone(), exchange));
    }

    /// How many exchanges were recorded so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::try_from(self.entries().len()).unwrap_or(u64::MAX)
    }

    /// The numbers of the exchanges so far.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.entries().iter().map(|(_, exchange)| exchange.n).collect()
    }

    /// The exchanges with these numbers, without any secret that is known by now.
    #[must_use]
    pub fn select(&self, numbers: &[u64]) -> Vec<Recorded> {
        let entries = self.entries();
        let selected = entries.iter().filter(|(_, exchange)| numbers.contains(&exchange.n));
        selected.map(|(base_url, exchange)| self.redacted(base_url, exchange)).collect()
    }

    fn redacted(&self, base_url: &str, exchange: &Exchange) -> Recorded {
        let Exchange { n, request, result, elapsed } = exchange;
        Recorded {
            n: *n,
            request: RecordedRequest {
                method: self.redactor.text(&request.method),
                url: self.redactor.text(&format!("{base_url}{}", request.target)),
                headers: self.headers(&request.headers),
                body: request.body.as_ref().map(|body| self.body(body)),
            },
            response: result.as_ref().ok().map(|response| RecordedResponse {
                status: response.status,
                headers: self.headers(&response.headers),
                body: self.body(&response.body),
            }),
            failure: result.as_ref().err().map(|failure| self.redactor.text(&failure.to_string())),
            elapsed_us: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        }
    }

    fn entries(&self) -> MutexGuard<'_, Vec<(Arc<str>, Arc<Exchange>)>> {
        lock(&self.entries)
    }

    fn headers(&self, headers: &[(String, Vec<u8>)]) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let text = self.redactor.text(&String::from_utf8_lossy(value));
                (self.redactor.text(name), shortened(text, RECORDED_HEADER, 0))
            })
            .collect()
    }

    /// Redacted first: a secret that straddles the cut must not survive in part.
    fn body(&self, body: &[u8]) -> String {
        let redacted = |bytes: &[u8]| self.redactor.text(&String::from_utf8_lossy(bytes));
        // Of a body without end only the beginning is gone through, if what may be half of a secret lies beyond the cut.
        if let Some(beginning) = body.get(..4 * RECORDED_BODY) {
            let text = redacted(beginning);
            if text.len() >= RECORDED_BODY + self.redactor.longest() {
                return shortened(text, RECORDED_BODY, body.len() - beginning.len());
            }
        }
        shortened(redacted(body), RECORDED_BODY, 0)
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("exchanges", &self.entries().len()).finish_non_exhaustive()
    }
}

/// The text up to a limit, with the number of bytes that are left out.
fn shortened(mut text: String, limit: usize, behind: usize) -> String {
    if text.len() > limit || behind > 0 {
        let cut = text.floor_char_boundary(limit);
        let left = text.len() - cut + behind;
        text.truncate(cut);
        text.push_str(&format!("… ({left} more bytes)"));
    }
    text
}
