//! An endpoint of a recording server: a base URL with a mock provider behind it.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use url::form_urlencoded::Serializer;

use super::admission::query;
use super::provider::Provider;
use super::response_override::{Overrides, ResponseOverride};
use crate::contract::Tenant;
use crate::sync::lock;

/// The prefix of the paths of endpoints.
const PREFIX: &str = "/t/";

/// A base URL with a mock provider behind it. Responses can be overridden.
#[derive(Debug)]
pub struct Endpoint {
    name: String,
    address: SocketAddr,
    provider: Arc<Provider>,
    overrides: Arc<Mutex<Overrides>>,
    /// The tenant that the base URL identifies, where callers do not name it.
    tenant: OnceLock<String>,
}

impl Endpoint {
    pub(super) fn new(name: &str, address: SocketAddr, provider: Arc<Provider>) -> Self {
        Self { name: name.to_owned(), address, provider, overrides: Arc::default(), tenant: OnceLock::new() }
    }

    /// Another base URL for the same provider, with the same overrides.
    pub(super) fn alias(&self, name: &str) -> Self {
        let (provider, overrides) = (self.provider.clone(), self.overrides.clone());
        Self { name: name.to_owned(), address: self.address, provider, overrides, tenant: OnceLock::new() }
    }

    /// Makes the base URL that of a tenant; `false` if it is another tenant's already.
    #[must_use]
    pub fn serve(&self, tenant: &str) -> bool {
        self.tenant.get_or_init(|| tenant.to_owned()) == tenant
    }

    /// The target that the provider receives. Where the contract has the tenant in the query, a proxy in front of the
    /// provider puts it there, whatever the caller sends.
    pub(super) fn proxied<'t>(&self, target: &'t str) -> Cow<'t, str> {
        let Tenant::Query { name, .. } = &self.provider.contract().tenant else { return target.into() };
        let Some(tenant) = self.tenant.get() else { return target.into() };
        let mut added = Serializer::new(String::new());
        added.extend_pairs(query(target).filter(|(have, _)| have != name));
        added.append_pair(name, tenant);
        let path = target.split('?').next().unwrap_or_default();
        format!("{path}?{}", added.finish()).into()
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

/// Splits a request target into the name of the endpoint and the target below its base URL.
pub(super) fn split_target(target: &str) -> Option<(&str, &str)> {
    let rest = target.strip_prefix(PREFIX)?;
    Some(rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len())))
}
