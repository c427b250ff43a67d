//! Writes what was found as a contract: the only place of the draft that knows the words of `x-conformance`.

mod examples;
mod fields;
mod global;
mod operation;
mod promise;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::draft::{Found, Operation};
use super::extract::{Extract, Part};
use super::outline::Outline;
use super::yaml::Comments;
use crate::contract::Item;

/// A contract as a value, with its comments.
pub(super) struct Written {
    pub(super) value: Value,
    pub(super) comments: Comments,
    /// What was left out because no example shows it.
    pub(super) left_out: Vec<String>,
    /// The media types that were given an example.
    shown: BTreeSet<String>,
}

/// Writes the contract.
pub(super) fn write(found: &Found<'_>, root: &Item<'_>) -> Written {
    let parameters = found.credential.as_ref().map(|credential| credential.parameters.clone()).unwrap_or_default();
    let operations: Vec<&Outline<'_>> = found.operations.iter().map(|operation| &operation.outline).collect();
    let Part { paths, mut components } = Extract::new(parameters).part(&operations);
    let mut written =
        Written { value: json!({}), comments: Comments::default(), left_out: Vec::new(), shown: BTreeSet::new() };
    let mut value = Map::new();
    value.insert("openapi".to_owned(), version(root));
    value.insert("info".to_owned(), json!({ "title": found.title, "version": info_version(root) }));
    if let Some(servers) = servers(root, found.operations.first().map(|operation| &operation.outline)) {
        value.insert("servers".to_owned(), servers);
    }
    let security = found.credential.as_ref().map_or_else(|| json!([]), |credential| credential.security.clone());
    value.insert("security".to_owned(), security);
    value.insert("x-conformance".to_owned(), global::extension(found, &mut written.comments));
    value.insert("paths".to_owned(), Value::Object(paths));
    if let Some(credential) = &found.credential {
        components.insert("securitySchemes".to_owned(), credential.schemes.iter().cloned().collect());
    }
    if !components.is_empty() {
        value.insert("components".to_owned(), Value::Object(components));
    }
    written.value = Value::Object(value);
    head_comment(found, &mut written.comments);
    for operation in &found.operations {
        operation::write(operation, &mut written);
    }
    written
}

fn version(root: &Item<'_>) -> Value {
    match root.value().get("openapi") {
        Some(Value::String(version)) => json!(version),
        Some(other) => json!(other.to_string()),
        None => json!("3.1.0"),
    }
}

fn info_version(root: &Item<'_>) -> String {
    let version = root.get("info").and_then(|info| info.get("version"));
    version.map_or_else(
        || "1".to_owned(),
        |version| match version.value() {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        },
    )
}

/// The servers of the operation, of its path, or of the document.
fn servers(root: &Item<'_>, operation: Option<&Outline<'_>>) -> Option<Value> {
    let own =
        operation.and_then(|operation| operation.item.get("servers").or_else(|| operation.path_item.get("servers")));
    let servers = own.or_else(|| root.get("servers"))?;
    let copied: Vec<Value> = servers
        .elements()
        .iter()
        .filter_map(|server| {
            let url = server.text("url")?;
            let mut copied = Map::from_iter([("url".to_owned(), json!(url))]);
            if let Some(variables) = server.get("variables").filter(|variables| !variables.members().is_empty()) {
                copied.insert("variables".to_owned(), variables.value().clone());
            }
            Some(Value::Object(copied))
        })
        .collect();
    (!copied.is_empty()).then_some(Value::Array(copied))
}

/// Adds the comment at the top of the file: where the draft comes from, what is missing, and which candidates were not taken.
fn head_comment(found: &Found<'_>, comments: &mut Comments) {
    let at = "/openapi";
    comments.before(at, format!("A draft of a contract, made by `ringtrue init` from {}.", found.origin));
    if found.is_recorded {
        comments.before(at, "It was made of recorded traffic: every line is an observation (`observed`, `may`), never a violation. Where a source");
        comments.before(at, "promises it, quote the source, and raise the level. Credentials and addresses were replaced; look for other private data.");
    }
    comments.before(at, "Each line under x-conformance has a comment: how sure it is, and where it was taken from. Read them all: names");
    comments
        .before(at, "are no promises. Descriptions are shortened. What is marked FILL IN the document does not say.");
    if !found.missing.is_empty() {
        comments.before(at, "");
        found.missing.iter().for_each(|missing| comments.before(at, format!("FILL IN: {missing}")));
    }
    if !found.rejected.is_empty() {
        comments.before(at, "");
        comments.before(at, "Candidates that were not taken:");
        found.rejected.iter().for_each(|(what, line)| comments.before(at, format!("  {what}: {line}")));
    }
}
