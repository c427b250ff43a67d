//! The constraints on numbers and on strings in a clause, and a map that preserves order.

use std::collections::HashMap;
use std::sync::Arc;

use crate::constraint::Bound;
use crate::number::decimal::Decimal;
use crate::string::format::Format;
use crate::string::pattern::Pattern;

/// The constraints on numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct NumberConstraints {
    pub(crate) lower: Option<Bound>,
    pub(crate) upper: Option<Bound>,
    pub(crate) multiples: Vec<Decimal>,
    pub(crate) not_multiples: Vec<Decimal>,
}

impl NumberConstraints {
    /// Returns whether a number satisfies the constraints.
    pub(crate) fn accepts(&self, number: Decimal) -> bool {
        let above = self.lower.is_none_or(|bound| number > bound.at || (bound.inclusive && number == bound.at));
        let below = self.upper.is_none_or(|bound| number < bound.at || (bound.inclusive && number == bound.at));
        let multiple = |of: &Decimal| number.is_multiple_of(*of);
        above
            && below
            && self.multiples.iter().all(|of| multiple(of) == Some(true))
            && self.not_multiples.iter().all(|of| multiple(of) == Some(false))
    }
}

/// The constraints on strings. The flag of a pattern or format tells whether it must match or must not.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringConstraints {
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) patterns: Vec<(Arc<Pattern>, bool)>,
    pub(crate) formats: Vec<(Arc<Format>, bool)>,
}

impl StringConstraints {
    /// Returns whether a string satisfies the constraints.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        let length = text.chars().count() as u64;
        length >= self.min
            && self.max.is_none_or(|max| length <= max)
            && self.patterns.iter().all(|(pattern, expected)| pattern.is_match(text) == *expected)
            && self.formats.iter().all(|(format, expected)| format.is_match(text) == *expected)
    }
}

/// A map by name, in the order of insertion.
#[derive(Clone, Debug)]
pub(crate) struct OrderedMap<T> {
    entries: Vec<(Arc<str>, T)>,
    positions: HashMap<Arc<str>, usize>,
}

impl<T> Default for OrderedMap<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), positions: HashMap::new() }
    }
}

impl<T: Default> OrderedMap<T> {
    pub(crate) fn entry(&mut self, name: &Arc<str>) -> &mut T {
        let position = *self.positions.entry(Arc::clone(name)).or_insert_with(|| {
            self.entries.push((Arc::clone(name), T::default()));
            self.entries.len() - 1
        });
        &mut self.entries[position].1
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.positions.get(name).map(|position| &self.entries[*position].1)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.positions.contains_key(name)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.entries.iter().map(|(name, _)| name)
    }
}
