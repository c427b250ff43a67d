//! Conditions on contracts, for the faults that make a difference under some contracts only.

use serde_json::{Value, json};

use crate::contract::{Condition, Contract, CredentialPlace, DocumentedResponse, Role, StatusRange};

/// Holds for every contract.
pub(super) fn always(_: &Contract) -> bool {
    true
}

/// Whether a balance has `remaining` or `allowed`.
pub(super) fn has_balance_field(contract: &Contract) -> bool {
    let balance = contract.operation(Role::Balance);
    balance.is_some_and(|operation| operation.fields.remaining.is_some() || operation.fields.allowed.is_some())
}

/// Whether the body of the balance is an object.
pub(super) fn shows_object(contract: &Contract) -> bool {
    let response = contract.operation(Role::Balance).and_then(|operation| operation.response(200));
    let example = response.and_then(|response| response.content.first()?.example());
    example.is_none_or(Value::is_object)
}

/// Whether another object in place of the body of the balance shows: it breaks the schema, or has no balance.
pub(super) fn rejects_other_bodies(contract: &Contract) -> bool {
    let response = contract.operation(Role::Balance).and_then(|operation| operation.response(200));
    let schema = response.and_then(|response| response.content.first()?.schema.as_ref());
    schema.is_some_and(|schema| !schema.accepts(&json!({ "code": "SUCCESS", "message": "success", "data": {} })))
}

/// Whether the first read documents a body that an empty object does not conform to.
pub(super) fn first_read_needs_members(contract: &Contract) -> bool {
    let read = contract.operations.iter().find(|operation| operation.method == "GET");
    let content = read.and_then(|operation| operation.response(200)?.content.first());
    let content = content.filter(|content| content.is_json() && content.example().is_some());
    let schema = content.and_then(|content| content.schema.as_ref());
    schema.is_some_and(|schema| !schema.accepts(&json!({})))
}

/// Whether a successful response, or a refusal of a credential, requires a header field with a schema.
pub(super) fn header_required(contract: &Contract) -> bool {
    let reachable = contract.operations.iter().filter(|operation| operation.role != Role::Other);
    let mut headers = reachable
        .flat_map(|operation| &operation.responses)
        .filter(|response| response.status == StatusRange::Exact(200) || response.status == StatusRange::Exact(401));
    headers.any(|response| response.headers.iter().any(|field| field.required && field.schema.is_some()))
}

/// Whether a response to a missing or unknown credential is documented that may be a JSON object.
pub(super) fn documents_refusal(contract: &Contract) -> bool {
    refusals(contract).any(|answer| match &answer.example {
        Some(example) => example.is_object(),
        None => answer.media_type.as_ref().is_some_and(|media_type| media_type.contains("json")),
    })
}

/// The documented responses to a missing and to an unknown credential.
pub(super) fn refusals(contract: &Contract) -> impl Iterator<Item = &DocumentedResponse> {
    let known = [Condition::CredentialMissing, Condition::CredentialUnknown].into_iter();
    known.filter_map(|condition| contract.operation(Role::Balance)?.conditions.get(&condition))
}

/// Whether callers present a credential.
pub(super) fn has_credential(contract: &Contract) -> bool {
    contract.credential.is_some()
}

/// Whether the credential is in a header field.
pub(super) fn key_in_header(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Header { .. } | CredentialPlace::Authorization { .. }))
}

/// Whether the credential is in a header field as it is. HTTP Basic encodes it, so that no odd characters are sent.
pub(super) fn key_in_plain_text(contract: &Contract) -> bool {
    let encoded = contract.credential_place().is_some_and(|place| !place.value("a:b").ends_with("a:b"));
    key_in_header(contract) && !encoded
}
