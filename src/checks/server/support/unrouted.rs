//! Judges responses to requests that belong to no operation.

use super::describe::describe_exchange;
use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::contract::{Condition, Contract, path_matches};
use crate::exchange::Exchange;

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
        let documented = matching.unwrap_or(documented);
        let mut holds = matching.is_some();
        if let (Some(media_type), false) = (&documented.media_type, response.body.is_empty()) {
            holds &= response.media_type().as_ref() == Some(media_type);
        }
        // A server may refuse an unknown method before it reads the path.
        holds |= condition == Condition::MethodUnknown && matches!(status, 400 | 501);
        trial.judge(&documented.promise, None, &[exchange], holds, || {
            format!("{what}: expected {}, found {}", documented.describe(), found())
        })?;
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

/// Two paths that belong to no documented template: one beside a documented path if possible, and one of its own.
pub(in crate::checks) fn unknown_paths(contract: &Contract, path: &str) -> Vec<String> {
    let beside = format!("{}-ringtrue-unknown", path.split('?').next().unwrap_or_default());
    // A template of parameters alone takes every path of its depth.
    let others = (0..MAX_DEPTH).map(|depth| format!("/ringtrue-nothing-here/at-all{}", "/more".repeat(depth)));
    let is_unknown = |path: &String| !contract.operations.iter().any(|operation| path_matches(&operation.path, path));
    std::iter::once(beside).chain(others).filter(is_unknown).take(2).collect()
}
