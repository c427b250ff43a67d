//! A hash table of fixed size that is read while it is written: no record ever moves, and every field is atomic.
//!
//! The layout follows SwissTable. Records form groups of eight. Beside each group is one word with a tag byte per record:
//! 0 for a vacant record, else the top byte of the hash. A lookup reads that word first and then, in 99 of 100 cases, only
//! the record that it looks for. With many accounts, nearly every step through memory is a cache miss. A key whose group is
//! full is stored in the neighbouring group; if that is full, too, the key is not stored.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use super::packed_key::{PackedKey, WORDS};
use super::slot::BalanceSlot;
use crate::client::hit::Hit;

/// Records per group.
const GROUP: usize = 8;

/// The average number of records per group at which the table counts as full: 2 % of the keys then find no room.
const MAX_LOAD: usize = 5;

/// The lowest and the highest bit of each byte.
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;

pub(super) struct HashTable {
    /// The tag bytes, one word per group.
    tags: Box<[AtomicU64]>,
    groups: Box<[[Record; GROUP]]>,
}

/// The record of one key: two cache lines.
#[repr(C, align(128))]
struct Record {
    slot: BalanceSlot,
    key: [AtomicU64; WORDS],
    hash: AtomicU64,
}

impl HashTable {
    /// Creates an empty table. `groups` must be a power of two.
    pub(super) fn new(groups: usize) -> Self {
        Self {
            tags: (0..groups).map(|_| AtomicU64::new(0)).collect(),
            groups: (0..groups).map(|_| array::from_fn(|_| Record::vacant())).collect(),
        }
    }

    /// The number of keys at which a larger table should replace this one.
    pub(super) fn capacity(&self) -> usize {
        self.tags.len() * MAX_LOAD
    }

    /// The balance of a key, if its age at `now` is below `ttl`, both in nanoseconds.
    ///
    /// Looks only at the first record of the home group with a matching tag, which nearly always is the right one. `None`
    /// does not prove that there is no balance.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a function call costs a tenth of a hit")]
    pub(super) fn probe(&self, key: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        let group = self.home(key);
        let matching = zero_bytes(self.tags.get(group)?.load(Ordering::Acquire) ^ (LOW * tag(key)));
        let record = self.groups.get(group)?.get(lowest_byte(matching))?;
        record.slot.read_if(|| record.has(key), now, ttl)
    }

    /// The balance of a key, if its age at `now` is below `ttl`. Looks at all candidate records.
    pub(super) fn read(&self, key: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        self.candidates(key).find_map(|(_, _, record)| record.slot.read_if(|| record.has(key), now, ttl))
    }

    /// The slot of a key. For writers only; the caller excludes other writers.
    pub(super) fn slot(&self, key: &PackedKey) -> Option<&BalanceSlot> {
        self.candidates(key).find(|(_, _, record)| record.has(key)).map(|(_, _, record)| &record.slot)
    }

    /// Adds a key that the table does not contain, with an empty slot; `None` if there is no room. The caller excludes
    /// other writers.
    pub(super) fn insert(&self, key: &PackedKey) -> Option<&BalanceSlot> {
        self.candidate_groups(key).into_iter().find_map(|group| {
            let tags = self.tags[group].load(Ordering::Relaxed);
            let position = lowest_byte(zero_bytes(tags));
            let record = self.groups[group].get(position)?;
            record.assign(key);
            self.tags[group].store(tags | tag(key) << (position * 8), Ordering::Release);
            Some(&record.slot)
        })
    }

    /// Removes a key; false if the table does not contain it. The caller excludes other writers.
    pub(super) fn remove(&self, key: &PackedKey) -> bool {
        let Some((group, position, record)) = self.candidates(key).find(|(_, _, record)| record.has(key)) else {
            return false;
        };
        self.tags[group].fetch_and(!(0xff << (position * 8)), Ordering::Release);
        record.slot.clear();
        true
    }

    /// All keys with their slots. For writers only.
    pub(super) fn all(&self) -> impl Iterator<Item = (PackedKey, &BalanceSlot)> {
        let groups = self.tags.iter().zip(&self.groups);
        groups.flat_map(|(tags, records)| {
            let tags = tags.load(Ordering::Relaxed).to_le_bytes();
            records.iter().zip(tags).filter(|(_, tag)| *tag != 0).map(|(record, _)| (record.key(), &record.slot))
        })
    }

    /// The records with the tag of a key, with their groups and positions.
    fn candidates(&self, key: &PackedKey) -> impl Iterator<Item = (usize, usize, &Record)> {
        let tag = tag(key);
        self.candidate_groups(key).into_iter().flat_map(move |group| {
            let tags = self.tags[group].load(Ordering::Acquire).to_le_bytes();
            let records = self.groups[group].iter().enumerate().zip(tags);
            records
                .filter(move |(_, own)| u64::from(*own) == tag)
                .map(move |((position, record), _)| (group, position, record))
        })
    }

