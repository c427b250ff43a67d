//! A server under test: its URL, credentials and state handler.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::OnceCell;

use super::state_handler::Handler;
use super::states::States;
use super::waits::Waits;
use super::world::{Member, World};
use crate::contract::Contract;
use crate::exchange::Addresses;
use crate::mock::{Provider, ProviderBehaviour, ProviderServer, ServerOptions};

/// A server under test.
#[derive(Debug)]
pub struct ServerSubject {
    /// The base URL, which replaces the contract's `servers[0].url`; without a trailing slash.
    pub base_url: String,
    /// The name in reports.
    pub name: String,
    /// A valid credential, for checks that need no state.
    pub key: Option<String>,
    /// A valid credential of another tenant.
    pub other_key: Option<String>,
    /// The states of the server.
    pub states: States,
    world: Arc<World>,
    /// What is waited for at present.
    pub(crate) waits: Waits,
    /// Whether an outage that is asked for one tenant concerns that tenant alone; unknown before it was tried.
    outage_per_tenant: OnceLock<bool>,
    /// What was proven about the state handler, so that it is proven once and not by each check.
    pub proven: ProvenStates,
    /// Whether spending is permitted without a state handler.
    pub allow_spend: bool,
    /// Whether the target is live. A live target receives read requests only.
    pub live: bool,
    embedded: Option<ProviderServer>,
    dead: AtomicBool,
    /// Which of the documented ways to present the credential is used.
    way: AtomicUsize,
}

/// Effects of the state handler that were seen. What was not seen is tried again by the next check.
#[derive(Debug, Default)]
pub struct ProvenStates {
    /// An account that was never read before shows the balance that it was set to.
    pub balance: OnceCell<()>,
    /// A new account shows the balance that it was opened with.
    pub opened: OnceCell<()>,
}

/// The reason why a server cannot be put under test.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// Requests cannot be sent to the URL.
    #[error("the URL {url} cannot be used: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with the URL.
        reason: String,
    },
    /// The target is not a loopback address, and `--live` does not name it.
    #[error("{0} is not a loopback address; give --live {0} to permit it")]
    NotLoopback(String),
    /// The state handler is neither a URL nor a command.
    #[error("the state handler `{0}` is neither http://… nor cmd:COMMAND LINE")]
    Handler(String),
    /// The embedded mock provider cannot be served.
    #[error("the embedded mock provider cannot be served")]
    Embedded(#[from] std::io::Error),
}

impl ServerSubject {
    /// Serves the mock provider of a contract, with all states.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub async fn embedded(contract: &Arc<Contract>, behaviour: ProviderBehaviour) -> Result<Self, SubjectError> {
        let provider = Arc::new(Provider::with_behaviour(contract.clone(), behaviour));
        let server = ProviderServer::start(vec![provider.clone()], ServerOptions::default()).await?;
        Ok(Self {
            base_url: server.url(&contract.name),
            name: "embedded".to_owned(),
            key: None,
            other_key: None,
            states: States::new(Handler::Embedded(provider)),
            allow_spend: true,
            live: false,
            world: Arc::default(),
            waits: Waits::default(),
            outage_per_tenant: OnceLock::from(true),
            proven: ProvenStates::default(),
            embedded: Some(server),
            dead: AtomicBool::new(false),
            way: AtomicUsize::new(0),
        })
    }

    /// A server at a URL. `live` is the `HOST[:PORT]` that is permitted although it is not a loopback address.
    ///
    /// # Errors
    /// If the URL or the handler cannot be used, or the target is neither a loopback address nor permitted.
    pub fn at(url: &str, states: Option<&str>, live: Option<&str>) -> Result<Self, SubjectError> {
        // A URL may be refused because it contains a secret.
        let shown = url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, rest)| format!("…@{rest}"));
        let bad = |reason: &str| SubjectError::Url { url: shown.clone(), reason: reason.to_owned() };
        let parsed = url::Url::parse(url).map_err(|error| bad(&error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad("it is neither http:// nor https://"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(bad("credentials do not belong in a URL; use --key"));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(bad("it has a query or a fragment, and paths are appended to it"));
        }
        let addresses = Addresses::new(live);
        let loopback = permitted(&addresses, &parsed)?;
        let handler = match states {
            None => Handler::Absent,
            Some(text) => match text.strip_prefix("cmd:") {
                Some(command) => Handler::Command(command.to_owned()),
                None => {
                    let refused = || SubjectError::Handler(text.to_owned());
                    let url = url::Url::parse(text).map_err(|_| refused())?;
                    if !matches!(url.scheme(), "http" | "https") {
                        return Err(refused());
                    }
                    permitted(&addresses, &url)?;
                    Handler::Http(text.to_owned())
                }
            },
        };
        Ok(Self {
            base_url: url.trim_end_matches('/').to_owned(),
            name: url.to_owned(),
            key: None,
            other_key: None,
            allow_spend: states.is_some(),
            states: States::at(handler, &addresses),
            live: !loopback,
            world: Arc::default(),
            waits: Waits::default(),
            outage_per_tenant: OnceLock::new(),
            proven: ProvenStates::default(),
            embedded: None,
            dead: AtomicBool::new(false),
            way: AtomicUsize::new(0),
        })
    }

    /// Enters the world of the server: its clock stands still until the member sleeps, pauses or leaves.
    #[must_use]
    pub fn enter(&self) -> Member {
        Member::of(&self.world, self.states.clock())
    }

    /// The world of the server: what all trials share that run side by side.
    #[must_use]
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Tears down all that is still set up. Returns a sentence that names what may be left.
    pub async fn tear_down(&self) -> Option<String> {
        self.states.teardown_all(self.world.now().ms).await
    }

    /// Whether an outage of one tenant's store leaves the others alone. Until that was tried, it is taken to concern all.
    #[must_use]
    pub fn fails_per_tenant(&self) -> bool {
        self.outage_per_tenant.get().copied().unwrap_or(false)
    }

    /// Records whether an outage concerns one tenant alone. The first answer stays.
    pub fn set_fails_per_tenant(&self, alone: bool) {
        let _ = self.outage_per_tenant.set(alone);
    }

    /// Whether the server was found to accept no more connections.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Records that the server accepts no more connections; `false` if that was recorded before.
    pub fn mark_dead(&self) -> bool {
        !self.dead.swap(true, Ordering::Relaxed)
    }

    /// Which of the documented ways to present the credential is used, from 0.
    #[must_use]
    pub fn way(&self) -> usize {
        self.way.load(Ordering::Relaxed)
    }

    /// Presents the credential in another of the documented ways from now on.
    pub fn set_way(&self, way: usize) {
        self.way.store(way, Ordering::Relaxed);
    }

    /// Whether this credential is known to belong to an account.
    #[must_use]
    pub fn is_known_key(&self, key: &str) -> bool {
        let given = [&self.key, &self.other_key].into_iter().flatten().any(|given| given == key);
        given || self.states.has_issued(key)
    }

    /// Whether the server is the embedded mock provider.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }
}

/// Returns whether a URL leads to loopback addresses.
///
/// # Errors
/// If it does not, and `--live` does not name its host.
fn permitted(addresses: &Addresses, url: &url::Url) -> Result<bool, SubjectError> {
    let loopback = Addresses::is_loopback(url);
    if !loopback && !addresses.names(url) {
        let host = url.host_str().unwrap_or_default();
        let with_port = || format!("{host}:{}", url.port_or_known_default().unwrap_or(0));
        return Err(SubjectError::NotLoopback(if url.port().is_none() { host.to_owned() } else { with_port() }));
    }
    Ok(loopback)
}
