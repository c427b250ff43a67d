//! A server for clients under test: endpoints with mock providers, overrides of responses, and a record of every request.
//!
//! The record proves what a client sent, whatever the client reports.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::accept::{Connection, Service, accept};
use super::convert::{Body, LARGEST_BODY, request_of, response_of};
use super::endpoint::{Endpoint, SplitTarget, split_target};
use super::provider::Provider;
use super::reply::Reply;
use crate::exchange::Request;
use crate::sync::lock;

/// The number of connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A loopback server that records every request. It stops when it is dropped.
#[derive(Debug)]
pub struct RecordingServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Mutex<Option<Listening>>,
    /// Keeps the port bound while the server does not listen, so that no other process gets it.
    reserved_port: Mutex<Option<TcpSocket>>,
}

/// The signal that stops the accept loop, and its task, which returns the listener.
type Listening = (oneshot::Sender<()>, JoinHandle<TcpListener>);

/// A recorded request with its response.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// The number of the request, in the order of arrival.
    pub n: u64,
    /// The number of the connection, from 1.
    pub connection: u64,
    /// The time at which the request was complete.
    pub at: Instant,
    /// The name of the endpoint; `None` if no endpoint has the target.
    pub endpoint: Option<String>,
    /// The request. Its target is relative to the endpoint, or complete without one.
    pub request: Request,
    /// The response.
    pub reply: Reply,
    /// Whether an override gave the response, and not the provider.
    pub overridden: bool,
}

impl ReceivedRequest {
    /// Whether the request arrived at this endpoint, or at none.
    #[must_use]
    pub fn is_at(&self, endpoint: &Endpoint) -> bool {
        self.endpoint.as_deref().is_none_or(|name| name == endpoint.name())
    }
}

#[derive(Debug, Default)]
struct Shared {
    endpoints: Mutex<Vec<Arc<Endpoint>>>,
    received: Mutex<Vec<Arc<ReceivedRequest>>>,
    new_request: Notify,
    connections: AtomicU64,
    request_counter: Arc<AtomicU64>,
}

impl RecordingServer {
    /// Listens on a free loopback port. Requests are numbered by `request_counter`, which several servers can share.
    ///
    /// # Errors
    /// If no port can be bound.
    ///
    /// # Panics
    /// Outside a Tokio runtime, in which the server runs.
    pub fn start(request_counter: Arc<AtomicU64>) -> std::io::Result<Self> {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0)))?.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { request_counter, ..Shared::default() });
        let listening = Mutex::new(Some(listen(listener, &shared)));
        Ok(Self { address, shared, listening, reserved_port: Mutex::default() })
    }

    /// Adds an endpoint with this provider behind it. The name must be unique on this server.
    pub fn add_endpoint(&self, name: &str, provider: Arc<Provider>) -> Arc<Endpoint> {
        let endpoint = Arc::new(Endpoint::new(name, self.address, provider));
        lock(&self.shared.endpoints).push(endpoint.clone());
        endpoint
    }

    /// The origin of the server: `http://HOST:PORT`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests received so far, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Arc<ReceivedRequest>> {
        lock(&self.shared.received).clone()
    }

    /// The requests received after the first `count`, in order.
    #[must_use]
    pub fn received_since(&self, count: usize) -> Vec<Arc<ReceivedRequest>> {
        lock(&self.shared.received).get(count..).unwrap_or_default().to_vec()
    }

    /// The number of requests received so far.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.shared.received).len()
    }

    /// The number of connections accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Waits until `count` requests have been received; `false` if the timeout ends first.
    pub async fn wait_for_requests(&self, count: usize, timeout: Duration) -> bool {
        let enough = async {
            loop {
                let notified = self.shared.new_request.notified();
                if self.count() >= count {
                    return;
                }
                notified.await;
            }
        };
        tokio::time::timeout(timeout, enough).await.is_ok()
    }

    /// Ends all connections and refuses new ones; `true` if they are in fact refused.
    pub async fn close(&self) -> bool {
        // A bound socket that does not listen refuses connections. It is bound while the listener still is, where the system
        // permits that, so that no other socket can get the port.
        let reserved = bind(self.address).ok();
        let listening = lock(&self.listening).take();
        if let Some((stop, task)) = listening {
            let _ = stop.send(());
            drop(task.await);
        }
        *lock(&self.reserved_port) = reserved.or_else(|| bind(self.address).ok());
        TcpStream::connect(self.address).await.is_err()
    }

    /// Listens again on the same port.
    ///
    /// # Errors
    /// If another process has taken the port.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn reopen(&self) -> std::io::Result<()> {
        let reserved = lock(&self.reserved_port).take();
        let listener = match reserved {
            Some(socket) => socket.listen(BACKLOG)?,
            None => bind(self.address)?.listen(BACKLOG)?,
        };
        *lock(&self.listening) = Some(listen(listener, &self.shared));
        Ok(())
    }
}