    /// The groups that may contain a key: the home group and its neighbour.
    fn candidate_groups(&self, key: &PackedKey) -> [usize; 2] {
        let home = self.home(key);
        [home, (home ^ 1) % self.tags.len()]
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "only the lower bits are used")]
    fn home(&self, key: &PackedKey) -> usize {
        key.hash as usize & self.tags.len().wrapping_sub(1)
    }
}

/// The tag of a key: never 0, which marks a vacant record.
#[inline]
fn tag(key: &PackedKey) -> u64 {
    (key.hash >> 56).max(1)
}

/// Sets the highest bit of each byte that is zero. Only the lowest set bit is reliable: a byte of value 1 above it may be
/// marked, too.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// The position of the lowest marked byte; 8 if no byte is marked.
#[inline]
fn lowest_byte(bits: u64) -> usize {
    (bits.trailing_zeros() / 8) as usize
}

impl Record {
    fn vacant() -> Self {
        Self { slot: BalanceSlot::empty(), key: [const { AtomicU64::new(0) }; WORDS], hash: AtomicU64::new(0) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a function call costs a tenth of a hit")]
    fn has(&self, key: &PackedKey) -> bool {
        self.key.iter().zip(&key.words).all(|(own, word)| own.load(Ordering::Relaxed) == *word)
    }

    fn key(&self) -> PackedKey {
        let words = self.key.each_ref().map(|word| word.load(Ordering::Relaxed));
        PackedKey { hash: self.hash.load(Ordering::Relaxed), words }
    }

    /// Assigns the record to a key, inside the seqlock of its slot: a concurrent reader detects the change.
    fn assign(&self, key: &PackedKey) {
        self.slot.clear_and(|| {
            for (own, word) in self.key.iter().zip(&key.words) {
                own.store(*word, Ordering::Relaxed);
            }
            self.hash.store(key.hash, Ordering::Relaxed);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{hit, packed_keys};
    use super::*;

    #[test]
    fn lookup_finds_the_balance_of_that_key_and_of_no_other() {
        let (key, table) = (packed_keys(), HashTable::new(64));
        let inserted: Vec<usize> = (0..table.capacity())
            .filter(|number| table.insert(&key(*number)).map(|slot| slot.write(0, hit(*number))).is_some())
            .collect();
        assert!(inserted.len() > table.capacity() * 9 / 10, "{}", inserted.len());
        let probed = inserted.iter().filter(|number| table.probe(&key(**number), 0, 1) == Some(hit(**number))).count();
        assert!(probed > inserted.len() * 8 / 10, "{probed}");
        for number in 0..2 * table.capacity() {
            let found = table.slot(&key(number)).and_then(|slot| slot.read(0, 1));
            assert_eq!(found, inserted.contains(&number).then(|| hit(number)));
            assert_eq!(found, table.read(&key(number), 0, 1));
            assert!([None, found].contains(&table.probe(&key(number), 0, 1)));
        }
    }

    #[test]
    fn a_removed_record_is_reused_with_an_empty_slot() {
        let (key, table) = (packed_keys(), HashTable::new(1));
        for number in 0..GROUP {
            table.insert(&key(number)).unwrap().write(0, hit(number));
        }
        assert!(table.insert(&key(GROUP)).is_none());
        for number in 0..GROUP {
            table.remove(&key(number));
            assert!(table.slot(&key(number)).is_none() && table.probe(&key(number), 0, 1).is_none());
            let slot = table.insert(&key(GROUP + number)).unwrap();
            assert_eq!(slot.read(0, 1), None);
            slot.write(0, hit(GROUP + number));
            assert!(table.insert(&key(number)).is_none());
        }
        for number in GROUP..2 * GROUP {
            assert_eq!(table.slot(&key(number)).unwrap().read(0, 1), Some(hit(number)));
        }
    }

    #[test]
    fn read_during_reassignment_never_returns_another_balance() {
        const KEYS: usize = GROUP * 4;
        let (key, table) = (packed_keys(), HashTable::new(1));
        let (key, table) = (&key, &table);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = 0;
                for number in (0..KEYS).cycle() {
                    for found in [table.probe(&key(number), 0, 1), table.read(&key(number), 0, 1)] {
                        assert!(found.is_none_or(|found| found == hit(number)), "{number}: {found:?}");
                        seen += usize::from(found.is_some());
                    }
                    if seen > 100_000 {
                        return;
                    }
                }
            });
            for number in (0..KEYS).cycle() {
                if let Some(slot) = table.insert(&key(number)) {
                    slot.write(0, hit(number));
                }
                // Half of the records are reassigned all the time.
                table.remove(&key((number + KEYS - GROUP / 2) % KEYS));
                if reader.is_finished() {
                    break;
                }
            }
        });
    }
}
