//! Renders a decision as a reply: the documented response, with the current amounts.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::reply::Reply;
use crate::contract::{Condition, Content, Contract, DocumentedResponse, Operation, Response, StatusRange, is_json};
use crate::model::{BalanceValues, Decision, SuccessBody};

/// The responses of one operation, compiled from the contract.
#[derive(Debug)]
pub(crate) struct PreparedResponses {
    operation: Arc<Operation>,
    /// Built on first use: most are never needed.
    success: OnceLock<PreparedSuccess>,
    conditions: BTreeMap<Condition, OnceLock<Reply>>,
}

/// The response to a call that succeeds.
#[derive(Debug)]
struct PreparedSuccess {
    status: u16,
    media_type: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<SuccessBody>,
    /// The header fields that contain what is left.
    balance_headers: Vec<String>,
}

impl PreparedSuccess {
    fn of(operation: &Operation) -> Self {
        let (status, response) = success(operation);
        let content = response.and_then(|response| response.content.first()).filter(|_| may_have_content(status));
        let media_type = content.map(|content| concrete(&content.media_type));
        let body = content.zip(media_type.as_deref()).map(|(content, media_type)| example_body(content, media_type));
        let schema = content.and_then(|content| content.schema.as_ref());
        let locators =
            operation.fields.remaining.iter().chain(operation.fields.remaining_repeated.iter().map(|a| &a.at));
        Self {
            status,
            body: body.map(|body| SuccessBody::compile(operation, &body, schema)),
            media_type,
            headers: response.map(example_headers).unwrap_or_default(),
            balance_headers: locators.filter_map(|locator| locator.header.clone()).collect(),
        }
    }
}

impl PreparedResponses {
    /// The responses of an operation.
    pub(crate) fn of(operation: &Arc<Operation>) -> Self {
        Self {
            operation: operation.clone(),
            success: OnceLock::new(),
            conditions: operation.conditions.keys().map(|condition| (*condition, OnceLock::new())).collect(),
        }
    }

    /// Renders a decision as a reply.
    pub(crate) fn render(&self, decision: &Decision) -> Reply {
        self.render_held(decision, Decimal::ZERO)
    }

    /// Renders a decision as a reply in which this amount is reserved for jobs under way.
    pub(crate) fn render_held(&self, decision: &Decision, held: Decimal) -> Reply {
        let mut reply = match decision {
            Decision::Success { balance, charged } => self.success(balance, *charged, held),
            Decision::FailOpen(_) => self.refusal(Condition::BackendDown, None),
            Decision::Refused { condition, retry_after_s } => self.refusal(*condition, *retry_after_s),
        };
        if let Some(response) = self.operation.response(reply.status) {
            with_parameters(&mut reply, response);
        }
        reply
    }

