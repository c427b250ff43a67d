//! One exchange over HTTP/1.1: one deadline for all of it, a limit for the body, no redirects, no retries, no proxy.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::BytesMut;
use http::header::LOCATION;

use super::behaviour::{Deadline, Sending};
use super::config::ConfigError;
use super::error::{ClientError, ErrorClass};
use super::message::{HttpReply, RequestTemplate};

/// Idle connections are closed after this time, before common servers close them (some do after 5 s).
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
pub(super) struct HttpClient {
    client: reqwest::Client,
    timeout: Duration,
    max_body: usize,
}

impl HttpClient {
    pub(super) fn new(tls: bool, timeout: Duration, max_body: usize) -> Result<Self, ConfigError> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("ringtrue/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .no_proxy();
        let builder = if tls {
            // Has no effect if the application has installed a provider.
            let _ = rustls::crypto::ring::default_provider().install_default();
            builder
        } else {
            // Without TLS, the system's root certificates are not needed; reading them takes longer than all the rest.
            builder.tls_backend_preconfigured(tls_without_roots().ok_or(ConfigError::Transport)?)
        };
        let client = builder.build().map_err(|_| ConfigError::Transport)?;
        Ok(Self { client, timeout, max_body })
    }

    /// Sends the request and reads the complete response.
    pub(super) async fn exchange(
        &self,
        request: &RequestTemplate,
        sending: &Sending,
    ) -> Result<HttpReply, ClientError> {
        match sending.deadline {
            Deadline::WholeExchange => with_timeout(self.timeout, self.send_with_redirects(request, sending)).await?,
            Deadline::EachRead | Deadline::None => self.send_with_redirects(request, sending).await,
        }
    }

    async fn send_with_redirects(
        &self,
        request: &RequestTemplate,
        sending: &Sending,
    ) -> Result<HttpReply, ClientError> {
        let mut reply = self.send_once(request, sending).await?;
        if !sending.follow_redirects {
            return Ok(reply);
        }
        let mut request = request.clone();
        for _ in 0..5 {
            let location = reply.headers.get(LOCATION).and_then(|location| location.to_str().ok());
            let next = location.and_then(|location| request.url.join(location).ok());
            let Some(next) = next.filter(|_| (300..400).contains(&reply.status)) else { break };
            request.url = next;
            reply = self.send_once(&request, sending).await?;
        }
        Ok(reply)
    }

    async fn send_once(&self, request: &RequestTemplate, sending: &Sending) -> Result<HttpReply, ClientError> {
        let read = if sending.deadline == Deadline::EachRead { self.timeout } else { Duration::MAX };
        let mut builder =
            self.client.request(request.method.clone(), request.url.clone()).headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let mut response = with_timeout(read, builder.send()).await?.map_err(|error| transport_error(&error, None))?;
        let status = response.status().as_u16();
        let oversized =
            || ClientError::new(ErrorClass::Malformed, "the body is longer than the limit").with_status(status);
        let limit = if sending.limits_body { self.max_body } else { usize::MAX };
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(oversized());
        }
        let mut body = BytesMut::new();
        loop {
            match with_timeout(read, response.chunk()).await? {
                Ok(Some(chunk)) if chunk.len() > limit - body.len() => return Err(oversized()),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) if !sending.requires_whole_body => break,
                Err(error) => return Err(transport_error(&error, Some(status))),
            }
        }
        Ok(HttpReply { status, headers: std::mem::take(response.headers_mut()), body: body.freeze() })
    }
}

async fn with_timeout<T>(time: Duration, work: impl Future<Output = T>) -> Result<T, ClientError> {
    if time == Duration::MAX {
        return Ok(work.await);
    }
    tokio::time::timeout(time, work)
        .await
        .map_err(|_| ClientError::new(ErrorClass::Timeout, "no complete response within the deadline"))
}

/// Classifies a failed exchange. The text of `error` is dropped because it contains the URL.
fn transport_error(error: &reqwest::Error, status: Option<u16>) -> ClientError {
    let mut cause = error.source();
    let mut class = if error.is_timeout() { ErrorClass::Timeout } else { ErrorClass::Network };
    while let Some(source) = cause {
        if source.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            class = ErrorClass::Malformed;
        }
        cause = source.source();
    }
    let detail = match (class, status) {
        (ErrorClass::Malformed, _) => "the response is not HTTP",
        (_, Some(_)) => "the body was truncated",
        _ if error.is_connect() => "there was no connection",
        _ => "the connection was lost before a response arrived",
    };
    ClientError { status, ..ClientError::new(class, detail) }
}

fn tls_without_roots() -> Option<rustls::ClientConfig> {
    static CONFIG: OnceLock<Option<rustls::ClientConfig>> = OnceLock::new();
    let build = || {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        Some(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
    };
    CONFIG.get_or_init(build).clone()
}
