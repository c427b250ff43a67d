//! A proxy on loopback that delays what clients send, and counts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What went through the proxy.
#[derive(Default)]
pub(crate) struct Counts {
    /// Requests to the API.
    pub(crate) requests: AtomicU64,
    /// Messages to the state handler.
    pub(crate) states: AtomicU64,
}

pub(crate) struct DelayingProxy {
    port: u16,
    pub(crate) counts: Arc<Counts>,
}

impl DelayingProxy {
    /// Forwards to a port, and delays each request by this time.
    pub(crate) async fn to(port: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let counts = Arc::<Counts>::default();
        let counted = counts.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, port, delay, counted.clone()));
            }
        });
        Self { port: own, counts }
    }

    /// The URL at the proxy that leads to one at the server.
    pub(crate) fn at(&self, url: &str) -> String {
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        format!("http://127.0.0.1:{}/{path}", self.port).trim_end_matches('/').to_owned()
    }
}

async fn forward(mut client: TcpStream, port: u16, delay: Duration, counts: Arc<Counts>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.split(), server.split());
    // The rest of a long request is not delayed again.
    let is_new = AtomicBool::new(true);
    let sending = async {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
            if is_new.swap(false, Ordering::Relaxed) {
                let kind = if buffer.starts_with(b"POST /-/states") { &counts.states } else { &counts.requests };
                kind.fetch_add(1, Ordering::Relaxed);
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
            }
            if to_server.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    };
    let receiving = async {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
            is_new.store(true, Ordering::Relaxed);
            if to_client.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
        let _ = to_client.shutdown().await;
    };
    tokio::join!(sending, receiving);
}
