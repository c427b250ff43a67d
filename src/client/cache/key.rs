//! The complete key of an entry.

use std::hash::Hash;

use papaya::Equivalent;

/// The key of an entry: an account in a scope, which stands for a contract at a base URL.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct CacheKey {
    scope: u32,
    tenant: Box<str>,
    credential: Box<str>,
}

/// A borrowed [`CacheKey`]. Both have the same hash, because the fields are the same and in the same order.
#[derive(Clone, Copy, Hash)]
pub(super) struct CacheKeyRef<'t> {
    pub(super) scope: u32,
    pub(super) tenant: &'t str,
    pub(super) credential: &'t str,
}

impl Equivalent<CacheKey> for CacheKeyRef<'_> {
    fn equivalent(&self, key: &CacheKey) -> bool {
        self.scope == key.scope && *self.tenant == *key.tenant && *self.credential == *key.credential
    }
}

impl From<CacheKeyRef<'_>> for CacheKey {
    fn from(key: CacheKeyRef<'_>) -> Self {
        Self { scope: key.scope, tenant: key.tenant.into(), credential: key.credential.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use foldhash::fast::RandomState;

    use super::*;

    #[test]
    fn a_borrowed_key_equals_and_hashes_like_the_owned_one() {
        let hasher = RandomState::default();
        let borrowed = |scope, tenant, credential| CacheKeyRef { scope, tenant, credential };
        let one = borrowed(1, "shop", "key");
        let key = CacheKey::from(one);
        assert!(one.equivalent(&key));
        assert_eq!(hasher.hash_one(one), hasher.hash_one(&key));
        for other in [
            borrowed(2, "shop", "key"),
            borrowed(1, "shopk", "ey"),
            borrowed(1, "sho", "pkey"),
            borrowed(1, "", "shopkey"),
        ] {
            assert!(!other.equivalent(&key));
            assert_ne!(hasher.hash_one(other), hasher.hash_one(&key));
        }
    }
}
