//! The accept loop of the mock servers: one task for each connection, and all of them end with the loop.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::convert::Body;
use super::delivery::{DeliveryStream, PendingDelivery, RequestBytes};

/// How long nothing is accepted after a connection could not be.
const PAUSE: Duration = Duration::from_millis(50);

/// A server behind the accept loop.
pub(super) trait Service: Send + Sync + 'static {
    /// The size of hyper's read buffer, which limits the request head; `None` for hyper's default.
    const MAX_BUFFER: Option<usize> = None;

    /// Prepares an accepted connection.
    fn connect(&self) -> Connection;

    /// Handles one request.
    fn handle(
        &self,
        connection: &Connection,
        request: hyper::Request<Incoming>,
    ) -> impl Future<Output = hyper::Response<Body>> + Send;
}

/// What the requests of one connection share.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection {
    /// The number of the connection, from 1, if the server counts them.
    pub(super) number: u64,
    /// Bytes to send in place of the next response.
    pub(super) pending: PendingDelivery,
    /// The bytes of the current request, if the server needs them.
    pub(super) bytes: RequestBytes,
    /// The number of requests so far.
    pub(super) requests: Arc<AtomicU64>,
}

/// Serves connections until `stop` is ready. Then ends all connections and returns the listener.
pub(super) async fn accept<S: Service>(
    listener: TcpListener,
    service: Arc<S>,
    stop: impl Future<Output = ()> + Send,
) -> TcpListener {
    let mut stop = std::pin::pin!(stop);
    // Dropping the set ends every connection, also if this task is aborted.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Most likely there are no free file descriptors. Open connections get a chance to end.
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(PAUSE) => continue,
            }
        };
        while connections.try_join_next().is_some() {}
        let _ = stream.set_nodelay(true);
        connections.spawn(serve(stream, service.clone()));
    }
    // A connection that has just sent a response could read another request before it is dropped: wait for its end.
    connections.shutdown().await;
    listener
}

async fn serve<S: Service>(stream: TcpStream, service: Arc<S>) {
    let connection = service.connect();
    let stream = DeliveryStream::new(stream, connection.pending.clone(), connection.bytes.clone());
    let handler = service_fn(move |request| {
        let (service, connection) = (service.clone(), connection.clone());
        async move { Ok::<_, Infallible>(service.handle(&connection, request).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new());
    if let Some(size) = S::MAX_BUFFER {
        builder.max_buf_size(size);
    }
    // An error here was caused by the client or by a fault, and the client observes it.
    let _ = builder.serve_connection(TokioIo::new(stream), handler).await;
}
