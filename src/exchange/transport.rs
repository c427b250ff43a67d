//! The transport to a subject. All requests go through it, and it enforces the limits for live targets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::addresses::Addresses;
use super::flight::Flight;
use super::http::Http;
use super::journal::Journal;
use super::kept::KeptConnection;
use super::limits::{Blocked, LimitMeaning, Limits};
use super::message::{Exchange, Failure, Request, Response};
use super::pace::{Pace, Slowdown};
use super::rate_limit::{limits_rate, requested_wait};
use super::raw::{self, Framed};
use super::selective::{MAX_SELECTIVE_WAIT, Selective};
use super::send_options::SendOptions;

/// How often a request is repeated that the subject's rate limit turned down.
const MAX_RETRIES: u32 = 6;
/// How many requests are in flight at a time, if no number is given.
pub const DEFAULT_JOBS: usize = 16;
/// How often a connection that was refused while others were open is tried again, and after which time at first.
const MAX_CONNECTS: u32 = 4;
const FIRST_RECONNECT: Duration = Duration::from_millis(5);
/// The longest wait that a rate limit may request.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(65);
/// How long the run waits for a limit that should not exist, and how often.
const MAX_UNDOCUMENTED_WAIT: Duration = Duration::from_secs(2);
const MAX_UNDOCUMENTED: u64 = 64;

type Meaning = Box<dyn Fn(&Request, &Response) -> LimitMeaning + Send + Sync>;

/// Sends requests to one subject.
pub struct Transport {
    base_url: Arc<str>,
    http: Http,
    limits: Limits,
    sent: AtomicU64,
    bad_keys: AtomicU64,
    limited: AtomicU64,
    /// How many exchanges ended otherwise than by their deadline.
    reactions: AtomicU64,
    /// How often an operation was limited that is documented as unlimited.
    contradictions: AtomicU64,
    pace: Pace,
    selective: Selective,
    flight: Arc<Flight>,
    meaning: Meaning,
}

impl Transport {
    /// Creates a transport to the subject at this URL.
    #[must_use]
    pub fn new(base_url: &str, http: Http, limits: Limits) -> Self {
        Self {
            base_url: base_url.into(),
            http,
            limits,
            pace: Pace::new(limits.rate),
            selective: Selective::default(),
            flight: Arc::new(Flight::new(DEFAULT_JOBS)),
            meaning: Box::new(|_, _| LimitMeaning::Limit),
            contradictions: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            bad_keys: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            reactions: AtomicU64::new(0),
        }
    }

    /// Keeps to this limit on the number of requests in flight, which others may share.
    #[must_use]
    pub fn with_flight(mut self, flight: Arc<Flight>) -> Self {
        self.flight = flight;
        self
    }

    /// The limit on the number of requests in flight.
    #[must_use]
    pub fn flight(&self) -> &Arc<Flight> {
        &self.flight
    }

    /// Takes responses that look like a rate limit as what they are documented as.
    #[must_use]
    pub fn with_limit_meaning(
        mut self,
        meaning: impl Fn(&Request, &Response) -> LimitMeaning + Send + Sync + 'static,
    ) -> Self {
        self.meaning = Box::new(meaning);
        self
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

    /// The addresses that may be connected to.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        self.http.addresses()
    }