impl Drop for RecordingServer {
    fn drop(&mut self) {
        if let Some((_, task)) = lock(&self.listening).take() {
            task.abort();
        }
    }
}

/// A socket that is bound to an address, which other sockets of the server may be bound to already.
fn bind(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of the closed listener may still be in TIME_WAIT. A system gives a port with this option to no socket that asks for
    // any port.
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn listen(listener: TcpListener, shared: &Arc<Shared>) -> Listening {
    let (stop, stopped) = oneshot::channel();
    let stopped = async { drop(stopped.await) };
    (stop, tokio::spawn(accept(listener, shared.clone(), stopped)))
}

impl Service for Shared {
    fn connect(&self) -> Connection {
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        Connection { number, ..Connection::default() }
    }

    async fn handle(&self, connection: &Connection, request: hyper::Request<Incoming>) -> hyper::Response<Body> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, LARGEST_BODY).collect().await;
        let body = body.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
        let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let (endpoint, tenant, target) = match self.find(target) {
            Some((endpoint, parts)) => (Some(endpoint), parts.tenant, parts.below),
            None => (None, None, target),
        };
        let request = request_of(&parts, target, body);
        if let Some(endpoint) = &endpoint
            && endpoint.provider().shows_cap(&request)
        {
            // It belongs to the check of the balance, which is the request that is counted and that overrides are for.
            let reply = endpoint.provider().respond(&endpoint.as_proxied(&request, tenant.as_deref()));
            return response_of(&connection.pending, &reply);
        }
        let replacement = endpoint.as_ref().map(|endpoint| endpoint.take_override()).unwrap_or_default();
        let overridden = replacement.reply.is_some();
        let mut reply = match (replacement.reply, &endpoint) {
            (Some(reply), _) => reply,
            (None, Some(endpoint)) => endpoint.provider().respond(&endpoint.as_proxied(&request, tenant.as_deref())),
            (None, None) => Reply::new(404, "text/plain", "no route: use the base URL as a prefix"),
        };
        if request.method == "HEAD" {
            reply.body = Bytes::new();
        }
        self.record(connection.number, endpoint.as_deref(), request, reply.clone(), overridden);
        if let Some(latch) = replacement.latch {
            latch.wait().await;
        }
        response_of(&connection.pending, &reply)
    }
}

impl Shared {
    /// The endpoint that has a target, and the parts of the target.
    fn find<'t>(&self, target: &'t str) -> Option<(Arc<Endpoint>, SplitTarget<'t>)> {
        let parts = split_target(target)?;
        let endpoint = lock(&self.endpoints).iter().find(|endpoint| endpoint.name() == parts.name).cloned()?;
        Some((endpoint, parts))
    }

    fn record(&self, connection: u64, endpoint: Option<&Endpoint>, request: Request, reply: Reply, overridden: bool) {
        let endpoint = endpoint.map(|endpoint| endpoint.name().to_owned());
        {
            // The number and the time are taken under the lock, so that their order is that of the list.
            let mut received = lock(&self.received);
            let n = self.request_counter.fetch_add(1, Ordering::Relaxed) + 1;
            let at = Instant::now();
            received.push(Arc::new(ReceivedRequest { n, connection, at, endpoint, request, reply, overridden }));
        }
        self.new_request.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::net::{TcpListener, TcpStream};

    use super::RecordingServer;

    #[tokio::test]
    async fn closed_server_keeps_its_port_however_many_others_ask_for_one() {
        let server = RecordingServer::start(Arc::default()).unwrap();
        for _ in 0..3 {
            assert!(server.close().await, "connections are refused");
            let mut others = Vec::new();
            for _ in 0..200 {
                others.push(TcpListener::bind(("127.0.0.1", 0)).await.unwrap());
            }
            assert!(TcpListener::bind(server.address).await.is_err(), "the port is taken");
            server.reopen().unwrap();
            // Connections of a closed listener must not keep the port from being used again.
            TcpStream::connect(server.address).await.unwrap();
        }
    }
}
