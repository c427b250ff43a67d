//! All entries by hash, as one immutable value.

use std::sync::Arc;

use hashbrown::HashTable;

use super::entry::Entry;

/// Segments are halved when there are more tenants than this in each, on average.
pub(super) const CROWDED: usize = 1 << 10;

type Segment = HashTable<Arc<Entry>>;

/// All entries, by hash. There are a power of two of segments.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) segments: Vec<Arc<Segment>>,
    pub(super) entries: usize,
}

impl Directory {
    pub(super) fn of(segments: usize) -> Self {
        Self { segments: (0..segments).map(|_| Arc::default()).collect(), entries: 0 }
    }

    #[inline]
    fn index(&self, hash: u64) -> usize {
        // From the middle: a segment takes its buckets from the low bits and its tags from the high ones.
        (hash >> 32) as usize & (self.segments.len().wrapping_sub(1))
    }

    #[inline]
    pub(super) fn segment(&self, hash: u64) -> Option<&Segment> {
        self.segments.get(self.index(hash)).map(|segment| &**segment)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.segments.iter().flat_map(|segment| segment.iter())
    }

    pub(super) fn with(mut self, hash: u64, entry: Arc<Entry>, rehash: impl Fn(&Arc<Entry>) -> u64) -> Self {
        let index = self.index(hash);
        if let Some(segment) = self.segments.get_mut(index) {
            Arc::make_mut(segment).insert_unique(hash, entry, rehash);
            self.entries += 1;
        }
        self
    }

    pub(super) fn built<'e>(
        segments: usize,
        entries: impl Iterator<Item = &'e Arc<Entry>>,
        rehash: impl Fn(&Arc<Entry>) -> u64,
    ) -> Self {
        entries.fold(Self::of(segments), |next, entry| next.with(rehash(entry), Arc::clone(entry), &rehash))
    }

    /// Without the quarter of the entries that was filled longest ago, as far as nobody refers to them.
    pub(super) fn survivors(&self, rehash: impl Fn(&Arc<Entry>) -> u64, now: u64) -> Self {
        let mut entries: Vec<&Arc<Entry>> = self.all().collect();
        entries.sort_by_key(|entry| entry.filled());
        let mut excess = entries.len().div_ceil(4);
        entries.retain(|entry| {
            let drop = excess > 0 && !entry.in_use(now);
            excess -= usize::from(drop);
            !drop
        });
        Self::built(self.segments.len(), entries.into_iter(), rehash)
    }
}
