//! One exchange over HTTP/1.1: a deadline over all of it, a bound on the body, no redirects, no retries, no proxy.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::BytesMut;
use http::header::LOCATION;

use super::api::{ClientError, ErrorClass};
use super::behaviour::{Deadline, Sending};
use super::config::ConfigError;
use super::message::{HttpReply, RequestTemplate};

/// Connections idle for longer are closed: below the 5 s after which the first common servers close theirs.
const IDLE: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
pub(super) struct Wire {
    client: reqwest::Client,
    pub(super) timeout: Duration,
    pub(super) max_body: usize,
}

impl Wire {
    pub(super) fn new(tls: bool, timeout: Duration, max_body: usize) -> Result<Self, ConfigError> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("ringtrue/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_idle_timeout(IDLE)
            .no_proxy();
        let builder = if tls {
            // Keeps a provider that the application has chosen.
            let _ = rustls::crypto::ring::default_provider().install_default();
            builder
        } else {
            // Without TLS the roots of the system need not be read, which takes longer than everything else here.
            builder.tls_backend_preconfigured(no_roots().ok_or(ConfigError::Transport)?)
        };
        let client = builder.build().map_err(|_| ConfigError::Transport)?;
        Ok(Self { client, timeout, max_body })
    }

    /// Sends the request and reads the whole answer.
    pub(super) async fn exchange(&self, draft: &RequestTemplate, sending: &Sending) -> Result<HttpReply, ClientError> {
        match sending.deadline {
            Deadline::Whole => within(self.timeout, self.hops(draft, sending)).await?,
            Deadline::PerRead | Deadline::None => self.hops(draft, sending).await,
        }
    }

    async fn hops(&self, draft: &RequestTemplate, sending: &Sending) -> Result<HttpReply, ClientError> {
        let mut reply = self.once(draft, sending).await?;
        if !sending.follow_redirects {
            return Ok(reply);
        }
        let mut draft = draft.clone();
        for _ in 0..5 {
            let location = reply.headers.get(LOCATION).and_then(|location| location.to_str().ok());
            let next = location.and_then(|location| draft.url.join(location).ok());
            let Some(next) = next.filter(|_| (300..400).contains(&reply.status)) else { break };
            draft.url = next;
            reply = self.once(&draft, sending).await?;
        }
        Ok(reply)
    }

    async fn once(&self, draft: &RequestTemplate, sending: &Sending) -> Result<HttpReply, ClientError> {
        let read = if sending.deadline == Deadline::PerRead { self.timeout } else { Duration::MAX };
        let mut request = self.client.request(draft.method.clone(), draft.url.clone()).headers(draft.headers.clone());
        if let Some(body) = &draft.body {
            request = request.body(body.clone());
        }
        let mut response = within(read, request.send()).await?.map_err(|error| broken(&error, None))?;
        let status = response.status().as_u16();
        let oversized =
            || ClientError::new(ErrorClass::Malformed, "the body is longer than the limit").with_status(status);
        let limit = if sending.bounded { self.max_body } else { usize::MAX };
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(oversized());
        }
        let mut body = BytesMut::new();
        loop {
            match within(read, response.chunk()).await? {
                Ok(Some(chunk)) if chunk.len() > limit - body.len() => return Err(oversized()),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) if !sending.whole => break,
                Err(error) => return Err(broken(&error, Some(status))),
            }
        }
        Ok(HttpReply { status, headers: std::mem::take(response.headers_mut()), body: body.freeze() })
    }
}

async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Result<T, ClientError> {
    if time == Duration::MAX {
        return Ok(work.await);
    }
    tokio::time::timeout(time, work)
        .await
        .map_err(|_| ClientError::new(ErrorClass::Timeout, "no complete answer within the deadline"))
}

/// What a failed exchange comes to. The error's own text is not kept: it has the URL in it.
fn broken(error: &reqwest::Error, status: Option<u16>) -> ClientError {
    let mut cause = error.source();
    let mut class = if error.is_timeout() { ErrorClass::Timeout } else { ErrorClass::Network };
    while let Some(source) = cause {
        if source.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            class = ErrorClass::Malformed;
        }
        cause = source.source();
    }
    let detail = match (class, status) {
        (ErrorClass::Malformed, _) => "the answer is not HTTP",
        (_, Some(_)) => "the body was cut short",
        _ if error.is_connect() => "there was no connection",
        _ => "the connection was lost before an answer came",
    };
    ClientError { status, ..ClientError::new(class, detail) }
}

fn no_roots() -> Option<rustls::ClientConfig> {
    static MADE: OnceLock<Option<rustls::ClientConfig>> = OnceLock::new();
    let make = || {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        Some(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
    };
    MADE.get_or_init(make).clone()
}
