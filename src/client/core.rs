//! What the clients of all accounts share, and one exchange with the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::behaviour::{ClientBehaviour, Sending};
use super::cache::{Cache, CacheEntry};
use super::clock::{Clock, nanos};
use super::config::ClientAccount;
use super::credit_client::CallResult;
use super::error::{ClientError, ErrorClass};
use super::fleet::SecondLevel;
use super::http_client::HttpClient;
use super::message::{HttpReply, RequestTemplate};
use super::{classify, decode};
use crate::contract::{Contract, Operation, Role};

/// What the clients of all accounts share.
pub(super) struct Core {
    pub(super) contract: Arc<Contract>,
    pub(super) http: HttpClient,
    pub(super) clock: Clock,
    pub(super) behaviour: ClientBehaviour,
    pub(super) cache: Arc<Cache>,
    pub(super) base_url: url::Url,
    /// The cache's number for this contract at this base URL.
    pub(super) scope: u32,
    /// In nanoseconds.
    pub(super) ttl: u64,
    /// Whether concurrent checks share one request.
    pub(super) single_flight: bool,
    /// Whether other clients use the cache, too.
    pub(super) cache_is_shared: bool,
    /// The cache level that other processes use, too.
    pub(super) second_level: Option<Arc<SecondLevel>>,
    /// The deadline of one exchange.
    pub(super) timeout: Duration,
}

/// A request of one account, built once and sent any number of times.
pub(super) struct PreparedCall {
    pub(super) operation: Arc<Operation>,
    pub(super) request: RequestTemplate,
    pub(super) account: Arc<ClientAccount>,
    /// Whether the request was sent before.
    pub(super) was_sent: AtomicBool,
}

impl Core {
    /// Sends the request and decodes the response.
    pub(super) async fn exchange(&self, call: &PreparedCall) -> CallResult {
        let own = self.behaviour.sending.deadline_of_spend.filter(|_| call.operation.role == Role::Spend);
        let usual = self.behaviour.sending;
        let sending = &Sending { deadline: own.unwrap_or(usual.deadline), ..usual };
        let mut request = call.request.clone();
        (sending.prepare)(&mut request, &call.account);
        if call.was_sent.swap(true, Ordering::Relaxed) {
            (sending.prepare_again)(&mut request, &call.account);
        }
        for _ in 0..sending.duplicates {
            let _ = self.http.exchange(&request, sending).await;
        }
        let mut attempts = 0;
        loop {
            let reply = self.http.exchange(&request, sending).await;
            let result = reply.and_then(|reply| self.decode(call, &reply));
            attempts += 1;
            if !(sending.retry)(attempts, &result) {
                return result;
            }
        }
    }

    /// The balance, or the lesser of it and of what another operation shows that limits it too.
    pub(super) async fn exchange_capped(&self, call: &PreparedCall, cap: Option<&PreparedCall>) -> CallResult {
        let own = self.exchange(call).await?;
        let Some(cap) = cap else { return Ok(own) };
        let other = self.exchange(cap).await?;
        Ok((self.behaviour.reading.capped)(own, &other))
    }

    fn decode(&self, call: &PreparedCall, reply: &HttpReply) -> CallResult {
        let (contract, operation, reading) = (&self.contract, &call.operation, &self.behaviour.reading);
        let response = classify::documented_success(operation, reply.status);
        let success = response.is_some() && !classify::is_refusal_by_body(operation, reply);
        if (reading.is_success)(success, reply) {
            return decode::balance(operation, response, reply, reading)
                .map_err(|error| ClientError::new(ErrorClass::Malformed, error.to_string()).with_status(reply.status));
        }
        let mut error = classify::failure(contract, operation, reply, reading, || self.clock.wall());
        let key = call.account.key_text();
        if !key.is_empty() && error.code.as_ref().is_some_and(|code| code.contains(key)) {
            // The response repeats the credential: applications log error codes.
            error.code = None;
        }
        Err(error)
    }

    /// Delays further requests of this entry for as long as a 429 or 503 response requires.
    pub(super) fn apply_retry_after(&self, entry: &CacheEntry, role: Role, result: &CallResult) {
        if let Err(error) = result
            && matches!(error.status, Some(429 | 503))
            && let Some(wait) = error.retry_after.filter(|wait| *wait > Duration::ZERO)
            && self.behaviour.caching.obeys_retry_after
        {
            entry.start_backoff(self.clock.now().saturating_add(nanos(wait)), role, error);
        }
    }
}
