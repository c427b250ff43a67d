//! A table that is read while it is written: nothing in it ever moves, and everything in it is atomic.
//!
//! Records stand in groups of eight. Beside each group stands one word with a byte of each record's hash. A look-up reads
//! that word and then, but for once in a hundred times, the record that it looks for alone: among many tenants nearly
//! every step through memory is a cache miss. A label whose group is full stands in the neighbouring one; if that is full
//! too, it is not taken in.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use super::label::{PackedKey, WORDS};
use super::slot::Slot;
use crate::client::hit::Hit;

/// Records in a group.
const PLACES: usize = 8;

/// Records in each group, on average, beyond which too many find theirs full: two in a hundred do.
const CROWDED: usize = 5;

/// The lowest and the highest bit of each byte.
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;

pub(super) struct Table {
    /// For each place what the hash of the label leaves there, or zero.
    tags: Box<[AtomicU64]>,
    records: Box<[[Record; PLACES]]>,
}

/// Two cache lines that belong to one tenant.
#[repr(C, align(128))]
struct Record {
    slot: Slot,
    label: [AtomicU64; WORDS],
    hash: AtomicU64,
}

impl Table {
    /// An empty one with that many groups, which must be a power of two.
    pub(super) fn new(groups: usize) -> Self {
        Self {
            tags: (0..groups).map(|_| AtomicU64::new(0)).collect(),
            records: (0..groups).map(|_| array::from_fn(|_| Record::vacant())).collect(),
        }
    }

    /// How many labels there may be before it should be replaced by a larger one.
    pub(super) fn capacity(&self) -> usize {
        self.tags.len() * CROWDED
    }

    /// The balance that is kept under that label, if its age at `now` is below `ttl`, both in nanoseconds, and if it is
    /// found at the first look, which is the rule. `None` does not mean that there is none.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
    pub(super) fn glance(&self, label: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        let group = self.home(label);
        let alike = zeros(self.tags.get(group)?.load(Ordering::Acquire) ^ (LOW * tag(label)));
        let record = self.records.get(group)?.get(lowest(alike))?;
        record.slot.read_if(|| record.is(label), now, ttl)
    }

    /// The same at as many looks as it takes.
    pub(super) fn read(&self, label: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        self.candidates(label).find_map(|(_, _, record)| record.slot.read_if(|| record.is(label), now, ttl))
    }

    /// What is kept under that label. For those who write, who take turns: this is the caller's to see to.
    pub(super) fn slot(&self, label: &PackedKey) -> Option<&Slot> {
        self.candidates(label).find(|(_, _, record)| record.is(label)).map(|(_, _, record)| &record.slot)
    }

    /// Takes in a label that is not there yet, with nothing kept; `None` if there is no place. Writers take turns.
    pub(super) fn insert(&self, label: &PackedKey) -> Option<&Slot> {
        self.groups(label).into_iter().find_map(|group| {
            let tags = self.tags[group].load(Ordering::Relaxed);
            let place = lowest(zeros(tags));
            let record = self.records[group].get(place)?;
            record.hand_over(label);
            self.tags[group].store(tags | tag(label) << (place * 8), Ordering::Release);
            Some(&record.slot)
        })
    }

    /// Takes a label out; false if it was not there. Writers take turns.
    pub(super) fn remove(&self, label: &PackedKey) -> bool {
        let Some((group, place, record)) = self.candidates(label).find(|(_, _, record)| record.is(label)) else {
            return false;
        };
        self.tags[group].fetch_and(!(0xff << (place * 8)), Ordering::Release);
        record.slot.clear();
        true
    }

    /// All labels with what is kept under them. For those who write.
    pub(super) fn all(&self) -> impl Iterator<Item = (PackedKey, &Slot)> {
        let groups = self.tags.iter().zip(&self.records);
        groups.flat_map(|(tags, records)| {
            let tags = tags.load(Ordering::Relaxed).to_le_bytes();
            records.iter().zip(tags).filter(|(_, tag)| *tag != 0).map(|(record, _)| (record.label(), &record.slot))
        })
    }

    /// The records that may be the label's, with their groups and places.
    fn candidates(&self, label: &PackedKey) -> impl Iterator<Item = (usize, usize, &Record)> {
        let tag = tag(label);
        self.groups(label).into_iter().flat_map(move |group| {
            let tags = self.tags[group].load(Ordering::Acquire).to_le_bytes();
            let places = self.records[group].iter().enumerate().zip(tags);
            places
                .filter(move |(_, own)| u64::from(*own) == tag)
                .map(move |((place, record), _)| (group, place, record))
        })
    }

