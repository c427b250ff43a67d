//! How many requests are in flight, and how fast the server responds, changes no verdict. How many requests a run needs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::mock::{Provider, ProviderServer, ServerOptions};
use ringtrue::__cli::run::{self, Report, RunOptions, ServerTarget, Silent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Forwards connections, and delays what clients send by up to this time. Counts the requests to state handlers and to the API.
struct SlowProxy {
    port: u16,
    states: Arc<AtomicU64>,
    requests: Arc<AtomicU64>,
}

impl SlowProxy {
    async fn to(port: u16, most: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (states, requests) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counts = (states.clone(), requests.clone());
        tokio::spawn(async move {
            // Delays that differ without chance.
            let mut n = 0;
            while let Ok((client, _)) = listener.accept().await {
                n += 7;
                tokio::spawn(forward(client, port, most * (n % 10) / 9, counts.clone()));
            }
        });
        Self { port: own, states, requests }
    }

    fn at(&self, url: &str) -> String {
        let url = url::Url::parse(url).unwrap();
        format!("http://127.0.0.1:{}{}", self.port, url.path().trim_end_matches('/'))
    }
}

async fn forward(mut client: TcpStream, port: u16, delay: Duration, counts: (Arc<AtomicU64>, Arc<AtomicU64>)) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.split(), server.split());
    let sending = async {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
            if buffer.starts_with(b"POST /states") || buffer.starts_with(b"POST /__states") {
                counts.0.fetch_add(1, Ordering::Relaxed);
            } else {
                counts.1.fetch_add(1, Ordering::Relaxed);
            }
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            if to_server.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    };
    let receiving = async {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    tokio::join!(sending, receiving);
}

/// Judges a stand-in with these faults behind a proxy.
async fn judge(name: &str, faults: &[&str], delay_ms: u64, options: RunOptions) -> (Report, SlowProxy) {
    let contract = Arc::new(Contract::load(name).unwrap());
    let provider = Arc::new(Provider::with_faults(contract.clone(), faults).unwrap());
    let server = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
    let port = url::Url::parse(&server.url(name)).unwrap().port().unwrap();
    let proxy = SlowProxy::to(port, Duration::from_millis(delay_ms)).await;
    let target = ServerTarget {
        url: Some(proxy.at(&server.url(name))),
        states: Some(proxy.at(&server.states_url())),
        ..ServerTarget::default()
    };
    let report = run::server(contract, target, options, &Silent, std::future::pending()).await.unwrap();
    (report, proxy)
}

/// What a report says about each check, without times.
fn verdicts(report: &Report) -> BTreeMap<String, (Verdict, Option<(u32, u32)>)> {
    let cases = |check: &run::CheckResult| check.cases.map(|cases| (cases.planned, cases.tried));
    report.checks.iter().map(|check| (check.id.clone(), (check.verdict, cases(check)))).collect()
}

/// Judges with a few numbers of jobs and delays, and compares what the reports say.
async fn is_always_the_same(name: &str, faults: &[&str], others: &[(usize, u64)]) {
    let options = |jobs| RunOptions { seed: Some(7), cases: Some(4), jobs: Some(jobs), ..RunOptions::default() };
    let (first, _) = judge(name, faults, 0, options(16)).await;
    let first = verdicts(&first);
    for (jobs, delay_ms) in others {
        let (other, _) = judge(name, faults, *delay_ms, options(*jobs)).await;
        let other = verdicts(&other);
        let differs: Vec<_> = first.iter().filter(|(id, have)| other.get(*id) != Some(*have)).collect();
        assert!(differs.is_empty(), "{name} {faults:?} with {jobs} jobs: {differs:?} before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_are_the_same_for_every_number_of_jobs_and_speed_of_the_server() {
    for name in crate::with_paid_calls() {
        is_always_the_same(&name, &[], &[(2, 0), (64, 5)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_on_a_faulty_server_are_the_same_for_every_number_of_jobs() {
    is_always_the_same("genlook-storefront", &["cache-too-long"], &[(2, 0), (64, 5)]).await;
    is_always_the_same("pollo", &["balance-never-changes"], &[(1, 0), (64, 5)]).await;
}

/// The most requests that a whole run may need, those to the state handler included.
const REQUESTS: [(&str, u64); 5] =
    [("genlook", 3700), ("genlook-storefront", 3450), ("leadmagic", 4900), ("pollo", 3400), ("stablecog", 3350)];

#[tokio::test(flavor = "multi_thread")]
async fn run_needs_no_more_requests_than_stated() {
    let mut wrong = Vec::new();
    for (name, most) in REQUESTS {
        let (report, proxy) = judge(name, &[], 0, RunOptions { seed: Some(1), ..RunOptions::default() }).await;
        if report.outcome != run::Outcome::Conformant {
            wrong.push(format!("{name} does not conform: {:?}", report.counts));
        }
        let (states, requests) = (proxy.states.load(Ordering::Relaxed), proxy.requests.load(Ordering::Relaxed));
        if states + requests > most {
            wrong.push(format!("{name}: {requests} requests and {states} to the state handler; at most {most}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
