//! How long a whole run takes against servers of different speed, next to the least time that is possible: the longest chain of
//! requests that depend on each other.
//!
//! Everything is on loopback: the mock server, a proxy that delays each request, the example server in Python, and Schemathesis if it
//! is installed. Prints the tables of `docs/benchmarks.md`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time, and reads how it is called")]
#![expect(clippy::print_stdout, reason = "the tables are the result")]
#![expect(clippy::cast_precision_loss, reason = "seconds and round trips to two digits")]

#[path = "latency/delay.rs"]
mod delay;
#[path = "latency/python_server.rs"]
mod python_server;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use delay::DelayingProxy;
use python_server::PythonServer;
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::mock::{Provider, ProviderServer, ServerOptions};
use ringtrue::__cli::run::{self, Report, RunOptions, ServerTarget, Silent};
use tokio::runtime::{Builder, Runtime};

/// The contracts of the mock servers.
const CONTRACTS: [&str; 2] = ["leadmagic", "genlook-storefront"];
/// The contract of the example server.
const EXAMPLE: &str = "genlook";
const DELAYS_MS: [u64; 4] = [0, 5, 20, 150];
/// So many requests in flight are no limit.
const NO_LIMIT: usize = 4096;

/// One whole run.
struct Measured {
    seconds: f64,
    requests: u64,
    states: u64,
    report: Report,
}

fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap()
}

fn judge(harness: &Runtime, name: &str, target: ServerTarget, jobs: Option<usize>) -> Report {
    let contract = Arc::new(Contract::load(name).unwrap());
    let options = RunOptions { seed: Some(1), jobs, ..RunOptions::default() };
    harness.block_on(run::server(contract, target, options, &Silent, std::future::pending())).unwrap()
}

/// A whole run against the mock server of a contract behind the proxy.
fn measure(harness: &Runtime, name: &str, delay_ms: u64, jobs: Option<usize>) -> Measured {
    let servers = runtime(1);
    let contract = Arc::new(Contract::load(name).unwrap());
    let providers = vec![Arc::new(Provider::new(contract))];
    let server = servers.block_on(ProviderServer::start(providers, ServerOptions::default())).unwrap();
    let url = server.url(name);
    let port = url.rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap();
    let proxy = servers.block_on(DelayingProxy::to(port, Duration::from_millis(delay_ms)));
    let target = ServerTarget {
        url: Some(proxy.at(&url)),
        states: Some(proxy.at(&server.states_url())),
        ..ServerTarget::default()
    };
    let report = judge(harness, name, target, jobs);
    servers.shutdown_background();
    Measured {
        seconds: report.duration_ms as f64 / 1000.0,
        requests: proxy.counts.requests.load(Ordering::Relaxed),
        states: proxy.counts.states.load(Ordering::Relaxed),
        report,
    }
}

/// How many generated cases were tried, of those that were planned.
fn cases(report: &Report) -> (u32, u32) {
    let all = report.checks.iter().filter_map(|check| check.cases);
    all.fold((0, 0), |(tried, planned), cases| (tried + cases.tried, planned + cases.planned))
}

/// The checks that ended last, with their seconds.
fn slowest(report: &Report, count: usize) -> String {
    let mut checks: Vec<_> = report.checks.iter().collect();
    checks.sort_by_key(|check| std::cmp::Reverse(check.duration_ms));
    let all = checks.iter().take(count);
    all.map(|check| format!("{} {:.1}", check.id, check.duration_ms as f64 / 1000.0)).collect::<Vec<_>>().join(", ")
}

fn row(what: &str, measured: &Measured, least: Option<f64>) {
    let (tried, planned) = cases(&measured.report);
    let least = least.map_or_else(String::new, |least| format!("{least:.1} s"));
    println!(
        "| {what} | {:.1} s | {least} | {} | {} | {tried} of {planned} |",
        measured.seconds, measured.requests, measured.states
    );
}

fn mock_servers(harness: &Runtime, delays_ms: &[u64]) {
    println!("| server | time | least possible | requests | to the state handler | cases |");
    println!("|---|---:|---:|---:|---:|---:|");
    let mut notes = Vec::new();
    for name in CONTRACTS {
        // Without a limit on requests in flight, and with a delay beside which computing counts little, the time is that of the
        // longest chain.
        let longest_ms = delays_ms.last().copied().unwrap_or_default();
        let unlimited = measure(harness, name, longest_ms, Some(NO_LIMIT));
        let chain = (unlimited.seconds * 1000.0 / longest_ms.max(1) as f64).floor();
        notes.push(format!("{name}: a chain of {chain} round trips"));
        for delay_ms in delays_ms {
            let measured = measure(harness, name, *delay_ms, None);
            row(&format!("{name}, {delay_ms} ms"), &measured, Some(chain * *delay_ms as f64 / 1000.0));
            notes.push(format!("{name}, {delay_ms} ms: {}", slowest(&measured.report, 4)));
        }
    }
    println!("\n{}", notes.join("\n"));
}

fn example_server(harness: &Runtime) {
    let Some(server) = PythonServer::start() else {
        println!("\nPython is not installed, so the example server was not measured");
        return;
    };
    let target = ServerTarget {
        url: Some(server.url.clone()),
        states: Some(format!("{}/states", server.url)),
        ..ServerTarget::default()
    };
    let report = judge(harness, EXAMPLE, target, None);
    let requests: u64 = report.checks.iter().map(|check| check.requests).sum();
    let (tried, planned) = cases(&report);
    let seconds = report.duration_ms as f64 / 1000.0;
    println!("\nexamples/server/server.py: {seconds:.1} s, {requests} requests, {tried} of {planned} cases");
    println!("{}", slowest(&report, 4));
    match python_server::schemathesis(&server, EXAMPLE) {
        Some(done) => {
            println!("{}: {:.1} s\n{}", done.version, done.took.as_secs_f64(), done.summary.join("\n"));
        }
        None => println!("Schemathesis is not installed, so it was not measured"),
    }
}

fn main() {
    let is_trial = std::env::args().any(|arg| arg == "--test");
    let harness = runtime(2);
    mock_servers(&harness, if is_trial { &DELAYS_MS[..1] } else { &DELAYS_MS });
    if !is_trial {
        example_server(&harness);
    }
}
