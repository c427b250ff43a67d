//! Whose entry it is, in full.

use std::hash::Hash;

use papaya::Equivalent;

/// A tenant with a credential, in the scope of a contract at a base URL.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    scope: u32,
    tenant: Box<str>,
    credential: Box<str>,
}

/// The same, borrowed. It has the same hash: the fields are the same, in the same order.
#[derive(Clone, Copy, Hash)]
pub(super) struct Asked<'t> {
    pub(super) scope: u32,
    pub(super) tenant: &'t str,
    pub(super) credential: &'t str,
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.scope == key.scope && *self.tenant == *key.tenant && *self.credential == *key.credential
    }
}

impl From<Asked<'_>> for Key {
    fn from(asked: Asked<'_>) -> Self {
        Self { scope: asked.scope, tenant: asked.tenant.into(), credential: asked.credential.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use foldhash::fast::RandomState;

    use super::*;

    #[test]
    fn borrowed_or_not_it_is_the_same() {
        let hasher = RandomState::default();
        let asked = |scope, tenant, credential| Asked { scope, tenant, credential };
        let one = asked(1, "shop", "key");
        let key = Key::from(one);
        assert!(one.equivalent(&key));
        assert_eq!(hasher.hash_one(one), hasher.hash_one(&key));
        for other in
            [asked(2, "shop", "key"), asked(1, "shopk", "ey"), asked(1, "sho", "pkey"), asked(1, "", "shopkey")]
        {
            assert!(!other.equivalent(&key));
            assert_ne!(hasher.hash_one(other), hasher.hash_one(&key));
        }
    }
}
