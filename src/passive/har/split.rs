//! Finds the entries of a HAR file without keeping the file in memory.
//!
//! An entry ends where its brackets are closed, so that an entry that is not valid in itself does not hide those behind it.

use std::io::{self, Read};

/// Longer entries are not kept: no response of an API needs them.
const LARGEST_ENTRY: usize = 32 * 1024 * 1024;
/// How much of the text in front of the entries is kept.
const LONGEST_PREAMBLE: usize = 64 * 1024;
/// How much is read at a time.
const CHUNK: usize = 256 * 1024;
/// The name of the member with the entries.
const ENTRIES: &[u8] = b"entries";
/// How deep the member with the entries stands: in the object `log`.
const ENTRIES_DEPTH: usize = 2;

/// Splits the text of a HAR file into its entries.
pub(super) struct Splitter<R> {
    source: R,
    chunk: Vec<u8>,
    /// The next byte of the chunk.
    at: usize,
    /// The position of the chunk in the file.
    position: u64,
    scan: Scan,
    /// The beginning of the file.
    preamble: Vec<u8>,
    /// The text of the current entry.
    text: Vec<u8>,
}

/// An entry in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins in the file.
    pub(super) position: u64,
    /// Its length in bytes.
    pub(super) length: usize,
}

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'s> {
    /// An entry with its text; without it, if it is too long.
    Entry(Piece, Option<&'s [u8]>),
    /// The file ends in the middle of the entries.
    Truncated,
    /// The end of the file.
    End,
}

/// Where the scan stands.
#[derive(Debug, Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The beginning of the last string in front of the entries.
    name: Vec<u8>,
    /// Whether that string is the last thing before a colon.
    is_name: bool,
    /// Whether the next value is the list of entries.
    expects_entries: bool,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In front of the entries.
    #[default]
    Before,
    /// Between entries.
    Between,
    /// In an entry that began here.
    Within(u64),
    /// Behind the entries.
    After,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            chunk: Vec::new(),
            at: 0,
            position: 0,
            scan: Scan::default(),
            preamble: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Whether a list of entries was found.
    pub(super) fn has_entries(&self) -> bool {
        self.scan.state != State::Before
    }

    /// Whether this text, with its quotation marks, stands in front of the entries, where a file says which program wrote it.
    pub(super) fn begins_with(&self, text: &str) -> bool {
        self.preamble.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Finds the next entry.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        self.text.clear();
        let mut length = 0;
        loop {
            if self.at == self.chunk.len() && !self.fill()? {
                return Ok(match self.scan.state {
                    State::Between | State::Within(_) => Next::Truncated,
                    State::Before | State::After => Next::End,
                });
            }
            let rest = self.chunk.get(self.at..).unwrap_or_default();
            let begun = self.position + self.at as u64;
            let was_before = self.scan.state == State::Before;
            let was_within = matches!(self.scan.state, State::Within(_));
            let (used, ended) = self.scan.advance(rest, begun);
            let used_text = rest.get(..used).unwrap_or_default();
            self.at += used;
            if was_before && self.preamble.len() < LONGEST_PREAMBLE {
                self.preamble
                    .extend_from_slice(used_text.get(..used_text.len().min(LONGEST_PREAMBLE)).unwrap_or_default());
            }
            let within = match self.scan.state {
                State::Within(_) => true,
                _ => was_within,
            };
            if within && (was_within || used_text.last() == Some(&b'{')) {
                // An entry begins with the last byte of the scanned text.
                let part = if was_within { used_text } else { b"{" };
                length += part.len();
                if length <= LARGEST_ENTRY {
                    self.text.extend_from_slice(part);
                }
            }
            if let Some(position) = ended {
                let text = (length <= LARGEST_ENTRY).then_some(self.text.as_slice());
                return Ok(Next::Entry(Piece { position, length }, text));
            }
        }
    }

    /// Reads the next chunk. `false` at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        self.position += self.chunk.len() as u64;
        self.at = 0;
        self.chunk.resize(CHUNK, 0);
        let read = loop {
            match self.source.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.chunk.truncate(read);
        Ok(read > 0)
    }
}

