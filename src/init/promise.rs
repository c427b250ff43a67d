//! A promise of the draft, and where it was found.

use super::locate::Sure;

/// What the grade of a promise in the draft may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// The document states it.
    Stated,
    /// The document has names from which it was concluded.
    Concluded,
    /// Recorded responses show it.
    Observed,
}

/// How binding the draft makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    Must,
    Should,
    May,
}

/// A promise with its origin.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    pub(super) strength: Strength,
    pub(super) basis: Basis,
    pub(super) quote: String,
    /// Where it stands: a JSON Pointer with its line.
    pub(super) place: String,
    pub(super) sure: Sure,
}

impl Stated {
    /// A statement of the document itself.
    pub(super) fn by_document(quote: &str, place: String) -> Self {
        Self { strength: Strength::Must, basis: Basis::Stated, quote: shortened(quote), place, sure: Sure::Certain }
    }

    /// A conclusion from names, which no source promises.
    pub(super) fn concluded(quote: &str, place: String) -> Self {
        Self { strength: Strength::May, basis: Basis::Concluded, quote: shortened(quote), place, sure: Sure::Guess }
    }

    /// What recorded responses show.
    pub(super) fn observed(quote: &str, place: String) -> Self {
        Self { strength: Strength::May, basis: Basis::Observed, quote: shortened(quote), place, sure: Sure::Certain }
    }

    pub(super) fn with(self, strength: Strength) -> Self {
        Self { strength, ..self }
    }
}

/// A quote on one line, of a length that can be read.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 240;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let mut cut: String = line.chars().take(LONGEST).collect();
    if let Some((whole_words, _)) = cut.rsplit_once(' ') {
        cut = whole_words.to_owned();
    }
    cut
}
