//! Renders a decision as a reply: the documented response, with the current amounts.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

use super::reply::Reply;
use crate::contract::{Condition, Content, Contract, DocumentedResponse, Operation, Response, StatusRange};
use crate::model::{BalanceValues, Decision, SuccessBody};

/// The responses of one operation, compiled from the contract.
#[derive(Debug)]
pub(crate) struct PreparedResponses {
    status: u16,
    media_type: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<SuccessBody>,
    again_headers: Vec<String>,
    operation: Arc<Operation>,
    /// Built on first use: most are never needed.
    conditions: BTreeMap<Condition, OnceLock<Reply>>,
}

impl PreparedResponses {
    /// Compiles the responses of an operation.
    pub(crate) fn of(operation: &Arc<Operation>) -> Self {
        let success = operation.responses.iter().find(|response| success_status(response.status).is_some());
        let content = success.and_then(|response| response.content.first());
        let example = content.map(|content| content.examples.first().map_or(Value::Null, |(_, value)| value.clone()));
        let schema = content.and_then(|content| content.schema.as_ref());
        let locators =
            operation.fields.remaining.iter().chain(operation.fields.remaining_repeated.iter().map(|a| &a.at));
        Self {
            status: success.and_then(|response| success_status(response.status)).unwrap_or(200),
            media_type: content.map(|content| content.media_type.clone()),
            headers: success.map(|response| example_headers(response)).unwrap_or_default(),
            body: example.map(|example| SuccessBody::compile(operation, &example, schema)),
            again_headers: locators.filter_map(|locator| locator.header.clone()).collect(),
            operation: operation.clone(),
            conditions: operation.conditions.keys().map(|condition| (*condition, OnceLock::new())).collect(),
        }
    }

    /// Renders a decision as a reply.
    pub(crate) fn render(&self, decision: &Decision) -> Reply {
        match decision {
            Decision::Success { balance, charged } => self.success(balance, *charged),
            Decision::FailOpen(_) => self.refusal(Condition::BackendDown, None),
            Decision::Refused { condition, retry_after_s } => self.refusal(*condition, *retry_after_s),
        }
    }

    fn success(&self, balance: &BalanceValues, charged: rust_decimal::Decimal) -> Reply {
        let mut reply = match (&self.body, &self.media_type) {
            (Some(body), Some(media_type)) => Reply::new(self.status, media_type, body.render(balance, charged)),
            _ => Reply::empty(self.status),
        };
        reply.headers.extend(self.headers.iter().cloned());
        for name in &self.again_headers {
            reply.set_header(name, balance.remaining.unwrap_or_default().to_string());
        }
        reply
    }

    /// The error response for a condition.
    pub(crate) fn refusal(&self, condition: Condition, retry_after_s: Option<u64>) -> Reply {
        let made = self.conditions.get(&condition).zip(self.operation.conditions.get(&condition));
        let made = made.map(|(reply, answer)| reply.get_or_init(|| documented(condition, answer)).clone());
        let mut reply = made.unwrap_or_else(|| self.by_usual_status(condition));
        if let Some(seconds) = retry_after_s
            && (condition == Condition::RateLimited || reply.header("retry-after").is_some())
        {
            reply.set_header("retry-after", seconds.to_string());
        }
        reply
    }

    /// The response that the operation documents for the usual status of a condition that the contract does not name.
    fn by_usual_status(&self, condition: Condition) -> Reply {
        let status = usual_status(condition);
        let Some(response) = self.operation.response(status) else { return undocumented(condition) };
        let Some(content) = response.content.first() else { return undocumented(condition) };
        let Some((_, example)) = content.examples.first() else { return undocumented(condition) };
        let mut reply = Reply::new(status, &content.media_type, body_text(&content.media_type, example));
        reply.headers.extend(example_headers(response));
        reply
    }
}

/// The documented response to a condition, with its example as the body. Without a documented status it has the usual one.
pub(crate) fn documented(condition: Condition, answer: &DocumentedResponse) -> Reply {
    let named = matches!(answer.status, Some(StatusRange::Exact(_) | StatusRange::Class(_)));
    let status = if named { answer.canonical_status } else { usual_status(condition) };
    let mut reply = match (&answer.media_type, &answer.example) {
        (Some(media_type), Some(example)) => Reply::new(status, media_type, body_text(media_type, example)),
        _ => Reply::empty(status),
    };
    reply.headers.extend(example_headers(&answer.response));
    reply
}

/// An example as the text of a body.
fn body_text(media_type: &str, example: &Value) -> String {
    match example {
        Value::String(text) if !is_json(media_type) => text.clone(),
        example => example.to_string(),
    }
}

/// A response to a condition for which the contract documents none.
pub(crate) fn undocumented(condition: Condition) -> Reply {
    Reply::new(usual_status(condition), "text/plain", Bytes::from_static(b"no"))
}

/// The status code of RFC 9110 (or RFC 6585) for a condition.
fn usual_status(condition: Condition) -> u16 {
    match condition {
        Condition::CredentialMissing
        | Condition::CredentialUnknown
        | Condition::CredentialRevoked
        | Condition::CredentialExpired => 401,
        Condition::Exhausted => 402,
        Condition::RateLimited => 429,
        Condition::BackendDown => 500,
        Condition::RequestInvalid => 400,
        Condition::PathUnknown => 404,
        Condition::MethodUnknown => 405,
    }
}

/// A response to a request for which the contract documents none, with the body of the `default` response if there is one.
pub(crate) fn fallback(contract: &Contract, condition: Condition) -> Reply {
    let general = contract.operations.iter().flat_map(|operation| &operation.responses);
    let general = general.clone().find(|response| response.status == StatusRange::Default);
    let mut reply = undocumented(condition);
    if let Some(Content { media_type, examples, .. }) = general.and_then(|response| response.content.first())
        && let Some((_, example)) = examples.first()
    {
        reply = Reply::new(reply.status, media_type, example.to_string());
    }
    reply
}

fn example_headers(response: &Response) -> Vec<(String, String)> {
    let with_example = response.headers.iter().filter_map(|field| Some((field.name.clone(), field.example.clone()?)));
    with_example.collect()
}

fn success_status(range: StatusRange) -> Option<u16> {
    match range {
        StatusRange::Exact(status) if (200..300).contains(&status) => Some(status),
        StatusRange::Class(2) => Some(200),
        _ => None,
    }
}

/// Whether a media type is JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}
