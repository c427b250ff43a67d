//! Faults of the form of errors: text, HTML, strings and incomplete objects in place of the documented envelope.

use std::sync::Arc;

use serde_json::Value;

use super::ServerFault;
use crate::contract::{Condition, Content, Contract, DocumentedResponse, Role, StatusRange, is_json};
use crate::mock::behaviour::ProviderBehaviour;
use crate::mock::reply::Reply;
use crate::model::Decision;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "missing-key-error-as-html",
        about: "the error for a missing credential is an HTML page",
        applies: |contract| rejects(contract, Condition::CredentialMissing, &as_html),
        install: |behaviour| errors(behaviour, Condition::CredentialMissing, &as_html),
    },
    ServerFault {
        name: "unknown-key-error-as-text",
        about: "the error for an unknown credential is plain text",
        applies: |contract| rejects(contract, Condition::CredentialUnknown, &as_text),
        install: |behaviour| errors(behaviour, Condition::CredentialUnknown, &as_text),
    },
    ServerFault {
        name: "unknown-key-error-incomplete",
        about: "the error for an unknown credential has only its code",
        applies: |contract| rejects(contract, Condition::CredentialUnknown, &incomplete),
        install: |behaviour| errors(behaviour, Condition::CredentialUnknown, &incomplete),
    },
    ServerFault {
        name: "revoked-key-error-as-string",
        about: "the error for a revoked credential is a string in place of an object",
        applies: |contract| rejects(contract, Condition::CredentialRevoked, &as_string),
        install: |behaviour| errors(behaviour, Condition::CredentialRevoked, &as_string),
    },
    ServerFault {
        name: "exhausted-error-incomplete",
        about: "the error for exhausted credits has only its code",
        applies: |contract| rejects(contract, Condition::Exhausted, &incomplete),
        install: |behaviour| errors(behaviour, Condition::Exhausted, &incomplete),
    },
    ServerFault {
        name: "rate-limit-error-as-html",
        about: "the error for too many requests is an HTML page",
        applies: |contract| rejects(contract, Condition::RateLimited, &as_html),
        install: |behaviour| errors(behaviour, Condition::RateLimited, &as_html),
    },
    ServerFault {
        name: "failure-error-as-text",
        about: "the error for a failing store is plain text",
        applies: |contract| rejects(contract, Condition::BackendDown, &as_text),
        install: |behaviour| errors(behaviour, Condition::BackendDown, &as_text),
    },
    ServerFault {
        name: "invalid-request-error-as-string",
        about: "the error for an invalid request is a string in place of an object",
        applies: |contract| rejects(contract, Condition::RequestInvalid, &as_string),
        install: |behaviour| errors(behaviour, Condition::RequestInvalid, &as_string),
    },
    ServerFault {
        name: "invalid-request-error-as-html",
        about: "the error for an invalid request is an HTML page",
        applies: |contract| rejects(contract, Condition::RequestInvalid, &as_html) || has_error_form(contract),
        install: |behaviour| errors(behaviour, Condition::RequestInvalid, &as_html),
    },
    ServerFault {
        name: "invalid-request-error-without-details",
        about: "the error for an invalid request lacks its list of details",
        applies: |contract| rejects(contract, Condition::RequestInvalid, &without_lists),
        install: |behaviour| errors(behaviour, Condition::RequestInvalid, &without_lists),
    },
    ServerFault {
        name: "unknown-path-error-as-html",
        about: "the error for an unknown path is an HTML page",
        applies: |contract| rejects_unrouted(contract, Condition::PathUnknown, &as_html),
        install: |behaviour| unrouted(behaviour, Condition::PathUnknown, &as_html),
    },
    ServerFault {
        name: "unknown-path-error-without-body",
        about: "the error for an unknown path has no body",
        applies: |contract| {
            let answer = contract.conditions.get(&Condition::PathUnknown);
            let is_json = answer.and_then(|answer| answer.media_type.as_deref()).is_some_and(is_json);
            is_json && rejects_unrouted(contract, Condition::PathUnknown, &without_body)
        },
        install: |behaviour| unrouted(behaviour, Condition::PathUnknown, &without_body),
    },
    ServerFault {
        name: "unknown-method-error-incomplete",
        about: "the error for an unknown method has only its code",
        applies: |contract| rejects_unrouted(contract, Condition::MethodUnknown, &incomplete),
        install: |behaviour| unrouted(behaviour, Condition::MethodUnknown, &incomplete),
    },
];

