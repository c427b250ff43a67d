//! Who may use the state endpoint: programs on this machine, and no page in a browser.
//!
//! A page of another site can make a browser send requests to loopback addresses (CSRF), also under a name of its own that resolves to
//! one (DNS rebinding). It can neither choose the media type `application/json` without asking first, nor hide where it comes from.

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;

/// Returns the status and the reason with which a request to the state endpoint is refused, or `None` if it is acceptable.
pub(super) fn refusal(parts: &Parts) -> Option<(u16, &'static str)> {
    let header = |name: &http::HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let host = header(&HOST);
    if host.is_some_and(|host| !is_local(host)) {
        return Some((403, "the Host is not an address, localhost or a name without dots"));
    }
    // Pages of the same origin may use it.
    let is_foreign = |origin: &str| host.is_none() || origin.split_once("://").map(|(_, host)| host) != host;
    if header(&ORIGIN).is_some_and(is_foreign) {
        return Some((403, "the Origin is another one"));
    }
    let site = parts.headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Some((403, "the request comes from another site"));
    }
    if parts.method != http::Method::POST {
        return Some((405, "messages of the state protocol are sent with POST"));
    }
    let media_type = header(&CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Some((415, "messages of the state protocol have the Content-Type application/json"));
    }
    None
}

/// Whether a host is an IP address, or a name that no other site can have: `localhost`, or one without dots.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => {
            return rest.split(']').next().is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
        }
        None => host.split(':').next().unwrap_or_default().to_ascii_lowercase(),
    };
    let is_label =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    name.parse::<std::net::Ipv4Addr>().is_ok() || is_label(&name) || name.ends_with(".localhost")
}
