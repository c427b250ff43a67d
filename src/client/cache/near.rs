//! The directory as a thread last saw it, so that a look-up need not announce itself to the other threads.
//!
//! Each directory that is published bears a stamp of its own. A look-up compares the stamp of the one at hand with the
//! cache's: one plain load where nothing was published since. A directory that was replaced is let go when the thread
//! looks the next time; what a thread holds of a cache that is gone, when it next takes up a directory, or ends.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;

use super::directory::Directory;

/// Caches whose directory a thread has at hand. More than one is rare; beyond that some share a place, and take turns.
const PLACES: usize = 8;

static CACHES: AtomicUsize = AtomicUsize::new(0);
static STAMPS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static NEAR: RefCell<[Option<Near>; PLACES]> = const { RefCell::new([const { None }; PLACES]) };
}

struct Near {
    stamp: u64,
    stamped: Arc<Stamped>,
    alive: Weak<()>,
}

struct Stamped {
    stamp: u64,
    directory: Directory,
}

impl Stamped {
    fn new(directory: Directory) -> Self {
        // No two directories of any two caches have the same, so that a stamp says which cache it is, too.
        Self { stamp: STAMPS.fetch_add(1, Ordering::Relaxed), directory }
    }
}

/// A directory that is read all the time and seldom replaced.
pub(super) struct Published {
    stamp: AtomicU64,
    place: usize,
    current: ArcSwap<Stamped>,
    /// Is gone when the cache is.
    alive: Arc<()>,
}

impl Published {
    pub(super) fn new(directory: Directory) -> Self {
        let stamped = Stamped::new(directory);
        Self {
            stamp: AtomicU64::new(stamped.stamp),
            place: CACHES.fetch_add(1, Ordering::Relaxed) % PLACES,
            current: ArcSwap::from_pointee(stamped),
            alive: Arc::default(),
        }
    }

    /// Looks something up in the directory at hand; `None` if it is older than any whose publication happened before,
    /// and while the thread ends and has nothing at hand any more.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what a call gives back goes through memory, and comes back late")]
    pub(super) fn at_hand<R>(&self, look: impl FnOnce(&Directory) -> R) -> Option<R> {
        let stamp = self.stamp.load(Ordering::Acquire);
        let found = NEAR.try_with(|near| {
            let near = near.try_borrow().ok()?;
            let near = near[self.place].as_ref().filter(|near| near.stamp == stamp)?;
            Some(look(&near.stamped.directory))
        });
        found.ok().flatten()
    }

    /// Looks something up in the present directory, and has that at hand from now on.
    pub(super) fn renewed<R>(&self, look: impl FnOnce(&Directory) -> R) -> R {
        let stamped = self.current.load_full();
        let near = Near { stamp: stamped.stamp, stamped: Arc::clone(&stamped), alive: Arc::downgrade(&self.alive) };
        swap(self.place, Some(near), |near| near.alive.strong_count() == 0);
        look(&stamped.directory)
    }

    /// The present one, for whoever is going to replace it.
    pub(super) fn with<R>(&self, look: impl FnOnce(&Directory) -> R) -> R {
        look(&self.current.load().directory)
    }

    /// Writers take turns: this is the caller's to see to.
    pub(super) fn publish(&self, directory: Directory) {
        let stamped = Stamped::new(directory);
        let stamp = stamped.stamp;
        self.current.store(Arc::new(stamped));
        // Last, so that whoever sees the stamp finds that directory or a later one.
        self.stamp.store(stamp, Ordering::Release);
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        swap(self.place, None, |near| std::ptr::eq(near.alive.as_ptr(), Arc::as_ptr(&self.alive)));
    }
}

/// Lets go of what is `gone`, and puts that in its place if there is something to put.
fn swap(place: usize, next: Option<Near>, gone: impl Fn(&Near) -> bool) {
    // Dropped when nothing is borrowed any more: what a directory holds may be the last of its kind.
    let _old = NEAR.try_with(|near| {
        let mut near = near.try_borrow_mut().ok()?;
        let old = near.each_mut().map(|near| near.take_if(|near| gone(near)));
        let replaced = next.and_then(|next| near[place].replace(next));
        Some((old, replaced))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(published: &Published) -> usize {
        let entries = |directory: &Directory| directory.entries;
        published.at_hand(entries).unwrap_or_else(|| published.renewed(entries))
    }

    #[test]
    fn what_was_published_is_seen_and_what_was_replaced_let_go() {
        let published = Published::new(Directory::of(1));
        assert_eq!(entries(&published), 0);
        let first = Arc::downgrade(&published.current.load_full());
        published.publish(Directory { entries: 1, ..Directory::of(1) });
        assert!(first.upgrade().is_some(), "still at hand");
        assert_eq!(entries(&published), 1);
        assert!(first.upgrade().is_none());
    }

    #[test]
    fn what_another_thread_published_before_is_seen() {
        const LAST: usize = 10_000;
        let (published, latest) = (Published::new(Directory::of(1)), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for entries in 1..=LAST {
                    published.publish(Directory { entries, ..Directory::of(1) });
                    latest.store(entries, Ordering::Release);
                }
            });
            loop {
                let least = latest.load(Ordering::Acquire);
                assert!(entries(&published) >= least);
                if least == LAST {
                    break;
                }
            }
        });
    }

    #[test]
    fn caches_that_share_a_place_are_kept_apart() {
        let all: Vec<Published> =
            (0..=PLACES * 2).map(|entries| Published::new(Directory { entries, ..Directory::of(1) })).collect();
        for _ in 0..2 {
            for (number, published) in all.iter().enumerate() {
                assert_eq!(entries(published), number);
                assert_eq!(entries(published), number);
            }
        }
    }

    #[test]
    fn a_cache_that_is_gone_does_not_stay() {
        let here = Published::new(Directory::of(1));
        entries(&here);
        let directory = Arc::downgrade(&here.current.load_full());
        drop(here);
        assert!(directory.upgrade().is_none());

        let elsewhere = Published::new(Directory::of(1));
        entries(&elsewhere);
        let directory = Arc::downgrade(&elsewhere.current.load_full());
        std::thread::scope(|scope| scope.spawn(move || drop(elsewhere)).join()).unwrap();
        assert!(directory.upgrade().is_some(), "this thread cannot know yet");
        entries(&Published::new(Directory::of(1)));
        assert!(directory.upgrade().is_none());
    }
}
