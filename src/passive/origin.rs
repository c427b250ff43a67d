//! Who sent a request.

use std::sync::Arc;

use crate::checks::ClientOrigin;
use crate::exchange::Request;

/// How a request came.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// What the requests of one peer or one recording have in common: an address, a file.
    pub peer: Arc<str>,
    /// The connection, where it is known.
    pub number: Option<u64>,
    /// The page that sent the request, where a recording says so.
    pub page: Option<Arc<str>>,
}

/// Header fields that gateways add. Behind one there may be any number of clients.
const GATEWAY: &[&str] = &["via", "forwarded", "x-forwarded-for"];

impl Connection {
    /// The sender of a request that came like this.
    pub(super) fn origin(&self, request: &Request) -> ClientOrigin {
        if let Some(page) = &self.page {
            let id: Arc<str> = format!("{} {page}", self.peer).into();
            return ClientOrigin { instance: Some(id.clone()), id };
        }
        let text = |name: &str| request.header_value(name).map(String::from_utf8_lossy).unwrap_or_default();
        let product = text("user-agent");
        let is_browser = product.contains("Mozilla/") || request.header_value("sec-fetch-mode").is_some();
        let is_shared = is_browser || GATEWAY.iter().any(|name| request.header_value(name).is_some());
        let id: Arc<str> = format!("{} {product} {}", self.peer, text("origin")).into();
        let instance = self.number.filter(|_| !is_shared).map(|number| format!("{} {number}", self.peer).into());
        ClientOrigin { id, instance }
    }
}

#[cfg(test)]
mod tests {
    use super::Connection;
    use crate::exchange::Request;

    #[test]
    fn connections_of_browsers_and_gateways_prove_no_instance() {
        let connection = Connection { peer: "127.0.0.1".into(), number: Some(7), page: None };
        let request = Request::new("GET", "/");
        let own = connection.origin(&request.clone().header("User-Agent", "node"));
        assert!(own.is_same_instance(&own));
        for (name, value) in
            [("User-Agent", "Mozilla/5.0"), ("Sec-Fetch-Mode", "cors"), ("X-Forwarded-For", "10.0.0.1")]
        {
            let shared = connection.origin(&request.clone().header(name, value));
            assert!(!shared.is_same_instance(&shared), "{name}");
        }
        let page = Connection { page: Some("page_1".into()), ..connection };
        let of_page = page.origin(&request.header("User-Agent", "Mozilla/5.0"));
        assert!(of_page.is_same_instance(&of_page));
    }
}
