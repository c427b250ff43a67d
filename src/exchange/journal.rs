//! The journal: every exchange, redacted at the moment of recording.
//!
//! A secret never gets past this file: what the journal holds, reports may show.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::message::Exchange;
use super::redact::Redactor;

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
#[derive(Debug, Default)]
pub struct Journal {
    redactor: Redactor,
    entries: Mutex<Vec<Recorded>>,
}

impl Journal {
    /// A journal that knows these secrets already.
    #[must_use]
    pub fn new(redactor: Redactor) -> Self {
        Self { redactor, entries: Mutex::default() }
    }

    /// The values that must not be shown.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Records an exchange.
    pub fn record(&self, base_url: &str, exchange: &Exchange) {
        let Exchange { n, request, result, elapsed } = exchange;
        let entry = Recorded {
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
        };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// The numbers of the exchanges so far.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|entry| entry.n).collect()
    }

    /// A copy of the entries with these numbers.
    #[must_use]
    pub fn select(&self, numbers: &[u64]) -> Vec<Recorded> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().filter(|entry| numbers.contains(&entry.n)).cloned().collect()
    }

    fn headers(&self, headers: &[(String, Vec<u8>)]) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let text = self.redactor.text(&String::from_utf8_lossy(value));
                (self.redactor.text(name), shortened(text, RECORDED_HEADER))
            })
            .collect()
    }

    fn body(&self, body: &[u8]) -> String {
        // Redact first: a secret that straddles the cut must not survive in part.
        shortened(self.redactor.text(&String::from_utf8_lossy(body)), RECORDED_BODY)
    }
}

fn shortened(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let cut = text.floor_char_boundary(limit);
        let left = text.len() - cut;
        text.truncate(cut);
        text.push_str(&format!("… ({left} more bytes)"));
    }
    text
}
