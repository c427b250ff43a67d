//! Equivalence classes of characters: no expression distinguishes two characters of the same class. Not the character
//! classes of regular expressions.

use std::collections::HashMap;

use crate::regex::nfa::{Nfa, Ranges};
use crate::strategy::draw::Draw;

/// The maximum number of comparisons when all characters are divided into classes.
const MAX_WORK: usize = 4_000_000;

/// Characters that no expression of an NFA distinguishes.
#[derive(Debug)]
pub(crate) struct EquivalenceClass {
    ranges: Ranges,
    /// The ranges that are printable ASCII.
    ascii: Ranges,
    /// The weight in random choices, by the number of printable ASCII characters.
    pub(crate) weight: u64,
    /// The character sets of the NFA that contain the class, as a bit set.
    sets: Vec<u64>,
    pub(crate) is_word: bool,
    pub(crate) is_newline: bool,
}

/// All equivalence classes of an NFA.
#[derive(Debug)]
pub(crate) struct EquivalenceClasses {
    classes: Vec<EquivalenceClass>,
}

const WORD_CHARS: [(u32, u32); 4] = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const NEWLINE: [(u32, u32); 1] = [(0x0A, 0x0A)];
/// In the order of preference: lower-case letters, digits, upper-case letters, and the other characters.
const PRINTABLE_ASCII: [(u32, u32); 6] =
    [(0x61, 0x7A), (0x30, 0x39), (0x41, 0x5A), (0x20, 0x2F), (0x3A, 0x40), (0x5B, 0x7E)];

impl EquivalenceClasses {
    /// Divides all characters into the classes of an NFA. `None` if that takes too much work.
    pub(crate) fn of(nfa: &Nfa) -> Option<Self> {
        let mut sets: Vec<&[(u32, u32)]> = nfa.char_sets.iter().map(Vec::as_slice).collect();
        if nfa.has_assertions {
            sets.push(&WORD_CHARS);
            sets.push(&NEWLINE);
        }
        let last = if nfa.ascii_only { 0x7F } else { 0x0010_FFFF };
        let mut cuts = vec![0, 0xD800, 0xE000, last + 1];
        for (start, end) in sets.iter().flat_map(|set| set.iter()) {
            cuts.extend([*start, end + 1]);
        }
        cuts.retain(|cut| *cut <= last + 1);
        cuts.sort_unstable();
        cuts.dedup();
        if cuts.len().checked_mul(sets.len())? > MAX_WORK {
            return None;
        }
        let mut numbers: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut classes: Vec<EquivalenceClass> = Vec::new();
        for pair in cuts.windows(2) {
            let (start, end) = (pair[0], pair[1] - 1);
            if (0xD800..0xE000).contains(&start) {
                continue;
            }
            let mut member_of = vec![0; sets.len().div_ceil(64)];
            for (number, set) in sets.iter().enumerate() {
                let position = set.partition_point(|(_, set_end)| *set_end < start);
                if set.get(position).is_some_and(|(from, _)| *from <= start) {
                    member_of[number / 64] |= 1 << (number % 64);
                }
            }
            let number = *numbers.entry(member_of.clone()).or_insert_with(|| {
                classes.push(EquivalenceClass {
                    ranges: Vec::new(),
                    ascii: Vec::new(),
                    weight: 1,
                    sets: member_of,
                    is_word: false,
                    is_newline: false,
                });
                classes.len() - 1
            });
            classes[number].ranges.push((start, end));
        }
        for class in &mut classes {
            class.ascii = PRINTABLE_ASCII.iter().flat_map(|ascii| intersections(&class.ranges, *ascii)).collect();
            class.weight = 1 + char_count(&class.ascii);
            if nfa.has_assertions {
                class.is_word = class.in_set(sets.len() - 2);
                class.is_newline = class.in_set(sets.len() - 1);
            }
        }
        Some(Self { classes })
    }

    pub(crate) fn all(&self) -> &[EquivalenceClass] {
        &self.classes
    }

    pub(crate) fn get(&self, number: usize) -> &EquivalenceClass {
        &self.classes[number]
    }
}

fn char_count(ranges: &Ranges) -> u64 {
    ranges.iter().map(|(start, end)| u64::from(end - start) + 1).sum()
}

fn intersections(ranges: &Ranges, with: (u32, u32)) -> impl Iterator<Item = (u32, u32)> {
    ranges
        .iter()
        .map(move |(start, end)| ((*start).max(with.0), (*end).min(with.1)))
        .filter(|(start, end)| start <= end)
}

impl EquivalenceClass {
    /// Returns whether a character set of the NFA contains the class.
    pub(crate) fn in_set(&self, set: usize) -> bool {
        self.sets.get(set / 64).is_some_and(|bits| bits >> (set % 64) & 1 == 1)
    }

    /// Returns all characters if there are at most `limit`.
    pub(crate) fn chars(&self, limit: usize) -> Option<Vec<char>> {
        if char_count(&self.ranges) > limit as u64 {
            return None;
        }
        let all = self.ranges.iter().flat_map(|(start, end)| *start..=*end);
        Some(all.filter_map(char::from_u32).collect())
    }

    /// Returns a printable ASCII character mostly, and sometimes the first or last of a range, or any character.
    pub(crate) fn draw(&self, draw: &mut Draw) -> char {
        let kind = if self.ranges == self.ascii { 0 } else { draw.below(16) };
        let ranges = if kind < 13 && !self.ascii.is_empty() { &self.ascii } else { &self.ranges };
        let Some((start, end)) = draw.pick(ranges) else {
            return 'a';
        };
        let code = match kind {
            14 => *end,
            13 => *start,
            _ => start + u32::try_from(draw.below(u64::from(end - start) + 1)).unwrap_or(0),
        };
        char::from_u32(code).unwrap_or('a')
    }
}
