//! When amounts are given back, as a balance names it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::contract::{Operation, Resets};
use crate::exchange::Response;
use crate::model::time_at;

/// The time that a balance names, in milliseconds since 1970; `None` if it names none.
pub(in crate::checks) fn named_ms(response: &Response, resets: &Resets) -> Option<i64> {
    response.json()?.pointer(&resets.at).and_then(time_at)
}

/// How long it is from a response until the time that it names, by its `Date`, in milliseconds. A server without `Date` tells
/// no time of its own, and has that of this machine. The clock of the server may be ahead of both.
pub(in crate::checks) fn until_ms(response: &Response, named_ms: i64) -> i64 {
    let date = response.header("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let since = date.unwrap_or_else(now).duration_since(UNIX_EPOCH).unwrap_or_default();
    named_ms.saturating_sub(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Whether a success has the documented shape, so that it names no time because it need not.
pub(in crate::checks) fn may_name_none(operation: &Operation, response: &Response) -> bool {
    let documented = operation.response(response.status).and_then(|documented| documented.content.first());
    let schema = documented.and_then(|content| content.schema.as_ref());
    schema.is_none_or(|schema| response.json().is_some_and(|body| schema.accepts(&body)))
}

#[expect(clippy::disallowed_methods, reason = "only the time until a reset follows from it")]
fn now() -> SystemTime {
    SystemTime::now()
}
