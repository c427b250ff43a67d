//! One exchange of recorded traffic.

use std::sync::Arc;

use super::client::ClientOrigin;
use crate::checks::class::Class;
use crate::contract::{Operation, Role};
use crate::exchange::{Exchange, Failure, Request, Response};

/// A request at the moment at which it was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The number of the exchange.
    pub n: u64,
    /// The documented operation that the request addresses, if any.
    pub operation: Option<Arc<Operation>>,
    /// The sender.
    pub client: ClientOrigin,
    /// Whose balance the request is about; `None` if that is not known.
    pub account: Option<Arc<str>>,
    /// When it was sent, in milliseconds from any origin; `None` if that is not known.
    pub at_ms: Option<u64>,
}

/// An exchange with what is known about it.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The request when it was sent.
    pub sent: Sent,
    /// What the server received and returned. The target is relative to the base URL.
    pub exchange: Arc<Exchange>,
    /// The response that the client received, where a fault was put into it on the way.
    pub altered: Option<Arc<Result<Response, Failure>>>,
    /// The meaning of the response that the client received.
    pub class: Class,
    /// The credential at the documented place; `None` if there is none, or it is not known.
    pub credential: Option<Arc<str>>,
    /// Where the request carries a credential.
    pub presented: Presented,
    /// When the response was complete, on the clock of [`Sent::at_ms`].
    pub ended_ms: Option<u64>,
    /// Which parts were recorded.
    pub known: Known,
}

/// Where a request carries a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// Nothing in the request looks like a credential.
    Nothing,
    /// Something at the documented place.
    InPlace,
    /// Nothing at the documented place, and something elsewhere that looks like a credential.
    Elsewhere,
    /// A cookie, by which a web application may know the user in a way that the contract does not document.
    Session,
    /// Header fields were removed from the recording.
    Unknown,
}

/// Which parts of an exchange were recorded. What was not recorded is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The request body is complete.
    pub request_body: bool,
    /// The response body is complete.
    pub response_body: bool,
    /// The response came from the server, and not from a cache in front of it.
    pub from_server: bool,
}

impl Known {
    /// All parts were recorded.
    pub const ALL: Self = Self { request_body: true, response_body: true, from_server: true };
}

impl Observed {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.exchange.request
    }

    /// The operation, if it has this role.
    #[must_use]
    pub fn operation_with(&self, role: Role) -> Option<&Arc<Operation>> {
        self.sent.operation.as_ref().filter(|operation| operation.role == role)
    }

    /// The operation with the response that the server returned for it, if it came from the server itself.
    #[must_use]
    pub fn answer(&self) -> Option<(&Arc<Operation>, &Response)> {
        let operation = self.sent.operation.as_ref()?;
        let response = self.exchange.result.as_ref().ok().filter(|_| self.known.from_server)?;
        Some((operation, response))
    }

    /// As [`Self::answer`], where the body was recorded and the response is the API's own: a success, a status that is documented by
    /// itself, or JSON. Proxies on the way give other responses, an HTML page with the status 502 for example.
    #[must_use]
    pub fn api_answer(&self) -> Option<(&Arc<Operation>, &Response)> {
        let (operation, response) = self.answer()?;
        let documented = operation.response(response.status);
        let exact =
            documented.is_some_and(|documented| matches!(documented.status, crate::contract::StatusRange::Exact(_)));
        let json = response.media_type().is_some_and(|media_type| media_type.ends_with("json"));
        let own = response.is_success() || exact || json;
        (own && self.known.response_body && response.status != 304).then_some((operation, response))
    }

    /// What the client received.
    pub fn received(&self) -> &Result<Response, Failure> {
        self.altered.as_deref().unwrap_or(&self.exchange.result)
    }

    /// Whether the client received an error of the server, or no response.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.received().as_ref().map_or(true, |response| response.status >= 500)
    }

    /// When the exchange began and ended, in milliseconds.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        self.sent.at_ms.zip(self.ended_ms)
    }

    /// Whether the request asks caches not to serve it, or to compare what they have: a person wants a fresh response, or a cache
    /// revalidates.
    #[must_use]
    pub fn bypasses_caches(&self) -> bool {
        let request = self.request();
        let no_cache = |name: &str| {
            let value = request.header_value(name).map(|value| String::from_utf8_lossy(value).to_ascii_lowercase());
            value.is_some_and(|value| value.contains("no-cache") || value.contains("max-age=0"))
        };
        no_cache("cache-control")
            || no_cache("pragma")
            || request.header_value("if-none-match").is_some()
            || request.header_value("if-modified-since").is_some()
    }
}
