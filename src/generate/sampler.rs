//! Stratified sampling without replacement: a run of a few cases covers every class of inputs.
//!
//! A generator divides its inputs into strata: kinds of noise, of amounts, of locations. Each case of a run gets one stratum of
//! a random permutation; after the last one, there is a new permutation. As many cases as there are strata cover all of them,
//! whatever the seed. The seed decides the order, the combinations, and everything within a stratum.

use super::random::{Random, nth_seed};

/// Chooses strata for one case of a run.
///
/// ```
/// use ringtrue::__cli::generate::Sampler;
///
/// let mut strata: Vec<u32> = (0..6).map(|n| Sampler::new(42, n).stratum(6)).collect();
/// strata.sort_unstable();
/// assert_eq!(strata, [0, 1, 2, 3, 4, 5]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampler {
    seed: u64,
    n: u32,
}

impl Sampler {
    /// The sampler of the `n`-th case of a run with this seed.
    #[must_use]
    pub fn new(seed: u64, n: u32) -> Self {
        Self { seed, n }
    }

    /// The sampler of the same case in an independent stream of this name.
    #[must_use]
    pub fn stream(self, name: &str) -> Self {
        let seed = name.bytes().fold(self.seed, |seed, byte| nth_seed(seed, u64::from(byte) + 1));
        Self { seed, ..self }
    }

    /// The `nth` of several samplers of the same case, for parts that are generated in the same way.
    #[must_use]
    pub fn subcase(self, nth: u32, parts: u32) -> Self {
        Self { n: self.n * parts + nth, ..self }
    }

    /// The stratum of this case, out of `count`.
    #[must_use]
    pub fn stratum(self, count: u32) -> u32 {
        let count = count.max(1);
        self.permutation(count, self.round(count))[index(self.n % count)]
    }

    /// The element of this case, with each element as a stratum.
    ///
    /// # Panics
    /// If the slice is empty.
    #[must_use]
    pub fn pick<T>(self, all: &[T]) -> &T {
        &all[index(self.stratum(u32::try_from(all.len()).unwrap_or(u32::MAX)))]
    }

    /// The number of complete permutations of `count` strata before this case.
    #[must_use]
    pub fn round(self, count: u32) -> u32 {
        self.n / count.max(1)
    }

    /// The strata of this case in two dimensions (pairwise sampling). Each dimension is covered as fast as alone, and as many
    /// cases as there are pairs cover every pair.
    #[must_use]
    pub fn pair(self, count: u32, other_count: u32) -> (u32, u32) {
        let (count, other_count) = (count.max(1), other_count.max(1));
        let (round, n) = (self.round(count * other_count), self.n % (count * other_count));
        // Two cycles side by side repeat their pairs after the least common multiple of their lengths. From then on, the second
        // dimension is shifted by one.
        let shift = n / (count / divisor(count, other_count) * other_count);
        let one = self.stream("one").permutation(count, round)[index(n % count)];
        let other = self.stream("other").permutation(other_count, round)[index((n + shift) % other_count)];
        (one, other)
    }

    /// Divides the cases into groups by weight. Returns the group of this case, and a sampler in a stream of that group, in which
    /// consecutive cases of the group get consecutive strata.
    #[must_use]
    pub fn group<const N: usize>(self, weights: [u32; N]) -> (usize, Self) {
        let total = weights.iter().sum::<u32>().max(1);
        let mut position = self.stream("part").stratum(total);
        let mut group = 0;
        while let Some(weight) = weights.get(group).filter(|weight| position >= **weight) {
            position -= weight;
            group += 1;
        }
        let weight = weights.get(group).copied().unwrap_or(1);
        let own = Self { n: self.round(total) * weight + position, ..self };
        (group, own.stream(&group.to_string()))
    }

    /// The permutation of `count` strata in a round (Fisher-Yates).
    fn permutation(self, count: u32, round: u32) -> Vec<u32> {
        let mut random = Random::seeded(nth_seed(self.seed, u64::from(round)));
        let mut strata: Vec<u32> = (0..count).collect();
        for last in (1..strata.len()).rev() {
            strata.swap(last, random.index(last + 1));
        }
        strata
    }
}

fn index(stratum: u32) -> usize {
    usize::try_from(stratum).unwrap_or(usize::MAX)
}

/// The greatest common divisor.
fn divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Sampler;

    #[test]
    fn stratum_occurs_once_in_each_round_and_in_another_order() {
        let round = |seed, n: u32| (n..n + 7).map(|n| Sampler::new(seed, n).stratum(7)).collect::<Vec<u32>>();
        for seed in 0..20 {
            for n in [0, 7, 21] {
                assert_eq!(round(seed, n).into_iter().collect::<BTreeSet<_>>().len(), 7);
            }
        }
        assert_ne!(round(1, 0), round(2, 0));
        assert_ne!(round(1, 0), round(1, 7));
        let sampler = Sampler::new(1, 0);
        assert!((0..20).any(|n| Sampler { n, ..sampler.stream("here") }.stratum(7)
            != Sampler { n, ..sampler.stream("there") }.stratum(7)));
    }

    #[test]
    fn pairs_are_complete_and_each_dimension_is_covered_as_fast_as_alone() {
        for (one, other) in [(4, 6), (3, 5), (8, 8), (1, 9), (12, 2)] {
            let pairs = |cases: u32| (0..cases).map(|n| Sampler::new(5, n).pair(one, other));
            assert_eq!(pairs(one * other).collect::<BTreeSet<_>>().len(), usize::try_from(one * other).unwrap());
            assert_eq!(
                pairs(one).map(|(stratum, _)| stratum).collect::<BTreeSet<_>>().len(),
                usize::try_from(one).unwrap()
            );
            let others = pairs(other).map(|(_, stratum)| stratum).collect::<BTreeSet<_>>();
            assert_eq!(others.len(), usize::try_from(other).unwrap(), "{one} x {other}");
        }
    }

    #[test]
    fn groups_have_their_share_and_strata_of_their_own() {
        let sampled: Vec<(usize, u32)> = (0..16)
            .map(|n| {
                let (group, sampler) = Sampler::new(3, n).group([12, 4]);
                (group, sampler.stratum(12))
            })
            .collect();
        let of = |group| {
            sampled.iter().filter(|(own, _)| *own == group).map(|(_, stratum)| *stratum).collect::<BTreeSet<_>>()
        };
        assert_eq!((of(0).len(), of(1).len()), (12, 4));
    }
}