type Edit = dyn Fn(&mut Reply) + Send + Sync;

/// Edits the error responses to a condition.
fn errors(behaviour: &mut ProviderBehaviour, condition: Condition, edit: &'static Edit) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        let failed = condition == Condition::BackendDown && matches!(view.decision, Some(Decision::FailOpen(_)));
        if failed || view.refused(condition) {
            edit(reply);
        }
    }));
}

/// Edits the responses to requests that belong to no operation.
fn unrouted(behaviour: &mut ProviderBehaviour, condition: Condition, edit: &'static Edit) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        let found = if reply.header("allow").is_some() { Condition::MethodUnknown } else { Condition::PathUnknown };
        if view.operation.is_none() && found == condition {
            edit(reply);
        }
    }));
}

/// Whether the contract documents a body for requests that belong to no operation, and the edited one does not match it.
fn rejects_unrouted(contract: &Contract, condition: Condition, edit: &Edit) -> bool {
    contract.conditions.get(&condition).is_some_and(|answer| is_rejected(answer, edit))
}

/// Whether some operation documents a response to the condition that the edited one does not match.
fn rejects(contract: &Contract, condition: Condition, edit: &Edit) -> bool {
    let called = contract.operations.iter().filter(|operation| operation.role != Role::Other);
    let mut answers = called.filter_map(|operation| operation.conditions.get(&condition));
    answers.any(|answer| is_rejected(answer, edit))
}

/// Whether the paid operation documents the JSON form of an invalid request's error, but not the condition itself.
fn has_error_form(contract: &Contract) -> bool {
    let paid = contract.operation(Role::Spend).filter(|operation| operation.request.is_some());
    let Some(paid) = paid.filter(|paid| !paid.conditions.contains_key(&Condition::RequestInvalid)) else {
        return false;
    };
    let form = paid.response(400).filter(|response| response.status != StatusRange::Default);
    form.is_some_and(|response| response.content.iter().any(Content::is_json))
}

fn is_rejected(answer: &DocumentedResponse, edit: &Edit) -> bool {
    let (Some(media_type), Some(example)) = (&answer.media_type, &answer.example) else { return false };
    let mut reply = Reply::new(400, media_type, example.to_string());
    edit(&mut reply);
    let content =
        answer.response.content.iter().find(|content| reply.header("content-type") == Some(&content.media_type));
    // Another media type than the documented one.
    let Some(content) = content else { return reply.header("content-type") != Some(media_type) };
    let Some(schema) = &content.schema else { return false };
    if !content.is_json() {
        return !schema.accepts(&Value::from(reply.text()));
    }
    reply.json().is_none_or(|body| !schema.accepts(&body))
}

fn as_html(reply: &mut Reply) {
    reply.set_header("content-type", "text/html");
    reply.body = "<!doctype html><h1>Error</h1>".into();
}

fn as_text(reply: &mut Reply) {
    reply.set_header("content-type", "text/plain");
    reply.body = "error".into();
}

fn without_body(reply: &mut Reply) {
    reply.body = bytes::Bytes::new();
}

fn as_string(reply: &mut Reply) {
    reply.set_json(&Value::from("error"));
}

/// Keeps the first member only.
fn incomplete(reply: &mut Reply) {
    if let Some(Value::Object(members)) = reply.json() {
        reply.set_json(&Value::Object(members.into_iter().take(1).collect()));
    }
}

fn without_lists(reply: &mut Reply) {
    if let Some(Value::Object(mut members)) = reply.json() {
        members.retain(|_, member| !member.is_array());
        reply.set_json(&Value::Object(members));
    }
}
