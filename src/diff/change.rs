//! A change, and what it means for clients and servers of the old contract.

use crate::contract::{Level, Promise};
use crate::words::words;

words! {
    /// What a change means for a client of the old contract at a provider of the new one, or for a server of the old contract
    /// with clients of the new one.
    pub enum Effect {
        /// A client that relies on the old promise breaks. A server that keeps the old promise breaks the new one.
        Breaking = "breaking",
        /// It depends on the client, or on the server.
        Check = "check",
        /// A client works as before, and a server keeps the new contract as it is.
        Compatible = "compatible",
    }
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of change it is, `locator.moved` for instance.
    pub id: &'static str,
    /// What it means for a client.
    pub effect: Effect,
    /// What it means for a server.
    pub server: Effect,
    /// `METHOD /path`; `None` if it concerns all operations.
    pub operation: Option<String>,
    /// What it is about: `remaining`, `response 200 /credits`.
    pub about: String,
    /// What it was; empty if there was nothing.
    pub old: String,
    /// What it is; empty if there is nothing.
    pub new: String,
    /// What it means.
    pub meaning: String,
    /// The promise that it was.
    pub promised: Option<Promise>,
    /// The promise that it is.
    pub promises: Option<Promise>,
}

/// What has changed so far.
#[derive(Debug, Default)]
pub(super) struct Changes {
    found: Vec<Change>,
    /// The operation that is compared now.
    operation: Option<String>,
    /// Whether the document names another place for error codes, which is said once.
    error_codes_moved: bool,
}

impl Changes {
    /// Names the operation that the next changes are about.
    pub(super) fn about_operation(&mut self, operation: Option<String>) {
        self.operation = operation;
    }

    /// Records whether the document names another place for all error codes.
    pub(super) fn error_codes_moved(&mut self, moved: bool) {
        self.error_codes_moved = moved;
    }

    /// Whether a change of the place of an error code is one of its response, and not of the whole document.
    pub(super) fn compares_places_of_codes(&self) -> bool {
        !self.error_codes_moved
    }

    /// Adds a change without a promise of its own.
    pub(super) fn add(
        &mut self,
        id: &'static str,
        effect: Effect,
        about: impl Into<String>,
        old: impl Into<String>,
        new: impl Into<String>,
        meaning: impl Into<String>,
    ) {
        self.found.push(Change {
            id,
            effect,
            server: Effect::Compatible,
            operation: self.operation.clone(),
            about: about.into(),
            old: old.into(),
            new: new.into(),
            meaning: meaning.into(),
            promised: None,
            promises: None,
        });
    }

    /// Adds a change of a promise. The effect is the worst that it may have: what was less binding than a must breaks no client.
    pub(super) fn add_promised(&mut self, change: Change) {
        let binding = match (&change.promised, &change.promises) {
            (Some(old), _) => old.level,
            (None, Some(new)) => new.level,
            (None, None) => Level::Must,
        };
        let effect = change.effect.at(binding);
        // What it would mean for a client is said of a promise that binds.
        let meaning = if effect == Effect::Compatible && change.effect != effect {
            String::new()
        } else {
            change.meaning.clone()
        };
        self.found.push(Change { effect, meaning, operation: self.operation.clone(), ..change });
    }

    /// Compares a promise that may be there or not: withdrawn, added, or less binding.
    pub(super) fn promise(&mut self, about: &str, old: Option<&Promise>, new: Option<&Promise>, withdrawn: &str) {
        let change = |id, effect, meaning: &str| Change {
            id,
            effect,
            server: Effect::Compatible,
            operation: None,
            about: about.to_owned(),
            old: level(old),
            new: level(new),
            meaning: meaning.to_owned(),
            promised: old.cloned(),
            promises: new.cloned(),
        };
        match (old, new) {
            (Some(_), None) => self.add_promised(change("promise.withdrawn", Effect::Breaking, withdrawn)),
            (None, Some(_)) => self.add_promised(change("promise.added", Effect::Compatible, "")),
            (Some(before), Some(after)) if before.level > after.level => {
                self.add_promised(change("promise.weakened", Effect::Check, "it is less binding than before"));
            }
            _ => {}
        }
    }

    /// All changes, in the order in which they were found.
    pub(super) fn found(self) -> Vec<Change> {
        self.found
    }
}

fn level(promise: Option<&Promise>) -> String {
    promise.map_or_else(String::new, |promise| promise.level.as_str().to_owned())
}

impl Effect {
    /// The effect where the promise is so binding.
    pub(super) fn at(self, level: Level) -> Self {
        match level {
            Level::Must => self,
            Level::Should => self.max(Self::Check),
            Level::May => Self::Compatible,
        }
    }
}

impl Change {
    /// The graver of the effects on clients and on servers.
    #[must_use]
    pub fn worst(&self) -> Effect {
        self.effect.min(self.server)
    }

    /// A change of something that is promised.
    pub(super) fn of(
        id: &'static str,
        effect: Effect,
        about: &str,
        old: impl Into<String>,
        new: impl Into<String>,
        meaning: impl Into<String>,
    ) -> Self {
        Self {
            id,
            effect,
            server: Effect::Compatible,
            operation: None,
            about: about.to_owned(),
            old: old.into(),
            new: new.into(),
            meaning: meaning.into(),
            promised: None,
            promises: None,
        }
    }

    /// The same change with its promises.
    pub(super) fn promised(self, old: Option<&Promise>, new: Option<&Promise>) -> Self {
        Self { promised: old.cloned(), promises: new.cloned(), ..self }
    }
}
