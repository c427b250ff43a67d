//! Measuring the hit path of a client beside the reference client and the usual caches.
//!
//! A client of one's own is one call away; with the feature `bench`, in a bench target without the default harness:
//!
//! ```no_run
//! use criterion::{Criterion, criterion_group, criterion_main};
//! # struct Mine;
//! # impl Mine {
//! #     fn filled(_: &[ringtrue::bench::LookupKey]) -> Self { Self }
//! #     fn cached(&self, _: &str, _: &str) -> Option<u64> { None }
//! # }
//!
//! fn hit_path(criterion: &mut Criterion) {
//!     ringtrue::bench::field(criterion);
//!     ringtrue::bench::by_key(criterion, "mine", |tenants| {
//!         let mine = Mine::filled(tenants);
//!         move |tenant| mine.cached(&tenant.name, &tenant.key)
//!     });
//! }
//!
//! criterion_group!(benches, hit_path);
//! criterion_main!(benches);
//! ```
//!
//! Every contender is filled in one order and asked in another, so that what it keeps lies in no convenient order; keys
//! are at hand when they are asked for, as they are in a server that has just read a request.

mod baselines;
mod contender;
mod ratio_table;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};

pub use baselines::contenders;
pub use contender::{Contender, LookupKey, Threads};
pub use ratio_table::RatioTable;

/// How many tenants there are, in turn.
pub const SIZES: [usize; 3] = [1, 1_000, 100_000];

/// The TTL of everything that is kept: nothing runs out while it is measured.
pub const TTL: Duration = Duration::from_hours(24);

/// Measures the field: the floor, the reference client by handle and by key, and the usual caches.
pub fn field(criterion: &mut Criterion) {
    for size in SIZES {
        for contender in contenders(size) {
            measure(criterion, size, &contender);
        }
    }
}

/// Measures a client that is asked by tenant and credential: `fill` gets all tenants, keeps a balance for each, and
/// gives back the look-up.
pub fn by_key<L, R>(criterion: &mut Criterion, name: &str, fill: impl Fn(&[LookupKey]) -> L)
where
    L: Fn(&LookupKey) -> R + Send + Sync + 'static,
{
    for size in SIZES {
        measure(criterion, size, &Contender::by_key(name, size, &fill));
    }
}

/// Measures a client that has one value per tenant: `open` makes it, with a balance kept, and `look` looks.
pub fn by_handle<H, R>(
    criterion: &mut Criterion,
    name: &str,
    open: impl Fn(&LookupKey) -> H,
    look: impl Fn(&H) -> R + Copy + Send + Sync + 'static,
) where
    H: Send + Sync + 'static,
    R: 'static,
{
    for size in SIZES {
        measure(criterion, size, &Contender::by_handle(name, size, &open, look));
    }
}

/// Measures one contender, on one thread and on all.
pub fn measure(criterion: &mut Criterion, tenants: usize, contender: &Contender) {
    for threads in [Threads::One, Threads::All] {
        let mut group = criterion.benchmark_group(format!("hit/{tenants}/{threads}"));
        group.throughput(Throughput::Elements(threads.count() as u64));
        group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
        group.bench_function(BenchmarkId::from_parameter(contender.name()), |bencher| {
            bencher.iter_custom(|lookups| black_box(contender.time(threads, lookups)));
        });
        group.finish();
    }
}
