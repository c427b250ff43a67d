//! The mock provider as a `wiremock::Mock`, to mount on a `wiremock::MockServer`.

use std::sync::Arc;

use wiremock::{Match, Mock, Respond, ResponseTemplate};

use super::provider::Provider;
use crate::exchange::Request;

/// Creates a `Mock` that responds to every request below `prefix` (`""` for the root) as the provider does.
///
/// wiremock cannot truncate, reset or stall a response, and it stores every request that it matched. That is right for a
/// test; use [`ProviderServer`](super::ProviderServer) for a server that runs for a long time.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use ringtrue::{Contract, mock};
///
/// let contract = Arc::new(Contract::load(&ringtrue::bundled_contracts()[0])?);
/// let provider = Arc::new(mock::Provider::new(contract));
/// let server = wiremock::MockServer::start().await;
/// server.register(mock::mocks(&provider, "")).await;
/// # Ok(()) }
/// ```
pub fn mocks(provider: &Arc<Provider>, prefix: &str) -> Mock {
    let prefix: Arc<str> = prefix.trim_end_matches('/').into();
    Mock::given(Below(prefix.clone())).respond_with(ProviderResponder { provider: provider.clone(), prefix })
}

struct Below(Arc<str>);

impl Match for Below {
    fn matches(&self, request: &wiremock::Request) -> bool {
        request.url.path().strip_prefix(&*self.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

struct ProviderResponder {
    provider: Arc<Provider>,
    prefix: Arc<str>,
}

impl Respond for ProviderResponder {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let path = request.url.path().strip_prefix(&*self.prefix).unwrap_or("/");
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let headers = request.headers.iter();
        let reply = self.provider.respond(&Request {
            method: request.method.as_str().to_owned(),
            target: format!("{path}{query}"),
            headers: headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect(),
            body: (!request.body.is_empty()).then(|| request.body.clone().into()),
        });
        let media_type = reply.header("content-type").unwrap_or("application/octet-stream").to_owned();
        let mut template = ResponseTemplate::new(reply.status).set_body_raw(reply.body.to_vec(), &media_type);
        for (name, value) in reply.headers.iter().filter(|(name, _)| name != "content-type") {
            template = template.append_header(name.as_str(), value.as_str());
        }
        template
    }
}
