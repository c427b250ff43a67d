//! An endpoint of a recording server: a base URL with a mock provider behind it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::form_urlencoded;

use super::provider::Provider;
use super::response_override::{Overrides, ResponseOverride};
use crate::contract::Tenant;
use crate::exchange::Request;
use crate::sync::lock;

/// The prefix of the paths of endpoints.
const PREFIX: &str = "/t/";
/// What separates the name of an endpoint from the tenant in a base URL.
const SEPARATOR: char = '~';

/// A base URL with a mock provider behind it. Responses can be overridden.
#[derive(Debug)]
pub struct Endpoint {
    name: String,
    address: SocketAddr,
    provider: Arc<Provider>,
    overrides: Mutex<Overrides>,
}

impl Endpoint {
    pub(super) fn new(name: &str, address: SocketAddr, provider: Arc<Provider>) -> Self {
        Self { name: name.to_owned(), address, provider, overrides: Mutex::default() }
    }

    /// The name of the endpoint.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The base URL: it replaces the server URL of the contract.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{PREFIX}{}", self.address, self.name)
    }

    /// The base URL of a tenant. Where the provider knows tenants by something that clients do not send, each tenant has a base
    /// URL of its own, as each shop has behind an app proxy.
    #[must_use]
    pub fn url_of(&self, tenant: &str) -> String {
        if self.provider.contract().tenant == Tenant::Credential {
            return self.url();
        }
        format!("{}{SEPARATOR}{}", self.url(), utf8_percent_encode(tenant, NON_ALPHANUMERIC))
    }

    /// The request as the provider gets it: with the tenant of the base URL, and with none that the client named itself.
    pub(super) fn as_proxied(&self, request: &Request, tenant: Option<&str>) -> Request {
        let (Tenant::Query { name, .. }, Some(tenant)) = (&self.provider.contract().tenant, tenant) else {
            return request.clone();
        };
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let others = form_urlencoded::parse(query.as_bytes()).filter(|(have, _)| have != name);
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(others).append_pair(name, tenant);
        Request { target: format!("{path}?{}", pairs.finish()), ..request.clone() }
    }

    /// The provider that handles the requests.
    #[must_use]
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// Overrides the response to the next request. Several calls queue.
    pub fn respond_once(&self, response: impl Into<ResponseOverride>) {
        lock(&self.overrides).once.push_back(response.into());
    }

    /// Overrides the responses to all requests for which no other override is queued.
    pub fn respond_with(&self, response: impl Into<ResponseOverride>) {
        lock(&self.overrides).always = Some(response.into());
    }

    /// Removes all overrides: the provider responds again.
    pub fn reset(&self) {
        *lock(&self.overrides) = Overrides::default();
    }

    pub(super) fn take_override(&self) -> ResponseOverride {
        lock(&self.overrides).take()
    }
}

/// A request target in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SplitTarget<'t> {
    /// The name of the endpoint.
    pub name: &'t str,
    /// The tenant that the base URL belongs to.
    pub tenant: Option<String>,
    /// The target below the base URL.
    pub below: &'t str,
}

/// Splits a request target.
pub(super) fn split_target(target: &str) -> Option<SplitTarget<'_>> {
    let rest = target.strip_prefix(PREFIX)?;
    let (base, below) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (name, tenant) = match base.split_once(SEPARATOR) {
        Some((name, tenant)) => (name, Some(percent_decode_str(tenant).decode_utf8_lossy().into_owned())),
        None => (base, None),
    };
    Some(SplitTarget { name, tenant, below })
}

#[cfg(test)]
mod tests {
    use super::{SplitTarget, split_target};

    #[test]
    fn base_url_of_a_tenant_is_split() {
        let parts = |name, tenant: Option<&str>, below| {
            Some(SplitTarget { name, tenant: tenant.map(ToOwned::to_owned), below })
        };
        assert_eq!(split_target("/t/p1/credits?a=1"), parts("p1", None, "/credits?a=1"));
        assert_eq!(split_target("/t/p1~a%2Fb.example/credits"), parts("p1", Some("a/b.example"), "/credits"));
        assert_eq!(split_target("/other/p1/credits"), None);
    }
}
