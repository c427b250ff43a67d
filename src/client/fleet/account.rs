//! One account at the second level: claims, fills and invalidations.

use std::sync::Arc;
use std::time::Duration;

use super::key::FleetKey;
use super::level::SecondLevel;
use super::store::{Claim, Lease, StoredBalance};
use crate::client::balance::Balance;
use crate::client::behaviour::InvalidationReason;
use crate::client::cache::EntryRef;
use crate::client::config::ClientAccount;

/// The first wait for another process; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// The longest wait between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(80);
/// How much longer than a request a lease lasts.
const MARGIN: Duration = Duration::from_secs(1);

/// An account at the second level.
#[derive(Clone)]
pub(in crate::client) struct AccountLevel {
    level: Arc<SecondLevel>,
    key: FleetKey,
}

/// What a check may do.
pub(in crate::client) enum Claimed {
    /// Use this balance.
    Stored(StoredBalance),
    /// Request the balance, and store it with this lease.
    Leased(HeldLease),
    /// Request the balance, and store it nowhere but in the first level.
    Alone,
    /// Request the balance, and store it nowhere: the store cannot be used.
    Uncached,
}

/// A lease that is released when it is dropped.
pub(in crate::client) struct HeldLease {
    account: AccountLevel,
    lease: Option<Lease>,
}

impl AccountLevel {
    pub(in crate::client) fn new(level: &Arc<SecondLevel>, account: ClientAccount, entry: &EntryRef) -> Self {
        Self { level: Arc::clone(level), key: level.register(account, entry) }
    }

    /// Claims the balance, and waits for another process that is requesting it, but not longer than one request takes.
    pub(in crate::client) async fn claim(&self, timeout: Duration) -> Claimed {
        if !self.level.settle_invalidation(&self.key).await {
            return Claimed::Uncached;
        }
        let (mut waited_for, mut waited, mut pause) = (None, Duration::ZERO, FIRST_PAUSE);
        loop {
            match self.level.store.claim(&self.key, timeout.saturating_add(MARGIN)).await {
                Err(_) => return Claimed::Uncached,
                Ok(Claim::Stored(stored)) => return Claimed::Stored(stored),
                Ok(Claim::Granted(lease)) => {
                    return Claimed::Leased(HeldLease { account: self.clone(), lease: Some(lease) });
                }
                Ok(Claim::Held(lease)) => {
                    // The request of one process has failed, and another one repeats it. Not every process can wait for all.
                    let repeated = waited_for.as_ref().is_some_and(|first| *first != lease);
                    if repeated || waited >= timeout || !self.level.decisions.waits {
                        return Claimed::Alone;
                    }
                    waited_for = Some(lease);
                }
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether the first level may cache: notifications arrive.
    pub(in crate::client) fn is_connected(&self) -> bool {
        self.level.store.is_connected()
    }

    /// Whether the age of a stored balance counts.
    pub(in crate::client) fn keeps_age(&self) -> bool {
        self.level.decisions.keeps_age
    }

    /// Notes that the balance must be removed from the store, and has it removed in the background if there is a runtime.
    pub(in crate::client) fn note_invalidation(&self, reason: InvalidationReason) {
        self.level.note_invalidation(self.key, reason);
    }

    /// Removes the balance from the store, if that is still to be done.
    pub(in crate::client) async fn settle_invalidation(&self) {
        // If it fails, the store is not used for this account until it succeeds.
        let _ = self.level.settle_invalidation(&self.key).await;
    }

    /// As [`AccountLevel::settle_invalidation`], in the background. Without a runtime, the next check does it.
    pub(in crate::client) fn settle_invalidation_later(&self) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let account = self.clone();
            runtime.spawn(async move { account.settle_invalidation().await });
        }
    }
}

impl HeldLease {
    /// Stores the balance, and ends the lease. Returns whether the first level may cache it, too.
    pub(in crate::client) async fn fill(mut self, balance: Balance, lifetime: Duration, timeout: Duration) -> bool {
        let Some(lease) = self.lease.take() else { return false };
        let (level, key) = (&self.account.level, &self.account.key);
        let stored = level.store.fill(key, &lease, &balance, lifetime).await;
        if stored == Ok(false)
            && !level.decisions.refuses_late_responses
            && let Ok(Claim::Granted(lease)) = level.store.claim(key, timeout).await
        {
            return level.store.fill(key, &lease, &balance, lifetime).await == Ok(true);
        }
        stored == Ok(true)
    }

    /// Ends the lease without a balance.
    pub(in crate::client) async fn release(mut self) {
        if let Some(lease) = self.lease.take().filter(|_| self.account.level.decisions.releases) {
            // If it fails, the lease expires.
            let _ = self.account.level.store.release(&self.account.key, &lease).await;
        }
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        // The last check that waited for the request was dropped.
        if let Some(lease) = self.lease.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let account = self.account.clone();
            runtime.spawn(async move { account.level.store.release(&account.key, &lease).await });
        }
    }
}
