//! The diagnostics found while a contract is read.

use std::collections::HashSet;

use super::diagnostic::Diagnostic;
use super::document_set::{DocumentSet, Location};

/// Mistakes that are kept; what is beyond says nothing new.
const MAX_DIAGNOSTICS: usize = 10_000;

/// The characters of a message, or of a pointer, that are shown from its start and from its end. A document may have names and
/// patterns of any length.
const SHOWN: (usize, usize) = (1_200, 600);

/// The diagnostics found so far.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    found: Vec<(Location, String, bool)>,
    seen: HashSet<(Location, String)>,
    /// Where a part stands in the document that was written out elsewhere: pairs of pointers in the main document.
    aliases: Vec<(String, String)>,
}

impl Diagnostics {
    /// Nothing can be made of the contract.
    pub(super) fn fatal(&mut self, location: &Location, message: impl Into<String>) {
        self.add(location, message.into(), true);
    }

    /// What is sound can still be used.
    pub(super) fn warn(&mut self, location: &Location, message: impl Into<String>) {
        self.add(location, message.into(), false);
    }

    /// Remembers that parts that were written out stand elsewhere in the document.
    pub(super) fn written_out(&mut self, aliases: Vec<(String, String)>) {
        self.aliases.extend(aliases);
    }

    fn add(&mut self, location: &Location, message: String, fatal: bool) {
        let standing = self.aliases.iter().find_map(|(written, stands)| {
            let rest = location.pointer.strip_prefix(written.as_str()).filter(|_| location.file == 0)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{stands}{rest}"))
        });
        let location = &standing.map_or_else(|| location.clone(), |pointer| Location { file: 0, pointer });
        if self.found.len() < MAX_DIAGNOSTICS && self.seen.insert((location.clone(), message.clone())) {
            self.found.push((location.clone(), message, fatal));
        }
    }

    /// Whether nothing has been found at a place yet.
    pub(super) fn is_silent_about(&self, location: &Location) -> bool {
        !self.found.iter().any(|(have, _, _)| have == location)
    }

    /// The diagnostics with their lines, by file and place.
    pub(super) fn into_sorted(self, documents: &DocumentSet) -> Vec<Diagnostic> {
        let texts = documents.errors.iter().map(|(file, error)| Diagnostic {
            file: documents.label(*file).to_owned(),
            line: error.at.line as usize,
            column: error.at.column as usize,
            pointer: String::new(),
            message: shortened(&error.message),
            fatal: error.fatal,
        });
        let found = self.found.into_iter().map(|(location, message, fatal)| {
            let at = documents.locate(&location);
            Diagnostic {
                file: documents.label(location.file).to_owned(),
                line: at.line as usize,
                column: at.column as usize,
                pointer: shortened(&location.pointer),
                message: shortened(&message),
                fatal,
            }
        });
        let mut diagnostics: Vec<Diagnostic> = texts.chain(found).collect();
        diagnostics.sort_by(|left, right| {
            (&left.file, left.line, left.column, &left.pointer).cmp(&(
                &right.file,
                right.line,
                right.column,
                &right.pointer,
            ))
        });
        diagnostics
    }
}

/// Leaves out the middle of a long text. The reason of a message stands at its end.
fn shortened(text: &str) -> String {
    let (start, end) = SHOWN;
    let count = text.chars().count();
    if count <= start + end {
        return text.to_owned();
    }
    let head: String = text.chars().take(start).collect();
    let tail: String = text.chars().skip(count - end).collect();
    format!("{head} … ({} characters left out) … {tail}", count - start - end)
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn long_message_keeps_its_start_and_its_reason() {
        let short = "`^[$` is no regular expression: unclosed class";
        assert_eq!(shortened(short), short);
        let long = format!("`{}` is no regular expression: too large", "é".repeat(200_000));
        let shown = shortened(&long);
        assert!(shown.starts_with("`éé") && shown.ends_with("is no regular expression: too large"), "{shown}");
        assert!(shown.chars().count() < 2_000, "{}", shown.len());
    }
}