impl Scan {
    /// Scans until an entry begins or ends, or to the end of the bytes. Returns how many were scanned, and where the entry began that
    /// ended.
    fn advance(&mut self, bytes: &[u8], position: u64) -> (usize, Option<u64>) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.in_string {
                at += self.string(bytes.get(at..).unwrap_or_default());
                continue;
            }
            at += 1;
            match byte {
                b'"' => {
                    (self.in_string, self.is_name) = (true, false);
                    self.name.clear();
                }
                b'{' | b'[' => {
                    let here = position + at as u64 - 1;
                    if self.state == State::Before && self.expects_entries && *byte == b'[' {
                        self.state = State::Between;
                    } else if self.state == State::Between && self.depth == ENTRIES_DEPTH + 1 && *byte == b'{' {
                        self.depth += 1;
                        self.state = State::Within(here);
                        return (at, None);
                    }
                    self.depth += 1;
                    (self.expects_entries, self.is_name) = (false, false);
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if let State::Within(from) = self.state
                        && self.depth == ENTRIES_DEPTH + 1
                    {
                        self.state = State::Between;
                        return (at, Some(from));
                    }
                    if self.state == State::Between && self.depth <= ENTRIES_DEPTH {
                        self.state = State::After;
                    }
                }
                b':' => {
                    self.expects_entries = self.is_name
                        && self.name == ENTRIES
                        && self.depth == ENTRIES_DEPTH
                        && self.state == State::Before;
                }
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => (self.expects_entries, self.is_name) = (false, false),
            }
        }
        (at, None)
    }

    /// Scans the rest of a string. Returns how many bytes it has, with the quotation mark.
    fn string(&mut self, bytes: &[u8]) -> usize {
        if self.escaped {
            self.escaped = false;
            return 1;
        }
        let end = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(bytes.len());
        if self.state == State::Before && self.name.len() <= ENTRIES.len() {
            let part = bytes.get(..end.min(ENTRIES.len() + 1)).unwrap_or_default();
            self.name.extend_from_slice(part);
        }
        match bytes.get(end) {
            Some(b'\\') => {
                self.escaped = true;
                // A name with an escape is not the one that is looked for.
                self.name.push(b'\\');
                end + 1
            }
            Some(_) => {
                (self.in_string, self.is_name) = (false, true);
                end + 1
            }
            None => end,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Next, Splitter};

    /// Returns one byte at a time.
    struct Slow<'t>(&'t [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let (first, rest) = self.0.split_at(1.min(self.0.len()));
            buffer[..first.len()].copy_from_slice(first);
            self.0 = rest;
            Ok(first.len())
        }
    }

    #[test]
    fn program_is_named_in_front_of_the_entries() {
        let named = |text: &str| {
            let mut splitter = Splitter::new(text.as_bytes());
            while matches!(splitter.next().unwrap(), Next::Entry(..)) {}
            splitter.begins_with("\"WebInspector\"")
        };
        assert!(named(r#"{"log":{"creator":{"name":"WebInspector"},"entries":[{}]}}"#));
        assert!(!named(r#"{"log":{"creator":{"name":"Firefox"},"entries":[{"a":"WebInspector"}]}}"#));
    }

    fn entries(text: &str) -> (Vec<String>, bool) {
        let collect = |source: &mut dyn Read| {
            let mut splitter = Splitter::new(source);
            let mut found = Vec::new();
            loop {
                match splitter.next().unwrap() {
                    Next::Entry(piece, entry) => {
                        let entry = entry.unwrap();
                        let from = usize::try_from(piece.position).unwrap();
                        assert_eq!(&text.as_bytes()[from..from + piece.length], entry);
                        found.push(String::from_utf8(entry.to_vec()).unwrap());
                    }
                    Next::Truncated => return (found, true),
                    Next::End => return (found, false),
                }
            }
        };
        let whole = collect(&mut text.as_bytes());
        assert_eq!(whole, collect(&mut Slow(text.as_bytes())));
        whole
    }

    #[test]
    fn entries_are_found_wherever_they_stand() {
        let text = r#" {"log" : {"creator":{"entries":[{"no":1}]}, "pages":[{"id":"\"entries\":[{"}], "entries" : [
            {"a":"}]{\\","b":[{}]} , {"c":"\"}"}, 7, [] , {}], "comment":"entries"}, "x":[{}]}"#;
        assert_eq!(
            entries(text),
            (vec![r#"{"a":"}]{\\","b":[{}]}"#.into(), r#"{"c":"\"}"}"#.into(), "{}".into()], false)
        );
    }

    #[test]
    fn file_that_ends_early_is_truncated() {
        let whole = r#"{"log":{"entries":[{"a":1},{"b":2}]}}"#;
        assert_eq!(entries(&whole[..26]), (vec![r#"{"a":1}"#.into()], true));
        assert_eq!(entries(&whole[..32]), (vec![r#"{"a":1}"#.into()], true));
        assert_eq!(entries(&whole[..10]), (vec![], false));
    }

    #[test]
    fn broken_entry_does_not_hide_the_next() {
        let (found, truncated) = entries(r#"{"log":{"entries":[{"a":nonsense,,},{"b":2}]}}"#);
        assert!(!truncated && found == [r#"{"a":nonsense,,}"#, r#"{"b":2}"#], "{found:?}");
    }
}
