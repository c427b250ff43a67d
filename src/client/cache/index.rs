//! The index: a hash table of balances for lookups by key, without a lock for readers.
//!
//! A table has a fixed size. When it is too full, the next one of twice the size takes its place. The old table is never
//! freed while the index exists, because a reader may still be using it; all old tables together are no larger than the
//! current one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use super::packed_key::PackedKey;
use super::slot::BalanceSlot;
use super::table::HashTable;
use crate::client::hit::Hit;
use crate::sync::lock;

/// The number of tables. The last one would exceed the memory of any machine, or half of the address space.
const TABLES: usize = if usize::BITS < 64 { 21 } else { 32 };

pub(super) struct Index {
    /// Table `n` has `2^n` groups.
    tables: [OnceLock<HashTable>; TABLES],
    /// The number of the table in use.
    current: AtomicUsize,
    /// Whether a thread is growing the index.
    growing: AtomicBool,
    /// The number of keys. The lock excludes other writers.
    keys: Mutex<usize>,
}

impl Index {
    pub(super) fn new() -> Self {
        Self {
            tables: [const { OnceLock::new() }; TABLES],
            current: AtomicUsize::new(0),
            growing: AtomicBool::new(false),
            keys: Mutex::new(0),
        }
    }

    /// Looks at one candidate record only. `None` does not prove that there is no balance: see [`HashTable::probe`].
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a function call costs a tenth of a hit")]
    pub(super) fn probe(&self, key: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        self.tables.get(self.current.load(Ordering::Acquire))?.get()?.probe(key, now, ttl)
    }

    /// Looks at all candidate records. `None` may also mean that there was no room for the key.
    pub(super) fn read(&self, key: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        self.tables.get(self.current.load(Ordering::Acquire))?.get()?.read(key, now, ttl)
    }

    /// Inserts or replaces a balance. Has no effect if there is no room for the key.
    pub(super) fn insert(&self, key: &PackedKey, filled: u64, hit: Hit) {
        let mut keys = lock(&self.keys);
        let current = self.current();
        if let Some(slot) = current.slot(key) {
            return slot.write(filled, hit);
        }
        if let Some(slot) = current.insert(key) {
            slot.write(filled, hit);
            *keys += 1;
        }
        if self.is_crowded(*keys) {
            drop(keys);
            self.grow();
        }
    }

    /// Updates the slot of a key, if there is one. A read that starts after this returns does not see the old value.
    pub(super) fn update(&self, key: &PackedKey, update: impl FnOnce(&BalanceSlot)) {
        let _writer = lock(&self.keys);
        if let Some(slot) = self.current().slot(key) {
            update(slot);
        }
    }

    pub(super) fn remove(&self, key: &PackedKey) {
        let mut keys = lock(&self.keys);
        *keys -= usize::from(self.current().remove(key));
    }

    /// Moves on to the next table, if the current one is crowded and no other thread does so.
    fn grow(&self) {
        if self.growing.swap(true, Ordering::Acquire) {
            return;
        }
        let number = self.current.load(Ordering::Relaxed) + 1;
        // Another thread may have grown the index since the caller's test.
        let crowded = self.is_crowded(*lock(&self.keys));
        // The table is allocated without the lock, while writers go on: that takes longer than copying into it.
        if let Some(next) = crowded.then(|| self.table(number)).flatten() {
            let mut keys = lock(&self.keys);
            let copies = self.current().all().filter_map(|(key, slot)| Some((next.insert(&key)?, slot)));
            *keys = copies.map(|(copy, slot)| copy.copy_from(slot)).count();
            self.current.store(number, Ordering::Release);
        }
        self.growing.store(false, Ordering::Release);
    }

    fn is_crowded(&self, keys: usize) -> bool {
        keys >= self.current().capacity()
    }

    fn current(&self) -> &HashTable {
        let number = self.current.load(Ordering::Relaxed);
        get_or_allocate(&self.tables[number], number)
    }

    fn table(&self, number: usize) -> Option<&HashTable> {
        Some(get_or_allocate(self.tables.get(number)?, number))
    }
}

fn get_or_allocate(table: &OnceLock<HashTable>, number: usize) -> &HashTable {
    table.get_or_init(|| HashTable::new(1 << number))
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::super::test_data;
    use super::*;

    const KEYS: usize = 5_000;

    fn balances() -> Vec<(PackedKey, Hit)> {
        let key = test_data::packed_keys();
        (0..KEYS).map(|number| (key(number), test_data::hit(number))).collect()
    }

    #[test]
    fn growth_preserves_inserted_cleared_and_removed_keys() {
        let (balances, index) = (balances(), Index::new());
        for (number, (key, hit)) in balances.iter().enumerate() {
            index.insert(key, 0, *hit);
            match number % 3 {
                0 => index.update(key, BalanceSlot::clear),
                1 => index.remove(key),
                _ => {}
            }
        }
        let read = |number: usize| index.read(&balances[number].0, 0, 1);
        assert!((0..KEYS).filter(|number| number % 3 < 2).all(|number| read(number).is_none()));
        let inserted: Vec<usize> = (2..KEYS).step_by(3).collect();
        assert!(inserted.iter().all(|number| read(*number).is_none_or(|hit| hit == balances[*number].1)));
        // A few keys found no room when they were inserted.
        let found = inserted.iter().filter(|number| read(**number).is_some()).count();
        assert!(found > inserted.len() * 9 / 10, "{found}");
        assert!(*lock(&index.keys) <= index.current().capacity());
    }

    #[test]
    fn read_during_growth_finds_the_inserted_balance() {
        let (balances, index, barrier) = (balances(), Index::new(), Barrier::new(3));
        let (first, rest) = balances.split_first().unwrap();
        index.insert(&first.0, 0, first.1);
        std::thread::scope(|scope| {
            let writers = [0, 1].map(|first| {
                let (index, barrier) = (&index, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    rest.iter().skip(first).step_by(2).for_each(|(key, hit)| index.insert(key, 0, *hit));
                })
            });
            barrier.wait();
            loop {
                let done = writers.iter().all(std::thread::ScopedJoinHandle::is_finished);
                assert_eq!(index.read(&first.0, 0, 1), Some(first.1));
                let probes = rest.iter().map(|(key, hit)| (index.probe(key, 0, 1), *hit));
                let seen = probes.filter_map(|(seen, hit)| seen.map(|seen| assert_eq!(seen, hit))).count();
                if done {
                    assert!(seen > KEYS / 2, "{seen}");
                    break;
                }
            }
        });
        // It has not grown more often than necessary.
        let before = index.table(index.current.load(Ordering::Relaxed) - 1).unwrap();
        let keys = *lock(&index.keys);
        assert!(before.capacity() <= keys && !index.is_crowded(keys));
    }

    #[test]
    fn read_after_clear_finds_nothing_even_if_the_index_grows_in_between() {
        let (balances, index, cleared) = (balances(), Index::new(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for (number, (key, hit)) in balances.iter().enumerate() {
                    index.insert(key, 0, *hit);
                    if number % 2 == 0 {
                        index.update(key, BalanceSlot::clear);
                    }
                    cleared.store(number + 1, Ordering::Release);
                }
            });
            loop {
                let known = cleared.load(Ordering::Acquire);
                let cleared_keys = balances[..known].iter().step_by(2);
                assert!(cleared_keys.rev().take(200).all(|(key, _)| index.read(key, 0, 1).is_none()));
                if known == KEYS {
                    break;
                }
            }
        });
    }
}