    fn success(&self, balance: &BalanceValues, charged: Decimal, held: Decimal) -> Reply {
        let success = self.success.get_or_init(|| PreparedSuccess::of(&self.operation));
        let mut reply = match (&success.body, &success.media_type) {
            (Some(body), Some(media_type)) if is_json(media_type) => {
                Reply::new(success.status, media_type, body.render_held(balance, charged, held))
            }
            (Some(body), Some(media_type)) => {
                // A text is compiled as a JSON string.
                let text = body.render_held(balance, charged, held);
                let text = serde_json::from_str::<String>(&text).unwrap_or(text);
                Reply::new(success.status, media_type, text)
            }
            _ => Reply::empty(success.status),
        };
        reply.headers.extend(success.headers.iter().cloned());
        for name in &success.balance_headers {
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
        let documented = usual_statuses(condition)
            .iter()
            .filter_map(|status| Some((*status, self.operation.response(*status)?)))
            // A range such as `default` is less specific than a status.
            .min_by_key(|(_, response)| !matches!(response.status, StatusRange::Exact(_)));
        documented.map_or_else(|| undocumented(condition), |(status, response)| of_response(status, response))
    }
}

/// Adds the documented parameters to the media type of a reply.
fn with_parameters(reply: &mut Reply, response: &Response) {
    let Some(label) = reply.header("content-type").map(str::to_owned) else { return };
    let Some(content) = response.content.iter().find(|content| content.media_type == label) else { return };
    let parameters = content.parameters.iter().map(|(name, value)| format!("; {name}={value}"));
    let parameters: String = parameters.collect();
    if !parameters.is_empty() {
        reply.set_header("content-type", format!("{label}{parameters}"));
    }
}

/// The documented response to a condition, with its example as the body. Without a documented status it has the usual one.
pub(crate) fn documented(condition: Condition, answer: &DocumentedResponse) -> Reply {
    let named = matches!(answer.status, Some(StatusRange::Exact(_) | StatusRange::Class(_)));
    let status = if named { answer.canonical_status } else { usual_status(condition) };
    match (&answer.media_type, &answer.example) {
        (Some(media_type), Some(example)) => {
            let media_type = concrete(media_type);
            let mut reply = Reply::new(status, &media_type, body_text(&media_type, example));
            reply.headers.extend(example_headers(&answer.response));
            reply
        }
        (Some(_), None) => of_response(status, &answer.response),
        _ => {
            let mut reply = Reply::empty(status);
            reply.headers.extend(example_headers(&answer.response));
            reply
        }
    }
}

/// A documented response with this status: the first media type, with an example as the body.
fn of_response(status: u16, response: &Response) -> Reply {
    let mut reply = match response.content.first().filter(|_| may_have_content(status)) {
        Some(content) => {
            let media_type = concrete(&content.media_type);
            let body = body_text(&media_type, &example_body(content, &media_type));
            Reply::new(status, &media_type, body)
        }
        None => Reply::empty(status),
    };
    reply.headers.extend(example_headers(response));
    reply
}

/// An example of a body; an empty value if the contract says nothing about bodies.
fn example_body(content: &Content, media_type: &str) -> Value {
    let empty = || if is_json(media_type) { Value::Object(Map::new()) } else { Value::String(String::new()) };
    content.example().cloned().unwrap_or_else(empty)
}

/// The media type; of a range such as `application/*`, a media type within it.
fn concrete(media_type: &str) -> String {
    match media_type.split_once("/*") {
        Some(("text", "")) => "text/plain".to_owned(),
        Some(("*" | "application", "")) => "application/json".to_owned(),
        Some((class, "")) => format!("{class}/example"),
        _ => media_type.to_owned(),
    }
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
    usual_statuses(condition).first().copied().unwrap_or(500)
}

/// The status codes that are used for a condition, the best first.
fn usual_statuses(condition: Condition) -> &'static [u16] {
    match condition {
        Condition::CredentialMissing
        | Condition::CredentialUnknown
        | Condition::CredentialRevoked
        | Condition::CredentialExpired => &[401, 403],
        Condition::Exhausted => &[402],
        Condition::RateLimited => &[429],
        Condition::BackendDown => &[500, 503],
        Condition::RequestInvalid | Condition::ParameterMissing | Condition::ParameterInvalid => &[400, 422],
        Condition::PathUnknown | Condition::JobUnknown => &[404],
        Condition::MethodUnknown => &[405],
    }
}

/// A response to a request for which the contract documents none, with the body of the `default` response if there is one.
pub(crate) fn fallback(contract: &Contract, condition: Condition) -> Reply {
    let general = contract.operations.iter().flat_map(|operation| &operation.responses);
    let general = general.clone().find(|response| response.status == StatusRange::Default);
    let mut reply = undocumented(condition);
    if let Some(content) = general.and_then(|response| response.content.first()) {
        let media_type = concrete(&content.media_type);
        let body = body_text(&media_type, &example_body(content, &media_type));
        reply = Reply::new(reply.status, &media_type, body);
    }
    reply
}

/// Header fields that say how a message is sent. The server that sends it writes them.
const FRAMING: [&str; 7] =
    ["content-length", "transfer-encoding", "content-encoding", "connection", "keep-alive", "trailer", "upgrade"];

/// The documented header fields with their examples.
fn example_headers(response: &Response) -> Vec<(String, String)> {
    let fields = response.headers.iter().filter(|field| !FRAMING.contains(&field.name.as_str()));
    fields.filter_map(|field| Some((field.name.clone(), field.shown()?))).collect()
}

/// The status and the documented response of a call that succeeds. Where no success is documented, neither refusal nor
/// failure, if possible.
fn success(operation: &Operation) -> (u16, Option<&Response>) {
    let all = || operation.responses.iter().map(AsRef::as_ref);
    let first = |wanted: fn(u16) -> bool| {
        let named = all().filter(|response| response.status != StatusRange::Default);
        named.map(|response| (response.status.canonical(), response)).find(|(status, _)| wanted(*status))
    };
    let default = || all().find(|response| response.status == StatusRange::Default).map(|response| (200, response));
    let found = first(|status| status / 100 == 2)
        .or_else(|| first(|status| status / 100 == 3))
        .or_else(default)
        .or_else(|| first(|_| true));
    found.map_or((200, None), |(status, response)| (status, Some(response)))
}

/// Whether responses with this status can have content (RFC 9110, 6.4.1).
fn may_have_content(status: u16) -> bool {
    status >= 200 && !matches!(status, 204 | 205 | 304)
}
