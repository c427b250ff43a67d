//! A check that needs a request: the exchange, the failure policy, and the cache entry that it fills.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use super::balance::Balance;
use super::cache::{EntryRef, Flight, Ticket};
use super::clock::nanos;
use super::core::{Core, PreparedCall};
use super::credit_client::CallResult;
use super::failure_policy;
use super::fleet::{AccountLevel, Claimed, StoredBalance};
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
    pub(super) second_level: Option<AccountLevel>,
}

impl Fetch {
    /// Starts a fetch that concurrent checks can join and that fills the entry. It ends early when the last of them is
    /// dropped.
    pub(super) fn start(self, entry: EntryRef, ticket: Ticket) -> Flight {
        async move {
            let claimed = match &self.second_level {
                Some(second) => self.claim(second, &entry, ticket).await,
                None => Ok(Claimed::Alone),
            };
            let claimed = match claimed {
                Ok(claimed) => claimed,
                Err(stored) => return Ok(stored),
            };
            // The TTL counts from before the request, so that no balance is used for longer than the TTL after the
            // server determined it.
            let requested = self.core.clock.now();
            let received = self.core.exchange_capped(&self.call, self.cap.as_deref()).await;
            self.core.apply_retry_after(&self.backoff, Role::Balance, &received);
            let reported = self.apply_failure_policy(received.clone());
            let caching = &self.core.behaviour.caching;
            let balance = (caching.cacheable)(&received, &reported);
            let usable = self.settle(claimed, requested, balance).await;
            let hit = balance.filter(|_| usable).map(|balance| Hit::pack(&balance));
            entry.complete(ticket, requested, hit, caching.cache_late_responses);
            reported
        }
        .boxed()
        .shared()
    }

    /// Claims the balance at the second level. `Err` is the balance that is stored there, which fills the entry.
    async fn claim(&self, second: &AccountLevel, entry: &EntryRef, ticket: Ticket) -> Result<Claimed, Balance> {
        // Before the claim, so that the time of the claim counts as age.
        let now = self.core.clock.now();
        let StoredBalance { balance, left } = match second.claim(self.core.timeout).await {
            Claimed::Stored(stored) => stored,
            other => return Ok(other),
        };
        let hit = Hit::pack(&balance);
        let age = if second.keeps_age() { self.core.ttl.saturating_sub(nanos(left)) } else { 0 };
        // A clock that started later than the balance is old cannot express when it was filled.
        let filled = now.checked_sub(age).filter(|_| second.is_connected());
        entry.complete(ticket, filled.unwrap_or(0), filled.map(|_| hit), false);
        Err(hit.balance())
    }

    /// Stores the balance at the second level, or ends the lease. Returns whether the first level may cache it.
    async fn settle(&self, claimed: Claimed, requested: u64, balance: Option<Balance>) -> bool {
        match (claimed, &self.second_level) {
            (Claimed::Leased(lease), Some(second)) => {
                let age = self.core.clock.now().saturating_sub(requested);
                match balance.filter(|_| age < self.core.ttl) {
                    Some(balance) => {
                        let lifetime = Duration::from_nanos(self.core.ttl - age);
                        lease.fill(balance, lifetime, self.core.timeout).await && second.is_connected()
                    }
                    None => {
                        lease.release().await;
                        second.is_connected()
                    }
                }
            }
            (Claimed::Uncached | Claimed::Stored(_), _) => false,
            (_, Some(second)) => second.is_connected(),
            (_, None) => true,
        }
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
