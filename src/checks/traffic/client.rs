//! The sender of a request, as far as traffic shows it.

use std::sync::Arc;

use crate::contract::{Level, Promise};

/// The sender of a request: one process, one page, or one file that does not say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientOrigin {
    /// The connection, the page or the recording that the request belongs to.
    pub id: Arc<str>,
    /// Whether all requests with this id come from one instance of a client. A browser shares connections between pages, and loses
    /// its memory when a page is loaded again; a gateway shares them between clients.
    pub is_one_instance: bool,
}

impl ClientOrigin {
    /// The promise, at the level that it has for this sender: where requests may come from several instances of a client, what
    /// each of them remembers is not known, and a finding is a remark only.
    pub(in crate::checks) fn promise(&self, promise: &Promise) -> Promise {
        let level = if self.is_one_instance { promise.level } else { Level::May };
        Promise { level, ..promise.clone() }
    }

    /// What a finding adds where the level was lowered.
    pub(in crate::checks) fn remark(&self) -> &'static str {
        if self.is_one_instance { "" } else { ", unless they come from several clients" }
    }
}
