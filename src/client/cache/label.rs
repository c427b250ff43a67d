//! Whose entry it is, as a few numbers, so that a comparison is a handful of machine words side by side.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

/// The scope with the lengths, and eight words of text.
pub(super) const WORDS: usize = 9;

/// A tenant with a credential, in the scope of a contract at a base URL, if both have the usual length of names and keys:
/// 16 to 32 bytes. Equal labels mean equal texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedKey {
    /// What the label is found by; to be compared with hashes of the same hasher only.
    pub(super) hash: u64,
    pub(super) words: [u64; WORDS],
}

impl PackedKey {
    /// `None` for texts of other lengths.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
    pub(super) fn new(hasher: &RandomState, scope: u32, tenant: &str, credential: &str) -> Option<Self> {
        let (tenant, credential) = (tenant.as_bytes(), credential.as_bytes());
        let ([n0, n1, n2, n3], [k0, k1, k2, k3]) = (edges(tenant)?, edges(credential)?);
        let head = u64::from(scope) << 32 | (tenant.len() as u64) << 16 | credential.len() as u64;
        // Two chains at once, because neither waits for the other.
        let (mut first, mut second) = (hasher.build_hasher(), hasher.build_hasher());
        first.write_u128(pair(n0, n1));
        second.write_u128(pair(n2, n3));
        first.write_u128(pair(k0, k1));
        second.write_u128(pair(k2, k3));
        first.write_u128(pair(head, second.finish()));
        Some(Self { hash: first.finish(), words: [head, n0, n1, n2, n3, k0, k1, k2, k3] })
    }
}

/// The first and the last 16 bytes of a text of 16 to 32 bytes, which are all of it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
fn edges(text: &[u8]) -> Option<[u64; 4]> {
    let word = |at: usize| text.get(at..)?.first_chunk().copied().map(u64::from_ne_bytes);
    let last = text.len().checked_sub(16)?;
    if text.len() > 32 {
        return None;
    }
    Some([word(0)?, word(8)?, word(last)?, word(last + 8)?])
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
fn pair(low: u64, high: u64) -> u128 {
    u128::from(low) | u128::from(high) << 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_lengths_have_a_label() {
        let hasher = RandomState::default();
        for (tenant, credential) in [(15, 20), (33, 20), (20, 15), (20, 33), (0, 20), (20, 0), (15, 33)] {
            assert_eq!(PackedKey::new(&hasher, 0, &"t".repeat(tenant), &"c".repeat(credential)), None);
        }
    }

    #[test]
    fn every_byte_the_lengths_and_the_scope_count() {
        let hasher = RandomState::default();
        let label = |scope, tenant: &str, credential: &str| PackedKey::new(&hasher, scope, tenant, credential).unwrap();
        for length in 16..=32 {
            let (text, fixed) = ("t".repeat(length), "f".repeat(20));
            let (by_tenant, by_credential) = (label(0, &text, &fixed), label(0, &fixed, &text));
            assert_eq!(by_tenant, label(0, &text, &fixed));
            assert_ne!(by_tenant, by_credential);
            assert_ne!(by_tenant, label(1, &text, &fixed));
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "x");
                assert_ne!(by_tenant.words, label(0, &other, &fixed).words, "{at} of {length}");
                assert_ne!(by_credential.words, label(0, &fixed, &other).words, "{at} of {length}");
            }
            for other in (16..=32).filter(|other| *other != length) {
                assert_ne!(by_tenant.words, label(0, &"t".repeat(other), &fixed).words, "{length} and {other}");
                assert_ne!(by_credential.words, label(0, &fixed, &"t".repeat(other)).words, "{length} and {other}");
            }
        }
    }
}
