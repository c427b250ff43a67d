//! The hyper front: serves stand-ins on a socket, and the state protocol beside them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::convert::{Body, LARGEST_BODY, respond, tidy};
use super::delivery::{Heard, PendingDelivery, Wire};
use super::provider::Provider;
use super::reply::Reply;

/// The path of the state protocol.
const STATES_PATH: &str = "/-/states";

/// How a [`ProviderServer`] serves.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }
}

/// Stand-ins on a socket; they are gone when it is dropped.
#[derive(Debug)]
pub struct ProviderServer {
    address: SocketAddr,
    providers: Arc<Vec<Arc<Provider>>>,
    task: JoinHandle<()>,
}

impl ProviderServer {
    /// Serves stand-ins: a lone one at the root, several each under `/<name>`.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn start(providers: Vec<Arc<Provider>>, options: ServerOptions) -> std::io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let providers = Arc::new(providers);
        let task = tokio::spawn(accept(listener, providers.clone()));
        Ok(Self { address, providers, task })
    }

    /// Where the stand-in of that name is found, without a trailing slash.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        if self.providers.len() == 1 {
            format!("http://{}", self.address)
        } else {
            format!("http://{}/{name}", self.address)
        }
    }

    /// Where the state protocol is spoken.
    #[must_use]
    pub fn states_url(&self) -> String {
        format!("http://{}{STATES_PATH}", self.address)
    }

    /// Runs until the server ends, which it does not by itself.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for ProviderServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, providers: Arc<Vec<Arc<Provider>>>) {
    // Dropping the set ends every connection with the server.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: give the open connections a chance to end.
            tokio::task::yield_now().await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let _ = stream.set_nodelay(true);
        let providers = providers.clone();
        let plan = PendingDelivery::default();
        let heard = Heard::listening(providers.iter().any(|provider| provider.minds_case()));
        let wire = Wire::new(stream, plan.clone(), heard.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let (providers, plan, heard) = (providers.clone(), plan.clone(), heard.clone());
                async move { Ok::<_, Infallible>(serve(&providers, &plan, &heard, request).await) }
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).max_buf_size(64 * 1024);
            // A connection that ends badly is the client's affair, or a fault's.
            let _ = builder.serve_connection(TokioIo::new(wire), service).await;
        });
    }
}

async fn serve(
    providers: &[Arc<Provider>],
    plan: &PendingDelivery,
    heard: &Heard,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await.map(http_body_util::Collected::to_bytes) else {
        return respond(plan, &Reply::new(413, "text/plain", "content too large"));
    };
    let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    if let Some(rest) = target.strip_prefix(STATES_PATH) {
        let message = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let answer = states(providers, rest.trim_start_matches('/'), &message);
        return respond(plan, &Reply::new(200, "application/json", answer.to_string()));
    }
    let Some((provider, target)) = find(providers, target) else {
        return respond(plan, &Reply::new(404, "text/plain", "no stand-in at this path"));
    };
    let mut request = tidy(&parts, target, body);
    if provider.minds_case() {
        let bytes = heard.take();
        request.headers.retain(|(name, _)| provider.reads_name(name, &bytes));
    }
    respond(plan, &provider.answer(&request))
}

/// The stand-in that a target is for, and the target below it.
fn find<'a>(providers: &'a [Arc<Provider>], target: &'a str) -> Option<(&'a Provider, &'a str)> {
    if let [provider] = providers {
        return Some((provider, target));
    }
    providers.iter().find_map(|provider| {
        let rest = target.strip_prefix('/')?.strip_prefix(provider.contract().name.as_str())?;
        rest.starts_with('/').then_some((provider.as_ref(), rest))
    })
}

/// Speaks the state protocol for the stand-in of that name, or for all of them: what is set up then holds in each.
fn states(providers: &[Arc<Provider>], name: &str, message: &Value) -> Value {
    let named = message["contract"].as_str().unwrap_or(name);
    let mut addressed = providers.iter().filter(|provider| named.is_empty() || provider.contract().name == named);
    let Some(first) = addressed.next() else {
        return json!({ "unsupported": format!("there is no stand-in for `{named}` here") });
    };
    let answer = first.handle_state_message(message);
    let (key, tenant) = (answer["values"]["key"].as_str(), answer["values"]["tenant"].as_str());
    for provider in addressed {
        match (message["action"].as_str(), message["state"].as_str(), tenant) {
            (Some("setup"), Some("account"), Some(tenant)) => {
                provider.open_account(key.unwrap_or(tenant), tenant, provider.example_balance());
                let mut again = json!({ "action": "setup", "state": "balance", "params": message["params"] });
                again["params"]["tenant"] = json!(tenant);
                drop(provider.handle_state_message(&again));
            }
            _ => drop(provider.handle_state_message(message)),
        }
    }
    answer
}
