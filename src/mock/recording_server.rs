//! A stage for a client: stand-ins at places of their own, cues for what happens next, and a record of what arrived.
//!
//! It is the first of the two witnesses: what a client sent is what arrived here, whatever the client says.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::convert::{Body, LARGEST_BODY, respond, tidy};
use super::delivery::{Heard, PendingDelivery, Wire};
use super::provider::Provider;
use super::reply::Reply;
use crate::exchange::Request;
use crate::sync::lock;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A listener with places; gone when it is dropped.
#[derive(Debug)]
pub struct RecordingServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Mutex<Option<Listening>>,
    /// Keeps the port while nobody listens, so that nobody else is given it.
    keeper: Mutex<Option<TcpSocket>>,
}

/// What ends the listening, and the task that listens, which gives the listener back.
type Listening = (oneshot::Sender<()>, JoinHandle<TcpListener>);

/// A base URL of its own, with a stand-in behind it.
#[derive(Debug)]
pub struct Endpoint {
    name: String,
    address: SocketAddr,
    provider: Arc<Provider>,
    cues: Mutex<Cues>,
}

/// A request that arrived, and what was done about it.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// Its number, in the order of arrival.
    pub n: u64,
    /// Number of the connection, from 1.
    pub connection: u64,
    /// When it was complete.
    pub at: Instant,
    /// The place it was for; `None` if the target is below none.
    pub endpoint: Option<String>,
    /// The request; its target stands below the place, or is whole if there is none.
    pub request: Request,
    /// The reply.
    pub reply: Reply,
    /// Whether a cue said so, rather than the stand-in.
    pub overridden: bool,
}

/// What happens to a request in place of the stand-in's own reply, or before it.
#[derive(Debug, Clone, Default)]
pub struct ResponseOverride {
    reply: Option<Reply>,
    gate: Option<Latch>,
}

/// Holds replies back until it is opened. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Latch(Arc<watch::Sender<bool>>);

#[derive(Debug, Default)]
struct Cues {
    next: VecDeque<ResponseOverride>,
    standing: Option<ResponseOverride>,
}

#[derive(Debug, Default)]
struct Shared {
    places: Mutex<Vec<Arc<Endpoint>>>,
    received: Mutex<Vec<Arc<ReceivedRequest>>>,
    arrived: Notify,
    connections: AtomicU64,
    numbers: Arc<AtomicU64>,
}

impl Latch {
    /// A gate that is shut.
    #[must_use]
    pub fn closed() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Lets everything through, now and later.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    async fn pass(&self) {
        let mut open = self.0.subscribe();
        // The sender lives as long as this gate.
        let _ = open.wait_for(|open| *open).await;
    }
}

impl ResponseOverride {
    /// The stand-in's own reply, made up when the request arrives and sent when the gate opens.
    #[must_use]
    pub fn held_until(gate: &Latch) -> Self {
        Self { reply: None, gate: Some(gate.clone()) }
    }
}

impl From<Reply> for ResponseOverride {
    fn from(reply: Reply) -> Self {
        Self { reply: Some(reply), gate: None }
    }
}

