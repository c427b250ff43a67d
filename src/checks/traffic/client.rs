//! The sender of a request, as far as traffic shows it.

use std::sync::Arc;

use crate::contract::{Level, Promise};

/// The sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOrigin {
    /// What all requests of the sender have in common: address and product, or page.
    pub id: Arc<str>,
    /// The connection or the page, where it belongs to one instance of a client. A browser shares connections between pages, and
    /// loses its memory when a page is loaded again; a gateway shares them between clients.
    pub instance: Option<Arc<str>>,
}

impl ClientOrigin {
    /// Whether two requests certainly come from one instance of a client, which remembers what it received.
    #[must_use]
    pub fn is_same_instance(&self, other: &Self) -> bool {
        self.instance.is_some() && self.instance == other.instance
    }
}

/// The promise, at the level that it has by this evidence. Where requests may come from several instances of a client, what each of
/// them remembers is not known, and a finding is a remark only.
pub(in crate::checks) fn by_evidence(promise: &Promise, one_instance: bool) -> Promise {
    let level = if one_instance { promise.level } else { Level::May };
    Promise { level, ..promise.clone() }
}

/// What a finding adds where the level was lowered.
pub(in crate::checks) fn evidence_remark(one_instance: bool) -> &'static str {
    if one_instance { "" } else { ", unless they come from several clients" }
}
