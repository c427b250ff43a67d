//! A server that sends bytes, whatever the request is.

use std::path::Path;
use std::sync::Arc;

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::run::{self, Report, RunError, RunOptions, ServerTarget, Silent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a hostile server does with a connection.
#[derive(Clone)]
pub(super) enum Conduct {
    /// Sends these bytes, and closes the connection.
    Bytes(Vec<u8>),
    /// Sends the first bytes, and then the second ones again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends these bytes, and then nothing, with the connection open.
    Stall(Vec<u8>),
    /// Closes the connection at once.
    Close,
}

/// A server on a loopback port. It stops when it is dropped.
pub(super) struct Peer {
    pub(super) url: String,
    task: JoinHandle<()>,
}

impl Peer {
    pub(super) async fn start(conduct: Conduct) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let conduct = conduct.clone();
                tokio::spawn(async move {
                    let mut request = vec![0; 65536];
                    if matches!(conduct, Conduct::Close) || !matches!(stream.read(&mut request).await, Ok(1..)) {
                        return;
                    }
                    match conduct {
                        Conduct::Bytes(bytes) => drop(stream.write_all(&bytes).await),
                        Conduct::Endless(head, piece) => {
                            let _ = stream.write_all(&head).await;
                            while stream.write_all(&piece).await.is_ok() {}
                        }
                        Conduct::Stall(head) => {
                            let _ = stream.write_all(&head).await;
                            while matches!(stream.read(&mut request).await, Ok(1..)) {}
                        }
                        Conduct::Close => {}
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A response with this head, behind the status line, and this body.
pub(super) fn response(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(super) fn contract(name: &str) -> Arc<Contract> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(name).join("openapi.yaml");
    let given = if fixture.is_file() { fixture.display().to_string() } else { name.to_owned() };
    Arc::new(Contract::load(&given).unwrap())
}

pub(super) async fn judge(
    contract: &Arc<Contract>,
    target: ServerTarget,
    options: RunOptions,
) -> Result<Report, RunError> {
    run::server(contract.clone(), target, options, &Silent, std::future::pending()).await
}
