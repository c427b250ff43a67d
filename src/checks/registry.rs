//! The registry: every check, in the order in which reports show them.

use super::check::Check;

/// A check with its documentation.
#[derive(Debug)]
pub struct CheckEntry {
    /// The check.
    pub check: &'static Check,
    /// Path of the check's module, such as `ringtrue::checks::server::shape_body`.
    module: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/check_docs.rs"));

impl CheckEntry {
    /// What `ringtrue explain` prints: the module documentation of the check's file, as Markdown.
    #[must_use]
    pub fn doc(&self) -> &'static str {
        CHECK_DOCS.iter().find(|(module, _)| *module == self.module).map_or("", |(_, doc)| *doc)
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
            $($crate::checks::registry::CheckEntry::new(&$name::CHECK, concat!(module_path!(), "::", stringify!($name)))),*
        ];
    };
}
pub(super) use checks;

impl CheckEntry {
    pub(super) const fn new(check: &'static Check, module: &'static str) -> Self {
        Self { check, module }
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

/// Ids of earlier versions, with the ids that replaced them. Options take both.
const FORMER_IDS: &[(&str, &str)] = &[
    ("auth.not-told", "auth.no-leak"),
    ("auth.nowhere-else", "auth.only-documented-place"),
    ("cache.own", "cache.isolation"),
    ("fail-open.no-stays-no", "fail-open.denial-kept"),
    ("balance.again", "balance.consistent"),
    ("balance.told-any-order", "balance.sequence"),
    ("error.no-storm", "error.no-retry-storm"),
    ("cache.keeps", "cache.hit"),
    ("cache.keeps-empty", "cache.hit-zero"),
    ("cache.ends", "cache.refetch"),
    ("balance.told-exhausted", "balance.exhausted-reported"),
    ("shape.cut-short", "shape.truncated"),
    ("shape.any-cut", "shape.any-truncation"),
];

/// The id that replaced an id of an earlier version; any other text as it is.
#[must_use]
pub fn current_id(id: &str) -> &str {
    FORMER_IDS.iter().find(|(former, _)| *former == id).map_or(id, |(_, current)| current)
}
