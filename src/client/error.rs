//! The errors that a client reports.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A failed call: the client has no balance to report.
///
/// The errors of the reference client contain no credential, no URL and no response body;
/// [`code`](Self::code) alone repeats a part of the response.
///
/// ```
/// use ringtrue::client::{ClientError, ErrorClass};
///
/// let error = ClientError::new(ErrorClass::RateLimited, "").with_status(429);
/// assert_eq!(error.to_string(), "the call failed: rate_limited (429)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the call failed: {class}{}{}", Status(*status), Detail(detail))]
#[non_exhaustive]
pub struct ClientError {
    /// The kind of failure, for an application to branch on.
    pub class: ErrorClass,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The machine-readable code in the body of the response.
    pub code: Option<String>,
    /// The time to wait before the next request.
    pub retry_after: Option<Duration>,
    /// A description for people.
    pub detail: String,
}

/// The kinds of failure that an application has to distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorClass {
    /// The credential is missing, unknown, revoked or expired.
    Auth,
    /// The credential is valid, but lacks the permission.
    Forbidden,
    /// The remaining credits do not suffice.
    Exhausted,
    /// Too many requests.
    RateLimited,
    /// The resource does not exist.
    NotFound,
    /// No complete response within the deadline.
    Timeout,
    /// The connection was refused, reset or closed early.
    Network,
    /// The response breaks the contract, or HTTP framing.
    Malformed,
    /// The server failed.
    Server,
    /// Any other failure.
    Other,
}

impl ErrorClass {
    /// The name in reports and in the adapter protocol, such as `rate_limited`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Forbidden => "forbidden",
            Self::Exhausted => "exhausted",
            Self::RateLimited => "rate_limited",
            Self::NotFound => "not_found",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Malformed => "malformed",
            Self::Server => "server",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ClientError {
    /// Creates an error of this class, without status, code and `Retry-After`.
    #[must_use]
    pub fn new(class: ErrorClass, detail: impl Into<String>) -> Self {
        Self { class, status: None, code: None, retry_after: None, detail: detail.into() }
    }

    /// Sets the HTTP status of the response.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the machine-readable code of the response.
    ///
    /// ```
    /// use ringtrue::client::{ClientError, ErrorClass};
    ///
    /// let error = ClientError::new(ErrorClass::Exhausted, "").with_code("insufficient_credits");
    /// assert_eq!(error.code.as_deref(), Some("insufficient_credits"));
    /// ```
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Sets the time to wait before the next request.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use ringtrue::client::{ClientError, ErrorClass};
    ///
    /// let error = ClientError::new(ErrorClass::RateLimited, "").with_retry_after(Duration::from_secs(30));
    /// assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
    /// ```
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

struct Status(Option<u16>);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |status| write!(f, " ({status})"))
    }
}

struct Detail<'a>(&'a str);

impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}
