//! All entries by hash, as one immutable value.

use std::iter;
use std::sync::Arc;

use hashbrown::HashTable;

use super::entry::Entry;

/// Segments are halved when there are more tenants than this in each, on average.
pub(super) const CROWDED: usize = 1 << 10;

/// Entries by hash. A look-up reads one byte of each entry's hash, which lie side by side, and then, but for one time
/// in a hundred, the entry that it looks for alone: among many tenants nearly every step through memory is a cache miss.
#[derive(Clone, Default)]
pub(super) struct Segment(Arc<HashTable<Arc<Entry>>>);

/// All entries, by hash. There are a power of two of segments.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) segments: Vec<Segment>,
    pub(super) entries: usize,
}

impl Directory {
    pub(super) fn of(segments: usize) -> Self {
        Self { segments: iter::repeat_with(Segment::default).take(segments).collect(), entries: 0 }
    }

    #[inline]
    fn index(&self, hash: u64) -> usize {
        // From the middle: within a segment it is the low bits that count.
        (hash >> 32) as usize & (self.segments.len().wrapping_sub(1))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs a tenth of a hit")]
    pub(super) fn find(&self, hash: u64, is: impl Fn(&Entry) -> bool) -> Option<&Arc<Entry>> {
        self.segments.get(self.index(hash))?.0.find(hash, |entry| is(entry))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.segments.iter().flat_map(|segment| segment.0.iter())
    }

    /// The same with one more, which must not be in it yet.
    pub(super) fn with(&self, entry: Arc<Entry>) -> Self {
        let mut next = Self { segments: self.segments.clone(), entries: self.entries };
        next.insert(entry);
        next
    }

    pub(super) fn built<'e>(segments: usize, entries: impl Iterator<Item = &'e Arc<Entry>>) -> Self {
        let mut next = Self::of(segments);
        entries.for_each(|entry| next.insert(Arc::clone(entry)));
        next
    }

    fn insert(&mut self, entry: Arc<Entry>) {
        let (hash, index) = (entry.hash(), self.index(entry.hash()));
        if let Some(segment) = self.segments.get_mut(index) {
            Arc::make_mut(&mut segment.0).insert_unique(hash, entry, |entry| entry.hash());
            self.entries += 1;
        }
    }

    /// Without the quarter of the entries that was filled longest ago, as far as nobody refers to them.
    pub(super) fn survivors(&self, now: u64) -> Self {
        let mut entries: Vec<&Arc<Entry>> = self.all().collect();
        entries.sort_by_key(|entry| entry.filled());
        let mut excess = entries.len().div_ceil(4);
        entries.retain(|entry| {
            let drop = excess > 0 && !entry.in_use(now);
            excess -= usize::from(drop);
            !drop
        });
        Self::built(self.segments.len(), entries.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Key;
    use super::*;

    fn entry(hash: u64, name: &str) -> Arc<Entry> {
        Arc::new(Entry::new(hash, Key::new(0, name, "")))
    }

    fn found(directory: &Directory, hash: u64, name: &str) -> bool {
        directory.find(hash, |entry| entry.key.is(0, name, "")).is_some()
    }

    #[test]
    fn each_is_found_and_nobody_else_whatever_the_hashes() {
        // All alike; alike in a segment's bits; alike in the others; a few at the end of the segment; all unlike.
        let hashes: [fn(u64) -> u64; 5] = [
            |_| 7,
            |number| number << 32,
            |number| number,
            |number| u64::from(u32::MAX) - number % 3,
            |number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ];
        for hash in hashes {
            let mut directory = Directory::of(4);
            for number in 0..200 {
                let name = number.to_string();
                assert!(!found(&directory, hash(number), &name));
                directory = directory.with(entry(hash(number), &name));
            }
            let rebuilt = Directory::built(16, directory.all());
            for directory in [&directory, &rebuilt] {
                assert_eq!((directory.entries, directory.all().count()), (200, 200));
                assert!((0..200).all(|number| found(directory, hash(number), &number.to_string())));
                assert!(!found(directory, hash(200), "200"));
            }
        }
        assert!(!found(&Directory::of(1), 0, ""));
    }
}
