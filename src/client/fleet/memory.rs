//! A store in the memory of one process, which stands in for that of a fleet in the harness.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::ready;

use super::key::FleetKey;
use super::store::{Claim, FleetListener, FleetStore, Lease, StoreError, StoreFuture, StoredBalance};
use crate::client::balance::Balance;
use crate::client::clock::{Clock, nanos};
use crate::sync::lock;

/// What the processes of a fleet share.
#[derive(Default)]
pub(crate) struct MemoryFleet {
    records: Mutex<Records>,
    listeners: Mutex<Vec<Weak<dyn FleetListener>>>,
}

#[derive(Default)]
struct Records {
    by_key: HashMap<FleetKey, Record>,
    leases: u64,
}

#[derive(Default)]
struct Record {
    /// With the time at which it expires.
    balance: Option<(Balance, u64)>,
    lease: Option<Lease>,
}

/// The access of one client to a fleet. Its clock decides what has expired.
pub(crate) struct MemoryStore {
    fleet: Arc<MemoryFleet>,
    clock: Clock,
}

impl MemoryStore {
    pub(crate) fn new(fleet: &Arc<MemoryFleet>, clock: Clock) -> Self {
        Self { fleet: Arc::clone(fleet), clock }
    }

    fn with_record<T: Send + 'static>(
        &self,
        key: &FleetKey,
        action: impl FnOnce(&mut Record, &mut u64) -> T,
    ) -> StoreFuture<'static, T> {
        let mut records = lock(&self.fleet.records);
        let Records { by_key, leases } = &mut *records;
        let result = action(by_key.entry(*key).or_default(), leases);
        ready(Ok::<_, StoreError>(result)).boxed()
    }
}

impl FleetStore for MemoryStore {
    fn claim<'s>(&'s self, key: &'s FleetKey, _lease: Duration) -> StoreFuture<'s, Claim> {
        let now = self.clock.now();
        self.with_record(key, |record, leases| {
            if let Some((balance, expires)) = record.balance.filter(|(_, expires)| *expires > now) {
                return Claim::Stored(StoredBalance { balance, left: Duration::from_nanos(expires - now) });
            }
            if let Some(lease) = &record.lease {
                return Claim::Held(lease.clone());
            }
            *leases += 1;
            let lease = Lease::new(leases.to_string());
            record.lease = Some(lease.clone());
            Claim::Granted(lease)
        })
    }

    fn fill<'s>(
        &'s self,
        key: &'s FleetKey,
        lease: &'s Lease,
        balance: &'s Balance,
        lifetime: Duration,
    ) -> StoreFuture<'s, bool> {
        let expires = self.clock.now().saturating_add(nanos(lifetime));
        self.with_record(key, |record, _| {
            let held = record.lease.take_if(|held| held == lease).is_some();
            if held {
                record.balance = Some((*balance, expires));
            }
            held
        })
    }

    fn release<'s>(&'s self, key: &'s FleetKey, lease: &'s Lease) -> StoreFuture<'s, ()> {
        self.with_record(key, |record, _| drop(record.lease.take_if(|held| held == lease)))
    }

    fn invalidate<'s>(&'s self, key: &'s FleetKey) -> StoreFuture<'s, ()> {
        let removed = self.with_record(key, |record, _| *record = Record::default());
        let listeners: Vec<_> = lock(&self.fleet.listeners).iter().filter_map(Weak::upgrade).collect();
        listeners.iter().for_each(|listener| listener.invalidated(key));
        removed
    }

    fn is_connected(&self) -> bool {
        true
    }

    fn add_listener(&self, listener: Weak<dyn FleetListener>) {
        lock(&self.fleet.listeners).push(listener);
    }
}
