//! Throughput of the mock server at 64 connections, next to bare hyper with the same body, in one run.
//!
//! Server and load have a runtime thread each, and the load is written by hand so that it costs as little as possible. The
//! ratio is the result; it is printed at the end.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "the ratio is the result")]
#![expect(clippy::cast_precision_loss, reason = "a ratio to two digits")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, Throughput};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ringtrue::__cli::contract::{Contract, bundled};
use ringtrue::__cli::mock::{Provider, ProviderServer, ServerOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

const CONNECTIONS: u64 = 64;
const KEY: &str = "bench_0123456789abcdef0123456789abcdef";

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Serves this body with bare hyper, for every request.
async fn bare(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(async move {
                let service = service_fn(move |_| async move {
                    let mut response = hyper::Response::new(Full::new(Bytes::from_static(body.as_bytes())));
                    let json = http::HeaderValue::from_static("application/json");
                    response.headers_mut().insert("content-type", json);
                    Ok::<_, Infallible>(response)
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    format!("{address}")
}

/// Sends requests over [`CONNECTIONS`] persistent connections, one at a time on each.
async fn load(address: &str, request: &str, requests: u64) {
    let each = requests.div_ceil(CONNECTIONS);
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, request) = (address.to_owned(), request.to_owned());
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut buffer = [0; 2048];
                for _ in 0..each {
                    stream.write_all(request.as_bytes()).await.unwrap();
                    // Responses are small and arrive in one piece.
                    let n = stream.read(&mut buffer).await.unwrap();
                    assert!(buffer[..n].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..n]));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn main() {
    let (servers, clients) = (runtime(), runtime());
    let spend = ringtrue::__cli::contract::Role::Spend;
    let mut contracts = bundled().into_iter().map(|name| Contract::load(&name).unwrap());
    let contract = contracts.find(|c| c.credential.is_some() && c.operation(spend).is_some()).unwrap();
    let operation = contract.operation(ringtrue::__cli::contract::Role::Balance).unwrap().clone();
    let Some(ringtrue::__cli::contract::CredentialPlace::Header { name }) =
        contract.credential.as_ref().map(|c| c.place.clone())
    else {
        panic!("the first contract with a credential has it in a header field");
    };
    let provider = Arc::new(Provider::new(Arc::new(contract)));
    provider.open_account(KEY, "bench", provider.example_balance());
    let mock = servers.block_on(ProviderServer::start(vec![provider.clone()], ServerOptions::default())).unwrap();
    let mock_address = mock.url(&provider.contract().name).replace("http://", "");
    let request = format!("GET {} HTTP/1.1\r\nHost: bench\r\n{name}: {KEY}\r\n\r\n", operation.example_path);
    let bare_address = servers.block_on(bare("{\"creditBalance\":100}"));

    let seconds: Arc<Mutex<Vec<(&str, f64)>>> = Arc::default();
    let mut criterion =
        Criterion::default().sample_size(20).measurement_time(Duration::from_secs(6)).configure_from_args();
    {
        let mut group = criterion.benchmark_group("throughput at 64 connections");
        group.throughput(Throughput::Elements(1));
        for (what, address) in [("bare hyper", &bare_address), ("mock server", &mock_address)] {
            let seconds = seconds.clone();
            group.bench_function(what, |bencher| {
                bencher.iter_custom(|requests| {
                    let begun = Instant::now();
                    clients.block_on(load(address, &request, requests));
                    let took = begun.elapsed();
                    if requests >= 1000 {
                        seconds.lock().unwrap().push((what, took.as_secs_f64() / requests as f64));
                    }
                    took
                });
            });
        }
        group.finish();
    }
    criterion.final_summary();
    let best = |what: &str| {
        let all = seconds.lock().unwrap();
        all.iter().filter(|(have, _)| *have == what).map(|(_, each)| *each).fold(f64::INFINITY, f64::min)
    };
    let (hyper, mock) = (best("bare hyper"), best("mock server"));
    if hyper.is_finite() && mock.is_finite() {
        println!(
            "\nmock server / bare hyper: {:.2} ({:.0} and {:.0} requests a second)",
            hyper / mock,
            1.0 / mock,
            1.0 / hyper
        );
    }
}
