//! The search for secrets in the decoded forms of a text.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use foldhash::{HashMap, HashSet};

use super::decode::{View, joined, packed, unescaped};

/// Shorter values are too common in ordinary text to be replaced wherever they occur.
const SHORTEST: usize = 4;
/// Parts of a secret are replaced from this length on.
const PART: usize = 12;
/// How often escapes are resolved that were applied one over the other.
const MAX_ESCAPES: usize = 6;
/// How deep packed forms (Base64, hexadecimal, lists of numbers) are searched within packed forms.
const MAX_PACKED: usize = 3;

/// An occurrence of a secret.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Where it begins in the text, in bytes.
    pub(super) from: usize,
    /// Where it ends.
    pub(super) to: usize,
    /// The name of the secret.
    pub(super) name: String,
    /// Whether it is the whole secret, not a part.
    pub(super) whole: bool,
    /// Whether it stands here exactly as it is.
    pub(super) plain: bool,
}

/// The secrets, indexed so that a text is gone through once per decoded form, however many secrets there are. All in lower case: a server
/// may echo a key in another case.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    /// Whole secrets, each with the index of its name, and with its exact spelling unless it is encoded.
    whole: HashMap<Vec<u8>, (usize, Option<Vec<u8>>)>,
    /// How the whole secrets begin.
    starts: HashSet<[u8; SHORTEST]>,
    /// How long the whole secrets are.
    lengths: BTreeSet<usize>,
    /// The parts of secrets.
    parts: HashMap<[u8; PART], usize>,
    /// Very short secrets.
    short: Vec<(Vec<u8>, usize)>,
    names: Vec<String>,
    /// Secrets with their names that are not in the index yet. Most trials learn many and never show a text.
    unindexed: Vec<(String, String)>,
}

/// What every Base64 of a text with this secret contains, in both alphabets, whatever stands around it.
fn base64_forms(secret: &[u8]) -> Vec<String> {
    let aligned = (0..3).flat_map(|before| {
        let text = [&b"\0\0"[..before], secret].concat();
        // The first and the last character may hold bits of what stands around it.
        let first = (before * 8).div_ceil(6);
        let last = text.len() * 8 / 6;
        [STANDARD.encode(&text), URL_SAFE.encode(&text)]
            .map(|form| form.get(first..last).unwrap_or_default().to_owned())
    });
    let mut forms: Vec<String> = aligned.collect();
    // Both alphabets are the same for most secrets.
    forms.dedup();
    forms
}

