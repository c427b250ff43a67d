//! A reply, and how its bytes are delivered.

use bytes::Bytes;

/// A reply of the stand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Header fields; `Content-Length` is added when the reply is sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How the bytes are delivered.
    pub delivery: Delivery,
}

/// How the bytes of a reply are delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As HTTP demands.
    #[default]
    Whole,
    /// The connection ends after so many bytes of the body, with a `Content-Length` of the whole.
    Truncated(usize),
    /// The connection is reset before the first byte.
    Reset,
    /// Nothing more is sent after so many bytes of the body; the connection stays open.
    Stalled(usize),
    /// `Content-Length` is off by so much.
    WrongLength(i64),
    /// These bytes follow the body, beyond its `Content-Length`.
    Trailing(&'static str),
    /// What is sent is not HTTP.
    Garbage,
    /// In chunks of so many bytes, without a `Content-Length`.
    Chunked(usize),
    /// The head at once, then the body byte by byte with so many milliseconds between, and white space without end
    /// behind it.
    Dripped(u64),
}

impl Reply {
    /// A reply with a body of this media type.
    #[must_use]
    pub fn new(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    /// A reply without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), delivery: Delivery::Whole }
    }

    /// Sets a header field, in place of those of that name.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Takes a header field away.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
    }

    /// The value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, if it is that.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Replaces the body with JSON.
    pub fn set_json(&mut self, value: &serde_json::Value) {
        self.body = Bytes::from(value.to_string());
    }
}
