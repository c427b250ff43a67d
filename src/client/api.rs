//! What every client of a credit-balance API can be asked, and what it may answer.
//!
//! The reference client, the adapter of a client in another language and a user's own Rust client are all driven
//! through [`CreditClient`] and judged by the same [`CallResult`].

use std::fmt;
use std::future::{Future, ready};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a call came to.
pub type CallResult = Result<Balance, ClientError>;

/// What an application is told about a balance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// What is left, in credits.
    pub remaining: Option<Decimal>,
    /// What there is or was in all, in credits.
    pub total: Option<Decimal>,
    /// Whether use is allowed.
    pub allowed: Option<bool>,
    /// Where this comes from; `None` if the client does not say.
    pub source: Option<Source>,
}

/// Where a balance comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An exchange made for this very call, or shared with one that was under way.
    Network,
    /// The client's cache.
    Cache,
    /// The failure policy: the check failed, and use is allowed nevertheless.
    FailOpen,
}

/// Why there is no balance.
///
/// Its texts never contain a credential, a URL or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("get an answer: {class}{}{}", Status(*status), Detail(detail))]
pub struct ClientError {
    /// What an application can branch on.
    pub class: ErrorClass,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The machine-readable code in the answer.
    pub code: Option<String>,
    /// How long the next request ought to wait.
    pub retry_after: Option<Duration>,
    /// What happened, for people.
    pub detail: String,
}

/// The kinds of failure that an application has to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The credential is missing, unknown, revoked or expired.
    Auth,
    /// The credential is valid, and this is not for it.
    Forbidden,
    /// The credits do not suffice.
    Exhausted,
    /// Too many requests.
    RateLimited,
    /// There is no such thing.
    NotFound,
    /// No complete answer within the deadline.
    Timeout,
    /// The connection was refused, reset or cut.
    Network,
    /// An answer that breaks the contract or its own framing.
    Malformed,
    /// The server failed.
    Server,
    /// Anything else.
    Other,
}

impl ErrorClass {
    /// The name in reports and in the adapter protocol.
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
    /// An error of that class and nothing else known about it.
    #[must_use]
    pub fn new(class: ErrorClass, detail: impl Into<String>) -> Self {
        Self { class, status: None, code: None, retry_after: None, detail: detail.into() }
    }

    /// The same with the status of the answer.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
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

/// What a client can do besides `check`. What is not declared is not asked of it; what is declared is judged.
#[expect(clippy::struct_excessive_bools, reason = "the flags are independent, and named so in the adapter protocol")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It caches.
    pub cache: bool,
    /// [`CreditClient::invalidate`] drops what is cached.
    pub invalidate: bool,
    /// [`CreditClient::spend`] makes a paid call.
    pub spend: bool,
    /// Checks at the same time share one request.
    pub single_flight: bool,
    /// Two clients with the same key and base URL share one cache.
    pub shared_cache: bool,
    /// [`CreditClient::advance`] moves the clock that its cache lives by.
    pub virtual_clock: bool,
    /// The configured TTL is obeyed, so that a short one can be waited for.
    pub ttl: bool,
}

/// A client under test.
///
/// One value is one session: one base URL, one key, one tenant. Dropping it ends the session.
///
/// ```
/// use ringtrue::client::{Balance, CreditClient, Outcome};
///
/// struct Mine;
///
/// impl CreditClient for Mine {
///     async fn check(&self) -> Outcome {
///         Ok(Balance { remaining: Some(42.into()), ..Balance::default() })
///     }
/// }
/// ```
pub trait CreditClient: Send + Sync + 'static {
    /// What the client can do besides `check`; nothing unless it says so.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// Asks for the balance the way an application would, through the client's cache.
    fn check(&self) -> impl Future<Output = CallResult> + Send;

    /// Makes one paid call. Only called if [`Capabilities::spend`] is declared.
    fn spend(&self) -> impl Future<Output = CallResult> + Send {
        ready(Err(ClientError::new(ErrorClass::Other, "this client makes no paid calls")))
    }

    /// Drops the cached balance. Only called if [`Capabilities::invalidate`] is declared.
    fn invalidate(&self) -> impl Future<Output = ()> + Send {
        ready(())
    }

    /// Moves the client's clock forward. Only called if [`Capabilities::virtual_clock`] is declared.
    fn advance(&self, _by: Duration) {}
}

/// [`CreditClient`] behind a pointer; every client is one.
pub trait AnyClient: Send + Sync {
    /// As [`CreditClient::capabilities`].
    fn capabilities(&self) -> Capabilities;
    /// As [`CreditClient::check`].
    fn check(&self) -> BoxFuture<'_, CallResult>;
    /// As [`CreditClient::spend`].
    fn spend(&self) -> BoxFuture<'_, CallResult>;
    /// As [`CreditClient::invalidate`].
    fn invalidate(&self) -> BoxFuture<'_, ()>;
    /// As [`CreditClient::advance`].
    fn advance(&self, by: Duration);
}

impl<C: CreditClient> AnyClient for C {
    fn capabilities(&self) -> Capabilities {
        CreditClient::capabilities(self)
    }

    fn check(&self) -> BoxFuture<'_, CallResult> {
        Box::pin(CreditClient::check(self))
    }

    fn spend(&self) -> BoxFuture<'_, CallResult> {
        Box::pin(CreditClient::spend(self))
    }

    fn invalidate(&self) -> BoxFuture<'_, ()> {
        Box::pin(CreditClient::invalidate(self))
    }

    fn advance(&self, by: Duration) {
        CreditClient::advance(self, by);
    }
}
