//! The mock server: serves providers over HTTP, and the state protocol beside them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::accept::{Connection, Service, accept};
use super::behaviour::OnConnection;
use super::convert::{Body, request_of, response_of};
use super::delivery::RequestBytes;
use super::provider::Provider;
use super::receive::{Received, receive};
use super::reply::Reply;
use super::{state_access, state_protocol};

/// The path of the state protocol.
const STATES_PATH: &str = "/-/states";

/// Options of a [`ProviderServer`].
///
/// ```
/// use ringtrue::mock::ServerOptions;
///
/// let options = ServerOptions::default().listen(([127, 0, 0, 1], 8080).into());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The address to listen on. Port 0 selects a free port.
    pub listen: SocketAddr,
}

impl Default for ServerOptions {
    /// Listens on a free loopback port.
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }
}

impl ServerOptions {
    /// Sets the address to listen on. Port 0 selects a free port.
    ///
    /// ```
    /// use ringtrue::mock::ServerOptions;
    ///
    /// let options = ServerOptions::default().listen(([0, 0, 0, 0], 8080).into());
    /// assert_eq!(options.listen.port(), 8080);
    /// ```
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }
}

/// An HTTP server with one or more mock providers. It stops when it is dropped.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use ringtrue::Contract;
/// use ringtrue::mock::{Provider, ProviderServer, ServerOptions};
///
/// let contract = Arc::new(Contract::load("openapi.yaml")?);
/// let provider = Arc::new(Provider::new(contract.clone()));
/// let server = ProviderServer::start(vec![provider], ServerOptions::default()).await?;
/// println!("the API is at {}", server.url(&contract.name));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ProviderServer {
    address: SocketAddr,
    providers: Arc<Providers>,
    task: JoinHandle<TcpListener>,
}

#[derive(Debug)]
struct Providers {
    all: Vec<Arc<Provider>>,
    /// The number of connections so far.
    connections: AtomicU64,
}

impl ProviderServer {
    /// Serves providers: a single one at the root, several each below `/<name of its contract>`.
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn start(providers: Vec<Arc<Provider>>, options: ServerOptions) -> std::io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let providers = Arc::new(Providers { all: providers, connections: AtomicU64::new(0) });
        let task = tokio::spawn(accept(listener, providers.clone(), std::future::pending()));
        Ok(Self { address, providers, task })
    }

    /// The base URL of the provider whose contract has this name, without a trailing slash.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        if self.providers.all.len() == 1 {
            format!("http://{}", self.address)
        } else {
            format!("http://{}/{name}", self.address)
        }
    }

    /// The URL of the state handler, for `--states`.
    #[must_use]
    pub fn states_url(&self) -> String {
        format!("http://{}{STATES_PATH}", self.address)
    }

    /// Waits until the server stops. It does not stop by itself.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for ProviderServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service for Providers {
    const MAX_BUFFER: Option<usize> = Some(64 * 1024);

    fn connect(&self) -> Connection {
        let needs_bytes = self.all.iter().any(|provider| provider.has_case_sensitive_names());
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        Connection { number, bytes: RequestBytes::recorded_if(needs_bytes), ..Connection::default() }
    }

    async fn handle(&self, connection: &Connection, request: hyper::Request<Incoming>) -> hyper::Response<Body> {
        let pending = &connection.pending;
        let (parts, body) = request.into_parts();
        if let Some(why) = invalid_host(&parts) {
            return response_of(pending, &closing(Reply::new(400, "text/plain", why)));
        }
        let body = match receive(body).await {
            Received::Whole(body) => body,
            Received::TooLarge => {
                return response_of(pending, &closing(Reply::new(413, "text/plain", "content too large")));
            }
            Received::TooSlow => {
                return response_of(pending, &closing(Reply::new(408, "text/plain", "the content came too slowly")));
            }
            Received::Broken => {
                return response_of(pending, &closing(Reply::new(400, "text/plain", "the content is incomplete")));
            }
        };
        let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        if let Some(rest) = target.strip_prefix(STATES_PATH) {
            if let Some((status, why)) = state_access::refusal(&parts) {
                let response = json!({ "error": why });
                return response_of(pending, &Reply::new(status, "application/json", response.to_string()));
            }
            let message = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let response = self.handle_state_message(rest.trim_start_matches('/'), &message);
            return response_of(pending, &Reply::new(200, "application/json", response.to_string()));
        }
        let Some((provider, target)) = self.find(target) else {
            return response_of(pending, &Reply::new(404, "text/plain", "no provider at this path"));
        };
        let mut request = request_of(&parts, target, body);
        if provider.has_case_sensitive_names() {
            let bytes = connection.bytes.take();
            request.headers.retain(|(name, _)| provider.finds_name(name, &bytes));
        }
        let nth = connection.requests.fetch_add(1, Ordering::Relaxed) + 1;
        response_of(pending, &provider.respond_on(OnConnection { number: connection.number, nth }, &request))
    }
}

impl Providers {
    /// The provider that a request target belongs to, and the target below its base URL.
    fn find<'a>(&'a self, target: &'a str) -> Option<(&'a Provider, &'a str)> {
        if let [provider] = self.all.as_slice() {
            return Some((provider, target));
        }
        self.all.iter().find_map(|provider| {
            let rest = target.strip_prefix('/')?.strip_prefix(provider.contract().name.as_str())?;
            rest.starts_with('/').then_some((provider.as_ref(), rest))
        })
    }

    /// Handles a message of the state protocol for the provider of that name, or for all providers.
    fn handle_state_message(&self, name: &str, message: &Value) -> Value {
        let name = message["contract"].as_str().unwrap_or(name);
        let is_addressed = |provider: &&Provider| name.is_empty() || provider.contract().name == name;
        let addressed: Vec<&Provider> = self.all.iter().map(Arc::as_ref).filter(is_addressed).collect();
        if addressed.is_empty() {
            return state_protocol::unsupported(&format!("there is no provider named `{name}`"));
        }
        state_protocol::handle(&addressed, message)
    }
}

/// Returns why the `Host` of a request is invalid (RFC 9112, section 3.2): HTTP/1.1 requires exactly one.
fn invalid_host(parts: &http::request::Parts) -> Option<&'static str> {
    match parts.headers.get_all(http::header::HOST).iter().count() {
        0 if parts.version >= http::Version::HTTP_11 => Some("a request needs the field Host"),
        0 | 1 => None,
        _ => Some("a request has the field Host once"),
    }
}

/// Closes the connection after a reply.
fn closing(mut reply: Reply) -> Reply {
    reply.set_header("connection", "close");
    reply
}
