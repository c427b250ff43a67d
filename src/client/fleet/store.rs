//! The interface of a store that the processes of a fleet share.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::key::FleetKey;
use crate::client::balance::Balance;

/// The result of an operation of a [`FleetStore`].
pub type StoreFuture<'s, T> = BoxFuture<'s, Result<T, StoreError>>;

/// A store that the processes of a fleet share: the second cache level of a [`ReferenceClient`](crate::client::ReferenceClient).
///
/// Each operation is atomic, and ends within a time that the store sets. A failure of the store never fails a check: the
/// client requests the balance without the store.
pub trait FleetStore: Send + Sync + 'static {
    /// Reads the balance of an account. If there is none, and no other process holds the lease, grants a lease that expires
    /// after this time.
    ///
    /// The future fails if the store cannot be used.
    fn claim<'s>(&'s self, key: &'s FleetKey, lease: Duration) -> StoreFuture<'s, Claim>;

    /// Stores a balance for this time and ends the lease, if the lease is still held; returns whether it is.
    ///
    /// The future fails if the store cannot be used.
    fn fill<'s>(
        &'s self,
        key: &'s FleetKey,
        lease: &'s Lease,
        balance: &'s Balance,
        lifetime: Duration,
    ) -> StoreFuture<'s, bool>;

    /// Ends the lease, if it is still held, without a balance.
    ///
    /// The future fails if the store cannot be used.
    fn release<'s>(&'s self, key: &'s FleetKey, lease: &'s Lease) -> StoreFuture<'s, ()>;

    /// Removes the balance and the lease of any process, and notifies the listeners of all processes.
    ///
    /// The future fails if the store cannot be used. The balance may then still be there.
    fn invalidate<'s>(&'s self, key: &'s FleetKey) -> StoreFuture<'s, ()>;

    /// Whether notifications of other processes arrive. If not, the first level caches nothing.
    fn is_connected(&self) -> bool;

    /// Adds a listener. It is dropped when its owner is.
    fn add_listener(&self, listener: Weak<dyn FleetListener>);
}

/// Is notified of events in a store.
pub trait FleetListener: Send + Sync {
    /// A process has invalidated the balance of this account.
    fn invalidated(&self, key: &FleetKey);

    /// Notifications may be missed from now on. [`FleetStore::is_connected`] is false already.
    fn disconnected(&self);

    /// Notifications arrive again. [`FleetStore::is_connected`] is true already.
    fn connected(&self);
}

/// The result of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The store has a balance.
    Stored(StoredBalance),
    /// The caller shall request the balance.
    Granted(Lease),
    /// Another caller, which holds this lease, is requesting the balance.
    Held(Lease),
}

/// A balance from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredBalance {
    /// The balance; its source is not stored.
    pub balance: Balance,
    /// The time for which it is still valid.
    pub left: Duration,
}

/// The permission to request a balance and to store it. No two leases are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease(Arc<str>);

impl Lease {
    /// The lease with this token.
    #[must_use]
    pub fn new(token: impl Into<Arc<str>>) -> Self {
        Self(token.into())
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0
    }
}

/// The store cannot be used. The text contains neither an address nor a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store of the fleet cannot be used: {0}")]
pub struct StoreError(String);

impl StoreError {
    /// Creates an error. `reason` must contain no secret.
    #[must_use]
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}
