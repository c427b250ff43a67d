//! A server and a client that read and write bytes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::passive::TrafficOptions;
use ringtrue::__cli::proxy::{Proxy, ProxyOptions, UpstreamTarget};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Nothing on this machine takes longer.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) fn options(upstream: UpstreamTarget) -> ProxyOptions {
    ProxyOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        upstream,
        live: None,
        inject: Vec::new(),
        cors: false,
        traffic: TrafficOptions::default(),
    }
}

pub(super) async fn start(options: ProxyOptions) -> Proxy {
    start_with(options, "leadmagic").await
}

pub(super) async fn start_with(options: ProxyOptions, contract: &str) -> Proxy {
    let contract = Arc::new(Contract::load(contract).unwrap());
    Proxy::start(contract, options, Box::new(|_| ())).await.unwrap()
}

/// A server that answers each request with the next of these texts, whatever it is asked.
pub(super) struct Origin {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Origin {
    /// Starts the server. It closes the connection behind a text that has no end of its own, which is marked with `CLOSE`.
    pub(super) async fn start(replies: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<usize>>::default());
        let replies: Arc<Mutex<Vec<String>>> =
            Arc::new(Mutex::new(replies.iter().rev().map(|reply| (*reply).to_owned()).collect()));
        let (seen, opened) = (requests.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                *opened.lock().unwrap() += 1;
                let (seen, replies) = (seen.clone(), replies.clone());
                tokio::spawn(async move {
                    while let Some(request) = message(&mut stream).await {
                        seen.lock().unwrap().push(request);
                        let Some(reply) = replies.lock().unwrap().pop() else { return };
                        let text = reply.strip_suffix("CLOSE").unwrap_or(&reply);
                        stream.write_all(text.as_bytes()).await.unwrap();
                        if text.len() < reply.len() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, requests, connections }
    }

    pub(super) fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// Reads a message with its body, in chunks or of known length. `None` at the end of the connection.
pub(super) async fn message(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            // A trailer section ends with an empty line, as the chunks without one do.
            let chunked = lower.contains("transfer-encoding: chunked");
            let done = if chunked {
                body.contains("\r\n0\r\n") && body.ends_with("\r\n\r\n") || body == "0\r\n\r\n"
            } else {
                body.len() >= length
            };
            if done {
                return Some(text);
            }
        }
        let read = timeout(DEADLINE, stream.read(&mut buffer)).await.unwrap().unwrap_or(0);
        if read == 0 {
            return (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned());
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// A connection to the proxy.
pub(super) async fn connect(proxy: &Proxy) -> TcpStream {
    let url = url_of(proxy);
    TcpStream::connect(url).await.unwrap()
}

/// Address and port of the proxy.
pub(super) fn url_of(proxy: &Proxy) -> String {
    proxy.url().trim_start_matches("http://").split('/').next().unwrap().to_owned()
}

/// Sends a text, and reads one message.
pub(super) async fn ask(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    message(stream).await.unwrap_or_default()
}

/// Reads to the end of the connection.
pub(super) async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // The connection may be reset.
    let _ = timeout(DEADLINE, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
