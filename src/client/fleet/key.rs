//! The key of an account in a store.

use std::fmt;

use crate::hash::sha256;

/// The key of an account in a store: a SHA-256 digest of contract, base URL, tenant and credential.
///
/// It contains none of them in clear. `Display` writes it in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FleetKey([u8; 32]);

impl FleetKey {
    /// The key of an account in a scope, which stands for a contract at a base URL.
    pub(super) fn new(scope: &str, tenant: &str, credential: &str) -> Self {
        let mut text = Vec::with_capacity(64 + scope.len() + tenant.len() + credential.len());
        text.extend(b"ringtrue fleet 1");
        for part in [scope, tenant, credential] {
            // With the length, so that no two accounts have the same text.
            text.extend((part.len() as u64).to_be_bytes());
            text.extend(part.as_bytes());
        }
        Self(sha256(&text))
    }

    /// The digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key with this digest.
    #[must_use]
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for FleetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FleetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FleetKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_differ_in_one_part_or_in_a_border_have_different_keys() {
        let keys = [
            FleetKey::new("acme https://a", "shop", "k_1"),
            FleetKey::new("acme https://b", "shop", "k_1"),
            FleetKey::new("acme https://a", "shop-2", "k_1"),
            FleetKey::new("acme https://a", "shop", "k_2"),
            FleetKey::new("acme https://a", "shopk", "_1"),
            FleetKey::new("acme https://a", "", "shopk_1"),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(keys[0], FleetKey::new("acme https://a", "shop", "k_1"));
    }

    #[test]
    fn key_contains_nothing_in_clear() {
        let text = FleetKey::new("acme https://api.example.com", "shop-1", "k_secret").to_string();
        assert_eq!(text.len(), 64);
        assert!(text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
