//! Which addresses may be connected to: loopback addresses, and the host that `--live` names. Decided on the resolved address when a
//! connection is made, so that a name cannot lead elsewhere, now or later.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpStream;

/// The addresses that may be connected to.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// The `HOST[:PORT]` that may have other addresses than loopback addresses.
    live: Option<Arc<str>>,
}

impl Addresses {
    /// Permits loopback addresses, and every address of `live`, which is `HOST[:PORT]`.
    #[must_use]
    pub fn new(live: Option<&str>) -> Self {
        Self { live: live.map(Into::into) }
    }

    /// Returns whether `--live` names this host. Without a port it stands for the port that the scheme of the URL implies.
    #[must_use]
    pub fn names(&self, url: &url::Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or(0));
        self.live.as_deref().is_some_and(|live| live == with_port || url.port().is_none() && live == host)
    }

    /// Returns whether all addresses of the host are loopback addresses at present. A name that cannot be resolved is not.
    #[must_use]
    pub fn is_loopback(url: &url::Url) -> bool {
        match url.host() {
            Some(url::Host::Ipv4(address)) => loopback(address.into()),
            Some(url::Host::Ipv6(address)) => loopback(address.into()),
            Some(url::Host::Domain(name)) => {
                let port = url.port_or_known_default().unwrap_or(0);
                let found = std::net::ToSocketAddrs::to_socket_addrs(&(name, port)).map(Vec::from_iter);
                match found {
                    Ok(found) if !found.is_empty() => found.iter().all(|address| loopback(address.ip())),
                    // Reserved for loopback (RFC 6761). Where it is not resolved, no connection can be made either.
                    _ => name == "localhost" || name.ends_with(".localhost"),
                }
            }
            None => false,
        }
    }

    /// Connects to the host of a URL.
    ///
    /// # Errors
    /// If no connection can be made, or no address of the host is permitted.
    pub async fn connect(&self, url: &url::Url) -> io::Result<TcpStream> {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = url.port_or_known_default().unwrap_or(80);
        let permitted = permitted(host, self.names(url), tokio::net::lookup_host((host, port)).await?)?;
        TcpStream::connect(permitted.as_slice()).await
    }

    /// Fails for a URL with an address in place of a name that is not permitted. Names are decided by the [resolver](Self::resolver).
    ///
    /// # Errors
    /// If the address is not permitted.
    pub(super) fn check(&self, url: &url::Url) -> io::Result<()> {
        let address: Option<IpAddr> = match url.host() {
            Some(url::Host::Ipv4(address)) => Some(address.into()),
            Some(url::Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        let Some(address) = address else { return Ok(()) };
        permitted(&address.to_string(), self.names(url), [SocketAddr::new(address, 0)]).map(drop)
    }

    /// The resolver of names for an HTTP client.
    pub(super) fn resolver(&self) -> Arc<Resolver> {
        Arc::new(Resolver(self.clone()))
    }
}

/// Resolves names to addresses that are permitted.
#[derive(Debug)]
pub(super) struct Resolver(Addresses);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        // The port is not known here. It is that of the base URL, which was checked with its port.
        let is_live = self.0.live.as_deref().is_some_and(|live| {
            live == name.as_str() || live.rsplit_once(':').is_some_and(|(host, _)| host == name.as_str())
        });
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted = permitted(name.as_str(), is_live, found)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be connected to.
fn permitted(host: &str, is_live: bool, found: impl IntoIterator<Item = SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = found.into_iter().collect();
    let permitted: Vec<SocketAddr> =
        found.iter().copied().filter(|address| is_live || loopback(address.ip())).collect();
    match found.first() {
        Some(other) if permitted.is_empty() => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("{host} is {}, which is not a loopback address; give --live to permit it", other.ip()),
        )),
        _ => Ok(permitted),
    }
}

fn loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::{Addresses, permitted};

    fn url(text: &str) -> url::Url {
        url::Url::parse(text).unwrap()
    }

    #[test]
    fn only_loopback_addresses_and_the_named_host_are_permitted() {
        let at = |address: &str| vec![std::net::SocketAddr::new(address.parse().unwrap(), 80)];
        for address in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
            assert!(permitted("localhost", false, at(address)).is_ok(), "{address}");
        }
        for address in ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "::ffff:10.0.0.1", "192.168.0.1", "8.8.8.8"] {
            let refused = permitted("localhost", false, at(address)).unwrap_err();
            assert!(refused.to_string().contains("not a loopback address"), "{refused}");
            assert!(permitted("api.example", true, at(address)).is_ok(), "{address}");
        }
        let both = [at("127.0.0.1"), at("10.0.0.1")].concat();
        assert_eq!(permitted("localhost", false, both).unwrap(), at("127.0.0.1"));
    }

    #[test]
    fn live_names_a_host_exactly() {
        let live = Addresses::new(Some("api.example:8080"));
        assert!(live.names(&url("http://api.example:8080/x")));
        for other in
            ["http://api.example/", "http://api.example:80/", "http://xapi.example:8080", "http://api.example.:8080"]
        {
            assert!(!live.names(&url(other)), "{other}");
        }
        assert!(Addresses::new(Some("api.example")).names(&url("https://api.example/x")));
        assert!(!Addresses::new(Some("api.example")).names(&url("https://api.example:8443/x")));
        assert!(!Addresses::default().names(&url("https://api.example")));
    }

    #[test]
    fn addresses_in_other_notations_are_those_that_they_mean() {
        for loopback in
            ["http://127.0.0.1", "http://2130706433", "http://0x7f.1", "http://[::1]", "http://[::ffff:127.0.0.1]"]
        {
            assert!(Addresses::is_loopback(&url(loopback)), "{loopback}");
            assert!(Addresses::default().check(&url(loopback)).is_ok(), "{loopback}");
        }
        for other in ["http://0.0.0.0", "http://[::]", "http://167772161", "http://[::ffff:10.0.0.1]", "http://1.1"] {
            assert!(!Addresses::is_loopback(&url(other)), "{other}");
            assert!(Addresses::default().check(&url(other)).is_err(), "{other}");
        }
    }
}
