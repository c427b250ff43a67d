//! All entries by hash, as one immutable value.

use std::iter;
use std::sync::Arc;

use super::entry::Entry;

/// Segments are halved when there are more tenants than this in each, on average.
pub(super) const CROWDED: usize = 1 << 10;

/// A place for an entry, with its hash beside it: among many tenants nearly every step through memory is a cache miss,
/// so that there is one to the place and one to the entry, and none to an entry with another hash.
type Place = Option<(u64, Arc<Entry>)>;

/// Open addressing: an entry is at the place that its hash names, or at one of the next before an empty one. There are
/// a power of two of places, at most seven of eight of them taken; or none at all.
#[derive(Clone, Default)]
pub(super) struct Segment {
    places: Arc<[Place]>,
    taken: usize,
}

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

    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl Fn(&Entry) -> bool) -> Option<&Arc<Entry>> {
        let segment = &*self.segments.get(self.index(hash))?.places;
        for at in places(segment, hash) {
            let (found, entry) = segment.get(at)?.as_ref()?;
            if *found == hash && is(entry) {
                return Some(entry);
            }
        }
        None
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &(u64, Arc<Entry>)> {
        self.segments.iter().flat_map(|segment| segment.places.iter().flatten())
    }

    /// The same with one more, which must not be in it yet.
    pub(super) fn with(&self, hash: u64, entry: Arc<Entry>) -> Self {
        let mut next = Self { segments: self.segments.clone(), entries: self.entries + 1 };
        let index = self.index(hash);
        if let Some(segment) = next.segments.get_mut(index) {
            let count = segment.taken + 1;
            if room(count) > segment.places.len() {
                *segment = segment_of(count, segment.places.iter().flatten().cloned());
            }
            put(Arc::make_mut(&mut segment.places), hash, entry);
            segment.taken = count;
        }
        next
    }

    pub(super) fn built<'e>(segments: usize, entries: impl Iterator<Item = &'e (u64, Arc<Entry>)>) -> Self {
        let mut next = Self::of(segments);
        let mut split: Vec<Vec<(u64, Arc<Entry>)>> = vec![Vec::new(); segments];
        for (hash, entry) in entries {
            if let Some(part) = split.get_mut(next.index(*hash)) {
                part.push((*hash, Arc::clone(entry)));
                next.entries += 1;
            }
        }
        next.segments = split.into_iter().map(|part| segment_of(part.len(), part.into_iter())).collect();
        next
    }

    /// Without the quarter of the entries that was filled longest ago, as far as nobody refers to them.
    pub(super) fn survivors(&self, now: u64) -> Self {
        let mut entries: Vec<&(u64, Arc<Entry>)> = self.all().collect();
        entries.sort_by_key(|(_, entry)| entry.filled());
        let mut excess = entries.len().div_ceil(4);
        entries.retain(|(_, entry)| {
            let drop = excess > 0 && !entry.in_use(now);
            excess -= usize::from(drop);
            !drop
        });
        Self::built(self.segments.len(), entries.into_iter())
    }
}

/// Where an entry with that hash may be, in order.
#[inline]
fn places(segment: &[Place], hash: u64) -> impl Iterator<Item = usize> + use<> {
    let (length, first) = (segment.len(), usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default());
    (0..length).map(move |step| first.wrapping_add(step) & (length - 1))
}

/// How many places there are for so many entries.
fn room(count: usize) -> usize {
    if count == 0 { 0 } else { (count + count.div_ceil(7)).next_power_of_two() }
}

/// A segment with these entries, and room for so many.
fn segment_of(count: usize, entries: impl Iterator<Item = (u64, Arc<Entry>)>) -> Segment {
    let mut places: Vec<Place> = vec![None; room(count)];
    let mut taken = 0;
    for (hash, entry) in entries {
        put(&mut places, hash, entry);
        taken += 1;
    }
    Segment { places: places.into(), taken }
}

fn put(segment: &mut [Place], hash: u64, entry: Arc<Entry>) {
    let free = places(segment, hash).find(|at| segment[*at].is_none());
    if let Some(place) = free.and_then(|at| segment.get_mut(at)) {
        *place = Some((hash, entry));
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Key;
    use super::*;

    fn entry(name: &str) -> Arc<Entry> {
        Arc::new(Entry::new(Key::new(0, name, "")))
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
                directory = directory.with(hash(number), entry(&name));
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
