//! The connection of a client: one exchange after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncWriteExt, Result};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, timeout};

use super::exchange::{Next, exchange};
use super::inject::Injector;
use super::input::{Input, Received};
use super::judging::Judging;
use super::upstream::Upstream;
use crate::contract::Contract;

/// How long a client may send on after a refusal, so that it sees the refusal.
const DRAIN: Duration = Duration::from_secs(1);

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) contract: Arc<Contract>,
    pub(super) upstream: Upstream,
    pub(super) base_url: Arc<str>,
    pub(super) judging: Judging,
    pub(super) injector: Injector,
    pub(super) cors: bool,
    /// The origin of all times.
    pub(super) clock: Instant,
    pub(super) exchanges: AtomicU64,
    pub(super) connections: AtomicU64,
}

/// The side of the client.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) input: Input<OwnedReadHalf>,
    pub(super) output: OwnedWriteHalf,
    pub(super) peer: Arc<str>,
    pub(super) number: u64,
}

impl Client {
    /// Responds in place of the server, and says that the connection ends.
    pub(super) async fn refuse(&mut self, status: u16, why: &str) {
        let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let text = format!(
            "HTTP/1.1 {status} {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{why}",
            reason.unwrap_or_default(),
            why.len(),
        );
        if self.output.write_all(text.as_bytes()).await.is_ok() && self.output.shutdown().await.is_ok() {
            let drain = async {
                while let Ok(true) = self.input.fill().await {
                    self.input.buffer.clear();
                }
            };
            let _ = timeout(DRAIN, drain).await;
        }
    }
}

/// Serves a connection until one side ends it.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = serve_all(stream, &shared).await;
}

async fn serve_all(stream: TcpStream, shared: &Shared) -> Result<()> {
    let peer = stream.peer_addr()?.ip().to_string().into();
    let number = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
    let (input, output) = stream.into_split();
    let mut client = Client { input: Input::new(input), output, peer, number };
    let mut server = None;
    loop {
        match client.input.head().await? {
            Received::End => return Ok(()),
            Received::Incomplete => {
                client.refuse(431, "the head of the request is too long, or incomplete").await;
                return Ok(());
            }
            Received::Head(bytes) => {
                if exchange(shared, &mut client, &mut server, &bytes).await == Next::Close {
                    return Ok(());
                }
            }
        }
    }
}
