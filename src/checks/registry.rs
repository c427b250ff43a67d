//! The registry: every check, in the order in which reports show them.

use super::check::Check;

/// A check with its documentation.
#[derive(Debug)]
pub struct CheckEntry {
    /// The check.
    pub check: &'static Check,
    source: &'static str,
}

impl CheckEntry {
    /// What `ringtrue explain` prints: the module documentation of the check's file, as Markdown.
    #[must_use]
    pub fn doc(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }

    /// The heading of the documentation: the promise in one line.
    #[must_use]
    pub fn title(&self) -> String {
        self.doc().lines().next().unwrap_or_default().trim_start_matches("# ").to_owned()
    }
}

/// Declares the modules of checks and their entries together: adding a check touches its file and this list.
macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// The checks of this side.
        pub(in crate::checks) const ENTRIES: &[$crate::checks::registry::CheckEntry] = &[
            $($crate::checks::registry::CheckEntry::new(&$name::CHECK, include_str!(concat!(stringify!($name), ".rs")))),*
        ];
    };
}
pub(super) use checks;

impl CheckEntry {
    pub(super) const fn new(check: &'static Check, source: &'static str) -> Self {
        Self { check, source }
    }
}

/// Every check, servers' first.
pub fn registry() -> impl Iterator<Item = &'static CheckEntry> {
    super::server::ENTRIES.iter().chain(super::client::ENTRIES)
}

/// The check of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static CheckEntry> {
    registry().find(|entry| entry.check.id == id)
}
