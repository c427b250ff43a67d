//! Judges responses to requests that belong to no operation.

use super::describe::describe_exchange;
use crate::checks::class::error_code;
use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::contract::{Condition, Contract, Operation};
use crate::exchange::Exchange;

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
        let code = error_code(trial.contract, response);
        let mut holds = documented.takes(status) && (documented.code.is_none() || documented.code == code);
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

/// Undocumented paths: one that resembles the path of the operation, and one that resembles nothing. No documented template
/// matches them.
pub(in crate::checks) fn unknown_paths(contract: &Contract, operation: &Operation) -> Vec<String> {
    let path = operation.example_path.split('?').next().unwrap_or_default();
    let alike =
        [format!("{path}-ringtrue-unknown"), format!("{path}/ringtrue-unknown"), format!("{path}/ringtrue/unknown")];
    let unlike =
        ["/ringtrue-nothing-here/at-all".to_owned(), format!("/ringtrue-nothing-here{}", "/at-all".repeat(12))];
    let is_unknown = |path: &String| !contract.operations.iter().any(|operation| operation.matches(path));
    [alike.into_iter().find(is_unknown), unlike.into_iter().find(is_unknown)].into_iter().flatten().collect()
}
