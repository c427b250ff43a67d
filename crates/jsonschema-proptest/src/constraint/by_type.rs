//! The constraints of a clause on each type, and a map that preserves order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::constraint::{Atom, Bound, NameClass};
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
        above && below && self.accepts_as_multiple(number)
    }

    /// Returns whether a number is a multiple of all steps of which it must be one, and of no other.
    pub(crate) fn accepts_as_multiple(&self, number: Decimal) -> bool {
        self.multiples.iter().all(|of| number.is_multiple_of(*of) == Some(true))
            && self.not_multiples.iter().all(|of| number.is_multiple_of(*of) == Some(false))
    }

    /// Returns whether all steps of multiples are integers.
    pub(crate) fn has_integer_steps(&self) -> bool {
        self.multiples.iter().chain(&self.not_multiples).all(|of| of.is_integer())
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

/// Limits on the number of items from an index on that satisfy an atom.
#[derive(Clone, Debug)]
pub(crate) struct ContainsRule {
    pub(crate) item: Atom,
    pub(crate) from: usize,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
}

/// A constraint on all items from an index on, except for those counted by `contains` under one of the atoms in
/// `unless`.
#[derive(Clone, Debug)]
pub(crate) struct ItemsFromRule {
    pub(crate) from: usize,
    pub(crate) item: Atom,
    pub(crate) unless: Vec<Atom>,
}

/// The constraints on arrays.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArrayConstraints {
    /// The atoms that the item at an index must satisfy.
    pub(crate) at: BTreeMap<usize, Vec<Atom>>,
    pub(crate) items_from: Vec<ItemsFromRule>,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    /// No two items may be equal.
    pub(crate) unique: bool,
    /// Two items must be equal.
    pub(crate) has_duplicates: bool,
    pub(crate) contains: Vec<ContainsRule>,
}

/// A constraint on all properties that are neither named nor matched by a pattern.
#[derive(Clone, Debug)]
pub(crate) struct AdditionalProperties {
    pub(crate) names: Vec<String>,
    pub(crate) patterns: Vec<Arc<Pattern>>,
    pub(crate) value: Atom,
}

/// The constraints on objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectConstraints {
    /// In the order in which the schema lists them.
    pub(crate) properties: OrderedMap<Vec<Atom>>,
    /// The atoms for properties whose names match a pattern, except for the listed names.
    pub(crate) pattern_properties: Vec<(Arc<Pattern>, Atom, Vec<String>)>,
    pub(crate) additional: Vec<AdditionalProperties>,
    pub(crate) required: OrderedMap<()>,
    pub(crate) absent: BTreeSet<Arc<str>>,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) property_names: Vec<Atom>,
    /// Properties that must exist: a name of the class, with a value that satisfies the atom.
    pub(crate) exists: Vec<(NameClass, Option<Atom>)>,
    /// If the first property exists, the others must exist.
    pub(crate) dependent_required: Vec<(Arc<str>, Vec<Arc<str>>)>,
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
