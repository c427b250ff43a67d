//! Classes of cases, dealt like cards, so that a run of a few cases leaves none of them to chance.
//!
//! A generator names its classes: kinds of noise, of amounts, of places. Each case of a run draws one card from a shuffled deck
//! of them; when the deck is used up, it is shuffled anew. As many cases as there are cards meet every class, whatever the seed;
//! which comes when, and with what else, is the seed's affair, and so is everything within a class.

use super::random::{Random, nth_seed};

/// What the `n`-th case of a run is dealt.
///
/// ```
/// use ringtrue::__cli::generate::Sampler;
///
/// let mut dealt: Vec<u32> = (0..6).map(|n| Sampler::new(42, n).stratum(6)).collect();
/// dealt.sort_unstable();
/// assert_eq!(dealt, [0, 1, 2, 3, 4, 5]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampler {
    seed: u64,
    n: u32,
}

impl Sampler {
    /// The hand of the `n`-th case of the run that a seed stands for.
    #[must_use]
    pub fn new(seed: u64, n: u32) -> Self {
        Self { seed, n }
    }

    /// The same case's hand at another table, where decks are shuffled on their own.
    #[must_use]
    pub fn stream(self, name: &str) -> Self {
        let seed = name.bytes().fold(self.seed, |seed, byte| nth_seed(seed, u64::from(byte) + 1));
        Self { seed, ..self }
    }

    /// One of several hands that the same case has.
    #[must_use]
    pub fn subcase(self, nth: u32, hands: u32) -> Self {
        Self { n: self.n * hands + nth, ..self }
    }

    /// A card of a deck of so many.
    #[must_use]
    pub fn stratum(self, cards: u32) -> u32 {
        let cards = cards.max(1);
        self.shuffled(cards, self.round(cards))[index(self.n % cards)]
    }

    /// One of these.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn pick<T>(self, all: &[T]) -> &T {
        &all[index(self.stratum(u32::try_from(all.len()).unwrap_or(u32::MAX)))]
    }

    /// How often a deck of so many was used up before.
    #[must_use]
    pub fn round(self, cards: u32) -> u32 {
        self.n / cards.max(1)
    }

    /// A card of each of two decks. Each deck is gone through as fast as alone, and when as many cases have been dealt as
    /// there are pairs, every card of the one has met every card of the other.
    #[must_use]
    pub fn pair(self, cards: u32, others: u32) -> (u32, u32) {
        let (cards, others) = (cards.max(1), others.max(1));
        let (round, n) = (self.round(cards * others), self.n % (cards * others));
        // Side by side they come round to the first pair again when they have met as often as this; from then on, the
        // second deck is one card ahead.
        let ahead = n / (cards / divisor(cards, others) * others);
        let one = self.stream("one").shuffled(cards, round)[index(n % cards)];
        let other = self.stream("other").shuffled(others, round)[index((n + ahead) % others)];
        (one, other)
    }

    /// One of several parts that the cases are split into by weight, with the hand at that part's own table, where the next
    /// case of the same part gets the next cards.
    #[must_use]
    pub fn group<const N: usize>(self, weights: [u32; N]) -> (usize, Self) {
        let cards = weights.iter().sum::<u32>().max(1);
        let mut card = self.stream("part").stratum(cards);
        let mut part = 0;
        while let Some(weight) = weights.get(part).filter(|weight| card >= **weight) {
            card -= weight;
            part += 1;
        }
        let weight = weights.get(part).copied().unwrap_or(1);
        let own = Self { n: self.round(cards) * weight + card, ..self };
        (part, own.stream(&part.to_string()))
    }

    /// Places of cards in a deck that was shuffled for a round.
    fn shuffled(self, cards: u32, round: u32) -> Vec<u32> {
        let mut random = Random::seeded(nth_seed(self.seed, u64::from(round)));
        let mut deck: Vec<u32> = (0..cards).collect();
        for last in (1..deck.len()).rev() {
            deck.swap(last, random.index(last + 1));
        }
        deck
    }
}

fn index(card: u32) -> usize {
    usize::try_from(card).unwrap_or(usize::MAX)
}

/// The greatest common one.
fn divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Sampler;

    #[test]
    fn every_card_is_dealt_once_in_each_round_and_in_another_order() {
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
    fn pairs_are_complete_and_each_deck_goes_on_at_its_own_pace() {
        for (one, other) in [(4, 6), (3, 5), (8, 8), (1, 9), (12, 2)] {
            let dealt = |cases: u32| (0..cases).map(|n| Sampler::new(5, n).pair(one, other));
            assert_eq!(dealt(one * other).collect::<BTreeSet<_>>().len(), usize::try_from(one * other).unwrap());
            assert_eq!(dealt(one).map(|(card, _)| card).collect::<BTreeSet<_>>().len(), usize::try_from(one).unwrap());
            let others = dealt(other).map(|(_, card)| card).collect::<BTreeSet<_>>();
            assert_eq!(others.len(), usize::try_from(other).unwrap(), "{one} x {other}");
        }
    }

    #[test]
    fn parts_have_their_share_and_decks_of_their_own() {
        let dealt: Vec<(usize, u32)> = (0..16)
            .map(|n| {
                let (part, sampler) = Sampler::new(3, n).group([12, 4]);
                (part, sampler.stratum(12))
            })
            .collect();
        let of = |part| dealt.iter().filter(|(own, _)| *own == part).map(|(_, card)| *card).collect::<BTreeSet<_>>();
        assert_eq!((of(0).len(), of(1).len()), (12, 4));
    }
}
