//! A check that needs a request: the exchange, the failure policy, and the cache entry that it fills.

use std::sync::Arc;

use futures_util::FutureExt;

use super::cache::{EntryRef, Flight, Ticket};
use super::core::{Core, PreparedCall};
use super::credit_client::CallResult;
use super::failure_policy;
use super::hit::Hit;
use crate::contract::Role;

/// A check that needs a request.
pub(super) struct Fetch {
    pub(super) core: Arc<Core>,
    pub(super) call: Arc<PreparedCall>,
    /// The request for an amount that limits the balance too.
    pub(super) cap: Option<Arc<PreparedCall>>,
    /// The entry whose `Retry-After` delays this account.
    pub(super) backoff: EntryRef,
}

impl Fetch {
    /// Starts a fetch that concurrent checks can join and that fills the entry. It ends early when the last of them is
    /// dropped.
    pub(super) fn start(self, entry: EntryRef, ticket: Ticket) -> Flight {
        async move {
            // The TTL counts from before the request, so that no balance is used for longer than the TTL after the
            // server determined it.
            let requested = self.core.clock.now();
            let received = self.core.exchange_capped(&self.call, self.cap.as_deref()).await;
            self.core.apply_retry_after(&self.backoff, Role::Balance, &received);
            let reported = self.apply_failure_policy(received.clone());
            let caching = &self.core.behaviour.caching;
            let hit = (caching.cacheable)(&received, &reported).map(|balance| Hit::pack(&balance));
            entry.complete(ticket, requested, hit, caching.cache_late_responses);
            reported
        }
        .boxed()
        .shared()
    }

    /// Fetches without sharing the request and without filling the cache.
    pub(super) async fn uncached(self) -> CallResult {
        let received = self.core.exchange_capped(&self.call, self.cap.as_deref()).await;
        self.core.apply_retry_after(&self.backoff, Role::Balance, &received);
        self.apply_failure_policy(received)
    }

    /// The result to report: a failure becomes a balance if the contract has checks fail open.
    pub(super) fn apply_failure_policy(&self, received: CallResult) -> CallResult {
        let contract = &self.core.contract;
        received.or_else(|error| {
            let open = failure_policy::applies(contract, &error);
            if (self.core.behaviour.reporting.fails_open)(open, &error) {
                Ok(failure_policy::balance(contract))
            } else {
                Err(error)
            }
        })
    }
}
