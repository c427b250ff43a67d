//! Renders a decision as a reply: the documented response, with the current amounts.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

use super::reply::Reply;
use crate::contract::{
    Condition, Content, Contract, DocumentedResponse, HeaderField, Operation, Response, StatusRange,
};
use crate::generate::generated_example;
use crate::model::{BalanceValues, Decision, SuccessBody};

/// The responses of one operation, compiled from the contract.
#[derive(Debug)]
pub(crate) struct PreparedResponses {
    status: u16,
    /// The documented response to a request that succeeds.
    success: Option<Arc<Response>>,
    again_headers: Vec<String>,
    operation: Arc<Operation>,
    /// Built on first use: a document may have thousands of operations.
    body: OnceLock<Option<SuccessBody>>,
    headers: OnceLock<Vec<(String, String)>>,
    conditions: BTreeMap<Condition, OnceLock<Reply>>,
}

impl PreparedResponses {
    /// Compiles the responses of an operation.
    pub(crate) fn of(operation: &Arc<Operation>) -> Self {
        let responses = &operation.responses;
        let success = responses.iter().find(|response| success_status(response.status).is_some());
        // Without a documented success there is a redirect, for example; `default` alone is the success.
        let success = success.or_else(|| responses.iter().find(|response| response.status.canonical() < 400));
        let success = success.or_else(|| responses.iter().find(|response| response.status == StatusRange::Default));
        let locators =
            operation.fields.remaining.iter().chain(operation.fields.remaining_repeated.iter().map(|a| &a.at));
        Self {
            status: success.map_or(200, |response| match response.status {
                StatusRange::Default => 200,
                status => success_status(status).unwrap_or(status.canonical()),
            }),
            success: success.cloned(),
            again_headers: locators.filter_map(|locator| locator.header.clone()).collect(),
            operation: operation.clone(),
            body: OnceLock::new(),
            headers: OnceLock::new(),
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
        let content = self.success.as_ref().and_then(|response| response.content.first());
        let body = self.body.get_or_init(|| {
            let content = content?;
            Some(SuccessBody::compile(&self.operation, &example_of(content)?, content.schema.as_ref()))
        });
        let mut reply = match (body, content) {
            (Some(body), Some(content)) => {
                Reply::new(self.status, concrete(&content.media_type), body.render(balance, charged))
            }
            _ => Reply::empty(self.status),
        };
        let headers = self.headers.get_or_init(|| self.success.as_deref().map(example_headers).unwrap_or_default());
        reply.headers.extend(headers.iter().cloned());
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

    /// The response that the operation documents for a usual status of a condition that the contract does not name.
    fn by_usual_status(&self, condition: Condition) -> Reply {
        let documented = usual_statuses(condition).iter().find_map(|status| {
            let response = self.operation.response(*status)?;
            // A range that covers the status is as good as the status.
            (response.status != StatusRange::Default || *status == usual_status(condition))
                .then_some((*status, response))
        });
        let Some((status, response)) = documented else { return undocumented(condition) };
        let mut reply = match response.content.first() {
            Some(content) => match example_of(content) {
                Some(example) => {
                    let media_type = concrete(&content.media_type);
                    Reply::new(status, media_type, body_text(media_type, &example))
                }
                None => Reply::empty(status),
            },
            None => Reply::empty(status),
        };
        reply.headers.extend(example_headers(response));
        reply
    }
}

/// The documented example of a body, or else a generated value that conforms to the schema. A text where neither is JSON.
fn example_of(content: &Content) -> Option<Value> {
    if let Some((_, example)) = content.examples.first() {
        return Some(example.clone());
    }
    if !is_json(concrete(&content.media_type)) {
        return Some(Value::String("example".to_owned()));
    }
    match &content.schema {
        Some(schema) => serde_json::from_str(&generated_example(schema)?).ok(),
        None => Some(Value::Object(serde_json::Map::new())),
    }
}

/// A media type in place of a range.
fn concrete(media_type: &str) -> &str {
    match media_type {
        "*/*" | "application/*" => "application/json",
        "text/*" => "text/plain",
        other => other,
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

/// The status codes that providers use for a condition, the usual one first.
fn usual_statuses(condition: Condition) -> &'static [u16] {
    match condition {
        Condition::CredentialMissing
        | Condition::CredentialUnknown
        | Condition::CredentialRevoked
        | Condition::CredentialExpired => &[401, 403, 400],
        Condition::Exhausted => &[402, 403, 400, 409],
        Condition::RateLimited => &[429],
        Condition::BackendDown => &[500, 503, 502],
        Condition::RequestInvalid => &[400, 422],
        Condition::PathUnknown => &[404],
        Condition::MethodUnknown => &[405],
    }
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

/// The documented header fields: those with an example, and those that are required.
fn example_headers(response: &Response) -> Vec<(String, String)> {
    let value = |field: &HeaderField| match (&field.example, &field.schema) {
        (Some(example), _) => Some(example.clone()),
        (None, _) if !field.required => None,
        (None, Some(schema)) => match serde_json::from_str(&generated_example(schema)?).ok()? {
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        },
        (None, None) => Some("example".to_owned()),
    };
    let is_sendable = |value: &String| value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let fields = response.headers.iter();
    fields.filter_map(|field| Some((field.name.clone(), value(field).filter(is_sendable)?))).collect()
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
