//! The server behind the proxy.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::error::ProxyError;
use super::input::Input;
use crate::exchange::Addresses;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamTarget {
    /// The API at this base URL.
    Url(String),
    /// The mock provider of the contract, below the path that the API has in the contract.
    Mock,
}

impl From<String> for UpstreamTarget {
    /// The word `mock` means the mock, everything else is a URL.
    fn from(text: String) -> Self {
        if text == "mock" { Self::Mock } else { Self::Url(text) }
    }
}

/// A connection to the server.
pub(super) struct Server {
    pub(super) input: Input<Box<dyn AsyncRead + Send + Unpin>>,
    pub(super) output: Box<dyn AsyncWrite + Send + Unpin>,
}

impl Server {
    /// Whether another request can be sent: the server has neither closed the connection nor sent anything on its own.
    pub(super) fn is_idle(&mut self) -> bool {
        self.input.buffer.is_empty() && self.input.fill().now_or_never().is_none()
    }
}

/// The server behind the proxy.
pub(super) struct Upstream {
    url: Url,
    addresses: Addresses,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// The value of `Host`.
    pub(super) host: Vec<u8>,
    /// The path of the API, without a slash at the end.
    pub(super) base: String,
    /// The part of the path that the server does not know.
    pub(super) hidden: String,
}

impl Upstream {
    /// The server at a URL. Only loopback addresses are permitted, and what `live` names.
    pub(super) fn new(given: &str, live: Option<&str>) -> Result<Self, ProxyError> {
        let shown = given.rsplit_once('@').map_or_else(|| given.to_owned(), |(_, rest)| format!("…@{rest}"));
        let refuse = |reason: &str| ProxyError::Upstream { url: shown.clone(), reason: reason.to_owned() };
        let url = Url::parse(given).map_err(|error| refuse(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("it is neither http:// nor https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it contains credentials; the client sends its own"));
        }
        let addresses = Addresses::new(live);
        let host = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if !addresses.names(&url) && !Addresses::is_loopback(&url) {
            return Err(ProxyError::Live { host: authority });
        }
        let tls = (url.scheme() == "https").then(|| tls(&url, &refuse)).transpose()?;
        let base = url.path().trim_end_matches('/').to_owned();
        Ok(Self { addresses, tls, host: authority.into_bytes(), base, hidden: String::new(), url })
    }

    /// The base URL, without a slash at the end.
    pub(super) fn base_url(&self) -> String {
        format!("{}{}", self.url.origin().ascii_serialization(), self.base)
    }

    /// The target under which the server knows a request.
    pub(super) fn target<'t>(&self, target: &'t str) -> std::borrow::Cow<'t, str> {
        match target.strip_prefix(self.hidden.as_str()).filter(|_| !self.hidden.is_empty()) {
            Some(rest) if rest.starts_with('/') => rest.into(),
            Some(rest) if rest.is_empty() || rest.starts_with('?') => format!("/{rest}").into(),
            _ => target.into(),
        }
    }

    /// Connects.
    pub(super) async fn connect(&self) -> io::Result<Server> {
        let connecting = async {
            let stream = self.addresses.connect(&self.url).await?;
            let _ = stream.set_nodelay(true);
            let Some((connector, name)) = &self.tls else {
                let (input, output) = stream.into_split();
                return Ok(Server { input: Input::new(Box::new(input)), output: Box::new(output) });
            };
            let (input, output) = tokio::io::split(connector.connect(name.clone(), stream).await?);
            Ok(Server { input: Input::new(Box::new(input)), output: Box::new(output) })
        };
        timeout(CONNECT, connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

fn tls(url: &Url, refuse: &dyn Fn(&str) -> ProxyError) -> Result<(TlsConnector, ServerName<'static>), ProxyError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(rustls::ConfigBuilder::with_platform_verifier)
        .map_err(ProxyError::Tls)?;
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| refuse(&error.to_string()))?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstream").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
