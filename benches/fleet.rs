//! A fleet with a cache in Redis: `cargo bench -p ringtrue-benches --bench fleet` prints ratios in Markdown.
//!
//! The reference client with both levels, next to what services write by hand: moka in front of Redis, and the provider
//! behind. Each process of the fleet is a process. All cases of one table are measured in one run, in turn.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time, and no verdict depends on it")]

#[path = "fleet/by_hand.rs"]
mod by_hand;
#[path = "fleet/provider.rs"]
mod provider;
#[path = "fleet/redis_server.rs"]
mod redis_server;
#[path = "fleet/worker.rs"]
mod worker;

use std::time::Duration;

use provider::Provider;
use redis_server::RedisServer;
use worker::{Case, Client, Job, Worker};

/// How many processes there are.
const FLEETS: [usize; 3] = [1, 4, 16];
/// The rounds of each case. The best one counts, because others had more to share the machine with.
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(job) = arguments.iter().position(|argument| argument == "--worker") {
        return worker::run(&Job::from_arguments(&arguments[job + 1..]));
    }
    let Some(redis) = RedisServer::start() else {
        return eprintln!("skipped: redis-server is not installed");
    };
    let provider = Provider::start();
    println!("| | processes | moka and Redis by hand | reference client | ratio | requests by hand | requests |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for case in Case::ALL {
        for processes in FLEETS {
            let mut best = [Duration::MAX; 2];
            let mut requests = [u64::MAX; 2];
            for round in 0..ROUNDS {
                for (index, client) in [Client::ByHand, Client::Reference].into_iter().enumerate() {
                    redis.flush();
                    let before = provider.requests();
                    let job = Job { case, client, round, redis: redis.url(), provider: provider.url() };
                    best[index] = best[index].min(time(&job, processes));
                    requests[index] = requests[index].min(provider.requests() - before);
                }
            }
            let [hand, reference] = best.map(|time| time.as_secs_f64() * 1e6);
            let ratio = reference / hand;
            let [hand_requests, reference_requests] = requests;
            println!(
                "| {case} | {processes} | {hand:.2} µs | {reference:.2} µs | {ratio:.2} | {hand_requests} | {reference_requests} |"
            );
        }
    }
}

/// The time of one check, on average over the processes.
fn time(job: &Job, processes: usize) -> Duration {
    let mut workers: Vec<Worker> = (0..processes).map(|number| Worker::start(job, number)).collect();
    workers.iter_mut().for_each(Worker::wait_ready);
    workers.iter_mut().for_each(Worker::go);
    let times: Vec<Duration> = workers.into_iter().map(Worker::finish).collect();
    times.iter().sum::<Duration>() / u32::try_from(processes).unwrap()
}
