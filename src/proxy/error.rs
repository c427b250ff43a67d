//! Why a proxy cannot be started.

use std::io;
use std::net::SocketAddr;

use super::inject::InjectionError;
use crate::run::RunError;

/// A proxy that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The URL of the server cannot be used.
    #[error("the upstream {url} cannot be used: {reason}")]
    Upstream {
        /// The URL, without credentials.
        url: String,
        /// Why.
        reason: String,
    },
    /// The server is not on this machine.
    #[error("{host} is not a loopback address; --live {host} permits it")]
    Live {
        /// The host, with its port if it is not the usual one.
        host: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The address is not free.
    #[error("the program cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A fault cannot be injected.
    #[error(transparent)]
    Injection(#[from] InjectionError),
    /// The judge cannot be set up.
    #[error(transparent)]
    Run(#[from] RunError),
}