impl RecordingServer {
    /// Listens on a free loopback port; what arrives is numbered by that counter.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(numbers: Arc<AtomicU64>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { numbers, ..Shared::default() });
        let listening = Mutex::new(Some(listen(listener, &shared)));
        Ok(Self { address, shared, listening, keeper: Mutex::default() })
    }

    /// A place of that name, which must be unique here, with a stand-in behind it.
    pub fn add_endpoint(&self, name: &str, provider: Arc<Provider>) -> Arc<Endpoint> {
        let place =
            Arc::new(Endpoint { name: name.to_owned(), address: self.address, provider, cues: Mutex::default() });
        lock(&self.shared.places).push(place.clone());
        place
    }

    /// Where it listens, as `http://HOST:PORT`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that has arrived, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Arc<ReceivedRequest>> {
        lock(&self.shared.received).clone()
    }

    /// Everything that has arrived since there were so many, in order.
    #[must_use]
    pub fn received_since(&self, count: usize) -> Vec<Arc<ReceivedRequest>> {
        lock(&self.shared.received).get(count..).unwrap_or_default().to_vec()
    }

    /// How many requests have arrived.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.shared.received).len()
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Waits until so many requests have arrived; `false` if that takes longer than `patience`.
    pub async fn wait_for_requests(&self, count: usize, patience: Duration) -> bool {
        let enough = async {
            loop {
                let notified = self.shared.arrived.notified();
                if self.count() >= count {
                    return;
                }
                notified.await;
            }
        };
        tokio::time::timeout(patience, enough).await.is_ok()
    }

    /// Ends every connection and refuses new ones; `true` once they are refused indeed.
    pub async fn close(&self) -> bool {
        let listening = lock(&self.listening).take();
        if let Some((end, task)) = listening {
            let _ = end.send(());
            // Dropped here, so that nobody has time to take the port.
            drop(task.await);
        }
        // Bound, and not listening: who connects is refused. Without it the port is only more likely to be lost.
        *lock(&self.keeper) = bound(self.address).ok();
        TcpStream::connect(self.address).await.is_err()
    }

    /// Listens again where it did before.
    ///
    /// # Errors
    /// If somebody else has taken the port.
    pub async fn reopen(&self) -> std::io::Result<()> {
        let keeper = lock(&self.keeper).take();
        let listener = match keeper {
            Some(keeper) => {
                keeper.set_reuseaddr(true)?;
                keeper.listen(BACKLOG)?
            }
            None => TcpListener::bind(self.address).await?,
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

impl Endpoint {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What stands in place of the contract's server URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/t/{}", self.address, self.name)
    }

    /// The stand-in.
    #[must_use]
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// What happens to the next request; several stand in line.
    pub fn respond_once(&self, cue: impl Into<ResponseOverride>) {
        lock(&self.cues).next.push_back(cue.into());
    }

    /// What happens to every request for which nothing stands in line.
    pub fn respond_with(&self, cue: impl Into<ResponseOverride>) {
        lock(&self.cues).standing = Some(cue.into());
    }

    /// From now on the stand-in replies, whatever stood in line.
    pub fn reset(&self) {
        *lock(&self.cues) = Cues::default();
    }

    fn cue(&self) -> ResponseOverride {
        let mut cues = lock(&self.cues);
        cues.next.pop_front().or_else(|| cues.standing.clone()).unwrap_or_default()
    }
}

fn bound(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // There are connections that have not ended for good.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    // Without this the port may be given to whoever asks for any and would share one with others that do not listen.
    socket.set_reuseaddr(false)?;
    Ok(socket)
}

fn listen(listener: TcpListener, shared: &Arc<Shared>) -> Listening {
    let (end, ended) = oneshot::channel();
    (end, tokio::spawn(accept(listener, ended, shared.clone())))
}

async fn accept(listener: TcpListener, mut ended: oneshot::Receiver<()>, shared: Arc<Shared>) -> TcpListener {
    // Dropping the set ends every connection with the listener.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut ended => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::task::yield_now().await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let _ = stream.set_nodelay(true);
        let connection = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let shared = shared.clone();
        let plan = PendingDelivery::default();
        let wire = Wire::new(stream, plan.clone(), Heard::default());
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let (shared, plan) = (shared.clone(), plan.clone());
                async move { Ok::<_, Infallible>(serve(&shared, &plan, connection, request).await) }
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new());
            let _ = builder.serve_connection(TokioIo::new(wire), service).await;
        });
    }
    // One that has hardly sent an answer may read another request before it learns that it has ended.
    connections.shutdown().await;
    listener
}

async fn serve(
    shared: &Shared,
    plan: &PendingDelivery,
    connection: u64,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Body> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    let body = body.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
    let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let (place, target) = shared.find(target).map_or((None, target), |(place, rest)| (Some(place), rest));
    let request = tidy(&parts, target, body);
    let cue = place.as_ref().map(|place| place.cue()).unwrap_or_default();
    let cued = cue.reply.is_some();
    let mut reply = match (cue.reply, &place) {
        (Some(reply), _) => reply,
        (None, Some(place)) => place.provider.answer(&request),
        (None, None) => Reply::new(404, "text/plain", "nothing is here: paths stand below the base URL"),
    };
    if request.method == "HEAD" {
        reply.body = Bytes::new();
    }
    {
        let mut received = lock(&shared.received);
        let n = shared.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let place = place.as_ref().map(|place| place.name.clone());
        let at = Instant::now();
        received.push(Arc::new(ReceivedRequest {
            n,
            connection,
            at,
            endpoint: place,
            request,
            reply: reply.clone(),
            overridden: cued,
        }));
    }
    shared.arrived.notify_waiters();
    if let Some(gate) = cue.gate {
        gate.pass().await;
    }
    respond(plan, &reply)
}

impl Shared {
    /// The place that a target is below, and the target from there.
    fn find<'t>(&self, target: &'t str) -> Option<(Arc<Endpoint>, &'t str)> {
        let rest = target.strip_prefix("/t/")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (name, below) = rest.split_at(end);
        let place = lock(&self.places).iter().find(|place| place.name == name).cloned()?;
        Some((place, below))
    }
}
