//! How an operation is requested: parameters and body.

use std::collections::BTreeSet;

use super::{Changes, Effect, schema, types};
use crate::contract::Operation;

/// The required parameters of the query and of the header.
pub(super) fn parameters(before: &Operation, after: &Operation, changes: &mut Changes) {
    let query = |operation: &Operation| -> BTreeSet<String> {
        let query = operation.example_path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        query
            .split('&')
            .filter_map(|pair| pair.split('=').next())
            .filter(|name| !name.is_empty())
            .map(|name| format!("query parameter `{name}`"))
            .collect()
    };
    let header = |operation: &Operation| -> BTreeSet<String> {
        operation.example_headers.iter().map(|(name, _)| format!("header field `{name}`")).collect()
    };
    let (old, new): (BTreeSet<String>, BTreeSet<String>) =
        (&query(before) | &header(before), &query(after) | &header(after));
    for added in new.difference(&old) {
        changes.add(
            "parameter.required",
            Effect::Breaking,
            added,
            "not required",
            "required",
            "a client does not send it",
        );
    }
    for removed in old.difference(&new) {
        changes.add("parameter.not-required", Effect::Compatible, removed, "required", "not required", "");
    }
}

/// The request body.
pub(super) fn body(before: &Operation, after: &Operation, changes: &mut Changes) {
    let (old, new) = match (&before.request, &after.request) {
        (None, Some(new)) if new.required => {
            changes.add("request.required", Effect::Breaking, "request body", "", "required", "a client sends none");
            return;
        }
        (Some(_), None) => {
            changes.add(
                "request.removed",
                Effect::Check,
                "request body",
                "documented",
                "",
                "a body may be ignored or refused",
            );
            return;
        }
        (Some(old), Some(new)) => (old, new),
        _ => return,
    };
    if new.required && !old.required {
        changes.add(
            "request.required",
            Effect::Breaking,
            "request body",
            "optional",
            "required",
            "a client may send none",
        );
    }
    for content in &old.content {
        let about = format!("request {}", content.media_type);
        match new.content.iter().find(|other| other.media_type == content.media_type) {
            Some(other) => schema::request(&about, content.schema.as_ref(), other.schema.as_ref(), changes),
            None => changes.add(
                "request.media-type",
                Effect::Breaking,
                about,
                &content.media_type,
                types(&new.content),
                "a client sends this media type",
            ),
        }
    }
}
