//! The base URLs of an API: which requests are for it, and what their targets are below the base.

use url::Url;

use crate::contract::{Contract, Tenant};

/// The base URLs that traffic of an API may have.
#[derive(Debug, Clone, Default)]
pub struct BaseUrls {
    urls: Vec<Base>,
}

/// A base URL.
#[derive(Debug, Clone)]
struct Base {
    /// Scheme, host and port; `None` for any.
    origin: Option<String>,
    /// The path, without a trailing slash.
    path: String,
}

/// A request below a base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The base URL, without a trailing slash.
    pub base: String,
    /// The path below it, with the query.
    pub target: String,
}

/// A base URL that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the URL {url} cannot be used: {reason}")]
pub struct BaseUrlError {
    url: String,
    reason: String,
}

impl BaseUrls {
    /// The given base URLs; without any, that of the contract. Where clients do not name the tenant, each tenant has a base URL of its
    /// own, so that every host with the path of the contract's base URL counts.
    ///
    /// # Errors
    /// If a URL is not an absolute one.
    pub fn new(contract: &Contract, given: &[String]) -> Result<Self, BaseUrlError> {
        if given.is_empty() {
            let any_host = matches!(contract.tenant, Tenant::Query { .. });
            let base = Base::parse(contract.server_url()).ok().map(|base| {
                let origin = base.origin.clone().filter(|_| !any_host || base.path.is_empty());
                Base { origin, ..base }
            });
            return Ok(Self { urls: base.into_iter().collect() });
        }
        let urls = given.iter().map(|url| Base::parse(url)).collect::<Result<_, _>>()?;
        Ok(Self { urls })
    }

    /// The request with this URL below a base URL; `None` if it is for something else.
    #[must_use]
    pub fn locate(&self, url: &str) -> Option<Located> {
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let origin = parsed.origin().ascii_serialization();
        let found = self.urls.iter().find(|base| {
            base.origin.as_ref().is_none_or(|have| *have == origin) && below(&base.path, parsed.path()).is_some()
        })?;
        let path = below(&found.path, parsed.path())?;
        let query = parsed.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(Located { base: format!("{origin}{}", found.path), target: format!("{path}{query}") })
    }

    /// Whether there is no base URL at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }
}

impl Base {
    fn parse(url: &str) -> Result<Self, BaseUrlError> {
        // A URL may be refused because it contains a secret.
        let shown = url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, rest)| format!("…@{rest}"));
        let fail = |reason: &str| BaseUrlError { url: shown.clone(), reason: reason.to_owned() };
        let parsed = Url::parse(url).map_err(|error| fail(&error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(fail("it is neither http:// nor https://"));
        }
        let path = parsed.path().trim_end_matches('/').to_owned();
        Ok(Self { origin: Some(parsed.origin().ascii_serialization()), path })
    }
}

/// A path below another one, with its leading slash.
pub(super) fn below<'p>(base: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(base).filter(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{BaseUrls, Located};
    use crate::contract::{Contract, Role};

    fn urls(given: &[&str]) -> BaseUrls {
        let mut contracts = crate::contract::bundled().into_iter().map(|name| Contract::load(&name).unwrap());
        let contract = contracts.find(|contract| contract.operation(Role::Spend).is_some()).unwrap();
        BaseUrls::new(&contract, &given.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn requests_below_a_base_url_are_located() {
        let urls = urls(&["https://api.example/v1/", "http://127.0.0.1:8080"]);
        let at = |base: &str, target: &str| Some(Located { base: base.to_owned(), target: target.to_owned() });
        assert_eq!(urls.locate("https://api.example/v1/credits?a=1"), at("https://api.example/v1", "/credits?a=1"));
        assert_eq!(urls.locate("https://API.example:443/v1/credits"), at("https://api.example/v1", "/credits"));
        assert_eq!(urls.locate("http://127.0.0.1:8080/x"), at("http://127.0.0.1:8080", "/x"));
        for other in ["https://api.example/v10/credits", "http://api.example/v1/credits", "ws://127.0.0.1:8080/x", "x"]
        {
            assert_eq!(urls.locate(other), None, "{other}");
        }
    }
}
