//! What every promise must have: a source that is named, and no more force than the source gives it.

use serde_json::Value;

use crate::contract::node::{Diagnostics, Node};
use crate::contract::{DocumentExtension, Level, Promise};

/// Checks every promise below a node.
pub(super) fn check(node: &Node<'_>, document: &DocumentExtension, findings: &mut Diagnostics) {
    let promise =
        node.value.as_object().filter(|members| members.contains_key("level") && members.contains_key("grade"));
    // What cannot be read as a promise has been reported by the typed reading.
    if let Some(promise) =
        promise.and_then(|members| serde_json::from_value::<Promise>(Value::Object(members.clone())).ok())
    {
        if promise.level != Level::May && !promise.grade.binds() {
            let message =
                "what was seen or inferred binds nobody: a `must` or `should` needs the grade seed, public or standard";
            findings.fatal(&node.site.join("level"), message);
        }
        if !document.sources.contains_key(&promise.document) && !promise.document.starts_with("RFC ") {
            let known = super::listed(document.sources.keys().map(String::as_str));
            let message = format!(
                "the source `{}` is not declared: add it under `sources` (declared: {known}), or name an RFC",
                promise.document
            );
            findings.fatal(&node.site.join("document"), message);
        }
        if promise.quote.trim().is_empty() {
            findings
                .fatal(&node.site.join("quote"), "the quote is empty: give the sentence that the promise comes from");
        }
        return;
    }
    for (_, member) in node.members() {
        check(&member, document, findings);
    }
    for element in node.elements() {
        check(&element, document, findings);
    }
}
