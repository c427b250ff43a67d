//! What was found in a document, ready to be written.

use super::locate::{Located, Locators, Sure};
use super::outline::Outline;
use super::promise::Stated;
use super::{conditions, credential};
use crate::contract::Role;

/// An operation of the contract.
pub(super) struct Operation<'a> {
    pub(super) role: Role,
    pub(super) outline: Outline<'a>,
    pub(super) sure: Sure,
    /// What spoke for it.
    pub(super) because: String,
    pub(super) locators: Locators<'a>,
    pub(super) conditions: Vec<conditions::Found>,
    /// What one call costs: the amount, if one is stated, and the sentence.
    pub(super) cost: Option<(Option<String>, Stated)>,
    pub(super) free: Option<Stated>,
    pub(super) unlimited: Option<Stated>,
    /// That it responds as documented, where no document of the provider says so.
    pub(super) promise: Option<Stated>,
    /// Remarks for comments.
    pub(super) remarks: Vec<String>,
}

/// How long a balance may be cached.
pub(super) struct Caching {
    pub(super) is_client: bool,
    pub(super) max_ttl_ms: u64,
    pub(super) promise: Stated,
}

/// All of it.
pub(super) struct Found<'a> {
    pub(super) name: String,
    pub(super) title: String,
    /// The file or the address that the document came from.
    pub(super) origin: String,
    /// Whether it was recorded, and not documented.
    pub(super) is_recorded: bool,
    pub(super) operations: Vec<Operation<'a>>,
    pub(super) credential: Option<credential::Found>,
    pub(super) error_code: Option<(String, String)>,
    pub(super) caching: Vec<Caching>,
    /// Sentences about the rate of requests.
    pub(super) rate_limits: Vec<Stated>,
    /// Candidates that were not taken, by what for.
    pub(super) rejected: Vec<(&'static str, String)>,
    /// What the author has to fill in.
    pub(super) missing: Vec<String>,
}

impl Located<'_> {
    /// Whether it may be written where a wrong guess would accuse a correct server.
    pub(super) fn is_certain_enough(&self) -> bool {
        self.sure >= Sure::Likely && !self.member.is_nullable
    }

    /// Where it stands, for people.
    pub(super) fn shown(&self) -> String {
        match &self.minus {
            Some(minus) => format!("{} - {}", self.member.pointer, minus.pointer),
            None => self.member.pointer.clone(),
        }
    }
}
