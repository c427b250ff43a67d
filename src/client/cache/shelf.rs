//! A copy of what is kept under labels, for whoever has no handle: found at one look, without a lock.
//!
//! A table that has become too small is replaced by one of twice the size and stays, unused, as long as the shelf, because
//! somebody may still be reading it. All of these together are no larger than the present one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::label::PackedKey;
use super::slot::Slot;
use super::table::Table;
use crate::client::hit::Hit;
use crate::sync::lock;

/// The last table takes more memory than there is, or half of what can be addressed.
const TABLES: usize = if usize::BITS < 64 { 21 } else { 32 };

pub(super) struct Index {
    /// Each is twice the size of the one before.
    tables: [OnceLock<Table>; TABLES],
    present: AtomicUsize,
    /// Whether somebody is going over to the next table.
    growing: AtomicBool,
    /// Held by whoever writes; how many labels there are.
    labels: Mutex<usize>,
}

impl Index {
    pub(super) fn new() -> Self {
        Self {
            tables: [const { OnceLock::new() }; TABLES],
            present: AtomicUsize::new(0),
            growing: AtomicBool::new(false),
            labels: Mutex::new(0),
        }
    }

    /// The balance that is kept under that label, if its age at `now` is below `ttl`, both in nanoseconds, and if it is
    /// found at the first look, which is the rule. `None` does not mean that there is none.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
    pub(super) fn glance(&self, label: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        self.tables.get(self.present.load(Ordering::Acquire))?.get()?.glance(label, now, ttl)
    }

    /// The same at as many looks as it takes. There may be one all the same, for which there is no place here.
    pub(super) fn read(&self, label: &PackedKey, now: u64, ttl: u64) -> Option<Hit> {
        self.tables.get(self.present.load(Ordering::Acquire))?.get()?.read(label, now, ttl)
    }

    /// Keeps a balance under a label, unless there is no place for it.
    pub(super) fn keep(&self, label: &PackedKey, filled: u64, hit: Hit) {
        let mut labels = self.lock();
        let present = self.present();
        if let Some(slot) = present.slot(label) {
            return slot.write(filled, hit);
        }
        if let Some(slot) = present.insert(label) {
            slot.write(filled, hit);
            *labels += 1;
        }
        if self.crowded(*labels) {
            drop(labels);
            self.grow();
        }
    }

    /// Changes what is kept under a label, if anything is. Whoever looks after this has returned does not get
    /// what was there before.
    pub(super) fn change(&self, label: &PackedKey, change: impl FnOnce(&Slot)) {
        let _writer = self.lock();
        if let Some(slot) = self.present().slot(label) {
            change(slot);
        }
    }

    /// Takes a label out.
    pub(super) fn remove(&self, label: &PackedKey) {
        let mut labels = self.lock();
        *labels -= usize::from(self.present().remove(label));
    }

    /// Goes over to the next table if the present one is crowded and nobody else is at it.
    fn grow(&self) {
        if self.growing.swap(true, Ordering::Acquire) {
            return;
        }
        let number = self.present.load(Ordering::Relaxed) + 1;
        // Somebody may have been at it a moment ago.
        let crowded = self.crowded(*self.lock());
        // The table is made while the others go on writing: that takes longer than to fill it.
        if let Some(next) = crowded.then(|| self.table(number)).flatten() {
            let mut labels = self.lock();
            let taken = self.present().all().filter_map(|(label, slot)| Some((next.insert(&label)?, slot)));
            *labels = taken.map(|(copy, slot)| copy.copy(slot)).count();
            self.present.store(number, Ordering::Release);
        }
        self.growing.store(false, Ordering::Release);
    }

    fn crowded(&self, labels: usize) -> bool {
        labels >= self.present().capacity()
    }

    fn present(&self) -> &Table {
        let number = self.present.load(Ordering::Relaxed);
        made(&self.tables[number], number)
    }

    fn table(&self, number: usize) -> Option<&Table> {
        Some(made(self.tables.get(number)?, number))
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        lock(&self.labels)
    }
}

/// The table of that number.
fn made(place: &OnceLock<Table>, number: usize) -> &Table {
    place.get_or_init(|| Table::new(1 << number))
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::super::samples;
    use super::*;

    const LABELS: usize = 5_000;

    fn labels() -> Vec<(PackedKey, Hit)> {
        let label = samples::labels();
        (0..LABELS).map(|number| (label(number), samples::hit(number))).collect()
    }

    #[test]
    fn what_is_kept_or_dropped_stays_so_however_much_is_added() {
        let (labels, shelf) = (labels(), Index::new());
        for (number, (label, hit)) in labels.iter().enumerate() {
            shelf.keep(label, 0, *hit);
            match number % 3 {
                0 => shelf.change(label, Slot::clear),
                1 => shelf.remove(label),
                _ => {}
            }
        }
        let read = |number: usize| shelf.read(&labels[number].0, 0, 1);
        assert!((0..LABELS).filter(|number| number % 3 < 2).all(|number| read(number).is_none()));
        let kept: Vec<usize> = (2..LABELS).step_by(3).collect();
        assert!(kept.iter().all(|number| read(*number).is_none_or(|hit| hit == labels[*number].1)));
        // For a few there was no place when they came.
        let found = kept.iter().filter(|number| read(**number).is_some()).count();
        assert!(found > kept.len() * 9 / 10, "{found}");
        assert!(*shelf.lock() <= shelf.present().capacity());
    }

    #[test]
    fn whoever_reads_while_it_grows_gets_what_is_kept() {
        let (labels, shelf, barrier) = (labels(), Index::new(), Barrier::new(3));
        let (first, rest) = labels.split_first().unwrap();
        shelf.keep(&first.0, 0, first.1);
        std::thread::scope(|scope| {
            let writers = [0, 1].map(|first| {
                let (shelf, barrier) = (&shelf, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    rest.iter().skip(first).step_by(2).for_each(|(label, hit)| shelf.keep(label, 0, *hit));
                })
            });
            barrier.wait();
            loop {
                let done = writers.iter().all(std::thread::ScopedJoinHandle::is_finished);
                assert_eq!(shelf.read(&first.0, 0, 1), Some(first.1));
                let glances = rest.iter().map(|(label, hit)| (shelf.glance(label, 0, 1), *hit));
                let seen = glances.filter_map(|(seen, hit)| seen.map(|seen| assert_eq!(seen, hit))).count();
                if done {
                    assert!(seen > LABELS / 2, "{seen}");
                    break;
                }
            }
        });
        // No more often than it had to.
        let before = shelf.table(shelf.present.load(Ordering::Relaxed) - 1).unwrap();
        let labels = *shelf.lock();
        assert!(before.capacity() <= labels && !shelf.crowded(labels));
    }

    #[test]
    fn what_was_dropped_is_not_read_afterwards_though_it_grows_in_between() {
        let (labels, shelf, dropped) = (labels(), Index::new(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for (number, (label, hit)) in labels.iter().enumerate() {
                    shelf.keep(label, 0, *hit);
                    if number % 2 == 0 {
                        shelf.change(label, Slot::clear);
                    }
                    dropped.store(number + 1, Ordering::Release);
                }
            });
            loop {
                let known = dropped.load(Ordering::Acquire);
                let cleared = labels[..known].iter().step_by(2);
                assert!(cleared.rev().take(200).all(|(label, _)| shelf.read(label, 0, 1).is_none()));
                if known == LABELS {
                    break;
                }
            }
        });
    }
}
