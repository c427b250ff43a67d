//! Overhead of the proxy at 64 connections, next to a plain hyper proxy, in one run. Both forward to the same server.
//!
//! Server and proxies share a runtime with one thread, the load has another. Rounds alternate, so that what else the machine does meets
//! both; the medians are compared. The result is printed.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time, and reads how long it may take")]
#![expect(clippy::print_stdout, reason = "the ratio is the result")]
#![expect(clippy::cast_precision_loss, reason = "a ratio to two digits")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ringtrue::__cli::contract::{Contract, CredentialPlace, Role, bundled};
use ringtrue::__cli::passive::TrafficOptions;
use ringtrue::__cli::proxy::{Proxy, ProxyOptions, UpstreamTarget};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

const CONNECTIONS: usize = 64;
const KEY: &str = "bench_0123456789abcdef0123456789abcdef";
const BODY: &str = "{\"creditBalance\":100}";

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A server with the same response to every request.
async fn origin() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let service = service_fn(|_| async {
                let mut response = hyper::Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
                let json = http::HeaderValue::from_static("application/json");
                response.headers_mut().insert("content-type", json);
                Ok::<_, Infallible>(response)
            });
            let builder = hyper::server::conn::http1::Builder::new();
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    address.to_string()
}

/// A proxy that does nothing but hand on what hyper receives, on one connection to the server for each of a client.
async fn plain(origin: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let upstream = TcpStream::connect(&origin).await.unwrap();
            upstream.set_nodelay(true).unwrap();
            let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(upstream)).await.unwrap();
            tokio::spawn(connection);
            let sender = Arc::new(Mutex::new(sender));
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                let sender = sender.clone();
                async move { sender.lock().await.send_request(request).await }
            });
            let builder = hyper::server::conn::http1::Builder::new();
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    address.to_string()
}

/// Sends requests over [`CONNECTIONS`] persistent connections, one at a time on each. Returns the seconds for each request.
async fn load(address: &str, request: &str, each: usize) -> f64 {
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        streams.push(stream);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|mut stream| {
            let request = request.to_owned();
            tokio::spawn(async move {
                let mut buffer = [0; 2048];
                for _ in 0..each {
                    stream.write_all(request.as_bytes()).await.unwrap();
                    let mut read = 0;
                    while !buffer[..read].ends_with(BODY.as_bytes()) {
                        let n = stream.read(&mut buffer[read..]).await.unwrap();
                        assert!(n > 0, "{}", String::from_utf8_lossy(&buffer[..read]));
                        read += n;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    begun.elapsed().as_secs_f64() / (CONNECTIONS * each) as f64
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let is_trial = std::env::args().any(|arg| arg == "--test");
    let (rounds, each) = if is_trial { (1, 5) } else { (15, 300) };
    let (servers, clients) = (runtime(), runtime());
    let mut contracts = bundled().into_iter().map(|name| Contract::load(&name).unwrap());
    let contract = contracts.find(|c| c.credential.is_some() && c.operation(Role::Spend).is_some()).unwrap();
    let path = contract.operation(Role::Balance).unwrap().example_path.clone();
    let Some(CredentialPlace::Header { name }) = contract.credential.as_ref().map(|c| c.place.clone()) else {
        panic!("the first contract with a credential has it in a header field");
    };
    let origin = servers.block_on(origin());
    let plain = servers.block_on(plain(origin.clone()));
    let options = ProxyOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        upstream: UpstreamTarget::Url(format!("http://{origin}")),
        live: None,
        inject: Vec::new(),
        cors: false,
        traffic: TrafficOptions::default(),
    };
    let proxy = servers.block_on(Proxy::start(Arc::new(contract), options, Box::new(|_| ()))).unwrap();
    let ours = proxy.url().replace("http://", "");
    let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n{name}: {KEY}\r\n\r\n");
    let mut seconds = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (address, seconds) in [&origin, &plain, &ours].into_iter().zip(&mut seconds) {
            let took = clients.block_on(load(address, &request, each));
            // The first round warms up.
            if round > 0 {
                seconds.push(took);
            }
        }
    }
    let [direct, plain, ours] = seconds.map(median);
    let latency = |each: f64| each * CONNECTIONS as f64 * 1000.0;
    println!(
        "requests a second: direct {:.0}, plain hyper proxy {:.0}, ringtrue proxy {:.0}",
        1.0 / direct,
        1.0 / plain,
        1.0 / ours
    );
    println!(
        "latency at {CONNECTIONS} connections in ms: direct {:.2}, plain hyper proxy {:.2}, ringtrue proxy {:.2}",
        latency(direct),
        latency(plain),
        latency(ours)
    );
    println!("ringtrue proxy / plain hyper proxy, time of a request: {:.2}", ours / plain);
    let (exchanges, _) = proxy.counts();
    let report = servers.block_on(proxy.report()).unwrap();
    println!("{exchanges} exchanges passed; {}", report.notes.join("; "));
}
