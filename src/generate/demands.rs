//! What is asked of numbers, of strings, and of properties by name.

use std::collections::HashMap;
use std::sync::Arc;

use super::constraint::Bound;
use super::decimal::Decimal;
use super::format::Format;
use super::pattern::Pattern;

/// What numbers have to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    pub(super) lower: Option<Bound>,
    pub(super) upper: Option<Bound>,
    pub(super) multiples: Vec<Decimal>,
    pub(super) not_multiples: Vec<Decimal>,
}

impl Numbers {
    /// Whether a number is within the bounds and multiples.
    pub(super) fn admit(&self, number: Decimal) -> bool {
        let above = self.lower.is_none_or(|bound| number > bound.at || (bound.inclusive && number == bound.at));
        let below = self.upper.is_none_or(|bound| number < bound.at || (bound.inclusive && number == bound.at));
        let multiple = |of: &Decimal| number.is_multiple_of(*of);
        above
            && below
            && self.multiples.iter().all(|of| multiple(of) == Some(true))
            && self.not_multiples.iter().all(|of| multiple(of) == Some(false))
    }
}

/// What strings have to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    pub(super) min: u64,
    pub(super) max: Option<u64>,
    pub(super) patterns: Vec<(Arc<Pattern>, bool)>,
    pub(super) formats: Vec<(Arc<Format>, bool)>,
}

impl Texts {
    /// Whether a text is of the length, the patterns and the formats.
    pub(super) fn admit(&self, text: &str) -> bool {
        let length = text.chars().count() as u64;
        length >= self.min
            && self.max.is_none_or(|max| length <= max)
            && self.patterns.iter().all(|(pattern, wanted)| pattern.is_match(text) == *wanted)
            && self.formats.iter().all(|(format, wanted)| format.is_match(text) == *wanted)
    }
}

/// Something by name, in the order in which the names came up.
#[derive(Clone, Debug)]
pub(super) struct Listed<T> {
    entries: Vec<(Arc<str>, T)>,
    places: HashMap<Arc<str>, usize>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Default> Listed<T> {
    pub(super) fn entry(&mut self, name: &Arc<str>) -> &mut T {
        let place = *self.places.entry(Arc::clone(name)).or_insert_with(|| {
            self.entries.push((Arc::clone(name), T::default()));
            self.entries.len() - 1
        });
        &mut self.entries[place].1
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.places.get(name).map(|place| &self.entries[*place].1)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.entries.iter().map(|(name, _)| name)
    }
}
