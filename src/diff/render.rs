//! The difference as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Difference;
use super::change::{Change, Effect};
use crate::contract::Promise;

impl Difference {
    /// Returns the difference as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let heading_of = |change: &Change| match (change.effect, change.server) {
            (Effect::Breaking, _) => "breaks a client",
            (_, Effect::Breaking) => "breaks a server",
            (Effect::Check, _) | (_, Effect::Check) => "depends on the client or the server",
            (Effect::Compatible, Effect::Compatible) => "compatible",
        };
        for heading in ["breaks a client", "breaks a server", "depends on the client or the server", "compatible"] {
            let changes: Vec<&Change> = self.changes.iter().filter(|change| heading_of(change) == heading).collect();
            if changes.is_empty() {
                continue;
            }
            let _ = writeln!(text, "{heading}");
            for change in changes {
                text.push_str(&lines(change));
            }
            text.push('\n');
        }
        let counts = [Effect::Breaking, Effect::Check, Effect::Compatible].map(|effect| self.count(effect));
        let [breaking, check, compatible] = counts;
        if self.changes.is_empty() {
            let _ = writeln!(text, "{} → {}: no promise has changed", self.old.0, self.new.0);
        } else {
            let _ = writeln!(
                text,
                "{} → {}: {breaking} breaking, {check} to check, {compatible} compatible",
                self.old.0, self.new.0
            );
        }
        text
    }

    /// Returns the difference as JSON, as `schemas/difference.schema.json` describes it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let contract = |(name, digest): &(String, String)| json!({ "name": name, "digest": digest });
        let changes: Vec<Value> = self.changes.iter().map(change).collect();
        let value = json!({
            "schema": "ringtrue/difference/1",
            "old": contract(&self.old),
            "new": contract(&self.new),
            "breaks": self.breaks(),
            "changes": changes,
        });
        format!("{value:#}\n")
    }
}

fn lines(change: &Change) -> String {
    let mark = match change.worst() {
        Effect::Breaking => '✗',
        Effect::Check => '!',
        Effect::Compatible => '·',
    };
    let place = change.operation.as_deref().map(|operation| format!("  {operation}")).unwrap_or_default();
    let mut text = format!("  {mark} {}{place}\n    {}{}\n", change.id, change.about, moved(change));
    if !change.meaning.is_empty() {
        let _ = writeln!(text, "    {}", change.meaning);
    }
    match change.server {
        Effect::Breaking => text.push_str("    a server that keeps the old contract breaks the new one\n"),
        Effect::Check => text.push_str("    a server that keeps the old contract may break the new one\n"),
        Effect::Compatible => {}
    }
    if change.worst() != Effect::Compatible {
        let promises = [("promised", &change.promised), ("now", &change.promises)];
        for (name, promise) in promises {
            if let Some(promise) =
                promise.as_ref().filter(|promise| Some(*promise) != change.promised.as_ref() || name == "promised")
            {
                let _ = writeln!(
                    text,
                    "    {name:8}  {} “{}” — {}",
                    promise.level.as_str(),
                    promise.quote,
                    promise.document
                );
            }
        }
    }
    text
}

fn moved(change: &Change) -> String {
    match (change.old.as_str(), change.new.as_str()) {
        ("", "") => String::new(),
        (old, "") => format!(": {old} → nothing"),
        ("", new) => format!(": {new}"),
        (old, new) => format!(": {old} → {new}"),
    }
}

fn change(change: &Change) -> Value {
    let mut value = Map::from_iter([
        ("id".to_owned(), json!(change.id)),
        ("effect".to_owned(), json!(change.effect.as_str())),
        ("server".to_owned(), json!(change.server.as_str())),
        ("about".to_owned(), json!(change.about)),
    ]);
    if let Some(operation) = &change.operation {
        value.insert("operation".to_owned(), json!(operation));
    }
    for (name, text) in [("old", &change.old), ("new", &change.new), ("meaning", &change.meaning)] {
        if !text.is_empty() {
            value.insert(name.to_owned(), json!(text));
        }
    }
    for (name, promise) in [("promised", &change.promised), ("promises", &change.promises)] {
        if let Some(promise) = promise {
            value.insert(name.to_owned(), self::promise(promise));
        }
    }
    Value::Object(value)
}

fn promise(promise: &Promise) -> Value {
    json!({ "level": promise.level, "grade": promise.grade, "document": promise.document, "quote": promise.quote })
}
