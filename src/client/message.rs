//! HTTP requests and responses, as the reference client uses them.

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

/// A request, ready to be sent. Its header fields may contain the credential.
#[derive(Debug, Clone)]
pub(crate) struct RequestTemplate {
    /// The method.
    pub(crate) method: Method,
    /// The URL.
    pub(crate) url: Url,
    /// The header fields.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Option<Bytes>,
}

/// A complete response.
#[derive(Debug, Clone, Default)]
pub(crate) struct HttpReply {
    /// The status.
    pub(crate) status: u16,
    /// The header fields.
    pub(crate) headers: HeaderMap,
    /// The complete body.
    pub(crate) body: Bytes,
}

impl HttpReply {
    /// The media type without parameters, in lower case; `None` without a `Content-Type`.
    #[must_use]
    pub(crate) fn media_type(&self) -> Option<String> {
        let text = self.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
        let essence = text.split(';').next()?.trim().to_ascii_lowercase();
        (!essence.is_empty()).then_some(essence)
    }
}

/// Whether a media type (in lower case, without parameters) denotes JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
}
