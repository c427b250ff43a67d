//! A seeded source of random numbers. The same seed gives the same numbers on every machine.

/// A splitmix64 generator.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns an index into a list of `len` elements (0 for an empty list).
    pub(super) fn index(&mut self, len: usize) -> usize {
        let product = u128::from(self.next()) * (len as u128);
        usize::try_from(product >> 64).unwrap_or(0)
    }
}

/// Returns the seed of the `n`-th member of a series of seeds.
pub(super) fn nth_seed(seed: u64, n: u64) -> u64 {
    Random::seeded(seed ^ n.wrapping_mul(0xd6e8_feb8_6659_fd93)).next()
}
