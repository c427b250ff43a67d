//! Credentials in traffic: the one at the documented place, and what else looks like one.

use std::borrow::Cow;

use crate::checks::Presented as Place;
use crate::contract::Contract;
use crate::exchange::Request;
use crate::mock::admission::{Presented, presented_credential, query};

/// The shortest value that counts as a secret wherever it stands.
const SHORTEST: usize = 8;

/// Words in the names of header fields and parameters that carry credentials.
const NAMES: &[&str] =
    &["apikey", "accesskey", "secret", "token", "password", "passwd", "signature", "authorization", "credential"];

/// What a request presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    /// The credential at the documented place.
    pub(super) value: Option<String>,
    /// Where a credential stands.
    pub(super) place: Place,
    /// Everything that must not be shown.
    pub(super) secrets: Vec<String>,
}

impl Credentials {
    /// Finds the credentials of a request. `removable` says whether header fields may have been removed from it.
    pub(super) fn of(contract: &Contract, request: &Request, removable: bool) -> Self {
        let mut secrets = secrets(contract, request);
        let (value, place) = match presented_credential(contract, request) {
            Presented::Value(value) if is_masked(&value) => (None, Place::Unknown),
            Presented::Value(value) if value.is_empty() => (None, Place::InPlace),
            Presented::Value(value) => {
                secrets.insert(0, value.clone());
                (Some(value), Place::InPlace)
            }
            Presented::Unreadable => (None, Place::InPlace),
            Presented::Nothing if removable => (None, Place::Unknown),
            Presented::Nothing if !secrets.is_empty() => (None, Place::Elsewhere),
            Presented::Nothing if request.header_value("cookie").is_some() => (None, Place::Session),
            Presented::Nothing => (None, Place::Nothing),
        };
        Self { value, place, secrets }
    }
}

/// Values of header fields and parameters that look like credentials.
fn secrets(contract: &Contract, request: &Request) -> Vec<String> {
    let prefix = contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let looks_secret = |name: &str, value: &str| {
        let named = is_secret_name(name);
        let prefixed = prefix.len() > 1 && value.starts_with(prefix);
        (named || prefixed) && value.len() >= SHORTEST && !is_masked(value)
    };
    let mut found: Vec<String> = Vec::new();
    for (name, value) in &request.headers {
        let value = String::from_utf8_lossy(value);
        // Of `Authorization: SCHEME VALUE` the value is the secret.
        let value = match value.split_once(' ') {
            Some((_, rest)) if name.to_ascii_lowercase().ends_with("authorization") => Cow::Borrowed(rest.trim()),
            _ => value,
        };
        if looks_secret(name, &value) {
            found.push(value.into_owned());
        }
    }
    let pairs = query(&request.target).filter(|(name, value)| looks_secret(name, value));
    found.extend(pairs.map(|(_, value)| value.into_owned()));
    found
}

fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    plain == "key" || plain == "auth" || plain == "xkey" || NAMES.iter().any(|word| plain.contains(word))
}

/// Whether a value stands in place of one that was removed by hand: it would make all tenants one.
fn is_masked(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let marks = |c: char| "*x•…#.-_[]<>{}() ".contains(c);
    ["redacted", "removed", "hidden", "masked", "censored"].iter().any(|word| lower.contains(word))
        || !lower.is_empty() && lower.chars().all(marks)
}

#[cfg(test)]
mod tests {
    use super::{is_masked, is_secret_name};

    #[test]
    fn names_and_masks_are_recognised() {
        for name in
            ["X-API-Key", "api_key", "access_token", "Authorization", "X-Shopify-Access-Token", "key", "signature"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["accept", "host", "user-agent", "keyword", "monkey", "shop", "sec-websocket-key1"] {
            assert!(!is_secret_name(name), "{name}");
        }
        for value in ["[REDACTED]", "***", "xxxxxxxx", "<removed>", "…"] {
            assert!(is_masked(value), "{value}");
        }
        assert!(!is_masked("gk_live_1") && !is_masked(""));
    }
}
