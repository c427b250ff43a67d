//! A server under test: where it is, whose keys there are, and who puts it into states.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::states::{Handler, States};
use crate::contract::Contract;
use crate::mock::{Provider, ProviderBehaviour, ProviderServer, ServerOptions};

/// A server under test.
#[derive(Debug)]
pub struct ServerSubject {
    /// Takes the place of the contract's `servers[0].url`; no trailing slash.
    pub base_url: String,
    /// What reports call it.
    pub name: String,
    /// A valid credential, for what needs no state.
    pub key: Option<String>,
    /// A valid credential of another tenant.
    pub other_key: Option<String>,
    /// Who puts it into states.
    pub states: States,
    /// Whether spending was permitted although there is no state handler.
    pub allow_spend: bool,
    /// Whether it is a live target, which gets reads only.
    pub live: bool,
    embedded: Option<ProviderServer>,
    died: AtomicBool,
}

/// Why a server cannot be put under test.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// The URL is none that requests can be sent to.
    #[error("use the URL {url}: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The target is not a loopback address, and `--live` does not name it.
    #[error("use {0}, which is not a loopback address: give --live {0} if it is really meant")]
    NotLoopback(String),
    /// The handler has neither form.
    #[error("use the state handler `{0}`: it is neither http://… nor cmd:COMMAND LINE")]
    Handler(String),
    /// The embedded stand-in cannot be served.
    #[error("serve the embedded stand-in: {0}")]
    Embedded(#[from] std::io::Error),
}

impl ServerSubject {
    /// The stand-in of a contract, with its states and its clock.
    ///
    /// # Errors
    /// If no loopback port can be had.
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
            embedded: Some(server),
            died: AtomicBool::new(false),
        })
    }

    /// A server at a URL. `live` is the `HOST[:PORT]` that was permitted.
    ///
    /// # Errors
    /// If the URL or the handler cannot be used, or the target is neither a loopback address nor the one permitted.
    pub fn at(url: &str, states: Option<&str>, live: Option<&str>) -> Result<Self, SubjectError> {
        // A URL that is refused may be refused for the secret in it.
        let shown = url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, rest)| format!("…@{rest}"));
        let bad = |reason: &str| SubjectError::Url { url: shown.clone(), reason: reason.to_owned() };
        let parsed = url::Url::parse(url).map_err(|error| bad(&error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad("it is neither http:// nor https://"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(bad("credentials do not belong into a URL; use --key"));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(bad("it has a query or a fragment, and paths are put behind it"));
        }
        let loopback = is_loopback(&parsed);
        if !loopback {
            let host = parsed.host_str().unwrap_or_default();
            let with_port = format!("{host}:{}", parsed.port_or_known_default().unwrap_or(0));
            let default_port = parsed.port().is_none();
            if !live.is_some_and(|live| live == with_port || (default_port && live == host)) {
                return Err(SubjectError::NotLoopback(if default_port { host.to_owned() } else { with_port }));
            }
        }
        let handler = match states {
            None => Handler::Absent,
            Some(text) => match text.strip_prefix("cmd:") {
                Some(command) => Handler::Command(command.to_owned()),
                None if text.starts_with("http://") || text.starts_with("https://") => Handler::Http(text.to_owned()),
                None => return Err(SubjectError::Handler(text.to_owned())),
            },
        };
        Ok(Self {
            base_url: url.trim_end_matches('/').to_owned(),
            name: url.to_owned(),
            key: None,
            other_key: None,
            allow_spend: states.is_some(),
            states: States::new(handler),
            live: !loopback,
            embedded: None,
            died: AtomicBool::new(false),
        })
    }

    /// Whether it was seen that it accepts no connections any more.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.died.load(Ordering::Relaxed)
    }

    /// It was seen that it accepts no connections any more; `false` if that was known.
    pub fn mark_dead(&self) -> bool {
        !self.died.swap(true, Ordering::Relaxed)
    }

    /// Whether this credential is known to be somebody's.
    #[must_use]
    pub fn is_known_key(&self, key: &str) -> bool {
        let given = [&self.key, &self.other_key].into_iter().flatten().any(|given| given == key);
        given || self.states.has_issued(key)
    }

    /// Whether it is the stand-in of this process.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }
}

/// Names count as loopback only if they are reserved for it (RFC 6761): any other name may resolve to anything.
fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
