//! The ordinary transport: reqwest, without redirects, retries, proxies or cookies.

use std::sync::{Arc, Once};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::Instant;

use super::addresses::Addresses;
use super::bounds::{Body, MAX_FIELDS};
use super::coding::decode;
use super::message::{Failure, Request, Response};
use super::stalls::Stalls;

/// Idle connections are not used after this time, before common servers close them (some do after 5 s): a request on a connection that the
/// server closes at the same moment gets no response.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Sends requests, on kept-alive connections or on fresh ones.
#[derive(Debug, Clone)]
pub struct Http {
    kept: reqwest::Client,
    fresh: reqwest::Client,
    timeout: Duration,
    addresses: Addresses,
    stalls: Arc<Stalls>,
}

/// The TLS stack or the clients could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("set up the HTTP client")]
pub struct HttpError(#[from] reqwest::Error);

impl Http {
    /// A transport to loopback addresses whose exchanges take at most `timeout`, from connecting to the last byte.
    ///
    /// # Errors
    /// If the client cannot be set up.
    pub fn new(timeout: Duration) -> Result<Self, HttpError> {
        Self::to(Addresses::default(), timeout)
    }

    /// A transport to these addresses.
    ///
    /// # Errors
    /// If the client cannot be set up.
    pub fn to(addresses: Addresses, timeout: Duration) -> Result<Self, HttpError> {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Another part of the program may have chosen a provider already; that one will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .dns_resolver(addresses.resolver())
                .timeout(timeout)
                .pool_idle_timeout(IDLE_TIMEOUT)
                .tcp_nodelay(true)
                .http1_max_headers(MAX_FIELDS)
        };
        let (kept, fresh) = (builder().build()?, builder().pool_max_idle_per_host(0).build()?);
        Ok(Self { kept, fresh, timeout, addresses, stalls: Arc::default() })
    }

    /// The deadline of one exchange.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The addresses that may be connected to.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Sends a request to the target below the base URL, on a connection of its own if `fresh`, or if a kept connection would delay
    /// the response.
    ///
    /// # Errors
    /// If no whole response comes back.
    pub async fn send(&self, base_url: &str, request: &Request, fresh: bool) -> Result<Response, Failure> {
        let fresh = fresh || base_url.starts_with("http:") && self.stalls.are_usual();
        let client = if fresh { &self.fresh } else { &self.kept };
        let method = http::Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Failure::Unsendable("the method is not a token".to_owned()))?;
        let url = self.url(base_url, &request.target)?;
        let mut builder = client.request(method, url);
        let mut headers = http::HeaderMap::new();
        for (name, value) in &request.headers {
            let name = http::HeaderName::from_bytes(name.as_bytes());
            let value = http::HeaderValue::from_bytes(value);
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(Failure::Unsendable("a header field is not legal in HTTP".to_owned()));
            };
            headers.append(name, value);
        }
        builder = builder.headers(headers);
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let response = builder.send().await.map_err(|error| self.failure(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
        let mut body = Body::default();
        let mut chunks = response.bytes_stream();
        let head_received = Instant::now();
        while let Some(chunk) = chunks.next().await {
            if !fresh && body.is_empty() {
                self.stalls.record(head_received.elapsed());
            }
            if !body.add(&chunk.map_err(|error| self.failure(&error))?) {
                break;
            }
        }
        let mut response = Response { status, headers, body: body.finish() };
        decode(&mut response)?;
        Ok(response)
    }

    /// The URL of a target. It is on the server of the base URL, whatever the target looks like.
    fn url(&self, base_url: &str, target: &str) -> Result<url::Url, Failure> {
        let parse = |text: &str| url::Url::parse(text).map_err(|error| Failure::Unsendable(error.to_string()));
        let url = parse(&format!("{base_url}{target}"))?;
        // With a slash the path begins, so that nothing behind it is part of the authority.
        let leaves = !target.starts_with('/') && url.origin() != parse(base_url)?.origin();
        if leaves || !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::Unsendable("the target leads to another server".to_owned()));
        }
        self.addresses.check(&url).map_err(|error| Failure::Connect(error.to_string()))?;
        Ok(url)
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        // The innermost cause says what happened; the outer ones repeat the URL.
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let too_large = cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large);
        let cause = cause.to_string();
        if too_large {
            Failure::HeadTooLarge
        } else if error.is_timeout() {
            Failure::Timeout(self.timeout)
        } else if error.is_connect() {
            Failure::Connect(cause)
        } else if error.is_builder() {
            Failure::Unsendable(cause)
        } else if cause.contains("invalid HTTP") || cause.contains("invalid content-length") {
            Failure::Malformed(cause)
        } else {
            Failure::Closed(cause)
        }
    }
}
