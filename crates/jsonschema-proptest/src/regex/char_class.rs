//! Character classes: sets of characters that no expression distinguishes.

use std::collections::HashMap;

use crate::regex::nfa::{Nfa, Ranges};
use crate::strategy::draw::Draw;

/// The maximum number of comparisons when Unicode is divided into classes.
const MAX_WORK: usize = 4_000_000;

/// An equivalence class of characters under all expressions of an NFA.
#[derive(Debug)]
pub(crate) struct CharClass {
    ranges: Ranges,
    /// The ranges that are printable ASCII.
    ascii: Ranges,
    /// The weight in random choices, by the number of printable ASCII characters.
    pub(crate) weight: u64,
    sets: Vec<u64>,
    pub(crate) is_word: bool,
    pub(crate) is_newline: bool,
}

#[derive(Debug)]
pub(crate) struct CharClasses {
    classes: Vec<CharClass>,
}

const WORD_CHARS: [(u32, u32); 4] = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const PRINTABLE_ASCII: [(u32, u32); 6] =
    [(0x61, 0x7A), (0x30, 0x39), (0x41, 0x5A), (0x20, 0x2F), (0x3A, 0x40), (0x5B, 0x7E)];

impl CharClasses {
    /// Divides Unicode into the classes of an NFA. `None` if that takes too much work.
    pub(crate) fn of(nfa: &Nfa) -> Option<Self> {
        let mut sets: Vec<&[(u32, u32)]> = nfa.char_sets.iter().map(Vec::as_slice).collect();
        let is_newline = [(0x0A, 0x0A)];
        if nfa.has_assertions {
            sets.push(&WORD_CHARS);
            sets.push(&is_newline);
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
        let mut groups: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut classes: Vec<CharClass> = Vec::new();
        for pair in cuts.windows(2) {
            let (start, end) = (pair[0], pair[1] - 1);
            if (0xD800..0xE000).contains(&start) {
                continue;
            }
            let mut member = vec![0; sets.len().div_ceil(64)];
            for (number, set) in sets.iter().enumerate() {
                let position = set.partition_point(|(_, set_end)| *set_end < start);
                if set.get(position).is_some_and(|(from, _)| *from <= start) {
                    member[number / 64] |= 1 << (number % 64);
                }
            }
            let number = *groups.entry(member.clone()).or_insert_with(|| {
                classes.push(CharClass {
                    ranges: Vec::new(),
                    ascii: Vec::new(),
                    weight: 1,
                    sets: member,
                    is_word: false,
                    is_newline: false,
                });
                classes.len() - 1
            });
            classes[number].ranges.push((start, end));
        }
        for class in &mut classes {
            class.ascii = PRINTABLE_ASCII.iter().flat_map(|ascii| overlaps(&class.ranges, *ascii)).collect();
            class.weight = 1 + count(&class.ascii);
            if nfa.has_assertions {
                class.is_word = class.in_set(sets.len() - 2);
                class.is_newline = class.in_set(sets.len() - 1);
            }
        }
        Some(Self { classes })
    }

    pub(crate) fn all(&self) -> &[CharClass] {
        &self.classes
    }

    pub(crate) fn get(&self, number: usize) -> &CharClass {
        &self.classes[number]
    }
}

fn count(ranges: &Ranges) -> u64 {
    let lengths = ranges.iter().map(|(start, end)| u64::from(end - start) + 1);
    lengths.sum()
}

fn overlaps(ranges: &Ranges, with: (u32, u32)) -> impl Iterator<Item = (u32, u32)> {
    ranges
        .iter()
        .map(move |(start, end)| ((*start).max(with.0), (*end).min(with.1)))
        .filter(|(start, end)| start <= end)
}

impl CharClass {
    pub(crate) fn in_set(&self, set: usize) -> bool {
        self.sets.get(set / 64).is_some_and(|is_word| is_word >> (set % 64) & 1 == 1)
    }

    /// Returns all characters if there are at most `limit`.
    pub(crate) fn chars(&self, limit: usize) -> Option<Vec<char>> {
        if count(&self.ranges) > limit as u64 {
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
