//! What an operation returns: statuses, header fields and bodies.

use std::sync::Arc;

use super::{Changes, Effect, conditions, schema, types};
use crate::contract::{Operation, Response, StatusRange};

/// The documented responses.
pub(super) fn all(before: &Operation, after: &Operation, changes: &mut Changes) {
    let find = |operation: &Operation, range: StatusRange| -> Option<Arc<Response>> {
        let exact = operation.responses.iter().find(|response| response.status == range);
        let canonical = match range {
            StatusRange::Exact(status) => operation.response(status),
            _ => None,
        };
        exact.or(canonical).cloned()
    };
    for old in &before.responses {
        let key = conditions::status(old.status);
        let about = format!("response {key}");
        let is_success = is_success(old.status);
        match find(after, old.status) {
            Some(new) => response(&about, before, old, &new, changes),
            None if is_success => {
                let successes = after.responses.iter().filter(|response| self::is_success(response.status));
                let found =
                    successes.map(|response| conditions::status(response.status)).collect::<Vec<_>>().join(", ");
                changes.add(
                    "response.status",
                    Effect::Breaking,
                    about,
                    key,
                    found,
                    "a client that waits for this status does not get it",
                );
            }
            // No client misses an error that does not come any more; where it is promised, it is a condition.
            None => changes.add("response.removed", Effect::Compatible, about, key, "", ""),
        }
    }
    for new in after.responses.iter().filter(|new| find(before, new.status).is_none()) {
        let key = conditions::status(new.status);
        let effect = if is_success(new.status) { Effect::Check } else { Effect::Compatible };
        let meaning = if is_success(new.status) { "a client may not know this kind of success" } else { "" };
        changes.add("response.added", effect, format!("response {key}"), "", key, meaning);
    }
}

fn is_success(range: StatusRange) -> bool {
    match range {
        StatusRange::Exact(status) => (200..300).contains(&status),
        StatusRange::Class(digit) => digit == 2,
        StatusRange::Default => false,
    }
}

fn response(about: &str, operation: &Operation, old: &Response, new: &Response, changes: &mut Changes) {
    let level = operation.promise_of(old).level;
    for field in old.headers.iter().filter(|field| field.required) {
        let name = format!("{about}, header field `{}`", field.name);
        let meaning = "a client that reads it may not find it";
        match new.headers.iter().find(|other| other.name == field.name) {
            None => changes.add("header.removed", Effect::Breaking.at(level), name, "required", "", meaning),
            Some(other) if !other.required => {
                changes.add("header.optional", Effect::Breaking.at(level), name, "required", "optional", meaning);
            }
            Some(_) => {}
        }
    }
    for content in &old.content {
        let about = format!("{about} {}", content.media_type);
        match new.content.iter().find(|other| other.media_type == content.media_type) {
            Some(other) => schema::response(&about, content.schema.as_ref(), other.schema.as_ref(), level, changes),
            None => {
                let meaning = if new.content.is_empty() {
                    "the body is no longer documented"
                } else {
                    "a client may not decode the body"
                };
                changes.add(
                    "response.media-type",
                    Effect::Breaking.at(level),
                    about,
                    &content.media_type,
                    types(&new.content),
                    meaning,
                );
            }
        }
    }
}