impl Secrets {
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.unindexed.is_empty()
    }

    pub(super) fn learn(&mut self, secret: &str, name: &str) {
        if !secret.is_empty() {
            self.unindexed.push((secret.to_owned(), name.to_owned()));
        }
    }

    /// Whether all secrets are in the index, so that they can be found.
    pub(super) fn is_indexed(&self) -> bool {
        self.unindexed.is_empty()
    }

    /// Puts all secrets into the index.
    pub(super) fn index(&mut self) {
        for (secret, name) in std::mem::take(&mut self.unindexed) {
            self.index_one(&secret, &name);
        }
    }

    fn index_one(&mut self, secret: &str, name: &str) {
        let index = self.names.iter().position(|have| have == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        if secret.len() < SHORTEST {
            if !self.short.iter().any(|(have, _)| have == secret.as_bytes()) {
                self.short.push((secret.as_bytes().to_vec(), index));
            }
            return;
        }
        self.add(secret.as_bytes(), index, true);
        // In forms (`application/x-www-form-urlencoded`), a space becomes a plus sign.
        self.add(secret.replace(' ', "+").as_bytes(), index, false);
        // Where what divides a text is left out, it is missing in the secret too.
        if let Some(joined) = joined(&View::of(secret)).filter(|joined| joined.bytes.len() >= PART) {
            self.add(&joined.bytes, index, false);
        }
        // A secret that itself looks escaped is found in what its escapes resolve to.
        let mut view = View::of(secret);
        for _ in 0..MAX_ESCAPES {
            let Some(next) = unescaped(&view) else { break };
            self.add(&next.bytes, index, false);
            view = next;
        }
        // In another case, Base64 can no longer be decoded.
        for form in base64_forms(secret.as_bytes()) {
            self.add(form.as_bytes(), index, false);
        }
        for form in base64_forms(STANDARD.encode(secret).as_bytes()) {
            self.add(form.as_bytes(), index, false);
        }
    }

    /// Adds a form of a secret; `plain` is the secret as it is.
    fn add(&mut self, form: &[u8], name: usize, plain: bool) {
        let lower = form.to_ascii_lowercase();
        let Some(start) = lower.first_chunk() else { return };
        self.starts.insert(*start);
        self.lengths.insert(lower.len());
        for part in lower.array_windows::<PART>() {
            self.parts.entry(*part).or_insert(name);
        }
        self.whole.entry(lower).or_insert_with(|| (name, plain.then(|| form.to_vec())));
    }

    /// Finds all occurrences in a text.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        if !self.is_empty() {
            self.find_in(&View::of(text), MAX_PACKED, &mut found);
            if !self.short.is_empty() {
                self.find_short(text, &mut found);
            }
            // A byte of a character is its whole.
            for hit in &mut found {
                hit.from = text.floor_char_boundary(hit.from);
                hit.to = text.ceil_char_boundary(hit.to);
            }
        }
        found
    }

    /// Searches a view, and everything that it may be an encoding of.
    fn find_in(&self, view: &View<'_>, packed_levels: usize, found: &mut Vec<Found>) {
        self.find_here(view, found);
        let mut current = None;
        for _ in 0..=MAX_ESCAPES {
            let now = current.as_ref().unwrap_or(view);
            if packed_levels == MAX_PACKED
                && let Some(joined) = joined(now)
            {
                let first = found.len();
                self.find_here(&joined, found);
                // Few letters come together by chance.
                let kept = found.split_off(first).into_iter().filter(|hit| hit.to - hit.from >= PART);
                found.extend(kept);
            }
            if packed_levels > 0 {
                packed(now, self.shortest(), |decoded| {
                    // Only text can be encoded again. What is not text is a decoding at the wrong alignment, as a rule.
                    if decoded.is_text() {
                        self.find_in(decoded, packed_levels - 1, found);
                    } else {
                        self.find_here(decoded, found);
                    }
                });
            }
            let Some(next) = unescaped(now) else { break };
            self.find_here(&next, found);
            current = Some(next);
        }
    }

    /// Whether a text contains a whole secret, as it is, in Base64, or with one layer of escapes. Quicker than [`Self::find`].
    pub(super) fn occurs(&self, text: &str) -> bool {
        let view = View::of(text);
        self.occurs_here(&view) || unescaped(&view).is_some_and(|view| self.occurs_here(&view))
    }

    fn occurs_here(&self, view: &View<'_>) -> bool {
        let lower = view.bytes.to_ascii_lowercase();
        let mut starts =
            lower.array_windows::<SHORTEST>().enumerate().filter(|(_, start)| self.starts.contains(*start));
        starts.any(|(at, _)| {
            let mut forms = self.lengths.iter().filter_map(|length| lower.get(at..at + length));
            forms.any(|form| self.whole.contains_key(form))
        })
    }

    /// Searches the bytes of a view.
    fn find_here(&self, view: &View<'_>, found: &mut Vec<Found>) {
        let lower = view.bytes.to_ascii_lowercase();
        for (at, start) in lower.array_windows::<SHORTEST>().enumerate() {
            if self.starts.contains(start) {
                for length in &self.lengths {
                    let Some((name, exact)) = lower.get(at..at + length).and_then(|form| self.whole.get(form)) else {
                        continue;
                    };
                    let (from, to) = view.range(at, at + length);
                    let plain = view.is_source() && exact.as_deref() == view.bytes.get(at..at + length);
                    found.push(Found { from, to, name: self.name(*name), whole: true, plain });
                }
            }
        }
        let mut part: Option<(usize, usize, usize)> = None;
        for (at, window) in lower.array_windows::<PART>().enumerate() {
            let Some(name) = self.parts.get(window) else { continue };
            match &mut part {
                Some((_, end, last)) if *last == *name && at <= *end => *end = at + PART,
                other => {
                    self.add_part(view, other.replace((at, at + PART, *name)), found);
                }
            }
        }
        self.add_part(view, part, found);
    }

    fn add_part(&self, view: &View<'_>, part: Option<(usize, usize, usize)>, found: &mut Vec<Found>) {
        if let Some((start, end, name)) = part {
            let (from, to) = view.range(start, end);
            found.push(Found { from, to, name: self.name(name), whole: false, plain: false });
        }
    }

    /// Finds very short secrets where a credential stands: as a whole value between quotation marks, behind an equals sign or a scheme, or
    /// as the whole text.
    fn find_short(&self, text: &str, found: &mut Vec<Found>) {
        let bytes = text.as_bytes();
        for (secret, name) in &self.short {
            for (at, window) in bytes.windows(secret.len()).enumerate() {
                if window != secret.as_slice() {
                    continue;
                }
                let end = at + secret.len();
                let before = bytes.get(..at).unwrap_or_default();
                let opened = before.last().is_none_or(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'='))
                    || [&b"bearer "[..], b"token ", b"basic ", b"key "].iter().any(|lead| {
                        before.len() >= lead.len()
                            && before.get(before.len() - lead.len()..).is_some_and(|end| end.eq_ignore_ascii_case(lead))
                    });
                let closed = bytes
                    .get(end)
                    .is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.'));
                if opened && closed {
                    found.push(Found { from: at, to: end, name: self.name(*name), whole: true, plain: true });
                }
            }
        }
    }

    /// How long the shortest secret is, or part of one.
    fn shortest(&self) -> usize {
        self.lengths.first().map_or(PART, |length| PART.min(*length))
    }

    fn name(&self, index: usize) -> String {
        self.names.get(index).cloned().unwrap_or_default()
    }
}
