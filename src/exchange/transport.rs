//! The line to a subject: every request passes here, so here the guards stand.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::http::Http;
use super::journal::Journal;
use super::kept::KeptConnection;
use super::message::{Exchange, Failure, Request};
use super::raw::{self, Framed};

use crate::sync::lock;

/// What a line lets through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Only GET and HEAD, and the first 429 ends everything.
    pub live: bool,
    /// How many requests in all.
    pub max_requests: Option<u64>,
    /// How many requests a second.
    pub rate: Option<f64>,
    /// How many requests with synthetic bad credentials.
    pub max_bad_keys: Option<u64>,
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// A live target gets reads only.
    #[error("a live target gets GET and HEAD only")]
    Write,
    /// The number of requests is used up.
    #[error("the {0} requests permitted are used up; --max-requests raises the limit")]
    Requests(u64),
    /// The number of synthetic bad credentials is used up.
    #[error("a live target gets at most {0} requests with a bad credential")]
    BadKeys(u64),
    /// The live target answered 429.
    #[error("the live target answered 429, and the run stops at the first one")]
    Limited,
}

/// Sends requests to one subject.
#[derive(Debug)]
pub struct Transport {
    base_url: Arc<str>,
    http: Http,
    guard: Limits,
    sent: AtomicU64,
    bad_keys: AtomicU64,
    limited: AtomicU64,
    next: Mutex<Option<Instant>>,
}

impl Transport {
    /// A line to the subject at this URL.
    #[must_use]
    pub fn new(base_url: &str, http: Http, guard: Limits) -> Self {
        Self {
            base_url: base_url.into(),
            http,
            guard,
            sent: AtomicU64::new(0),
            bad_keys: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            next: Mutex::new(None),
        }
    }

    /// The subject's URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The deadline of one exchange.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.http.timeout()
    }

    /// Whether it leads to a live target.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.guard.live
    }

    /// How many requests were sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a request and records the exchange.
    ///
    /// # Errors
    /// If a guard withholds it. That no response comes back is part of the exchange, not an error.
    pub async fn send(&self, journal: &Journal, request: Request, how: SendOptions) -> Result<Arc<Exchange>, Blocked> {
        let n = self.pass(&request.method, how).await?;
        let begun = Instant::now();
        let result = self.http.send(&self.base_url, &request, how.fresh).await;
        let exchange = Exchange { n, request, result, elapsed: begun.elapsed() };
        Ok(self.note(journal, exchange))
    }

    /// Sends a request byte by byte as it is, on a connection of its own, and gives the framing of the response too.
    ///
    /// # Errors
    /// If a guard withholds it.
    pub async fn send_raw(
        &self,
        journal: &Journal,
        request: Request,
        how: SendOptions,
    ) -> Result<(Arc<Exchange>, Option<Framed>), Blocked> {
        let n = self.pass(&request.method, how).await?;
        let begun = Instant::now();
        let framed = raw::send(&self.base_url, &request, self.http.timeout()).await;
        let result = framed.as_ref().map(|framed| framed.response.clone()).map_err(Clone::clone);
        let exchange = Exchange { n, request, result, elapsed: begun.elapsed() };
        Ok((self.note(journal, exchange), framed.ok()))
    }

    /// Sends a request on a connection that carries nothing else.
    ///
    /// # Errors
    /// If a guard withholds it.
    pub async fn send_on(
        &self,
        connection: &mut KeptConnection,
        journal: &Journal,
        request: Request,
        how: SendOptions,
    ) -> Result<Arc<Exchange>, Blocked> {
        let n = self.pass(&request.method, how).await?;
        let begun = Instant::now();
        let result = connection.send(&self.base_url, &request, self.http.timeout()).await;
        let exchange = Exchange { n, request, result, elapsed: begun.elapsed() };
        Ok(self.note(journal, exchange))
    }

    /// Puts bytes on a connection of their own; what they are is the caller's affair. The exchange shows them as a body.
    ///
    /// # Errors
    /// If a guard withholds it.
    pub async fn send_bytes(
        &self,
        journal: &Journal,
        bytes: &[u8],
        timeout: Duration,
    ) -> Result<Arc<Exchange>, Blocked> {
        let n = self.pass("RAW", SendOptions::default()).await?;
        let begun = Instant::now();
        let received = raw::exchange_bytes(&self.base_url, bytes, timeout).await;
        let result = received.and_then(|received| raw::parse(&received.bytes, received.closed, false));
        let request = Request::new("RAW", "").body(bytes.to_vec());
        let exchange = Exchange { n, request, result: result.map(|framed| framed.response), elapsed: begun.elapsed() };
        Ok(self.note(journal, exchange))
    }

    async fn pass(&self, method: &str, how: SendOptions) -> Result<u64, Blocked> {
        if self.guard.live && !matches!(method, "GET" | "HEAD") {
            return Err(Blocked::Write);
        }
        if self.guard.live && self.limited.load(Ordering::Relaxed) > 0 {
            return Err(Blocked::Limited);
        }
        if let (true, Some(max)) = (how.bad_key, self.guard.max_bad_keys)
            && self.bad_keys.fetch_add(1, Ordering::Relaxed) >= max
        {
            return Err(Blocked::BadKeys(max));
        }
        let n = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(max) = self.guard.max_requests
            && n > max
        {
            self.sent.fetch_sub(1, Ordering::Relaxed);
            return Err(Blocked::Requests(max));
        }
        if let Some(rate) = self.guard.rate.filter(|rate| *rate > 0.0) {
            let turn = {
                let mut next = lock(&self.next);
                let turn = next.unwrap_or_else(Instant::now).max(Instant::now());
                *next = Some(turn + Duration::from_secs_f64(1.0 / rate));
                turn
            };
            tokio::time::sleep_until(turn).await;
        }
        Ok(n)
    }

    fn note(&self, journal: &Journal, exchange: Exchange) -> Arc<Exchange> {
        if matches!(&exchange.result, Ok(response) if response.status == 429) {
            self.limited.fetch_add(1, Ordering::Relaxed);
        }
        let exchange = Arc::new(exchange);
        journal.record(&self.base_url, exchange.clone());
        exchange
    }
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct SendOptions {
    /// On a connection of its own.
    pub fresh: bool,
    /// It carries a synthetic bad credential.
    pub bad_key: bool,
}

/// Whether a failure means that the server does not listen.
#[must_use]
pub fn is_connection_failure(failure: &Failure) -> bool {
    matches!(failure, Failure::Connect(_))
}
