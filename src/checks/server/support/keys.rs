//! Invalid credentials: unknown ones, and ones that resemble a valid credential.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::checks::server_trial::ServerTrial;
use crate::contract::Credential;

/// A generated credential with the prefix of the contract and the length of `like`, if that is given.
pub(in crate::checks) fn unknown_key(trial: &ServerTrial<'_>, like: &str, n: usize) -> String {
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let length = like.len().saturating_sub(prefix.len()).clamp(24, 64);
    let mut state = trial.settings.seed ^ (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let tail: String = (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b"0123456789abcdefghijkmnpqrstuvwxyz"[usize::try_from(state >> 33).unwrap_or(0) % 34])
        })
        .collect();
    format!("{prefix}{tail}")
}

/// The part before the number at the end, if that has at most six digits, as in `key-51`.
fn numbered(key: &str) -> Option<&str> {
    let stem = key.trim_end_matches(|c: char| c.is_ascii_digit());
    (1..=6).contains(&(key.len() - stem.len())).then_some(stem)
}

/// Credentials that resemble a valid one, each with a description. They are redacted in reports, because they reveal most
/// of the valid one.
pub(in crate::checks) fn near_keys(trial: &ServerTrial<'_>, key: &str) -> Vec<(&'static str, String)> {
    let prefix = trial.contract.credential.as_ref().map_or("", |credential| credential.prefix.as_str());
    let chars: Vec<char> = key.chars().collect();
    let changed = |at: usize| {
        let mut chars = chars.clone();
        if let Some(c) = chars.get_mut(at) {
            *c = if *c == 'x' { 'y' } else { 'x' };
        }
        chars.into_iter().collect::<String>()
    };
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let last = chars.len().saturating_sub(1);
    let body = prefix.chars().count();
    let stem: String = chars.iter().take(chars.len() - chars.len() / 4).collect();
    let behind = SEPARATORS.map(|separators| {
        ("with what stands behind a separator of the credential", behind_separator(key, separators).to_owned())
    });
    let all = [
        ("with the last character of the credential missing", chars.iter().take(last).collect::<String>()),
        ("with half of the credential", chars.iter().take(chars.len() / 2).collect()),
        ("with the first character of the credential missing", chars.iter().skip(1).collect()),
        ("with one character appended to the credential", format!("{key}0")),
        ("with the credential twice in a row", format!("{key}{key}")),
        ("with the credential in upper case", key.to_ascii_uppercase()),
        ("with the credential in lower case", key.to_ascii_lowercase()),
        ("with the credential in the other case", chars.iter().copied().map(swap).collect()),
        ("with the first character of the credential changed", changed(body)),
        ("with a character in the middle of the credential changed", changed(usize::midpoint(body, last))),
        ("with the last character of the credential changed", changed(last)),
        ("with the prefix of the credential alone", prefix.to_owned()),
        ("with the credential without its prefix", key.strip_prefix(prefix).unwrap_or_default().to_owned()),
        ("with the credential in reverse", chars.iter().rev().collect()),
        ("with the credential in Base64", BASE64_STANDARD.encode(key)),
        ("with a wildcard as the credential", format!("{prefix}%")),
        ("with a wildcard at the end of the credential", format!("{stem}%")),
        ("with a wildcard at the end of the credential", format!("{stem}*")),
        ("with a pattern at the end of the credential", format!("{stem}.*")),
        ("with a placeholder as the credential", "null".to_owned()),
        ("with a placeholder as the credential", "undefined".to_owned()),
    ];
    let mut seen = BTreeSet::new();
    let near: Vec<_> = all
        .into_iter()
        .chain(behind)
        .filter(|(_, near)| seen.insert(near.clone()))
        .filter(|(_, near)| {
            !is_same_credential(trial, near, key) && !near.trim().is_empty() && !is_in_same_series(near, key)
        })
        .collect();
    for (n, (_, key)) in near.iter().enumerate() {
        redact(trial, key, &format!("RINGTRUE_NEAR_KEY_{n}"));
    }
    near
}

/// The separators in the order in which servers that take a prefix off look for them.
const SEPARATORS: [&[&str]; 5] = [&["-"], &["_"], &["_", "-"], &["-", "_"], &["."]];

/// What stands behind the first of each separator in turn, where there is one; empty if there is none at all.
fn behind_separator<'k>(key: &'k str, separators: &[&str]) -> &'k str {
    let rest = separators.iter().fold(key, |rest, separator| rest.split_once(separator).map_or(rest, |(_, rest)| rest));
    if rest.len() == key.len() { "" } else { rest }
}

/// Whether both credentials are sent in the same form: as the user name of `Basic`, a key with a colon at its end is the key.
pub(in crate::checks) fn is_same_credential(trial: &ServerTrial<'_>, near: &str, key: &str) -> bool {
    let mut places = trial.contract.credential.iter().flat_map(Credential::places);
    near == key || places.any(|place| place.value(near) == place.value(key))
}

/// Whether both credentials differ only in a short number at the end, so that `near` may belong to another account.
pub(in crate::checks) fn is_in_same_series(near: &str, key: &str) -> bool {
    numbered(key).is_some() && numbered(near) == numbered(key)
}

/// Redacts a credential that resembles a valid one, because it reveals most of it.
pub(in crate::checks) fn redact_near_key(trial: &ServerTrial<'_>, near: &str) {
    redact(trial, near, "RINGTRUE_NEAR_KEY");
}

/// Redacts a credential, unless it is hardly longer than the prefix and so contains no secret.
fn redact(trial: &ServerTrial<'_>, near: &str, name: &str) {
    let prefix = trial.contract.credential.as_ref().map_or(0, |credential| credential.prefix.len());
    if near.len() > prefix + 2 {
        trial.learn(near, name);
    }
}

#[cfg(test)]
mod tests {
    use super::{SEPARATORS, behind_separator, numbered};

    #[test]
    fn each_prefix_that_a_separator_ends_is_taken_off() {
        let behind = |key| SEPARATORS.map(|separators| behind_separator(key, separators));
        assert_eq!(behind("sc-a_b-c"), ["a_b-c", "b-c", "c", "b-c", ""]);
        assert_eq!(behind("plain"), [""; 5]);
    }

    #[test]
    fn only_credentials_with_a_short_final_number_are_numbered() {
        assert_eq!(numbered("k_51"), Some("k_"));
        assert_eq!(numbered("key-0003"), Some("key-"));
        assert_eq!(numbered("gk_d0a9a09ff29a4ac2ae041e5cd8950fdd"), None);
        assert_eq!(numbered("12345678901234567890"), None);
    }
}
