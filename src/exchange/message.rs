//! What goes over the wire: requests, responses, and the ways in which an exchange can fail.

use std::time::Duration;

use bytes::Bytes;

use super::bounds::MAX_FIELDS;

/// A request as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// Path and query below the subject's base URL, with the leading slash.
    pub target: String,
    /// Header fields in the order in which they are sent; names keep their case, values are bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body; none means that no `Content-Length` is sent either.
    pub body: Option<Bytes>,
}

/// A response as it was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields in the order in which they came; names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without transfer coding.
    pub body: Bytes,
}

/// Why no response came, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection could be made.
    #[error("no connection: {0}")]
    Connect(String),
    /// The connection ended before a response did.
    #[error("the connection was closed before the response was complete: {0}")]
    Closed(String),
    /// No whole response within the deadline.
    #[error("no complete response within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// What came is not HTTP.
    #[error("the response is not valid HTTP: {0}")]
    Malformed(String),
    /// The head is larger than what is read of it. HTTP has no limit for it; those here are far above what servers send.
    #[error("the head of the response has more than {MAX_FIELDS} fields or 400 KiB, and is not read to its end")]
    HeadTooLarge,
    /// The content is not coded as `Content-Encoding` says.
    #[error("the content coding is wrong: {0}")]
    Coding(String),
    /// The content is coded in a way that cannot be decoded here.
    #[error("the content coding `{0}` is not supported here")]
    UnsupportedCoding(String),
    /// The request could not be put on the wire.
    #[error("the request could not be sent: {0}")]
    Unsendable(String),
}

/// A request with what came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Number in the journal, from 1.
    pub n: u64,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub result: Result<Response, Failure>,
    /// From the first byte sent to the last byte received.
    pub elapsed: Duration,
}

impl Request {
    /// A request without header fields or body.
    #[must_use]
    pub fn new(method: &str, target: impl Into<String>) -> Self {
        Self { method: method.to_owned(), target: target.into(), ..Self::default() }
    }

    /// Adds a header field behind those already there.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Adds a query parameter, percent-encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(&pair);
        self
    }

    /// The first value of a header field, without regard to case.
    #[must_use]
    pub fn header_value(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
    }
}

impl Response {
    /// The first value of a header field as text, without regard to the name's case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// All values of a header field as text.
    pub fn header_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.headers
            .iter()
            .filter(move |(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The media type without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The body as JSON, if it is that.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Replaces the body by its decoded form, as `Content-Encoding` says. The header fields stay as they were received.
    ///
    /// # Errors
    /// If the body is not coded in that way, or in one that cannot be decoded here.
    pub fn decode_content(&mut self) -> Result<(), Failure> {
        super::coding::decode(self)
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