    /// Whether the target is live.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.limits.live
    }

    /// How many requests were sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How often the subject reacted to a request: with a response, or by ending the connection.
    #[must_use]
    pub fn reactions(&self) -> u64 {
        self.reactions.load(Ordering::Relaxed)
    }

    /// Sends a request and records the exchange.
    ///
    /// # Errors
    /// If a limit of the harness withholds it, or the subject's rate limit does not end. That no response comes back is part of the
    /// exchange, not an error.
    pub async fn send(&self, journal: &Journal, request: Request, how: SendOptions) -> Result<Arc<Exchange>, Blocked> {
        self.repeated(journal, &request, how, Wire::Http).await.map(|(exchange, _)| exchange)
    }

    /// Sends a request byte by byte as it is, on a connection of its own, and gives the framing of the response too.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_raw(
        &self,
        journal: &Journal,
        request: Request,
        how: SendOptions,
    ) -> Result<(Arc<Exchange>, Option<Framed>), Blocked> {
        self.repeated(journal, &request, how, Wire::Raw).await
    }

    /// Sends a request on a connection that carries nothing else.
    ///
    /// # Errors
    /// If a limit of the harness withholds it.
    pub async fn send_on(
        &self,
        connection: &mut KeptConnection,
        journal: &Journal,
        request: Request,
        how: SendOptions,
    ) -> Result<Arc<Exchange>, Blocked> {
        let n = self.pass(&request.method, how).await?;
        let permit = self.flight.take_off().await;
        let (begun, clock) = (Instant::now(), journal.busy().start());
        let result = connection.send(self.http.addresses(), &self.base_url, &request, self.http.timeout()).await;
        drop((clock, permit));
        let exchange = Exchange { n, request, result, elapsed: begun.elapsed() };
        Ok(self.note(journal, exchange))
    }

    /// Puts bytes on a connection of their own; what they are is the caller's affair. The exchange shows them as a body.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_bytes(
        &self,
        journal: &Journal,
        bytes: &[u8],
        timeout: Duration,
    ) -> Result<Arc<Exchange>, Blocked> {
        let request = Request::new("RAW", "").body(bytes.to_vec());
        let sent = self.repeated(journal, &request, SendOptions::default(), Wire::Bytes(timeout)).await;
        sent.map(|(exchange, _)| exchange)
    }

    /// Records that what looks like a limit at this operation goes to some accounts alone, however long they wait: such requests
    /// are soon given up, and do not slow the run.
    pub fn limits_selectively(&self, request: &Request) {
        self.selective.found(request);
    }

    /// For how long the subject's rate limit has paused the run so far.
    #[must_use]
    pub fn paused(&self) -> Duration {
        self.pace.slowdown().map(|slowdown| slowdown.waited).unwrap_or_default()
    }

    /// For how long the subject's rate limit still pauses the run; `None` if it does not.
    #[must_use]
    pub fn pause_left(&self) -> Option<Duration> {
        self.pace.pause_left(Instant::now())
    }

    /// What the subject's rate limit did to the run, as a sentence; `None` if there was no limit.
    #[must_use]
    pub fn slowdown(&self) -> Option<String> {
        let Slowdown { responses, waited, rate } = self.pace.slowdown()?;
        let times = if responses == 1 { "once".to_owned() } else { format!("{responses} times") };
        let pace =
            rate.map_or_else(String::new, |rate| format!(", and sent at most {rate:.1} requests a second afterwards"));
        Some(format!(
            "the server limited the rate of requests {times}: the run waited {:.1} s, repeated these requests{pace}",
            waited.as_secs_f64()
        ))
    }

    /// Sends a request until the response is not about the rate of requests, and records the exchange.
    async fn repeated(
        &self,
        journal: &Journal,
        request: &Request,
        how: SendOptions,
        wire: Wire,
    ) -> Result<(Arc<Exchange>, Option<Framed>), Blocked> {
        for repetition in 0..=MAX_RETRIES {
            let n = self.pass(&request.method, how).await?;
            let (result, framed, begun) = self.in_flight(journal, request, how, wire).await;
            let now = Instant::now();
            let exchange = Exchange { n, request: request.clone(), result, elapsed: now - begun };
            let limit = exchange.result.as_ref().ok().filter(|response| limits_rate(response));
            let limit = limit.map(|response| (response, (self.meaning)(request, response)));
            let is_evidence = |response: &Response, meaning: LimitMeaning| {
                how.limit_is_evidence
                    || how.outage_is_evidence && response.status == 503
                    || meaning == LimitMeaning::OtherRefusal
            };
            let Some((limit, meaning)) = limit.filter(|(response, meaning)| !is_evidence(response, *meaning)) else {
                self.pace.passed(now);
                return Ok((self.note(journal, exchange), framed));
            };
            let mut requested = requested_wait(limit);
            let contradictions = match meaning {
                LimitMeaning::Contradiction => self.contradictions.fetch_add(1, Ordering::Relaxed) + 1,
                LimitMeaning::Undocumented => self.contradictions.load(Ordering::Relaxed),
                LimitMeaning::Limit | LimitMeaning::OtherRefusal => 0,
            };
            if contradictions > 0 {
                // To keep to such a limit could take minutes or hours, for an operation that is called often.
                requested = requested.map(|wait| wait.min(MAX_UNDOCUMENTED_WAIT));
            }
            if contradictions > MAX_UNDOCUMENTED {
                self.note(journal, exchange);
                return Err(Blocked::LimitedAlthoughUnlimited);
            }
            if let Some(wait) = requested.filter(|wait| *wait > MAX_RETRY_AFTER) {
                self.note(journal, exchange);
                return Err(Blocked::LongWait(wait.as_secs()));
            }
            if self.selective.is_known(request) {
                self.note(journal, exchange);
                if repetition > 0 {
                    break;
                }
                tokio::time::sleep(requested.unwrap_or(MAX_SELECTIVE_WAIT).min(MAX_SELECTIVE_WAIT)).await;
                continue;
            }
            self.pace.limited(begun, now, requested, repetition, contradictions == 0);
            self.note(journal, exchange);
        }
        Err(Blocked::LimitedThroughout)
    }

    /// Sends a request when there is room for another one in flight. Returns when it was sent, too.
    ///
    /// A connection that the subject refuses because there are too many is tried again, with fewer requests in flight.
    async fn in_flight(
        &self,
        journal: &Journal,
        request: &Request,
        how: SendOptions,
        wire: Wire,
    ) -> (Result<Response, Failure>, Option<Framed>, Instant) {
        let mut attempt = 0;
        loop {
            let permit = self.flight.take_off().await;
            let (begun, clock) = (Instant::now(), journal.busy().start());
            let (result, framed) = self.once(request, how, wire).await;
            drop(clock);
            let refused = matches!(result, Err(Failure::Connect(_)));
            if refused && self.flight.refused() && attempt < MAX_CONNECTS {
                drop(permit);
                tokio::time::sleep(FIRST_RECONNECT * 2_u32.pow(attempt)).await;
                attempt += 1;
                continue;
            }
            drop(permit);
            if result.is_ok() && !matches!(wire, Wire::Bytes(_)) {
                self.flight.answered(begun.elapsed());
            }
            return (result, framed, begun);
        }
    }

    async fn once(
        &self,
        request: &Request,
        how: SendOptions,
        wire: Wire,
    ) -> (Result<Response, Failure>, Option<Framed>) {
        match wire {
            Wire::Http => (self.http.send(&self.base_url, request, how.fresh).await, None),
            Wire::Raw => {
                let framed = raw::send(self.http.addresses(), &self.base_url, request, self.http.timeout()).await;
                (framed.as_ref().map(|framed| framed.response.clone()).map_err(Clone::clone), framed.ok())
            }
            Wire::Bytes(timeout) => {
                let bytes = request.body.as_deref().unwrap_or_default();
                let received = raw::exchange_bytes(self.http.addresses(), &self.base_url, bytes, timeout).await;
                let framed = received.and_then(|received| raw::parse(&received.bytes, received.closed, false));
                (framed.map(|framed| framed.response), None)
            }
        }
    }

    async fn pass(&self, method: &str, how: SendOptions) -> Result<u64, Blocked> {
        if self.limits.live && !matches!(method, "GET" | "HEAD") {
            return Err(Blocked::Write);
        }
        if self.limits.live && self.limited.load(Ordering::Relaxed) > 0 {
            return Err(Blocked::Limited);
        }
        if let (true, Some(max)) = (how.bad_key, self.limits.max_bad_keys)
            && self.bad_keys.fetch_add(1, Ordering::Relaxed) >= max
        {
            return Err(Blocked::BadKeys(max));
        }
        let n = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(max) = self.limits.max_requests
            && n > max
        {
            self.sent.fetch_sub(1, Ordering::Relaxed);
            return Err(Blocked::Requests(max));
        }
        let now = Instant::now();
        let turn = self.pace.turn(now);
        if turn > now {
            tokio::time::sleep_until(turn).await;
        }
        Ok(n)
    }

    fn note(&self, journal: &Journal, exchange: Exchange) -> Arc<Exchange> {
        if !matches!(&exchange.result, Err(Failure::Timeout(_))) {
            self.reactions.fetch_add(1, Ordering::Relaxed);
        }
        if matches!(&exchange.result, Ok(response) if response.status == 429) {
            self.limited.fetch_add(1, Ordering::Relaxed);
        }
        let exchange = Arc::new(exchange);
        journal.record(&self.base_url, exchange.clone());
        exchange
    }
}

/// The way in which a request is put on the wire.
#[derive(Debug, Clone, Copy)]
enum Wire {
    /// By the HTTP client.
    Http,
    /// Byte by byte as it is.
    Raw,
    /// The body alone, which is the whole message, with this deadline.
    Bytes(Duration),
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("base_url", &self.base_url).field("pace", &self.pace).finish_non_exhaustive()
    }
}
