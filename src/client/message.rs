//! What goes out and what comes back, as the reference client sees it.

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

/// A request that is about to be sent. Its headers may carry the credential.
#[derive(Debug, Clone)]
pub struct RequestTemplate {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Bytes>,
}

/// A complete answer.
#[derive(Debug, Clone, Default)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

impl HttpReply {
    /// The media type without parameters, in lower case; `None` if there is none.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let text = self.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
        let essence = text.split(';').next()?.trim().to_ascii_lowercase();
        (!essence.is_empty()).then_some(essence)
    }
}

/// Whether that media type (in lower case, without parameters) means JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
}
