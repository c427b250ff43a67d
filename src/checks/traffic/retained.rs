//! A map of bounded size, for what a watch remembers about clients and accounts.

use std::hash::Hash;

use foldhash::HashMap;

/// The number of entries after which everything is forgotten. Less knowledge means fewer findings, never wrong ones.
const MAX_ENTRIES: usize = 4096;

/// A map that forgets everything when it is full.
#[derive(Debug)]
pub(in crate::checks) struct Retained<K, V>(HashMap<K, V>);

impl<K, V> Default for Retained<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Eq + Hash, V> Retained<K, V> {
    /// The entry of a key, if there is one.
    pub(in crate::checks) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// The entry of a key, which is made if there is none.
    pub(in crate::checks) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if self.0.len() >= MAX_ENTRIES && !self.0.contains_key(&key) {
            self.0.clear();
        }
        self.0.entry(key).or_default()
    }

    /// Sets the entry of a key.
    pub(in crate::checks) fn insert(&mut self, key: K, value: V) {
        if self.0.len() >= MAX_ENTRIES && !self.0.contains_key(&key) {
            self.0.clear();
        }
        self.0.insert(key, value);
    }

    /// Removes the entry of a key.
    pub(in crate::checks) fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key)
    }

    /// Keeps only the entries for which this holds.
    pub(in crate::checks) fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.0.retain(|key, _| keep(key));
    }

    /// Every entry.
    pub(in crate::checks) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter()
    }

    /// Removes everything.
    pub(in crate::checks) fn clear(&mut self) {
        self.0.clear();
    }
}
