//! Judges responses to requests that belong to no operation.

use super::bodies::{is_json, judge_body};
use super::describe::describe_exchange;
use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::contract::{Condition, Contract, DocumentedResponse, Promise, path_matches};
use crate::exchange::{Exchange, Response};

/// Segments that are tried for a path that no template takes.
const MAX_DEPTH: usize = 16;

/// Judges the response to an unknown path or method: the documented one, if there is one, and neither a success nor a
/// server error.
pub(in crate::checks) fn judge_unrouted(
    trial: &ServerTrial<'_>,
    exchange: &Exchange,
    condition: Condition,
) -> Judgement {
    let found = || describe_exchange(exchange);
    let status = exchange.result.as_ref().map_or(0, |response| response.status);
    let what = format!("{} {}", exchange.request.method, exchange.request.target);
    if let (Some(documented), Ok(response)) = (trial.contract.conditions.get(&condition), &exchange.result) {
        let matching = documented.matching(response);
        // A server may refuse an unknown method before it reads the path.
        let is_early = condition == Condition::MethodUnknown && matches!(status, 400 | 501);
        trial.judge(&documented.promise, None, &[exchange], matching.is_some() || is_early, || {
            format!("{what}: expected {}, found {}", documented.describe(), found())
        })?;
        if let Some(documented) = matching.filter(|_| !is_early && (400..500).contains(&status)) {
            judge_documented_body(trial, documented, exchange, response)?;
        }
    }
    let promise =
        if condition == Condition::MethodUnknown { standards::method_not_allowed() } else { standards::client_error() };
    let success = (200..300).contains(&status);
    trial
        .judge(&promise, None, &[exchange], !success, || format!("{what}: expected a 4xx status, found {}", found()))?;
    let is_server_error = status >= 500 && status != 501 || exchange.result.is_err();
    trial.judge(&promise, None, &[exchange], !is_server_error, || {
        format!("{what}: expected a 4xx status, found {}", found())
    })
}

/// Judges the body by the documented response. An empty body is a violation where the documented one is JSON.
fn judge_documented_body(
    trial: &ServerTrial<'_>,
    documented: &DocumentedResponse,
    exchange: &Exchange,
    response: &Response,
) -> Judgement {
    let has_json = documented.media_type.as_deref().is_some_and(is_json);
    if response.body.is_empty() && !has_json {
        return Ok(());
    }
    let shape = documented.response.promise.as_ref().unwrap_or(&documented.promise);
    // The level of the body is at most the level of the condition that it documents.
    let promise = Promise { level: shape.level.min(documented.promise.level), ..shape.clone() };
    judge_body(trial, &promise, None, &documented.response, exchange)
}

/// Paths that belong to no documented template: beside, below and behind the documented path if possible, and one of its own.
pub(in crate::checks) fn unknown_paths(contract: &Contract, path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let near =
        [format!("{path}-ringtrue-unknown"), format!("{path}/ringtrue-unknown"), format!("/ringtrue-unknown{path}")];
    // A template of parameters alone takes every path of its depth.
    let others = (0..MAX_DEPTH).map(|depth| format!("/ringtrue-nothing-here/at-all{}", "/more".repeat(depth)));
    let is_unknown = |path: &String| !contract.operations.iter().any(|operation| path_matches(&operation.path, path));
    near.into_iter().filter(is_unknown).chain(others.filter(is_unknown).take(1)).collect()
}
