//! Redacted text: secrets as segments of their own, apart from text.

use std::collections::BTreeMap;
use std::fmt;

use super::search::Found;

/// A part of a redacted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text as it is.
    Text(String),
    /// A secret, in the place of which its name stands.
    Secret {
        /// The name.
        name: String,
        /// Whether the secret stands here exactly as it is: not encoded, not in another case.
        plain: bool,
        /// How many bytes of the original text it stands for.
        length: usize,
    },
    /// A part of a secret.
    Part {
        /// The name of the secret.
        name: String,
        /// How many bytes of the original text it stands for.
        length: usize,
    },
}

/// A text without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redacted(Vec<Segment>);

impl Segment {
    /// The number of bytes of the original text.
    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Secret { length, .. } | Self::Part { length, .. } => *length,
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Secret { name, .. } => write!(f, "${{{name}}}"),
            Self::Part { name, .. } => write!(f, "[part of {name}]"),
        }
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| segment.fmt(f))
    }
}

impl Redacted {
    /// A text that contains no secret.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self(vec![Segment::Text(text.to_owned())])
    }

    /// The segments.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Adds text that contains no secret.
    pub fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Segment::Text(last)) => last.push_str(text),
            _ => self.0.push(Segment::Text(text.to_owned())),
        }
    }

    /// Adds another redacted text.
    pub fn append(&mut self, other: Self) {
        for segment in other.0 {
            match segment {
                Segment::Text(text) => self.push_text(&text),
                segment => self.0.push(segment),
            }
        }
    }

    /// Cuts the text behind this many bytes of what is shown, and returns how many bytes of the original are left out. A name is never
    /// cut in two.
    pub(super) fn cut(&mut self, limit: usize) -> usize {
        let mut shown = 0;
        for at in 0..self.0.len() {
            let Some(segment) = self.0.get_mut(at) else { break };
            let length = match segment {
                Segment::Text(text) => text.len(),
                other => other.to_string().len(),
            };
            if shown + length <= limit {
                shown += length;
                continue;
            }
            let mut left: usize = self.0.iter().skip(at).map(Segment::length).sum();
            self.0.truncate(at + 1);
            match self.0.last_mut() {
                Some(Segment::Text(text)) => {
                    text.truncate(text.floor_char_boundary(limit - shown));
                    left -= text.len();
                }
                _ => drop(self.0.pop()),
            }
            return left;
        }
        0
    }

    /// Drops so many bytes of the original text at the end, or some more, and returns how many.
    pub(super) fn drop_end(&mut self, bytes: usize) -> usize {
        let mut dropped = 0;
        while dropped < bytes
            && let Some(segment) = self.0.last_mut()
        {
            let length = segment.length();
            match segment {
                Segment::Text(text) if dropped + length > bytes => {
                    text.truncate(text.floor_char_boundary(length - (bytes - dropped)));
                    return dropped + length - text.len();
                }
                _ => drop(self.0.pop()),
            }
            dropped += length;
        }
        dropped
    }
}

/// Splits a text at what was found in it. Every byte of every occurrence is hidden. Where occurrences overlap, the whole and longest one
/// gives the name, and what it does not cover is a part of the others.
pub(super) fn split(text: &str, found: &[Found]) -> Redacted {
    let mut found: Vec<&Found> = found.iter().collect();
    found.sort_by_key(|hit| (!hit.whole, std::cmp::Reverse(hit.to - hit.from), !hit.plain, hit.from));
    // By where they begin; they do not overlap.
    let mut taken: BTreeMap<usize, (usize, Segment)> = BTreeMap::new();
    for hit in found {
        let before = taken.range(..hit.to).rev();
        let overlapping = before.take_while(|(_, (to, _))| *to > hit.from).map(|(from, (to, _))| (*from, *to));
        let overlapping: Vec<(usize, usize)> = overlapping.collect();
        let name = hit.name.clone();
        if overlapping.is_empty() {
            let length = hit.to - hit.from;
            let segment = if hit.whole {
                Segment::Secret { name, plain: hit.plain, length }
            } else {
                Segment::Part { name, length }
            };
            taken.insert(hit.from, (hit.to, segment));
        } else {
            for (from, to) in gaps(hit.from, hit.to, overlapping) {
                taken.insert(from, (to, Segment::Part { name: name.clone(), length: to - from }));
            }
        }
    }
    let mut redacted = Redacted::default();
    let mut at = 0;
    for (from, (to, segment)) in taken {
        if at < from {
            redacted.0.push(Segment::Text(text.get(at..from).unwrap_or_default().to_owned()));
        }
        // Parts of the same secret that touch each other are one part.
        match (redacted.0.last_mut(), segment) {
            (Some(Segment::Part { name: last, length: so_far }), Segment::Part { name, length })
                if *last == name && at == from =>
            {
                *so_far += length;
            }
            (_, segment) => redacted.0.push(segment),
        }
        at = to;
    }
    if at < text.len() {
        redacted.0.push(Segment::Text(text.get(at..).unwrap_or_default().to_owned()));
    }
    redacted
}

/// The parts of a range that no other range covers.
fn gaps(from: usize, to: usize, mut others: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    others.sort_unstable();
    let mut gaps = Vec::new();
    let mut at = from;
    for (other_from, other_to) in others {
        if at < other_from {
            gaps.push((at, other_from));
        }
        at = at.max(other_to);
    }
    if at < to {
        gaps.push((at, to));
    }
    gaps
}