    /// Where a label may stand, in order.
    fn groups(&self, label: &PackedKey) -> [usize; 2] {
        let home = self.home(label);
        [home, (home ^ 1) % self.tags.len()]
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower bits are what is wanted")]
    fn home(&self, label: &PackedKey) -> usize {
        label.hash as usize & self.tags.len().wrapping_sub(1)
    }
}

/// What a label leaves beside its group: never zero, which stands for a vacant place.
#[inline]
fn tag(label: &PackedKey) -> u64 {
    (label.hash >> 56).max(1)
}

/// The highest bit of each byte that is zero. Only the lowest is to be relied upon: a byte of one above it may be taken
/// for zero, too.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// The place of the lowest such bit; beyond all places if there is none.
#[inline]
fn lowest(bits: u64) -> usize {
    (bits.trailing_zeros() / 8) as usize
}

impl Record {
    fn vacant() -> Self {
        Self { slot: Slot::empty(), label: [const { AtomicU64::new(0) }; WORDS], hash: AtomicU64::new(0) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
    fn is(&self, label: &PackedKey) -> bool {
        self.label.iter().zip(&label.words).all(|(own, word)| own.load(Ordering::Relaxed) == *word)
    }

    fn label(&self) -> PackedKey {
        let words = self.label.each_ref().map(|word| word.load(Ordering::Relaxed));
        PackedKey { hash: self.hash.load(Ordering::Relaxed), words }
    }

    /// Whoever is reading it sees that it changed.
    fn hand_over(&self, label: &PackedKey) {
        self.slot.empty_while(|| {
            for (own, word) in self.label.iter().zip(&label.words) {
                own.store(*word, Ordering::Relaxed);
            }
            self.hash.store(label.hash, Ordering::Relaxed);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{hit, labels};
    use super::*;

    #[test]
    fn each_is_found_with_its_own_balance_and_nobody_else() {
        let (label, table) = (labels(), Table::new(64));
        let taken: Vec<usize> = (0..table.capacity())
            .filter(|number| table.insert(&label(*number)).map(|slot| slot.write(0, hit(*number))).is_some())
            .collect();
        assert!(taken.len() > table.capacity() * 9 / 10, "{}", taken.len());
        let glanced = taken.iter().filter(|number| table.glance(&label(**number), 0, 1) == Some(hit(**number))).count();
        assert!(glanced > taken.len() * 8 / 10, "{glanced}");
        for number in 0..2 * table.capacity() {
            let found = table.slot(&label(number)).and_then(|slot| slot.read(0, 1));
            assert_eq!(found, taken.contains(&number).then(|| hit(number)));
            assert_eq!(found, table.read(&label(number), 0, 1));
            assert!([None, found].contains(&table.glance(&label(number), 0, 1)));
        }
    }

    #[test]
    fn a_place_that_was_given_up_is_taken_again_and_empty() {
        let (label, table) = (labels(), Table::new(1));
        for number in 0..PLACES {
            table.insert(&label(number)).unwrap().write(0, hit(number));
        }
        assert!(table.insert(&label(PLACES)).is_none());
        for number in 0..PLACES {
            table.remove(&label(number));
            assert!(table.slot(&label(number)).is_none() && table.glance(&label(number), 0, 1).is_none());
            let slot = table.insert(&label(PLACES + number)).unwrap();
            assert_eq!(slot.read(0, 1), None);
            slot.write(0, hit(PLACES + number));
            assert!(table.insert(&label(number)).is_none());
        }
        for number in PLACES..2 * PLACES {
            assert_eq!(table.slot(&label(number)).unwrap().read(0, 1), Some(hit(number)));
        }
    }

    #[test]
    fn whoever_reads_while_places_change_hands_never_gets_what_is_another_s() {
        const LABELS: usize = PLACES * 4;
        let (label, table) = (labels(), Table::new(1));
        let (label, table) = (&label, &table);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = 0;
                for number in (0..LABELS).cycle() {
                    for found in [table.glance(&label(number), 0, 1), table.read(&label(number), 0, 1)] {
                        assert!(found.is_none_or(|found| found == hit(number)), "{number}: {found:?}");
                        seen += usize::from(found.is_some());
                    }
                    if seen > 100_000 {
                        return;
                    }
                }
            });
            for number in (0..LABELS).cycle() {
                if let Some(slot) = table.insert(&label(number)) {
                    slot.write(0, hit(number));
                }
                // So that half the places change hands all the time.
                table.remove(&label((number + LABELS - PLACES / 2) % LABELS));
                if reader.is_finished() {
                    break;
                }
            }
        });
    }
}
