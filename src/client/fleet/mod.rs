//! The second cache level: a store that the processes of a fleet share.
//!
//! The first level is the [`Cache`](super::Cache) of each process. A check that it cannot answer claims the balance at the
//! store: it gets the balance that another process has stored, or the permission to request it (a lease), or has to wait for
//! the process that holds the lease. A paid call removes the balance and the lease from the store, which tells every
//! process to drop the balance from its first level. A response is stored only if the lease is still held, so that a
//! balance requested before a paid call is never stored after it.

mod account;
pub(crate) mod decisions;
mod key;
mod level;
#[cfg(feature = "harness")]
pub(crate) mod memory;
#[cfg(feature = "redis")]
mod redis;
mod store;

pub(super) use account::{AccountLevel, Claimed};
pub use key::FleetKey;
pub(super) use level::SecondLevel;
#[cfg(feature = "redis")]
pub use redis::{RedisClient, RedisOptions, RedisStore};
pub use store::{Claim, FleetListener, FleetStore, Lease, StoreError, StoreFuture, StoredBalance};
