//! What a document without the extension promises all the same.

use std::sync::Arc;

use crate::contract::openapi::{Found, Reader};
use crate::contract::{Condition, DocumentedResponse, Level, StatusRange};

/// A documented 401 is the response to a request without a valid credential: that is what the status means (RFC 9110, 15.5.2).
///
/// Where 403 is documented beside it, it may be meant for a credential that is not valid, and a missing one should get 401.
pub(super) fn refusals(reader: &Reader<'_>, found: &mut [Found<'_>]) {
    for found in found.iter_mut().filter(|found| found.operation.secured) {
        let exactly =
            |status| found.responses.iter().find(|(_, response)| response.status == StatusRange::Exact(status));
        let Some((key, response)) = exactly(401) else { continue };
        let may_be_403 = exactly(403).is_some();
        let node = found.node.get("responses").and_then(|responses| responses.get(key));
        let location = node.as_ref().map_or_else(|| found.node.location.clone(), |node| node.location.clone());
        let said = node.as_ref().and_then(|node| node.text("description")).unwrap_or("unauthorized");
        let mut promise =
            reader.stated(&format!("{} {}: 401 {said}", found.operation.method, found.operation.path), &location);
        let mut conditions = vec![Condition::CredentialMissing];
        if may_be_403 {
            promise.level = Level::Should;
        } else {
            conditions.push(Condition::CredentialUnknown);
        }
        let answer = DocumentedResponse {
            status: Some(StatusRange::Exact(401)),
            canonical_status: 401,
            code: None,
            code_at: Vec::new(),
            when: None,
            alternatives: Vec::new(),
            response: Arc::clone(response),
            media_type: response.content.first().map(|content| content.media_type.clone()),
            example: None,
            promise,
        };
        found.operation.conditions.extend(conditions.into_iter().map(|condition| (condition, answer.clone())));
    }
}
