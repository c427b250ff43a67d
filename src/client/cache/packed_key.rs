//! The key of an entry, packed into a fixed number of machine words: it is compared without loops and without pointers.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

/// The words of a key: one for the scope and both lengths, four for the tenant, four for the credential.
pub(super) const WORDS: usize = 9;

/// A packed key and its hash.
///
/// It exists only if tenant and credential both have a usual length, 16 to 32 bytes. Equal words mean equal texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedKey {
    /// Comparable only with hashes of the same hasher.
    pub(super) hash: u64,
    pub(super) words: [u64; WORDS],
}

impl PackedKey {
    /// Returns `None` if a text has another length.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a function call costs a tenth of a hit")]
    pub(super) fn new(hasher: &RandomState, scope: u32, tenant: &str, credential: &str) -> Option<Self> {
        let (tenant, credential) = (tenant.as_bytes(), credential.as_bytes());
        let ([n0, n1, n2, n3], [k0, k1, k2, k3]) = (words(tenant)?, words(credential)?);
        let head = u64::from(scope) << 32 | (tenant.len() as u64) << 16 | credential.len() as u64;
        // Two independent chains, which the processor computes in parallel.
        let (mut first, mut second) = (hasher.build_hasher(), hasher.build_hasher());
        first.write_u128(pair(n0, n1));
        second.write_u128(pair(n2, n3));
        first.write_u128(pair(k0, k1));
        second.write_u128(pair(k2, k3));
        first.write_u128(pair(head, second.finish()));
        Some(Self { hash: first.finish(), words: [head, n0, n1, n2, n3, k0, k1, k2, k3] })
    }
}

/// The first and the last 16 bytes, which together cover a text of 16 to 32 bytes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a function call costs a tenth of a hit")]
fn words(text: &[u8]) -> Option<[u64; 4]> {
    let word = |at: usize| text.get(at..)?.first_chunk().copied().map(u64::from_ne_bytes);
    let last = text.len().checked_sub(16)?;
    if text.len() > 32 {
        return None;
    }
    Some([word(0)?, word(8)?, word(last)?, word(last + 8)?])
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a function call costs a tenth of a hit")]
fn pair(low: u64, high: u64) -> u128 {
    u128::from(low) | u128::from(high) << 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_other_lengths_have_no_packed_key() {
        let hasher = RandomState::default();
        for (tenant, credential) in [(15, 20), (33, 20), (20, 15), (20, 33), (0, 20), (20, 0), (15, 33)] {
            assert_eq!(PackedKey::new(&hasher, 0, &"t".repeat(tenant), &"c".repeat(credential)), None);
        }
    }

    #[test]
    fn every_byte_both_lengths_and_the_scope_distinguish_keys() {
        let hasher = RandomState::default();
        let packed =
            |scope, tenant: &str, credential: &str| PackedKey::new(&hasher, scope, tenant, credential).unwrap();
        for length in 16..=32 {
            let (text, fixed) = ("t".repeat(length), "f".repeat(20));
            let (by_tenant, by_credential) = (packed(0, &text, &fixed), packed(0, &fixed, &text));
            assert_eq!(by_tenant, packed(0, &text, &fixed));
            assert_ne!(by_tenant, by_credential);
            assert_ne!(by_tenant, packed(1, &text, &fixed));
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "x");
                assert_ne!(by_tenant.words, packed(0, &other, &fixed).words, "{at} of {length}");
                assert_ne!(by_credential.words, packed(0, &fixed, &other).words, "{at} of {length}");
            }
            for other in (16..=32).filter(|other| *other != length) {
                assert_ne!(by_tenant.words, packed(0, &"t".repeat(other), &fixed).words, "{length} and {other}");
                assert_ne!(by_credential.words, packed(0, &fixed, &"t".repeat(other)).words, "{length} and {other}");
            }
        }
    }
}
