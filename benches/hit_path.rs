//! The hit path: `cargo bench -p ringtrue-benches --bench hit_path`, and with `-- --table` the ratios in Markdown.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "hit_path/http_cache.rs"]
mod http_cache;

use criterion::Criterion;
use ringtrue::bench::{self, RatioTable, SIZES, Threads};

fn main() {
    if std::env::args().any(|argument| argument == "--table") {
        return table();
    }
    let mut criterion = Criterion::default().configure_from_args();
    bench::field(&mut criterion);
    for size in http_cache::SIZES {
        bench::measure(&mut criterion, size, &http_cache::contender(size));
    }
    criterion.final_summary();
}

fn table() {
    let mut table = RatioTable::new();
    for threads in [Threads::One, Threads::All] {
        for size in SIZES {
            let mut contenders = bench::contenders(size);
            if http_cache::SIZES.contains(&size) {
                contenders.push(http_cache::contender(size));
            }
            let tenants = if size == 1 { "tenant" } else { "tenants" };
            table.add(&format!("{size} {tenants}"), threads, &contenders);
        }
    }
    println!("{table}");
}
