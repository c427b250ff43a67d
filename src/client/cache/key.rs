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
        let (tenant, credential, text) = (tenant.as_bytes(), credential.as_bytes(), self.text());
        self.scope == scope
            && self.tenant as usize == tenant.len()
            && text.len() == tenant.len() + credential.len()
            && text.starts_with(tenant)
            && text.ends_with(credential)
    }

    /// The tenant and the credential.
    pub(super) fn parts(&self) -> (&[u8], &[u8]) {
        let text = self.text();
        text.split_at(text.len().min(self.tenant as usize))
    }

    #[inline]
    fn text(&self) -> &[u8] {
        match self.short.get(..self.length as usize) {
            Some(text) => text,
            None => self.long.as_ref().map_or(&[], |text| text),
        }
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
            assert_eq!(key.parts(), (tenant.as_bytes(), credential.as_bytes()));
        }
    }
}
