//! Examples of requests and responses, where the document has none that shows what is needed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Operation, Written};
use crate::init::example;
use crate::pointer;

/// Gives every response that a condition shows an example, and the request that is sent.
pub(super) fn write(operation: &Operation<'_>, base: &str, written: &mut Written) {
    if let Some((media_type, value)) = operation.outline.request().and_then(|request| example::of_request(&request)) {
        let at = follow(&written.value, &format!("{base}/requestBody"));
        let at = pointer::join(&format!("{at}/content"), &media_type);
        if written.shown.insert(at.clone()) {
            show(written, &at, value);
        }
    }
    let keys: BTreeSet<&str> = operation.conditions.iter().map(|found| found.key.as_str()).collect();
    for key in keys {
        let Some(response) = operation.outline.response(key) else { continue };
        for (media_type, value) in example::of_response(&response) {
            let at = follow(&written.value, &pointer::join(&format!("{base}/responses"), key));
            let at = pointer::join(&format!("{at}/content"), &media_type);
            // Of a response that several operations have, once.
            if written.shown.insert(at.clone()) {
                show(written, &at, value);
            }
        }
    }
}

/// Puts a made-up example at a media type.
pub(super) fn show(written: &mut Written, content: &str, value: Value) {
    let at = format!("{content}/example");
    let Some(Value::Object(members)) = written.value.pointer_mut(content) else { return };
    if members.shift_remove("examples").is_some() || members.contains_key("example") {
        written.comments.before(&at, "in place of the documented example, which does not show what is needed");
    }
    members.insert("example".to_owned(), value);
    written.comments.before(&at, "FILL IN: a real example; this one is made up from the schema");
}

/// The pointer of the JSON media type of a response in the contract.
pub(super) fn media_type(value: &Value, base: &str, key: &str) -> Option<String> {
    let at = follow(value, &pointer::join(&format!("{base}/responses"), key));
    let content = value.pointer(&format!("{at}/content"))?.as_object()?;
    let name = content.keys().find(|name| name.contains("json") || *name == "*/*")?;
    Some(pointer::join(&format!("{at}/content"), name))
}

/// Where a pointer leads once the references of the contract are followed.
fn follow(value: &Value, at: &str) -> String {
    let mut at = at.to_owned();
    for _ in 0..16 {
        let target = value.pointer(&at).and_then(|value| value.get("$ref")).and_then(Value::as_str);
        let Some(target) = target.and_then(|target| target.strip_prefix('#')) else { break };
        at = target.to_owned();
    }
    at
}
