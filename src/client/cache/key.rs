//! Whose entry it is.

/// Tenants and credentials up to this many bytes together are kept beside the balance: one step less through memory,
/// which is what a look-up among many tenants spends its time on.
const SHORT: usize = 52;

/// A tenant with a credential, in the scope of a contract at a base URL. The two lie end to end, so that a comparison
/// touches one piece of memory.
pub(super) struct Key {
    scope: u32,
    tenant: u32,
    length: u32,
    short: [u8; SHORT],
    /// Twice boxed, because it is rare and must take up little.
    long: Option<Box<Box<[u8]>>>,
}

impl Key {
    pub(super) fn new(scope: u32, tenant: &str, credential: &str) -> Self {
        let text = [tenant.as_bytes(), credential.as_bytes()].concat();
        let mut short = [0; SHORT];
        let (length, long) = match short.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(&text);
                (text.len(), None)
            }
            None => (SHORT + 1, Some(Box::new(text.into_boxed_slice()))),
        };
        // No name comes near 4 GiB; one that did would be found by nobody, which is a miss.
        let small = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self { scope, tenant: small(tenant.len()), length: small(length), short, long }
    }

    #[inline]
    pub(super) fn is(&self, scope: u32, tenant: &str, credential: &str) -> bool {
        let (tenant, credential) = (tenant.as_bytes(), credential.as_bytes());
        let parts = self.text().split_at_checked(tenant.len());
        self.scope == scope
            && self.tenant as usize == tenant.len()
            && parts.is_some_and(|parts| same(parts.0, tenant) && same(parts.1, credential))
    }

    #[inline]
    fn text(&self) -> &[u8] {
        match self.short.get(..self.length as usize) {
            Some(text) => text,
            None => self.long.as_ref().map_or(&[], |text| text),
        }
    }
}

/// The first and the last 16 bytes of a text of 16 to 32 bytes, which are all of it.
#[inline]
pub(super) fn edges(text: &[u8]) -> Option<(&[u8; 16], &[u8; 16])> {
    Some((text.first_chunk()?, text.last_chunk()?)).filter(|_| text.len() <= 32)
}

/// Whether they are equal; without a call where they have the usual length.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && match (edges(one), edges(other)) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long() {
        for (tenant, credential) in [(0, 0), (3, 0), (0, 3), (26, 26), (26, 27), (52, 0), (53, 0), (200, 200)] {
            let (tenant, credential) = ("t".repeat(tenant), "c".repeat(credential));
            let key = Key::new(7, &tenant, &credential);
            assert!(key.is(7, &tenant, &credential));
            assert!(!key.is(8, &tenant, &credential));
            assert!(!key.is(7, &tenant, &format!("{credential}c")));
            assert!(!key.is(7, &format!("{tenant}t"), &credential));
            assert!(credential.is_empty() || !key.is(7, &format!("{tenant}c"), &credential[1..]));
        }
    }

    #[test]
    fn every_byte_counts() {
        for length in 1..=70 {
            let tenant = "t".repeat(length);
            let (by_tenant, by_credential) = (Key::new(0, &tenant, "c"), Key::new(0, "c", &tenant));
            for at in 0..length {
                let mut other = tenant.clone();
                other.replace_range(at..=at, "x");
                assert!(!by_tenant.is(0, &other, "c"), "{at} of {length}");
                assert!(!by_credential.is(0, "c", &other), "{at} of {length}");
            }
        }
    }
}
