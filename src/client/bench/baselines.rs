//! The field: the floor, the reference client, and the usual caches, each with the cheapest clock it can use.
//!
//! moka stands there twice: as its builder makes it, with the standard library's hasher, and with the floor's hasher.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState as StdHasher};
use std::sync::Arc;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use rust_decimal::Decimal;

use super::TTL;
use super::contender::{Contender, LookupKey};
use crate::client::balance::Balance;
use crate::client::cache::Cache;
use crate::client::clock::{Clock, nanos};
use crate::client::config::Config;
use crate::client::handle::Handle;
use crate::client::hit::Hit;
use crate::client::reference::ReferenceClient;
use crate::contract::{Contract, Role, bundled};

const SCOPE: u32 = 0;

/// The field for so many tenants; the first is the floor.
#[must_use]
pub fn contenders(tenants: usize) -> Vec<Contender> {
    vec![
        Contender::by_key("floor: HashMap, foldhash, coarse clock", tenants, floor),
        by_handle(tenants),
        Contender::by_key("ringtrue, by key", tenants, reference),
        Contender::by_key("quick_cache, coarse clock", tenants, quick),
        Contender::by_key("dashmap, coarse clock", tenants, dash),
        Contender::by_key("moka::sync", tenants, |all| moka_sync(all, StdHasher::default())),
        Contender::by_key("moka::sync, foldhash", tenants, |all| moka_sync(all, RandomState::default())),
        Contender::by_key("moka::future", tenants, |all| moka_future(all, StdHasher::default())),
        Contender::by_key("moka::future, foldhash", tenants, |all| moka_future(all, RandomState::default())),
    ]
}

fn hit() -> Hit {
    Hit::pack(&Balance { remaining: Some(Decimal::new(1_543_250, 2)), allowed: Some(true), ..Balance::default() })
}

/// What is kept where a cache has no clock of its own: 40 bytes.
#[derive(Clone, Copy)]
struct Dated {
    filled: u64,
    hit: Hit,
}

impl Dated {
    fn now() -> Self {
        Self { filled: Clock::Coarse.now(), hit: hit() }
    }

    #[inline]
    fn young(self) -> Option<Hit> {
        (Clock::Coarse.now().checked_sub(self.filled)? < nanos(TTL)).then_some(self.hit)
    }
}

fn floor(tenants: &[LookupKey]) -> impl Fn(&LookupKey) -> Option<Hit> + use<> {
    let map: HashMap<LookupKey, Dated, RandomState> =
        tenants.iter().map(|tenant| (tenant.clone(), Dated::now())).collect();
    move |tenant| map.get(tenant)?.young()
}

fn by_handle(tenants: usize) -> Contender {
    let cache = Cache::new();
    let open = |tenant: &LookupKey| {
        let now = Clock::Coarse.now();
        let entry = cache.entry(SCOPE, &tenant.name, &tenant.key, now);
        entry.fill(now, hit());
        Handle::new(entry, Clock::Coarse, nanos(TTL))
    };
    Contender::by_handle("ringtrue, by handle", tenants, open, Handle::get)
}

fn reference(tenants: &[LookupKey]) -> impl Fn(&LookupKey) -> Option<Hit> + use<> {
    // Any contract with a paid call will do: nothing is sent.
    let mut contracts = bundled().into_iter().filter_map(|name| Contract::load(&name).ok());
    let contract =
        contracts.find(|contract| contract.operation(Role::Spend).is_some()).expect("a contract comes along");
    let config = Config::new("http://localhost").cache_ttl(TTL);
    let client = ReferenceClient::new(Arc::new(contract), config).expect("a base URL like any other");
    for tenant in tenants {
        client.insert_cached(&tenant.name, &tenant.key, hit());
    }
    move |tenant| client.check_cached_by(&tenant.name, &tenant.key)
}

fn quick(tenants: &[LookupKey]) -> impl Fn(&LookupKey) -> Option<Hit> + use<> {
    let cache = quick_cache::sync::Cache::with(
        tenants.len() * 2 + 64,
        (tenants.len() * 2 + 64) as u64,
        quick_cache::UnitWeighter,
        RandomState::default(),
        quick_cache::sync::DefaultLifecycle::default(),
    );
    for tenant in tenants {
        cache.insert(tenant.clone(), Dated::now());
    }
    move |tenant| cache.get(tenant)?.young()
}

fn dash(tenants: &[LookupKey]) -> impl Fn(&LookupKey) -> Option<Hit> + use<> {
    let map: DashMap<LookupKey, Dated, RandomState> = DashMap::with_hasher(RandomState::default());
    for tenant in tenants {
        map.insert(tenant.clone(), Dated::now());
    }
    move |tenant| map.get(tenant)?.young()
}

fn moka_sync<S>(tenants: &[LookupKey], hasher: S) -> impl Fn(&LookupKey) -> Option<Hit> + use<S>
where
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let cache = moka::sync::Cache::builder()
        .max_capacity(tenants.len() as u64 * 2 + 64)
        .time_to_live(TTL)
        .build_with_hasher(hasher);
    for tenant in tenants {
        cache.insert(tenant.clone(), hit());
    }
    cache.run_pending_tasks();
    move |tenant| cache.get(tenant)
}

fn moka_future<S>(tenants: &[LookupKey], hasher: S) -> impl Fn(&LookupKey) -> Option<Hit> + use<S>
where
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let cache = moka::future::Cache::builder()
        .max_capacity(tenants.len() as u64 * 2 + 64)
        .time_to_live(TTL)
        .build_with_hasher(hasher);
    futures_util::FutureExt::now_or_never(async {
        for tenant in tenants {
            cache.insert(tenant.clone(), hit()).await;
        }
        cache.run_pending_tasks().await;
    });
    // A hit never has to wait, so that no runtime is needed, and none is measured.
    move |tenant| futures_util::FutureExt::now_or_never(cache.get(tenant)).flatten()
}
