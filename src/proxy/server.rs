//! The proxy as a whole.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use url::Url;

use super::connection::{Shared, serve};
use super::control;
use super::error::ProxyError;
use super::inject::{Injection, Injector};
use super::judging::{Judging, OnFinding};
use super::upstream::{Upstream, UpstreamTarget};
use crate::contract::Contract;
use crate::mock::{Provider, ProviderServer, ServerOptions};
use crate::passive::{TrafficJudge, TrafficOptions};
use crate::run::Report;

/// How long nothing is accepted after a connection could not be.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

/// How long exchanges are judged after the proxy has stopped.
const LAST_JUDGING: Duration = Duration::from_secs(5);

/// Options of a proxy.
#[derive(Debug, Clone)]
pub struct ProxyOptions {
    /// The address to listen on. Port 0 selects a free port.
    pub listen: SocketAddr,
    /// Where requests go.
    pub upstream: UpstreamTarget,
    /// The `HOST[:PORT]` that may be reached although it is not on this machine.
    pub live: Option<String>,
    /// Faults to put into responses.
    pub inject: Vec<Injection>,
    /// Whether pages of other origins on this machine may use the proxy.
    pub cors: bool,
    /// How the traffic is judged.
    pub traffic: TrafficOptions,
}

/// A running proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    control: SocketAddr,
    base: String,
    judging: Judging,
    mock: Option<ProviderServer>,
    tasks: Vec<JoinHandle<()>>,
}

impl Proxy {
    /// Starts a proxy. `on_finding` is called with each new finding, on the thread that judges.
    ///
    /// # Errors
    /// If the server is not permitted, a fault cannot be injected, or an address is not free.
    pub async fn start(
        contract: Arc<Contract>,
        options: ProxyOptions,
        on_finding: OnFinding,
    ) -> Result<Self, ProxyError> {
        let ProxyOptions { listen, upstream, live, inject, cors, traffic } = options;
        let has_mock = upstream == UpstreamTarget::Mock;
        let judge = TrafficJudge::new(contract.clone(), &traffic)?;
        let (injector, of_mock) = Injector::new(&contract, &inject, has_mock, judge.seed())?;
        let listener = bind(listen).await?;
        let failed = |source| ProxyError::Listen { address: listen, source };
        let address = listener.local_addr().map_err(failed)?;
        // Reports are for this machine only.
        let control_listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let control = control_listener.local_addr().map_err(failed)?;
        let (mock, upstream) = match upstream {
            UpstreamTarget::Url(url) => (None, Upstream::new(&url, live.as_deref())?),
            UpstreamTarget::Mock => {
                let (mock, upstream) = start_mock(&contract, &of_mock, &traffic.keys).await?;
                (Some(mock), upstream)
            }
        };
        let (base, target) = (upstream.base.clone(), upstream.base_url());
        let judging = Judging::start(judge, target.clone(), on_finding);
        let shared = Arc::new(Shared {
            contract,
            upstream,
            base_url: target.into(),
            judging: judging.clone(),
            injector,
            cors,
            clock: Instant::now(),
            exchanges: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        });
        let tasks = vec![
            tokio::spawn(accept(listener, shared)),
            tokio::spawn(control::serve(control_listener, judging.clone())),
        ];
        Ok(Self { address, control, base, judging, mock, tasks })
    }

    /// The base URL of the API at the proxy, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.base)
    }

    /// The URL of the report so far.
    #[must_use]
    pub fn report_url(&self) -> String {
        format!("http://{}{}", self.control, control::REPORT_PATH)
    }

    /// The URL of the state handler of the mock behind the proxy, if there is one.
    #[must_use]
    pub fn states_url(&self) -> Option<String> {
        self.mock.as_ref().map(ProviderServer::states_url)
    }

    /// How many exchanges there were, and how many checks have found something.
    #[must_use]
    pub fn counts(&self) -> (u64, usize) {
        self.judging.counts()
    }

    /// The report on everything so far. `None` if the judge has ended.
    pub async fn report(&self) -> Option<Report> {
        self.judging.report().await
    }

    /// Stops, and returns the report on everything. What is not judged some seconds later is only counted. `None` if the judge has
    /// ended.
    pub async fn finish(mut self) -> Option<Report> {
        // More traffic would keep the judge busy.
        for task in self.tasks.drain(..) {
            task.abort();
            // It was aborted.
            let _ = task.await;
        }
        self.judging.last_report(LAST_JUDGING).await
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ProxyError> {
    TcpListener::bind(address).await.map_err(|source| ProxyError::Listen { address, source })
}

/// Starts a mock of the contract. Its API is below the path that it has in the contract, so that clients need no other path.
async fn start_mock(
    contract: &Arc<Contract>,
    faults: &[String],
    keys: &[String],
) -> Result<(ProviderServer, Upstream), ProxyError> {
    let unknown = |error: crate::mock::UnknownFault| super::inject::InjectionError::Unknown(error.0);
    let provider = Provider::with_faults(contract.clone(), faults).map_err(unknown)?;
    for key in keys {
        provider.open_account(key, key, provider.example_balance());
    }
    let options = ServerOptions::default();
    let address = options.listen;
    let server = ProviderServer::start(vec![Arc::new(provider)], options).await;
    let server = server.map_err(|source| ProxyError::Listen { address, source })?;
    let mut upstream = Upstream::new(&server.url(&contract.name), None)?;
    let path = Url::parse(contract.server_url()).map(|url| url.path().trim_end_matches('/').to_owned());
    upstream.base = path.unwrap_or_default();
    upstream.hidden.clone_from(&upstream.base);
    Ok((server, upstream))
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropping the set ends every connection.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Most likely there are no free file descriptors. Open connections get a chance to end.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let _ = stream.set_nodelay(true);
        connections.spawn(serve(stream, shared.clone()));
    }
}
