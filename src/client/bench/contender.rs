//! One contender and how it is timed.

use std::fmt;
use std::hint::black_box;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::SIZES;
use crate::sync::lock;

/// Whose balance is looked up: a name and a credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LookupKey {
    /// The tenant's name.
    pub name: String,
    /// The credential.
    pub key: String,
}

/// How many threads look things up at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// One.
    One,
    /// As many as the machine runs at once.
    All,
}

impl Threads {
    /// How many that is here.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::All => thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

impl fmt::Display for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => f.write_str("one thread"),
            Self::All => write!(f, "all {} threads", self.count()),
        }
    }
}

/// Something that looks balances up.
pub struct Contender {
    name: String,
    tenants: usize,
    /// Looks up so many tenants, beginning with the given one. The loop is inside, so that nothing is called through a
    /// pointer between two look-ups.
    run: Box<dyn Fn(usize, u64) + Send + Sync>,
}

impl Contender {
    /// A contender that is asked by tenant and credential.
    pub fn by_key<L, R>(name: &str, tenants: usize, fill: impl Fn(&[LookupKey]) -> L) -> Self
    where
        L: Fn(&LookupKey) -> R + Send + Sync + 'static,
    {
        let keys = keys(tenants);
        let look = fill(&shuffled(&keys[..tenants]));
        let run = move |start: usize, lookups: u64| {
            each(&keys[..tenants], start, lookups, |tenant| _ = black_box(look(tenant)));
        };
        Self { name: name.to_owned(), tenants, run: Box::new(run) }
    }

    /// A contender with one value per tenant.
    pub fn by_handle<H, R>(
        name: &str,
        tenants: usize,
        open: impl Fn(&LookupKey) -> H,
        look: impl Fn(&H) -> R + Send + Sync + 'static,
    ) -> Self
    where
        H: Send + Sync + 'static,
    {
        let keys = keys(tenants);
        let mut handles: Vec<(usize, H)> = order(tenants).map(|index| (index, open(&keys[index]))).collect();
        handles.sort_by_key(|(index, _)| *index);
        let handles: Vec<H> = handles.into_iter().map(|(_, handle)| handle).collect();
        let run =
            move |start: usize, lookups: u64| each(&handles, start, lookups, |handle| _ = black_box(look(handle)));
        Self { name: name.to_owned(), tenants, run: Box::new(run) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many tenants it holds.
    #[must_use]
    pub fn tenants(&self) -> usize {
        self.tenants
    }

    /// How long so many look-ups take on each of the threads.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time, and no verdict depends on it")]
    pub fn time(&self, threads: Threads, lookups: u64) -> Duration {
        let count = threads.count();
        if count == 1 {
            let start = Instant::now();
            (self.run)(0, lookups);
            return start.elapsed();
        }
        let barrier = Barrier::new(count);
        thread::scope(|scope| {
            let times: Vec<_> = (0..count)
                .map(|thread| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        let start = Instant::now();
                        (self.run)(self.tenants / count * thread, lookups);
                        start.elapsed()
                    })
                })
                .collect();
            let times = times.into_iter().filter_map(|time| time.join().ok());
            times.sum::<Duration>() / u32::try_from(count).unwrap_or(1)
        })
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender").field("name", &self.name).field("tenants", &self.tenants).finish_non_exhaustive()
    }
}

#[inline]
fn each<T>(items: &[T], start: usize, lookups: u64, look: impl Fn(&T)) {
    let mut rest = items[start..].iter();
    for _ in 0..lookups {
        let Some(item) = rest.next().or_else(|| {
            rest = items.iter();
            rest.next()
        }) else {
            return;
        };
        look(black_box(item));
    }
}

/// At least so many tenants: the same ones for every contender, and in one piece of memory, however many others have
/// littered it before.
fn keys(count: usize) -> Arc<[LookupKey]> {
    static KEYS: Mutex<Option<Arc<[LookupKey]>>> = Mutex::new(None);
    let mut keys = lock(&KEYS);
    match &*keys {
        Some(keys) if keys.len() >= count => Arc::clone(keys),
        _ => Arc::clone(keys.insert((0..count.max(SIZES[2])).map(tenant).collect())),
    }
}

fn tenant(number: usize) -> LookupKey {
    LookupKey { name: format!("shop-{number:06}.example.com"), key: format!("k_{:016x}", number * 0x9e37_79b9) }
}

fn shuffled(tenants: &[LookupKey]) -> Vec<LookupKey> {
    order(tenants.len()).map(|index| tenants[index].clone()).collect()
}

/// All numbers below `count`, in a fixed order without a pattern that a cache line or a prefetcher could use.
fn order(count: usize) -> impl Iterator<Item = usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    numbers.sort_by_key(|number| (*number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17));
    numbers.into_iter()
}
