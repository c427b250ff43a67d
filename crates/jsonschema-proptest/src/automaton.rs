//! Several patterns, wanted and unwanted, as one deterministic machine to walk at random.
//!
//! Because the machine is deterministic, patterns are intersected and complemented exactly, and
//! because it reads characters, the length of what it accepts is counted in characters.

use regex_syntax::hir::Hir;

use crate::alphabet::Alphabet;
use crate::determine::Determinizer;
use crate::draw::{Draw, Reject};
use crate::regular::Machine;

/// Bits of the table that says which lengths can be reached.
const MAX_TABLE: usize = 32_000_000;
/// The longest text that is generated.
pub(crate) const MAX_TEXT: u64 = 50_000;
/// How far beyond the shortest text the lengths are explored.
const WINDOW: u64 = 48;

/// What became of an intersection.
#[derive(Debug)]
pub(crate) enum Built {
    Machine(Automaton),
    /// Proven: no text does it.
    Empty,
    /// Only texts that are too long do it.
    TooLong,
    /// Too large to be built, or beyond regular expressions.
    Unsupported,
}

/// The machine, with all that leads nowhere cut away.
#[derive(Debug)]
pub(crate) struct Automaton {
    alphabet: Alphabet,
    /// For each state the letters it can read, and where they lead.
    states: Vec<Vec<(usize, usize)>>,
    /// `can[n]`: the states from which exactly `n` more characters can be read.
    can: Vec<Vec<u64>>,
    /// All lengths within reach.
    lengths: Vec<usize>,
}

impl Automaton {
    /// Intersects expressions (those marked false must not be found) and length limits.
    pub(crate) fn build(expressions: &[(&Hir, bool)], min: u64, max: Option<u64>) -> Built {
        if expressions.len() > 60 {
            return Built::Unsupported;
        }
        let Some(machine) = Machine::build(expressions.iter().map(|(hir, _)| *hir)) else {
            return Built::Unsupported;
        };
        let Some(alphabet) = Alphabet::of(&machine) else {
            return Built::Unsupported;
        };
        let partial = machine.ascii_only;
        let wanted = mask(expressions, true);
        let unwanted = mask(expressions, false);
        let determinizer = Determinizer { machine: &machine, alphabet: &alphabet, wanted, unwanted };
        let Some((states, accepting)) = determinizer.run() else {
            return Built::Unsupported;
        };
        match Self::trim(alphabet, states, &accepting, min, max) {
            // Without the rest of Unicode nothing is proven.
            Built::Empty if partial => Built::Unsupported,
            built => built,
        }
    }

    fn trim(
        alphabet: Alphabet,
        states: Vec<Vec<(usize, usize)>>,
        accepting: &[bool],
        min: u64,
        max: Option<u64>,
    ) -> Built {
        let words = states.len().div_ceil(64);
        let Some(shortest) = shortest(&states, accepting) else {
            return Built::Empty;
        };
        if max.is_some_and(|max| max < shortest.max(min)) {
            return Built::Empty;
        }
        let window = WINDOW.max(states.len() as u64);
        let reach = shortest.max(min).saturating_add(window);
        let reach = max.map_or(reach, |max| max.min(reach));
        let reach = reach.min(MAX_TEXT);
        let Ok(reach) = usize::try_from(reach) else {
            return Built::TooLong;
        };
        if min > MAX_TEXT || shortest > MAX_TEXT || (reach + 1) * words * 64 > MAX_TABLE {
            return Built::TooLong;
        }
        let mut can = Vec::with_capacity(reach + 1);
        can.push(bits(words, |state| accepting.get(state) == Some(&true)));
        for length in 1..=reach {
            let shorter: &Vec<u64> = &can[length - 1];
            let longer =
                bits(words, |state| states.get(state).is_some_and(|ways| ways.iter().any(|(_, to)| has(shorter, *to))));
            can.push(longer);
        }
        let min = usize::try_from(min).unwrap_or(usize::MAX);
        let lengths: Vec<usize> = (min..=reach).filter(|length| has(&can[*length], 0)).collect();
        if lengths.is_empty() {
            // A longer text would have a loop to leave out, and so a shorter one would be here.
            let pumped = reach >= min.saturating_add(states.len());
            let explored = max.is_some_and(|max| max <= reach as u64);
            return if pumped || explored { Built::Empty } else { Built::TooLong };
        }
        Built::Machine(Self { alphabet, states, can, lengths })
    }

