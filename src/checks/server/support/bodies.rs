//! Judges whether a response has the documented shape.

use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::contract::{Content, Operation, Promise, Response as Documented};
use crate::exchange::{Exchange, Response};

/// Judges status, media type and body of a response by the documented responses of the operation. A missing or incomplete
/// response is a violation too.
pub(in crate::checks) fn judge_shape(
    trial: &impl ExchangeJudge,
    operation: &Operation,
    exchange: &Exchange,
) -> Judgement {
    let promise = &operation.promise;
    let response = match &exchange.result {
        Ok(response) => response,
        Err(failure) => {
            return trial.judge(promise, Some(operation), &[exchange], false, || {
                format!("expected a documented response, found none: {failure}")
            });
        }
    };
    let Some(documented) = operation.response(response.status) else {
        return trial.judge(promise, Some(operation), &[exchange], false, || {
            format!("status {} is not documented for {} {}", response.status, operation.method, operation.path)
        });
    };
    trial.judge(promise, Some(operation), &[exchange], true, String::new)?;
    judge_body(trial, operation.promise_of(documented), Some(operation), documented, exchange)
}

/// Judges the body by the documented response, which may belong to no operation.
pub(in crate::checks) fn judge_body(
    trial: &impl ExchangeJudge,
    promise: &Promise,
    operation: Option<&Operation>,
    documented: &Documented,
    exchange: &Exchange,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    if response.body.is_empty() && response.status == 304 || documented.content.is_empty() {
        return Ok(());
    }
    let media_type = response.media_type().unwrap_or_default();
    let Some(content) = content_of(documented, &media_type) else {
        return trial.judge(promise, operation, &[exchange], false, || {
            let expected: Vec<&str> = documented.content.iter().map(|content| content.media_type.as_str()).collect();
            let found = if media_type.is_empty() { "none" } else { &media_type };
            format!("status {}: expected the media type {}, found {found}", response.status, expected.join(" or "))
        });
    };
    let Some(schema) = &content.schema else { return Ok(()) };
    if !is_json(&content.media_type) {
        return Ok(());
    }
    let Some(value) = response.json() else {
        return trial.judge(promise, operation, &[exchange], false, || {
            format!("the body of status {} is not JSON", response.status)
        });
    };
    let misfits = schema.errors(&value);
    trial.judge(promise, operation, &[exchange], misfits.is_empty(), || {
        let lines: Vec<String> = misfits
            .iter()
            .take(5)
            .map(|misfit| {
                let at = if misfit.at.is_empty() { "the body" } else { &misfit.at };
                format!("{at}: {} (schema {})", misfit.message, misfit.schema_at)
            })
            .collect();
        format!("the body of status {} does not conform to its schema: {}", response.status, lines.join("; "))
    })
}

/// Whether the body of a response conforms to the schema that is documented for its status and media type. `true` if none is.
pub(in crate::checks) fn conforms(operation: &Operation, response: &Response) -> bool {
    let media_type = response.media_type().unwrap_or_default();
    let documented = operation.response(response.status);
    let content = documented.and_then(|documented| content_of(documented, &media_type));
    let Some(schema) = content.filter(|content| content.is_json()).and_then(|content| content.schema.as_ref()) else {
        return true;
    };
    response.json().is_some_and(|value| schema.accepts(&value))
}

/// The documented content for a media type; an exact match comes before a media range.
pub(in crate::checks) fn content_of<'a>(documented: &'a Documented, media_type: &str) -> Option<&'a Content> {
    let exact = documented.content.iter().find(|content| content.media_type == media_type);
    exact.or_else(|| {
        documented.content.iter().find(|content| match content.media_type.split_once("/*") {
            Some(("*", "")) => true,
            Some((class, "")) => media_type.split('/').next() == Some(class),
            _ => false,
        })
    })
}

/// Whether a media type is JSON.
pub(in crate::checks) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}
