//! A reply of the mock provider, and how its bytes are delivered.

use bytes::Bytes;

/// A reply of the mock provider.
///
/// ```
/// use ringtrue::mock::{Delivery, Reply};
///
/// let mut reply = Reply::new(200, "application/json", r#"{"credits":5}"#).delivery(Delivery::Truncated(4));
/// reply.set_header("x-request-id", "r1");
/// assert_eq!(reply.header("X-Request-Id"), Some("r1"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Header fields; `Content-Length` is added when the reply is sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How the bytes are sent.
    pub delivery: Delivery,
}

/// How the bytes of a reply are sent: as HTTP requires, or broken in one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// As HTTP requires.
    #[default]
    Whole,
    /// The connection is closed after this number of bytes of the body. `Content-Length` is that of the whole body.
    Truncated(usize),
    /// The connection is reset before the first byte.
    Reset,
    /// Nothing more is sent after this number of bytes of the body. The connection stays open.
    Stalled(usize),
    /// `Content-Length` is wrong by this number.
    WrongLength(i64),
    /// These bytes follow after the end that `Content-Length` states.
    Trailing(&'static str),
    /// Bytes that are not HTTP.
    Garbage,
    /// In chunks, and with a `Content-Length` too.
    ChunkedWithLength,
    /// With a second `Content-Length` that is larger by one.
    TwoLengths,
    /// In chunks of this number of bytes, without a `Content-Length`.
    Chunked(usize),
    /// The head at once, then the body byte by byte with this number of milliseconds between two bytes, followed by
    /// endless white space.
    Dripped(u64),
}

impl Reply {
    /// Creates a reply with a body of this media type.
    #[must_use]
    pub fn new(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    /// Creates a reply without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), delivery: Delivery::Whole }
    }

    /// Sets how the bytes are sent.
    ///
    /// ```
    /// use ringtrue::mock::{Delivery, Reply};
    ///
    /// let reply = Reply::empty(200).delivery(Delivery::Reset);
    /// assert_eq!(reply.delivery, Delivery::Reset);
    /// ```
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Sets a header field, and removes other fields of that name.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Removes all header fields of that name.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
    }

    /// The value of the first header field of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `None` if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Replaces the body with JSON.
    pub fn set_json(&mut self, value: &serde_json::Value) {
        self.body = Bytes::from(value.to_string());
    }
}