    /// The length of the shortest text.
    pub(crate) fn shortest(&self) -> usize {
        self.lengths.first().copied().unwrap_or(0)
    }

    /// All texts, if there are at most `limit` of them.
    pub(crate) fn enumerate(&self, limit: usize) -> Option<Vec<String>> {
        // The table must have been cut off by a maximum, not by the window.
        let mut open = vec![(0, self.lengths.clone(), String::new())];
        let mut texts = Vec::new();
        if self.can.len() > 24 {
            return None;
        }
        while let Some((state, lengths, text)) = open.pop() {
            if texts.len() + open.len() > limit {
                return None;
            }
            if lengths.contains(&0) {
                texts.push(text.clone());
            }
            for (letter, to) in &self.states[state] {
                let rest: Vec<usize> = lengths
                    .iter()
                    .filter(|left| **left > 0 && has(&self.can[**left - 1], *to))
                    .map(|left| left - 1)
                    .collect();
                if rest.is_empty() {
                    continue;
                }
                for char in self.alphabet.letter(*letter).chars(limit)? {
                    let mut longer = text.clone();
                    longer.push(char);
                    open.push((*to, rest.clone(), longer));
                    if open.len() > limit {
                        return None;
                    }
                }
            }
        }
        Some(texts)
    }

    /// Writes one text.
    pub(crate) fn draw(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let last = self.lengths.len() - 1;
        let near = last.min(12);
        let length = match draw.below(8) {
            0..=1 => 0,
            2..=5 => draw.index(near + 1),
            6 => draw.index(last + 1),
            _ => last,
        };
        let length = if draw.has_room() { length } else { 0 };
        let mut state = 0;
        for left in (0..*self.lengths.get(length).ok_or(Reject)?).rev() {
            let open = &self.can[left];
            let ways = self.states[state].iter().filter(|(_, to)| has(open, *to));
            let weight = |letter: usize| self.alphabet.letter(letter).weight;
            let total = ways.clone().map(|(letter, _)| weight(*letter)).sum();
            let mut chosen = draw.below(total);
            let mut ways = ways;
            let (letter, to) = ways
                .find(|(letter, _)| {
                    let found = chosen < weight(*letter);
                    chosen = chosen.saturating_sub(weight(*letter));
                    found
                })
                .ok_or(Reject)?;
            out.push(self.alphabet.letter(*letter).draw(draw));
            state = *to;
        }
        Ok(())
    }
}

fn mask(expressions: &[(&Hir, bool)], which: bool) -> u64 {
    let mut mask = 0;
    for (number, (_, wanted)) in expressions.iter().enumerate() {
        if *wanted == which {
            mask |= 1 << number;
        }
    }
    mask
}

fn has(bits: &[u64], state: usize) -> bool {
    bits.get(state / 64).is_some_and(|word| word >> (state % 64) & 1 == 1)
}

fn bits(words: usize, is: impl Fn(usize) -> bool) -> Vec<u64> {
    let word = |word: usize| (0..64).filter(|bit| is(word * 64 + bit)).fold(0, |bits, bit| bits | 1_u64 << bit);
    (0..words).map(word).collect()
}

/// How many characters it takes from the start to acceptance.
fn shortest(states: &[Vec<(usize, usize)>], accepting: &[bool]) -> Option<u64> {
    let mut seen = vec![false; states.len()];
    let mut front = vec![0];
    let mut length = 0;
    while !front.is_empty() {
        if front.iter().any(|state| accepting.get(*state) == Some(&true)) {
            return Some(length);
        }
        let mut next = Vec::new();
        for state in front {
            for (_, to) in &states[state] {
                if !std::mem::replace(&mut seen[*to], true) {
                    next.push(*to);
                }
            }
        }
        front = next;
        length += 1;
    }
    None
}
