//! Quotations: text of a peer within a sentence, which is redacted and cut when the sentence is shown.
//!
//! Who writes a sentence about a body does not know the secrets. It must not cut the body either, because half of a secret cannot be
//! found any more. It therefore puts the beginning of the body between two noncharacters, which Unicode reserves for such internal use,
//! and [`Redactor::text`](super::Redactor::text) redacts and then cuts what is between them.

use super::MARGIN;

/// How many bytes of a quotation are shown.
const SHOWN: usize = 120;
/// How many bytes of a message to the reader are shown.
const MESSAGE: usize = 1000;

/// Begins a quotation.
const OPEN: char = '\u{fdd0}';
/// Ends a quotation; in front of it are two numbers.
const CLOSE: char = '\u{fdd1}';
/// Separates the text of a quotation from that number, and from how much of it is shown.
const LEFT: char = '\u{fdd2}';

/// Quotes the beginning of what a peer sent. The result is for [`Redactor::text`](super::Redactor::text), which each sentence goes through
/// before it is shown.
#[must_use]
pub fn quote(bytes: &[u8]) -> String {
    quotation(bytes, SHOWN)
}

/// Quotes a message that a peer wrote for the reader, of which more is shown.
#[must_use]
pub fn quote_message(text: &str) -> String {
    quotation(text.as_bytes(), MESSAGE)
}

fn quotation(bytes: &[u8], limit: usize) -> String {
    let window = bytes.len().min(4 * limit + MARGIN);
    let text =
        String::from_utf8_lossy(bytes.get(..window).unwrap_or_default()).replace([OPEN, CLOSE, LEFT], "\u{fffd}");
    format!("{OPEN}{text}{LEFT}{}{LEFT}{limit}{CLOSE}", bytes.len() - window)
}

/// Shows a text: `outside` what stands outside of quotations, `inside` their text, the number of bytes behind it, and how many to show.
pub(super) fn resolve(
    text: &str,
    outside: impl Fn(&str) -> String,
    inside: impl Fn(&str, usize, usize) -> String,
) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(OPEN)
        && let Some((quoted, behind)) = behind.split_once(CLOSE)
    {
        out.push_str(&outside(before));
        let mut parts = quoted.split(LEFT);
        let text = parts.next().unwrap_or_default();
        let mut number = || parts.next().and_then(|number| number.parse().ok());
        let (left, limit) = (number().unwrap_or(0), number().unwrap_or(SHOWN));
        out.push_str(&inside(text, left, limit.min(MESSAGE)));
        rest = behind;
    }
    out.push_str(&outside(rest));
    out.replace([OPEN, CLOSE, LEFT], "\u{fffd}")
}
